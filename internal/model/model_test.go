package model_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/gatehouse-gateway/gatehouse/internal/model"
)

// TestTextsOfTheService holds the table of rest-api 4.4.
func TestTextsOfTheService(t *testing.T) {
	for _, c := range []struct{ name, schema, body, want string }{
		{"valid", `{"type":"object"}`, `{}`, ""},
		{"empty body is {}", `{"type":"object"}`, ``, ""},
		{"required, sorted", `{"required":["name","b"]}`, ``, `object has missing required properties (["b","name"])`},
		{"not JSON", `{}`, `{`, `the body is not JSON`},
		{"type", `{"type":"string"}`, `1`, `instance type (integer) does not match any allowed primitive type (allowed: ["string"])`},
		{"types", `{"type":["string","boolean"]}`, `1.5`, `instance type (number) does not match any allowed primitive type (allowed: ["boolean","string"])`},
		{"null", `{"type":"object"}`, `null`, `instance type (null) does not match any allowed primitive type (allowed: ["object"])`},
		{"enum", `{"enum":["a",1]}`, `"b"`, `instance value ("b") not found in enum (possible values: ["a",1])`},
		{"additionalProperties", `{"additionalProperties":false,"properties":{"a":{}}}`, `{"z":1,"b":2}`, `object instance has properties which are not allowed by the schema: ["b","z"]`},
		{"minimum", `{"minimum":3}`, `2.5`, `numeric instance is lower than the required minimum (minimum: 3, found: 2.5)`},
		{"maximum", `{"maximum":3}`, `4`, `numeric instance is greater than the required maximum (maximum: 3, found: 4)`},
		{"exclusive minimum", `{"minimum":3,"exclusiveMinimum":true}`, `3`, `numeric instance is not strictly greater than the required minimum 3`},
		{"exclusive maximum", `{"maximum":3,"exclusiveMaximum":true}`, `3`, `numeric instance is not strictly lower than the required maximum 3`},
		{"multipleOf", `{"multipleOf":2}`, `3`, `remainder of division is not zero (3 / 2)`},
		{"minLength", `{"minLength":3}`, `"ab"`, `string "ab" is too short (length: 2, required minimum: 3)`},
		{"maxLength", `{"maxLength":1}`, `"ab"`, `string "ab" is too long (length: 2, maximum allowed: 1)`},
		{"pattern", `{"pattern":"^a"}`, `"b"`, `ECMA 262 regex "^a" does not match input string "b"`},
		{"minItems", `{"minItems":2}`, `[1]`, `array is too short: must have at least 2 elements but instance has 1 elements`},
		{"maxItems", `{"maxItems":1}`, `[1,2]`, `array is too long: must have at most 1 elements but instance has 2 elements`},
		{"uniqueItems", `{"uniqueItems":true}`, `[1,1]`, `array must not contain duplicate elements`},
		{"minProperties", `{"minProperties":1}`, `{}`, `object has too few properties (found 0 but schema requires at least 1)`},
		{"maxProperties", `{"maxProperties":0}`, `{"a":1}`, `object has too many properties (found 1 but schema requires at most 0)`},
		{"anyOf", `{"anyOf":[{"type":"string"},{"type":"boolean"}]}`, `1`, `instance failed to match at least one required schema among 2`},
		{"oneOf none", `{"oneOf":[{"type":"string"},{"type":"boolean"}]}`, `1`, `instance failed to match exactly one schema (matched 0 out of 2)`},
		{"oneOf two", `{"oneOf":[{"minimum":1},{"maximum":5},{"type":"string"}]}`, `2`, `instance failed to match exactly one schema (matched 2 out of 3)`},
		{"oneOf null", `{"oneOf":[{"type":"null"},{"type":"string"}]}`, `null`, ``},
		{"allOf", `{"allOf":[{"type":"string"},{"type":"integer"}]}`, `1`, `instance failed to match all required schemas (matched only 1 out of 2)`},
		{"not", `{"not":{"type":"integer"}}`, `1`, `instance matched a schema which it should not have`},
		{"email", `{"format":"email"}`, `"x"`, `string "x" is not a valid email address`},
		{"ipv4", `{"format":"ipv4"}`, `"x"`, `string "x" is not a valid IPv4 address`},
		{"two at once", `{"required":["a"],"properties":{"b":{"type":"string"}}}`, `{"b":1}`,
			`instance type (integer) does not match any allowed primitive type (allowed: ["string"])|object has missing required properties (["a"])`},
		{"local definitions", `{"$ref":"#/definitions/A","definitions":{"A":{"type":"string"}}}`, `1`, `instance type (integer) does not match any allowed primitive type (allowed: ["string"])`},
		{"newer $schema is read as draft 4", `{"$schema":"http://json-schema.org/draft-07/schema#","type":"string"}`, `"x"`, ``},
	} {
		t.Run(c.name, func(t *testing.T) {
			set, bad := model.NewSet("abc", map[string]string{"M": c.schema})
			if len(bad) > 0 {
				t.Fatal(bad)
			}
			v, err := set.Validator("M")
			if err != nil {
				t.Fatal(err)
			}
			found := v.Validate([]byte(c.body))
			slices.Sort(found)
			if got := strings.Join(found, "|"); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

func TestModelsMayReferToEachOtherInCircles(t *testing.T) {
	set, bad := model.NewSet("abc", map[string]string{
		"Person": `{"type":"object","properties":{"house":{"$ref":"` + model.URL("abc", "House") + `"}},"required":["name"]}`,
		"House":  `{"type":"object","properties":{"owner":{"$ref":"` + model.URL("abc", "Person") + `"}}}`,
	})
	if len(bad) > 0 {
		t.Fatal(bad)
	}
	v, err := set.Validator("House")
	if err != nil {
		t.Fatal(err)
	}
	if got := v.Validate([]byte(`{"owner":{"name":"a","house":{"owner":{}}}}`)); len(got) != 1 {
		t.Errorf("got %q", got)
	}
}

func TestBadModelsAreNamed(t *testing.T) {
	set, bad := model.NewSet("abc", map[string]string{
		"Text": `hello`, "List": `[]`, "Outside": `{"$ref":"https://example.com/x.json"}`, "Wrong": `{"type":"nothing"}`,
	})
	if bad["Text"] == nil || bad["List"] == nil {
		t.Errorf("got %v", bad)
	}
	for _, name := range []string{"Outside", "Wrong", "Missing"} {
		if _, err := set.Validator(name); err == nil {
			t.Errorf("%s compiled", name)
		}
	}
}

func TestHugeNumbersCostNothing(t *testing.T) {
	set, _ := model.NewSet("abc", map[string]string{"M": `{"properties":{"a":{"minimum":1,"multipleOf":0.5,"type":"integer"}}}`})
	v, err := set.Validator("M")
	if err != nil {
		t.Fatal(err)
	}
	for _, body := range []string{`{"a":1e9999999}`, `{"a":[1e-9999999]}`, `{"a":1E+999999}`, `{"a":1e99999999999999999999}`, `{"a":` + strings.Repeat("1", 2000) + `}`} {
		if got := v.Validate([]byte(body)); len(got) != 1 || got[0] != "a number has more than 1000 digits" {
			t.Errorf("%.30s: got %q", body, got)
		}
	}
}

func FuzzValidate(f *testing.F) {
	set, _ := model.NewSet("abc", map[string]string{"M": `{"type":"object","required":["a"],"properties":{"a":{"type":"string","pattern":"^[a-z]+$"}}}`})
	v, err := set.Validator("M")
	if err != nil {
		f.Fatal(err)
	}
	f.Add([]byte(`{"a":"b"}`))
	f.Add([]byte(`{"a":1e999}`))
	f.Fuzz(func(_ *testing.T, body []byte) { v.Validate(body) })
}
