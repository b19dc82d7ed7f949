package blackbox

import (
	"fmt"
	"net"
	"strings"
	"testing"
)

// TestRecordedQueryOrder: the URI's own query, then the client's, then the mapped one. Spec: rest-api 6.5, recorded.
func TestRecordedQueryOrder(t *testing.T) {
	b := newBackEnd(t, nil)
	g := serve(t, document(t, nil, proxyTo("/x", "http://"+b.addr+"/get?testVar={pathVar}&testQs={qsVar}", obj{"requestParameters": obj{
		"integration.request.path.pathVar":            "'foobar'",
		"integration.request.path.qsVar":              "'bar'",
		"integration.request.querystring.testQs":      "'foo'",
		"integration.request.querystring.queryString": "'foo'",
		"integration.request.querystring.testEmptyQs": "method.request.header.emptyheader",
	}})))
	if !want200(t, "recorded", g.do("GET", "/dev/x?testQueryString=foo&testVar=bar", "")) {
		return
	}
	path, query, _ := strings.Cut(b.last().target, "?")
	values := map[string]string{}
	for pair := range strings.SplitSeq(query, "&") {
		name, value, _ := strings.Cut(pair, "=")
		values[name] += value + ","
	}
	want := map[string]string{"testVar": "foobar,bar,", "testQs": "bar,foo,", "testQueryString": "foo,", "queryString": "foo,"}
	if path != "/get" || fmt.Sprint(values) != fmt.Sprint(want) {
		t.Errorf("got %s %v, want %v", path, values, want)
	}
}

// uriCase is a URI below the back end's address with a request; target is what the back end gets.
type uriCase struct {
	name, path, uri string
	mappings        obj
	request, target string
}

var uriCases = []uriCase{
	{"no path", "/a0", "", nil, "/a0", "/"},
	{"query without path", "/a1", "?a=1", nil, "/a1", "/?a=1"},
	{"plain", "/a2", "/x/y?z=1", nil, "/a2", "/x/y?z=1"},
	{"client query behind the URI's", "/a3", "/x?z=1", nil, "/a3?b=2&b=3&c", "/x?z=1&b=2&b=3&c"},
	{"client query raw", "/a4", "/x", nil, "/a4?b=%7e+%2B;c=%C3%A9", "/x?b=%7e+%2B;c=%C3%A9"},
	{"fragment dropped", "/a5", "/x#fragment?no=1", nil, "/a5", "/x"},
	{"trailing slash kept", "/a6", "/x/", nil, "/a6", "/x/"},
	{"placeholder", "/a7/{id}", "/x/{other}/y", obj{"integration.request.path.other": "method.request.path.id"}, "/a7/7", "/x/7/y"},
	{"placeholder twice and inside a segment", "/a8/{id}", "/{p}-{p}.json", obj{"integration.request.path.p": "method.request.path.id"}, "/a8/7", "/7-7.json"},
	{"reserved characters (unconfirmed which)", "/a9/{id}", "/x/{p}", obj{"integration.request.path.p": "method.request.path.id"},
		"/a9/a%20b%3Fc%23d%25e%C3%A9", "/x/a%20b%3Fc%23d%25e%C3%A9"},
	{"encoded slash stays in its segment", "/b0/{id}", "/x/{p}", obj{"integration.request.path.p": "method.request.path.id"}, "/b0/a%2Fb", "/x/a%2Fb"},
	{"placeholder from a query value", "/b1", "/x/{p}", obj{"integration.request.path.p": "method.request.querystring.q"}, "/b1?q=a+b", "/x/a%20b?q=a+b"},
	{"placeholder from the stage", "/b2", "/x/{p}", obj{"integration.request.path.p": "context.stage"}, "/b2", "/x/dev"},
	{"greedy over several segments", "/b3/{proxy+}", "/x/{proxy}", obj{"integration.request.path.proxy": "method.request.path.proxy"},
		"/b3/one/two%20three/four", "/x/one/two%20three/four"},
	{"greedy, inner double slash kept", "/b4/{proxy+}", "/x/{proxy}", obj{"integration.request.path.proxy": "method.request.path.proxy"}, "/b4/one//two", "/x/one//two"},
	{"greedy, trailing slash dropped", "/b5/{proxy+}", "/x/{proxy}", obj{"integration.request.path.proxy": "method.request.path.proxy"}, "/b5/one/", "/x/one"},
	{"greedy placeholder written with a plus", "/b6/{proxy+}", "/x/{proxy+}", obj{"integration.request.path.proxy": "method.request.path.proxy"}, "/b6/one/two", "/x/one/two"},
	{"placeholder in the query", "/b7/{id}", "/x?a={p}", obj{"integration.request.path.p": "method.request.path.id"}, "/b7/a%26b", "/x?a=a%26b"},
	{"mapped query names are encoded", "/b8", "/x", obj{"integration.request.querystring.a.b$c": "'1'"}, "/b8", "/x?a.b%24c=1"},
	{"stage variable in the path", "/c0", "/${stageVariables.part}/x", nil, "/c0", "/middle/x"},
	{"stage variable in the query", "/c1", "/x?v=${stageVariables.part}", nil, "/c1", "/x?v=middle"},
	{"stage variable several times", "/c2", "/${stageVariables.part}/${stageVariables.part}", nil, "/c2", "/middle/middle"},
	{"stage variable missing in the path", "/c3", "/x/${stageVariables.missing}/y", nil, "/c3", "/x//y"},
	{"stage variable without braces is text", "/c4", "/x/$stageVariables.part", nil, "/c4", "/x/$stageVariables.part"},
}

// TestURIIsRendered: placeholders, stage variables, query, for proxies. Spec: rest-api 6.
func TestURIIsRendered(t *testing.T) {
	b := newBackEnd(t, nil)
	host, port, _ := net.SplitHostPort(b.addr)
	var ops []operation
	for _, c := range uriCases {
		ops = append(ops, proxyTo(c.path, "http://"+b.addr+c.uri, obj{"requestParameters": c.mappings}))
	}
	hosts := map[string]string{
		"/h0": "http://${stageVariables.host}:" + port + "/x", "/h1": "http://${stageVariables.address}/x", "/h2": "http://" + host + ":${stageVariables.port}/x",
		"/h3": "http://${stageVariables.first}.0.0.1:" + port + "/x", "/h4": "http://localhost:" + port + "/x",
	}
	for path, uri := range hosts {
		ops = append(ops, httpTo(path, uri), proxyTo(path+"p", uri))
	}
	g := serve(t, document(t, nil, ops...), "--var", "part=middle", "--var", "host="+host, "--var", "port="+port,
		"--var", "address="+b.addr, "--var", "first=127")
	for _, c := range uriCases {
		if want200(t, c.name, g.do("GET", "/dev"+c.request, "")) && b.last().target != c.target {
			t.Errorf("%s: got %q, want %q", c.name, b.last().target, c.target)
		}
	}
	for path, uri := range hosts {
		for _, target := range []string{path, path + "p"} {
			if want200(t, uri, g.do("GET", "/dev"+target, "")) && b.last().target != "/x" {
				t.Errorf("%s: got %q, want /x", uri, b.last().target)
			}
		}
	}
}

// TestHostPlaceholder: a mapped value may name the host, and is checked before it is used. Spec: rest-api 6.1.
func TestHostPlaceholder(t *testing.T) {
	b := newBackEnd(t, nil)
	_, port, _ := net.SplitHostPort(b.addr)
	g := serve(t, document(t, nil, proxyTo("/x", "http://{h}:"+port+"/x", obj{"requestParameters": obj{"integration.request.path.h": "method.request.querystring.h"}})))
	if want200(t, "host", g.do("GET", "/dev/x?h=127.0.0.1", "")) && b.last().get("Host") != b.addr {
		t.Errorf("got Host %q, want %q", b.last().get("Host"), b.addr)
	}
	for _, bad := range []string{"", "?h=", "?h=a/b", "?h=me%40127.0.0.1", "?h=a%20b", "?h=%0d%0a", "?h=%7Bx%7D"} {
		wantInternalError(t, bad, g.do("GET", "/dev/x"+bad, ""))
	}
	if b.calls() != 1 {
		t.Errorf("the back end was called %d times, want 1", b.calls())
	}
}

// TestUnusableAddressAnswers500 and not when the API is deployed. Spec: rest-api 6.2, 6.4, 6.6, 9.1; 22 vector 20.
func TestUnusableAddressAnswers500(t *testing.T) {
	b := newBackEnd(t, nil)
	uris := map[string]string{
		"unmapped placeholder":                 "http://" + b.addr + "/x/{id}",
		"unmapped placeholder in the query":    "http://" + b.addr + "/x?a={id}",
		"unmapped placeholder in the host":     "http://{id}/x",
		"missing stage variable as host":       "http://${stageVariables.missing}/x",
		"missing stage variable in host:port":  "http://${stageVariables.missing}:8080/x",
		"missing stage variable behind a port": "http://127.0.0.1:${stageVariables.missing}1/x",
		"port below 1024":                      "http://127.0.0.1:1023/x",
		"port 0":                               "http://127.0.0.1:0/x",
		"port too great":                       "http://127.0.0.1:65536/x",
		"port that is no number":               "http://127.0.0.1:http/x",
		"user information":                     "http://me@" + b.addr + "/x",
		"space in the host":                    "http://a b/x",
		"space in the path":                    "http://" + b.addr + "/a b",
		"unresolvable host":                    "http://no-such-host.invalid/x",
	}
	var ops []operation
	names := make([]string, 0, len(uris))
	for name, uri := range uris {
		path := fmt.Sprintf("/{id}/c%d", len(names))
		names = append(names, name)
		ops = append(ops, httpTo(path+"/http", uri), proxyTo(path+"/proxy", uri))
	}
	g := serve(t, document(t, nil, ops...))
	for i, name := range names {
		for _, kind := range []string{"http", "proxy"} {
			wantInternalError(t, kind+" "+name, g.do("GET", fmt.Sprintf("/dev/7/c%d/%s", i, kind), ""))
		}
	}
	if b.calls() != 0 {
		t.Errorf("the back end was called %d times, want 0", b.calls())
	}
}

// TestIntegrationMethod: the integration's own method, or the client's for ANY. Spec: rest-api 6.7.
func TestIntegrationMethod(t *testing.T) {
	b := newBackEnd(t, nil)
	var ops []operation
	for _, verb := range []string{"GET", "PUT", "POST", "DELETE", "PATCH", "OPTIONS", "HEAD", "ANY"} {
		ops = append(ops, httpTo("/http/"+verb, "http://"+b.addr+"/", obj{"httpMethod": verb}),
			proxyTo("/proxy/"+verb, "http://"+b.addr+"/", obj{"httpMethod": verb}))
	}
	g := serve(t, document(t, nil, ops...))
	for _, kind := range []string{"http", "proxy"} {
		for _, verb := range []string{"GET", "PUT", "POST", "DELETE", "PATCH", "OPTIONS", "HEAD", "ANY"} {
			for _, client := range []string{"GET", "POST", "HEAD"} {
				want := verb
				if verb == "ANY" {
					want = client
				}
				// A back end that is asked with HEAD must not send a body; reply does, so those answers are read by status only.
				b.answer = func(conn net.Conn, r *received) {
					if r.method == "HEAD" {
						reply(conn, 200, "")
						return
					}
					reply(conn, 200, `{"ok":true}`)
				}
				res := g.do(client, "/dev/"+kind+"/"+verb, "")
				if want200(t, kind+" "+verb+" "+client, res) && b.last().method != want {
					t.Errorf("%s: client %s, integration %s: got %s", kind, client, verb, b.last().method)
				}
			}
		}
	}
	if want200(t, "POST for GET", g.do("GET", "/dev/http/POST", "")) && (b.last().get("Content-Length") != "0" || b.last().body != "") {
		t.Errorf("POST for a GET: got %v %q, want an empty body", b.last().header, b.last().body)
	}
	if want200(t, "override", g.do("POST", "/dev/http/ANY", "", "X-HTTP-Method-Override: PATCH")) && b.last().method != "PATCH" {
		t.Errorf("X-HTTP-Method-Override: got %s, want PATCH", b.last().method)
	}
}

// TestIntegrationsThatAreRefused: what is checked when an API is stored. Spec: rest-api 5, 6, 9.6, recorded.
func TestIntegrationsThatAreRefused(t *testing.T) {
	uri := "http://127.0.0.1:9000/"
	mapping := func(target, source string) operation {
		return httpTo("/x", uri, obj{"requestParameters": obj{target: source}})
	}
	undeclared := mapping("integration.request.header.X", "method.request.header.X")
	text := strings.Replace(document(t, nil, undeclared), `"in":"header"`, `"in":"cookie"`, 1)
	invalid := "Invalid mapping expression specified: Validation Result: warnings : [], errors : ["
	for _, c := range []struct{ document, want string }{
		{document(t, nil, httpTo("/x", uri, obj{"httpMethod": ""})), "Enumeration value for HttpMethod must be non-empty"},
		{document(t, nil, proxyTo("/x", "ftp://127.0.0.1/")), "Invalid HTTP endpoint specified for URI"},
		{document(t, nil, proxyTo("/x", "")), "Invalid HTTP endpoint specified for URI"},
		{document(t, nil, proxyTo("/x", "${stageVariables.scheme}://127.0.0.1/")), "Invalid HTTP endpoint specified for URI"},
		{document(t, nil, httpTo("/x", uri, obj{"timeoutInMillis": 49})), "Timeout should be between 50 ms and 29000 ms"},
		{document(t, nil, httpTo("/x", uri, obj{"timeoutInMillis": 29001})), "Timeout should be between 50 ms and 29000 ms"},
		{document(t, nil, mapping("integration.request.header.X", "true")), invalid + "Invalid mapping expression specified: true]"},
		{document(t, nil, mapping("integration.request.header.X", "method.request.header")), invalid + "Invalid mapping expression specified: method.request.header]"},
		{document(t, nil, mapping("integration.request.header.X Y", "'a'")), invalid},
		{document(t, nil, mapping("integration.request.body", "'a'")), invalid},
		{text, invalid + "Invalid mapping expression parameter specified: method.request.header.X]"},
	} {
		if out := refused(t, c.document); !strings.Contains(out, c.want) {
			t.Errorf("got  %s\nwant %s", out, c.want)
		}
	}
}
