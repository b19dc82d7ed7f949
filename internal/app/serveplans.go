package app

import (
	"time"

	"github.com/gatehouse-gateway/gatehouse/internal/access/apikeys"
	controlstate "github.com/gatehouse-gateway/gatehouse/internal/control/apigateway/state"
	"github.com/gatehouse-gateway/gatehouse/internal/definition"
	"github.com/gatehouse-gateway/gatehouse/internal/planstore"
	"github.com/gatehouse-gateway/gatehouse/internal/restapi"
	"github.com/gatehouse-gateway/gatehouse/internal/store"
	"github.com/gatehouse-gateway/gatehouse/internal/traffic/usageplans"
)

// planCache bounds the decoded keys and plans that are kept for reading them again, in bytes: what requests need is elsewhere.
const planCache = 1 << 20

// buildPlans makes the API keys and usage plans that are stored what requests in env find, and what they use stored.
func (s *serve) buildPlans(env *restapi.Env) (*planstore.Store, *planstore.Ledger) {
	docs := s.state.engine.Docs()
	env.Keys, env.Plans = new(apikeys.Keys), new(usageplans.Plans)
	keys := planstore.New(planstore.Options{
		Keys:  store.NewSized[definition.APIKey](docs, controlstate.KeysBucket, planCache),
		Plans: store.NewSized[definition.UsagePlan](docs, controlstate.PlansBucket, planCache),
		Box:   s.state.box, Rings: env.Keys, Tiers: env.Plans,
	})
	return keys, planstore.NewLedger(planstore.LedgerOptions{Docs: docs, Plans: env.Plans, Now: time.Now})
}
