package layer

import (
	"context"
	"slices"
	"strings"

	"github.com/gatehouse-gateway/gatehouse/internal/control/lambda/state"
	"github.com/gatehouse-gateway/gatehouse/internal/control/lambda/statement"
	"github.com/gatehouse-gateway/gatehouse/internal/control/lambda/wire"
	"github.com/gatehouse-gateway/gatehouse/internal/definition"
)

// statementOf writes the statement that a call asks for. The model has checked the action and the principal.
func statementOf(in *wire.AddLayerVersionPermissionRequest, resource string) (string, error) {
	s := statement.Statement{ID: *in.StatementId, Effect: "Allow", Principal: *in.Principal, Action: *in.Action, Resource: resource}
	if who := *in.Principal; who != "*" {
		if !strings.HasPrefix(who, "arn:") {
			who = "arn:aws:iam::" + who + ":root"
		}
		s.Principal = map[string]string{"AWS": who}
	}
	if in.OrganizationId != nil {
		if *in.Principal != "*" {
			return "", wire.Invalid("OrganizationId can be specified only when Principal is *.")
		}
		s.Condition = map[string]map[string]string{"StringEquals": {"aws:PrincipalOrgID": *in.OrganizationId}}
	}
	return s.Text()
}

// addPermission lets others use a version.
func (o *Operations) addPermission(ctx context.Context, in *wire.AddLayerVersionPermissionRequest) (*wire.AddLayerVersionPermissionResponse, error) {
	v, err := ownVersion(ctx, in.LayerName, in.VersionNumber, "lambda:AddLayerVersionPermission")
	if err != nil {
		return nil, err
	}
	text, err := statementOf(in, v.arn())
	if err != nil {
		return nil, err
	}
	p, err := o.changePolicy(ctx, v, in.RevisionId, func(p *definition.FunctionPolicy) error {
		if find(p, *in.StatementId) >= 0 {
			return wire.Conflict("The statement id (%s) provided already exists. Please provide a new statement id, or remove the existing statement.", *in.StatementId)
		}
		p.Statements = append(p.Statements, definition.FunctionStatement{ID: *in.StatementId, Text: text})
		return statement.Check(p)
	})
	if err != nil {
		return nil, err
	}
	return &wire.AddLayerVersionPermissionResponse{Statement: &text, RevisionId: &p.RevisionID}, nil
}

func find(p *definition.FunctionPolicy, id string) int {
	return slices.IndexFunc(p.Statements, func(s definition.FunctionStatement) bool { return s.ID == id })
}

// changePolicy changes the policy of a version, if it has the revision that the client knows.
func (o *Operations) changePolicy(ctx context.Context, v version, revision *string, change func(*definition.FunctionPolicy) error) (*definition.FunctionPolicy, error) {
	absent := errNoVersion(v)
	l, err := o.state.Layers.Change(ctx, v.key(), func(l *definition.Layer) error {
		stored := l.Versions[v.digits()]
		if stored == nil {
			return absent
		}
		if known := wire.Value(revision); known != "" && known != stored.Policy.RevisionID {
			return wire.Precondition("GetLayerVersionPolicy")
		}
		if err := change(&stored.Policy); err != nil {
			return err
		}
		stored.Policy.RevisionID = state.NewRevision()
		return nil
	})
	if err != nil {
		return nil, wire.OrNotFound(err, absent)
	}
	return &l.Versions[v.digits()].Policy, nil
}

// errNoVersion is what the operations on permissions say of a version that does not exist (unconfirmed).
func errNoVersion(v version) error {
	return wire.NotFound("Layer version %s does not exist.", v.arn())
}

var errNoPolicy = wire.NotFound("No policy is associated with the given resource.")

func (o *Operations) getPolicy(ctx context.Context, in *wire.GetLayerVersionPolicyRequest) (*wire.GetLayerVersionPolicyResponse, error) {
	v, err := ownVersion(ctx, in.LayerName, in.VersionNumber, "lambda:GetLayerVersionPolicy")
	if err != nil {
		return nil, err
	}
	l, err := o.state.Layers.Get(ctx, v.key())
	if err != nil {
		return nil, wire.OrNotFound(err, errNoVersion(v))
	}
	stored := l.Versions[v.digits()]
	switch {
	case stored == nil:
		return nil, errNoVersion(v)
	case len(stored.Policy.Statements) == 0:
		return nil, errNoPolicy
	}
	return &wire.GetLayerVersionPolicyResponse{Policy: wire.Ptr(stored.Policy.Document()), RevisionId: &stored.Policy.RevisionID}, nil
}

// removePermission takes a statement out. Functions that were made by it go on to use the version.
func (o *Operations) removePermission(ctx context.Context, in *wire.RemoveLayerVersionPermissionRequest) (*wire.None, error) {
	v, err := ownVersion(ctx, in.LayerName, in.VersionNumber, "lambda:RemoveLayerVersionPermission")
	if err != nil {
		return nil, err
	}
	_, err = o.changePolicy(ctx, v, in.RevisionId, func(p *definition.FunctionPolicy) error {
		if len(p.Statements) == 0 {
			return errNoPolicy
		}
		i := find(p, *in.StatementId)
		if i < 0 {
			return wire.NotFound("Statement %s is not found in resource policy.", *in.StatementId)
		}
		p.Statements = slices.Delete(p.Statements, i, i+1)
		return nil
	})
	return nil, err
}
