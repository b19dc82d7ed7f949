package restapi

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/gatehouse-gateway/gatehouse/internal/integration/jsonscan"
	"github.com/gatehouse-gateway/gatehouse/internal/observe"
	"github.com/gatehouse-gateway/gatehouse/vtl/gateway"
)

// counter is a source of predictable randomness.
func counter() func() uint64 {
	n := uint64(0)
	return func() uint64 { n += 0x0123456789abcdef; return n }
}

// TestTraceHeaderRules holds the recorded rules of rest-api 1.5.
func TestTraceHeaderRules(t *testing.T) {
	now := time.Unix(0x65f0a1b2, 0)
	for _, c := range []struct{ sent, want string }{
		{"Root=1-a-b;Parent=c;Sampled=1", `Root=1-a-b;Parent=c;Sampled=1`},
		{"Root=1-a-b;Parent=c;Sampled=0;Lineage=x", `Root=1-a-b;Parent=c;Sampled=0;Lineage=x`},
		{"Root=1-a-b", `Root=1-a-b;Parent=[0-9a-f]{16};Sampled=0`},
		{"Root=1-a-b;Parent=c", `Root=1-a-b;Parent=c;Sampled=1`},
		{"", `Root=1-65f0a1b2-[0-9a-f]{24}`},
		{"nonsense", `Root=1-65f0a1b2-[0-9a-f]{24}`},
	} {
		if got := observe.TraceID(c.sent, now, counter()); !regexp.MustCompile("^" + c.want + "$").MatchString(got) {
			t.Errorf("%q: got %q", c.sent, got)
		}
	}
}

func TestRequestIDsHaveTheServicesForm(t *testing.T) {
	random := counter()
	if id := string(appendUUID(nil, random(), random())); !regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`).MatchString(id) {
		t.Errorf("request id %q", id)
	}
	if id := string(appendExtendedID(nil, random(), random())); len(id) != 16 || !strings.HasSuffix(id, "=") {
		t.Errorf("extended request id %q", id)
	}
}

// TestQueryParsing holds rest-api 1.4.
func TestQueryParsing(t *testing.T) {
	for _, c := range []struct{ raw, all, last string }{
		{"email=test%2Balias&plus=test+alias", "email=test+alias plus=test alias", "email=test+alias plus=test alias"},
		{"price=10&price=20&price=30", "price=10 price=20 price=30", "price=30"},
		{"a=1;b=2", "a=1 b=2", "a=1 b=2"},
		{"a&b=&A=1", "a= b= A=1", "a= b= A=1"},
		{"a%5B%5D=1&a[]=2", "a[]=1 a[]=2", "a[]=2"},
		{"bad=%zz&cut=%4", "bad=%zz cut=%4", "bad=%zz cut=%4"},
		{"utf=%ff", "utf=\uFFFD", "utf=\uFFFD"},
		{"", "", ""},
	} {
		all := parseQuery(nil, c.raw)
		if got := describe(all); got != c.all {
			t.Errorf("%q: got %q, want %q", c.raw, got, c.all)
		}
		if got := describe(lastValues(nil, all)); got != c.last {
			t.Errorf("%q, last values: got %q, want %q", c.raw, got, c.last)
		}
	}
}

func TestThousandsOfParametersCostLittle(t *testing.T) {
	all := parseQuery(nil, strings.Repeat("a&b&c&", 1700))
	if got := describe(lastValues(nil, all)); got != "a= b= c=" {
		t.Errorf("got %.60q", got)
	}
}

func describe(ps []gateway.Param) string {
	parts := make([]string, len(ps))
	for i, p := range ps {
		parts[i] = p.Name + "=" + p.Value
	}
	return strings.Join(parts, " ")
}

// TestBinaryMediaTypes holds rest-api 7.4, recorded.
func TestBinaryMediaTypes(t *testing.T) {
	for _, c := range []struct {
		entries string
		accept  string
		want    bool
	}{
		{"image/png", "image/png", true},
		{"image/png", "image/png,image/*,*/*;q=0.8", true},
		{"image/png", "image/webp,image/png,*/*;q=0.8", false},
		{"image/png", "image/*", false},
		{"image/png", "*/*", false},
		{"image/png", "image/jpg", false},
		{"image/png", "", false},
		{"image/png", "application", false},
		{"application/*", "application/whatever", true},
		{"application/*", "application/*", true},
		{"*/test", "x/test", false},
		{"*/*", "anything/else", true},
		{"*/*", "", true}, // unconfirmed
		{"image~1png", "image/png; q=1", true},
	} {
		b := compileBinaryTypes(strings.Split(c.entries, " "))
		if got := b.match(firstAccepted(c.accept)); got != c.want {
			t.Errorf("%s with Accept %q: got %v", c.entries, c.accept, got)
		}
	}
}

// TestContentHandling holds the tables of rest-api 7.3 and 10.3.
func TestContentHandling(t *testing.T) {
	for _, c := range []struct {
		handling string
		binary   bool
		want     conversion
	}{
		{"", false, toText}, {"CONVERT_TO_TEXT", false, toText}, {"CONVERT_TO_BINARY", false, toBytes},
		{"", true, keep}, {"CONVERT_TO_BINARY", true, keep}, {"CONVERT_TO_TEXT", true, toBase64},
	} {
		if got := requestConversion(c.handling, c.binary); got != c.want {
			t.Errorf("request %q binary %v: got %v", c.handling, c.binary, got)
		}
	}
	for _, c := range []struct {
		handling        string
		payload, accept bool
		want            conversion
	}{
		{"", false, false, toText}, {"CONVERT_TO_TEXT", false, false, toText}, {"CONVERT_TO_BINARY", false, false, toBytes},
		{"", false, true, toBytes}, {"CONVERT_TO_TEXT", false, true, toText}, {"CONVERT_TO_BINARY", false, true, toBytes},
		{"", true, false, toBase64}, {"CONVERT_TO_TEXT", true, false, toBase64}, {"CONVERT_TO_BINARY", true, false, keep},
		{"", true, true, keep}, {"CONVERT_TO_TEXT", true, true, toBase64}, {"CONVERT_TO_BINARY", true, true, keep},
	} {
		if got := responseConversion(c.handling, c.payload, c.accept); got != c.want {
			t.Errorf("response %q payload %v accept %v: got %v", c.handling, c.payload, c.accept, got)
		}
	}
	if got, _ := toText.apply([]byte("\x1f\x8b\x08 a\xcf\xce")); string(got) != "\x1f\uFFFD\x08 a\uFFFD\uFFFD" {
		t.Errorf("got %q", got)
	}
	if _, err := toBytes.apply([]byte("not base64!")); err == nil {
		t.Error("text passed for base64")
	}
}

// TestAcceptedCoding holds the response side of rest-api 18.
func TestAcceptedCoding(t *testing.T) {
	for header, want := range map[string]coding{
		"": "", "gzip": gzipCoding, "deflate": deflateCoding, "deflate, gzip": deflateCoding, "gzip;q=0.5, deflate;q=0.9": deflateCoding,
		"br, gzip": "", "br;q=0.1, gzip": gzipCoding, "*": gzipCoding, "identity": "", "gzip;q=0": "", "GZIP": gzipCoding, "gzip;q=x": "",
	} {
		if got := acceptedCoding(header); got != want {
			t.Errorf("%q: got %q, want %q", header, got, want)
		}
	}
}

// TestURIRendering holds the static part of rest-api 6.
func TestURIRendering(t *testing.T) {
	vars := map[string]string{"host": "example.com:8080", "path": "v1/x"}
	for _, c := range []struct{ uri, host, path, query, invalid string }{
		{"http://example.com", "example.com", "", "", ""},
		{"https://${stageVariables.host}/${stageVariables.path}?a=1#frag", "example.com:8080", "/v1/x", "a=1", ""},
		{"http://${stageVariables.missing}/x", "", "/x", "", "no valid host"},
		{"http://$stageVariables.host/x", "$stageVariables.host", "/x", "", "no valid host"},
		{"ftp://example.com", "", "", "", "neither http nor https"},
		{"example.com", "", "", "", "neither http nor https"},
		{"http://example.com:81/", "example.com:81", "/", "", "port 81"},
		{"http://user@example.com/", "user@example.com", "/", "", "no valid host"},
	} {
		got := compileURI(c.uri, vars)
		host, _ := literalOf(got.authority)
		path, _ := literalOf(got.path)
		query, _ := literalOf(got.query)
		if host != c.host || path != c.path || query != c.query || !strings.Contains(got.invalid, c.invalid) || (c.invalid == "") != (got.invalid == "") {
			t.Errorf("%s: got host %q path %q query %q invalid %q", c.uri, host, path, query, got.invalid)
		}
	}
}

func TestPathValuesAreEscaped(t *testing.T) {
	if got := string(appendPathEscaped(nil, "a b/c%d?é+@", true)); got != "a%20b/c%25d%3F%C3%A9+@" {
		t.Errorf("got %s", got)
	}
	if got := string(appendPathEscaped(nil, "a/b", false)); got != "a%2Fb" {
		t.Errorf("got %s", got)
	}
}

// TestGatewayResponseTemplatesAreNotVTL holds rest-api 15.2.
func TestGatewayResponseTemplatesAreNotVTL(t *testing.T) {
	r := &refusal{kind: badRequestBody, message: `say "no"`, validation: "[x]"}
	x := &exchange{}
	for text, want := range map[string]string{
		`{"message":$context.error.messageString}`:               `{"message":"say \"no\""}`,
		`${context.error.message}!`:                              `say "no"!`,
		`$context.error.responseType.`:                           `BAD_REQUEST_BODY.`,
		`$context.error.validationErrorString-$stageVariables.a`: `[x]-b`,
		`#if(true)$input.body $util.x()#end`:                     `#if(true)$input.body $util.x()#end`,
		`$stageVariables.none|$context.nothing|$$`:               `||$$`,
		`cost: $10`:  `cost: $10`,
		`${unclosed`: `${unclosed`,
	} {
		tpl := plainTemplate{parts: compilePlain(text, map[string]string{"a": "b"})}
		if got := string(tpl.render(x, r)); got != want {
			t.Errorf("%s: got %s, want %s", text, got, want)
		}
	}
}

// TestJSONTexts holds that appendJSON writes what every reader reads back, and that lenJSON knows its length.
func TestJSONTexts(t *testing.T) {
	for text, want := range map[string]string{
		"": `""`, "plain": `"plain"`, "\"\\/": `"\"\\/"`, "\n\r\t\b\f\x00\x1f\x7f": `"\n\r\t\u0008\u000c\u0000\u001f` + "\x7f" + `"`,
		"ü€😀": `"ü€😀"`, "a\xffb\xe2\x82": `"a�b��"`, "\xed\xa0\x80": `"���"`, "\u2028": "\"\u2028\"", "end\xf0": `"end�"`,
	} {
		got, fromBytes := string(jsonscan.AppendString(nil, text)), string(jsonscan.AppendString(nil, []byte(text)))
		if got != want || fromBytes != want || jsonscan.StringLen([]byte(text)) != len(want) {
			t.Errorf("%q: got %s and %s of %d bytes, want %s of %d", text, got, fromBytes, jsonscan.StringLen([]byte(text)), want, len(want))
		}
	}
}
