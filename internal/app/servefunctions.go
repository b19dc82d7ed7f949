package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"time"

	"github.com/gatehouse-gateway/gatehouse/internal/access/accesskey"
	"github.com/gatehouse-gateway/gatehouse/internal/asyncinvoke"
	"github.com/gatehouse-gateway/gatehouse/internal/config"
	"github.com/gatehouse-gateway/gatehouse/internal/control/lambda"
	"github.com/gatehouse-gateway/gatehouse/internal/control/lambda/layer"
	lambdastate "github.com/gatehouse-gateway/gatehouse/internal/control/lambda/state"
	"github.com/gatehouse-gateway/gatehouse/internal/definition"
	"github.com/gatehouse-gateway/gatehouse/internal/eventsource"
	"github.com/gatehouse-gateway/gatehouse/internal/functions"
	"github.com/gatehouse-gateway/gatehouse/internal/functions/host"
	"github.com/gatehouse-gateway/gatehouse/internal/functions/remote"
	"github.com/gatehouse-gateway/gatehouse/internal/functionstore"
	"github.com/gatehouse-gateway/gatehouse/internal/notify"
	"github.com/gatehouse-gateway/gatehouse/internal/restapi"
	"github.com/gatehouse-gateway/gatehouse/internal/store"
)

// Folders of the function plane in a data directory.
const (
	functionsFolder = "functions"
	codeFolder      = "code" // below it: unpacked code
)

// functionsEnding is how long invocations may go on when the fronts have drained: whoever waited for them has left.
const functionsEnding = time.Second

// servedFunctions is the function plane of `gatehouse serve` and its management API.
type servedFunctions struct {
	host       *host.Host
	runners    runners
	store      *functionstore.Store
	directory  *functions.Directory
	queue      *asyncinvoke.Queue
	sources    *eventsource.Sources
	management *lambda.Service
	layers     *layer.Imports
}

// buildFunctions makes the functions that are stored what calls find, those of APIs in env among them.
func (s *serve) buildFunctions(env *restapi.Env) (err error) {
	dir, err := filepath.Abs(filepath.Join(s.state.dir, functionsFolder))
	if err != nil {
		return fmt.Errorf("functions: %w", err)
	}
	level, err := host.ParseIsolation(s.config.FunctionIsolation)
	if err != nil {
		return fmt.Errorf("configuration: function-isolation: %w", err)
	}
	credentials, err := functionCredentials(s.config.FunctionCredentials)
	if err != nil {
		return err
	}
	f := new(servedFunctions)
	f.host, err = host.New(host.Options{
		Dir: dir, Limits: s.limits, Logs: functionLog{s.log}, Memory: s.memory, Credentials: credentials, Isolation: level, NoNetwork: s.config.FunctionNetwork == config.FunctionNetworkNone, Private: []string{filepath.Dir(dir)},
		JavaClient: s.config.JavaRuntimeClient,
	})
	if err != nil {
		return err
	}
	f.runners = runners{f.host, remote.New(remote.Options{Lambda: s.aws, MaxAnswer: s.limits.FunctionResponse, Log: s.log}), s.aws}
	f.queue = asyncinvoke.New(asyncinvoke.Options{
		Docs: s.state.engine.Docs(), Limits: s.limits, RetryDelays: s.config.AsyncRetryDelays, Grace: functionsEnding, Log: s.log,
		Invoke: func(ctx context.Context, c *functions.Call, res *functions.Result) error {
			return f.directory.Invoke(ctx, c, res)
		},
		Settings: f.asynchronous,
		Tell: func(ctx context.Context, target string, m notify.Message) error {
			to, err := notify.Parse(target)
			if err != nil {
				return err
			}
			return notify.Send(ctx, s.aws, to, m)
		},
	})
	f.directory = functions.NewDirectory(functions.DirectoryOptions{
		Open: f.runners.open, Provision: f.runners.provision,
		Concurrency: int(s.limits.Concurrency), MaxPayload: int(s.limits.FunctionEvent),
		Queue: f.queue, MaxEvent: int(s.limits.AsyncEvent),
	})
	stored := store.New[definition.Function](s.state.engine.Docs(), functionstore.Bucket)
	layers := store.New[definition.Layer](s.state.engine.Docs(), functionstore.LayersBucket)
	f.store = functionstore.New(functionstore.Options{
		Functions: stored, Layers: layers, Snapshots: s.state.swept.Snapshots(), Box: s.state.box, Dir: filepath.Join(dir, codeFolder),
		Put: s.putFunction, Remove: s.removeFunction,
	})
	mappings := store.New[definition.EventSourceMapping](s.state.engine.Docs(), eventsource.Bucket)
	f.sources = eventsource.New(eventsource.Options{
		Mappings: mappings, Queues: s.aws, Invoke: f.directory.Invoke, Limits: s.limits, Memory: s.memory, Grace: s.config.Grace, Log: s.log,
	})
	f.management, err = lambda.NewService(lambdastate.New(lambdastate.Options{
		Functions: stored, Layers: layers, Snapshots: s.state.swept.Snapshots(), Box: s.state.box, Invoker: f.directory, Now: time.Now, Publish: f.store.Refresh, URL: s.functionURL, Pin: f.store.Pin,
		AWS: s.aws, Mappings: mappings, PublishMapping: f.sources.Refresh, MaxMappings: int(s.limits.EventSources),
	}))
	if err != nil {
		return err
	}
	f.layers = &layer.Imports{Layers: layers, Snapshots: s.state.swept.Snapshots(), Box: s.state.box, Pin: f.store.Pin, Now: time.Now}
	s.functions, env.Functions = f, f.directory
	s.parts = append(s.parts, part{name: "functions", load: f.store.Load, run: f.store.Run}, part{name: "function processes", run: s.runHost},
		part{name: "asynchronous invocations", load: f.queue.Load, run: f.queue.Run})
	return nil
}

// functionCredentials reads the access key that functions get; none without a file.
func functionCredentials(file string) (func(*functions.Function) host.Credentials, error) {
	if file == "" {
		return nil, nil
	}
	id, secret, err := accesskey.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("function-credentials: %w", err)
	}
	all := host.Credentials{AccessKeyID: id, SecretAccessKey: secret.Reveal()}
	return func(*functions.Function) host.Credentials { return all }, nil
}

// asynchronous says how the events of a function are treated. A function that is stored and could not be read is not gone.
func (f *servedFunctions) asynchronous(ctx context.Context, ref functions.Ref) (functions.Asynchronous, error) {
	a, err := f.directory.Asynchronous(ref)
	if errors.Is(err, functions.ErrNotFound) {
		err = f.store.Unused(ctx, ref)
	}
	return a, err
}

// runHost keeps processes until ctx ends, and then ends them.
func (s *serve) runHost(ctx context.Context) error {
	isolation, err := s.functions.host.Isolation()
	if err != nil {
		return err
	}
	if s.config.FunctionNetwork == config.FunctionNetworkNone && !isolation.Network {
		return fmt.Errorf("configuration: function-network none cannot be had here: %s", isolation.NetworkMissing)
	}
	s.log.Info("functions run as processes", "isolation", isolation.String())
	err = s.functions.host.Run(ctx)
	if ctx.Err() != nil {
		err = nil
	}
	ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), functionsEnding)
	defer cancel()
	s.functions.runners.remotes.Close()
	return errors.Join(err, s.functions.host.Close(ending))
}

// functionLog writes what functions print to the log, a line each.
type functionLog struct{ log *slog.Logger }

// FunctionLog writes one line.
func (l functionLog) FunctionLog(f *functions.Function, stream string, line []byte) {
	l.log.Info(string(line), "group", "/aws/lambda/"+f.Ref.Name, "stream", stream, "account", f.Ref.AccountID, "region", f.Ref.Region)
}
