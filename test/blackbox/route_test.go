package blackbox

import (
	"crypto/sha256"
	"encoding/base64"
	"strconv"
	"strings"
	"testing"
)

func itoa(n int) string { return strconv.Itoa(n) }

const missingToken = `403 {"message":"Missing Authentication Token"}`

// TestRouting holds the measured vectors of rest-api 2.2 through the whole gateway.
func TestRouting(t *testing.T) {
	g := serve(t, echoPaths("get /users/{proxy}", "patch /users/me", "get /roles/{proxy}", "post /roles/provision", "get /things/real",
		anyMethod+" /things/{proxy+}", anyMethod+" /all/{proxy+}", "get /all/jobs/{t}", "options /all/cors_only", "post /all/admin", "head /headonly", "get /deep/{proxy+}"))
	for _, c := range []struct{ verb, path, want string }{
		{"GET", "/users/me", "/users/{proxy}|me"},
		{"PATCH", "/users/me", "/users/me|"},
		{"POST", "/users/me", missingToken},
		{"GET", "/roles/provision", "/roles/{proxy}|provision"},
		{"POST", "/things/real", "/things/{proxy+}|real"},
		{"GET", "/all/jobs", "/all/{proxy+}|jobs"},
		{"POST", "/all/jobs", "/all/{proxy+}|jobs"},
		{"POST", "/all/jobs/reboot", "/all/{proxy+}|jobs/reboot"},
		{"GET", "/all/cors_only", "/all/{proxy+}|cors_only"},
		{"GET", "/all/admin", "/all/{proxy+}|admin"},
		{"GET", "/headonly", missingToken},
		{"OPTIONS", "/users/me", missingToken},
		{"TRACE", "/all/x", missingToken},
		{"PROPFIND", "/all/x", missingToken},
		{"GET", "/deep", missingToken},
		{"GET", "/deep/", missingToken},
		{"GET", "/users//me", missingToken},           // an empty segment matches no parameter (unconfirmed)
		{"GET", "/USERS/me", missingToken},            // case counts
		{"GET", "/%75sers/me", "/users/{proxy}|me"},   // static segments are compared decoded (unconfirmed)
		{"GET", "/users/a%2Fb", "/users/{proxy}|a/b"}, // an encoded slash does not split
		{"GET", "/deep/a%2Fb/c", "/deep/{proxy+}|a/b/c"},
	} {
		r := g.do(c.verb, "/dev"+c.path, "")
		got := itoa(r.status) + " " + r.body
		if r.status == 200 {
			f := strings.Split(r.body, "|")
			got = f[1] + "|" + f[2]
		}
		if got != c.want {
			t.Errorf("%s %s: got %s, want %s", c.verb, c.path, got, c.want)
		}
		if r.status == 403 && r.get("x-amzn-ErrorType") != "MissingAuthenticationTokenException" {
			t.Errorf("%s %s: error type %q", c.verb, c.path, r.get("x-amzn-ErrorType"))
		}
	}
	if r := g.do("HEAD", "/dev/headonly", ""); r.status != 200 {
		t.Errorf("HEAD: got %v", r)
	}
	if r := g.do("GET", "/dev/users/me", "", "X-HTTP-Method-Override: patch"); echo(r) != "/dev/users/me|/users/me|" {
		t.Errorf("override: got %v", r)
	}
}

// TestUnmatchedWithAuthorization holds rest-api 2.3 and vectors 1 to 3 of section 22, measured.
func TestUnmatchedWithAuthorization(t *testing.T) {
	g := serve(t, echoPaths("get /x"))
	hash := sha256.Sum256([]byte("Bearer abc"))
	for _, c := range []struct{ name, authorization, date, errorType, message string }{
		{"none", "", "", "MissingAuthenticationTokenException", "Missing Authentication Token"},
		{"bearer", "Bearer abc", "", "IncompleteSignatureException",
			"Invalid key=value pair (missing equal-sign) in Authorization header (hashed with SHA-256 and encoded with Base64): '" + base64.StdEncoding.EncodeToString(hash[:]) + "'."},
		{"fields missing", "AWS4-HMAC-SHA256 Foo=bar", "", "IncompleteSignatureException",
			"Authorization header requires 'Credential' parameter. Authorization header requires 'Signature' parameter. Authorization header requires 'SignedHeaders' parameter. " +
				"Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. Authorization=AWS4-HMAC-SHA256 Foo=bar"},
		{"whole signature (unconfirmed)", "AWS4-HMAC-SHA256 Credential=a/b, SignedHeaders=host, Signature=c", "X-Amz-Date: 20261122T000000Z",
			"MissingAuthenticationTokenException", "Missing Authentication Token"},
	} {
		headers := []string{"X-Nothing: 1"}
		if c.authorization != "" {
			headers = append(headers, "Authorization: "+c.authorization)
		}
		if c.date != "" {
			headers = append(headers, c.date)
		}
		r := g.do("GET", "/dev/none", "", headers...)
		if r.status != 403 || r.get("x-amzn-ErrorType") != c.errorType || r.body != `{"message":"`+c.message+`"}` {
			t.Errorf("%s: got %v", c.name, r)
		}
	}
	if r := g.do("GET", "/dev/x", "", "Authorization: Bearer abc"); r.status != 200 {
		t.Errorf("a matched route got %v", r)
	}
}
