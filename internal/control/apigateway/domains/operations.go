package domains

import (
	"github.com/gatehouse-gateway/gatehouse/awsproto"
	"github.com/gatehouse-gateway/gatehouse/internal/control/apigateway/state"
	"github.com/gatehouse-gateway/gatehouse/internal/control/apigateway/wire"
	"github.com/gatehouse-gateway/gatehouse/internal/definition"
)

// Operations are the operations on domain names.
type Operations struct{ state *state.State }

// New returns the operations on the domain names of s.
func New(s *state.State) *Operations { return &Operations{s} }

// Bind connects the operations to their names in the model.
func (o *Operations) Bind(s *awsproto.Service) {
	wire.Bind(s, "CreateDomainName", o.createDomainName)
	wire.Bind(s, "GetDomainName", o.getDomainName)
	wire.Bind(s, "GetDomainNames", o.getDomainNames)
	wire.Bind(s, "UpdateDomainName", o.updateDomainName)
	wire.Bind(s, "DeleteDomainName", o.deleteDomainName)

	wire.Bind(s, "CreateBasePathMapping", o.createMapping)
	wire.Bind(s, "GetBasePathMapping", o.getMapping)
	wire.Bind(s, "GetBasePathMappings", o.getMappings)
	wire.Bind(s, "UpdateBasePathMapping", o.updateMapping)
	wire.Bind(s, "DeleteBasePathMapping", o.deleteMapping)

	wire.Bind(s, "GetDomainNameAccessAssociations", o.getAccessAssociations)
	for _, name := range []string{"CreateDomainNameAccessAssociation", "DeleteDomainNameAccessAssociation", "RejectDomainNameAccessAssociation"} {
		s.Refuse(name, wire.Unsupported(name))
	}
}

type domain = definition.DomainName

var errNoDomain = wire.NotFound("Invalid domain name identifier specified")
