package openapi

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/gatehouse-gateway/gatehouse/internal/definition"
)

// Overwrite returns dst as PutRestApi leaves it in the mode overwrite: what src says, with dst's id, creation date,
// tags and endpoint configuration, and dst's ids for every path, authorizer, validator and model that stays. The
// endpoint configuration changes as far as src's document has one. Neither argument is changed.
//
// Spec: rest-api 21.1, control-plane 10.1, recorded.
func Overwrite(dst, src *definition.RestAPI) (*definition.RestAPI, error) {
	api, err := adopt(dst, src)
	if err != nil {
		return nil, err
	}
	base, err := copyOf(dst)
	if err != nil {
		return nil, err
	}
	keepEndpoint(api, base)
	api.Tags = base.Tags
	return api, nil
}

// Merge returns dst as PutRestApi leaves it in the mode merge: src's methods replace those of the same path and verb
// completely, src's other parts replace those of the same name, binary media types are added behind the existing
// ones, and nothing is deleted. The error is a definition.Problems when paths of both cannot stand together.
// Neither argument is changed.
func Merge(dst, src *definition.RestAPI) (*definition.RestAPI, error) {
	from, err := adopt(dst, src)
	if err != nil {
		return nil, err
	}
	api, err := copyOf(dst)
	if err != nil {
		return nil, err
	}
	endpoint := from.EndpointConfiguration
	disabled := from.DisableExecuteAPIEndpoint
	if endpoint.Origin != (definition.Origin{}) {
		applyEndpoint(api, endpoint, disabled)
	}
	mergeSettings(api, from)
	mergeParts(api, from)
	if problems := mergeResources(api, from); len(problems) > 0 {
		return nil, problems
	}
	return api, nil
}

func copyOf(api *definition.RestAPI) (*definition.RestAPI, error) {
	text, err := json.Marshal(api)
	if err != nil {
		return nil, fmt.Errorf("copy of API %s: %w", api.ID, err)
	}
	copied := &definition.RestAPI{}
	if err := json.Unmarshal(text, copied); err != nil {
		return nil, fmt.Errorf("copy of API %s: %w", api.ID, err)
	}
	return copied, nil
}

// adopt returns a copy of src that uses dst's ids for everything that both have.
func adopt(dst, src *definition.RestAPI) (*definition.RestAPI, error) {
	api, err := copyOf(src)
	if err != nil {
		return nil, err
	}
	resources := adoptIDs(api.Resources, dst.Resources, func(r *definition.Resource) string { return r.Path }, func(r *definition.Resource, id string) { r.ID = id })
	authorizers := adoptIDs(api.Authorizers, dst.Authorizers, func(a *definition.Authorizer) string { return a.Name }, func(a *definition.Authorizer, id string) { a.ID = id })
	validators := adoptIDs(api.RequestValidators, dst.RequestValidators, func(v *definition.RequestValidator) string { return v.Name }, func(v *definition.RequestValidator, id string) { v.ID = id })
	for _, r := range api.Resources {
		r.ParentID = resources[r.ParentID]
		for _, m := range r.Methods {
			m.AuthorizerID = authorizers[m.AuthorizerID]
			m.RequestValidatorID = validators[m.RequestValidatorID]
			if i := m.Integration; i != nil && resources[i.CacheNamespace] != "" {
				i.CacheNamespace = resources[i.CacheNamespace]
			}
		}
	}
	for name, m := range api.Models {
		m.Schema = strings.ReplaceAll(m.Schema, modelURL+src.ID+"/models/", modelURL+dst.ID+"/models/")
		if old := dst.Models[name]; old != nil {
			m.ID = old.ID
		}
	}
	api.Policy = strings.ReplaceAll(api.Policy, ":"+src.ID+"/", ":"+dst.ID+"/")
	api.ID, api.CreatedDate = dst.ID, dst.CreatedDate
	return api, nil
}

// adoptIDs gives the values of a map by id the ids that values of the same name have in old, and returns what became of
// each id. New ones keep theirs unless something else in old has it.
func adoptIDs[T any](all, old map[string]*T, name func(*T) string, rename func(*T, string)) map[string]string {
	byName := make(map[string]string, len(old))
	for id, v := range old {
		byName[name(v)] = id
	}
	renamed := map[string]string{"": ""}
	after := make(map[string]*T, len(all))
	for _, id := range slices.Sorted(maps.Keys(all)) {
		v := all[id]
		to, known := byName[name(v)]
		for to = cmp.Or(to, id); !known && (old[to] != nil || after[to] != nil); {
			to = digest(len(id), to, name(v))
		}
		renamed[id] = to
		rename(v, to)
		after[to] = v
	}
	clear(all)
	maps.Copy(all, after)
	return renamed
}

// keepEndpoint gives api the endpoint configuration of base, changed as far as api's document says. How strict the
// endpoint is belongs to it: a document that says nothing of it must not open what was closed (unconfirmed).
func keepEndpoint(api, base *definition.RestAPI) {
	api.SecurityPolicy = cmp.Or(api.SecurityPolicy, base.SecurityPolicy)
	api.EndpointAccessMode = cmp.Or(api.EndpointAccessMode, base.EndpointAccessMode)
	endpoint, disabled := api.EndpointConfiguration, api.DisableExecuteAPIEndpoint
	api.EndpointConfiguration = base.EndpointConfiguration
	api.DisableExecuteAPIEndpoint = base.DisableExecuteAPIEndpoint
	if endpoint.Origin != (definition.Origin{}) {
		applyEndpoint(api, endpoint, disabled)
	}
}

func applyEndpoint(api *definition.RestAPI, endpoint definition.EndpointConfiguration, disabled bool) {
	api.DisableExecuteAPIEndpoint = disabled
	if endpoint.VPCEndpointIDs != nil {
		api.EndpointConfiguration.VPCEndpointIDs = endpoint.VPCEndpointIDs
	}
	if endpoint.IPAddressType != "" {
		api.EndpointConfiguration.IPAddressType = endpoint.IPAddressType
	}
}

// mergeSettings takes over the scalars that the document has.
func mergeSettings(api, from *definition.RestAPI) {
	for _, s := range []struct{ to, from *string }{
		{&api.Name, &from.Name}, {&api.Description, &from.Description}, {&api.Version, &from.Version}, {&api.APIKeySource, &from.APIKeySource},
		{&api.EndpointAccessMode, &from.EndpointAccessMode}, {&api.SecurityPolicy, &from.SecurityPolicy},
		{&api.DocumentationVersion, &from.DocumentationVersion},
	} {
		if *s.from != "" {
			*s.to = *s.from
		}
	}
	if from.Policy != "" {
		api.Policy, api.PolicyOrigin = from.Policy, from.PolicyOrigin
	}
	if from.MinimumCompressionSize != nil {
		api.MinimumCompressionSize = from.MinimumCompressionSize
	}
	for _, t := range from.BinaryMediaTypes {
		if !slices.Contains(api.BinaryMediaTypes, t) {
			api.BinaryMediaTypes = append(api.BinaryMediaTypes, t)
		}
	}
	api.Warnings, api.Origin = from.Warnings, from.Origin
}

func mergeParts(api, from *definition.RestAPI) {
	overlay(&api.Models, from.Models)
	overlay(&api.RequestValidators, from.RequestValidators)
	overlay(&api.Authorizers, from.Authorizers)
	overlay(&api.GatewayResponses, from.GatewayResponses)
	api.Documentation, _ = MergeDocumentation(api.Documentation, from.Documentation)
}

func overlay[T any](to *map[string]*T, from map[string]*T) {
	if *to == nil {
		*to = map[string]*T{}
	}
	maps.Copy(*to, from)
}

// mergeResources adds resources and replaces methods, under the rules for new resources.
func mergeResources(api, from *definition.RestAPI) (problems definition.Problems) {
	for r := range from.Ordered() {
		old := api.Resources[r.ID]
		if old == nil {
			checkSibling(api, r, &problems)
			api.Resources[r.ID] = r
			continue
		}
		overlay(&old.Methods, r.Methods)
	}
	return problems
}

func checkSibling(api *definition.RestAPI, r *definition.Resource, problems *definition.Problems) {
	for _, other := range api.Resources {
		if other.ParentID == r.ParentID && other.Variable() != "" && r.Variable() != "" {
			problems.Addf(r.Origin, "A sibling (%s) of this resource already has a variable path part -- only one is allowed", other.PathPart)
		}
	}
	if parent := api.Resources[r.ParentID]; parent != nil && parent.Greedy() {
		problems.Addf(r.Origin, "Cannot create a child of a resource with a greedy path variable: %s", parent.PathPart)
	}
}
