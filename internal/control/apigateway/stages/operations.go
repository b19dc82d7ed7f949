package stages

import (
	"github.com/gatehouse-gateway/gatehouse/awsproto"
	"github.com/gatehouse-gateway/gatehouse/internal/control/apigateway/state"
	"github.com/gatehouse-gateway/gatehouse/internal/control/apigateway/wire"
	"github.com/gatehouse-gateway/gatehouse/internal/definition"
)

// Operations are the operations on deployments, stages and documents.
type Operations struct{ state *state.State }

// New returns the operations on the APIs of s.
func New(s *state.State) *Operations { return &Operations{s} }

// Bind connects the operations to their names in the model.
func (o *Operations) Bind(s *awsproto.Service) {
	wire.Bind(s, "CreateDeployment", o.createDeployment)
	wire.Bind(s, "GetDeployment", o.getDeployment)
	wire.Bind(s, "GetDeployments", o.getDeployments)
	wire.Bind(s, "UpdateDeployment", o.updateDeployment)
	wire.Bind(s, "DeleteDeployment", o.deleteDeployment)

	wire.Bind(s, "CreateStage", o.createStage)
	wire.Bind(s, "GetStage", o.getStage)
	wire.Bind(s, "GetStages", o.getStages)
	wire.Bind(s, "UpdateStage", o.updateStage)
	wire.Bind(s, "DeleteStage", o.deleteStage)
	wire.Bind(s, "FlushStageCache", o.flushStageCache)
	wire.Bind(s, "FlushStageAuthorizersCache", o.flushStageAuthorizersCache)

	wire.Bind(s, "ImportRestApi", o.importRestAPI)
	wire.Bind(s, "PutRestApi", o.putRestAPI)
	wire.Bind(s, "GetExport", o.getExport)
	wire.Bind(s, "GetSdk", o.getSDK)

	wire.Bind(s, "TestInvokeMethod", o.testInvokeMethod)
	wire.Bind(s, "TestInvokeAuthorizer", o.testInvokeAuthorizer)
}

// document is what an edit works on.
type document = definition.RestAPIDocument

var (
	errNoStage      = wire.NotFound("Invalid stage identifier specified")
	errNoDeployment = wire.NotFound("Invalid Deployment identifier specified")
	errNoTarget     = wire.BadRequest("Deployment id does not exist")
)
