package restapis

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"github.com/gatehouse-gateway/gatehouse/internal/control/apigateway/state"
	"github.com/gatehouse-gateway/gatehouse/internal/control/apigateway/wire"
	"github.com/gatehouse-gateway/gatehouse/internal/definition"
	"github.com/gatehouse-gateway/gatehouse/internal/engine"
	"github.com/gatehouse-gateway/gatehouse/internal/store"
)

// Texts of CreateRestApi and UpdateRestApi. Spec: control-plane 8.1, recorded.
const (
	badCompression   = "Invalid minimum compression size, must be between 0 and 10485760"
	onlyDualstack    = "Only dualstack ipAddressType is supported for Private APIs."
	maxCompression   = 10 << 20 // bytes
	private          = "PRIVATE"
	addressIPv4      = "ipv4"
	addressDual      = "dualstack"
	sourceHeader     = "HEADER"
	blankName        = "Rest API name cannot be blank" // (unconfirmed)
	emptyDescription = "Description cannot be an empty string"
)

func (o *Operations) createRestAPI(ctx context.Context, in *wire.CreateRestApiRequest) (*wire.RestApi, error) {
	scope, err := state.ScopeOf(ctx)
	if err != nil {
		return nil, err
	}
	if err := checkNewAPI(in); err != nil {
		return nil, err
	}
	doc := &document{AccountID: scope.AccountID, Region: scope.Region, API: o.newAPI()}
	if from := wire.Value(in.CloneFrom); from != "" {
		if err := o.clone(ctx, from, doc.API); err != nil {
			return nil, err
		}
	}
	if err := o.settle(scope, doc.API, in); err != nil {
		return nil, err
	}
	if err := o.state.Insert(ctx, scope, doc); err != nil {
		return nil, err
	}
	return RestAPI(doc), nil
}

// newAPI is an API as the service makes it: a root resource and two models. Spec: control-plane 8.1, recorded.
func (o *Operations) newAPI() *definition.RestAPI {
	api := &definition.RestAPI{CreatedDate: o.state.Now().UTC(), APIKeySource: sourceHeader}
	root := wire.NewID(wire.APIIDLength)
	api.Resources = map[string]*definition.Resource{root: {ID: root, Path: "/"}}
	api.Models = map[string]*definition.Model{
		"Empty": {
			ID: wire.NewID(wire.ShortIDLength), Name: "Empty", ContentType: "application/json", Description: "This is a default empty schema model",
			Schema: "{\n  \"$schema\": \"http://json-schema.org/draft-04/schema#\",\n  \"title\" : \"Empty Schema\",\n  \"type\" : \"object\"\n}",
		},
		"Error": {
			ID: wire.NewID(wire.ShortIDLength), Name: "Error", ContentType: "application/json", Description: "This is a default error schema model",
			Schema: "{\n  \"$schema\" : \"http://json-schema.org/draft-04/schema#\",\n  \"title\" : \"Error Schema\",\n  \"type\" : \"object\",\n  \"properties\" : {\n    \"message\" : { \"type\" : \"string\" }\n  }\n}",
		},
	}
	return api
}

// checkNewAPI checks what does not depend on anything else, in the service's order. Spec: control-plane 8.1, recorded.
func checkNewAPI(in *wire.CreateRestApiRequest) error {
	switch {
	case wire.Value(in.Name) == "":
		return wire.BadRequest(blankName)
	case in.Description != nil && *in.Description == "":
		return wire.BadRequest(emptyDescription)
	case in.MinimumCompressionSize != nil && (*in.MinimumCompressionSize < 0 || *in.MinimumCompressionSize > maxCompression):
		return wire.BadRequest(badCompression)
	}
	if e := in.EndpointConfiguration; e != nil && e.Types != nil {
		switch {
		case len(e.Types) == 0:
			return wire.BadRequest("REGIONAL Configuration and EDGE Configuration cannot be both DISABLED.")
		case len(e.Types) > 1:
			return wire.BadRequest("Cannot create an api with multiple Endpoint Types.")
		case e.Types[0] == private && wire.Value(e.IpAddressType) == addressIPv4:
			return wire.BadRequest(onlyDualstack)
		}
	}
	return wire.CheckTags(in.Tags)
}

// settle takes over what the request says.
func (o *Operations) settle(scope state.Scope, api *definition.RestAPI, in *wire.CreateRestApiRequest) error {
	api.Name = *in.Name
	api.Description = cmp.Or(wire.Value(in.Description), api.Description)
	api.Version = cmp.Or(wire.Value(in.Version), api.Version)
	api.APIKeySource = cmp.Or(wire.Value(in.ApiKeySource), api.APIKeySource)
	if in.BinaryMediaTypes != nil {
		api.BinaryMediaTypes = in.BinaryMediaTypes
	}
	if in.MinimumCompressionSize != nil {
		api.MinimumCompressionSize = wire.Ptr(int(*in.MinimumCompressionSize))
	}
	if in.DisableExecuteApiEndpoint != nil {
		api.DisableExecuteAPIEndpoint = *in.DisableExecuteApiEndpoint
	}
	if in.EndpointConfiguration != nil {
		api.EndpointConfiguration = definition.EndpointConfiguration{
			Types: in.EndpointConfiguration.Types, VPCEndpointIDs: in.EndpointConfiguration.VpcEndpointIds,
			IPAddressType: wire.Value(in.EndpointConfiguration.IpAddressType),
		}
	}
	CompleteEndpoint(&api.EndpointConfiguration)
	api.SecurityPolicy, api.EndpointAccessMode = wire.Value(in.SecurityPolicy), wire.Value(in.EndpointAccessMode)
	api.Tags = wire.NonEmptyMap(in.Tags)
	if err := o.checkBinaryTypes(api); err != nil {
		return err
	}
	api.ID = wire.NewID(wire.APIIDLength)
	return o.setPolicy(scope, api, wire.Value(in.Policy))
}

// CompleteEndpoint gives an endpoint configuration its defaults.
func CompleteEndpoint(e *definition.EndpointConfiguration) {
	if len(e.Types) == 0 {
		e.Types = []string{"EDGE"}
	}
	if e.IPAddressType == "" {
		e.IPAddressType = addressIPv4
		if e.Types[0] == private {
			e.IPAddressType = addressDual
		}
	}
}

func (o *Operations) checkBinaryTypes(api *definition.RestAPI) error {
	if most := o.state.Limits.BinaryMediaTypes; int64(len(api.BinaryMediaTypes)) > most {
		return wire.LimitExceeded("Maximum number of binary media types for this API has been reached. The limit is %d.", most)
	}
	return nil
}

// clone copies the draft of another API; tags are not copied (unconfirmed).
func (o *Operations) clone(ctx context.Context, from string, api *definition.RestAPI) error {
	source, err := o.state.API(ctx, &from, nil)
	if err != nil {
		return err
	}
	copied, err := store.Clone(source.API)
	if err != nil {
		return err
	}
	copied.CreatedDate, copied.Tags, copied.Warnings = api.CreatedDate, nil, nil
	*api = *copied
	return nil
}

func (o *Operations) getRestAPI(ctx context.Context, in *wire.GetRestApiRequest) (*wire.RestApi, error) {
	doc, err := o.state.API(ctx, in.RestApiId, nil)
	if err != nil {
		return nil, err
	}
	return tagged(doc), nil
}

func (o *Operations) getRestAPIs(ctx context.Context, in *wire.GetRestApisRequest) (*wire.RestApis, error) {
	scope, err := state.ScopeOf(ctx)
	if err != nil {
		return nil, err
	}
	all, err := o.state.Summaries.All(ctx, scope.Prefix())
	if err != nil {
		return nil, err
	}
	page, next, err := wire.Page(all, func(i store.Item[document]) string { return i.Key }, in.Limit, in.Position)
	if err != nil {
		return nil, err
	}
	out := &wire.RestApis{Items: make([]wire.RestApi, len(page)), Position: next}
	for i, item := range page {
		out.Items[i] = *RestAPI(item.Value)
	}
	return out, nil
}

// RestAPI is an API as CreateRestApi and GetRestApis show it: without tags when there are none.
func RestAPI(doc *definition.RestAPIDocument) *wire.RestApi {
	api := doc.API
	endpoint := api.EndpointConfiguration
	CompleteEndpoint(&endpoint)
	out := &wire.RestApi{
		Id: &api.ID, Name: &api.Name, Description: wire.NonZero(api.Description), CreatedDate: wire.Time(api.CreatedDate),
		Version: wire.NonZero(api.Version), Warnings: wire.NonEmpty(api.Warnings), BinaryMediaTypes: wire.NonEmpty(api.BinaryMediaTypes),
		ApiKeySource: wire.Ptr(cmp.Or(api.APIKeySource, sourceHeader)), Tags: wire.NonEmptyMap(api.Tags),
		EndpointConfiguration: &wire.EndpointConfiguration{
			Types: endpoint.Types, IpAddressType: &endpoint.IPAddressType, VpcEndpointIds: wire.NonEmpty(endpoint.VPCEndpointIDs),
		},
		DisableExecuteApiEndpoint: &api.DisableExecuteAPIEndpoint, Policy: shownPolicy(api.Policy),
		SecurityPolicy: wire.NonZero(api.SecurityPolicy), EndpointAccessMode: wire.NonZero(api.EndpointAccessMode),
	}
	if api.MinimumCompressionSize != nil {
		out.MinimumCompressionSize = wire.Int(*api.MinimumCompressionSize)
	}
	if root := api.Root(); root != nil {
		out.RootResourceId = &root.ID
	}
	return out
}

// tagged is an API as GetRestApi, UpdateRestApi and PutRestApi show it.
func tagged(doc *definition.RestAPIDocument) *wire.RestApi {
	out := RestAPI(doc)
	out.Tags = wire.Always(out.Tags)
	return out
}

func (o *Operations) updateRestAPI(ctx context.Context, in *wire.UpdateRestApiRequest) (*wire.RestApi, error) {
	doc, err := o.state.ChangeAPI(ctx, in.RestApiId, nil, func(d *document) error {
		p := &restAPIPatch{RestAPI: d.API, scope: state.Scope{AccountID: d.AccountID, Region: d.Region}, o: o}
		if err := patchRestAPI.Apply(p, in.PatchOperations); err != nil {
			return err
		}
		return o.checkBinaryTypes(d.API)
	})
	if err != nil {
		return nil, err
	}
	return tagged(doc), nil
}

func (o *Operations) deleteRestAPI(ctx context.Context, in *wire.DeleteRestApiRequest) (*wire.None, error) {
	scope, err := state.ScopeOf(ctx)
	if err != nil {
		return nil, err
	}
	doc, err := o.state.API(ctx, in.RestApiId, nil)
	if err != nil {
		return nil, err
	}
	if err := o.state.CheckUnmapped(ctx, scope, doc.API.ID); err != nil {
		return nil, err
	}
	err = o.state.APIs.Delete(ctx, scope.Key(doc.API.ID), nil)
	if errors.Is(err, engine.ErrNotFound) {
		return nil, scope.ErrNoAPI(doc.API.ID)
	}
	if err != nil {
		return nil, err
	}
	if err := o.state.Detach(ctx, scope, doc.API.ID, ""); err != nil {
		return nil, err
	}
	o.state.Live(ctx, doc)
	return nil, nil
}

// restAPIPatch is an API that is patched.
type restAPIPatch struct {
	*definition.RestAPI
	scope state.Scope
	o     *Operations
}

// patchRestAPI is the table of control-plane 7.19.
var patchRestAPI = wire.Table[restAPIPatch]{Family: wire.Plain, Rows: []wire.Row[restAPIPatch]{
	{Path: "/name", Replace: func(p *restAPIPatch, op wire.Op) error {
		if op.Text() == "" {
			return wire.BadRequest(blankName)
		}
		p.Name = op.Text()
		return nil
	}},
	{
		Path: "/description", Replace: wire.Text(func(p *restAPIPatch) *string { return &p.Description }),
		Remove: func(p *restAPIPatch, _ wire.Op) error { p.Description = ""; return nil },
	},
	{Path: "/version", Replace: wire.Text(func(p *restAPIPatch) *string { return &p.Version })},
	{Path: "/apiKeySource", Replace: wire.OneOf("apiKeySource", []string{sourceHeader, "AUTHORIZER"}, func(p *restAPIPatch) *string { return &p.APIKeySource })},
	{
		Path:    "/policy",
		Replace: func(p *restAPIPatch, op wire.Op) error { return p.o.setPolicy(p.scope, p.RestAPI, op.Text()) },
		Remove:  func(p *restAPIPatch, _ wire.Op) error { p.Policy = ""; return nil },
	},
	{Path: "/binaryMediaTypes/*", Add: addBinaryType, Replace: replaceBinaryType, Remove: removeBinaryType},
	{Path: "/minimumCompressionSize", Replace: replaceCompression},
	{Path: "/disableExecuteApiEndpoint", Replace: wire.Truth(func(p *restAPIPatch) *bool { return &p.DisableExecuteAPIEndpoint })},
	{Path: "/endpointConfiguration/types/*", Replace: replaceEndpointType, Refusal: "Invalid patch operation specified. Must be 'add'|'remove'|'replace'"},
	{Path: "/endpointConfiguration/ipAddressType", Replace: replaceAddressType},
	{Path: "/endpointConfiguration/vpcEndpointIds", Add: addVPCEndpoint, Remove: removeVPCEndpoint},
	{Path: "/securityPolicy", Replace: wire.OneOf("securityPolicy", securityPolicies, func(p *restAPIPatch) *string { return &p.SecurityPolicy })},
	{Path: "/endpointAccessMode", Replace: wire.OneOf("endpointAccessMode", []string{"BASIC", "STRICT"}, func(p *restAPIPatch) *string { return &p.EndpointAccessMode })},
}}

// securityPolicies are the TLS policies of the service's model.
var securityPolicies = []string{
	"TLS_1_0", "TLS_1_2", "SecurityPolicy_TLS13_1_3_2025_09", "SecurityPolicy_TLS13_1_3_FIPS_2025_09", "SecurityPolicy_TLS13_1_2_PFS_PQ_2025_09",
	"SecurityPolicy_TLS13_1_2_FIPS_PQ_2025_09", "SecurityPolicy_TLS13_1_2_FIPS_PFS_PQ_2025_09", "SecurityPolicy_TLS13_1_2_PQ_2025_09",
	"SecurityPolicy_TLS13_1_2_2021_06", "SecurityPolicy_TLS13_2025_EDGE", "SecurityPolicy_TLS12_PFS_2025_EDGE", "SecurityPolicy_TLS12_2018_EDGE",
}

func addBinaryType(p *restAPIPatch, op wire.Op) error {
	if !slices.Contains(p.BinaryMediaTypes, op.Last()) {
		p.BinaryMediaTypes = append(p.BinaryMediaTypes, op.Last())
	}
	return nil
}

// replaceBinaryType removes the type of the path and adds the value at the end. Recorded.
func replaceBinaryType(p *restAPIPatch, op wire.Op) error {
	if err := removeBinaryType(p, op); err != nil {
		return err
	}
	if v := op.Text(); v != "" && !slices.Contains(p.BinaryMediaTypes, v) {
		p.BinaryMediaTypes = append(p.BinaryMediaTypes, v)
	}
	return nil
}

func removeBinaryType(p *restAPIPatch, op wire.Op) error {
	p.BinaryMediaTypes = slices.DeleteFunc(p.BinaryMediaTypes, func(t string) bool { return t == op.Last() })
	return nil
}

// replaceCompression switches compression off when there is no value.
func replaceCompression(p *restAPIPatch, op wire.Op) error {
	if op.Text() == "" {
		p.MinimumCompressionSize = nil
		return nil
	}
	n, err := op.Int(badCompression)
	if err != nil {
		return err
	}
	if n < 0 || n > maxCompression {
		return wire.BadRequest(badCompression)
	}
	p.MinimumCompressionSize = &n
	return nil
}

func replaceEndpointType(p *restAPIPatch, op wire.Op) error {
	if !slices.Contains([]string{"REGIONAL", "EDGE", private}, op.Text()) {
		return wire.BadRequest("Invalid EndpointTypes specified. Valid options are REGIONAL,EDGE,PRIVATE")
	}
	p.EndpointConfiguration.Types = []string{op.Text()}
	if op.Text() == private {
		p.EndpointConfiguration.IPAddressType = addressDual
	}
	return nil
}

func replaceAddressType(p *restAPIPatch, op wire.Op) error {
	e := &p.EndpointConfiguration
	CompleteEndpoint(e)
	switch {
	case op.Text() != addressIPv4 && op.Text() != addressDual:
		return wire.BadRequest("ipAddressType must be either ipv4 or dualstack.")
	case op.Text() == addressIPv4 && slices.Contains(e.Types, private):
		return wire.BadRequest(onlyDualstack)
	}
	e.IPAddressType = op.Text()
	return nil
}

func addVPCEndpoint(p *restAPIPatch, op wire.Op) error {
	e := &p.EndpointConfiguration
	if op.Text() == "" {
		return wire.BadRequest("Invalid VPC endpoint id specified")
	}
	if !slices.Contains(e.VPCEndpointIDs, op.Text()) {
		e.VPCEndpointIDs = append(e.VPCEndpointIDs, op.Text())
	}
	return nil
}

func removeVPCEndpoint(p *restAPIPatch, op wire.Op) error {
	e := &p.EndpointConfiguration
	e.VPCEndpointIDs = slices.DeleteFunc(e.VPCEndpointIDs, func(id string) bool { return id == op.Text() })
	return nil
}
