package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"reflect"
	"slices"
	"sync"
	"syscall"
	"time"

	"github.com/gatehouse-gateway/gatehouse/http1"
	"github.com/gatehouse-gateway/gatehouse/internal/access/apikeys"
	"github.com/gatehouse-gateway/gatehouse/internal/definition"
	"github.com/gatehouse-gateway/gatehouse/internal/front"
	"github.com/gatehouse-gateway/gatehouse/internal/gateway"
	"github.com/gatehouse-gateway/gatehouse/internal/integration"
	"github.com/gatehouse-gateway/gatehouse/internal/limits"
	"github.com/gatehouse-gateway/gatehouse/internal/observe"
	"github.com/gatehouse-gateway/gatehouse/internal/openapi"
	"github.com/gatehouse-gateway/gatehouse/internal/restapi"
	"github.com/gatehouse-gateway/gatehouse/internal/traffic/usageplans"
)

// DevOptions are the options of `gatehouse dev`.
type DevOptions struct {
	// Path is an API document, or a folder that holds one.
	Path string
	// GatewayAddr is the address the API is served at.
	GatewayAddr string
	Stage       string            // "" leaves it to the configuration file
	Variables   map[string]string // added to those of the configuration file
	Quiet       bool              // no line per request
	// ExecutionLog prints the execution log of every request: "" or OFF, ERROR, INFO, or TRACE, which adds headers, bodies
	// and the traces of mapping templates.
	ExecutionLog string
	// TraceTemplates prints what the mapping templates of a request do, before its line.
	TraceTemplates bool
	// StandardFront serves with net/http instead of Gatehouse's own HTTP/1.1.
	StandardFront bool
	Out           io.Writer // for people
}

const (
	devAccount = "000000000000"
	devRegion  = "us-east-1"
	devGrace   = 10 * time.Second // for requests in flight at the end
)

// dev is `gatehouse dev` while it runs.
type dev struct {
	opts    DevOptions
	out     *lockedWriter
	project *project
	// announced is the project that the reader of the terminal knows of.
	announced *project
	env       *restapi.Env
	gateway   *gateway.Gateway
	functions *projectFunctions
	watcher   *watcher
	keys      map[string]bool // ids of the API keys in use
	addr      net.Addr
	reloads   int
}

// lockedWriter lets request lines, reload reports and the output of back ends share a terminal.
type lockedWriter struct {
	mu  sync.Mutex
	out io.Writer
}

func (w *lockedWriter) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.out.Write(p)
}

// Dev serves an API document on this machine until ctx ends: starts what it needs, reloads on change, prints what it does.
func Dev(ctx context.Context, opts DevOptions) error {
	d := &dev{opts: opts, out: &lockedWriter{out: opts.Out}}
	var err error
	if d.project, err = openProject(opts.Path, opts.Stage, opts.Variables); err != nil {
		return err
	}
	if d.functions, err = startProjectFunctions(d.out); err != nil {
		return err
	}
	return errors.Join(d.run(ctx), d.functions.close())
}

// run makes the parts, and serves until ctx ends.
func (d *dev) run(ctx context.Context) error {
	memory := limits.NewBudget(limits.Laptop().PayloadMemory)
	backends := newBackends(limits.Laptop(), memory)
	d.env = devEnv(backends, memory, d.recorder())
	d.env.Functions = d.functions
	d.env.Keys, d.env.Plans = new(apikeys.Keys), new(usageplans.Plans)
	var err error
	d.logExecutions()
	d.traceTemplates()
	d.functions.urls = d.newFunctionURLs(memory)
	d.gateway = gateway.New(d.env, d.functions.urls)
	if d.watcher, err = newWatcher(); err != nil {
		return err
	}
	if err := d.functions.use(ctx, d.project.config.Functions, d.project.folder()); err != nil {
		return err
	}
	stage, err := d.load()
	if err != nil {
		return err
	}
	ln, err := net.Listen("tcp", d.opts.GatewayAddr)
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return fmt.Errorf("something else already listens at %s: stop it, or choose another address with --gateway-addr", d.opts.GatewayAddr)
	case err != nil:
		return fmt.Errorf("cannot listen at %s: %w", d.opts.GatewayAddr, err)
	}
	d.addr = ln.Addr()
	return d.serve(ctx, ln, backends, stage)
}

// newBackends makes the client for HTTP back ends within the limits.
func newBackends(l limits.Limits, memory *limits.Budget) *integration.Client {
	return integration.NewClient(integration.Options{
		Memory: memory, MaxIdle: int(l.BackendConnections), MaxIdlePerHost: int(l.BackendConnsPerHost),
		Limits: http1.Limits{Head: int(l.BackendHead), Values: int(l.BackendHead)},
	})
}

func devEnv(backends restapi.Backends, memory *limits.Budget, recorder observe.Recorder) *restapi.Env {
	return &restapi.Env{
		AccountID: devAccount, Region: devRegion, Limits: limits.Laptop(),
		Backends: backends, Memory: memory, Recorder: recorder, Random: rand.Uint64, Now: time.Now,
	}
}

func (d *dev) recorder() observe.Recorder {
	if d.opts.Quiet {
		return observe.Discard
	}
	return observe.NewLines(d.out)
}

// serve runs everything until ctx ends or a part fails, then stops it: first the front, so that requests in flight still
// find their back ends, then the back ends.
func (d *dev) serve(ctx context.Context, ln net.Listener, client *integration.Client, stage *restapi.Stage) (err error) {
	started, err := d.startBackends(ctx)
	defer func() {
		for _, b := range started {
			b.stop()
		}
	}()
	if err != nil {
		_ = ln.Close()
		if ctx.Err() != nil {
			return nil // told to end before it could begin
		}
		return err
	}
	d.announced = d.project
	d.announce(stage)
	group, stop := newGroup(ctx)
	group.run(func(ctx context.Context) error { return d.front().Serve(ctx, ln) })
	group.run(client.Run)
	group.run(d.functions.run)
	group.run(func(ctx context.Context) error { return d.watcher.run(ctx, func() { d.reload(ctx) }) })
	for _, b := range started {
		group.run(func(ctx context.Context) error { return d.mind(ctx, b) })
	}
	defer stop()
	err = group.wait()
	fmt.Fprintln(d.out, "stopped")
	return err
}

// server is either of the fronts.
type server interface {
	Serve(ctx context.Context, ln net.Listener) error
}

func (d *dev) front() server {
	opts := front.Options{MaxBody: d.env.Limits.RequestPayload, MaxConns: int(d.env.Limits.Connections), Grace: devGrace, Panicked: logPanic}
	opts.Limits.Target = int(d.env.Limits.RequestTarget)
	opts.Limits.Values = int(d.env.Limits.HeaderValues)
	opts.Limits.Fields = int(d.env.Limits.HeaderFields)
	if d.opts.StandardFront {
		return front.NewNetHTTP(opts, d.gateway)
	}
	return front.NewHTTP1(opts, d.gateway)
}

func logPanic(value any, stack []byte) {
	slog.Error("a request panicked", "value", value, "stack", string(stack))
}

// startBackends starts the processes of the configuration and waits until they can be used.
func (d *dev) startBackends(ctx context.Context) (started []*backend, err error) {
	for _, c := range d.project.config.Backends {
		fmt.Fprintf(d.out, "starting back end %s\n", c.Name)
		b, err := startBackend(c, d.project.folder(), d.out)
		if err != nil {
			return started, err
		}
		started = append(started, b)
	}
	for _, b := range started {
		if err := b.waitReady(ctx); err != nil {
			return started, err
		}
	}
	return started, nil
}

// mind says when a back end ends on its own. The gateway goes on: it answers 504 where that back end is missing.
func (d *dev) mind(ctx context.Context, b *backend) error {
	select {
	case <-ctx.Done():
	case <-b.ended:
		fmt.Fprintf(d.out, "back end %s ended: %v\n", b.config.Name, cmpErr(b.err))
	}
	return nil
}

// load imports, compiles and publishes the document. When it fails, what was published before stays.
func (d *dev) load() (*restapi.Stage, error) {
	d.watcher.begin()
	d.watcher.add(d.project.configFile)
	imported, err := openapi.Load(d.project.document, openapi.Options{
		BasePath: d.project.config.BasePath, AccountID: devAccount, Region: devRegion, Partition: "aws",
		Limits: &d.env.Limits, IgnoreDocumentation: true, ReadFile: d.watcher.read,
	})
	inOrder(definition.ProblemsOf(err))
	if err := errors.Join(err, d.watcher.settle()); err != nil {
		return nil, err
	}
	for _, w := range imported.Warnings {
		fmt.Fprintf(d.out, "warning: %s\n", w)
	}
	if problems := openapi.CheckDeployable(imported.API); len(problems) > 0 {
		inOrder(problems)
		return nil, problems
	}
	keys, err := projectKeys(d.project.config, usageplans.Stage{APIID: imported.API.ID, Name: d.project.stage})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", d.project.configFile, err)
	}
	d.reloads++
	deployment := &definition.Deployment{ID: fmt.Sprintf("dev%03d", d.reloads), CreatedDate: d.env.Now(), API: imported.API}
	stage, problems := restapi.Compile(d.env, deployment, &definition.Stage{
		Name: d.project.stage, DeploymentID: deployment.ID, Variables: d.project.variables, MethodSettings: d.methodSettings(),
	})
	if len(problems) > 0 {
		inOrder(problems)
		return nil, problems
	}
	for _, name := range missingFunctions(imported.API, d.functions.has) {
		fmt.Fprintf(d.out, "warning: %s has no function %s, which the document names: requests for it will fail\n", d.project.configFile, name)
	}
	d.warnOfKeys(imported.API)
	d.useKeys(keys)
	d.gateway.Publish(gateway.NewSoleRelease(restapi.NewAPI(d.env, imported.API.ID, stage)))
	return stage, nil
}

// reload runs when a file changed.
func (d *dev) reload(ctx context.Context) {
	start := time.Now()
	err := d.reopen()
	if err == nil {
		err = d.functions.use(ctx, d.project.config.Functions, d.project.folder())
	}
	if err == nil {
		var stage *restapi.Stage
		if stage, err = d.load(); err == nil {
			fmt.Fprintf(d.out, "reloaded in %d ms: %d routes\n", time.Since(start).Milliseconds(), len(stage.Routes()))
			d.announceChanges(stage)
			return
		}
	}
	fmt.Fprintf(d.out, "not reloaded, the last good version still serves:\n%s\n", indent(err))
}

// announceChanges says what a reload of the configuration means for the reader of the terminal.
func (d *dev) announceChanges(stage *restapi.Stage) {
	before := d.announced
	d.announced = d.project
	if before.stage != d.project.stage || !slices.Equal(before.urls(), d.project.urls()) {
		d.announce(stage)
	}
	if !reflect.DeepEqual(before.config.Backends, d.project.config.Backends) {
		fmt.Fprintln(d.out, "the back ends changed: start gatehouse again to use them")
	}
}

// reopen reads the configuration file again: stage and variables may have changed.
func (d *dev) reopen() error {
	p, err := openProject(d.opts.Path, d.opts.Stage, d.opts.Variables)
	if err != nil {
		return err
	}
	d.project = p
	return nil
}
