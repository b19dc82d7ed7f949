package openapi

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"strconv"
)

// idTable makes the ids of one API. The same names always get the same ids from the same seed.
type idTable struct {
	api   string
	seed  string
	taken map[string]bool
}

// Lengths of ids. Spec: control-plane 5.
const (
	apiIDLength  = 10
	rootIDLength = 10
	idLength     = 6
)

// newIDs takes id and seed as far as they are given; without them both follow from the title and the file.
func newIDs(id, seed, title, file string) idTable {
	api := cmp.Or(id, digest(apiIDLength, "api", title, file))
	return idTable{api: api, seed: cmp.Or(seed, api), taken: map[string]bool{}}
}

// of returns the id of the thing of that kind with that name.
func (t idTable) of(length int, kind, name string) string {
	for try := 0; ; try++ {
		id := digest(length, t.seed, kind, name, strconv.Itoa(try))
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
