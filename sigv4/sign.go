package sigv4

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"time"
)

// Signer signs requests with one credential, in the header form. It is safe for concurrent use; it must not be copied after first
// use.
type Signer struct {
	Credential Credential

	keys keyCache
}

func (s *Signer) String() string   { return "[signer]" }
func (s *Signer) GoString() string { return s.String() }

// Fields of a signature.
const (
	dateField    = "X-Amz-Date"
	contentField = "X-Amz-Content-Sha256"
	tokenField   = "X-Amz-Security-Token"
	s3           = "s3" // whose paths are escaped once, those of other services twice
)

// Sign returns the fields that make r, sent with them and its own, a request of the signer: the date, the digest of the body, the
// session token if there is one, and Authorization. All fields of r are signed: they must be sent as they are, and Host must be
// among them. The path of r is the raw one. Spec: access-control 5.1 to 5.4.
func (s *Signer) Sign(r *Request, service, region string, now time.Time) []Field {
	date, payload := now.UTC().Format(basicTime), r.bodyHash()
	added := []Field{{dateField, date}, {contentField, payload}}
	if token := s.Credential.SessionToken.value; token != "" {
		added = append(added, Field{tokenField, token})
	}
	whole := *r
	whole.Header = slices.Concat(r.Header, added)
	path := r.Path
	if service != s3 {
		path = canonicalPath(path)
	}
	names := whole.names()
	canonical := sha256.Sum256([]byte(whole.canonical(path, names, payload)))
	c := claims{scope: []string{date[:len(basicDate)], region, service, terminator}}
	toSign := algorithm + "\n" + date + "\n" + c.scopeText() + "\n" + hex.EncodeToString(canonical[:])
	signature := hex.EncodeToString(mac(s.keys.get(s.Credential, c.scopeText(), c.scope), toSign))
	return append(added, Field{"Authorization", algorithm + " Credential=" + s.Credential.AccessKeyID + "/" + c.scopeText() +
		", SignedHeaders=" + strings.Join(names, ";") + ", Signature=" + signature})
}

// names are the names of all fields, each once, in lower case and sorted.
func (r *Request) names() []string {
	names := make([]string, len(r.Header))
	for i, f := range r.Header {
		names[i] = strings.ToLower(f.Name)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// Escape is the URI encoding that signatures use: everything but letters, digits and -._~ becomes %XX.
func Escape(s string) string { return escape(s) }
