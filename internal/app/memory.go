package app

import (
	"os"
	"runtime/debug"
)

const (
	// gcPercent trades memory for time: the live heap of a gateway is small and its garbage short-lived.
	gcPercent = 400
	// memoryLimit in bytes is where the collector starts to work harder instead.
	memoryLimit = 2 << 30
)

// TuneMemory sets the garbage collector for a process that serves, unless the environment says otherwise (GOGC, GOMEMLIMIT).
func TuneMemory() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(memoryLimit)
	}
}
