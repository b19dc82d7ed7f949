package management_test

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
)

// meeting is a function that says that it runs, and waits until it may go on.
const meeting = `
import os, time

def handler(event, context):
    open(event["here"], "w").close()
    while not os.path.exists(event["go"]):
        time.sleep(0.005)
    return "done"
`

// TestOneCallMoreThanReservedIsThrottled: at once, without a queue. Spec: functions D1, E24.
func TestOneCallMoreThanReservedIsThrottled(t *testing.T) {
	c, ctx := newLambda(), t.Context()
	newPython(t, c, "meeting", meeting)
	name := aws.String("meeting")
	must[lambda.UpdateFunctionConfigurationOutput](t)(c.UpdateFunctionConfiguration(ctx, &lambda.UpdateFunctionConfigurationInput{FunctionName: name, Timeout: aws.Int32(30)}))
	must[lambda.PutFunctionConcurrencyOutput](t)(c.PutFunctionConcurrency(ctx, &lambda.PutFunctionConcurrencyInput{FunctionName: name, ReservedConcurrentExecutions: aws.Int32(1)}))
	dir := t.TempDir()
	event, err := json.Marshal(map[string]string{"here": filepath.Join(dir, "here"), "go": filepath.Join(dir, "go")})
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan string, 1)
	go func() {
		out, err := c.Invoke(context.Background(), &lambda.InvokeInput{FunctionName: name, Payload: event})
		if err != nil {
			done <- err.Error()
			return
		}
		done <- string(out.Payload)
	}()
	awaitFile(t, filepath.Join(dir, "here"))
	_, err = c.Invoke(ctx, &lambda.InvokeInput{FunctionName: name, Payload: event})
	var throttled *types.TooManyRequestsException
	if !errors.As(err, &throttled) || throttled.Reason != types.ThrottleReasonReservedFunctionConcurrentInvocationLimitExceeded || aws.ToString(throttled.Message) != "Rate Exceeded." {
		t.Errorf("got %v", err)
	}
	if err := os.WriteFile(filepath.Join(dir, "go"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	equal(t, "the first call", <-done, `"done"`)
	out := must[lambda.InvokeOutput](t)(c.Invoke(ctx, &lambda.InvokeInput{FunctionName: name, Payload: event}))
	equal(t, "a call afterwards", string(out.Payload), `"done"`)
}

// awaitFile waits until a function has written a file.
func awaitFile(t *testing.T, name string) {
	t.Helper()
	for deadline := time.Now().Add(patience); ; time.Sleep(time.Millisecond) {
		if _, err := os.Stat(name); err == nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatal("the function does not run")
		}
	}
}
