package functionurl

import (
	"slices"
	"strconv"
	"strings"

	"github.com/gatehouse-gateway/gatehouse/http1"
	"github.com/gatehouse-gateway/gatehouse/internal/front"
	"github.com/gatehouse-gateway/gatehouse/internal/functions"
)

// cors is a CORS configuration, ready to answer. Spec: http-api 11.
type cors struct {
	any         bool     // every origin
	schemes     []string // "https://" of https://*
	origins     []string
	anyMethod   bool
	allowed     []string // methods
	credentials bool

	methods, headers, exposed string // as answered; "" is left out
	maxAge                    string
}

// everyMethod stands for * where a browser would take that for the name of a method: with credentials (unconfirmed).
const everyMethod = "GET,HEAD,POST,PUT,PATCH,DELETE,OPTIONS"

func compileCORS(def *functions.CORS) *cors {
	if def == nil {
		return nil
	}
	c := &cors{
		credentials: def.AllowCredentials, methods: strings.ToUpper(strings.Join(def.AllowMethods, ",")), headers: strings.ToLower(strings.Join(def.AllowHeaders, ",")),
		exposed: strings.ToLower(strings.Join(def.ExposeHeaders, ",")),
	}
	for _, origin := range def.AllowOrigins {
		switch origin {
		case "*":
			c.any = true
		case "http://*", "https://*":
			c.schemes = append(c.schemes, origin[:len(origin)-1])
		default:
			c.origins = append(c.origins, origin)
		}
	}
	for _, m := range def.AllowMethods {
		c.anyMethod = c.anyMethod || m == "*"
		c.allowed = append(c.allowed, strings.ToUpper(m))
	}
	if c.anyMethod && c.credentials {
		c.methods = everyMethod
	}
	if def.MaxAge != nil {
		c.maxAge = strconv.Itoa(*def.MaxAge)
	}
	return c
}

// allows reports whether pages of an origin may use the URL.
func (c *cors) allows(origin string) bool {
	if origin == "" {
		return false
	}
	if c.any {
		return true
	}
	for _, o := range c.origins {
		if strings.EqualFold(o, origin) {
			return true
		}
	}
	for _, s := range c.schemes {
		if len(origin) > len(s) && strings.EqualFold(origin[:len(s)], s) {
			return true
		}
	}
	return false
}

const requestMethod = "Access-Control-Request-Method"

// isPreflight reports whether a browser asks beforehand. OPTIONS without both headers is an ordinary request.
func isPreflight(r *front.Request) bool {
	return r.Method == "OPTIONS" && r.Header.Get("Origin") != "" && r.Header.Get(requestMethod) != ""
}

// answerPreflight answers a browser that asks beforehand: an origin or a method that is not allowed gets the same status, and no
// header that would allow it.
func (c *cors) answerPreflight(x *front.Exchange) {
	x.Response.Status = 204
	r := &x.Request
	method := strings.ToUpper(r.Header.Get(requestMethod))
	if !c.allows(r.Header.Get("Origin")) || !c.anyMethod && !slices.Contains(c.allowed, method) {
		return
	}
	h := &x.Response.Header
	c.addOrigin(h, r)
	for _, f := range []http1.Field{{Name: "access-control-allow-methods", Value: c.methods}, {Name: "access-control-allow-headers", Value: c.headers}, {Name: "access-control-max-age", Value: c.maxAge}} {
		if f.Value != "" {
			*h = append(*h, f)
		}
	}
}

// addTo adds what lets a page see an answer.
func (c *cors) addTo(h *http1.Header, r *front.Request) {
	if !c.allows(r.Header.Get("Origin")) {
		return
	}
	c.addOrigin(h, r)
	if c.exposed != "" {
		h.Add("access-control-expose-headers", c.exposed)
	}
}

// addOrigin says which origin is allowed: every one, or that of the request, on which the answer then depends.
func (c *cors) addOrigin(h *http1.Header, r *front.Request) {
	if c.any && !c.credentials {
		h.Add("access-control-allow-origin", "*")
		return
	}
	h.Add("access-control-allow-origin", r.Header.Get("Origin"))
	h.Add("vary", "Origin")
	if c.credentials {
		h.Add("access-control-allow-credentials", "true")
	}
}

// withoutCORS takes what the function itself says about CORS out of a header: the URL's configuration counts.
func withoutCORS(h http1.Header) http1.Header {
	const prefix = "access-control-"
	kept := h[:0]
	for _, f := range h {
		if len(f.Name) < len(prefix) || !http1.EqualFold(f.Name[:len(prefix)], prefix) {
			kept = append(kept, f)
		}
	}
	return kept
}
