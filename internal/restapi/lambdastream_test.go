package restapi

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gatehouse-gateway/gatehouse/http1"
	"github.com/gatehouse-gateway/gatehouse/internal/definition"
	"github.com/gatehouse-gateway/gatehouse/internal/functions"
	"github.com/gatehouse-gateway/gatehouse/internal/functions/prelude"
)

func streamURI(function string) string {
	return "arn:aws:apigateway:us-east-1:lambda:path/2021-11-15/functions/" + function + "/response-streaming-invocations"
}

func streamProxy() *definition.Method {
	return &definition.Method{HTTPMethod: "GET", Integration: &definition.Integration{Type: "AWS_PROXY", HTTPMethod: "POST", URI: streamURI(functionARN), ResponseTransferMode: "STREAM"}}
}

// fakeStream writes pieces, and ends as it says.
type fakeStream struct {
	pieces  []string
	failure string // of the function, in the end
	plain   string // an answer that is not streamed
	err     error
	hang    bool // until the call's time is over
	left    error
	event   []byte
}

func (f *fakeStream) Invoke(ctx context.Context, call *functions.Call, res *functions.Result) error {
	f.event = slices.Clone(call.Payload)
	if f.err != nil {
		return f.err
	}
	if len(f.pieces) > 0 {
		if err := call.Stream.Begin("a/b"); err != nil {
			return err
		}
	}
	for _, p := range f.pieces {
		if f.left = call.Stream.Write(nil, []byte(p)); f.left != nil {
			break
		}
	}
	if f.hang {
		<-ctx.Done()
		return context.Cause(ctx)
	}
	res.RequestID, res.Payload = call.RequestID, []byte(f.plain)
	if f.failure != "" {
		res.FunctionError, res.Payload = functions.Unhandled, []byte(f.failure)
	}
	return nil
}

// streamedAPI serves /p with a stream.
func streamedAPI(t testing.TB, f *fakeStream, change func(*Env, *definition.Method)) *API {
	t.Helper()
	env := testEnv(nil)
	env.Functions = f
	m := streamProxy()
	if change != nil {
		change(env, m)
	}
	return lambdaAPI(t, env, map[string]*definition.Method{"/p": m}, nil)
}

// fetch is an answer, read as a front does: its status, header and body, and the error that cuts it.
func fetch(a *API) (status int, header http1.Header, body string, err error) {
	x := request("GET", "/stage/p", nil)
	a.ServeAPI(context.Background(), x, Address{Target: "/stage/p", Default: true})
	status, header = x.Response.Status, slices.Clone(x.Response.Header)
	text := slices.Clone(x.Response.Body)
	if s := x.Response.Stream; s != nil {
		text, err = io.ReadAll(s)
		s.Close()
	}
	x.Response.Done(int64(len(text)), err)
	return status, header, string(text), err
}

const nuls = "\x00\x00\x00\x00\x00\x00\x00\x00"

// TestStreamedAnswers holds what functions may answer. That unknown members are refused as in an answer in one piece, and that the
// delimiter has to be in the first 16 KiB, is unconfirmed.
func TestStreamedAnswers(t *testing.T) {
	const failed = `{"message": "Internal server error"}`
	long := strings.Repeat(" ", prelude.Room-len("{}")-len(nuls))
	for _, tt := range []struct {
		name   string
		f      fakeStream
		status int
		header []string // "Name: value"
		body   string
		cut    bool
	}{
		{"metadata", fakeStream{pieces: []string{`{"statusCode":201,"headers":{"X-One":"1"},"multiValueHeaders":{"X-Two":["a","b"]},"cookies":["a=1","b=2"]}` + nuls, "body", " and more"}},
			201, []string{"X-One: 1", "X-Two: a", "X-Two: b", "Set-Cookie: a=1", "Set-Cookie: b=2", "Content-Type: application/json"}, "body and more", false},
		{"in one piece", fakeStream{pieces: []string{`{"headers":{"Content-Type":"text/plain"}}` + nuls + "\x00body"}}, 200, []string{"Content-Type: text/plain"}, "\x00body", false},
		{"in small pieces", fakeStream{pieces: strings.Split(`{"statusCode":202}`+nuls+"body", "")}, 202, nil, "body", false},
		{"no body", fakeStream{pieces: []string{"{}" + nuls}}, 200, nil, "", false},
		{"not streamed", fakeStream{plain: "{}" + nuls + "body"}, 200, nil, "body", false},
		{"far delimiter", fakeStream{pieces: []string{"{}" + long + nuls + "body"}}, 200, nil, "body", false},
		{"delimiter too far", fakeStream{pieces: []string{"{} " + long + nuls + "body"}}, 502, nil, failed, false},
		{"large", fakeStream{pieces: []string{"{}" + nuls, strings.Repeat("x", 1<<20)}}, 200, nil, strings.Repeat("x", 1<<20), false},
		{"no delimiter", fakeStream{pieces: []string{`{"statusCode":200}`, "body"}}, 502, nil, failed, false},
		{"endless without delimiter", fakeStream{pieces: []string{"{", strings.Repeat(" ", 1<<20)}}, 502, nil, failed, false},
		{"answer of another kind", fakeStream{plain: `{"statusCode":200,"body":"x"}`}, 502, nil, failed, false},
		{"no JSON", fakeStream{pieces: []string{"x" + nuls}}, 502, nil, failed, false},
		{"bad status", fakeStream{pieces: []string{`{"statusCode":42}` + nuls}}, 502, nil, failed, false},
		{"bad cookies", fakeStream{pieces: []string{`{"cookies":[1]}` + nuls}}, 502, nil, failed, false},
		{"unknown member", fakeStream{pieces: []string{`{"status":200}` + nuls}}, 502, nil, failed, false},
		{"fails first", fakeStream{failure: `{"errorMessage":"oh"}`}, 502, nil, failed, false},
		{"fails in the metadata", fakeStream{pieces: []string{"{"}, failure: `{"errorMessage":"oh"}`}, 502, nil, failed, false},
		{"fails in the body", fakeStream{pieces: []string{"{}" + nuls, "begun"}, failure: `{"errorMessage":"oh"}`}, 200, nil, "begun", true},
		{"no permission", fakeStream{err: functions.ErrDenied}, 500, nil, failed, false},
		{"throttled", fakeStream{err: &functions.ThrottledError{}}, 500, nil, failed, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			status, header, body, err := fetch(streamedAPI(t, &tt.f, nil))
			if status != tt.status || body != tt.body || (err != nil) != tt.cut {
				t.Errorf("got %d %.200q, %v", status, body, err)
			}
			for _, want := range tt.header {
				name, value, _ := strings.Cut(want, ": ")
				if !slices.Contains(header.Values(name), value) {
					t.Errorf("no %s in %v", want, header)
				}
			}
			if !strings.Contains(string(tt.f.event), `"path":"/p"`) {
				t.Errorf("the event is %s", tt.f.event)
			}
		})
	}
}

// TestStreamTimes: a function that does not answer, or no more, is waited for as long as it may take.
func TestStreamTimes(t *testing.T) {
	for _, tt := range []struct {
		name   string
		pieces []string
		change func(*Env, *definition.Method)
		status int
		cut    bool
	}{
		{"no answer", nil, func(_ *Env, m *definition.Method) { m.Integration.TimeoutInMillis = 50 }, 504, false},
		{"half of the metadata", []string{"{"}, func(_ *Env, m *definition.Method) { m.Integration.TimeoutInMillis = 50 }, 504, false},
		{"half of the body", []string{"{}" + nuls, "x"}, func(_ *Env, m *definition.Method) { m.Integration.TimeoutInMillis = 500 }, 200, true},
		{"idle in the metadata", []string{"{"}, func(e *Env, _ *definition.Method) { e.Limits.StreamIdle = 20 }, 504, false},
		{"idle in the body", []string{"{}" + nuls, "x"}, func(e *Env, _ *definition.Method) { e.Limits.StreamIdle = 500 }, 200, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			status, _, _, err := fetch(streamedAPI(t, &fakeStream{pieces: tt.pieces, hang: true}, tt.change))
			if status != tt.status || (err != nil) != tt.cut || tt.cut && !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("got %d, %v", status, err)
			}
		})
	}
}

// TestClientOfAStreamLeaves: the function hears that nobody reads.
func TestClientOfAStreamLeaves(t *testing.T) {
	f := &fakeStream{pieces: []string{"{}" + nuls, "one", "two"}}
	x := request("GET", "/stage/p", nil)
	streamedAPI(t, f, nil).ServeAPI(context.Background(), x, Address{Target: "/stage/p", Default: true})
	x.Response.Stream.Close()
	x.Response.Done(0, errors.New("gone"))
	if f.left == nil {
		t.Error("the function was not told")
	}
}

// TestTestInvokeCollectsAStream answers in one piece.
func TestTestInvokeCollectsAStream(t *testing.T) {
	env := testEnv(nil)
	for _, tt := range []struct {
		f      fakeStream
		status int
		body   string
	}{
		{fakeStream{pieces: []string{`{"statusCode":201}` + nuls, "one ", "two"}}, 201, "one two"},
		{fakeStream{pieces: []string{"{}" + nuls, "one"}, failure: "{}"}, 500, `{"message": "Internal server error"}`},
	} {
		env.Functions = &tt.f
		api := apiOf(map[string]*definition.Method{"/p": streamProxy()})
		var id string
		for name, r := range api.Resources {
			if r.Path == "/p" {
				id = name
			}
		}
		got, err := TestInvoke(context.Background(), env, api, id, "GET", TestRequest{})
		if err != nil {
			t.Fatal(err)
		}
		if got.Status != tt.status || got.Body != tt.body {
			t.Errorf("got %d %s", got.Status, got.Body)
		}
	}
}

// BenchmarkLambdaStream is one short answer.
func BenchmarkLambdaStream(b *testing.B) {
	a := streamedAPI(b, &fakeStream{pieces: []string{`{"statusCode":200}` + nuls, "body"}}, nil)
	b.ReportAllocs()
	for b.Loop() {
		if status, _, body, err := fetch(a); status != 200 || body != "body" || err != nil {
			b.Fatal(fmt.Sprint(status, body, err), time.Now())
		}
	}
}
