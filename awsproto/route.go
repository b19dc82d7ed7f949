package awsproto

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// router finds the operation of a request by method, raw path and fixed query.
type router struct{ root *branch }

// branch is a node of the tree of URIs; paths are compared segment by segment, each decoded once.
type branch struct {
	static map[string]*branch
	label  *branch // {name}
	greedy *branch // {name+}
	name   string  // of the label that leads here
	ends   []*route
}

// route is an operation at its place.
type route struct {
	op    *Operation
	query [2]string // the fixed query's name and value; empty: none
}

func newRouter(m *Model) (*router, error) {
	r := &router{root: new(branch)}
	for _, name := range m.OperationNames() {
		if err := r.add(m.Operations[name]); err != nil {
			return nil, err
		}
	}
	return r, nil
}

func (r *router) add(op *Operation) error {
	b := r.root
	for part := range strings.SplitSeq(strings.TrimPrefix(op.URI, "/"), "/") {
		b = b.child(part)
	}
	rt := &route{op: op}
	if op.QueryFixed != "" {
		rt.query[0], rt.query[1], _ = strings.Cut(op.QueryFixed, "=")
	}
	for _, other := range b.ends {
		if other.op.Method == op.Method && other.query == rt.query {
			return fmt.Errorf("operations %s and %s have the same address", other.op.Name, op.Name)
		}
	}
	b.ends = append(b.ends, rt)
	// An operation with a fixed query is asked before the one without.
	slices.SortStableFunc(b.ends, func(x, y *route) int { return strings.Compare(y.query[0], x.query[0]) })
	return nil
}

func (b *branch) child(part string) *branch {
	switch {
	case strings.HasSuffix(part, "+}"):
		if b.greedy == nil {
			b.greedy = &branch{name: part[1 : len(part)-2]}
		}
		return b.greedy
	case strings.HasPrefix(part, "{"):
		// Operations may call the same place by different names; the label is found by position.
		if b.label == nil {
			b.label = &branch{name: part[1 : len(part)-1]}
		}
		return b.label
	}
	if b.static == nil {
		b.static = make(map[string]*branch)
	}
	if b.static[part] == nil {
		b.static[part] = new(branch)
	}
	return b.static[part]
}

// find returns the operation and the values of its labels in order of the URI.
func (r *router) find(method, rawPath string, query url.Values) (op *Operation, labels []string, pathKnown bool) {
	path := strings.TrimPrefix(rawPath, "/")
	ends, labels := r.root.walk(strings.Split(path, "/"), nil)
	for _, e := range ends {
		if e.op.Method != method {
			continue
		}
		if e.query[0] == "" || query.Get(e.query[0]) == e.query[1] && query.Has(e.query[0]) {
			return e.op, labels, true
		}
	}
	return nil, nil, ends != nil
}

func (b *branch) walk(parts, labels []string) ([]*route, []string) {
	if len(parts) == 0 {
		if len(b.ends) > 0 {
			return b.ends, labels
		}
		return nil, nil
	}
	part, err := url.PathUnescape(parts[0])
	if err != nil {
		part = parts[0]
	}
	if next := b.static[part]; next != nil {
		if ends, found := next.walk(parts[1:], labels); ends != nil {
			return ends, found
		}
	}
	if b.label != nil && part != "" {
		if ends, found := b.label.walk(parts[1:], append(labels[:len(labels):len(labels)], part)); ends != nil {
			return ends, found
		}
	}
	if b.greedy != nil && len(b.greedy.ends) > 0 {
		whole, err := url.PathUnescape(strings.Join(parts, "/"))
		if err == nil {
			return b.greedy.ends, append(labels[:len(labels):len(labels)], whole)
		}
	}
	return nil, nil
}

// labelNames lists the labels of a URI in order.
func labelNames(uri string) []string {
	var names []string
	for part := range strings.SplitSeq(uri, "/") {
		if strings.HasPrefix(part, "{") {
			names = append(names, strings.TrimSuffix(strings.Trim(part, "{}"), "+"))
		}
	}
	return names
}
