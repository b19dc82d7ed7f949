package plans

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/gatehouse-gateway/gatehouse/internal/control/apigateway/state"
	"github.com/gatehouse-gateway/gatehouse/internal/control/apigateway/wire"
	"github.com/gatehouse-gateway/gatehouse/internal/definition"
)

// Bounds of a key, in characters. Spec: control-plane 12.1, traffic 1.1.
const (
	maxKeyName        = 1024
	maxKeyDescription = 125_000
	minKeyValue       = 20
	maxKeyValue       = 128
)

var errNoKey = wire.NotFound("Invalid API Key identifier specified")

// keySummary is what lists of keys are sorted and chosen by.
type keySummary struct {
	ID, Name, CustomerID string
	Seq                  int64
}

func summarize(k *definition.APIKey) *keySummary {
	return &keySummary{ID: k.ID, Name: k.Name, CustomerID: k.CustomerID, Seq: k.Seq}
}

// newestFirst is a text that sorts what has a larger number before what has a smaller one.
func newestFirst(seq int64, id string) string {
	return fmt.Sprintf("%019d%s", math.MaxInt64-seq, id)
}

func (o *Operations) createAPIKey(ctx context.Context, in *wire.CreateApiKeyRequest) (*wire.ApiKey, error) {
	scope, err := state.ScopeOf(ctx)
	if err != nil {
		return nil, err
	}
	value := cmp.Or(wire.Value(in.Value), wire.NewKeyValue())
	k := &definition.APIKey{
		Name: wire.Value(in.Name), Description: wire.Value(in.Description), CustomerID: wire.Value(in.CustomerId),
		Enabled: wire.Value(in.Enabled), Tags: wire.NonEmptyMap(in.Tags),
	}
	if err := cmp.Or(checkKey(k), checkValue(value), wire.CheckTags(in.Tags)); err != nil {
		return nil, err
	}
	for _, s := range in.StageKeys {
		if err := o.checkStage(ctx, wire.Value(s.RestApiId), wire.Value(s.StageName), wire.NotFound("Invalid stage identifier specified")); err != nil {
			return nil, err
		}
		k.StageKeys = append(k.StageKeys, *s.RestApiId+"/"+*s.StageName)
	}
	if err := o.insertKey(ctx, scope, k, value); err != nil {
		return nil, err
	}
	out := apiKey(k)
	out.Value = &value
	return out, nil
}

func checkKey(k *definition.APIKey) error {
	switch {
	case utf8.RuneCountInString(k.Name) > maxKeyName:
		return wire.BadRequest("Invalid API Key name, can be at most 1024 characters.")
	case utf8.RuneCountInString(k.Description) > maxKeyDescription:
		return wire.BadRequest("Invalid API Key description specified.")
	}
	return nil
}

func checkValue(value string) error {
	switch {
	case len(value) < minKeyValue:
		return wire.BadRequest("API Key value should be at least 20 characters")
	case len(value) > maxKeyValue:
		return wire.BadRequest("API Key value exceeds maximum size of 128 characters")
	}
	return nil
}

// checkStage returns absent unless a stage exists.
func (o *Operations) checkStage(ctx context.Context, apiID, stage string, absent error) error {
	doc, err := o.state.API(ctx, &apiID, absent)
	if err != nil {
		return err
	}
	if doc.Stages[stage] == nil {
		return absent
	}
	return nil
}

func (o *Operations) getAPIKey(ctx context.Context, in *wire.GetApiKeyRequest) (*wire.ApiKey, error) {
	key, err := state.KeyOf(ctx, in.ApiKey, errNoKey)
	if err != nil {
		return nil, err
	}
	k, err := o.state.Keys.Get(ctx, key)
	if err != nil {
		return nil, wire.OrNotFound(err, errNoKey)
	}
	out := taggedKey(k)
	if wire.Value(in.IncludeValue) {
		if out.Value, err = o.value(key, k); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// getAPIKeys chooses from the view of all keys, and reads the keys of its page only.
func (o *Operations) getAPIKeys(ctx context.Context, in *wire.GetApiKeysRequest) (*wire.ApiKeys, error) {
	scope, err := state.ScopeOf(ctx)
	if err != nil {
		return nil, err
	}
	chosen, err := o.choose(ctx, scope, func(k *keySummary) bool {
		return strings.HasPrefix(k.Name, wire.Value(in.NameQuery)) && (wire.Value(in.CustomerId) == "" || k.CustomerID == *in.CustomerId)
	})
	if err != nil {
		return nil, err
	}
	page, next, err := wire.Page(chosen, func(k *keySummary) string { return newestFirst(k.Seq, k.ID) }, in.Limit, in.Position)
	if err != nil {
		return nil, err
	}
	out := &wire.ApiKeys{Items: make([]wire.ApiKey, 0, len(page)), Position: next}
	err = o.each(ctx, scope, page, func(key string, k *definition.APIKey) error {
		shown := apiKey(k)
		if wire.Value(in.IncludeValues) {
			if shown.Value, err = o.value(key, k); err != nil {
				return err
			}
		}
		out.Items = append(out.Items, *shown)
		return nil
	})
	return out, err
}

// choose returns the keys of a scope that match, newest first.
func (o *Operations) choose(ctx context.Context, scope state.Scope, match func(*keySummary) bool) ([]*keySummary, error) {
	all, err := o.keys.All(ctx, scope.Prefix())
	if err != nil {
		return nil, err
	}
	chosen := make([]*keySummary, 0, len(all))
	for _, item := range all {
		if match(item.Value) {
			chosen = append(chosen, item.Value)
		}
	}
	slices.SortFunc(chosen, func(a, b *keySummary) int { return cmp.Or(cmp.Compare(b.Seq, a.Seq), cmp.Compare(a.ID, b.ID)) })
	return chosen, nil
}

// each reads the keys of a page; one that was deleted meanwhile is left out.
func (o *Operations) each(ctx context.Context, scope state.Scope, page []*keySummary, do func(key string, k *definition.APIKey) error) error {
	for _, s := range page {
		k, err := o.state.Keys.Get(ctx, scope.Key(s.ID))
		if err = wire.OrNotFound(err, nil); err != nil {
			return err
		}
		if k == nil {
			continue
		}
		if err := do(scope.Key(s.ID), k); err != nil {
			return err
		}
	}
	return nil
}

func (o *Operations) updateAPIKey(ctx context.Context, in *wire.UpdateApiKeyRequest) (*wire.ApiKey, error) {
	key, err := state.KeyOf(ctx, in.ApiKey, errNoKey)
	if err != nil {
		return nil, err
	}
	k, err := o.state.Keys.Change(ctx, key, func(k *definition.APIKey) error {
		if err := patchKey.Apply(k, in.PatchOperations); err != nil {
			return err
		}
		if len(in.PatchOperations) > 0 {
			k.LastUpdatedDate = o.state.Now().UTC()
		}
		return checkKey(k)
	})
	if err != nil {
		return nil, wire.OrNotFound(err, errNoKey)
	}
	return taggedKey(k), nil
}

func ignore(*definition.APIKey, wire.Op) error { return nil }

// patchKey is the table of control-plane 7.2.
var patchKey = wire.Table[definition.APIKey]{Family: wire.Listed, Rows: []wire.Row[definition.APIKey]{
	{Path: "/description", Replace: wire.Text(func(k *definition.APIKey) *string { return &k.Description })},
	{Path: "/enabled", Replace: wire.Truth(func(k *definition.APIKey) *bool { return &k.Enabled })},
	{Path: "/name", Replace: wire.Text(func(k *definition.APIKey) *string { return &k.Name })},
	{Path: "/customerId", Replace: wire.Text(func(k *definition.APIKey) *string { return &k.CustomerID })},
	{
		Path: "/stages",
		Add: func(k *definition.APIKey, op wire.Op) error {
			if api, stage, ok := strings.Cut(op.Text(), "/"); !ok || api == "" || stage == "" {
				return wire.BadRequest("Invalid stage identifier specified")
			}
			if !slices.Contains(k.StageKeys, op.Text()) {
				k.StageKeys = append(k.StageKeys, op.Text())
			}
			return nil
		},
		Remove: func(k *definition.APIKey, op wire.Op) error {
			k.StageKeys = slices.DeleteFunc(k.StageKeys, func(s string) bool { return s == op.Text() })
			return nil
		},
	},
	{Path: "/labels", Add: ignore, Remove: ignore},
}}

func apiKey(k *definition.APIKey) *wire.ApiKey {
	out := &wire.ApiKey{
		Id: &k.ID, Name: wire.NonZero(k.Name), CustomerId: wire.NonZero(k.CustomerID), Description: wire.NonZero(k.Description),
		Enabled: &k.Enabled, CreatedDate: wire.Time(k.CreatedDate), LastUpdatedDate: wire.Time(k.LastUpdatedDate),
		StageKeys: k.StageKeys, Tags: wire.NonEmptyMap(k.Tags),
	}
	if out.StageKeys == nil {
		out.StageKeys = []string{}
	}
	return out
}

func taggedKey(k *definition.APIKey) *wire.ApiKey {
	out := apiKey(k)
	out.Tags = wire.Always(out.Tags)
	return out
}
