package accounts

import (
	"context"
	"strings"

	"github.com/gatehouse-gateway/gatehouse/internal/control/apigateway/state"
	"github.com/gatehouse-gateway/gatehouse/internal/control/apigateway/wire"
	"github.com/gatehouse-gateway/gatehouse/internal/definition"
	"github.com/gatehouse-gateway/gatehouse/internal/store"
)

// Statuses of a link: the answer to its creation says that it is being made, and every later one that it is there.
const (
	pending   = "PENDING"
	available = "AVAILABLE"
	ready     = "Your vpc link is ready for use"
)

var errNoLink = wire.NotFound("Invalid Vpc Link identifier specified")

func (o *Operations) createVPCLink(ctx context.Context, in *wire.CreateVpcLinkRequest) (*wire.VpcLink, error) {
	scope, err := state.ScopeOf(ctx)
	if err != nil {
		return nil, err
	}
	if err := checkNewLink(in); err != nil {
		return nil, err
	}
	entries, _, err := o.state.VPCLinks.Entries(ctx, scope.Prefix())
	if err != nil {
		return nil, err
	}
	if most := o.state.Limits.VPCLinks; int64(len(entries)) >= most {
		return nil, wire.LimitExceeded("Maximum number of VPC links for this account has been reached. The limit is %d.", most)
	}
	doc := &definition.VPCLink{
		ID: wire.NewID(wire.ShortIDLength), Name: *in.Name, Description: wire.Value(in.Description),
		TargetARNs: in.TargetArns, Tags: wire.NonEmptyMap(in.Tags),
	}
	if err := o.state.VPCLinks.Create(ctx, scope.Key(doc.ID), doc); err != nil {
		return nil, err
	}
	out := vpcLink(doc)
	out.Status, out.StatusMessage = wire.Ptr(pending), nil
	return out, nil
}

func checkNewLink(in *wire.CreateVpcLinkRequest) error {
	switch {
	case wire.Value(in.Name) == "":
		return wire.BadRequest("Name cannot be empty")
	case len(in.TargetArns) == 0:
		return wire.BadRequest("No target arn specified for vpc link.") // (unconfirmed)
	case len(in.TargetArns) > 1:
		return wire.BadRequest("More than one target arn specified for vpc link.")
	case !wellFormedARN(in.TargetArns[0]):
		return wire.BadRequest("Invalid ARN. ARN is not well formed %s", in.TargetArns[0])
	}
	return wire.CheckTags(in.Tags)
}

// wellFormedARN says whether text is arn:{partition}:{service}:{region}:{account}:{resource}.
func wellFormedARN(text string) bool {
	parts := strings.SplitN(text, ":", 6)
	return len(parts) == 6 && parts[0] == "arn" && parts[1] != "" && parts[2] != "" && parts[5] != ""
}

func (o *Operations) getVPCLink(ctx context.Context, in *wire.GetVpcLinkRequest) (*wire.VpcLink, error) {
	key, err := state.KeyOf(ctx, in.VpcLinkId, errNoLink)
	if err != nil {
		return nil, err
	}
	doc, err := o.state.VPCLinks.Get(ctx, key)
	if err != nil {
		return nil, wire.OrNotFound(err, errNoLink)
	}
	return taggedLink(doc), nil
}

func (o *Operations) getVPCLinks(ctx context.Context, in *wire.GetVpcLinksRequest) (*wire.VpcLinks, error) {
	scope, err := state.ScopeOf(ctx)
	if err != nil {
		return nil, err
	}
	all, err := o.state.VPCLinks.All(ctx, scope.Prefix())
	if err != nil {
		return nil, err
	}
	page, next, err := wire.Page(all, func(i store.Item[definition.VPCLink]) string { return i.Key }, in.Limit, in.Position)
	if err != nil {
		return nil, err
	}
	out := &wire.VpcLinks{Items: make([]wire.VpcLink, len(page)), Position: next}
	for i, item := range page {
		out.Items[i] = *vpcLink(item.Value)
	}
	return out, nil
}

func (o *Operations) updateVPCLink(ctx context.Context, in *wire.UpdateVpcLinkRequest) (*wire.VpcLink, error) {
	key, err := state.KeyOf(ctx, in.VpcLinkId, errNoLink)
	if err != nil {
		return nil, err
	}
	doc, err := o.state.VPCLinks.Change(ctx, key, func(l *definition.VPCLink) error {
		return patchLink.Apply(l, in.PatchOperations)
	})
	if err != nil {
		return nil, wire.OrNotFound(err, errNoLink)
	}
	return taggedLink(doc), nil
}

func fixedTargets(*definition.VPCLink, wire.Op) error {
	return wire.BadRequest("Target arns are not allowed to be changed/added.")
}

// patchLink is the table of control-plane 7.22.
var patchLink = wire.Table[definition.VPCLink]{Family: wire.Listed, Rows: []wire.Row[definition.VPCLink]{
	{Path: "/name", Replace: func(l *definition.VPCLink, op wire.Op) error {
		if op.Text() == "" {
			return wire.BadRequest("Name cannot be empty")
		}
		l.Name = op.Text()
		return nil
	}},
	{Path: "/description", Replace: wire.Text(func(l *definition.VPCLink) *string { return &l.Description })},
	{Path: "/targetArns", Add: fixedTargets, Replace: fixedTargets, Remove: fixedTargets, Hidden: true},
	{Path: "/targetArns/*", Add: fixedTargets, Replace: fixedTargets, Remove: fixedTargets, Hidden: true},
}}

func (o *Operations) deleteVPCLink(ctx context.Context, in *wire.DeleteVpcLinkRequest) (*wire.None, error) {
	key, err := state.KeyOf(ctx, in.VpcLinkId, errNoLink)
	if err != nil {
		return nil, err
	}
	if _, err := o.state.VPCLinks.Get(ctx, key); err != nil {
		return nil, wire.OrNotFound(err, errNoLink)
	}
	scope, err := state.ScopeOf(ctx)
	if err != nil {
		return nil, err
	}
	users, err := o.state.VPCLinkUsers(ctx, scope, *in.VpcLinkId)
	if err != nil {
		return nil, err
	}
	if len(users) > 0 {
		return nil, wire.BadRequest("Cannot delete vpc link. Vpc link '%s', is referenced in [%s] in format of [RESTApiId:Method:Resource:Stage].",
			*in.VpcLinkId, strings.Join(users, ", "))
	}
	return nil, wire.OrNotFound(o.state.VPCLinks.Delete(ctx, key, nil), errNoLink)
}

func vpcLink(l *definition.VPCLink) *wire.VpcLink {
	return &wire.VpcLink{
		Id: &l.ID, Name: &l.Name, Description: wire.NonZero(l.Description), TargetArns: l.TargetARNs,
		Status: wire.Ptr(available), StatusMessage: wire.Ptr(ready), Tags: wire.NonEmptyMap(l.Tags),
	}
}

func taggedLink(l *definition.VPCLink) *wire.VpcLink {
	out := vpcLink(l)
	out.Tags = wire.Always(out.Tags)
	return out
}
