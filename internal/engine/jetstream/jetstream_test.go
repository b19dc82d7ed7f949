package jetstream_test

import (
	"context"
	"testing"
	"time"

	"github.com/gatehouse-gateway/gatehouse/internal/engine"
	"github.com/gatehouse-gateway/gatehouse/internal/engine/enginetest"
	"github.com/gatehouse-gateway/gatehouse/internal/engine/jetstream"
)

func TestConformance(t *testing.T) {
	enginetest.Run(t, func(t *testing.T, now func() time.Time) engine.Engine {
		return open(t, jetstream.Options{Dir: t.TempDir(), Now: now})
	})
}

// open opens an engine; the caller closes it.
func open(t testing.TB, opts jetstream.Options) *jetstream.Engine {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	e, err := jetstream.Open(ctx, opts)
	if err != nil {
		t.Fatal(err)
	}
	return e
}
