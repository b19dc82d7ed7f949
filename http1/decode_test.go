package http1

import (
	"testing"
	"unicode/utf8"
)

func TestDecode(t *testing.T) {
	for _, c := range []struct{ text, path, form string }{
		{"plain", "plain", "plain"}, {"a+b%20c", "a+b c", "a b c"}, {"%2F%2f", "//", "//"}, {"%", "%", "%"}, {"%4", "%4", "%4"}, {"%zz%4g", "%zz%4g", "%zz%4g"},
		{"%C3%BC", "ü", "ü"}, {"%ff", "\uFFFD", "\uFFFD"}, {"%25", "%", "%"}, {"%2525", "%25", "%25"},
	} {
		if got := DecodePath(c.text); got != c.path {
			t.Errorf("path %q: got %q, want %q", c.text, got, c.path)
		}
		if got := DecodeForm(c.text); got != c.form {
			t.Errorf("form %q: got %q, want %q", c.text, got, c.form)
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add("a%20b+%ff%")
	f.Fuzz(func(t *testing.T, text string) {
		if utf8.ValidString(text) && !utf8.ValidString(DecodePath(text)+DecodeForm(text)) {
			t.Errorf("%q is no UTF-8 any more", text)
		}
		if v := CleanValue(text); !ValidValue(v) {
			t.Errorf("%q is no value: %q", text, v)
		}
	})
}
