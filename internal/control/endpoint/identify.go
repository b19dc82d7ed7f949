package endpoint

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/gatehouse-gateway/gatehouse/awsproto"
	"github.com/gatehouse-gateway/gatehouse/internal/front"
	"github.com/gatehouse-gateway/gatehouse/internal/functionurl"
	"github.com/gatehouse-gateway/gatehouse/sigv4"
)

// service is a Service with what its calls need.
type service struct {
	Service
	paths  [][]string
	plain  sigv4.Verifier
	secure sigv4.Verifier // under TLS: a body may be unsigned
}

// stsVersion is the version of STS in the query protocol.
const stsVersion = "2011-06-15"

// queryVersions are the services of the query protocol by their version. Spec: control-plane 1.1.
var queryVersions = map[string]string{stsVersion: "sts", "2010-05-08": "iam", "2010-05-15": "cloudformation"}

// identify finds the service that a call is for, or says that it is not there. Spec: control-plane 1.1.
func (c *call) identify() error {
	c.form = c.formOf()
	scope, signed := sigv4.ScopeOf(&c.sig)
	switch {
	case signed:
		return c.identifySigned(scope.Service)
	case under(c.sig.Path, OperatorPath):
		c.to = c.e.operator
		return nil
	case !c.e.opts.AnyCredentials:
		c.to = c.opener() // if there is none, admit says what the signature lacks
		return nil
	}
	return c.identifyUnsigned()
}

// opener is the service that takes the call without a signature, or nil.
func (c *call) opener() *service {
	for _, s := range c.e.services {
		if o, ok := s.Handler.(Opener); ok && s.has(c.sig.Path) && o.Opens(&awsproto.Request{Method: c.sig.Method, Path: c.sig.Path, Query: c.sig.Query}) {
			c.opened = true
			return s
		}
	}
	return nil
}

// identifySigned goes by the credential scope, and by the path where services share a signing name.
func (c *call) identifySigned(name string) error {
	switch {
	case name == OperatorService || under(c.sig.Path, OperatorPath):
		c.to = c.e.operator
		return nil
	case name == "sts":
		c.to, c.form = c.e.sts, formQuery
		return nil
	case name == "s3":
		c.form = formXML
	case name == "cloudfront", name == "route53":
		c.form = formQuery // restXml, with the errors of the query protocol
	}
	for _, s := range c.e.services {
		if s.SigningName == name && s.has(c.sig.Path) {
			c.to = s
			return nil
		}
	}
	return c.absent(name)
}

// identifyUnsigned goes by what the protocols show.
func (c *call) identifyUnsigned() error {
	switch c.form {
	case formJSON:
		return c.absent("")
	case formQuery:
		values, err := c.queryValues()
		if err != nil {
			return err
		}
		name := queryVersions[values.Get("Version")]
		if name == "sts" {
			c.to = c.e.sts
			return nil
		}
		return c.absent(name)
	}
	for _, s := range c.e.services {
		if s.has(c.sig.Path) {
			c.to = s
			return nil
		}
	}
	return c.absent(knownService(c.sig.Path))
}

// servicePaths are the beginnings of the paths of the REST services that clients may ask for. Spec: control-plane 1.1.
var servicePaths = map[string][]string{
	"apigateway": {"/restapis", "/apikeys", "/usageplans", "/domainnames", "/domainnameaccessassociations", "/rejectdomainnameaccessassociations",
		"/clientcertificates", "/vpclinks", "/sdktypes", "/account", "/tags"},
	"apigatewayv2": {"/v2"},
	"lambda": {"/2014-11-13", "/2015-03-31", "/2016-08-19", "/2017-03-31", "/2017-10-31", "/2018-10-31", "/2019-09-25", "/2019-09-30",
		"/2020-*", "/2021-*", "/2023-*", "/2024-*", "/2025-*", "/2026-*"},
	"connections": {"/@connections", "/*/@connections"},
}

// Paths returns the beginnings of the paths of a service, apigateway, apigatewayv2, lambda or connections, for Service.Paths.
func Paths(service string) []string { return slices.Clone(servicePaths[service]) }

// known are all of these, also of services that are not there.
var known = func() map[string][][]string {
	all := make(map[string][][]string)
	for name, paths := range servicePaths {
		if name != "connections" { // what they begin with may be a path of an API
			all[name] = splitPaths(paths)
		}
	}
	return all
}()

// knownService names the service that a path is of, or "".
func knownService(path string) string {
	for name, paths := range known {
		for _, p := range paths {
			if begins(path, p) {
				return name
			}
		}
	}
	return ""
}

// absent refuses a call by the names of its service and operation. It needs no signature: it tells nothing but the version.
func (c *call) absent(name string) error {
	c.op = c.operation()
	op := c.op
	if op == "" {
		op = c.sig.Method + " " + c.sig.Path
	}
	message := fmt.Sprintf("The operation %s is not supported.", op)
	if name != "" {
		message = fmt.Sprintf("The operation %s of the service %s is not supported.", op, name)
	}
	switch c.form {
	case formQuery:
		return awsproto.NewError(400, "InvalidAction", message)
	case formJSON:
		return awsproto.NewError(400, "UnknownOperationException", message)
	case formXML:
		return awsproto.NewError(501, "NotImplemented", message)
	}
	return awsproto.NewError(404, "UnknownOperationException", message)
}

// operation is the name of the operation, where the protocol sends one.
func (c *call) operation() string {
	if target := c.x.Request.Header.Get("X-Amz-Target"); target != "" {
		return target
	}
	if c.form == formQuery {
		if values, err := c.queryValues(); err == nil {
			return values.Get("Action")
		}
	}
	return ""
}

// maxQueryBody bounds a body of the query protocol, in bytes.
const maxQueryBody = 64 << 10

// queryValues reads the parameters of a call of the query protocol: the body's, or the query's when there is no body.
func (c *call) queryValues() (url.Values, error) {
	if c.sig.Body == nil && c.x.Request.ContentLength != 0 {
		body, err := readBody(&c.x.Request, payloadLimit(maxQueryBody), nil)
		if err != nil {
			return nil, err
		}
		c.sig.Body = body
	}
	text := string(c.sig.Body)
	if text == "" {
		text = c.sig.Query
	}
	values, err := url.ParseQuery(text)
	if err != nil {
		return nil, awsproto.NewError(400, "MalformedQueryString", "The parameters cannot be read.")
	}
	return values, nil
}

// has reports whether a raw path is one of the service's.
func (s *service) has(path string) bool {
	for _, p := range s.paths {
		if begins(path, p) {
			return true
		}
	}
	return false
}

func splitPaths(paths []string) [][]string {
	all := make([][]string, len(paths))
	for i, p := range paths {
		all[i] = strings.Split(strings.Trim(p, "/"), "/")
	}
	return all
}

// begins compares the first segments of a path.
func begins(path string, segments []string) bool {
	rest := strings.TrimPrefix(path, "/")
	for i, want := range segments {
		segment, after, more := strings.Cut(rest, "/")
		if start, open := strings.CutSuffix(want, "*"); segment != want && !(open && strings.HasPrefix(segment, start)) {
			return false
		}
		if !more && i < len(segments)-1 {
			return false
		}
		rest = after
	}
	return true
}

// under reports whether a path is prefix or below it.
func under(path, prefix string) bool {
	rest, ok := strings.CutPrefix(path, prefix)
	return ok && (rest == "" || rest[0] == '/')
}

// splitTarget cuts a target into its raw path and query.
func splitTarget(target string) (path, query string) {
	path, query, _ = strings.Cut(target, "?")
	return path, query
}

// Claims reports whether a request at an address that management shares with the data plane is a management call: by the
// credential scope, or, unsigned and at a local name, by X-Amz-Target or the path. What comes to the host name or the path
// form of an API or a function URL never is. Spec: control-plane 1.1; design 8.
func (e *Endpoint) Claims(r *front.Request) bool {
	path, query := splitTarget(r.Target)
	if _, ok := functionurl.Locate(r); ok || isAPIHost(r.Host) || isPathForm(path) {
		return false
	}
	scope, signed := sigv4.ScopeOf(&sigv4.Request{Query: query, Header: fields[sigv4.Field](r.Header)})
	if signed && scope.Service != executeAPI {
		return true
	}
	if !signed && isLocalName(r.Host) && (knownService(path) != "" || under(path, OperatorPath) || path == healthPath || path == readyPath || r.Header.Has("X-Amz-Target")) {
		return true
	}
	for _, s := range e.services {
		if s.has(path) && (signed && s.SigningName == executeAPI || !signed && isLocalName(r.Host)) {
			return true
		}
	}
	return false
}

// executeAPI signs calls of APIs, and of the service that sends to their connections.
const executeAPI = "execute-api"

// isAPIHost reports whether a host name is one of a default endpoint: {id}.execute-api.{region}.{suffix}.
func isAPIHost(host string) bool {
	_, rest, ok := strings.Cut(host, ".")
	const name = executeAPI + "."
	return ok && len(rest) > len(name) && strings.EqualFold(rest[:len(name)], name)
}

// isPathForm reports whether a path is of the form /restapis/{id}/{stage}/_user_request_/….
func isPathForm(path string) bool {
	parts := strings.SplitN(path, "/", 6)
	return len(parts) >= 5 && parts[0] == "" && parts[1] == "restapis" && parts[4] == "_user_request_"
}
