// Package runtimeapi is the server side of the Runtime API: one Server per execution environment, for one runtime process at
// a time. Spec: functions A2.
//
//	server, err := runtimeapi.Listen(observer, options)  // AWS_LAMBDA_RUNTIME_API is server.Addr()
//	…                                                    // observer.Ready(): the runtime asks for its next event
//	err = server.Send(generation, &event)                            // the answer to that request
//	…                                                    // observer.Answered(answer), then observer.Ready()
//
// The server speaks HTTP/1.1 on a loopback port and keeps the state machine of the runtime: what it may ask when, and the
// words in which it is refused. It knows nothing of processes and time: whoever has it bounds how long a runtime may take,
// and ends a conversation with Reset. Until then a request has no deadline, because a runtime may wait for an event forever.
//
// Requests may be pipelined: a runtime that sends its response and the request for the next event in one write spares itself
// a round trip, and hears that the response was accepted together with the event. An event is written by the goroutine that sends it, in one write, and what the runtime posts is read by the
// goroutine of its connection: an invocation changes goroutines once.
//
// The port is one of the machine, and others could take events there: Options.Admit is asked about every connection before anything is
// read from it.
//
// # Extensions
//
// The same port has the Extensions API: external extensions, whose processes are started before the runtime's, are expected by
// their names, all others are taken to be in the runtime's process. Ready waits for them, too. An event for an extension is written
// by the goroutine of its connection. Spec: functions A3.
//
//	server.Expect(names)          // after Reset
//	<-server.Registered()         // then the runtime is started
//	server.Shutdown(reason, when) // before their processes are ended
//
// # Streams
//
// An answer that the runtime streams goes piece by piece to the Stream of its event, if that has one: the next piece is read when
// the one before was taken, and a Stream that blocks blocks its own connection only, until Reset.
package runtimeapi
