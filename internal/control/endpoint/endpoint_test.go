package endpoint_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"github.com/gatehouse-gateway/gatehouse/awsproto"
	"github.com/gatehouse-gateway/gatehouse/http1"
	"github.com/gatehouse-gateway/gatehouse/internal/access/accesskey"
	"github.com/gatehouse-gateway/gatehouse/internal/control/caller"
	"github.com/gatehouse-gateway/gatehouse/internal/control/endpoint"
	"github.com/gatehouse-gateway/gatehouse/internal/engine/memory"
	"github.com/gatehouse-gateway/gatehouse/internal/front"
	"github.com/gatehouse-gateway/gatehouse/internal/limits"
	"github.com/gatehouse-gateway/gatehouse/internal/seal"
)

const (
	account = "111122223333"
	now     = "20261122T101112Z"
)

func clock() time.Time {
	t, _ := time.Parse("20060102T150405Z", now)
	return t
}

// echo answers with who called what.
type echo struct{ name string }

func (s echo) Handle(ctx context.Context, r *awsproto.Request) *awsproto.Response {
	if strings.HasSuffix(r.Path, "/panic") {
		panic("as asked")
	}
	c, ok := caller.From(ctx)
	if !ok {
		c.AccountID = "nobody"
	}
	return &awsproto.Response{Status: 201, Header: []awsproto.Field{{Name: "Content-Type", Value: "application/json"}},
		Body: fmt.Appendf(nil, "%s %s %s %s %q", s.name, c.AccountID, c.Region, r.Path, r.Body)}
}

// operator answers the operator's calls with their path.
type operator struct{}

func (operator) ServeOperator(_ context.Context, r *awsproto.Request, res *front.Response) {
	res.Status, res.Body = 200, []byte("operator "+r.Path)
}

// fixture is an endpoint with keys.
type fixture struct {
	*endpoint.Endpoint
	ring       *accesskey.Ring
	root, user aws.Credentials
}

func newFixture(t testing.TB, change func(*endpoint.Options)) *fixture {
	t.Helper()
	e := memory.New(memory.Options{})
	t.Cleanup(func() { e.Close() })
	box, err := seal.Ephemeral()
	noError(t, err)
	f := &fixture{}
	f.ring, err = accesskey.Open(context.Background(), e.Docs(), box, accesskey.Options{Limit: 10})
	noError(t, err)
	f.root = f.key(t, account, "", true)
	f.user = f.key(t, "444455556666", "ada", false)
	l := limits.AWS()
	l.ManagementPayload = 200_000
	opts := endpoint.Options{
		AccountID: "000000000000", Region: "us-east-1", Limits: l, Keys: f.ring, Operator: operator{}, Now: clock, NewID: func() string { return "id-1" },
		Services: []endpoint.Service{
			{Name: "apigateway", SigningName: "apigateway", Paths: []string{"/restapis", "/tags"}, Handler: echo{"v1"}},
			{Name: "apigatewayv2", SigningName: "apigateway", Paths: []string{"/v2/"}, Handler: echo{"v2"}},
			{Name: "connections", SigningName: "execute-api", Paths: []string{"/@connections", "/*/@connections"}, Handler: echo{"connections"}},
		},
	}
	if change != nil {
		change(&opts)
	}
	f.Endpoint, err = endpoint.New(opts)
	noError(t, err)
	return f
}

func (f *fixture) key(t testing.TB, account, name string, root bool) aws.Credentials {
	t.Helper()
	k, secret, err := f.ring.Create(context.Background(), account, name, root)
	noError(t, err)
	return aws.Credentials{AccessKeyID: k.ID, SecretAccessKey: secret.Reveal()}
}

func noError(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// request makes a request as a client does; service "" leaves it unsigned.
func request(t testing.TB, service, method, target, body string, cred aws.Credentials, header ...string) *front.Exchange {
	t.Helper()
	req, err := http.NewRequestWithContext(context.Background(), method, "http://127.0.0.1:4283"+target, strings.NewReader(body))
	noError(t, err)
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	if host := req.Header.Get("Host"); host != "" {
		req.Host = host
		req.Header.Del("Host")
	}
	if service != "" {
		sum := sha256.Sum256([]byte(body))
		noError(t, v4.NewSigner().SignHTTP(context.Background(), cred, req, hex.EncodeToString(sum[:]), service, "eu-west-1", clock()))
	}
	return received(req, target, body)
}

func received(req *http.Request, target, body string) *front.Exchange {
	x := &front.Exchange{Request: front.Request{Method: req.Method, Target: target, Host: req.Host, Body: strings.NewReader(body), ContentLength: int64(len(body))}}
	x.Request.Header.Add("Host", req.Host)
	if req.ContentLength > 0 {
		x.Request.Header.Add("Content-Length", strconv.FormatInt(req.ContentLength, 10))
	}
	for name, values := range req.Header {
		for _, v := range values {
			x.Request.Header.Add(name, v)
		}
	}
	return x
}

// answer is an answer in one line: status, error type, body.
func (f *fixture) answer(x *front.Exchange) string {
	f.ServeExchange(context.Background(), x)
	r := &x.Response
	return fmt.Sprintf("%d %s %s", r.Status, r.Header.Get("x-amzn-ErrorType"), strings.TrimSpace(string(r.Body)))
}

func TestCallsReachTheirService(t *testing.T) {
	f := newFixture(t, nil)
	for _, c := range []struct{ service, method, target, body, want string }{
		{"apigateway", "GET", "/restapis", "", `201  v1 111122223333 eu-west-1 /restapis ""`},
		{"apigateway", "POST", "/restapis?mode=import", "x", `201  v1 111122223333 eu-west-1 /restapis "x"`},
		{"apigateway", "PUT", "/tags/arn%3Aaws%3Aapigateway%3Aus-east-1%3A%3A%2Frestapis%2Fabc", "{}", `201  v1 111122223333 eu-west-1 /tags/arn%3Aaws%3Aapigateway%3Aus-east-1%3A%3A%2Frestapis%2Fabc "{}"`},
		{"apigateway", "GET", "/v2/apis", "", `201  v2 111122223333 eu-west-1 /v2/apis ""`},
		{"execute-api", "POST", "/prod/@connections/AbC%3Dd%2Fe%3D", "hi", `201  connections 111122223333 eu-west-1 /prod/@connections/AbC%3Dd%2Fe%3D "hi"`},
		{"execute-api", "GET", "/@connections/a", "", `201  connections 111122223333 eu-west-1 /@connections/a ""`},
		{"gatehouse", "GET", "/_gatehouse/keys", "", `200  operator /_gatehouse/keys`},
		{"apigateway", "GET", "/restapisx", "", `404 UnknownOperationException {"message":"The operation GET /restapisx of the service apigateway is not supported."}`},
		{"apigateway", "GET", "/", "", `404 UnknownOperationException {"message":"The operation GET / of the service apigateway is not supported."}`},
		{"execute-api", "GET", "/restapis", "", `404 UnknownOperationException {"message":"The operation GET /restapis of the service execute-api is not supported."}`},
		{"lambda", "GET", "/2015-03-31/functions", "", `404 UnknownOperationException {"message":"The operation GET /2015-03-31/functions of the service lambda is not supported."}`},
		{"gatehouse", "GET", "/restapis", "", `404 UnknownOperationException {"message":"The operation GET /restapis of the service gatehouse is not supported."}`},
	} {
		x := request(t, c.service, c.method, c.target, c.body, f.root)
		if got := f.answer(x); got != c.want {
			t.Errorf("%s %s %s\n got %s\nwant %s", c.service, c.method, c.target, got, c.want)
		}
	}
}

func TestServicesThatAreNotThereAreRefusedInTheirProtocol(t *testing.T) {
	f := newFixture(t, nil)
	form := []string{"Content-Type", "application/x-www-form-urlencoded; charset=utf-8"}
	for _, c := range []struct {
		service, method, target, body string
		header                        []string
		contentType, want             string
	}{
		{"ssm", "POST", "/", "{}", []string{"X-Amz-Target", "AmazonSSM.GetParameter"}, "application/x-amz-json-1.1",
			`400 UnknownOperationException {"__type":"UnknownOperationException","message":"The operation AmazonSSM.GetParameter of the service ssm is not supported."}`},
		{"iam", "POST", "/", "Action=CreateRole&Version=2010-05-08&RoleName=%3Cr%3E", form, "text/xml",
			`400 InvalidAction <ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>InvalidAction</Code><Message>The operation CreateRole of the service iam is not supported.</Message></Error><RequestId>id-1</RequestId></ErrorResponse>`},
		{"s3", "PUT", "/bucket/key", "data", []string{"X-Amz-Content-Sha256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER"}, "application/xml",
			`501 NotImplemented <?xml version="1.0" encoding="UTF-8"?>` + "\n" + `<Error><Code>NotImplemented</Code><Message>The operation PUT /bucket/key of the service s3 is not supported.</Message><RequestId>id-1</RequestId></Error>`},
		{"sts", "POST", "/", "Action=AssumeRole&Version=2011-06-15", form, "text/xml",
			`400 InvalidAction <ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>InvalidAction</Code><Message>The operation AssumeRole of the service sts is not supported.</Message></Error><RequestId>id-1</RequestId></ErrorResponse>`},
	} {
		x := request(t, c.service, c.method, c.target, c.body, f.root, c.header...)
		if got := f.answer(x); got != c.want {
			t.Errorf("%s\n got %s\nwant %s", c.service, got, c.want)
		}
		if got := x.Response.Header.Get("Content-Type"); got != c.contentType {
			t.Errorf("%s: content type %s", c.service, got)
		}
	}
}

func TestWhoIsNotVerifiedIsRefused(t *testing.T) {
	f := newFixture(t, nil)
	disabled := f.key(t, account, "gone", false)
	_, err := f.ring.SetDisabled(t.Context(), disabled.AccessKeyID, true, false)
	noError(t, err)
	forged := f.root
	forged.SecretAccessKey = "other"
	withToken := f.root
	withToken.SessionToken = "token"
	signed := func(cred aws.Credentials, header ...string) *front.Exchange {
		return request(t, "apigateway", "POST", "/restapis", "{}", cred, header...)
	}
	altered := signed(f.root)
	altered.Request.Body = strings.NewReader("[]")
	late := signed(f.root)
	late.Request.Header.Set("X-Amz-Date", "20261122T090000Z")
	both := signed(f.root)
	both.Request.Target += "?X-Amz-Algorithm=AWS4-HMAC-SHA256"
	incomplete := request(t, "", "GET", "/restapis", "", aws.Credentials{}, "Authorization", "AWS4-HMAC-SHA256 Credential="+f.root.AccessKeyID+"/20261122/eu-west-1/apigateway/aws4_request", "X-Amz-Date", now)
	noService := request(t, "", "GET", "/restapis", "", aws.Credentials{}, "Authorization", "AWS4-HMAC-SHA256 Credential="+f.root.AccessKeyID+"/20261122/eu-west-1//aws4_request, SignedHeaders=host, Signature=0", "X-Amz-Date", now)
	unsignedBody := signed(f.root)
	unsignedBody.Request.Header.Set("X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD")
	for name, c := range map[string]struct {
		x    *front.Exchange
		want string
	}{
		"unsigned":            {request(t, "", "POST", "/restapis", "{}", aws.Credentials{}), "403 MissingAuthenticationTokenException"},
		"unsigned, no path":   {request(t, "", "GET", "/nothing", "", aws.Credentials{}), "403 MissingAuthenticationTokenException"},
		"unsigned operator":   {request(t, "", "GET", "/_gatehouse/keys", "", aws.Credentials{}), "403 MissingAuthenticationTokenException"},
		"basic":               {request(t, "", "GET", "/restapis", "", aws.Credentials{}, "Authorization", "Basic eDp5"), "403 IncompleteSignatureException"},
		"incomplete":          {incomplete, "403 IncompleteSignatureException"},
		"no service":          {noService, "403 UnrecognizedClientException"},
		"both forms":          {both, "403 InvalidSignatureException"},
		"other secret":        {signed(forged), "403 InvalidSignatureException"},
		"unknown key":         {signed(aws.Credentials{AccessKeyID: "AKIAUNKNOWN", SecretAccessKey: "x"}), "403 UnrecognizedClientException"},
		"disabled key":        {signed(disabled), "403 UnrecognizedClientException"},
		"token of nobody":     {signed(withToken), "403 UnrecognizedClientException"},
		"altered body":        {altered, "403 InvalidSignatureException"},
		"other time":          {late, "403 InvalidSignatureException"},
		"other service":       {request(t, "apigateway", "GET", "/_gatehouse/keys", "", f.root), "403 InvalidSignatureException"},
		"operator, other key": {request(t, "gatehouse", "GET", "/_gatehouse/keys", "", f.user), "403 AccessDeniedException"},
		"unsigned payload":    {unsignedBody, "403 InvalidSignatureException"},
		"sts, other secret": {request(t, "sts", "POST", "/", "Action=GetCallerIdentity&Version=2011-06-15", forged),
			`403 SignatureDoesNotMatch <ErrorResponse`},
		"sts, unknown key": {request(t, "sts", "POST", "/", "Action=GetCallerIdentity&Version=2011-06-15", aws.Credentials{AccessKeyID: "A", SecretAccessKey: "x"}),
			`403 InvalidClientTokenId <ErrorResponse`},
	} {
		if got := f.answer(c.x); !strings.HasPrefix(got, c.want) {
			t.Errorf("%s: got %s, want %s", name, got, c.want)
		}
		if c.x.Response.Header.Get("x-amzn-RequestId") != "id-1" {
			t.Errorf("%s: no request id", name)
		}
	}
}

func TestPresignedCallsAreVerified(t *testing.T) {
	f := newFixture(t, nil)
	req, err := http.NewRequestWithContext(t.Context(), "GET", "http://127.0.0.1:4283/?Action=GetCallerIdentity&Version=2011-06-15&X-Amz-Expires=60", nil)
	noError(t, err)
	empty := sha256.Sum256(nil)
	signed, _, err := v4.NewSigner().PresignHTTP(t.Context(), f.user, req, hex.EncodeToString(empty[:]), "sts", "eu-west-1", clock())
	noError(t, err)
	target := strings.TrimPrefix(signed, "http://127.0.0.1:4283")
	if got := f.answer(received(req, target, "")); !strings.Contains(got, "<Arn>arn:aws:iam::444455556666:user/ada</Arn>") {
		t.Errorf("got %s", got)
	}
	if got := f.answer(received(req, target+"&x=1", "")); !strings.HasPrefix(got, "403 SignatureDoesNotMatch") {
		t.Errorf("altered: got %s", got)
	}
}

func TestPayloadsMayBeUnsignedUnderTLSOnly(t *testing.T) {
	f := newFixture(t, nil)
	req, err := http.NewRequestWithContext(t.Context(), "POST", "http://127.0.0.1:4283/restapis", nil)
	noError(t, err)
	req.Header.Set("X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD")
	noError(t, v4.NewSigner().SignHTTP(t.Context(), f.root, req, "UNSIGNED-PAYLOAD", "apigateway", "eu-west-1", clock()))
	if got := f.answer(received(req, "/restapis", "{}")); !strings.HasPrefix(got, "403 InvalidSignatureException") {
		t.Errorf("plain: got %s", got)
	}
	x := received(req, "/restapis", "{}")
	x.Request.TLS = &tls.ConnectionState{}
	if got := f.answer(x); !strings.HasPrefix(got, "201 ") {
		t.Errorf("TLS: got %s", got)
	}
}

func TestCallerIdentity(t *testing.T) {
	f := newFixture(t, nil)
	for arn, cred := range map[string]aws.Credentials{"arn:aws:iam::111122223333:root": f.root, "arn:aws:iam::444455556666:user/ada": f.user} {
		user := cred.AccessKeyID
		if strings.HasSuffix(arn, ":root") {
			user = account
		}
		x := request(t, "sts", "POST", "/", "Action=GetCallerIdentity&Version=2011-06-15", cred, "Content-Type", "application/x-www-form-urlencoded")
		want := `200  <GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult><Arn>` + arn + `</Arn><UserId>` + user +
			`</UserId><Account>` + arn[13:25] + `</Account></GetCallerIdentityResult><ResponseMetadata><RequestId>id-1</RequestId></ResponseMetadata></GetCallerIdentityResponse>`
		if got := f.answer(x); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}

func TestBodiesAreBoundedAndReadForKnownKeysOnly(t *testing.T) {
	f := newFixture(t, func(o *endpoint.Options) { o.Memory = limits.NewBudget(100_000) })
	call := func(size int, announced bool, cred aws.Credentials) (string, *counting) {
		x := request(t, "apigateway", "POST", "/restapis", strings.Repeat("x", size), cred)
		body := &counting{from: x.Request.Body}
		x.Request.Body = body
		if !announced {
			x.Request.ContentLength = -1
		}
		return f.answer(x), body
	}
	tooLarge := `413 RequestEntityTooLargeException {"message":"The request body is larger than 200000 bytes (limit: management call payload)."}`
	for _, announced := range []bool{true, false} {
		if got, _ := call(200_001, announced, f.root); announced && got != tooLarge {
			t.Errorf("got %s", got)
		}
		if got, _ := call(64_000, announced, f.root); !strings.HasPrefix(got, "201 ") {
			t.Errorf("got %.100s", got)
		}
		if got, _ := call(199_000, announced, f.root); got != `503 ServiceUnavailableException {"message":"Too many large management calls at once (limit: payloads in memory)."}` {
			t.Errorf("got %.100s", got)
		}
		if got, _ := call(90_000, announced, f.root); !strings.HasPrefix(got, "201 ") {
			t.Errorf("memory is not given back: got %.100s", got)
		}
	}
	f = newFixture(t, nil)
	if got, _ := call(200_001, false, f.root); got != tooLarge {
		t.Errorf("got %s", got)
	}
	if got, body := call(1000, true, aws.Credentials{AccessKeyID: "AKIAUNKNOWN", SecretAccessKey: "x"}); body.read > 0 {
		t.Errorf("the body of a stranger was read: %s", got)
	}
}

// counting counts what is read.
type counting struct {
	from io.Reader
	read int
}

func (c *counting) Read(p []byte) (int, error) {
	n, err := c.from.Read(p)
	c.read += n
	return n, err
}

func TestBodiesThatCannotBeRead(t *testing.T) {
	f := newFixture(t, nil)
	for _, c := range []struct {
		err  error
		want string
	}{
		{front.ErrBodyTooLarge, "413 RequestEntityTooLargeException"},
		{front.ErrBodyTimeout, "408 RequestTimeoutException"},
		{&http1.Error{Status: 400}, "400 SerializationException"},
	} {
		x := request(t, "apigateway", "POST", "/restapis", "{}", f.root)
		x.Request.Body = io.MultiReader(strings.NewReader("{"), failing{c.err})
		if got := f.answer(x); !strings.HasPrefix(got, c.want) {
			t.Errorf("%v: got %s", c.err, got)
		}
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

func TestContentCodings(t *testing.T) {
	f := newFixture(t, nil)
	zip := func(text string) string {
		var b bytes.Buffer
		w := gzip.NewWriter(&b)
		_, _ = io.WriteString(w, text)
		_ = w.Close()
		return b.String()
	}
	for _, c := range []struct{ coding, body, want string }{
		{"gzip", zip(`{"a":1}`), `201  v1 111122223333 eu-west-1 /restapis "{\"a\":1}"`},
		{"identity", `{}`, `201  v1 111122223333 eu-west-1 /restapis "{}"`},
		{"gzip", `{}`, "400 SerializationException"},
		{"gzip", zip(`{"a":1}`)[:20], "400 SerializationException"},
		{"gzip", zip(strings.Repeat("a", 200_001)), "413 RequestEntityTooLargeException"},
		{"aws-chunked", "2\r\n{}\r\n0\r\n\r\n", `415 UnsupportedMediaTypeException {"message":"The content encoding \"aws-chunked\" is not supported."}`},
	} {
		x := request(t, "apigateway", "POST", "/restapis", c.body, f.root, "Content-Encoding", c.coding)
		if got := f.answer(x); !strings.HasPrefix(got, c.want) {
			t.Errorf("%s: got %.200s, want %s", c.coding, got, c.want)
		}
	}
}

func TestPanicsAreInternalFailures(t *testing.T) {
	var log bytes.Buffer
	f := newFixture(t, func(o *endpoint.Options) { o.Log = slog.New(slog.NewTextHandler(&log, nil)) })
	x := request(t, "apigateway", "GET", "/restapis/panic", "", f.root)
	if got := f.answer(x); got != `500 InternalFailure {"message":"Internal server error"}` || x.Response.Header.Get("x-amzn-RequestId") != "id-1" {
		t.Errorf("got %s", got)
	}
	if !strings.Contains(log.String(), "as asked") || !strings.Contains(log.String(), "requestId=id-1") {
		t.Errorf("the log is %s", log.String())
	}
}

func TestHealthNeedsNoSignature(t *testing.T) {
	var ready error
	f := newFixture(t, func(o *endpoint.Options) { o.Ready = func() error { return ready } })
	get := func(method, path string) string {
		return f.answer(request(t, "", method, path, "", aws.Credentials{}))
	}
	for _, c := range []struct {
		ready              error
		method, path, want string
	}{
		{nil, "GET", "/healthz", "200  ok"}, {nil, "GET", "/readyz", "200  ok"}, {nil, "HEAD", "/readyz?x=1", "200  ok"},
		{errors.New("no release yet"), "GET", "/readyz", "503 ServiceUnavailableException not ready: no release yet"},
		{errors.New("no release yet"), "GET", "/healthz", "200  ok"},
		{nil, "POST", "/healthz", `403 MissingAuthenticationTokenException {"message":"Missing Authentication Token"}`},
		{nil, "GET", "/healthz/", `403 MissingAuthenticationTokenException {"message":"Missing Authentication Token"}`},
	} {
		ready = c.ready
		if got := get(c.method, c.path); got != c.want {
			t.Errorf("%s %s: got %s, want %s", c.method, c.path, got, c.want)
		}
	}
}

func TestMistakesInServicesAreFoundAtTheStart(t *testing.T) {
	for name, services := range map[string][]endpoint.Service{
		"no handler": {{Name: "a", SigningName: "a", Paths: []string{"/a"}}},
		"no paths":   {{Name: "a", SigningName: "a", Handler: echo{}}},
		"same path":  {{Name: "a", SigningName: "a", Paths: []string{"/a"}, Handler: echo{}}, {Name: "b", SigningName: "b", Paths: []string{"/a"}, Handler: echo{}}},
	} {
		if _, err := endpoint.New(endpoint.Options{Services: services}); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
