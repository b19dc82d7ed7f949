// Package state is what the operations of the Lambda management API read and write: the stored functions, found for the account
// and region of the caller by the names that clients use.
package state

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/gatehouse-gateway/gatehouse/awsproto"
	"github.com/gatehouse-gateway/gatehouse/internal/awsclient"
	"github.com/gatehouse-gateway/gatehouse/internal/control/caller"
	"github.com/gatehouse-gateway/gatehouse/internal/control/lambda/ident"
	"github.com/gatehouse-gateway/gatehouse/internal/control/lambda/source"
	"github.com/gatehouse-gateway/gatehouse/internal/control/lambda/wire"
	"github.com/gatehouse-gateway/gatehouse/internal/definition"
	"github.com/gatehouse-gateway/gatehouse/internal/engine"
	"github.com/gatehouse-gateway/gatehouse/internal/functions"
	"github.com/gatehouse-gateway/gatehouse/internal/seal"
	"github.com/gatehouse-gateway/gatehouse/internal/store"
)

// Invoker runs functions; *functions.Directory does.
type Invoker interface {
	Invoke(ctx context.Context, call *functions.Call, res *functions.Result) error
	// Allocated says how many provisioned environments of a version or an alias are ready, and why others are not.
	Allocated(ref functions.Ref) (n int, failure string)
}

// Options are what the state is made of. All are required, but AWS, Publish, URL (no function then has one), Pin, and what is said of event source mappings.
type Options struct {
	Functions *store.Collection[definition.Function] // by account/region/name
	Layers    *store.Collection[definition.Layer]    // by account/region/name
	Snapshots engine.Snapshots                       // of code
	Box       *seal.Box                              // seals environments
	Invoker   Invoker
	Now       func() time.Time
	// AWS reaches queues, topics, buses and buckets; nil: no endpoint is configured.
	AWS *awsclient.Client
	// Mappings are event source mappings, by account/region/UUID; PublishMapping makes one what is polled, after it changed, nil: whoever
	// watches does it. MaxMappings is how many an account may have in a region; 0: any number.
	Mappings       *store.Collection[definition.EventSourceMapping]
	PublishMapping func(ctx context.Context, key string) error
	MaxMappings    int
	// Publish makes a function what calls find, after it changed; nil: whoever watches does it.
	Publish func(ctx context.Context, key string) error
	// URL is the address of the function URL with this id in a region.
	URL func(id, region string) string
	// Pin keeps code that no function has yet until release is called; nil: nobody removes code.
	Pin func(digest string) (release func())
}

// State holds the stored functions. It is safe for concurrent use.
type State struct {
	Options
	// Uploads reads the zip files that clients mean.
	Uploads   *source.Reader
	summaries *store.View[definition.Function, summary]
	layers    *store.View[definition.Layer, int64]
}

// New returns the state kept in collections.
func New(o Options) *State {
	if o.AWS == nil {
		o.AWS = awsclient.Nowhere()
	}
	return &State{o, source.New(o.AWS), store.NewView(o.Functions, summaryOf), store.NewView(o.Layers, layerSize)}
}

// summary is what is counted of a function.
type summary struct {
	name     string
	codeSize int64
	reserved int // concurrency that others cannot have
}

func summaryOf(doc *definition.Function) *summary {
	s := &summary{name: doc.Name, codeSize: doc.Latest.Code.Size}
	for _, v := range doc.Versions {
		s.codeSize += v.Code.Size
	}
	s.reserved = doc.ProvisionedTotal()
	if doc.ReservedConcurrency != nil {
		s.reserved = *doc.ReservedConcurrency
	}
	return s
}

// layerSize is how many bytes the zip files of a layer have.
func layerSize(l *definition.Layer) *int64 {
	var size int64
	for _, v := range l.Versions {
		size += v.Code.Size
	}
	return &size
}

// Used is what the functions and layers of an account use in a region.
type Used struct {
	Functions int
	CodeSize  int64          // bytes of all zip files
	Reserved  map[string]int // concurrency by function
}

// Usage sums up the functions and layers of the caller.
func (s *State) Usage(ctx context.Context) (*Used, error) {
	scope, err := ScopeOf(ctx)
	if err != nil {
		return nil, err
	}
	items, err := s.summaries.All(ctx, scope.Prefix())
	if err != nil {
		return nil, err
	}
	used := &Used{Functions: len(items), Reserved: make(map[string]int)}
	for _, item := range items {
		used.CodeSize += item.Value.codeSize
		if item.Value.reserved > 0 {
			used.Reserved[item.Value.name] = item.Value.reserved
		}
	}
	layers, err := s.layers.All(ctx, scope.Prefix())
	if err != nil {
		return nil, err
	}
	for _, item := range layers {
		used.CodeSize += *item.Value
	}
	return used, nil
}

// Scope is where a caller's functions live.
type Scope struct{ AccountID, Region string }

// ScopeOf returns the scope of whoever makes the call.
func ScopeOf(ctx context.Context) (Scope, error) {
	c, ok := caller.From(ctx)
	if !ok || c.AccountID == "" || c.Region == "" {
		return Scope{}, errors.New("a management operation was called without a caller")
	}
	return Scope{c.AccountID, c.Region}, nil
}

// Prefix begins the keys of everything in the scope.
func (s Scope) Prefix() string { return s.AccountID + "/" + s.Region + "/" }

// Ref returns the function, version or alias of the caller that an identifier names, with the qualifier of the identifier or of
// the parameter. Whether it exists is not asked. Spec: functions B1.
func Ref(ctx context.Context, name, qualifier *string) (functions.Ref, error) {
	scope, err := ScopeOf(ctx)
	if err != nil {
		return functions.Ref{}, err
	}
	n, ok := ident.Parse(wire.Value(name))
	if !ok {
		return functions.Ref{}, wire.Invalid("The function name %q cannot be read.", wire.Value(name))
	}
	if err := scope.reaches(n); err != nil {
		return functions.Ref{}, err
	}
	q := wire.Value(qualifier)
	if n.Qualifier != "" && q != "" && n.Qualifier != q {
		return functions.Ref{}, wire.Invalid("The derived qualifier from the function name does not match the specified qualifier.")
	}
	if q == "" {
		q = n.Qualifier
	}
	return functions.Ref{AccountID: scope.AccountID, Region: scope.Region, Name: n.Function, Qualifier: q}, nil
}

// reaches refuses functions of other regions and accounts. Spec: functions B1.
func (s Scope) reaches(n ident.Name) error {
	if n.Region != "" && n.Region != s.Region {
		return wire.NotFound("Functions from '%s' are not reachable in this region ('%s')", n.Region, s.Region)
	}
	if n.AccountID != "" && n.AccountID != s.AccountID {
		return awsproto.NewError(403, "AccessDeniedException", fmt.Sprintf("The account %s is not authorized to use functions of the account %s.", s.AccountID, n.AccountID))
	}
	return nil
}

// Unqualified is Ref for operations that know whole functions only.
func Unqualified(ctx context.Context, name *string) (functions.Ref, error) {
	ref, err := Ref(ctx, name, nil)
	if err == nil && ref.Qualifier != "" {
		return ref, ErrNotUnqualified
	}
	return ref, err
}

// ErrNotUnqualified is the answer to a version or alias where a function is asked for. Recorded.
var ErrNotUnqualified = wire.Invalid("This operation is permitted on Lambda functions only. Aliases and versions do not support this operation. Please specify either a function name or an unqualified function ARN.")

// Key is the key of a function.
func Key(ref functions.Ref) string { return store.Key(ref.AccountID, ref.Region, ref.Name) }

// ErrNoFunction is the usual answer to a function, version or alias that does not exist.
func ErrNoFunction(ref functions.Ref) error {
	return wire.NotFound("Function not found: %s", ref.ARN())
}

// ErrNoAlias is what some operations say of an alias that does not exist.
func ErrNoAlias(ref functions.Ref) error {
	return wire.NotFound("Cannot find alias arn: %s", ref.ARN())
}

// maxName is the longest name of a function: longer ones name nothing.
const maxName = 64

// Get returns a function, which must not be changed. notFound is the answer when there is none.
func (s *State) Get(ctx context.Context, ref functions.Ref, notFound error) (*definition.Function, error) {
	if len(ref.Name) > maxName {
		return nil, notFound
	}
	doc, err := s.Functions.Get(ctx, Key(ref))
	if err != nil {
		return nil, wire.OrNotFound(err, notFound)
	}
	return doc, nil
}

// Change changes a function in one write and makes it what calls find before it returns. change works on a copy, and may run
// several times; its error leaves the function as it was. The function returned must not be changed.
func (s *State) Change(ctx context.Context, ref functions.Ref, notFound error, change func(*definition.Function) error) (*definition.Function, error) {
	if len(ref.Name) > maxName {
		return nil, notFound
	}
	doc, err := s.Functions.Change(ctx, Key(ref), change)
	if err != nil {
		return nil, wire.OrNotFound(err, notFound)
	}
	s.Live(ctx, ref)
	return doc, nil
}

// Live makes a function what calls find, as it is stored. An error is logged: it is about this node, which tries again when it
// passes; what is damaged is told to those who invoke.
func (s *State) Live(ctx context.Context, ref functions.Ref) {
	if s.Publish == nil {
		return
	}
	if err := s.Publish(ctx, Key(ref)); err != nil {
		slog.ErrorContext(ctx, "a function is not in use as it is stored", "function", ref.ARN(), "error", err)
	}
}

// Version finds the version that a reference means, an alias being its first one. number is its number, or $LATEST.
func Version(doc *definition.Function, ref functions.Ref) (v *definition.FunctionVersion, number string, ok bool) {
	switch number = ref.Qualifier; {
	case number == "" || number == functions.Latest:
		return &doc.Latest, functions.Latest, true
	case ident.IsVersion(number):
	default:
		a := doc.Aliases[number]
		if a == nil {
			return nil, "", false
		}
		if number = a.Version; number == functions.Latest {
			return &doc.Latest, number, true
		}
	}
	v = doc.Versions[number]
	return v, number, v != nil
}

// NewRevision returns a new revision id, a random UUID.
func NewRevision() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
