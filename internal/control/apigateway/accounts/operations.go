package accounts

import (
	"github.com/gatehouse-gateway/gatehouse/awsproto"
	"github.com/gatehouse-gateway/gatehouse/internal/control/apigateway/state"
	"github.com/gatehouse-gateway/gatehouse/internal/control/apigateway/wire"
)

// Operations are the operations on what belongs to an account.
type Operations struct{ state *state.State }

// New returns the operations on the accounts of s.
func New(s *state.State) *Operations { return &Operations{s} }

// Bind connects the operations to their names in the model.
func (o *Operations) Bind(s *awsproto.Service) {
	wire.Bind(s, "GetAccount", o.getAccount)
	wire.Bind(s, "UpdateAccount", o.updateAccount)

	wire.Bind(s, "GenerateClientCertificate", o.generateClientCertificate)
	wire.Bind(s, "GetClientCertificate", o.getClientCertificate)
	wire.Bind(s, "GetClientCertificates", o.getClientCertificates)
	wire.Bind(s, "UpdateClientCertificate", o.updateClientCertificate)
	wire.Bind(s, "DeleteClientCertificate", o.deleteClientCertificate)

	wire.Bind(s, "CreateVpcLink", o.createVPCLink)
	wire.Bind(s, "GetVpcLink", o.getVPCLink)
	wire.Bind(s, "GetVpcLinks", o.getVPCLinks)
	wire.Bind(s, "UpdateVpcLink", o.updateVPCLink)
	wire.Bind(s, "DeleteVpcLink", o.deleteVPCLink)

	wire.Bind(s, "TagResource", o.tagResource)
	wire.Bind(s, "UntagResource", o.untagResource)
	wire.Bind(s, "GetTags", o.getTags)

	wire.Bind(s, "GetSdkTypes", o.getSDKTypes)
	wire.Bind(s, "GetSdkType", o.getSDKType)
}
