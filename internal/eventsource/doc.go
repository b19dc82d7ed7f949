// Package eventsource feeds functions from queues of SQS, as event source mappings say.
//
//	sources := eventsource.New(eventsource.Options{Mappings: collection, Queues: client, Invoke: directory.Invoke, …})
//	err := sources.Load(ctx)
//	err = sources.Run(ctx)   // polls until ctx ends, and waits for the batches that run
//
// # Promises
//
// A message is taken out of its queue when the function has succeeded with it, or when no filter wants it; never before. What a function
// fails with, what a concurrency limit leaves no room for, and what was on its way when the process was killed, comes again when its
// visibility timeout is over: every message is handled at least once. How often it may come is for the queue to say, with its own dead
// letter queue.
//
// Messages stay hidden while they wait for more and while a function runs: their visibility is extended by that of the queue as long as
// it takes.
//
// # How it works
//
// Each mapping has a poller, which takes one batch together at a time and hands it to a goroutine of its own. Before it asks the queue it
// has a place for the batch: a gate says how many run beside each other. The gate begins with a few, opens while batches succeed, and
// closes to what fitted when a concurrency limit refuses one. A batch whose event would be too large for a function is run in parts.
//
// A mapping that changes gets another poller with the same gate; the batches of the old one end on their own.
//
// When Run's context ends, nothing more is received, what was waiting for more messages is shown to others at once, and what runs has the
// grace time to end.
//
// Several nodes on one engine poll beside each other, as consumers of queues do: MaximumConcurrency is then that of each.
//
// Spec: functions B8.
package eventsource
