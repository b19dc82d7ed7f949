package awsproto

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"testing"
)

func TestLargeTextsAreNotCopied(t *testing.T) {
	big, other := strings.Repeat("QUJD", largeFrom/4), strings.Repeat("REVG", largeFrom/4+1)
	plain := strings.Repeat("some words ", largeFrom/10)
	for _, document := range []string{
		`{"a":"` + big + `","b":{"c":["` + other + `","x"]},"n":12345678901234567890}`,
		`"` + big + `"`, `{"` + big + `":1}`, `{"a":"` + plain + `"}`, `{"a\"b":"x\\","c":"` + big + `"}`, `{"a":"` + big[:len(big)-1] + `\n"}`,
	} {
		rest, texts := cutLargeTexts([]byte(document))
		if bytes.Contains(rest, []byte(big)) && !strings.Contains(document, `\n`) {
			t.Errorf("%.40s: a large text stays", document)
		}
		got, err := parseBody([]byte(document))
		if err != nil {
			t.Fatalf("%.40s: %v", document, err)
		}
		var want any
		dec := json.NewDecoder(strings.NewReader(document))
		dec.UseNumber()
		if err := dec.Decode(&want); err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(asTexts(got), want) {
			t.Errorf("%.40s: %d large texts, and another document", document, len(texts))
		}
	}
	if _, err := parseBody([]byte(`{"a":"` + big)); err == nil {
		t.Error("a text without end was accepted")
	}
}

func TestEscapesDoNotMakeCuttingSlow(t *testing.T) {
	document := []byte(`"` + strings.Repeat(`\\`, 4<<20) + `"`)
	if rest, texts := cutLargeTexts(document); texts != nil || len(rest) != len(document) {
		t.Error("a text with escapes was cut")
	}
}

// asTexts makes texts of large texts.
func asTexts(tree any) any {
	switch v := tree.(type) {
	case largeText:
		return string(v)
	case []any:
		for i := range v {
			v[i] = asTexts(v[i])
		}
	case map[string]any:
		for name, value := range v {
			v[name] = asTexts(value)
		}
	}
	return tree
}

// FuzzLargeTexts holds that reading with and without cutting is the same. The text at # is a large one.
func FuzzLargeTexts(f *testing.F) {
	f.Add(`{"a":"#","b":["#"]}`)
	f.Add(`{"a":"\"#"}`)
	f.Add(`"#`)
	f.Add(`{"#":"#"}`)
	big := strings.Repeat("QUJD", largeFrom/4)
	f.Fuzz(func(t *testing.T, template string) {
		document := []byte(strings.Replace(template, "#", big, 2))
		got, err := parseBody(document)
		var want any
		dec := json.NewDecoder(bytes.NewReader(bytes.TrimSpace(document)))
		dec.UseNumber()
		wantErr := dec.Decode(&want)
		if failed := wantErr != nil || dec.More(); len(bytes.TrimSpace(document)) > 0 && failed != (err != nil) {
			t.Fatalf("%q: got %v, want %v", template, err, wantErr)
		}
		if err == nil && !reflect.DeepEqual(asTexts(got), want) {
			t.Errorf("%q: another document", template)
		}
	})
}
