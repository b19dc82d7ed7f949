package functionurl_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"github.com/gatehouse-gateway/gatehouse/iam"
	"github.com/gatehouse-gateway/gatehouse/internal/access/accesskey"
	"github.com/gatehouse-gateway/gatehouse/internal/front"
	"github.com/gatehouse-gateway/gatehouse/internal/functions"
	"github.com/gatehouse-gateway/gatehouse/internal/functions/prelude"
	"github.com/gatehouse-gateway/gatehouse/internal/functionurl"
	"github.com/gatehouse-gateway/gatehouse/internal/limits"
	"github.com/gatehouse-gateway/gatehouse/internal/observe"
	"github.com/gatehouse-gateway/gatehouse/sigv4"
)

const (
	account = "111111111111"
	id      = "abcdefghijklmnopqrstuvwxyz234567"
	now     = 1588804615
)

var ref = functions.Ref{AccountID: account, Region: "eu-west-1", Name: "fn"}

// invoker stands in for functions.
type invoker func(c *functions.Call, res *functions.Result) error

func (i invoker) Invoke(_ context.Context, c *functions.Call, res *functions.Result) error {
	return i(c, res)
}

// answering is a function that answers with a payload.
func answering(payload string) invoker {
	return func(_ *functions.Call, res *functions.Result) error {
		res.Payload = []byte(payload)
		return nil
	}
}

// keys are access keys by id; the secret is the id.
type keys map[string]accesskey.Key

func (k keys) Credential(id string) (sigv4.Credential, bool) {
	_, ok := k[id]
	return sigv4.Credential{AccessKeyID: id, Secret: sigv4.NewSecret(id)}, ok
}

func (k keys) Key(id string) (accesskey.Key, bool) {
	key, ok := k[id]
	return key, ok
}

var known = keys{
	"AKIAROOT":  {ID: "AKIAROOT", AccountID: account, Name: "root", Root: true},
	"AKIAANN":   {ID: "AKIAANN", AccountID: account, Name: "ann"},
	"AKIAOTHER": {ID: "AKIAOTHER", AccountID: "222222222222", Name: "bob"},
}

func policy(t testing.TB, statements ...string) *iam.Policy {
	t.Helper()
	p, err := iam.Parse([]byte(`{"Version":"2012-10-17","Statement":[`+strings.Join(statements, ",")+`]}`), iam.Options{Kind: iam.Resource})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// everybody is the statement that AddPermission writes for a URL of the auth type NONE.
const everybody = `{"Effect":"Allow","Principal":"*","Action":"lambda:InvokeFunctionUrl","Resource":"arn:aws:lambda:eu-west-1:111111111111:function:fn","Condition":{"StringEquals":{"lambda:FunctionUrlAuthType":"NONE"}}}`

func tableOf(fn functions.Invoker, change func(*functionurl.Options)) *functionurl.Table {
	o := functionurl.Options{Functions: fn, Limits: limits.AWS(), Keys: known, Recorder: observe.Discard, Random: func() uint64 { return 7 }, Now: func() time.Time { return time.Unix(now, 0) }}
	if change != nil {
		change(&o)
	}
	return functionurl.New(o)
}

// served is a table with one URL.
func served(t testing.TB, fn functions.Invoker, u functions.URL, p *iam.Policy) *functionurl.Table {
	t.Helper()
	u.ID = id
	table := tableOf(fn, nil)
	table.Put(&functions.Entry{Ref: ref, URLs: map[string]functions.URL{"": u}, Policies: map[string]*iam.Policy{"": p}})
	return table
}

func request(method, target, body string, header ...string) *front.Exchange {
	x := &front.Exchange{Request: front.Request{
		Method: method, Target: target, Host: id + ".lambda-url.eu-west-1.localhost:8080", Body: strings.NewReader(body), ContentLength: int64(len(body)),
		Peer: netip.MustParseAddrPort("192.0.2.7:999"), Local: netip.MustParseAddrPort("127.0.0.1:8080"), Received: time.Unix(now, 0),
	}}
	x.Request.Header.Add("Host", x.Request.Host)
	for i := 0; i < len(header); i += 2 {
		x.Request.Header.Add(header[i], header[i+1])
	}
	return x
}

// send has a table answer, and returns status, media type and body, with the headers named.
func send(t testing.TB, table *functionurl.Table, x *front.Exchange, show ...string) string {
	t.Helper()
	at, ok := functionurl.Locate(&x.Request)
	if !ok {
		t.Fatalf("%s %s is for no function URL", x.Request.Host, x.Request.Target)
	}
	table.Serve(t.Context(), x, at)
	body, failure := x.Response.Body, ""
	if s := x.Response.Stream; s != nil {
		var err error
		if body, err = io.ReadAll(s); err != nil {
			failure = " (" + err.Error() + ")"
		}
		_ = s.Close()
	}
	text := fmt.Sprintf("%d %s|%s%s", x.Response.Status, x.Response.Header.Get("Content-Type"), body, failure)
	for _, name := range show {
		text += "|" + name + "=" + strings.Join(x.Response.Header.Values(name), "+")
	}
	if x.Response.Header.Count("x-amzn-RequestId") != 1 || x.Response.Header.Count("X-Amzn-Trace-Id") != 1 {
		t.Errorf("ids of the answer: %v", x.Response.Header)
	}
	x.Response.Done(int64(len(body)), nil)
	return text
}

const (
	forbidden   = `403 application/json|{"Message":"Forbidden. For troubleshooting Function URL authorization issues, see: https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html"}|x-amzn-ErrorType=AccessDeniedException`
	unknown     = `403 application/json|{"Message":null}|x-amzn-ErrorType=AccessDeniedException`
	failedText  = `502 application/json|Internal Server Error`
	errorHeader = "x-amzn-ErrorType"
)

func TestURLsAreFoundByHostNameAndPath(t *testing.T) {
	var event struct {
		RawPath        string
		RequestContext struct{ APIID, AccountID, DomainName, DomainPrefix string }
	}
	table := served(t, invoker(func(c *functions.Call, res *functions.Result) error {
		res.Payload = []byte(`"ok"`)
		return json.Unmarshal(c.Payload, &event)
	}), functions.URL{}, policy(t, everybody))
	for _, c := range []struct{ host, target, path, domain string }{
		{id + ".lambda-url.eu-west-1.on.aws", "/a?b=c", "/a", id + ".lambda-url.eu-west-1.on.aws"},
		{strings.ToUpper(id) + ".Lambda-URL.us-east-1.localhost:8080", "/", "/", strings.ToUpper(id) + ".Lambda-URL.us-east-1.localhost"},
		{"127.0.0.1", "/functionurls/" + id + "/_user_request_/a/b", "/a/b", id + ".lambda-url.eu-west-1.localhost"},
		{"127.0.0.1", "/functionurls/" + id + "/_user_request_", "/", id + ".lambda-url.eu-west-1.localhost"},
		{"127.0.0.1", "/functionurls/" + id + "/_user_request_?a", "/", id + ".lambda-url.eu-west-1.localhost"},
	} {
		x := request("GET", c.target, "")
		x.Request.Host = c.host
		if got := send(t, table, x); got != "200 application/json|ok" {
			t.Errorf("%s%s: got %s", c.host, c.target, got)
		}
		if ctx := event.RequestContext; event.RawPath != c.path || ctx.DomainName != c.domain || ctx.APIID != id || ctx.AccountID != "anonymous" || !strings.EqualFold(ctx.DomainPrefix, id) {
			t.Errorf("%s%s: got %+v", c.host, c.target, event)
		}
	}
	for _, c := range []struct{ host, target string }{
		{"a.execute-api.eu-west-1.localhost", "/"}, {"localhost", "/functionurls/a/b/"}, {"localhost", "/functionurls/a"}, {"localhost", "/functionurls/a/_user_request_b"}, {"lambda-url.x", "/"}, {"", "/"},
	} {
		if at, ok := functionurl.Locate(&front.Request{Host: c.host, Target: c.target}); ok {
			t.Errorf("%s%s: is for %v", c.host, c.target, at)
		}
	}
}

func TestUnknownAndClosedURLs(t *testing.T) {
	table := served(t, answering(`1`), functions.URL{}, policy(t, everybody))
	x := request("GET", "/", "")
	x.Request.Host = "0.lambda-url.eu-west-1.localhost"
	if got := send(t, table, x, errorHeader); got != unknown {
		t.Errorf("got %s", got)
	}
	table.Put(&functions.Entry{Ref: ref, ClosedURLs: []string{id}})
	if got := send(t, table, request("GET", "/", ""), errorHeader); got != forbidden {
		t.Errorf("recorded, its alias was deleted: got %s", got)
	}
	table.Put(&functions.Entry{Ref: ref})
	if got := send(t, table, request("GET", "/", ""), errorHeader); got != unknown {
		t.Errorf("deleted: got %s", got)
	}
	table.Put(&functions.Entry{Ref: ref, URLs: map[string]functions.URL{"": {ID: id}}, Policies: map[string]*iam.Policy{"": policy(t, everybody)}})
	if got := send(t, table, request("GET", "/", "")); got != `200 application/json|1` {
		t.Errorf("again: got %s", got)
	}
	table.Remove(ref)
	if got := send(t, table, request("GET", "/", ""), errorHeader); got != unknown {
		t.Errorf("the function is deleted: got %s", got)
	}
}

func TestWhatFunctionsAnswer(t *testing.T) {
	throttled := invoker(func(*functions.Call, *functions.Result) error {
		return &functions.ThrottledError{Reason: functions.ReasonReserved}
	})
	for _, c := range []struct {
		name string
		fn   invoker
		want string
	}{
		{"text, recorded", answering(`"hello"`), `200 application/json|hello`},
		{"an object", answering(`{"a":1}`), `200 application/json|{"a":1}`},
		{"nothing", answering(`null`), `200 application/json|null`},
		{"an answer", answering(`{"statusCode":201,"headers":{"content-type":"text/plain"},"body":"b"}`), `201 text/plain|b`},
		{"a body that is no string", answering(`{"statusCode":200,"body":{"a":[1]}}`), `200 application/json|{"a":[1]}`},
		{"bytes", answering(`{"statusCode":200,"headers":{"Content-Type":"image/png"},"body":"aMO8","isBase64Encoded":true}`), `200 image/png|hü`},
		{"malformed", answering(`{"statusCode":"x"}`), failedText},
		{"no JSON", answering(`hello`), failedText},
		{"no base64", answering(`{"statusCode":200,"headers":{"a":"b"},"body":"*","isBase64Encoded":true}`), failedText},
		{"an error", func(_ *functions.Call, res *functions.Result) error {
			res.FunctionError, res.Payload = functions.Unhandled, []byte(`{"errorMessage":"secret"}`)
			return nil
		}, failedText},
		{"throttled, unconfirmed", throttled, `429 application/json|{"Reason":"ReservedFunctionConcurrentInvocationLimitExceeded","Type":"User","message":"Rate Exceeded."}`},
		{"no room", func(*functions.Call, *functions.Result) error { return functions.ErrNoMemory }, `503 application/json|{"Message":"Service Unavailable"}`},
		{"gone", func(*functions.Call, *functions.Result) error { return functions.ErrNotFound }, failedText},
		{"streamed to somebody who waited", func(_ *functions.Call, res *functions.Result) error {
			res.ContentType, res.Payload = prelude.ContentType, []byte(`{"statusCode":202,"headers":{"content-type":"a/b"}}`+string(prelude.Delimiter)+"body")
			return nil
		}, `202 a/b|body`},
		{"streamed without metadata to somebody who waited", func(_ *functions.Call, res *functions.Result) error {
			res.ContentType, res.Payload = "text/html", []byte("<p>")
			return nil
		}, `200 text/html|<p>`},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := send(t, served(t, c.fn, functions.URL{}, policy(t, everybody)), request("GET", "/", "")); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

func TestCookiesAndHeadersOfAnswers(t *testing.T) {
	fn := answering(`{"statusCode":200,"headers":{"X-Own":"1","x-amzn-requestid":"forged","X-Amzn-Trace-Id":"forged","Connection":"close"},"cookies":["a=1","b=2"],"body":""}`)
	got := send(t, served(t, fn, functions.URL{}, policy(t, everybody)), request("GET", "/", ""), "X-Own", "Set-Cookie", "X-Amzn-Trace-Id", "Connection")
	want := `200 application/json||X-Own=1|Set-Cookie=a=1+b=2|X-Amzn-Trace-Id=Root=1-5eb33c07-000000000000000700000007|Connection=`
	if got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
}

func TestRequestsThatAreTooLarge(t *testing.T) {
	table := tableOf(answering(`1`), func(o *functionurl.Options) { o.Limits.FunctionEvent = 1000; o.Memory = limits.NewBudget(1 << 20) })
	table.Put(&functions.Entry{Ref: ref, URLs: map[string]functions.URL{"": {ID: id}}, Policies: map[string]*iam.Policy{"": policy(t, everybody)}})
	const want = `413 application/json|{"Message":"Request Entity Too Large"}`
	announced := request("POST", "/", strings.Repeat("x", 1001))
	chunked := request("POST", "/", strings.Repeat("x", 1001))
	chunked.Request.ContentLength = -1
	encoded := request("POST", "/", strings.Repeat("x", 800))
	for name, x := range map[string]*front.Exchange{"announced": announced, "in chunks": chunked, "as base64": encoded} {
		if got := send(t, table, x); got != want {
			t.Errorf("%s: got %s", name, got)
		}
	}
	broken := request("POST", "/", "")
	broken.Request.Body, broken.Request.ContentLength = io.MultiReader(strings.NewReader("a"), failing{}), 2
	if got := send(t, table, broken); got != `400 application/json|{"Message":"Bad Request"}` {
		t.Errorf("got %s", got)
	}
}

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, errors.New("connection lost") }

// TestWhoMayUseAURL: NONE needs a policy that allows everybody; of AWS_IAM, the function's account may, others need a policy.
func TestWhoMayUseAURL(t *testing.T) {
	allow := func(principal, condition string) string {
		return `{"Effect":"Allow","Principal":` + principal + `,"Action":"lambda:InvokeFunctionUrl","Resource":"*"` + condition + `}`
	}
	iamOnly := `,"Condition":{"StringEquals":{"lambda:FunctionUrlAuthType":"AWS_IAM"}}`
	deny := `{"Effect":"Deny","Principal":{"AWS":"arn:aws:iam::111111111111:user/ann"},"Action":"lambda:*","Resource":"*"}`
	for _, c := range []struct {
		name   string
		iam    bool
		signer string
		policy *iam.Policy
		ok     bool
	}{
		{"no policy", false, "", nil, false},
		{"as AddPermission writes it; InvokeFunctionUrl alone is enough, unconfirmed", false, "", policy(t, everybody), true},
		{"for signed callers only", false, "", policy(t, allow(`"*"`, iamOnly)), false},
		{"another action", false, "", policy(t, `{"Effect":"Allow","Principal":"*","Action":"lambda:InvokeFunction","Resource":"*"}`), false},
		{"an account", false, "", policy(t, allow(`{"AWS":"111111111111"}`, "")), false},
		{"from a network", false, "", policy(t, allow(`"*"`, `,"Condition":{"IpAddress":{"aws:SourceIp":"192.0.2.0/24"}}`)), true},
		{"from another network", false, "", policy(t, allow(`"*"`, `,"Condition":{"IpAddress":{"aws:SourceIp":"198.51.100.0/24"}}`)), false},
		{"unsigned", true, "", policy(t, everybody), false},
		{"root of the account", true, "AKIAROOT", nil, true},
		{"user of the account", true, "AKIAANN", nil, true},
		{"user who is denied", true, "AKIAANN", policy(t, deny), false},
		{"another account", true, "AKIAOTHER", nil, false},
		{"another account that is allowed", true, "AKIAOTHER", policy(t, allow(`{"AWS":"222222222222"}`, iamOnly)), true},
		{"another account that is allowed what is open to everybody", true, "AKIAOTHER", policy(t, everybody), false},
	} {
		t.Run(c.name, func(t *testing.T) {
			x := request("POST", "/a%20b?q=1", "body", "Content-Type", "text/plain")
			if c.signer != "" {
				sign(t, x, c.signer, "lambda", "eu-west-1")
			}
			got, want := send(t, served(t, answering(`"ok"`), functions.URL{IAM: c.iam}, c.policy), x, errorHeader), forbidden
			if c.ok {
				want = `200 application/json|ok|x-amzn-ErrorType=`
			}
			if got != want {
				t.Errorf("got %s, want %s", got, want)
			}
		})
	}
}

// sign signs a request with a key whose secret is its id.
func sign(t *testing.T, x *front.Exchange, key, service, region string) {
	t.Helper()
	text, err := io.ReadAll(x.Request.Body)
	if err != nil {
		t.Fatal(err)
	}
	x.Request.Body = strings.NewReader(string(text))
	req, err := http.NewRequest(x.Request.Method, "http://"+x.Request.Host+x.Request.Target, strings.NewReader(string(text)))
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(text)
	if err := v4.NewSigner().SignHTTP(t.Context(), aws.Credentials{AccessKeyID: key, SecretAccessKey: key}, req, hex.EncodeToString(sum[:]), service, region, time.Unix(now, 0)); err != nil {
		t.Fatal(err)
	}
	x.Request.Header.Add("X-Amz-Date", req.Header.Get("X-Amz-Date"))
	x.Request.Header.Add("Authorization", req.Header.Get("Authorization"))
	x.Request.Header.Add("Content-Length", fmt.Sprint(len(text)))
}

// TestSignedPathForm: what is signed is what is sent, and the function sees the path without the form.
func TestSignedPathForm(t *testing.T) {
	x := request("POST", "/functionurls/"+id+"/_user_request_/a%20b?q=1", "body")
	x.Request.Host = "gateway.example.com"
	x.Request.Header.Set("Host", x.Request.Host)
	sign(t, x, "AKIAANN", "lambda", "eu-west-1")
	table := served(t, invoker(func(c *functions.Call, res *functions.Result) error {
		var event struct{ RawPath string }
		err := json.Unmarshal(c.Payload, &event)
		res.Payload = []byte(`"` + event.RawPath + `"`)
		return err
	}), functions.URL{IAM: true}, nil)
	if got := send(t, table, x); got != "200 application/json|/a b" {
		t.Errorf("got %s", got)
	}
}

func TestSignaturesThatAreNone(t *testing.T) {
	for _, c := range []struct{ name, key, service, region, body, want string }{
		{"unknown key", "AKIANOBODY", "lambda", "eu-west-1", "body", `403 application/json|{"message":"The security token included in the request is invalid."}|x-amzn-ErrorType=UnrecognizedClientException`},
		{"another body", "AKIAANN", "lambda", "eu-west-1", "forged", `403 application/json|{"message":"The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details."}|x-amzn-ErrorType=InvalidSignatureException`},
		{"another service", "AKIAANN", "execute-api", "eu-west-1", "body", `403 application/json|{"message":"Credential should be scoped to correct service: 'lambda'. "}|x-amzn-ErrorType=InvalidSignatureException`},
		{"another region", "AKIAANN", "lambda", "us-east-1", "body", `403 application/json|{"message":"Credential should be scoped to a valid region. "}|x-amzn-ErrorType=InvalidSignatureException`},
	} {
		x := request("POST", "/", "body")
		sign(t, x, c.key, c.service, c.region)
		x.Request.Body, x.Request.ContentLength = strings.NewReader(c.body), int64(len(c.body))
		if got := send(t, served(t, answering(`1`), functions.URL{IAM: true}, nil), x, errorHeader); got != c.want {
			t.Errorf("%s: got  %s\nwant %s", c.name, got, c.want)
		}
	}
}

// TestEventOfASignedRequest: the function learns who called, and not with what signature.
func TestEventOfASignedRequest(t *testing.T) {
	var got string
	table := served(t, invoker(func(c *functions.Call, res *functions.Result) error {
		got = string(c.Payload)
		res.Payload = []byte(`1`)
		return nil
	}), functions.URL{IAM: true}, nil)
	x := request("GET", "/", "")
	sign(t, x, "AKIAANN", "lambda", "eu-west-1")
	send(t, table, x)
	const want = `"authentication":null,"authorizer":{"iam":{"accessKey":"AKIAANN","accountId":"111111111111","callerId":"AKIAANN","cognitoIdentity":null,"principalOrgId":null,"userArn":"arn:aws:iam::111111111111:user/ann","userId":"AKIAANN"}}`
	if !strings.Contains(got, want) || !strings.Contains(got, `"accountId":"111111111111","apiId":"`+id) || strings.Contains(got, "authorization\":") {
		t.Errorf("got %s", got)
	}
}

// TestAnyCredentials: for development, a signature is good if it comes from this machine.
func TestAnyCredentials(t *testing.T) {
	table := tableOf(answering(`1`), func(o *functionurl.Options) { o.AnyCredentials, o.Keys = true, nil })
	table.Put(&functions.Entry{Ref: ref, URLs: map[string]functions.URL{"": {ID: id, IAM: true}}})
	for peer, want := range map[string]string{"127.0.0.1:1": `200 application/json|1`, "[::1]:1": `200 application/json|1`, "192.0.2.1:1": forbidden[:strings.LastIndex(forbidden, "|")]} {
		x := request("GET", "/", "")
		sign(t, x, "ANY", "lambda", "eu-west-1")
		x.Request.Peer = netip.MustParseAddrPort(peer)
		if got := send(t, table, x); got != want {
			t.Errorf("%s: got %s", peer, got)
		}
	}
	if got := send(t, table, request("GET", "/", ""), errorHeader); got != forbidden {
		t.Errorf("unsigned: got %s", got)
	}
}

func TestCORS(t *testing.T) {
	age := 60
	exact := &functions.CORS{AllowOrigins: []string{"https://a.example"}, AllowMethods: []string{"GET", "put"}, AllowHeaders: []string{"X-Own", "content-type"}, ExposeHeaders: []string{"X-Seen"}, MaxAge: &age}
	open := &functions.CORS{AllowOrigins: []string{"*"}, AllowMethods: []string{"*"}, AllowHeaders: []string{"*"}}
	secure := &functions.CORS{AllowOrigins: []string{"https://*"}, AllowMethods: []string{"*"}, AllowCredentials: true}
	fn := answering(`{"statusCode":200,"headers":{"Access-Control-Allow-Origin":"https://own.example","access-control-expose-headers":"own","access-control-max-age":"1"},"body":"b"}`)
	for _, c := range []struct {
		name   string
		cors   *functions.CORS
		method string
		header []string
		want   string // allow-origin, -methods, -headers, max-age, -credentials, expose-headers, vary
	}{
		{"preflight", exact, "OPTIONS", []string{"Origin", "https://a.example", "Access-Control-Request-Method", "PUT"}, "204 |https://a.example|GET,PUT|x-own,content-type|60|||Origin"},
		{"preflight of another origin", exact, "OPTIONS", []string{"Origin", "https://b.example", "Access-Control-Request-Method", "PUT"}, "204 |||||||"},
		{"preflight of another method", exact, "OPTIONS", []string{"Origin", "https://a.example", "Access-Control-Request-Method", "DELETE"}, "204 |||||||"},
		{"open preflight", open, "OPTIONS", []string{"Origin", "null", "Access-Control-Request-Method", "DELETE"}, "204 |*|*|*||||"},
		{"preflight with credentials", secure, "OPTIONS", []string{"Origin", "https://x", "Access-Control-Request-Method", "DELETE"}, "204 |https://x|GET,HEAD,POST,PUT,PATCH,DELETE,OPTIONS|||true||Origin"},
		{"preflight of another scheme", secure, "OPTIONS", []string{"Origin", "http://x", "Access-Control-Request-Method", "GET"}, "204 |||||||"},
		{"OPTIONS without method", exact, "OPTIONS", []string{"Origin", "https://a.example"}, "200 b|https://a.example|||||x-seen|Origin"},
		{"request", exact, "GET", []string{"Origin", "https://a.example"}, "200 b|https://a.example|||||x-seen|Origin"},
		{"request of another origin", exact, "GET", []string{"Origin", "https://b.example"}, "200 b|||||||"},
		{"request of no page", exact, "GET", nil, "200 b|||||||"},
		{"open request", open, "GET", []string{"Origin", "https://b.example"}, "200 b|*||||||"},
		{"the function's own", nil, "OPTIONS", []string{"Origin", "https://b.example", "Access-Control-Request-Method", "GET"}, "200 b|https://own.example|||1||own|"},
	} {
		t.Run(c.name, func(t *testing.T) {
			x := request(c.method, "/", "", c.header...)
			send(t, served(t, fn, functions.URL{CORS: c.cors}, policy(t, everybody)), x)
			got := fmt.Sprintf("%d %s", x.Response.Status, x.Response.Body)
			for _, name := range []string{"access-control-allow-origin", "access-control-allow-methods", "access-control-allow-headers", "access-control-max-age", "access-control-allow-credentials", "access-control-expose-headers", "vary"} {
				got += "|" + strings.Join(x.Response.Header.Values(name), "+")
			}
			if got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
	preflight := request("OPTIONS", "/", "", "Origin", "https://a.example", "Access-Control-Request-Method", "GET")
	if send(t, served(t, fn, functions.URL{CORS: exact, IAM: true}, nil), preflight); preflight.Response.Status != 204 || !preflight.Response.Header.Has("access-control-allow-origin") {
		t.Errorf("browsers do not sign preflights: got %d", preflight.Response.Status)
	}
	x := request("GET", "/", "", "Origin", "https://a.example")
	if got := send(t, served(t, fn, functions.URL{CORS: exact}, nil), x, "access-control-allow-origin"); !strings.HasPrefix(got, "403") || !strings.HasSuffix(got, "=https://a.example") {
		t.Errorf("a refusal that a page can read: %s", got)
	}
}

// streaming is a function that streams pieces, and in the end fails or not.
func streaming(media, failure string, pieces ...string) invoker {
	return func(c *functions.Call, res *functions.Result) error {
		if err := c.Stream.Begin(media); err == nil {
			for _, p := range pieces {
				if c.Stream.Write(nil, []byte(p)) != nil {
					break
				}
			}
		}
		if failure != "" {
			res.FunctionError, res.Payload = functions.Unhandled, []byte(failure)
		}
		return nil
	}
}

func TestStreams(t *testing.T) {
	zeros := string(prelude.Delimiter)
	for _, c := range []struct {
		name string
		fn   invoker
		want string
	}{
		{"with metadata", streaming(prelude.ContentType, "", `{"statusCode":201,"headers":{"Content-Type":"a/b"},"cookies":["c=d"]}`, zeros[:3], zeros[3:]+"one", "two"), "201 a/b|onetwo|Set-Cookie=c=d"},
		{"nothing but metadata", streaming(prelude.ContentType, "", `{}`+zeros), "200 application/json||Set-Cookie="},
		{"without metadata", streaming("text/html", "", "<p>", "x"), "200 text/html|<p>x|Set-Cookie="},
		{"without media type", streaming("application/octet-stream", ""), "200 application/octet-stream||Set-Cookie="},
		{"not streamed, unconfirmed", answering(`{"statusCode":201}`), `200 application/octet-stream|{"statusCode":201}|Set-Cookie=`},
		{"no delimiter", streaming(prelude.ContentType, "", `{}`), failedText + "|Set-Cookie="},
		{"no delimiter in sight", streaming(prelude.ContentType, "", strings.Repeat(" ", 20<<10)), failedText + "|Set-Cookie="},
		{"malformed metadata", streaming(prelude.ContentType, "", `[]`+zeros), failedText + "|Set-Cookie="},
		{"fails at once", func(_ *functions.Call, res *functions.Result) error {
			res.FunctionError, res.Payload = functions.Unhandled, []byte(`{}`)
			return nil
		}, failedText + "|Set-Cookie="},
		{"fails before the delimiter", streaming(prelude.ContentType, `{}`, `{"statusCode":200}`), failedText + "|Set-Cookie="},
		{"fails in the middle", streaming(prelude.ContentType, `{}`, `{}`+zeros, "half"), "200 application/json|half (the function failed in the middle of its answer: Unhandled)|Set-Cookie="},
		{"is not called", func(*functions.Call, *functions.Result) error {
			return &functions.ThrottledError{Reason: functions.ReasonAccount}
		}, `429 application/json|{"Reason":"ConcurrentInvocationLimitExceeded","Type":"User","message":"Rate Exceeded."}|Set-Cookie=`},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := send(t, served(t, c.fn, functions.URL{Stream: true}, policy(t, everybody)), request("GET", "/", ""), "Set-Cookie"); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

func TestRecordsOfRequests(t *testing.T) {
	var got observe.Record
	table := tableOf(answering(`1`), func(o *functionurl.Options) { o.Recorder = recorder{&got} })
	table.Put(&functions.Entry{Ref: ref, URLs: map[string]functions.URL{"": {ID: id}}})
	send(t, table, request("GET", "/a?secret", ""))
	if got.Status != 403 || got.Path != "/a" || got.ResourcePath != "function fn" || got.Reason != "the policy of the function does not allow everybody to use its URL" || got.APIID != id {
		t.Errorf("got %+v", got)
	}
}

type recorder struct{ last *observe.Record }

func (r recorder) Record(rec *observe.Record) { *r.last = *rec }

// many is a table of n URLs, one of which has the id of the tests.
func many(t testing.TB, n int) *functionurl.Table {
	table := tableOf(answering(`{"statusCode":200,"headers":{"Content-Type":"application/json"},"body":"{\"id\":42}"}`), nil)
	p := policy(t, `{"Effect":"Allow","Principal":"*","Action":"lambda:InvokeFunctionUrl","Resource":"*"}`)
	for i := range n {
		r := ref
		r.Name = fmt.Sprintf("fn%d", i)
		u := functions.URL{ID: fmt.Sprintf("%032d", i)}
		if i == n/2 {
			u.ID = id
		}
		table.Put(&functions.Entry{Ref: r, URLs: map[string]functions.URL{"": u}, Policies: map[string]*iam.Policy{"": p}})
	}
	return table
}

func BenchmarkServe(b *testing.B) {
	for _, n := range []int{1, 10_000} {
		b.Run(fmt.Sprintf("urls=%d", n), func(b *testing.B) {
			table := many(b, n)
			x := request("GET", "/orders/42?limit=1", "", "User-Agent", "Mozilla/5.0", "Accept", "*/*")
			b.ReportAllocs()
			for b.Loop() {
				x.Response.Header = x.Response.Header[:0]
				at, _ := functionurl.Locate(&x.Request)
				table.Serve(b.Context(), x, at)
				if x.Response.Status != 200 {
					b.Fatal(x.Response.Status)
				}
				x.Response.Done(0, nil)
			}
		})
	}
}

func BenchmarkPut(b *testing.B) {
	table := many(b, 10_000)
	e := &functions.Entry{Ref: ref, URLs: map[string]functions.URL{"": {ID: strings.Repeat("z", 32)}}}
	b.ReportAllocs()
	for b.Loop() {
		table.Put(e)
	}
}

func FuzzLocate(f *testing.F) {
	f.Add("a.lambda-url.b.c:1", "/")
	f.Add("x", "/functionurls/a/_user_request_/b?c")
	f.Fuzz(func(t *testing.T, host, target string) {
		at, ok := functionurl.Locate(&front.Request{Host: host, Target: target})
		if ok && strings.HasPrefix(target, "/") && !strings.HasPrefix(at.Target, "/") {
			t.Errorf("got %+v", at)
		}
	})
}
