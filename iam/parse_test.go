package iam_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/gatehouse-gateway/gatehouse/iam"
)

// Spec: access-control 6.1 and 2.4.
func TestWrongDocumentsNameThePlace(t *testing.T) {
	id := func(elements string) string {
		return `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"` + elements + `}]}`
	}
	cond := func(block string) string { return id(`,"Condition":` + block) }
	of := func(elements string) string { return `{"Version":"2012-10-17","Statement":[{` + elements + `}]}` }
	const noARN = `is neither "*" nor an ARN of six fields (arn:partition:service:region:account:resource)`
	const noPrincipal = `is not "*", an account id, or the ARN of an account, user, role or session`
	resource := func(elements string) string { return id(`,` + elements) }
	tests := []struct {
		kind           iam.Kind
		document, want string
	}{
		{0, `{}`, `$: no kind of policy is given in the options`},
		{iam.Identity, ``, `$: not JSON: unexpected end of JSON input at byte 0`},
		{iam.Identity, `{"Statement":}`, `$: not JSON: invalid character '}' looking for beginning of value at byte 14`},
		{iam.Identity, `{} x`, `$: not JSON: invalid character 'x' after top-level value at byte 4`},
		{iam.Identity, "\"\xff\"", `$: document is not UTF-8`},
		{iam.Identity, `{"Id":"\ud800"}`, `$.Id: holds a character that is not Unicode`},
		{iam.Identity, strings.Repeat("[", 9) + strings.Repeat("]", 9), `$[0][0][0][0][0][0][0][0]: nested more than 8 levels deep`},
		{iam.Identity, `"` + strings.Repeat("x", iam.DefaultMaxBytes) + `"`, `$: document has 32770 bytes, more than 32768`},
		{iam.Identity, `[]`, `$: is a list, want an object`},
		{iam.Identity, `null`, `$: is null, want an object`},
		{iam.Identity, `{}`, `$: has no Statement`},
		{iam.Identity, `{"Statement":[]}`, `$.Statement: is an empty list`},
		{iam.Identity, `{"Statement":[1]}`, `$.Statement[0]: is a number, want an object`},
		{iam.Identity, `{"statement":{},"Statement":{}}`, `$.statement: unknown element, did you mean Statement?; ` +
			`$.Statement: has no Effect; $.Statement: has neither Action nor NotAction; $.Statement: has neither Resource nor NotResource`},
		{iam.Identity, `{"Version":"2012-10-18"}`, `$.Version: is "2012-10-18", want "2012-10-17" or "2008-10-17"; $: has no Statement`},
		{iam.Identity, `{"Version":2012,"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}`, `$.Version: is a number, want a string`},
		{iam.Identity, id(`,"Effect":"Deny"`), `$.Statement[0].Effect: stands twice in the same object`},
		{iam.Identity, of(`"Effect":"allow","Action":"*","Resource":"*"`), `$.Statement[0].Effect: is "allow", want "Allow" or "Deny"`},
		{iam.Identity, id(`,"Foo":1`), `$.Statement[0].Foo: unknown element`},
		{iam.Identity, id(`,"NotAction":"*"`), `$.Statement[0]: has both Action and NotAction`},
		{iam.Identity, of(`"Effect":"Allow","Action":["a:b","invoke","",5],"Resource":"*"`),
			`$.Statement[0].Action[1]: "invoke" is neither "*" nor of the form service:Action; ` +
				`$.Statement[0].Action[2]: "" is neither "*" nor of the form service:Action; $.Statement[0].Action[3]: is a number, want a string`},
		{iam.Identity, of(`"Effect":"Allow","Action":[],"Resource":[]`), `$.Statement[0].Action: is an empty list; $.Statement[0].Resource: is an empty list`},
		{iam.Identity, of(`"Effect":"Allow","Action":"*","Resource":["arn:aws:s3:*","x"]`),
			`$.Statement[0].Resource[0]: "arn:aws:s3:*" ` + noARN + `; $.Statement[0].Resource[1]: "x" ` + noARN},
		{iam.Identity, of(`"Effect":"Allow","Action":"*","Resource":"arn:aws:s3:${a}::x"`), `$.Statement[0].Resource: "arn:aws:s3:${a}::x" has a variable before the fifth colon`},
		{iam.Identity, of(`"Effect":"Allow","Action":"*","Resource":"arn:aws:s3:::${a"`), `$.Statement[0].Resource: "arn:aws:s3:::${a" has ${ without }`},
		{iam.Identity, of(`"Effect":"Allow","Action":"*","Resource":"arn:aws:s3:::${}"`), `$.Statement[0].Resource: "arn:aws:s3:::${}" has ${} without a key`},
		{iam.Identity, of(`"Effect":"Allow","Action":"*","Resource":"arn:aws:s3:::${a,b}"`), `$.Statement[0].Resource: "arn:aws:s3:::${a,b}" has a variable that is neither ${key} nor ${key, 'default'}`},
		{iam.Identity, of(`"Effect":"Allow","Action":"*","Resource":"arn:aws:s3:::${a${b}}"`), `$.Statement[0].Resource: "arn:aws:s3:::${a${b}}" has a variable that is neither ${key} nor ${key, 'default'}`},
		{iam.Identity, of(`"Effect":"Allow","Action":"*","Resource":"arn:aws:s3:::${a}${b}${c}${d}${e}${f}${g}${h}${i}${j}${k}${l}${m}${n}${o}${p}${a}${q}"`),
			`$.Statement[0].Resource: "arn:aws:s3:::${a}${b}${c}${d}${e}${f}${g}${h}${i}${j}${k}${l}${m}${n}${o}${p}${a}${q}" has more than 16 different variables`},
		{iam.Identity, `{"Statement":[{"Sid":"a","Effect":"Allow","Action":"*","Resource":"*"},{"Sid":"a","Effect":"Allow","Action":"*","Resource":"*"}]}`,
			`$.Statement[1].Sid: "a" is used by another statement`},
		{iam.Identity, id(`,"Principal":"*"`), `$.Statement[0].Principal: is allowed in resource policies only`},
		{iam.Authorizer, id(`,"NotPrincipal":"*"`), `$.Statement[0].NotPrincipal: is allowed in resource policies only`},
		{iam.Authorizer, of(`"Effect":"Allow","Action":"*","Resource":"arn:aws:execute-api:::` + strings.Repeat("x", 512) + `"`),
			`$.Statement[0].Resource: "arn:aws:execute-api:::` + strings.Repeat("x", 128-22) + `"… is longer than 512 characters`},
		{iam.Resource, id(``), `$.Statement[0]: has neither Principal nor NotPrincipal`},
		{iam.Resource, resource(`"Principal":"123456789012"`), `$.Statement[0].Principal: is "123456789012", want "*" or an object such as {"AWS": …}`},
		{iam.Resource, resource(`"Principal":["*"]`), `$.Statement[0].Principal: is a list, want an object`},
		{iam.Resource, resource(`"Principal":{}`), `$.Statement[0].Principal: is an empty object`},
		{iam.Resource, resource(`"Principal":{"aws":"*"}`), `$.Statement[0].Principal.aws: unknown element, did you mean AWS?`},
		{iam.Resource, resource(`"Principal":{"AWS":["arn:aws:iam::123456789012:role/x*","bob","arn:aws:iam::123456789012:group/g"]}`),
			`$.Statement[0].Principal.AWS[0]: "arn:aws:iam::123456789012:role/x*" has a wildcard inside a principal; ` +
				`$.Statement[0].Principal.AWS[1]: "bob" ` + noPrincipal + `; $.Statement[0].Principal.AWS[2]: "arn:aws:iam::123456789012:group/g" ` + noPrincipal},
		{iam.Resource, resource(`"Principal":{"Service":"*","Federated":"","CanonicalUser":"*"}`),
			`$.Statement[0].Principal.Service: "*" is not the name of a service, such as events.amazonaws.com; ` +
				`$.Statement[0].Principal.Federated: "" is not the name or ARN of an identity provider; ` +
				`$.Statement[0].Principal.CanonicalUser: "*" is not a canonical user id`},
		{iam.Identity, cond(`[]`), `$.Statement[0].Condition: is a list, want an object`},
		{iam.Identity, cond(`{"StringIs":{"a":"b"}}`), `$.Statement[0].Condition.StringIs: unknown operator`},
		{iam.Identity, cond(`{"ForAnyValue:Stringlike":{"a":"b"}}`), `$.Statement[0].Condition["ForAnyValue:Stringlike"]: unknown operator, did you mean StringLike?`},
		{iam.Identity, cond(`{"ForAnyValue:Null":{"a":"true"},"NullIfExists":{"a":"true"}}`),
			`$.Statement[0].Condition["ForAnyValue:Null"]: Null takes neither a set qualifier nor IfExists; ` +
				`$.Statement[0].Condition.NullIfExists: Null takes neither a set qualifier nor IfExists`},
		{iam.Identity, cond(`{"Bool":{}}`), `$.Statement[0].Condition.Bool: is an empty object`},
		{iam.Identity, cond(`{"Bool":"true"}`), `$.Statement[0].Condition.Bool: is a string, want an object`},
		{iam.Identity, cond(`{"Bool":{"":"true"}}`), `$.Statement[0].Condition.Bool[""]: key is empty`},
		{iam.Identity, cond(`{"StringEquals":{"a":[]}}`), `$.Statement[0].Condition.StringEquals.a: is an empty list`},
		{iam.Identity, cond(`{"StringEquals":{"a":[null]}}`), `$.Statement[0].Condition.StringEquals.a[0]: is null, want a string`},
		{iam.Identity, cond(`{"Bool":{"a":"yes"},"Null":{"a":"${b}"}}`),
			`$.Statement[0].Condition.Bool.a: "yes" is neither "true" nor "false"; $.Statement[0].Condition.Null.a: "${b}" is neither "true" nor "false"`},
		{iam.Identity, cond(`{"NumericEquals":{"a":["1","NaN"]}}`), `$.Statement[0].Condition.NumericEquals.a[1]: "NaN" is not a number`},
		{iam.Identity, cond(`{"DateEquals":{"a":"2026-01-01T00:00:00"}}`), `$.Statement[0].Condition.DateEquals.a: "2026-01-01T00:00:00" is neither an ISO 8601 date nor seconds since 1970`},
		{iam.Identity, cond(`{"IpAddress":{"aws:SourceIp":"10.0.0.0/33"}}`), `$.Statement[0].Condition.IpAddress["aws:SourceIp"]: "10.0.0.0/33" is neither an IP address nor a CIDR block`},
		{iam.Identity, cond(`{"BinaryEquals":{"a":"?"}}`), `$.Statement[0].Condition.BinaryEquals.a: "?" is not base64`},
		{iam.Identity, cond(`{"ArnLike":{"a":"arn:aws:s3"}}`), `$.Statement[0].Condition.ArnLike.a: "arn:aws:s3" ` + noARN},
		{iam.Identity, cond(`{"ArnLike":{"a":"${b}*"}}`), `$.Statement[0].Condition.ArnLike.a: "${b}*" ` + noARN},
	}
	for _, tt := range tests {
		_, err := iam.Parse([]byte(tt.document), iam.Options{Kind: tt.kind})
		var list *iam.Error
		if !errors.Is(err, iam.ErrInvalid) || !errors.As(err, &list) {
			t.Errorf("%.200s: got %v, want an *Error", tt.document, err)
			continue
		}
		if want := "invalid policy document: " + tt.want; err.Error() != want {
			t.Errorf("%.200s:\n got %v\nwant %v", tt.document, err, want)
		}
	}
}

func TestProblemsAreBounded(t *testing.T) {
	document := `{"Statement":[` + strings.Repeat(`1,`, 500) + `1]}`
	_, err := iam.Parse([]byte(document), iam.Options{Kind: iam.Identity})
	var list *iam.Error
	if !errors.As(err, &list) || len(list.Problems) != 20 {
		t.Errorf("got %v", err)
	}
}

func TestFormsOfADocument(t *testing.T) {
	for _, document := range []string{
		`{"Version":"2008-10-17","Id":"x","Statement":{"Sid":"","Effect":"Allow","Action":"*","Resource":"*","Condition":{}}}`,
		`{"Statement":[{"Effect":"Deny","NotAction":["a:b"],"NotResource":["*"]}]}`,
		` {"Statement" : {"Effect":"Allow","Action":"*","Resource":"*","Condition":{"DateLessThan":{"a":1700000000}}}} `,
	} {
		if p, err := iam.Parse([]byte(document), iam.Options{Kind: iam.Authorizer}); err != nil || p.Len() != 1 || p.Kind() != iam.Authorizer {
			t.Errorf("%s: %v", document, err)
		}
	}
}

// Spec: access-control 8.1: abbreviations are the business of whoever stores the policy.
func TestExpandRewritesResources(t *testing.T) {
	p, err := iam.Parse([]byte(`{"Statement":{"Effect":"Allow","Action":"*","Resource":"execute-api:/test/*"}}`), iam.Options{
		Kind: iam.Identity,
		Expand: func(s string) string {
			if rest, ok := strings.CutPrefix(s, "execute-api:/"); ok {
				return api + "/" + rest
			}
			return s
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	if d := p.Evaluate(&iam.Request{Action: invoke, Resource: api + "/test/GET/x"}); d.Effect != iam.Allow {
		t.Errorf("got %v", d.Effect)
	}
}
