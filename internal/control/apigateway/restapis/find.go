package restapis

import (
	"strings"

	"github.com/gatehouse-gateway/gatehouse/internal/control/apigateway/wire"
	"github.com/gatehouse-gateway/gatehouse/internal/definition"
)

// The answers to what does not exist. Spec: control-plane 3.3, recorded.
var (
	errNoResource    = wire.NotFound("Invalid Resource identifier specified")
	errNoMethod      = wire.NotFound("Invalid Method identifier specified")
	errNoIntegration = wire.NotFound("Invalid Integration identifier specified")
	errNoStatus      = wire.NotFound("Invalid Response status code specified")
	errNoValidator   = wire.NotFound("Invalid Request Validator identifier specified")
	errNoAuthorizer  = wire.NotFound("Invalid Authorizer identifier specified")
)

func findResource(d *document, id *string) (*definition.Resource, error) {
	if r := d.API.Resources[wire.Value(id)]; r != nil {
		return r, nil
	}
	return nil, errNoResource
}

func findMethod(d *document, resourceID, verb *string) (*definition.Resource, *definition.Method, error) {
	r, err := findResource(d, resourceID)
	if err != nil {
		return nil, nil, err
	}
	if m := r.Methods[wire.Value(verb)]; m != nil {
		return r, m, nil
	}
	return nil, nil, errNoMethod
}

func findIntegration(d *document, resourceID, verb *string) (*definition.Method, *definition.Integration, error) {
	_, m, err := findMethod(d, resourceID, verb)
	if err != nil {
		return nil, nil, err
	}
	if m.Integration == nil {
		return nil, nil, errNoIntegration
	}
	return m, m.Integration, nil
}

// join lists values as the service's messages do.
func join(values []string) string { return strings.Join(values, ",") }
