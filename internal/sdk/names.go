package sdk

import (
	"strconv"
	"strings"
)

// methodName names the method verb of a path as the service does: GET / is rootGet, GET /pets/{petId} is petsPetIdGet.
func methodName(path, verb string) string {
	var b strings.Builder
	start := false // of a word that is not the first
	for i := range len(path) {
		c := path[i]
		switch letter := c|0x20 >= 'a' && c|0x20 <= 'z'; {
		case !letter && (c < '0' || c > '9'):
			start = b.Len() > 0
		case start && letter && c >= 'a':
			b.WriteByte(c - 'a' + 'A')
			start = false
		default:
			b.WriteByte(c)
			start = false
		}
	}
	name := b.String()
	if name == "" {
		name = "root"
	}
	return name + verb[:1] + strings.ToLower(verb[1:])
}

// names gives every method a name of its own.
type names map[string]bool

func (n names) of(path, verb string) string {
	name := methodName(path, verb)
	for i := 2; n[name]; i++ {
		name = methodName(path, verb) + strconv.Itoa(i)
	}
	n[name] = true
	return name
}
