package integration_test

import (
	"bufio"
	"errors"
	"net"
	"strings"
	"sync"
	"testing"

	"github.com/gatehouse-gateway/gatehouse/internal/integration"
	"github.com/gatehouse-gateway/gatehouse/internal/limits"
)

// TestLargeBodiesShareABudget keeps a node alive when many large answers come at once: what does not fit is refused, what
// is released can be used again, small bodies always pass.
func TestLargeBodiesShareABudget(t *testing.T) {
	large := "HTTP/1.1 200 OK\r\nContent-Length: 1048576\r\n\r\n" + strings.Repeat("x", 1<<20)
	b := newBackEnd(t, func(_ int32, c *net.TCPConn, r *bufio.Reader) {
		for req := readRequest(r); req != nil; req = readRequest(r) {
			answer := ok
			if req.URL.Path == "/large" {
				answer = large
			}
			if _, err := c.Write([]byte(answer)); err != nil {
				return
			}
		}
	})
	budget := limits.NewBudget(3 << 20)
	client, ep := integration.NewClient(integration.Options{Memory: budget}), b.endpoint(t)
	var mu sync.Mutex
	var held []*integration.Result
	busy := 0
	var wg sync.WaitGroup
	for range 10 {
		wg.Go(func() {
			call := get()
			call.Target = "/large"
			res, err := do(t, client, ep, call)
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err == nil:
				held = append(held, res)
			case errors.Is(err, integration.ErrBusy):
				busy++
			default:
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if len(held) == 0 || len(held) > 3 || len(held)+busy != 10 {
		t.Errorf("%d held, %d refused", len(held), busy)
	}
	if res, err := do(t, client, ep, get()); err != nil || string(res.Body) != "ok" {
		t.Errorf("a small body: %v", err)
	}
	for _, res := range held {
		res.Release()
	}
	if budget.Left() != 3<<20 {
		t.Errorf("%d bytes of the budget are lost", 3<<20-budget.Left())
	}
}
