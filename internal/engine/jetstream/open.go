package jetstream

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	js "github.com/nats-io/nats.go/jetstream"

	"github.com/gatehouse-gateway/gatehouse/internal/engine"
)

// The streams, and the stores that make streams of their own.
const (
	docsStream     = "DOCS"
	largeStore     = "documents"
	snapshotsStore = "snapshots"
)

const (
	sweepEvery = time.Hour        // the period of the housekeeping: deletions are kept for days
	askTimeout = 10 * time.Second // for an answer of the server, when the caller's context has no deadline
)

// Options say where the state lives. Dir is required.
type Options struct {
	Dir string           // the data directory; made when it does not exist
	Now func() time.Time // the clock of leases; nil: time.Now
	Log *slog.Logger     // damage as errors, the server's own words as debug; nil: nowhere
}

// Engine is an engine.Engine in files.
type Engine struct {
	dir       string
	now       func() time.Time
	log       *slog.Logger
	lock      *os.File
	srv       *server.Server
	nc        *nats.Conn
	js        js.JetStream
	docs      *docs
	snapshots *snapshots
	leases    *engine.Leases
	damage    []engine.Damage

	life    context.Context // ends with the engine
	end     context.CancelCauseFunc
	once    sync.Once
	closing error
}

var _ engine.Engine = (*Engine)(nil)

// Open starts the engine on a data directory and waits until it can serve. It returns engine.ErrLocked when another
// process uses the directory, engine.ErrNewerLayout when a newer version wrote it, and engine.ErrCorrupt when a part is
// damaged that everything hangs on; lesser damage is in Damage. Close it.
func Open(ctx context.Context, opts Options) (*Engine, error) {
	e := &Engine{dir: opts.Dir, now: opts.Now, log: opts.Log}
	if e.now == nil {
		e.now = time.Now
	}
	if e.log == nil {
		e.log = slog.New(slog.DiscardHandler)
	}
	var err error
	if e.lock, err = lockDir(e.dir); err != nil {
		return nil, err
	}
	e.life, e.end = context.WithCancelCause(context.WithoutCancel(ctx))
	if err := e.start(ctx); err != nil {
		return nil, errors.Join(err, e.stop(false))
	}
	return e, nil
}

func (e *Engine) start(ctx context.Context) error {
	if err := checkVersion(e.dir); err != nil {
		return err
	}
	found, err := checkFiles(e.dir)
	if err != nil {
		return err
	}
	if e.srv, err = startServer(e.dir, e.log); err != nil {
		return err
	}
	if e.nc, err = connect(e.srv); err != nil {
		return err
	}
	if e.js, err = js.New(e.nc, js.WithDefaultTimeout(askTimeout)); err != nil {
		return fmt.Errorf("embedded server: %w", err)
	}
	if err := e.openStreams(ctx); err != nil {
		return err
	}
	if err := keepDescriptions(e.dir); err != nil {
		return err
	}
	if e.damage, err = e.nameDamage(ctx, found); err != nil {
		return err
	}
	for _, d := range e.damage {
		e.log.Error("state is damaged", "file", d.File, "bucket", d.Bucket, "key", d.Key, "snapshot", d.Snapshot, "detail", d.Detail)
	}
	return e.sweepObjects(ctx)
}

func (e *Engine) openStreams(ctx context.Context) error {
	stream, err := e.js.CreateOrUpdateStream(ctx, js.StreamConfig{
		Name:              docsStream,
		Subjects:          []string{subjectRoot + ">"},
		Storage:           js.FileStorage,
		MaxMsgsPerSubject: engine.History,
		Discard:           js.DiscardOld,
		AllowRollup:       true,
		AllowDirect:       false, // reads are the leader's
		Duplicates:        time.Second,
	})
	if err != nil {
		return e.wrap(ctx, "open stream "+docsStream, err)
	}
	large, err := e.openStore(ctx, largeStore)
	if err != nil {
		return err
	}
	snaps, err := e.openStore(ctx, snapshotsStore)
	if err != nil {
		return err
	}
	e.docs = &docs{e: e, stream: stream, objects: large}
	e.snapshots = &snapshots{docs: e.docs, objects: snaps}
	e.leases = engine.NewLeases(e.docs, e.now)
	return nil
}

func (e *Engine) openStore(ctx context.Context, name string) (*objects, error) {
	store, err := e.js.CreateOrUpdateObjectStore(ctx, js.ObjectStoreConfig{Bucket: name, Storage: js.FileStorage})
	if err != nil {
		return nil, e.wrap(ctx, "open store "+name, err)
	}
	stream, err := e.js.Stream(ctx, "OBJ_"+name)
	if err != nil {
		return nil, e.wrap(ctx, "open store "+name, err)
	}
	return &objects{e: e, name: name, store: store, stream: stream}, nil
}

// sweepObjects removes what a killed process left of writes that it had not acknowledged.
func (e *Engine) sweepObjects(ctx context.Context) error {
	wanted := map[string]bool{}
	err := scan{stream: e.docs.stream, filter: subjectRoot + ">"}.each(ctx, e, func(msg js.Msg, _ *js.MsgMetadata) {
		if msg.Headers().Get(headerOp) == opDamaged {
			wanted[msg.Subject()] = true // its object may be all that is left of it
		}
		wanted[msg.Headers().Get(headerObject)] = true
	})
	if err != nil {
		return err
	}
	err = e.docs.objects.sweep(ctx, func(name string) bool {
		bucket, key, ok := ownerOf(name)
		return wanted[name] || !ok || wanted[subjectOf(bucket, key)]
	})
	if err != nil {
		return err
	}
	return e.snapshots.objects.sweep(ctx, func(string) bool { return true })
}

// Docs returns the documents.
func (e *Engine) Docs() engine.Docs { return engine.Checked(e.docs) }

// Snapshots returns the snapshots.
func (e *Engine) Snapshots() engine.Snapshots { return e.snapshots }

// Leases returns the leases.
func (e *Engine) Leases() *engine.Leases { return e.leases }

// Damage lists what Open found damaged.
func (e *Engine) Damage() []engine.Damage { return append([]engine.Damage(nil), e.damage...) }

// Ready returns nil while the server runs and is connected.
func (e *Engine) Ready() error {
	switch {
	case e.life.Err() != nil:
		return engine.ErrClosed
	case !e.srv.Running() || !e.nc.IsConnected():
		return fmt.Errorf("embedded server: %w", engine.ErrUnavailable)
	default:
		return nil
	}
}

// Run forgets old deletions until ctx ends or the engine is closed.
func (e *Engine) Run(ctx context.Context) error {
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-e.life.Done():
			return engine.ErrClosed
		case <-tick.C:
			if err := e.docs.forgetDeletions(ctx, e.now().Add(-engine.DeletionsKept)); err != nil {
				e.log.Warn("old deletions stay", "error", err)
			}
		}
	}
}

// Close ends the engine. When it returns, no goroutine of it runs, and the data directory may be opened again.
func (e *Engine) Close() error {
	e.once.Do(func() { e.closing = e.stop(true) })
	return e.closing
}

func (e *Engine) stop(opened bool) error {
	e.end(engine.ErrClosed)
	if e.nc != nil {
		e.nc.Close()
	}
	var err error
	if e.srv != nil {
		stopServer(e.srv)
	}
	if opened {
		err = writeClosed(e.dir)
	}
	return errors.Join(err, e.lock.Close())
}

// wrap gives an error of the client its meaning.
func (e *Engine) wrap(ctx context.Context, what string, err error) error {
	if end := e.wrapEnd(ctx); end != nil {
		return end
	}
	return fmt.Errorf("%s: %w: %w", what, engine.ErrUnavailable, err)
}

// wrapEnd returns why nothing can be done any more, or nil.
func (e *Engine) wrapEnd(ctx context.Context) error {
	if e.life.Err() != nil {
		return engine.ErrClosed
	}
	return context.Cause(ctx)
}
