package app

import (
	"time"

	controlstate "github.com/gatehouse-gateway/gatehouse/internal/control/apigateway/state"
	"github.com/gatehouse-gateway/gatehouse/internal/definition"
	"github.com/gatehouse-gateway/gatehouse/internal/engine"
	"github.com/gatehouse-gateway/gatehouse/internal/functionstore"
	"github.com/gatehouse-gateway/gatehouse/internal/store"
)

// sweptEngine is an engine whose snapshots go when nothing refers to them any more. Whatever stores snapshots has to be one of the
// owners.
type sweptEngine struct {
	engine.Engine
	sweeper *store.Sweeper
}

func newSweptEngine(e engine.Engine) *sweptEngine {
	return &sweptEngine{e, &store.Sweeper{Snapshots: e.Snapshots(), Now: time.Now, Owners: []store.References{
		store.ReferencesOf(store.New[definition.ServedRestAPI](e.Docs(), controlstate.APIsBucket), func(api *definition.ServedRestAPI, refer func(string)) {
			for _, d := range api.Deployments {
				refer(d.Snapshot)
			}
		}),
		functionstore.References(store.New[definition.Function](e.Docs(), functionstore.Bucket)),
		functionstore.LayerReferences(store.New[definition.Layer](e.Docs(), functionstore.LayersBucket)),
	}}}
}

// Snapshots are those that the sweeper knows of.
func (e *sweptEngine) Snapshots() engine.Snapshots { return e.sweeper }
