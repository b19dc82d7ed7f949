package stages

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/gatehouse-gateway/gatehouse/internal/control/apigateway/restapis"
	"github.com/gatehouse-gateway/gatehouse/internal/control/apigateway/state"
	"github.com/gatehouse-gateway/gatehouse/internal/control/apigateway/wire"
	"github.com/gatehouse-gateway/gatehouse/internal/definition"
	"github.com/gatehouse-gateway/gatehouse/internal/openapi"
	"github.com/gatehouse-gateway/gatehouse/internal/sdk"
)

const seedLength = 20

// errOutside keeps imports from reading this machine's files: a document of the management API is complete in itself.
var errOutside = errors.New("references to other files are not possible in an import")

// parse imports the body of a call.
func (o *Operations) parse(scope state.Scope, apiID string, body []byte, failOnWarnings bool, parameters map[string]string) (*openapi.Import, error) {
	opts := openapi.Options{
		APIID: apiID, Seed: wire.NewID(seedLength), Tolerant: true, FailOnWarnings: failOnWarnings, Limits: &o.state.Limits,
		AccountID: scope.AccountID, Region: scope.Region, Partition: "aws",
		ReadFile: func(string) ([]byte, error) { return nil, errOutside },
	}
	if err := opts.SetParameters(parameters); err != nil {
		return nil, wire.BadRequest("%v", err)
	}
	imported, err := openapi.Parse("body", body, opts)
	if err != nil {
		return nil, wire.BadRequest("%s", imported.Refusal(err))
	}
	return imported, nil
}

// importRestAPI makes an API of a document. Spec: control-plane 10.1.
func (o *Operations) importRestAPI(ctx context.Context, in *wire.ImportRestApiRequest) (*wire.RestApi, error) {
	scope, err := state.ScopeOf(ctx)
	if err != nil {
		return nil, err
	}
	imported, err := o.parse(scope, wire.NewID(wire.APIIDLength), in.Body, wire.Value(in.FailOnWarnings), in.Parameters)
	if err != nil {
		return nil, err
	}
	api := imported.API
	api.CreatedDate = o.state.Now().UTC()
	doc := &document{AccountID: scope.AccountID, Region: scope.Region, API: api}
	if err := o.settle(doc); err != nil {
		return nil, err
	}
	if err := o.state.Insert(ctx, scope, doc); err != nil {
		return nil, err
	}
	return restapis.RestAPI(doc), nil
}

// putRestAPI merges a document into an API, or replaces it. Spec: control-plane 10.1.
func (o *Operations) putRestAPI(ctx context.Context, in *wire.PutRestApiRequest) (*wire.RestApi, error) {
	doc, err := o.state.ChangeAPI(ctx, in.RestApiId, nil, func(d *document) error {
		scope := state.Scope{AccountID: d.AccountID, Region: d.Region}
		imported, err := o.parse(scope, d.API.ID, in.Body, wire.Value(in.FailOnWarnings), in.Parameters)
		if err != nil {
			return err
		}
		put, err := imported.Put(d.API, wire.Value(in.Mode))
		if err != nil {
			return wire.BadRequest("%s", imported.Refusal(err))
		}
		d.API = put
		return o.settle(d)
	})
	if err != nil {
		return nil, err
	}
	out := restapis.RestAPI(doc)
	out.Tags = wire.Always(out.Tags)
	return out, nil
}

// settle makes an imported API one like those that CreateRestApi makes: complete, its policy written out, without the
// places of a file that nobody has.
func (o *Operations) settle(d *document) error {
	api := d.API
	restapis.CompleteEndpoint(&api.EndpointConfiguration)
	if api.Policy != "" {
		arn := fmt.Sprintf("arn:aws:execute-api:%s:%s:%s/", d.Region, d.AccountID, api.ID)
		policy, err := restapis.ExpandPolicy(api.Policy, arn)
		if err != nil {
			return err
		}
		api.Policy = policy
	}
	if most := o.state.Limits.ResourcesPerAPI; int64(len(api.Resources)) > most+1 {
		return wire.LimitExceeded("Maximum number of resources for this API has been reached. Please contact AWS if you need additional resources. The limit is %d.", most)
	}
	definition.DropPlaces(api)
	return nil
}

// getExport writes what a stage serves as a document. Spec: control-plane 10.2.
func (o *Operations) getExport(ctx context.Context, in *wire.GetExportRequest) (*wire.ExportResponse, error) {
	doc, api, err := o.served(ctx, in.RestApiId, in.StageName)
	if err != nil {
		return nil, err
	}
	st := doc.Stages[*in.StageName]
	opts := openapi.ExportOptions{
		Type: *in.ExportType, Accept: wire.Value(in.Accepts), Extensions: in.Parameters["extensions"], StageName: st.Name,
		Host: api.ID + ".execute-api." + doc.Region + ".amazonaws.com", Documentation: doc.DocumentationVersions[st.DocumentationVersion],
	}
	body, err := openapi.Export(api, opts)
	if err != nil {
		return nil, wire.BadRequest("%v", err)
	}
	return &wire.ExportResponse{
		ContentType: wire.Ptr("application/octet-stream"), Body: body,
		ContentDisposition: wire.Ptr(`attachment; filename="` + openapi.ExportName(api, opts) + `"`),
	}, nil
}

// served is the API as a stage serves it.
func (o *Operations) served(ctx context.Context, id, stage *string) (*document, *definition.RestAPI, error) {
	doc, err := o.state.API(ctx, id, nil)
	if err != nil {
		return nil, nil, err
	}
	st, err := findStage(doc, stage)
	if err != nil {
		return nil, nil, err
	}
	frozen, err := o.frozen(ctx, doc, st.DeploymentID)
	if err != nil {
		return nil, nil, err
	}
	return doc, frozen.API, nil
}

// getSDK makes a client of what a stage serves: JavaScript; other types are refused by name. Spec: control-plane 10.3.
func (o *Operations) getSDK(ctx context.Context, in *wire.GetSdkRequest) (*wire.SdkResponse, error) {
	doc, api, err := o.served(ctx, in.RestApiId, in.StageName)
	if err != nil {
		return nil, err
	}
	now := o.state.Now().UTC()
	body, err := sdk.Generate(api, *in.SdkType, sdk.Options{
		InvokeURL: "https://" + strings.Join([]string{api.ID, "execute-api", doc.Region, "amazonaws.com"}, ".") + "/" + *in.StageName,
		Region:    doc.Region, Date: now,
	})
	if err != nil {
		return nil, wire.BadRequest("%v", err)
	}
	return &wire.SdkResponse{
		ContentType: wire.Ptr("application/octet-stream"), Body: body,
		ContentDisposition: wire.Ptr(`attachment; filename="` + sdk.Name(*in.SdkType, now) + `"`),
	}, nil
}
