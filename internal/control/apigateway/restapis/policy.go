package restapis

import (
	"strings"

	"github.com/gatehouse-gateway/gatehouse/iam"
	"github.com/gatehouse-gateway/gatehouse/internal/control/apigateway/state"
	"github.com/gatehouse-gateway/gatehouse/internal/control/apigateway/wire"
	"github.com/gatehouse-gateway/gatehouse/internal/definition"
	"github.com/gatehouse-gateway/gatehouse/jsontree"
)

const badPolicy = "Invalid policy document. Please check the policy syntax and ensure that Principals are valid."

// setPolicy stores a resource policy: compact, its abbreviated resources written out. "" removes it.
// Spec: control-plane 8.1, access-control 8.1.
func (o *Operations) setPolicy(scope state.Scope, api *definition.RestAPI, text string) error {
	if strings.TrimSpace(text) == "" {
		api.Policy = ""
		return nil
	}
	most := int(o.state.Limits.ResourcePolicy)
	if len(text) > most {
		return wire.LimitExceeded("The resource policy is larger than %d characters.", most)
	}
	policy, err := ExpandPolicy(text, "arn:aws:execute-api:"+scope.Region+":"+scope.AccountID+":"+api.ID+"/")
	if err != nil {
		return err
	}
	api.Policy = policy
	return nil
}

// ExpandPolicy checks a resource policy and returns it compact, with resources written execute-api:/x as arn followed by x.
func ExpandPolicy(text, arn string) (string, error) {
	tree, err := jsontree.ParseString(text, jsontree.Limits{Depth: 64, Size: len(text)})
	if err != nil {
		return "", wire.BadRequest(badPolicy)
	}
	expand := func(resource string) string {
		if below, ok := strings.CutPrefix(resource, "execute-api:/"); ok {
			return arn + below
		}
		return resource
	}
	expandResources(tree, expand)
	out := jsontree.Append(nil, tree)
	if _, err := iam.Parse(out, iam.Options{Kind: iam.Resource}); err != nil {
		return "", wire.BadRequest(badPolicy)
	}
	return string(out), nil
}

// expandResources rewrites Resource and NotResource of every statement.
func expandResources(policy jsontree.Value, expand func(string) string) {
	root, ok := policy.(*jsontree.Object)
	if !ok {
		return
	}
	statements, _ := root.Get("Statement")
	list := []jsontree.Value{statements}
	if array, ok := statements.(*jsontree.Array); ok {
		list = array.Items
	}
	for _, s := range list {
		statement, ok := s.(*jsontree.Object)
		if !ok {
			continue
		}
		for _, name := range [...]string{"Resource", "NotResource"} {
			switch r, _ := statement.Get(name); r := r.(type) {
			case string:
				statement.Set(name, expand(r))
			case *jsontree.Array:
				for i, item := range r.Items {
					if text, ok := item.(string); ok {
						r.Items[i] = expand(text)
					}
				}
			}
		}
	}
}

var policyEscapes = strings.NewReplacer(`\`, `\\`, `"`, `\"`)

// shownPolicy is a policy as the service shows it: its text escaped once more. Spec: control-plane 8.1.
func shownPolicy(policy string) *string {
	if policy == "" {
		return nil
	}
	return wire.Ptr(policyEscapes.Replace(policy))
}
