package gateway_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gatehouse-gateway/gatehouse/jsontree"
	"github.com/gatehouse-gateway/gatehouse/vtl"
	"github.com/gatehouse-gateway/gatehouse/vtl/gateway"
)

// contextVars is a ContextSource made of a JSON object.
type contextVars struct{ root *jsontree.Object }

func (c contextVars) at(name string) jsontree.Value {
	var v jsontree.Value = c.root
	for part := range strings.SplitSeq(name, ".") {
		o, ok := v.(*jsontree.Object)
		if !ok || o == nil {
			return nil
		}
		if v, ok = o.Get(part); !ok {
			return nil
		}
	}
	return v
}

func (c contextVars) Var(name string) (string, bool) {
	s, ok := c.at(name).(string)
	return s, ok
}

func (c contextVars) Members(prefix string) []string {
	o, ok := c.root, true
	if prefix != "" {
		o, ok = c.at(prefix).(*jsontree.Object)
	}
	if !ok || o == nil {
		return nil
	}
	names := []string{}
	for name := range o.All() {
		names = append(names, name)
	}
	return names
}

func parse(t testing.TB, text string) *jsontree.Object {
	if text == "" {
		return nil
	}
	v, err := jsontree.ParseString(text, jsontree.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	return v.(*jsontree.Object)
}

func params(t testing.TB, text string) (list []gateway.Param) {
	if o := parse(t, text); o != nil {
		for name, v := range o.All() {
			list = append(list, gateway.Param{Name: name, Value: v.(string)})
		}
	}
	return list
}

// effects prints what the pipeline would do because of the overrides.
func effects(o *gateway.Overrides) string {
	var w strings.Builder
	for _, group := range []struct {
		name string
		list []gateway.Override
	}{
		{"path", o.RequestPath()}, {"querystring", o.RequestQuery()},
		{"header", o.RequestHeaders()}, {"response header", o.ResponseHeaders()},
	} {
		for _, one := range group.list {
			fmt.Fprintf(&w, "%s %s = %q\n", group.name, one.Name, one.Values)
		}
	}
	if code, ok := o.Status(); ok {
		fmt.Fprintln(&w, "status", code)
	}
	return strings.TrimSuffix(w.String(), "\n")
}

// TestGolden runs testdata: a template over body, parameters, stage variables
// and context, then perhaps a response template over its own body with the same
// overrides.
func TestGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no golden files", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			comment, part := readArchive(t, file)
			if !strings.HasPrefix(comment, "Spec: mapping-templates ") {
				t.Error("the first line must name the section of the spec")
			}
			var overrides gateway.Overrides
			vars := gateway.Vars{
				Body: []byte(part["body"]), Overrides: &overrides, Context: contextVars{parse(t, part["context"])},
				Path: params(t, part["path"]), Query: params(t, part["query"]), Header: params(t, part["header"]),
				StageVariables: map[string]string{},
			}
			for _, p := range params(t, part["stage variables"]) {
				vars.StageVariables[p.Name] = p.Value
			}
			render := func(template, want string) {
				out, err := gateway.Render(vtl.Compile(part[template]), nil, &vars, vtl.Limits{})
				if message, ok := part["error"]; ok {
					if err == nil || err.Error() != message {
						t.Errorf("got error %v (output %q)\nwant %s", err, out, message)
					}
				} else if err != nil || string(out) != part[want] {
					t.Errorf("%s: got %q, %v\nwant %q", template, out, err, part[want])
				}
			}
			render("template", "want")
			if _, ok := part["response template"]; ok {
				vars.Body = []byte(part["response body"])
				render("response template", "response want")
			}
			if want := part["overrides"]; effects(&overrides) != want {
				t.Errorf("overrides: got\n%s\nwant\n%s", effects(&overrides), want)
			}
		})
	}
}

func TestBytesThatAreNoTextAreRefused(t *testing.T) {
	out, err := gateway.Render(vtl.Compile("static"), []byte("dst"), &gateway.Vars{Body: []byte("\xff")}, vtl.Limits{})
	if !errors.Is(err, gateway.ErrNotText) || string(out) != "dst" {
		t.Errorf("%q, %v", out, err)
	}
}

func TestOverridesStartAndEndEmpty(t *testing.T) {
	var o gateway.Overrides
	if !o.Empty() {
		t.Error("zero value is not empty")
	}
	for template, empty := range map[string]bool{
		`$context.requestOverride.header.keySet()$context.responseOverride.keySet()`: true,
		`#set($context.requestOverride.header.A = "b")`:                              false,
		`#set($context.responseOverride.status = 404)`:                               false,
		`#set($context.responseOverride.custom = 1)`:                                 false,
	} {
		o.Reset()
		if _, err := gateway.Render(vtl.Compile(template), nil, &gateway.Vars{Overrides: &o}, vtl.Limits{}); err != nil {
			t.Error(err)
		}
		if o.Empty() != empty {
			t.Errorf("%s: Empty is %t", template, o.Empty())
		}
	}
	o.Reset()
	if !o.Empty() {
		t.Error("not empty after Reset")
	}
}

func TestStatusIsAnIntegerInRange(t *testing.T) {
	for value, want := range map[string]int{`404`: 404, `"503"`: 503, `100`: 100, `599`: 599, `99`: 0, `600`: 0, `"x"`: 0, `$null`: 0, `200.5`: 0, `[200]`: 0} {
		var o gateway.Overrides
		p := vtl.Compile("#set($context.responseOverride.status = " + value + ")")
		if _, err := gateway.Render(p, nil, &gateway.Vars{Overrides: &o}, vtl.Limits{}); err != nil {
			t.Error(err)
		}
		if code, ok := o.Status(); code != want && ok || ok != (want != 0) {
			t.Errorf("%s: %d, %t", value, code, ok)
		}
	}
}

func TestSearchesOfTheBodyAreMetered(t *testing.T) {
	p := vtl.Compile(`#foreach($i in [1..500])#foreach($j in [1..500])#set($x = $input.path("$..a"))#end#end`)
	body := []byte(`{"a":"` + strings.Repeat("x", 100_000) + `"}`)
	if _, err := gateway.Render(p, nil, &gateway.Vars{Body: body}, vtl.Limits{}); !errors.Is(err, vtl.ErrSteps) {
		t.Errorf("got %v, want ErrSteps", err)
	}
}

func FuzzRender(f *testing.F) {
	f.Add(`$input.json('$.a') $input.path("$..b")`, `{"a":[{"b":1}]}`)
	f.Add(`$util.parseJson($input.body).a $util.urlDecode($input.params("q")) $util.base64Decode("YQ")`, `{"a":"%41"}`)
	f.Add(`#set($context.requestOverride.header.X = ["a", $input])$context $context.identity.sourceIp`, ``)
	f.Add(`$util.escapeJavaScript($input.params()) $stageVariables`, `x`)
	limits := vtl.Limits{Output: 2000, Loop: 20, Depth: 5, Steps: 2000, Memory: 20_000}
	f.Fuzz(func(t *testing.T, template, body string) {
		var o gateway.Overrides
		v := gateway.Vars{Body: []byte(body), Overrides: &o, Query: []gateway.Param{{Name: "q", Value: body}}}
		out, err := gateway.Render(vtl.Compile(template), nil, &v, limits)
		if len(out) > limits.Output {
			t.Fatalf("%d bytes", len(out))
		}
		var syntax *vtl.SyntaxError
		var failed *vtl.RunError
		if err != nil && !errors.As(err, &syntax) && !errors.As(err, &failed) && !errors.Is(err, gateway.ErrNotText) {
			t.Fatal(err)
		}
		effects(&o)
	})
}
