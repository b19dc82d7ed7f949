package openapi

import (
	"strconv"
	"strings"

	"github.com/gatehouse-gateway/gatehouse/internal/definition"
	"github.com/gatehouse-gateway/gatehouse/jsontree"
)

// node is a value of a document together with its place. JSON and YAML become
// the same tree; aliases and merge keys of YAML are already worked in.
type node struct {
	kind    kind
	text    string // of a scalar
	members []member
	items   []*node
	index   map[string]int // of members, once there are many

	file   *file
	parent *node
	key    string // in a mapping
	nth    int    // in a sequence
	line   int    // of the key in a mapping, else of the value
	col    int
}

type member struct {
	name  string
	value *node
}

type kind uint8

const (
	mapping kind = iota
	sequence
	text
	number
	boolean
	null
)

var kindNames = [...]string{"an object", "a list", "a string", "a number", "a boolean", "null"}

func (k kind) String() string { return kindNames[k] }

// file is one document that was read.
type file struct {
	name  string
	root  *node
	local bool // may refer to other files
}

// indexFrom is the number of members from which look-ups go through a map.
const indexFrom = 16

// get returns the member with that name, or nil. It may be asked of nil.
func (n *node) get(name string) *node {
	if n == nil || n.kind != mapping {
		return nil
	}
	if len(n.members) < indexFrom {
		for i := range n.members {
			if n.members[i].name == name {
				return n.members[i].value
			}
		}
		return nil
	}
	if n.index == nil {
		n.index = make(map[string]int, len(n.members))
		for i := range n.members {
			n.index[n.members[i].name] = i
		}
	}
	if i, ok := n.index[name]; ok {
		return n.members[i].value
	}
	return nil
}

// ref returns the $ref that makes n a reference, or nil. In a list of properties one may be called $ref as well.
func (n *node) ref() *node {
	if r := n.get("$ref"); r != nil && r.kind != mapping {
		return r
	}
	return nil
}

// names returns the names of the members.
func (n *node) names() []string {
	all := make([]string, len(n.members))
	for i := range n.members {
		all[i] = n.members[i].name
	}
	return all
}

// origin is the place of n.
func (n *node) origin() definition.Origin {
	if n == nil {
		return definition.Origin{}
	}
	return definition.Origin{File: n.file.name, Line: n.line, Col: n.col, Path: n.path()}
}

var quoted = strings.NewReplacer(`\`, `\\`, `'`, `\'`)

// path is the JSON path of n in its file: $.paths['/pets'].get.
func (n *node) path() string {
	var usual [200]byte // holds nearly every path: one allocation
	return string(n.appendPath(usual[:0]))
}

func (n *node) appendPath(dst []byte) []byte {
	if n.parent == nil {
		return append(dst, '$')
	}
	dst = n.parent.appendPath(dst)
	switch {
	case n.parent.kind == sequence:
		return append(strconv.AppendInt(append(dst, '['), int64(n.nth), 10), ']')
	case isPlainName(n.key):
		return append(append(dst, '.'), clipped(n.key)...)
	}
	return append(append(append(dst, "['"...), quoted.Replace(clipped(n.key))...), "']"...)
}

// clipped is the beginning of a name that is too long for a message.
func clipped(name string) string {
	if len(name) <= maxKey {
		return name
	}
	return strings.ToValidUTF8(name[:maxKey], "") + "…"
}

func isPlainName(s string) bool {
	for i := range len(s) {
		c := s[i]
		if !(c|0x20 >= 'a' && c|0x20 <= 'z' || c >= '0' && c <= '9' || c == '-' || c == '_' || c == '$') {
			return false
		}
	}
	return s != ""
}

// appendJSON appends n as compact JSON.
func (n *node) appendJSON(dst []byte) []byte {
	switch n.kind {
	case mapping:
		dst = append(dst, '{')
		for i, m := range n.members {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = append(jsontree.AppendString(dst, m.name), ':')
			dst = m.value.appendJSON(dst)
		}
		return append(dst, '}')
	case sequence:
		dst = append(dst, '[')
		for i, it := range n.items {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = it.appendJSON(dst)
		}
		return append(dst, ']')
	case text:
		return jsontree.AppendString(dst, n.text)
	case null:
		return append(dst, "null"...)
	}
	return append(dst, n.text...)
}
