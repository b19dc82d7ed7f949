package function

import (
	"github.com/gatehouse-gateway/gatehouse/internal/control/lambda/wire"
	"github.com/gatehouse-gateway/gatehouse/internal/functions/remote"
)

// checkRemote refuses variables that do not say where a function lives, or that name a place which cannot be called.
func (o *Operations) checkRemote(in *wire.Environment) error {
	if in == nil {
		return nil
	}
	target, err := remote.Parse(in.Variables)
	if err == nil && target != nil {
		err = remote.Check(o.state.AWS, target)
	}
	if err != nil {
		return wire.Invalid("%v", err)
	}
	return nil
}
