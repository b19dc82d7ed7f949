package http1

import "iter"

// Field is one header field: the name in the case in which it was sent, and the
// value without the whitespace around it.
type Field struct{ Name, Value string }

// Header is a list of fields in the order in which they were sent. Names are
// compared without regard to ASCII case and are never rewritten. The zero value
// is an empty header, ready to use.
type Header []Field

// Get returns the value of the last field called name, or "" if there is none.
// The last one, because that is the value the real service shows wherever only
// one can be shown.
// Spec: rest-api 1.5, recorded.
func (h Header) Get(name string) string {
	for i := len(h) - 1; i >= 0; i-- {
		if EqualFold(h[i].Name, name) {
			return h[i].Value
		}
	}
	return ""
}

// Lookup returns the value of the last field called name and whether there is one.
func (h Header) Lookup(name string) (string, bool) {
	for i := len(h) - 1; i >= 0; i-- {
		if EqualFold(h[i].Name, name) {
			return h[i].Value, true
		}
	}
	return "", false
}

// Has reports whether there is a field called name.
func (h Header) Has(name string) bool {
	_, ok := h.Lookup(name)
	return ok
}

// Count returns the number of fields called name.
func (h Header) Count(name string) int {
	n := 0
	for i := range h {
		if EqualFold(h[i].Name, name) {
			n++
		}
	}
	return n
}

// Values returns the values of all fields called name in the order in which they
// were sent, in a new slice; nil if there is none.
func (h Header) Values(name string) []string {
	var values []string
	for v := range h.All(name) {
		values = append(values, v)
	}
	return values
}

// All iterates over the values of the fields called name, in order.
func (h Header) All(name string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for i := range h {
			if EqualFold(h[i].Name, name) && !yield(h[i].Value) {
				return
			}
		}
	}
}

// Add appends a field.
func (h *Header) Add(name, value string) { *h = append(*h, Field{name, value}) }

// Set replaces the first field called name by the given one, in its place and with
// the spelling given, and removes the others. Without such a field it appends one.
func (h *Header) Set(name, value string) {
	fields, kept, done := *h, 0, false
	for _, f := range fields {
		if EqualFold(f.Name, name) {
			if done {
				continue
			}
			f, done = Field{name, value}, true
		}
		fields[kept] = f
		kept++
	}
	fields = cut(fields, kept)
	if !done {
		fields = append(fields, Field{name, value})
	}
	*h = fields
}

// Del removes all fields called name.
func (h *Header) Del(name string) {
	fields, kept := *h, 0
	for _, f := range fields {
		if !EqualFold(f.Name, name) {
			fields[kept] = f
			kept++
		}
	}
	*h = cut(fields, kept)
}

// cut shortens fields and forgets the strings behind its new end.
func cut(fields Header, kept int) Header {
	clear(fields[kept:])
	return fields[:kept]
}

// EqualFold reports whether a and b are the same header field name: equal but for
// the case of ASCII letters.
func EqualFold(a, b string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range len(a) {
		if a[i] != b[i] && lower[a[i]] != lower[b[i]] {
			return false
		}
	}
	return true
}
