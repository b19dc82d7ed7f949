package wire

import (
	"context"

	"github.com/gatehouse-gateway/gatehouse/awsproto"
)

// Bind connects an operation of the model to the function that knows its rules, and gives errors of the engine their
// answer.
func Bind[I, O any](s *awsproto.Service, name string, fn func(context.Context, *I) (*O, error)) {
	awsproto.Bind(s, name, func(ctx context.Context, in *I) (*O, error) {
		out, err := fn(ctx, in)
		return out, FromEngine(err)
	})
}

// None is the output of operations that have none.
type None = struct{}
