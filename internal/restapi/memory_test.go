package restapi

import (
	"strconv"
	"strings"
	"testing"

	"github.com/gatehouse-gateway/gatehouse/http1"
	"github.com/gatehouse-gateway/gatehouse/internal/definition"
	"github.com/gatehouse-gateway/gatehouse/internal/limits"
)

// TestLargeEventsShareTheBudget: what a body becomes in an event is larger than the body.
func TestLargeEventsShareTheBudget(t *testing.T) {
	env := lambdaEnv(&fakeFunctions{payload: "{}"})
	env.Memory = limits.NewBudget(4 << 20)
	a := lambdaAPI(t, env, map[string]*definition.Method{"/p": lambdaProxy("POST")}, nil)
	for _, c := range []struct {
		body   string
		status int
	}{{strings.Repeat("x", 1<<20), 200}, {strings.Repeat("\x01", 900<<10), 503}, {strings.Repeat("x", 100), 200}} {
		if x := send(a, "POST", "/stage/p", nil, c.body); x.Response.Status != c.status {
			t.Errorf("%d bytes: got %d %s, want %d", len(c.body), x.Response.Status, x.Response.Body, c.status)
		}
		if left := env.Memory.Left(); left != 4<<20 {
			t.Errorf("%d bytes of the budget are lost", 4<<20-left)
		}
	}
}

// TestLargeBodiesShareABudget refuses a body that the memory for payloads has no room for, and gives back what it took.
func TestLargeBodiesShareABudget(t *testing.T) {
	m := mockMethod(`$input.body`, `{}`)
	m.HTTPMethod = "POST"
	env := testEnv(nil)
	env.Memory = limits.NewBudget(1 << 20)
	a := compiled(t, env, apiOf(map[string]*definition.Method{"/body": m}))
	for _, c := range []struct {
		name   string
		size   int
		length int64
		status int
	}{
		{"small", 1000, 1000, 200}, {"large", 300 << 10, 300 << 10, 200}, {"too large for the budget", 3 << 20, 3 << 20, 503},
		{"in chunks", 3 << 20, -1, 503}, {"small again", 1000, 1000, 200},
	} {
		x := request("POST", "/prod/body", http1.Header{})
		x.Request.Body = strings.NewReader(`{"statusCode": 200, "pad": "` + strings.Repeat("x", c.size) + `"}`)
		x.Request.ContentLength = c.length
		serveOnce(a, x)
		if x.Response.Status != c.status {
			t.Errorf("%s: got %s", c.name, strconv.Itoa(x.Response.Status)+" "+string(x.Response.Body))
		}
		if left := env.Memory.Left(); left != 1<<20 {
			t.Errorf("%s: %d bytes of the budget are lost", c.name, 1<<20-left)
		}
	}
}
