package eventsource

import (
	"context"
	"errors"
	"time"

	"github.com/gatehouse-gateway/gatehouse/internal/functions"
)

// batchTime bounds one batch from outside: above the longest timeout of a function.
const batchTime = 20 * time.Minute

// process runs the function with what was received, in as many parts as its events need, and then gives the place at the gate back.
func (p *poller) process(ctx context.Context, c *collection) {
	defer p.close(c)
	throttled := false
	for _, part := range split(c.messages, int(p.opts.Limits.FunctionEvent)) {
		if ctx.Err() == nil && !throttled {
			throttled = p.runBatch(ctx, c.hold, part)
		} else {
			c.hold.drop(part)
		}
	}
	if throttled {
		p.gate.refuse(time.Now())
	} else {
		p.gate.pass()
	}
}

// runBatch runs the function with one batch, and deletes what it succeeded with; nothing of it is held any more then. It reports whether
// no concurrency was left for it.
func (p *poller) runBatch(ctx context.Context, h *hold, batch []message) (throttled bool) {
	ctx, cancel := context.WithTimeout(ctx, batchTime)
	defer cancel()
	var res functions.Result
	defer res.Release()
	call := functions.Call{Ref: p.function, Invocation: functions.Invocation{Payload: eventOf(batch)}}
	err := p.opts.Invoke(ctx, &call, &res)
	h.drop(batch) // half of its time is left at least: nobody sees what is deleted in a moment
	var full *functions.ThrottledError
	switch {
	case errors.As(err, &full):
		return true
	case err != nil:
		p.log.Warn("a batch could not be handed to its function: its messages come again", "messages", len(batch), "error", err)
	case res.FunctionError != "":
		p.log.Warn("a function failed with a batch: its messages come again", "messages", len(batch), "request", res.RequestID)
	default:
		p.delete(p.judge(batch, &res))
	}
	return false
}

// judge says which messages of a batch the function succeeded with.
func (p *poller) judge(batch []message, res *functions.Result) []message {
	if !p.mapping.ReportBatchItemFailures {
		return batch
	}
	good, err := succeeded(batch, res.Payload)
	if err != nil {
		p.log.Warn("a batch has failed: its messages come again", "messages", len(batch), "request", res.RequestID, "error", err)
	} else if failed := len(batch) - len(good); failed > 0 {
		p.log.Info("a function reported messages that failed: they come again", "messages", failed, "of", len(batch), "request", res.RequestID)
	}
	return good
}
