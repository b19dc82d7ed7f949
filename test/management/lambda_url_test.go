package management_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
)

// urlPath is the path of the operations on the URL of a function.
func urlPath(fn, qualifier string) string {
	if qualifier != "" {
		qualifier = "?Qualifier=" + qualifier
	}
	return "/2021-10-31/functions/" + fn + "/url" + qualifier
}

// openURL gives a function a URL that everybody may use, and returns its address.
func (r *lambdaReplay) openURL(fn, qualifier, options string) string {
	r.t.Helper()
	answer := r.do("POST", urlPath(fn, qualifier), `{"AuthType":"NONE"`+options+`}`)
	r.allowEverybody(fn, qualifier)
	return answer["FunctionUrl"].(string)
}

func (r *lambdaReplay) allowEverybody(fn, qualifier string) {
	r.t.Helper()
	if qualifier != "" {
		qualifier = "?Qualifier=" + qualifier
	}
	r.do("POST", functionsPath+"/"+fn+"/policy"+qualifier, `{"StatementId":"url","Action":"lambda:InvokeFunctionUrl","Principal":"*","FunctionUrlAuthType":"NONE"}`)
}

// onThisMachine is a client for which every name is one of this machine, as *.localhost is for browsers and curl.
var onThisMachine = &http.Client{Timeout: patience, Transport: &http.Transport{DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
	_, port, _ := net.SplitHostPort(addr)
	return new(net.Dialer).DialContext(ctx, network, net.JoinHostPort("127.0.0.1", port))
}}}

// send sends a request to a function URL.
func sendURL(t *testing.T, req *http.Request) answer {
	t.Helper()
	res, err := onThisMachine.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{status: res.StatusCode, header: res.Header, body: body}
}

func urlRequest(t *testing.T, method, target, body string, header ...string) *http.Request {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, target, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	return req
}

func TestRecordedURLExceptions(t *testing.T) {
	r := newLambdaReplay(t, "lambda_api", "TestLambdaUrl::test_url_config_exceptions")
	r.leave("the service failed", "delete_function_url_config_qualifier_alias_doesnotmatch_arn")
	r.create("", "fn", "lambda_handler.handler", usual)
	r.leave("another runtime, recorded elsewhere", "fn_version_result")
	r.do("POST", functionsPath+"/{{fn}}/versions", `{}`)
	r.call("create_alias_result", "POST", functionsPath+"/{{fn}}/aliases", `{"Name":"urlalias","FunctionVersion":"1"}`)
	for _, verb := range []struct{ method, name, body string }{
		{"POST", "create", `{"AuthType":"NONE"}`}, {"PUT", "update", `{"AuthType":"NONE"}`}, {"GET", "get", ""}, {"DELETE", "delete", ""},
	} {
		name := verb.name + "_function_url_config_"
		call := func(what, fn, qualifier string) { r.call(name+what, verb.method, urlPath(fn, qualifier), verb.body) }
		call("name_doesnotexist", "doesnotexist", "")
		call("arn_doesnotexist", escapedName(arnOf(serverAccount, "doesnotexist")), "")
		call("name_doesnotexist_qualifier", "doesnotexist", "1")
		call("qualifier_version", "{{fn}}", "1")
		call("qualifier_version_doesnotexist", "{{fn}}", "2")
		call("qualifier_latest", "{{fn}}", "$LATEST")
		call("qualifier_alias_doesnotexist", "{{fn}}", "doesnotexist")
		if verb.name != "delete" {
			call("qualifier_alias_doesnotmatch_arn", escapedName(arnOf(serverAccount, r.vars["fn"]+":urlalias")), "urlalias-doesnotmatch")
		}
		if verb.name != "create" {
			call("config_doesnotexist", "{{fn}}", "")
		}
	}
}

func TestRecordedURLLifecycle(t *testing.T) {
	r := newLambdaReplay(t, "lambda_api", "TestLambdaUrl::test_url_config_lifecycle")
	r.create("", "fn", "handler.handler", usual)
	r.call("url_creation", "POST", urlPath("{{fn}}", ""), `{"AuthType":"NONE"}`)
	r.call("failed_duplication", "POST", urlPath("{{fn}}", ""), `{"AuthType":"NONE"}`)
	r.call("get_url_config", "GET", urlPath("{{fn}}", ""), "")
	r.call("updated_url_config", "PUT", urlPath("{{fn}}", ""), `{"AuthType":"AWS_IAM"}`)
	r.do("DELETE", urlPath("{{fn}}", ""), "")
	r.call("failed_getter", "GET", urlPath("{{fn}}", ""), "")
}

func TestRecordedURLUpdates(t *testing.T) {
	r := newLambdaReplay(t, "lambda", "TestLambdaURL::test_lambda_update_function_url_config")
	r.create("", "fn", "handler.handler", usual)
	r.call("create_lambda_url_config", "POST", urlPath("{{fn}}", ""), `{"AuthType":"NONE","InvokeMode":"BUFFERED"}`)
	r.call("get_url_config", "GET", urlPath("{{fn}}", ""), "")
	r.call("modify_lambda_url_config", "PUT", urlPath("{{fn}}", ""), `{"AuthType":"NONE","InvokeMode":"RESPONSE_STREAM"}`)
	r.call("get_url_config_2", "GET", urlPath("{{fn}}", ""), "")
	r.call("modify_lambda_url_config_none", "PUT", urlPath("{{fn}}", ""), `{"AuthType":"NONE"}`)
	r.call("get_url_config_3", "GET", urlPath("{{fn}}", ""), "")
}

func TestRecordedInvokeModeOfURLs(t *testing.T) {
	r := newLambdaReplay(t, "lambda", "TestLambdaURL::test_lambda_url_invalid_invoke_mode")
	r.create("", "fn", "handler.handler", usual)
	r.call("invoke_function_invalid_invoke_type", "POST", urlPath("{{fn}}", ""), `{"AuthType":"NONE","InvokeMode":"UNKNOWN"}`)
}

// TestRecordedURLOfADeletedAlias: the address does not become one that never was.
func TestRecordedURLOfADeletedAlias(t *testing.T) {
	r := newLambdaReplay(t, "lambda", "TestLambdaURL::test_lambda_url_persists_after_alias_delete")
	r.create("", "fn", "handler.handler", usual)
	r.do("POST", functionsPath+"/{{fn}}/versions", `{}`)
	r.do("POST", functionsPath+"/{{fn}}/aliases", `{"Name":"live","FunctionVersion":"1"}`)
	address := r.call("create_lambda_url_config", "POST", urlPath("{{fn}}", "live"), `{"AuthType":"NONE","InvokeMode":"BUFFERED"}`)["FunctionUrl"].(string)
	r.allowEverybody("{{fn}}", "live")
	seen := func() map[string]any {
		got := sendURL(t, urlRequest(t, "GET", address, ""))
		return map[string]any{"status_code": float64(got.status), "content": got.body, "header": got.header.Get("x-amzn-ErrorType")}
	}
	equal(t, "with the alias", seen()["status_code"], r.want["invoke_aliased_url_response"].(map[string]any)["status_code"])
	r.call("delete_alias_resp", "DELETE", functionsPath+"/{{fn}}/aliases/live", "")
	want := r.want["invoke_deleted_alias_url_response_delayed"].(map[string]any)
	got := seen()
	content, _ := json.Marshal(want["content"])
	equal(t, "status without the alias", got["status_code"], want["status_code"])
	equal(t, "body without the alias", string(got["content"].([]byte)), string(content))
	equal(t, "header without the alias", got["header"], want["headers"].(map[string]any)["x-amzn-ErrorType"])
	r.leave("compared above", "invoke_aliased_url_response", "invoke_deleted_alias_url_response_delayed")
	if a := server.sendLambda(t, "GET", r.fill(urlPath("{{fn}}", "live")), "", nil); a.status != 404 {
		t.Errorf("its configuration: %d %s", a.status, a.body)
	}
}

// echoHTTP answers as the function of the recorded tests did.
const echoHTTP = `import base64, json
def handler(event, context):
    http = event["requestContext"]["http"]
    body = event.get("body") or ""
    if not event["isBase64Encoded"]:
        try: body = json.loads(body)
        except ValueError: pass
    answer = {"args": event.get("queryStringParameters") or {}, "data": body, "domain": event["requestContext"]["domainName"], "headers": event["headers"],
              "method": http["method"], "origin": http["sourceIp"], "path": http["path"]}
    return {"statusCode": 200, "body": json.dumps(answer)}
`

// createEcho makes a function of echoHTTP with a URL, and returns the address.
func (r *lambdaReplay) createEcho() string {
	r.t.Helper()
	r.newFunction("fn")
	r.do("POST", functionsPath, `{"FunctionName":"{{fn}}","Runtime":"python3.12","Handler":"handler.handler","Role":"`+role+`","Code":{"ZipFile":"`+base64Zip(r.t, "handler.py", echoHTTP)+`"}}`)
	return r.openURL("{{fn}}", "", "")
}

// compareEcho compares an echo with the recorded one; the headers that only connections under TLS have are missing here.
func (r *lambdaReplay) compareEcho(got answer, exact bool) {
	r.t.Helper()
	var seen map[string]any
	if err := json.Unmarshal(got.body, &seen); err != nil {
		r.t.Fatalf("%d %s", got.status, got.body)
	}
	want := r.want["url_response"].(map[string]any)
	delete(r.want, "url_response")
	domain, headers := seen["domain"].(string), seen["headers"].(map[string]any)
	for name, w := range want["headers"].(map[string]any) {
		g := headers[name]
		switch text := w.(string); {
		case strings.HasPrefix(name, "x-amzn-tls-"):
			if g != nil {
				r.t.Errorf("%s: got %v on a plain connection", name, g)
			}
		case text == "<domain:1>": // the recorder left out the port
			equal(r.t, name, strings.Split(g.(string), ":")[0], domain)
		case text == "<origin:1>":
			equal(r.t, name, g, seen["origin"])
		case strings.HasPrefix(text, "<"):
			if g == nil {
				r.t.Errorf("%s is missing", name)
			}
		default:
			equal(r.t, name, g, w)
		}
		delete(headers, name)
	}
	if exact && len(headers) > 0 {
		r.t.Errorf("more headers: %v", headers)
	}
	for _, name := range []string{"args", "data", "method", "path"} {
		equal(r.t, name, seen[name], want[name])
	}
}

func TestRecordedURLEvent(t *testing.T) {
	r := newLambdaReplay(t, "lambda", "TestLambdaURL::test_lambda_url_echo_http_fixture_default")
	address := r.createEcho()
	r.compareEcho(sendURL(t, urlRequest(t, "POST", address+"pa2%25Fth/1?q=query&multiQuery=foo&multiQuery=%2Fbar", `{"foo": "bar"}`,
		"Accept", "*/*", "Accept-Encoding", "gzip, deflate", "Content-Type", "application/json", "Extra-Headers", "With WeiRd CapS", "User-Agent", "test/echo")), true)
}

func TestRecordedURLForm(t *testing.T) {
	r := newLambdaReplay(t, "lambda", "TestLambdaURL::test_lambda_url_form_payload")
	address := r.createEcho()
	const boundary = "4efd159eae0c4f4e125a5a509e073d85"
	body := "\r\n--" + boundary + "\r\nContent-Disposition: form-data; name=\"formfield\"\r\n\r\nnot a file, just a field\r\n--" + boundary +
		"\r\nContent-Disposition: form-data; name=\"foo\"; filename=\"foo\"\r\nContent-Type: text/plain;\r\n\r\nbar\r\n\r\n--" + boundary + "--\r\n"
	r.compareEcho(sendURL(t, urlRequest(t, "POST", address+"test/value", body,
		"Accept", "*/*", "Accept-Encoding", "gzip, deflate", "Content-Type", "multipart/form-data; boundary="+boundary, "User-Agent", "python/test-request")), false)
}

// TestURLsWithTheSDK makes, reads, changes, lists and deletes URLs, and signs requests for one.
func TestURLsWithTheSDK(t *testing.T) {
	r := &lambdaReplay{&replay{t: t, vars: map[string]string{}}}
	name, ctx, c := r.newFunction("fn"), t.Context(), newLambda()
	must[lambda.CreateFunctionOutput](t)(c.CreateFunction(ctx, &lambda.CreateFunctionInput{FunctionName: &name, Runtime: types.RuntimePython312, Handler: aws.String("handler.handler"), Role: aws.String(role),
		Code: &types.FunctionCode{ZipFile: zipOf(t, "handler.py", "def handler(event, context): return event['requestContext']['authorizer']['iam']['userArn']\n")}, Publish: true}))
	must[lambda.CreateAliasOutput](t)(c.CreateAlias(ctx, &lambda.CreateAliasInput{FunctionName: &name, Name: aws.String("live"), FunctionVersion: aws.String("1")}))
	cors := &types.Cors{AllowOrigins: []string{"https://a.example"}, AllowMethods: []string{"GET"}, AllowHeaders: []string{"x-own"}, ExposeHeaders: []string{"x-seen"}, AllowCredentials: aws.Bool(true), MaxAge: aws.Int32(0)}
	made := must[lambda.CreateFunctionUrlConfigOutput](t)(c.CreateFunctionUrlConfig(ctx, &lambda.CreateFunctionUrlConfigInput{FunctionName: &name, AuthType: types.FunctionUrlAuthTypeAwsIam, Cors: cors}))
	if !regexp.MustCompile(`^http://[a-z0-9]{32}\.lambda-url\.eu-west-1\.localhost:\d+/$`).MatchString(*made.FunctionUrl) || !regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$`).MatchString(*made.CreationTime) {
		t.Errorf("got %s of %s", *made.FunctionUrl, *made.CreationTime)
	}
	equal(t, "CORS", made.Cors, cors)
	must[lambda.CreateFunctionUrlConfigOutput](t)(c.CreateFunctionUrlConfig(ctx, &lambda.CreateFunctionUrlConfigInput{FunctionName: &name, Qualifier: aws.String("live"), AuthType: types.FunctionUrlAuthTypeNone}))
	got := must[lambda.GetFunctionUrlConfigOutput](t)(c.GetFunctionUrlConfig(ctx, &lambda.GetFunctionUrlConfigInput{FunctionName: &name, Qualifier: aws.String("live")}))
	equal(t, "ARN", *got.FunctionArn, arnOf(serverAccount, name)+":live")
	first := must[lambda.ListFunctionUrlConfigsOutput](t)(c.ListFunctionUrlConfigs(ctx, &lambda.ListFunctionUrlConfigsInput{FunctionName: &name, MaxItems: aws.Int32(1)}))
	second := must[lambda.ListFunctionUrlConfigsOutput](t)(c.ListFunctionUrlConfigs(ctx, &lambda.ListFunctionUrlConfigsInput{FunctionName: &name, Marker: first.NextMarker}))
	equal(t, "list", []string{*first.FunctionUrlConfigs[0].FunctionUrl, *second.FunctionUrlConfigs[0].FunctionUrl}, []string{*made.FunctionUrl, *got.FunctionUrl})
	signed := signedURL(t, *made.FunctionUrl, "body", server.root)
	equal(t, "signed", string(sendURL(t, signed).body), "arn:aws:iam::"+serverAccount+":root")
	presigned := urlRequest(t, "GET", *made.FunctionUrl+"?a=b%20c", "")
	empty := sha256.Sum256(nil)
	target, _, err := v4.NewSigner().PresignHTTP(ctx, server.root, presigned, hex.EncodeToString(empty[:]), "lambda", region, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "presigned", string(sendURL(t, urlRequest(t, "GET", target, "")).body), "arn:aws:iam::"+serverAccount+":root")
	wrong := server.root
	wrong.SecretAccessKey = "wrong"
	if a := sendURL(t, signedURL(t, *made.FunctionUrl, "body", wrong)); a.status != 403 || a.header.Get("x-amzn-ErrorType") != "InvalidSignatureException" {
		t.Errorf("another secret: %d %s", a.status, a.body)
	}
	if a := sendURL(t, urlRequest(t, "GET", *made.FunctionUrl, "")); a.status != 403 || !bytes.HasPrefix(a.body, []byte(`{"Message":"Forbidden. For troubleshooting`)) {
		t.Errorf("unsigned: %d %s", a.status, a.body)
	}
	changed := must[lambda.UpdateFunctionUrlConfigOutput](t)(c.UpdateFunctionUrlConfig(ctx, &lambda.UpdateFunctionUrlConfigInput{FunctionName: &name, Cors: &types.Cors{}}))
	if changed.Cors != nil || changed.AuthType != types.FunctionUrlAuthTypeAwsIam {
		t.Errorf("got %+v", changed)
	}
	must[lambda.PutFunctionConcurrencyOutput](t)(c.PutFunctionConcurrency(ctx, &lambda.PutFunctionConcurrencyInput{FunctionName: &name, ReservedConcurrentExecutions: aws.Int32(0)}))
	if a := sendURL(t, signedURL(t, *made.FunctionUrl, "", server.root)); a.status != 429 || string(a.body) != `{"Reason":"ReservedFunctionConcurrentInvocationLimitExceeded","Type":"User","message":"Rate Exceeded."}` {
		t.Errorf("throttled: %d %s", a.status, a.body)
	}
	must[lambda.DeleteFunctionUrlConfigOutput](t)(c.DeleteFunctionUrlConfig(ctx, &lambda.DeleteFunctionUrlConfigInput{FunctionName: &name}))
	must[lambda.DeleteFunctionOutput](t)(c.DeleteFunction(ctx, &lambda.DeleteFunctionInput{FunctionName: &name}))
	for _, gone := range []string{*made.FunctionUrl, *got.FunctionUrl} {
		if a := sendURL(t, urlRequest(t, "GET", gone, "")); a.status != 403 || string(a.body) != `{"Message":null}` {
			t.Errorf("deleted: %d %s", a.status, a.body)
		}
	}
}

// signedURL is a POST to a function URL, signed as the SDKs sign it.
func signedURL(t *testing.T, address, body string, credentials aws.Credentials) *http.Request {
	t.Helper()
	req := urlRequest(t, "POST", address, body, "Content-Type", "text/plain")
	sum := sha256.Sum256([]byte(body))
	if err := v4.NewSigner().SignHTTP(t.Context(), credentials, req, hex.EncodeToString(sum[:]), "lambda", region, time.Now()); err != nil {
		t.Fatal(err)
	}
	return req
}

// TestURLsWithBoto3 runs testdata/lambda_url_boto3.py, which checks what it gets.
func TestURLsWithBoto3(t *testing.T) {
	cmd := exec.CommandContext(t.Context(), tool(t, "aws/bin/python"), "testdata/lambda_url_boto3.py")
	cmd.Env = withServer()
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
