package openapi

import (
	"path/filepath"
	"slices"
	"strings"

	"github.com/gatehouse-gateway/gatehouse/internal/definition"
	"github.com/gatehouse-gateway/gatehouse/jsontree"
)

// info reads the names of the API, and with them its id. False: there are none, and nothing can be made.
func (im *importer) info() bool {
	info := im.object(im.doc.get("info"))
	if info == nil {
		im.addf(im.doc, InvalidInput+" info is missing")
		return false
	}
	im.api.Name = im.str(info.get("title"))
	im.api.Description = im.str(info.get("description"))
	im.api.Version = im.str(info.get("version"))
	im.api.Origin = im.doc.origin()
	if im.api.Name == "" {
		im.addf(info, "Rest API name cannot be blank")
	}
	im.ids = newIDs(im.options.APIID, im.options.Seed, im.api.Name, filepath.Base(im.doc.file.name))
	im.api.ID = im.ids.api
	im.resource(nil, "", "/", im.doc)
	return true
}

// endpoint reads x-amazon-apigateway-endpoint-configuration: of the root in 2.0, of a server in 3.0; we take both
// in either (unconfirmed).
func (im *importer) endpoint() {
	nodes := []*node{im.doc.get(extension + "endpoint-configuration")}
	if servers := im.doc.get("servers"); servers != nil && servers.kind == sequence {
		for _, s := range servers.items {
			nodes = append(nodes, s.get(extension+"endpoint-configuration"))
		}
	}
	for _, n := range nodes {
		if n = im.object(n); n != nil {
			im.endpointConfiguration(n)
		}
	}
	if types := im.options.EndpointTypes; types != nil {
		im.api.EndpointConfiguration.Types = types
		im.checkEndpoint(im.doc)
	}
}

func (im *importer) endpointConfiguration(n *node) {
	im.only(n, "an endpoint configuration", "disableExecuteApiEndpoint", "vpcEndpointIds", "types", "ipAddressType")
	c := &im.api.EndpointConfiguration
	c.Origin = n.origin()
	if d := n.get("disableExecuteApiEndpoint"); d != nil {
		im.api.DisableExecuteAPIEndpoint, im.saysDisabled = im.flag(d), true
	}
	if ids := n.get("vpcEndpointIds"); ids != nil {
		c.VPCEndpointIDs = im.strings(ids)
	}
	c.IPAddressType = im.word(n.get("ipAddressType"), "an address type", "ipv4", "dualstack")
	types := n.get("types")
	if types == nil {
		return
	}
	for _, t := range im.strings(types) {
		if t = strings.ToUpper(t); !slices.Contains(endpointTypes, t) {
			im.addf(types, "%q is not an endpoint type: EDGE, REGIONAL, PRIVATE", t)
			continue
		}
		c.Types = append(c.Types, t)
	}
	if len(c.Types) == len(types.items) && im.options.EndpointTypes == nil {
		im.checkEndpoint(types)
	}
}

// checkEndpoint applies the rules for endpoint types; n is where they were written. Spec: control-plane 8.1, recorded.
func (im *importer) checkEndpoint(n *node) {
	c := im.api.EndpointConfiguration
	switch {
	case len(c.Types) == 0:
		im.addf(n, "REGIONAL Configuration and EDGE Configuration cannot be both DISABLED.")
	case len(c.Types) > 1:
		im.addf(n, "Cannot create an api with multiple Endpoint Types.")
	case c.Types[0] == "PRIVATE" && c.IPAddressType == "ipv4":
		im.addf(n, "Only dualstack ipAddressType is supported for Private APIs.")
	}
}

// maxCompression is the largest minimumCompressionSize, in bytes. Spec: rest-api 18.
const maxCompression = 10 << 20

// settings reads the extensions of the root that are one value each.
func (im *importer) settings() {
	d := im.doc
	im.api.APIKeySource = im.word(d.get(extension+"api-key-source"), "an API key source", "HEADER", "AUTHORIZER")
	im.api.SecurityPolicy = im.str(d.get(extension + "security-policy"))
	im.api.EndpointAccessMode = im.word(d.get(extension+"endpoint-access-mode"), "an endpoint access mode", "BASIC", "STRICT")
	if n := d.get(extension + "binary-media-types"); n != nil {
		im.api.BinaryMediaTypes = im.strings(n)
		if most := im.options.Limits.BinaryMediaTypes; int64(len(im.api.BinaryMediaTypes)) > most {
			im.addf(n, "an API has at most %d binary media types, not %d", most, len(im.api.BinaryMediaTypes))
		}
	}
	if n := d.get(extension + "minimum-compression-size"); n != nil && n.kind != null {
		im.compression(n)
	}
	if n := d.get(extension + "policy"); n != nil {
		im.policy(n)
	}
	if d.get(extension+"cors") != nil {
		im.warnf(d.get(extension+"cors"), "works in HTTP APIs only and has no effect")
	}
	im.tags()
}

func (im *importer) compression(n *node) {
	before := len(im.problems)
	size, ok := im.whole(n)
	if !ok || size < 0 || size > maxCompression {
		im.problems = im.problems[:before]
		im.addf(n, "Invalid minimum compression size, must be between 0 and %d", maxCompression)
		return
	}
	im.api.MinimumCompressionSize = &size
}

func (im *importer) policy(n *node) {
	policy := im.json(n)
	v, err := jsontree.ParseString(policy, jsontree.Limits{})
	doc, ok := v.(*jsontree.Object)
	if err != nil || !ok {
		im.addf(n, "Invalid policy document. Please check the policy syntax and ensure that Principals are valid.")
		return
	}
	im.expandResources(doc)
	im.api.Policy = string(jsontree.Append(nil, doc))
	im.api.PolicyOrigin = n.origin()
	if most := im.options.Limits.ResourcePolicy; int64(len(im.api.Policy)) > most {
		im.addf(n, "the resource policy has %d characters; at most %d are possible", len(im.api.Policy), most)
	}
}

// expandResources writes resources such as execute-api:/stage/GET/pets as ARNs. Spec: control-plane 8.1.
func (im *importer) expandResources(policy *jsontree.Object) {
	statements, _ := policy.Get("Statement")
	list, ok := statements.(*jsontree.Array)
	if !ok {
		list = &jsontree.Array{Items: []jsontree.Value{statements}}
	}
	o := im.options
	full := "arn:" + o.Partition + ":execute-api:" + o.Region + ":" + o.AccountID + ":" + im.api.ID + "/"
	expand := func(v jsontree.Value) jsontree.Value {
		if s, ok := v.(string); ok && strings.HasPrefix(s, "execute-api:/") {
			return full + strings.TrimPrefix(s, "execute-api:/")
		}
		return v
	}
	for _, s := range list.Items {
		statement, ok := s.(*jsontree.Object)
		if !ok {
			continue
		}
		for _, name := range []string{"Resource", "NotResource"} {
			v, found := statement.Get(name)
			if many, ok := v.(*jsontree.Array); ok {
				for i := range many.Items {
					many.Items[i] = expand(many.Items[i])
				}
			} else if found {
				statement.Set(name, expand(v))
			}
		}
	}
}

// tags reads x-amazon-apigateway-tag-value of the document's tags.
func (im *importer) tags() {
	tags := im.doc.get("tags")
	if tags == nil || tags.kind != sequence {
		return
	}
	for _, t := range tags.items {
		if v := t.get(extension + "tag-value"); v != nil {
			if im.api.Tags == nil {
				im.api.Tags = map[string]string{}
			}
			im.api.Tags[im.str(t.get("name"))] = im.str(v)
		}
	}
}

// requestValidators reads the validators and which of them is the default.
func (im *importer) requestValidators() {
	for _, m := range im.named(im.doc.get(extension + "request-validators")) {
		n := im.object(m.value)
		if n == nil {
			continue
		}
		im.only(n, "a request validator", "validateRequestBody", "validateRequestParameters")
		v := &definition.RequestValidator{
			ID: im.ids.of(idLength, "validator", m.name), Name: m.name,
			ValidateRequestBody:       im.flag(n.get("validateRequestBody")),
			ValidateRequestParameters: im.flag(n.get("validateRequestParameters")),
			Origin:                    m.value.origin(),
		}
		im.validators[m.name] = v.ID
		im.api.RequestValidators[v.ID] = v
	}
	im.defaultValidator = im.validator(im.doc.get(extension + "request-validator"))
}

// validator returns the id of the validator that n names, or "".
func (im *importer) validator(n *node) string {
	name := im.str(n)
	if name == "" {
		return ""
	}
	id, ok := im.validators[name]
	if !ok && !im.full() {
		var known []string
		for _, v := range im.api.RequestValidators {
			known = append(known, v.Name)
		}
		slices.Sort(known)
		im.addf(n, "Invalid Request Validator identifier specified: there is no validator %q%s", name, didYouMean(name, known))
	}
	return id
}
