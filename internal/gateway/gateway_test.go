package gateway

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gatehouse-gateway/gatehouse/http1"
	"github.com/gatehouse-gateway/gatehouse/internal/definition"
	"github.com/gatehouse-gateway/gatehouse/internal/front"
	"github.com/gatehouse-gateway/gatehouse/internal/functionurl"
	"github.com/gatehouse-gateway/gatehouse/internal/limits"
	"github.com/gatehouse-gateway/gatehouse/internal/observe"
	"github.com/gatehouse-gateway/gatehouse/internal/restapi"
)

func testEnv() *restapi.Env {
	return &restapi.Env{
		AccountID: "000000000000", Region: "us-east-1", Limits: limits.AWS(), Recorder: observe.Discard,
		Random: rand.Uint64, Now: time.Now,
	}
}

// mockAPI is an API with one mocked method, GET /who, that answers body.
func mockAPI(id, body string) *definition.RestAPI {
	get := &definition.Method{
		HTTPMethod: "GET", Responses: map[string]*definition.MethodResponse{"200": {StatusCode: "200"}},
		Integration: &definition.Integration{
			Type: "MOCK", RequestTemplates: map[string]string{"application/json": `{"statusCode": 200}`},
			Responses: map[string]*definition.IntegrationResponse{"200": {
				StatusCode: "200", ResponseTemplates: map[string]string{"application/json": body},
			}},
		},
	}
	return &definition.RestAPI{ID: id, Resources: map[string]*definition.Resource{
		"root": {ID: "root", Path: "/"},
		"who":  {ID: "who", ParentID: "root", PathPart: "who", Path: "/who", Methods: map[string]*definition.Method{"GET": get}},
	}}
}

// servedAPI compiles an API with one stage, prod.
func servedAPI(t testing.TB, env *restapi.Env, id, body string) *restapi.API {
	t.Helper()
	stage, problems := restapi.Compile(env, &definition.Deployment{ID: "dep", API: mockAPI(id, body)}, &definition.Stage{Name: "prod"})
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	return restapi.NewAPI(env, id, stage)
}

// ask sends a GET through the gateway as a front would, and returns status and body.
func ask(g *Gateway, host, target string) string {
	x := new(front.Exchange)
	x.Request = front.Request{
		Method: "GET", Target: target, Host: host, Proto: "HTTP/1.1", Header: http1.Header{{Name: "Host", Value: host}},
		Body: strings.NewReader(""), Peer: netip.MustParseAddrPort("127.0.0.1:4000"), Local: netip.MustParseAddrPort("127.0.0.1:8080"),
		Received: time.Now(),
	}
	g.ServeExchange(context.Background(), x)
	answer := strconv.Itoa(x.Response.Status) + " " + string(x.Response.Body)
	if x.Response.Done != nil {
		x.Response.Done(int64(len(x.Response.Body)), nil)
	}
	return answer
}

func TestEveryAPIIsFoundUnderItsOwnAccountAndRegion(t *testing.T) {
	const body = "$context.accountId $context.apiId $context.domainName"
	env := testEnv()
	var apis []*restapi.API
	for i := range 300 { // more than there are shards
		apis = append(apis, servedAPI(t, env.In("111111111111", "us-east-1"), fmt.Sprintf("many%06d", i), "no"))
	}
	apis = append(apis,
		servedAPI(t, env.In("111111111111", "us-east-1"), "abcdefghij", body),
		servedAPI(t, env.In("222222222222", "eu-west-1"), "klmnopqrst", body),
		servedAPI(t, env.In("333333333333", "us-east-1"), "inboth", body),
		servedAPI(t, env.In("444444444444", "eu-west-1"), "inboth", body))
	g := New(env, functionurl.New(functionurl.Options{}))
	g.Publish(NewRelease(apis...))
	for _, c := range []struct{ host, target, want string }{
		{"abcdefghij.execute-api.us-east-1.localhost:8080", "/prod/who", "200 111111111111 abcdefghij abcdefghij.execute-api.us-east-1.localhost"},
		{"ABCDEFGHIJ.execute-api.us-east-1.example.com", "/prod/who", "200 111111111111 abcdefghij ABCDEFGHIJ.execute-api.us-east-1.example.com"},
		{"klmnopqrst-vpce-1.execute-api.eu-west-1.x", "/prod/who", "200 222222222222 klmnopqrst klmnopqrst-vpce-1.execute-api.eu-west-1.x"},
		{"127.0.0.1", "/restapis/klmnopqrst/prod/_user_request_/who", "200 222222222222 klmnopqrst klmnopqrst.execute-api.eu-west-1.localhost"},
		{"inboth.execute-api.us-east-1.x", "/prod/who", "200 333333333333 inboth inboth.execute-api.us-east-1.x"},
		{"inboth.execute-api.eu-west-1.x", "/prod/who", "200 444444444444 inboth inboth.execute-api.eu-west-1.x"},
		{"inboth.execute-api.ap-south-1.x", "/prod/who", `403 {"message":"Forbidden"}`},
		{"127.0.0.1", "/restapis/inboth/prod/_user_request_/who", "200 333333333333 inboth inboth.execute-api.us-east-1.localhost"},
		{"many000299.execute-api.us-east-1.x", "/prod/who", "200 no"},
		{"klmnopqrst.execute-api.eu-west-1.x", "/ping", "200 Healthy Connection"},
		{"klmnopqrst.execute-api.eu-west-1.x", "/beta/who", `403 {"message":"Forbidden"}`},
		{"unknown.execute-api.eu-west-1.x", "/prod/who", `403 {"message":"Forbidden"}`},
		{"unknown.execute-api.eu-west-1.x", "/ping", `403 {"message":"Forbidden"}`},
		{"127.0.0.1", "/prod/who", `403 {"message":"Forbidden"}`},
	} {
		if got := ask(g, c.host, c.target); got != c.want {
			t.Errorf("%s %s: got %s, want %s", c.host, c.target, got, c.want)
		}
	}
}

func TestAReleaseChangesInOneAPIOnly(t *testing.T) {
	env := testEnv()
	one, two := servedAPI(t, env, "one", "1"), servedAPI(t, env, "two", "2")
	g := New(env, functionurl.New(functionurl.Options{}))
	old := NewRelease(one, two)
	g.Publish(old.with(one, servedAPI(t, env, "one", "1 again")))
	next := g.Release()
	for _, c := range []struct {
		release *Release
		host    string
		want    string
	}{
		{next, "one.execute-api.x", "200 1 again"}, {next, "two.execute-api.x", "200 2"}, {old, "one.execute-api.x", "200 1"},
		{next.with(two, nil), "two.execute-api.x", `403 {"message":"Forbidden"}`}, {next.with(two, nil), "one.execute-api.x", "200 1 again"},
		{new(Release).with(nil, two), "two.execute-api.x", "200 2"},
	} {
		g.Publish(c.release)
		if got := ask(g, c.host, "/prod/who"); got != c.want {
			t.Errorf("%s: got %s, want %s", c.host, got, c.want)
		}
	}
}

// BenchmarkLocate shows that finding an API costs the same among few and many.
func BenchmarkLocate(b *testing.B) {
	env := testEnv()
	for _, n := range []int{10, 1_000, 100_000} {
		apis := make([]*restapi.API, n)
		for i := range apis {
			apis[i] = restapi.NewAPI(env, fmt.Sprintf("api%07d", i))
		}
		r := NewRelease(apis...)
		x := new(front.Exchange)
		x.Request.Host, x.Request.Target = "api0000007.execute-api.us-east-1.localhost:8080", "/prod/pets"
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if api, _ := r.locate(x, env.Region); api == nil {
					b.Fatal("not found")
				}
			}
		})
	}
}
