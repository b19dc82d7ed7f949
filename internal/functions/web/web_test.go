package web

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// adapterOf is an adapter of a server that runs already.
func adapterOf(t testing.TB, environment map[string]string, handler http.HandlerFunc) *Adapter {
	t.Helper()
	server, err := Parse(environment)
	if err != nil {
		t.Fatal(err)
	}
	a, _, err := server.Prepare(Function{Name: "fn", Version: "3", MemorySize: 256, LogGroup: "/aws/lambda/fn", LogStream: "stream"})
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(handler)
	t.Cleanup(func() { a.Close(); s.Close() })
	a.address = s.Listener.Addr().String()
	return a
}

func TestRequests(t *testing.T) {
	const context = `"requestContext":{"stage":"s","n":1.0}`
	for _, test := range []struct {
		name, event string
		environment map[string]string
		want        string // method, target, body
		header      http.Header
	}{
		{name: "v1", event: `{"path":"/p","httpMethod":"GET","multiValueHeaders":{"A":["1","2"],"Host":["h.example"]},"headers":{"A":"2","B":"3"},` + context + `}`,
			want: "GET /p ", header: http.Header{"A": {"1", "2"}, "B": {"3"}, "Host": {"h.example"}, "X-Amzn-Request-Context": {`{"stage":"s","n":1.0}`}}},
		{name: "v1: the query is encoded again", event: `{"path":"/p","httpMethod":"GET","multiValueQueryStringParameters":{"a b":["c&d","ü"],"e":[""]},"queryStringParameters":{"a b":"ü"},` + context + `}`,
			want: "GET /p?a%20b=c%26d&a%20b=%C3%BC&e= "},
		{name: "v1: single values", event: `{"path":"/p","httpMethod":"GET","multiValueQueryStringParameters":null,"queryStringParameters":{"a":"b"},` + context + `}`, want: "GET /p?a=b "},
		{name: "load balancer: the query was encoded by the client", event: `{"path":"/p","httpMethod":"GET","queryStringParameters":{"a%20b":"c+d","%":"e"},"requestContext":{"elb":{"targetGroupArn":"t"}}}`,
			want: "GET /p?a%20b=c%20d&%25=e "},
		{name: "v2", event: `{"version":"2.0","rawPath":"/stage/p","rawQueryString":"a=b%20c&d","cookies":["x=1","y=2"],"headers":{"a":"1,2","cookie":"old=1"},"requestContext":{"http":{"method":"PATCH"}},"body":"text"}`,
			want: "PATCH /stage/p?a=b%20c&d text", header: http.Header{"A": {"1,2"}, "Cookie": {"x=1;y=2"}}},
		{name: "v2: a decoded path", event: `{"rawPath":"/a b/ü/100%/%2F/c?d#e","rawQueryString":"a b#c","requestContext":{"http":{"method":"GET"}}}`,
			want: "GET /a%20b/%C3%BC/100%25/%2F/c%3Fd%23e?a%20b%23c "},
		{name: "two slashes", event: `{"rawPath":"//host/p","requestContext":{"http":{"method":"GET"}}}`, want: "GET //host/p "},
		{name: "base64", event: `{"rawPath":"/","requestContext":{"http":{"method":"POST"}},"body":"AP8=","isBase64Encoded":true}`, want: "POST / \x00\xff"},
		{name: "fields of the client's connection stay behind", event: `{"rawPath":"/","headers":{"connection":"x","transfer-encoding":"chunked","content-length":"77","expect":"100-continue","te":"trailers"},"requestContext":{"http":{"method":"POST"}},"body":"b"}`,
			want: "POST / b", header: http.Header{"Connection": nil, "Content-Length": {"1"}, "Expect": nil, "Te": nil, "User-Agent": nil, "Accept-Encoding": nil}},
		{name: "base path: once", event: `{"rawPath":"/api/api/p","requestContext":{"http":{"method":"GET"}}}`, environment: map[string]string{"REMOVE_BASE_PATH": "/api"}, want: "GET /api/p "},
		{name: "base path: with a slash at its end", event: `{"rawPath":"/api/p","requestContext":{"http":{"method":"GET"}}}`, environment: map[string]string{"REMOVE_BASE_PATH": "/api/"}, want: "GET /p "},
		{name: "base path: no part of a segment", event: `{"rawPath":"/apiary","requestContext":{"http":{"method":"GET"}}}`, environment: map[string]string{"REMOVE_BASE_PATH": "/api"}, want: "GET /apiary "},
		{name: "base path: the root", event: `{"rawPath":"//p","requestContext":{"http":{"method":"GET"}}}`, environment: map[string]string{"REMOVE_BASE_PATH": "/"}, want: "GET //p "},
		{name: "only the base path", event: `{"rawPath":"/api","requestContext":{"http":{"method":"GET"}}}`, environment: map[string]string{"AWS_LWA_REMOVE_BASE_PATH": "/api"}, want: "GET / "},
		{name: "authorization", event: `{"rawPath":"/","headers":{"x-auth":"secret","authorization":"theirs"},"requestContext":{"http":{"method":"GET"}}}`, environment: map[string]string{"AWS_LWA_AUTHORIZATION_SOURCE": "X-Auth"},
			want: "GET / ", header: http.Header{"Authorization": {"secret"}, "X-Auth": nil}},
		{name: "pass through", event: `{ "Records": [1] }`, want: `POST /events { "Records": [1] }`, header: http.Header{"Content-Type": {"application/json"}, "X-Amzn-Request-Context": {"null"}}},
		{name: "pass through: another path", event: `7`, environment: map[string]string{"AWS_LWA_PASS_THROUGH_PATH": "queue?x=y"}, want: `POST /queue%3Fx=y 7`},
		{name: "pass through: WebSocket", event: `{"headers":{},"requestContext":{"routeKey":"$connect","eventType":"CONNECT","connectionId":"c"},"isBase64Encoded":false}`,
			want: `POST /events {"headers":{},"requestContext":{"routeKey":"$connect","eventType":"CONNECT","connectionId":"c"},"isBase64Encoded":false}`},
		{name: "DEL", event: "{\"rawPath\":\"/\",\"requestContext\":{\"http\":{\"method\":\"GET\"},\"x\":\"\x7fü\"}}", want: "GET / ", header: http.Header{"X-Amzn-Request-Context": {`{"http":{"method":"GET"},"x":"\u007fü"}`}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			var got string
			var header http.Header
			a := adapterOf(t, test.environment, func(_ http.ResponseWriter, req *http.Request) {
				body, _ := io.ReadAll(req.Body)
				got, header = req.Method+" "+req.RequestURI+" "+string(body), req.Header.Clone()
				header.Set("Host", req.Host)
				if req.ContentLength >= 0 {
					header.Set("Content-Length", fmt.Sprint(req.ContentLength))
				}
			})
			a.ready.Store(true)
			call := Call{RequestID: "id", Deadline: time.UnixMilli(1700000000123), InvokedARN: "arn", TraceID: "Root=1", TenantID: "t", ClientContext: []byte(`{"a": 1}`), Event: []byte(test.event)}
			if _, failed, err := a.Invoke(t.Context(), call, nil); err != nil || failed {
				t.Fatal(failed, err)
			}
			if got != test.want {
				t.Errorf("got  %q\nwant %q", got, test.want)
			}
			for name, want := range test.header {
				if g := header.Values(name); strings.Join(g, "|") != strings.Join(want, "|") {
					t.Errorf("%s: got %q, want %q", name, g, want)
				}
			}
			always := map[string]string{
				"X-Amzn-Trace-Id":       "Root=1",
				"X-Amz-Tenant-Id":       "t",
				"X-Amzn-Lambda-Context": `{"request_id":"id","deadline":1700000000123,"invoked_function_arn":"arn","xray_trace_id":"Root=1","client_context":{"a":1},"identity":null,"tenant_id":"t","env_config":{"function_name":"fn","memory":256,"version":"3","log_stream":"stream","log_group":"/aws/lambda/fn"}}`,
			}
			for name, want := range always {
				if g := header.Get(name); g != want {
					t.Errorf("%s: got %s, want %s", name, g, want)
				}
			}
		})
	}
}

func TestAnswers(t *testing.T) {
	const (
		v1  = `{"path":"/","httpMethod":"GET","headers":{"Accept-Encoding":"br, gzip;q=0.5"},"requestContext":{}}`
		v2  = `{"rawPath":"/","headers":{"accept-encoding":"gzip"},"requestContext":{"http":{"method":"GET"}}}`
		alb = `{"path":"/","httpMethod":"GET","requestContext":{"elb":{}}}`
		any = `{"any":1}`
	)
	long := strings.Repeat("long ", 20)
	for _, test := range []struct {
		name, event string
		environment map[string]string
		status      int
		header      http.Header // besides Date and Content-Length, which are left out
		body        string
		want        string
		failed      bool
	}{
		{name: "v1", event: v1, status: 200, header: http.Header{"Content-Type": {"text/html"}, "X-A": {"1", "2"}, "Set-Cookie": {"a=b", "c=d"}}, body: "<p>\"ü\"",
			want: `{"statusCode":200,"multiValueHeaders":{"content-type":["text/html"],"set-cookie":["a=b","c=d"],"x-a":["1","2"]},"body":"<p>\"ü\"","isBase64Encoded":false}`},
		{name: "v2", event: v2, status: 404, header: http.Header{"Content-Type": {"text/html"}, "X-A": {"1", "2"}, "Set-Cookie": {"a=b", "c=d"}}, body: "no",
			want: `{"statusCode":404,"headers":{"content-type":"text/html","x-a":"1,2"},"cookies":["a=b","c=d"],"body":"no","isBase64Encoded":false}`},
		{name: "load balancer", event: alb, status: 302, header: http.Header{"Location": {"/there"}, "Content-Type": nil},
			want: `{"statusCode":302,"statusDescription":"302 Found","multiValueHeaders":{"location":["/there"]},"body":"","isBase64Encoded":false}`},
		{name: "another text", event: v2, status: 200, header: http.Header{"Content-Type": {"application/problem+JSON; charset=utf-8"}}, body: "{}",
			want: `{"statusCode":200,"headers":{"content-type":"application/problem+JSON; charset=utf-8"},"body":"{}","isBase64Encoded":false}`},
		{name: "binary", event: v2, status: 200, header: http.Header{"Content-Type": {"application/octet-stream"}}, body: "text",
			want: `{"statusCode":200,"headers":{"content-type":"application/octet-stream"},"body":"dGV4dA==","isBase64Encoded":true}`},
		{name: "binary that is text", event: v2, status: 200, header: http.Header{"Content-Type": {"application/x"}, "X-Lambda-Http-Content-Encoding": {"text"}}, body: "text",
			want: `{"statusCode":200,"headers":{"content-type":"application/x","x-lambda-http-content-encoding":"text"},"body":"text","isBase64Encoded":false}`},
		{name: "encoded", event: v2, status: 200, header: http.Header{"Content-Type": {"text/plain"}, "Content-Encoding": {"br"}}, body: "zip",
			want: `{"statusCode":200,"headers":{"content-encoding":"br","content-type":"text/plain"},"body":"emlw","isBase64Encoded":true}`},
		{name: "text that is no UTF-8 keeps its bytes", event: v2, status: 200, header: http.Header{"Content-Type": {"text/plain; charset=iso-8859-1"}, "X-A": {"\xfc"}}, body: "\xfc",
			want: `{"statusCode":200,"headers":{"content-type":"text/plain; charset=iso-8859-1","x-a":"ü"},"body":"/A==","isBase64Encoded":true}`},
		{name: "pass through", event: any, status: 200, header: http.Header{"Content-Type": {"application/json"}}, body: ` {"a": 1}`, want: ` {"a": 1}`},
		{name: "pass through: no JSON", event: any, status: 200, header: http.Header{"Content-Type": {"text/plain"}}, body: "hello", want: `null`},
		{name: "pass through: binary", event: any, status: 200, header: http.Header{"Content-Type": {"image/png"}}, body: "1", want: `null`},
		{name: "error status (its type is unconfirmed)", event: v2, environment: map[string]string{"AWS_LWA_ERROR_STATUS_CODES": "500, 502-504,x"}, status: 503, header: http.Header{"Content-Type": {"text/plain"}}, body: "busy \"now\"",
			want: `{"errorType":"Function.ErrorStatusCode","errorMessage":"{\"statusCode\":503,\"body\":\"busy \\\"now\\\"\"}"}`, failed: true},
		{name: "no error status", event: v2, environment: map[string]string{"AWS_LWA_ERROR_STATUS_CODES": "500, 502-504"}, status: 501, header: http.Header{"Content-Type": {"text/plain"}},
			want: `{"statusCode":501,"headers":{"content-type":"text/plain"},"body":"","isBase64Encoded":false}`},
		{name: "compression", event: v1, environment: map[string]string{"AWS_LWA_ENABLE_COMPRESSION": "true"}, status: 200, header: http.Header{"Content-Type": {"text/plain"}, "Vary": {"origin"}}, body: long,
			want: `{"statusCode":200,"multiValueHeaders":{"content-encoding":["gzip"],"content-type":["text/plain"],"vary":["origin","accept-encoding"]},"body":"GZIP","isBase64Encoded":true}`},
		{name: "compression: little", event: v2, environment: map[string]string{"AWS_LWA_ENABLE_COMPRESSION": "true"}, status: 200, header: http.Header{"Content-Type": {"text/plain"}}, body: "little",
			want: `{"statusCode":200,"headers":{"content-type":"text/plain"},"body":"little","isBase64Encoded":false}`},
		{name: "compression: an image", event: v2, environment: map[string]string{"AWS_LWA_ENABLE_COMPRESSION": "true"}, status: 200, header: http.Header{"Content-Type": {"image/png"}}, body: long,
			want: `{"statusCode":200,"headers":{"content-type":"image/png"},"body":"` + base64.StdEncoding.EncodeToString([]byte(long)) + `","isBase64Encoded":true}`},
		{name: "compression: nobody asked", event: alb, environment: map[string]string{"AWS_LWA_ENABLE_COMPRESSION": "true"}, status: 200, header: http.Header{"Content-Type": {"text/plain"}}, body: long,
			want: `{"statusCode":200,"statusDescription":"200 OK","multiValueHeaders":{"content-type":["text/plain"]},"body":"` + long + `","isBase64Encoded":false}`},
		{name: "too large", event: v2, status: 200, header: http.Header{"Content-Type": {"text/plain"}}, body: strings.Repeat("x", maxPayload), failed: true,
			want: `{"errorMessage":"Response payload size exceeded maximum allowed payload size (6291556 bytes).","errorType":"Function.ResponseSizeTooLarge"}`},
	} {
		t.Run(test.name, func(t *testing.T) {
			a := adapterOf(t, test.environment, func(w http.ResponseWriter, _ *http.Request) {
				w.Header()["Date"] = nil
				for name, values := range test.header {
					w.Header()[name] = values
				}
				w.WriteHeader(test.status)
				io.WriteString(w, test.body)
			})
			a.ready.Store(true)
			got, failed, err := a.Invoke(t.Context(), Call{Event: []byte(test.event)}, []byte("before"))
			if err != nil {
				t.Fatal(err)
			}
			rest, ok := strings.CutPrefix(string(got), "before")
			if text := withoutLength(withoutGzip(t, rest, long)); !ok || text != test.want || failed != test.failed {
				t.Errorf("got  %.500s\nwant %.500s", text, test.want)
			}
		})
	}
}

// withoutGzip replaces what long became.
func withoutGzip(t *testing.T, payload, long string) string {
	var p struct{ Body string }
	if json.Unmarshal([]byte(payload), &p) != nil || !strings.HasPrefix(p.Body, "H4sI") {
		return payload
	}
	compressed, err := base64.StdEncoding.DecodeString(p.Body)
	if err != nil {
		t.Fatal(err)
	}
	r, err := gzip.NewReader(bytes.NewReader(compressed))
	if err != nil {
		t.Fatal(err)
	}
	if text, err := io.ReadAll(r); err != nil || string(text) != long {
		t.Errorf("%v, %q", err, text)
	}
	return strings.Replace(payload, p.Body, "GZIP", 1)
}

func withoutLength(payload string) string {
	begin := strings.Index(payload, `"content-length":`)
	if begin < 0 {
		return payload
	}
	end := begin + strings.IndexAny(payload[begin:], "},")
	if payload[end] == ',' {
		end++
	} else if payload[begin-1] == ',' {
		begin--
	}
	return payload[:begin] + payload[end:]
}

func TestEventsThatCannotBeServed(t *testing.T) {
	a := adapterOf(t, nil, func(http.ResponseWriter, *http.Request) { t.Error("the server was called") })
	a.ready.Store(true)
	for event, want := range map[string]string{
		`{`: "the event is no JSON: line 1, column 2: ",
		`{"rawPath":"/","requestContext":{"http":{"method":"G T"}}}`:                                            `the web server did not answer: "G T" is no method`,
		`{"rawPath":"/","headers":{"a b":"c"},"requestContext":{"http":{"method":"GET"}}}`:                      `the event has a header "a b" that HTTP does not allow`,
		`{"rawPath":"/","headers":{"a":"b\r\nc: d"},"requestContext":{"http":{"method":"GET"}}}`:                `the event has a header "a" that HTTP does not allow`,
		`{"rawPath":"/","requestContext":{"http":{"method":"GET"}},"body":"!","isBase64Encoded":true}`:          "the body of the event is no base64: ",
		`{"path":"/","httpMethod":"GET","multiValueHeaders":{"a":["ok","\u0000"]},"requestContext":{"elb":{}}}`: `the event has a header "a" that HTTP does not allow`,
	} {
		if _, _, err := a.Invoke(t.Context(), Call{Event: []byte(event)}, nil); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s: got %v, want %s", event, err, want)
		}
	}
}

func TestRedirectsAndUpgradesAreNotFollowed(t *testing.T) {
	a := adapterOf(t, nil, func(w http.ResponseWriter, req *http.Request) {
		if req.URL.Path == "/upgrade" {
			c, rw, _ := http.NewResponseController(w).Hijack()
			rw.WriteString("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n")
			rw.Flush()
			c.Close()
			return
		}
		http.Redirect(w, req, "/elsewhere", http.StatusFound)
	})
	a.ready.Store(true)
	got, _, err := a.Invoke(t.Context(), Call{Event: []byte(`{"rawPath":"/","requestContext":{"http":{"method":"GET"}}}`)}, nil)
	if err != nil || !strings.HasPrefix(string(got), `{"statusCode":302,`) {
		t.Errorf("%s, %v", got, err)
	}
	if _, _, err := a.Invoke(t.Context(), Call{Event: []byte(`{"rawPath":"/upgrade","requestContext":{"http":{"method":"GET"}}}`)}, nil); err == nil || !strings.Contains(err.Error(), "it switched protocols") {
		t.Errorf("got %v", err)
	}
}

// TestServersThatBreakOff: an adapter tells a server that answered badly from one that nobody can ask any more.
func TestServersThatBreakOff(t *testing.T) {
	event := []byte(`{"rawPath":"/","requestContext":{"http":{"method":"POST"}}}`)
	hangUp := func(w http.ResponseWriter, _ *http.Request) { panic(http.ErrAbortHandler) }
	a := adapterOf(t, nil, hangUp)
	a.ready.Store(true)
	if _, _, err := a.Invoke(t.Context(), Call{Event: event}, nil); err == nil || errors.Is(err, ErrGone) {
		t.Errorf("a server that hangs up: %v", err)
	}
	gone := httptest.NewServer(http.HandlerFunc(hangUp))
	a.address = gone.Listener.Addr().String()
	gone.Close()
	if _, _, err := a.Invoke(t.Context(), Call{Event: event}, nil); !errors.Is(err, ErrGone) {
		t.Errorf("a server that is gone: %v", err)
	}
}

// TestWhatIsSentOnceMore: a kept connection that ends without an answer may have been closed before the request came.
func TestWhatIsSentOnceMore(t *testing.T) {
	for _, test := range []struct {
		method, idle string
		want         int32
	}{{"GET", "4", 2}, {"POST", "4", 1}, {"GET", "0", 1}} {
		var asked atomic.Int32
		a := adapterOf(t, map[string]string{"AWS_LWA_POOL_IDLE_TIMEOUT_SECONDS": test.idle}, func(_ http.ResponseWriter, req *http.Request) {
			if req.URL.Path == "/bad" {
				asked.Add(1)
				panic(http.ErrAbortHandler)
			}
		})
		a.ready.Store(true)
		for _, path := range []string{"/good", "/bad"} {
			_, _, err := a.Invoke(t.Context(), Call{Event: []byte(`{"rawPath":"` + path + `","requestContext":{"http":{"method":"` + test.method + `"}}}`)}, nil)
			if (err != nil) != (path == "/bad") {
				t.Errorf("%s %s: %v", test.method, path, err)
			}
		}
		if n := asked.Load(); n != test.want {
			t.Errorf("%s with %s s: asked %d times, want %d", test.method, test.idle, n, test.want)
		}
	}
}

func TestReadiness(t *testing.T) {
	for _, test := range []struct {
		environment map[string]string
		path        string
		status      int
		ready       bool
	}{
		{nil, "/", 499, true},
		{nil, "/", 500, false},
		{map[string]string{"AWS_LWA_READINESS_CHECK_PATH": "/health?deep=1"}, "/health?deep=1", 200, true},
		{map[string]string{"READINESS_CHECK_PATH": "health"}, "/health", 200, true},
		{map[string]string{"AWS_LWA_READINESS_CHECK_MIN_UNHEALTHY_STATUS": "400"}, "/", 404, false},
		{map[string]string{"AWS_LWA_READINESS_CHECK_HEALTHY_STATUS": "200-204, x,503", "AWS_LWA_READINESS_CHECK_MIN_UNHEALTHY_STATUS": "400"}, "/", 503, true},
		{map[string]string{"AWS_LWA_READINESS_CHECK_HEALTHY_STATUS": "200-204"}, "/", 302, false},
		{map[string]string{"AWS_LWA_READINESS_CHECK_PROTOCOL": "tcp"}, "", 500, true},
	} {
		got := ""
		a := adapterOf(t, test.environment, func(w http.ResponseWriter, req *http.Request) {
			got = req.RequestURI
			w.WriteHeader(test.status)
		})
		if ready := a.probe(t.Context()); ready != test.ready || got != test.path {
			t.Errorf("%v %d: got %v at %s", test.environment, test.status, ready, got)
		}
	}
	a := adapterOf(t, nil, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) })
	bounded := adapterOf(t, map[string]string{"AWS_LWA_READINESS_CHECK_TIMEOUT_SECONDS": "0.01"}, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) })
	if err := bounded.Ready(t.Context()); err == nil || !strings.HasSuffix(err.Error(), ": 10ms of AWS_LWA_READINESS_CHECK_TIMEOUT_SECONDS are over") {
		t.Errorf("got %v", err)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	gone := errors.New("the process is gone")
	cancel(gone)
	if err := a.Ready(ctx); !errors.Is(err, gone) {
		t.Errorf("got %v", err)
	}
}

func TestSettingsThatAreRefused(t *testing.T) {
	for _, test := range []struct{ name, value, want string }{
		{"AWS_LWA_PORT", "80a", `AWS_LWA_PORT is "80a": it must be a port, 1 to 65535`},
		{"AWS_LWA_READINESS_CHECK_PORT", "9000", "AWS_LWA_READINESS_CHECK_PORT is 9000 and AWS_LWA_PORT is 8080: every process gets a free port of its own, so both must be the same, or left out"},
		{"AWS_LWA_HOST", "10.0.0.1", `AWS_LWA_HOST is "10.0.0.1": the server of a web function runs on this machine, so it must be 127.0.0.1 or another loopback address`},
		{"AWS_LWA_READINESS_CHECK_PROTOCOL", "udp", `AWS_LWA_READINESS_CHECK_PROTOCOL is "udp": it must be http or tcp`},
		{"AWS_LWA_READINESS_CHECK_PATH", "a b", `AWS_LWA_READINESS_CHECK_PATH is "/a b": it must be a path`},
		{"AWS_LWA_READINESS_CHECK_HEALTHY_STATUS", "ok", `AWS_LWA_READINESS_CHECK_HEALTHY_STATUS is "ok": it names no status, so no server would ever be ready`},
		{"AWS_LWA_READINESS_CHECK_MIN_UNHEALTHY_STATUS", "99", `AWS_LWA_READINESS_CHECK_MIN_UNHEALTHY_STATUS is "99": it must be a status, 101 to 600`},
		{"AWS_LWA_ASYNC_INIT", "yes", `AWS_LWA_ASYNC_INIT is "yes": it must be false or true`},
		{"AWS_LWA_INVOKE_MODE", "stream", `AWS_LWA_INVOKE_MODE is "stream": it must be buffered or response_stream`},
		{"AWS_LWA_LAMBDA_RUNTIME_API_PROXY", "127.0.0.1:9002", "AWS_LWA_LAMBDA_RUNTIME_API_PROXY is not supported: the process of a web function has no Runtime API"},
		{"AWS_LWA_SNAPSTART_AFTER_RESTORE_PATH", "/after", "AWS_LWA_SNAPSTART_AFTER_RESTORE_PATH is not supported: there is no SnapStart, so nothing would ever be posted to this path"},
		{"AWS_LWA_ENABLE_TLS", "true", "AWS_LWA_ENABLE_TLS is not supported: the server of a web function speaks HTTP without TLS: the adapter has dropped this variable as well"},
		{"AWS_LWA_READYNESS", "", "AWS_LWA_READYNESS is no variable of a web function"},
		{"AWS_LWA_POOL_IDLE_TIMEOUT_SECONDS", "-0.5", `AWS_LWA_POOL_IDLE_TIMEOUT_SECONDS is "-0.5": it must be a number of seconds, 0 to 86400`},
		{"AWS_LWA_POOL_IDLE_TIMEOUT_SECONDS", "NaN", `AWS_LWA_POOL_IDLE_TIMEOUT_SECONDS is "NaN": it must be a number of seconds, 0 to 86400`},
		{"AWS_LWA_READINESS_CHECK_TIMEOUT_SECONDS", "10s", `AWS_LWA_READINESS_CHECK_TIMEOUT_SECONDS is "10s": it must be a number of seconds, -86400 to 86400`},
	} {
		if _, err := Parse(map[string]string{test.name: test.value}); err == nil || err.Error() != test.want {
			t.Errorf("%s: got %v, want %s", test.name, err, test.want)
		}
	}
	for _, variable := range []string{"AWS_LWA_SNAPSTART_AFTER_RESTORE_PATH", "AWS_LWA_LAMBDA_RUNTIME_API_PROXY", "AWS_LWA_READINESS_CHECK_TIMEOUT_SECONDS"} {
		if _, err := Parse(map[string]string{variable: ""}); err != nil {
			t.Errorf("nothing: %v", err)
		}
	}
	for text, want := range map[string]time.Duration{"0.5": 500 * time.Millisecond, " 3 ": 3 * time.Second, "0": 0, "-7": 0} {
		if s, err := Parse(map[string]string{"AWS_LWA_READINESS_CHECK_TIMEOUT_SECONDS": text}); err != nil || s.readyWithin != want {
			t.Errorf("%q: %v", text, err)
		}
	}
	for host, want := range map[string]string{"localhost": "127.0.0.1", "0.0.0.0": "127.0.0.1", "127.0.0.2": "127.0.0.2", "::": "::1", "[::1]": "::1"} {
		if s, err := Parse(map[string]string{"HOST": host}); err != nil || s.host != want {
			t.Errorf("%s: %v", host, err)
		}
	}
}

func TestConfigured(t *testing.T) {
	if Configured(map[string]string{"PORT": "80"}) || !Configured(map[string]string{"AWS_LWA_PORT": "80"}) {
		t.Error("the prefix decides")
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"path":"/p","httpMethod":"GET","multiValueHeaders":{"A":["1","2"]},"multiValueQueryStringParameters":{"a":["b"]},"requestContext":{},"body":"AA==","isBase64Encoded":true}`))
	f.Add([]byte(`{"version":"2.0","rawPath":"/a b","rawQueryString":"a=%zz","cookies":["x=1"],"headers":{"a":"1"},"requestContext":{"http":{"method":"GET"}}}`))
	f.Add([]byte(`{"path":"/p","httpMethod":"GET","queryStringParameters":{"a%20b":"c"},"requestContext":{"elb":{}}}`))
	f.Add([]byte(`{"Records":[{}]}`))
	f.Fuzz(func(t *testing.T, event []byte) {
		r, err := parse(event)
		if err != nil {
			return
		}
		for _, field := range r.header {
			if strings.ContainsAny(field.name+field.value, "\r\n\x00") || field.name != strings.ToLower(field.name) {
				t.Errorf("header %q", field)
			}
		}
		// What goes into the request line is one word, and reads as it was meant.
		path := encodePath(r.path)
		if strings.ContainsAny(path+r.query, " \r\n\t#") || strings.Contains(path, "?") {
			t.Errorf("target %q ? %q", path, r.query)
		}
		if _, err := url.PathUnescape(path); err != nil {
			t.Error(err)
		}
	})
}

func FuzzEncode(f *testing.F) {
	f.Add("/a b/%2F/100%?#")
	f.Fuzz(func(t *testing.T, s string) {
		if once := encodePath(s); encodePath(once) != once {
			t.Errorf("%q becomes %q becomes %q", s, once, encodePath(once))
		}
		if decoded, err := url.QueryUnescape(encodeComponent(s)); err != nil || decoded != s {
			t.Errorf("%q becomes %q, %v", s, decoded, err)
		}
	})
}

func BenchmarkInvoke(b *testing.B) {
	a := adapterOf(b, nil, func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, `{"hello":"world"}`) })
	a.ready.Store(true)
	call := Call{RequestID: "id", Event: []byte(`{"version":"2.0","routeKey":"$default","rawPath":"/p","rawQueryString":"a=b","headers":{"accept":"*/*","host":"h"},"requestContext":{"accountId":"1","http":{"method":"GET","path":"/p"}},"isBase64Encoded":false}`)}
	var dst []byte
	b.ReportAllocs()
	for b.Loop() {
		var err error
		if dst, _, err = a.Invoke(b.Context(), call, dst[:0]); err != nil {
			b.Fatal(err)
		}
	}
}
