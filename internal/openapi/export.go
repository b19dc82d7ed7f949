package openapi

import (
	"cmp"
	"crypto/sha256"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/gatehouse-gateway/gatehouse/internal/definition"
	"github.com/gatehouse-gateway/gatehouse/jsontree"
)

// ExportOptions say what an export is to look like. Spec: control-plane 10.2.
type ExportOptions struct {
	// Type is swagger (2.0) or oas30.
	Type string
	// Accept is application/json or application/yaml; "" and */* mean JSON. Of a list the first of these counts.
	Accept string
	// Extensions is the parameter of that name, a list with commas: integrations, authorizers, apigateway, documentation,
	// postman. "" makes a document without extensions.
	Extensions string
	// StageName and Host say where the API answers: Host is {id}.execute-api.{region}.amazonaws.com or what stands for it.
	StageName, Host string
	// Documentation is the version of the documentation that the stage names; nil when it names none. Recorded: without
	// one no export has documentation, whatever its extensions.
	Documentation *definition.DocumentationVersion
}

// Export writes an API, the snapshot of a deployment, as an OpenAPI document. The same API is always the same bytes.
// Every error is the text of a BadRequestException.
func Export(api *definition.RestAPI, o ExportOptions) ([]byte, error) {
	e := &exporter{api: api, o: o, oas: o.Type == "oas30", extensions: map[string]bool{}}
	if !e.oas && o.Type != "swagger" {
		return nil, fmt.Errorf("No API exporter for type '%s'", o.Type)
	}
	if err := e.readExtensions(); err != nil {
		return nil, err
	}
	asYAML, err := isYAML(o.Accept)
	if err != nil {
		return nil, err
	}
	doc, err := e.document()
	switch {
	case err != nil:
		return nil, err
	case asYAML:
		return writeYAML(doc)
	}
	return appendPretty(nil, doc, 0), nil
}

// ExportName is the name of the file that an export is sent as: swagger_1.0.json. Recorded.
func ExportName(api *definition.RestAPI, o ExportOptions) string {
	ending := "json"
	if yes, err := isYAML(o.Accept); yes && err == nil {
		ending = "yaml"
	}
	return o.Type + "_" + exportVersion(api) + "." + ending
}

func isYAML(accept string) (bool, error) {
	for mime := range strings.SplitSeq(accept, ",") {
		mime, _, _ = strings.Cut(mime, ";")
		switch strings.ToLower(strings.TrimSpace(mime)) {
		case "", "*/*", "application/json":
			return false, nil
		case "application/yaml":
			return true, nil
		}
	}
	return false, fmt.Errorf("Invalid Accept header specified: %s. Must be one of: [application/json, application/yaml]", accept)
}

// exporter writes one API.
type exporter struct {
	api        *definition.RestAPI
	o          ExportOptions
	oas        bool // 3.0; else 2.0
	extensions map[string]bool
	schemes    exportSchemes
	validators map[string]string // names in the document, by id
	err        error             // the first one
}

var exportExtensions = []string{"integrations", "authorizers", "apigateway", "documentation", "postman"}

func (e *exporter) readExtensions() error {
	for name := range strings.SplitSeq(e.o.Extensions, ",") {
		name = strings.TrimSpace(name)
		if name != "" && !slices.Contains(exportExtensions, name) {
			return fmt.Errorf("Invalid extension specified: %s. Must be one of: [%s]", name, strings.Join(exportExtensions, ", "))
		}
		e.extensions[name] = true
	}
	if e.extensions["apigateway"] {
		e.extensions["integrations"], e.extensions["authorizers"], e.extensions["documentation"] = true, true, true
	}
	return nil
}

// document makes the whole document. Members stand in the order in which the service writes them.
func (e *exporter) document() (*jsontree.Object, error) {
	e.nameSchemes()
	e.nameValidators()
	doc := &jsontree.Object{}
	if e.oas {
		doc.Set("openapi", "3.0.1")
	} else {
		doc.Set("swagger", "2.0")
	}
	doc.Set("info", e.info())
	e.address(doc)
	e.tags(doc)
	doc.Set("paths", e.paths())
	e.parts(doc)
	if e.extensions["apigateway"] {
		e.settings(doc)
		e.gatewayResponses(doc)
	}
	if e.extensions["documentation"] && e.o.Documentation != nil {
		doc.Set(extension+"documentation", e.documentation())
	}
	return doc, e.err
}

func (e *exporter) fail(format string, args ...any) {
	if e.err == nil {
		e.err = fmt.Errorf(format, args...)
	}
}

func (e *exporter) info() *jsontree.Object {
	info := &jsontree.Object{}
	info.Set("title", e.api.Name)
	setText(info, "description", e.api.Description)
	info.Set("version", exportVersion(e.api))
	e.postman(info, "")
	return info
}

func exportVersion(api *definition.RestAPI) string {
	return cmp.Or(api.Version, api.CreatedDate.UTC().Format("2006-01-02T15:04:05Z"))
}

// postman gives an object the id under which Postman keeps it (unconfirmed: the service's own form is not known).
func (e *exporter) postman(o *jsontree.Object, of string) {
	if e.extensions["postman"] {
		id := sha256.Sum256([]byte("postman " + e.api.ID + " " + of))
		o.Set("x-postman-id", fmt.Sprintf("%x-%x-%x-%x-%x", id[:4], id[4:6], id[6:8], id[8:10], id[10:16]))
	}
}

// address says where the API answers. Recorded.
func (e *exporter) address(doc *jsontree.Object) {
	if !e.oas {
		setText(doc, "host", e.o.Host)
		doc.Set("basePath", "/"+e.o.StageName)
		doc.Set("schemes", list("https"))
		return
	}
	server := &jsontree.Object{}
	server.Set("url", "https://"+e.o.Host+"/{basePath}")
	if e.o.Host == "" {
		server.Set("url", "/{basePath}")
	}
	stage := object("default", e.o.StageName)
	server.Set("variables", object("basePath", stage))
	if endpoint := e.endpoint(); e.extensions["apigateway"] && endpoint.Len() > 0 {
		server.Set(extension+"endpoint-configuration", endpoint)
	}
	doc.Set("servers", &jsontree.Array{Items: []jsontree.Value{server}})
}

// parts writes models and security schemes. Recorded: 3.0 keeps empty components, 2.0 has no empty members.
func (e *exporter) parts(doc *jsontree.Object) {
	models, schemes := e.models(), e.securitySchemes()
	if !e.oas {
		setObject(doc, "securityDefinitions", schemes)
		setObject(doc, "definitions", models)
		return
	}
	components := &jsontree.Object{}
	setObject(components, "schemas", models)
	setObject(components, "securitySchemes", schemes)
	doc.Set("components", components)
}

// tags writes the API's tags but for those that belong to AWS.
func (e *exporter) tags(doc *jsontree.Object) {
	all := &jsontree.Array{}
	for _, name := range slices.Sorted(maps.Keys(e.api.Tags)) {
		if !strings.HasPrefix(name, "aws:") {
			tag := object("name", name)
			tag.Set(extension+"tag-value", e.api.Tags[name])
			all.Items = append(all.Items, tag)
		}
	}
	if e.extensions["apigateway"] && len(all.Items) > 0 {
		doc.Set("tags", all)
	}
}

// settings writes the extensions of the root that are one value each. What is the default is left out.
func (e *exporter) settings(doc *jsontree.Object) {
	api := e.api
	if api.APIKeySource != "HEADER" {
		setText(doc, extension+"api-key-source", api.APIKeySource)
	}
	if len(api.BinaryMediaTypes) > 0 {
		doc.Set(extension+"binary-media-types", list(api.BinaryMediaTypes...))
	}
	if !e.oas {
		setObject(doc, extension+"endpoint-configuration", e.endpoint())
	}
	if size := api.MinimumCompressionSize; size != nil {
		doc.Set(extension+"minimum-compression-size", jsontree.NumberOf(int64(*size)))
	}
	if api.Policy != "" {
		doc.Set(extension+"policy", treeOrText(api.Policy))
	}
	validators := &jsontree.Object{}
	for _, id := range validatorIDs(api) {
		v := api.RequestValidators[id]
		o := object("validateRequestParameters", v.ValidateRequestParameters)
		o.Set("validateRequestBody", v.ValidateRequestBody)
		validators.Set(e.validators[id], o)
	}
	setObject(doc, extension+"request-validators", validators)
	setText(doc, extension+"security-policy", api.SecurityPolicy)
	setText(doc, extension+"endpoint-access-mode", api.EndpointAccessMode)
}

// nameValidators gives every validator a name of its own: an API may have several of one name, a document may not.
func (e *exporter) nameValidators() {
	e.validators = map[string]string{}
	taken := map[string]bool{}
	for _, id := range validatorIDs(e.api) {
		name := unlike(taken, e.api.RequestValidators[id].Name)
		e.validators[id], taken[name] = name, true
	}
}

func validatorIDs(api *definition.RestAPI) []string {
	return byName(api.RequestValidators, func(v *definition.RequestValidator) string { return v.Name })
}

// endpoint writes what of the endpoint configuration is not the default: EDGE, ipv4 (dualstack if PRIVATE), enabled.
func (e *exporter) endpoint() *jsontree.Object {
	c, o := e.api.EndpointConfiguration, &jsontree.Object{}
	if e.api.DisableExecuteAPIEndpoint {
		o.Set("disableExecuteApiEndpoint", true)
	}
	if len(c.VPCEndpointIDs) > 0 {
		o.Set("vpcEndpointIds", list(c.VPCEndpointIDs...))
	}
	usual := "ipv4"
	if len(c.Types) > 0 && c.Types[0] != "EDGE" {
		o.Set("types", list(c.Types...))
		if c.Types[0] == "PRIVATE" {
			usual = "dualstack"
		}
	}
	if c.IPAddressType != usual {
		setText(o, "ipAddressType", c.IPAddressType)
	}
	return o
}

func (e *exporter) documentation() *jsontree.Object {
	version := e.o.Documentation
	o := &jsontree.Object{}
	setText(o, "version", version.Version)
	if !version.CreatedDate.IsZero() {
		o.Set("createdDate", version.CreatedDate.UTC().Format(time.RFC3339))
	}
	parts := &jsontree.Array{}
	for _, p := range version.Parts {
		at := &jsontree.Object{}
		for _, field := range []string{"type", "path", "method", "statusCode", "name"} {
			setText(at, field, p.Location[field])
		}
		part := object("location", at)
		part.Set("properties", treeOrText(p.Properties))
		parts.Items = append(parts.Items, part)
	}
	o.Set("documentationParts", parts)
	return o
}

// errNotExportable is for schemas that are no JSON although they say so.
var errNotExportable = errors.New("is not a JSON object")
