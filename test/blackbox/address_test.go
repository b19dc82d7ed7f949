package blackbox

import (
	"regexp"
	"strings"
	"testing"
)

// echoMock is a method that tells what the gateway made of the request: context path, resource, proxy parameter.
const echoMock = `
      responses: {"200": {description: ok}}
      x-amazon-apigateway-integration:
        type: mock
        requestTemplates: {application/json: '{"statusCode": 200}'}
        responses:
          default:
            statusCode: "200"
            responseTemplates:
              application/json: '$context.path|$context.resourcePath|$input.params().path.proxy|$context.httpMethod|$context.stage|$context.apiId|$context.domainName|$context.domainPrefix'
`

// echoPaths writes a document whose methods all answer with echoMock: lines "verb /path".
func echoPaths(lines ...string) string {
	var b strings.Builder
	b.WriteString("openapi: 3.0.1\ninfo: {title: echo, version: \"1\"}\npaths:\n")
	last := ""
	for _, line := range lines {
		verb, path, _ := strings.Cut(line, " ")
		if path != last {
			b.WriteString("  " + path + ":\n")
		}
		last = path
		b.WriteString("    " + verb + ":" + echoMock)
	}
	return b.String()
}

// echo returns the first three fields of an echoMock answer.
func echo(r *response) string {
	if r.status != 200 {
		return r.String()
	}
	return strings.Join(strings.SplitN(r.body, "|", 4)[:3], "|")
}

const anyMethod = "x-amazon-apigateway-any-method"

// TestPathsOfARequest holds the recorded vectors of rest-api 1.3, and vector 21 of section 22.
func TestPathsOfARequest(t *testing.T) {
	g := serve(t, echoPaths(anyMethod+" /{proxy+}", anyMethod+" /hardcoded"), "--stage", "stage")
	for _, c := range []struct{ target, want string }{
		{"/stage/proxy-value", "/stage/proxy-value|/{proxy+}|proxy-value"},
		{"/stage/proxy-value/", "/stage/proxy-value/|/{proxy+}|proxy-value"},
		{"/stage/proxy-value//double-slash", "/stage/proxy-value//double-slash|/{proxy+}|proxy-value//double-slash"},
		{"//stage/proxy-value", "/stage/proxy-value|/{proxy+}|proxy-value"},
		{"/stage//proxy-value", "/stage//proxy-value|/{proxy+}|proxy-value"},
		{"/stage//hardcoded", "/stage//hardcoded|/hardcoded|"},
		{"/stage//p/?a=1", "/stage//p/|/{proxy+}|p"},
		{"/stage/./a/../b", "/stage/./a/../b|/{proxy+}|./a/../b"}, // dot segments stay (unconfirmed)
		{"/stage/api/test%2Balias@gmail.com/plus/test+alias@gmail.com", "/stage/api/test%2Balias@gmail.com/plus/test+alias@gmail.com|/{proxy+}|api/test+alias@gmail.com/plus/test+alias@gmail.com"},
	} {
		if got := echo(g.do("GET", c.target, "")); got != c.want {
			t.Errorf("%s: got %s, want %s", c.target, got, c.want)
		}
	}
}

// TestAddressForms holds rest-api 1.1 and 1.2: host form, path form, the one API of a development machine, and what is
// forbidden.
func TestAddressForms(t *testing.T) {
	g := serve(t, echoPaths("get /", "get /x"), "--stage", "Prod-1")
	host := "Host: " + g.apiID + ".execute-api.eu-west-1.example.org:8080"
	forbidden := `403 {"message":"Forbidden"}`
	for _, c := range []struct{ name, target, host, want string }{
		{"host form", "/Prod-1/x", host, "200 /Prod-1/x|/x||GET|Prod-1|" + g.apiID + "|" + g.apiID + ".execute-api.eu-west-1.example.org|" + g.apiID},
		{"host form, label in capitals", "/Prod-1/x", "Host: " + strings.ToUpper(g.apiID) + ".execute-api.us-east-1.amazonaws.com", "200 /Prod-1/x|/x||GET|Prod-1|" + g.apiID + "|" + strings.ToUpper(g.apiID) + ".execute-api.us-east-1.amazonaws.com|" + strings.ToUpper(g.apiID)},
		{"alias of a private API", "/Prod-1/x", "Host: " + g.apiID + "-vpce-0123.execute-api.us-east-1.amazonaws.com", "200 /Prod-1/x|/x||GET|Prod-1|" + g.apiID + "|" + g.apiID + "-vpce-0123.execute-api.us-east-1.amazonaws.com|" + g.apiID + "-vpce-0123"},
		{"root", "/Prod-1", host, "200 /Prod-1|/|"},
		{"root with slash", "/Prod-1/", host, "200 /Prod-1/|/|"},
		{"path form", "/restapis/" + g.apiID + "/Prod-1/_user_request_/x?a=1", "Host: localhost", "200 /Prod-1/x|/x||GET|Prod-1|" + g.apiID + "|" + g.apiID + ".execute-api.us-east-1.localhost|" + g.apiID},
		{"path form, root", "/restapis/" + g.apiID + "/Prod-1/_user_request_", "Host: localhost", "200 /Prod-1|/|"},
		{"only API", "/Prod-1/x", "Host: 127.0.0.1:8080", "200 /Prod-1/x|/x||GET|Prod-1|" + g.apiID + "|127.0.0.1|127"},
		{"unknown stage", "/prod-1/x", host, forbidden},
		{"no stage", "/", host, forbidden},
		{"unknown API", "/Prod-1/x", "Host: aaaaaaaaaa.execute-api.us-east-1.localhost", forbidden},
		{"unknown API, path form", "/restapis/aaaaaaaaaa/Prod-1/_user_request_/x", "Host: localhost", forbidden},
		{"ping without stage (unconfirmed body)", "/ping", host, "200 Healthy Connection"},
		{"sping", "/sping", host, "200 Healthy Connection"},
	} {
		r := g.do("GET", c.target, "", c.host)
		got := itoa(r.status) + " " + r.body
		if !strings.HasPrefix(got, c.want) {
			t.Errorf("%s: got %s, want %s", c.name, got, c.want)
		}
		if r.status == 403 && r.get("x-amzn-ErrorType") != "ForbiddenException" {
			t.Errorf("%s: error type %q", c.name, r.get("x-amzn-ErrorType"))
		}
	}
}

func TestDisabledDefaultEndpointIsForbidden(t *testing.T) {
	g := serve(t, echoPaths("get /x")+"x-amazon-apigateway-endpoint-configuration: {disableExecuteApiEndpoint: true}\n")
	if r := g.do("GET", "/dev/x", ""); r.status != 403 || r.body != `{"message":"Forbidden"}` || r.get("x-amzn-ErrorType") != "ForbiddenException" {
		t.Errorf("got %v", r)
	}
}

// TestReceivedHeaders holds rest-api 1.5: what reception hides, adds and respells, as a template sees it.
func TestReceivedHeaders(t *testing.T) {
	g := serve(t, `openapi: 3.0.1
info: {title: headers, version: "1"}
paths:
  /h:
    post:
      responses: {"200": {description: ok}}
      x-amazon-apigateway-integration:
        type: mock
        requestTemplates: {application/json: '{"statusCode": 200}'}
        responses:
          default:
            statusCode: "200"
            responseTemplates:
              application/json: '#foreach($h in $input.params().header.keySet())$h=$input.params().header.get($h);#end'
`)
	r := g.do("POST", "/dev/h", "{}", "tEsT-HEADeR: a", "authorization: Basic eA==", "user-agent: ua", "Via: 1.1 me", "Max-Forwards: 3", "Server: s",
		"TE: trailers", "Trailer: x", "Upgrade: h2c", "WWW-Authenticate: y", "Content-MD5: z", "Proxy-Authenticate: p", "X-Forwarded-For: 10.1.2.3",
		"X-Forwarded-Port: 1", "X-Forwarded-Proto: gopher", "Two: 1", "Two: 2")
	for _, want := range []string{"tEsT-HEADeR=a;", "Authorization=Basic eA==;", "User-Agent=ua;", "Via=1.1 me;", "X-Forwarded-For=10.1.2.3, 127.0.0.1;",
		"X-Forwarded-Proto=http;", "X-Forwarded-Port=" + g.addr[strings.LastIndexByte(g.addr, ':')+1:] + ";", "Two=2;", "X-Amzn-Trace-Id=Root=1-"} {
		if !strings.Contains(r.body, want) {
			t.Errorf("%q is missing in %s", want, r.body)
		}
	}
	for _, hidden := range []string{"Connection", "Content-Length", "Content-MD5", "Expect", "Max-Forwards", "Proxy-Authenticate", "Server", "TE", "Transfer-Encoding", "Trailer", "Upgrade", "WWW-Authenticate"} {
		if regexp.MustCompile(`(?i)(^|;)` + hidden + `=`).MatchString(r.body) {
			t.Errorf("%s is visible in %s", hidden, r.body)
		}
	}
}

// TestQueryOfARequest holds rest-api 1.4.
func TestQueryOfARequest(t *testing.T) {
	g := serve(t, `openapi: 3.0.1
info: {title: query, version: "1"}
paths:
  /q:
    get:
      responses: {"200": {description: ok}}
      x-amazon-apigateway-integration:
        type: mock
        requestTemplates: {application/json: '{"statusCode": 200}'}
        responses:
          default:
            statusCode: "200"
            responseTemplates:
              application/json: '#foreach($q in $input.params().querystring.keySet())$q=$input.params().querystring.get($q)|#end'
`)
	for _, c := range []struct{ query, want string }{
		{"email=test%2Balias&plus=test+alias", "email=test+alias|plus=test alias|"},
		{"price=10&price=20&price=30", "price=30|"},
		{"a=1;b=2", "a=1|b=2|"},
		{"empty&A=x&a=y", "empty=|A=x|a=y|"},
		{"list[]=1", "list[]=1|"},
		{"u=%C3%A9", "u=é|"},
	} {
		if r := g.do("GET", "/dev/q?"+c.query, ""); r.body != c.want {
			t.Errorf("%s: got %v, want %s", c.query, r, c.want)
		}
	}
	for _, bad := range []string{"a=|", "a={", "a=}"} { // the shape of the answer is unconfirmed
		if r := g.do("GET", "/dev/q?"+bad, ""); r.status != 400 {
			t.Errorf("%s: got %v", bad, r)
		}
	}
}
