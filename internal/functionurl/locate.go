package functionurl

import (
	"strings"

	"github.com/gatehouse-gateway/gatehouse/internal/front"
)

// Address is how a request reached a URL.
type Address struct {
	ID     string
	Target string // from the path on: what a request at the host name would have
	Domain string // the host name without its port; "" in the path form
}

// Locate finds the id of the URL that a request is for: by the host name {id}.lambda-url.{region}.{any suffix}, or where no
// wildcard name exists by the path form /functionurls/{id}/_user_request_/{path}. ok is false when it is for none.
func Locate(r *front.Request) (at Address, ok bool) {
	if label, domain, ok := byHost(r.Host); ok {
		return Address{ID: label, Target: r.Target, Domain: domain}, true
	}
	id, target, ok := byPath(r.Target)
	return Address{ID: id, Target: target}, ok
}

func byHost(host string) (id, domain string, ok bool) {
	const service = "lambda-url."
	id, rest, ok := strings.Cut(host, ".")
	if !ok || len(rest) < len(service) || !strings.EqualFold(rest[:len(service)], service) {
		return "", "", false
	}
	domain = host
	if i := strings.LastIndexByte(host, ':'); i >= 0 {
		domain = host[:i]
	}
	return id, domain, true
}

func byPath(target string) (id, rest string, ok bool) {
	below, ok := strings.CutPrefix(target, "/functionurls/")
	if !ok {
		return "", "", false
	}
	id, below, ok = strings.Cut(below, "/")
	if !ok {
		return "", "", false
	}
	rest, ok = strings.CutPrefix(below, "_user_request_")
	switch {
	case !ok || rest != "" && rest[0] != '/' && rest[0] != '?':
		return "", "", false
	case rest == "" || rest[0] == '?':
		rest = "/" + rest
	}
	return id, rest, true
}
