package openapi

import (
	"maps"
	"slices"
	"strings"

	"github.com/gatehouse-gateway/gatehouse/internal/definition"
	"github.com/gatehouse-gateway/gatehouse/jsontree"
)

// integration writes what answers a method of r. What is the default is left out. Recorded.
func (e *exporter) integration(r *definition.Resource, i *definition.Integration) *jsontree.Object {
	o := object("type", strings.ToLower(i.Type))
	if i.Type != "MOCK" {
		setText(o, "httpMethod", i.HTTPMethod)
		setText(o, "uri", i.URI)
	}
	setText(o, "credentials", i.Credentials)
	if i.ConnectionType != "INTERNET" {
		setText(o, "connectionType", i.ConnectionType)
	}
	setText(o, "connectionId", i.ConnectionID)
	setText(o, "integrationTarget", i.IntegrationTarget)
	setObject(o, "responses", e.integrationResponses(i))
	setTexts(o, "requestParameters", i.RequestParameters)
	setTexts(o, "requestTemplates", i.RequestTemplates)
	setText(o, "passthroughBehavior", strings.ToLower(i.PassthroughBehavior))
	if i.TimeoutInMillis != 0 && i.TimeoutInMillis != defaultTimeout {
		o.Set("timeoutInMillis", jsontree.NumberOf(int64(i.TimeoutInMillis)))
	}
	if i.CacheNamespace != r.ID {
		setText(o, "cacheNamespace", i.CacheNamespace)
	}
	setList(o, "cacheKeyParameters", i.CacheKeyParameters)
	setText(o, "contentHandling", i.ContentHandling)
	if i.TLSConfig != nil {
		o.Set("tlsConfig", object("insecureSkipVerification", i.TLSConfig.InsecureSkipVerification))
	}
	setText(o, "responseTransferMode", i.ResponseTransferMode)
	return o
}

// never matches nothing.
const never = "(?!)"

// integrationResponses writes the answers by their patterns. A method may have several answers with one pattern, which a
// document cannot: the later ones get another pattern that means the same. Of several defaults only the first is ever
// taken; the others get one that matches nothing.
func (e *exporter) integrationResponses(i *definition.Integration) *jsontree.Object {
	all := &jsontree.Object{}
	for _, status := range slices.Sorted(maps.Keys(i.Responses)) {
		ir := i.Responses[status]
		key := ir.SelectionPattern
		switch {
		case key == "" && !all.Has("default"):
			key = "default"
		case key == "":
			key = never
		case key == "default":
			key = "(?:default)"
		}
		for all.Has(key) {
			key = "(?:" + key + ")"
		}
		o := object("statusCode", ir.StatusCode)
		setTexts(o, "responseParameters", ir.ResponseParameters)
		setTexts(o, "responseTemplates", ir.ResponseTemplates, ir.TemplateOrder...)
		setText(o, "contentHandling", ir.ContentHandling)
		all.Set(key, o)
	}
	return all
}

func (e *exporter) gatewayResponses(doc *jsontree.Object) {
	all := &jsontree.Object{}
	for _, kind := range slices.Sorted(maps.Keys(e.api.GatewayResponses)) {
		g := e.api.GatewayResponses[kind]
		o := &jsontree.Object{}
		if isStatus(g.StatusCode) {
			o.Set("statusCode", jsontree.Number(g.StatusCode))
		}
		setTexts(o, "responseParameters", g.ResponseParameters)
		setTexts(o, "responseTemplates", g.ResponseTemplates, g.TemplateOrder...)
		all.Set(kind, o)
	}
	setObject(doc, extension+"gateway-responses", all)
}
