package settings

import (
	"context"
	"maps"
	"regexp"
	"strings"

	"github.com/gatehouse-gateway/gatehouse/internal/awsclient"
	"github.com/gatehouse-gateway/gatehouse/internal/control/lambda/state"
	"github.com/gatehouse-gateway/gatehouse/internal/control/lambda/wire"
	"github.com/gatehouse-gateway/gatehouse/internal/definition"
	"github.com/gatehouse-gateway/gatehouse/internal/functions"
	"github.com/gatehouse-gateway/gatehouse/internal/store"
)

// Bounds of tags. Spec: the model; the number is recorded.
const (
	maxTags     = 50
	maxTagKey   = 128
	maxTagValue = 256
)

var tagText = regexp.MustCompile(`^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$`)

// CheckTags refuses tags that nobody may set.
func CheckTags(tags map[string]string) error {
	if len(tags) > maxTags {
		return wire.Invalid("Number of tags exceeds resource tag limit.")
	}
	for key, value := range tags {
		switch {
		case strings.HasPrefix(strings.ToLower(key), "aws:"):
			return wire.Invalid("Tag keys that begin with aws: are reserved: %s", key)
		case key == "" || len([]rune(key)) > maxTagKey || !tagText.MatchString(key):
			return wire.Invalid("Invalid tag key: %s", key)
		case len([]rune(value)) > maxTagValue || !tagText.MatchString(value):
			return wire.Invalid("Invalid tag value of the key %s", key)
		}
	}
	return nil
}

// tagged reads the ARN of a function. Event source mappings have tags, too: see mappingKey.
func tagged(ctx context.Context, arn *string) (functions.Ref, error) {
	if _, err := functions.ParseARN(wire.Value(arn)); err != nil {
		return functions.Ref{}, wire.ErrNoResource // of a kind that does not exist here
	}
	ref, err := state.Ref(ctx, arn, nil)
	if err == nil && ref.Qualifier != "" {
		err = wire.Invalid("Tags on function aliases and versions are not supported. Please specify either a function name or an unqualified function ARN.")
	}
	return ref, err
}

// mappingKey is the key of the event source mapping that an ARN names; ok is false when it names something else.
func mappingKey(ctx context.Context, arn *string) (key string, ok bool, err error) {
	a, _ := awsclient.ParseARN(wire.Value(arn)) // what is no ARN names no mapping
	uuid, isMapping := strings.CutPrefix(a.Resource, "event-source-mapping:")
	if a.Service != "lambda" || !isMapping {
		return "", false, nil
	}
	scope, err := state.ScopeOf(ctx)
	if err == nil && (a.AccountID != scope.AccountID || a.Region != scope.Region) {
		err = wire.ErrNoResource
	}
	return store.Key(scope.AccountID, scope.Region, uuid), true, err
}

func (o *Operations) listTags(ctx context.Context, in *wire.ListTagsRequest) (*wire.ListTagsResponse, error) {
	tags, err := o.tagsOf(ctx, in.Resource)
	if err != nil {
		return nil, err
	}
	if tags = maps.Clone(tags); tags == nil {
		tags = map[string]string{}
	}
	return &wire.ListTagsResponse{Tags: tags}, nil
}

func (o *Operations) tagsOf(ctx context.Context, arn *string) (map[string]string, error) {
	key, isMapping, err := mappingKey(ctx, arn)
	if err != nil {
		return nil, err
	}
	if isMapping {
		m, err := o.state.Mappings.Get(ctx, key)
		if err != nil {
			return nil, wire.OrNotFound(err, wire.ErrNoResource)
		}
		return m.Tags, nil
	}
	ref, err := tagged(ctx, arn)
	if err != nil {
		return nil, err
	}
	doc, err := o.state.Get(ctx, ref, state.ErrNoFunction(ref))
	if err != nil {
		return nil, err
	}
	return doc.Tags, nil
}

func (o *Operations) tagResource(ctx context.Context, in *wire.TagResourceRequest) (*wire.None, error) {
	return nil, o.changeTags(ctx, in.Resource, func(tags map[string]string) { maps.Copy(tags, in.Tags) })
}

func (o *Operations) untagResource(ctx context.Context, in *wire.UntagResourceRequest) (*wire.None, error) {
	return nil, o.changeTags(ctx, in.Resource, func(tags map[string]string) {
		for _, key := range in.TagKeys {
			delete(tags, key)
		}
	})
}

func (o *Operations) changeTags(ctx context.Context, arn *string, change func(map[string]string)) error {
	apply := func(tags *map[string]string) error {
		if *tags == nil {
			*tags = make(map[string]string)
		}
		change(*tags)
		return CheckTags(*tags)
	}
	key, isMapping, err := mappingKey(ctx, arn)
	if err != nil {
		return err
	}
	if isMapping {
		_, err := o.state.Mappings.Change(ctx, key, func(m *definition.EventSourceMapping) error { return apply(&m.Tags) })
		return wire.OrNotFound(err, wire.ErrNoResource)
	}
	ref, err := tagged(ctx, arn)
	if err != nil {
		return err
	}
	_, err = o.state.Change(ctx, ref, state.ErrNoFunction(ref), func(doc *definition.Function) error { return apply(&doc.Tags) })
	return err
}
