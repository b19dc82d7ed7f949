package planstore

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/gatehouse-gateway/gatehouse/internal/definition"
	"github.com/gatehouse-gateway/gatehouse/internal/engine"
	"github.com/gatehouse-gateway/gatehouse/internal/store"
	"github.com/gatehouse-gateway/gatehouse/internal/traffic/usageplans"
)

const (
	// UsageBucket is where counts are stored, by account/region/day/piece.
	UsageBucket = "usage"
	// usageCache bounds the decoded counts that are kept, in bytes of their JSON.
	usageCache = 8 << 20
	// storeEvery is how much counting a kill may lose.
	storeEvery = time.Second
	// storeTime bounds one round of storing.
	storeTime = 10 * time.Second
	// sweepEvery is the time between two looks for what is too old.
	sweepEvery = time.Hour
	// HistoryDays is how many days of counts are kept. Spec: traffic 4.
	HistoryDays = 90
	// longestPeriod is the longest period of a quota in days.
	longestPeriod = 31
)

// LedgerOptions are what a Ledger is made of. All are required.
type LedgerOptions struct {
	Docs  engine.Docs
	Plans *usageplans.Plans
	Now   func() time.Time
}

// Ledger stores what keys use. It is safe for concurrent use.
type Ledger struct {
	LedgerOptions
	days *store.Collection[definition.UsageDay]

	mu     sync.Mutex // of who stores
	unsent []batch    // that could not be stored so far; nothing is drained meanwhile
}

// NewLedger returns a Ledger that has loaded nothing yet.
func NewLedger(o LedgerOptions) *Ledger {
	return &Ledger{LedgerOptions: o, days: store.NewSized[definition.UsageDay](o.Docs, UsageBucket, usageCache)}
}

// Load gives the plans what was used before this process began. Call it once, before requests come. Counts that are damaged are logged,
// and as if they were none.
func (l *Ledger) Load(ctx context.Context) error {
	first := usageplans.DayOf(l.Now()) - longestPeriod
	return l.each(ctx, "", func(p piece) bool { return p.day > first }, func(p piece, d *definition.UsageDay) {
		tiers := l.Plans.In(p.scope.AccountID, p.scope.Region)
		for _, c := range countsOf(p, d) {
			if c.Begin > first {
				tiers.Restore(c.PlanID, c.KeyID, c.Begin, c.N)
			}
		}
	})
}

// each reads the documents whose keys begin with prefix, as far as they are wanted, in the order of days.
func (l *Ledger) each(ctx context.Context, prefix string, wanted func(piece) bool, do func(piece, *definition.UsageDay)) error {
	entries, _, err := l.days.Entries(ctx, prefix)
	if err != nil {
		return fmt.Errorf("listing the usage: %w", err)
	}
	for _, e := range entries {
		p, err := parsePiece(e.Key)
		if err != nil {
			slog.ErrorContext(ctx, "stored usage is in a place where none belongs", "key", e.Key, "error", err)
			continue
		}
		if !wanted(p) {
			continue
		}
		d, err := l.days.Get(ctx, e.Key)
		switch {
		case err == nil:
			do(p, d)
		case errors.Is(err, engine.ErrNotFound): // swept meanwhile
		case passes(ctx, err):
			return fmt.Errorf("usage %s: %w", e.Key, err)
		default:
			slog.ErrorContext(ctx, "stored usage cannot be read and does not count", "key", e.Key, "error", err)
		}
	}
	return nil
}

// Run stores every second what was counted, until ctx ends, and then once more.
func (l *Ledger) Run(ctx context.Context) error {
	tick, sweep := time.NewTicker(storeEvery), time.NewTicker(sweepEvery)
	defer tick.Stop()
	defer sweep.Stop()
	l.sweep(ctx)
	for failing := false; ; {
		select {
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), storeTime)
			defer cancel()
			if err := l.Store(last); err != nil {
				slog.ErrorContext(ctx, "usage of the last seconds could not be stored and is lost", "error", err)
			}
			return nil
		case <-tick.C:
			failing = l.storeNow(ctx, failing)
		case <-sweep.C:
			l.sweep(ctx)
		}
	}
}

// storeNow is Store that tells once what is wrong, and once that it is over.
func (l *Ledger) storeNow(ctx context.Context, failing bool) (failed bool) {
	limited, cancel := context.WithTimeout(ctx, storeTime)
	defer cancel()
	err := l.Store(limited)
	switch {
	case ctx.Err() != nil:
	case err != nil && !failing:
		slog.ErrorContext(ctx, "usage cannot be stored; it is kept in memory until it can", "error", err)
	case err == nil && failing:
		slog.InfoContext(ctx, "usage is stored again")
	}
	return err != nil
}

// Store adds to the store what was counted until now. What could not be stored is tried again the next time.
func (l *Ledger) Store(ctx context.Context) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.send(ctx); err != nil {
		return err
	}
	counts := l.Plans.Drain()
	if len(counts) == 0 {
		return nil
	}
	l.unsent = batches(counts)
	if err := l.send(ctx); err != nil {
		return err
	}
	slog.DebugContext(ctx, "usage was stored", "requests", total(counts))
	return nil
}

// send writes the batches that are not stored yet, and keeps what may be stored later.
func (l *Ledger) send(ctx context.Context) (err error) {
	kept := l.unsent[:0]
	for i := range l.unsent {
		b := &l.unsent[i]
		if err == nil {
			one := l.add(ctx, b)
			if one == nil {
				continue
			}
			if !passes(ctx, one) && !errors.Is(one, engine.ErrConflict) {
				slog.ErrorContext(ctx, "usage could not be stored and is lost", "key", b.key, "error", one)
				continue
			}
			err = fmt.Errorf("usage %s: %w", b.key, one)
		}
		kept = append(kept, *b) // the others would fail as well
	}
	clear(l.unsent[len(kept):])
	l.unsent = kept
	return err
}

// errAdded keeps a document as it is that has the batch already.
var errAdded = errors.New("added already")

// add adds a batch to its document, once, even if the answer to an earlier attempt was lost. What cannot be read is replaced.
func (l *Ledger) add(ctx context.Context, b *batch) error {
	_, err := l.days.Change(ctx, b.key, b.addTo)
	var corrupt *engine.CorruptError
	if errors.As(err, &corrupt) {
		slog.ErrorContext(ctx, "stored usage is damaged; its count begins anew", "key", b.key, "error", err)
		if err := l.Docs.Delete(ctx, UsageBucket, b.key, corrupt.Revision); err != nil {
			return err
		}
		err = engine.ErrNotFound
	}
	if errors.Is(err, engine.ErrNotFound) {
		fresh := new(definition.UsageDay)
		_ = b.addTo(fresh) // it has no batch yet
		if err = l.days.Create(ctx, b.key, fresh); errors.Is(err, engine.ErrExists) {
			_, err = l.days.Change(ctx, b.key, b.addTo)
		}
	}
	if errors.Is(err, errAdded) {
		return nil
	}
	return err
}

// sweep forgets and removes what is too old.
func (l *Ledger) sweep(ctx context.Context) {
	now := l.Now()
	l.Plans.Sweep(now)
	limited, cancel := context.WithTimeout(ctx, storeTime)
	defer cancel()
	if err := l.removeBefore(limited, usageplans.DayOf(now)-HistoryDays); err != nil && ctx.Err() == nil {
		slog.WarnContext(ctx, "old usage stays", "error", err)
	}
}

func (l *Ledger) removeBefore(ctx context.Context, first usageplans.Day) error {
	entries, _, err := l.days.Entries(ctx, "")
	if err != nil {
		return err
	}
	for _, e := range entries {
		if p, err := parsePiece(e.Key); err != nil || p.day >= first {
			continue
		}
		if err := l.Docs.Delete(ctx, UsageBucket, e.Key, e.Revision); err != nil && !errors.Is(err, engine.ErrNotFound) {
			return err
		}
	}
	return nil
}

// Used is how many requests there were on a day, for the quota's period that began on the day Begin.
type Used struct {
	Day, Begin usageplans.Day
	N          int64
}

// Used returns what the keys of a plan used from one day to another, both included, by key and in the order of days; keyID, if it is
// not "", is the only key. Everything counted before the call is in it.
func (l *Ledger) Used(ctx context.Context, scope usageplans.Scope, planID, keyID string, from, to usageplans.Day) (map[string][]Used, error) {
	if err := l.Store(ctx); err != nil {
		return nil, err
	}
	all := make(map[string][]Used)
	wanted := func(p piece) bool {
		return p.day >= from && p.day <= to && (keyID == "" || p.n == pieceOfKey(keyID))
	}
	err := l.each(ctx, store.Key(scope.AccountID, scope.Region, ""), wanted, func(p piece, d *definition.UsageDay) {
		for _, c := range countsOf(p, d) {
			if c.PlanID == planID && (keyID == "" || c.KeyID == keyID) {
				all[c.KeyID] = append(all[c.KeyID], Used{c.Day, c.Begin, c.N})
			}
		}
	})
	return all, err
}
