package jsontree

import (
	"slices"
	"strings"
)

// stock is where a parser gets memory: objects, and the places of their members,
// are cut from larger pieces, because a document has many small ones. What is cut
// has no room to grow, so trees may change without touching their neighbours.
type stock struct {
	open    []member // of the objects that are being read
	items   []Value  // of the arrays that are being read
	objects []Object // not handed out yet
	members []member
	text    strings.Builder // of strings with escapes
}

// Sizes of the pieces: a first document part is small, a large one soon needs few.
const (
	firstPiece = 16
	lastPiece  = 512
)

// piece returns s if it has room for n more, or a new piece twice as large.
func piece[T any](s []T, n, last int) []T {
	if cap(s)-len(s) >= n {
		return s
	}
	return make([]T, 0, max(n, min(max(2*last, firstPiece), lastPiece)))
}

// hold keeps a member until its object ends.
func (s *stock) hold(m member) {
	if s.open == nil {
		s.open = make([]member, 0, 2*firstPiece)
	}
	s.open = append(s.open, m)
}

// holdItem keeps an item until its array ends.
func (s *stock) holdItem(v Value) {
	if s.items == nil {
		s.items = make([]Value, 0, 2*firstPiece)
	}
	s.items = append(s.items, v)
}

// object makes an object of the last n members that were read.
func (s *stock) object(n int) *Object {
	s.objects = piece(s.objects, 1, cap(s.objects))
	s.objects = s.objects[:len(s.objects)+1]
	o := &s.objects[len(s.objects)-1]
	read := s.open[len(s.open)-n:]
	if n > indexFrom || repeats(read) {
		o.members = make([]member, 0, n)
		for _, m := range read {
			o.Set(m.name, m.value)
		}
	} else if n > 0 {
		s.members = piece(s.members, n, cap(s.members))
		start := len(s.members)
		s.members = append(s.members, read...)
		o.members = s.members[start:len(s.members):len(s.members)]
	}
	s.open = s.open[:len(s.open)-n]
	return o
}

// repeats reports whether two members of a small object have one name.
func repeats(members []member) bool {
	for i := range members {
		for j := range i {
			if members[i].name == members[j].name {
				return true
			}
		}
	}
	return false
}

// array makes an array of the last n items that were read.
func (s *stock) array(n int) *Array {
	read := s.items[len(s.items)-n:]
	a := &Array{Items: slices.Clone(read)}
	s.items = s.items[:len(s.items)-n]
	return a
}

// string keeps the text of a string with escapes.
func (s *stock) string(text []byte) string {
	start := s.text.Len()
	s.text.Write(text)
	return s.text.String()[start:]
}
