package iam

import (
	"fmt"
	"slices"
	"strings"
)

// Kind is what a document is used for, which decides the grammar it must follow.
type Kind uint8

// The kinds. The zero Kind is none, and Parse refuses it.
const (
	Identity   Kind = iota + 1 // attached to a user or role: no principals
	Resource                   // attached to a resource: every statement has Principal or NotPrincipal
	Authorizer                 // returned by a Lambda authorizer: as Identity, with a limit on the length of a Resource
)

// Options say how a document is read.
type Options struct {
	Kind     Kind
	MaxBytes int // 0 is DefaultMaxBytes

	// Expand, when set, rewrites every Resource and NotResource before it is read: the place for abbreviations, such as
	// execute-api:/* in the policy of an API. It must return texts that need no rewriting unchanged.
	Expand func(resource string) string
}

// The versions of the language. A document without one is of the older. Spec: access-control 6.1.
const (
	version2008 = "2008-10-17"
	version2012 = "2012-10-17"
)

// Parse reads a document and prepares everything that can be prepared; evaluating the policy cannot fail. The error is an
// [*Error], which lists the mistakes with their places, and an [ErrInvalid].
func Parse(document []byte, o Options) (*Policy, error) {
	p := parser{options: o}
	if o.Kind < Identity || o.Kind > Authorizer {
		p.add("$", "no kind of policy is given in the options")
		return nil, p.err()
	}
	if p.options.MaxBytes <= 0 {
		p.options.MaxBytes = DefaultMaxBytes
	}
	root, problem := readJSON(document, p.options.MaxBytes)
	if problem != nil {
		return nil, &Error{Problems: []Problem{*problem}}
	}
	policy := p.document(root)
	if err := p.err(); err != nil {
		return nil, err
	}
	return policy, nil
}

// parser turns the tree of a document into a policy and collects mistakes on its way.
type parser struct {
	problems
	options   Options
	variables bool // ${…} means something: version 2012-10-17
	sids      map[string]bool
}

func (p *parser) document(root node) *Policy {
	policy := &Policy{kind: p.options.Kind}
	members, ok := p.members(root, "Version", "Id", "Statement")
	if !ok {
		return policy
	}
	if v, found := members["Version"]; found {
		switch text := p.text(v); text {
		case version2012:
			p.variables = true
		case version2008:
		default:
			if v.kind == nodeString {
				p.add(v.at, "is %s, want %q or %q", quote(text), version2012, version2008)
			}
		}
	}
	if v, found := members["Id"]; found {
		policy.id = p.text(v)
	}
	list, found := members["Statement"]
	if !found {
		p.add(root.at, "has no Statement")
		return policy
	}
	p.sids = map[string]bool{}
	for i, n := range p.items(list) {
		policy.statements = append(policy.statements, p.statement(n, i))
	}
	return policy
}

func (p *parser) statement(n node, index int) Statement {
	s := Statement{Index: index}
	members, ok := p.members(n, "Sid", "Effect", "Action", "NotAction", "Resource", "NotResource",
		"Principal", "NotPrincipal", "Condition")
	if !ok {
		return s
	}
	p.sid(&s, members)
	p.effect(&s, n, members)
	if v, not, found := p.oneOf(n, members, "Action", "NotAction"); found {
		s.notAction, s.actions = not, p.actions(v)
	}
	if v, not, found := p.oneOf(n, members, "Resource", "NotResource"); found {
		s.notResource, s.resources = not, p.resources(v)
	}
	p.principals(&s, n, members)
	if v, found := members["Condition"]; found {
		s.conditions = p.conditions(v, s.Deny)
	}
	return s
}

// sid reads the Sid. Identity policies may not use one twice; other kinds are not checked by the service.
func (p *parser) sid(s *Statement, members map[string]node) {
	v, found := members["Sid"]
	if !found {
		return
	}
	s.Sid = p.text(v)
	if p.options.Kind == Identity && s.Sid != "" && p.sids[s.Sid] {
		p.add(v.at, "%s is used by another statement", quote(s.Sid))
	}
	p.sids[s.Sid] = true
}

func (p *parser) effect(s *Statement, n node, members map[string]node) {
	v, found := members["Effect"]
	if !found {
		p.add(n.at, "has no Effect")
		return
	}
	switch text := p.text(v); {
	case text == "Deny":
		s.Deny = true
	case text != "Allow" && v.kind == nodeString:
		p.add(v.at, `is %s, want "Allow" or "Deny"`, quote(text))
	}
}

func (p *parser) actions(n node) []pattern {
	return collect(p, n, compileAction)
}

func (p *parser) resources(n node) []arnPattern {
	return collect(p, n, func(text string) (arnPattern, error) {
		if p.options.Kind == Authorizer && len([]rune(text)) > maxAuthorizerResource {
			return arnPattern{}, fmt.Errorf("is longer than %d characters", maxAuthorizerResource)
		}
		if p.options.Expand != nil {
			text = p.options.Expand(text)
		}
		return compileResource(text, p.variables)
	})
}

// principals reads Principal or NotPrincipal, which resource policies need and others may not have.
func (p *parser) principals(s *Statement, n node, members map[string]node) {
	if p.options.Kind != Resource {
		for _, name := range []string{"Principal", "NotPrincipal"} {
			if v, found := members[name]; found {
				p.add(v.at, "is allowed in resource policies only")
			}
		}
		return
	}
	v, not, found := p.oneOf(n, members, "Principal", "NotPrincipal")
	if !found {
		return
	}
	s.notPrincipal, s.principals = not, &principalSet{}
	switch {
	case v.kind == nodeString && v.text == "*":
		s.principals.everyone = true
	case v.kind == nodeString:
		p.add(v.at, `is %s, want "*" or an object such as {"AWS": …}`, quote(v.text))
	default:
		p.principalObject(s.principals, v)
	}
}

func (p *parser) principalObject(set *principalSet, n node) {
	if _, ok := p.members(n, "AWS", "Service", "Federated", "CanonicalUser"); !ok {
		return
	}
	if len(n.items) == 0 {
		p.add(n.at, "is an empty object")
	}
	for i, list := range n.items {
		add := principalTypes[n.names[i]]
		if add == nil {
			continue // members has told
		}
		for _, v := range p.items(list) {
			text := p.text(v)
			if v.kind != nodeString {
				continue
			}
			if err := add(set, text); err != nil {
				p.add(v.at, "%s %v", quote(text), err)
			}
		}
	}
}

// members gives the members of an object, all of which must be known. The map is keyed by name.
func (p *parser) members(n node, known ...string) (map[string]node, bool) {
	if n.kind != nodeObject {
		p.add(n.at, "is %v, want an object", n.kind)
		return nil, false
	}
	members := make(map[string]node, len(n.items))
	for i, name := range n.names {
		if !slices.Contains(known, name) {
			p.add(n.items[i].at, "unknown element%s", suggest(name, known))
			continue
		}
		members[name] = n.items[i]
	}
	return members, true
}

// oneOf gives the member that stands under one of two names, and whether it is the second.
func (p *parser) oneOf(n node, members map[string]node, name, notName string) (v node, not, found bool) {
	plain, hasPlain := members[name]
	negated, hasNegated := members[notName]
	switch {
	case hasPlain && hasNegated:
		p.add(n.at, "has both %s and %s", name, notName)
	case hasNegated:
		return negated, true, true
	case hasPlain:
		return plain, false, true
	default:
		p.add(n.at, "has neither %s nor %s", name, notName)
	}
	return node{}, false, false
}

// items gives the values of an element that may be one value or a list, which must not be empty.
func (p *parser) items(n node) []node {
	if n.kind != nodeArray {
		return []node{n}
	}
	if len(n.items) == 0 {
		p.add(n.at, "is an empty list")
	}
	return n.items
}

// text gives the text of a string.
func (p *parser) text(n node) string {
	if n.kind != nodeString {
		p.add(n.at, "is %v, want a string", n.kind)
		return ""
	}
	return n.text
}

// collect compiles every string of an element.
func collect[T any](p *parser, n node, compile func(string) (T, error)) []T {
	var all []T
	for _, v := range p.items(n) {
		text := p.text(v)
		if v.kind != nodeString {
			continue
		}
		compiled, err := compile(text)
		if err != nil {
			p.add(v.at, "%s %v", quote(text), err)
			continue
		}
		all = append(all, compiled)
	}
	return all
}

// suggest names the known word that differs in case only.
func suggest(name string, known []string) string {
	for _, k := range known {
		if strings.EqualFold(k, name) {
			return ", did you mean " + k + "?"
		}
	}
	return ""
}
