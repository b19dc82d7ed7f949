package accounts

import (
	"context"
	"maps"
	"strings"

	"github.com/gatehouse-gateway/gatehouse/internal/control/apigateway/state"
	"github.com/gatehouse-gateway/gatehouse/internal/control/apigateway/wire"
	"github.com/gatehouse-gateway/gatehouse/internal/definition"
	"github.com/gatehouse-gateway/gatehouse/internal/store"
)

var errBadARN = wire.BadRequest("Invalid ARN specified in the request") // (unconfirmed)

func (o *Operations) tagResource(ctx context.Context, in *wire.TagResourceRequest) (*wire.None, error) {
	r, err := o.resource(ctx, wire.Value(in.ResourceArn))
	if err != nil {
		return nil, err
	}
	if err := wire.CheckTags(in.Tags); err != nil {
		return nil, err
	}
	return nil, r.change(ctx, func(tags map[string]string) error {
		maps.Copy(tags, in.Tags)
		mine := maps.Clone(tags)
		maps.DeleteFunc(mine, func(key, _ string) bool { return reserved(key) })
		return wire.CheckTags(mine)
	})
}

func (o *Operations) untagResource(ctx context.Context, in *wire.UntagResourceRequest) (*wire.None, error) {
	r, err := o.resource(ctx, wire.Value(in.ResourceArn))
	if err != nil {
		return nil, err
	}
	for _, key := range in.TagKeys {
		if reserved(key) {
			return nil, wire.CheckTags(map[string]string{key: ""})
		}
	}
	return nil, r.change(ctx, func(tags map[string]string) error {
		for _, key := range in.TagKeys {
			delete(tags, key)
		}
		return nil
	})
}

// getTags ignores limit and position, as the service does. Spec: control-plane 15.
func (o *Operations) getTags(ctx context.Context, in *wire.GetTagsRequest) (*wire.Tags, error) {
	r, err := o.resource(ctx, wire.Value(in.ResourceArn))
	if err != nil {
		return nil, err
	}
	tags, err := r.read(ctx)
	if err != nil {
		return nil, err
	}
	return &wire.Tags{Tags: wire.Always(tags)}, nil
}

func reserved(key string) bool { return strings.HasPrefix(strings.ToLower(key), "aws:") }

// taggable is a resource whose tags can be read and changed.
type taggable struct {
	read   func(context.Context) (map[string]string, error)
	change func(context.Context, func(map[string]string) error) error
}

// tagsOf makes a resource out of the document that holds it. at returns where its tags are, nil when the document has no such
// part.
func tagsOf[T any](c *store.Collection[T], key string, absent error, at func(*T) *map[string]string) taggable {
	return taggable{
		read: func(ctx context.Context) (map[string]string, error) {
			doc, err := c.Get(ctx, key)
			if err != nil {
				return nil, wire.OrNotFound(err, absent)
			}
			tags := at(doc)
			if tags == nil {
				return nil, absent
			}
			return *tags, nil
		},
		change: func(ctx context.Context, change func(map[string]string) error) error {
			_, err := c.Change(ctx, key, func(doc *T) error {
				tags := at(doc)
				if tags == nil {
					return absent
				}
				next := wire.Always(*tags)
				err := change(next)
				*tags = wire.NonEmptyMap(next)
				return err
			})
			return wire.OrNotFound(err, absent)
		},
	}
}

// resource finds what an ARN names: arn:{partition}:apigateway:{region}:{account or nothing}:/{kind}/{id}…
func (o *Operations) resource(ctx context.Context, arn string) (taggable, error) {
	scope, err := state.ScopeOf(ctx)
	if err != nil {
		return taggable{}, err
	}
	parts := strings.SplitN(arn, ":", 6)
	if len(parts) < 6 || parts[0] != "arn" || parts[1] == "" || parts[2] != "apigateway" || parts[3] != scope.Region ||
		parts[4] != "" && parts[4] != scope.AccountID || !strings.HasPrefix(parts[5], "/") {
		return taggable{}, errBadARN
	}
	path := strings.Split(parts[5][1:], "/")
	if len(path) < 2 || path[1] == "" {
		return taggable{}, errBadARN
	}
	if path[0] == "restapis" {
		return o.apiResource(scope, path)
	}
	if len(path) != 2 {
		return taggable{}, errBadARN
	}
	return o.flatResource(scope, path[0], path[1])
}

func (o *Operations) apiResource(scope state.Scope, path []string) (taggable, error) {
	key, absent := scope.Key(path[1]), scope.ErrNoAPI(path[1])
	switch {
	case len(path) == 2:
		return tagsOf(o.state.APIs, key, absent, func(d *definition.RestAPIDocument) *map[string]string { return &d.API.Tags }), nil
	case len(path) == 4 && path[2] == "stages":
		return tagsOf(o.state.APIs, key, wire.NotFound("Invalid stage identifier specified"), func(d *definition.RestAPIDocument) *map[string]string {
			if stage := d.Stages[path[3]]; stage != nil {
				return &stage.Tags
			}
			return nil
		}), nil
	}
	return taggable{}, errBadARN
}

func (o *Operations) flatResource(scope state.Scope, kind, id string) (taggable, error) {
	key := scope.Key(id)
	switch kind {
	case "apikeys":
		return tagsOf(o.state.Keys, key, wire.NotFound("Invalid API Key identifier specified"), func(k *definition.APIKey) *map[string]string { return &k.Tags }), nil
	case "usageplans":
		return tagsOf(o.state.Plans, key, wire.NotFound("Invalid Usage Plan ID specified"), func(p *definition.UsagePlan) *map[string]string { return &p.Tags }), nil
	case "clientcertificates":
		return tagsOf(o.state.Certificates, key, errNoCertificate, func(c *definition.ClientCertificate) *map[string]string { return &c.Tags }), nil
	case "vpclinks":
		return tagsOf(o.state.VPCLinks, key, errNoLink, func(l *definition.VPCLink) *map[string]string { return &l.Tags }), nil
	case "domainnames":
		return tagsOf(o.state.Domains, scope.Key(strings.ToLower(id)), wire.NotFound("Invalid domain name identifier specified"), func(d *definition.DomainName) *map[string]string { return &d.Tags }), nil
	}
	return taggable{}, errBadARN
}
