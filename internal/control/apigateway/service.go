package apigateway

import (
	"fmt"

	"github.com/gatehouse-gateway/gatehouse/awsproto"
	"github.com/gatehouse-gateway/gatehouse/internal/control/apigateway/accounts"
	"github.com/gatehouse-gateway/gatehouse/internal/control/apigateway/docparts"
	"github.com/gatehouse-gateway/gatehouse/internal/control/apigateway/domains"
	"github.com/gatehouse-gateway/gatehouse/internal/control/apigateway/plans"
	"github.com/gatehouse-gateway/gatehouse/internal/control/apigateway/restapis"
	"github.com/gatehouse-gateway/gatehouse/internal/control/apigateway/stages"
	"github.com/gatehouse-gateway/gatehouse/internal/control/apigateway/state"
	"github.com/gatehouse-gateway/gatehouse/internal/control/apigateway/wire"
)

// room is a package of operations.
type room interface{ Bind(*awsproto.Service) }

// NewService returns the service on a state. The error says which operations are bound wrongly, or not at all.
func NewService(s *state.State) (*awsproto.Service, error) {
	model, err := wire.ServiceModel()
	if err != nil {
		return nil, err
	}
	service, err := awsproto.NewService(model)
	if err != nil {
		return nil, err
	}
	for _, r := range []room{restapis.New(s), stages.New(s), accounts.New(s), plans.New(s), docparts.New(s), domains.New(s)} {
		r.Bind(service)
	}
	if err := service.Check(); err != nil {
		return nil, fmt.Errorf("apigateway: %w", err)
	}
	return service, nil
}
