package eventsource

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"sync"
	"time"

	"github.com/gatehouse-gateway/gatehouse/eventpattern"
	"github.com/gatehouse-gateway/gatehouse/internal/awsclient"
	"github.com/gatehouse-gateway/gatehouse/internal/definition"
	"github.com/gatehouse-gateway/gatehouse/internal/functions"
	"github.com/gatehouse-gateway/gatehouse/internal/pause"
)

const (
	longPoll       = 20 * time.Second // the longest that queues wait
	perReceive     = 10               // messages of one answer, at most
	quick          = time.Second / 2  // an empty answer that comes sooner did not wait
	attributesLife = 5 * time.Minute  // after which the attributes of a queue are read again
	queueTime      = time.Minute      // for what is said to a queue about the messages of a batch, which may be many calls
)

// poller polls the queue of one mapping.
type poller struct {
	opts     Options
	mapping  *definition.EventSourceMapping
	queue    awsclient.ARN
	function functions.Ref
	patterns []*eventpattern.Pattern
	gate     *gate
	log      *slog.Logger
	during   *lifetime
	batches  sync.WaitGroup

	visibility time.Duration // of the queue
	readAt     time.Time     // when visibility was read
	failures   int           // of the queue, in a row
}

func newPoller(opts Options, m *definition.EventSourceMapping, g *gate) (*poller, error) {
	queue, err := awsclient.ParseARN(m.Source)
	if err != nil {
		return nil, err
	}
	p := &poller{
		opts: opts, mapping: m, queue: queue, gate: g,
		function: functions.Ref{AccountID: m.AccountID, Region: m.Region, Name: m.Function, Qualifier: m.Qualifier},
	}
	for _, text := range m.Filters {
		pattern, err := eventpattern.Compile([]byte(text))
		if err != nil {
			return nil, err
		}
		p.patterns = append(p.patterns, pattern)
	}
	p.log = opts.Log.With("queue", m.Source, "function", p.function.ARN(), "mapping", m.UUID)
	return p, nil
}

// concurrency is how many batches may run at a time.
func (p *poller) concurrency() int {
	if p.mapping.MaximumConcurrency > 0 {
		return p.mapping.MaximumConcurrency
	}
	return int(p.opts.Limits.EventSourceBatches)
}

// run polls until ctx ends, and returns when the batches have ended, which have their own time, as calls of the queue have.
func (p *poller) run(ctx context.Context, during *lifetime) {
	p.during = during
	defer p.batches.Wait()
	for p.gate.enter(ctx) {
		c, err := p.collect(ctx)
		switch {
		case err != nil:
			p.gate.leave()
			p.pause(ctx, err)
		case c == nil:
			p.gate.leave()
		default:
			p.batches.Go(func() { p.process(during.batches, c) })
		}
	}
}

// pause waits after an error of the queue, the longer the more there were in a row, and tells the first.
func (p *poller) pause(ctx context.Context, err error) {
	if ctx.Err() != nil {
		return
	}
	if p.failures == 0 {
		p.log.Error("an event source mapping waits, and tries again", "error", err)
	}
	_ = pause.For(ctx, backOff(p.failures)) // whoever polls looks at ctx
	p.failures++
}

// collection is what was received for one batch, or for more if it is large.
type collection struct {
	messages []message
	size     int64 // of the records, in bytes; taken from the memory of all
	hold     *hold
}

// errMemory means that the memory for payloads is in use.
var errMemory = errors.New("the memory for payloads is in use")

// collect receives messages until there are enough, or none came for the batching window. It returns nil when there was none.
func (p *poller) collect(ctx context.Context) (*collection, error) {
	if err := p.checkFunction(ctx); err != nil {
		return nil, err
	}
	if err := p.readQueue(ctx); err != nil {
		return nil, err
	}
	c := &collection{hold: p.newHold(p.visibility)}
	err := p.receive(ctx, c, longPoll)
	if p.failures > 0 && err == nil {
		p.failures = 0
		p.log.Info("an event source mapping goes on")
	}
	if err == nil && len(c.messages) > 0 {
		err = p.fill(ctx, c)
	}
	if err == nil && len(c.messages) > 0 {
		return c, nil
	}
	p.close(c)
	c.hold.giveBack()
	return nil, err
}

// fill adds messages to the first ones for as long as the batching window is open.
func (p *poller) fill(ctx context.Context, c *collection) error {
	window := time.Now().Add(time.Duration(p.mapping.BatchingWindow) * time.Second)
	for len(c.messages) < p.mapping.BatchSize && c.size < p.opts.Limits.FunctionEvent {
		left := time.Until(window)
		if left <= 0 {
			return nil
		}
		if left < time.Second { // queues wait for whole seconds
			_ = pause.For(ctx, left)
			left = 0
		}
		if err := p.receive(ctx, c, min(left.Truncate(time.Second), longPoll)); err != nil {
			return err
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
	}
	return nil
}

// close gives back what a collection took, but its messages.
func (p *poller) close(c *collection) {
	c.hold.end()
	p.opts.Memory.Give(c.size)
}

// receive adds messages to a collection, and deletes those that no filter wants.
func (p *poller) receive(ctx context.Context, c *collection, wait time.Duration) error {
	begun := time.Now()
	got, err := p.ask(ctx, awsclient.Poll{Max: min(perReceive, p.mapping.BatchSize-len(c.messages)), Wait: wait, Visibility: p.visibility})
	if err != nil {
		return err
	}
	if len(got) == 0 && wait > quick && time.Since(begun) < quick {
		_ = pause.For(ctx, firstPause) // it does not wait: it would be asked all the time
	}
	var wanted, unwanted []message
	size := int64(0)
	for i := range got {
		m, err := newMessage(p.queue, &got[i])
		if err != nil {
			return fmt.Errorf("message %s: %w", got[i].MessageId, err)
		}
		if matches(p.patterns, m) {
			wanted = append(wanted, m)
			size += int64(len(m.record))
		} else {
			unwanted = append(unwanted, m)
		}
	}
	c.hold.add(wanted)
	p.delete(unwanted)
	if !p.opts.Memory.Take(size) {
		return errMemory
	}
	c.messages = append(c.messages, wanted...)
	c.size += size
	return nil
}

// received is what a queue answered.
type received struct {
	messages []awsclient.Received
	err      error
}

// ask receives messages. When ctx ends meanwhile, because the mapping changes, the call goes on alone and shows at once what it gets: a
// queue that is hung up on hides messages that nobody has seen.
func (p *poller) ask(ctx context.Context, poll awsclient.Poll) ([]awsclient.Received, error) {
	answer := make(chan received, 1)
	p.batches.Go(func() {
		messages, err := p.opts.Queues.ReceiveMessages(p.during.polling, p.queue, poll)
		answer <- received{messages, err}
	})
	select {
	case r := <-answer:
		return r.messages, r.err
	case <-ctx.Done():
	}
	p.batches.Go(func() {
		handles := []string{}
		for _, m := range (<-answer).messages {
			handles = append(handles, m.ReceiptHandle)
		}
		p.show(handles)
	})
	return nil, context.Cause(ctx)
}

// show makes received messages visible at once.
func (p *poller) show(handles []string) {
	if len(handles) > 0 {
		p.changeVisibility(handles, 0)
	}
}

// changeVisibility hides messages for a time. What fails is logged: those messages may be seen twice, or late.
func (p *poller) changeVisibility(handles []string, visibility time.Duration) {
	ctx, cancel := context.WithTimeout(context.Background(), queueTime)
	defer cancel()
	if err := p.opts.Queues.ChangeVisibility(ctx, p.queue, handles, visibility); err != nil {
		p.log.Warn("the visibility of messages could not be changed", "messages", len(handles), "error", err)
	}
}

// checkFunction asks whether the function can be invoked: else its messages would come and go, and end among the dead.
func (p *poller) checkFunction(ctx context.Context) error {
	var res functions.Result
	defer res.Release()
	return p.opts.Invoke(ctx, &functions.Call{Ref: p.function, Type: functions.DryRun}, &res)
}

// readQueue reads how long the queue hides messages, now and then.
func (p *poller) readQueue(ctx context.Context) error {
	if !p.readAt.IsZero() && time.Since(p.readAt) < attributesLife {
		return nil
	}
	attributes, err := p.opts.Queues.QueueAttributes(ctx, p.queue, "VisibilityTimeout")
	if err != nil {
		return err
	}
	seconds, err := strconv.Atoi(attributes["VisibilityTimeout"])
	if err != nil {
		return fmt.Errorf("the queue has the visibility timeout %q", attributes["VisibilityTimeout"])
	}
	p.visibility, p.readAt = time.Duration(max(1, seconds))*time.Second, time.Now() // with none at all, two functions would have a message
	return nil
}

// delete takes messages out of the queue. Those that stay come again.
func (p *poller) delete(messages []message) {
	if len(messages) == 0 {
		return
	}
	handles := make([]string, len(messages))
	for i, m := range messages {
		handles[i] = m.handle
	}
	ctx, cancel := context.WithTimeout(context.Background(), queueTime)
	defer cancel()
	if err := p.opts.Queues.DeleteMessages(ctx, p.queue, handles); err != nil {
		p.log.Warn("messages could not be deleted: they come again", "messages", len(messages), "error", err)
	}
}
