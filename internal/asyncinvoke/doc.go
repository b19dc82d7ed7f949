// Package asyncinvoke is the queue of events that functions run later: the calls of the invocation type Event.
//
//	queue := asyncinvoke.New(asyncinvoke.Options{Docs: eng.Docs(), Invoke: directory.Invoke, Settings: directory.Asynchronous, …})
//	err := queue.Load(ctx)              // what an earlier process accepted and did not finish
//	err = queue.Run(ctx)                // until ctx ends
//	err = queue.Enqueue(ctx, call)      // returns once the event is kept
//
// # Promises
//
// An event that was accepted is kept: it survives the end of the process at any moment. It is run at least once, or given up
// because it became too old or its function went away. It is run again, with the same request id, when the function fails, and
// when the process ends before it has written down what came of an attempt; so a function must bear to see an event twice. The
// order of events is not kept.
//
// What came of attempts is written down within a moment, for many events at a time. A kill within that moment repeats the
// attempts; it never loses one.
//
// The events of an engine belong to one process: the queue knows what it runs from its own memory. Two nodes on one engine would
// both run every event that they find when they start.
//
// What came of an event is told to its destinations and, when it was given up, to its dead letter queue, before it counts as done. What
// cannot be told after some tries is counted and dropped, as on the service.
//
// # How it works
//
// Those who enqueue at the same time share one write: a segment, a document of some events. Beside a segment with unfinished
// events may lie its progress, a small document: which events are done, which failed how often. A segment whose events are all
// done is deleted, and its key is used again, so that the engine's memory of deletions stays as small as the queue was long.
//
// Each function has a lane. A lane that meets a concurrency limit learns how many invocations fit beside each other, and tries
// again when one of them ends; if none runs, after a pause that doubles from one second to five minutes. Such refusals do not
// count as attempts. Lanes take turns. While destinations are told, an event takes no place from those that run, but of each lane a
// quarter of all that may run at a time; with so many deliveries under way the lane waits.
//
// Payloads stay in memory up to a bound, and are read from their segment else.
//
// Spec: functions C.
package asyncinvoke
