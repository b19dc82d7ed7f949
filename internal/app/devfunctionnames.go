package app

import (
	"slices"
	"strings"

	"github.com/gatehouse-gateway/gatehouse/internal/definition"
)

// missingFunctions are the functions that an API names and a project does not have, sorted. A name with a stage variable in it is
// not looked at: its value may change.
func missingFunctions(api *definition.RestAPI, has func(name string) bool) []string {
	var missing []string
	look := func(uri string) {
		name := functionName(uri)
		if name != "" && !has(name) && !slices.Contains(missing, name) {
			missing = append(missing, name)
		}
	}
	for _, r := range api.Resources {
		for _, m := range r.Methods {
			if m.Integration != nil {
				look(m.Integration.URI)
			}
		}
	}
	for _, a := range api.Authorizers {
		look(a.URI)
	}
	slices.Sort(missing)
	return missing
}

// functionName is the function that an integration's or authorizer's URI names; "" for none.
func functionName(uri string) string {
	_, arn, ok := strings.Cut(uri, ":lambda:path/2015-03-31/functions/")
	if !ok {
		_, arn, ok = strings.Cut(uri, ":lambda:path/2021-11-15/functions/") // of answers that are streamed
	}
	if !ok {
		return ""
	}
	arn, _, _ = strings.Cut(arn, "/")
	if strings.Contains(arn, "${") {
		return ""
	}
	fields := strings.Split(arn, ":")
	if len(fields) < 7 {
		return ""
	}
	return fields[6]
}
