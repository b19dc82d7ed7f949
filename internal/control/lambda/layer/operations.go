// Package layer has the operations on layers: their versions, who may use them, and what of them a function is made of. Layers of
// other accounts, such as those that AWS publishes, are imported by the operator. Spec: functions A7, B3.
package layer

import (
	"github.com/gatehouse-gateway/gatehouse/awsproto"
	"github.com/gatehouse-gateway/gatehouse/internal/control/lambda/download"
	"github.com/gatehouse-gateway/gatehouse/internal/control/lambda/state"
	"github.com/gatehouse-gateway/gatehouse/internal/control/lambda/wire"
)

// Operations are the operations on layers.
type Operations struct {
	state     *state.State
	downloads *download.Downloads
}

// New returns the operations on the layers of s.
func New(s *state.State, d *download.Downloads) *Operations { return &Operations{s, d} }

// Bind connects the operations to their names in the model.
func (o *Operations) Bind(s *awsproto.Service) {
	wire.Bind(s, "PublishLayerVersion", o.publish)
	wire.Bind(s, "GetLayerVersion", o.get)
	wire.Bind(s, "GetLayerVersionByArn", o.getByARN)
	wire.Bind(s, "DeleteLayerVersion", o.delete)
	wire.Bind(s, "ListLayers", o.listLayers)
	wire.Bind(s, "ListLayerVersions", o.listVersions)

	wire.Bind(s, "AddLayerVersionPermission", o.addPermission)
	wire.Bind(s, "GetLayerVersionPolicy", o.getPolicy)
	wire.Bind(s, "RemoveLayerVersionPermission", o.removePermission)
}
