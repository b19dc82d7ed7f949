package state

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gatehouse-gateway/gatehouse/internal/control/apigateway/wire"
	"github.com/gatehouse-gateway/gatehouse/internal/definition"
	"github.com/gatehouse-gateway/gatehouse/internal/engine"
	"github.com/gatehouse-gateway/gatehouse/internal/planstore"
)

// claimGrace is how long a claim stands while its key is not there: its owner may still be creating it. Afterwards it is the
// leftover of a crash.
const claimGrace = time.Minute

// ErrKeyTaken means that another key of the account and region has the value.
var ErrKeyTaken = wire.Conflict("API Key already exists")

// ErrNoKey is the answer to an API key that does not exist.
var ErrNoKey = wire.NotFound("Invalid API Key identifier specified")

// keySummary is a key without what finding and ordering keys does not need.
func keySummary(k *definition.APIKey) *definition.APIKey {
	return &definition.APIKey{
		ID: strings.Clone(k.ID), Name: strings.Clone(k.Name), CustomerID: strings.Clone(k.CustomerID), Digest: strings.Clone(k.Digest),
		Seq: k.Seq, Plans: k.Plans, Enabled: k.Enabled,
	}
}

// KeySummaries returns the keys of a scope, newest first, each with its id, name, customer, digest and plans only. They must not
// be changed.
func (s *State) KeySummaries(ctx context.Context, scope Scope) ([]*definition.APIKey, error) {
	items, err := s.keys.All(ctx, scope.Prefix())
	if err != nil {
		return nil, err
	}
	all := make([]*definition.APIKey, len(items))
	for i, item := range items {
		all[i] = item.Value
	}
	slices.SortFunc(all, func(a, b *definition.APIKey) int {
		return cmp.Or(cmp.Compare(b.Seq, a.Seq), cmp.Compare(a.ID, b.ID))
	})
	return all, nil
}

// keyRoom counts the keys of a scope without listing them for each new one.
type keyRoom struct {
	mu      sync.Mutex
	lastSeq int64
	scopes  map[Scope]keyCount
}

// keyCount is how many keys there were at a time, and how many this process has created since.
type keyCount struct {
	at    time.Time
	count int
}

// countAge is how long a count is good for: what other nodes create meanwhile may pass the limit by as much.
const countAge = 10 * time.Second

// NextKeys makes room for so many new keys, and returns the Seq of the first of them.
func (s *State) NextKeys(ctx context.Context, scope Scope, keys int) (seq int64, err error) {
	s.room.mu.Lock()
	defer s.room.mu.Unlock()
	now := s.Now()
	c, ok := s.room.scopes[scope]
	if age := now.Sub(c.at); !ok || age < 0 || age >= countAge || int64(c.count+keys) > s.Limits.APIKeys {
		entries, _, err := s.Keys.Entries(ctx, scope.Prefix())
		if err != nil {
			return 0, err
		}
		c = keyCount{now, len(entries)}
	}
	if err := CheckRoom(c.count+keys-1, s.Limits.APIKeys, "API Keys"); err != nil {
		return 0, err
	}
	c.count += keys
	s.room.scopes[scope] = c
	seq = max(now.UnixNano(), s.room.lastSeq+1)
	s.room.lastSeq = seq + int64(keys)
	return seq, nil
}

// KeyDigest is the digest under which a key of the scope is found by its value.
func (s *State) KeyDigest(scope Scope, value string) string {
	return s.Box.Digest(planstore.SealName(scope.Prefix()), []byte(value))
}

// KeyValue opens the value of a key.
func (s *State) KeyValue(scope Scope, key *definition.APIKey) (string, error) {
	value, err := s.Box.Unseal(planstore.SealName(scope.Key(key.ID)), key.Value)
	return string(value), err
}

// KeyByValue returns the key that has a value, or nil.
func (s *State) KeyByValue(ctx context.Context, scope Scope, value string) (*definition.APIKey, error) {
	digest := s.KeyDigest(scope, value)
	claim, err := s.KeyClaims.Get(ctx, scope.Key(digest))
	if err != nil {
		return nil, wire.OrNotFound(err, nil)
	}
	key, err := s.Keys.Get(ctx, scope.Key(claim.KeyID))
	if err != nil || key.Digest != digest {
		return nil, wire.OrNotFound(err, nil)
	}
	return key, nil
}

// InsertKey stores a new key with its value, which no other key of the scope may have.
func (s *State) InsertKey(ctx context.Context, scope Scope, key *definition.APIKey, value string) error {
	key.Digest = s.KeyDigest(scope, value)
	key.Value = s.Box.Seal(planstore.SealName(scope.Key(key.ID)), []byte(value))
	if err := s.claim(ctx, scope, key); err != nil {
		return err
	}
	if err := s.Keys.Create(ctx, scope.Key(key.ID), key); err != nil {
		s.release(ctx, scope, key)
		return err
	}
	// Whoever thought that this claim was a leftover has taken it over before the key was there, or sees the key now.
	claim, err := s.KeyClaims.Get(ctx, scope.Key(key.Digest))
	if err == nil && claim.KeyID == key.ID {
		return nil
	}
	if err := s.Keys.Delete(ctx, scope.Key(key.ID), nil); err != nil {
		return err
	}
	return cmp.Or(wire.OrNotFound(err, nil), error(ErrKeyTaken))
}

// claim makes the value of a key the key's own.
func (s *State) claim(ctx context.Context, scope Scope, key *definition.APIKey) error {
	at := scope.Key(key.Digest)
	err := s.KeyClaims.Create(ctx, at, &definition.KeyClaim{KeyID: key.ID, CreatedDate: s.Now().UTC()})
	if !errors.Is(err, engine.ErrExists) {
		return err
	}
	_, err = s.KeyClaims.Change(ctx, at, func(c *definition.KeyClaim) error {
		_, err := s.Keys.Get(ctx, scope.Key(c.KeyID))
		if err == nil || errors.Is(err, engine.ErrNotFound) && s.Now().Sub(c.CreatedDate) < claimGrace {
			return ErrKeyTaken
		}
		if !errors.Is(err, engine.ErrNotFound) {
			return err
		}
		*c = definition.KeyClaim{KeyID: key.ID, CreatedDate: s.Now().UTC()}
		return nil
	})
	if err != nil {
		return wire.OrNotFound(err, wire.ErrConcurrent) // released at this moment: the caller may try again
	}
	return s.yield(ctx, scope, key)
}

// yield gives a claim that was taken over to the key that has the value after all, if there is one.
func (s *State) yield(ctx context.Context, scope Scope, key *definition.APIKey) error {
	all, err := s.KeySummaries(ctx, scope)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(all, func(k *definition.APIKey) bool { return k.Digest == key.Digest })
	if i < 0 {
		return nil
	}
	_, err = s.KeyClaims.Change(ctx, scope.Key(key.Digest), func(c *definition.KeyClaim) error {
		if c.KeyID == key.ID {
			c.KeyID = all[i].ID
		}
		return nil
	})
	return cmp.Or(wire.OrNotFound(err, nil), error(ErrKeyTaken))
}

// errNotOurs keeps a claim that is another key's.
var errNotOurs = errors.New("the claim is another key's")

// release gives the value of a key back that is gone. That it fails is no harm: the claim is a leftover then.
func (s *State) release(ctx context.Context, scope Scope, key *definition.APIKey) {
	err := s.KeyClaims.Delete(ctx, scope.Key(key.Digest), func(c *definition.KeyClaim) error {
		if c.KeyID != key.ID {
			return errNotOurs
		}
		return nil
	})
	if err != nil && !errors.Is(err, errNotOurs) && !errors.Is(err, engine.ErrNotFound) {
		slog.WarnContext(ctx, "the value of a deleted API key stays taken for a while", "key", key.ID, "error", err)
	}
}

// DeleteKey removes a key of the caller, and with it its memberships.
func (s *State) DeleteKey(ctx context.Context, id *string) error {
	scope, err := ScopeOf(ctx)
	if err != nil {
		return err
	}
	var key definition.APIKey
	if err := Delete(ctx, s.Keys, id, ErrNoKey, func(k *definition.APIKey) error { key = *k; return nil }); err != nil {
		return err
	}
	s.release(ctx, scope, &key)
	return nil
}
