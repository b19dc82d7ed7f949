package eventpattern

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// ErrInvalid means that a text is no pattern.
var ErrInvalid = errors.New("invalid event pattern")

// Pattern is a compiled pattern.
type Pattern struct{ root node }

// MaxDepth bounds how deep objects of a pattern may lie in each other.
const MaxDepth = 100

// Compile reads a pattern. Errors are ErrInvalid and say where.
func Compile(text []byte) (*Pattern, error) {
	tree, err := Decode(text)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	object, ok := tree.(map[string]any)
	if !ok {
		return nil, fmt.Errorf("%w: it must be an object", ErrInvalid)
	}
	root, err := compileObject(object, "$", 0)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	return &Pattern{root}, nil
}

// Match reports whether an event matches: JSON as Decode returns it.
func (p *Pattern) Match(event any) bool { return p.root.match(event, true) }

// Decode reads JSON into maps, lists, texts, json.Number, bool and nil. There must be nothing behind it.
func Decode(text []byte) (any, error) {
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	var tree any
	if err := dec.Decode(&tree); err != nil {
		return nil, err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("there is something behind the JSON")
	}
	return tree, nil
}

// node is a part of a pattern. match is asked with what stands in the event in its place; there is false when nothing does.
type node interface {
	match(value any, there bool) bool
}

// object matches when all of its members and alternatives do.
type object struct {
	members map[string]node
	or      [][]node // of each $or: the alternatives
}

func (o *object) match(value any, _ bool) bool {
	switch v := value.(type) {
	case map[string]any:
		return o.matchMembers(v)
	case []any:
		for _, element := range v {
			if o.match(element, true) {
				return true
			}
		}
		return len(v) == 0 && o.matchMembers(nil)
	}
	return o.matchMembers(nil) // whatever else is there has no members
}

func (o *object) matchMembers(event map[string]any) bool {
	for name, n := range o.members {
		value, there := event[name]
		if !n.match(value, there) {
			return false
		}
	}
	for _, alternatives := range o.or {
		if !anyMatches(alternatives, event) {
			return false
		}
	}
	return true
}

func anyMatches(all []node, event map[string]any) bool {
	for _, n := range all {
		if n.match(event, true) {
			return true
		}
	}
	return false
}

// leaf matches when one of its tests does for one of the values in its place.
type leaf []test

func (l leaf) match(value any, there bool) bool {
	if !hasValue(value, there) {
		return l.accepts(nil, false)
	}
	return l.matchValue(value)
}

// matchValue looks at a value, and into lists.
func (l leaf) matchValue(value any) bool {
	switch v := value.(type) {
	case []any:
		for _, element := range v {
			if l.matchValue(element) {
				return true
			}
		}
		return false
	case map[string]any:
		return false
	}
	return l.accepts(value, true)
}

func (l leaf) accepts(value any, there bool) bool {
	for _, t := range l {
		if t(value, there) {
			return true
		}
	}
	return false
}

// hasValue reports whether there is a value that is no object.
func hasValue(value any, there bool) bool {
	switch v := value.(type) {
	case map[string]any:
		return false
	case []any:
		for _, element := range v {
			if hasValue(element, true) {
				return true
			}
		}
		return false
	}
	return there
}
