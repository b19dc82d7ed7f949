package endpoint

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"time"

	"github.com/gatehouse-gateway/gatehouse/awsproto"
	"github.com/gatehouse-gateway/gatehouse/internal/access/accesskey"
	"github.com/gatehouse-gateway/gatehouse/internal/front"
	"github.com/gatehouse-gateway/gatehouse/internal/limits"
	"github.com/gatehouse-gateway/gatehouse/sigv4"
)

// Handler answers the calls of a service; *awsproto.Service does. Its context says who calls: see package caller.
type Handler interface {
	Handle(ctx context.Context, r *awsproto.Request) *awsproto.Response
}

// Limiter is a Handler, or an Operator, some of whose calls may have larger bodies than others. It is asked before a body is read.
type Limiter interface {
	// MaxBody says how large the body of a call may be, in bytes, and what a larger one is answered; 0: as usual.
	MaxBody(r *awsproto.Request) (int64, *awsproto.Error)
}

// Opener is a Handler some of whose calls need no signature, because their address proves that it was given to the client.
type Opener interface {
	// Opens reports whether a call is one of them. Its body is not read.
	Opens(r *awsproto.Request) bool
}

// Service is a service of the REST protocol.
type Service struct {
	Name        string // in messages: "apigateway"
	SigningName string // in credential scopes; several services may share one
	// Paths are the beginnings of the service's raw paths, by whole segments; a segment may end with *. See the function Paths.
	Paths   []string
	Handler Handler
}

// Operator answers the operator's calls, which may be long streams.
type Operator interface {
	// ServeOperator answers a call whose path begins with OperatorPath, signed with a root key.
	ServeOperator(ctx context.Context, r *awsproto.Request, res *front.Response)
}

// The operator's calls.
const (
	OperatorPath    = "/_gatehouse"
	OperatorService = "gatehouse" // of their credential scope
)

// Keys finds access keys and whose they are; *accesskey.Ring does.
type Keys interface {
	sigv4.Keys
	Key(id string) (accesskey.Key, bool)
}

// Options of an endpoint. AccountID, Region, Limits and Keys are required.
type Options struct {
	AccountID string // of calls that AnyCredentials lets pass
	Region    string // of those without a credential scope
	Limits    limits.Limits
	Keys      Keys
	Services  []Service
	Operator  Operator // nil: no operator's calls
	// AnyCredentials accepts any signature or none. Only for an endpoint that no other machine reaches.
	AnyCredentials bool
	// Ready returns nil while everything serves, else why not. nil: always ready.
	Ready  func() error
	Memory *limits.Budget // what large bodies share; nil is without bound
	NewID  func() string  // request ids; nil: random UUIDs
	Now    func() time.Time
	Log    *slog.Logger
}

// Endpoint is a front's handler for management calls.
type Endpoint struct {
	opts     Options
	services []*service
	sts      *service
	operator *service
}

var _ front.Handler = (*Endpoint)(nil)

// New returns an endpoint for the services of opts.
func New(opts Options) (*Endpoint, error) {
	if opts.Now == nil {
		opts.Now = time.Now
	}
	if opts.NewID == nil {
		opts.NewID = newUUID
	}
	if opts.Log == nil {
		opts.Log = slog.New(slog.DiscardHandler)
	}
	if opts.Ready == nil {
		opts.Ready = func() error { return nil }
	}
	e := &Endpoint{opts: opts}
	taken := make(map[string]string)
	for _, s := range opts.Services {
		if s.Name == "" || s.SigningName == "" || len(s.Paths) == 0 || s.Handler == nil {
			return nil, fmt.Errorf("service %q: name, signing name, paths and handler are required", s.Name)
		}
		for _, p := range s.Paths {
			if other, there := taken[p]; there {
				return nil, fmt.Errorf("services %s and %s have the same path %s", other, s.Name, p)
			}
			taken[p] = s.Name
		}
		e.services = append(e.services, e.newService(s))
	}
	e.sts = e.newService(Service{Name: "sts", SigningName: "sts"})
	e.operator = e.newService(Service{Name: OperatorService, SigningName: OperatorService, Paths: []string{OperatorPath}})
	return e, nil
}

// newService prepares the verification of a service's signatures.
func (e *Endpoint) newService(s Service) *service {
	out := &service{Service: s, paths: splitPaths(s.Paths)}
	out.plain = sigv4.Verifier{Service: s.SigningName, Keys: e.opts.Keys, Now: e.opts.Now}
	out.secure = sigv4.Verifier{Service: s.SigningName, Keys: e.opts.Keys, Now: e.opts.Now, UnsignedPayload: true}
	return out
}

// call is one management call on its way.
type call struct {
	e    *Endpoint
	id   string
	x    *front.Exchange
	sig  sigv4.Request // what a signature covers; Body once it is read
	form form          // how errors are written
	to   *service
	op   string // of the query protocol or X-Amz-Target; "" for REST
	// opened says that the call needs no signature, see Opener.
	opened bool
	from   accesskey.Key
}

// ServeExchange answers one exchange.
func (e *Endpoint) ServeExchange(ctx context.Context, x *front.Exchange) {
	c := &call{e: e, id: e.opts.NewID(), x: x}
	defer c.recovered(ctx)
	c.sig = sigv4.Request{Method: x.Request.Method, Header: fields[sigv4.Field](x.Request.Header)}
	c.sig.Path, c.sig.Query = splitTarget(x.Request.Target)
	if e.health(c) {
		return
	}
	start := e.opts.Now()
	if err := c.serve(ctx); err != nil {
		var failed *awsproto.Error
		if !errors.As(err, &failed) {
			e.opts.Log.ErrorContext(ctx, "a management call failed", "requestId", c.id, "error", err)
			failed = errInternal
		}
		c.fail(failed)
	}
	c.log(ctx, e.opts.Now().Sub(start))
}

// serve takes a call from its head to its service. The error is the answer, if it is an *awsproto.Error.
func (c *call) serve(ctx context.Context) error {
	if err := c.identify(); err != nil {
		return err
	}
	if c.e.opts.AnyCredentials {
		if err := c.refuseBrowsers(); err != nil {
			return err
		}
	}
	release, err := c.admit()
	defer release()
	if err != nil {
		return err
	}
	return c.dispatch(ctx)
}

// recovered answers a panic like an error that nobody foresaw.
func (c *call) recovered(ctx context.Context) {
	if p := recover(); p != nil {
		c.e.opts.Log.ErrorContext(ctx, "a management call panicked", "requestId", c.id, "value", p, "stack", string(debug.Stack()))
		c.fail(errInternal)
	}
}

// log keeps a record of what was changed by whom: at info for calls that change something, else at debug. The query is left
// out, because it may hold a signature.
func (c *call) log(ctx context.Context, took time.Duration) {
	level := slog.LevelInfo
	if c.sig.Method == "GET" || c.sig.Method == "HEAD" || c.to == c.e.sts || c.from.ID == "" {
		level = slog.LevelDebug
	}
	if !c.e.opts.Log.Enabled(ctx, level) {
		return
	}
	service := ""
	if c.to != nil {
		service = c.to.Name
	}
	c.e.opts.Log.LogAttrs(ctx, level, "management call", slog.String("service", service), slog.String("method", c.sig.Method),
		slog.String("path", c.sig.Path), slog.String("operation", c.op), slog.Int("status", c.x.Response.Status),
		slog.String("accessKeyId", c.from.ID), slog.String("requestId", c.id), slog.Duration("took", took))
}
