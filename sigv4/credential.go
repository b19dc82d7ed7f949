package sigv4

import (
	"crypto/sha256"
	"encoding/base64"
	"slices"
	"strings"
)

const (
	algorithm  = "AWS4-HMAC-SHA256"
	terminator = "aws4_request"
)

// claims are what a request says of its signature.
type claims struct {
	accessKeyID   string
	scope         []string // date, region, service, terminator
	signedHeaders []string
	signature     string
	date          string // as sent
	expires       string // query form only
	token         string
	inQuery       bool
}

// scopeText is the credential scope of the string to sign.
func (c *claims) scopeText() string { return strings.Join(c.scope, "/") }

// readClaims finds the form of the signature and reads it. Spec: access-control 5.6, rows 1 to 4.
func readClaims(r *Request) (*claims, *Error) {
	authorization, inHeader := r.header("authorization")
	_, inQuery := r.queryValue("X-Amz-Algorithm")
	switch {
	case inHeader && inQuery:
		return nil, fail(InvalidSignature, "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header.")
	case inHeader:
		return headerClaims(r, authorization)
	case inQuery:
		return queryClaims(r)
	}
	return nil, fail(MissingAuthenticationToken, "Missing Authentication Token")
}

func headerClaims(r *Request, authorization string) (*claims, *Error) {
	scheme, rest, _ := strings.Cut(authorization, " ")
	if !strings.HasPrefix(scheme, "AWS4-") {
		rest = authorization[strings.IndexByte(authorization, ' ')+1:]
	}
	values := make(map[string]string)
	for piece := range strings.FieldsFuncSeq(rest, func(c rune) bool { return c == ',' || c == ' ' }) {
		name, value, ok := strings.Cut(piece, "=")
		if !ok {
			return nil, fail(IncompleteSignature, "Invalid key=value pair (missing equal-sign) in Authorization header (hashed with SHA-256 and encoded with Base64): '"+hashed(authorization)+"'.")
		}
		values[name] = value
	}
	date, hasDate := r.header("x-amz-date")
	if !hasDate {
		date, hasDate = r.header("date")
	}
	if missing := missingFromHeader(values, hasDate); missing != "" {
		return nil, fail(IncompleteSignature, missing+"(Hashed with SHA-256 and encoded with Base64) Authorization="+hashed(authorization))
	}
	if scheme != algorithm {
		return nil, fail(IncompleteSignature, "Unsupported AWS 'algorithm': '"+scheme+"'.")
	}
	token, _ := r.header("x-amz-security-token")
	return splitCredential(&claims{signedHeaders: signedNames(values["SignedHeaders"]), signature: values["Signature"], date: date, token: token}, values["Credential"])
}

func missingFromHeader(values map[string]string, hasDate bool) string {
	missing := ""
	for _, name := range [...]string{"Credential", "Signature", "SignedHeaders"} {
		if values[name] == "" {
			missing += "Authorization header requires '" + name + "' parameter. "
		}
	}
	if !hasDate {
		missing += "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. "
	}
	return missing
}

func queryClaims(r *Request) (*claims, *Error) {
	values, missing := make(map[string]string), ""
	for _, name := range [...]string{"X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Signature", "X-Amz-SignedHeaders", "X-Amz-Date"} {
		values[name], _ = r.queryValue(name)
		if values[name] == "" {
			missing += "AWS query-string parameters must include '" + name + "'. "
		}
	}
	if missing != "" {
		return nil, fail(IncompleteSignature, missing+"Re-examine the query-string parameters.")
	}
	if values["X-Amz-Algorithm"] != algorithm {
		return nil, fail(IncompleteSignature, "Unsupported AWS 'algorithm': '"+values["X-Amz-Algorithm"]+"'.")
	}
	c := &claims{signedHeaders: signedNames(values["X-Amz-SignedHeaders"]), signature: values["X-Amz-Signature"], date: values["X-Amz-Date"], inQuery: true}
	c.expires, _ = r.queryValue("X-Amz-Expires")
	c.token, _ = r.queryValue("X-Amz-Security-Token")
	return splitCredential(c, values["X-Amz-Credential"])
}

func splitCredential(c *claims, credential string) (*claims, *Error) {
	parts := strings.Split(credential, "/")
	if len(parts) != 5 {
		return nil, fail(IncompleteSignature, "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '"+credential+"'")
	}
	c.accessKeyID, c.scope = parts[0], parts[1:]
	return c, nil
}

func signedNames(list string) []string {
	names := strings.Split(strings.ToLower(list), ";")
	slices.Sort(names)
	return names
}

func hashed(text string) string {
	sum := sha256.Sum256([]byte(text))
	return base64.StdEncoding.EncodeToString(sum[:])
}
