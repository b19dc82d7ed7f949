package model_test

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/gatehouse-gateway/gatehouse/internal/definition"
	"github.com/gatehouse-gateway/gatehouse/internal/model"
	"github.com/gatehouse-gateway/gatehouse/vtl"
	"github.com/gatehouse-gateway/gatehouse/vtl/gateway"
)

// api has these models, by name.
func api(schemas map[string]string) *definition.RestAPI {
	a := &definition.RestAPI{ID: "abc", Models: map[string]*definition.Model{}}
	for name, schema := range schemas {
		a.Models[name] = &definition.Model{Name: name, ContentType: "application/json", Schema: schema}
	}
	return a
}

func ref(name string) string { return `{"$ref":"` + model.URL("abc", name) + `"}` }

// TestModelsAreChecked holds control-plane 8.7.
func TestModelsAreChecked(t *testing.T) {
	const invalid = "Invalid model specified: Validation Result: warnings : [], errors : "
	a := api(map[string]string{"Pet": `{"type":"object"}`})
	for _, c := range []struct{ name, contentType, schema, want string }{
		{"", "application/json", `{}`, "Model name must be non-empty"},                                     // recorded
		{"M", "application/json", "", "Model schema must have at least 1 property or array items defined"}, // recorded
		{"M", "application/xml", "", "Model schema must have at least 1 property or array items defined"},  // recorded
		{"M", "application/xml", "<schema/>", ""},
		{"M", "application/json", `{"type":"object"}`, ""}, // recorded
		{"M", "application/json", `{}`, ""},
		{"my_model", "application/json", `{}`, "Model name must be alphanumeric: my_model"},
		{"M", "application/json; charset=utf-8", `{`, invalid + "[Invalid model schema specified. line 1, column 2: "},
		{"M", "application/json", `[]`, invalid + "[Invalid model schema specified. The schema must be a JSON object]"},
		{"M", "application/json", `{"type":"nothing"}`, invalid + "[Invalid model schema specified]"},
		{"M", "application/json", `{"properties":{"a":{"maxLength":"35"}}}`, invalid + "[Invalid model schema specified]"},
		{"M", "application/json", `{"required":[]}`, invalid + "[Invalid model schema specified]"},
		{"M", "application/json", `{"pattern":"("}`, invalid + "[Invalid model schema specified]"},
		{"M", "application/json", `{"minimum":1e999999999}`, invalid + "[Invalid model schema specified]"},
		{"M", "application/json", `{"properties":{"a":{"nullable":true,"example":1}}}`, invalid + `[Invalid model schema specified. Unsupported keyword(s): ["example","nullable"]]`},
		{"M", "application/json", `{"properties":{"example":{"enum":[{"example":1}]}}}`, ""},
		{"M", "application/json", ref("Pet"), ""},
		{"M", "application/json", `{"properties":{"next":` + ref("M") + `}}`, ""},
		{"M", "application/json", `{"$ref":"#/definitions/A","definitions":{"A":{}}}`, ""},
		{"M", "application/json", `{"items":[` + ref("Gone") + `]}`, invalid + "[Invalid model reference specified: " + model.URL("abc", "Gone") + "]"},
		{"M", "application/json", `{"$ref":"https://example.com/x"}`, invalid + "[Model reference must be in canonical form]"},
		{"M", "application/json", `{"$ref":"` + model.URL("other", "Pet") + `"}`, invalid + "[Model reference must be in canonical form]"},
		{"M", "application/json", `{"title":"` + strings.Repeat("x", 400<<10) + `"}`, "Model schema must not be larger than 409600 bytes"},
	} {
		got := ""
		if err := model.Check(a, &definition.Model{Name: c.name, ContentType: c.contentType, Schema: c.schema}); err != nil {
			got = err.Error()
		}
		if got != c.want && !(strings.HasSuffix(c.want, ": ") && strings.HasPrefix(got, c.want)) {
			t.Errorf("%s %.60s:\n got %s\nwant %s", c.contentType, c.schema, got, c.want)
		}
	}
}

func TestReferences(t *testing.T) {
	for schema, want := range map[string]string{
		`{"type":"object"}`: "", `not JSON`: "", ref("A"): "A",
		`{"properties":{"$ref":` + ref("B") + `,"x":{"items":[` + ref("A") + `,` + ref("A") + `]}},"allOf":[` + ref("C") + `]}`: "A B C",
		`{"enum":[` + ref("A") + `],"default":` + ref("A") + `,"$ref":"#/definitions/A"}`:                                       "",
		`{"dependencies":{"a":["b"],"c":` + ref("D") + `}}`:                                                                     "D",
	} {
		if got := strings.Join(model.References(schema), " "); got != want {
			t.Errorf("%s refers to %q, want %q", schema, got, want)
		}
	}
}

func TestFlatten(t *testing.T) {
	a := api(map[string]string{
		"Pet":   `{"$schema":"http://json-schema.org/draft-04/schema#", "type": "object", "properties": {"kind": ` + ref("Kind") + `, "mother": ` + ref("Pet") + `, "home": ` + ref("Home") + `}}`,
		"Kind":  `{"$schema":"http://json-schema.org/draft-04/schema#","enum":["cat",1.50]}`,
		"Home":  `{"properties":{"door":{"$ref":"#/definitions/Door"},"pet":` + ref("Pet") + `},"definitions":{"Door":{"type":"string"}}}`,
		"Other": `{"items":[` + ref("Gone") + `,` + ref("Kind") + `],"not":` + ref("Kind") + `}`,
	})
	for name, want := range map[string]string{
		"Pet": `{"$schema":"http://json-schema.org/draft-04/schema#","type":"object","properties":{"kind":{"enum":["cat",1.50]},"mother":` + ref("Pet") +
			`,"home":{"properties":{"door":{"$ref":"` + model.URL("abc", "Home") + `#/definitions/Door"},"pet":` + ref("Pet") + `},"definitions":{"Door":{"type":"string"}}}}}`,
		"Other": `{"items":[` + ref("Gone") + `,{"enum":["cat",1.50]}],"not":{"enum":["cat",1.50]}}`,
	} {
		got, err := model.Flatten(a, a.Models[name])
		if err != nil || got != want {
			t.Errorf("%s: %v\n got %s\nwant %s", name, err, got, want)
		}
	}
}

func TestFlattenIsBounded(t *testing.T) {
	schemas := map[string]string{"M0": `{"type":"string"}`}
	for c := 1; c < 30; c++ { // each refers to the one before ten times
		below := ref("M" + string(rune('0'+c-1)))
		schemas["M"+string(rune('0'+c))] = `{"items":[` + strings.TrimSuffix(strings.Repeat(below+",", 10), ",") + `]}`
	}
	schemas["Top"] = ref("M9")
	a := api(schemas)
	if _, err := model.Flatten(a, a.Models["Top"]); err == nil || !strings.Contains(err.Error(), "too large when flattened") {
		t.Errorf("flattened: %v", err)
	}
	if _, err := model.Template(a, a.Models["Top"]); err != nil {
		t.Errorf("only the first of many items is a sample: %v", err)
	}
}

// TestTemplateIsThatOfTheService: the documentation of GetModelTemplate shows this answer for this model.
func TestTemplateIsThatOfTheService(t *testing.T) {
	a := api(map[string]string{"Out": `{"type":"object","properties":{"a":{"type":"number"},"b":{"type":"number"},"op":{"type":"string"},"c":{"type":"number"}}}`})
	got, err := model.Template(a, a.Models["Out"])
	want := "#set($inputRoot = $input.path('$'))\n{\n  \"a\" : 3.1415,\n  \"b\" : 3.1415,\n  \"op\" : \"foo\",\n  \"c\" : 3.1415\n}"
	if err != nil || got != want {
		t.Errorf("%v: got\n%s\nwant\n%s", err, got, want)
	}
}

// TestTemplatesRun: every template compiles, runs on a matching body, and prints a body of the model.
func TestTemplatesRun(t *testing.T) {
	schemas := map[string]string{
		"Pet":     `{"type":"object","required":["id","tags"],"properties":{"id":{"type":"integer"},"wild":{"type":"boolean"},"tags":{"type":"array","items":{"type":"string"}},"owner":` + ref("Owner") + `,"none":{"type":"null"},"empty":{}}}`,
		"Owner":   `{"properties":{"name":{"type":["null","string"]},"houses":{"type":"array","items":{"properties":{"rooms":{"items":{"type":"integer"}}}}}}}`,
		"Pets":    `{"type":"array","items":` + ref("Pet") + `}`,
		"Strange": `{"type":"object","properties":{"$ref":{"type":"string"},"a#b":{"enum":["$x","#set"]},"o'k":{"type":"array","items":{}},"b-c":{"type":"array","items":{"type":"integer"}},"\"q\\":{"type":"object"}}}`,
		"Circle":  `{"type":"object","properties":{"next":` + ref("Circle") + `}}`,
		"Loop":    ref("Loop"),
		"Choice":  `{"oneOf":[{"$ref":"#/definitions/A"},{"type":"null"}],"definitions":{"A":{"type":"object","properties":{"x":{"type":"number"}}}}}`,
		"Text":    `{"type":"string"}`,
	}
	bodies := map[string][2]string{ // body, and what comes out
		"Pet":     {`{"id":1,"tags":["a","b"],"owner":{"houses":[{"rooms":[1,2]},{}]}}`, `{"id":42,"wild":true,"tags":["foo","foo"],"owner":{"name":"foo","houses":[{"rooms":[42,42]},{"rooms":[]}]},"none":null,"empty":"foo"}`},
		"Pets":    {`[{"tags":["a"]},{"tags":[]}]`, `[{"id":42,"wild":true,"tags":["foo"],"owner":{"name":"foo","houses":[]},"none":null,"empty":"foo"},{"id":42,"wild":true,"tags":[],"owner":{"name":"foo","houses":[]},"none":null,"empty":"foo"}]`},
		"Strange": {`{"b-c":[1,2]}`, `{"$ref":"foo","a#b":"$x","o'k":[],"b-c":[42,42],"\"q\\":{}}`},
		"Circle":  {`{}`, ``},
		"Loop":    {`{}`, `"foo"`},
		"Choice":  {`{}`, `{"x":3.1415}`},
		"Text":    {`"x"`, `"foo"`},
	}
	a := api(schemas)
	for _, name := range slices.Sorted(maps.Keys(schemas)) {
		template, err := model.Template(a, a.Models[name])
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		body, ok := bodies[name]
		if !ok {
			continue
		}
		out, err := gateway.Render(vtl.Compile(template), nil, &gateway.Vars{Body: []byte(body[0])}, vtl.DefaultLimits)
		var v any
		if err == nil {
			err = json.Unmarshal(out, &v)
		}
		if err != nil {
			t.Errorf("%s: %v\n%s\nprints\n%s", name, err, template, out)
			continue
		}
		var want any
		if body[1] != "" && json.Unmarshal([]byte(body[1]), &want) == nil {
			g, _ := json.Marshal(v)
			w, _ := json.Marshal(want)
			if string(g) != string(w) {
				t.Errorf("%s:\n got %s\nwant %s\nby %s", name, g, w, template)
			}
		}
	}
}

func FuzzSchemas(f *testing.F) {
	f.Add(`{"type":"object","properties":{"a":{"items":[{"$ref":"#/definitions/A"}]}},"definitions":{"A":{"enum":[1]}}}`)
	f.Add(ref("M"))
	f.Add(`{"oneOf":[` + ref("Other") + `,{"type":["null","array"],"items":{"properties":{"$":{},"'":{}}}}]}`)
	f.Fuzz(func(t *testing.T, schema string) {
		a := api(map[string]string{"M": schema, "Other": `{"properties":{"m":` + ref("M") + `}}`})
		m := a.Models["M"]
		accepted := model.Check(a, m) == nil
		model.References(schema)
		if flat, err := model.Flatten(a, m); err == nil && accepted && !json.Valid([]byte(flat)) {
			t.Fatalf("flattened to %s", flat)
		}
		template, err := model.Template(a, m)
		if err != nil || !accepted {
			return
		}
		out, err := gateway.Render(vtl.Compile(template), nil, &gateway.Vars{Body: []byte(`{}`)}, vtl.DefaultLimits)
		if err == nil && !json.Valid(out) {
			t.Fatalf("the template prints no JSON:\n%s\n%s", template, out)
		}
	})
}
