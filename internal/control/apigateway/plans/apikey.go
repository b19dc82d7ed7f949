package plans

import (
	"context"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/gatehouse-gateway/gatehouse/internal/control/apigateway/state"
	"github.com/gatehouse-gateway/gatehouse/internal/control/apigateway/wire"
	"github.com/gatehouse-gateway/gatehouse/internal/definition"
)

// Bounds of an API key, in characters. Spec: traffic 1.1, recorded.
const (
	maxKeyName        = 1024
	maxKeyDescription = 125_000
	minKeyValue       = 20
	maxKeyValue       = 128
)

// createAPIKey makes a key. generateDistinctId is without meaning: ids are never the value.
func (o *Operations) createAPIKey(ctx context.Context, in *wire.CreateApiKeyRequest) (*wire.ApiKey, error) {
	scope, err := state.ScopeOf(ctx)
	if err != nil {
		return nil, err
	}
	key := &definition.APIKey{
		Name: wire.Value(in.Name), Description: wire.Value(in.Description), CustomerID: wire.Value(in.CustomerId),
		Enabled: wire.Value(in.Enabled), Tags: wire.NonEmptyMap(in.Tags),
	}
	value := wire.Value(in.Value)
	if err := checkKey(key, value); err != nil {
		return nil, err
	}
	if key.StageKeys, err = o.stageKeys(ctx, in.StageKeys); err != nil {
		return nil, err
	}
	seq, err := o.state.NextKeys(ctx, scope, 1)
	if err != nil {
		return nil, err
	}
	if err := o.insertKey(ctx, scope, key, value, seq); err != nil {
		return nil, err
	}
	return o.shownKey(scope, key, true)
}

func checkKey(key *definition.APIKey, value string) error {
	switch {
	case utf8.RuneCountInString(key.Name) > maxKeyName:
		return wire.BadRequest("Invalid API Key name, can be at most %d characters.", maxKeyName)
	case utf8.RuneCountInString(key.Description) > maxKeyDescription:
		return wire.BadRequest("Invalid API Key description specified.")
	}
	if value != "" {
		if err := checkKeyValue(value); err != nil {
			return err
		}
	}
	return wire.CheckTags(key.Tags)
}

// checkKeyValue accepts what a header field can carry, besides the service's bounds.
func checkKeyValue(value string) error {
	switch length := utf8.RuneCountInString(value); {
	case length < minKeyValue:
		return wire.BadRequest("API Key value should be at least %d characters", minKeyValue)
	case length > maxKeyValue:
		return wire.BadRequest("API Key value exceeds maximum size of %d characters", maxKeyValue)
	}
	if strings.ContainsFunc(value, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return wire.BadRequest("API Key value should only contain printable characters without spaces") // (unconfirmed)
	}
	return nil
}

// stageKeys are the stages that a key names. They are kept for those who ask; what a key may call, its plans say.
func (o *Operations) stageKeys(ctx context.Context, in []wire.StageKey) ([]string, error) {
	var keys []string
	for _, k := range in {
		if err := o.checkStage(ctx, wire.Value(k.RestApiId), wire.Value(k.StageName), errNoStage); err != nil {
			return nil, err
		}
		keys = append(keys, *k.RestApiId+"/"+*k.StageName)
	}
	return keys, nil
}

// checkStage returns notFound when there is no such stage.
func (o *Operations) checkStage(ctx context.Context, apiID, stage string, notFound error) error {
	doc, err := o.state.API(ctx, &apiID, notFound)
	if err != nil {
		return err
	}
	if doc.Stages[stage] == nil {
		return notFound
	}
	return nil
}

// insertKey stores a new key; a value is drawn when there is none.
func (o *Operations) insertKey(ctx context.Context, scope state.Scope, key *definition.APIKey, value string, seq int64) error {
	key.ID, key.Seq = wire.NewID(wire.APIIDLength), seq
	key.CreatedDate = o.state.Now().UTC()
	key.LastUpdatedDate = key.CreatedDate
	if value == "" {
		value = wire.NewKeyValue()
	}
	return o.state.InsertKey(ctx, scope, key, value)
}

// shownKey is a key as CreateApiKey and GetApiKeys show it: without tags when there are none.
func (o *Operations) shownKey(scope state.Scope, key *definition.APIKey, withValue bool) (*wire.ApiKey, error) {
	out := &wire.ApiKey{
		Id: &key.ID, Name: wire.NonZero(key.Name), Description: wire.NonZero(key.Description), CustomerId: wire.NonZero(key.CustomerID),
		Enabled: &key.Enabled, CreatedDate: wire.Time(key.CreatedDate), LastUpdatedDate: wire.Time(key.LastUpdatedDate),
		StageKeys: append([]string{}, key.StageKeys...), Tags: wire.NonEmptyMap(key.Tags),
	}
	if withValue {
		value, err := o.state.KeyValue(scope, key)
		if err != nil {
			return nil, err
		}
		out.Value = &value
	}
	return out, nil
}

func (o *Operations) getAPIKey(ctx context.Context, in *wire.GetApiKeyRequest) (*wire.ApiKey, error) {
	scope, err := state.ScopeOf(ctx)
	if err != nil {
		return nil, err
	}
	key, err := state.Get(ctx, o.state.Keys, in.ApiKey, state.ErrNoKey)
	if err != nil {
		return nil, err
	}
	out, err := o.shownKey(scope, key, wire.Value(in.IncludeValue))
	if err != nil {
		return nil, err
	}
	out.Tags = wire.Always(out.Tags)
	return out, nil
}

// getAPIKeys lists the newest first. name is the beginning of names, in their case. Recorded.
func (o *Operations) getAPIKeys(ctx context.Context, in *wire.GetApiKeysRequest) (*wire.ApiKeys, error) {
	scope, err := state.ScopeOf(ctx)
	if err != nil {
		return nil, err
	}
	all, err := o.state.KeySummaries(ctx, scope)
	if err != nil {
		return nil, err
	}
	name, customer := wire.Value(in.NameQuery), wire.Value(in.CustomerId)
	all = slices.DeleteFunc(all, func(k *definition.APIKey) bool {
		return !strings.HasPrefix(k.Name, name) || customer != "" && k.CustomerID != customer
	})
	page, next, err := wire.Page(all, keyOrder, in.Limit, in.Position)
	if err != nil {
		return nil, err
	}
	out := &wire.ApiKeys{Items: []wire.ApiKey{}, Position: next}
	for _, summary := range page {
		key, err := o.state.Keys.Get(ctx, scope.Key(summary.ID))
		if gone, err := deletedMeanwhile(err); gone || err != nil {
			if err != nil {
				return nil, err
			}
			continue
		}
		shown, err := o.shownKey(scope, key, wire.Value(in.IncludeValues))
		if err != nil {
			return nil, err
		}
		out.Items = append(out.Items, *shown)
	}
	return out, nil
}

// deletedMeanwhile tells what vanished between two reads from errors.
func deletedMeanwhile(err error) (bool, error) {
	if err == nil {
		return false, nil
	}
	err = wire.OrNotFound(err, nil)
	return err == nil, err
}

func keyOrder(k *definition.APIKey) string { return wire.NewestFirst(k.Seq, k.ID) }

func (o *Operations) deleteAPIKey(ctx context.Context, in *wire.DeleteApiKeyRequest) (*wire.None, error) {
	return nil, o.state.DeleteKey(ctx, in.ApiKey)
}

func (o *Operations) updateAPIKey(ctx context.Context, in *wire.UpdateApiKeyRequest) (*wire.ApiKey, error) {
	scope, err := state.ScopeOf(ctx)
	if err != nil {
		return nil, err
	}
	key, err := state.Change(ctx, o.state.Keys, in.ApiKey, state.ErrNoKey, func(k *definition.APIKey) error {
		p := &keyPatch{k, ctx, o}
		if err := patchKey.Apply(p, in.PatchOperations); err != nil {
			return err
		}
		if len(in.PatchOperations) > 0 {
			k.LastUpdatedDate = o.state.Now().UTC()
		}
		return checkKey(k, "")
	})
	if err != nil {
		return nil, err
	}
	out, err := o.shownKey(scope, key, false)
	if err != nil {
		return nil, err
	}
	out.Tags = wire.Always(out.Tags)
	return out, nil
}

// keyPatch is a key that is patched.
type keyPatch struct {
	*definition.APIKey
	ctx context.Context
	o   *Operations
}

// patchKey is the table of control-plane 7.2, in the order of the service's messages.
var patchKey = wire.Table[keyPatch]{Family: wire.Listed, Rows: []wire.Row[keyPatch]{
	{Path: "/description", Replace: wire.Text(func(p *keyPatch) *string { return &p.Description })},
	{Path: "/enabled", Replace: wire.Truth(func(p *keyPatch) *bool { return &p.Enabled })},
	{Path: "/name", Replace: wire.Text(func(p *keyPatch) *string { return &p.Name })},
	{Path: "/customerId", Replace: wire.Text(func(p *keyPatch) *string { return &p.CustomerID })},
	{Path: "/stages", Add: addStageKey, Remove: removeStageKey},
	{Path: "/labels", Add: ignoreLabel, Remove: ignoreLabel},
}}

func addStageKey(p *keyPatch, op wire.Op) error {
	api, stage, _ := strings.Cut(op.Text(), "/")
	if err := p.o.checkStage(p.ctx, api, stage, errNoStage); err != nil {
		return err
	}
	if !slices.Contains(p.StageKeys, op.Text()) {
		p.StageKeys = append(p.StageKeys, op.Text())
	}
	return nil
}

func removeStageKey(p *keyPatch, op wire.Op) error {
	p.StageKeys = slices.DeleteFunc(p.StageKeys, func(k string) bool { return k == op.Text() })
	return nil
}

// ignoreLabel accepts what the service has no member for any more. Spec: control-plane 7.2.
func ignoreLabel(*keyPatch, wire.Op) error { return nil }
