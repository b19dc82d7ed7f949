package app

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"time"

	"github.com/gatehouse-gateway/gatehouse/awsproto"
	"github.com/gatehouse-gateway/gatehouse/internal/access/accesskey"
	"github.com/gatehouse-gateway/gatehouse/internal/access/lambdaauth"
	"github.com/gatehouse-gateway/gatehouse/internal/awsclient"
	"github.com/gatehouse-gateway/gatehouse/internal/config"
	"github.com/gatehouse-gateway/gatehouse/internal/control/apigateway"
	controlstate "github.com/gatehouse-gateway/gatehouse/internal/control/apigateway/state"
	"github.com/gatehouse-gateway/gatehouse/internal/control/endpoint"
	"github.com/gatehouse-gateway/gatehouse/internal/control/operator"
	"github.com/gatehouse-gateway/gatehouse/internal/definition"
	"github.com/gatehouse-gateway/gatehouse/internal/engine/backup"
	"github.com/gatehouse-gateway/gatehouse/internal/front"
	"github.com/gatehouse-gateway/gatehouse/internal/functionurl"
	"github.com/gatehouse-gateway/gatehouse/internal/gateway"
	"github.com/gatehouse-gateway/gatehouse/internal/integration"
	"github.com/gatehouse-gateway/gatehouse/internal/limits"
	"github.com/gatehouse-gateway/gatehouse/internal/observe"
	"github.com/gatehouse-gateway/gatehouse/internal/restapi"
	"github.com/gatehouse-gateway/gatehouse/internal/store"
	"github.com/gatehouse-gateway/gatehouse/internal/traffic"
)

// ServeOptions are the options of `gatehouse serve`.
type ServeOptions struct {
	// Read reads the configuration: at the start, and again whenever Reload has something.
	Read   func() (*config.Serve, error)
	Reload <-chan struct{}
	Out    io.Writer // for people: where everything is
	Log    io.Writer
}

// serve is `gatehouse serve` while it runs.
type serve struct {
	config  *config.Serve
	opts    ServeOptions
	log     *slog.Logger
	level   *slog.LevelVar
	limits  limits.Limits
	memory  *limits.Budget
	state   *state
	keys    *accesskey.Ring
	aws     *awsclient.Client
	gateway *gateway.Gateway
	urls    *functionurl.Table
	// publisher makes what is stored live; apigateway is the management API that stores it.
	publisher  *gateway.Publisher
	apigateway *awsproto.Service
	functions  *servedFunctions
	parts      []part
	fronts     []*listening
}

// part is something that runs beside the fronts, until they have drained.
type part struct {
	name  string
	load  func(context.Context) error // before anything is served; nil: nothing to do
	run   func(context.Context) error
	ready func() error // nil: always
}

// Serve runs a Gatehouse until ctx ends: then it drains its listeners and closes its state.
func Serve(ctx context.Context, opts ServeOptions) error {
	err := startAndRun(ctx, opts)
	if ctx.Err() != nil && errors.Is(err, context.Cause(ctx)) {
		return nil // told to end before it could begin
	}
	return err
}

func startAndRun(ctx context.Context, opts ServeOptions) (err error) {
	s := &serve{opts: opts, level: new(slog.LevelVar)}
	if s.config, err = opts.Read(); err != nil {
		return err
	}
	if s.limits, err = limitsOf(s.config); err != nil {
		return err
	}
	s.startLog()
	s.memory = limits.NewBudget(s.limits.PayloadMemory)
	if s.state, err = openState(ctx, s.config, s.log); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.state.close()) }()
	if err := s.openKeys(ctx); err != nil {
		return err
	}
	if err := s.build(); err != nil {
		return err
	}
	if err := s.load(ctx); err != nil {
		return err
	}
	if err := s.listen(); err != nil {
		return err
	}
	defer s.closeListeners()
	if err := s.writeAddress(); err != nil {
		return err
	}
	s.announce()
	return s.run(ctx)
}

func limitsOf(c *config.Serve) (limits.Limits, error) {
	switch c.LimitsProfile {
	case "aws":
		return limits.AWS(), nil
	case "laptop":
		return limits.Laptop(), nil
	case "operator":
		l, err := limits.Operator(c.Limits)
		if err != nil {
			return l, fmt.Errorf("configuration: limit: %w", err)
		}
		return l, nil
	}
	return limits.Limits{}, fmt.Errorf("configuration: limits-profile %q is not supported", c.LimitsProfile)
}

// startLog makes the log the default one of the process: packages without a logger of their own write to it.
func (s *serve) startLog() {
	s.setLevel(s.config.LogLevel)
	options := &slog.HandlerOptions{Level: s.level}
	if s.config.LogFormat == "json" {
		s.log = slog.New(slog.NewJSONHandler(s.opts.Log, options))
	} else {
		s.log = slog.New(slog.NewTextHandler(s.opts.Log, options))
	}
	slog.SetDefault(s.log)
}

func (s *serve) setLevel(name string) {
	var level slog.Level
	if level.UnmarshalText([]byte(name)) == nil { // the configuration has no others
		s.level.Set(level)
	}
}

// build makes what runs from what is stored, and publishes it.
func (s *serve) build() error {
	backends := newBackends(s.limits, s.memory)
	env := s.env(backends)
	var definitions *controlstate.State
	env.ClientCertificates = func(accountID, region, id string) (*tls.Certificate, error) {
		return definitions.ClientCertificate(accountID, region, id)
	}
	keys, ledger := s.buildPlans(env)
	environments := gateway.NewEnvironments(env)
	s.urls = s.newFunctionURLs()
	s.gateway = gateway.New(env, s.urls)
	definitions = controlstate.New(controlstate.Options{
		Engine: s.state.swept, Box: s.state.box, Limits: s.limits, Now: time.Now, Env: environments.In,
		Publish:    func(ctx context.Context, key string) error { return s.publisher.Refresh(ctx, key) },
		PublishKey: keys.RefreshKey, PublishPlan: keys.RefreshPlan, Usage: ledger,
	})
	s.publisher = gateway.NewPublisher(s.gateway, gateway.PublisherOptions{
		APIs:      store.New[definition.ServedRestAPI](s.state.engine.Docs(), controlstate.APIsBucket),
		Snapshots: s.state.swept.Snapshots(), Env: environments.In,
	})
	var err error
	if s.apigateway, err = apigateway.NewService(definitions); err != nil {
		return err
	}
	if s.aws, err = awsClient(s.config); err != nil {
		return fmt.Errorf("configuration: %w", err)
	}
	s.parts = []part{
		{name: "state", run: s.state.engine.Run, ready: s.state.engine.Ready},
		{name: "unused snapshots", run: s.state.swept.sweeper.Run},
		{name: "access keys", run: s.keys.Run},
		{name: "back ends", run: backends.Run},
		{name: "calls of AWS services", run: s.aws.Run},
		{name: "definitions", run: definitions.Run},
		{name: "API keys and usage plans", load: keys.Load, run: keys.Run},
		{name: "usage", load: ledger.Load, run: ledger.Run},
		{name: "publisher", load: s.publisher.Load, run: s.publisher.Run},
	}
	return s.buildFunctions(env)
}

func (s *serve) env(backends *integration.Client) *restapi.Env {
	return &restapi.Env{
		AccountID: s.config.Account, Region: s.config.Region, Limits: s.limits, Backends: backends, Memory: s.memory,
		Recorder: observe.Discard, Executions: executionRecorder{s.log}, Throttles: traffic.NewThrottles(),
		Authorizers: lambdaauth.NewCaches(s.limits.AuthorizerEntries, s.limits.AuthorizerPolicies), Random: rand.Uint64, Now: time.Now,
	}
}

// executionRecorder writes the execution logs that stages ask for to the log, a line each.
type executionRecorder struct{ log *slog.Logger }

// Execution writes the lines of one request.
func (r executionRecorder) Execution(e *observe.Execution) {
	for _, line := range e.Lines {
		r.log.Info(line, "group", e.Group(), "request", e.RequestID)
	}
}

// load brings every part to where it can serve.
func (s *serve) load(ctx context.Context) error {
	for _, p := range s.parts {
		if p.load == nil {
			continue
		}
		if err := p.load(ctx); err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
	}
	if err := s.functions.sources.Load(ctx); err != nil {
		return fmt.Errorf("event sources: %w", err)
	}
	return nil
}

// services are the AWS services that the control endpoint has, a line each.
func (s *serve) services() []endpoint.Service {
	return []endpoint.Service{
		{Name: "apigateway", SigningName: "apigateway", Paths: endpoint.Paths("apigateway"), Handler: s.apigateway},
		{Name: "lambda", SigningName: "lambda", Paths: endpoint.Paths("lambda"), Handler: s.functions.management},
	}
}

// control makes the handler of management calls.
func (s *serve) control() (*endpoint.Endpoint, error) {
	return endpoint.New(endpoint.Options{
		AccountID: s.config.Account, Region: s.config.Region, Limits: s.limits, Keys: s.keys, Services: s.services(),
		Operator:       &operator.Handler{Keys: s.keys, Layers: s.functions.layers, Backup: s.backup, Log: s.log},
		AnyCredentials: s.config.InsecureAnyCredentials, Ready: s.ready, Memory: s.memory, Log: s.log,
	})
}

func (s *serve) backup(ctx context.Context, w io.Writer) error {
	_, err := backup.Save(ctx, s.state.engine, w)
	return err
}

// ready says what does not serve yet, or no longer.
func (s *serve) ready() error {
	for _, p := range s.parts {
		if p.ready == nil {
			continue
		}
		if err := p.ready(); err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
	}
	return nil
}

// run serves until ctx ends or a part fails. The fronts drain first: requests in flight still find everything they need.
func (s *serve) run(ctx context.Context) error {
	parts, stopParts := newGroup(context.WithoutCancel(ctx))
	defer stopParts()
	fronts, stopFronts := newGroup(ctx)
	defer stopFronts()
	context.AfterFunc(parts.ctx, stopFronts)
	for _, p := range s.parts {
		parts.run(func(ctx context.Context) error {
			if err := p.run(ctx); err != nil {
				return fmt.Errorf("%s: %w", p.name, err)
			}
			return nil
		})
	}
	for _, f := range s.fronts {
		fronts.run(func(ctx context.Context) error { return s.serveFront(ctx, f) })
	}
	fronts.run(func(ctx context.Context) error { // it takes work in, and drains
		if err := s.functions.sources.Run(ctx); err != nil {
			return fmt.Errorf("event sources: %w", err)
		}
		return nil
	})
	fronts.run(s.reloads)
	err := fronts.wait()
	stopParts()
	err = errors.Join(err, parts.wait(), operator.RemoveAddress(s.state.dir))
	fmt.Fprintln(s.opts.Out, "stopped")
	return err
}

func (s *serve) serveFront(ctx context.Context, f *listening) error {
	err := f.server.Serve(ctx, f.ln)
	if errors.Is(err, front.ErrHandlersLeft) {
		s.log.Warn("requests were still running after the grace time", "listener", f.name, "grace", s.config.Grace)
	}
	return err
}
