package gateway

import (
	"bytes"
	"context"
	"log/slog"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/gatehouse-gateway/gatehouse/internal/definition"
	"github.com/gatehouse-gateway/gatehouse/internal/engine"
	"github.com/gatehouse-gateway/gatehouse/internal/engine/memory"
	"github.com/gatehouse-gateway/gatehouse/internal/functionurl"
	"github.com/gatehouse-gateway/gatehouse/internal/restapi"
	"github.com/gatehouse-gateway/gatehouse/internal/store"
	"github.com/gatehouse-gateway/gatehouse/internal/traffic"
)

const (
	testAccount = "111111111111"
	testRegion  = "eu-west-1"
)

// stored is a store with a node that serves from it.
type stored struct {
	t         testing.TB
	engine    engine.Engine
	apis      *store.Collection[definition.RestAPIDocument]
	gateway   *Gateway
	publisher *Publisher
}

// newStored makes an empty store in memory; wrap, if not nil, comes between it and the publisher.
func newStored(t testing.TB, wrap func(engine.Docs) engine.Docs) *stored {
	return storedOn(t, memory.New(memory.Options{}), wrap)
}

func storedOn(t testing.TB, e engine.Engine, wrap func(engine.Docs) engine.Docs) *stored {
	t.Helper()
	t.Cleanup(func() { _ = e.Close() })
	docs := e.Docs()
	if wrap != nil {
		docs = wrap(docs)
	}
	env := testEnv()
	env.Throttles = traffic.NewThrottles()
	g := New(env, functionurl.New(functionurl.Options{}))
	read := store.New[definition.ServedRestAPI](docs, "restapis")
	return &stored{
		t: t, engine: e, apis: store.New[definition.RestAPIDocument](e.Docs(), "restapis"), gateway: g,
		publisher: NewPublisher(g, PublisherOptions{APIs: read, Snapshots: e.Snapshots(), Env: NewEnvironments(env).In}),
	}
}

func keyOf(id string) string { return store.Key(testAccount, testRegion, id) }

func hostOf(id string) string { return id + ".execute-api." + testRegion + ".localhost" }

// freeze stores a definition as a deployment.
func (s *stored) freeze(deploymentID string, api *definition.RestAPI) *definition.Deployment {
	s.t.Helper()
	digest, err := store.PutSnapshot(context.Background(), s.engine.Snapshots(), api)
	if err != nil {
		s.t.Fatal(err)
	}
	return &definition.Deployment{ID: deploymentID, Snapshot: digest}
}

// create stores an API that answers body on the stages prod and beta.
func (s *stored) create(id, body string) {
	s.t.Helper()
	api := mockAPI(id, body)
	doc := &definition.RestAPIDocument{
		AccountID: testAccount, Region: testRegion, API: api,
		Deployments: map[string]*definition.Deployment{"d1": s.freeze("d1", api)},
		Stages:      map[string]*definition.Stage{"prod": {Name: "prod", DeploymentID: "d1"}, "beta": {Name: "beta", DeploymentID: "d1"}},
	}
	if err := s.apis.Create(context.Background(), keyOf(id), doc); err != nil {
		s.t.Fatal(err)
	}
}

// change changes a stored API.
func (s *stored) change(id string, change func(*definition.RestAPIDocument)) {
	s.t.Helper()
	if _, err := s.apis.Change(context.Background(), keyOf(id), func(d *definition.RestAPIDocument) error { change(d); return nil }); err != nil {
		s.t.Fatal(err)
	}
}

// deploy makes stages answer body by a new deployment.
func (s *stored) deploy(id, deploymentID, body string, stages ...string) {
	s.t.Helper()
	d := s.freeze(deploymentID, mockAPI(id, body))
	s.change(id, func(doc *definition.RestAPIDocument) {
		doc.Deployments[deploymentID] = d
		for _, name := range stages {
			doc.Stages[name].DeploymentID = deploymentID
		}
	})
}

func (s *stored) refresh(id string) {
	s.t.Helper()
	if err := s.publisher.Refresh(context.Background(), keyOf(id)); err != nil {
		s.t.Fatal(err)
	}
}

// answers fails unless a stage answers so.
func (s *stored) answers(id, stage, want string) {
	s.t.Helper()
	if got := ask(s.gateway, hostOf(id), "/"+stage+"/who"); got != want {
		s.t.Errorf("stage %s of %s: got %s, want %s", stage, id, got, want)
	}
}

// stagesOf are the compiled stages of an API that is live.
func (s *stored) stagesOf(id string) map[string]*restapi.Stage {
	return s.gateway.Release().find(id, testRegion).Stages()
}

// follow runs the publisher until the test ends.
func (s *stored) follow() (stop func() error) {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.publisher.Run(ctx) }()
	stop = sync.OnceValue(func() error { cancel(); return <-ended })
	s.t.Cleanup(func() { _ = stop() })
	return stop
}

// eventually waits until something is so.
func (s *stored) eventually(what string, so func() bool) {
	s.t.Helper()
	for deadline := time.Now().Add(10 * time.Second); !so(); runtime.Gosched() {
		if time.Now().After(deadline) {
			s.t.Fatal(what)
		}
	}
}

// logged collects the log of a test.
func logged(t *testing.T) *syncBuffer {
	var out syncBuffer
	before := slog.Default()
	slog.SetDefault(slog.New(slog.NewTextHandler(&out, nil)))
	t.Cleanup(func() { slog.SetDefault(before) })
	return &out
}

type syncBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

const nobody = `403 {"message":"Forbidden"}`
