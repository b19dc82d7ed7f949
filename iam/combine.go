package iam

// A Source is the kind of policy that decided a [Verdict]. Error texts differ by it.
type Source uint8

// The sources. For an implicit deny the source is the kind of policy that would have had to allow.
const (
	SourceNone     Source = iota // nobody: an allowed root user
	SourceIdentity               // identity policy, or the policy an authorizer returned
	SourceResource
	SourceCeiling // organisation, boundary or session policy
)

// String names the kind of policy as refusals do, such as "identity-based policy"; "" for SourceNone.
func (s Source) String() string {
	switch s {
	case SourceIdentity:
		return "identity-based policy"
	case SourceResource:
		return "resource-based policy"
	case SourceCeiling:
		return "permissions ceiling"
	default:
		return ""
	}
}

// A Verdict is the final answer for a request.
type Verdict struct {
	Effect    Effect
	By        Source
	Statement *Statement // which one decided; nil for an implicit deny and for a root user
}

// Decisions are the answers of all policies that apply to a request. A policy that does not exist is a zero Decision.
type Decisions struct {
	Identity Decision
	Resource Decision
	Ceilings []Ceiling // each of them must allow; none: no ceiling is in force

	SameAccount bool // the caller belongs to the account that owns the resource
	Root        bool // the caller is the root user of its account
}

// A Ceiling is the decision of a policy that grants nothing and only limits.
type Ceiling struct {
	Decision

	// Bypassable is set for permissions boundaries and session policies: when they are silent, a resource policy of the
	// same account that names the user or session itself still allows. Not set for policies of an organisation.
	Bypassable bool
}

// SameAccount combines an identity or authorizer policy with the resource policy of the same account: either may allow.
// Spec: access-control 8.3 and rest-api 3.1, table A.
func SameAccount(identity, resource Decision) Verdict {
	return Combine(Decisions{Identity: identity, Resource: resource, SameAccount: true})
}

// CrossAccount combines the identity policy of a caller with the resource policy of another account: both must allow.
// Spec: access-control 8.3 and rest-api 3.1, table B.
func CrossAccount(identity, resource Decision) Verdict {
	return Combine(Decisions{Identity: identity, Resource: resource})
}

// Combine is the whole algorithm: a Deny anywhere, then ceilings, then accounts. Spec: access-control 6.5.
func Combine(d Decisions) Verdict {
	if v, denied := d.explicit(); denied {
		return v
	}
	direct := d.SameAccount && d.Resource.Effect == Allow && d.Resource.NamesCaller
	for _, c := range d.Ceilings {
		if c.Effect == Allow {
			continue
		}
		if !c.Bypassable || !direct {
			return Verdict{By: SourceCeiling}
		}
		d.Identity = Decision{} // what is left is what the resource policy allows
		d.Root = false
	}
	if d.SameAccount {
		return d.either()
	}
	return d.both()
}

func (d *Decisions) explicit() (Verdict, bool) {
	if d.Identity.Effect == ExplicitDeny {
		return Verdict{ExplicitDeny, SourceIdentity, d.Identity.Statement}, true
	}
	if d.Resource.Effect == ExplicitDeny {
		return Verdict{ExplicitDeny, SourceResource, d.Resource.Statement}, true
	}
	for _, c := range d.Ceilings {
		if c.Effect == ExplicitDeny {
			return Verdict{ExplicitDeny, SourceCeiling, c.Statement}, true
		}
	}
	return Verdict{}, false
}

func (d *Decisions) either() Verdict {
	switch {
	case d.Identity.Effect == Allow:
		return Verdict{Allow, SourceIdentity, d.Identity.Statement}
	case d.Resource.Effect == Allow:
		return Verdict{Allow, SourceResource, d.Resource.Statement}
	case d.Root:
		return Verdict{Effect: Allow}
	}
	return Verdict{By: SourceIdentity}
}

func (d *Decisions) both() Verdict {
	switch {
	case d.Identity.Effect != Allow:
		return Verdict{By: SourceIdentity}
	case d.Resource.Effect != Allow:
		return Verdict{By: SourceResource}
	}
	return Verdict{Allow, SourceResource, d.Resource.Statement}
}
