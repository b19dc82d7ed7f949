package host

import (
	"context"
	"sync"

	"github.com/gatehouse-gateway/gatehouse/internal/functions"
	"github.com/gatehouse-gateway/gatehouse/internal/functions/prelude"
	"github.com/gatehouse-gateway/gatehouse/internal/functions/web"
)

// webFunction is the adapter of a web function's process. Spec: functions A8.
type webFunction struct {
	*web.Adapter
	streams   bool
	maxStream int64 // bytes
}

// webResults keeps memory for results between invocations.
var webResults = sync.Pool{New: func() any { return new([]byte) }}

// keptResult is the size in bytes above which the memory of a result is left to the garbage collector.
const keptResult = 1 << 20

// prepareWeb makes the adapters of a function, one for every start of its process. A streamed answer may have maxStream bytes.
func prepareWeb(f *functions.Function, server *web.Server, maxStream int64) func(string, func(string), dialer) (Adapter, []string, error) {
	return func(stream string, note func(string), dial dialer) (Adapter, []string, error) {
		concurrency, err := functions.EnvironmentConcurrency(f.Environment)
		if err != nil {
			return nil, nil, err
		}
		about := web.Function{Name: f.Ref.Name, Version: f.Version, MemorySize: f.MemorySize, LogGroup: logGroup(f), LogStream: stream, Log: note, Concurrency: concurrency, Dial: dial}
		a, environment, err := server.Prepare(about)
		if err != nil {
			return nil, nil, err
		}
		return webFunction{a, server.Streams(), maxStream}, environment, nil
	}
}

// Invoke implements Adapter.
func (w webFunction) Invoke(ctx context.Context, in *functions.Invocation, out *functions.Result) error {
	call := web.Call{
		RequestID: in.RequestID, InvokedARN: in.InvokedARN, TraceID: in.TraceID, ClientContext: in.ClientContext, Event: in.Payload, Stream: in.Stream, MaxStream: w.maxStream,
	}
	call.Deadline, _ = ctx.Deadline()
	memory := webResults.Get().(*[]byte)
	payload, failed, err := w.Adapter.Invoke(ctx, call, (*memory)[:0])
	*memory = payload
	release := func() {
		if cap(*memory) <= keptResult {
			webResults.Put(memory)
		}
	}
	if err != nil {
		release()
		return err
	}
	out.Payload, out.Free = payload, release
	switch {
	case failed:
		out.FunctionError = functions.Unhandled
	case w.streams:
		out.ContentType = prelude.ContentType
	}
	return nil
}
