package iam

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

type nodeKind uint8

const (
	nodeNull nodeKind = iota
	nodeBool
	nodeNumber
	nodeString
	nodeArray
	nodeObject
)

var kindNames = [...]string{"null", "a boolean", "a number", "a string", "a list", "an object"}

func (k nodeKind) String() string { return kindNames[k] }

// A node is one JSON value. Objects keep the order of the document, so that problems are told in that order.
type node struct {
	kind  nodeKind
	text  string   // of a boolean, number or string
	names []string // of an object, beside items
	items []node
	at    string
}

// readJSON reads a whole document into a tree. It is stricter than encoding/json, because two readers who disagree about
// a policy are a security hole: a member that stands twice is a mistake, and so is text that is not Unicode.
func readJSON(document []byte, maxBytes int) (node, *Problem) {
	if len(document) > maxBytes {
		return node{}, &Problem{"$", fmt.Sprintf("document has %d bytes, more than %d", len(document), maxBytes)}
	}
	if !utf8.Valid(document) {
		return node{}, &Problem{"$", "document is not UTF-8"}
	}
	var raw json.RawMessage
	if err := json.Unmarshal(document, &raw); err != nil {
		var syntax *json.SyntaxError
		if errors.As(err, &syntax) {
			return node{}, &Problem{"$", fmt.Sprintf("not JSON: %v at byte %d", syntax, syntax.Offset)}
		}
		return node{}, &Problem{"$", "not JSON: " + err.Error()}
	}
	r := jsonReader{dec: json.NewDecoder(bytes.NewReader(document))}
	r.dec.UseNumber()
	root := r.value("$", 1)
	return root, r.problem
}

// jsonReader reads valid JSON. After the first problem every method returns at once.
type jsonReader struct {
	dec     *json.Decoder
	problem *Problem
}

func (r *jsonReader) fail(at, message string) {
	if r.problem == nil {
		r.problem = &Problem{at, message}
	}
}

func (r *jsonReader) token(at string) json.Token {
	t, err := r.dec.Token()
	if err != nil {
		r.fail(at, "not JSON: "+err.Error())
	}
	return t
}

func (r *jsonReader) value(at string, depth int) node {
	n := node{at: at}
	if depth > maxDepth {
		r.fail(at, fmt.Sprintf("nested more than %d levels deep", maxDepth))
		return n
	}
	switch t := r.token(at).(type) {
	case bool:
		n.kind, n.text = nodeBool, strconv.FormatBool(t)
	case json.Number:
		n.kind, n.text = nodeNumber, t.String()
	case string:
		n.kind, n.text = nodeString, r.clean(t, at)
	case json.Delim:
		if t == '{' {
			n.kind = nodeObject
		} else {
			n.kind = nodeArray
		}
		r.children(&n, depth)
	}
	return n
}

// children reads what stands between the brackets, and the closing one.
func (r *jsonReader) children(n *node, depth int) {
	seen := map[string]bool{}
	for r.problem == nil && r.dec.More() {
		at := fmt.Sprintf("%s[%d]", n.at, len(n.items))
		if n.kind == nodeObject {
			name, _ := r.token(n.at).(string)
			at = memberPath(n.at, r.clean(name, n.at))
			if seen[name] {
				r.fail(at, "stands twice in the same object")
				return
			}
			seen[name] = true
			n.names = append(n.names, name)
		}
		n.items = append(n.items, r.value(at, depth+1))
	}
	if r.problem == nil {
		r.token(n.at)
	}
}

// clean refuses U+FFFD, which the decoder puts in the place of half a surrogate pair: no request could ever match it,
// and a Deny that silently matches nothing is worse than a refused document.
func (r *jsonReader) clean(s, at string) string {
	if strings.ContainsRune(s, utf8.RuneError) {
		r.fail(at, "holds a character that is not Unicode")
	}
	return s
}

// memberPath appends a member to a JSON path: in dot form when the name is a plain word.
func memberPath(at, name string) string {
	plain := name != ""
	for _, c := range name {
		plain = plain && (c == '_' || c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z')
	}
	if plain {
		return at + "." + name
	}
	return at + "[" + quote(name) + "]"
}
