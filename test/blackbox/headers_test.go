package blackbox

import (
	"encoding/json"
	"fmt"
	"maps"
	"net"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// headerSet makes a map of header fields, names in lower case; it fails the test when a name is there twice.
func headerSet(t *testing.T, fields [][2]string) map[string]string {
	t.Helper()
	set := map[string]string{}
	for _, f := range fields {
		name := strings.ToLower(f[0])
		if _, twice := set[name]; twice {
			t.Errorf("%s is there twice: %v", f[0], fields)
		}
		set[name] = f[1]
	}
	return set
}

// wantHeaders compares a whole header; a wanted value in slashes is a pattern.
func wantHeaders(t *testing.T, name string, fields [][2]string, want map[string]string) {
	t.Helper()
	got := headerSet(t, fields)
	for _, n := range slices.Sorted(maps.Keys(got)) {
		if _, ok := want[n]; !ok {
			t.Errorf("%s: unexpected %s: %s", name, n, got[n])
		}
	}
	for _, n := range slices.Sorted(maps.Keys(want)) {
		value, ok := got[n]
		pattern, isPattern := strings.CutPrefix(want[n], "/")
		switch {
		case !ok:
			t.Errorf("%s: %s is missing", name, n)
		case isPattern && !regexp.MustCompile("^(?:"+strings.TrimSuffix(pattern, "/")+")$").MatchString(value),
			!isPattern && value != want[n]:
			t.Errorf("%s: %s: got %q, want %q", name, n, value, want[n])
		}
	}
}

// recordedClient are the headers of the recorded header tests; those that only a connection may use are as harmless
// as they can be. Spec: rest-api 8, recorded.
var recordedClient = []string{
	"Accept: application/json", "Accept-Charset: UTF-8", "Accept-Encoding: br", "Age: request_Age", "Authorization: Unauthorized",
	"Content-Encoding: deflate", "Content-MD5: request_MD5", "Content-Type: application/json", "Date: Mon, 01 Jan 2024 00:00:00 GMT",
	"Max-Forwards: 2", "Pragma: cache", "Proxy-Authenticate: Basic", "Range: bytes=500-999", "Referer: https://example.com/",
	"Server: client", "TE: trailers", "Trailer: X-T", "Upgrade: h2c", "User-Agent: localStack/0.0", "Via: 1.1 client",
	"WWW-Authenticate: Basic", "Warn: 299 localStack/0.0",
}

// recordedMapped are the mapped request headers of the recording.
var recordedMapped = map[string]string{
	"Accept": "text/html", "Accept-Charset": "UTF-16", "Accept-Encoding": "zstd", "Age": "request_params_age",
	"Authorization": "request_params_authorization", "Connection": "keep-alive", "Content-Encoding": "compress",
	"Content-MD5": "request_params_Content-MD5", "Content-Type": "application/json", "Date": "Tue, 15 Nov 1994 08:12:31 GMT",
	"Expect": "100-continue", "Host": "mapped.example.com", "Max-Forwards": "2", "Pragma": "no-cache", "Proxy-Authenticate": "Basic YWxhZGRpbjpvcGVuc2VzYW1l",
	"Range": "bytes=0-499", "Referer": "https://example.com/page", "Server": "https://example.com/page", "TE": "trailers, deflate",
	"Trailer": "user-agent", "Upgrade": "HTTP/2.0", "User-Agent": "Override-Agent", "Via": "1.0 fred, 1.1 p.example.net",
	"Warn": `110 anderson/1.3.37 "Response is stale"`, "WWW-Authenticate": "Basic YWxhZGRpbjpvcGVuc2VzYW1l",
}

// recordedDropped never reach a HTTP back end. Spec: rest-api 8.2, recorded; Via by the documentation.
var recordedDropped = []string{"Connection", "Expect", "Proxy-Authenticate", "TE", "Via"}

func recordedMappings() obj {
	mappings := obj{}
	for name, value := range recordedMapped {
		mappings["integration.request.header."+name] = "'" + value + "'"
	}
	return mappings
}

// TestRecordedHeadersOfHTTP reconstructs the recorded no-param-integration and full-integration of type HTTP.
func TestRecordedHeadersOfHTTP(t *testing.T) {
	b := newBackEnd(t, func(conn net.Conn, _ *received) {
		reply(conn, 200, `{}`, "Content-Type: application/json", "Connection: keep-alive", "Date: Mon, 01 Jan 2024 00:00:00 GMT",
			"Server: gunicorn/19.9.0", "Access-Control-Allow-Origin: *")
	})
	names := slices.Sorted(maps.Keys(recordedMapped))
	var template strings.Builder
	responses := obj{}
	for _, name := range append(names, "Content-Length", "Transfer-Encoding") {
		fmt.Fprintf(&template, `,"%s":"$input.params('%s')"`, name, name)
		responses["method.response.header."+name] = "'response_param_" + name + "'"
	}
	g := serve(t, document(t, nil, httpTo("/plain", "http://"+b.addr+"/", obj{"httpMethod": "POST"}),
		httpTo("/full", "http://"+b.addr+"/", obj{"httpMethod": "POST", "requestParameters": recordedMappings(),
			"requestTemplates": obj{"application/json": "{" + template.String()[1:] + "}"},
			"responses":        obj{"default": obj{"statusCode": "200", "responseParameters": responses}}})))

	res := g.do("GET", "/dev/plain", "", recordedClient...)
	want200(t, "plain", res)
	api := map[string]string{"x-amzn-apigateway-api-id": g.apiID, "x-amzn-trace-id": "/Root=1-[0-9a-f]{8}-[0-9a-f]{24}/"}
	wantHeaders(t, "plain to the back end", b.last().header, merge(api, map[string]string{
		"accept": "application/json", "content-length": "0", "host": b.addr, "user-agent": "AmazonAPIGateway_" + g.apiID}))
	base := map[string]string{"connection": "close", "content-length": "2", "content-type": "application/json", "date": "/.* GMT/",
		"x-amzn-trace-id": "/Root=1-.*/", "x-amz-apigw-id": "/.*=/", "x-amzn-requestid": "/[-0-9a-f]{36}/"}
	wantHeaders(t, "plain to the client", res.header, base)

	res = g.do("GET", "/dev/full", "", recordedClient...)
	want200(t, "full", res)
	sent := merge(api, map[string]string{"content-length": fmt.Sprint(len(b.last().body))})
	for name, value := range recordedMapped {
		if !slices.Contains(recordedDropped, name) {
			sent[strings.ToLower(name)] = value
		}
	}
	wantHeaders(t, "full to the back end", b.last().header, sent)
	wantSeen(t, b.last().body)
	wantRecordedAnswer(t, res, base)
}

func merge(all ...map[string]string) map[string]string {
	out := map[string]string{}
	for _, m := range all {
		maps.Copy(out, m)
	}
	return out
}

// wantSeen checks which client headers a template saw. Spec: rest-api 1.5, recorded.
func wantSeen(t *testing.T, body string) {
	t.Helper()
	seen := map[string]string{}
	if err := json.Unmarshal([]byte(body), &seen); err != nil {
		t.Fatalf("%v in %s", err, body)
	}
	hidden := []string{"Connection", "Content-Length", "Content-MD5", "Expect", "Max-Forwards", "Proxy-Authenticate", "Server", "TE",
		"Trailer", "Transfer-Encoding", "Upgrade", "WWW-Authenticate"}
	for _, line := range append(recordedClient, "Content-Length: ", "Connection: ", "Expect: ", "Transfer-Encoding: ") {
		name, value, _ := strings.Cut(line, ": ")
		if slices.Contains(hidden, name) {
			value = ""
		}
		if seen[name] != value {
			t.Errorf("template: %s: got %q, want %q", name, seen[name], value)
		}
	}
}

// wantRecordedAnswer checks the response header of the recorded full-integration: names in their spelling.
func wantRecordedAnswer(t *testing.T, res *response, base map[string]string) {
	t.Helper()
	want := maps.Clone(base)
	for name := range recordedMapped {
		if slices.Contains(remappedNames, name) {
			name = "x-amzn-Remapped-" + name
		}
		want[strings.ToLower(name)] = "response_param_" + strings.TrimPrefix(name, "x-amzn-Remapped-")
		if !res.has(name) {
			t.Errorf("%s is not there in this spelling: %v", name, res.header)
		}
	}
	want["x-amzn-remapped-content-length"], want["date"] = "response_param_Content-Length", base["date"]
	wantHeaders(t, "full to the client", res.header, want)
}

// remappedNames are renamed on their way to the client. Spec: rest-api 11.
var remappedNames = []string{"Connection", "Content-Length", "Date", "Server", "Authorization", "Content-MD5", "Expect", "Host", "Max-Forwards",
	"Proxy-Authenticate", "Trailer", "Upgrade", "User-Agent", "WWW-Authenticate"}

// TestRecordedHeadersOfHTTPProxy reconstructs the same recordings of type HTTP_PROXY.
func TestRecordedHeadersOfHTTPProxy(t *testing.T) {
	body := strings.Repeat("x", 790)
	b := newBackEnd(t, func(conn net.Conn, _ *received) {
		reply(conn, 200, body, "Content-Type: application/json", "Connection: keep-alive", "Date: Mon, 01 Jan 2024 00:00:00 GMT",
			"Server: gunicorn/19.9.0", "Access-Control-Allow-Origin: *", "Access-Control-Allow-Credentials: true")
	})
	g := serve(t, document(t, nil, proxyTo("/plain", "http://"+b.addr+"/", obj{"httpMethod": "POST"}),
		proxyTo("/full", "http://"+b.addr+"/", obj{"httpMethod": "POST", "requestParameters": recordedMappings()})))
	own := map[string]string{"x-amzn-apigateway-api-id": g.apiID, "x-amzn-trace-id": "/Root=1-[0-9a-f]{8}-[0-9a-f]{24}/",
		"content-length": "0", "x-forwarded-for": "127.0.0.1", "x-forwarded-port": "/[0-9]+/", "x-forwarded-proto": "http"}
	answer := map[string]string{
		"access-control-allow-credentials": "true", "access-control-allow-origin": "*", "connection": "close", "content-length": "790",
		"content-type": "application/json", "date": "/.* GMT/", "x-amz-apigw-id": "/.*=/", "x-amzn-requestid": "/[-0-9a-f]{36}/",
		"x-amzn-remapped-connection": "keep-alive", "x-amzn-remapped-content-length": "790",
		"x-amzn-remapped-date": "Mon, 01 Jan 2024 00:00:00 GMT", "x-amzn-remapped-server": "gunicorn/19.9.0",
	}
	res := g.do("GET", "/dev/plain", "", recordedClient...)
	want200(t, "plain", res)
	wantHeaders(t, "plain to the back end", b.last().header, merge(own, map[string]string{
		"accept": "application/json", "accept-charset": "UTF-8", "accept-encoding": "br", "age": "request_Age", "authorization": "Unauthorized",
		"content-type": "application/json", "date": "Mon, 01 Jan 2024 00:00:00 GMT", "host": b.addr, "pragma": "cache", "range": "bytes=500-999",
		"referer": "https://example.com/", "user-agent": "localStack/0.0", "warn": "299 localStack/0.0"}))
	wantHeaders(t, "plain to the client", res.header, answer)

	res = g.do("GET", "/dev/full", "", recordedClient...)
	want200(t, "full", res)
	sent := maps.Clone(own)
	for name, value := range recordedMapped {
		if !slices.Contains(recordedDropped, name) {
			sent[strings.ToLower(name)] = value
		}
	}
	wantHeaders(t, "full to the back end", b.last().header, sent)
	wantHeaders(t, "full to the client", res.header, answer)
}

// TestProxyForwardsHeaders holds the rows of 8.1 for HTTP_PROXY. Spec: rest-api 8.1.
func TestProxyForwardsHeaders(t *testing.T) {
	b := newBackEnd(t, nil)
	g := serve(t, document(t, nil, proxyTo("/x", "http://"+b.addr+"/")))
	sigV4 := "AWS4-HMAC-SHA256 Credential=AKID/20240101/us-east-1/execute-api/aws4_request, SignedHeaders=host, Signature=00"
	for _, c := range []struct {
		name   string
		sent   []string
		header string
		want   string // "-": absent
	}{
		{"Host is the endpoint's", nil, "Host", b.addr},
		{"Content-Encoding removed", []string{"Content-Encoding: gzip"}, "Content-Encoding", "-"},
		{"Via removed", []string{"Via: 1.1 x"}, "Via", "-"},
		{"Authorization kept", []string{"Authorization: Bearer abc"}, "Authorization", "Bearer abc"},
		{"signature removed", []string{"Authorization: " + sigV4}, "Authorization", "-"},
		{"asymmetric signature removed", []string{"authorization: AWS4-ECDSA-P256-SHA256 Credential=x"}, "Authorization", "-"},
		{"Accept-Encoding kept", []string{"Accept-Encoding: gzip, br"}, "Accept-Encoding", "gzip, br"},
		{"custom kept", []string{"X-cUSTOM: 1"}, "X-cUSTOM", "1"},
		{"Cookie kept", []string{"Cookie: a=b; c=d"}, "Cookie", "a=b; c=d"},
		{"repeated joined", []string{"X-R: 1", "x-r: 2", "X-R: 3,4"}, "X-R", "1,2,3,4"},
		{"default Accept", nil, "Accept", "application/json"},
		{"own Accept", []string{"Accept: text/html"}, "Accept", "text/html"},
		{"default User-Agent", nil, "User-Agent", "AmazonAPIGateway_" + g.apiID},
		{"own User-Agent", []string{"user-agent: me"}, "User-Agent", "me"},
		{"address", nil, "X-Forwarded-For", "127.0.0.1"},
		{"address appended", []string{"X-Forwarded-For: 1.2.3.4, 5.6.7.8"}, "X-Forwarded-For", "1.2.3.4, 5.6.7.8, 127.0.0.1"},
		{"protocol cannot be forged", []string{"X-Forwarded-Proto: https", "X-Forwarded-Port: 443"}, "X-Forwarded-Proto", "http"},
		{"API id cannot be forged", []string{"X-Amzn-Apigateway-Api-Id: other"}, "X-Amzn-Apigateway-Api-Id", g.apiID},
		{"trace kept", []string{"X-Amzn-Trace-Id: Root=1-67891233-abcdef012345678912345678;Parent=53995c3f42cd8ad8;Sampled=1"}, "X-Amzn-Trace-Id",
			"Root=1-67891233-abcdef012345678912345678;Parent=53995c3f42cd8ad8;Sampled=1"},
		{"Content-Length computed", []string{"Content-Length: 0"}, "Content-Length", "0"},
		{"removed at reception", []string{"Max-Forwards: 1"}, "Max-Forwards", "-"},
		{"removed at reception", []string{"Content-MD5: 1"}, "Content-MD5", "-"},
		{"removed at reception", []string{"Expect: 100-continue"}, "Expect", "-"},
		{"removed at reception", []string{"Proxy-Authenticate: 1"}, "Proxy-Authenticate", "-"},
		{"removed at reception", []string{"Server: 1"}, "Server", "-"},
		{"removed at reception", []string{"TE: trailers"}, "TE", "-"},
		{"removed at reception", []string{"Trailer: X-T"}, "Trailer", "-"},
		{"removed at reception", []string{"Upgrade: websocket"}, "Upgrade", "-"},
		{"removed at reception", []string{"WWW-Authenticate: 1"}, "WWW-Authenticate", "-"},
		{"removed at reception", nil, "Connection", "-"},
	} {
		if !want200(t, c.name, g.do("POST", "/dev/x", "", c.sent...)) {
			continue
		}
		got, n := "-", 0
		for _, h := range b.last().header {
			if strings.EqualFold(h[0], c.header) {
				got = h[1]
				n++
			}
		}
		if got != c.want || n > 1 {
			t.Errorf("%s: got %s: %q %d times, want %q", c.name, c.header, got, n, c.want)
		}
		if c.header == "X-cUSTOM" && !slices.Contains(b.last().names(), c.header) {
			t.Errorf("the spelling of %s changed: %v", c.header, b.last().names())
		}
	}
}

// mappedHeaderRows are the rows of 8.2 in the column HTTP, HTTP_PROXY.
var mappedHeaderRows = map[string][]string{
	"500": {"Content-Length", "Transfer-Encoding", "X-Amzn-Trace-Id", "X-Amzn-Apigateway-Api-Id", "content-length", "TRANSFER-ENCODING"},
	"-":   recordedDropped,
	"sent": {"Authorization", "Referer", "Host", "User-Agent", "Accept", "Accept-Charset", "Accept-Encoding", "Age", "Content-Encoding", "Content-MD5",
		"Content-Type", "Date", "Max-Forwards", "Pragma", "Range", "Server", "Trailer", "Upgrade", "Warn", "WWW-Authenticate", "X-Custom", "x-lower"},
}

// TestMappedHeaders: every row, written by a mapping of both types and by an override. Spec: rest-api 8.2; 22 vector 9.
func TestMappedHeaders(t *testing.T) {
	b := newBackEnd(t, nil)
	var ops []operation
	for _, names := range mappedHeaderRows {
		for _, name := range names {
			mapping := obj{"requestParameters": obj{"integration.request.header." + name: "'mapped'"}}
			ops = append(ops, httpTo("/http/"+name, "http://"+b.addr+"/", mapping), proxyTo("/proxy/"+name, "http://"+b.addr+"/", mapping),
				httpTo("/override/"+name, "http://"+b.addr+"/", obj{"requestTemplates": obj{
					"application/json": fmt.Sprintf(`#set($context.requestOverride.header["%s"] = "mapped")`, name)}}))
		}
	}
	g := serve(t, document(t, nil, ops...))
	for row, names := range mappedHeaderRows {
		for _, name := range names {
			for _, kind := range []string{"http", "proxy", "override"} {
				res := g.do("POST", "/dev/"+kind+"/"+name, "")
				if row == "500" {
					wantInternalError(t, kind+" "+name, res)
					continue
				}
				if !want200(t, kind+" "+name, res) {
					continue
				}
				got := b.last()
				if row == "-" && got.has(name) || row == "sent" && got.get(name) != "mapped" {
					t.Errorf("%s %s: want %s, got %v", kind, name, row, got.header)
				}
			}
		}
	}
}

// TestMappedValuesStayOneHeader: what a client writes into a mapped value ends no line. Line ends are dropped.
func TestMappedValuesStayOneHeader(t *testing.T) {
	b := newBackEnd(t, func(conn net.Conn, r *received) { reply(conn, 200, r.body, "Content-Type: application/json") })
	mappings := obj{"requestParameters": obj{"integration.request.header.X-Got": "method.request.body.v"}}
	g := serve(t, document(t, nil, proxyTo("/proxy", "http://"+b.addr+"/", mappings), httpTo("/http", "http://"+b.addr+"/", mappings, obj{
		"responses": obj{"default": obj{"statusCode": "200", "responseParameters": obj{"method.response.header.X-Got": "integration.response.body.v"}}}}),
		proxyTo("/host", "http://"+b.addr+"/", obj{"requestParameters": obj{"integration.request.header.Host": "method.request.body.v"}})))
	for _, path := range []string{"/dev/proxy", "/dev/http"} {
		res := g.do("POST", path, `{"v":" a\r\nX-Evil: 1\u0000\u0001\u007f\tb "}`)
		if got := b.last(); want200(t, path, res) && (got.has("X-Evil") || got.get("X-Got") != "aX-Evil: 1\tb") {
			t.Errorf("%s: got %v", path, got.header)
		}
		if path == "/dev/http" && (res.get("X-Evil") != "" || res.get("X-Got") != "aX-Evil: 1\tb") {
			t.Errorf("%s: got %v", path, res.header)
		}
	}
	before := b.calls()
	wantInternalError(t, "host", g.do("POST", "/dev/host", `{"v":"h\r\nX-Evil: 1"}`))
	if b.calls() != before {
		t.Errorf("a Host with a line end was sent: %v", b.last().header)
	}
}

// clientHeaderRows are the rows of section 11: what becomes of a header of an integration. "renamed", "passed" or "dropped".
var clientHeaderRows = []struct{ name, mapped, proxied string }{
	{"Connection", "renamed", "renamed"}, {"Content-Length", "renamed", "renamed"}, {"Date", "renamed", "renamed"}, {"Server", "renamed", "renamed"},
	{"Authorization", "renamed", "renamed (unconfirmed)"}, {"Content-MD5", "renamed", "renamed (unconfirmed)"}, {"Expect", "renamed", "renamed (unconfirmed)"},
	{"Host", "renamed", "renamed (unconfirmed)"}, {"Max-Forwards", "renamed", "renamed (unconfirmed)"}, {"Proxy-Authenticate", "renamed", "renamed (unconfirmed)"},
	{"Trailer", "renamed", "renamed (unconfirmed)"}, {"Upgrade", "renamed", "renamed (unconfirmed)"}, {"User-Agent", "renamed", "renamed (unconfirmed)"},
	{"WWW-Authenticate", "renamed", "renamed"}, {"x-amzn-RequestId", "", "renamed"}, {"Transfer-Encoding", "dropped", "dropped"}, {"Via", "passed", "dropped"},
	{"Content-Encoding", "passed", "passed"}, {"Accept", "passed", "passed"}, {"Accept-Charset", "passed", "passed"}, {"Accept-Encoding", "passed", "passed"},
	{"Age", "passed", "passed"}, {"Content-Type", "passed", "passed"}, {"Pragma", "passed", "passed"}, {"Range", "passed", "passed"}, {"Referer", "passed", "passed"},
	{"TE", "passed", "passed"}, {"Warn", "passed", "passed"}, {"Custom-X", "passed", "passed"}, {"Set-Cookie", "passed", "passed"},
	{"Cache-Control", "passed", "passed"}, {"Location", "passed", "passed"}, {"ETag", "passed", "passed"}, {"x-lower", "", "passed"},
}

// TestHeadersToTheClient goes through section 11 row by row: mapped by HTTP and MOCK, by an override, relayed by HTTP_PROXY.
func TestHeadersToTheClient(t *testing.T) {
	b := newBackEnd(t, func(conn net.Conn, r *received) {
		name := strings.TrimPrefix(r.target, "/")
		switch strings.ToLower(name) {
		case "content-length":
			fmt.Fprintf(conn, "HTTP/1.1 200 OK\r\n%s: 5\r\n\r\nhello", name)
		case "transfer-encoding":
			fmt.Fprintf(conn, "HTTP/1.1 200 OK\r\n%s: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", name)
		default:
			reply(conn, 200, "hello", name+": value")
		}
	})
	var ops []operation
	for _, c := range clientHeaderRows {
		for _, name := range spellings(c.name) {
			ops = append(ops, proxyTo("/proxy/x/"+name, "http://"+b.addr+"/"+name))
			if c.mapped == "" {
				continue
			}
			responses := obj{"responses": obj{"default": obj{"statusCode": "200", "responseParameters": obj{"method.response.header." + name: "'value'"}}}}
			override := obj{"responses": obj{"default": obj{"statusCode": "200", "responseTemplates": obj{
				"application/json": fmt.Sprintf(`#set($context.responseOverride.header["%s"] = "value")hello`, name)}}}}
			ops = append(ops, httpTo("/http/x/"+name, "http://"+b.addr+"/plain", responses),
				mock("/mock/x/"+name, `{"statusCode": 200}`, responses), httpTo("/override/x/"+name, "http://"+b.addr+"/plain", override))
		}
	}
	g := serve(t, document(t, nil, ops...))
	for _, c := range clientHeaderRows {
		for _, name := range spellings(c.name) {
			for kind, becomes := range map[string]string{"proxy": c.proxied, "http": c.mapped, "mock": c.mapped, "override": c.mapped} {
				if becomes != "" {
					wantClientHeader(t, kind+" "+name, g.do("GET", "/dev/"+kind+"/x/"+name, ""), name, becomes)
				}
			}
		}
	}
}

// spellings are the usual one, lower case and upper case, each once.
func spellings(name string) []string {
	all := []string{name, strings.ToLower(name), strings.ToUpper(name)}
	slices.Sort(all)
	return slices.Compact(all)
}

func wantClientHeader(t *testing.T, label string, res *response, name, becomes string) {
	t.Helper()
	if !want200(t, label, res) {
		return
	}
	value := "value"
	switch {
	case !strings.HasPrefix(label, "proxy"):
	case strings.EqualFold(name, "Content-Length"):
		value = "5"
	}
	if !strings.HasPrefix(label, "mock") && res.body != "hello" {
		t.Errorf("%s: got body %q, want hello", label, res.body)
	}
	becomes, _, _ = strings.Cut(becomes, " ")
	prefix := "x-amzn-Remapped-"
	var got []string // spellings under which the value arrived
	for _, h := range res.header {
		if strings.EqualFold(h[0], name) && h[1] == value && !slices.Contains([]string{"Content-Length", "Connection", "Date"}, h[0]) || strings.EqualFold(h[0], prefix+name) {
			got = append(got, h[0]+": "+h[1])
		}
	}
	want := map[string]string{"renamed": "[" + prefix + name + ": " + value + "]", "passed": "[" + name + ": " + value + "]", "dropped": "[]"}[becomes]
	if fmt.Sprint(got) != want {
		t.Errorf("%s: got %v, want %s; all: %v", label, got, want, res.header)
	}
	if slices.Contains([]string{"content-length", "date", "connection"}, strings.ToLower(name)) && res.get(name) == "" {
		t.Errorf("%s: the gateway's own %s is missing", label, name)
	}
}

// TestProxiedHeadersKeepOrderAndRepetition. Spec: rest-api 11, 9.1.
func TestProxiedHeadersKeepOrderAndRepetition(t *testing.T) {
	b := newBackEnd(t, func(conn net.Conn, _ *received) {
		reply(conn, 200, "", "Set-Cookie: a=1", "zebra: 1", "Set-Cookie: b=2; Path=/", "Content-Type: text/x", "Alpha: 2", "ALPHA: 3")
	})
	g := serve(t, document(t, nil, proxyTo("/x", "http://"+b.addr+"/")))
	var got []string
	for _, h := range g.do("GET", "/dev/x", "").header {
		if !strings.HasPrefix(h[0], "x-am") && h[0] != "Date" && h[0] != "Content-Length" && h[0] != "Connection" {
			got = append(got, h[0]+"="+h[1])
		}
	}
	if want := "Set-Cookie=a=1 zebra=1 Set-Cookie=b=2; Path=/ Content-Type=text/x Alpha=2 ALPHA=3"; strings.Join(got, " ") != want {
		t.Errorf("got  %s\nwant %s", strings.Join(got, " "), want)
	}
}

// TestBaseHeaders: what every answer has, and what only some have. Spec: rest-api 11, recorded.
func TestBaseHeaders(t *testing.T) {
	b := newBackEnd(t, func(conn net.Conn, _ *received) { reply(conn, 200, "hello", "X-Amzn-Trace-Id: of-the-back-end") })
	g := serve(t, document(t, nil, httpTo("/http", "http://"+b.addr+"/"), proxyTo("/proxy", "http://"+b.addr+"/"), mock("/mock", `{"statusCode": 200}`),
		httpTo("/broken", "http://"+b.addr+"/{x}"), mock("/never", "", obj{"passthroughBehavior": "NEVER", "requestTemplates": obj{}}),
		httpTo("/traced", "http://"+b.addr+"/", obj{"responses": obj{"default": obj{"statusCode": "200", "responseParameters": obj{
			"method.response.header.X-Amzn-Trace-Id": "integration.response.header.X-Amzn-Trace-Id"}}}})))
	ids := map[string]bool{}
	for _, c := range []struct{ target, trace, errorType string }{
		{"/dev/http", "Root=1-", ""},
		{"/dev/proxy", "of-the-back-end", ""},
		{"/dev/mock", "", ""},
		{"/dev/traced", "of-the-back-end", ""},
		{"/dev/broken", "", "InternalServerErrorException"},
		{"/dev/never", "", "BadRequestException"},
		{"/dev/none", "", "MissingAuthenticationTokenException"},
		{"/nostage", "", "ForbiddenException"},
	} {
		res := g.do("GET", c.target, "")
		headerSet(t, res.header)
		for _, name := range []string{"x-amzn-RequestId", "x-amz-apigw-id", "Date", "Content-Length", "Connection", "Content-Type"} {
			if !res.has(name) {
				t.Errorf("%s: no %s in %v", c.target, name, res.header)
			}
		}
		id := res.get("x-amzn-RequestId")
		if !regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`).MatchString(id) || ids[id] {
			t.Errorf("%s: request id %q is no new UUID", c.target, id)
		}
		ids[id] = true
		if extended := res.get("x-amz-apigw-id"); !strings.HasSuffix(extended, "=") || ids[extended] {
			t.Errorf("%s: got x-amz-apigw-id %q", c.target, extended)
		}
		if got := res.get("X-Amzn-Trace-Id"); !strings.HasPrefix(got, c.trace) || c.trace == "" && got != "" {
			t.Errorf("%s: got X-Amzn-Trace-Id %q, want %q", c.target, got, c.trace)
		}
		if res.get("x-amzn-ErrorType") != c.errorType || res.get("Content-Type") != "application/json" || res.get("Server") != "" {
			t.Errorf("%s: got %v", c.target, res.header)
		}
	}
}
