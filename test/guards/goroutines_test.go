package guards

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gatehouse-gateway/gatehouse/internal/app"
)

const document = `openapi: 3.0.1
info: {title: guard, version: "1"}
paths:
  /mock:
    get:
      responses: {"200": {description: ok}}
      x-amazon-apigateway-integration:
        type: mock
        requestTemplates: {application/json: '{"statusCode": 200}'}
        responses: {default: {statusCode: "200"}}
`

// announcement collects output and tells the base URL once it is printed.
type announcement struct {
	mu   sync.Mutex
	text strings.Builder
	base chan string
	once sync.Once
}

var baseURL = regexp.MustCompile(`at\n  (http://\S+)\n`)

func (a *announcement) Write(p []byte) (int, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.text.Write(p)
	if m := baseURL.FindStringSubmatch(a.text.String()); m != nil {
		a.once.Do(func() { a.base <- m[1] })
	}
	return len(p), nil
}

// TestEveryGoroutineEnds runs the whole gateway inside this process, uses it, stops it, and looks for what is left.
func TestEveryGoroutineEnds(t *testing.T) {
	file := filepath.Join(t.TempDir(), "openapi.yaml")
	if err := os.WriteFile(file, []byte(document), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, standard := range []bool{false, true} {
		leavesNothing(t, fmt.Sprintf("standard front %v", standard), func() {
			useGateway(t, app.DevOptions{Path: file, GatewayAddr: "127.0.0.1:0", StandardFront: standard})
		})
	}
}

// leavesNothing runs use and waits until the goroutines that it began are gone.
func leavesNothing(t *testing.T, what string, use func()) {
	t.Helper()
	before := runtime.NumGoroutine()
	use()
	http.DefaultClient.CloseIdleConnections()
	deadline := time.Now().Add(10 * time.Second)
	for runtime.NumGoroutine() > before && time.Now().Before(deadline) {
		runtime.Gosched()
	}
	if n := runtime.NumGoroutine(); n > before {
		stacks := make([]byte, 1<<20)
		t.Errorf("%s: %d goroutines before, %d after:\n%s", what, before, n, stacks[:runtime.Stack(stacks, true)])
	}
}

func useGateway(t *testing.T, opts app.DevOptions) {
	t.Helper()
	out := &announcement{base: make(chan string, 1)}
	opts.Out = out
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- app.Dev(ctx, opts) }()
	var base string
	select {
	case base = <-out.base:
	case err := <-ended:
		t.Fatal(err)
	}
	for range 20 {
		res, err := http.Get(base + "/mock")
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, res.Body)
		res.Body.Close()
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
