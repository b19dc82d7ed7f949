package gateway_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gatehouse-gateway/gatehouse/vtl"
	"github.com/gatehouse-gateway/gatehouse/vtl/gateway"
)

// TestTracedRendersAreTheSame runs the templates of testdata plain and traced.
func TestTracedRendersAreTheSame(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no golden files", err)
	}
	for _, file := range files {
		_, part := readArchive(t, file)
		render := func(hide bool, traced bool) string {
			var overrides gateway.Overrides
			vars := gateway.Vars{
				Body: []byte(part["body"]), Overrides: &overrides, Context: contextVars{parse(t, part["context"])},
				Path: params(t, part["path"]), Query: params(t, part["query"]), Header: params(t, part["header"]),
			}
			if !traced {
				out, err := gateway.Render(vtl.Compile(part["template"]), nil, &vars, vtl.Limits{})
				return fmt.Sprintf("%s\n%v\n%s", out, err, effects(&overrides))
			}
			tracer := vtl.Tracer{Event: func(vtl.Event) {}}
			if hide {
				tracer.Secrets = gateway.SecretsOf(&vars)
			}
			out, err := gateway.RenderTraced(vtl.CompileTraced(part["template"]), nil, &vars, vtl.Limits{}, tracer)
			return fmt.Sprintf("%s\n%v\n%s", out, err, effects(&overrides))
		}
		plain := render(false, false)
		for _, hide := range []bool{false, true} {
			if got := render(hide, true); got != plain {
				t.Errorf("%s, secrets hidden %t: got\n%s\nwant\n%s", file, hide, got, plain)
			}
		}
	}
}

const everyParam = `#set($allParams = $input.params())
#foreach($type in $allParams.keySet())
  #set($params = $allParams.get($type))
"$type" : {
  #foreach($name in $params.keySet())
  "$name" : "$util.escapeJavaScript($params.get($name))"
  #end
}
#end`

func TestTracesKeepCredentials(t *testing.T) {
	vars := gateway.Vars{
		Header: []gateway.Param{{Name: "Accept", Value: "text/plain"}, {Name: "authorization", Value: "Bearer sesame/open-1"},
			{Name: "X-API-Key", Value: "key-sesame-2"}, {Name: "Cookie", Value: "a=1; sid=sesame-cookie"}, {Name: "X-Other", Value: "other"}},
		Query:   []gateway.Param{{Name: "limit", Value: "10"}},
		Context: contextVars{parse(t, `{"requestId":"r-1","identity":{"apiKey":"sesame-9"}}`)},
	}
	for template, shown := range map[string]string{
		"$input.params('authorization')": "", "$input.params().header.Cookie": "", "$input.params('X-API-Key')": "",
		"$input.params()": "", "$input.params().header": "", "$input.params().header.entrySet()": "",
		"$input.params('X-Other') $input.params().querystring": "= {limit=10}",
		"$context.identity.apiKey":                             "", "$context.requestId": "= r-1",
		"#set($t = $input.params('authorization').substring(7))$t $util.base64Encode($t)":                                 "",
		"#set($context.requestOverride.header.X = $input.params('Cookie').substring(2))$context.requestOverride.header.X": "",
		"#set($b = $input.path('$'))$b.a $input.body $util.parseJson($input.body).a":                                      "= x (secret)",
		everyParam: `= text\/plain`,
	} {
		vars.Body, vars.Overrides = []byte(`{"a":"x key-sesame-2"}`), new(gateway.Overrides)
		var trace strings.Builder
		_, err := gateway.RenderTraced(vtl.CompileTraced(template), nil, &vars, vtl.Limits{}, vtl.Tracer{
			Secrets: gateway.SecretsOf(&vars),
			Event:   func(e vtl.Event) { fmt.Fprintf(&trace, "%d:%d  %s\n", e.Line, e.Column, e) },
		})
		if got := trace.String(); err != nil || strings.Contains(got, "sesame") || !strings.Contains(got, shown) || shown == "" && !strings.Contains(got, "(secret)") {
			t.Errorf("%s: %v\n%s\nwant %q in it", template, err, got, shown)
		}
	}
}

func TestMaskHidesTheBeginningOfASecret(t *testing.T) {
	s := gateway.SecretsOf(&gateway.Vars{Header: []gateway.Param{{Name: "Authorization", Value: "Basic dXNlcjpwYXNz"}, {Name: "cookie", Value: "a=b; c=123456"}, {Name: "x-api-key", Value: "k"}}})
	for _, c := range []struct {
		text string
		cut  bool
		want string
	}{
		{"x Basic dXNlcjpwYXNz y", false, "x (secret) y"}, {"x dXNlcjpwYXNz", false, "x (secret)"}, {"x dXNlcj", true, "x (secret)"},
		{"x dXNlcj", false, "x dXNlcj"}, {"c is 123456", false, "c is (secret)"}, {"a=b", false, "a=b"}, {"keys", true, "keys"},
	} {
		if got := s.Mask(c.text, c.cut); got != c.want {
			t.Errorf("%q: got %q, want %q", c.text, got, c.want)
		}
	}
}
