package wire

import "crypto/rand"

// Lengths of identifiers. Spec: control-plane 5.
const (
	APIIDLength   = 10 // APIs, their root resources, API keys
	ShortIDLength = 6  // child resources, deployments, authorizers, models, validators, parts, plans, certificates, links
	KeyLength     = 40 // generated values of API keys
)

const (
	idLetters  = "abcdefghijklmnopqrstuvwxyz0123456789"
	keyLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
)

// NewID returns a random identifier of lower-case letters and digits.
func NewID(length int) string { return random(length, idLetters) }

// NewKeyValue returns a random value for an API key.
func NewKeyValue() string { return random(KeyLength, keyLetters) }

// FreshID returns a new identifier that is not taken.
func FreshID(length int, taken func(id string) bool) string {
	for {
		if id := NewID(length); !taken(id) {
			return id
		}
	}
}

// random draws letters evenly: bytes beyond the last whole multiple of the alphabet are drawn again.
func random(length int, letters string) string {
	most := 256 - 256%len(letters)
	id := make([]byte, 0, length)
	var buf [64]byte
	for len(id) < length {
		_, _ = rand.Read(buf[:]) // never fails
		for _, b := range buf {
			if int(b) < most && len(id) < length {
				id = append(id, letters[int(b)%len(letters)])
			}
		}
	}
	return string(id)
}
