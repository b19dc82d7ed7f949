package functionstore

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gatehouse-gateway/gatehouse/internal/definition"
	"github.com/gatehouse-gateway/gatehouse/internal/engine"
	"github.com/gatehouse-gateway/gatehouse/internal/functions"
	"github.com/gatehouse-gateway/gatehouse/internal/seal"
	"github.com/gatehouse-gateway/gatehouse/internal/store"
)

// Bucket is where functions are stored, LayersBucket where layers are, both by account/region/name.
const (
	Bucket       = "functions"
	LayersBucket = "layers"
)

// Options are what a Store is made of. All are required, but Now.
type Options struct {
	Functions *store.Collection[definition.Function] // of Bucket
	Layers    *store.Collection[definition.Layer]    // of LayersBucket: their files are not removed
	Snapshots engine.Snapshots
	Box       *seal.Box // opens environments
	Dir       string    // where code is unpacked; nobody else writes there
	// Put makes an entry what calls find; Remove forgets a function.
	Put    func(*functions.Entry)
	Remove func(functions.Ref)
	Now    func() time.Time
}

// Store makes stored functions ready to run. It is safe for concurrent use.
type Store struct {
	Options
	folders  *folders
	follower store.Follower

	mu     sync.Mutex
	states map[string]*functionState // by key
}

// New returns a Store that has made nothing ready yet.
func New(o Options) *Store {
	if o.Now == nil {
		o.Now = time.Now
	}
	s := &Store{Options: o, folders: newFolders(o.Dir, o.Snapshots, o.Box, o.Now), states: make(map[string]*functionState)}
	s.follower = store.Follower{
		Kind: "functions", Entries: o.Functions.Entries, Watch: o.Functions.Watch, Refresh: s.Refresh, Knows: s.knows,
		Failed: func(ctx context.Context, key string, err error) {
			slog.ErrorContext(ctx, "a function is not in use as it is stored", "function", key, "error", err)
		},
	}
	return s
}

// functionState is what is ready of one function. Who has its turn may read and change it.
type functionState struct {
	turn  chan struct{} // holds a token while nobody works on the function
	users int           // who has the turn or waits for it; Store.mu guards it

	revision atomic.Uint64 // all of which is ready; 0: none
	entry    *functions.Entry
	folders  []string // names of folders, and digests, that the entry uses
}

// take waits for the turn of a function until ctx ends.
func (s *Store) take(ctx context.Context, key string) (f *functionState, done func(), err error) {
	s.mu.Lock()
	if f = s.states[key]; f == nil {
		f = &functionState{turn: make(chan struct{}, 1)}
		f.turn <- struct{}{}
		s.states[key] = f
	}
	f.users++
	s.mu.Unlock()
	select {
	case <-f.turn:
		return f, func() { s.leave(key, f, true) }, nil
	case <-ctx.Done():
		s.leave(key, f, false)
		return nil, nil, context.Cause(ctx)
	}
}

// leave gives the turn back. What nobody uses and nothing is ready of is forgotten.
func (s *Store) leave(key string, f *functionState, hadTurn bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if f.users--; f.users == 0 && f.entry == nil {
		delete(s.states, key)
	}
	if hadTurn {
		f.turn <- struct{}{}
	}
}

// knows reports whether a revision of a function, or a later one, is ready already.
func (s *Store) knows(key string, rev engine.Revision) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	f := s.states[key]
	return f != nil && f.revision.Load() >= uint64(rev)
}

// Refresh reads a function, account/region/name, and makes its newest revision what calls find, or forgets it when there is none.
// When it returns nil, every call that begins from then on finds that revision or a newer one.
func (s *Store) Refresh(ctx context.Context, key string) error {
	f, done, err := s.take(ctx, key)
	if err != nil {
		return fmt.Errorf("function %s: %w", key, err)
	}
	defer done()
	item, err := s.Functions.Item(ctx, key)
	switch {
	case errors.Is(err, engine.ErrNotFound):
		if f.entry != nil {
			s.Remove(f.entry.Ref)
		}
		s.releaseAll(f.folders)
		f.entry, f.folders = nil, nil
		f.revision.Store(0)
		return nil
	case err != nil:
		return fmt.Errorf("function %s: %w", key, err)
	case f.revision.Load() >= uint64(item.Revision):
		return nil
	}
	if err := s.put(ctx, f, item); err != nil {
		return fmt.Errorf("function %s: %w", key, err)
	}
	f.revision.Store(uint64(item.Revision))
	return nil
}

// put makes one revision of a function what calls find.
func (s *Store) put(ctx context.Context, f *functionState, item store.Item[definition.Function]) error {
	b := &builder{s: s, doc: item.Value, ref: functions.Ref{AccountID: item.Value.AccountID, Region: item.Value.Region, Name: item.Value.Name}}
	if store.Key(b.ref.AccountID, b.ref.Region, b.ref.Name) != item.Key {
		return errors.New("the stored document is not that of its key")
	}
	entry, err := b.build(ctx)
	if err != nil {
		s.releaseAll(b.folders)
		return err
	}
	s.Put(entry)
	s.releaseAll(f.folders)
	f.entry, f.folders = entry, b.folders
	return nil
}

func (s *Store) releaseAll(digests []string) {
	for _, d := range digests {
		s.folders.release(d)
	}
}

// Load makes everything ready that is stored. What cannot be read is logged by name, and the others go on. Call it before anybody
// invokes, then Run.
func (s *Store) Load(ctx context.Context) error {
	if err := s.folders.open(); err != nil {
		return fmt.Errorf("code folders: %w", err)
	}
	return s.follower.Load(ctx)
}

// ErrUnused means that a function is stored, and not what calls find yet.
var ErrUnused = errors.New("the function is stored and not in use yet")

// Unused says why calls do not find a function, version or alias: functions.ErrNotFound when it is not stored, ErrUnused when it
// is, or why the store cannot tell.
func (s *Store) Unused(ctx context.Context, ref functions.Ref) error {
	doc, err := s.Functions.Get(ctx, store.Key(ref.AccountID, ref.Region, ref.Name))
	switch {
	case errors.Is(err, engine.ErrNotFound):
		return functions.ErrNotFound
	case err != nil:
		return err
	}
	switch q := ref.Qualifier; {
	case q == "", q == functions.Latest, doc.Versions[q] != nil:
		return ErrUnused
	case doc.Aliases[q] != nil && doc.Versions[doc.Aliases[q].Version] != nil:
		return ErrUnused
	}
	return functions.ErrNotFound
}

// sweepEvery is how often unused folders are looked for.
const sweepEvery = time.Minute

// Run follows the changes of stored functions until ctx ends or the store does, and returns why. It loads them first if nobody
// has. It removes the code that nobody uses.
func (s *Store) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	var sweeper sync.WaitGroup
	sweeper.Go(func() { s.sweep(ctx) })
	defer sweeper.Wait()
	defer cancel()
	return s.follower.Run(ctx)
}

func (s *Store) sweep(ctx context.Context) {
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if err := s.removeUnused(ctx); err != nil && ctx.Err() == nil {
				slog.ErrorContext(ctx, "code that nobody uses was not removed", "error", err)
			}
		}
	}
}

// removeUnused removes code that no stored function names and that nobody has used for a while. What only a layer names is kept,
// and not unpacked.
func (s *Store) removeUnused(ctx context.Context) error {
	names, err := s.folders.unused()
	if err != nil || len(names) == 0 {
		return err
	}
	used, stored, err := s.named(ctx)
	if err != nil {
		return err // what cannot be read may name any of them
	}
	var errs []error
	for _, name := range names {
		if !used[name] {
			errs = append(errs, s.folders.remove(ctx, name, !stored[name]))
		}
	}
	return errors.Join(errs...)
}

// named are the names of all folders that stored functions use, and the digests of all files that functions and layers name.
func (s *Store) named(ctx context.Context) (used, stored map[string]bool, err error) {
	used, stored = make(map[string]bool), make(map[string]bool)
	err = store.ReferencesOf(s.Functions, func(doc *definition.Function, refer func(string)) {
		EachVersion(doc, func(v *definition.FunctionVersion) {
			refer(v.Code.Digest)
			if len(v.Layers) > 0 {
				refer(layersName(LayerDigests(v)))
			}
		})
	})(ctx, func(name string) { used[name] = true })
	for _, owner := range []store.References{References(s.Functions), LayerReferences(s.Layers)} {
		err = errors.Join(err, owner(ctx, func(digest string) { stored[digest] = true }))
	}
	return used, stored, err
}

// EachVersion visits the versions of a function, the newest one among them.
func EachVersion(doc *definition.Function, visit func(*definition.FunctionVersion)) {
	visit(&doc.Latest)
	for _, v := range doc.Versions {
		visit(v)
	}
}

// References tells which files functions need: their code and their layers, which may be deleted.
func References(c *store.Collection[definition.Function]) store.References {
	return store.ReferencesOf(c, func(doc *definition.Function, refer func(string)) {
		EachVersion(doc, func(v *definition.FunctionVersion) {
			refer(v.Code.Digest)
			for _, digest := range LayerDigests(v) {
				refer(digest)
			}
		})
	})
}

// LayerReferences tells which files layers need.
func LayerReferences(c *store.Collection[definition.Layer]) store.References {
	return store.ReferencesOf(c, func(l *definition.Layer, refer func(string)) {
		for _, v := range l.Versions {
			refer(v.Code.Digest)
		}
	})
}

// Pin keeps the code of a digest from being removed until release is called: whoever uploads code pins it until a stored function
// names it.
func (s *Store) Pin(digest string) (release func()) { return s.folders.pin(digest) }
