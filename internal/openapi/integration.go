package openapi

import (
	"cmp"
	"slices"
	"strings"

	"github.com/gatehouse-gateway/gatehouse/internal/definition"
	"github.com/gatehouse-gateway/gatehouse/javaregex"
)

// Timeouts of an integration, in milliseconds. Spec: rest-api 9.6. An operator may allow longer ones; the default stays.
const (
	minTimeout     = 50
	defaultTimeout = 29000
)

var integrationMembers = []string{
	"type", "httpMethod", "uri", "credentials", "connectionType", "connectionId", "integrationTarget", "passthroughBehavior",
	"contentHandling", "timeoutInMillis", "cacheNamespace", "cacheKeyParameters", "requestParameters", "requestTemplates", "responses",
	"tlsConfig", "responseTransferMode", "payloadFormatVersion", "integrationSubtype", "description",
}

var integrationVerbs = []string{"GET", "PUT", "POST", "DELETE", "PATCH", "OPTIONS", "HEAD", "ANY"}

// integration reads what answers the method m of r. Spec: rest-api 6, 21.4, control-plane 8.5.
func (im *importer) integration(r *definition.Resource, m *definition.Method, at *node) {
	n := im.object(at)
	if n == nil {
		return
	}
	im.only(n, "an integration", integrationMembers...)
	i := &definition.Integration{
		Type:              im.word(n.get("type"), "an integration type", "HTTP", "HTTP_PROXY", "AWS", "AWS_PROXY", "MOCK"),
		Credentials:       im.str(n.get("credentials")),
		IntegrationTarget: im.str(n.get("integrationTarget")),
		RequestParameters: im.requestMappings(m, n.get("requestParameters")),
		PassthroughBehavior: cmp.Or(im.word(n.get("passthroughBehavior"), "a passthrough behavior",
			"WHEN_NO_MATCH", "WHEN_NO_TEMPLATES", "NEVER"), "WHEN_NO_MATCH"),
		ContentHandling:      im.word(n.get("contentHandling"), "a content handling", "CONVERT_TO_TEXT", "CONVERT_TO_BINARY"),
		CacheNamespace:       cmp.Or(im.str(n.get("cacheNamespace")), r.ID),
		ResponseTransferMode: im.word(n.get("responseTransferMode"), "a response transfer mode", "BUFFERED", "STREAM"),
		Responses:            map[string]*definition.IntegrationResponse{},
		Origin:               n.origin(),
	}
	m.Integration = i
	i.RequestTemplates, _, i.TemplateOrigins = im.templates(n.get("requestTemplates"))
	if tls := im.object(n.get("tlsConfig")); tls != nil {
		im.only(tls, "tlsConfig", "insecureSkipVerification", "serverNameToVerify")
		i.TLSConfig = &definition.TLSConfig{InsecureSkipVerification: im.flag(tls.get("insecureSkipVerification"))}
	}
	if i.Type == "" {
		if n.get("type") == nil {
			im.addf(n, "the integration has no type: http, http_proxy, aws, aws_proxy or mock")
		}
		return
	}
	im.backend(i, n)
	im.transfer(i, n)
	im.cacheKeys(m, i, n)
	im.integrationResponses(m, n)
}

// backend reads where the integration leads.
func (im *importer) backend(i *definition.Integration, n *node) {
	method := n.get("httpMethod")
	if i.Type == "MOCK" {
		return // neither verb nor URI of a MOCK are kept. Spec: control-plane 10.1.
	}
	i.HTTPMethod = strings.ToUpper(im.str(method))
	switch {
	case i.HTTPMethod == "":
		im.addf(either(method, n), "Enumeration value for HttpMethod must be non-empty")
	case !slices.Contains(integrationVerbs, i.HTTPMethod):
		im.addf(method, "%s", invalidVerb)
	}
	uri := n.get("uri")
	i.URI = im.str(uri)
	if uri != nil && (uri.kind == mapping || uri.kind == sequence) {
		return
	}
	if wrong := checkURI(i); wrong != "" {
		im.addf(either(uri, n), "%s", wrong)
	}
	im.connection(i, n)
}

func either(n, otherwise *node) *node {
	if n != nil {
		return n
	}
	return otherwise
}

// checkURI says what is wrong with the URI, or "". Spec: rest-api 6, recorded.
func checkURI(i *definition.Integration) string {
	if strings.HasPrefix(i.Type, "HTTP") {
		rest, ok := strings.CutPrefix(i.URI, "http://")
		if !ok {
			rest, ok = strings.CutPrefix(i.URI, "https://")
		}
		if !ok || rest == "" || rest[0] == '/' {
			return "Invalid HTTP endpoint specified for URI"
		}
		return ""
	}
	service, rest, ok := parseIntegrationARN(i.URI)
	lambda := service == "lambda" && strings.HasPrefix(rest, "path/")
	switch {
	case !ok:
		return "Invalid ARN specified in the request"
	case !strings.HasPrefix(rest, "path/") && !strings.HasPrefix(rest, "action/"):
		return "AWS ARN for integration must contain path or action"
	case i.Type == "AWS_PROXY" && service != "firehose" &&
		!strings.HasPrefix(rest, "path/2015-03-31/functions/") && !strings.HasPrefix(rest, "path/2021-11-15/functions/"),
		i.Type == "AWS_PROXY" && service != "firehose" && service != "lambda":
		return "Integrations of type 'AWS_PROXY' currently only supports Lambda function and Firehose stream invocations."
	case !lambda && i.Credentials == "":
		return "Role ARN must be specified for AWS integrations"
	}
	return ""
}

// parseIntegrationARN takes arn:PARTITION:apigateway:REGION:SERVICE:REST apart.
func parseIntegrationARN(arn string) (service, rest string, ok bool) {
	parts := strings.SplitN(arn, ":", 6)
	if len(parts) < 6 || parts[0] != "arn" || parts[1] == "" {
		return "", "", false
	}
	if parts[2] != "apigateway" {
		return "", parts[5], true // an ARN of something else: neither path nor action
	}
	return parts[4], parts[5], parts[3] != "" && parts[4] != ""
}

func (im *importer) connection(i *definition.Integration, n *node) {
	overHTTP := strings.HasPrefix(i.Type, "HTTP")
	i.ConnectionType = im.word(n.get("connectionType"), "a connection type", "INTERNET", "VPC_LINK")
	i.ConnectionID = im.str(n.get("connectionId"))
	switch {
	case i.ConnectionType == "VPC_LINK" && !overHTTP:
		im.addf(n.get("connectionType"), "connectionType VPC_LINK is for integrations of type HTTP and HTTP_PROXY, not %s", i.Type)
	case i.ConnectionType == "VPC_LINK" && i.ConnectionID == "":
		im.addf(either(n.get("connectionId"), n), "connectionType VPC_LINK needs a connectionId")
	case !overHTTP:
		i.ConnectionType = "" // only HTTP types show one. Spec: control-plane 8.5, recorded.
	case i.ConnectionType == "":
		i.ConnectionType = "INTERNET"
	}
}

// transfer reads the timeout and how the answer is transferred.
func (im *importer) transfer(i *definition.Integration, n *node) {
	stream := i.ResponseTransferMode == "STREAM"
	if stream && !strings.HasSuffix(i.Type, "_PROXY") {
		im.addf(n.get("responseTransferMode"), "responseTransferMode STREAM is for integrations of type HTTP_PROXY and AWS_PROXY, not %s", i.Type)
	}
	i.TimeoutInMillis = defaultTimeout
	t := n.get("timeoutInMillis")
	millis, given := im.whole(t)
	if !given {
		return
	}
	most := int(im.options.Limits.IntegrationTimeout)
	if stream {
		most = int(im.options.Limits.StreamDuration)
	}
	if millis < minTimeout || millis > most {
		im.addf(t, "Timeout should be between %d ms and %d ms", minTimeout, most)
	}
	i.TimeoutInMillis = millis
}

func (im *importer) cacheKeys(m *definition.Method, i *definition.Integration, n *node) {
	i.CacheKeyParameters = im.strings(n.get("cacheKeyParameters"))
	for at, key := range i.CacheKeyParameters {
		_, ofMethod := m.RequestParameters[key]
		_, ofIntegration := i.RequestParameters[key]
		if !ofMethod && !ofIntegration {
			im.addf(n.get("cacheKeyParameters").items[at], "Invalid cache key parameter specified")
		}
	}
}

// templates reads templates by media type. A template that is written as an object is kept as its JSON text.
func (im *importer) templates(n *node) (templates map[string]string, order []string, origins map[string]definition.Origin) {
	for _, t := range im.named(n) {
		if !isMediaType(t.name) {
			im.addf(t.value, "Validation Result: warnings : [], errors : [Invalid content type specified: %s]", t.name)
			continue
		}
		template := im.json(t.value)
		if most := im.options.Limits.MappingTemplate; int64(len(template)) > most {
			im.addf(t.value, "the mapping template has %d bytes; at most %d are possible", len(template), most)
		}
		if templates == nil {
			templates, origins = map[string]string{}, map[string]definition.Origin{}
		}
		templates[t.name] = template
		origins[t.name] = t.value.origin()
		if target := im.deref(t.value); target != nil {
			origins[t.name] = target.origin()
		}
		order = append(order, t.name)
	}
	return templates, order, origins
}

func isMediaType(s string) bool {
	kind, rest, ok := strings.Cut(s, "/")
	return s == "$default" || ok && kind != "" && rest != "" && !strings.ContainsAny(s, " \t\r\n") ||
		ok && strings.Contains(rest, ";")
}

// integrationResponses reads the map from patterns to answers. Answers are kept by status code: of several patterns
// with the same one, the last stays. Spec: rest-api 21.4.
func (im *importer) integrationResponses(m *definition.Method, n *node) {
	written := map[string]string{}                   // status → pattern
	for _, p := range im.named(n.get("responses")) { // a pattern may begin with x- as well
		r := im.object(p.value)
		if r == nil {
			continue
		}
		im.only(r, "an integration response", "statusCode", "responseParameters", "responseTemplates", "contentHandling")
		ir := im.integrationResponse(m, p, r)
		if ir == nil {
			continue
		}
		if earlier, twice := written[ir.StatusCode]; twice {
			im.warnf(p.value, "replaces the response %q: both have status code %s, and a method keeps one response per status code", earlier, ir.StatusCode)
		}
		written[ir.StatusCode] = p.name
		m.Integration.Responses[ir.StatusCode] = ir
	}
}

func (im *importer) integrationResponse(m *definition.Method, p member, r *node) *definition.IntegrationResponse {
	status := im.str(r.get("statusCode"))
	if !isStatus(status) {
		im.addf(either(r.get("statusCode"), r), "%q is not a status code from 100 to 599", status)
		return nil
	}
	ir := &definition.IntegrationResponse{
		StatusCode:      status,
		ContentHandling: im.word(r.get("contentHandling"), "a content handling", "CONVERT_TO_TEXT", "CONVERT_TO_BINARY"),
		Origin:          r.origin(),
	}
	if p.name != "default" {
		ir.SelectionPattern = p.name
		if err := im.pattern(p.name); err != nil {
			im.addf(p.value, "Invalid selection pattern specified: %v", err)
		}
	}
	mr := m.Responses[status]
	if mr == nil && !strings.HasSuffix(m.Integration.Type, "_PROXY") {
		im.warnf(p.value, "the method declares no response %s: this answer will be a 500", status)
	}
	ir.ResponseParameters = im.responseMappings(mr, r.get("responseParameters"))
	ir.ResponseTemplates, ir.TemplateOrder, ir.TemplateOrigins = im.templates(r.get("responseTemplates"))
	ir.TemplateOrder = slices.Clip(ir.TemplateOrder)
	return ir
}

// pattern compiles a selection pattern to see whether it is one; most documents repeat a few.
func (im *importer) pattern(p string) error {
	err, known := im.patterns[p]
	if !known {
		_, err = javaregex.Compile(p)
		im.patterns[p] = err
	}
	return err
}
