package jetstream

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	js "github.com/nats-io/nats.go/jetstream"

	"github.com/gatehouse-gateway/gatehouse/internal/engine"
)

// forgetTime bounds the removal of an object that nothing needs any more; the next Open removes what is left.
const forgetTime = 5 * time.Second

var (
	errNoObject  = errors.New("no such object")
	errBadObject = errors.New("object is damaged")
)

// objects is an object store of the server with compressed contents.
type objects struct {
	e      *Engine
	name   string
	store  js.ObjectStore
	stream js.Stream // that the store lies in
}

// objectName gives every content of a document an object of its own; the front of it says whose it is.
func objectName(bucket, key string) string {
	return subjectOf(bucket, key) + "." + rand.Text()
}

// ownerOf finds the document of an object.
func ownerOf(name string) (bucket, key string, ok bool) {
	i := strings.LastIndexByte(name, '.')
	if i < 0 {
		return "", "", false
	}
	return parseSubject(name[:i])
}

func (o *objects) chunkSubject(id string) string { return "$O." + o.name + ".C." + id }

func (o *objects) metaSubject(name string) string {
	return "$O." + o.name + ".M." + base64.URLEncoding.EncodeToString([]byte(name))
}

func (o *objects) put(ctx context.Context, name string, data []byte) error {
	var packed bytes.Buffer
	z, err := gzip.NewWriterLevel(&packed, gzip.BestSpeed)
	if err != nil {
		return fmt.Errorf("compress: %w", err)
	}
	if _, err := z.Write(data); err != nil {
		return fmt.Errorf("compress: %w", err)
	}
	if err := z.Close(); err != nil {
		return fmt.Errorf("compress: %w", err)
	}
	if _, err := o.store.PutBytes(ctx, name, packed.Bytes()); err != nil {
		return o.e.wrap(ctx, "write object", err)
	}
	return nil
}

// get returns errNoObject, or errBadObject with the reason, for what cannot be read.
func (o *objects) get(ctx context.Context, name string) ([]byte, error) {
	packed, err := o.fetch(ctx, name)
	switch {
	case err == nil:
		return unpack(packed)
	case errors.Is(err, js.ErrObjectNotFound):
		return nil, errNoObject
	case errors.Is(err, errBadObject), errors.Is(err, js.ErrDigestMismatch), isUnreadable(err):
		if _, err := o.store.GetInfo(ctx, name); errors.Is(err, js.ErrObjectNotFound) {
			return nil, errNoObject // it was removed while it was read
		}
		return nil, fmt.Errorf("%w: %w", errBadObject, err)
	default:
		return nil, o.e.wrap(ctx, "read object", err)
	}
}

// fetch reads the compressed content, once all parts are known to be there: the client would wait for the missing ones.
func (o *objects) fetch(ctx context.Context, name string) ([]byte, error) {
	info, err := o.store.GetInfo(ctx, name)
	if err != nil {
		return nil, err
	}
	chunks := o.chunkSubject(info.NUID)
	state, err := o.stream.Info(ctx, js.WithSubjectFilter(chunks))
	if err != nil {
		return nil, err
	}
	if n := state.State.Subjects[chunks]; n != uint64(info.Chunks) {
		return nil, fmt.Errorf("%w: %d of %d parts are there", errBadObject, n, info.Chunks)
	}
	return o.store.GetBytes(ctx, name)
}

func unpack(packed []byte) ([]byte, error) {
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errBadObject, err)
	}
	data, err := io.ReadAll(io.LimitReader(z, engine.MaxDocumentBytes+1))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errBadObject, err)
	}
	return data, nil
}

// remove deletes an object without a trace: names of objects are not used again.
func (o *objects) remove(ctx context.Context, name string) error {
	info, err := o.store.GetInfo(ctx, name)
	unreadable := isUnreadable(err)
	switch {
	case errors.Is(err, js.ErrObjectNotFound):
		return errNoObject
	case err != nil && !unreadable:
		return o.e.wrap(ctx, "remove object", err)
	}
	if err := o.stream.Purge(ctx, js.WithPurgeSubject(o.metaSubject(name))); err != nil {
		return o.e.wrap(ctx, "remove object", err)
	}
	if unreadable {
		return nil // nobody knows its parts but the next Open
	}
	if err := o.stream.Purge(ctx, js.WithPurgeSubject(o.chunkSubject(info.NUID))); err != nil {
		return o.e.wrap(ctx, "remove object", err)
	}
	return nil
}

// isUnreadable tells errors of an object's description from errors of the connection.
func isUnreadable(err error) bool {
	var syntax *json.SyntaxError
	return errors.Is(err, js.ErrBadObjectMeta) || errors.As(err, &syntax)
}

// forget removes an object that no document needs, if it has a name. What it cannot remove, the next Open does.
func (o *objects) forget(name string) {
	if name == "" {
		return
	}
	ctx, cancel := context.WithTimeout(o.e.life, forgetTime)
	defer cancel()
	if err := o.remove(ctx, name); err != nil && !errors.Is(err, errNoObject) {
		o.e.log.Debug("object stays until the next start", "object", name, "error", err)
	}
}

// list calls fn with every object's description; one that cannot be read has no name.
func (o *objects) list(ctx context.Context, fn func(js.ObjectInfo)) error {
	return scan{stream: o.stream, filter: "$O." + o.name + ".M.>", bodies: true}.each(ctx, o.e, func(msg js.Msg, _ *js.MsgMetadata) {
		var info js.ObjectInfo
		if err := json.Unmarshal(msg.Data(), &info); err != nil {
			info = js.ObjectInfo{}
		}
		fn(info)
	})
}

// sweep removes the objects that are not wanted, and parts without an object. Nobody else may write meanwhile.
func (o *objects) sweep(ctx context.Context, wanted func(name string) bool) error {
	var unwanted []string
	ids, unsure := map[string]bool{}, false
	err := o.list(ctx, func(info js.ObjectInfo) {
		unsure = unsure || info.Name == ""
		ids[o.chunkSubject(info.NUID)] = true
		if info.Name != "" && !wanted(info.Name) {
			unwanted = append(unwanted, info.Name)
		}
	})
	if err != nil {
		return err
	}
	for _, name := range unwanted {
		if err := o.remove(ctx, name); err != nil && !errors.Is(err, errNoObject) {
			return err
		}
	}
	if unsure {
		return nil // parts may belong to the object that cannot be read
	}
	info, err := o.stream.Info(ctx, js.WithSubjectFilter("$O."+o.name+".C.>"))
	if err != nil {
		return o.e.wrap(ctx, "sweep", err)
	}
	for subject := range info.State.Subjects {
		if !ids[subject] {
			if err := o.stream.Purge(ctx, js.WithPurgeSubject(subject)); err != nil {
				return o.e.wrap(ctx, "sweep", err)
			}
		}
	}
	return nil
}
