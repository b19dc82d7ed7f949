package jsonscan

import (
	"bytes"
	"unicode/utf16"
	"unicode/utf8"
)

// Plain reports whether a JSON string, given with its quotes, is its text as it stands: no escapes, valid UTF-8.
func Plain(quoted []byte) bool {
	return bytes.IndexByte(quoted, '\\') < 0 && utf8.Valid(quoted)
}

// AppendUnquoted appends the text of a valid JSON string, given with its quotes. Invalid UTF-8 and halves of surrogate pairs
// become U+FFFD.
func AppendUnquoted(dst, quoted []byte) []byte {
	src := quoted[1 : len(quoted)-1]
	for len(src) > 0 {
		i := bytes.IndexByte(src, '\\')
		if i < 0 {
			return appendValid(dst, src)
		}
		dst = appendValid(dst, src[:i])
		dst, src = appendUnescaped(dst, src[i:])
	}
	return dst
}

func appendValid(dst, src []byte) []byte {
	if utf8.Valid(src) {
		return append(dst, src...)
	}
	return AppendText(dst, src)
}

// appendUnescaped appends what the escape at the start of src stands for, and returns what follows it.
func appendUnescaped(dst, src []byte) (grown, rest []byte) {
	if src[1] != 'u' {
		i := bytes.IndexByte([]byte(`"\/bfnrt`), src[1])
		return append(dst, "\"\\/\b\f\n\r\t"[i]), src[2:]
	}
	r, rest := hexRune(src), src[6:]
	if utf16.IsSurrogate(r) {
		low := rune(utf8.RuneError)
		if len(rest) >= 6 && rest[0] == '\\' && rest[1] == 'u' {
			low = hexRune(rest)
		}
		if r = utf16.DecodeRune(r, low); r != utf8.RuneError {
			rest = rest[6:]
		}
	}
	return utf8.AppendRune(dst, r), rest
}

// hexRune reads \uXXXX.
func hexRune(src []byte) (r rune) {
	for _, c := range src[2:6] {
		r = r<<4 | rune(unhex(c))
	}
	return r
}

// AppendText appends payload as UTF-8 text; every byte of an invalid sequence becomes U+FFFD of its own, as recorded.
func AppendText(dst, payload []byte) []byte {
	for len(payload) > 0 {
		r, n := utf8.DecodeRune(payload)
		dst = utf8.AppendRune(dst, r) // RuneError for an invalid byte
		payload = payload[n:]
	}
	return dst
}
