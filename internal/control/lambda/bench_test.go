package lambda_test

import (
	"context"
	"testing"

	"github.com/gatehouse-gateway/gatehouse/awsproto"
	"github.com/gatehouse-gateway/gatehouse/internal/control/caller"
	"github.com/gatehouse-gateway/gatehouse/internal/functions"
)

// BenchmarkInvoke is what the management API costs an invocation: all but the endpoint and the function.
func BenchmarkInvoke(b *testing.B) {
	f := newFixture(b)
	f.create("hello", "")
	f.invoker.result = functions.Result{Payload: []byte(`{"statusCode":200,"body":"hello"}`)}
	ctx := caller.With(context.Background(), caller.Caller{AccountID: accountID, Region: "us-east-1", RequestID: "request-1"})
	body := []byte(`{"path":"/pets/1","headers":{"Accept":"application/json"},"body":null}`)
	b.ReportAllocs()
	for b.Loop() {
		r := &awsproto.Request{Method: "POST", Path: functionsPath + "/hello/invocations", Body: body}
		if res := f.Handle(ctx, r); res.Status != 200 {
			b.Fatal(res.Status)
		}
	}
}
