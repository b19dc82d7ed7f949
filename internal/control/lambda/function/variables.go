package function

import (
	"github.com/gatehouse-gateway/gatehouse/internal/control/lambda/wire"
	"github.com/gatehouse-gateway/gatehouse/internal/functions"
	"github.com/gatehouse-gateway/gatehouse/internal/functions/remote"
	"github.com/gatehouse-gateway/gatehouse/internal/functions/web"
)

// checkVariables refuses variables of Gatehouse's own that say what cannot be: where a function lives, which network it has, and how many
// invocations one of its processes serves.
func (o *Operations) checkVariables(in *wire.Environment) error {
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
	apart, err := functions.NoNetwork(in.Variables)
	switch {
	case err != nil:
		return wire.Invalid("%v", err)
	case apart && target != nil:
		return wire.Invalid("%s is for functions that run here", functions.NetworkVariable)
	}
	n, err := functions.EnvironmentConcurrency(in.Variables)
	switch {
	case err != nil:
		return wire.Invalid("%v", err)
	case n > 1 && !web.Configured(in.Variables):
		return wire.Invalid("%s is for web functions: set AWS_LWA_PORT or another AWS_LWA_ variable", functions.ConcurrencyVariable)
	}
	return nil
}
