package gateway

import (
	"fmt"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/gatehouse-gateway/gatehouse/internal/definition"
	"github.com/gatehouse-gateway/gatehouse/internal/engine/jetstream"
	"github.com/gatehouse-gateway/gatehouse/internal/functionurl"
)

// bigAPI is an API with so many proxied and mapped methods.
func bigAPI(id string, methods int) *definition.RestAPI {
	api := mockAPI(id, `{"id": "$input.params('id')", "who": "$context.requestId"}`)
	mapped := api.Resources["who"].Methods["GET"]
	for i := range methods - 1 {
		name := "r" + strconv.Itoa(i)
		m := *mapped
		if i%2 == 0 {
			m = definition.Method{HTTPMethod: "GET", Integration: &definition.Integration{
				Type: "HTTP_PROXY", HTTPMethod: "GET", URI: "http://127.0.0.1:9000/" + name + "/{id}",
				RequestParameters: map[string]string{"integration.request.path.id": "method.request.path.id"},
			}}
		}
		api.Resources[name] = &definition.Resource{ID: name, ParentID: "root", PathPart: name, Path: "/" + name}
		api.Resources[name+"id"] = &definition.Resource{
			ID: name + "id", ParentID: name, PathPart: "{id}", Path: "/" + name + "/{id}", Methods: map[string]*definition.Method{"GET": &m},
		}
	}
	return api
}

// fill stores so many APIs with so many methods each, on one stage.
func (s *stored) fill(apis, methods int) {
	s.t.Helper()
	for i := range apis {
		id := fmt.Sprintf("api%07d", i)
		api := bigAPI(id, methods)
		doc := &definition.RestAPIDocument{
			AccountID: testAccount, Region: testRegion, API: api, Deployments: map[string]*definition.Deployment{"d1": s.freeze("d1", api)},
			Stages: map[string]*definition.Stage{"prod": {Name: "prod", DeploymentID: "d1"}},
		}
		if err := s.apis.Create(s.t.Context(), keyOf(id), doc); err != nil {
			s.t.Fatal(err)
		}
	}
}

// BenchmarkLoad is the start of a node that serves 1,000 APIs of 100 methods.
func BenchmarkLoad(b *testing.B) {
	s := newStored(b, nil)
	s.fill(1000, 100)
	b.ReportAllocs()
	for b.Loop() {
		env := testEnv()
		p := NewPublisher(New(env, functionurl.New(functionurl.Options{})), PublisherOptions{APIs: s.publisher.APIs, Snapshots: s.engine.Snapshots(), Env: NewEnvironments(env).In})
		if err := p.Load(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkPublish is what it costs to make a changed setting of a small API live, among few APIs and many: the difference is
// the cost of the release.
func BenchmarkPublish(b *testing.B) {
	for _, n := range []int{1, 1000, 10000} {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			s := newStored(b, nil)
			s.fill(n, 1)
			if err := s.publisher.Load(b.Context()); err != nil {
				b.Fatal(err)
			}
			changes := 0
			b.ReportAllocs()
			for b.Loop() {
				changes++
				s.change("api0000000", func(d *definition.RestAPIDocument) {
					d.Stages["prod"].Variables = map[string]string{"n": strconv.Itoa(changes)}
				})
				s.refresh("api0000000")
			}
		})
	}
}

// BenchmarkReplace is the cost of the release alone.
func BenchmarkReplace(b *testing.B) {
	for _, n := range []int{1, 1000, 100000} {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			s := newStored(b, nil)
			for i := range n {
				s.gateway.replace(nil, servedAPI(b, testEnv(), fmt.Sprintf("api%07d", i), "x"))
			}
			one, two := s.gateway.Release().find("api0000000", ""), servedAPI(b, testEnv(), "api0000000", "y")
			b.ReportAllocs()
			for b.Loop() {
				s.gateway.replace(one, two)
				one, two = two, one
			}
		})
	}
}

// BenchmarkDraftEdit is what a change that no request can tell costs a node.
func BenchmarkDraftEdit(b *testing.B) {
	s := newStored(b, nil)
	s.fill(1, 100)
	if err := s.publisher.Load(b.Context()); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	edits := 0
	for b.Loop() {
		b.StopTimer()
		edits++
		s.change("api0000000", func(d *definition.RestAPIDocument) { d.API.Description = strconv.Itoa(edits) })
		b.StartTimer()
		s.refresh("api0000000")
	}
}

// BenchmarkWriteToLive measures, from the end of a write by another process to the first answer that shows it, among 1,000
// APIs of 100 methods, by the watch; the median is reported. The store is in memory, then in files.
func BenchmarkWriteToLive(b *testing.B) {
	b.Run("memory", func(b *testing.B) { benchmarkWriteToLive(b, newStored(b, nil)) })
	b.Run("files", func(b *testing.B) {
		e, err := jetstream.Open(b.Context(), jetstream.Options{Dir: b.TempDir()})
		if err != nil {
			b.Fatal(err)
		}
		benchmarkWriteToLive(b, storedOn(b, e, nil))
	})
}

func benchmarkWriteToLive(b *testing.B, s *stored) {
	s.fill(1000, 100)
	if err := s.publisher.Load(b.Context()); err != nil {
		b.Fatal(err)
	}
	stop := s.follow()
	defer func() { _ = stop() }()
	var took []time.Duration
	n := 0
	for b.Loop() {
		n++
		deployment, body := fmt.Sprintf("e%d", n), fmt.Sprintf("%d", n)
		api := bigAPI("api0000007", 100)
		api.Resources["who"].Methods["GET"] = mockAPI("x", body).Resources["who"].Methods["GET"]
		d := s.freeze(deployment, api)
		s.change("api0000007", func(doc *definition.RestAPIDocument) {
			doc.Deployments[deployment], doc.Stages["prod"].DeploymentID = d, deployment
		})
		start := time.Now()
		s.eventually("not served", func() bool { return ask(s.gateway, hostOf("api0000007"), "/prod/who") == "200 "+body })
		took = append(took, time.Since(start))
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds()), "median-µs")
	b.ReportMetric(0, "ns/op")
}
