package gateway

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gatehouse-gateway/gatehouse/internal/definition"
	"github.com/gatehouse-gateway/gatehouse/internal/engine"
)

func TestLoadServesEverythingButWhatIsBroken(t *testing.T) {
	s := newStored(t, nil)
	log := logged(t)
	for i := range 20 {
		s.create(fmt.Sprintf("good%d", i), fmt.Sprintf("answer %d", i))
	}
	s.create("unsupported", "x")
	bad := mockAPI("unsupported", "x")
	bad.Resources["who"].Methods["GET"].Integration.Type = "AWS"
	d := s.freeze("d2", bad)
	s.change("unsupported", func(doc *definition.RestAPIDocument) {
		doc.Deployments["d2"], doc.Stages["beta"].DeploymentID = d, "d2"
	})
	s.create("nosnapshot", "x")
	s.change("nosnapshot", func(doc *definition.RestAPIDocument) { doc.Deployments["d1"].Snapshot = strings.Repeat("0", 64) })
	s.create("nodeployment", "x")
	s.change("nodeployment", func(doc *definition.RestAPIDocument) { doc.Stages["prod"].DeploymentID = "gone" })
	s.create("impostor", "x")
	s.change("impostor", func(doc *definition.RestAPIDocument) { doc.AccountID = "999999999999" })
	s.create("panics", "x")
	hollow := mockAPI("panics", "x")
	hollow.Resources["hollow"] = nil
	d = s.freeze("d2", hollow)
	s.change("panics", func(doc *definition.RestAPIDocument) {
		doc.Deployments["d2"], doc.Stages["beta"].DeploymentID = d, "d2"
	})
	if _, err := s.engine.Docs().Create(t.Context(), "restapis", keyOf("garbage"), []byte("{")); err != nil {
		t.Fatal(err)
	}
	if err := s.publisher.Load(t.Context()); err != nil {
		t.Fatal(err)
	}
	for i := range 20 {
		s.answers(fmt.Sprintf("good%d", i), "prod", fmt.Sprintf("200 answer %d", i))
	}
	s.answers("unsupported", "prod", "200 x")
	s.answers("unsupported", "beta", nobody)
	s.answers("panics", "prod", "200 x")
	for _, id := range []string{"nosnapshot", "nodeployment", "impostor", "garbage"} {
		s.answers(id, "prod", nobody)
	}
	for id, want := range map[string]string{
		"unsupported": "stage beta: resources['/who'].methods.GET.integration.type: AWS integrations are not supported yet",
		"nosnapshot":  "stage beta: deployment d1: not found", "nodeployment": "stage prod: deployment gone does not exist",
		"impostor": "the stored document is not that of its key", "panics": "stage beta: compiling it panicked", "garbage": "stored document",
	} {
		if text := log.String(); !strings.Contains(text, "api="+keyOf(id)) || !strings.Contains(text, want) {
			t.Errorf("the log does not name %s (%s):\n%s", id, want, text)
		}
	}
}

func TestAChangeIsLiveWhenRefreshReturns(t *testing.T) {
	s := newStored(t, nil)
	s.create("pets", "one")
	s.refresh("pets")
	s.answers("pets", "prod", "200 one")
	s.deploy("pets", "d2", "two", "prod")
	s.answers("pets", "prod", "200 one")
	s.refresh("pets")
	s.answers("pets", "prod", "200 two")
	s.answers("pets", "beta", "200 one")
	s.change("pets", func(d *definition.RestAPIDocument) {
		d.Stages["prod"].Canary = &definition.CanarySettings{DeploymentID: "d1", PercentTraffic: 100}
	})
	s.refresh("pets")
	s.answers("pets", "prod", "200 one")
	s.change("pets", func(d *definition.RestAPIDocument) { delete(d.Stages, "beta") })
	s.refresh("pets")
	s.answers("pets", "beta", nobody)
	if err := s.apis.Delete(t.Context(), keyOf("pets"), nil); err != nil {
		t.Fatal(err)
	}
	s.refresh("pets")
	s.answers("pets", "prod", nobody)
	s.refresh("pets") // again: nothing to do
	if n := len(s.publisher.states); n != 0 {
		t.Errorf("%d APIs are remembered", n)
	}
	s.create("pets", "again")
	s.refresh("pets")
	s.answers("pets", "prod", "200 again")
}

func TestOnlyStagesThatChangedAreCompiledAgain(t *testing.T) {
	s := newStored(t, nil)
	s.create("pets", "one")
	s.refresh("pets")
	for _, c := range []struct {
		name       string
		change     func(*definition.RestAPIDocument)
		prod, beta bool // compiled again
		published  bool
	}{
		{"a draft edit", func(d *definition.RestAPIDocument) { d.API.Description = "new" }, false, false, false},
		{"a deployment that no stage has", func(d *definition.RestAPIDocument) { d.Deployments["d9"] = &definition.Deployment{ID: "d9"} }, false, false, false},
		{"a description", func(d *definition.RestAPIDocument) {
			d.Stages["prod"].Description, d.Stages["prod"].LastUpdatedDate = "new", time.Now()
		}, false, false, false},
		{"stage variables", func(d *definition.RestAPIDocument) { d.Stages["prod"].Variables = map[string]string{"a": "b"} }, true, false, true},
		{"method settings", func(d *definition.RestAPIDocument) {
			d.Stages["beta"].MethodSettings = map[string]definition.MethodSettings{"*/*": {ThrottlingRateLimit: 5, ThrottlingBurstLimit: 5}}
		}, false, true, true},
		{"a canary", func(d *definition.RestAPIDocument) {
			d.Stages["beta"].Canary = &definition.CanarySettings{PercentTraffic: 5}
		}, false, true, true},
		{"a new stage", func(d *definition.RestAPIDocument) {
			d.Stages["gamma"] = &definition.Stage{Name: "gamma", DeploymentID: "d1"}
		}, false, false, true},
		{"a stage less", func(d *definition.RestAPIDocument) { delete(d.Stages, "gamma") }, false, false, true},
	} {
		before, release := s.stagesOf("pets"), s.gateway.Release()
		s.change("pets", c.change)
		s.refresh("pets")
		after := s.stagesOf("pets")
		if got := after["prod"] != before["prod"]; got != c.prod {
			t.Errorf("%s: prod compiled again: %v", c.name, got)
		}
		if got := after["beta"] != before["beta"]; got != c.beta {
			t.Errorf("%s: beta compiled again: %v", c.name, got)
		}
		if got := s.gateway.Release() != release; got != c.published {
			t.Errorf("%s: published: %v", c.name, got)
		}
	}
}

func TestABrokenChangeLeavesTheLastGoodStage(t *testing.T) {
	s := newStored(t, nil)
	s.create("pets", "good")
	s.refresh("pets")
	bad := mockAPI("pets", "bad")
	bad.Resources["who"].Methods["GET"].AuthorizationType = "CUSTOM"
	d := s.freeze("d2", bad)
	s.change("pets", func(doc *definition.RestAPIDocument) {
		doc.Deployments["d2"], doc.Stages["prod"].DeploymentID = d, "d2"
		delete(doc.Stages, "beta")
	})
	for range 2 { // the same revision is tried again
		err := s.publisher.Refresh(t.Context(), keyOf("pets"))
		if definition.ProblemsOf(err) == nil || !strings.Contains(err.Error(), "API "+keyOf("pets")+": stage prod: resources['/who'].methods.GET: authorization type CUSTOM") {
			t.Errorf("got %v", err)
		}
		s.answers("pets", "prod", "200 good")
		s.answers("pets", "beta", nobody)
	}
	s.deploy("pets", "d3", "repaired", "prod")
	s.refresh("pets")
	s.answers("pets", "prod", "200 repaired")
}

func TestRunFollowsOtherWriters(t *testing.T) {
	s := newStored(t, nil)
	s.create("first", "one")
	stop := s.follow()
	s.eventually("what was stored is not served", func() bool { return ask(s.gateway, hostOf("first"), "/prod/who") == "200 one" })
	s.create("second", "two")
	s.eventually("a new API is not served", func() bool { return ask(s.gateway, hostOf("second"), "/prod/who") == "200 two" })
	s.deploy("first", "d2", "three", "prod")
	s.eventually("a deployment is not served", func() bool { return ask(s.gateway, hostOf("first"), "/prod/who") == "200 three" })
	if err := s.apis.Delete(t.Context(), keyOf("first"), nil); err != nil {
		t.Fatal(err)
	}
	s.eventually("a deleted API is served", func() bool { return ask(s.gateway, hostOf("first"), "/prod/who") == nobody })
	s.answers("second", "prod", "200 two")
	if err := stop(); !errors.Is(err, context.Canceled) {
		t.Errorf("Run ended with %v", err)
	}
}

func TestRunEndsWithTheStore(t *testing.T) {
	s := newStored(t, nil)
	s.create("pets", "one")
	ended := make(chan error, 1)
	go func() { ended <- s.publisher.Run(t.Context()) }()
	s.eventually("nothing is served", func() bool { return ask(s.gateway, hostOf("pets"), "/prod/who") == "200 one" })
	if err := s.engine.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; !errors.Is(err, engine.ErrClosed) {
		t.Errorf("got %v", err)
	}
	s.answers("pets", "prod", "200 one")
}

// deaf is a store that does not answer the first reads.
type deaf struct {
	engine.Docs
	left atomic.Int64
}

func (d *deaf) Get(ctx context.Context, bucket, key string) (engine.Document, error) {
	if d.left.Add(-1) >= 0 {
		return engine.Document{}, engine.ErrUnavailable
	}
	return d.Docs.Get(ctx, bucket, key)
}

func TestAStoreThatDoesNotAnswerIsAskedAgain(t *testing.T) {
	logged(t)
	d := new(deaf)
	s := newStored(t, func(docs engine.Docs) engine.Docs { d.Docs = docs; return d })
	s.create("pets", "one")
	d.left.Store(1)
	s.follow()
	s.eventually("what could not be read when loading is not served", func() bool { return ask(s.gateway, hostOf("pets"), "/prod/who") == "200 one" })
	d.left.Store(2)
	s.deploy("pets", "d2", "two", "prod")
	s.eventually("a change that could not be read is not served", func() bool { return ask(s.gateway, hostOf("pets"), "/prod/who") == "200 two" })
}

func TestACertificateThatCannotBeReadIsAskedForAgain(t *testing.T) {
	logged(t)
	s := newStored(t, nil)
	s.create("pets", "one")
	s.change("pets", func(d *definition.RestAPIDocument) { d.Stages["prod"].ClientCertificateID = "abc" })
	env, asked := testEnv(), 0
	env.ClientCertificates = func(string, string, string) (*tls.Certificate, error) {
		if asked++; asked == 1 {
			return nil, fmt.Errorf("reading it: %w", engine.ErrUnavailable)
		}
		return new(tls.Certificate), nil
	}
	s.publisher.Env = NewEnvironments(env).In
	s.follow()
	s.eventually("the stage is not served", func() bool { return ask(s.gateway, hostOf("pets"), "/prod/who") == "200 one" })
	s.answers("pets", "beta", "200 one")
}

// TestPublishingNeverFailsARequest changes an API again and again, by the watch and by Refresh at once, while clients ask: every
// answer is that of a deployment, no client sees an older one after a newer, and a change is live when its Refresh returned.
func TestPublishingNeverFailsARequest(t *testing.T) {
	s := newStored(t, nil)
	s.create("pets", "0")
	s.create("quiet", "same")
	s.follow()
	s.refresh("pets")
	s.refresh("quiet")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var clients sync.WaitGroup
	var asked atomic.Int64
	for range 4 {
		clients.Go(func() {
			for last := 0; ctx.Err() == nil; asked.Add(1) {
				answer := ask(s.gateway, hostOf("pets"), "/prod/who")
				var n int
				if _, err := fmt.Sscanf(answer, "200 %d", &n); err != nil || n < last {
					t.Errorf("after %d: got %s", last, answer)
					return
				}
				last = n
				if got := ask(s.gateway, hostOf("quiet"), "/prod/who"); got != "200 same" {
					t.Errorf("the other API: got %s", got)
					return
				}
			}
		})
	}
	for n := 1; n <= 100; n++ {
		s.deploy("pets", fmt.Sprintf("d%d", n+1), fmt.Sprint(n), "prod", "beta")
		s.refresh("pets")
		s.answers("pets", "prod", fmt.Sprintf("200 %d", n))
	}
	cancel()
	clients.Wait()
	if asked.Load() == 0 {
		t.Error("no client asked")
	}
}

func TestPublishingKeepsTheFillOfThrottles(t *testing.T) {
	s := newStored(t, nil)
	s.create("pets", "one")
	s.change("pets", func(d *definition.RestAPIDocument) {
		d.Stages["prod"].MethodSettings = map[string]definition.MethodSettings{"who/GET": {ThrottlingRateLimit: 0.001, ThrottlingBurstLimit: 1}}
	})
	s.refresh("pets")
	s.answers("pets", "prod", "200 one")
	s.deploy("pets", "d2", "two", "prod")
	s.refresh("pets")
	s.answers("pets", "prod", `429 {"message":"Too Many Requests"}`)
	s.answers("pets", "beta", "200 one")
}

func TestKeptSnapshotsAreBounded(t *testing.T) {
	s := newStored(t, nil)
	one := sizeOf(mockAPI("pets", "0"))
	kept := newSnapshots(s.engine.Snapshots(), 3*one)
	for i := range 10 {
		d := s.freeze("d", mockAPI("pets", fmt.Sprint(i)))
		api, err := kept.read(t.Context(), d.Snapshot)
		if err != nil {
			t.Fatal(err)
		}
		if again, err := kept.read(t.Context(), d.Snapshot); again != api || err != nil {
			t.Errorf("the youngest was not kept, %v", err)
		}
		if len(kept.kept) > 3 || kept.bytes > kept.most {
			t.Fatalf("%d definitions with %d bytes are kept", len(kept.kept), kept.bytes)
		}
	}
	big := mockAPI("pets", strings.Repeat("x", 4*one))
	if _, err := kept.read(t.Context(), s.freeze("d", big).Snapshot); err != nil || len(kept.kept) != 3 {
		t.Errorf("one that is larger than all: %v, %d kept", err, len(kept.kept))
	}
}
