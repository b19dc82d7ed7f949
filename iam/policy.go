package iam

// An Effect is the outcome of an evaluation. The zero value denies.
type Effect uint8

// The three outcomes.
const (
	ImplicitDeny Effect = iota // nothing allows
	ExplicitDeny               // a Deny applies; nothing can overrule it
	Allow
)

// String gives the name used by IAM's own tools.
func (e Effect) String() string {
	switch e {
	case Allow:
		return "allowed"
	case ExplicitDeny:
		return "explicitDeny"
	default:
		return "implicitDeny"
	}
}

// A Policy is a document ready to evaluate. It does not change and may be used by any number of goroutines. A nil Policy
// has no statements.
type Policy struct {
	statements []Statement
	kind       Kind
	id         string
}

// Kind is what the document was read as.
func (p *Policy) Kind() Kind { return p.kind }

// ID is the Id of the document, "" when it has none.
func (p *Policy) ID() string { return p.id }

// Len is the number of statements.
func (p *Policy) Len() int { return len(p.statements) }

// A Request is what a policy decides on. One without Action or Resource is never allowed.
type Request struct {
	Principal Principal
	Action    string // service:Verb
	Resource  string // an ARN; anything else is matched by "*" only
	Context   Keys
}

// A Decision is the answer of one policy, or of several of the same kind.
type Decision struct {
	Effect    Effect
	Statement *Statement // which one decided; nil for ImplicitDeny

	// NamesCaller is set when an Allow names the very user or session that calls, rather than its role, its account or
	// everyone. It matters to Combine only.
	NamesCaller bool
}

// Evaluate decides a request: the first Deny that applies decides, else the first Allow, else nothing does.
// Spec: access-control 6.2 and 6.5.
func (p *Policy) Evaluate(r *Request) Decision {
	var d Decision
	if p == nil || r == nil {
		return d
	}
	a := cutARN(r.Resource)
	for i := range p.statements {
		s := &p.statements[i]
		if !s.Deny && d.Effect == Allow && (d.NamesCaller || !s.namesCaller(&r.Principal)) {
			continue // would add nothing
		}
		if missed, _ := s.miss(r, &a); missed != "" {
			continue
		}
		if s.Deny {
			return Decision{Effect: ExplicitDeny, Statement: s}
		}
		d = Decision{Effect: Allow, Statement: s, NamesCaller: s.namesCaller(&r.Principal)}
	}
	if r.Action == "" || r.Resource == "" {
		return Decision{}
	}
	return d
}

// A Set is several policies of the same kind, such as all identity policies of a user.
type Set []*Policy

// Evaluate decides as if all statements stood in one document.
func (s Set) Evaluate(r *Request) Decision {
	var all Decision
	for _, p := range s {
		switch d := p.Evaluate(r); {
		case d.Effect == ExplicitDeny:
			return d
		case d.Effect == Allow && (all.Effect != Allow || d.NamesCaller && !all.NamesCaller):
			all = d
		}
	}
	return all
}
