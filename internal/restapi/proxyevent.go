package restapi

import (
	"encoding/base64"
	"maps"
	"slices"
	"strconv"

	"github.com/gatehouse-gateway/gatehouse/http1"
	"github.com/gatehouse-gateway/gatehouse/internal/integration/jsonscan"
	"github.com/gatehouse-gateway/gatehouse/vtl/gateway"
)

// proxyEvent writes the events that functions get: payload format 1.0, and that of REQUEST authorizers, which differs in its first
// and last members. What does not depend on the request is JSON already. Spec: rest-api 9.3, access-control 2.3.
type proxyEvent struct {
	*stageEvent
	resource   string // "resource":"/pets/{id}","path":
	resourceID string // "…"
	path       string // ,"resourcePath":"…" and "operationName"
}

// stageEvent is what the events of all methods of a stage share.
type stageEvent struct {
	variables string // ,"stageVariables":{…},"requestContext":{"resourceId":
	account   string // ,"accountId":"…","protocol":"HTTP/1.1","stage":"…","domainPrefix":
	deploy    string // ,"deploymentId":"…","apiId":"…"
	empty     string // how a map without members is written: null, or {} for authorizers
}

// How events write a map without members. Recorded for integrations.
const noMembers, emptyMap = "null", "{}"

// These are the members of identity before the API key, which is there if the request has one, before the address of the client,
// between it and the id of the key, before the user agent, and behind: what is not known is null, never missing. Recorded.
const (
	identityStart = `,"identity":{"cognitoIdentityPoolId":null,"accountId":null,"cognitoIdentityId":null,"caller":null`
	identityIP    = `,"sourceIp":`
	identityMid   = `,"principalOrgId":null,"accessKey":null,"cognitoAuthenticationType":null,"cognitoAuthenticationProvider":null,"userArn":null`
	identityAgent = `,"userAgent":`
	identityEnd   = `,"user":null},"domainName":`
)

// compileEvent prepares the events of a method, for an integration or, with emptyMap, for an authorizer.
func (c *compiler) compileEvent(resourceID, resourcePath, operation, empty string) *proxyEvent {
	e := &proxyEvent{
		stageEvent: c.stageEvent(empty), resource: `"resource":` + quoted(resourcePath) + `,"path":`, resourceID: quoted(resourceID),
		path: `,"resourcePath":` + quoted(resourcePath),
	}
	if operation != "" {
		e.path += `,"operationName":` + quoted(operation)
	}
	return e
}

func (c *compiler) stageEvent(empty string) *stageEvent {
	if e := c.events[empty]; e != nil {
		return e
	}
	variables := empty
	if len(c.stage.vars) > 0 {
		variables = string(appendVariables(nil, c.stage.vars))
	}
	e := &stageEvent{
		variables: `,"stageVariables":` + variables + `,"requestContext":{"resourceId":`,
		account:   `,"accountId":` + quoted(c.env.AccountID) + `,"protocol":"HTTP/1.1","stage":` + quoted(c.stage.name) + `,"domainPrefix":`,
		deploy:    `,"deploymentId":` + quotedOrNull(c.stage.deploymentID) + `,"apiId":` + quoted(c.api.ID),
		empty:     empty,
	}
	c.events[empty] = e
	return e
}

func quoted(s string) string { return string(jsonscan.AppendString(nil, s)) }

func quotedOrNull(s string) string {
	if s == "" {
		return "null"
	}
	return quoted(s)
}

func appendVariables(dst []byte, vars map[string]string) []byte {
	dst = append(dst, '{')
	for i, name := range slices.Sorted(maps.Keys(vars)) {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = jsonscan.AppendString(jsonscan.AppendName(dst, name), vars[name])
	}
	return append(dst, '}')
}

// append writes the event of AWS_PROXY for x, whose body is read. Binary bodies are in base64.
func (e *proxyEvent) append(dst []byte, x *exchange, binary bool) []byte {
	dst = append(dst, '{')
	dst = e.appendRequest(dst, x)
	dst = append(dst, `,"body":`...)
	switch {
	case len(x.body) == 0:
		dst = append(dst, "null"...)
	case binary:
		dst = append(dst, '"')
		dst = append(base64.StdEncoding.AppendEncode(dst, x.body), '"')
	default:
		dst = jsonscan.AppendString(dst, x.body)
	}
	if binary {
		return append(dst, `,"isBase64Encoded":true}`...)
	}
	return append(dst, `,"isBase64Encoded":false}`...)
}

// appendRequest writes the members that the events of integrations and authorizers share.
func (e *proxyEvent) appendRequest(dst []byte, x *exchange) []byte {
	dst = append(dst, e.resource...)
	dst = jsonscan.AppendString(dst, x.target.resource)
	dst = append(dst, `,"httpMethod":`...)
	dst = jsonscan.AppendString(dst, x.httpMethod())
	header := x.foldedHeader()
	dst = e.appendMaps(dst, `,"headers":`, `,"multiValueHeaders":`, header, x.links)
	query := x.queryParams()
	x.links = linkParams(x.links[:0], query, false)
	dst = e.appendMaps(dst, `,"queryStringParameters":`, `,"multiValueQueryStringParameters":`, query, x.links)
	dst = append(dst, `,"pathParameters":`...)
	if len(x.match.params) == 0 {
		dst = append(dst, e.empty...)
	} else {
		dst = appendMap(dst, x.match.params) // raw, as recorded
	}
	dst = append(append(dst, e.variables...), e.resourceID...)
	if x.authorized != nil {
		dst = x.appendAuthorizer(dst)
	}
	return append(e.appendContext(dst, x), '}')
}

// appendContext writes the requestContext from the resource path on, without its brace.
func (e *proxyEvent) appendContext(dst []byte, x *exchange) []byte {
	received := x.wire.Request.Received.UTC()
	dst = append(dst, e.path...)
	dst = jsonscan.AppendString(append(dst, `,"httpMethod":`...), x.httpMethod())
	dst = jsonscan.AppendString(append(dst, `,"extendedRequestId":`...), x.extendedID)
	dst = received.AppendFormat(append(dst, `,"requestTime":"`...), requestTimeLayout)
	dst = jsonscan.AppendString(append(dst, `","path":`...), x.target.path)
	dst = append(dst, e.account...)
	dst = jsonscan.AppendString(dst, x.address.DomainPrefix)
	dst = strconv.AppendInt(append(dst, `,"requestTimeEpoch":`...), received.UnixMilli(), 10)
	dst = jsonscan.AppendString(append(dst, `,"requestId":`...), x.requestID)
	dst = append(dst, identityStart...)
	if x.apiKey != "" {
		dst = jsonscan.AppendString(append(dst, `,"apiKey":`...), x.shownKey())
	}
	dst = x.appendSourceIP(append(dst, identityIP...))
	dst = append(dst, identityMid...)
	if x.key != nil {
		dst = jsonscan.AppendString(append(dst, `,"apiKeyId":`...), x.key.ID)
	}
	dst = append(dst, identityAgent...)
	if agent, ok := x.lastHeader("User-Agent"); ok {
		dst = jsonscan.AppendString(dst, agent)
	} else {
		dst = append(dst, "null"...)
	}
	dst = append(dst, identityEnd...)
	dst = jsonscan.AppendString(dst, x.address.DomainName)
	dst = append(dst, e.deploy...)
	if x.stage.isCanary != "" {
		dst = append(append(dst, `,"isCanaryRequest":`...), x.stage.isCanary...)
	}
	return dst
}

func (x *exchange) appendSourceIP(dst []byte) []byte {
	dst = append(dst, '"')
	if x.stage.testing {
		dst = append(dst, testSourceIP...)
	} else {
		dst = x.wire.Request.Peer.Addr().AppendTo(dst)
	}
	return append(dst, '"')
}

// appendMaps writes parameters twice: with the last value of each name, and with all of them.
func (e *proxyEvent) appendMaps(dst []byte, single, multi string, params []gateway.Param, links []paramLink) []byte {
	dst = append(dst, single...)
	if len(params) == 0 {
		dst = append(dst, e.empty...)
		dst = append(dst, multi...)
		return append(dst, e.empty...)
	}
	sep := byte('{')
	for i, l := range links {
		if !l.first {
			continue
		}
		last := i
		for links[last].next > 0 {
			last = int(links[last].next)
		}
		dst = jsonscan.AppendName(append(dst, sep), params[i].Name)
		dst = jsonscan.AppendString(dst, params[last].Value)
		sep = ','
	}
	dst = append(append(dst, '}'), multi...)
	sep = '{'
	for i, l := range links {
		if !l.first {
			continue
		}
		dst = append(jsonscan.AppendName(append(dst, sep), params[i].Name), '[')
		dst = jsonscan.AppendString(dst, params[i].Value)
		for at := l.next; at > 0; at = links[at].next {
			dst = jsonscan.AppendString(append(dst, ','), params[at].Value)
		}
		dst = append(dst, ']')
		sep = ','
	}
	return append(dst, '}')
}

func appendMap(dst []byte, params []gateway.Param) []byte {
	sep := byte('{')
	for _, p := range params {
		dst = jsonscan.AppendString(jsonscan.AppendName(append(dst, sep), p.Name), p.Value)
		sep = ','
	}
	return append(dst, '}')
}

// paramLink joins the parameters of one name: the first of them leads, next is the place of the following one, 0 at the end.
type paramLink struct {
	next  int32
	first bool
}

// linkParams appends a link for each parameter; fold compares names without case.
func linkParams(links []paramLink, params []gateway.Param, fold bool) []paramLink {
	if len(params) > 64 && !fold { // a hostile query may have thousands of names
		return linkMany(links, params)
	}
next:
	for i := range params {
		for j := range i {
			if !links[j].first || params[j].Name != params[i].Name && !(fold && http1.EqualFold(params[j].Name, params[i].Name)) {
				continue
			}
			for links[j].next > 0 {
				j = int(links[j].next)
			}
			links[j].next = int32(i)
			links = append(links, paramLink{})
			continue next
		}
		links = append(links, paramLink{first: true})
	}
	return links
}

func linkMany(links []paramLink, params []gateway.Param) []paramLink {
	last := make(map[string]int, len(params))
	for i, p := range params {
		at, seen := last[p.Name]
		if seen {
			links[at].next = int32(i)
		}
		links = append(links, paramLink{first: !seen})
		last[p.Name] = i
	}
	return links
}

// foldedHeader is the visible header with the links of its names, which the service compares without case; the first spelling
// stays (unconfirmed which one).
func (x *exchange) foldedHeader() []gateway.Param {
	x.fields = x.fields[:0]
	for _, f := range x.headers() {
		if x.masking && isOneOf(f.Name, maskedHeaders) {
			f.Value = masked(f.Value)
		}
		x.fields = append(x.fields, gateway.Param(f))
	}
	x.links = linkParams(x.links[:0], x.fields, true)
	return x.fields
}

// appendAuthorizer writes the authorizer member of requestContext: the context values as strings, then who it is. Spec:
// access-control 2.5.
func (x *exchange) appendAuthorizer(dst []byte) []byte {
	dst = append(dst, `,"authorizer":{`...)
	for _, v := range x.authorized.Context {
		dst = append(jsonscan.AppendString(jsonscan.AppendName(dst, v.Name), v.Value), ',')
	}
	dst = jsonscan.AppendString(append(dst, `"principalId":`...), x.authorized.PrincipalID)
	dst = append(dst, `,"integrationLatency":`...)
	return append(strconv.AppendInt(dst, x.authorizing.Milliseconds(), 10), '}')
}
