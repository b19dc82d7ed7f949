// Package policy has the operations on resource policies: who but the function's own account may invoke it, or one version or alias
// of it. Spec: functions B5.
package policy

import (
	"context"
	"slices"

	"github.com/gatehouse-gateway/gatehouse/awsproto"
	"github.com/gatehouse-gateway/gatehouse/internal/control/lambda/ident"
	"github.com/gatehouse-gateway/gatehouse/internal/control/lambda/state"
	"github.com/gatehouse-gateway/gatehouse/internal/control/lambda/statement"
	"github.com/gatehouse-gateway/gatehouse/internal/control/lambda/wire"
	"github.com/gatehouse-gateway/gatehouse/internal/definition"
	"github.com/gatehouse-gateway/gatehouse/internal/functions"
)

// Operations are the operations on policies.
type Operations struct{ state *state.State }

// New returns the operations on the functions of s.
func New(s *state.State) *Operations { return &Operations{s} }

// Bind connects the operations to their names in the model.
func (o *Operations) Bind(s *awsproto.Service) {
	wire.Bind(s, "AddPermission", o.addPermission)
	wire.Bind(s, "GetPolicy", o.getPolicy)
	wire.Bind(s, "RemovePermission", o.removePermission)
}

// addPermission adds a statement to the policy of what the qualifier names.
func (o *Operations) addPermission(ctx context.Context, in *wire.AddPermissionRequest) (*wire.AddPermissionResponse, error) {
	ref, err := state.Ref(ctx, in.FunctionName, in.Qualifier)
	if err != nil {
		return nil, err
	}
	if ref.Qualifier == functions.Latest {
		return nil, wire.Invalid("We currently do not support adding policies for $LATEST.")
	}
	text, err := statementOf(in, ref.ARN())
	if err != nil {
		return nil, err
	}
	_, err = o.state.Change(ctx, ref, state.ErrNoFunction(ref), func(doc *definition.Function) error {
		if err := exists(doc, ref); err != nil {
			return err
		}
		p := doc.Policies[ref.Qualifier]
		if p == nil {
			p = new(definition.FunctionPolicy)
		}
		if err := checkRevision(in.RevisionId, p); err != nil {
			return err
		}
		if find(p, *in.StatementId) >= 0 {
			return wire.Conflict("The statement id (%s) provided already exists. Please provide a new statement id, or remove the existing statement.", *in.StatementId)
		}
		p.Statements = append(p.Statements, definition.FunctionStatement{ID: *in.StatementId, Text: text})
		return put(doc, ref.Qualifier, p)
	})
	if err != nil {
		return nil, err
	}
	return &wire.AddPermissionResponse{Statement: &text}, nil
}

// exists checks that a qualifier names something. Recorded.
func exists(doc *definition.Function, ref functions.Ref) error {
	if _, _, ok := state.Version(doc, ref); ok {
		return nil
	}
	if ident.IsAlias(ref.Qualifier) {
		return state.ErrNoAlias(ref)
	}
	return state.ErrNoFunction(ref)
}

func checkRevision(known *string, p *definition.FunctionPolicy) error {
	if wire.Value(known) != "" && *known != p.RevisionID {
		return wire.Precondition("GetPolicy")
	}
	return nil
}

func find(p *definition.FunctionPolicy, id string) int {
	return slices.IndexFunc(p.Statements, func(s definition.FunctionStatement) bool { return s.ID == id })
}

// put stores a policy that can be evaluated. One without statements is none.
func put(doc *definition.Function, qualifier string, p *definition.FunctionPolicy) error {
	if len(p.Statements) == 0 {
		delete(doc.Policies, qualifier)
		return nil
	}
	if err := statement.Check(p); err != nil {
		return err
	}
	p.RevisionID = state.NewRevision()
	if doc.Policies == nil {
		doc.Policies = make(map[string]*definition.FunctionPolicy)
	}
	doc.Policies[qualifier] = p
	return nil
}

// getPolicy says of everything that is not there the same. Recorded.
func (o *Operations) getPolicy(ctx context.Context, in *wire.GetPolicyRequest) (*wire.GetPolicyResponse, error) {
	ref, err := state.Ref(ctx, in.FunctionName, in.Qualifier)
	if err != nil {
		return nil, err
	}
	doc, err := o.state.Get(ctx, ref, wire.ErrNoResource)
	if err != nil {
		return nil, err
	}
	p := doc.Policies[ref.Qualifier]
	if p == nil {
		return nil, wire.ErrNoResource
	}
	return &wire.GetPolicyResponse{Policy: wire.Ptr(p.Document()), RevisionId: &p.RevisionID}, nil
}

// removePermission takes a statement out. After the last one there is no policy any more.
func (o *Operations) removePermission(ctx context.Context, in *wire.RemovePermissionRequest) (*wire.None, error) {
	ref, err := state.Ref(ctx, in.FunctionName, in.Qualifier)
	if err != nil {
		return nil, err
	}
	_, err = o.state.Change(ctx, ref, wire.NotFound("No policy found for: %s", ref.ARN()), func(doc *definition.Function) error {
		if err := exists(doc, ref); err != nil {
			return err
		}
		p := doc.Policies[ref.Qualifier]
		if p == nil {
			return wire.NotFound("No policy is associated with the given resource.")
		}
		if err := checkRevision(in.RevisionId, p); err != nil {
			return err
		}
		i := find(p, *in.StatementId)
		if i < 0 {
			return wire.NotFound("Statement %s is not found in resource policy.", *in.StatementId)
		}
		p.Statements = slices.Delete(p.Statements, i, i+1)
		return put(doc, ref.Qualifier, p)
	})
	return nil, err
}
