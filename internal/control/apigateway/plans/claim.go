package plans

import (
	"context"
	"errors"
	"time"

	"github.com/gatehouse-gateway/gatehouse/internal/control/apigateway/state"
	"github.com/gatehouse-gateway/gatehouse/internal/control/apigateway/wire"
	"github.com/gatehouse-gateway/gatehouse/internal/definition"
	"github.com/gatehouse-gateway/gatehouse/internal/engine"
)

// claimAge is how old a claim without a key must be before another key may take its value.
const claimAge = time.Minute

var errKeyExists = wire.Conflict("API Key already exists") // (unconfirmed)

// sealedName is what the value of a key is sealed for; digestName what values are digested for.
func sealedName(key string) string        { return "api key " + key }
func digestName(scope state.Scope) string { return "api key values " + scope.Prefix() }
func (o *Operations) digest(scope state.Scope, value string) string {
	return o.state.Box.Digest(digestName(scope), []byte(value))
}

// value opens the value of a key.
func (o *Operations) value(key string, k *definition.APIKey) (*string, error) {
	text, err := o.state.Box.Unseal(sealedName(key), k.Value)
	if err != nil {
		return nil, err
	}
	return wire.Ptr(string(text)), nil
}

// insertKey stores a new key, whose id and dates it sets, or says that the value is taken.
func (o *Operations) insertKey(ctx context.Context, scope state.Scope, k *definition.APIKey, value string) error {
	entries, _, err := o.state.Keys.Entries(ctx, scope.Prefix())
	if err != nil {
		return err
	}
	if most := o.state.Limits.APIKeys; int64(len(entries)) >= most {
		return wire.LimitExceeded("Maximum number of API Keys for this account has been reached. The limit is %d.", most)
	}
	now := o.state.Now().UTC()
	k.ID, k.Seq, k.CreatedDate, k.LastUpdatedDate = wire.NewID(wire.APIIDLength), o.next(), now, now
	key := scope.Key(k.ID)
	k.Digest, k.Value = o.digest(scope, value), o.state.Box.Seal(sealedName(key), []byte(value))
	if err := o.claim(ctx, scope, k); err != nil {
		return err
	}
	if err := o.state.Keys.Create(ctx, key, k); err != nil {
		return errors.Join(err, o.release(ctx, scope, k))
	}
	// Who needed more than claimAge to come here may have lost the claim meanwhile.
	claim, err := o.state.KeyClaims.Get(ctx, scope.Key(k.Digest))
	if err == nil && claim.KeyID == k.ID {
		return nil
	}
	if err = wire.OrNotFound(err, nil); err != nil {
		return err
	}
	return errors.Join(o.state.Keys.Delete(ctx, key, nil), errKeyExists)
}

// claim reserves the value of a key.
func (o *Operations) claim(ctx context.Context, scope state.Scope, k *definition.APIKey) error {
	mine := definition.KeyClaim{KeyID: k.ID, CreatedDate: k.CreatedDate}
	name := scope.Key(k.Digest)
	err := o.state.KeyClaims.Create(ctx, name, &mine)
	if !errors.Is(err, engine.ErrExists) {
		return err
	}
	_, err = o.state.KeyClaims.Change(ctx, name, func(c *definition.KeyClaim) error {
		_, err := o.state.Keys.Get(ctx, scope.Key(c.KeyID))
		if err == nil || o.state.Now().Sub(c.CreatedDate) < claimAge {
			return errKeyExists
		}
		if err := wire.OrNotFound(err, nil); err != nil {
			return err
		}
		*c = mine
		return nil
	})
	return wire.OrNotFound(err, wire.ErrConcurrent) // its key was deleted just now
}

// release gives up the value of a key that is gone, unless somebody else has it already.
func (o *Operations) release(ctx context.Context, scope state.Scope, k *definition.APIKey) error {
	other := errors.New("the claim is another key's")
	err := o.state.KeyClaims.Delete(ctx, scope.Key(k.Digest), func(c *definition.KeyClaim) error {
		if c.KeyID != k.ID {
			return other
		}
		return nil
	})
	if errors.Is(err, other) {
		return nil
	}
	return wire.OrNotFound(err, nil)
}

// byValue finds the key that has a value, or nil.
func (o *Operations) byValue(ctx context.Context, scope state.Scope, value string) (*definition.APIKey, error) {
	claim, err := o.state.KeyClaims.Get(ctx, scope.Key(o.digest(scope, value)))
	if err != nil {
		return nil, wire.OrNotFound(err, nil)
	}
	k, err := o.state.Keys.Get(ctx, scope.Key(claim.KeyID))
	if err != nil {
		return nil, wire.OrNotFound(err, nil)
	}
	return k, nil
}

func (o *Operations) deleteAPIKey(ctx context.Context, in *wire.DeleteApiKeyRequest) (*wire.None, error) {
	key, err := state.KeyOf(ctx, in.ApiKey, errNoKey)
	if err != nil {
		return nil, err
	}
	k, err := o.state.Keys.Get(ctx, key)
	if err != nil {
		return nil, wire.OrNotFound(err, errNoKey)
	}
	scope, err := state.ScopeOf(ctx)
	if err != nil {
		return nil, err
	}
	if err := o.state.Keys.Delete(ctx, key, nil); err != nil {
		return nil, wire.OrNotFound(err, errNoKey)
	}
	if err := o.release(ctx, scope, k); err != nil {
		return nil, err
	}
	return nil, o.leaveAll(ctx, scope, k.ID)
}
