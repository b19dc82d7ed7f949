package lint

import (
	"encoding/json"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"github.com/gatehouse-gateway/gatehouse/internal/definition"
)

// Bounds of the tree of one file. The importer has its own, which are not larger.
const (
	maxNodes = 1_000_000
	maxDepth = 512
)

// source is one file of a document.
type source struct {
	name  string
	lines []string
	root  *node            // nil: it cannot be read
	paths map[string]*node // by JSON path
	silencers
	ignores map[string][]string // x-gatehouse-ignore by the JSON path of its object
	named   []namedRule         // and all ids in them
}

// node is a value in a file with its place.
type node struct {
	key     [2]int // line and column of the key, or of the value in a list
	line    int    // of the value
	col     int
	literal bool // a block of YAML that keeps its lines: |
	text    string
	path    string // JSON path, as the importer writes it
	members map[string]*node
	items   []*node
}

func readSource(name string, data []byte) *source {
	text := strings.TrimPrefix(string(data), "\uFEFF")
	s := &source{name: name, lines: strings.Split(text, "\n"), paths: map[string]*node{}}
	t := &treeReader{source: s, text: text}
	ext := strings.ToLower(name)
	if strings.HasSuffix(ext, ".json") || strings.HasPrefix(strings.TrimLeft(text, " \t\r\n"), "{") {
		s.root = t.json()
	}
	isJSON := s.root != nil
	if s.root == nil && !strings.HasSuffix(ext, ".json") {
		s.root = t.yaml()
	}
	if s.root != nil {
		s.index(s.root, "$", 0)
	}
	if !isJSON { // what looks like a comment in JSON is a line of a template
		s.silencers = readSilencers(s.lines)
	}
	return s
}

// at returns the node of which a definition was made, or nil.
func (s *source) at(o definition.Origin) *node {
	if s == nil {
		return nil
	}
	return s.paths[o.Path]
}

func (n *node) get(names ...string) *node {
	for _, name := range names {
		if n == nil {
			return nil
		}
		n = n.members[name]
	}
	return n
}

// index gives every node its path. What YAML repeats by an alias has the path of its first place.
func (s *source) index(n *node, path string, depth int) {
	if n.path != "" || depth > maxDepth {
		return
	}
	n.path = path
	s.paths[path] = n
	for name, m := range n.members {
		s.index(m, path+member(name), depth+1)
	}
	for i, m := range n.items {
		s.index(m, path+"["+strconv.Itoa(i)+"]", depth+1)
	}
}

var quotedName = strings.NewReplacer(`\`, `\\`, `'`, `\'`)

// member writes a step of a JSON path as the importer does.
func member(name string) string {
	if name != "" && strings.Trim(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_$") == "" {
		return "." + name
	}
	return "['" + quotedName.Replace(name) + "']"
}

// treeReader makes nodes of YAML and of JSON.
type treeReader struct {
	*source
	text  string
	count int
	// where the JSON reader is: line and the offset where it begins, up to offset seen
	dec               *json.Decoder
	line, start, seen int
}

func (t *treeReader) yaml() *node {
	var doc yaml.Node
	if err := yaml.Unmarshal([]byte(t.text), &doc); err != nil || len(doc.Content) == 0 {
		return nil
	}
	top := doc.Content[0]
	return t.ofYAML(top, [2]int{top.Line, top.Column}, 0)
}

func (t *treeReader) ofYAML(y *yaml.Node, key [2]int, depth int) *node {
	if t.count++; t.count > maxNodes || depth > maxDepth {
		return &node{key: key, line: y.Line, col: y.Column}
	}
	if y.Kind == yaml.AliasNode {
		y = y.Alias
	}
	n := &node{key: key, line: y.Line, col: y.Column, literal: y.Style&yaml.LiteralStyle != 0, text: y.Value}
	switch y.Kind {
	case yaml.MappingNode:
		n.members = make(map[string]*node, len(y.Content)/2)
		for i := 0; i+1 < len(y.Content); i += 2 {
			k := y.Content[i]
			if k.ShortTag() != "!!merge" {
				n.members[k.Value] = t.ofYAML(y.Content[i+1], [2]int{k.Line, k.Column}, depth+1)
			}
		}
		t.merge(n, y, depth)
	case yaml.SequenceNode:
		for _, item := range y.Content {
			n.items = append(n.items, t.ofYAML(item, [2]int{item.Line, item.Column}, depth+1))
		}
	}
	return n
}

// merge adds the members of << that n does not have itself.
func (t *treeReader) merge(n *node, y *yaml.Node, depth int) {
	for i := 0; i+1 < len(y.Content); i += 2 {
		if y.Content[i].ShortTag() != "!!merge" {
			continue
		}
		from := t.ofYAML(y.Content[i+1], n.key, depth+1)
		for _, one := range append(from.items, from) {
			for name, m := range one.members {
				if n.members[name] == nil {
					n.members[name] = m
				}
			}
		}
	}
}

func (t *treeReader) json() *node {
	t.dec = json.NewDecoder(strings.NewReader(t.text))
	t.dec.UseNumber()
	t.line = 1
	line, col := t.next()
	return t.ofJSON([2]int{line, col}, 0)
}

// next returns the place of the next token.
func (t *treeReader) next() (line, col int) {
	at := int(t.dec.InputOffset())
	for at < len(t.text) && strings.IndexByte(" \t\r\n,:", t.text[at]) >= 0 {
		at++
	}
	for ; t.seen < at; t.seen++ {
		if t.text[t.seen] == '\n' {
			t.line++
			t.start = t.seen + 1
		}
	}
	return t.line, 1 + utf8.RuneCountInString(t.text[t.start:at])
}

// ofJSON reads the next value; nil is an error.
func (t *treeReader) ofJSON(key [2]int, depth int) *node {
	n := &node{key: key}
	n.line, n.col = t.next()
	token, err := t.dec.Token()
	if t.count++; err != nil || t.count > maxNodes || depth > maxDepth {
		return nil
	}
	switch v := token.(type) {
	case string:
		n.text = v
	case json.Delim:
		if v == '{' {
			n.members = map[string]*node{}
		}
		for t.dec.More() {
			line, col := t.next()
			name := ""
			if v == '{' {
				token, err := t.dec.Token()
				if name, _ = token.(string); err != nil {
					return nil
				}
			}
			child := t.ofJSON([2]int{line, col}, depth+1)
			if child == nil {
				return nil
			}
			if v == '{' {
				n.members[name] = child
			} else {
				n.items = append(n.items, child)
			}
		}
		if _, err := t.dec.Token(); err != nil {
			return nil
		}
	}
	return n
}
