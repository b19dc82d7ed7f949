package restapi

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gatehouse-gateway/gatehouse/internal/definition"
	"github.com/gatehouse-gateway/gatehouse/internal/integration"
	"github.com/gatehouse-gateway/gatehouse/javaregex"
)

// methodCompiler builds the steps of one method. prepare compiles the integration; the rows of the pipeline pick from it.
type methodCompiler struct {
	*compiler
	resource *definition.Resource
	name     string
	def      *definition.Method

	request   *integrationRequest
	http      *httpIntegration
	responses *integrationResponses
}

// prepare compiles the integration and reports whether the method can be built at all.
func (c *methodCompiler) prepare() bool {
	in := c.def.Integration
	switch in.Type {
	case "MOCK":
		c.request = c.compileRequest()
		c.request.templates.precomputeMock(c.env.jsonLimits())
		c.responses = c.compileResponses()
	case "HTTP":
		c.request = c.compileRequest()
		c.http = c.compileHTTP()
		c.responses = c.compileResponses()
		c.responses.trace = true
	case "HTTP_PROXY":
		c.request = c.compileRequest()
		c.http = c.compileHTTP()
	case "AWS", "AWS_PROXY":
		c.problems.Refusef(in.Origin.At("type"), "%s integrations are not supported yet", in.Type)
		return false
	default:
		c.problems.Addf(in.Origin.At("type"), "%q is not an integration type", in.Type)
		return false
	}
	return c.integrationSupported(in)
}

func (c *methodCompiler) integrationSupported(in *definition.Integration) bool {
	before := len(c.problems)
	switch in.ConnectionType {
	case "", "INTERNET":
	case "VPC_LINK":
		c.problems.Refusef(in.Origin.At("connectionType"), "VPC_LINK connections are not supported yet")
	default:
		c.problems.Addf(in.Origin.At("connectionType"), "%q is not a connection type", in.ConnectionType)
	}
	switch in.ResponseTransferMode {
	case "", "BUFFERED":
	case "STREAM":
		if in.Type != "HTTP_PROXY" {
			c.problems.Addf(in.Origin.At("responseTransferMode"), "STREAM needs an integration of type HTTP_PROXY or AWS_PROXY")
		}
	default:
		c.problems.Addf(in.Origin.At("responseTransferMode"), "%q is not a response transfer mode", in.ResponseTransferMode)
	}
	return len(c.problems) == before
}

// The rows of the pipeline that Gatehouse cannot serve yet.

func (c *methodCompiler) authorize() step {
	switch c.def.AuthorizationType {
	case "", "NONE":
	default:
		c.problems.Refusef(c.def.Origin, "authorization type %s is not supported yet%s", c.def.AuthorizationType, c.authorizerName())
	}
	return nil
}

func (c *methodCompiler) authorizerName() string {
	if a := c.api.Authorizers[c.def.AuthorizerID]; a != nil {
		return fmt.Sprintf(" (authorizer %s at %s)", a.Name, a.Origin)
	}
	return ""
}

func (c *methodCompiler) apiKey() step {
	if c.def.APIKeyRequired {
		c.problems.Refusef(c.def.Origin, "methods that require an API key are not supported yet")
	}
	return nil
}

// settingsKey is the method's key in a stage's method settings. Spec: rest-api 13.2.
func (c *methodCompiler) methodSettings() (definition.MethodSettings, bool) {
	if s, ok := c.settings[c.resource.Path+"/"+c.name]; ok {
		return s, true
	}
	s, ok := c.settings["*/*"]
	return s, ok
}

func (c *methodCompiler) throttle() step {
	if s, ok := c.methodSettings(); ok && (s.ThrottlingRateLimit != 10000 || s.ThrottlingBurstLimit != 5000) {
		c.problems.Refusef(c.def.Origin, "throttling by method settings is not supported yet")
	}
	return nil
}

func (c *methodCompiler) cacheLookup() step {
	if s, _ := c.methodSettings(); s.CachingEnabled {
		c.problems.Refusef(c.def.Origin, "caching by method settings is not supported yet")
	}
	return nil
}

// The rows that it serves.

func (c *methodCompiler) validatorSettings() *definition.RequestValidator {
	if c.def.RequestValidatorID == "" {
		return &definition.RequestValidator{}
	}
	v := c.api.RequestValidators[c.def.RequestValidatorID]
	if v == nil {
		c.problems.Addf(c.def.Origin, "Invalid Request Validator identifier specified: %s", c.def.RequestValidatorID)
		return &definition.RequestValidator{}
	}
	return v
}

func (c *methodCompiler) requestParameters() step {
	if !c.validatorSettings().ValidateRequestParameters {
		return nil
	}
	check, err := compileParameters(c.def.RequestParameters)
	if err != nil {
		c.problems.Addf(c.def.Origin, "%v", err)
		return nil
	}
	if len(check.required) == 0 {
		return nil
	}
	return check.run
}

func (c *methodCompiler) requestBody() step {
	if !c.validatorSettings().ValidateRequestBody || len(c.def.RequestModels) == 0 {
		return nil
	}
	check := new(bodyCheck)
	for _, media := range slices.Sorted(maps.Keys(c.def.RequestModels)) {
		v, err := c.validator(c.def.RequestModels[media])
		if err != nil {
			c.problems.Addf(c.def.Origin, "request model for %s: %v", media, err)
			continue
		}
		if media == "$default" {
			check.fallback = v
			continue
		}
		check.models = append(check.models, modelFor{media, v})
	}
	return check.run
}

func (c *methodCompiler) mapsBody() bool { return c.def.Integration.Type != "HTTP_PROXY" }

func (c *methodCompiler) templateSelection() step {
	if !c.mapsBody() {
		return nil
	}
	return c.request.selectTemplate
}

func (c *methodCompiler) requestBodyMapping() step {
	if !c.mapsBody() {
		return nil
	}
	return c.request.mapBody
}

func (c *methodCompiler) requestMapping() step {
	switch c.def.Integration.Type {
	case "HTTP":
		return c.http.mapHTTP
	case "HTTP_PROXY":
		return c.http.mapProxy
	}
	return c.request.mapMock
}

func (c *methodCompiler) integrationCall() step {
	if c.http != nil {
		return c.http.send
	}
	return answerMock
}

func (c *methodCompiler) integrationResponse() step {
	if c.responses == nil {
		return c.http.relay
	}
	return c.responses.mapResponse
}

// compileRequest compiles the parameter mappings and templates of the integration request.
func (c *methodCompiler) compileRequest() *integrationRequest {
	in := c.def.Integration
	q := &integrationRequest{handling: in.ContentHandling, binary: &c.stage.binary}
	switch in.ContentHandling {
	case "", "CONVERT_TO_TEXT", "CONVERT_TO_BINARY":
	default:
		c.problems.Addf(in.Origin.At("contentHandling"), "%q is not a content handling", in.ContentHandling)
	}
	if in.Type != "HTTP_PROXY" {
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
	return compileTemplates(texts, order, behavior)
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
		m.rule = ruleFor(name)
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
		stream:  in.ResponseTransferMode == "STREAM",
		agent:   "AmazonAPIGateway_" + c.api.ID,
		apiID:   c.api.ID,
		tls:     integration.TLSOptions{InsecureSkipVerification: in.InsecureSkipVerify},
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

// compileResponses compiles the integration responses. Spec: rest-api 10.
func (c *methodCompiler) compileResponses() *integrationResponses {
	set := &integrationResponses{binary: &c.stage.binary}
	for _, code := range slices.Sorted(maps.Keys(c.def.Integration.Responses)) {
		def := c.def.Integration.Responses[code]
		rule := c.compileResponse(def)
		switch {
		case rule.pattern != nil:
			set.rules = append(set.rules, rule)
		case set.fallback == nil: // of several defaults the lowest status wins, as among patterns (unconfirmed)
			set.fallback = &rule
		}
	}
	return set
}

func (c *methodCompiler) compileResponse(def *definition.IntegrationResponse) responseRule {
	status, err := parseStatus(def.StatusCode)
	if err != nil {
		c.problems.Addf(def.Origin.At("statusCode"), "%v", err)
	}
	rule := responseRule{
		status: status, handling: def.ContentHandling, declared: c.def.Responses[def.StatusCode] != nil,
		templates: c.compileTemplates(def.ResponseTemplates, def.TemplateOrder, "", def.Origin.At("responseTemplates")),
	}
	if def.SelectionPattern != "" {
		rule.pattern, rule.matches = c.compilePattern(def)
	}
	for _, target := range slices.Sorted(maps.Keys(def.ResponseParameters)) {
		c.compileResponseHeader(&rule, def, target)
	}
	return rule
}

// compilePattern compiles a selection pattern and asks it about every status it can meet, once: most APIs repeat a few.
func (c *methodCompiler) compilePattern(def *definition.IntegrationResponse) (*javaregex.Regexp, statusBits) {
	if known, ok := c.patterns[def.SelectionPattern]; ok {
		return known.regexp, known.matches
	}
	var p statusPattern
	var err error
	if p.regexp, err = javaregex.Compile(def.SelectionPattern); err != nil {
		c.problems.Addf(def.Origin.At("selectionPattern"), "%v", err)
		return nil, p.matches
	}
	for status := range statusLimit {
		if ok, err := p.regexp.MatchWhole(strconv.Itoa(status)); ok && err == nil {
			p.matches.set(status)
		}
	}
	c.patterns[def.SelectionPattern] = p
	return p.regexp, p.matches
}

func (c *methodCompiler) compileResponseHeader(rule *responseRule, def *definition.IntegrationResponse, target string) {
	at := def.Origin.At("responseParameters['" + target + "']")
	name, ok := strings.CutPrefix(target, "method.response.header.")
	if !ok || !validToken(name) {
		c.problems.Addf(at, "Invalid mapping expression specified: %s", target)
		return
	}
	src, err := compileSource(def.ResponseParameters[target], onResponse, c.stage.vars)
	if err != nil {
		c.problems.Addf(at, "%v", err)
		return
	}
	switch clientHeader(name, false) {
	case hideHeader:
		return
	case renameHeader:
		name = remapped(name)
	case passHeader:
	}
	rule.headers = append(rule.headers, responseHeader{name, src})
}
