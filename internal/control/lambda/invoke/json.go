package invoke

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// expected is what the service's parser wants where a value begins.
const expected = "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')"

// invalidJSON says in the service's words why a text is no JSON; "": it is. The words for the beginning of a value and for bytes that
// are no UTF-8 are recorded; the others say the same of other places.
func invalidJSON(text []byte) string {
	if json.Valid(text) && utf8.Valid(text) {
		return ""
	}
	at := firstProblem(text)
	if at >= len(text) {
		return "Unexpected end-of-input" + position(text, len(text)+1)
	}
	if start := at - 1; start >= 0 && strings.IndexByte("ntf", text[start]) >= 0 && isNoStart(text[at]) {
		return noStart(text, at)
	}
	switch b := text[at]; {
	case inText(text, at) && isNoStart(b):
		return noStart(text, at)
	case inText(text, at) && b >= utf8.RuneSelf:
		return fmt.Sprintf("Invalid UTF-8 middle byte 0x%x", b) + position(text, at+2)
	default:
		return "Unexpected character (" + character(b) + "): expected a valid value " + expected + position(text, at+1)
	}
}

func noStart(text []byte, at int) string {
	return fmt.Sprintf("Invalid UTF-8 start byte 0x%x", text[at]) + position(text, at+2)
}

// firstProblem is the offset of the first byte that cannot be where it is; that of the end, when the text stops too early.
func firstProblem(text []byte) int {
	at := len(text)
	var syntax *json.SyntaxError
	if err := json.Unmarshal(text, new(json.RawMessage)); errors.As(err, &syntax) && !strings.HasPrefix(syntax.Error(), "unexpected end") {
		at = int(syntax.Offset) - 1
	}
	if i := invalidUTF8(text); i >= 0 {
		at = min(at, i)
	}
	return at
}

// invalidUTF8 is the offset of the first byte that is not UTF-8, or -1.
func invalidUTF8(text []byte) int {
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRune(text[i:])
		if r == utf8.RuneError && size == 1 {
			return i
		}
		i += size
	}
	return -1
}

// inText reports whether an offset is inside of a JSON string.
func inText(text []byte, at int) bool {
	in := false
	for i := 0; i < at; i++ {
		switch {
		case in && text[i] == '\\':
			i++
		case text[i] == '"':
			in = !in
		}
	}
	return in
}

// isNoStart reports whether no UTF-8 sequence starts with a byte.
func isNoStart(b byte) bool { return b >= 0x80 && b < 0xc0 || b >= 0xf8 }

// character is a byte as the parser prints it.
func character(b byte) string {
	if b < ' ' || b >= 0x7f && b < 0xa0 {
		return fmt.Sprintf("(CTRL-CHAR, code %d)", b)
	}
	return fmt.Sprintf("'%c' (code %d)", rune(b), b)
}

// position is where a problem is: line and column from 1, the column in bytes.
func position(text []byte, column int) string {
	before := text[:min(max(column-1, 0), len(text))]
	line := 1 + bytes.Count(before, []byte("\n"))
	if line > 1 {
		column -= bytes.LastIndexByte(before, '\n') + 1
	}
	return fmt.Sprintf("\n at [Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); line: %d, column: %d]", line, column)
}
