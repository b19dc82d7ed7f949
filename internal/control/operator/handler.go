package operator

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"strings"
	"sync"

	"github.com/gatehouse-gateway/gatehouse/awsproto"
	"github.com/gatehouse-gateway/gatehouse/internal/access/accesskey"
	"github.com/gatehouse-gateway/gatehouse/internal/control/lambda/layer"
	"github.com/gatehouse-gateway/gatehouse/internal/engine"
	"github.com/gatehouse-gateway/gatehouse/internal/front"
	"github.com/gatehouse-gateway/gatehouse/internal/functionstore"
)

const (
	keysPath   = "/_gatehouse/keys"
	backupPath = "/_gatehouse/backup"
	layersPath = "/_gatehouse/layers"
)

// Keys are the access keys; *accesskey.Ring does.
type Keys interface {
	List() []accesskey.Key
	Create(ctx context.Context, account, name string, root bool) (accesskey.Key, accesskey.Secret, error)
	SetDisabled(ctx context.Context, id string, disabled, force bool) (accesskey.Key, error)
	Delete(ctx context.Context, id string, force bool) error
}

// Layers are the versions of layers of all accounts; *layer.Imports does.
type Layers interface {
	Import(ctx context.Context, arn string, zip []byte) (layer.Info, error)
	List(ctx context.Context) ([]layer.Info, error)
	Remove(ctx context.Context, arn string) error
}

// Handler answers the operator's calls. Its callers are verified: they have a root key. All fields are required.
type Handler struct {
	Keys   Keys
	Layers Layers
	Backup func(ctx context.Context, w io.Writer) error // writes the state
	Log    *slog.Logger

	backing sync.Mutex // held while a backup runs
}

// The bodies of calls and answers.
type (
	keyList struct {
		Keys []accesskey.Key `json:"keys"`
	}
	newKey struct {
		AccountID string `json:"accountId"`
		Name      string `json:"name"`
		Root      bool   `json:"root"`
	}
	madeKey struct {
		accesskey.Key
		SecretAccessKey string `json:"secretAccessKey"`
	}
	layerList struct {
		Layers []layer.Info `json:"layers"`
	}
	keyChange struct {
		Disabled *bool `json:"disabled"`
		Force    bool  `json:"force"`
	}
)

// ServeOperator answers one call.
func (h *Handler) ServeOperator(ctx context.Context, r *awsproto.Request, res *front.Response) {
	status, body, err := h.serve(ctx, r, res)
	if err != nil {
		h.fail(ctx, err, res)
		return
	}
	if res.Status = status; body == nil {
		return
	}
	text, err := json.Marshal(body)
	if err != nil {
		h.fail(ctx, err, res)
		return
	}
	res.Header.Add("Content-Type", "application/json")
	res.Body = text
}

func (h *Handler) serve(ctx context.Context, r *awsproto.Request, res *front.Response) (status int, body any, err error) {
	id, ofKey := strings.CutPrefix(r.Path, keysPath+"/")
	switch {
	case r.Method == "GET" && r.Path == keysPath:
		return 200, keyList{h.Keys.List()}, nil
	case r.Method == "POST" && r.Path == keysPath:
		return h.createKey(ctx, r.Body)
	case r.Method == "PUT" && ofKey:
		return h.changeKey(ctx, id, r.Body)
	case r.Method == "DELETE" && ofKey:
		query, _ := url.ParseQuery(r.Query)
		return 204, nil, h.Keys.Delete(ctx, id, query.Get("force") == "true")
	case r.Method == "GET" && r.Path == backupPath:
		return 200, nil, h.stream(ctx, res)
	case r.Path == layersPath:
		return h.serveLayers(ctx, r)
	}
	return unknown(r)
}

// serveLayers answers a call about layers.
func (h *Handler) serveLayers(ctx context.Context, r *awsproto.Request) (status int, body any, err error) {
	query, _ := url.ParseQuery(r.Query)
	switch arn := query.Get("arn"); r.Method {
	case "GET":
		all, err := h.Layers.List(ctx)
		return 200, layerList{all}, err
	case "PUT":
		made, err := h.Layers.Import(ctx, arn, r.Body)
		return 200, made, err
	case "DELETE":
		return 204, nil, h.Layers.Remove(ctx, arn)
	}
	return unknown(r)
}

// MaxBody is the greatest body of a call, in bytes: an imported layer is as large as an uploaded one; 0: as usual.
func (h *Handler) MaxBody(r *awsproto.Request) (int64, *awsproto.Error) {
	if r.Method != "PUT" || r.Path != layersPath {
		return 0, nil
	}
	return functionstore.MaxZipped, awsproto.NewError(413, "RequestEntityTooLargeException", fmt.Sprintf("Zipped size must be smaller than %d bytes", functionstore.MaxZipped))
}

func unknown(r *awsproto.Request) (int, any, error) {
	return 0, nil, awsproto.NewError(404, "UnknownOperationException", "The operation "+r.Method+" "+r.Path+" of the service gatehouse is not supported.")
}

func (h *Handler) createKey(ctx context.Context, body []byte) (int, any, error) {
	var in newKey
	if err := decode(body, &in); err != nil {
		return 0, nil, err
	}
	key, secret, err := h.Keys.Create(ctx, in.AccountID, in.Name, in.Root)
	return 201, madeKey{key, secret.Reveal()}, err
}

func (h *Handler) changeKey(ctx context.Context, id string, body []byte) (int, any, error) {
	var in keyChange
	if err := decode(body, &in); err != nil {
		return 0, nil, err
	}
	if in.Disabled == nil {
		return 0, nil, awsproto.NewError(400, "BadRequestException", "The member disabled is missing.")
	}
	key, err := h.Keys.SetDisabled(ctx, id, *in.Disabled, in.Force)
	return 200, key, err
}

// decode reads a body; members that are not known are refused.
func decode(body []byte, into any) error {
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.DisallowUnknownFields()
	if err := dec.Decode(into); err != nil {
		return awsproto.NewError(400, "SerializationException", "The body cannot be read: "+err.Error())
	}
	return nil
}

// stream answers with a backup as it is written. The writing ends when the reader closes, which the front does in any case.
func (h *Handler) stream(ctx context.Context, res *front.Response) error {
	if !h.backing.TryLock() {
		return awsproto.NewError(409, "ConflictException", "Another backup is running.")
	}
	from, to := io.Pipe()
	go func() {
		defer h.backing.Unlock()
		err := h.Backup(ctx, to)
		if err != nil && !errors.Is(err, io.ErrClosedPipe) {
			h.Log.ErrorContext(ctx, "a backup failed", "error", err)
		}
		to.CloseWithError(err)
	}()
	res.Header.Add("Content-Type", "application/octet-stream")
	res.Stream, res.StreamLength = from, -1
	return nil
}

// fail is the only place where an error of the operator's side becomes an answer.
func (h *Handler) fail(ctx context.Context, err error, res *front.Response) {
	var failed *awsproto.Error
	switch {
	case errors.As(err, &failed):
	case errors.Is(err, accesskey.ErrNotFound), errors.Is(err, layer.ErrNotFound):
		failed = awsproto.NewError(404, "NotFoundException", err.Error())
	case errors.Is(err, accesskey.ErrLastRoot), errors.Is(err, layer.ErrExists):
		failed = awsproto.NewError(409, "ConflictException", err.Error())
	case errors.Is(err, accesskey.ErrTooMany):
		failed = awsproto.NewError(429, "LimitExceededException", err.Error())
	case errors.Is(err, accesskey.ErrInvalid), errors.Is(err, layer.ErrARN), errors.Is(err, engine.ErrInvalid):
		failed = awsproto.NewError(400, "BadRequestException", err.Error())
	default:
		h.Log.ErrorContext(ctx, "an operator's call failed", "error", err)
		failed = awsproto.NewError(500, "InternalFailure", "Internal server error")
	}
	text, _ := json.Marshal(map[string]string{"message": failed.Message}) // texts can always be written
	res.Status, res.Body = failed.Status, text
	res.Header.Add("x-amzn-ErrorType", failed.Type)
	res.Header.Add("Content-Type", "application/json")
}
