package iam_test

import (
	"testing"

	"github.com/gatehouse-gateway/gatehouse/iam"
)

// Spec: access-control 8.3 and rest-api 3.1, tables A and B.
func TestTablesAAndB(t *testing.T) {
	const allow, silent, deny = iam.Allow, iam.ImplicitDeny, iam.ExplicitDeny
	tests := []struct {
		identity, resource, same, cross iam.Effect
		sameBy, crossBy                 iam.Source
	}{
		{allow, allow, allow, allow, iam.SourceIdentity, iam.SourceResource},
		{allow, silent, allow, silent, iam.SourceIdentity, iam.SourceResource},
		{allow, deny, deny, deny, iam.SourceResource, iam.SourceResource},
		{silent, allow, allow, silent, iam.SourceResource, iam.SourceIdentity},
		{silent, silent, silent, silent, iam.SourceIdentity, iam.SourceIdentity},
		{silent, deny, deny, deny, iam.SourceResource, iam.SourceResource},
		{deny, allow, deny, deny, iam.SourceIdentity, iam.SourceIdentity},
		{deny, silent, deny, deny, iam.SourceIdentity, iam.SourceIdentity},
		{deny, deny, deny, deny, iam.SourceIdentity, iam.SourceIdentity},
	}
	for _, tt := range tests {
		i, r := iam.Decision{Effect: tt.identity}, iam.Decision{Effect: tt.resource}
		if v := iam.SameAccount(i, r); v.Effect != tt.same || v.By != tt.sameBy {
			t.Errorf("table A, %v and %v: got %v by %q", tt.identity, tt.resource, v.Effect, v.By)
		}
		if v := iam.CrossAccount(i, r); v.Effect != tt.cross || v.By != tt.crossBy {
			t.Errorf("table B, %v and %v: got %v by %q", tt.identity, tt.resource, v.Effect, v.By)
		}
	}
}

// Spec: access-control 6.5, points 2 and 4.
func TestCeilingsAndRoot(t *testing.T) {
	yes, silent, denied := iam.Decision{Effect: iam.Allow}, iam.Decision{}, iam.Decision{Effect: iam.ExplicitDeny}
	direct := iam.Decision{Effect: iam.Allow, NamesCaller: true}
	boundary := func(d iam.Decision) []iam.Ceiling { return []iam.Ceiling{{Decision: d, Bypassable: true}} }
	organisation := func(d iam.Decision) []iam.Ceiling { return []iam.Ceiling{{Decision: d}} }
	tests := []struct {
		name string
		in   iam.Decisions
		want iam.Effect
		by   iam.Source
	}{
		{"ceiling allows", iam.Decisions{Identity: yes, Ceilings: boundary(yes), SameAccount: true}, iam.Allow, iam.SourceIdentity},
		{"ceiling grants nothing", iam.Decisions{Ceilings: boundary(yes), SameAccount: true}, iam.ImplicitDeny, iam.SourceIdentity},
		{"boundary is silent", iam.Decisions{Identity: yes, Ceilings: boundary(silent), SameAccount: true}, iam.ImplicitDeny, iam.SourceCeiling},
		{"user named, boundary silent", iam.Decisions{Resource: direct, Ceilings: boundary(silent), SameAccount: true}, iam.Allow, iam.SourceResource},
		{"role named, boundary silent", iam.Decisions{Resource: yes, Ceilings: boundary(silent), SameAccount: true}, iam.ImplicitDeny, iam.SourceCeiling},
		{"user named, organisation silent", iam.Decisions{Resource: direct, Ceilings: organisation(silent), SameAccount: true}, iam.ImplicitDeny, iam.SourceCeiling},
		{"user named, other account", iam.Decisions{Identity: yes, Resource: direct, Ceilings: boundary(silent)}, iam.ImplicitDeny, iam.SourceCeiling},
		{"user named, boundary denies", iam.Decisions{Resource: direct, Ceilings: boundary(denied), SameAccount: true}, iam.ExplicitDeny, iam.SourceCeiling},
		{"root", iam.Decisions{Root: true, SameAccount: true}, iam.Allow, iam.SourceNone},
		{"root denied", iam.Decisions{Root: true, SameAccount: true, Resource: denied}, iam.ExplicitDeny, iam.SourceResource},
		{"nothing", iam.Decisions{}, iam.ImplicitDeny, iam.SourceIdentity},
	}
	for _, tt := range tests {
		if v := iam.Combine(tt.in); v.Effect != tt.want || v.By != tt.by {
			t.Errorf("%s: got %v by %q", tt.name, v.Effect, v.By)
		}
	}
}

func TestAllowThatNamesTheCallerIsPreferred(t *testing.T) {
	p := mustParse(t, iam.Resource, `{"Statement":[
		{"Effect":"Allow","Principal":{"AWS":"`+role+`"},"Action":"*","Resource":"*"},
		{"Effect":"Allow","Principal":{"AWS":"`+session+`"},"Action":"*","Resource":"*"}]}`)
	d := p.Evaluate(&iam.Request{Principal: mustPrincipal(t, session), Action: invoke, Resource: api})
	if !d.NamesCaller || d.Statement.Index != 1 {
		t.Errorf("got %+v", d)
	}
	d = p.Evaluate(&iam.Request{Principal: mustPrincipal(t, "arn:aws:sts::123456789012:assumed-role/R/s2"), Action: invoke, Resource: api})
	if d.Effect != iam.Allow || d.NamesCaller {
		t.Errorf("got %+v", d)
	}
}

// The names appear in explanations and in the texts of refusals.
func TestNamesOfEffectsAndSources(t *testing.T) {
	for e, want := range map[iam.Effect]string{iam.Allow: "allowed", iam.ExplicitDeny: "explicitDeny", iam.ImplicitDeny: "implicitDeny"} {
		if e.String() != want {
			t.Errorf("got %q, want %q", e, want)
		}
	}
	for s, want := range map[iam.Source]string{iam.SourceNone: "", iam.SourceIdentity: "identity-based policy",
		iam.SourceResource: "resource-based policy", iam.SourceCeiling: "permissions ceiling"} {
		if s.String() != want {
			t.Errorf("got %q, want %q", s, want)
		}
	}
}
