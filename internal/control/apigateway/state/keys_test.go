package state

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gatehouse-gateway/gatehouse/internal/definition"
	"github.com/gatehouse-gateway/gatehouse/internal/engine"
	"github.com/gatehouse-gateway/gatehouse/internal/engine/memory"
	"github.com/gatehouse-gateway/gatehouse/internal/limits"
	"github.com/gatehouse-gateway/gatehouse/internal/seal"
)

var testScope = Scope{"111111111111", "us-east-1"}

type turned struct {
	mu sync.Mutex
	at time.Time
}

func (c *turned) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *turned) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

func newState(t testing.TB) (*State, *turned) {
	t.Helper()
	box, err := seal.Ephemeral()
	if err != nil {
		t.Fatal(err)
	}
	e := memory.New(memory.Options{})
	t.Cleanup(func() { _ = e.Close() })
	clock := &turned{at: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
	return New(Options{Engine: e, Box: box, Limits: limits.AWS(), Now: clock.now}), clock
}

const testValue = "value-value-value-value"

func TestClaimLeftByACrashDoesNotBlockForEver(t *testing.T) {
	s, clock := newState(t)
	ctx := t.Context()
	crashed := &definition.APIKey{ID: "crashed", Digest: s.KeyDigest(testScope, testValue)}
	if err := s.claim(ctx, testScope, crashed); err != nil {
		t.Fatal(err)
	}
	if err := s.InsertKey(ctx, testScope, &definition.APIKey{ID: "b"}, testValue); !errors.Is(err, ErrKeyTaken) {
		t.Errorf("while the owner may still be creating its key: got %v", err)
	}
	clock.advance(claimGrace)
	if err := s.InsertKey(ctx, testScope, &definition.APIKey{ID: "c"}, testValue); err != nil {
		t.Errorf("afterwards: got %v", err)
	}
	if got, err := s.KeyByValue(ctx, testScope, testValue); err != nil || got == nil || got.ID != "c" {
		t.Errorf("the key of the value: got %+v, %v", got, err)
	}
	if got, err := s.KeyByValue(ctx, testScope, testValue+"x"); err != nil || got != nil {
		t.Errorf("the key of another value: got %+v, %v", got, err)
	}
}

// TestOwnerThatComesLateYields plays the interleavings of a creation that took longer than a claim stands.
func TestOwnerThatComesLateYields(t *testing.T) {
	s, clock := newState(t)
	ctx := t.Context()
	late := &definition.APIKey{ID: "late"}
	late.Digest = s.KeyDigest(testScope, testValue)
	if err := s.claim(ctx, testScope, late); err != nil {
		t.Fatal(err)
	}
	clock.advance(claimGrace)
	other := &definition.APIKey{ID: "other", Digest: late.Digest}
	if err := s.claim(ctx, testScope, other); err != nil {
		t.Fatalf("taking over: %v", err)
	}
	// The late one stores its key now, sees that the claim is not its own, and goes. The claim it made is there already.
	if err := s.Keys.Create(ctx, testScope.Key("late"), late); err != nil {
		t.Fatal(err)
	}
	// Had it looked before it was overtaken, the other one would see its key and give the claim back.
	if err := s.yield(ctx, testScope, other); !errors.Is(err, ErrKeyTaken) {
		t.Errorf("got %v", err)
	}
	if got, err := s.KeyByValue(ctx, testScope, testValue); err != nil || got == nil || got.ID != "late" {
		t.Errorf("got %+v, %v; want the key that is there", got, err)
	}
}

// TestOvertakenOwnerDeletesItsKey lets another take the claim over between the claim and the check of InsertKey.
func TestOvertakenOwnerDeletesItsKey(t *testing.T) {
	s, _ := newState(t)
	ctx := t.Context()
	digest := s.KeyDigest(testScope, testValue)
	e := &hooked{Docs: s.Engine.Docs()}
	e.afterCreate = func(bucket string) {
		if bucket != KeysBucket {
			return
		}
		if _, err := s.KeyClaims.Change(ctx, testScope.Key(digest), func(c *definition.KeyClaim) error { c.KeyID = "other"; return nil }); err != nil {
			t.Error(err)
		}
	}
	overtaken := New(Options{Engine: hookedEngine{s.Engine, e}, Box: s.Box, Limits: s.Limits, Now: s.Now})
	if err := overtaken.InsertKey(ctx, testScope, &definition.APIKey{ID: "late"}, testValue); !errors.Is(err, ErrKeyTaken) {
		t.Errorf("got %v", err)
	}
	if _, err := s.Keys.Get(ctx, testScope.Key("late")); !errors.Is(err, engine.ErrNotFound) {
		t.Errorf("the key of the overtaken one: got %v", err)
	}
}

// TestKeyThatCannotBeStoredGivesItsValueBack lets the creation of the key fail after the claim.
func TestKeyThatCannotBeStoredGivesItsValueBack(t *testing.T) {
	s, _ := newState(t)
	ctx := t.Context()
	if err := s.InsertKey(ctx, testScope, &definition.APIKey{ID: "a", Description: strings.Repeat("x", engine.MaxDocumentBytes)}, testValue); err == nil {
		t.Fatal("a key larger than a document was stored")
	}
	if err := s.InsertKey(ctx, testScope, &definition.APIKey{ID: "b"}, testValue); err != nil {
		t.Errorf("got %v", err)
	}
}

type hookedEngine struct {
	engine.Engine
	docs engine.Docs
}

func (h hookedEngine) Docs() engine.Docs { return h.docs }

type hooked struct {
	engine.Docs
	afterCreate func(bucket string)
}

func (h *hooked) Create(ctx context.Context, bucket, key string, data []byte) (engine.Revision, error) {
	rev, err := h.Docs.Create(ctx, bucket, key, data)
	h.afterCreate(bucket)
	return rev, err
}

func TestValueOfAKeyOpensForItsOwnKeyOnly(t *testing.T) {
	s, _ := newState(t)
	key := &definition.APIKey{ID: "a"}
	if err := s.InsertKey(t.Context(), testScope, key, testValue); err != nil {
		t.Fatal(err)
	}
	if got, err := s.KeyValue(testScope, key); err != nil || got != testValue {
		t.Errorf("got %q, %v", got, err)
	}
	moved := &definition.APIKey{ID: "b", Value: key.Value}
	if _, err := s.KeyValue(testScope, moved); !errors.Is(err, seal.ErrSealed) {
		t.Errorf("of a key that it was moved to: got %v", err)
	}
}
