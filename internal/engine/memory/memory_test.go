package memory_test

import (
	"testing"
	"time"

	"github.com/gatehouse-gateway/gatehouse/internal/engine"
	"github.com/gatehouse-gateway/gatehouse/internal/engine/enginetest"
	"github.com/gatehouse-gateway/gatehouse/internal/engine/memory"
)

func TestConformance(t *testing.T) {
	enginetest.Run(t, func(_ *testing.T, now func() time.Time) engine.Engine {
		return memory.New(memory.Options{Now: now})
	})
}
