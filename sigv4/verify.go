package sigv4

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// DefaultSkew is how far the clock of a client may be off. Spec: access-control 5.5.
const DefaultSkew = 5 * time.Minute

// maxExpires is the longest validity of a presigned request, in seconds.
const maxExpires = 604800

const (
	basicTime = "20060102T150405Z"
	basicDate = "20060102"
)

// Verifier checks signatures for one service. It is safe for concurrent use; it must not be copied after first use.
type Verifier struct {
	// Service is the signing name: execute-api, apigateway, lambda …
	Service string
	// Region is the one that requests must be signed for; "" accepts any.
	Region string
	Keys   Keys
	Now    func() time.Time
	// Skew is DefaultSkew when zero.
	Skew time.Duration
	// UnsignedPayload accepts the literal UNSIGNED-PAYLOAD in place of a body hash. Only for connections under TLS.
	UnsignedPayload bool

	keys keyCache
}

// Caller is who signed a request.
type Caller struct {
	AccessKeyID string
	Region      string
	// Temporary says that the credential has a session token.
	Temporary bool
}

// Verify checks the signature of r. The error is an *Error. Spec: access-control 5.6.
func (v *Verifier) Verify(r *Request) (Caller, error) {
	caller, err := v.verify(r)
	if err != nil {
		return Caller{}, err
	}
	return caller, nil
}

func (v *Verifier) verify(r *Request) (Caller, *Error) {
	c, err := readClaims(r)
	if err != nil {
		return Caller{}, err
	}
	at, err := v.checkTime(c)
	if err != nil {
		return Caller{}, err
	}
	if !slices.Contains(c.signedHeaders, "host") && !slices.Contains(c.signedHeaders, ":authority") {
		return Caller{}, fail(InvalidSignature, "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.")
	}
	if err := v.checkScope(c, at); err != nil {
		return Caller{}, err
	}
	key, found := v.Keys.Credential(c.accessKeyID)
	if !found {
		return Caller{}, fail(UnrecognizedClient, "The security token included in the request is invalid.")
	}
	if err := v.checkSignature(r, c, at, key); err != nil {
		return Caller{}, err
	}
	if err := checkToken(c, key); err != nil {
		return Caller{}, err
	}
	return Caller{AccessKeyID: c.accessKeyID, Region: c.scope[1], Temporary: key.SessionToken.value != ""}, nil
}

// checkTime reads the date and compares it with the clock. Spec: access-control 5.5.
func (v *Verifier) checkTime(c *claims) (time.Time, *Error) {
	at, parseErr := time.Parse(basicTime, c.date)
	if parseErr != nil && !c.inQuery {
		at, parseErr = time.Parse(time.RFC1123, c.date)
	}
	if parseErr != nil {
		return at, fail(IncompleteSignature, "Date must be in ISO-8601 'basic format'. Got '"+c.date+"'. See http://en.wikipedia.org/wiki/ISO_8601")
	}
	at = at.UTC()
	skew := v.Skew
	if skew == 0 {
		skew = DefaultSkew
	}
	now, life := v.Now().UTC(), skew
	if c.expires != "" {
		seconds, err := strconv.Atoi(c.expires)
		if err != nil || seconds < 1 || seconds > maxExpires {
			return at, fail(InvalidSignature, "X-Amz-Expires must be between 1 and "+strconv.Itoa(maxExpires)+" seconds")
		}
		life = time.Duration(seconds) * time.Second
	}
	minutes := strconv.Itoa(int(skew / time.Minute))
	switch {
	case now.After(at.Add(life)):
		return at, fail(InvalidSignature, "Signature expired: "+at.Format(basicTime)+" is now earlier than "+now.Add(-life).Format(basicTime)+" ("+now.Format(basicTime)+" - "+minutes+" min.)")
	case at.After(now.Add(skew)):
		return at, fail(InvalidSignature, "Signature not yet current: "+at.Format(basicTime)+" is still later than "+now.Add(skew).Format(basicTime)+" ("+now.Format(basicTime)+" + "+minutes+" min.)")
	}
	return at, nil
}

// checkScope compares the credential scope; its sentences are concatenated, each followed by a blank.
func (v *Verifier) checkScope(c *claims, at time.Time) *Error {
	wrong := ""
	if c.scope[1] == "" || v.Region != "" && c.scope[1] != v.Region {
		wrong += "Credential should be scoped to a valid region. "
	}
	if c.scope[2] != v.Service {
		wrong += "Credential should be scoped to correct service: '" + v.Service + "'. "
	}
	if c.scope[3] != terminator {
		wrong += "Credential should be scoped with a valid terminator: 'aws4_request', not '" + c.scope[3] + "'. "
	}
	if day := at.Format(basicDate); c.scope[0] != day {
		wrong += "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '" + c.scope[0] + "' != '" + day + "', from '" + at.Format(basicTime) + "'. "
	}
	if wrong != "" {
		return fail(InvalidSignature, wrong)
	}
	return nil
}

var errMismatch = fail(InvalidSignature, "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.")

// checkSignature computes the signature and compares it in constant time. Spec: access-control 5.2–5.4.
func (v *Verifier) checkSignature(r *Request, c *claims, at time.Time, key Credential) *Error {
	payload, ok := v.payloadHash(r)
	if !ok {
		return errMismatch
	}
	canonical := sha256.Sum256([]byte(r.canonical(canonicalPath(r.Path), c.signedHeaders, payload)))
	toSign := algorithm + "\n" + at.Format(basicTime) + "\n" + c.scopeText() + "\n" + hex.EncodeToString(canonical[:])
	signingKey := v.keys.get(key, c.scopeText(), c.scope)
	want := hex.EncodeToString(mac(signingKey, toSign))
	if subtle.ConstantTimeCompare([]byte(want), []byte(c.signature)) != 1 {
		return errMismatch
	}
	return nil
}

const unsignedPayload = "UNSIGNED-PAYLOAD"

// payloadHash is the hash that the canonical request holds; ok is false when what the client declared cannot be.
func (v *Verifier) payloadHash(r *Request) (hash string, ok bool) {
	declared, sent := r.header("x-amz-content-sha256")
	switch {
	case sent && declared == unsignedPayload:
		return declared, v.UnsignedPayload
	case sent && strings.HasPrefix(declared, "STREAMING-"):
		return "", false
	}
	hash = r.bodyHash()
	return hash, !sent || declared == hash
}

// checkToken compares the session token. Spec: access-control 5.6, rows 13 and 14.
func checkToken(c *claims, key Credential) *Error {
	want, got := sha256.Sum256([]byte(key.SessionToken.value)), sha256.Sum256([]byte(c.token))
	switch {
	case subtle.ConstantTimeCompare(want[:], got[:]) != 1:
		return fail(UnrecognizedClient, "The security token included in the request is invalid")
	case key.Expired:
		return fail(ExpiredToken, "The security token included in the request is expired")
	}
	return nil
}

func mac(key []byte, text string) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(text))
	return h.Sum(nil)
}

// maxCachedKeys bounds the cache; a full one is emptied, which costs four hashes per key once.
const maxCachedKeys = 10_000

// keyCache holds derived signing keys by access key, secret and scope.
type keyCache struct {
	mu   sync.RWMutex
	keys map[cacheKey][]byte
}

type cacheKey struct{ id, secret, scope string }

func (k *keyCache) get(c Credential, scopeText string, scope []string) []byte {
	at := cacheKey{c.AccessKeyID, c.Secret.value, scopeText}
	k.mu.RLock()
	derived := k.keys[at]
	k.mu.RUnlock()
	if derived != nil {
		return derived
	}
	derived = []byte("AWS4" + c.Secret.value)
	for _, part := range scope {
		derived = mac(derived, part)
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.keys == nil || len(k.keys) >= maxCachedKeys {
		k.keys = make(map[cacheKey][]byte)
	}
	k.keys[at] = derived
	return derived
}
