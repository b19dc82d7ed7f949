package blackbox

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// certify writes a certificate of its own for a name, and its key.
func certify(t *testing.T, dir, name string) *x509.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	text, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	for file, block := range map[string]*pem.Block{"cert.pem": {Type: "CERTIFICATE", Bytes: der}, "key.pem": {Type: "PRIVATE KEY", Bytes: text}} {
		if err := os.WriteFile(filepath.Join(dir, file), pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return cert
}

// trust makes the client of a process accept a certificate only, under a name.
func (s *serveProcess) trust(cert *x509.Certificate, name string) {
	pool := x509.NewCertPool()
	pool.AddCert(cert)
	s.client.CloseIdleConnections()
	s.client = &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, ServerName: name}}, Timeout: patience}
}

func TestTLSAndItsReload(t *testing.T) {
	certs, dir := t.TempDir(), t.TempDir()
	first := certify(t, certs, "first.example.com")
	cert, key := filepath.Join(certs, "cert.pem"), filepath.Join(certs, "key.pem")
	s := startServe(t, dir, "--control-tls-cert", cert, "--control-tls-key", key, "--gateway-tls-cert", cert, "--gateway-tls-key", key)
	if !strings.HasPrefix(s.control, "https://") || !strings.HasPrefix(s.apis, "https://") {
		t.Fatalf("management is at %s, the APIs are at %s", s.control, s.apis)
	}
	works := func(what string) {
		t.Helper()
		if got := s.identity(s.root); got != "arn:aws:iam::000000000000:root" {
			t.Errorf("%s: got %s", what, got)
		}
		res, err := s.client.Get(s.apis + "/prod")
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode != 403 {
			t.Errorf("%s: the gateway answered %d", what, res.StatusCode)
		}
		if len(listKeys(t, dir)) != 1 {
			t.Errorf("%s: the commands do not work", what)
		}
	}
	s.trust(first, "first.example.com")
	works("at the start")

	second := certify(t, certs, "second.example.com")
	reload := func(want string) {
		t.Helper()
		from := len(s.out.String())
		if err := s.cmd.Process.Signal(syscall.SIGHUP); err != nil {
			t.Fatal(err)
		}
		s.out.wait(t, from, want)
	}
	reload(`msg=reloaded changed=nothing certificates=2`)
	s.trust(second, "second.example.com")
	works("after the reload")

	write(t, cert, "damaged")
	reload(`level=ERROR msg="not reloaded: the certificates before stay"`)
	s.trust(second, "second.example.com")
	works("after a reload that failed")

	// A server with another certificate than the one written down is not talked to.
	text := readFile(t, filepath.Join(dir, "control.json"))
	at := strings.Index(text, `"certificate":"`) + len(`"certificate":"`)
	write(t, filepath.Join(dir, "control.json"), text[:at]+strings.Repeat("0", 64)+text[at+64:])
	if _, stderr, code := runCommand(t, "keys", "list", "--data-dir", dir); code != 1 || !strings.Contains(stderr, "the certificate is not the server's") {
		t.Errorf("got %d, %s", code, stderr)
	}
}
