package iam_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/gatehouse-gateway/gatehouse/iam"
)

func FuzzParse(f *testing.F) {
	f.Add(benchmarkPolicy())
	f.Add(`{"Version":"2012-10-17","Statement":{"Effect":"Deny","NotPrincipal":{"AWS":["` + bob + `","*"]},"NotAction":"a:*","NotResource":"arn:aws:s3:::${a, 'b'}${*}",
		"Condition":{"ForAllValues:ArnLikeIfExists":{"k":"${a}"},"DateEquals":{"k":["2026","1"]},"Null":{"k":true}}}}`)
	f.Add(`[[`)
	f.Fuzz(func(t *testing.T, document string) {
		for kind := iam.Identity; kind <= iam.Authorizer; kind++ {
			p, err := iam.Parse([]byte(document), iam.Options{Kind: kind})
			if (p == nil) == (err == nil) || err != nil && !errors.Is(err, iam.ErrInvalid) {
				t.Fatalf("got %v, %v", p, err)
			}
			if p != nil {
				r := benchmarkRequest(t)
				p.Evaluate(r)
				p.Explain(r)
			}
		}
	})
}

// FuzzEvaluate holds two laws: a pattern matches what a simple matcher says it does, and no Deny ever helps a caller.
func FuzzEvaluate(f *testing.F) {
	f.Add("a*b?c", "aXXbYc", "StringNotLike")
	f.Add("*a*a*a*b", strings.Repeat("a", 50), "StringLike")
	f.Add("**?*", "é", "StringEquals")
	f.Add("?*é?", "ééé", "ForAnyValue:StringLike")
	f.Fuzz(func(t *testing.T, pattern, text, operator string) {
		const limit = 200 // the simple matcher is quadratic in memory
		if !utf8.ValidString(pattern) || !utf8.ValidString(text) || len(pattern) > limit || len(text) > limit {
			return
		}
		quoted, _ := json.Marshal(pattern)
		statement := func(effect, operator string) string {
			return `{"Effect":"` + effect + `","Action":"*","Resource":"*","Condition":{"` + operator + `":{"k":` + string(quoted) + `}}}`
		}
		r := iam.Request{Action: invoke, Resource: api}
		r.Context.Set("k", iam.String(text))
		allowing, err := iam.Parse([]byte(`{"Statement":[`+statement("Allow", "StringLike")+`]}`), iam.Options{Kind: iam.Identity})
		if err != nil {
			return // U+FFFD
		}
		before := allowing.Evaluate(&r).Effect
		if want := reference([]rune(pattern), []rune(text)); (before == iam.Allow) != want {
			t.Fatalf("%q on %q: got %v, want match=%v", pattern, text, before, want)
		}
		name, _ := json.Marshal(operator)
		for _, list := range []string{
			statement("Allow", "StringLike") + "," + statement("Deny", strings.Trim(string(name), `"`)),
			statement("Deny", strings.Trim(string(name), `"`)) + "," + statement("Allow", "StringLike"),
		} {
			p, err := iam.Parse([]byte(`{"Statement":[`+list+`]}`), iam.Options{Kind: iam.Identity})
			if err == nil && before != iam.Allow && p.Evaluate(&r).Effect == iam.Allow {
				t.Fatalf("a Deny with %s turned %v into an allow", operator, before)
			}
		}
	})
}

// reference matches by the table of all prefixes.
func reference(pattern, text []rune) bool {
	row := make([]bool, len(text)+1)
	row[0] = true
	for _, c := range pattern {
		next := make([]bool, len(text)+1)
		next[0] = row[0] && c == '*'
		for i, r := range text {
			if c == '*' {
				next[i+1] = row[i+1] || next[i]
			} else {
				next[i+1] = row[i] && (c == '?' || c == r)
			}
		}
		row = next
	}
	return row[len(text)]
}
