package functionstore

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"time"

	"github.com/gatehouse-gateway/gatehouse/iam"
	"github.com/gatehouse-gateway/gatehouse/internal/awsclient"
	"github.com/gatehouse-gateway/gatehouse/internal/definition"
	"github.com/gatehouse-gateway/gatehouse/internal/engine"
	"github.com/gatehouse-gateway/gatehouse/internal/functions"
	"github.com/gatehouse-gateway/gatehouse/internal/seal"
)

// builder makes the entry of a stored function.
type builder struct {
	s       *Store
	doc     *definition.Function
	ref     functions.Ref
	folders []string // names of folders, and digests, in use so far
}

// build returns the entry. An error means that the store did not answer; what is damaged is in the state of a version.
func (b *builder) build(ctx context.Context) (*functions.Entry, error) {
	e := &functions.Entry{
		Ref: b.ref, Reserved: b.doc.ReservedConcurrency, Versions: make(map[string]functions.Version), Aliases: make(map[string]functions.Alias),
		Provisioned: make(map[string]int, len(b.doc.Provisioned)),
		Policies:    make(map[string]*iam.Policy), URLs: make(map[string]functions.URL, len(b.doc.URLs)), ClosedURLs: b.doc.ClosedURLs,
		Asynchronous: make(map[string]functions.Asynchronous, len(b.doc.EventInvoke)),
	}
	for _, number := range append([]string{functions.Latest}, slices.Sorted(maps.Keys(b.doc.Versions))...) {
		stored := &b.doc.Latest
		if number != functions.Latest {
			stored = b.doc.Versions[number]
		}
		v, err := b.version(ctx, number, stored)
		if err != nil {
			return nil, fmt.Errorf("version %s: %w", number, err)
		}
		e.Versions[number] = v
	}
	for name, a := range b.doc.Aliases {
		e.Aliases[name] = alias(a)
	}
	for qualifier, stored := range b.doc.EventInvoke {
		e.Asynchronous[qualifier] = b.asynchronous(ctx, stored)
	}
	for qualifier, p := range b.doc.Provisioned {
		e.Provisioned[qualifier] = p.Requested
	}
	for alias, u := range b.doc.URLs {
		e.URLs[alias] = urlOf(u)
	}
	for qualifier, p := range b.doc.Policies {
		compiled, err := iam.Parse([]byte(p.Document()), iam.Options{Kind: iam.Resource})
		if err != nil {
			slog.ErrorContext(ctx, "the policy of a function cannot be read and allows nobody", "function", b.ref.ARN(), "qualifier", qualifier, "error", err)
			continue
		}
		e.Policies[qualifier] = compiled
	}
	return e, nil
}

func (b *builder) asynchronous(ctx context.Context, stored *definition.FunctionEventInvoke) functions.Asynchronous {
	return functions.Asynchronous{
		Retries: stored.MaximumRetryAttempts, MaxAge: time.Duration(stored.MaximumEventAge) * time.Second,
		OnSuccess: b.destination(ctx, stored.OnSuccess), OnFailure: b.destination(ctx, stored.OnFailure),
	}
}

// destination is who an ARN names. A function that cannot be read is not told.
func (b *builder) destination(ctx context.Context, arn string) functions.Destination {
	a, err := awsclient.ParseARN(arn)
	if err != nil || a.Service != "lambda" {
		return functions.Destination{Target: arn}
	}
	ref, err := functions.ParseARN(arn)
	if err != nil {
		slog.ErrorContext(ctx, "the destination of a function cannot be read and is not told", "function", b.ref.ARN(), "destination", arn, "error", err)
		return functions.Destination{}
	}
	return functions.Destination{Function: &ref}
}

func urlOf(u *definition.FunctionURL) functions.URL {
	out := functions.URL{ID: u.ID, IAM: u.AuthType != definition.URLAuthNone, Stream: u.InvokeMode == definition.URLResponseStream}
	if c := u.CORS; c != nil {
		out.CORS = &functions.CORS{
			AllowCredentials: c.AllowCredentials != nil && *c.AllowCredentials, AllowHeaders: c.AllowHeaders, AllowMethods: c.AllowMethods,
			AllowOrigins: c.AllowOrigins, ExposeHeaders: c.ExposeHeaders, MaxAge: c.MaxAge,
		}
	}
	return out
}

func alias(a *definition.FunctionAlias) functions.Alias {
	out := functions.Alias{Version: a.Version}
	for version, weight := range a.Weights { // there is one at most
		out.Additional, out.Weight = version, weight
	}
	return out
}

// version makes one version ready to run, or says in its state why it is not.
func (b *builder) version(ctx context.Context, number string, stored *definition.FunctionVersion) (functions.Version, error) {
	f := &functions.Function{
		Ref: b.ref, Version: number, Runtime: stored.Runtime, Handler: stored.Handler, Timeout: time.Duration(stored.Timeout) * time.Second,
		MemorySize: stored.MemorySize, EphemeralStorage: stored.EphemeralStorage, JSONLogs: stored.Logging.Format == "JSON",
	}
	v := functions.Version{Function: f, Revision: stored.RevisionID + "/" + stored.Code.Digest, DeadLetter: stored.DeadLetter}
	err := b.fill(ctx, f, stored)
	if err != nil && !lasting(err) {
		return v, err
	}
	if err != nil {
		slog.ErrorContext(ctx, "a version of a function cannot be invoked", "function", b.ref.ARN(), "version", number, "error", err)
		v.State = &functions.StateError{State: "Failed", Reason: reason(err)}
	}
	return v, nil
}

func (b *builder) fill(ctx context.Context, f *functions.Function, stored *definition.FunctionVersion) (err error) {
	if f.Environment, err = OpenEnvironment(b.s.Box, b.doc, stored); err != nil {
		return err
	}
	if f.Code, err = b.use(ctx, stored.Code.Digest, stored.Code.Digest); err != nil {
		return fmt.Errorf("code: %w", err)
	}
	if len(stored.Layers) == 0 {
		return nil
	}
	digests := LayerDigests(stored)
	for _, d := range digests {
		b.s.folders.pin(d)
		b.folders = append(b.folders, d)
	}
	if f.Opt, err = b.use(ctx, layersName(digests), digests...); err != nil {
		return fmt.Errorf("layers: %w: %w", errLayers, err)
	}
	return nil
}

func (b *builder) use(ctx context.Context, name string, digests ...string) (dir string, err error) {
	if dir, err = b.s.folders.use(ctx, name, digests...); err == nil {
		b.folders = append(b.folders, name)
	}
	return dir, err
}

// LayerDigests are the digests of the layers of a version, in their order.
func LayerDigests(v *definition.FunctionVersion) []string {
	digests := make([]string, len(v.Layers))
	for i, l := range v.Layers {
		digests[i] = l.Code.Digest
	}
	return digests
}

// lasting reports whether trying again is of no use before something changes: it is, when the store did not answer.
func lasting(err error) bool {
	for _, passing := range []error{engine.ErrUnavailable, engine.ErrClosed, context.Canceled, context.DeadlineExceeded} {
		if errors.Is(err, passing) {
			return false
		}
	}
	return true
}

// reason is what callers are told.
func reason(err error) string {
	switch {
	case errors.Is(err, errLayers):
		return "The layers of this version cannot be unpacked; the log of this gateway says why."
	case errors.Is(err, ErrNotZip), errors.Is(err, ErrUnzippedSize):
		return "The code of this version is no zip file that can be unpacked."
	case errors.Is(err, seal.ErrSealed), errors.Is(err, errEnvironment):
		return "The environment of this version cannot be read."
	case errors.Is(err, engine.ErrCorrupt), errors.Is(err, engine.ErrNotFound):
		return "The code of this version is damaged or missing in the state of this gateway."
	}
	return "The code of this version cannot be unpacked on this machine; the log of this gateway says why."
}

// errLayers means that it is a layer's file, not that of the code, of which an error tells.
var errLayers = errors.New("the content of a layer")

var errEnvironment = errors.New("the stored environment is no JSON object of texts")

// OpenEnvironment returns the variables of a version of a function; nil when none were given.
func OpenEnvironment(box *seal.Box, doc *definition.Function, v *definition.FunctionVersion) (map[string]string, error) {
	if v.Environment == nil {
		return nil, nil
	}
	text, err := box.Unseal(definition.EnvironmentName(doc.AccountID, doc.Region, doc.Name), v.Environment)
	if err != nil {
		return nil, err
	}
	variables := make(map[string]string)
	if json.Unmarshal(text, &variables) != nil { // its error may show a value
		return nil, errEnvironment
	}
	return variables, nil
}

// SealEnvironment stores variables in a version of a function; nil stores none.
func SealEnvironment(box *seal.Box, doc *definition.Function, v *definition.FunctionVersion, variables map[string]string) error {
	v.Environment, v.EnvironmentDigest = nil, ""
	if variables == nil {
		return nil
	}
	text, err := json.Marshal(variables)
	if err != nil {
		return fmt.Errorf("environment: %w", err)
	}
	name := definition.EnvironmentName(doc.AccountID, doc.Region, doc.Name)
	v.Environment, v.EnvironmentDigest = box.Seal(name, text), box.Digest(name, text)
	return nil
}
