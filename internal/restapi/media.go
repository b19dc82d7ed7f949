package restapi

import (
	"strings"

	"github.com/gatehouse-gateway/gatehouse/http1"
)

const defaultMediaType = "application/json"

// mediaType cuts the parameters off a Content-Type value: "application/json; charset=utf-8" is application/json.
func mediaType(value string) string {
	if i := strings.IndexByte(value, ';'); i >= 0 {
		value = value[:i]
	}
	return strings.TrimSpace(value)
}

// firstAccepted is the first media type of an Accept header: the only one that counts. Spec: rest-api 7.4, 10.4.
func firstAccepted(accept string) string {
	if i := strings.IndexByte(accept, ','); i >= 0 {
		accept = accept[:i]
	}
	return mediaType(accept)
}

// binaryTypes are the binaryMediaTypes of an API, ready to compare. Spec: rest-api 7.4, recorded.
type binaryTypes struct {
	exact    []string
	prefixes []string // of "image/*": "image/"
	all      bool     // "*/*"
}

func compileBinaryTypes(entries []string) binaryTypes {
	var b binaryTypes
	for _, e := range entries {
		e = strings.ReplaceAll(e, "~1", "/")
		switch {
		case e == "*/*":
			b.all = true
		case strings.HasPrefix(e, "*"): // "*/test" matches nothing, not even itself
		case strings.HasSuffix(e, "/*"):
			b.prefixes = append(b.prefixes, e[:len(e)-1])
		default:
			b.exact = append(b.exact, e)
		}
	}
	return b
}

// match reports whether a media type without parameters is binary; "" stands for an absent header, which only
// the entry */* matches (unconfirmed).
func (b *binaryTypes) match(media string) bool {
	if b.all {
		return true
	}
	if strings.IndexByte(media, '/') < 0 {
		return false
	}
	for _, e := range b.exact {
		if http1.EqualFold(e, media) {
			return true
		}
	}
	for _, p := range b.prefixes {
		if len(media) >= len(p) && http1.EqualFold(media[:len(p)], p) {
			return true
		}
	}
	return false
}
