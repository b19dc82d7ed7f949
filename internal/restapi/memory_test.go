package restapi

import (
	"strconv"
	"strings"
	"testing"

	"github.com/gatehouse-gateway/gatehouse/http1"
	"github.com/gatehouse-gateway/gatehouse/internal/definition"
	"github.com/gatehouse-gateway/gatehouse/internal/limits"
)

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
