package sigv4_test

import (
	"testing"

	"github.com/gatehouse-gateway/gatehouse/sigv4"
)

func TestScopes(t *testing.T) {
	for _, c := range []struct {
		authorization, query string
		want                 sigv4.Scope
		ok                   bool
	}{
		{"AWS4-HMAC-SHA256 Credential=AK/20261122/eu-west-1/lambda/aws4_request, SignedHeaders=host, Signature=0", "", sigv4.Scope{"AK", "20261122", "eu-west-1", "lambda"}, true},
		{"AWS4-HMAC-SHA256 SignedHeaders=host,Credential=AK/20261122/eu-west-1/lambda/aws4_request", "", sigv4.Scope{"AK", "20261122", "eu-west-1", "lambda"}, true},
		{"AWS4-ECDSA-P256-SHA256 Credential=AK/20261122/s3/aws4_request, SignedHeaders=host", "", sigv4.Scope{"AK", "20261122", "", "s3"}, true},
		{"", "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AK%2F20261122%2Feu-west-1%2Fsts%2Faws4_request", sigv4.Scope{"AK", "20261122", "eu-west-1", "sts"}, true},
		{"", "", sigv4.Scope{}, false},
		{"Bearer Credential=AK/20261122/eu-west-1/lambda/aws4_request", "", sigv4.Scope{}, false},
		{"AWS4-HMAC-SHA256 Credential=AK/lambda", "", sigv4.Scope{}, false},
		{"AWS4-HMAC-SHA256 Credential=AK/1/2/3/4/5/6", "", sigv4.Scope{}, false},
	} {
		r := &sigv4.Request{Query: c.query}
		if c.authorization != "" {
			r.Header = []sigv4.Field{{Name: "Authorization", Value: c.authorization}}
		}
		if got, ok := sigv4.ScopeOf(r); ok != c.ok || ok && got != c.want {
			t.Errorf("%s%s: got %+v %v, want %+v", c.authorization, c.query, got, ok, c.want)
		}
	}
}
