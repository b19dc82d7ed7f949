package openapi

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
)

// idTable makes the ids of one API. The same names always get the same ids.
type idTable struct {
	api   string
	taken map[string]bool
}

// Lengths of ids. Spec: control-plane 5.
const (
	apiIDLength  = 10
	rootIDLength = 10
	idLength     = 6
)

func newIDs(title, file string) idTable {
	return idTable{api: digest(apiIDLength, "api", title, file), taken: map[string]bool{}}
}

// of returns the id of the thing of that kind with that name.
func (t idTable) of(length int, kind, name string) string {
	for try := 0; ; try++ {
		id := digest(length, t.api, kind, name, strconv.Itoa(try))
		if !t.taken[kind+id] {
			t.taken[kind+id] = true
			return id
		}
	}
}

// digest is a text of lower-case letters and digits that depends on all parts.
func digest(length int, parts ...string) string {
	h := sha256.New()
	for _, p := range parts {
		h.Write([]byte(p))
		h.Write([]byte{0})
	}
	sum := h.Sum(nil)
	id := make([]byte, length)
	for i := range id {
		id[i] = "0123456789abcdefghijklmnopqrstuvwxyz"[sum[i]%36]
	}
	return string(id)
}

// fingerprint is the digest of a text, in six hexadecimal digits.
func fingerprint(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:3])
}
