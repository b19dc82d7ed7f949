package integration

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"sync/atomic"
)

// TLSOptions say how an https endpoint is spoken to. They are compared by value:
// endpoints with equal options share connections.
type TLSOptions struct {
	// InsecureSkipVerification leaves out the check that the chain ends in a known
	// certificate authority, and only that: expiry and host name are still checked.
	// Spec: rest-api 9.1.
	InsecureSkipVerification bool
	// Certificate is shown to back ends that ask for one. It must not change.
	Certificate *tls.Certificate
	// Roots replaces the system's certificate authorities.
	Roots *x509.CertPool
}

// Endpoint is a place that calls go to: scheme, host and port, and how to get there.
// It is made once per integration, or per call where the URI is only known then,
// which is cheap. It is safe for concurrent use.
type Endpoint struct {
	key  poolKey
	peer atomic.Pointer[peer] // where the connections are, once known
}

// poolKey is what two calls must share to share a connection.
type poolKey struct {
	secure  bool
	host    string // host:port as in the URI, lower case
	address string // host:port to dial
	tls     TLSOptions
}

// NewEndpoint returns the endpoint for a URI's scheme ("http" or "https", in any
// case) and authority: a host with an optional port. Its error wraps ErrBadEndpoint.
func NewEndpoint(scheme, authority string, options TLSOptions) (*Endpoint, error) {
	ep := &Endpoint{}
	port := "80"
	switch strings.ToLower(scheme) {
	case "http":
		options = TLSOptions{}
	case "https":
		ep.key.secure, port = true, "443"
	default:
		return nil, fmt.Errorf("%w: scheme %q", ErrBadEndpoint, scheme)
	}
	host, port, err := splitAuthority(strings.ToLower(authority), port)
	if err != nil {
		return nil, err
	}
	ep.key.host = net.JoinHostPort(host, port)
	ep.key.address = ep.key.host
	ep.key.tls = options
	return ep, nil
}

// Via returns an endpoint that is the same for the back end (Host, SNI, certificate)
// but dials address, a host:port: a load balancer or a private link.
func (ep *Endpoint) Via(address string) *Endpoint {
	via := &Endpoint{key: ep.key}
	via.key.address = address
	return via
}

// String returns the endpoint as the beginning of a URI.
func (ep *Endpoint) String() string {
	if ep.key.secure {
		return "https://" + ep.key.host
	}
	return "http://" + ep.key.host
}

// hostHeader returns what Host says when the call does not: the host, with the port
// unless it is the scheme's own.
func (k poolKey) hostHeader() string {
	own := ":80"
	if k.secure {
		own = ":443"
	}
	return strings.TrimSuffix(k.host, own)
}

// splitAuthority takes host and port apart. User information, zones and empty hosts
// are refused.
func splitAuthority(authority, defaultPort string) (host, port string, err error) {
	host, port = authority, defaultPort
	if rest, ok := strings.CutPrefix(authority, "["); ok {
		var after string
		if host, after, ok = strings.Cut(rest, "]"); !ok {
			return "", "", badAuthority(authority)
		}
		if ip, err := netip.ParseAddr(host); err != nil || !ip.Is6() || ip.Zone() != "" {
			return "", "", badAuthority(authority)
		}
		if after != "" {
			if port, ok = strings.CutPrefix(after, ":"); !ok {
				return "", "", badAuthority(authority)
			}
		}
	} else {
		if i := strings.IndexByte(authority, ':'); i >= 0 {
			host, port = authority[:i], authority[i+1:]
		}
		if !validName(host) {
			return "", "", badAuthority(authority)
		}
	}
	if port == "" {
		port = defaultPort
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
		return "", "", badAuthority(authority)
	}
	return host, port, nil
}

func badAuthority(authority string) error {
	return fmt.Errorf("%w: %q", ErrBadEndpoint, authority)
}

// validName reports whether s is a host name or an IPv4 address, as far as its
// letters say.
func validName(s string) bool {
	if s == "" || len(s) > 253 {
		return false
	}
	for i := range len(s) {
		c := s[i]
		if c-'a' > 'z'-'a' && c-'0' > 9 && c != '-' && c != '.' && c != '_' {
			return false
		}
	}
	return s[0] != '.'
}
