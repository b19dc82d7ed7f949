package iam_test

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/gatehouse-gateway/gatehouse/iam"
)

// set fills the key "k" of a request.
type set func(*iam.Keys)

func one(v iam.Value) set     { return func(k *iam.Keys) { k.Set("K", v) } }
func text(s string) set       { return one(iam.String(s)) }
func absent(*iam.Keys)        {}
func addr(s string) iam.Value { return iam.IP(netip.MustParseAddr(s)) }

func many(texts ...string) set {
	return func(k *iam.Keys) {
		var all []iam.Value
		for _, s := range texts {
			all = append(all, iam.String(s))
		}
		k.SetAll("k", all...)
	}
}

// holds evaluates one condition on key "k" and reports whether the statement applies.
func holds(t *testing.T, effect, operator, values string, fill set) bool {
	t.Helper()
	p := mustParse(t, iam.Identity, `{"Version":"2012-10-17","Statement":{"Effect":"`+effect+
		`","Action":"*","Resource":"*","Condition":{"`+operator+`":{"k":`+values+`}}}}`)
	r := iam.Request{Action: invoke, Resource: api}
	r.Context.Set("aws:username", iam.String("bob"))
	r.Context.Set("yes", iam.Bool(true))
	fill(&r.Context)
	return p.Evaluate(&r).Effect != iam.ImplicitDeny
}

// Spec: access-control 6.3, the table of operators.
func TestConditionOperators(t *testing.T) {
	moment := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	tests := []struct {
		operator, values string
		fill             set
		want             bool
	}{
		{"StringEquals", `"a"`, text("a"), true},
		{"StringEquals", `"a"`, text("A"), false},
		{"StringEquals", `"a*"`, text("ab"), false},
		{"StringEquals", `"a*"`, text("a*"), true},
		{"StringEquals", `["a","b"]`, text("b"), true},
		{"StringEquals", `true`, one(iam.Bool(true)), true}, // JSON booleans and numbers are stringified
		{"StringEquals", `12`, one(iam.Int(12)), true},
		{"StringEquals", `"192.0.2.1"`, one(addr("192.0.2.1")), true},
		{"StringEquals", `""`, text(""), true},
		{"StringEquals", `"${aws:username}-x"`, text("bob-x"), true},
		{"StringEquals", `"${nobody}"`, text(""), false},
		{"StringNotEquals", `"${nobody}"`, text("a"), true},
		{"StringNotEquals", `"a"`, text("b"), true},
		{"StringNotEquals", `["a","b"]`, text("b"), false}, // negated: no value may match
		{"StringNotEquals", `["a","b"]`, text("c"), true},
		{"StringEqualsIgnoreCase", `"abc"`, text("aBC"), true},
		{"StringEqualsIgnoreCase", `"${aws:username}X"`, text("BOBx"), true},
		{"StringEqualsIgnoreCase", `"k"`, text("\u212a"), true}, // the Kelvin sign is longer than k
		{"StringNotEqualsIgnoreCase", `"abc"`, text("aBC"), false},
		{"StringLike", `"a*c?"`, text("abbbcd"), true},
		{"StringLike", `"a*c?"`, text("abbbc"), false},
		{"StringLike", `"A*"`, text("abc"), false},
		{"StringLike", `"?"`, text("é"), true},
		{"StringLike", `"arn:*:x"`, text("arn:a:b:c:x"), true}, // crosses colons
		{"StringLike", `"${*}"`, text("ab"), false},
		{"StringNotLike", `["a*","b*"]`, text("bc"), false},
		{"StringNotLike", `["a*","b*"]`, text("cd"), true},

		{"NumericEquals", `"10"`, text("10.0"), true},
		{"NumericEquals", `10`, one(iam.Int(10)), true},
		{"NumericEquals", `"9007199254740993"`, one(iam.Int(9007199254740992)), false}, // exact
		{"NumericEquals", `"1e2"`, text("100"), true},
		{"NumericNotEquals", `"10"`, text("11"), true},
		{"NumericLessThan", `"10"`, text("9.5"), true},
		{"NumericLessThan", `"10"`, text("10"), false},
		{"NumericLessThanEquals", `"10"`, text("10"), true},
		{"NumericGreaterThan", `"-1"`, text("-0.5"), true},
		{"NumericGreaterThanEquals", `"10"`, text("9"), false},
		{"NumericLessThan", `"10"`, text("x"), false},
		{"NumericLessThan", `"10"`, text("0x1"), false},
		{"NumericLessThan", `"10"`, text("-Inf"), false},
		{"NumericGreaterThan", `"1767323044"`, one(iam.Time(moment)), true},

		{"DateEquals", `"2026-01-02T03:04:05Z"`, one(iam.Time(moment)), true},
		{"DateEquals", `"1767323045"`, one(iam.Time(moment)), true},
		{"DateEquals", `"2026-01-02T04:04:05+01:00"`, text("1767323045"), true},
		{"DateEquals", `"2026-01-02"`, text("2026-01-02T00:00Z"), true},
		{"DateEquals", `"2026"`, text("2026-01-01T00:00:00.000Z"), true},
		{"DateEquals", `"2026-02"`, one(iam.Time(moment)), false},
		{"DateNotEquals", `"2026-02"`, one(iam.Time(moment)), true},
		{"DateLessThan", `"2026-01-02T03:04:06Z"`, one(iam.Time(moment)), true},
		{"DateLessThanEquals", `"2026-01-02T03:04:05Z"`, one(iam.Time(moment)), true},
		{"DateGreaterThan", `"2026-01-02T03:04:05Z"`, one(iam.Time(moment)), false},
		{"DateGreaterThan", `"2026-01-02T03:04:04.5Z"`, one(iam.Time(moment)), true},
		{"DateGreaterThanEquals", `"2026-01-03"`, one(iam.Int(moment.Unix())), false},
		{"DateGreaterThan", `"2000"`, text("tomorrow"), false},

		{"Bool", `"true"`, one(iam.Bool(true)), true},
		{"Bool", `"TRUE"`, text("True"), true},
		{"Bool", `false`, one(iam.Bool(true)), false},
		{"Bool", `"${nobody}"`, text("true"), false},
		{"Bool", `"true"`, text("1"), false},
		{"BinaryEquals", `"QmluYXJ5"`, one(iam.Bytes([]byte("Binary"))), true},
		{"BinaryEquals", `"QmluYXJ5"`, text("QmluYXJ5"), true},
		{"BinaryEquals", `"QmluYXJ5"`, text("Binary"), false},
		{"StringEquals", `"QmluYXJ5"`, one(iam.Bytes([]byte("Binary"))), true},

		{"IpAddress", `"203.0.113.0/24"`, one(addr("203.0.113.9")), true},
		{"IpAddress", `"203.0.113.7/24"`, text("203.0.113.9"), true}, // bits behind the prefix do not count
		{"IpAddress", `"203.0.113.7"`, one(addr("203.0.113.9")), false},
		{"IpAddress", `"203.0.113.9"`, one(addr("::ffff:203.0.113.9")), true},
		{"IpAddress", `"::ffff:203.0.113.0/120"`, one(addr("203.0.113.9")), true},
		{"IpAddress", `"2001:db8::/32"`, one(addr("2001:db8::1%eth0")), true},
		{"IpAddress", `"2001:db8::1"`, text("2001:DB8:0::1"), true},
		{"IpAddress", `["10.0.0.0/8","2001:db8::/32"]`, one(addr("10.9.8.7")), true},
		{"IpAddress", `"0.0.0.0/0"`, one(addr("2001:db8::1")), false},
		{"NotIpAddress", `["10.0.0.0/8","192.0.2.0/24"]`, one(addr("192.0.2.1")), false},
		{"NotIpAddress", `["10.0.0.0/8","192.0.2.0/24"]`, one(addr("198.51.100.1")), true},

		{"ArnEquals", `"arn:aws:sns:*:123456789012:t*"`, text("arn:aws:sns:us-east-1:123456789012:topic"), true},
		{"ArnLike", `"arn:aws:sns:*:123456789012:t*"`, text("arn:aws:sns:us-east-1:999999999999:topic"), false},
		{"ArnLike", `"arn:*:topic:a:b:c"`, text("arn:aws:sns:topic:a:b:c"), false}, // a star does not cross a colon
		{"ArnLike", `"*"`, text("arn:aws:s3:::b"), true},
		{"ArnEquals", `"${self}"`, func(k *iam.Keys) { k.Set("k", iam.String(bob)); k.Set("self", iam.String(bob)) }, true},
		{"ArnLike", `"arn:aws:iam::123456789012:user/${aws:username}"`, text("arn:aws:iam::123456789012:user/bob"), true},
		{"ArnLike", `"arn:aws:s3:::b"`, text("b"), false},
		{"ArnNotEquals", `"arn:aws:s3:::a*"`, text("arn:aws:s3:::b"), true},
		{"ArnNotLike", `["arn:aws:s3:::a*","arn:aws:s3:::b"]`, text("arn:aws:s3:::b"), false},

		{"Null", `"true"`, absent, true},
		{"Null", `"true"`, text("x"), false},
		{"Null", `"false"`, text("x"), true},
		{"Null", `false`, absent, false},
		{"Null", `"true"`, many(), true},
		{"Null", `["true","false"]`, absent, true},
	}
	for _, tt := range tests {
		for _, effect := range []string{"Allow", "Deny"} {
			if got := holds(t, effect, tt.operator, tt.values, tt.fill); got != tt.want {
				t.Errorf("%s %s %s: got %v, want %v", effect, tt.operator, tt.values, got, tt.want)
			}
		}
	}
}

// Spec: access-control 6.3: a missing key makes positive operators false and negated ones true, with IfExists all true.
func TestMissingKey(t *testing.T) {
	value := map[string]string{"S": `"a"`, "N": `"1"`, "D": `"2026"`, "B": `"true"`, "I": `"10.0.0.0/8"`, "A": `"arn:aws:s3:::b"`}
	for _, operator := range strings.Fields(`StringEquals StringEqualsIgnoreCase StringLike NumericEquals NumericLessThan
		NumericLessThanEquals NumericGreaterThan NumericGreaterThanEquals DateEquals DateLessThan DateLessThanEquals
		DateGreaterThan DateGreaterThanEquals Bool IpAddress ArnEquals ArnLike StringNotEquals StringNotEqualsIgnoreCase
		StringNotLike NumericNotEquals DateNotEquals NotIpAddress ArnNotEquals ArnNotLike BinaryEquals`) {
		v := value[operator[:1]]
		switch operator {
		case "NotIpAddress":
			v = value["I"]
		case "BinaryEquals":
			v = `"QQ=="`
		}
		if got := holds(t, "Deny", operator, v, absent); got != strings.Contains(operator, "Not") {
			t.Errorf("%s: got %v", operator, got)
		}
		for prefix, want := range map[string]bool{"": true, "ForAllValues:": true, "ForAnyValue:": true} {
			if got := holds(t, "Allow", prefix+operator+"IfExists", v, absent); got != want {
				t.Errorf("%s%sIfExists: got %v, want %v", prefix, operator, got, want)
			}
		}
		if !holds(t, "Allow", "ForAllValues:"+operator, v, absent) || holds(t, "Allow", "ForAnyValue:"+operator, v, absent) {
			t.Errorf("%s: ForAllValues is true and ForAnyValue false for an absent key", operator)
		}
	}
}

// Spec: access-control 6.3, set qualifiers.
func TestSetQualifiers(t *testing.T) {
	tests := []struct {
		operator, values string
		fill             set
		want             bool
	}{
		{"ForAllValues:StringEquals", `["a","b"]`, many("a", "b"), true},
		{"ForAllValues:StringEquals", `["a","b"]`, many("a", "c"), false},
		{"ForAllValues:StringEquals", `["a","b"]`, text("a"), true},
		{"ForAllValues:StringEquals", `"a"`, many(), true},
		{"ForAnyValue:StringEquals", `["a","b"]`, many("x", "b"), true},
		{"ForAnyValue:StringEquals", `["a","b"]`, many("x", "y"), false},
		{"ForAnyValue:StringEquals", `"a"`, many(), false},
		{"ForAnyValue:StringLike", `"o-1/*"`, many("o-2/r", "o-1/r/ou"), true},
		{"ForAnyValue:StringLikeIfExists", `"a*"`, many("b"), false},
		{"ForAllValues:StringNotEquals", `["a","b"]`, many("c", "d"), true},
		{"ForAllValues:StringNotEquals", `["a","b"]`, many("c", "b"), false},
		{"ForAnyValue:StringNotEquals", `["a","b"]`, many("a", "c"), true},
		{"ForAnyValue:StringNotEquals", `["a","b"]`, many("a", "b"), false},
		{"ForAllValues:Bool", `"true"`, many("true", "false"), false},
		{"ForAnyValue:IpAddress", `"10.0.0.0/8"`, many("192.0.2.1", "10.0.0.1"), true},
		{"StringEqualsIfExists", `"a"`, text("b"), false},
	}
	for _, tt := range tests {
		for _, effect := range []string{"Allow", "Deny"} {
			if got := holds(t, effect, tt.operator, tt.values, tt.fill); got != tt.want {
				t.Errorf("%s %s %s: got %v, want %v", effect, tt.operator, tt.values, got, tt.want)
			}
		}
	}
}

func TestUnconfirmedUndecidableConditionsFailClosed(t *testing.T) {
	tests := []struct {
		operator, values string
		fill             set
		allow, deny      bool
	}{
		{"StringEquals", `"a"`, many("a", "b"), false, true}, // several values, no qualifier
		{"StringEquals", `"a"`, many("b", "c"), false, false},
		{"StringNotEquals", `"a"`, many("a", "b"), false, true},
		{"StringNotEquals", `"a"`, many("b", "c"), true, true},
		{"NotIpAddress", `"10.0.0.0/8"`, text("unknown"), false, true}, // not of the type
		{"NumericNotEquals", `"1"`, text("one"), false, true},
		{"DateNotEquals", `"2026"`, text("now"), false, true},
		{"ArnNotLike", `"arn:aws:s3:::b"`, text("b"), false, true},
		{"IpAddress", `"10.0.0.0/8"`, text("unknown"), false, false},
	}
	for _, tt := range tests {
		if got := holds(t, "Allow", tt.operator, tt.values, tt.fill); got != tt.allow {
			t.Errorf("Allow %s %s: got %v", tt.operator, tt.values, got)
		}
		if got := holds(t, "Deny", tt.operator, tt.values, tt.fill); got != tt.deny {
			t.Errorf("Deny %s %s: got %v", tt.operator, tt.values, got)
		}
	}
}

// Spec: access-control 6.3: operators and keys AND together, values OR together.
func TestConditionBlockIsAndOfOrs(t *testing.T) {
	p := mustParse(t, iam.Identity, `{"Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":{
		"StringEquals":{"a":["1","2"],"b":"3"},"Bool":{"c":"true"}}}}`)
	for _, tt := range []struct {
		a, b string
		c    bool
		want iam.Effect
	}{
		{"1", "3", true, iam.Allow}, {"2", "3", true, iam.Allow}, {"3", "3", true, iam.ImplicitDeny},
		{"1", "4", true, iam.ImplicitDeny}, {"1", "3", false, iam.ImplicitDeny},
	} {
		r := iam.Request{Action: invoke, Resource: api}
		r.Context.Set("A", iam.String(tt.a)) // names are case-insensitive
		r.Context.Set("B", iam.String(tt.b))
		r.Context.Set("c", iam.Bool(!tt.c))
		r.Context.Set("C", iam.Bool(tt.c)) // replaces
		if got := p.Evaluate(&r).Effect; got != tt.want {
			t.Errorf("%+v: got %v", tt, got)
		}
		r.Context.Reset()
		if got := p.Evaluate(&r).Effect; got != iam.ImplicitDeny {
			t.Errorf("after Reset: got %v", got)
		}
	}
}

// Spec: access-control 6.3 and 10.9: the classic guard of a private API denies calls that lack the key.
func TestDenyUnlessFromTheEndpoint(t *testing.T) {
	for operator, key := range map[string]string{"StringNotEquals": "aws:SourceVpce", "NotIpAddress": "aws:SourceIp"} {
		value := map[string]string{"StringNotEquals": "vpce-1", "NotIpAddress": "10.0.0.0/8"}[operator]
		p := mustParse(t, iam.Resource, `{"Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"},
			{"Effect":"Deny","Principal":"*","Action":"*","Resource":"*","Condition":{"`+operator+`":{"`+key+`":"`+value+`"}}}]}`)
		if d := p.Evaluate(&iam.Request{Action: invoke, Resource: api}); d.Effect != iam.ExplicitDeny {
			t.Errorf("%s without %s: got %v", operator, key, d.Effect)
		}
	}
}
