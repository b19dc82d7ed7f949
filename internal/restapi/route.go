package restapi

import (
	"strings"

	"github.com/gatehouse-gateway/gatehouse/http1"
	"github.com/gatehouse-gateway/gatehouse/vtl/gateway"
)

// verb is one of the seven methods that a REST API can declare; anyVerb stands for all of them.
type verb uint8

const (
	verbDelete verb = iota
	verbGet
	verbHead
	verbOptions
	verbPatch
	verbPost
	verbPut
	verbs   // how many there are
	anyVerb // ANY
	noVerb  = verb(255)
)

// verbNames is indexed by verb.
var verbNames = [...]string{"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"}

// verbOf tells which verb an HTTP method is; anything that a REST API cannot declare is noVerb.
func verbOf(method string) verb {
	for i, name := range verbNames {
		if name == method {
			return verb(i)
		}
	}
	return noVerb
}

// node is a resource in the routing tree. A lookup visits every node at most once, because a node
// stands at one depth of one path: backtracking is bounded by the size of the tree.
type node struct {
	static  map[string]*node // by decoded path part
	single  string           // the only static child's path part, so that chains need no map
	next    *node            // that child
	param   *node            // {name}
	greedy  *node            // {name+}
	name    string           // of the parameter this node takes
	id      string           // resource id
	path    string           // resource path template
	methods [verbs]*method   // ANY already spread over the verbs that the resource does not declare
	served  bool             // has a method at all
}

// match is where a request path led.
type match struct {
	node   *node
	params []gateway.Param // raw values, outermost first
}

// find walks the tree for path (no leading slash, no trailing slash, still encoded) and verb v.
//
// Routing is on the pair of resource and method: a resource that does not declare the verb is left
// again, and the next candidate is tried, up to greedy ancestors. Spec: rest-api 2.2.
func (n *node) find(path string, v verb, m *match) bool {
	if v >= verbs {
		return false
	}
	return n.walk(path, path != "", v, m)
}

func (n *node) walk(path string, more bool, v verb, m *match) bool {
	if !more {
		if n.methods[v] == nil {
			return false
		}
		m.node = n
		return true
	}
	part, rest, deeper := strings.Cut(path, "/")
	if part != "" {
		if child := n.child(part); child != nil && child.walk(rest, deeper, v, m) {
			return true
		}
		if n.param != nil {
			m.params = append(m.params, gateway.Param{Name: n.param.name, Value: part})
			if n.param.walk(rest, deeper, v, m) {
				return true
			}
			m.params = m.params[:len(m.params)-1]
		}
	}
	if n.greedy != nil && n.greedy.methods[v] != nil {
		m.params = append(m.params, gateway.Param{Name: n.greedy.name, Value: path})
		m.node = n.greedy
		return true
	}
	return false
}

// child returns the static child for an encoded path part, compared after decoding (unconfirmed). Spec: rest-api 1.3.
func (n *node) child(part string) *node {
	if n.next == nil && n.static == nil {
		return nil
	}
	if strings.IndexByte(part, '%') >= 0 {
		part = http1.DecodePath(part)
	}
	if n.next != nil {
		if n.single == part {
			return n.next
		}
		return nil
	}
	return n.static[part]
}

// at is the node of a resource below n, put there when it is not there yet.
func (n *node) at(path string) *node {
	for part := range strings.SplitSeq(strings.Trim(path, "/"), "/") {
		if part != "" {
			n = n.add(part)
		}
	}
	return n
}

// add puts a resource below n; parts come from the definition, decoded.
func (n *node) add(part string) *node {
	switch {
	case strings.HasPrefix(part, "{") && strings.HasSuffix(part, "+}"):
		if n.greedy == nil {
			n.greedy = &node{name: part[1 : len(part)-2]}
		}
		return n.greedy
	case strings.HasPrefix(part, "{"):
		if n.param == nil {
			n.param = &node{name: strings.Trim(part, "{}")}
		}
		return n.param
	}
	if n.single == part && n.next != nil {
		return n.next
	}
	if c := n.static[part]; c != nil {
		return c
	}
	c := new(node)
	switch {
	case n.next == nil && n.static == nil:
		n.single, n.next = part, c
	case n.static == nil:
		n.static = map[string]*node{n.single: n.next, part: c}
		n.single, n.next = "", nil
	default:
		n.static[part] = c
	}
	return c
}

// declare gives the node its methods by verb name; ANY serves what no method of its own does.
func (n *node) declare(methods map[string]*method) {
	for name, m := range methods {
		if name != "ANY" {
			n.methods[verbOf(name)] = m
		}
	}
	if catchAll := methods["ANY"]; catchAll != nil {
		for v := range n.methods {
			if n.methods[v] == nil {
				n.methods[v] = catchAll
			}
		}
	}
	n.served = len(methods) > 0
}
