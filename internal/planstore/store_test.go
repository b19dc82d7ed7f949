package planstore_test

import (
	"context"
	"errors"
	"runtime"
	"testing"
	"time"

	"github.com/gatehouse-gateway/gatehouse/internal/access/apikeys"
	"github.com/gatehouse-gateway/gatehouse/internal/definition"
	"github.com/gatehouse-gateway/gatehouse/internal/engine"
	"github.com/gatehouse-gateway/gatehouse/internal/engine/memory"
	"github.com/gatehouse-gateway/gatehouse/internal/planstore"
	"github.com/gatehouse-gateway/gatehouse/internal/seal"
	"github.com/gatehouse-gateway/gatehouse/internal/store"
	"github.com/gatehouse-gateway/gatehouse/internal/traffic/usageplans"
)

const (
	value = "alice-0123456789abcdef"
	at    = "1/here/k" // of the key
)

var prod = usageplans.Stage{APIID: "a", Name: "prod"}

// node is what one process has of a store.
type node struct {
	*planstore.Store
	rings apikeys.Keys
	tiers usageplans.Plans
}

func newNode(e engine.Engine, box *seal.Box) *node {
	n := new(node)
	n.Store = planstore.New(planstore.Options{
		Keys: store.New[definition.APIKey](e.Docs(), "api-keys"), Plans: store.New[definition.UsagePlan](e.Docs(), "usage-plans"),
		Box: box, Rings: &n.rings, Tiers: &n.tiers,
	})
	return n
}

// has says what requests find: "", "disabled", "no plan" or "admitted".
func (n *node) has() string {
	k := n.rings.In("1", "here").Find(value)
	switch {
	case k == nil:
		return ""
	case !k.Enabled:
		return "disabled"
	}
	for _, m := range k.Plans {
		if t := n.tiers.In("1", "here").Tier(m.PlanID); t != nil && t.Covers(prod) {
			return "admitted"
		}
	}
	return "no plan"
}

func newStore(t *testing.T) (*memory.Engine, *seal.Box) {
	t.Helper()
	e := memory.New(memory.Options{})
	t.Cleanup(func() { _ = e.Close() })
	box, err := seal.Ephemeral()
	noError(t, err)
	return e, box
}

func noError(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func keyOf(box *seal.Box, at string) *definition.APIKey {
	return &definition.APIKey{ID: "k", Enabled: true, Value: box.Seal(planstore.SealName(at), []byte(value)), Plans: []definition.PlanMembership{{PlanID: "gone"}, {PlanID: "p"}}}
}

func planOf() *definition.UsagePlan {
	return &definition.UsagePlan{ID: "p", APIStages: []definition.PlanStage{{APIID: "a", Stage: "prod"}}}
}

// TestChangesAreFollowed: what another process stores is what requests of this one find.
func TestChangesAreFollowed(t *testing.T) {
	e, box := newStore(t)
	keys, plans := store.New[definition.APIKey](e.Docs(), "api-keys"), store.New[definition.UsagePlan](e.Docs(), "usage-plans")
	ctx, cancel := context.WithCancel(t.Context())
	noError(t, keys.Create(ctx, at, keyOf(box, at)))
	n := newNode(e, box)
	noError(t, n.Load(ctx))
	if got := n.has(); got != "no plan" {
		t.Errorf("after loading: got %q", got)
	}
	ended := make(chan error, 1)
	go func() { ended <- n.Run(ctx) }()
	within := func(want string) {
		t.Helper()
		for deadline := time.Now().Add(10 * time.Second); n.has() != want; runtime.Gosched() {
			if time.Now().After(deadline) {
				t.Fatalf("got %q, want %q", n.has(), want)
			}
		}
	}
	noError(t, plans.Create(ctx, "1/here/p", planOf()))
	within("admitted")
	change := func(enabled bool) {
		t.Helper()
		_, err := keys.Change(ctx, at, func(k *definition.APIKey) error { k.Enabled = enabled; return nil })
		noError(t, err)
	}
	change(false)
	within("disabled")
	change(true)
	within("admitted")
	_, err := plans.Change(ctx, "1/here/p", func(p *definition.UsagePlan) error { p.APIStages = nil; return nil })
	noError(t, err)
	within("no plan")
	noError(t, plans.Delete(ctx, "1/here/p", nil))
	noError(t, keys.Delete(ctx, at, nil))
	within("")
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

// TestRefreshedIsLive: who changed a key or plan need not wait for the watch.
func TestRefreshedIsLive(t *testing.T) {
	e, box := newStore(t)
	keys, plans := store.New[definition.APIKey](e.Docs(), "api-keys"), store.New[definition.UsagePlan](e.Docs(), "usage-plans")
	n := newNode(e, box)
	noError(t, n.Load(t.Context()))
	noError(t, plans.Create(t.Context(), "1/here/p", planOf()))
	noError(t, n.RefreshPlan(t.Context(), "1/here/p"))
	noError(t, keys.Create(t.Context(), at, keyOf(box, at)))
	noError(t, n.RefreshKey(t.Context(), at))
	if got := n.has(); got != "admitted" {
		t.Errorf("got %q", got)
	}
	noError(t, keys.Delete(t.Context(), at, nil))
	noError(t, n.RefreshKey(t.Context(), at))
	if got := n.has(); got != "" {
		t.Errorf("got %q", got)
	}
}

// TestKeysThatCannotBeReadLetNobodyIn: also when they could be read before.
func TestKeysThatCannotBeReadLetNobodyIn(t *testing.T) {
	for name, spoil := range map[string]func(*seal.Box, *definition.APIKey){
		"sealed for another key": func(box *seal.Box, k *definition.APIKey) { k.Value = keyOf(box, "1/here/other").Value },
		"another id":             func(_ *seal.Box, k *definition.APIKey) { k.ID = "other" },
		"no date":                func(_ *seal.Box, k *definition.APIKey) { k.Plans[0].Adjusted = &definition.QuotaAdjustment{Begin: "?"} },
	} {
		t.Run(name, func(t *testing.T) {
			e, box := newStore(t)
			keys := store.New[definition.APIKey](e.Docs(), "api-keys")
			noError(t, keys.Create(t.Context(), at, keyOf(box, at)))
			n := newNode(e, box)
			noError(t, n.Load(t.Context()))
			if got := n.has(); got != "no plan" {
				t.Fatalf("got %q", got)
			}
			_, err := keys.Change(t.Context(), at, func(k *definition.APIKey) error { spoil(box, k); return nil })
			noError(t, err)
			if err := n.RefreshKey(t.Context(), at); err == nil {
				t.Error("there was no error")
			}
			if got := n.has(); got != "" {
				t.Errorf("got %q", got)
			}
		})
	}
}

// TestTheLastKnownKeysGoOnWithoutTheStore: a store that is away is no reason to refuse anybody.
func TestTheLastKnownKeysGoOnWithoutTheStore(t *testing.T) {
	e, box := newStore(t)
	keys, plans := store.New[definition.APIKey](e.Docs(), "api-keys"), store.New[definition.UsagePlan](e.Docs(), "usage-plans")
	noError(t, plans.Create(t.Context(), "1/here/p", planOf()))
	noError(t, keys.Create(t.Context(), at, keyOf(box, at)))
	n := newNode(e, box)
	noError(t, n.Load(t.Context()))
	noError(t, e.Close())
	if err := n.RefreshKey(t.Context(), at); !errors.Is(err, engine.ErrClosed) {
		t.Errorf("got %v", err)
	}
	if got := n.has(); got != "admitted" {
		t.Errorf("got %q", got)
	}
	if err := newNode(e, box).Load(t.Context()); err == nil {
		t.Error("a node begins without having read the keys")
	}
}

// BenchmarkLoad reads 10,000 keys.
func BenchmarkLoad(b *testing.B) {
	e := memory.New(memory.Options{})
	defer e.Close()
	box, err := seal.Ephemeral()
	if err != nil {
		b.Fatal(err)
	}
	keys := store.New[definition.APIKey](e.Docs(), "api-keys")
	for i := range 10_000 {
		id := usageplans.Day(i).String() // any text that differs
		k := &definition.APIKey{ID: id, Enabled: true, Value: box.Seal(planstore.SealName("1/here/"+id), []byte(value+id))}
		if err := keys.Create(b.Context(), "1/here/"+id, k); err != nil {
			b.Fatal(err)
		}
	}
	for b.Loop() {
		if err := newNode(e, box).Load(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}
