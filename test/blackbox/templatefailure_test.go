package blackbox

import (
	"strings"
	"testing"
)

// TestTemplatesThatFailSayWhereInTheLog: the client gets 500 and nothing else, the log says why and where, and the gateway goes
// on. Spec: mapping-templates 1, 14.
func TestTemplatesThatFailSayWhereInTheLog(t *testing.T) {
	var b strings.Builder
	b.WriteString("openapi: 3.0.1\ninfo: {title: failing, version: \"1\"}\npaths:\n")
	cases := []struct{ path, template, log string }{
		{"/good", "fine", ""},
		{"/syntax", "a #if($x", "line 1, column "},
		{"/runtime", `$util.parseJson("{")`, "line 1, column 6: $util.parseJson"},
		{"/steps", "#set($r = [1..1000])#foreach($a in $r)#foreach($b in $r)#set($c = $a + $b)#end#end", "step limit exceeded"},
		{"/memory", "#set($s = 'abc')" + strings.Repeat("#set($s = $s + $s)", 40), "memory limit exceeded"},
		{"/output", "#set($s = 'abcdefgh')" + strings.Repeat("#set($s = $s + $s)", 18) + "#foreach($i in [1..100])$s#end", "output limit exceeded"},
		{"/depth", "#macro(m)#m()#end#m()", "nested too deeply"},
		{"/include", `#include("x")`, "#include"},
	}
	for _, c := range cases {
		b.WriteString("  " + c.path + ":\n    get:\n      responses: {\"200\": {description: ok}}\n      x-amazon-apigateway-integration:\n        type: mock\n" +
			"        requestTemplates: {application/json: '{\"statusCode\": 200}'}\n        responses:\n          default:\n            statusCode: \"200\"\n" +
			"            responseTemplates:\n              application/json: |-\n                " + c.template + "\n")
	}
	g := serve(t, b.String())
	for _, c := range cases {
		from := g.mark()
		r := g.do("GET", "/dev"+c.path, "")
		if c.log == "" {
			continue
		}
		if r.status != 500 || r.body != `{"message": "Internal server error"}` || r.get("x-amzn-ErrorType") != "InternalServerErrorException" {
			t.Errorf("%s: got %.200v", c.path, r)
		}
		line := g.out.wait(t, from, `DEFAULT_5XX: Internal server error \((.*)\)\n`)[1]
		if !strings.Contains(line, "Unable to transform response") || !strings.Contains(line, c.log) {
			t.Errorf("%s: the log says %s, want %s", c.path, line, c.log)
		}
		if again := g.do("GET", "/dev/good", ""); again.body != "fine" {
			t.Errorf("after %s: got %v", c.path, again)
		}
	}
}
