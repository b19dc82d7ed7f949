package blackbox

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// The answers to failing back ends, byte for byte. Spec: rest-api 0, 9.1.
const (
	networkError = `504 {"message": "Network error communicating with endpoint"}`
	timedOut     = `504 {"message": "Endpoint request timed out"}`
	failed500    = "500 " + internalError
)

// wantFailure checks an answer that the gateway made because the back end failed.
func wantFailure(t *testing.T, name string, res *response, want string) {
	t.Helper()
	if got := fmt.Sprintf("%d %s", res.status, res.body); got != want || res.get("x-amzn-ErrorType") != "InternalServerErrorException" ||
		res.get("Content-Type") != "application/json" || res.has("X-Amzn-Trace-Id") {
		t.Errorf("%s: got %s, want %s", name, res, want)
	}
}

const (
	limit10MB = 10 << 20
	body100MB = 100 << 20
)

// pour writes n bytes, until the other side has enough.
func pour(conn net.Conn, piece string, n int) {
	for sent := 0; sent < n; sent += len(piece) {
		if _, err := io.WriteString(conn, piece); err != nil {
			return
		}
	}
}

// untilClosed waits until the gateway closes the connection.
func untilClosed(conn net.Conn) { _, _ = io.Copy(io.Discard, conn) }

const head200 = "HTTP/1.1 200 OK\r\n"

var piece64K = strings.Repeat("x", 64<<10)

// misbehaviours are what a back end may do instead of answering, with what the client is told. Spec: rest-api 9.1.
var misbehaviours = map[string]struct {
	do   func(conn net.Conn)
	want string
}{
	"closed without a byte":       {func(conn net.Conn) { conn.Close() }, networkError},
	"reset":                       {func(conn net.Conn) { _ = conn.(*net.TCPConn).SetLinger(0); conn.Close() }, networkError},
	"closed within the head":      {func(conn net.Conn) { pour(conn, head200+"Content-Le", 1); conn.Close() }, networkError},
	"garbage":                     {func(conn net.Conn) { pour(conn, "220 smtp.example.com ESMTP\r\n\r\n", 1) }, networkError},
	"a TLS alert":                 {func(conn net.Conn) { pour(conn, "\x15\x03\x01\x00\x02\x02\x46", 1); conn.Close() }, networkError},
	"status that is no number":    {func(conn net.Conn) { pour(conn, "HTTP/1.1 abc OK\r\n\r\n", 1) }, networkError},
	"two lengths":                 {func(conn net.Conn) { pour(conn, head200+"Content-Length: 1\r\nContent-Length: 2\r\n\r\nab", 1) }, networkError},
	"the same length twice":       {func(conn net.Conn) { pour(conn, head200+"Content-Length: 1\r\nContent-Length: 1\r\n\r\na", 1) }, networkError},
	"length that is no number":    {func(conn net.Conn) { pour(conn, head200+"Content-Length: x\r\n\r\n", 1) }, networkError},
	"negative length":             {func(conn net.Conn) { pour(conn, head200+"Content-Length: -1\r\n\r\n", 1) }, networkError},
	"unknown transfer coding":     {func(conn net.Conn) { pour(conn, head200+"Transfer-Encoding: gzip\r\n\r\nx", 1); conn.Close() }, networkError},
	"switching protocols":         {func(conn net.Conn) { pour(conn, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n", 1) }, networkError},
	"body shorter than announced": {func(conn net.Conn) { pour(conn, head200+"Content-Length: 100\r\n\r\nabc", 1); conn.Close() }, networkError},
	"chunks that end early":       {func(conn net.Conn) { pour(conn, head200+"Transfer-Encoding: chunked\r\n\r\n5\r\nabc", 1); conn.Close() }, networkError},
	"chunks without end": {func(conn net.Conn) {
		pour(conn, head200+"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n", 1)
		conn.Close()
	}, networkError},
	"malformed chunks":     {func(conn net.Conn) { pour(conn, head200+"Transfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n", 1) }, networkError},
	"endless head":         {func(conn net.Conn) { pour(conn, head200, 1); pour(conn, "X-More: "+piece64K[:1000]+"\r\n", body100MB) }, networkError},
	"endless header line":  {func(conn net.Conn) { pour(conn, head200+"X: ", 1); pour(conn, piece64K, body100MB) }, networkError},
	"endless status line":  {func(conn net.Conn) { pour(conn, "HTTP/1.1 200 ", 1); pour(conn, piece64K, body100MB) }, networkError},
	"thousands of headers": {func(conn net.Conn) { pour(conn, head200, 1); pour(conn, "X: y\r\n", 60<<10); pour(conn, "\r\n", 1) }, networkError},
	"endless 1xx answers":  {func(conn net.Conn) { pour(conn, "HTTP/1.1 103 Early Hints\r\n\r\n", body100MB) }, networkError},
	"100 MB announced": {func(conn net.Conn) {
		pour(conn, fmt.Sprintf(head200+"Content-Length: %d\r\n\r\n", body100MB), 1)
		pour(conn, piece64K, body100MB)
	}, failed500},
	"100 MB in chunks": {func(conn net.Conn) {
		pour(conn, head200+"Transfer-Encoding: chunked\r\n\r\n", 1)
		pour(conn, "10000\r\n"+piece64K+"\r\n", body100MB)
	}, failed500},
	"100 MB until the end":         {func(conn net.Conn) { pour(conn, head200+"\r\n", 1); pour(conn, piece64K, body100MB); conn.Close() }, failed500},
	"one byte more than the limit": {func(conn net.Conn) { reply(conn, 200, strings.Repeat("x", limit10MB+1)) }, failed500},
	"no answer":                    {untilClosed, timedOut},
	"half a head and silence":      {func(conn net.Conn) { pour(conn, head200+"X: ", 1); untilClosed(conn) }, timedOut},
	"half a body and silence":      {func(conn net.Conn) { pour(conn, head200+"Content-Length: 9\r\n\r\nabc", 1); untilClosed(conn) }, timedOut},
	"a byte now and then": {func(conn net.Conn) {
		pour(conn, head200+"Content-Length: 1000000\r\n\r\n", 1)
		tick := time.NewTicker(5 * time.Millisecond)
		defer tick.Stop()
		for range tick.C {
			if _, err := io.WriteString(conn, "x"); err != nil {
				return
			}
		}
	}, timedOut},
}

// residentKB is the memory of the process, openFiles the number of its file descriptors.
func (g *gatewayProcess) residentKB() int {
	g.t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", g.cmd.Process.Pid))
	if err != nil {
		g.t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(status), "VmRSS:")
	kb := 0
	if _, err := fmt.Sscan(rest, &kb); err != nil {
		g.t.Fatal(err)
	}
	return kb
}

func (g *gatewayProcess) openFiles() int {
	g.t.Helper()
	files, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", g.cmd.Process.Pid))
	if err != nil {
		g.t.Fatal(err)
	}
	return len(files)
}

// eventually asks again and again until done, for as long as a test may wait.
func eventually(t *testing.T, what func() string, done func() bool) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(patience); !done(); <-tick.C {
		if time.Now().After(end) {
			t.Errorf("still %s", what())
			return
		}
	}
}

// growthKB bounds what misbehaving back ends may cost in memory. With the race detector every byte costs about four.
const growthKB = 500 << 10

// TestMisbehavingBackEnds: the documented answer each time, and afterwards everything is as before. Spec: rest-api 9.1, 9.6.
func TestMisbehavingBackEnds(t *testing.T) {
	healthy := newBackEnd(t, nil)
	ops := []operation{proxyTo("/healthy", "http://"+healthy.addr+"/")}
	const rounds = 2
	paths, backEnds := map[string]string{}, map[string]*backEnd{}
	for name, m := range misbehaviours {
		b := newBackEnd(t, func(conn net.Conn, _ *received) { m.do(conn) })
		backEnds[name], paths[name] = b, fmt.Sprintf("/m%d", len(paths))
		timeout := obj{"timeoutInMillis": 29000}
		if m.want == timedOut {
			timeout = obj{"timeoutInMillis": 50}
		}
		ops = append(ops, httpTo("/http"+paths[name], "http://"+b.addr+"/", timeout), proxyTo("/proxy"+paths[name], "http://"+b.addr+"/", timeout))
	}
	g := serve(t, document(t, nil, ops...))
	want200(t, "healthy before", g.do("GET", "/dev/healthy", ""))
	files, memory := g.openFiles(), g.residentKB()
	for range rounds {
		for name, path := range paths {
			for _, kind := range []string{"http", "proxy"} {
				wantFailure(t, kind+": "+name, g.do("POST", "/dev/"+kind+path, "body"), misbehaviours[name].want)
			}
			want200(t, "healthy after "+name, g.do("GET", "/dev/healthy", ""))
		}
	}
	for name, b := range backEnds {
		if b.calls() != 2*rounds {
			t.Errorf("%s: called %d times, want %d: nothing is tried again", name, b.calls(), 2*rounds)
		}
	}
	eventually(t, func() string { return fmt.Sprintf("%d open files, %d before", g.openFiles(), files) }, func() bool { return g.openFiles() <= files })
	if grown := g.residentKB() - memory; grown > growthKB {
		t.Errorf("the process grew by %d KB, want at most %d", grown, growthKB)
	}
}

// TestUnusualButValidAnswers arrive. Spec: rest-api 9.1.
func TestUnusualButValidAnswers(t *testing.T) {
	answers := map[string]func(conn net.Conn){
		"until the end":      func(conn net.Conn) { pour(conn, head200+"\r\nabc", 1); conn.Close() },
		"HTTP/1.0":           func(conn net.Conn) { pour(conn, "HTTP/1.0 200 OK\r\n\r\nabc", 1); conn.Close() },
		"after 100 Continue": func(conn net.Conn) { pour(conn, "HTTP/1.1 100 Continue\r\n\r\n", 1); reply(conn, 200, "abc") },
		"after 103 Early Hints": func(conn net.Conn) {
			pour(conn, "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n", 1)
			reply(conn, 200, "abc")
		},
		"no reason": func(conn net.Conn) { pour(conn, "HTTP/1.1 200\r\nContent-Length: 3\r\n\r\nabc", 1) },
		"chunks with extensions": func(conn net.Conn) {
			pour(conn, head200+"Transfer-Encoding: chunked\r\n\r\n2;a=b\r\nab\r\n1\r\nc\r\n0\r\nX-T: 1\r\n\r\n", 1)
		},
		"more behind the body": func(conn net.Conn) { pour(conn, head200+"Content-Length: 3\r\n\r\nabcdefghi", 1) },
		"in single bytes": func(conn net.Conn) {
			for _, c := range head200 + "Content-Length: 3\r\n\r\nabc" {
				pour(conn, string(c), 1)
			}
		},
		"connection closed by header": func(conn net.Conn) { reply(conn, 200, "abc", "Connection: close"); conn.Close() },
		"exactly at the limit":        func(conn net.Conn) { reply(conn, 200, strings.Repeat("x", limit10MB)) },
	}
	var ops []operation
	names := make([]string, 0, len(answers))
	for name, answer := range answers {
		b := newBackEnd(t, func(conn net.Conn, _ *received) { answer(conn) })
		ops = append(ops, httpTo(fmt.Sprintf("/http%d", len(names)), "http://"+b.addr+"/"), proxyTo(fmt.Sprintf("/proxy%d", len(names)), "http://"+b.addr+"/"))
		names = append(names, name)
	}
	g := serve(t, document(t, nil, ops...))
	for i, name := range names {
		want := "abc"
		if name == "exactly at the limit" {
			want = strings.Repeat("x", limit10MB)
		}
		for _, kind := range []string{"http", "proxy"} {
			for range 2 { // the second time over a kept connection, if there is one
				res := g.do("POST", fmt.Sprintf("/dev/%s%d", kind, i), "body")
				if want200(t, kind+": "+name, res) && res.body != want {
					t.Errorf("%s: %s: got %.40q", kind, name, res.body)
				}
			}
		}
	}
}

// TestRefusedConnection. Spec: rest-api 9.1, measured.
func TestRefusedConnection(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ln.Close()
	g := serve(t, document(t, nil, httpTo("/http", "http://"+ln.Addr().String()), proxyTo("/proxy", "http://"+ln.Addr().String()),
		proxyTo("/stream", "http://"+ln.Addr().String(), obj{"responseTransferMode": "STREAM"})))
	for _, path := range []string{"/http", "/proxy", "/stream"} {
		wantFailure(t, path, g.do("POST", "/dev"+path, "body"), networkError)
	}
}

// TestRestartedBackEndIsFoundAgain: a kept connection that the back end closed costs no request.
func TestRestartedBackEndIsFoundAgain(t *testing.T) {
	var conns sync.Map
	b := newBackEnd(t, func(conn net.Conn, _ *received) { conns.Store(conn, true); reply(conn, 200, "ok") })
	g := serve(t, document(t, nil, proxyTo("/x", "http://"+b.addr+"/")))
	for i := range 20 {
		want200(t, fmt.Sprintf("round %d", i), g.do("POST", "/dev/x", "body"))
		conns.Range(func(conn, _ any) bool { conn.(net.Conn).Close(); conns.Delete(conn); return true })
	}
	if b.calls() != 20 {
		t.Errorf("the back end was called %d times, want 20", b.calls())
	}
}

// authority makes certificates.
type authority struct {
	t    *testing.T
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	a := &authority{t: t}
	a.cert, a.key = a.sign(&x509.Certificate{IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign})
	return a
}

// sign makes a certificate, signed by itself while the authority has none.
func (a *authority) sign(template *x509.Certificate) (*x509.Certificate, *ecdsa.PrivateKey) {
	a.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		a.t.Fatal(err)
	}
	template.SerialNumber, template.Subject = big.NewInt(time.Now().UnixNano()), pkix.Name{CommonName: "black box"}
	if template.NotAfter.IsZero() {
		template.NotAfter = time.Now().Add(time.Hour)
	}
	template.NotBefore = template.NotAfter.Add(-48 * time.Hour)
	parent, signer := a.cert, a.key
	if parent == nil {
		parent, signer = template, key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, signer)
	if err != nil {
		a.t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		a.t.Fatal(err)
	}
	return cert, key
}

// chain is a server's certificate for name, which is good until notAfter (zero: long enough), with the authority's.
func (a *authority) chain(name string, notAfter time.Time) tls.Certificate {
	template := &x509.Certificate{NotAfter: notAfter, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}}
	if ip := net.ParseIP(name); ip != nil {
		template.IPAddresses = []net.IP{ip}
	} else {
		template.DNSNames = []string{name}
	}
	cert, key := a.sign(template)
	out := tls.Certificate{Certificate: [][]byte{cert.Raw}, PrivateKey: key}
	if a.cert != nil {
		out.Certificate = append(out.Certificate, a.cert.Raw)
	}
	return out
}

// newTLSBackEnd is a back end behind TLS.
func newTLSBackEnd(t *testing.T, config *tls.Config) *backEnd {
	t.Helper()
	ln, err := tls.Listen("tcp", "127.0.0.1:0", config)
	if err != nil {
		t.Fatal(err)
	}
	b := &backEnd{t: t, addr: ln.Addr().String(), answer: func(conn net.Conn, _ *received) { reply(conn, 200, "secret") }}
	t.Cleanup(func() { ln.Close() })
	go func() {
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			go b.serve(conn)
		}
	}()
	return b
}

// TestTLSBackEnds: chain, name and expiry are checked; insecureSkipVerification leaves out the authority only.
// 500 for a certificate that is not trusted is unconfirmed. Spec: rest-api 9.1.
func TestTLSBackEnds(t *testing.T) {
	known, unknown, self := newAuthority(t), newAuthority(t), &authority{t: t}
	file := filepath.Join(t.TempDir(), "roots.pem")
	write(t, file, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: known.cert.Raw})))
	t.Setenv("SSL_CERT_FILE", file)
	t.Setenv("SSL_CERT_DIR", t.TempDir())
	past := time.Now().Add(-time.Hour)
	plain := newBackEnd(t, nil)
	var sni atomic.Value
	with := func(cert tls.Certificate) *tls.Config {
		return &tls.Config{GetCertificate: func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
			sni.Store(hello.ServerName)
			return &cert, nil
		}}
	}
	old := with(known.chain("127.0.0.1", time.Time{}))
	old.MinVersion, old.MaxVersion = tls.VersionTLS10, tls.VersionTLS11
	h2 := with(known.chain("127.0.0.1", time.Time{}))
	h2.NextProtos = []string{"h2", "http/1.1"}
	cases := []struct {
		name             string
		config           *tls.Config
		host             string
		strict, insecure string // "200" or what the client is told
	}{
		{"trusted", with(known.chain("127.0.0.1", time.Time{})), "127.0.0.1", "200", "200"},
		{"trusted, by name", with(known.chain("localhost", time.Time{})), "localhost", "200", "200"},
		{"prefers HTTP/2", h2, "127.0.0.1", "200", "200"},
		{"unknown authority", with(unknown.chain("127.0.0.1", time.Time{})), "127.0.0.1", failed500, "200"},
		{"self-signed", with(self.chain("127.0.0.1", time.Time{})), "127.0.0.1", failed500, "200"},
		{"expired", with(known.chain("127.0.0.1", past)), "127.0.0.1", failed500, failed500},
		{"unknown authority, expired", with(unknown.chain("127.0.0.1", past)), "127.0.0.1", failed500, failed500},
		{"other host", with(known.chain("other.example.com", time.Time{})), "127.0.0.1", failed500, failed500},
		{"unknown authority, other host", with(unknown.chain("other.example.com", time.Time{})), "localhost", failed500, failed500},
		{"too old TLS", old, "127.0.0.1", networkError, networkError},
		{"no TLS", nil, "127.0.0.1", networkError, networkError},
	}
	var ops []operation
	for i, c := range cases {
		addr := plain.addr
		if c.config != nil {
			addr = newTLSBackEnd(t, c.config).addr
		}
		_, port, _ := net.SplitHostPort(addr)
		uri := "https://" + net.JoinHostPort(c.host, port) + "/"
		insecure := obj{"tlsConfig": obj{"insecureSkipVerification": true}}
		ops = append(ops, httpTo(fmt.Sprintf("/http/strict%d", i), uri), proxyTo(fmt.Sprintf("/proxy/strict%d", i), uri),
			httpTo(fmt.Sprintf("/http/insecure%d", i), uri, insecure), proxyTo(fmt.Sprintf("/proxy/insecure%d", i), uri, insecure))
	}
	g := serve(t, document(t, nil, ops...))
	for i, c := range cases {
		for way, want := range map[string]string{"strict": c.strict, "insecure": c.insecure} {
			for _, kind := range []string{"http", "proxy"} {
				name := kind + " " + way + ": " + c.name
				res := g.do("GET", fmt.Sprintf("/dev/%s/%s%d", kind, way, i), "")
				if want != "200" {
					wantFailure(t, name, res, want)
				} else if want200(t, name, res) && res.body != "secret" {
					t.Errorf("%s: got %s", name, res)
				}
			}
		}
		if c.host == "localhost" && sni.Load() != "localhost" {
			t.Errorf("%s: got SNI %v, want localhost", c.name, sni.Load())
		}
	}
	g.out.wait(t, 0, regexp.QuoteMeta("General SSLEngine problem"))
}

// TestLargeBodiesToTheBackEnd: up to the limit, announced and in chunks.
func TestLargeBodiesToTheBackEnd(t *testing.T) {
	b := newBackEnd(t, func(conn net.Conn, r *received) { reply(conn, 200, strconv.Itoa(len(r.body))) })
	g := serve(t, document(t, nil, httpTo("/http", "http://"+b.addr+"/"), proxyTo("/proxy", "http://"+b.addr+"/")))
	for _, size := range []int{1, 100 << 10, limit10MB} {
		body := strings.Repeat("y", size)
		for _, path := range []string{"/dev/http", "/dev/proxy"} {
			for _, res := range []*response{g.do("POST", path, body),
				g.do("POST", path, fmt.Sprintf("%x\r\n%s\r\n0\r\n\r\n", size, body), "Transfer-Encoding: chunked")} {
				if want200(t, path, res) && res.body != strconv.Itoa(size) {
					t.Errorf("%s: got %s, want %d", path, res.body, size)
				}
			}
		}
	}
}

// TestManyClientsGetTheirOwnAnswers: 200 clients at once over kept connections, on mixed routes, with the race detector.
func TestManyClientsGetTheirOwnAnswers(t *testing.T) {
	const clients, rounds = 200, 15
	b := newBackEnd(t, func(conn net.Conn, r *received) {
		reply(conn, 200, r.method+" "+r.target+" "+r.get("X-Token")+" "+r.body, "X-Token: "+r.get("X-Token"), "Content-Type: text/plain")
	})
	uri := "http://" + b.addr + "/"
	g := serve(t, document(t, nil,
		proxyTo("/proxy/{token}", uri+"{t}", obj{"requestParameters": obj{"integration.request.path.t": "method.request.path.token"}}),
		proxyTo("/stream/{token}", uri+"{t}", obj{"requestParameters": obj{"integration.request.path.t": "method.request.path.token"}, "responseTransferMode": "STREAM"}),
		httpTo("/http/{token}", uri+"x", obj{
			"requestParameters": obj{"integration.request.header.X-Token": "method.request.path.token", "integration.request.querystring.b": "method.request.body.token"},
			"requestTemplates":  obj{"application/json": `$input.params('token')+$input.path('$.token')`},
			"responses": obj{"default": obj{"statusCode": "200", "responseParameters": obj{"method.response.header.X-Mapped": "integration.response.header.X-Token"},
				"responseTemplates": obj{"application/json": `<$input.body> $context.requestId`}}}}),
		mock("/mock/{token}", `#set($context.responseOverride.header.X-Mapped = $input.params('token')){"statusCode": 200}`,
			obj{"responses": obj{"default": obj{"statusCode": "200", "responseTemplates": obj{"application/json": `$input.params('token') $context.requestId`}}}})),
		"--quiet")
	var wg sync.WaitGroup
	problems := make(chan error, clients)
	for i := range clients {
		wg.Go(func() {
			if err := g.converse(fmt.Sprintf("t%d", i), rounds); err != nil {
				problems <- fmt.Errorf("client %d: %w", i, err)
			}
		})
	}
	wg.Wait()
	close(problems)
	for err := range problems {
		t.Error(err)
	}
}

// converse sends rounds of requests on one connection and checks every answer.
func (g *gatewayProcess) converse(client string, rounds int) error {
	conn, err := net.Dial("tcp", g.addr)
	if err != nil {
		return err
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(2 * patience))
	r := bufio.NewReader(conn)
	for i := range rounds {
		token := fmt.Sprintf("%s-%d", client, i)
		body := fmt.Sprintf(`{"token":"%s"}`, token)
		for kind, want := range map[string]string{
			"proxy": "POST /" + token + "  " + body, "stream": "POST /" + token + "  " + body,
			"http": "<POST /x?b=" + token + " " + token + " " + token + "+" + token + "> ", "mock": token + " ", "none": `{"message":"Missing Authentication Token"}`,
		} {
			fmt.Fprintf(conn, "POST /dev/%s/%s HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%s", kind, token, len(body), body)
			res, err := readResponse(r, "POST")
			if err != nil {
				return fmt.Errorf("%s: %w", token, err)
			}
			if kind == "http" || kind == "mock" {
				want += res.get("x-amzn-RequestId")
			}
			if res.body != want || (kind == "http" || kind == "mock") && res.get("X-Mapped") != token {
				return fmt.Errorf("%s %s: got %s, want %s", kind, token, res, want)
			}
		}
	}
	return nil
}

// TestSlowClientIsNoTimeoutOfTheBackEnd: the time of the integration does not run while the client still sends, because
// the service reads a request whole before it calls. Spec: rest-api 9.6.
func TestSlowClientIsNoTimeoutOfTheBackEnd(t *testing.T) {
	b := newBackEnd(t, func(conn net.Conn, r *received) {
		if strings.HasPrefix(r.target, "/silent") {
			untilClosed(conn)
			return
		}
		reply(conn, 200, r.body)
	})
	var ops []operation
	for _, mode := range []string{"BUFFERED", "STREAM"} {
		ops = append(ops, proxyTo("/proxy/"+mode, "http://"+b.addr+"/", obj{"timeoutInMillis": 250, "responseTransferMode": mode}),
			proxyTo("/silent/"+mode, "http://"+b.addr+"/silent", obj{"timeoutInMillis": 250, "responseTransferMode": mode}))
	}
	g := serve(t, document(t, nil, append(ops, httpTo("/http", "http://"+b.addr+"/", obj{"timeoutInMillis": 250}))...))
	for path, want := range map[string]string{"/proxy/BUFFERED": "", "/proxy/STREAM": "", "/http": "", "/silent/BUFFERED": timedOut, "/silent/STREAM": timedOut} {
		conn, err := net.Dial("tcp", g.addr)
		if err != nil {
			t.Fatal(err)
		}
		_ = conn.SetDeadline(time.Now().Add(patience))
		fmt.Fprintf(conn, "POST /dev%s HTTP/1.1\r\nHost: x\r\nContent-Length: 20\r\n\r\n", path)
		tick := time.NewTicker(20 * time.Millisecond) // 400 ms in all
		for range 20 {
			<-tick.C
			pour(conn, "x", 1)
		}
		tick.Stop()
		res, err := readResponse(bufio.NewReader(conn), "POST")
		conn.Close()
		switch {
		case err != nil:
			t.Errorf("%s: %v", path, err)
		case want != "":
			wantFailure(t, path, res, want)
		case res.status != 200 || res.body != strings.Repeat("x", 20):
			t.Errorf("%s: got %s", path, res)
		}
	}
}
