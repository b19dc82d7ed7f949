package openapi

import (
	"errors"
	"io"
	"math"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/gatehouse-gateway/gatehouse/internal/definition"
	"github.com/gatehouse-gateway/gatehouse/jsontree"
)

// yamlReader turns a tree of the YAML library into nodes.
type yamlReader struct {
	build *builder
	open  map[*yaml.Node]bool // anchors that are being expanded
}

// yamlLine is the place in an error of the YAML library.
var yamlLine = regexp.MustCompile(`^(?:yaml: )?line (\d+): `)

// readYAML reads src; problems go to b.
func readYAML(src string, b *builder) *node {
	src = strings.TrimPrefix(src, byteOrderMark)
	dec := yaml.NewDecoder(strings.NewReader(src))
	var doc, more yaml.Node
	if err := dec.Decode(&doc); err != nil {
		b.problems.Addf(yamlOrigin(b.file.name, err.Error()))
		return nil
	}
	if err := dec.Decode(&more); !errors.Is(err, io.EOF) {
		at := definition.Origin{File: b.file.name, Line: more.Line, Col: more.Column}
		b.problems.Addf(at, InvalidInput+" a file holds one document")
		return nil
	}
	r := &yamlReader{build: b, open: map[*yaml.Node]bool{}}
	top := doc.Content[0]
	root := &node{file: b.file, line: top.Line, col: top.Column}
	if !r.value(root, top, 0) {
		return nil
	}
	return root
}

// yamlOrigin takes the place out of a message of the YAML library.
func yamlOrigin(name, message string) (at definition.Origin, format string, args string) {
	at = definition.Origin{File: name, Line: 1, Col: 1}
	if message == io.EOF.Error() {
		return at, InvalidInput + " %s", "the document is empty"
	}
	if m := yamlLine.FindStringSubmatch(message); m != nil {
		at.Line, _ = strconv.Atoi(m[1])
		message = message[len(m[0]):]
	}
	return at, InvalidInput + " %s", strings.TrimPrefix(message, "yaml: ")
}

// value reads y into n, which already knows its place. False: give up.
func (r *yamlReader) value(n *node, y *yaml.Node, depth int) bool {
	if !r.build.count(n, depth) {
		return false
	}
	switch y.Kind {
	case yaml.AliasNode:
		if r.open[y.Alias] {
			r.build.problems.Addf(n.origin(), "the anchor &%s contains itself", y.Value)
			return false
		}
		r.open[y.Alias] = true
		ok := r.value(n, y.Alias, depth+1)
		delete(r.open, y.Alias)
		return ok
	case yaml.MappingNode:
		n.kind = mapping
		return r.plain(n, y) && r.mapping(n, y, depth)
	case yaml.SequenceNode:
		n.kind = sequence
		for i, item := range y.Content {
			child := &node{file: n.file, parent: n, nth: i, line: item.Line, col: item.Column}
			if !r.value(child, item, depth+1) {
				return false
			}
			n.items = append(n.items, child)
		}
		return r.plain(n, y)
	}
	r.scalar(n, y)
	return r.plain(n, y)
}

// plain refuses tags: those of CloudFormation mean nothing here.
func (r *yamlReader) plain(n *node, y *yaml.Node) bool {
	if tag := y.ShortTag(); !strings.HasPrefix(tag, "!!") && tag != "" {
		r.build.problems.Addf(n.origin(), "the tag %s is resolved by CloudFormation, not by an import; write the value itself", tag)
	}
	return true
}

func (r *yamlReader) mapping(n *node, y *yaml.Node, depth int) bool {
	var merges []*yaml.Node
	for i := 0; i+1 < len(y.Content); i += 2 {
		key, value := y.Content[i], y.Content[i+1]
		if key.Kind == yaml.AliasNode {
			key = key.Alias
		}
		if key.Kind != yaml.ScalarNode {
			r.build.problems.Addf(n.origin(), "a name must be a single value")
			continue
		}
		if key.ShortTag() == "!!merge" {
			merges = append(merges, value)
			continue
		}
		child := &node{file: n.file, parent: n, key: key.Value, line: key.Line, col: key.Column}
		if !r.value(child, value, depth+1) {
			return false
		}
		r.build.add(n, child)
	}
	for _, m := range merges {
		if !r.merge(n, m, depth) {
			return false
		}
	}
	return true
}

// merge adds the members of << that n does not have itself.
func (r *yamlReader) merge(n *node, y *yaml.Node, depth int) bool {
	from := &node{file: n.file, parent: n.parent, key: n.key, nth: n.nth, line: n.line, col: n.col}
	if !r.value(from, y, depth+1) {
		return false
	}
	sources := []*node{from}
	if from.kind == sequence {
		sources = from.items
	}
	for _, s := range sources {
		if s.kind != mapping {
			r.build.problems.Addf(n.origin(), "<< merges objects, not %s", s.kind)
			continue
		}
		for _, m := range s.members {
			if n.get(m.name) == nil {
				m.value.parent = n
				n.members, n.index = append(n.members, m), nil
			}
		}
	}
	return true
}

func (r *yamlReader) scalar(n *node, y *yaml.Node) {
	n.kind, n.text = text, r.build.replace(y.Value)
	switch y.ShortTag() {
	case "!!null":
		n.kind, n.text = null, ""
	case "!!bool":
		n.kind = boolean
		n.text = strings.ToLower(y.Value)
	case "!!int", "!!float":
		n.kind = number
		if v, err := jsontree.ParseString(y.Value, jsontree.Limits{}); err == nil && jsontree.KindOf(v) == jsontree.KindNumber {
			return
		}
		n.text = r.number(n, y)
	}
}

// number writes what YAML allows beyond JSON (0x1F, 1_000, +1, .5) as JSON does.
func (r *yamlReader) number(n *node, y *yaml.Node) string {
	var i int64
	if y.Decode(&i) == nil {
		return strconv.FormatInt(i, 10)
	}
	var f float64
	if err := y.Decode(&f); err != nil || math.IsInf(f, 0) || math.IsNaN(f) {
		r.build.problems.Addf(n.origin(), "%s is not a number of JSON", y.Value)
		return "0"
	}
	return strconv.FormatFloat(f, 'g', -1, 64)
}
