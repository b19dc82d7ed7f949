package layer

import (
	"context"

	"github.com/gatehouse-gateway/gatehouse/iam"
	"github.com/gatehouse-gateway/gatehouse/internal/control/caller"
	"github.com/gatehouse-gateway/gatehouse/internal/control/lambda/configuration"
	"github.com/gatehouse-gateway/gatehouse/internal/control/lambda/state"
	"github.com/gatehouse-gateway/gatehouse/internal/control/lambda/wire"
	"github.com/gatehouse-gateway/gatehouse/internal/definition"
)

// actionGet is what a layer's policy allows: to read a version, and to use it in functions.
const actionGet = "lambda:GetLayerVersion"

func (o *Operations) get(ctx context.Context, in *wire.GetLayerVersionRequest) (*wire.GetLayerVersionResponse, error) {
	if err := checkNumber(in.VersionNumber); err != nil {
		return nil, err
	}
	scope, n, err := named(ctx, in.LayerName)
	if err != nil {
		return nil, err
	}
	return o.read(ctx, scope, version{n, *in.VersionNumber})
}

func (o *Operations) getByARN(ctx context.Context, in *wire.GetLayerVersionByArnRequest) (*wire.GetLayerVersionResponse, error) {
	scope, err := state.ScopeOf(ctx)
	if err != nil {
		return nil, err
	}
	v, err := parseVersion(wire.Value(in.Arn))
	if err != nil {
		return nil, wire.ErrNoResource // version 0, or one that AWS keeps in no account
	}
	if err := reaches(scope, v.name); err != nil {
		return nil, err
	}
	return o.read(ctx, scope, v)
}

func (o *Operations) read(ctx context.Context, scope state.Scope, v version) (*wire.GetLayerVersionResponse, error) {
	found, err := o.find(ctx, scope, v, wire.ErrNoResource)
	if err != nil {
		return nil, err
	}
	return o.show(ctx, v, found), nil
}

// find returns a version that the caller may use. notFound is the answer when one of his own does not exist.
func (o *Operations) find(ctx context.Context, scope state.Scope, v version, notFound error) (*definition.LayerVersion, error) {
	if v.accountID != scope.AccountID {
		notFound = denied(scope, actionGet, v.arn())
	}
	l, err := o.state.Layers.Get(ctx, v.key())
	if err != nil {
		return nil, wire.OrNotFound(err, notFound)
	}
	found := l.Versions[v.digits()]
	if found == nil || !mayUse(scope, v, found) {
		return nil, notFound
	}
	return found, nil
}

// mayUse reports whether a caller may use a version: his own, and those whose policy says so. One that cannot be read says no.
func mayUse(scope state.Scope, v version, found *definition.LayerVersion) bool {
	if v.accountID == scope.AccountID {
		return true
	}
	if len(found.Policy.Statements) == 0 {
		return false
	}
	policy, err := iam.Parse([]byte(found.Policy.Document()), iam.Options{Kind: iam.Resource})
	if err != nil {
		return false
	}
	who, err := iam.NewPrincipal("arn:aws:iam::"+scope.AccountID+":root", "")
	if err != nil {
		return false
	}
	return policy.Evaluate(&iam.Request{Principal: who, Action: actionGet, Resource: v.arn()}).Effect == iam.Allow
}

// show is a version as answers have it.
func (o *Operations) show(ctx context.Context, v version, stored *definition.LayerVersion) *wire.GetLayerVersionResponse {
	c, _ := caller.From(ctx) // there is one, the name needed it
	return &wire.GetLayerVersionResponse{
		Content: &wire.LayerVersionContentOutput{
			Location: wire.Ptr(o.downloads.URL(c.Endpoint, stored.Code.Digest)), CodeSha256: wire.Ptr(configuration.CodeSHA256(stored.Code)), CodeSize: wire.Ptr(stored.Code.Size),
		},
		LayerArn: wire.Ptr(v.name.arn()), LayerVersionArn: wire.Ptr(v.arn()), Version: wire.Ptr(v.number), Description: wire.Ptr(stored.Description),
		CreatedDate: wire.Time(stored.Created), CompatibleRuntimes: stored.CompatibleRuntimes, CompatibleArchitectures: stored.CompatibleArchitectures,
		LicenseInfo: wire.NonZero(stored.LicenseInfo),
	}
}

// showListed is a version as lists have it.
func showListed(v version, stored *definition.LayerVersion) wire.LayerVersionsListItem {
	return wire.LayerVersionsListItem{
		LayerVersionArn: wire.Ptr(v.arn()), Version: wire.Ptr(v.number), Description: wire.NonZero(stored.Description), CreatedDate: wire.Time(stored.Created),
		CompatibleRuntimes: stored.CompatibleRuntimes, CompatibleArchitectures: stored.CompatibleArchitectures, LicenseInfo: wire.NonZero(stored.LicenseInfo),
	}
}
