// Package apitest calls operations of the management API in tests: raw requests in, exact answers out, on an engine in memory.
package apitest

import (
	"context"
	"encoding/json"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gatehouse-gateway/gatehouse/awsproto"
	"github.com/gatehouse-gateway/gatehouse/internal/access/apikeys"
	"github.com/gatehouse-gateway/gatehouse/internal/access/lambdaauth"
	"github.com/gatehouse-gateway/gatehouse/internal/control/apigateway/state"
	"github.com/gatehouse-gateway/gatehouse/internal/control/apigateway/wire"
	"github.com/gatehouse-gateway/gatehouse/internal/control/caller"
	"github.com/gatehouse-gateway/gatehouse/internal/definition"
	"github.com/gatehouse-gateway/gatehouse/internal/engine/memory"
	"github.com/gatehouse-gateway/gatehouse/internal/limits"
	"github.com/gatehouse-gateway/gatehouse/internal/observe"
	"github.com/gatehouse-gateway/gatehouse/internal/planstore"
	"github.com/gatehouse-gateway/gatehouse/internal/restapi"
	"github.com/gatehouse-gateway/gatehouse/internal/seal"
	"github.com/gatehouse-gateway/gatehouse/internal/traffic/usageplans"
)

// Who calls.
const (
	AccountID = "111111111111"
	Region    = "us-east-1"
)

// Scope is where a caller's definitions are.
var Scope = state.Scope{AccountID: AccountID, Region: Region}

// Service is a service with some operations bound, and the state that they work on.
type Service struct {
	State *state.State
	*awsproto.Service
	// Functions and Authorizers are those of the environment that definitions are compiled and tried in; nil: there are none.
	Functions   restapi.Functions
	Authorizers *lambdaauth.Caches
	// Plans are what keys use, for GetUsage; Keys are none, so that deployments may ask for one.
	Plans usageplans.Plans
	Keys  apikeys.Keys

	mu  sync.Mutex
	now time.Time
}

// New returns a service with the operations that bind binds. Its clock stands until Advance.
func New(t testing.TB, bind func(*state.State, *awsproto.Service)) *Service {
	t.Helper()
	model, err := wire.ServiceModel()
	if err != nil {
		t.Fatal(err)
	}
	service, err := awsproto.NewService(model)
	if err != nil {
		t.Fatal(err)
	}
	box, err := seal.Ephemeral()
	if err != nil {
		t.Fatal(err)
	}
	e := memory.New(memory.Options{})
	t.Cleanup(func() { _ = e.Close() })
	s := &Service{Service: service, now: time.Date(2026, 3, 15, 10, 0, 0, 0, time.UTC)}
	s.State = state.New(state.Options{
		Engine: e, Box: box, Limits: limits.AWS(), Now: s.clock, Env: s.env,
		Usage: planstore.NewLedger(planstore.LedgerOptions{Docs: e.Docs(), Plans: &s.Plans, Now: s.clock}),
	})
	bind(s.State, service)
	return s
}

func (s *Service) clock() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.now
}

func (s *Service) env(accountID, region string) *restapi.Env {
	return &restapi.Env{
		AccountID: accountID, Region: region, Limits: limits.AWS(), Recorder: observe.Discard, Random: rand.Uint64, Now: s.clock,
		Functions: s.Functions, Authorizers: s.Authorizers, Keys: &s.Keys, Plans: &s.Plans,
	}
}

// Advance turns the clock.
func (s *Service) Advance(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now = s.now.Add(d)
}

// Context is that of a call.
func (s *Service) Context(t testing.TB) context.Context { return s.ContextOf(t, AccountID, Region) }

// ContextOf is that of another caller's call.
func (s *Service) ContextOf(t testing.TB, accountID, region string) context.Context {
	return caller.With(t.Context(), caller.Caller{AccountID: accountID, Region: region})
}

// Answer is what an operation answered.
type Answer struct {
	Status int
	Type   string // of an error
	Body   map[string]any
	Text   string
}

// Call sends "METHOD /path?query" with a body.
func (s *Service) Call(t testing.TB, line, body string) Answer {
	t.Helper()
	return s.CallAs(t, s.Context(t), line, body)
}

// CallAs is Call in another context.
func (s *Service) CallAs(t testing.TB, ctx context.Context, line, body string) Answer {
	t.Helper()
	method, target, _ := strings.Cut(line, " ")
	path, query, _ := strings.Cut(target, "?")
	req := &awsproto.Request{Method: method, Path: path, Query: query, Body: []byte(body)}
	if op := s.Operation(req); op != nil {
		called.Store(op.Name, true)
	}
	res := s.Handle(ctx, req)
	a := Answer{Status: res.Status, Text: string(res.Body)}
	for _, f := range res.Header {
		if f.Name == "x-amzn-ErrorType" {
			a.Type = f.Value
		}
	}
	if len(res.Body) > 0 {
		if err := json.Unmarshal(res.Body, &a.Body); err != nil {
			t.Fatalf("%s: the answer is no JSON: %v\n%s", line, err, res.Body)
		}
	}
	return a
}

// Want is a call and its answer. Body is JSON: the string "*" stands for any text, -1 for any number. Message is that of an
// error of the type and status.
type Want struct {
	Name, Line, Send string
	Status           int
	Body             string
	Type, Message    string
}

// Check sends a call and compares its answer.
func (s *Service) Check(t testing.TB, w Want) Answer {
	t.Helper()
	a := s.Call(t, w.Line, w.Send)
	name := strings.TrimSpace(w.Name + " " + w.Line)
	if a.Status != w.Status {
		t.Errorf("%s: got status %d, want %d\n%s", name, a.Status, w.Status, a.Text)
		return a
	}
	if w.Type != "" || w.Message != "" {
		if a.Type != w.Type || a.Body["message"] != w.Message {
			t.Errorf("%s: got %s: %v\nwant %s: %s", name, a.Type, a.Body["message"], w.Type, w.Message)
		}
		return a
	}
	if w.Body == "" {
		if a.Text != "" {
			t.Errorf("%s: got a body: %s", name, a.Text)
		}
		return a
	}
	var want map[string]any
	if err := json.Unmarshal([]byte(w.Body), &want); err != nil {
		t.Fatalf("%s: the expectation is no JSON: %v", name, err)
	}
	if !like(a.Body, want) {
		t.Errorf("%s:\n got %s\nwant %s", name, a.Text, w.Body)
	}
	return a
}

// like compares JSON values, with the placeholders of Want.
func like(got, want any) bool {
	switch w := want.(type) {
	case map[string]any:
		g, ok := got.(map[string]any)
		if !ok || len(g) != len(w) {
			return false
		}
		for name, value := range w {
			v, there := g[name]
			if !there || !like(v, value) {
				return false
			}
		}
		return true
	case []any:
		g, ok := got.([]any)
		return ok && len(g) == len(w) && !slices.ContainsFunc(indices(w), func(i int) bool { return !like(g[i], w[i]) })
	case string:
		g, ok := got.(string)
		return ok && (w == "*" && g != "" || g == w)
	case float64:
		g, ok := got.(float64)
		return ok && (w == -1 || g == w)
	}
	return reflect.DeepEqual(got, want)
}

func indices[T any](list []T) []int {
	all := make([]int, len(list))
	for i := range all {
		all[i] = i
	}
	return all
}

// String returns a member of an answer that is a text.
func (a Answer) String(name string) string {
	text, _ := a.Body[name].(string)
	return text
}

// Items returns a member of each element of a list.
func (a Answer) Items(name string) []string {
	items, _ := a.Body["item"].([]any)
	all := []string{}
	for _, item := range items {
		m, _ := item.(map[string]any)
		text, _ := m[name].(string)
		all = append(all, text)
	}
	return all
}

// API stores a REST API with stages.
func (s *Service) API(t testing.TB, id string, stages ...string) *definition.RestAPIDocument {
	t.Helper()
	doc := &definition.RestAPIDocument{AccountID: AccountID, Region: Region, API: &definition.RestAPI{
		ID: id, Name: "api " + id, Resources: map[string]*definition.Resource{"root": {ID: "root", Path: "/"}},
	}}
	doc.Deployments = map[string]*definition.Deployment{"dep001": {ID: "dep001"}}
	doc.Stages = make(map[string]*definition.Stage)
	for _, name := range stages {
		doc.Stages[name] = &definition.Stage{Name: name, DeploymentID: "dep001"}
	}
	if err := s.State.Insert(t.Context(), Scope, doc); err != nil {
		t.Fatal(err)
	}
	return doc
}
