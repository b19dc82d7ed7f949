package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"time"

	"github.com/gatehouse-gateway/gatehouse/internal/control/lambda"
	lambdastate "github.com/gatehouse-gateway/gatehouse/internal/control/lambda/state"
	"github.com/gatehouse-gateway/gatehouse/internal/definition"
	"github.com/gatehouse-gateway/gatehouse/internal/functions"
	"github.com/gatehouse-gateway/gatehouse/internal/functionstore"
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
	host       *functions.Host
	store      *functionstore.Store
	directory  *functions.Directory
	management *lambda.Service
}

// buildFunctions makes the functions that are stored what calls find, those of APIs in env among them.
func (s *serve) buildFunctions(env *restapi.Env) (err error) {
	dir, err := filepath.Abs(filepath.Join(s.state.dir, functionsFolder))
	if err != nil {
		return fmt.Errorf("functions: %w", err)
	}
	level, err := functions.ParseIsolation(s.config.FunctionIsolation)
	if err != nil {
		return fmt.Errorf("configuration: function-isolation: %w", err)
	}
	f := new(servedFunctions)
	f.host, err = functions.NewHost(functions.HostOptions{
		Dir: dir, Limits: s.limits, Logs: functionLog{s.log}, Memory: s.memory, Isolation: level, Private: []string{filepath.Dir(dir)},
	})
	if err != nil {
		return err
	}
	f.directory = functions.NewDirectory(functions.DirectoryOptions{
		Open:        func(fn *functions.Function) functions.Runner { return f.host.Open(fn) },
		Concurrency: int(s.limits.Concurrency), MaxPayload: int(s.limits.FunctionEvent),
	})
	stored := store.New[definition.Function](s.state.engine.Docs(), functionstore.Bucket)
	f.store = functionstore.New(functionstore.Options{
		Functions: stored, Snapshots: s.state.engine.Snapshots(), Box: s.state.box, Dir: filepath.Join(dir, codeFolder),
		Put: f.directory.Put, Remove: f.directory.Remove,
	})
	f.management, err = lambda.NewService(lambdastate.New(lambdastate.Options{
		Functions: stored, Snapshots: s.state.engine.Snapshots(), Box: s.state.box, Invoker: f.directory, Now: time.Now, Publish: f.store.Refresh, Pin: f.store.Pin,
	}))
	if err != nil {
		return err
	}
	s.functions, env.Functions = f, f.directory
	s.parts = append(s.parts, part{name: "functions", load: f.store.Load, run: f.store.Run}, part{name: "function processes", run: s.runHost})
	return nil
}

// runHost keeps processes until ctx ends, and then ends them.
func (s *serve) runHost(ctx context.Context) error {
	isolation, err := s.functions.host.Isolation()
	if err != nil {
		return err
	}
	s.log.Info("functions run as processes", "isolation", isolation.String())
	err = s.functions.host.Run(ctx)
	if ctx.Err() != nil {
		err = nil
	}
	ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), functionsEnding)
	defer cancel()
	return errors.Join(err, s.functions.host.Close(ending))
}

// functionLog writes what functions print to the log, a line each.
type functionLog struct{ log *slog.Logger }

// FunctionLog writes one line.
func (l functionLog) FunctionLog(f *functions.Function, stream string, line []byte) {
	l.log.Info(string(line), "group", "/aws/lambda/"+f.Ref.Name, "stream", stream, "account", f.Ref.AccountID, "region", f.Ref.Region)
}
