package functionstore

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gatehouse-gateway/gatehouse/iam"
	"github.com/gatehouse-gateway/gatehouse/internal/definition"
	"github.com/gatehouse-gateway/gatehouse/internal/engine"
	"github.com/gatehouse-gateway/gatehouse/internal/engine/memory"
	"github.com/gatehouse-gateway/gatehouse/internal/functions"
	"github.com/gatehouse-gateway/gatehouse/internal/seal"
	"github.com/gatehouse-gateway/gatehouse/internal/store"
)

// fixture is a Store with a directory that is a map.
type fixture struct {
	*Store
	t      testing.TB
	engine engine.Engine

	mu    sync.Mutex
	ready map[functions.Ref]*functions.Entry
	put   chan functions.Ref
	now   time.Time
}

func newFixture(t testing.TB) *fixture {
	t.Helper()
	e := memory.New(memory.Options{})
	t.Cleanup(func() { _ = e.Close() })
	box, err := seal.Ephemeral()
	if err != nil {
		t.Fatal(err)
	}
	f := &fixture{t: t, engine: e, ready: make(map[functions.Ref]*functions.Entry), put: make(chan functions.Ref, 100), now: time.Now()}
	f.Store = New(Options{
		Functions: store.New[definition.Function](e.Docs(), Bucket), Layers: store.New[definition.Layer](e.Docs(), LayersBucket), Snapshots: e.Snapshots(), Box: box, Dir: filepath.Join(t.TempDir(), "functions"),
		Put: f.keep, Remove: f.drop, Now: func() time.Time { f.mu.Lock(); defer f.mu.Unlock(); return f.now },
	})
	return f
}

func (f *fixture) keep(e *functions.Entry) {
	f.mu.Lock()
	f.ready[e.Ref] = e
	f.mu.Unlock()
	f.put <- e.Ref
}

func (f *fixture) drop(ref functions.Ref) {
	f.mu.Lock()
	delete(f.ready, ref)
	f.mu.Unlock()
	f.put <- ref
}

func (f *fixture) entry(name string) *functions.Entry {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.ready[refOf(name)]
}

func refOf(name string) functions.Ref {
	return functions.Ref{AccountID: "111111111111", Region: "us-east-1", Name: name}
}

func keyOf(name string) string { return "111111111111/us-east-1/" + name }

// version stores a code file and returns a version that has it.
func (f *fixture) version(files ...file) definition.FunctionVersion {
	f.t.Helper()
	return f.versionOf(zipOf(f.t, files...))
}

func (f *fixture) versionOf(zip []byte) definition.FunctionVersion {
	f.t.Helper()
	digest, err := f.engine.Snapshots().Put(context.Background(), zip)
	if err != nil {
		f.t.Fatal(err)
	}
	return definition.FunctionVersion{Runtime: "python3.12", Handler: "a.b", Timeout: 3, MemorySize: 128, RevisionID: "r1", Code: definition.Code{Digest: digest.String()}}
}

func (f *fixture) create(name string, v definition.FunctionVersion, change func(*definition.Function)) {
	f.t.Helper()
	doc := &definition.Function{AccountID: "111111111111", Region: "us-east-1", Name: name, Latest: v}
	if change != nil {
		change(doc)
	}
	if err := f.Functions.Create(context.Background(), keyOf(name), doc); err != nil {
		f.t.Fatal(err)
	}
}

func (f *fixture) refresh(name string) {
	f.t.Helper()
	if err := f.Refresh(context.Background(), keyOf(name)); err != nil {
		f.t.Fatal(err)
	}
}

func (f *fixture) open() {
	f.t.Helper()
	if err := f.folders.open(); err != nil {
		f.t.Fatal(err)
	}
}

func TestFunctionsAreReadyWhenRefreshReturns(t *testing.T) {
	f := newFixture(t)
	f.open()
	statement := `{"Sid":"s","Effect":"Allow","Principal":{"Service":"apigateway.amazonaws.com"},"Action":"lambda:InvokeFunction","Resource":"` + refOf("hello").ARN() + `"}`
	one := f.version(file{"a.py", "1", 0o644})
	reserved := 5
	f.create("hello", f.version(file{"a.py", "2", 0o644}), func(doc *definition.Function) {
		if err := SealEnvironment(f.Box, doc, &doc.Latest, map[string]string{"KEY": "value"}); err != nil {
			t.Fatal(err)
		}
		doc.Versions = map[string]*definition.FunctionVersion{"1": &one}
		doc.Aliases = map[string]*definition.FunctionAlias{"live": {Version: "1", Weights: map[string]float64{"2": 0.25}}}
		doc.Policies = map[string]*definition.FunctionPolicy{"": {Statements: []definition.FunctionStatement{{ID: "s", Text: statement}}}, "live": {Statements: []definition.FunctionStatement{{ID: "s", Text: "broken"}}}}
		doc.ReservedConcurrency = &reserved
	})
	f.refresh("hello")
	e := f.entry("hello")
	if e == nil || len(e.Versions) != 2 || *e.Reserved != 5 || e.Aliases["live"] != (functions.Alias{Version: "1", Additional: "2", Weight: 0.25}) {
		t.Fatalf("got %+v", e)
	}
	for number, want := range map[string]string{functions.Latest: "2", "1": "1"} {
		v := e.Versions[number]
		text, err := os.ReadFile(filepath.Join(v.Code, "a.py"))
		if err != nil || string(text) != want || v.State != nil || v.Timeout != 3*time.Second {
			t.Errorf("version %s: got %q, %v, %+v", number, text, err, v)
		}
	}
	if e.Versions[functions.Latest].Environment["KEY"] != "value" || e.Versions["1"].Environment != nil {
		t.Error("the environments are not those of the versions")
	}
	req := iam.Request{Principal: iam.ServicePrincipal("apigateway.amazonaws.com"), Action: "lambda:InvokeFunction", Resource: refOf("hello").ARN()}
	if e.Policies[""].Evaluate(&req).Effect != iam.Allow || e.Policies["live"] != nil {
		t.Error("policies: the good one must allow, the broken one must not be there")
	}
	if err := f.Functions.Delete(t.Context(), keyOf("hello"), nil); err != nil {
		t.Fatal(err)
	}
	if f.refresh("hello"); f.entry("hello") != nil {
		t.Error("a deleted function is there")
	}
}

func TestDamageIsToldAndOthersGoOn(t *testing.T) {
	f := newFixture(t)
	good := f.version(file{"a.py", "good", 0o644})
	missing, bad, foreign := good, f.versionOf([]byte("this was no zip file")), good
	missing.Code.Digest = strings.Repeat("ab", 32)
	foreign.Environment = f.Box.Seal("something else", []byte(`{}`))
	f.create("hello", good, func(doc *definition.Function) {
		doc.Versions = map[string]*definition.FunctionVersion{"1": &missing, "2": &bad, "3": &foreign}
	})
	f.create("other", good, nil)
	if err := f.Load(t.Context()); err != nil {
		t.Fatal(err)
	}
	e := f.entry("hello")
	if e == nil || f.entry("other") == nil {
		t.Fatal("functions are missing")
	}
	for number, reason := range map[string]string{"1": "damaged or missing", "2": "no zip file", "3": "environment"} {
		if state := e.Versions[number].State; state == nil || state.State != "Failed" || !strings.Contains(state.Reason, reason) {
			t.Errorf("version %s: got %+v, want %s", number, state, reason)
		}
	}
	if e.Versions[functions.Latest].State != nil {
		t.Error("the undamaged version cannot be invoked")
	}
}

func TestCodeGoesWhenNobodyHasUsedItForAWhile(t *testing.T) {
	f := newFixture(t)
	v := f.version(file{"a.py", "1", 0o644})
	f.create("one", v, nil)
	f.create("two", v, nil)
	f.open()
	f.refresh("one")
	f.refresh("two")
	sweep := func(there bool) {
		t.Helper()
		if err := f.removeUnused(t.Context()); err != nil {
			t.Fatal(err)
		}
		if _, err := os.Stat(f.folders.path(v.Code.Digest)); errors.Is(err, fs.ErrNotExist) == there {
			t.Errorf("the folder: got %v, want it there: %v", err, there)
		}
		digest, _ := engine.ParseDigest(v.Code.Digest)
		if _, err := f.engine.Snapshots().Get(t.Context(), digest); errors.Is(err, engine.ErrNotFound) == there {
			t.Errorf("the zip file: got %v, want it there: %v", err, there)
		}
	}
	remove := func(name string) {
		t.Helper()
		if err := f.Functions.Delete(t.Context(), keyOf(name), nil); err != nil {
			t.Fatal(err)
		}
		f.refresh(name)
	}
	later := func(d time.Duration) {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.now = f.now.Add(d)
	}
	remove("one")
	later(time.Hour)
	sweep(true) // the other has it
	remove("two")
	later(time.Minute) // less than keepUnused
	sweep(true)        // an environment may still run
	release := f.Pin(v.Code.Digest)
	later(keepUnused)
	sweep(true) // somebody uploads it
	release()
	later(keepUnused)
	sweep(false)
	v = f.version(file{"a.py", "1", 0o644})
	f.create("three", v, nil)
	f.refresh("three")
	sweep(true) // unpacked again
}

func TestCodeOfFunctionsThatAreNotReadyStays(t *testing.T) {
	f := newFixture(t)
	v := f.version(file{"a.py", "1", 0o644})
	f.open()
	if _, err := f.folders.use(t.Context(), v.Code.Digest, v.Code.Digest); err != nil {
		t.Fatal(err)
	}
	f.folders.release(v.Code.Digest)
	f.create("stored", definition.FunctionVersion{}, func(doc *definition.Function) {
		doc.Versions = map[string]*definition.FunctionVersion{"1": &v}
	})
	f.now = f.now.Add(2 * keepUnused)
	if err := f.removeUnused(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(f.folders.path(v.Code.Digest)); err != nil {
		t.Errorf("the code of a stored function: %v", err)
	}
}

func TestAStartKeepsWholeFoldersOfTheSameBoot(t *testing.T) {
	f := newFixture(t)
	v := f.version(file{"a.py", "1", 0o644})
	f.create("one", v, nil)
	f.open()
	f.refresh("one")
	mark := filepath.Join(f.folders.path(v.Code.Digest), "mark")
	if err := os.WriteFile(mark, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(f.Dir, partial+"left"), 0o700); err != nil {
		t.Fatal(err)
	}
	f.open()
	if _, err := os.Stat(mark); err != nil {
		t.Errorf("a whole folder was removed: %v", err)
	}
	if entries, _ := filepath.Glob(filepath.Join(f.Dir, partial+"*")); len(entries) > 0 {
		t.Errorf("half-made folders stay: %v", entries)
	}
	if err := os.WriteFile(filepath.Join(f.Dir, bootFile), []byte("another boot"), 0o600); err != nil {
		t.Fatal(err)
	}
	f.open()
	if _, err := os.Stat(mark); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a folder that may not have reached the disk stays: %v", err)
	}
}

func TestRunFollowsChanges(t *testing.T) {
	f := newFixture(t)
	v := f.version(file{"a.py", "1", 0o644})
	f.create("one", v, nil)
	if err := f.Load(t.Context()); err != nil {
		t.Fatal(err)
	}
	<-f.put
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- f.Run(ctx) }()
	f.create("two", v, nil)
	if ref := <-f.put; ref != refOf("two") {
		t.Errorf("got %v", ref)
	}
	if err := f.Functions.Delete(ctx, keyOf("one"), nil); err != nil {
		t.Fatal(err)
	}
	if ref := <-f.put; ref != refOf("one") || f.entry("one") != nil {
		t.Errorf("got %v", ref)
	}
	stop()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestManyAtOnceUnpackOnce(t *testing.T) {
	f := newFixture(t)
	v := f.version(file{"a.py", "1", 0o644})
	f.open()
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			if dir, err := f.folders.use(context.Background(), v.Code.Digest, v.Code.Digest); err != nil || dir != f.folders.path(v.Code.Digest) {
				t.Errorf("got %s, %v", dir, err)
			}
		})
	}
	wg.Wait()
	if n := f.folders.all[v.Code.Digest].users; n != 20 {
		t.Errorf("got %d users", n)
	}
}
