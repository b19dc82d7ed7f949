// Package caller carries who makes a management call, from the endpoint that verified it to the operation that acts for it.
package caller

import "context"

// Caller is who makes a management call, and where what it names lives.
type Caller struct {
	AccountID   string // 12 digits
	Region      string
	AccessKeyID string
	RequestID   string // of the call, a UUID
	Endpoint    string // the address that the call came to: http://127.0.0.1:4283
}

type key struct{}

// With returns a context in which c calls.
func With(ctx context.Context, c Caller) context.Context { return context.WithValue(ctx, key{}, c) }

// From returns who calls; ok is false outside a management call.
func From(ctx context.Context) (c Caller, ok bool) {
	c, ok = ctx.Value(key{}).(Caller)
	return c, ok
}
