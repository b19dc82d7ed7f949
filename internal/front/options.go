package front

import (
	"runtime/debug"
	"time"

	"github.com/gatehouse-gateway/gatehouse/http1"
)

// Options are the bounds of a front. A zero field takes the default named with it.
type Options struct {
	// Limits bounds heads, trailers and chunk extensions. Default http1.DefaultLimits.
	Limits http1.Limits
	// MaxBody is the greatest request body in bytes; reading past it gives
	// ErrBodyTooLarge. Default 10,485,760.
	// Spec: rest-api 17.
	MaxBody int64
	// MaxConns is the number of open connections; those above it are closed at once.
	// Default 65,536.
	MaxConns int

	// HeadTimeout bounds the time from the first byte of a head to its last, and a TLS
	// handshake. Default 10 s.
	HeadTimeout time.Duration
	// BodyTimeout bounds the wait for body bytes. A body has BodyTimeout in all, and a
	// second more for each BodyRate bytes that arrived. Default 30 s.
	BodyTimeout time.Duration
	// BodyRate is the least average rate of a body, in bytes per second. Default 1,024.
	BodyRate int64
	// WriteTimeout bounds the wait for progress in writing an answer. Default 30 s.
	WriteTimeout time.Duration
	// IdleTimeout bounds the wait for the next request. Default 60 s.
	IdleTimeout time.Duration
	// Grace is how long requests in flight may go on after Serve's context ended.
	// Default 30 s.
	Grace time.Duration

	// Now is the clock. Default time.Now.
	Now func() time.Time
	// Panicked, if set, is told when the handler panicked: the value and the stack.
	Panicked func(value any, stack []byte)
}

func (o Options) withDefaults() Options {
	o.Limits = o.Limits.WithDefaults()
	orDefault(&o.MaxBody, 10<<20)
	orDefault(&o.MaxConns, 1<<16)
	orDefault(&o.HeadTimeout, 10*time.Second)
	orDefault(&o.BodyTimeout, 30*time.Second)
	orDefault(&o.BodyRate, 1<<10)
	orDefault(&o.WriteTimeout, 30*time.Second)
	orDefault(&o.IdleTimeout, 60*time.Second)
	orDefault(&o.Grace, 30*time.Second)
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}

// recovered tells Panicked of a panic.
func (o *Options) recovered(value any) {
	if o.Panicked != nil {
		o.Panicked(value, debug.Stack())
	}
}

func orDefault[T int | int64 | time.Duration](v *T, def T) {
	if *v <= 0 {
		*v = def
	}
}
