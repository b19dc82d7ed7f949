package host_test

import (
	"context"
	"testing"
	"time"

	"github.com/gatehouse-gateway/gatehouse/internal/functions"
	"github.com/gatehouse-gateway/gatehouse/internal/functions/host"
)

// TestTemporaryFoldersAreBounded fills one with files, and with bytes.
func TestTemporaryFoldersAreBounded(t *testing.T) {
	for _, level := range []host.Isolation{host.IsolationAuto, host.IsolationProcess} {
		w := start(t, func(o *host.Options) { o.Isolation = level })
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		go w.Run(ctx) //nolint:errcheck // it ends with the test
		p := w.Open(hostile(t, "python3.12", "app.handler", timeout(60*time.Second), func(f *functions.Function) { f.EphemeralStorage = 8 }))
		want(t, "half of it", call(t, p, attack(t, "litter", "1", "4")), `"littered"`)
		want(t, "bytes", call(t, p, attack(t, "litter", "4", "64")), exitError("Runtime exited with error: signal: killed"))
		w.logs.await(t, "The temporary folder holds more than 8 MB")
		want(t, "afterwards", call(t, p, attack(t, "litter", "1", "4")), `"littered"`)
		want(t, "a large file", call(t, p, attack(t, "fill", "", "")), `"refused"`)
		// A process that fills the folder while it waits is found, too.
		w.logs.awaitCount(t, "REPORT RequestId", 4)
		want(t, "later", call(t, p, attack(t, "litterLater", "4", "64")), `"soon"`)
		w.logs.awaitCount(t, "The temporary folder holds more than 8 MB", 2)
		for deadline := time.Now().Add(soon); call(t, p, attack(t, "litter", "1", "4")) != `"littered"`; { // until it has ended
			if time.Now().After(deadline) {
				t.Fatal("the function is not called again")
			}
		}
	}
}
