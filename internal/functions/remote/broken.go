package remote

import (
	"context"

	"github.com/gatehouse-gateway/gatehouse/internal/functions"
)

// Broken is the runner of a version that nothing can run: every call returns why.
func Broken(why error) functions.Runner { return broken{why} }

type broken struct{ why error }

// Invoke returns the reason.
func (b broken) Invoke(_ context.Context, in *functions.Invocation, _ *functions.Result) error {
	in.End()
	return &functions.StateError{State: "Failed", Reason: b.why.Error()}
}

// Retire does nothing.
func (broken) Retire() {}

// Unprovisioned is the provisioned concurrency of a function that lives elsewhere: there are no environments to keep.
type Unprovisioned struct{}

// Invoke leaves the call to the runner of the usual kind.
func (Unprovisioned) Invoke(_ context.Context, in *functions.Invocation, _ *functions.Result) error {
	in.End()
	return functions.ErrNoneReady
}

// Retire does nothing.
func (Unprovisioned) Retire() {}

// Keep does nothing.
func (Unprovisioned) Keep(int) {}

// Allocated says why there is nothing.
func (Unprovisioned) Allocated() (int, string) {
	return 0, "The function lives elsewhere, and no environment of it is here."
}
