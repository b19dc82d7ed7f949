package pause_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/gatehouse-gateway/gatehouse/internal/pause"
)

func TestForEndsWithItsTimeOrTheContext(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	if err := pause.For(ctx, time.Nanosecond); err != nil {
		t.Errorf("got %v after the whole time", err)
	}
	why := errors.New("enough")
	cancel(why)
	if err := pause.For(ctx, time.Hour); !errors.Is(err, why) {
		t.Errorf("got %v, want the cause", err)
	}
}
