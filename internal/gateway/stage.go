package gateway

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"runtime/debug"
	"time"

	"github.com/gatehouse-gateway/gatehouse/internal/definition"
	"github.com/gatehouse-gateway/gatehouse/internal/restapi"
	"github.com/gatehouse-gateway/gatehouse/internal/store"
)

// liveStage is a compiled stage and what it was compiled of. The zero value is none.
type liveStage struct {
	settings *definition.Stage      // shared with the store
	main     definition.Deployment  // without its API
	canary   *definition.Deployment // nil: none, or the same
	compiled *restapi.Stage
}

// stage gives a stage of a document: the one from before when nothing that matters has changed, else a new one. With an
// error it is the one from before, if there was one.
func (p *Publisher) stage(ctx context.Context, env *restapi.Env, doc *definition.ServedRestAPI, name string, before liveStage) (liveStage, error) {
	now, err := stageInputs(doc, name)
	if err != nil {
		return before, err
	}
	if before.compiled != nil && before.sameInputs(&now) {
		return before, nil
	}
	if now.compiled, err = p.compile(ctx, env, &now); err != nil {
		return before, err
	}
	return now, nil
}

// stageInputs collects what a stage is compiled of.
func stageInputs(doc *definition.ServedRestAPI, name string) (liveStage, error) {
	st := doc.Stages[name]
	if st == nil || st.Name != name {
		return liveStage{}, errors.New("the stored document has another stage in its place")
	}
	main := doc.Deployments[st.DeploymentID]
	if main == nil {
		return liveStage{}, fmt.Errorf("deployment %s does not exist", st.DeploymentID)
	}
	in := liveStage{settings: st, main: *main}
	if c := st.Canary; c != nil && c.DeploymentID != "" && c.DeploymentID != st.DeploymentID {
		if in.canary = doc.Deployments[c.DeploymentID]; in.canary == nil {
			return liveStage{}, fmt.Errorf("canary deployment %s does not exist", c.DeploymentID)
		}
	}
	return in, nil
}

// sameInputs reports whether two stages compile to the same.
func (s *liveStage) sameInputs(other *liveStage) bool {
	a, b := effective(s.settings), effective(other.settings)
	return sameDeployment(&s.main, &other.main) && sameDeployment(s.canary, other.canary) && reflect.DeepEqual(a, b)
}

// sameDeployment compares what a deployment puts into a stage: its id is in $context, its definition is everything else.
func sameDeployment(a, b *definition.Deployment) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.ID == b.ID && a.Snapshot == b.Snapshot
}

// effective is a stage without what no request can tell.
func effective(st *definition.Stage) definition.Stage {
	e := *st
	e.Description, e.DocumentationVersion, e.Tags = "", "", nil
	e.CreatedDate, e.LastUpdatedDate = time.Time{}, time.Time{}
	return e
}

// compile compiles a stage. A stored definition that is broken in a way that nobody thought of is an error like any other:
// it must not end the process that serves all the others.
func (p *Publisher) compile(ctx context.Context, env *restapi.Env, s *liveStage) (st *restapi.Stage, err error) {
	defer func() {
		if r := recover(); r != nil {
			slog.ErrorContext(ctx, "compiling a stage panicked", "value", r, "stack", string(debug.Stack()))
			st, err = nil, fmt.Errorf("compiling it panicked: %v", r)
		}
	}()
	main := s.main
	if main.API, err = p.snapshots.read(ctx, main.Snapshot); err != nil {
		return nil, fmt.Errorf("deployment %s: %w", main.ID, err)
	}
	var canary *definition.Deployment
	if s.canary != nil {
		other := *s.canary
		canary = &other
		if canary.API, err = p.snapshots.read(ctx, canary.Snapshot); err != nil {
			return nil, fmt.Errorf("canary deployment %s: %w", canary.ID, err)
		}
	}
	if err := certificateAnswers(env, s.settings.ClientCertificateID); err != nil {
		return nil, err
	}
	st, problems := restapi.CompileCanary(env, &main, canary, s.settings)
	return st, problems.Err()
}

// certificateAnswers returns the error of a store that cannot say whether there is a client certificate: trying again helps.
// That there is none is a problem of the stage, which compiling it finds.
func certificateAnswers(env *restapi.Env, id string) error {
	if id == "" || env.ClientCertificates == nil {
		return nil
	}
	if _, err := env.ClientCertificates(env.AccountID, env.Region, id); store.MayPass(err) {
		return fmt.Errorf("client certificate %s: %w", id, err)
	}
	return nil
}
