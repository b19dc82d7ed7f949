package restapis

import (
	"github.com/gatehouse-gateway/gatehouse/awsproto"
	"github.com/gatehouse-gateway/gatehouse/internal/control/apigateway/state"
	"github.com/gatehouse-gateway/gatehouse/internal/control/apigateway/wire"
	"github.com/gatehouse-gateway/gatehouse/internal/definition"
)

// Operations are the operations on drafts.
type Operations struct{ state *state.State }

// New returns the operations on the drafts of s.
func New(s *state.State) *Operations { return &Operations{s} }

// Bind connects the operations to their names in the model.
func (o *Operations) Bind(s *awsproto.Service) {
	wire.Bind(s, "CreateRestApi", o.createRestAPI)
	wire.Bind(s, "GetRestApi", o.getRestAPI)
	wire.Bind(s, "GetRestApis", o.getRestAPIs)
	wire.Bind(s, "UpdateRestApi", o.updateRestAPI)
	wire.Bind(s, "DeleteRestApi", o.deleteRestAPI)

	wire.Bind(s, "CreateResource", o.createResource)
	wire.Bind(s, "GetResource", o.getResource)
	wire.Bind(s, "GetResources", o.getResources)
	wire.Bind(s, "UpdateResource", o.updateResource)
	wire.Bind(s, "DeleteResource", o.deleteResource)

	wire.Bind(s, "PutMethod", o.putMethod)
	wire.Bind(s, "GetMethod", o.getMethod)
	wire.Bind(s, "UpdateMethod", o.updateMethod)
	wire.Bind(s, "DeleteMethod", o.deleteMethod)
	wire.Bind(s, "PutMethodResponse", o.putMethodResponse)
	wire.Bind(s, "GetMethodResponse", o.getMethodResponse)
	wire.Bind(s, "UpdateMethodResponse", o.updateMethodResponse)
	wire.Bind(s, "DeleteMethodResponse", o.deleteMethodResponse)

	wire.Bind(s, "PutIntegration", o.putIntegration)
	wire.Bind(s, "GetIntegration", o.getIntegration)
	wire.Bind(s, "UpdateIntegration", o.updateIntegration)
	wire.Bind(s, "DeleteIntegration", o.deleteIntegration)
	wire.Bind(s, "PutIntegrationResponse", o.putIntegrationResponse)
	wire.Bind(s, "GetIntegrationResponse", o.getIntegrationResponse)
	wire.Bind(s, "UpdateIntegrationResponse", o.updateIntegrationResponse)
	wire.Bind(s, "DeleteIntegrationResponse", o.deleteIntegrationResponse)

	wire.Bind(s, "CreateModel", o.createModel)
	wire.Bind(s, "GetModel", o.getModel)
	wire.Bind(s, "GetModels", o.getModels)
	wire.Bind(s, "GetModelTemplate", o.getModelTemplate)
	wire.Bind(s, "UpdateModel", o.updateModel)
	wire.Bind(s, "DeleteModel", o.deleteModel)

	wire.Bind(s, "CreateRequestValidator", o.createRequestValidator)
	wire.Bind(s, "GetRequestValidator", o.getRequestValidator)
	wire.Bind(s, "GetRequestValidators", o.getRequestValidators)
	wire.Bind(s, "UpdateRequestValidator", o.updateRequestValidator)
	wire.Bind(s, "DeleteRequestValidator", o.deleteRequestValidator)

	wire.Bind(s, "CreateAuthorizer", o.createAuthorizer)
	wire.Bind(s, "GetAuthorizer", o.getAuthorizer)
	wire.Bind(s, "GetAuthorizers", o.getAuthorizers)
	wire.Bind(s, "UpdateAuthorizer", o.updateAuthorizer)
	wire.Bind(s, "DeleteAuthorizer", o.deleteAuthorizer)

	wire.Bind(s, "PutGatewayResponse", o.putGatewayResponse)
	wire.Bind(s, "GetGatewayResponse", o.getGatewayResponse)
	wire.Bind(s, "GetGatewayResponses", o.getGatewayResponses)
	wire.Bind(s, "UpdateGatewayResponse", o.updateGatewayResponse)
	wire.Bind(s, "DeleteGatewayResponse", o.deleteGatewayResponse)
}

// document is what an edit works on.
type document = definition.RestAPIDocument
