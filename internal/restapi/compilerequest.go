package restapi

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/gatehouse-gateway/gatehouse/internal/definition"
	"github.com/gatehouse-gateway/gatehouse/internal/integration"
)

// compileRequest compiles the parameter mappings and templates of the integration request.
func (c *methodCompiler) compileRequest() *integrationRequest {
	in := c.def.Integration
	q := &integrationRequest{handling: in.ContentHandling, binary: &c.stage.binary, rules: httpHeaders}
	if strings.HasPrefix(in.Type, "AWS") {
		q.rules = awsHeaders
	}
	switch in.ContentHandling {
	case "", "CONVERT_TO_TEXT", "CONVERT_TO_BINARY":
	default:
		c.problems.Addf(in.Origin.At("contentHandling"), "%q is not a content handling", in.ContentHandling)
	}
	if !strings.HasSuffix(in.Type, "_PROXY") {
		q.templates = c.compileTemplates(in.RequestTemplates, nil, in.PassthroughBehavior, in.Origin.At("requestTemplates"))
	}
	for _, target := range slices.Sorted(maps.Keys(in.RequestParameters)) {
		c.compileMapping(q, target, in.RequestParameters[target])
	}
	return q
}

func (c *methodCompiler) compileTemplates(texts map[string]string, order []string, behavior string, at definition.Origin) templates {
	switch behavior {
	case "", "WHEN_NO_MATCH", "WHEN_NO_TEMPLATES", "NEVER":
	default:
		c.problems.Addf(at, "%q is not a passthrough behavior", behavior)
	}
	for media, text := range texts {
		if int64(len(text)) > c.env.Limits.MappingTemplate {
			c.problems.Addf(at, "the mapping template for %s has %d bytes; the limit is %d", media, len(text), c.env.Limits.MappingTemplate)
		}
	}
	return compileTemplates(c.env, texts, order, behavior)
}

// compileMapping compiles one entry of requestParameters. Spec: rest-api 5.
func (c *methodCompiler) compileMapping(q *integrationRequest, target, expr string) {
	at := c.def.Integration.Origin.At("requestParameters['" + target + "']")
	src, err := compileSource(expr, onRequest, c.stage.vars)
	if err != nil {
		c.problems.Addf(at, "%v", err)
		return
	}
	place, name, _ := strings.Cut(strings.TrimPrefix(target, "integration.request."), ".")
	m := mappedParam{name: name, source: src}
	switch {
	case !strings.HasPrefix(target, "integration.request.") || name == "":
		c.problems.Addf(at, "Invalid mapping expression specified: %s", target)
	case place == "header":
		m.rule = q.rules.of(name)
		q.headers = append(q.headers, m)
	case place == "querystring":
		q.query = append(q.query, m)
	case place == "path":
		m.keepSlash = src.kind != fromPath || c.greedyParam(src.name)
		q.path = append(q.path, m)
	default:
		c.problems.Addf(at, "Invalid mapping expression specified: %s", target)
	}
}

// greedyParam reports whether name is the greedy parameter of the method's resource.
func (c *methodCompiler) greedyParam(name string) bool {
	return c.resource.Greedy() && c.resource.Variable() == name
}

// compileHTTP compiles where to call and how.
func (c *methodCompiler) compileHTTP() *httpIntegration {
	in := c.def.Integration
	h := &httpIntegration{
		request: c.request,
		uri:     compileURI(in.URI, c.stage.vars),
		method:  in.HTTPMethod,
		timeout: c.timeout(in),
		stream:  in.ResponseTransferMode == "STREAM" && !c.testing, // a test invoke answers in one piece
		agent:   "AmazonAPIGateway_" + c.api.ID,
		apiID:   c.api.ID,
		tls: integration.TLSOptions{
			InsecureSkipVerification: in.TLSConfig != nil && in.TLSConfig.InsecureSkipVerification, Certificate: c.certificate,
		},
	}
	if h.method == "ANY" {
		h.method = ""
	}
	if host, static := literalOf(h.uri.authority); static && h.uri.invalid == "" {
		endpoint, err := integration.NewEndpoint(h.uri.scheme, host, h.tls)
		if err != nil {
			h.uri.invalid = "Invalid endpoint address: " + err.Error()
		}
		h.endpoint = endpoint
	}
	h.fixTarget()
	return h
}

// fixTarget prepares a target without placeholders.
func (h *httpIntegration) fixTarget() {
	path, fixedPath := literalOf(h.uri.path)
	query, fixedQuery := literalOf(h.uri.query)
	if !fixedPath || !fixedQuery {
		return
	}
	if path == "" {
		path = "/"
	}
	if h.uri.hasQuery {
		path += "?" + query
	}
	h.target = []byte(path)
}

const (
	minTimeout  = 50    // milliseconds
	longTimeout = 29000 // milliseconds; raisable by the limits table
)

// timeout checks and converts timeoutInMillis. Spec: rest-api 9.6, 20.
func (c *methodCompiler) timeout(in *definition.Integration) time.Duration {
	limit := c.env.Limits.IntegrationTimeout
	if in.ResponseTransferMode == "STREAM" {
		limit = c.env.Limits.StreamDuration
	}
	millis := int64(in.TimeoutInMillis)
	if millis == 0 {
		millis = min(longTimeout, limit)
	}
	if millis < minTimeout || millis > limit {
		c.problems.Addf(in.Origin.At("timeoutInMillis"), "Timeout should be between %d ms and %d ms", minTimeout, limit)
	}
	return time.Duration(millis) * time.Millisecond
}
