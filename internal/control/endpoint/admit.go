package endpoint

import (
	"errors"
	"net/netip"
	"net/url"
	"strings"

	"github.com/gatehouse-gateway/gatehouse/awsproto"
	"github.com/gatehouse-gateway/gatehouse/internal/access/accesskey"
	"github.com/gatehouse-gateway/gatehouse/sigv4"
)

// admit verifies a call and reads its body. release gives back the memory of the body, and is never nil.
func (c *call) admit() (release func(), err error) {
	memory := &share{budget: c.e.opts.Memory}
	if c.opened {
		return memory.release, nil
	}
	scope, _ := sigv4.ScopeOf(&c.sig)
	if c.open() {
		c.from = accesskey.Key{ID: scope.AccessKeyID, AccountID: c.e.opts.AccountID, Name: "root", Root: true}
		return memory.release, c.read(memory)
	}
	if c.to == nil {
		return memory.release, c.verify(&sigv4.Verifier{Keys: noKeys{}, Now: c.e.opts.Now})
	}
	if _, known := c.e.opts.Keys.Credential(scope.AccessKeyID); !known {
		// No signature can be right: that is told without reading the body.
		return memory.release, c.verify(&sigv4.Verifier{Service: c.to.SigningName, Keys: noKeys{}, Now: c.e.opts.Now})
	}
	if err := c.read(memory); err != nil {
		return memory.release, err
	}
	if err := c.verify(c.to.verifier(c.x.Request.TLS != nil)); err != nil {
		return memory.release, err
	}
	return memory.release, c.checkOperator()
}

// open reports whether a call needs no signature.
func (c *call) open() bool { return c.e.opts.AnyCredentials && c.to != c.e.operator }

// read reads the body, unless that was needed before.
func (c *call) read(memory *share) (err error) {
	if c.sig.Body == nil {
		c.sig.Body, err = readBody(&c.x.Request, c.limit(), memory)
	}
	return err
}

// limit is how large the body of the call may be.
func (c *call) limit() bodyLimit {
	var handler any
	switch c.to {
	case nil:
	case c.e.operator:
		handler = c.e.opts.Operator
	default:
		handler = c.to.Handler
	}
	if l, ok := handler.(Limiter); ok {
		if most, refusal := l.MaxBody(&awsproto.Request{Method: c.sig.Method, Path: c.sig.Path, Query: c.sig.Query}); most > 0 {
			return bodyLimit{most, refusal, uploadDecoding}
		}
	}
	return payloadLimit(c.e.opts.Limits.ManagementPayload)
}

// noKeys makes a verifier say what is wrong with a request that nobody's key can have signed.
type noKeys struct{}

func (noKeys) Credential(string) (sigv4.Credential, bool) { return sigv4.Credential{}, false }

func (s *service) verifier(underTLS bool) *sigv4.Verifier {
	if underTLS {
		return &s.secure
	}
	return &s.plain
}

// verify checks the signature and finds out whose it is.
func (c *call) verify(v *sigv4.Verifier) error {
	who, err := v.Verify(&c.sig)
	if err != nil {
		return c.refusal(err)
	}
	key, there := c.e.opts.Keys.Key(who.AccessKeyID)
	if !there || key.Disabled { // since a moment ago
		return c.refusal(&sigv4.Error{Type: sigv4.UnrecognizedClient, Message: "The security token included in the request is invalid."})
	}
	c.from = key
	return nil
}

// checkOperator keeps the operator's calls to root keys.
func (c *call) checkOperator() error {
	if c.to == c.e.operator && !c.from.Root {
		return awsproto.NewError(403, "AccessDeniedException", "Only a root key may operate this Gatehouse.")
	}
	return nil
}

// queryTypes are the names that the query protocol has for failed verifications, with their status.
var queryTypes = map[sigv4.Type]awsproto.Error{
	sigv4.MissingAuthenticationToken: {Type: "MissingAuthenticationToken", Status: 403},
	sigv4.IncompleteSignature:        {Type: "IncompleteSignature", Status: 400},
	sigv4.InvalidSignature:           {Type: "SignatureDoesNotMatch", Status: 403},
	sigv4.UnrecognizedClient:         {Type: "InvalidClientTokenId", Status: 403},
	sigv4.ExpiredToken:               {Type: "ExpiredToken", Status: 403},
}

// refusal is the answer to a failed verification. Spec: control-plane 3.1; access-control 5.6.
func (c *call) refusal(err error) error {
	var failed *sigv4.Error
	if !errors.As(err, &failed) {
		return err
	}
	if c.form == formQuery {
		if known, ok := queryTypes[failed.Type]; ok {
			return awsproto.NewError(known.Status, known.Type, failed.Message)
		}
	}
	return awsproto.NewError(403, string(failed.Type), failed.Message)
}

// refuseBrowsers refuses what a web page of somebody else makes a browser send: a call from another origin, or to a name
// that was made to point here. Clients of AWS send neither an Origin nor such names.
func (c *call) refuseBrowsers() error {
	h := c.x.Request.Header
	if site := h.Get("Sec-Fetch-Site"); site != "" && site != "same-origin" && site != "none" {
		return errBrowser
	}
	if origin, sent := h.Lookup("Origin"); sent {
		u, err := url.Parse(origin)
		if err != nil || u.Host == "" || !isLocalName(u.Host) {
			return errBrowser
		}
	}
	if !isLocalName(c.x.Request.Host) {
		return errBrowser
	}
	return nil
}

var errBrowser = awsproto.NewError(403, "AccessDeniedException", "With --insecure-any-credentials, calls must come to a local address, and not from a web page of another site.")

// isLocalName reports whether nobody else can make a host name, with or without port, point at this machine: addresses,
// names without a dot, and names of domains that strangers do not own.
func isLocalName(host string) bool {
	if _, err := netip.ParseAddrPort(host); err == nil {
		return true
	}
	if _, err := netip.ParseAddr(strings.Trim(host, "[]")); err == nil {
		return true
	}
	name, _, _ := strings.Cut(host, ":")
	name = strings.ToLower(name)
	return !strings.Contains(name, ".") || strings.HasSuffix(name, ".localhost") || strings.HasSuffix(name, ".amazonaws.com")
}
