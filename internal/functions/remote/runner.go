package remote

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"time"

	"github.com/gatehouse-gateway/gatehouse/internal/awsclient"
	"github.com/gatehouse-gateway/gatehouse/internal/functions"
	"github.com/gatehouse-gateway/gatehouse/internal/outbound"
	"github.com/gatehouse-gateway/gatehouse/internal/pause"
)

// Options are what remote functions share. MaxAnswer is required.
type Options struct {
	// Lambda calls Lambda APIs; nil: functions can live behind addresses only.
	Lambda *awsclient.Client
	// MaxAnswer bounds an answer in bytes.
	MaxAnswer int64
	Log       *slog.Logger     // nil drops it
	Now       func() time.Time // nil is time.Now
	// Pause is how long a call waits before it is made again; nil is a random time below a tenth of a second that doubles.
	Pause func(attempt int) time.Duration
}

// Remotes opens functions that live elsewhere.
type Remotes struct {
	opts      Options
	transport *http.Transport
}

// idlePerHost is how many idle connections are kept to one host.
const idlePerHost = 256

// New returns what opens remote functions. Close it.
func New(o Options) *Remotes {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Pause == nil {
		o.Pause = func(attempt int) time.Duration { return rand.N(100 * time.Millisecond << min(attempt, 6)) }
	}
	return &Remotes{o, outbound.ToAuthor(idlePerHost)}
}

// Close closes the connections that nobody uses.
func (r *Remotes) Close() { r.transport.CloseIdleConnections() }

// Check says what is missing to call a target with a client, which may be nil.
func Check(client *awsclient.Client, t *Target) error {
	switch {
	case !t.IsLambda():
		return nil
	case client == nil:
		return &awsclient.EndpointError{Service: awsclient.Lambda}
	}
	return client.Check(awsclient.Lambda)
}

// Open makes the runner of a version that lives at t.
func (r *Remotes) Open(f *functions.Function, t *Target) *Runner {
	run := &Runner{remotes: r, function: f, target: t}
	var probe func(context.Context) error
	if t.health != nil {
		probe = run.probe
	}
	run.health = newHealth(probe, run.note, r.opts.Now)
	return run
}

// Runner invokes one version of a function that lives elsewhere. It is safe for concurrent use.
type Runner struct {
	remotes  *Remotes
	function *functions.Function
	target   *Target
	health   *health
}

// UnavailableError is functions.ErrUnavailable with where and why.
type UnavailableError struct {
	Target string
	Err    error
}

func (e *UnavailableError) Error() string {
	return "the function at " + e.Target + ": " + e.Err.Error()
}

// Unwrap returns what it is and why.
func (e *UnavailableError) Unwrap() []error { return []error{functions.ErrUnavailable, e.Err} }

// Retire lets calls finish.
func (r *Runner) Retire() { r.health.cancel() }

// Invoke calls the function. What it did wrong is in the result, its taking too long included. Errors are an *UnavailableError, a
// *functions.ThrottledError, and that of ctx, with whose end the call is given up.
func (r *Runner) Invoke(ctx context.Context, in *functions.Invocation, out *functions.Result) error {
	defer in.End()
	if in.RequestID == "" {
		in.RequestID = functions.NewRequestID()
	}
	out.RequestID, out.ExecutedVersion = in.RequestID, r.function.Version
	limited, cancel := context.WithTimeoutCause(ctx, r.function.Timeout, errTimedOut)
	defer cancel()
	for attempt := 0; ; attempt++ {
		if cause, ok := r.health.admit(); !ok {
			return &UnavailableError{r.target.String(), cause}
		}
		err := r.call(limited, in, out)
		switch {
		case err == nil:
			r.health.reached()
			return nil
		case ctx.Err() != nil:
			r.health.left()
			return context.Cause(ctx)
		case errors.Is(context.Cause(limited), errTimedOut):
			r.health.left()
			return r.timedOut(in, out)
		}
		again := r.judge(err) && attempt < r.target.retries
		if !again {
			return r.refusal(err)
		}
		if pause.For(limited, r.remotes.opts.Pause(attempt)) != nil {
			return r.refusal(err)
		}
	}
}

var errTimedOut = errors.New("the function took too long")

// timedOut is the answer of a function that took longer than it may.
func (r *Runner) timedOut(in *functions.Invocation, out *functions.Result) error {
	out.FunctionError = functions.Unhandled
	out.Payload = functions.FailurePayload(functions.TypeTimeout, functions.TimeoutMessage(r.function.Timeout), in.RequestID)
	return nil
}

// judge tells health what a failed call says about it, and reports whether the call cannot have run.
func (r *Runner) judge(err error) (again bool) {
	var throttled *functions.ThrottledError
	if errors.As(err, &throttled) {
		r.health.reached()
		return true
	}
	var refused *awsclient.Error
	if errors.As(err, &refused) && refused.Status < 500 {
		r.health.reached() // and will say so again
		return false
	}
	r.health.missed(err)
	r.remotes.opts.Log.Debug("a call of a function that lives elsewhere failed", "function", r.function.Ref.ARN(), "remote", r.target.String(), "error", err)
	var op *net.OpError
	return errors.As(err, &op) && op.Op == "dial" && !errors.Is(err, outbound.ErrMetadata)
}

// refusal is what a caller gets for a call that failed.
func (r *Runner) refusal(err error) error {
	var throttled *functions.ThrottledError
	if errors.As(err, &throttled) {
		return throttled
	}
	return &UnavailableError{r.target.String(), err}
}

func (r *Runner) call(ctx context.Context, in *functions.Invocation, out *functions.Result) error {
	if r.target.IsLambda() {
		return r.callLambda(ctx, in, out)
	}
	return r.callAddress(ctx, in, out)
}

// tooLarge is the answer of a function that answered more than it may.
func (r *Runner) tooLarge(out *functions.Result) {
	out.FunctionError, out.Payload = functions.Unhandled, functions.TooLargePayload(r.remotes.opts.MaxAnswer)
}

// note logs that a function cannot be reached any more, or can be again.
func (r *Runner) note(well bool, cause error) {
	log := r.remotes.opts.Log.With("function", r.function.Ref.ARN(), "version", r.function.Version, "remote", r.target.String())
	if well {
		log.Info("a function that lives elsewhere can be reached again")
		return
	}
	log.Warn("a function that lives elsewhere cannot be reached: calls fail at once for a while", "error", cause)
}
