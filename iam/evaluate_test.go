package iam_test

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/gatehouse-gateway/gatehouse/iam"
)

const (
	api     = "arn:aws:execute-api:us-east-1:123456789012:abc123"
	invoke  = "execute-api:Invoke"
	bob     = "arn:aws:iam::123456789012:user/Bob"
	role    = "arn:aws:iam::123456789012:role/team/R"
	session = "arn:aws:sts::123456789012:assumed-role/R/s1"
	root    = "arn:aws:iam::123456789012:root"
)

func mustParse(t testing.TB, kind iam.Kind, document string) *iam.Policy {
	t.Helper()
	p, err := iam.Parse([]byte(document), iam.Options{Kind: kind})
	if err != nil {
		t.Fatalf("Parse(%s): %v", document, err)
	}
	return p
}

func mustPrincipal(t testing.TB, arn string) iam.Principal {
	t.Helper()
	switch {
	case arn == "":
		return iam.Principal{}
	case strings.HasSuffix(arn, ".amazonaws.com"):
		return iam.ServicePrincipal(arn)
	case !strings.HasPrefix(arn, "arn:"):
		return iam.WebIdentity(arn)
	}
	roleARN := ""
	if strings.Contains(arn, ":assumed-role/R/") {
		roleARN = role
	}
	p, err := iam.NewPrincipal(arn, roleARN)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// Spec: access-control 6.2 and 7.
func TestActionsAndResources(t *testing.T) {
	get := api + "/test/GET/pets"
	tests := []struct {
		elements         string // of an Allow statement
		action, resource string
		allow            bool
	}{
		{`"Action":"execute-api:Invoke","Resource":"*"`, invoke, get, true},
		{`"Action":"EXECUTE-API:invoke","Resource":"*"`, invoke, get, true}, // case-insensitive
		{`"Action":"execute-api:*","Resource":"*"`, "execute-api:InvalidateCache", get, true},
		{`"Action":"execute-api:Inv?ke","Resource":"*"`, invoke, get, true},
		{`"Action":"*","Resource":"*"`, "execute-api:ManageConnections", get, true},
		{`"Action":["s3:Get*","execute-api:I*e"],"Resource":"*"`, invoke, get, true},
		{`"Action":"s3:*","Resource":"*"`, invoke, get, false},
		{`"NotAction":"s3:*","Resource":"*"`, invoke, get, true},
		{`"NotAction":["s3:*","execute-api:*"],"Resource":"*"`, invoke, get, false},
		{`"Action":"*","Resource":"arn:aws:execute-api:*:*:*"`, invoke, get, true},
		{`"Action":"*","Resource":"` + api + `/*"`, invoke, get, true},
		{`"Action":"*","Resource":"` + api + `/test/*"`, invoke, get, true},
		{`"Action":"*","Resource":"` + api + `/prod/*"`, invoke, get, false},
		{`"Action":"*","Resource":"` + api + `/*/GET/pets"`, invoke, get, true},
		{`"Action":"*","Resource":"` + api + `/*/GET/pets"`, invoke, get + "/1", false},
		{`"Action":"*","Resource":"` + api + `/test/GET/pets/*"`, invoke, get + "/1", true},
		{`"Action":"*","Resource":"` + api + `/test/GET/pets/*"`, invoke, get, false}, // not the parent itself
		{`"Action":"*","Resource":"` + api + `/test/GET/Pets"`, invoke, get, false},   // case-sensitive
		{`"Action":"*","Resource":"` + api + `/test/*"`, invoke, api + "/test/GET/a:b/c", true},
		{`"Action":"*","Resource":"arn:aws:execute-api:*:abc123/test/*:x"`, invoke, get, false}, // a star stays in its field
		{`"Action":"*","Resource":"arn:aws:*:*:*:*"`, invoke, get, true},
		{`"Action":"*","Resource":"arn:aws:execute-api:us-east-?:123456789012:*"`, invoke, get, true},
		{`"Action":"*","Resource":"` + api + `/test/GET/p?ts"`, invoke, api + "/test/GET/p\u00e9ts", true}, // one character
		{`"Action":"*","NotResource":"` + api + `/*/GET/admin"`, invoke, get, true},
		{`"Action":"*","NotResource":["x:*","` + api + `/*"]`, invoke, get, false},
		{`"Action":"*","Resource":"` + api + `/"`, invoke, get, false}, // literal, as in the service's own samples
		{`"Action":"*","Resource":"*"`, invoke, "*", true},
		{`"Action":"*","Resource":"arn:aws:execute-api:*:*:*"`, invoke, "*", false},
		{`"Action":"*","Resource":"*"`, "", get, false},
		{`"Action":"*","Resource":"*"`, invoke, "", false},
	}
	for _, tt := range tests {
		elements := strings.Replace(tt.elements, `"x:*"`, `"arn:aws:s3:::x"`, 1)
		p := mustParse(t, iam.Identity, `{"Version":"2012-10-17","Statement":{"Effect":"Allow",`+elements+`}}`)
		got := p.Evaluate(&iam.Request{Action: tt.action, Resource: tt.resource})
		if (got.Effect == iam.Allow) != tt.allow {
			t.Errorf("%s\n  for %s on %s: got %v, want allow=%v", tt.elements, tt.action, tt.resource, got.Effect, tt.allow)
		}
	}
}

// Spec: access-control 6.2, the table of principals and NotPrincipal.
func TestPrincipals(t *testing.T) {
	all := []string{"", root, bob, session, "arn:aws:sts::123456789012:assumed-role/R/s2",
		"arn:aws:sts::123456789012:federated-user/x", "arn:aws:iam::999999999999:user/Bob", "events.amazonaws.com", "accounts.google.com"}
	tests := []struct {
		effect, element string
		applies         string // one letter for each of all: y or n
	}{
		{"Allow", `"Principal":"*"`, "yyyyyyyyy"},
		{"Allow", `"Principal":{"AWS":"*"}`, "yyyyyyyyy"},
		{"Allow", `"Principal":{"AWS":"123456789012"}`, "nyyyyynnn"},
		{"Allow", `"Principal":{"AWS":"` + root + `"}`, "nyyyyynnn"},
		{"Allow", `"Principal":{"AWS":"` + bob + `"}`, "nnynnnnnn"},
		{"Allow", `"Principal":{"AWS":"arn:aws:iam::123456789012:user/bob"}`, "nnnnnnnnn"},
		{"Allow", `"Principal":{"AWS":"` + role + `"}`, "nnnyynnnn"},
		{"Allow", `"Principal":{"AWS":"` + session + `"}`, "nnnynnnnn"},
		{"Allow", `"Principal":{"AWS":"arn:aws:sts::123456789012:federated-user/x"}`, "nnnnnynnn"},
		{"Allow", `"Principal":{"AWS":["` + bob + `","` + session + `"]}`, "nnyynnnnn"},
		{"Allow", `"Principal":{"Service":"events.amazonaws.com"}`, "nnnnnnnyn"},
		{"Allow", `"Principal":{"Federated":"accounts.google.com"}`, "nnnnnnnny"},
		{"Allow", `"Principal":{"CanonicalUser":"79a59df9"}`, "nnnnnnnnn"},
		{"Allow", `"Principal":{"AWS":"` + bob + `","Service":"events.amazonaws.com"}`, "nnynnnnyn"},
		{"Allow", `"NotPrincipal":{"AWS":"` + bob + `"}`, "yynyyyyyy"},
		{"Allow", `"NotPrincipal":{"AWS":"` + root + `"}`, "ynnnnnyyy"},
		{"Allow", `"NotPrincipal":"*"`, "nnnnnnnnn"},
		{"Deny", `"NotPrincipal":{"AWS":"` + bob + `"}`, "yyyyyyyyy"},                      // the account is missing
		{"Deny", `"NotPrincipal":{"AWS":["` + bob + `","` + root + `"]}`, "ynnyyyyyy"},     // and root itself
		{"Deny", `"NotPrincipal":{"AWS":["` + session + `","` + root + `"]}`, "ynyyyyyyy"}, // the role is missing
		{"Deny", `"NotPrincipal":{"Service":"events.amazonaws.com"}`, "yyyyyyyny"},
		{"Deny", `"NotPrincipal":"*"`, "nnnnnnnnn"},
	}
	for _, tt := range tests {
		p := mustParse(t, iam.Resource, `{"Statement":{"Effect":"`+tt.effect+`","Action":"*","Resource":"*",`+tt.element+`}}`)
		for i, arn := range all {
			d := p.Evaluate(&iam.Request{Principal: mustPrincipal(t, arn), Action: invoke, Resource: api + "/x"})
			if got := d.Effect != iam.ImplicitDeny; got != (tt.applies[i] == 'y') {
				t.Errorf("%s %s for %q: applies=%v", tt.effect, tt.element, arn, got)
			}
		}
	}
}

func TestPrincipalTellsWhoItIs(t *testing.T) {
	for _, tt := range []struct {
		arn, text, account string
		root               bool
	}{
		{"", "anonymous", "", false},
		{root, root, "123456789012", true},
		{session, session, "123456789012", false},
		{"events.amazonaws.com", "events.amazonaws.com", "", false},
	} {
		if p := mustPrincipal(t, tt.arn); p.String() != tt.text || p.Account() != tt.account || p.IsRoot() != tt.root {
			t.Errorf("%q: got %v, %q, root=%v", tt.arn, p, p.Account(), p.IsRoot())
		}
	}
}

func TestNewPrincipalRefusesWhoCannotCall(t *testing.T) {
	for _, tt := range []struct{ arn, role string }{
		{"", ""}, {"Bob", ""}, {role, ""}, {"arn:aws:iam::123456789012:group/g", ""}, {"arn:aws:iam::12:user/Bob", ""},
		{session, ""}, {bob, role}, {session, "arn:aws:iam::123456789012:role/Other"},
		{session, "arn:aws:iam::999999999999:role/R"}, {"arn:aws:sts::123456789012:assumed-role/R", role},
		{session + "/x", role}, {"arn:aws:iam:us-east-1:123456789012:user/Bob", ""},
	} {
		if p, err := iam.NewPrincipal(tt.arn, tt.role); !errors.Is(err, iam.ErrPrincipal) {
			t.Errorf("NewPrincipal(%q, %q) = %v, %v, want an ErrPrincipal", tt.arn, tt.role, p, err)
		}
	}
}

// Spec: access-control 6.5, point 1.
func TestDenyWinsWhereverItStands(t *testing.T) {
	allow := `{"Sid":"a","Effect":"Allow","Action":"*","Resource":"*"}`
	deny := `{"Sid":"d","Effect":"Deny","Action":"*","Resource":"` + api + `/admin"}`
	for _, list := range []string{allow + "," + deny, deny + "," + allow} {
		p := mustParse(t, iam.Identity, `{"Statement":[`+list+`]}`)
		d := p.Evaluate(&iam.Request{Action: invoke, Resource: api + "/admin"})
		if d.Effect != iam.ExplicitDeny || d.Statement == nil || d.Statement.Sid != "d" {
			t.Errorf("%s: got %+v", list, d)
		}
		if d = p.Evaluate(&iam.Request{Action: invoke, Resource: api + "/x"}); d.Effect != iam.Allow || d.Statement.Sid != "a" {
			t.Errorf("%s: got %+v", list, d)
		}
	}
	set := iam.Set{mustParse(t, iam.Identity, `{"Statement":`+allow+`}`), nil, mustParse(t, iam.Identity, `{"Statement":`+deny+`}`)}
	if d := set.Evaluate(&iam.Request{Action: invoke, Resource: api + "/admin"}); d.Effect != iam.ExplicitDeny {
		t.Errorf("set: got %v", d.Effect)
	}
}

func TestNothingIsAllowedByNothing(t *testing.T) {
	var p *iam.Policy
	if d := p.Evaluate(&iam.Request{Action: invoke, Resource: api}); d != (iam.Decision{}) || d.Effect != iam.ImplicitDeny {
		t.Errorf("nil policy: %+v", d)
	}
	p = mustParse(t, iam.Identity, `{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}`)
	if d := p.Evaluate(nil); d.Effect != iam.ImplicitDeny {
		t.Errorf("nil request: %+v", d)
	}
}

// Spec: access-control 6.4.
func TestPolicyVariables(t *testing.T) {
	tests := []struct {
		version, element, resource string
		effect                     string
		applies                    bool
	}{
		{"2012-10-17", `"Resource":"` + api + `/x/${aws:username}"`, "/x/bob", "Allow", true},
		{"2012-10-17", `"Resource":"` + api + `/x/${AWS:UserName}/*"`, "/x/bob/1", "Allow", true},
		{"2012-10-17", `"Resource":"` + api + `/x/${aws:username}"`, "/x/eve", "Allow", false},
		{"2008-10-17", `"Resource":"` + api + `/x/${aws:username}"`, "/x/bob", "Allow", false},
		{"2008-10-17", `"Resource":"` + api + `/x/${aws:username}"`, "/x/${aws:username}", "Allow", true},
		{"2012-10-17", `"Resource":"` + api + `/x/${aws:nobody}"`, "/x/", "Allow", false},
		{"2012-10-17", `"Resource":"` + api + `/x/${aws:nobody, 'all'}"`, "/x/all", "Allow", true},
		{"2012-10-17", `"Resource":"` + api + `/x/${aws:nobody,'a}*'}"`, "/x/a}*", "Allow", true},
		{"2012-10-17", `"Resource":"` + api + `/x/${aws:nobody,'a}*'}"`, "/x/a}b", "Allow", false},
		{"2012-10-17", `"Resource":"` + api + `/x/${aws:username, 'all'}"`, "/x/bob", "Allow", true},
		{"2012-10-17", `"Resource":"` + api + `/x/${many, 'all'}"`, "/x/all", "Allow", false}, // single-valued keys only
		{"2012-10-17", `"Resource":"` + api + `/x/${star}"`, "/x/*", "Allow", true},
		{"2012-10-17", `"Resource":"` + api + `/x/${star}"`, "/x/anything", "Allow", false}, // substituted text is literal
		{"2012-10-17", `"Resource":"` + api + `/${*}/${?}/${$}{"`, "/*/?/${", "Allow", true},
		{"2012-10-17", `"Resource":"` + api + `/${*}"`, "/x", "Allow", false},
		{"2012-10-17", `"Resource":"` + api + `/*/${aws:username}/*"`, "/a/b/bob/c", "Allow", true},
		{"2012-10-17", `"Resource":"` + api + `/${colon:key, 'a:b'}"`, "/a:b", "Allow", true},
		{"2012-10-17", `"Resource":"` + api + `/${aws:username}/*/${star}${aws:username}?"`, "/bob/a/b/*bob!", "Allow", true},
		{"2012-10-17", `"NotResource":"` + api + `/x/${aws:username}"`, "/x/eve", "Allow", true},
		{"2012-10-17", `"NotResource":"` + api + `/x/${aws:nobody}"`, "/x/eve", "Deny", true},
		{"2012-10-17", `"Resource":"` + api + `/x/${aws:nobody}"`, "/x/eve", "Deny", false},
	}
	for _, tt := range tests {
		p := mustParse(t, iam.Identity, fmt.Sprintf(`{"Version":%q,"Statement":{"Effect":%q,"Action":"*",%s}}`, tt.version, tt.effect, tt.element))
		r := iam.Request{Action: invoke, Resource: api + tt.resource}
		r.Context.Set("aws:username", iam.String("bob"))
		r.Context.Set("star", iam.String("*"))
		r.Context.SetAll("many", iam.String("a"))
		if got := p.Evaluate(&r).Effect != iam.ImplicitDeny; got != tt.applies {
			t.Errorf("%s %s %s on %s: applies=%v, want %v", tt.version, tt.effect, tt.element, tt.resource, got, tt.applies)
		}
	}
}

func TestExplainNamesWhatMissed(t *testing.T) {
	p := mustParse(t, iam.Resource, `{"Statement":[
		{"Effect":"Allow","Principal":"*","Action":"s3:*","Resource":"*"},
		{"Effect":"Allow","Principal":"*","Action":"*","Resource":"arn:aws:s3:::b"},
		{"Effect":"Allow","Principal":{"AWS":"123456789012"},"Action":"*","Resource":"*"},
		{"Effect":"Deny","Principal":"*","Action":"*","Resource":"*","Condition":{"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}}},
		{"Sid":"last","Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}`)
	r := iam.Request{Action: invoke, Resource: api}
	r.Context.Set("aws:SourceIp", iam.IP(netip.MustParseAddr("192.0.2.1")))
	want := []iam.Element{iam.ElementAction, iam.ElementResource, iam.ElementPrincipal, iam.ElementCondition, ""}
	for i, f := range p.Explain(&r) {
		if f.Missed != want[i] || f.Applies != (want[i] == "") || f.Statement.Index != i {
			t.Errorf("statement %d: %+v", i, f)
		}
		if at := `$.Statement[3].Condition.IpAddress["aws:SourceIp"]`; i == 3 && f.Condition != at {
			t.Errorf("condition at %s, want %s", f.Condition, at)
		}
	}
}

func TestEvaluateDoesNotAllocate(t *testing.T) {
	p := mustParse(t, iam.Resource, benchmarkPolicy())
	r := benchmarkRequest(t)
	if n := testing.AllocsPerRun(100, func() { p.Evaluate(r) }); n != 0 {
		t.Errorf("got %v allocations, want 0", n)
	}
}

func benchmarkPolicy() string {
	var b strings.Builder
	b.WriteString(`{"Version":"2012-10-17","Statement":[`)
	for i := range 19 {
		fmt.Fprintf(&b, `{"Effect":"Allow","Principal":{"AWS":"123456789012"},"Action":["execute-api:Inv*","s3:*"],
			"Resource":["%s/*/GET/team%d/*/orders/*","%s/prod/P?ST/${aws:username}/%d/*"],
			"Condition":{"IpAddress":{"aws:SourceIp":["10.0.0.0/8","2001:db8::/32"]},"StringLike":{"aws:UserAgent":"*Mozilla/*Gecko*"}}},`, api, i, api, i)
	}
	fmt.Fprintf(&b, `{"Effect":"Deny","Principal":"*","Action":"*","Resource":"*","Condition":{"Bool":{"aws:SecureTransport":"false"},
		"DateGreaterThan":{"aws:CurrentTime":"2030-01-01T00:00:00Z"}}}]}`)
	return b.String()
}

func benchmarkRequest(t testing.TB) *iam.Request {
	r := &iam.Request{Principal: mustPrincipal(t, bob), Action: invoke, Resource: api + "/prod/GET/team18/x/y/orders/7"}
	k := &r.Context
	k.Set("aws:CurrentTime", iam.Time(time.Unix(1_700_000_000, 0)))
	k.Set("aws:EpochTime", iam.Int(1_700_000_000))
	k.Set("aws:SecureTransport", iam.Bool(true))
	k.Set("aws:UserAgent", iam.String("curl Mozilla/5.0 (X11) Gecko/2010"))
	k.Set("aws:PrincipalArn", iam.String(bob))
	k.Set("aws:username", iam.String("Bob"))
	k.Set("aws:SourceIp", iam.IP(netip.MustParseAddr("10.1.2.3")))
	return r
}

func BenchmarkEvaluate20Statements(b *testing.B) {
	p := mustParse(b, iam.Resource, benchmarkPolicy())
	r := benchmarkRequest(b)
	b.ReportAllocs()
	for b.Loop() {
		if p.Evaluate(r).Effect != iam.Allow {
			b.Fatal("not allowed")
		}
	}
}

func BenchmarkParse20Statements(b *testing.B) {
	document := []byte(benchmarkPolicy())
	b.ReportAllocs()
	for b.Loop() {
		if _, err := iam.Parse(document, iam.Options{Kind: iam.Resource}); err != nil {
			b.Fatal(err)
		}
	}
}
