package jsonscan_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/gatehouse-gateway/gatehouse/internal/integration/jsonscan"
)

func TestSkipReadsAnyValue(t *testing.T) {
	for text, want := range map[string]bool{
		`{"a":[1,{"b":null}],"c":"\u00e9"} `: true, `[]`: true, `-1.5e+3`: true, `"a"`: true, `true`: true, `null`: true,
		``: false, `{`: false, `{"a"}`: false, `[1,]`: false, `01`: false, `tru`: false, `"\x"`: false, `{} {}`: false, `{a:1}`: false,
		strings.Repeat("[", 511) + strings.Repeat("]", 511): true,
		strings.Repeat("[", 513) + strings.Repeat("]", 513): false,
	} {
		s := jsonscan.New([]byte(text), 0)
		if got := s.Skip() && s.End(); got != want {
			t.Errorf("%.40s: got %v", text, got)
		}
	}
}

func TestNamesAndTexts(t *testing.T) {
	text := `{"plain":"value","esc\u0061ped":"a\nb","n":1.50,"skipped":{"inner":[1]}}`
	s := jsonscan.New([]byte(text), 0)
	got := ""
	ok := s.Object(func([]byte) bool {
		start := s.At()
		if !s.HeaderValue() {
			ok := s.Skip()
			got += s.Name(text) + " skipped|"
			return ok
		}
		got += s.Name(text) + "=" + s.Text(text, start) + "|"
		return true
	})
	if want := "plain=value|escaped=a\nb|n=1.50|skipped skipped|"; !ok || !s.End() || got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// FuzzSkip: what Skip takes is JSON, and what it does not take is none, but for depth.
func FuzzSkip(f *testing.F) {
	for _, seed := range []string{`{"a":[1,2.5e3,"\ud83d\ude00",true,null]}`, `"`, `[[[[`, `{"a":1,"a":2}`, ` 1 `} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		s := jsonscan.New(text, 0)
		s.Blanks()
		if got := s.Skip() && s.End(); got != json.Valid(text) && strings.Count(string(text), "[")+strings.Count(string(text), "{") < 500 {
			t.Fatalf("%q: got %v", text, got)
		}
	})
}

// FuzzStrings: whatever is written is read again, as valid UTF-8.
func FuzzStrings(f *testing.F) {
	f.Add("a\"\\\n\x00\xff\u00e9")
	f.Fuzz(func(t *testing.T, text string) {
		quoted := jsonscan.AppendString(nil, text)
		if n := jsonscan.StringLen([]byte(text)); n != len(quoted) {
			t.Errorf("%q: %d bytes, announced %d", text, len(quoted), n)
		}
		if got := string(jsonscan.AppendUnquoted(nil, quoted)); !json.Valid(quoted) || got != string(jsonscan.AppendText(nil, []byte(text))) {
			t.Errorf("%q became %s, and that %q", text, quoted, got)
		}
	})
}
