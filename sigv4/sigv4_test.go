package sigv4_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"github.com/gatehouse-gateway/gatehouse/sigv4"
)

const (
	exampleKey    = "AKIDEXAMPLE"
	exampleSecret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
)

type keyMap map[string]sigv4.Credential

func (k keyMap) Credential(id string) (sigv4.Credential, bool) {
	c, ok := k[id]
	return c, ok
}

var keys = keyMap{
	exampleKey: {AccessKeyID: exampleKey, Secret: sigv4.NewSecret(exampleSecret)},
	"ASIATEMP": {AccessKeyID: "ASIATEMP", Secret: sigv4.NewSecret("temp"), SessionToken: sigv4.NewSecret("token")},
	"ASIAOLD":  {AccessKeyID: "ASIAOLD", Secret: sigv4.NewSecret("temp"), SessionToken: sigv4.NewSecret("token"), Expired: true},
}

func at(text string) func() time.Time {
	t, err := time.Parse("20060102T150405Z", text)
	if err != nil {
		panic(err)
	}
	return func() time.Time { return t }
}

// TestPublishedVectors holds signatures that Amazon published for Signature Version 4.
func TestPublishedVectors(t *testing.T) {
	v := &sigv4.Verifier{Service: "service", Region: "us-east-1", Keys: keys, Now: at("20150830T123600Z")}
	for _, c := range []struct{ name, method, path, query, signature string }{
		{"get-vanilla", "GET", "/", "", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"},
		{"get-vanilla-query-order-key-case", "GET", "/", "Param2=value2&Param1=value1", "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"},
		{"post-vanilla", "POST", "/", "", "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"},
		{"normalize-path/get-slash", "GET", "//", "", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"},
		{"normalize-path/get-relative", "GET", "/example/..", "", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"},
		{"get-unreserved", "GET", "/-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", "", "07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f"},
	} {
		_, err := v.Verify(&sigv4.Request{Method: c.method, Path: c.path, Query: c.query, Header: []sigv4.Field{
			{Name: "Host", Value: "example.amazonaws.com"}, {Name: "X-Amz-Date", Value: "20150830T123600Z"},
			{Name: "Authorization", Value: "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=host;x-amz-date, Signature=" + c.signature},
		}})
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

// signed signs with the SDK and hands the request over as a server receives it.
func signed(t *testing.T, service, method, target, body string, credentials aws.Credentials, when time.Time, header ...string) *sigv4.Request {
	t.Helper()
	req, err := http.NewRequest(method, "https://api.example.com"+target, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Add(header[i], header[i+1])
	}
	sum := sha256.Sum256([]byte(body))
	if err := v4.NewSigner().SignHTTP(context.Background(), credentials, req, hex.EncodeToString(sum[:]), service, "eu-west-1", when); err != nil {
		t.Fatal(err)
	}
	return received(req, body)
}

func received(req *http.Request, body string) *sigv4.Request {
	r := &sigv4.Request{Method: req.Method, Path: req.URL.EscapedPath(), Query: req.URL.RawQuery, Body: []byte(body)}
	r.Header = append(r.Header, sigv4.Field{Name: "Host", Value: req.URL.Host})
	for name, values := range req.Header {
		for _, value := range values {
			r.Header = append(r.Header, sigv4.Field{Name: name, Value: value})
		}
	}
	if req.ContentLength > 0 {
		r.Header = append(r.Header, sigv4.Field{Name: "Content-Length", Value: fmt.Sprint(req.ContentLength)})
	}
	return r
}

var example = aws.Credentials{AccessKeyID: exampleKey, SecretAccessKey: exampleSecret}

func TestSignaturesOfTheSDKAreAccepted(t *testing.T) {
	now := at("20261122T101112Z")
	v := &sigv4.Verifier{Service: "apigateway", Keys: keys, Now: now}
	for _, c := range []struct {
		method, target, body string
		header               []string
	}{
		{"GET", "/restapis", "", nil},
		{"POST", "/restapis?mode=import&a=1&a=0&b", `{"x":1}`, []string{"Content-Type", "application/json"}},
		{"PUT", "/tags/arn%3Aaws%3Aapigateway%3Aus-east-1%3A%3A%2Frestapis%2Fabc", "{}", nil},
		{"DELETE", "/v2/apis/a/routesettings/GET%20%2Fpets%2F%7Bid%7D", "", nil},
		{"GET", "/a/%E2%98%83/b%2Bc?q=%C3%A9+x&empty=", "", []string{"X-Amz-Meta", "a   b", "X-Amz-Meta", "c"}},
		{"GET", "/trailing/", "", nil},
	} {
		caller, err := v.Verify(signed(t, "apigateway", c.method, c.target, c.body, example, now(), c.header...))
		if err != nil || caller.AccessKeyID != exampleKey || caller.Region != "eu-west-1" {
			t.Errorf("%s %s: %+v, %v", c.method, c.target, caller, err)
		}
	}
}

func TestPresignedRequests(t *testing.T) {
	signedAt := at("20261122T101112Z")
	presign := func(expires string) *sigv4.Request {
		req, err := http.NewRequest("GET", "https://api.example.com/x?a=b&X-Amz-Expires="+expires, nil)
		if err != nil {
			t.Fatal(err)
		}
		empty := sha256.Sum256(nil)
		uri, _, err := v4.NewSigner().PresignHTTP(context.Background(), example, req, hex.EncodeToString(empty[:]), "apigateway", "eu-west-1", signedAt())
		if err != nil {
			t.Fatal(err)
		}
		u, err := url.Parse(uri)
		if err != nil {
			t.Fatal(err)
		}
		return &sigv4.Request{Method: "GET", Path: u.EscapedPath(), Query: u.RawQuery, Header: []sigv4.Field{{Name: "Host", Value: "api.example.com"}}}
	}
	for _, c := range []struct{ name, expires, now, want string }{
		{"valid", "3600", "20261122T110000Z", ""},
		{"over", "60", "20261122T101300Z", "Signature expired"},
		{"too long", "604801", "20261122T101112Z", "X-Amz-Expires must be between 1 and 604800"},
		{"from the future", "60", "20261122T100000Z", "Signature not yet current"},
	} {
		v := &sigv4.Verifier{Service: "apigateway", Keys: keys, Now: at(c.now)}
		_, err := v.Verify(presign(c.expires))
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: got %v, want %q", c.name, err, c.want)
		}
	}
}

// TestRefusals holds the table of access-control 5.6.
func TestRefusals(t *testing.T) {
	now := at("20261122T101112Z")
	good := func() *sigv4.Request { return signed(t, "apigateway", "POST", "/restapis?a=b", "{}", example, now()) }
	set := func(r *sigv4.Request, name, value string) {
		for i := range r.Header {
			if r.Header[i].Name == name {
				r.Header[i].Value = value
			}
		}
	}
	auth := func(r *sigv4.Request, old, replacement string) {
		for i := range r.Header {
			if r.Header[i].Name == "Authorization" {
				r.Header[i].Value = strings.Replace(r.Header[i].Value, old, replacement, 1)
			}
		}
	}
	for _, c := range []struct {
		name   string
		change func(*sigv4.Request)
		kind   sigv4.Type
		want   string
	}{
		{"nothing", func(r *sigv4.Request) { r.Header = r.Header[:1] }, sigv4.MissingAuthenticationToken, "Missing Authentication Token"},
		{"both forms", func(r *sigv4.Request) { r.Query += "&X-Amz-Algorithm=x" }, sigv4.InvalidSignature, "Found both"},
		{"bearer", func(r *sigv4.Request) { set(r, "Authorization", "Bearer abc") }, sigv4.IncompleteSignature, "Invalid key=value pair (missing equal-sign)"},
		{"parts missing", func(r *sigv4.Request) { set(r, "Authorization", "AWS4-HMAC-SHA256 A=b") }, sigv4.IncompleteSignature, "Authorization header requires 'Credential' parameter. Authorization header requires 'Signature' parameter. Authorization header requires 'SignedHeaders' parameter. (Hashed"},
		{"algorithm", func(r *sigv4.Request) { auth(r, "AWS4-HMAC-SHA256", "AWS4-HMAC-SHA512") }, sigv4.IncompleteSignature, "Unsupported AWS 'algorithm'"},
		{"date", func(r *sigv4.Request) { set(r, "X-Amz-Date", "yesterday") }, sigv4.IncompleteSignature, "Date must be in ISO-8601 'basic format'. Got 'yesterday'."},
		{"old", func(r *sigv4.Request) { set(r, "X-Amz-Date", "20261122T100611Z") }, sigv4.InvalidSignature, "Signature expired: 20261122T100611Z is now earlier than 20261122T100612Z (20261122T101112Z - 5 min.)"},
		{"new", func(r *sigv4.Request) { set(r, "X-Amz-Date", "20261122T101613Z") }, sigv4.InvalidSignature, "Signature not yet current: 20261122T101613Z is still later than 20261122T101612Z (20261122T101112Z + 5 min.)"},
		{"host unsigned", func(r *sigv4.Request) { auth(r, ";host", "") }, sigv4.InvalidSignature, "'Host' or ':authority' must be a 'SignedHeader'"},
		{"credential", func(r *sigv4.Request) { auth(r, "/eu-west-1", "") }, sigv4.IncompleteSignature, "Credential must have exactly 5 slash-delimited elements"},
		{"scope", func(r *sigv4.Request) { auth(r, "20261122/eu-west-1/apigateway/aws4_request", "20261121//lambda/x") }, sigv4.InvalidSignature,
			"Credential should be scoped to a valid region. Credential should be scoped to correct service: 'apigateway'. Credential should be scoped with a valid terminator: 'aws4_request', not 'x'. Date in Credential scope does not match"},
		{"key", func(r *sigv4.Request) { auth(r, exampleKey, "AKIANOBODY") }, sigv4.UnrecognizedClient, "The security token included in the request is invalid."},
		{"body", func(r *sigv4.Request) { r.Body = []byte("{ }") }, sigv4.InvalidSignature, "does not match the signature you provided"},
		{"path", func(r *sigv4.Request) { r.Path += "x" }, sigv4.InvalidSignature, "does not match"},
		{"query", func(r *sigv4.Request) { r.Query += "c" }, sigv4.InvalidSignature, "does not match"},
		{"method", func(r *sigv4.Request) { r.Method = "PUT" }, sigv4.InvalidSignature, "does not match"},
		{"signature", func(r *sigv4.Request) { auth(r, "Signature=", "Signature=0") }, sigv4.InvalidSignature, "does not match"},
		{"declared hash", func(r *sigv4.Request) {
			r.Header = append(r.Header, sigv4.Field{Name: "X-Amz-Content-Sha256", Value: "00"})
		}, sigv4.InvalidSignature, "does not match"},
		{"unsigned payload", func(r *sigv4.Request) {
			r.Header = append(r.Header, sigv4.Field{Name: "X-Amz-Content-Sha256", Value: "UNSIGNED-PAYLOAD"})
		}, sigv4.InvalidSignature, "does not match"},
		{"token nobody asked for", func(r *sigv4.Request) {
			r.Header = append(r.Header, sigv4.Field{Name: "X-Amz-Security-Token", Value: "t"})
		}, sigv4.UnrecognizedClient, "The security token included in the request is invalid"},
	} {
		t.Run(c.name, func(t *testing.T) {
			v := &sigv4.Verifier{Service: "apigateway", Keys: keys, Now: now}
			r := good()
			c.change(r)
			_, err := v.Verify(r)
			var failed *sigv4.Error
			if !errors.As(err, &failed) || failed.Type != c.kind || !strings.Contains(failed.Message, c.want) {
				t.Errorf("got %v, want %s %s", err, c.kind, c.want)
			}
		})
	}
}

func TestSessionTokens(t *testing.T) {
	now := at("20261122T101112Z")
	v := &sigv4.Verifier{Service: "apigateway", Keys: keys, Now: now}
	for _, c := range []struct{ id, token, want string }{
		{"ASIATEMP", "token", ""}, {"ASIATEMP", "other", "is invalid"}, {"ASIATEMP", "", "is invalid"}, {"ASIAOLD", "token", "is expired"},
	} {
		_, err := v.Verify(signed(t, "apigateway", "GET", "/x", "", aws.Credentials{AccessKeyID: c.id, SecretAccessKey: "temp", SessionToken: c.token}, now()))
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s %q: got %v, want %q", c.id, c.token, err, c.want)
		}
	}
}

func TestSecretsDoNotPrint(t *testing.T) {
	for _, format := range []string{"%v", "%+v", "%#v", "%s"} {
		if got := fmt.Sprintf(format, keys[exampleKey]); strings.Contains(got, exampleSecret) {
			t.Errorf("%s prints %s", format, got)
		}
	}
}

func FuzzVerify(f *testing.F) {
	f.Add("GET", "/a/../b", "a=b", "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261122/us-east-1/s/aws4_request, SignedHeaders=host, Signature=0", "20261122T101112Z")
	f.Add("GET", "/", "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=a/b/c/d/e", "", "")
	v := &sigv4.Verifier{Service: "s", Keys: keys, Now: at("20261122T101112Z")}
	f.Fuzz(func(t *testing.T, method, path, query, authorization, date string) {
		if _, err := v.Verify(&sigv4.Request{Method: method, Path: path, Query: query, Header: []sigv4.Field{
			{Name: "Host", Value: "h"}, {Name: "Authorization", Value: authorization}, {Name: "X-Amz-Date", Value: date}}}); err == nil {
			t.Error("a forged signature was accepted")
		}
	})
}

func BenchmarkVerify(b *testing.B) {
	now := at("20150830T123600Z")
	v := &sigv4.Verifier{Service: "service", Keys: keys, Now: now}
	r := &sigv4.Request{Method: "GET", Path: "/", Header: []sigv4.Field{
		{Name: "Host", Value: "example.amazonaws.com"}, {Name: "X-Amz-Date", Value: "20150830T123600Z"},
		{Name: "Authorization", Value: "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=host;x-amz-date, Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"}}}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := v.Verify(r); err != nil {
			b.Fatal(err)
		}
	}
}
