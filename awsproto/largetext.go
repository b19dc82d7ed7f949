package awsproto

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"strconv"
)

// largeText is a JSON text that was not copied: what base64 made of a file. It is a part of the request's body.
type largeText []byte

func (t largeText) decode() ([]byte, error) {
	data := make([]byte, base64.StdEncoding.DecodedLen(len(t)))
	n, err := base64.StdEncoding.Decode(data, t)
	return data[:n], err
}

// largeFrom is the size in bytes from which texts are not copied.
const largeFrom = 64 << 10

// cut begins what stands for a large text while the rest of a document is read. Nobody can guess it, so that no client's text is
// taken for one.
var cut = func() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:]) + ":"
}()

// cutLargeTexts takes large texts of base64 out of a JSON document, so that reading it does not copy them several times. rest is
// the document with short texts in their places, or the document itself when there is nothing to cut.
func cutLargeTexts(document []byte) (rest []byte, texts []largeText) {
	if len(document) < largeFrom {
		return document, nil
	}
	kept := 0 // all before it is in rest
	for at := 0; at < len(document); {
		begin := bytes.IndexByte(document[at:], '"')
		if begin < 0 {
			break
		}
		begin += at + 1
		end := endOfText(document, begin)
		if text := document[begin:end]; len(text) >= largeFrom && isBase64(text) {
			rest = append(rest, document[kept:begin]...)
			rest = strconv.AppendInt(append(rest, cut...), int64(len(texts)), 10)
			texts, kept = append(texts, text), end
		}
		at = end + 1
	}
	if texts == nil {
		return document, nil
	}
	return append(rest, document[kept:]...), texts
}

// endOfText is the offset of the quote that ends a text, or that of the document's end.
func endOfText(document []byte, at int) int {
	for quote := -1; at < len(document); {
		if quote < at {
			i := bytes.IndexByte(document[at:], '"')
			if i < 0 {
				break
			}
			quote = at + i
		}
		escape := bytes.IndexByte(document[at:quote], '\\')
		if escape < 0 {
			return quote
		}
		at += escape + 2 // what is escaped is not the end
	}
	return len(document)
}

func isBase64(text []byte) bool {
	for _, b := range text {
		if (b < 'a' || b > 'z') && (b < 'A' || b > 'Z') && (b < '0' || b > '9') && b != '+' && b != '/' && b != '=' {
			return false
		}
	}
	return true
}

// putBack replaces what stands for large texts in a document that was read.
func putBack(tree any, texts []largeText) any {
	switch v := tree.(type) {
	case string:
		if t, ok := large(v, texts); ok {
			return t
		}
	case []any:
		for i := range v {
			v[i] = putBack(v[i], texts)
		}
	case map[string]any:
		for name, value := range v {
			if t, ok := large(name, texts); ok {
				delete(v, name)
				name = string(t)
			}
			v[name] = putBack(value, texts)
		}
	}
	return tree
}

func large(text string, texts []largeText) (largeText, bool) {
	if len(text) <= len(cut) || text[:len(cut)] != cut {
		return nil, false
	}
	i, err := strconv.Atoi(text[len(cut):])
	if err != nil || i < 0 || i >= len(texts) {
		return nil, false
	}
	return texts[i], true
}
