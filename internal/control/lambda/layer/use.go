package layer

import (
	"context"

	"github.com/gatehouse-gateway/gatehouse/internal/control/lambda/state"
	"github.com/gatehouse-gateway/gatehouse/internal/control/lambda/wire"
	"github.com/gatehouse-gateway/gatehouse/internal/definition"
)

// maxLayers is how many layers a function may have. Spec: functions D2.
const maxLayers = 5

// Resolve finds the layers that a function is to have, in their order. Their content stays until release is called, or the function
// has it; release is never nil. The result is nil when arns is. Spec: functions B3, recorded.
func (o *Operations) Resolve(ctx context.Context, arns []string) (layers []definition.FunctionLayer, release func(), err error) {
	var pins []func()
	release = func() {
		for _, unpin := range pins {
			unpin()
		}
	}
	if len(arns) > maxLayers {
		return nil, release, wire.Invalid("Cannot reference more than %d layers.", maxLayers)
	}
	scope, err := state.ScopeOf(ctx)
	if err != nil {
		return nil, release, err
	}
	seen := make(map[name]version)
	for _, arn := range arns {
		v, found, err := o.resolve(ctx, scope, arn)
		if err != nil {
			return nil, release, err
		}
		if other, twice := seen[v.name]; twice {
			return nil, release, wire.Invalid("Two different versions of the same layer are not allowed to be referenced in the same function. %s and %s are versions of the same layer.", other.arn(), v.arn())
		}
		seen[v.name] = v
		if o.state.Pin != nil {
			pins = append(pins, o.state.Pin(found.Code.Digest))
		}
		layers = append(layers, definition.FunctionLayer{ARN: v.arn(), Code: found.Code})
	}
	return layers, release, nil
}

func (o *Operations) resolve(ctx context.Context, scope state.Scope, arn string) (version, *definition.LayerVersion, error) {
	absent := wire.Invalid("Layer version %s does not exist.", arn)
	v, err := parseVersion(arn)
	if err != nil { // version 0, or one that AWS keeps in no account
		return v, nil, absent
	}
	if v.region != scope.Region {
		return v, nil, wire.Invalid("Layers are not in the same region as the function. Layers are expected to be in region %s.", scope.Region)
	}
	found, err := o.find(ctx, scope, v, absent)
	return v, found, err
}
