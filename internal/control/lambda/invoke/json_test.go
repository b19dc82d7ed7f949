package invoke

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestInvalidJSON(t *testing.T) {
	for text, want := range map[string]string{
		`{}`: "", `null`: "", `"é"`: "", " 1 ": "",
		"\x99\xeb":            "Unexpected character ((CTRL-CHAR, code 153)): expected a valid value (JSON String, Number, Array, Object or token 'null', 'true' or 'false')|line: 1, column: 1", // recorded
		"n\x87r\x9e":          "Invalid UTF-8 start byte 0x87|line: 1, column: 3",                                                                                                                // recorded
		`{"a":"` + "\x87":     "Invalid UTF-8 start byte 0x87|line: 1, column: 8",
		`{"a":"` + "\xe9x\"}": "Invalid UTF-8 middle byte 0xe9|line: 1, column: 8",
		`{"a":`:               "Unexpected end-of-input|line: 1, column: 6",
		"{\n \"a\": x}":       "Unexpected character ('x' (code 120)): expected a valid value (JSON String, Number, Array, Object or token 'null', 'true' or 'false')|line: 2, column: 7",
		`{} {}`:               "Unexpected character ('{' (code 123))|line: 1, column: 4",
	} {
		got := invalidJSON([]byte(text))
		message, where, _ := strings.Cut(want, "|")
		if want == "" && got != "" || !strings.HasPrefix(got, message) || where != "" && !strings.HasSuffix(got, "disabled); "+where+"]") {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

func FuzzInvalidJSON(f *testing.F) {
	for _, seed := range []string{"{}", "n\x87", "\"\xff\"", "[1,", "\n\n]", "tru\xe9", `"\`, ""} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		if got := invalidJSON(text); (got == "") != (json.Valid(text) && utf8.Valid(text)) {
			t.Errorf("%q: got %q", text, got)
		}
	})
}
