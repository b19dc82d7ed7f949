package openapi

import (
	"maps"
	"slices"

	"github.com/gatehouse-gateway/gatehouse/internal/definition"
)

// CheckDeployable returns what keeps an API from being deployed although it can be stored: it has no method at all, a
// method without integration, or one whose authorizer or validator is gone. Spec: rest-api 21.4.
func CheckDeployable(api *definition.RestAPI) definition.Problems {
	var problems definition.Problems
	methods := 0
	for r := range api.Ordered() {
		for _, verb := range slices.Sorted(maps.Keys(r.Methods)) {
			methods++
			checkMethod(api, r.Methods[verb], &problems)
		}
	}
	if methods == 0 {
		problems.Addf(api.Origin, "The REST API doesn't contain any methods")
	}
	return problems
}

func checkMethod(api *definition.RestAPI, m *definition.Method, problems *definition.Problems) {
	if m.Integration == nil {
		problems.Addf(m.Origin, "No integration defined for method")
	}
	authorized := m.AuthorizationType == "CUSTOM" || m.AuthorizationType == "COGNITO_USER_POOLS"
	if authorized && api.Authorizers[m.AuthorizerID] == nil {
		problems.Addf(m.Origin, "Invalid authorizer ID specified. Setting the authorization type to CUSTOM or COGNITO_USER_POOLS requires a valid authorizer.")
	}
	if m.RequestValidatorID != "" && api.RequestValidators[m.RequestValidatorID] == nil {
		problems.Addf(m.Origin, "Invalid Request Validator identifier specified")
	}
}
