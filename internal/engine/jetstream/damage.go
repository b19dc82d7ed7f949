package jetstream

import (
	"context"
	"encoding/base64"
	"errors"
	"strings"

	js "github.com/nats-io/nats.go/jetstream"

	"github.com/gatehouse-gateway/gatehouse/internal/engine"
)

// unknown is what a loss means that cannot be named.
const unknown = "; its name is lost too, and an older revision of the document may be the newest one now"

// nameDamage turns findings into what they mean: a document, a snapshot, a place in a file. Records that were replaced
// or removed before they were damaged are no loss.
func (e *Engine) nameDamage(ctx context.Context, found []finding) ([]engine.Damage, error) {
	var all []engine.Damage
	for _, f := range found {
		d := engine.Damage{File: f.file, Revision: engine.Revision(f.seq), Detail: f.detail}
		loss := true
		var err error
		switch {
		case f.subject == "":
			if f.seq > 0 {
				d.Detail += unknown
			}
		case f.stream == docsStream:
			d.Bucket, d.Key, _ = parseSubject(f.subject)
			if d.Bucket == snapshotsBucket {
				d.Bucket, d.Key, d.Snapshot, d.Revision = "", "", d.Key, 0
			}
			loss, err = e.newest(ctx, f)
		default:
			loss, err = e.nameObject(ctx, f, &d)
		}
		if err != nil {
			return nil, err
		}
		if loss {
			all = append(all, d)
		}
	}
	return all, nil
}

// newest reports whether the lost record is the newest of its document.
func (e *Engine) newest(ctx context.Context, f finding) (bool, error) {
	msg, err := e.docs.stream.GetLastMsgForSubject(ctx, f.subject)
	switch {
	case errors.Is(err, js.ErrMsgNotFound):
		return false, nil
	case err != nil:
		return false, e.wrap(ctx, "name damage", err)
	default:
		return f.seq == 0 || msg.Sequence == f.seq, nil
	}
}

// nameObject finds whose object the record belonged to; none when it was removed before.
func (e *Engine) nameObject(ctx context.Context, f finding, d *engine.Damage) (bool, error) {
	d.Revision = 0 // sequences of objects are no revisions
	store := e.snapshots.objects
	if f.stream == "OBJ_"+largeStore {
		store = e.docs.objects
	}
	name := ""
	if code, ok := strings.CutPrefix(f.subject, "$O."+store.name+".M."); ok {
		if raw, err := base64.URLEncoding.DecodeString(code); err == nil {
			name = string(raw)
		}
	} else {
		err := store.list(ctx, func(info js.ObjectInfo) {
			if info.Name != "" && store.chunkSubject(info.NUID) == f.subject {
				name = info.Name
			}
		})
		if err != nil || name == "" {
			return false, err
		}
	}
	if store == e.snapshots.objects {
		d.Snapshot = name
		return true, nil
	}
	var ok bool
	if d.Bucket, d.Key, ok = ownerOf(name); !ok {
		return true, nil
	}
	msg, err := e.docs.live(ctx, d.Bucket, d.Key)
	if errors.Is(err, engine.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	d.Revision = engine.Revision(msg.Sequence)
	return msg.Header.Get(headerObject) == name, nil
}
