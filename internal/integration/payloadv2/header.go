package payloadv2

import (
	"crypto/tls"
	"strconv"

	"github.com/gatehouse-gateway/gatehouse/http1"
	"github.com/gatehouse-gateway/gatehouse/internal/front"
)

// droppedHeaders are about the connection of the client, which ends here. Spec: http-api 10.
var droppedHeaders = []string{"Connection", "Keep-Alive", "Proxy-Connection", "TE", "Trailer", "Transfer-Encoding", "Upgrade",
	"Proxy-Authenticate", "Proxy-Authorization", "Expect"}

// ownHeaders are written by the gateway, so that no client can forge them. What a client says about those who forwarded its request
// is kept in X-Forwarded-For, before its address.
var ownHeaders = []string{"X-Forwarded-For", "X-Forwarded-Port", "X-Forwarded-Proto", "X-Amzn-Trace-Id", "X-Amzn-Tls-Version", "X-Amzn-Tls-Cipher-Suite",
	"Content-Length"}

// AppendHeader appends the header of a request as functions see it: without what is dropped, with what the gateway adds. body is
// the length of the body in bytes.
func AppendHeader(dst http1.Header, r *front.Request, trace string, body int) http1.Header {
	forwarded, length := "", body > 0
	for _, f := range r.Header {
		switch {
		case isOneOf(f.Name, droppedHeaders):
		case !isOneOf(f.Name, ownHeaders):
			dst = append(dst, f)
		case http1.EqualFold(f.Name, "X-Forwarded-For") && f.Value != "":
			forwarded += f.Value + ", "
		case http1.EqualFold(f.Name, "Content-Length"):
			length = true
		}
	}
	if length {
		dst.Add("content-length", strconv.Itoa(body))
	}
	proto := "http"
	if r.TLS != nil {
		proto = "https"
		dst.Add("x-amzn-tls-version", tlsVersion(r.TLS.Version))
		dst.Add("x-amzn-tls-cipher-suite", cipherSuites[r.TLS.CipherSuite])
	}
	dst.Add("x-amzn-trace-id", trace)
	dst.Add("x-forwarded-for", forwarded+r.Peer.Addr().String())
	dst.Add("x-forwarded-port", port(r.Local.Port()))
	dst.Add("x-forwarded-proto", proto)
	return dst
}

// cipherSuites are the names of those that a connection can have.
var cipherSuites = func() map[uint16]string {
	names := make(map[uint16]string)
	for _, s := range append(tls.CipherSuites(), tls.InsecureCipherSuites()...) {
		names[s.ID] = s.Name
	}
	return names
}()

// tlsVersion is the name that the service has for a version.
func tlsVersion(v uint16) string {
	if v == tls.VersionTLS13 {
		return "TLSv1.3"
	}
	return "TLSv1.2"
}

// port is the text of a port number; the usual ones allocate nothing.
func port(n uint16) string {
	switch n {
	case 80:
		return "80"
	case 443:
		return "443"
	case 8080:
		return "8080"
	}
	return strconv.Itoa(int(n))
}

func isOneOf(name string, list []string) bool {
	for _, l := range list {
		if http1.EqualFold(name, l) {
			return true
		}
	}
	return false
}
