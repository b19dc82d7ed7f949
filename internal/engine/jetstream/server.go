package jetstream

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"

	"github.com/gatehouse-gateway/gatehouse/internal/engine"
)

// Bounds of the embedded server.
const (
	startTime      = 2 * time.Minute // of recovery: it reads every message once after a kill
	maxServerStore = 1 << 40         // bytes; the disk is the real bound
	maxServerMem   = 64 << 20        // bytes for the server's own short-lived consumers
)

// startServer runs a JetStream server in this process that listens nowhere.
func startServer(dir string, log *slog.Logger) (*server.Server, error) {
	srv, err := server.NewServer(&server.Options{
		ServerName:         "gatehouse",
		DontListen:         true,
		NoSigs:             true,
		JetStream:          true,
		StoreDir:           filepath.Join(dir, storeDir),
		SyncAlways:         true,
		JetStreamMaxStore:  maxServerStore,
		JetStreamMaxMemory: maxServerMem,
	})
	if err != nil {
		return nil, fmt.Errorf("embedded server: %w", err)
	}
	srv.SetLoggerV2(serverLog{log}, false, false, false)
	srv.Start()
	if !srv.ReadyForConnections(startTime) || !srv.JetStreamEnabled() {
		stopServer(srv)
		return nil, fmt.Errorf("embedded server: %w: it did not start", engine.ErrUnavailable)
	}
	return srv, nil
}

func stopServer(srv *server.Server) {
	srv.Shutdown()
	srv.WaitForShutdown()
}

// connect opens a connection that does not leave the process.
func connect(srv *server.Server) (*nats.Conn, error) {
	nc, err := nats.Connect("", nats.InProcessServer(srv), nats.Name("gatehouse"),
		nats.MaxReconnects(-1), nats.ReconnectWait(50*time.Millisecond), nats.ReconnectJitter(50*time.Millisecond, 0))
	if err != nil {
		return nil, fmt.Errorf("embedded server: %w", err)
	}
	return nc, nil
}

// serverLog writes what the server says at debug: what matters of it is in our errors and in Damage.
type serverLog struct{ log *slog.Logger }

func (l serverLog) say(kind, format string, args ...any) {
	if l.log.Enabled(context.Background(), slog.LevelDebug) {
		l.log.Debug("embedded server", "kind", kind, "text", fmt.Sprintf(format, args...))
	}
}

func (l serverLog) Noticef(format string, args ...any) { l.say("notice", format, args...) }
func (l serverLog) Warnf(format string, args ...any)   { l.say("warning", format, args...) }
func (l serverLog) Fatalf(format string, args ...any)  { l.say("fatal", format, args...) }
func (l serverLog) Errorf(format string, args ...any)  { l.say("error", format, args...) }
func (l serverLog) Debugf(format string, args ...any)  { l.say("debug", format, args...) }
func (l serverLog) Tracef(format string, args ...any)  { l.say("trace", format, args...) }
