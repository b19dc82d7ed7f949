package integration_test

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/gatehouse-gateway/gatehouse/internal/integration"
)

// authority signs certificates for tests.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newAuthority(t *testing.T) *authority {
	a := &authority{}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test authority"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), KeyUsage: x509.KeyUsageCertSign,
	}
	var der []byte
	a.key, der = sign(t, template, nil)
	a.cert, _ = x509.ParseCertificate(der)
	return a
}

// sign makes a key and a certificate for it, self-signed without a.
func sign(t *testing.T, template *x509.Certificate, a *authority) (*ecdsa.PrivateKey, []byte) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	parent, signer := template, key
	if a != nil {
		parent, signer = a.cert, a.key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, signer)
	if err != nil {
		t.Fatal(err)
	}
	return key, der
}

func (a *authority) pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(a.cert)
	return pool
}

// issue returns a certificate for name that is valid until the given time from now,
// with the authority's behind it. a may be nil: then it is self-signed.
func issue(t *testing.T, a *authority, name string, valid time.Duration) tls.Certificate {
	template := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(valid), KeyUsage: x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	key, der := sign(t, template, a)
	chain := [][]byte{der}
	if a != nil {
		chain = append(chain, a.cert.Raw)
	}
	return tls.Certificate{Certificate: chain, PrivateKey: key}
}

// secureBackEnd shows cert and answers with the name asked for and the one of the
// client's certificate.
func secureBackEnd(t *testing.T, cert tls.Certificate) string {
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		w.Header().Set("Sni", req.TLS.ServerName)
		if peers := req.TLS.PeerCertificates; len(peers) > 0 {
			w.Header().Set("Client", peers[0].Subject.CommonName)
		}
	}))
	srv.TLS = &tls.Config{Certificates: []tls.Certificate{cert}, ClientAuth: tls.RequestClientCert}
	srv.Config.ErrorLog = log.New(io.Discard, "", 0)
	srv.StartTLS()
	t.Cleanup(srv.Close)
	return srv.Listener.Addr().String()
}

func TestCertificatesAreChecked(t *testing.T) {
	known, other := newAuthority(t), newAuthority(t)
	for _, c := range []struct {
		name     string
		cert     tls.Certificate
		insecure bool
		want     error
	}{
		{"known authority", issue(t, known, "api.example", time.Hour), false, nil},
		{"other authority", issue(t, other, "api.example", time.Hour), false, integration.ErrUntrusted},
		{"self-signed", issue(t, nil, "api.example", time.Hour), false, integration.ErrUntrusted},
		{"expired", issue(t, known, "api.example", -time.Minute), false, integration.ErrUntrusted},
		{"other host", issue(t, known, "b.example", time.Hour), false, integration.ErrUntrusted},
		{"other authority, skipped", issue(t, other, "api.example", time.Hour), true, nil},
		{"self-signed, skipped, unconfirmed", issue(t, nil, "api.example", time.Hour), true, nil},
		{"expired, skipped", issue(t, other, "api.example", -time.Minute), true, integration.ErrUntrusted},
		{"self-signed and expired, skipped", issue(t, nil, "api.example", -time.Minute), true, integration.ErrUntrusted},
		{"other host, skipped", issue(t, other, "b.example", time.Hour), true, integration.ErrUntrusted},
	} {
		ep, err := integration.NewEndpoint("https", "api.example", integration.TLSOptions{Roots: known.pool(), InsecureSkipVerification: c.insecure})
		if err != nil {
			t.Fatal(err)
		}
		client := integration.NewClient(integration.Options{})
		ep = ep.Via(secureBackEnd(t, c.cert))
		for range 2 { // the second time on a kept connection
			res, err := do(t, client, ep, get())
			if !errors.Is(err, c.want) {
				t.Errorf("%s: got %v, want %v", c.name, err, c.want)
			}
			if err == nil && res.Header.Get("Sni") != "api.example" {
				t.Errorf("%s: got server name %q", c.name, res.Header.Get("Sni"))
			}
		}
	}
}

// A chain whose parts do not fit is refused even when the authority is not checked.
func TestSkippedVerificationStillChecksTheChain(t *testing.T) {
	a, b := newAuthority(t), newAuthority(t)
	cert := issue(t, a, "api.example", time.Hour)
	cert.Certificate[1] = b.cert.Raw
	ep, _ := integration.NewEndpoint("https", "api.example", integration.TLSOptions{InsecureSkipVerification: true})
	if _, err := do(t, integration.NewClient(integration.Options{}), ep.Via(secureBackEnd(t, cert)), get()); !errors.Is(err, integration.ErrUntrusted) {
		t.Errorf("got %v", err)
	}
}

func TestClientCertificateIsShown(t *testing.T) {
	a := newAuthority(t)
	addr := secureBackEnd(t, issue(t, a, "api.example", time.Hour))
	client := integration.NewClient(integration.Options{})
	own := issue(t, nil, "gateway", time.Hour)
	for want, options := range map[string]integration.TLSOptions{
		"gateway": {Roots: a.pool(), Certificate: &own},
		"":        {Roots: a.pool()},
	} {
		ep, _ := integration.NewEndpoint("https", "api.example", options)
		res, err := do(t, client, ep.Via(addr), get())
		if err != nil || res.Header.Get("Client") != want || res.Reused {
			t.Errorf("got %q, %v, want %q on its own connection", res.Header.Get("Client"), err, want)
		}
	}
}

func TestTLSFailures(t *testing.T) {
	mute := newBackEnd(t, func(_ int32, _ *net.TCPConn, r *bufio.Reader) { io.Copy(io.Discard, r) })
	plain := newBackEnd(t, func(_ int32, c *net.TCPConn, r *bufio.Reader) {
		io.WriteString(c, "HTTP/1.1 400 Bad Request\r\n\r\n")
		r.Peek(1)
	})
	for _, c := range []struct {
		b    *backEnd
		want error
	}{{mute, integration.ErrTimeout}, {plain, integration.ErrNetwork}} {
		ep, _ := integration.NewEndpoint("https", c.b.ln.Addr().String(), integration.TLSOptions{})
		call := get()
		if errors.Is(c.want, integration.ErrTimeout) {
			call.Deadline = time.Now().Add(50 * time.Millisecond)
		}
		if _, err := do(t, integration.NewClient(integration.Options{}), ep, call); !errors.Is(err, c.want) {
			t.Errorf("got %v, want %v", err, c.want)
		}
	}
}
