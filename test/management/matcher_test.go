package management_test

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"
)

// placeholder is what the recorder wrote for volatile text: <kind:number>, <kind>, or the account 111111111111.
var placeholder = regexp.MustCompile(`<([a-z][a-z0-9_-]*)(?::\d+)?>|111111111111`)

// codeSize stands for the sizes of all code files, which differ.
const codeSize = "<code-size>"

// sha256Base64 is a digest, for which the recorder wrote "code-sha256" where many differ.
var sha256Base64 = regexp.MustCompile(`^[A-Za-z0-9+/]{43}=$`)

// nestedDigest is what the recorder wrote where it replaced a digest twice.
const nestedDigest = "<<code-sha-256>:1>"

// functionURL is an address for which the recorder wrote "lambda-url".
var functionURL = regexp.MustCompile(`^https?://[a-z0-9]{32}\.lambda-url\.[a-z0-9-]+\..+/$`)

// date is a time as Lambda writes it, or an export, for which the recorder wrote "date".
var date = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3}\+0000|(\.\d{3})?Z)$`)

// matcher compares recorded values with answers. A placeholder stands for one text throughout a test, and two numbers
// of a kind never for the same one.
type matcher struct {
	bound map[string]string // by placeholder
	owner map[string]string // placeholder by kind and text
}

func newMatcher() *matcher {
	return &matcher{bound: map[string]string{}, owner: map[string]string{}}
}

func (m *matcher) value(at string, want, got any) error {
	switch want := want.(type) {
	case map[string]any:
		return m.object(at, want, parsed(got))
	case []any:
		return m.list(at, want, parsed(got))
	case string:
		return m.text(at, want, got)
	}
	if want != got {
		return fmt.Errorf("%s is %v, recorded is %v", at, got, want)
	}
	return nil
}

// parsed returns the JSON inside of a text, which the recorder parsed, or the value itself.
func parsed(got any) any {
	s, ok := got.(string)
	if !ok {
		return got
	}
	var inside any
	if err := json.Unmarshal([]byte(s), &inside); err != nil {
		return got
	}
	return inside
}

func (m *matcher) object(at string, want map[string]any, got any) error {
	object, ok := got.(map[string]any)
	if !ok {
		return fmt.Errorf("%s is %v, recorded is an object", at, got)
	}
	for _, k := range sortedKeys(object) {
		if _, ok := want[k]; !ok {
			return fmt.Errorf("%s.%s is %v, recorded is none", at, k, object[k])
		}
	}
	for _, k := range sortedKeys(want) {
		v, ok := object[k]
		if !ok {
			return fmt.Errorf("%s.%s is missing, recorded is %v", at, k, want[k])
		}
		if err := m.value(at+"."+k, want[k], v); err != nil {
			return err
		}
	}
	return nil
}

func (m *matcher) list(at string, want []any, got any) error {
	list, ok := got.([]any)
	if !ok || len(list) != len(want) {
		return fmt.Errorf("%s is %v, recorded are %d elements", at, got, len(want))
	}
	for i := range want {
		if err := m.value(fmt.Sprintf("%s[%d]", at, i), want[i], list[i]); err != nil {
			return err
		}
	}
	return nil
}

func (m *matcher) text(at, want string, got any) error {
	if want == "datetime" {
		if seconds, ok := got.(float64); !ok || seconds <= 0 {
			return fmt.Errorf("%s is %v, recorded is a time in seconds", at, got)
		}
		return nil
	}
	if n, ok := got.(float64); ok && n > 0 && want == codeSize {
		return nil
	}
	s, ok := got.(string)
	if !ok {
		return fmt.Errorf("%s is %v, recorded is the text %q", at, got, want)
	}
	if want == "lambda-url" && functionURL.MatchString(s) || want == "date" && date.MatchString(s) || (want == "code-sha256" || want == nestedDigest) && sha256Base64.MatchString(s) {
		return nil
	}
	if !m.pattern(want, s) {
		return fmt.Errorf("%s is %q, recorded is %q", at, s, want)
	}
	return nil
}

// pattern matches a recorded text with placeholders and binds those that are new.
func (m *matcher) pattern(want, got string) bool {
	var names []string
	var expr strings.Builder
	last := 0
	for _, at := range placeholder.FindAllStringIndex(want, -1) {
		expr.WriteString(regexp.QuoteMeta(want[last:at[0]]))
		name := want[at[0]:at[1]]
		last = at[1]
		if value, ok := m.bound[name]; ok {
			expr.WriteString(regexp.QuoteMeta(value))
			continue
		}
		names = append(names, name)
		if name == "111111111111" {
			expr.WriteString(`(\d{12})`)
		} else {
			expr.WriteString(`(.+?)`)
		}
	}
	expr.WriteString(regexp.QuoteMeta(want[last:]))
	found := regexp.MustCompile(`(?s)\A` + expr.String() + `\z`).FindStringSubmatch(got)
	if found == nil {
		return false
	}
	for i, name := range names {
		if !m.bind(name, found[i+1]) {
			return false
		}
	}
	return true
}

func (m *matcher) bind(name, value string) bool {
	if bound, ok := m.bound[name]; ok {
		return bound == value
	}
	kind, _, _ := strings.Cut(name, ":")
	key := kind + " " + value
	if _, taken := m.owner[key]; taken {
		return false
	}
	m.bound[name], m.owner[key] = value, name
	return true
}

func TestMatcherBindsPlaceholdersConsistently(t *testing.T) {
	cases := []struct {
		name, want, got string
		matches         bool
	}{
		{"one text throughout", `{"a":"<id:1>","b":"x-<id:1>"}`, `{"a":"q","b":"x-q"}`, true},
		{"another text", `{"a":"<id:1>","b":"<id:1>"}`, `{"a":"q","b":"r"}`, false},
		{"two numbers, one text", `{"a":"<id:1>","b":"<id:2>"}`, `{"a":"q","b":"q"}`, false},
		{"the account", `{"a":"id 111111111111:x"}`, `{"a":"id 000000000000:x"}`, true},
		{"a member too many", `{}`, `{"a":1}`, false},
		{"a member too few", `{"a":1}`, `{}`, false},
		{"an order", `{"a":[1,2]}`, `{"a":[2,1]}`, false},
		{"JSON in a text", `{"a":{"b":1}}`, `{"a":"{\"b\":1}"}`, true},
		{"a time", `{"a":"datetime"}`, `{"a":17.5}`, true},
		{"sizes", `{"a":"<code-size>","b":"<code-size>"}`, `{"a":17,"b":18}`, true},
		{"a time as text", `{"a":"date"}`, `{"a":"2026-01-02T03:04:05.678+0000"}`, true},
		{"no time", `{"a":"datetime"}`, `{"a":"yesterday"}`, false},
	}
	for _, c := range cases {
		var want, got map[string]any
		if err := json.Unmarshal([]byte(c.want), &want); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal([]byte(c.got), &got); err != nil {
			t.Fatal(err)
		}
		if err := newMatcher().object("", want, got); (err == nil) != c.matches {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}
