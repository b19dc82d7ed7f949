package blackbox

import (
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"testing"
)

// obj is a JSON object of a document that a test makes.
type obj = map[string]any

// operation is one method of such a document: ANY on a path, with an integration.
type operation struct {
	path        string
	integration obj
	undeclared  bool // leave out the method responses
}

// httpTo is an integration of type HTTP whose default response is 200; more is merged over it.
func httpTo(path, uri string, more ...obj) operation {
	return operation{path: path, integration: merged(append([]obj{{
		"type": "http", "httpMethod": "ANY", "uri": uri, "responses": obj{"default": obj{"statusCode": "200"}},
	}}, more...)...)}
}

// proxyTo is an integration of type HTTP_PROXY.
func proxyTo(path, uri string, more ...obj) operation {
	return operation{path: path, integration: merged(append([]obj{{"type": "http_proxy", "httpMethod": "ANY", "uri": uri}}, more...)...)}
}

// mock is an integration of type MOCK whose default response is 200.
func mock(path, template string, more ...obj) operation {
	return operation{path: path, integration: merged(append([]obj{{
		"type": "mock", "requestTemplates": obj{"application/json": template},
		"responses": obj{"default": obj{"statusCode": "200"}},
	}}, more...)...)}
}

func merged(all ...obj) obj {
	out := obj{}
	for _, o := range all {
		maps.Copy(out, o)
	}
	return out
}

// document writes the operations as an OpenAPI document and declares every method parameter and method response that
// their mappings name.
func document(t testing.TB, root obj, operations ...operation) string {
	t.Helper()
	paths := obj{}
	for _, op := range operations {
		method := obj{"x-amazon-apigateway-integration": op.integration, "parameters": parametersOf(op), "responses": obj{}}
		if !op.undeclared {
			method["responses"] = responsesOf(op)
		}
		if paths[op.path] != nil {
			t.Fatalf("%s is used twice", op.path)
		}
		paths[op.path] = obj{"x-amazon-apigateway-any-method": method}
	}
	text, err := json.Marshal(merged(obj{
		"openapi": "3.0.1", "info": obj{"title": "black box", "version": "1"}, "paths": paths,
	}, root))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// parameterPlaces are OpenAPI's words for where a source expression looks.
var parameterPlaces = map[string]string{"path": "path", "querystring": "query", "multivaluequerystring": "query", "header": "header", "multivalueheader": "header"}

func parametersOf(op operation) []obj {
	declared, list := map[string]bool{}, []obj{}
	add := func(in, name string) {
		if !declared[in+name] {
			declared[in+name] = true
			list = append(list, obj{"in": in, "name": name, "required": in == "path"})
		}
	}
	for part := range strings.SplitSeq(op.path, "/") {
		if name, ok := strings.CutPrefix(part, "{"); ok {
			add("path", strings.Trim(name, "+}"))
		}
	}
	mappings, _ := op.integration["requestParameters"].(obj)
	for _, source := range mappings {
		rest, _ := strings.CutPrefix(source.(string), "method.request.")
		where, name, _ := strings.Cut(rest, ".")
		if in := parameterPlaces[where]; in != "" {
			add(in, name)
		}
	}
	return list
}

func responsesOf(op operation) obj {
	declared := obj{}
	responses, _ := op.integration["responses"].(obj)
	for _, r := range responses {
		response := r.(obj)
		headers := obj{}
		mappings, _ := response["responseParameters"].(obj)
		for target := range mappings {
			headers[strings.TrimPrefix(target, "method.response.header.")] = obj{"schema": obj{"type": "string"}}
		}
		declared[response["statusCode"].(string)] = obj{"description": "", "headers": headers}
	}
	return declared
}

// internalError is the body of every 500 of the integration phase. Spec: rest-api 0, recorded.
const internalError = `{"message": "Internal server error"}`

// wantInternalError checks a complete 500 of the integration phase.
func wantInternalError(t *testing.T, name string, res *response) {
	t.Helper()
	if res.status != 500 || res.body != internalError || res.get("x-amzn-ErrorType") != "InternalServerErrorException" ||
		res.get("Content-Type") != "application/json" {
		t.Errorf("%s: got %s, want 500 %s InternalServerErrorException", name, res, internalError)
	}
}

func want200(t *testing.T, name string, res *response) bool {
	t.Helper()
	if res.status != 200 {
		t.Errorf("%s: got %s, want 200", name, res)
	}
	return res.status == 200
}

// sourceCase is a mapping source with a request; want is what the back end gets, "-" for nothing at all.
type sourceCase struct {
	name, source  string
	path          string // after the case's own segment
	body          string
	headers       []string
	header, query string
}

func sourceCases() []sourceCase {
	jsonBody := `{"petstore":{"pets":[{"name":"rex","age":3,"good":true,"price":1.50,"nil":null,"tags":["a","b"],"home":{"at":"x"}}]}}`
	body := func(name, path, header, query string) sourceCase {
		return sourceCase{name: name, source: "method.request.body." + path, path: "v", body: jsonBody, header: header, query: query}
	}
	return []sourceCase{
		{"path parameter", "method.request.path.id", "one", "", nil, "one", "one"},
		{"path parameter, decoded once (unconfirmed in detail)", "method.request.path.id", "a%20b%2Fc%2525", "", nil, "a b/c%25", "a+b%2Fc%2525"},
		{"query parameter", "method.request.querystring.q", "v?q=1", "", nil, "1", "1"},
		{"query parameter, last value", "method.request.querystring.q", "v?q=1&r=0&q=2", "", nil, "2", "2"},
		{"query parameter, decoded", "method.request.querystring.q", "v?q=a+b%2Bc", "", nil, "a b+c", "a+b%2Bc"},
		{"query parameter, empty value", "method.request.querystring.q", "v?q", "", nil, "", ""},
		{"query parameter, absent", "method.request.querystring.q", "v?Q=1", "", nil, "-", "-"},
		{"all query values of one", "method.request.multivaluequerystring.q", "v?q=1", "", nil, "1", "1"},
		{"all query values of several", "method.request.multivaluequerystring.q", "v?q=1&q=2", "", nil, "1,2", "1&got=2"},
		{"all query values, absent", "method.request.multivaluequerystring.q", "v", "", nil, "-", "-"},
		{"header", "method.request.header.X-In", "v", "", []string{"X-In: 1"}, "1", "1"},
		{"header, last value", "method.request.header.X-In", "v", "", []string{"X-In: 1", "X-In: 2"}, "2", "2"},
		{"header, other spelling (unconfirmed)", "method.request.header.X-In", "v", "", []string{"x-in: 1"}, "1", "1"},
		{"header, absent", "method.request.header.X-In", "v", "", nil, "-", "-"},
		{"header that reception removes", "method.request.header.Max-Forwards", "v", "", []string{"Max-Forwards: 3"}, "-", "-"},
		{"all header values", "method.request.multivalueheader.X-In", "v", "", []string{"X-In: 1", "X-In: 2"}, "1,2", "1%2C2"},
		{"all header values, absent", "method.request.multivalueheader.X-In", "v", "", nil, "-", "-"},
		{"whole body", "method.request.body", "v", `{"a": "b c"}`, nil, `{"a": "b c"}`, "%7B%22a%22%3A+%22b+c%22%7D"},
		{"whole body that is text", "method.request.body", "v", "plain text", nil, "plain text", "plain+text"},
		{"whole body, empty", "method.request.body", "v", "", nil, "{}", "%7B%7D"},
		body("body string", "petstore.pets[0].name", "rex", "rex"),
		body("body integer", "petstore.pets[0].age", "3", "3"),
		body("body decimal, as written", "petstore.pets[0].price", "1.50", "1.50"),
		body("body boolean", "petstore.pets[0].good", "true", "true"),
		body("body object", "petstore.pets[0].home", `{"at":"x"}`, "%7B%22at%22%3A%22x%22%7D"),
		body("body array", "petstore.pets[0].tags", `["a","b"]`, "%5B%22a%22%2C%22b%22%5D"),
		body("body null", "petstore.pets[0].nil", "-", "-"),
		body("body without match", "petstore.pets[1].name", "-", "-"),
		{"body path over text", "method.request.body.a", "v", "plain text", nil, "-", "-"},
		{"body path over nothing", "method.request.body.a", "v", "", nil, "-", "-"},
		{"body path after white space", "method.request.body.a", "v", " \n{\"a\":1}", nil, "1", "1"},
		{"context", "context.stage", "v", "", nil, "dev", "dev"},
		{"context, the client's verb", "context.httpMethod", "v", "", nil, "POST", "POST"},
		{"context, dotted", "context.identity.sourceIp", "v", "", nil, "127.0.0.1", "127.0.0.1"},
		{"context without value", "context.authorizer.principalId", "v", "", nil, "-", "-"},
		{"context without such a name", "context.nothing", "v", "", nil, "-", "-"},
		{"stage variable", "stageVariables.color", "v", "", nil, "blue", "blue"},
		{"stage variable, missing", "stageVariables.shape", "v", "", nil, "-", "-"},
		{"literal", "'some text'", "v", "", nil, "some text", "some+text"},
		{"literal, empty", "''", "v", "", nil, "", ""},
		{"literal, verbatim", `'it's "$context.stage" ${stageVariables.color} é'`, "v", "", nil,
			`it's "$context.stage" ${stageVariables.color} é`, "it%27s+%22%24context.stage%22+%24%7BstageVariables.color%7D+%C3%A9"},
	}
}

// TestEverySourceExpressionMaps holds the first table of section 5, for both types that call HTTP back ends. Spec: rest-api 5.
func TestEverySourceExpressionMaps(t *testing.T) {
	b := newBackEnd(t, nil)
	var ops []operation
	cases := sourceCases()
	for i, c := range cases {
		mapping := obj{"requestParameters": obj{"integration.request.header.X-Got": c.source, "integration.request.querystring.got": c.source}}
		ops = append(ops, httpTo(fmt.Sprintf("/http%d/{id}", i), "http://"+b.addr+"/", mapping),
			proxyTo(fmt.Sprintf("/proxy%d/{id}", i), "http://"+b.addr+"/", mapping))
	}
	g := serve(t, document(t, nil, ops...), "--var", "color=blue")
	for i, c := range cases {
		for _, kind := range []string{"http", "proxy"} {
			name := kind + ": " + c.name
			res := g.do("POST", fmt.Sprintf("/dev/%s%d/%s", kind, i, c.path), c.body, append(c.headers, "Content-Type: application/json")...)
			if !want200(t, name, res) {
				continue
			}
			got := b.last()
			if header := valueOf(got); header != c.header {
				t.Errorf("%s: got X-Got %q, want %q", name, header, c.header)
			}
			want := "/"
			if _, sent, ok := strings.Cut(c.path, "?"); ok && kind == "proxy" {
				want += "?" + sent
			}
			if c.query != "-" && strings.Contains(want, "?") {
				want += "&got=" + c.query
			} else if c.query != "-" {
				want += "?got=" + c.query
			}
			if got.target != want {
				t.Errorf("%s: got target %q, want %q", name, got.target, want)
			}
		}
	}
}

// valueOf is the mapped header of a source case, "-" when there is none.
func valueOf(r *received) string {
	if !r.has("X-Got") {
		return "-"
	}
	return r.get("X-Got")
}

// TestBodyMappingOverBadJSONIsRefused: what begins like JSON must be JSON. Spec: rest-api 5, 3 step 17.
func TestBodyMappingOverBadJSONIsRefused(t *testing.T) {
	b := newBackEnd(t, nil)
	var ops []operation
	for i, source := range []string{"method.request.body.a", "method.request.body"} {
		header := obj{"requestParameters": obj{"integration.request.header.X-Got": source}}
		query := obj{"requestParameters": obj{"integration.request.querystring.got": source}}
		path := obj{"requestParameters": obj{"integration.request.path.got": source}}
		ops = append(ops, httpTo(fmt.Sprintf("/http-header%d", i), "http://"+b.addr+"/", header),
			httpTo(fmt.Sprintf("/http-query%d", i), "http://"+b.addr+"/", query),
			httpTo(fmt.Sprintf("/http-path%d", i), "http://"+b.addr+"/{got}", path),
			proxyTo(fmt.Sprintf("/proxy-header%d", i), "http://"+b.addr+"/", header),
			proxyTo(fmt.Sprintf("/proxy-query%d", i), "http://"+b.addr+"/", query),
			proxyTo(fmt.Sprintf("/proxy-path%d", i), "http://"+b.addr+"/{got}", path),
			mock(fmt.Sprintf("/mock%d", i), `{"statusCode": 200}`, header))
	}
	g := serve(t, document(t, nil, ops...))
	for _, op := range ops {
		for _, body := range []string{`{"a":`, `["a"`, `"a`, ` {'a': }`} {
			res := g.do("POST", "/dev"+op.path, body)
			if res.status != 400 || res.body != `{"message": "Invalid JSON in request body"}` || res.get("x-amzn-ErrorType") != "BadRequestException" {
				t.Errorf("%s with %s: got %s, want 400 Invalid JSON in request body", op.path, body, res)
			}
		}
	}
	if b.calls() != 0 {
		t.Errorf("the back end was called %d times, want 0", b.calls())
	}
}

// TestProxyBodyIsSentThoughMappingsReadIt: a mapping that reads the body does not take it away. Spec: rest-api 5.
func TestProxyBodyIsSentThoughMappingsReadIt(t *testing.T) {
	b := newBackEnd(t, nil)
	uri := "http://" + b.addr + "/"
	g := serve(t, document(t, nil,
		proxyTo("/header", uri, obj{"requestParameters": obj{"integration.request.header.X-Got": "method.request.body.a"}}),
		proxyTo("/query", uri, obj{"requestParameters": obj{"integration.request.querystring.got": "method.request.body.a"}}),
		proxyTo("/path", uri+"{got}", obj{"requestParameters": obj{"integration.request.path.got": "method.request.body.a"}})))
	for path, target := range map[string]string{"/header": "/", "/query": "/?got=1", "/path": "/1"} {
		for _, headers := range [][]string{nil, {"Transfer-Encoding: chunked"}} {
			sent := `{"a":1}`
			if headers != nil {
				sent = "7\r\n" + sent + "\r\n0\r\n\r\n"
			}
			res := g.do("POST", "/dev"+path, sent, headers...)
			if want200(t, path, res) && (b.last().body != `{"a":1}` || b.last().target != target) {
				t.Errorf("%s %v: got %s with %q, want %s with the body", path, headers, b.last().target, b.last().body, target)
			}
		}
	}
}

// TestMappingsDoNotSeeEachOther. Spec: rest-api 5.
func TestMappingsDoNotSeeEachOther(t *testing.T) {
	b := newBackEnd(t, nil)
	mappings := obj{"requestParameters": obj{
		"integration.request.header.X-A": "'a'", "integration.request.header.X-B": "method.request.header.X-A",
		"integration.request.querystring.a": "'a'", "integration.request.header.X-C": "method.request.querystring.a",
	}}
	g := serve(t, document(t, nil, httpTo("/http", "http://"+b.addr+"/", mappings), proxyTo("/proxy", "http://"+b.addr+"/", mappings)))
	for _, path := range []string{"/dev/http", "/dev/proxy"} {
		if want200(t, path, g.do("GET", path, "")) {
			if got := b.last(); got.get("X-A") != "a" || got.has("X-B") || got.has("X-C") || got.target != "/?a=a" {
				t.Errorf("%s: got %s %v", path, got.target, got.header)
			}
		}
	}
}

// TestOverrideBeatsMapping: override over mapping over nothing. Spec: rest-api 5, mapping-templates 10.3, recorded forms.
func TestOverrideBeatsMapping(t *testing.T) {
	b := newBackEnd(t, nil)
	mappings := obj{"integration.request.header.X-A": "'mapped'", "integration.request.header.X-B": "'mapped'",
		"integration.request.querystring.a": "'mapped'", "integration.request.querystring.b": "'mapped'",
		"integration.request.path.p": "'mapped'"}
	cases := map[string]struct {
		template, target, a, b, extra string
	}{
		"none":       {`{}`, "/mapped?a=mapped&b=mapped", "mapped", "mapped", ""},
		"properties": {`#set($context.requestOverride.header.X-A = "over")#set($context.requestOverride.querystring.a = "over")#set($context.requestOverride.path.p = "over"){}`, "/over?b=mapped&a=over", "over", "mapped", ""},
		"brackets":   {`#set($n = "a")#set($context.requestOverride.querystring[$n] = "over")#set($context["requestOverride"].header["X-A"] = "over"){}`, "/mapped?b=mapped&a=over", "over", "mapped", ""},
		"put":        {`$context.requestOverride.querystring.put("a", "over")$context.requestOverride.header.put("x-a", "over"){}`, "/mapped?b=mapped&a=over", "over", "mapped", ""},
		"new names":  {`#set($context.requestOverride.header.X-New = "new")#set($context.requestOverride.querystring.n = "a b"){}`, "/mapped?a=mapped&b=mapped&n=a+b", "mapped", "mapped", "new"},
		"lists":      {`#set($context.requestOverride.header.X-New = ["foo", "bar"])#set($context.requestOverride.querystring.a = ["1", "2"]){}`, "/mapped?b=mapped&a=1&a=2", "mapped", "mapped", "foo,bar"},
		"numbers":    {`#set($context.requestOverride.header.X-New = 7)#set($context.requestOverride.querystring.a = true){}`, "/mapped?b=mapped&a=true", "mapped", "mapped", "7"},
		"null (unconfirmed)": {`#set($context.requestOverride.header.X-A = $input.path("$.none")){}`,
			"/mapped?a=mapped&b=mapped", "mapped", "mapped", ""},
	}
	var ops []operation
	paths := map[string]string{}
	for name, c := range cases {
		paths[name] = fmt.Sprintf("/c%d", len(ops))
		ops = append(ops, httpTo(paths[name], "http://"+b.addr+"/{p}",
			obj{"requestParameters": mappings, "requestTemplates": obj{"application/json": c.template}}))
	}
	g := serve(t, document(t, nil, ops...))
	for name, c := range cases {
		if want200(t, name, g.do("POST", "/dev"+paths[name], "{}")) {
			got := b.last()
			if got.target != c.target || got.get("X-A") != c.a || got.get("X-B") != c.b || got.get("X-New") != c.extra || got.body != "{}" {
				t.Errorf("%s: got %s %v %q, want %+v", name, got.target, got.header, got.body, c)
			}
			if n := strings.Count(strings.ToLower(strings.Join(got.names(), ",")), "x-a,"); n > 1 {
				t.Errorf("%s: X-A was sent %d times", name, n)
			}
		}
	}
}

// TestProxyMappingsReplaceHeadersAndAppendToTheQuery: the HTTP_PROXY column. Spec: rest-api 5, recorded.
func TestProxyMappingsReplaceHeadersAndAppendToTheQuery(t *testing.T) {
	b := newBackEnd(t, nil)
	g := serve(t, document(t, nil, proxyTo("/x/{id}", "http://"+b.addr+"/to/{p}", obj{"requestParameters": obj{
		"integration.request.header.X-Both":     "'mapped'",
		"integration.request.header.X-New":      "'new'",
		"integration.request.header.X-Absent":   "method.request.header.X-Nowhere",
		"integration.request.querystring.x":     "'mapped'",
		"integration.request.querystring.empty": "method.request.header.X-Nowhere",
		"integration.request.path.p":            "method.request.path.id",
	}, "requestTemplates": obj{"application/json": "no template runs for a proxy"}})))
	res := g.do("POST", "/dev/x/7?x=client&y=1&x=again", "the body", "X-Both: client", "x-both: again", "X-Absent: client", "X-Own: 1", "X-Own: 2")
	if !want200(t, "proxy", res) {
		return
	}
	got := b.last()
	if got.target != "/to/7?x=client&y=1&x=again&x=mapped" || got.body != "the body" || got.method != "POST" {
		t.Errorf("got %s %s %q", got.method, got.target, got.body)
	}
	for name, want := range map[string]string{"X-Both": "mapped", "X-New": "new", "X-Absent": "client", "X-Own": "1,2"} {
		if got.get(name) != want {
			t.Errorf("%s: got %q, want %q", name, got.get(name), want)
		}
	}
	if strings.Count(strings.ToLower(strings.Join(got.names(), " ")), "x-both") != 1 {
		t.Errorf("X-Both must be there once: %v", got.header)
	}
}

// TestHTTPForwardsNothingUnmapped: the HTTP column. Spec: rest-api 5, 8.1.
func TestHTTPForwardsNothingUnmapped(t *testing.T) {
	b := newBackEnd(t, nil)
	g := serve(t, document(t, nil, httpTo("/x", "http://"+b.addr+"/to")))
	if !want200(t, "http", g.do("POST", "/dev/x?a=1", "text", "X-Own: 1", "Cookie: a=b", "Content-Type: text/plain", "User-Agent: me", "Accept: text/html")) {
		return
	}
	got := b.last()
	if got.target != "/to" || got.has("X-Own") || got.has("Cookie") || got.get("Accept") != "application/json" ||
		!strings.HasPrefix(got.get("User-Agent"), "AmazonAPIGateway_") || got.body != "text" {
		t.Errorf("got %s %v %q", got.target, got.header, got.body)
	}
}
