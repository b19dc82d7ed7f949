package iam

// A Statement is one statement of a [Policy], as much of it as an explanation needs.
type Statement struct {
	Sid   string // as written; "" when there is none
	Index int    // position in the document, from 0
	Deny  bool   // the Effect: Deny, or else Allow

	actions    []pattern
	resources  []arnPattern
	principals *principalSet // nil in policies without principals
	conditions []condition

	notAction, notResource, notPrincipal bool
}

// An Element is a part of a statement that can keep it from applying.
type Element string

// The elements of a statement, in the order in which they are looked at.
const (
	ElementAction    Element = "Action" // or NotAction, and so on
	ElementResource  Element = "Resource"
	ElementPrincipal Element = "Principal"
	ElementCondition Element = "Condition"
)

// miss says which element does not match, "" when the statement applies. For a condition at is its place.
func (s *Statement) miss(r *Request, a *arn) (e Element, at string) {
	switch {
	case !s.matchesAction(r):
		return ElementAction, ""
	case !s.matchesResource(r, a):
		return ElementResource, ""
	case !s.matchesPrincipal(&r.Principal):
		return ElementPrincipal, ""
	}
	for i := range s.conditions {
		if c := &s.conditions[i]; !c.holds(&r.Context) {
			return ElementCondition, c.at
		}
	}
	return "", ""
}

func (s *Statement) matchesAction(r *Request) bool {
	for i := range s.actions {
		if s.actions[i].match(r.Action, nil) {
			return !s.notAction
		}
	}
	return s.notAction
}

// matchesResource tells whether the resource is listed. A Resource with a variable that has no value lists nothing. In
// an Allow with NotResource that would let everything through, so there the statement does not apply.
func (s *Statement) matchesResource(r *Request, a *arn) bool {
	for i := range s.resources {
		p := &s.resources[i]
		if s.notResource && !s.Deny && !p.resolvable(&r.Context) {
			return false
		}
		if p.match(r.Resource, a, &r.Context) {
			return !s.notResource
		}
	}
	return s.notResource
}

func (s *Statement) matchesPrincipal(p *Principal) bool {
	switch {
	case s.principals == nil:
		return true
	case !s.notPrincipal:
		return s.principals.holds(p)
	case s.Deny:
		return !s.principals.exempts(p)
	default:
		return !s.principals.holds(p)
	}
}

// namesCaller reports whether the statement names the very user or session that calls.
func (s *Statement) namesCaller(p *Principal) bool {
	return s.principals != nil && !s.notPrincipal && s.principals.names(p)
}

// A Finding tells what one statement had to say about a request.
type Finding struct {
	Statement *Statement
	Applies   bool
	Missed    Element // when it does not apply: the first element that does not match
	Condition string  // when Missed is ElementCondition: the JSON path of the condition
}

// Explain looks at every statement, whatever the others say, in the order of the document. It is for people, not for the
// request path: it allocates.
func (p *Policy) Explain(r *Request) []Finding {
	if p == nil || r == nil {
		return nil
	}
	a := cutARN(r.Resource)
	findings := make([]Finding, 0, len(p.statements))
	for i := range p.statements {
		s := &p.statements[i]
		missed, at := s.miss(r, &a)
		findings = append(findings, Finding{Statement: s, Applies: missed == "", Missed: missed, Condition: at})
	}
	return findings
}
