package guards

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/gatehouse-gateway/gatehouse/internal/app"
	"github.com/gatehouse-gateway/gatehouse/internal/config"
)

// summary collects output and tells the addresses and the folder once they are printed.
type summary struct {
	mu   sync.Mutex
	text strings.Builder
	got  chan []string
	once sync.Once
}

var summaryOf = regexp.MustCompile(`(?s)management +(\S+)\n +APIs +(\S+)\n.*root credentials +(\S+)/root-credentials\n`)

func (s *summary) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.text.Write(p)
	if m := summaryOf.FindStringSubmatch(s.text.String()); m != nil {
		s.once.Do(func() { s.got <- m[1:] })
	}
	return len(p), nil
}

// TestEveryGoroutineOfServeEnds runs the server inside this process, with each engine, uses it, reloads it and stops it.
func TestEveryGoroutineOfServeEnds(t *testing.T) {
	log := slog.Default()
	defer slog.SetDefault(log)
	for _, ephemeral := range []string{"true", "false"} {
		src := config.Sources{Getenv: func(string) string { return "" }, Flags: map[string]string{
			"data-dir": t.TempDir(), "control-addr": "127.0.0.1:0", "gateway-addr": "127.0.0.1:0", "ephemeral": ephemeral}}
		leavesNothing(t, "ephemeral "+ephemeral, func() { useServer(t, src) })
	}
}

// TestServeThatIsStoppedAtOnceEndsInPeace tells the server to end before it can begin.
func TestServeThatIsStoppedAtOnceEndsInPeace(t *testing.T) {
	log := slog.Default()
	defer slog.SetDefault(log)
	ctx, stop := context.WithCancel(t.Context())
	stop()
	src := config.Sources{Getenv: func(string) string { return "" }, Flags: map[string]string{
		"data-dir": t.TempDir(), "control-addr": "127.0.0.1:0", "gateway-addr": "127.0.0.1:0"}}
	leavesNothing(t, "stopped at once", func() {
		if err := app.Serve(ctx, app.ServeOptions{Read: src.Read, Out: io.Discard, Log: io.Discard}); err != nil {
			t.Error(err)
		}
	})
}

func useServer(t *testing.T, src config.Sources) {
	t.Helper()
	out, reload := &summary{got: make(chan []string, 1)}, make(chan struct{})
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	ended := make(chan error, 1)
	go func() {
		ended <- app.Serve(ctx, app.ServeOptions{Read: src.Read, Reload: reload, Out: out, Log: io.Discard})
	}()
	var at []string
	select {
	case at = <-out.got:
	case err := <-ended:
		t.Fatal(err)
	}
	for _, url := range []string{at[0] + "/readyz", at[0] + "/restapis", at[1] + "/prod"} {
		res, err := http.Get(url)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, res.Body)
		res.Body.Close()
	}
	reload <- struct{}{}
	if err := app.Backup(t.Context(), app.BackupOptions{DataDir: at[2], File: "-", Out: io.Discard, Err: io.Discard}); err != nil {
		t.Error(err)
	}
	if err := app.CreateKey(t.Context(), app.KeysOptions{DataDir: at[2], Out: io.Discard, Err: io.Discard}, "000000000000", "ada", false); err != nil {
		t.Error(err)
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
