package iam_test

import (
	"testing"

	"github.com/gatehouse-gateway/gatehouse/iam"
)

// What the documentation leaves open, one test for each decision; see also TestUnconfirmedUndecidableConditionsFailClosed.

// Naming a role spares all its sessions; naming a session of it as well spares only that one. Spec: access-control 6.2.
func TestUnconfirmedNotPrincipalWithRolesAndSessions(t *testing.T) {
	const other = "arn:aws:sts::123456789012:assumed-role/R/s2"
	for _, tt := range []struct {
		listed, caller string
		denied         bool
	}{
		{`"` + role + `","` + root + `"`, session, false},
		{`"` + role + `","` + root + `"`, other, false},
		{`"` + role + `","` + root + `"`, bob, true},
		{`"` + session + `","` + role + `","` + root + `"`, session, false},
		{`"` + session + `","` + role + `","` + root + `"`, other, true},
	} {
		p := mustParse(t, iam.Resource, `{"Statement":{"Effect":"Deny","NotPrincipal":{"AWS":[`+tt.listed+`]},"Action":"*","Resource":"*"}}`)
		d := p.Evaluate(&iam.Request{Principal: mustPrincipal(t, tt.caller), Action: invoke, Resource: api})
		if (d.Effect == iam.ExplicitDeny) != tt.denied {
			t.Errorf("[%s] for %s: got %v", tt.listed, tt.caller, d.Effect)
		}
	}
}

// A NotResource that cannot be read for this request lists nothing, and an Allow must not profit. Spec: access-control 6.4.
func TestUnconfirmedNotResourceWithUnknownVariableFailsClosed(t *testing.T) {
	for effect, want := range map[string]iam.Effect{"Allow": iam.ImplicitDeny, "Deny": iam.ExplicitDeny} {
		p := mustParse(t, iam.Identity, `{"Version":"2012-10-17","Statement":{"Effect":"`+effect+
			`","Action":"*","NotResource":"`+api+`/x/${aws:username}"}}`)
		if d := p.Evaluate(&iam.Request{Action: invoke, Resource: api + "/y"}); d.Effect != want {
			t.Errorf("%s: got %v, want %v", effect, d.Effect, want)
		}
	}
}

// Spec: access-control 6.4: the documentation disagrees with itself about Bool.
func TestUnconfirmedVariablesWorkInBool(t *testing.T) {
	if !holds(t, "Allow", "Bool", `"${yes}"`, text("true")) || holds(t, "Allow", "Bool", `"${yes}"`, text("false")) {
		t.Error("the variable is not read")
	}
}

// For set qualifiers an empty text is an empty set.
func TestUnconfirmedEmptyTextIsAnEmptySet(t *testing.T) {
	if !holds(t, "Allow", "ForAllValues:StringEquals", `"a"`, many("")) {
		t.Error("ForAllValues: got false")
	}
	if holds(t, "Allow", "ForAnyValue:StringEquals", `""`, many("")) {
		t.Error("ForAnyValue: got true")
	}
}

// The sixth field of an ARN is everything behind the fifth colon, and there a star spans colons: policies for log groups
// and functions count on it. Spec: access-control 6.3.
func TestUnconfirmedArnLikeSpansColonsInTheResourceField(t *testing.T) {
	if !holds(t, "Allow", "ArnLike", `"arn:aws:lambda:*:*:*"`, text("arn:aws:lambda:r:1:function:f")) {
		t.Error("got false")
	}
}

// Only the root user of the owning account needs no policy. Spec: access-control 6.5.
func TestUnconfirmedRootOfAnotherAccountNeedsBothPolicies(t *testing.T) {
	d := iam.Decisions{Root: true, Resource: iam.Decision{Effect: iam.Allow}}
	if v := iam.Combine(d); v.Effect != iam.ImplicitDeny || v.By != iam.SourceIdentity {
		t.Errorf("got %v by %q", v.Effect, v.By)
	}
}
