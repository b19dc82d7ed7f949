package jetstream

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	js "github.com/nats-io/nats.go/jetstream"

	"github.com/gatehouse-gateway/gatehouse/internal/engine"
)

const (
	scanBatch = 500              // messages asked for at once
	scanIdle  = 30 * time.Second // after which the server forgets a scan that nobody ends
	batchTime = 8 * time.Second  // for one batch; from 10 seconds on the client keeps a batch's memory until a timer fires
)

// A scan reads the newest message of every subject of a filter, in order of sequence.
type scan struct {
	stream js.Stream
	filter string
	bodies bool
}

// each calls fn with every message. A subject that is written meanwhile may come twice, the newer message later.
func (s scan) each(ctx context.Context, e *Engine, fn func(js.Msg, *js.MsgMetadata)) error {
	cons, err := s.stream.CreateConsumer(ctx, js.ConsumerConfig{
		FilterSubject:     s.filter,
		DeliverPolicy:     js.DeliverLastPerSubjectPolicy,
		AckPolicy:         js.AckNonePolicy,
		HeadersOnly:       !s.bodies,
		MemoryStorage:     true,
		InactiveThreshold: scanIdle,
	})
	if err != nil {
		return e.wrap(ctx, "list", err)
	}
	info := cons.CachedInfo()
	defer s.stream.DeleteConsumer(context.WithoutCancel(ctx), info.Name) //nolint:errcheck // else it is idle and goes by itself
	for pending := info.NumPending; pending > 0; {
		if pending, err = s.batch(ctx, cons, pending, fn); err != nil {
			return e.wrap(ctx, "list", err)
		}
		if err := e.wrapEnd(ctx); err != nil {
			return err
		}
	}
	return nil
}

// batch calls fn with the next messages, and returns how many are left then.
func (s scan) batch(ctx context.Context, cons js.Consumer, pending uint64, fn func(js.Msg, *js.MsgMetadata)) (uint64, error) {
	ctx, cancel := context.WithTimeout(ctx, batchTime)
	defer cancel()
	batch, err := cons.Fetch(int(min(pending, scanBatch)), js.FetchContext(ctx))
	if err != nil {
		return 0, err
	}
	came := false
	for msg := range batch.Messages() {
		came = true
		meta, err := msg.Metadata()
		if err != nil {
			return 0, err
		}
		pending = meta.NumPending
		fn(msg, meta)
	}
	if err := batch.Error(); err != nil {
		return 0, err
	}
	if !came {
		return 0, errSkipped
	}
	return pending, nil
}

// errSkipped means that the server counted records that it did not send: it skips what became unreadable while it runs.
var errSkipped = fmt.Errorf("%w: a record became unreadable; the next start names it", engine.ErrCorrupt)

func (d *docs) List(ctx context.Context, bucket string, q engine.Query) (engine.Page, error) {
	info, err := d.stream.Info(ctx)
	if err != nil {
		return engine.Page{}, d.e.wrap(ctx, "list", err)
	}
	found := map[string]engine.Revision{}
	err = scan{stream: d.stream, filter: subjectRoot + bucket + ".*"}.each(ctx, d.e, func(msg js.Msg, meta *js.MsgMetadata) {
		_, key, ok := parseSubject(msg.Subject())
		switch {
		case !ok || !strings.HasPrefix(key, q.Prefix) || key <= q.After:
		case msg.Headers().Get(headerOp) == opDeleted:
			delete(found, key)
		default:
			found[key] = engine.Revision(meta.Sequence.Stream)
		}
	})
	if err != nil {
		return engine.Page{}, err
	}
	all := make([]engine.Entry, 0, len(found))
	for key, rev := range found {
		all = append(all, engine.Entry{Key: key, Revision: rev})
	}
	return engine.PageOf(all, q.Limit, engine.Revision(info.State.LastSeq)), nil
}

func (d *docs) Buckets(ctx context.Context) ([]string, error) {
	found := map[string]bool{}
	err := scan{stream: d.stream, filter: subjectRoot + ">"}.each(ctx, d.e, func(msg js.Msg, _ *js.MsgMetadata) {
		bucket, _, ok := parseSubject(msg.Subject())
		if ok && engine.CheckBucket(bucket) == nil && msg.Headers().Get(headerOp) != opDeleted {
			found[bucket] = true
		}
	})
	return slices.Sorted(maps.Keys(found)), err
}

// forgetDeletions removes the records of deletions before a time.
func (d *docs) forgetDeletions(ctx context.Context, before time.Time) error {
	var old []uint64
	err := scan{stream: d.stream, filter: subjectRoot + ">"}.each(ctx, d.e, func(msg js.Msg, meta *js.MsgMetadata) {
		if msg.Headers().Get(headerOp) == opDeleted && meta.Timestamp.Before(before) {
			old = append(old, meta.Sequence.Stream)
		}
	})
	if err != nil {
		return err
	}
	for _, seq := range old {
		if err := d.stream.DeleteMsg(ctx, seq); err != nil && ctx.Err() != nil {
			return d.e.wrap(ctx, "forget deletions", err)
		}
	}
	return nil
}
