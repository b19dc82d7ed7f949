package function

import (
	"github.com/gatehouse-gateway/gatehouse/awsproto"
	"github.com/gatehouse-gateway/gatehouse/internal/control/lambda/download"
	"github.com/gatehouse-gateway/gatehouse/internal/control/lambda/layer"
	"github.com/gatehouse-gateway/gatehouse/internal/control/lambda/state"
	"github.com/gatehouse-gateway/gatehouse/internal/control/lambda/wire"
)

// Operations are the operations on functions.
type Operations struct {
	state     *state.State
	downloads *download.Downloads
	layers    *layer.Operations
}

// New returns the operations on the functions of s, which use the layers of l.
func New(s *state.State, d *download.Downloads, l *layer.Operations) *Operations {
	return &Operations{s, d, l}
}

// Bind connects the operations to their names in the model.
func (o *Operations) Bind(s *awsproto.Service) {
	wire.Bind(s, "CreateFunction", o.createFunction)
	wire.Bind(s, "GetFunction", o.getFunction)
	wire.Bind(s, "GetFunctionConfiguration", o.getFunctionConfiguration)
	wire.Bind(s, "UpdateFunctionCode", o.updateFunctionCode)
	wire.Bind(s, "UpdateFunctionConfiguration", o.updateFunctionConfiguration)
	wire.Bind(s, "DeleteFunction", o.deleteFunction)
	wire.Bind(s, "ListFunctions", o.listFunctions)

	wire.Bind(s, "PublishVersion", o.publishVersion)
	wire.Bind(s, "ListVersionsByFunction", o.listVersions)
}
