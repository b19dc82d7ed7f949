package plans

import (
	"context"
	"sync"

	"github.com/gatehouse-gateway/gatehouse/awsproto"
	"github.com/gatehouse-gateway/gatehouse/internal/control/apigateway/state"
	"github.com/gatehouse-gateway/gatehouse/internal/control/apigateway/wire"
	"github.com/gatehouse-gateway/gatehouse/internal/definition"
	"github.com/gatehouse-gateway/gatehouse/internal/store"
)

// Operations are the operations on API keys, usage plans and usage.
type Operations struct {
	state *state.State
	keys  *store.View[definition.APIKey, keySummary]
	order order
}

// New returns the operations on the usage plans of s.
func New(s *state.State) *Operations {
	return &Operations{state: s, keys: store.NewView(s.Keys, summarize)}
}

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

// order gives numbers that grow, from one process to the next as well: they begin with the time.
type order struct {
	mu   sync.Mutex
	last int64
}

func (o *Operations) next() int64 {
	o.order.mu.Lock()
	defer o.order.mu.Unlock()
	o.order.last = max(o.order.last+1, o.state.Now().UnixNano())
	return o.order.last
}

// all returns the usage plans of a scope.
func (o *Operations) all(ctx context.Context, scope state.Scope) ([]store.Item[definition.UsagePlan], error) {
	return o.state.Plans.All(ctx, scope.Prefix())
}
