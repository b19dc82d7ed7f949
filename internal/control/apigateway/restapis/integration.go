package restapis

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/gatehouse-gateway/gatehouse/internal/control/apigateway/wire"
	"github.com/gatehouse-gateway/gatehouse/internal/definition"
	"github.com/gatehouse-gateway/gatehouse/internal/openapi"
)

// Bounds and defaults of integrations. Spec: control-plane 8.5.
const (
	minTimeout     = 50    // milliseconds
	defaultTimeout = 29000 // milliseconds
	whenNoMatch    = "WHEN_NO_MATCH"
	stream         = "STREAM"
	vpcLink        = "VPC_LINK"
	mock           = "MOCK"
)

var passthroughBehaviors = []string{whenNoMatch, "WHEN_NO_TEMPLATES", "NEVER"}

// putIntegration replaces the whole integration, with its responses (unconfirmed).
func (o *Operations) putIntegration(ctx context.Context, in *wire.PutIntegrationRequest) (*wire.Integration, error) {
	var out *definition.Integration
	_, err := o.state.ChangeAPI(ctx, in.RestApiId, errNoResource, func(d *document) error {
		r, m, err := findMethod(d, in.ResourceId, in.HttpMethod)
		if err != nil {
			return err
		}
		out = &definition.Integration{
			Type: *in.Type, HTTPMethod: wire.Value(in.IntegrationHttpMethod), URI: wire.Value(in.Uri), Credentials: wire.Value(in.Credentials),
			ConnectionType: wire.Value(in.ConnectionType), ConnectionID: wire.Value(in.ConnectionId),
			RequestParameters: wire.NonEmptyMap(in.RequestParameters), RequestTemplates: wire.NonEmptyMap(in.RequestTemplates),
			PassthroughBehavior: cmp.Or(wire.Value(in.PassthroughBehavior), whenNoMatch), ContentHandling: wire.Value(in.ContentHandling),
			TimeoutInMillis: cmp.Or(int(wire.Value(in.TimeoutInMillis)), defaultTimeout), CacheNamespace: cmp.Or(wire.Value(in.CacheNamespace), r.ID),
			CacheKeyParameters: in.CacheKeyParameters, ResponseTransferMode: wire.Value(in.ResponseTransferMode),
			IntegrationTarget: wire.Value(in.IntegrationTarget),
		}
		if in.TlsConfig != nil {
			out.TLSConfig = &definition.TLSConfig{InsecureSkipVerification: wire.Value(in.TlsConfig.InsecureSkipVerification)}
		}
		m.Integration = out
		return o.checkIntegration(m)
	})
	if err != nil {
		return nil, err
	}
	return integration(out), nil
}

// checkIntegration checks an integration, and drops what its type does not have. Spec: control-plane 8.5.
func (o *Operations) checkIntegration(m *definition.Method) error {
	i := m.Integration
	overHTTP := strings.HasPrefix(i.Type, "HTTP")
	switch {
	case i.Type == mock:
		i.URI, i.ConnectionType, i.ConnectionID = "", "", ""
	case i.HTTPMethod == "":
		return wire.BadRequest("Enumeration value for HttpMethod must be non-empty")
	default:
		if wrong := openapi.CheckURI(i); wrong != "" {
			return wire.BadRequest("%s", wrong)
		}
	}
	switch {
	case i.HTTPMethod != "" && !slices.Contains(verbs, i.HTTPMethod):
		return wire.BadRequest("Invalid HttpMethod specified. Valid options are %s", join(verbs))
	case i.ConnectionType == vpcLink && !overHTTP && i.Type != mock:
		return wire.BadRequest("ConnectionType VPC_LINK is supported for integrations of type HTTP and HTTP_PROXY only") // (unconfirmed)
	case i.ConnectionType == vpcLink && i.ConnectionID == "":
		return wire.BadRequest("ConnectionId is required for integrations with connectionType VPC_LINK") // (unconfirmed)
	case !overHTTP:
		i.ConnectionType = "" // only HTTP types show one. Recorded.
	case i.ConnectionType == "":
		i.ConnectionType = "INTERNET"
	}
	if i.ResponseTransferMode == stream && !strings.HasSuffix(i.Type, "_PROXY") {
		return wire.BadRequest("ResponseTransferMode STREAM is supported for integrations of type HTTP_PROXY and AWS_PROXY only") // (unconfirmed)
	}
	if !slices.Contains(passthroughBehaviors, i.PassthroughBehavior) {
		return wire.BadRequest("Invalid PassthroughBehavior specified. Valid options are %s", join(passthroughBehaviors))
	}
	if err := o.checkTimeout(i); err != nil {
		return err
	}
	return o.checkMappings(m)
}

func (o *Operations) checkTimeout(i *definition.Integration) error {
	most := int(o.state.Limits.IntegrationTimeout)
	if i.ResponseTransferMode == stream {
		most = int(o.state.Limits.StreamDuration)
	}
	if i.TimeoutInMillis < minTimeout || i.TimeoutInMillis > most {
		return wire.BadRequest("Timeout should be between %d ms and %d ms", minTimeout, most) // (unconfirmed)
	}
	return nil
}

// checkMappings checks parameter mappings, templates and cache keys of an integration request.
func (o *Operations) checkMappings(m *definition.Method) error {
	i := m.Integration
	for _, target := range slices.Sorted(maps.Keys(i.RequestParameters)) {
		if wrong := openapi.CheckRequestMapping(m, target, i.RequestParameters[target]); wrong != "" {
			return wire.BadRequest("%s", wrong)
		}
	}
	for _, key := range i.CacheKeyParameters {
		_, ofMethod := m.RequestParameters[key]
		_, ofIntegration := i.RequestParameters[key]
		if !ofMethod && !ofIntegration {
			return wire.BadRequest("Invalid cache key parameter specified")
		}
	}
	return o.checkTemplates(i.RequestTemplates)
}

// checkTemplates checks the media types and sizes of mapping templates. A template that does not parse is stored, and
// fails when it runs, as on the service.
func (o *Operations) checkTemplates(templates map[string]string) error {
	for _, media := range slices.Sorted(maps.Keys(templates)) {
		if wrong := openapi.CheckMediaType(media); wrong != "" {
			return wire.BadRequest("%s", wrong)
		}
		if most := o.state.Limits.MappingTemplate; int64(len(templates[media])) > most {
			return wire.BadRequest("The mapping template for %s is larger than %d bytes", media, most)
		}
	}
	return nil
}

func (o *Operations) getIntegration(ctx context.Context, in *wire.GetIntegrationRequest) (*wire.Integration, error) {
	doc, err := o.state.API(ctx, in.RestApiId, errNoResource)
	if err != nil {
		return nil, err
	}
	_, i, err := findIntegration(doc, in.ResourceId, in.HttpMethod)
	if err != nil {
		return nil, err
	}
	return integration(i), nil
}

// integration is an integration as the service shows it.
func integration(i *definition.Integration) *wire.Integration {
	out := &wire.Integration{
		Type: &i.Type, HttpMethod: wire.NonZero(i.HTTPMethod), Uri: wire.NonZero(i.URI), ConnectionType: wire.NonZero(i.ConnectionType),
		ConnectionId: wire.NonZero(i.ConnectionID), Credentials: wire.NonZero(i.Credentials),
		RequestParameters: wire.NonEmptyMap(i.RequestParameters), RequestTemplates: wire.NonEmptyMap(i.RequestTemplates),
		PassthroughBehavior: wire.Ptr(cmp.Or(i.PassthroughBehavior, whenNoMatch)), ContentHandling: wire.NonZero(i.ContentHandling),
		TimeoutInMillis: wire.Int(cmp.Or(i.TimeoutInMillis, defaultTimeout)), CacheNamespace: wire.NonZero(i.CacheNamespace),
		CacheKeyParameters: append([]string{}, i.CacheKeyParameters...), ResponseTransferMode: wire.NonZero(i.ResponseTransferMode),
		IntegrationTarget: wire.NonZero(i.IntegrationTarget),
	}
	if i.TLSConfig != nil {
		out.TlsConfig = &wire.TlsConfig{InsecureSkipVerification: &i.TLSConfig.InsecureSkipVerification}
	}
	if len(i.Responses) > 0 {
		out.IntegrationResponses = make(map[string]wire.IntegrationResponse, len(i.Responses))
		for status, r := range i.Responses {
			out.IntegrationResponses[status] = *integrationResponse(r)
		}
	}
	return out
}

func (o *Operations) deleteIntegration(ctx context.Context, in *wire.DeleteIntegrationRequest) (*wire.None, error) {
	_, err := o.state.ChangeAPI(ctx, in.RestApiId, errNoResource, func(d *document) error {
		m, _, err := findIntegration(d, in.ResourceId, in.HttpMethod)
		if err != nil {
			return err
		}
		m.Integration = nil
		return nil
	})
	return nil, err
}

func (o *Operations) updateIntegration(ctx context.Context, in *wire.UpdateIntegrationRequest) (*wire.Integration, error) {
	var out *definition.Integration
	_, err := o.state.ChangeAPI(ctx, in.RestApiId, errNoResource, func(d *document) error {
		m, i, err := findIntegration(d, in.ResourceId, in.HttpMethod)
		if err != nil {
			return err
		}
		if err := patchIntegration.Apply(i, in.PatchOperations); err != nil {
			return err
		}
		out = i
		return o.checkIntegration(m)
	})
	if err != nil {
		return nil, err
	}
	return integration(out), nil
}

type integrationDef = definition.Integration

// patchIntegration is the table of control-plane 7.11.
var patchIntegration = wire.Table[integrationDef]{Family: wire.Plain, Rows: []wire.Row[integrationDef]{
	textMap("/requestParameters/*", func(i *integrationDef) *map[string]string { return &i.RequestParameters }),
	textMap("/requestTemplates/*", func(i *integrationDef) *map[string]string { return &i.RequestTemplates }),
	{
		Path: "/cacheKeyParameters/*",
		Add: func(i *integrationDef, op wire.Op) error {
			if !slices.Contains(i.CacheKeyParameters, op.Last()) {
				i.CacheKeyParameters = append(i.CacheKeyParameters, op.Last())
			}
			return nil
		},
		Remove: func(i *integrationDef, op wire.Op) error {
			i.CacheKeyParameters = slices.DeleteFunc(i.CacheKeyParameters, func(k string) bool { return k == op.Last() })
			return nil
		},
	},
	{Path: "/cacheNamespace", Replace: wire.Text(func(i *integrationDef) *string { return &i.CacheNamespace })},
	{Path: "/uri", Replace: wire.Text(func(i *integrationDef) *string { return &i.URI })},
	{Path: "/httpMethod", Replace: wire.Text(func(i *integrationDef) *string { return &i.HTTPMethod })},
	{Path: "/credentials", Replace: wire.Text(func(i *integrationDef) *string { return &i.Credentials })},
	{Path: "/passthroughBehavior", Replace: wire.Text(func(i *integrationDef) *string { return &i.PassthroughBehavior })},
	{Path: "/contentHandling", Replace: replaceContentHandling(func(i *integrationDef) *string { return &i.ContentHandling })},
	{Path: "/connectionType", Replace: wire.OneOf("connectionType", []string{"INTERNET", vpcLink}, func(i *integrationDef) *string { return &i.ConnectionType })},
	{Path: "/connectionId", Replace: wire.Text(func(i *integrationDef) *string { return &i.ConnectionID })},
	{Path: "/timeoutInMillis", Replace: func(i *integrationDef, op wire.Op) (err error) {
		i.TimeoutInMillis, err = op.Int("Timeout should be between 50 ms and 29000 ms")
		return err
	}},
	{Path: "/tlsConfig/insecureSkipVerification", Replace: func(i *integrationDef, op wire.Op) error {
		i.TLSConfig = &definition.TLSConfig{InsecureSkipVerification: op.Bool()}
		return nil
	}},
	{Path: "/responseTransferMode", Replace: wire.OneOf("responseTransferMode", []string{"BUFFERED", stream}, func(i *integrationDef) *string { return &i.ResponseTransferMode })},
	{Path: "/integrationTarget", Replace: wire.Text(func(i *integrationDef) *string { return &i.IntegrationTarget })},
	{Path: "/type", Replace: wire.OneOf("type", []string{"HTTP", "AWS", mock, "HTTP_PROXY", "AWS_PROXY"}, func(i *integrationDef) *string { return &i.Type })},
}}

// textMap is the row of a map of texts, whose operations do what they say whether the key is there or not.
func textMap[T any](path string, at func(*T) *map[string]string) wire.Row[T] {
	put := func(v *T, op wire.Op) error {
		wire.Set(at(v), op.Last(), op.Text())
		return nil
	}
	return wire.Row[T]{Path: path, Add: put, Replace: put, Remove: func(v *T, op wire.Op) error {
		delete(*at(v), op.Last())
		return nil
	}}
}

// replaceContentHandling stores a content handling; "" clears it.
func replaceContentHandling[T any](at func(*T) *string) func(*T, wire.Op) error {
	store := wire.OneOf("contentHandling", []string{"CONVERT_TO_BINARY", "CONVERT_TO_TEXT"}, at)
	return func(v *T, op wire.Op) error {
		if op.Text() == "" {
			*at(v) = ""
			return nil
		}
		return store(v, op)
	}
}
