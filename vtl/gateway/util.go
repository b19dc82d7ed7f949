package gateway

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/gatehouse-gateway/gatehouse/jsontree"
	"github.com/gatehouse-gateway/gatehouse/vtl"
)

// util is $util. Its functions take the text of one value; null counts as the
// empty string. Spec: mapping-templates 12.
type util struct{}

var utilFunctions = map[string]func(*vtl.Env, string) (vtl.Value, error){
	"escapeJavaScript": escapeJavaScript,
	"parseJson":        parseJSON,
	"urlEncode":        urlEncode,
	"urlDecode":        urlDecode,
	"base64Encode":     base64Encode,
	"base64Decode":     base64Decode,
}

// Call runs one of the functions; what AppSync has besides does not exist here.
func (util) Call(env *vtl.Env, name string, args []vtl.Value) (vtl.Value, bool, error) {
	f, ok := utilFunctions[name]
	if !ok || len(args) != 1 {
		return nil, ok, nil
	}
	text, err := env.Text(args[0])
	if err != nil {
		return nil, true, err
	}
	v, err := f(env, text)
	if err != nil {
		return nil, true, fmt.Errorf("$util.%s: %w", name, err)
	}
	return v, true, nil
}

// Print prints what escapeJavaScript gives; it is what most templates print.
func (util) Print(env *vtl.Env, dst []byte, method string, arg vtl.Value) ([]byte, bool, error) {
	if method != "escapeJavaScript" {
		return dst, false, nil
	}
	text, err := env.Text(arg)
	if err != nil {
		return dst, true, err
	}
	return appendEscaped(dst, text), true, env.Scan(len(text))
}

// escapeJavaScript escapes quotes, backslashes, slashes, control characters and
// everything beyond ASCII. The last two are unconfirmed.
func escapeJavaScript(env *vtl.Env, s string) (vtl.Value, error) {
	if i := strings.IndexFunc(s, needsEscape); i < 0 {
		return s, env.Scan(len(s))
	}
	out := appendEscaped(make([]byte, 0, len(s)+len(s)/8), s)
	return string(out), env.Grow(2 * len(out))
}

// appendEscaped appends the escaped text to dst.
func appendEscaped(dst []byte, s string) []byte {
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf {
			if plain[c] {
				i++
				continue
			}
			dst = appendEscape(append(dst, s[start:i]...), c)
			i++
			start = i
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		dst = append(dst, s[start:i]...)
		if r > 0xFFFF {
			high, low := utf16.EncodeRune(r)
			dst = appendUnit(appendUnit(dst, uint16(high)), uint16(low))
		} else {
			dst = appendUnit(dst, uint16(r))
		}
		i += size
		start = i
	}
	return append(dst, s[start:]...)
}

// plain are the ASCII characters that stand for themselves.
var plain = func() (table [utf8.RuneSelf]bool) {
	for c := range table {
		table[c] = !needsEscape(rune(c))
	}
	return table
}()

// appendEscape appends the escape of an ASCII character.
func appendEscape(dst []byte, c byte) []byte {
	switch c {
	case '\b':
		c = 'b'
	case '\n':
		c = 'n'
	case '\t':
		c = 't'
	case '\f':
		c = 'f'
	case '\r':
		c = 'r'
	case '"', '\'', '\\', '/':
	default:
		return appendUnit(dst, uint16(c))
	}
	return append(dst, '\\', c)
}

func needsEscape(r rune) bool {
	return r < ' ' || r > '~' || r == '"' || r == '\'' || r == '\\' || r == '/'
}

func appendUnit(out []byte, u uint16) []byte {
	const hex = "0123456789ABCDEF"
	return append(out, '\\', 'u', hex[u>>12], hex[u>>8&15], hex[u>>4&15], hex[u&15])
}

// treeCost is about how many bytes a parsed document takes per byte of text.
const treeCost = 8

// parseJSON fails on what is not JSON (unconfirmed).
func parseJSON(env *vtl.Env, s string) (vtl.Value, error) {
	if err := env.Grow(treeCost * len(s)); err != nil {
		return nil, err
	}
	v, err := jsontree.ParseString(s, jsontree.Limits{})
	return vtl.FromJSON(v), err
}

// urlEncode is form encoding, which leaves letters, digits and . - * _ alone.
// Recorded.
func urlEncode(env *vtl.Env, s string) (vtl.Value, error) {
	const hex = "0123456789ABCDEF"
	out := make([]byte, 0, len(s)+len(s)/4)
	for i := range len(s) {
		switch c := s[i]; {
		case 'a' <= c|0x20 && c|0x20 <= 'z', '0' <= c && c <= '9', strings.IndexByte(".-*_", c) >= 0:
			out = append(out, c)
		case c == ' ':
			out = append(out, '+')
		default:
			out = append(out, '%', hex[c>>4], hex[c&15])
		}
	}
	return string(out), env.Grow(2 * len(out))
}

func urlDecode(env *vtl.Env, s string) (vtl.Value, error) {
	out, err := url.QueryUnescape(s)
	if err != nil {
		return nil, errors.New("not URL-encoded")
	}
	return strings.ToValidUTF8(out, string(utf8.RuneError)), env.Grow(len(out))
}

func base64Encode(env *vtl.Env, s string) (vtl.Value, error) {
	return base64.StdEncoding.EncodeToString([]byte(s)), env.Grow(2 * len(s))
}

// base64Decode reads the bytes as UTF-8, recorded. Padding may be missing.
func base64Decode(env *vtl.Env, s string) (vtl.Value, error) {
	s = strings.TrimRight(strings.NewReplacer("\r", "", "\n", "").Replace(s), "=")
	out, err := base64.RawStdEncoding.DecodeString(s)
	if err != nil {
		return nil, errors.New("not base64")
	}
	return strings.ToValidUTF8(string(out), string(utf8.RuneError)), env.Grow(len(out))
}
