package blackbox

import (
	"encoding/base64"
	"fmt"
	"net"
	"net/url"
	"strings"
	"testing"
)

// templateSets are the rows of the passthrough matrix, by what is defined. Spec: rest-api 7.2.
var templateSets = map[string]obj{
	"none":    {},
	"json":    {"application/json": "json"},
	"xml":     {"application/xml": "xml"},
	"default": {"application/json": "json", "$default": "default"},
	"only":    {"$default": "default"},
}

// passthroughCases are the cells of the matrix: what becomes of a body "client" of a content type under WHEN_NO_MATCH,
// WHEN_NO_TEMPLATES and NEVER.
var passthroughCases = []struct{ set, contentType, noMatch, noTemplates, never string }{
	{"none", "", "client", "client", "415"},
	{"none", "application/json", "client", "client", "415"},
	{"none", "application/xml", "client", "client", "415"},
	{"json", "", "json", "json", "json"},
	{"json", "application/json", "json", "json", "json"},
	{"json", "application/json; charset=UTF-8", "json", "json", "json"},
	{"json", " application/json ;q=1", "json", "json", "json"},
	{"json", "application/xml", "client", "415", "415"},
	{"json", "application/json+hal", "client", "415", "415"},
	{"xml", "", "client", "415", "415"},
	{"xml", "application/json", "client", "415", "415"},
	{"xml", "application/xml", "xml", "xml", "xml"},
	{"default", "", "json", "json", "json"},
	{"default", "application/json", "json", "json", "json"},
	{"default", "application/xml", "default", "default", "default"},
	{"default", "nonsense", "default", "default", "default"},
	{"only", "", "default", "default", "default"},
	{"only", "application/json", "default", "default", "default"},
}

var behaviors = []string{"WHEN_NO_MATCH", "WHEN_NO_TEMPLATES", "NEVER"}

// mockStatuses stand for the outcomes when a MOCK integration tells which body it saw.
var mockStatuses = map[string]string{"json": "201", "xml": "202", "default": "203", "client": "206"}

func mockTemplates(set obj) obj {
	out := obj{}
	for media, text := range set {
		out[media] = fmt.Sprintf(`{"statusCode": %s}`, mockStatuses[text.(string)])
	}
	return out
}

func mockResponses() obj {
	out := obj{}
	for _, status := range mockStatuses {
		out[status] = obj{"statusCode": status}
	}
	return out
}

// TestPassthroughMatrix goes through the matrix cell by cell, for HTTP and MOCK. Spec: rest-api 7.1, 7.2; 22 vector 17.
func TestPassthroughMatrix(t *testing.T) {
	b := newBackEnd(t, nil)
	var ops []operation
	for name, set := range templateSets {
		for _, behavior := range behaviors {
			path := "/" + name + "/" + behavior
			ops = append(ops, httpTo("/http"+path, "http://"+b.addr+"/", obj{"requestTemplates": set, "passthroughBehavior": behavior}),
				mock("/mock"+path, "", obj{"requestTemplates": mockTemplates(set), "passthroughBehavior": behavior, "responses": mockResponses()}))
		}
	}
	g := serve(t, document(t, nil, ops...))
	for _, c := range passthroughCases {
		var headers []string
		if c.contentType != "" {
			headers = append(headers, "Content-Type: "+c.contentType)
		}
		for i, want := range []string{c.noMatch, c.noTemplates, c.never} {
			path := "/" + c.set + "/" + behaviors[i]
			name := path + " " + c.contentType
			res := g.do("POST", "/dev/http"+path, "client", headers...)
			mocked := g.do("POST", "/dev/mock"+path, `{"statusCode": 206}`, headers...)
			if want == "415" {
				wantUnsupported(t, name, res)
				wantUnsupported(t, "mock "+name, mocked)
				continue
			}
			if want200(t, name, res) && b.last().body != want {
				t.Errorf("%s: got body %q, want %q", name, b.last().body, want)
			}
			if fmt.Sprint(mocked.status) != mockStatuses[want] {
				t.Errorf("mock %s: got %s, want %s", name, mocked, mockStatuses[want])
			}
		}
	}
	// The matrix holds for requests without a body: a GET counts as application/json.
	wantUnsupported(t, "GET", g.do("GET", "/dev/http/none/NEVER", ""))
	wantUnsupported(t, "GET", g.do("GET", "/dev/mock/xml/WHEN_NO_TEMPLATES", ""))
	want200(t, "GET", g.do("GET", "/dev/http/json/NEVER", ""))
}

func wantUnsupported(t *testing.T, name string, res *response) {
	t.Helper()
	if res.status != 415 || res.body != `{"message": "Unsupported Media Type"}` || res.get("x-amzn-ErrorType") != "BadRequestException" {
		t.Errorf("%s: got %s, want 415 Unsupported Media Type", name, res)
	}
}

// TestMockIgnoresThePassthroughBehaviorWithATemplate. Spec: rest-api 7.2, recorded: GET and POST, all three behaviours.
func TestMockIgnoresThePassthroughBehaviorWithATemplate(t *testing.T) {
	var ops []operation
	for _, behavior := range behaviors {
		ops = append(ops, mock("/"+behavior, "{statusCode: 200}", obj{"passthroughBehavior": behavior}))
	}
	g := serve(t, document(t, nil, ops...))
	for _, behavior := range behaviors {
		want200(t, behavior, g.do("GET", "/dev/"+behavior, ""))
		want200(t, behavior, g.do("POST", "/dev/"+behavior, "{}", "Content-Type: application/json"))
	}
}

// TestTemplateKeysWithoutCaseUnconfirmed and TestEmptyTemplatePassesUnconfirmed hold what is not confirmed of 7.1 and 7.2.
func TestTemplateKeysWithoutCaseUnconfirmed(t *testing.T) {
	b := newBackEnd(t, nil)
	g := serve(t, document(t, nil, httpTo("/x", "http://"+b.addr+"/", obj{"requestTemplates": obj{"application/json": "json"}})))
	if want200(t, "case", g.do("POST", "/dev/x", "client", "Content-Type: Application/JSON")) && b.last().body != "json" {
		t.Errorf("got %q, want json", b.last().body)
	}
}

func TestEmptyTemplatePassesUnconfirmed(t *testing.T) {
	b := newBackEnd(t, nil)
	var ops []operation
	for _, behavior := range behaviors {
		ops = append(ops, httpTo("/"+behavior, "http://"+b.addr+"/", obj{"requestTemplates": obj{"application/json": ""}, "passthroughBehavior": behavior}))
	}
	g := serve(t, document(t, nil, ops...))
	for _, behavior := range behaviors {
		if want200(t, behavior, g.do("POST", "/dev/"+behavior, "client")) && b.last().body != "client" {
			t.Errorf("%s: got %q, want client", behavior, b.last().body)
		}
	}
}

// The payloads of the recorded binary matrix. Spec: rest-api 7.3, 10.3, recorded.
var (
	gzipBytes  = decoded("H4sIABRs7mMC/0vOzy0oSi0uTk1RSEksSdRRKM7IL81JUUhKVcjMK0vMyUxRCA1x07VQKC4pysxLBwC4ORBXLwAAAA==")
	gzipBase64 = base64.StdEncoding.EncodeToString([]byte(gzipBytes))
	plainText  = "this is a UTF8 text typed object"
)

func decoded(s string) string {
	b, err := base64.StdEncoding.DecodeString(s)
	if err != nil {
		panic(err)
	}
	return string(b)
}

// replaced is how the service reads bytes as text: every byte that is no UTF-8 becomes U+FFFD. Recorded.
func replaced(s string) string {
	var b strings.Builder
	for _, r := range s {
		b.WriteRune(r)
	}
	return b.String()
}

func encoded(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }

// broken stands for 500 Internal server error.
const broken = "\x00broken"

var payloads = []string{gzipBytes, gzipBase64, plainText}

// unbase64 is what becomes of a payload that is decoded from base64.
func unbase64(s string) string {
	b, err := base64.StdEncoding.DecodeString(s)
	if err != nil {
		return broken
	}
	return string(b)
}

func same(s string) string { return s }

// TestContentHandlingOfRequests is the table of 7.3, cell by cell. Spec: rest-api 7.3, recorded.
func TestContentHandlingOfRequests(t *testing.T) {
	b := newBackEnd(t, nil)
	handlings := map[string]string{"unset": "", "text": "CONVERT_TO_TEXT", "binary": "CONVERT_TO_BINARY"}
	var ops []operation
	for name, handling := range handlings {
		more := obj{}
		if handling != "" {
			more["contentHandling"] = handling
		}
		ops = append(ops, httpTo("/"+name, "http://"+b.addr+"/", more),
			httpTo("/"+name+"/template", "http://"+b.addr+"/", merged(more, obj{"requestTemplates": obj{"$default": "<$input.body>"}})))
	}
	binary := obj{"x-amazon-apigateway-binary-media-types": []string{"image/png"}}
	for _, root := range []obj{binary, nil} {
		g := serve(t, document(t, root, ops...))
		for _, c := range []struct {
			contentType, handling string
			becomes               func(string) string
			bytes                 bool // so no template can read it
		}{
			{"text/plain", "unset", replaced, false},
			{"text/plain", "text", replaced, false},
			{"text/plain", "binary", unbase64, false},
			{"image/png", "unset", same, true},
			{"image/png; q=1", "binary", same, true},
			{"image/png", "text", encoded, false},
		} {
			if root == nil && c.contentType != "text/plain" {
				c.becomes, c.bytes = map[string]func(string) string{"unset": replaced, "text": replaced, "binary": unbase64}[c.handling], false
			}
			for _, payload := range payloads {
				name := fmt.Sprintf("%s %s %.10q, binary types %v", c.contentType, c.handling, payload, root != nil)
				want := c.becomes(payload)
				wantBody(t, name, b, g.do("POST", "/dev/"+c.handling, payload, "Content-Type: "+c.contentType), want)
				if c.bytes || want != replaced(want) {
					want = broken
				} else if want != broken {
					want = "<" + want + ">"
				}
				wantBody(t, "template: "+name, b, g.do("POST", "/dev/"+c.handling+"/template", payload, "Content-Type: "+c.contentType), want)
			}
		}
	}
}

// wantBody checks what the back end received, or that there was a 500.
func wantBody(t *testing.T, name string, b *backEnd, res *response, want string) {
	t.Helper()
	if want == broken {
		wantInternalError(t, name, res)
		return
	}
	if want200(t, name, res) && b.last().body != want {
		t.Errorf("%s: got %.60q, want %.60q", name, b.last().body, want)
	}
}

// answerFromTarget is a back end whose target says what to answer: /?status=201&type=text/plain&body=(base64)&h=Name: value.
func answerFromTarget(conn net.Conn, r *received) {
	_, query, _ := strings.Cut(r.target, "?")
	q, _ := url.ParseQuery(query)
	status := 200
	_, _ = fmt.Sscan(q.Get("status"), &status)
	headers := q["h"]
	if q.Has("type") {
		headers = append(headers, "Content-Type: "+q.Get("type"))
	}
	reply(conn, status, unbase64(q.Get("body")), headers...)
}

// answering makes the query that answerFromTarget reads.
func answering(status int, contentType, body string, headers ...string) string {
	q := url.Values{"status": {fmt.Sprint(status)}, "body": {encoded(body)}, "h": headers}
	if contentType != "" {
		q.Set("type", contentType)
	}
	return q.Encode()
}

// relayed are mappings that hand answering's parameters on to the back end.
var relayed = obj{
	"integration.request.querystring.status": "method.request.querystring.status",
	"integration.request.querystring.body":   "method.request.querystring.body",
	"integration.request.querystring.type":   "method.request.querystring.type",
	"integration.request.querystring.h":      "method.request.multivaluequerystring.h",
}

// TestContentHandlingOfResponses is the table of 10.3, cell by cell, with and without a template.
// Spec: rest-api 10.3, recorded; 22 vector 18.
func TestContentHandlingOfResponses(t *testing.T) {
	b := newBackEnd(t, answerFromTarget)
	var ops []operation
	for name, handling := range map[string]string{"unset": "", "text": "CONVERT_TO_TEXT", "binary": "CONVERT_TO_BINARY"} {
		response := obj{"statusCode": "200"}
		if handling != "" {
			response["contentHandling"] = handling
		}
		template := merged(response, obj{"responseTemplates": obj{"application/json": "<$input.body>"}})
		ops = append(ops, httpTo("/"+name, "http://"+b.addr+"/", obj{"requestParameters": relayed, "responses": obj{"default": response}}),
			httpTo("/"+name+"/template", "http://"+b.addr+"/", obj{"requestParameters": relayed, "responses": obj{"default": template}}))
	}
	g := serve(t, document(t, obj{"x-amazon-apigateway-binary-media-types": []string{"image/png"}}, ops...))
	text, binary := "text/plain; charset=utf-8", "image/png"
	for _, c := range []struct {
		payload, accept         string
		unset, toText, toBinary func(string) string
	}{
		{text, "text/plain", replaced, replaced, unbase64},
		{"", "", replaced, replaced, unbase64},
		{text, "image/png", unbase64, replaced, unbase64},
		{text, "image/png, */*", unbase64, replaced, unbase64},
		{binary, "text/plain", encoded, encoded, same},
		{binary, "", encoded, encoded, same},
		{binary, "*/*", encoded, encoded, same},
		{binary, "image/png;q=0.9,text/plain", same, encoded, same},
	} {
		for handling, becomes := range map[string]func(string) string{"unset": c.unset, "text": c.toText, "binary": c.toBinary} {
			for _, payload := range payloads {
				var headers []string
				if c.accept != "" {
					headers = append(headers, "Accept: "+c.accept)
				}
				name := fmt.Sprintf("payload %q accept %q %s %.10q", c.payload, c.accept, handling, payload)
				want := becomes(payload)
				query := "?" + answering(200, c.payload, payload)
				wantAnswer(t, name, g.do("GET", "/dev/"+handling+query, "", headers...), want)
				if want != broken && want != replaced(want) {
					want = broken // a template cannot read bytes
				} else if want != broken {
					want = "<" + want + ">"
				}
				wantAnswer(t, "template: "+name, g.do("GET", "/dev/"+handling+"/template"+query, "", headers...), want)
			}
		}
	}
}

func wantAnswer(t *testing.T, name string, res *response, want string) {
	t.Helper()
	if want == broken {
		wantInternalError(t, name, res)
		return
	}
	if want200(t, name, res) && res.body != want {
		t.Errorf("%s: got %.60q, want %.60q", name, res.body, want)
	}
}

// TestBinaryMediaTypes: which Accept and Content-Type values an entry matches. Spec: rest-api 7.4, recorded.
func TestBinaryMediaTypes(t *testing.T) {
	b := newBackEnd(t, answerFromTarget)
	ops := []operation{
		httpTo("/accept", "http://"+b.addr+"/", obj{"requestParameters": relayed}),
		httpTo("/type", "http://"+b.addr+"/", obj{"contentHandling": "CONVERT_TO_TEXT", "httpMethod": "POST"}),
	}
	hello := encoded("hello")
	for _, c := range []struct {
		entries []string
		media   map[string]bool // "" is an absent header
	}{
		{[]string{"image/png", "application/*", "*/test"}, map[string]bool{
			"image/png": true, "image/png;q=0.1": true, "IMAGE/PNG": true, "image/*": false, "*/*": false, "image/jpg": false, "": false,
			"application/json": true, "application/*": true, "application/whatever; a=b": true, "application": false, "applications/x": false,
			"other/test": false, "*/test": false, "text/test": false, "png": false,
		}},
		{[]string{"*/*"}, map[string]bool{"image/png": true, "*/*": true, "text/plain; charset=utf-8": true, "": true}},
		{nil, map[string]bool{"image/png": false, "*/*": false, "": false, "application/octet-stream": false}},
	} {
		g := serve(t, document(t, obj{"x-amazon-apigateway-binary-media-types": c.entries}, ops...))
		for media, binary := range c.media {
			var accept, contentType []string
			if media != "" {
				accept, contentType = []string{"Accept: " + media}, []string{"Content-Type: " + media}
			}
			name := fmt.Sprintf("%v: %q", c.entries, media)
			if media == "" && len(c.entries) == 1 {
				name += " (unconfirmed)"
			}
			// With only Accept binary a text payload is base64-decoded; with a */* entry every payload is binary and kept.
			payload, want := hello, hello
			if binary && len(c.entries) > 1 {
				want = "hello"
			}
			wantAnswer(t, "Accept "+name, g.do("GET", "/dev/accept?"+answering(200, "text/plain", payload), "", accept...), want)
			sent := "hello"
			if binary {
				sent = hello
			}
			wantBody(t, "Content-Type "+name, b, g.do("POST", "/dev/type", "hello", contentType...), sent)
		}
		if len(c.entries) > 1 {
			wantAnswer(t, "first Accept only", g.do("GET", "/dev/accept?"+answering(200, "text/plain", hello), "", "Accept: image/webp,image/png,*/*;q=0.8"), hello)
			wantAnswer(t, "first Accept", g.do("GET", "/dev/accept?"+answering(200, "text/plain", hello), "", "Accept: image/png,image/*,*/*;q=0.8"), "hello")
		}
	}
}

// TestWhetherABodyIsSent. Spec: rest-api 7.5; for GET with a template unconfirmed.
func TestWhetherABodyIsSent(t *testing.T) {
	b := newBackEnd(t, func(conn net.Conn, _ *received) { reply(conn, 204, "") })
	verbs := map[string]bool{"GET": false, "HEAD": false, "OPTIONS": false, "POST": true, "PUT": true, "PATCH": true, "DELETE": true}
	var ops []operation
	responses := obj{"responses": obj{"default": obj{"statusCode": "200"}}}
	for verb := range verbs {
		ops = append(ops, httpTo("/http/"+verb, "http://"+b.addr+"/", responses, obj{"httpMethod": verb}),
			httpTo("/template/"+verb, "http://"+b.addr+"/", responses, obj{"httpMethod": verb, "requestTemplates": obj{"application/json": "made"}}),
			proxyTo("/proxy/"+verb, "http://"+b.addr+"/", obj{"httpMethod": verb}))
	}
	g := serve(t, document(t, nil, ops...))
	for verb, sent := range verbs {
		for kind, want := range map[string]string{"http": "client", "template": "made", "proxy": "client"} {
			if !sent {
				want = ""
			}
			for _, chunked := range []bool{false, true} {
				body, headers := "client", []string{"Content-Type: application/json"}
				if chunked {
					body, headers = "6\r\nclient\r\n0\r\n\r\n", append(headers, "Transfer-Encoding: chunked")
				}
				res := g.do("POST", "/dev/"+kind+"/"+verb, body, headers...)
				got := b.last()
				if res.status >= 300 || got.method != verb || got.body != want {
					t.Errorf("%s %s: got %d, %s with %q, want %q", kind, verb, res.status, got.method, got.body, want)
				}
				if want != "" && got.get("Content-Length") != fmt.Sprint(len(want)) {
					t.Errorf("%s %s: got Content-Length %q", kind, verb, got.get("Content-Length"))
				}
			}
		}
	}
}

// TestContentTypeToTheBackEnd: mapped, else the client's where its method has a body, else none. Spec: rest-api 7.5.
func TestContentTypeToTheBackEnd(t *testing.T) {
	b := newBackEnd(t, func(conn net.Conn, _ *received) { reply(conn, 204, "") })
	g := serve(t, document(t, nil,
		httpTo("/plain", "http://"+b.addr+"/", obj{"httpMethod": "POST"}),
		httpTo("/mapped", "http://"+b.addr+"/", obj{"httpMethod": "POST", "requestParameters": obj{"integration.request.header.Content-Type": "'text/mapped'"}})))
	for _, c := range []struct{ path, verb, sent, want string }{
		{"/plain", "POST", "text/own", "text/own"},
		{"/plain", "PUT", "text/own", "text/own"},
		{"/plain", "PATCH", "text/own", "text/own"},
		{"/plain", "DELETE", "text/own", "text/own"},
		{"/plain", "GET", "text/own", ""},
		{"/plain", "HEAD", "text/own", ""},
		{"/plain", "OPTIONS", "text/own", ""},
		{"/plain", "POST", "", ""},
		{"/mapped", "POST", "text/own", "text/mapped"},
		{"/mapped", "GET", "", "text/mapped"},
	} {
		var headers []string
		if c.sent != "" {
			headers = append(headers, "Content-Type: "+c.sent)
		}
		g.do(c.verb, "/dev"+c.path, "", headers...)
		if got := b.last().get("Content-Type"); got != c.want {
			t.Errorf("%s %s with %q: got %q, want %q", c.verb, c.path, c.sent, got, c.want)
		}
	}
}
