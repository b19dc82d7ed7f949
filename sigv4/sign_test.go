package sigv4_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"github.com/gatehouse-gateway/gatehouse/sigv4"
)

// TestSignerAgreesWithTheSDK signs requests twice: by the SDK and by us.
func TestSignerAgreesWithTheSDK(t *testing.T) {
	when := at("20261122T101112Z")()
	for name, c := range map[string]struct{ service, method, target, body, token string }{
		"no body":          {"lambda", "GET", "/2015-03-31/functions/a%3Ab/code", "", ""},
		"body":             {"sqs", "POST", "/", `{"QueueUrl":"http://x"}`, ""},
		"query":            {"execute-api", "GET", "/a/b?b=2&a=%20&a=1&c=", "", ""},
		"session token":    {"events", "POST", "/", "{}", "token"},
		"key of an object": {"s3", "GET", "/bucket/a%20b/c/%C3%A9%2B?versionId=v1", "", ""},
	} {
		sum := sha256.Sum256([]byte(c.body))
		digest := hex.EncodeToString(sum[:])
		req, err := http.NewRequestWithContext(context.Background(), c.method, "https://service.example.com"+c.target, strings.NewReader(c.body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("X-Amz-Content-Sha256", digest)
		theirs := v4.NewSigner(func(o *v4.SignerOptions) { o.DisableURIPathEscaping = c.service == "s3" })
		credentials := aws.Credentials{AccessKeyID: exampleKey, SecretAccessKey: exampleSecret, SessionToken: c.token}
		if err := theirs.SignHTTP(context.Background(), credentials, req, digest, c.service, "eu-west-1", when); err != nil {
			t.Fatal(err)
		}
		path, query, _ := strings.Cut(c.target, "?")
		r := &sigv4.Request{Method: c.method, Path: path, Query: query, Body: []byte(c.body), Header: []sigv4.Field{{Name: "Host", Value: "service.example.com"}}}
		if c.body != "" {
			r.Header = append(r.Header, sigv4.Field{Name: "Content-Length", Value: strconv.Itoa(len(c.body))})
		}
		ours := sigv4.Signer{Credential: sigv4.Credential{AccessKeyID: exampleKey, Secret: sigv4.NewSecret(exampleSecret), SessionToken: sigv4.NewSecret(c.token)}}
		got := ours.Sign(r, c.service, "eu-west-1", when)
		if last := got[len(got)-1]; last.Value != req.Header.Get(last.Name) {
			t.Errorf("%s:\n got %s\nwant %s", name, last.Value, req.Header.Get(last.Name))
		}
	}
}

// TestSignedRequestsVerify holds the two halves together, for paths that are normalised too.
func TestSignedRequestsVerify(t *testing.T) {
	now := at("20261122T101112Z")
	for _, target := range []string{"/", "//a/../b//c?x=1&x=&%20", "/%zz?%zz"} {
		path, query, _ := strings.Cut(target, "?")
		r := &sigv4.Request{Method: "PUT", Path: path, Query: query, Body: []byte("body"), Header: []sigv4.Field{{Name: "Host", Value: "h"}, {Name: "A", Value: " 1   2 "}, {Name: "a", Value: "3"}}}
		s := sigv4.Signer{Credential: keys["ASIATEMP"]}
		r.Header = append(r.Header, s.Sign(r, "lambda", "eu-west-1", now())...)
		caller, err := (&sigv4.Verifier{Service: "lambda", Keys: keys, Now: now}).Verify(r)
		if err != nil || caller.AccessKeyID != "ASIATEMP" || caller.Region != "eu-west-1" {
			t.Errorf("%s: got %+v, %v", target, caller, err)
		}
	}
}

func BenchmarkSign(b *testing.B) {
	now := at("20261122T101112Z")()
	s := &sigv4.Signer{Credential: keys[exampleKey]}
	r := &sigv4.Request{Method: "POST", Path: "/", Body: make([]byte, 1000), Header: []sigv4.Field{{Name: "Host", Value: "sqs.eu-west-1.amazonaws.com"}, {Name: "Content-Type", Value: "application/x-amz-json-1.0"}}}
	b.ReportAllocs()
	for b.Loop() {
		s.Sign(r, "sqs", "eu-west-1", now)
	}
}
