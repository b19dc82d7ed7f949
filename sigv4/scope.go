package sigv4

import "strings"

// Scope is what a request says of the credential it was signed with. Nothing of it is verified: it tells where a request
// wants to go, never who sent it.
type Scope struct{ AccessKeyID, Date, Region, Service string }

// ScopeOf reads the credential of r, from the Authorization header or the query; ok is false when there is none that can
// be read. The scope of AWS4-ECDSA has no region. Spec: access-control 5.1, 5.7.
func ScopeOf(r *Request) (s Scope, ok bool) {
	authorization, inHeader := r.header("authorization")
	if !inHeader {
		credential, _ := r.queryValue("X-Amz-Credential")
		return splitScope(credential)
	}
	if !strings.HasPrefix(authorization, "AWS4-") {
		return Scope{}, false
	}
	_, rest, _ := strings.Cut(authorization, "Credential=")
	if end := strings.IndexAny(rest, ", "); end >= 0 {
		rest = rest[:end]
	}
	return splitScope(rest)
}

func splitScope(credential string) (s Scope, ok bool) {
	parts := strings.SplitN(credential, "/", 6)
	switch len(parts) {
	case 5:
		s = Scope{parts[0], parts[1], parts[2], parts[3]}
	case 4:
		s = Scope{parts[0], parts[1], "", parts[2]}
	}
	return s, s.AccessKeyID != "" && s.Service != ""
}
