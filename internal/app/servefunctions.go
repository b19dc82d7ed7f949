package app

import (
	"context"
	"path/filepath"
	"time"

	"github.com/gatehouse-gateway/gatehouse/awsproto"
	"github.com/gatehouse-gateway/gatehouse/internal/control/lambda"
	lambdastate "github.com/gatehouse-gateway/gatehouse/internal/control/lambda/state"
	"github.com/gatehouse-gateway/gatehouse/internal/definition"
	"github.com/gatehouse-gateway/gatehouse/internal/functions"
	"github.com/gatehouse-gateway/gatehouse/internal/functionstore"
	"github.com/gatehouse-gateway/gatehouse/internal/store"
)

// Folders of the function plane in a data directory.
const (
	functionsFolder = "functions"
	codeFolder      = "code" // below it: unpacked code
)

// servedFunctions is the function plane of `gatehouse serve` and its management API.
type servedFunctions struct {
	store      *functionstore.Store
	directory  *functions.Directory
	management *lambda.Service
}

// buildFunctions makes the functions that are stored what calls find.
func (s *serve) buildFunctions() (err error) {
	f := &servedFunctions{directory: functions.NewDirectory(functions.DirectoryOptions{Open: openRunner})}
	stored := store.New[definition.Function](s.state.engine.Docs(), functionstore.Bucket)
	f.store = functionstore.New(functionstore.Options{
		Functions: stored, Snapshots: s.state.engine.Snapshots(), Box: s.state.box, Dir: filepath.Join(s.state.dir, functionsFolder, codeFolder),
		Put: f.directory.Put, Remove: f.directory.Remove,
	})
	f.management, err = lambda.NewService(lambdastate.New(lambdastate.Options{
		Functions: stored, Snapshots: s.state.engine.Snapshots(), Box: s.state.box, Invoker: f.directory, Now: time.Now, Publish: f.store.Refresh, Pin: f.store.Pin,
	}))
	if err != nil {
		return err
	}
	s.functions = f
	s.parts = append(s.parts, part{name: "functions", load: f.store.Load, run: f.store.Run})
	return nil
}

// openRunner makes the runner of a version.
func openRunner(*functions.Function) functions.Runner { return noHost{} }

// noHost refuses to run what no host of processes runs.
type noHost struct{}

func (noHost) Invoke(context.Context, *functions.Invocation, *functions.Result) error {
	return awsproto.NewError(502, "InvalidRuntimeException", "This build of Gatehouse has no host for functions.")
}

func (noHost) Retire() {}
