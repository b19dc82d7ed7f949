package plans

import (
	"github.com/gatehouse-gateway/gatehouse/awsproto"
	"github.com/gatehouse-gateway/gatehouse/internal/control/apigateway/state"
	"github.com/gatehouse-gateway/gatehouse/internal/control/apigateway/wire"
)

// Operations are the operations on API keys and usage plans.
type Operations struct{ state *state.State }

// New returns the operations on the keys and plans of s.
func New(s *state.State) *Operations { return &Operations{s} }

// Bind connects the operations to their names in the model.
func (o *Operations) Bind(s *awsproto.Service) {
	wire.Bind(s, "CreateApiKey", o.createAPIKey)
	wire.Bind(s, "GetApiKey", o.getAPIKey)
	wire.Bind(s, "GetApiKeys", o.getAPIKeys)
	wire.Bind(s, "UpdateApiKey", o.updateAPIKey)
	wire.Bind(s, "DeleteApiKey", o.deleteAPIKey)
	wire.Bind(s, "ImportApiKeys", o.importAPIKeys)

	wire.Bind(s, "CreateUsagePlan", o.createUsagePlan)
	wire.Bind(s, "GetUsagePlan", o.getUsagePlan)
	wire.Bind(s, "GetUsagePlans", o.getUsagePlans)
	wire.Bind(s, "UpdateUsagePlan", o.updateUsagePlan)
	wire.Bind(s, "DeleteUsagePlan", o.deleteUsagePlan)

	wire.Bind(s, "CreateUsagePlanKey", o.createUsagePlanKey)
	wire.Bind(s, "GetUsagePlanKey", o.getUsagePlanKey)
	wire.Bind(s, "GetUsagePlanKeys", o.getUsagePlanKeys)
	wire.Bind(s, "DeleteUsagePlanKey", o.deleteUsagePlanKey)

	wire.Bind(s, "GetUsage", o.getUsage)
	wire.Bind(s, "UpdateUsage", o.updateUsage)
}

var (
	errNoPlan  = wire.NotFound("Invalid Usage Plan ID specified")
	errNoStage = wire.NotFound("Invalid stage identifier specified")
)
