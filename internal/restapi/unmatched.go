package restapi

import (
	"crypto/sha256"
	"encoding/base64"
	"strings"
)

// unmatched is the answer to a request that no method accepts. The service then still reads an Authorization header as a
// signature, and complains about that instead when it is none. Spec: rest-api 2.2, 2.3, measured.
func (x *exchange) unmatched() *refusal {
	sent, ok := x.wire.Request.Header.Lookup("Authorization")
	if !ok || strings.HasPrefix(sent, "AWS4-HMAC-SHA256 ") && signatureFields(sent, x) == "" {
		return noSuchRoute
	}
	r := &refusal{kind: default4XX, status: 403, errorType: "IncompleteSignatureException"}
	token := sent
	if _, after, found := strings.Cut(sent, " "); found {
		token = after
	}
	if !strings.Contains(token, "=") {
		hash := sha256.Sum256([]byte(sent))
		r.message = "Invalid key=value pair (missing equal-sign) in Authorization header (hashed with SHA-256 and encoded with Base64): '" +
			base64.StdEncoding.EncodeToString(hash[:]) + "'."
		return r
	}
	r.message = signatureFields(sent, x) + "Authorization=" + sent
	return r
}

// signatureFields says which parts of a signature are missing.
func signatureFields(sent string, x *exchange) string {
	var missing strings.Builder
	for _, field := range [...]string{"Credential", "Signature", "SignedHeaders"} {
		if !strings.Contains(sent, field+"=") {
			missing.WriteString("Authorization header requires '" + field + "' parameter. ")
		}
	}
	if h := x.wire.Request.Header; !h.Has("X-Amz-Date") && !h.Has("Date") {
		missing.WriteString("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. ")
	}
	return missing.String()
}
