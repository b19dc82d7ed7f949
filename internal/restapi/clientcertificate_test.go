package restapi

import (
	"context"
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
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"
	"time"

	"github.com/gatehouse-gateway/gatehouse/internal/definition"
	"github.com/gatehouse-gateway/gatehouse/internal/integration"
)

// clientCertificate is a self-signed certificate with a name, as the gateway makes them.
func clientCertificate(t *testing.T, name string) *tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// strictBackEnd answers only who shows a certificate, with its name.
func strictBackEnd(t *testing.T) string {
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		_, _ = io.WriteString(w, req.TLS.PeerCertificates[0].Subject.CommonName)
	}))
	srv.TLS = &tls.Config{ClientAuth: tls.RequireAnyClientCert}
	srv.Config.ErrorLog = log.New(io.Discard, "", 0)
	srv.StartTLS()
	t.Cleanup(srv.Close)
	return srv.URL
}

// TestStagesShowTheirOwnClientCertificate sends the requests of three stages to a back end that asks for a certificate, in
// turns: each stage is known by its own, also on kept connections, and the one without gets no answer.
func TestStagesShowTheirOwnClientCertificate(t *testing.T) {
	client := integration.NewClient(integration.Options{})
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- client.Run(ctx) }()
	t.Cleanup(func() { cancel(); <-ended })
	certificates := map[string]*tls.Certificate{
		"123456789012 us-east-1 one": clientCertificate(t, "the first"), "123456789012 us-east-1 two": clientCertificate(t, "the second"),
	}
	env := testEnv(client)
	env.Now = time.Now
	env.ClientCertificates = func(accountID, region, id string) (*tls.Certificate, error) {
		if cert := certificates[accountID+" "+region+" "+id]; cert != nil {
			return cert, nil
		}
		return nil, errors.New("none")
	}
	m := proxyMethod()
	m.Integration.URI, m.Integration.TLSConfig = strictBackEnd(t), &definition.TLSConfig{InsecureSkipVerification: true}
	d := &definition.Deployment{API: apiOf(map[string]*definition.Method{"/m": m})}
	var stages []*Stage
	for name, id := range map[string]string{"a": "one", "b": "two", "c": ""} {
		st, problems := Compile(env, d, &definition.Stage{Name: name, ClientCertificateID: id})
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		stages = append(stages, st)
	}
	a := NewAPI(env, "abcdefghij", stages...)
	for range 3 {
		for target, want := range map[string]string{"/a/m": "200 the first", "/b/m": "200 the second", "/c/m": `504 {"message": "Network error communicating with endpoint"}`} {
			x := request("GET", target, browserHeader)
			a.ServeAPI(t.Context(), x, Address{Target: target, Default: true})
			if got := strconv.Itoa(x.Response.Status) + " " + string(x.Response.Body); got != want {
				t.Errorf("%s: got %s, want %s", target, got, want)
			}
			x.Response.Done(0, nil)
		}
	}
	if _, problems := Compile(env, d, &definition.Stage{Name: "x", ClientCertificateID: "three"}); len(problems) != 1 ||
		problems[0].Error() != "stages['x'].clientCertificateId: Invalid Client Certificate ID specified: three: none" {
		t.Errorf("unknown certificate: got %v", problems)
	}
}
