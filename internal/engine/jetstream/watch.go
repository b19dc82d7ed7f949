package jetstream

import (
	"context"
	"time"

	js "github.com/nats-io/nats.go/jetstream"

	"github.com/gatehouse-gateway/gatehouse/internal/engine"
	"github.com/gatehouse-gateway/gatehouse/internal/pause"
)

const (
	watchBatch = 256                    // messages that the server may send ahead
	rewatch    = 100 * time.Millisecond // pause before a watch that failed begins again where it was
)

// watch follows a bucket. It begins again where it was when the server or the connection fails.
type watch struct {
	ctx    context.Context // of the watch, ended too by the end of the engine
	docs   *docs
	bucket string
	seen   uint64
	msgs   js.MessagesContext // nil: to be opened
	stop   func() bool        // forgets the end of the context for msgs
}

func (d *docs) Watch(ctx context.Context, bucket string, after engine.Revision) (engine.Watch, error) {
	info, err := d.stream.Info(ctx)
	if err != nil {
		return nil, d.e.wrap(ctx, "watch", err)
	}
	w := &watch{docs: d, bucket: bucket, seen: uint64(after)}
	if after == engine.FromNow {
		w.seen = info.State.LastSeq
	}
	var cancel context.CancelCauseFunc
	w.ctx, cancel = context.WithCancelCause(ctx)
	stop := context.AfterFunc(d.e.life, func() { cancel(engine.ErrClosed) })
	context.AfterFunc(ctx, func() { stop(); cancel(nil) })
	if err := w.open(); err != nil {
		cancel(nil)
		return nil, d.e.wrap(ctx, "watch", err)
	}
	return w, nil
}

func (w *watch) open() error {
	cons, err := w.docs.e.js.OrderedConsumer(w.ctx, docsStream, js.OrderedConsumerConfig{
		FilterSubjects:    []string{subjectRoot + w.bucket + ".*"},
		DeliverPolicy:     js.DeliverByStartSequencePolicy,
		OptStartSeq:       w.seen + 1,
		HeadersOnly:       true,
		InactiveThreshold: scanIdle,
	})
	if err != nil {
		return err
	}
	msgs, err := cons.Messages(js.PullMaxMessages(watchBatch))
	if err != nil {
		return err
	}
	w.msgs, w.stop = msgs, context.AfterFunc(w.ctx, msgs.Stop)
	return nil
}

// shut lets go of a consumer that failed.
func (w *watch) shut() {
	if w.msgs != nil {
		w.stop()
		w.msgs.Stop()
		w.msgs = nil
	}
}

func (w *watch) Next() (engine.Event, error) {
	for {
		if err := context.Cause(w.ctx); err != nil {
			w.shut()
			return engine.Event{}, err
		}
		event, ok, err := w.read()
		if err == nil && ok {
			return event, nil
		}
		if err != nil {
			w.shut()
			_ = pause.For(w.ctx, rewatch) // the loop looks at w.ctx
		}
	}
}

// read waits for the next message; ok is false for one that is no news.
func (w *watch) read() (event engine.Event, ok bool, err error) {
	if w.msgs == nil {
		if err := w.open(); err != nil {
			return event, false, err
		}
	}
	msg, err := w.msgs.Next(js.NextContext(w.ctx))
	if err != nil {
		return event, false, err
	}
	meta, err := msg.Metadata()
	if err != nil {
		return event, false, err
	}
	_, key, ok := parseSubject(msg.Subject())
	if seq := meta.Sequence.Stream; ok && seq > w.seen {
		w.seen = seq
		event = engine.Event{Key: key, Revision: engine.Revision(seq), Deleted: msg.Headers().Get(headerOp) == opDeleted}
		if d, err := engine.ParseDigest(msg.Headers().Get(headerDigest)); err == nil {
			event.Digest = d
		}
		return event, true, nil
	}
	return event, false, nil
}
