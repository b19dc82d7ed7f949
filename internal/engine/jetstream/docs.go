package jetstream

import (
	"context"
	"errors"
	"fmt"

	"github.com/nats-io/nats.go"
	js "github.com/nats-io/nats.go/jetstream"

	"github.com/gatehouse-gateway/gatehouse/internal/engine"
)

// inlineBytes is the largest document that is a message itself: the server's messages have up to 1 MiB with headers.
const inlineBytes = 900 << 10

// createTries bounds Create against writers that delete and create the same key: two rounds are the rule.
const createTries = 100

// readTries bounds reading a large document that is replaced while it is read.
const readTries = 20

// docs is the engine.Docs of this engine, unchecked.
type docs struct {
	e       *Engine
	stream  js.Stream
	objects *objects
}

// last reads the newest message of a subject from the leader; ErrNotFound when there is none.
func (d *docs) last(ctx context.Context, bucket, key string) (*js.RawStreamMsg, error) {
	subject := subjectOf(bucket, key)
	msg, err := d.stream.GetLastMsgForSubject(ctx, subject)
	if err == nil {
		return msg, nil
	}
	if !errors.Is(err, js.ErrMsgNotFound) {
		return nil, d.e.wrap(ctx, "read", err)
	}
	// The server answers so too when it knows the message and cannot read it.
	info, err := d.stream.Info(ctx, js.WithSubjectFilter(subject))
	if err != nil {
		return nil, d.e.wrap(ctx, "read", err)
	}
	if info.State.Subjects[subject] == 0 {
		return nil, engine.ErrNotFound
	}
	// It may have been written between the two questions.
	if msg, err = d.stream.GetLastMsgForSubject(ctx, subject); err == nil {
		return msg, nil
	}
	return nil, &engine.CorruptError{Bucket: bucket, Key: key, Detail: "the record cannot be read"}
}

// live is last for documents that are not deleted.
func (d *docs) live(ctx context.Context, bucket, key string) (*js.RawStreamMsg, error) {
	msg, err := d.last(ctx, bucket, key)
	if err == nil && msg.Header.Get(headerOp) == opDeleted {
		return nil, engine.ErrNotFound
	}
	return msg, err
}

func (d *docs) Get(ctx context.Context, bucket, key string) (engine.Document, error) {
	var before uint64
	for range readTries {
		msg, err := d.live(ctx, bucket, key)
		if err != nil {
			return engine.Document{}, err
		}
		doc, err := d.open(ctx, bucket, key, msg)
		if !errors.Is(err, errNoObject) {
			return doc, err
		}
		if msg.Sequence == before {
			return doc, &engine.CorruptError{Bucket: bucket, Key: key, Revision: doc.Revision, Detail: "its object is missing"}
		}
		before = msg.Sequence // a writer removed the object after it had replaced it
	}
	return engine.Document{}, fmt.Errorf("document %q of bucket %s: %w: it changes too fast to read", key, bucket, engine.ErrUnavailable)
}

// open checks the record and fetches its content.
func (d *docs) open(ctx context.Context, bucket, key string, msg *js.RawStreamMsg) (engine.Document, error) {
	doc := engine.Document{Key: key, Revision: engine.Revision(msg.Sequence), Data: msg.Data}
	corrupt := func(detail string) error {
		return &engine.CorruptError{Bucket: bucket, Key: key, Revision: doc.Revision, Detail: detail}
	}
	if msg.Header.Get(headerOp) == opDamaged {
		return engine.Document{}, corrupt("its record was damaged on the disk")
	}
	digest, err := engine.ParseDigest(msg.Header.Get(headerDigest))
	if err != nil {
		return engine.Document{}, corrupt("its record has no checksum")
	}
	if name := msg.Header.Get(headerObject); name != "" {
		doc.Data, err = d.objects.get(ctx, name)
		if errors.Is(err, errBadObject) {
			return engine.Document{}, corrupt(err.Error())
		}
		if err != nil {
			return doc, err
		}
	}
	if doc.Digest = engine.DigestOf(doc.Data); doc.Digest != digest {
		return engine.Document{}, corrupt("its content does not match its checksum")
	}
	return doc, nil
}

func (d *docs) Create(ctx context.Context, bucket, key string, data []byte) (engine.Revision, error) {
	for range createTries {
		expect := uint64(0)
		msg, err := d.last(ctx, bucket, key) // first: the server takes a record that it cannot read for none
		switch {
		case errors.Is(err, engine.ErrNotFound):
		case errors.Is(err, engine.ErrCorrupt):
			return 0, engine.ErrExists
		case err != nil:
			return 0, err
		case msg.Header.Get(headerOp) != opDeleted:
			return 0, engine.ErrExists
		default:
			expect = msg.Sequence
		}
		rev, err := d.put(ctx, bucket, key, data, expect)
		if !errors.Is(err, errOtherRevision) {
			return rev, err
		}
	}
	return 0, fmt.Errorf("document %q of bucket %s: %w", key, bucket, engine.ErrExists)
}

func (d *docs) Update(ctx context.Context, bucket, key string, data []byte, rev engine.Revision) (engine.Revision, error) {
	old, err := d.at(ctx, bucket, key, rev)
	if err != nil {
		return 0, err
	}
	next, err := d.put(ctx, bucket, key, data, uint64(rev))
	if err != nil {
		return 0, d.conflict(ctx, bucket, key, err)
	}
	d.objects.forget(old.Header.Get(headerObject))
	return next, nil
}

func (d *docs) Delete(ctx context.Context, bucket, key string, rev engine.Revision) error {
	old, err := d.at(ctx, bucket, key, rev)
	if err != nil {
		return err
	}
	if _, err := d.publish(ctx, newDeletion(subjectOf(bucket, key)), uint64(rev)); err != nil {
		return d.conflict(ctx, bucket, key, err)
	}
	d.objects.forget(old.Header.Get(headerObject))
	return nil
}

// at returns the record of the document if its newest revision is rev.
func (d *docs) at(ctx context.Context, bucket, key string, rev engine.Revision) (*js.RawStreamMsg, error) {
	msg, err := d.live(ctx, bucket, key)
	if err != nil {
		return nil, err
	}
	if msg.Sequence != uint64(rev) {
		return nil, &engine.ConflictError{Bucket: bucket, Key: key, Current: engine.Revision(msg.Sequence)}
	}
	return msg, nil
}

// conflict turns errOtherRevision into what a caller can use.
func (d *docs) conflict(ctx context.Context, bucket, key string, err error) error {
	if !errors.Is(err, errOtherRevision) {
		return err
	}
	msg, err := d.live(ctx, bucket, key)
	if err != nil {
		return err
	}
	return &engine.ConflictError{Bucket: bucket, Key: key, Current: engine.Revision(msg.Sequence)}
}

// put stores a document if the newest message of its subject has the sequence expect.
func (d *docs) put(ctx context.Context, bucket, key string, data []byte, expect uint64) (engine.Revision, error) {
	subject, digest := subjectOf(bucket, key), engine.DigestOf(data)
	if len(data) <= inlineBytes {
		return d.publish(ctx, newRecord(subject, digest, data, ""), expect)
	}
	name := objectName(bucket, key)
	if err := d.objects.put(ctx, name, data); err != nil {
		return 0, err
	}
	rev, err := d.publish(ctx, newRecord(subject, digest, nil, name), expect)
	if errors.Is(err, errOtherRevision) {
		d.objects.forget(name) // after any other error the record may exist: the next Open knows
	}
	return rev, err
}

// errOtherRevision means that the subject has another newest message.
var errOtherRevision = errors.New("other revision")

func (d *docs) publish(ctx context.Context, msg *nats.Msg, expect uint64) (engine.Revision, error) {
	ack, err := d.e.js.PublishMsg(ctx, msg, js.WithExpectLastSequencePerSubject(expect))
	var api *js.APIError
	if errors.As(err, &api) && (api.ErrorCode == js.JSErrCodeStreamWrongLastSequence || api.ErrorCode == js.JSErrCodeStreamWrongLastSequenceConstant) {
		return 0, errOtherRevision
	}
	if err != nil {
		return 0, d.e.wrap(ctx, "write", err)
	}
	return engine.Revision(ack.Sequence), nil
}
