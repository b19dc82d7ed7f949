package endpoint_test

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/gatehouse-gateway/gatehouse/internal/control/endpoint"
)

func TestAnyCredentials(t *testing.T) {
	f := newFixture(t, func(o *endpoint.Options) { o.AnyCredentials = true })
	anyone := aws.Credentials{AccessKeyID: "test", SecretAccessKey: "test"}
	form := []string{"Content-Type", "application/x-www-form-urlencoded"}
	for _, c := range []struct {
		service, method, target, body string
		cred                          aws.Credentials
		header                        []string
		want                          string
	}{
		{"", "GET", "/restapis", "", anyone, nil, `201  v1 000000000000 us-east-1 /restapis ""`},
		{"", "POST", "/restapis", "{}", anyone, form, `201  v1 000000000000 us-east-1 /restapis "{}"`}, // what curl -d sends
		{"apigateway", "GET", "/restapis", "", anyone, nil, `201  v1 000000000000 eu-west-1 /restapis ""`},
		{"apigateway", "GET", "/restapis", "", f.root, nil, `201  v1 000000000000 eu-west-1 /restapis ""`},
		{"", "GET", "/v2/apis", "", anyone, []string{"Authorization", "AWS4-HMAC-SHA256 nonsense"}, `201  v2 000000000000 us-east-1 /v2/apis ""`},
		{"", "GET", "/nothing", "", anyone, nil, `404 UnknownOperationException {"message":"The operation GET /nothing is not supported."}`},
		{"", "GET", "/2023-04-25/functions", "", anyone, nil, `404 UnknownOperationException {"message":"The operation GET /2023-04-25/functions of the service lambda is not supported."}`},
		{"", "GET", "/apikeys/abc", "", anyone, nil, `404 UnknownOperationException {"message":"The operation GET /apikeys/abc of the service apigateway is not supported."}`},
		{"", "GET", "/", "", anyone, nil, `404 UnknownOperationException {"message":"The operation GET / is not supported."}`},
		{"", "POST", "/", "{}", anyone, []string{"X-Amz-Target", "AmazonSSM.GetParameter"}, `400 UnknownOperationException {"__type":"UnknownOperationException","message":"The operation AmazonSSM.GetParameter is not supported."}`},
		{"", "POST", "/", "Action=DescribeStacks&Version=2010-05-15", anyone, form, `400 InvalidAction <ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>InvalidAction</Code><Message>The operation DescribeStacks of the service cloudformation is not supported.`},
		{"", "POST", "/", "Action=GetCallerIdentity&Version=2011-06-15", anyone, form, `200  <GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult><Arn>arn:aws:iam::000000000000:root</Arn><UserId>000000000000</UserId>`},
		{"", "POST", "/", "%zz", anyone, form, `400 MalformedQueryString`},
		// The operator's calls stay closed.
		{"", "GET", "/_gatehouse/keys", "", anyone, nil, `403 MissingAuthenticationTokenException`},
		{"gatehouse", "GET", "/_gatehouse/keys", "", anyone, nil, `403 UnrecognizedClientException`},
		{"apigateway", "GET", "/_gatehouse/keys", "", anyone, nil, `403 InvalidSignatureException`},
		{"gatehouse", "GET", "/_gatehouse/keys", "", f.user, nil, `403 AccessDeniedException`},
		{"gatehouse", "GET", "/_gatehouse/keys", "", f.root, nil, `200  operator /_gatehouse/keys`},
	} {
		x := request(t, c.service, c.method, c.target, c.body, c.cred, c.header...)
		if got := f.answer(x); !strings.HasPrefix(got, c.want) {
			t.Errorf("%s %s %s\n got %s\nwant %s", c.service, c.method, c.target, got, c.want)
		}
	}
}

func TestWebPagesOfOthersCannotCall(t *testing.T) {
	f := newFixture(t, func(o *endpoint.Options) { o.AnyCredentials = true })
	for _, c := range []struct {
		header []string
		want   string
	}{
		{[]string{"Origin", "https://example.com"}, "403"},
		{[]string{"Origin", "null"}, "403"}, // of a sandboxed page
		{[]string{"Origin", "http://localhost:3000"}, "201"},
		{[]string{"Sec-Fetch-Site", "same-site"}, "403"},
		{[]string{"Sec-Fetch-Site", "none"}, "201"},
		{[]string{"Host", "rebound.example.com:4283"}, "403"},
		{[]string{"Host", "localhost:4283"}, "201"},
		{[]string{"Host", "gatehouse:4283"}, "201"},
		{[]string{"Host", "api.localhost"}, "201"},
		{[]string{"Host", "[::1]:4283"}, "201"},
		{[]string{"Host", "[::1]"}, "201"},
		{[]string{"Host", "apigateway.us-east-1.amazonaws.com"}, "201"},
		{[]string{"Host", "127.0.0.1.example.com"}, "403"},
	} {
		x := request(t, "", "POST", "/restapis", "{}", aws.Credentials{}, c.header...)
		if got := f.answer(x); !strings.HasPrefix(got, c.want) {
			t.Errorf("%v: got %s, want %s", c.header, got, c.want)
		}
	}
}

// TestOneAddressForBoth holds what is a management call where the data plane has the same address.
func TestOneAddressForBoth(t *testing.T) {
	f := newFixture(t, nil)
	const api = "abc123.execute-api.us-east-1.localhost:8080"
	for _, c := range []struct {
		name, service, host, method, target string
		header                              []string
		want                                bool
	}{
		{"CLI", "apigateway", "127.0.0.1:8080", "GET", "/restapis", nil, true},
		{"CLI, one API", "apigateway", "localhost:8080", "GET", "/restapis/abc/stages/prod", nil, true},
		{"CLI, a service that is not there", "lambda", "localhost:8080", "GET", "/2015-03-31/functions", nil, true},
		{"CLI, S3", "s3", "localhost:8080", "PUT", "/bucket/restapis", nil, true},
		{"CLI at a name", "apigateway", "gateway.example.com", "GET", "/v2/apis", nil, true},
		{"curl", "", "localhost:8080", "GET", "/restapis", nil, true},
		{"curl, v2", "", "127.0.0.1:8080", "GET", "/v2/apis", nil, true},
		{"curl, a service that is not there", "", "127.0.0.1:8080", "GET", "/2015-03-31/functions", nil, true},
		{"curl, JSON protocol", "", "127.0.0.1:8080", "POST", "/", []string{"X-Amz-Target", "AmazonSSM.GetParameter"}, true},
		{"health", "", "10.0.0.7:8080", "GET", "/healthz", nil, true},
		{"ready", "", "127.0.0.1:8080", "GET", "/readyz", nil, true},
		{"operator", "gatehouse", "127.0.0.1:8080", "GET", "/_gatehouse/keys", nil, true},
		{"operator, unsigned", "", "127.0.0.1:8080", "GET", "/_gatehouse/keys", nil, true},
		{"connections", "execute-api", "127.0.0.1:8080", "POST", "/prod/@connections/a", nil, true},

		{"host form", "", api, "GET", "/prod/pets", nil, false},
		{"host form, a path of management", "", api, "GET", "/restapis", nil, false},
		{"host form, signed", "execute-api", api, "GET", "/prod/pets", nil, false},
		{"host form, signed for another service", "apigateway", api, "GET", "/prod/pets", nil, false},
		{"host form, health", "", api, "GET", "/healthz", nil, false},
		{"host form at AWS's name", "", "abc123.execute-api.eu-west-1.amazonaws.com", "GET", "/prod", nil, false},
		{"path form", "", "localhost:8080", "GET", "/restapis/abc/prod/_user_request_/pets", nil, false},
		{"path form, root", "", "localhost:8080", "GET", "/restapis/abc/prod/_user_request_?a=1", nil, false},
		{"path form, signed", "execute-api", "localhost:8080", "GET", "/restapis/abc/prod/_user_request_/", nil, false},
		{"function URL", "", "abc.lambda-url.us-east-1.localhost:8080", "GET", "/2015-03-31/functions", nil, false},
		{"function URL, signed", "lambda", "abc.lambda-url.us-east-1.localhost:8080", "POST", "/", nil, false},
		{"function URL at a path, signed", "lambda", "localhost:8080", "GET", "/functionurls/abc/_user_request_/", nil, false},
		{"nearly a function URL", "lambda", "localhost:8080", "GET", "/functionurls/abc/", nil, true},
		{"nearly the path form", "", "localhost:8080", "GET", "/restapis/abc/prod/_user_request_x", nil, true},
		{"custom domain", "", "api.example.com", "GET", "/restapis", nil, false},
		{"custom domain, health", "", "api.example.com", "GET", "/healthz", nil, false},
		{"custom domain, signed", "execute-api", "api.example.com", "GET", "/restapis", nil, false},
		{"custom domain, X-Amz-Target", "", "api.example.com", "POST", "/", []string{"X-Amz-Target", "x"}, false},
		{"anything", "", "localhost:8080", "GET", "/", nil, false},
		{"JSON Web Token", "", "localhost:8080", "GET", "/pets", []string{"Authorization", "Bearer a.b.c"}, false},
	} {
		x := request(t, c.service, c.method, c.target, "", aws.Credentials{AccessKeyID: "test", SecretAccessKey: "test"}, append([]string{"Host", c.host}, c.header...)...)
		if got := f.Claims(&x.Request); got != c.want {
			t.Errorf("%s: %s %s at %s: got %v, want %v", c.name, c.method, c.target, c.host, got, c.want)
		}
	}
}

func FuzzServe(f *testing.F) {
	f.Add("GET", "/restapis?x=1", "localhost", "AWS4-HMAC-SHA256 Credential=AK/20261122/eu-west-1/apigateway/aws4_request, SignedHeaders=host, Signature=0", "body")
	f.Add("POST", "/", "x", "", "Action=GetCallerIdentity&Version=2011-06-15")
	f.Add("GET", "/restapis/a/b/_user_request_/", "a.execute-api.b", "AWS4-X Credential=a/b/s3/aws4_request", "")
	fix := newFixture(f, nil)
	f.Fuzz(func(t *testing.T, method, target, host, authorization, body string) {
		x := request(t, "", "POST", "/", body, aws.Credentials{})
		x.Request.Method, x.Request.Target, x.Request.Host = method, target, host
		x.Request.Header.Set("Authorization", authorization)
		x.Request.Header.Set("Host", host)
		fix.Claims(&x.Request)
		got := fix.answer(x)
		if x.Response.Header.Get("x-amzn-RequestId") == "" || x.Response.Status >= 400 && x.Response.Header.Get("x-amzn-ErrorType") == "" {
			t.Errorf("got %s with %v", got, x.Response.Header)
		}
		if x.Response.Status < 400 && target != "/healthz" && target != "/readyz" && !strings.HasPrefix(target, "/healthz?") && !strings.HasPrefix(target, "/readyz?") {
			t.Errorf("a forged call passed: %s", got)
		}
	})
}

func BenchmarkVerifiedCall(b *testing.B) {
	f := newFixture(b, nil)
	x := request(b, "apigateway", "POST", "/restapis", `{"name":"pets","description":"a body of a usual size"}`, f.root, "Content-Type", "application/json", "User-Agent", "aws-cli/2")
	body := `{"name":"pets","description":"a body of a usual size"}`
	b.ReportAllocs()
	for b.Loop() {
		x.Request.Body = strings.NewReader(body)
		x.Response.Header = x.Response.Header[:0]
		f.ServeExchange(b.Context(), x)
		if x.Response.Status != 201 {
			b.Fatal(x.Response.Status)
		}
	}
}
