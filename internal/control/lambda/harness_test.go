package lambda_test

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gatehouse-gateway/gatehouse/awsproto"
	"github.com/gatehouse-gateway/gatehouse/internal/awsclient"
	"github.com/gatehouse-gateway/gatehouse/internal/control/caller"
	"github.com/gatehouse-gateway/gatehouse/internal/control/lambda"
	"github.com/gatehouse-gateway/gatehouse/internal/control/lambda/state"
	"github.com/gatehouse-gateway/gatehouse/internal/definition"
	"github.com/gatehouse-gateway/gatehouse/internal/engine"
	"github.com/gatehouse-gateway/gatehouse/internal/engine/memory"
	"github.com/gatehouse-gateway/gatehouse/internal/eventsource"
	"github.com/gatehouse-gateway/gatehouse/internal/functions"
	"github.com/gatehouse-gateway/gatehouse/internal/functionstore"
	"github.com/gatehouse-gateway/gatehouse/internal/seal"
	"github.com/gatehouse-gateway/gatehouse/internal/store"
	"github.com/gatehouse-gateway/gatehouse/sigv4"
)

// invoker stands in for the processes: it remembers the call and answers what a test wants. Names and states are a real directory's.
type invoker struct {
	*functions.Directory
	mu     sync.Mutex
	last   functions.Call
	result functions.Result
	err    error
}

func (i *invoker) Invoke(ctx context.Context, call *functions.Call, res *functions.Result) error {
	if call.Type == functions.DryRun {
		return i.Directory.Invoke(ctx, call, res)
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	i.last = *call
	if i.err != nil {
		return i.err
	}
	probe := functions.Call{Ref: call.Ref, Type: functions.DryRun}
	if err := i.Directory.Invoke(ctx, &probe, res); err != nil {
		return err
	}
	version := res.ExecutedVersion
	*res = i.result
	res.ExecutedVersion = version
	return nil
}

// idle is a runner that nobody asks.
type idle struct{ functions.Runner }

func (idle) Retire() {}

// fixture is the service on an engine in memory.
type fixture struct {
	*lambda.Service
	t       testing.TB
	engine  engine.Engine
	box     *seal.Box
	invoker *invoker
	now     time.Time
}

// newFixture is the service with endpoints that nothing answers at, for some services of AWS.
func newFixture(t testing.TB, services ...string) *fixture {
	t.Helper()
	endpoints := make(map[string]string)
	for _, name := range services {
		endpoints[name] = "http://127.0.0.1:1"
	}
	return newFixtureWith(t, endpoints)
}

// newFixtureWith is the service with endpoints of services of AWS.
func newFixtureWith(t testing.TB, endpoints map[string]string) *fixture {
	t.Helper()
	e := memory.New(memory.Options{})
	t.Cleanup(func() { _ = e.Close() })
	box, err := seal.Ephemeral()
	if err != nil {
		t.Fatal(err)
	}
	return fixtureOn(t, e, box, endpoints)
}

// fixtureOn is the service of a new process on an engine.
func fixtureOn(t testing.TB, e engine.Engine, box *seal.Box, endpoints map[string]string) *fixture {
	t.Helper()
	client, err := awsclient.New(awsclient.Options{
		Endpoints: endpoints, Credential: sigv4.Credential{AccessKeyID: "AKID", Secret: sigv4.NewSecret("secret")}, Pause: func(int) time.Duration { return 0 },
	})
	if err != nil {
		t.Fatal(err)
	}
	f := &fixture{t: t, engine: e, box: box, now: time.Date(2026, 3, 15, 10, 0, 0, 0, time.UTC)}
	f.invoker = &invoker{Directory: functions.NewDirectory(functions.DirectoryOptions{Open: func(*functions.Function) functions.Runner { return idle{} }})}
	stored := store.New[definition.Function](e.Docs(), functionstore.Bucket)
	layers := store.New[definition.Layer](e.Docs(), functionstore.LayersBucket)
	ready := functionstore.New(functionstore.Options{
		Functions: stored, Layers: layers, Snapshots: e.Snapshots(), Box: box, Dir: t.TempDir(), Put: f.invoker.Put, Remove: f.invoker.Remove,
	})
	if err := ready.Load(t.Context()); err != nil {
		t.Fatal(err)
	}
	f.Service, err = lambda.NewService(state.New(state.Options{
		Functions: stored, Layers: layers, Snapshots: e.Snapshots(), Box: box, Invoker: f.invoker, Now: func() time.Time { return f.now }, AWS: client, Publish: ready.Refresh, Pin: ready.Pin,
		Mappings: store.New[definition.EventSourceMapping](e.Docs(), eventsource.Bucket), MaxMappings: 5,
	}))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

const accountID = "111111111111"

// reply is what an operation answered.
type reply struct {
	status int
	header map[string]string
	text   string
}

func (r reply) String() string {
	return strings.TrimSpace(fmt.Sprintf("%d %s %s", r.status, r.header["x-amzn-ErrorType"], r.text))
}

// member is a text of the answer, by a path of names.
func (r reply) member(path string) string {
	var tree any
	_ = json.Unmarshal([]byte(r.text), &tree)
	for name := range strings.SplitSeq(path, ".") {
		object, _ := tree.(map[string]any)
		tree = object[name]
	}
	text, _ := tree.(string)
	return text
}

// call sends "METHOD /path?query" with a body and header fields.
func (f *fixture) call(line, body string, header ...awsproto.Field) reply {
	f.t.Helper()
	return f.callAs(accountID, line, body, header...)
}

// callAs is call for another account.
func (f *fixture) callAs(account, line, body string, header ...awsproto.Field) reply {
	f.t.Helper()
	ctx := caller.With(context.Background(), caller.Caller{AccountID: account, Region: "us-east-1", RequestID: "request-1", Endpoint: "http://127.0.0.1:4283"})
	method, target, _ := strings.Cut(line, " ")
	path, query, _ := strings.Cut(target, "?")
	res := f.Handle(ctx, &awsproto.Request{Method: method, Path: path, Query: query, Body: []byte(body), Header: header})
	out := reply{status: res.Status, text: string(res.Body), header: make(map[string]string)}
	for _, h := range res.Header {
		out.header[h.Name] = h.Value
	}
	return out
}

// must is call for what has to succeed.
func (f *fixture) must(line, body string) reply {
	f.t.Helper()
	r := f.call(line, body)
	if r.status/100 != 2 {
		f.t.Fatalf("%s: %s", line, r)
	}
	return r
}

// want is a call and how its answer begins.
type want struct{ line, body, answer string }

func (f *fixture) check(wants ...want) {
	f.t.Helper()
	for _, w := range wants {
		if got := f.call(w.line, w.body).String(); !strings.HasPrefix(got, w.answer) {
			f.t.Errorf("%s %.200s\n got %s\nwant %s", w.line, w.body, got, w.answer)
		}
	}
}

// code is a zip file in base64.
func code(t testing.TB, text string) string {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	out, err := w.Create("handler.py")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := out.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return base64.StdEncoding.EncodeToString(b.Bytes())
}

const functionsPath = "/2015-03-31/functions"

const arn = "arn:aws:lambda:us-east-1:111111111111:function:"

// definitionOf is the body that makes a function, with more members.
func definitionOf(t testing.TB, name, more string) string {
	t.Helper()
	return `{"FunctionName":"` + name + `","Runtime":"python3.12","Handler":"handler.handler","Role":"arn:aws:iam::111111111111:role/r","Code":{"ZipFile":"` + code(t, "def handler(e, c): return e") + `"}` + more + `}`
}

func (f *fixture) create(name, more string) reply {
	f.t.Helper()
	return f.must("POST "+functionsPath, definitionOf(f.t, name, more))
}
