package blackbox

import (
	"encoding/json"
	"fmt"
	"net"
	"regexp"
	"strings"
	"testing"
)

// answered is an integration of type HTTP to a back end of answerFromTarget.
func answered(path string, b *backEnd, responses obj) operation {
	return httpTo(path, "http://"+b.addr+"/", obj{"requestParameters": relayed, "responses": responses})
}

// marked makes integration responses from pattern to status, each with a template that names the pattern.
func marked(patterns map[string]string) obj {
	out := obj{}
	for pattern, status := range patterns {
		out[pattern] = obj{"statusCode": status, "responseTemplates": obj{"application/json": pattern}}
	}
	return out
}

// TestResponseSelection: whole-match Java patterns, default, ties. Spec: rest-api 10.1.
func TestResponseSelection(t *testing.T) {
	b := newBackEnd(t, answerFromTarget)
	sets := []struct {
		patterns map[string]string
		want     map[int]string // back end status → status and pattern
	}{
		{map[string]string{"default": "200"}, map[int]string{200: "200 default", 404: "200 default", 599: "200 default"}},
		{map[string]string{"200": "200", "404": "404"}, map[int]string{200: "200 200", 404: "404 404", 500: "500"}},
		{map[string]string{`2\d{2}`: "200", "4..": "400", "default": "500"}, map[int]string{204: "200 2\\d{2}", 201: "200 2\\d{2}", 404: "400 4..", 302: "500 default", 500: "500 default"}},
		{map[string]string{"20": "201", "0": "202", "2": "203", "default": "200"}, map[int]string{200: "200 default", 202: "200 default"}},
		{map[string]string{".*": "201", "default": "200"}, map[int]string{200: "201 .*", 500: "201 .*"}},
		{map[string]string{"(\\n|.)+": "201"}, map[int]string{200: "201 (\\n|.)+"}},
		{map[string]string{"4\\d\\d": "404", "40.": "400", "4.*": "403", "default": "200"}, map[int]string{400: "400 40.", 403: "403 4.*", 404: "404 4\\d\\d", 401: "400 40.", 499: "403 4.*"}},
		{map[string]string{"5\\d{2}+": "500", "(?!500).*": "201"}, map[int]string{500: "500 5\\d{2}+", 501: "201 (?!500).*", 200: "201 (?!500).*"}},
		{map[string]string{"200|404": "201", "[45]\\d{2}": "400", "": "202"}, map[int]string{200: "201 200|404", 404: "201 200|404", 405: "400 [45]\\d{2}", 301: "202 "}},
	}
	var ops []operation
	for i, s := range sets {
		ops = append(ops, answered(fmt.Sprintf("/s%d", i), b, marked(s.patterns)))
	}
	g := serve(t, document(t, nil, ops...))
	for i, s := range sets {
		for status, want := range s.want {
			res := g.do("GET", fmt.Sprintf("/dev/s%d?%s", i, answering(status, "", "")), "")
			if want == "500" {
				wantInternalError(t, fmt.Sprint(s.patterns, status), res)
			} else if got := fmt.Sprintf("%d %s", res.status, res.body); got != want {
				t.Errorf("%v, status %d: got %s, want %s", s.patterns, status, got, want)
			}
		}
	}
	g.out.wait(t, 0, regexp.QuoteMeta("No match for output mapping and no default output mapping configured. Endpoint Response Status Code: 500"))
}

// TestDefaultResponseTurns400Into200 and a proxy does not. Spec: rest-api 9.1, recorded; 22 vectors 7 and 8.
func TestDefaultResponseTurns400Into200(t *testing.T) {
	b := newBackEnd(t, func(conn net.Conn, r *received) {
		status := 200
		if r.target == "/400" {
			status = 400
		}
		reply(conn, status, fmt.Sprintf(`{"message":"","status_code":%d}`, status), "Content-Type: application/json", "X-Own: 1")
	})
	g := serve(t, document(t, nil, httpTo("/http/200", "http://"+b.addr+"/200"), httpTo("/http/400", "http://"+b.addr+"/400"),
		proxyTo("/proxy/200", "http://"+b.addr+"/200"), proxyTo("/proxy/400", "http://"+b.addr+"/400")))
	for path, want := range map[string]string{"/http/200": "200 200", "/http/400": "200 400", "/proxy/200": "200 200", "/proxy/400": "400 400"} {
		res := g.do("GET", "/dev"+path, "")
		var body struct {
			Status int `json:"status_code"`
		}
		if err := json.Unmarshal([]byte(res.body), &body); err != nil || fmt.Sprint(res.status, " ", body.Status) != want {
			t.Errorf("%s: got %s, want %s", path, res, want)
		}
		if own := res.has("X-Own"); own != strings.HasPrefix(path, "/proxy") {
			t.Errorf("%s: the back end's header is there: %v", path, own)
		}
	}
}

// TestProxyRelaysEveryStatus, redirects and errors too; integration responses play no part. Spec: rest-api 9.1, recorded.
func TestProxyRelaysEveryStatus(t *testing.T) {
	b := newBackEnd(t, func(conn net.Conn, r *received) {
		var status int
		_, _ = fmt.Sscanf(r.target, "/%d", &status)
		body := "body of " + r.target
		if status == 204 || status == 304 {
			fmt.Fprintf(conn, "HTTP/1.1 %d Whatever\r\nLocation: /elsewhere\r\n\r\n", status)
			return
		}
		reply(conn, status, body, "Location: /elsewhere", "Content-Type: text/plain")
	})
	g := serve(t, document(t, nil, proxyTo("/{s}", "http://"+b.addr+"/{s}", obj{
		"requestParameters": obj{"integration.request.path.s": "method.request.path.s"},
		"responses":         obj{"default": obj{"statusCode": "418", "responseTemplates": obj{"application/json": "never"}}}})))
	for _, status := range []int{200, 201, 202, 204, 206, 301, 302, 304, 307, 400, 401, 403, 404, 409, 418, 429, 451, 500, 501, 502, 503, 504, 599, 600, 999} {
		before := b.calls()
		res := g.do("GET", fmt.Sprintf("/dev/%d", status), "")
		want := fmt.Sprintf("body of /%d", status)
		if status == 204 || status == 304 {
			want = ""
		}
		if res.status != status || res.body != want || res.get("Location") != "/elsewhere" || res.get("x-amzn-ErrorType") != "" {
			t.Errorf("%d: got %s", status, res)
		}
		if b.calls() != before+1 {
			t.Errorf("%d: the back end was called %d times, want once", status, b.calls()-before)
		}
	}
}

// responseSources are the sources of 10.2 with what they give; "-" for no header.
var responseSources = []struct{ name, source, want string }{
	{"header", "integration.response.header.X-One", "1"},
	{"header, last of several", "integration.response.header.X-Two", "b"},
	{"header, other spelling (unconfirmed)", "integration.response.header.x-one", "1"},
	{"header, absent", "integration.response.header.X-None", "-"},
	{"all values of a header", "integration.response.multivalueheader.X-Two", "a,b"},
	{"all values, absent", "integration.response.multivalueheader.X-None", "-"},
	{"body", "integration.response.body", `{"a":{"b":[1,"two",null]},"n":1.50}`},
	{"body string", "integration.response.body.a.b[1]", "two"},
	{"body number", "integration.response.body.n", "1.50"},
	{"body object", "integration.response.body.a", `{"b":[1,"two",null]}`},
	{"body null", "integration.response.body.a.b[2]", "-"},
	{"body without match", "integration.response.body.z", "-"},
	{"context", "context.httpMethod", "GET"},
	{"context without value", "context.authorizer.principalId", "-"},
	{"stage variable", "stageVariables.color", "blue"},
	{"stage variable, missing", "stageVariables.shape", "-"},
	{"literal", "'it''s literal'", "it''s literal"},
	{"literal, empty", "''", ""},
}

// TestResponseMapping holds the sources of 10.2; nothing else of the back end reaches the client.
func TestResponseMapping(t *testing.T) {
	b := newBackEnd(t, answerFromTarget)
	responses := obj{}
	for i, c := range responseSources {
		responses[fmt.Sprintf("method.response.header.H%d", i)] = c.source
	}
	g := serve(t, document(t, nil, answered("/x", b, obj{"default": obj{"statusCode": "200", "responseParameters": responses}}),
		answered("/path", b, obj{"default": obj{"statusCode": "200", "responseParameters": obj{"method.response.header.H": "integration.response.body.a"}}}),
		answered("/whole", b, obj{"default": obj{"statusCode": "200", "responseParameters": obj{"method.response.header.H": "integration.response.body"}}})),
		"--var", "color=blue")
	body := `{"a":{"b":[1,"two",null]},"n":1.50}`
	res := g.do("GET", "/dev/x?"+answering(201, "text/own", body, "X-One: 1", "X-Two: a", "X-Two: b"), "")
	want200(t, "mapping", res)
	for i, c := range responseSources {
		got := "-"
		if name := fmt.Sprintf("H%d", i); res.has(name) {
			got = res.get(name)
		}
		if got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
	if res.has("X-One") || res.has("X-Two") || res.get("Content-Type") != "application/json" || res.body != body {
		t.Errorf("got %s", res)
	}
	for _, path := range []string{"/path", "/whole"} {
		for payload, fails := range map[string]bool{`{"a":`: true, `["a`: true, "": false, "text": false, " \n": false} {
			res := g.do("GET", "/dev"+path+"?"+answering(200, "", payload), "")
			if !fails {
				want200(t, path+payload, res)
			} else if res.status != 500 || res.body != internalError || res.get("x-amzn-ErrorType") != "InternalFailureException" {
				t.Errorf("%s with payload %s: got %s, want 500 InternalFailureException", path, payload, res)
			}
		}
	}
}

// TestResponseTemplateByAccept. Spec: rest-api 10.4.
func TestResponseTemplateByAccept(t *testing.T) {
	b := newBackEnd(t, answerFromTarget)
	set := func(templates string) obj {
		return obj{"default": obj{"statusCode": "200", "responseTemplates": json.RawMessage(templates)}}
	}
	g := serve(t, document(t, nil,
		answered("/both", b, set(`{"application/xml":"xml","application/json":"json"}`)),
		answered("/other", b, set(`{"text/html":"html","application/xml":"xml"}`)),
		answered("/xml", b, set(`{"application/xml":"xml"}`)),
		answered("/default", b, set(`{"$default":"default"}`)),
		answered("/none", b, set(`{}`)),
		answered("/empty", b, set(`{"application/json":"","application/xml":"xml"}`))))
	for _, c := range []struct{ path, accept, want string }{
		{"/both", "", "json"}, {"/both", "application/json", "json"}, {"/both", "application/xml", "xml"}, {"/both", "application/xml;q=0.1", "xml"},
		{"/both", "application/xml, application/json", "xml"}, {"/both", "text/plain, application/xml", "json"}, {"/both", "*/*", "json"}, {"/both", "nonsense", "json"},
		{"/other", "", "html"}, {"/other", "application/json", "html"}, {"/other", "application/xml", "xml"}, {"/other", "image/png", "html"},
		{"/xml", "", "xml"}, {"/xml", "text/html", "xml"}, {"/default", "", "default"}, {"/default", "text/html", "default"},
		{"/none", "", "payload"}, {"/none", "application/xml", "payload"},
		{"/empty", "", "payload"}, {"/empty", "application/json", "payload"}, {"/empty", "text/html", "payload"}, {"/empty", "application/xml", "xml"},
	} {
		var headers []string
		if c.accept != "" {
			headers = append(headers, "Accept: "+c.accept)
		}
		res := g.do("GET", "/dev"+c.path+"?"+answering(200, "text/plain", "payload"), "", headers...)
		if want200(t, c.path+" "+c.accept, res) && (res.body != c.want || res.get("Content-Type") != "application/json") {
			t.Errorf("%s Accept %q: got %s, want %s", c.path, c.accept, res, c.want)
		}
	}
}

// TestResponseTemplateSeesPayloadAndRequest. Spec: rest-api 10.4, mapping-templates 9.
func TestResponseTemplateSeesPayloadAndRequest(t *testing.T) {
	b := newBackEnd(t, answerFromTarget)
	g := serve(t, document(t, nil, answered("/x/{id}", b, obj{"default": obj{"statusCode": "200", "responseTemplates": obj{
		"application/json": `$input.path('$.a') $input.json('$.o') $input.body $input.params('id') $input.params('color') $context.stage $stageVariables.v`}}})), "--var", "v=7")
	res := g.do("POST", "/dev/x/9?color=red&"+answering(200, "", `{"a":1,"o":{"k": "v"}}`), `{"a":"of the client"}`)
	if want := `1 {"k":"v"} {"a":1,"o":{"k": "v"}} 9 red dev 7`; want200(t, "template", res) && res.body != want {
		t.Errorf("got  %s\nwant %s", res.body, want)
	}
	if res := g.do("POST", "/dev/x/9?"+answering(200, "", ""), `{"a":"of the client"}`); want200(t, "empty", res) && res.body != ` "" {} 9  dev 7` {
		t.Errorf("empty payload: got %q", res.body)
	}
}

// TestResponseOverrides. Spec: rest-api 10.4, mapping-templates 10.3, recorded: 202 without a method response.
func TestResponseOverrides(t *testing.T) {
	b := newBackEnd(t, answerFromTarget)
	header := "#set($context.responseOverride.header"
	status := "#set($context.responseOverride.status = "
	cases := []struct {
		name, template string
		status         int
		mapped, added  string
	}{
		{"none", "x", 200, "mapped", ""},
		{"status", status + "202)", 202, "mapped", ""},
		{"status at the upper end", status + "599)", 599, "mapped", ""},
		{"status too great", status + "600)", 200, "mapped", ""},
		{"status too small", status + "99)", 200, "mapped", ""},
		{"status that is no number", status + `"abc")`, 200, "mapped", ""},
		{"status as text (unconfirmed)", status + `"203")`, 203, "mapped", ""},
		{"header over mapping", header + `.X-Mapped = "over")`, 200, "over", ""},
		{"header, other spelling", header + `["x-mapped"] = "over")`, 200, "over", ""},
		{"new header", header + `.X-Added = "new")`, 200, "mapped", "new"},
		{"list", header + `.X-Added = ["foo", "bar"])`, 200, "mapped", "foo,bar"},
		{"number", header + `.X-Added = 7)`, 200, "mapped", "7"},
		{"put", `$context.responseOverride.header.put("X-Added", "new")`, 200, "mapped", "new"},
		{"line end", header + `.X-Added = "a
X-Evil: 1")`, 200, "mapped", "aX-Evil: 1"},
		{"no header name", header + `["X Bad"] = "new")`, 200, "mapped", ""},
		{"twice, the last wins (unconfirmed)", header + `.X-Added = "1")` + header + `.X-Added = "2")`, 200, "mapped", "2"},
	}
	var ops []operation
	for i, c := range cases {
		ops = append(ops, answered(fmt.Sprintf("/c%d", i), b, obj{"default": obj{"statusCode": "200",
			"responseParameters": obj{"method.response.header.X-Mapped": "'mapped'"}, "responseTemplates": obj{"application/json": c.template}}}))
	}
	ops = append(ops, httpTo("/request", "http://"+b.addr+"/", obj{"requestTemplates": obj{"application/json": status + "444)"}}),
		answered("/type", b, obj{"default": obj{"statusCode": "200", "responseTemplates": obj{"application/json": header + `["Content-Type"] = "text/html")<p>`}}}))
	g := serve(t, document(t, nil, ops...))
	for i, c := range cases {
		res := g.do("GET", fmt.Sprintf("/dev/c%d", i), "")
		if res.status != c.status || res.get("X-Mapped") != c.mapped || res.get("X-Added") != c.added || res.get("X-Evil") != "" {
			t.Errorf("%s: got %s, want %+v", c.name, res, c)
		}
	}
	if res := g.do("GET", "/dev/request", ""); res.status != 444 {
		t.Errorf("override in the request template: got %s, want 444", res)
	}
	if res := g.do("GET", "/dev/type", ""); res.get("Content-Type") != "text/html" || res.body != "<p>" {
		t.Errorf("Content-Type: got %s", res)
	}
}

// TestUndeclaredMethodResponseAnswers500. Spec: rest-api 10.5.
func TestUndeclaredMethodResponseAnswers500(t *testing.T) {
	b := newBackEnd(t, answerFromTarget)
	ops := []operation{answered("/http", b, obj{"default": obj{"statusCode": "404"}}), mock("/mock", `{"statusCode": 200}`, obj{"responses": obj{"default": obj{"statusCode": "404"}}})}
	for i := range ops {
		ops[i].undeclared = true
	}
	g := serve(t, document(t, nil, ops...))
	for _, op := range ops {
		wantInternalError(t, op.path, g.do("GET", "/dev"+op.path, ""))
	}
	g.out.wait(t, 0, regexp.QuoteMeta("Output mapping refers to an invalid method response: 404"))
}

// TestMappedContentType, and the default. Spec: rest-api 10.2, 11.
func TestMappedContentType(t *testing.T) {
	b := newBackEnd(t, answerFromTarget)
	g := serve(t, document(t, nil,
		answered("/fixed", b, obj{"default": obj{"statusCode": "200", "responseParameters": obj{"method.response.header.Content-Type": "'text/html'"}}}),
		answered("/own", b, obj{"default": obj{"statusCode": "200", "responseParameters": obj{"method.response.header.Content-Type": "integration.response.header.Content-Type"}}}),
		proxyTo("/proxy", "http://"+b.addr+"/")))
	for path, want := range map[string]string{"/fixed": "text/html", "/own": "text/own; charset=x", "/proxy": "text/own; charset=x"} {
		if got := g.do("GET", "/dev"+path+"?"+answering(200, "text/own; charset=x", "b"), "").get("Content-Type"); got != want {
			t.Errorf("%s: got %q, want %q", path, got, want)
		}
		if path == "/fixed" {
			continue
		}
		if got := g.do("GET", "/dev"+path+"?"+answering(200, "", "b"), "").get("Content-Type"); got != "application/json" {
			t.Errorf("%s without Content-Type: got %q", path, got)
		}
	}
}

// TestProxyBytesAreOpaqueUnconfirmed: a proxied body is never converted. Spec: rest-api 9.1.
func TestProxyBytesAreOpaqueUnconfirmed(t *testing.T) {
	b := newBackEnd(t, answerFromTarget)
	g := serve(t, document(t, obj{"x-amazon-apigateway-binary-media-types": []string{"image/png"}}, proxyTo("/x", "http://"+b.addr+"/")))
	for _, contentType := range []string{"image/png", "text/plain"} {
		for _, accept := range []string{"image/png", "text/plain"} {
			for _, payload := range payloads {
				res := g.do("GET", "/dev/x?"+answering(200, contentType, payload), "", "Accept: "+accept)
				if want200(t, contentType, res) && res.body != payload {
					t.Errorf("%s, Accept %s: got %.40q, want %.40q", contentType, accept, res.body, payload)
				}
			}
		}
	}
}
