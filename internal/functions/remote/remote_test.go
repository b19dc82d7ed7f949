package remote_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gatehouse-gateway/gatehouse/internal/awsclient"
	"github.com/gatehouse-gateway/gatehouse/internal/functions"
	"github.com/gatehouse-gateway/gatehouse/internal/functions/remote"
	"github.com/gatehouse-gateway/gatehouse/sigv4"
)

const (
	id     = "8f5b2d2c-0000-4000-8000-123456789abc"
	farARN = "arn:aws:lambda:eu-west-1:123456789012:function:orders:live"
	soon   = 10 * time.Second
)

// place is a server of the other side.
func place(t *testing.T, handle http.HandlerFunc) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(handle)
	t.Cleanup(s.Close)
	return s
}

type world struct {
	*remote.Remotes
	client *awsclient.Client
	now    atomic.Int64 // nanoseconds after a fixed time
}

func open(t *testing.T, lambda string) *world {
	t.Helper()
	w := new(world)
	if lambda != "" {
		var err error
		w.client, err = awsclient.New(awsclient.Options{Endpoints: map[string]string{"lambda": lambda}, Region: "us-east-1", Credential: sigv4.Credential{AccessKeyID: "AKID", Secret: sigv4.NewSecret("secret")}})
		if err != nil {
			t.Fatal(err)
		}
	}
	begun := time.Now()
	w.Remotes = remote.New(remote.Options{
		Lambda: w.client, MaxAnswer: 1000, Pause: func(int) time.Duration { return 0 },
		Now: func() time.Time { return begun.Add(time.Duration(w.now.Load())) },
	})
	t.Cleanup(w.Close)
	return w
}

func (w *world) function(t *testing.T, timeout time.Duration, environment map[string]string) *remote.Runner {
	t.Helper()
	target, err := remote.Parse(environment)
	if err != nil || target == nil {
		t.Fatalf("target %v, error %v", target, err)
	}
	r := w.Open(&functions.Function{Ref: functions.Ref{AccountID: "000000000000", Region: "us-east-1", Name: "orders"}, Version: "3", Environment: environment, Timeout: timeout}, target)
	t.Cleanup(r.Retire)
	return r
}

func invoke(r *remote.Runner, payload string) (functions.Result, error) {
	var out functions.Result
	err := r.Invoke(context.Background(), &functions.Invocation{
		RequestID: id, Payload: []byte(payload), InvokedARN: "arn:here", TraceID: "Root=1-2-3", ClientContext: []byte("{\n\"client\": 1}"), Tail: true,
	}, &out)
	return out, err
}

func TestParse(t *testing.T) {
	for _, tt := range []struct{ name, environment, where, err string }{
		{"here", `{"A":"b"}`, "", ""},
		{"a function", `{"GATEHOUSE_REMOTE":"` + farARN + `"}`, farARN, ""},
		{"an address", `{"GATEHOUSE_REMOTE":"http://10.0.0.7:9000/invoke?a=b","GATEHOUSE_REMOTE_HEALTH":"/health","GATEHOUSE_REMOTE_AUTHORIZATION":"Bearer x"}`, "http://10.0.0.7:9000/invoke?a=b", ""},
		{"no address", `{"GATEHOUSE_REMOTE":"orders"}`, "", "GATEHOUSE_REMOTE: must be the ARN of a Lambda function or an address"},
		{"an address with a secret", `{"GATEHOUSE_REMOTE":"http://me:secret@host/"}`, "", "without user"},
		{"another ARN", `{"GATEHOUSE_REMOTE":"arn:aws:sqs:eu-west-1:123456789012:q"}`, "", "not the ARN of a Lambda function"},
		{"too many retries", `{"GATEHOUSE_REMOTE":"http://host/","GATEHOUSE_REMOTE_RETRIES":"6"}`, "", "GATEHOUSE_REMOTE_RETRIES: must be 0 to 5"},
		{"health of a Lambda API", `{"GATEHOUSE_REMOTE":"` + farARN + `","GATEHOUSE_REMOTE_HEALTH":"/"}`, "", "GATEHOUSE_REMOTE_HEALTH"},
		{"authorization of a Lambda API", `{"GATEHOUSE_REMOTE":"` + farARN + `","GATEHOUSE_REMOTE_AUTHORIZATION":"x"}`, "", "are signed"},
		{"two lines", `{"GATEHOUSE_REMOTE":"http://host/","GATEHOUSE_REMOTE_AUTHORIZATION":"x\ny"}`, "", "one line"},
		{"health elsewhere", `{"GATEHOUSE_REMOTE":"http://host/","GATEHOUSE_REMOTE_HEALTH":"//other/"}`, "", "must be a path"},
		{"options of what is here", `{"GATEHOUSE_REMOTE_RETRIES":"1"}`, "", "there is no GATEHOUSE_REMOTE"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var environment map[string]string
			if err := json.Unmarshal([]byte(tt.environment), &environment); err != nil {
				t.Fatal(err)
			}
			target, err := remote.Parse(environment)
			switch {
			case tt.err != "":
				if err == nil || !strings.Contains(err.Error(), tt.err) || strings.Contains(err.Error(), "secret") {
					t.Errorf("error %v, want %q", err, tt.err)
				}
			case err != nil:
				t.Error(err)
			case tt.where == "" && target != nil || tt.where != "" && target.String() != tt.where:
				t.Errorf("got %v", target)
			}
		})
	}
}

func TestLambdaFunction(t *testing.T) {
	var got struct {
		target, body, clientContext, trace, signature string
	}
	answer := func(w http.ResponseWriter) { io.WriteString(w, `{"sum":3}`) }
	s := place(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got.target, got.body, got.signature = r.URL.EscapedPath(), string(body), r.Header.Get("Authorization")
		text, _ := base64.StdEncoding.DecodeString(r.Header.Get("X-Amz-Client-Context"))
		got.clientContext, got.trace = string(text), r.Header.Get("X-Amzn-Trace-Id")
		w.Header().Set("X-Amz-Log-Result", base64.StdEncoding.EncodeToString([]byte("the log")))
		answer(w)
	})
	r := open(t, s.URL).function(t, soon, map[string]string{"GATEHOUSE_REMOTE": farARN})
	out, err := invoke(r, `{"a":1}`)
	if err != nil || string(out.Payload) != `{"sum":3}` || string(out.Log) != "the log" || out.FunctionError != "" || out.RequestID != id || out.ExecutedVersion != "3" {
		t.Errorf("got %+v, %v", out, err)
	}
	if got.target != "/2015-03-31/functions/arn:aws:lambda:eu-west-1:123456789012:function:orders:live/invocations" || got.body != `{"a":1}` ||
		got.clientContext != "{\n\"client\": 1}" || got.trace != "Root=1-2-3" || !strings.Contains(got.signature, "/eu-west-1/lambda/aws4_request") {
		t.Errorf("called with %+v", got)
	}
	answer = func(w http.ResponseWriter) {
		w.Header().Set("X-Amz-Function-Error", "Unhandled")
		io.WriteString(w, `{"errorMessage":"boom"}`)
	}
	if out, err := invoke(r, `1`); err != nil || out.FunctionError != "Unhandled" || string(out.Payload) != `{"errorMessage":"boom"}` {
		t.Errorf("got %+v, %v", out, err)
	}
	answer = func(w http.ResponseWriter) { io.WriteString(w, strings.Repeat("x", 1001)) }
	if out, err := invoke(r, `1`); err != nil || !strings.Contains(string(out.Payload), "Function.ResponseSizeTooLarge") || out.FunctionError == "" {
		t.Errorf("got %+v, %v", out, err)
	}
	calls := 0
	answer = func(w http.ResponseWriter) {
		calls++
		w.WriteHeader(429)
		io.WriteString(w, `{"Reason":"ReservedFunctionConcurrentInvocationLimitExceeded","Type":"User","message":"Rate Exceeded."}`)
	}
	var throttled *functions.ThrottledError
	if _, err := invoke(r, `1`); !errors.As(err, &throttled) || throttled.Reason != functions.ReasonReserved || calls != 3 {
		t.Errorf("after %d calls: %v", calls, err)
	}
	calls = 0
	answer = func(w http.ResponseWriter) {
		calls++
		w.Header().Set("X-Amzn-Errortype", "AccessDeniedException")
		w.WriteHeader(403)
		io.WriteString(w, `{"Message":"not yours"}`)
	}
	for range 10 {
		var unavailable *remote.UnavailableError
		if _, err := invoke(r, `1`); !errors.As(err, &unavailable) || !strings.Contains(err.Error(), "not yours") {
			t.Errorf("%v", err)
		}
	}
	if calls != 10 {
		t.Errorf("%d of 10 calls came: refusals say nothing of health", calls)
	}
}

func TestAddress(t *testing.T) {
	var header http.Header
	answer := func(w http.ResponseWriter) { io.WriteString(w, `"done"`) }
	s := place(t, func(w http.ResponseWriter, r *http.Request) {
		header = r.Header
		answer(w)
	})
	r := open(t, "").function(t, soon, map[string]string{"GATEHOUSE_REMOTE": s.URL + "/invoke", "GATEHOUSE_REMOTE_AUTHORIZATION": "Bearer x"})
	if out, err := invoke(r, `{}`); err != nil || string(out.Payload) != `"done"` || out.FunctionError != "" {
		t.Errorf("got %+v, %v", out, err)
	}
	for name, want := range map[string]string{
		"Authorization": "Bearer x", "Lambda-Runtime-Aws-Request-Id": id, "Lambda-Runtime-Invoked-Function-Arn": "arn:here", "X-Amzn-Trace-Id": "Root=1-2-3",
		"Lambda-Runtime-Client-Context": `{"client":1}`, "Content-Type": "application/json",
	} {
		if got := header.Get(name); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
	for name, tt := range map[string]struct {
		answer  func(http.ResponseWriter)
		payload string
	}{
		"an error by header": {func(w http.ResponseWriter) {
			w.Header().Set("X-Amz-Function-Error", "Unhandled")
			io.WriteString(w, `{"errorType":"E"}`)
		}, `{"errorType":"E"}`},
		"an error of its own": {func(w http.ResponseWriter) {
			w.WriteHeader(500)
			io.WriteString(w, `{"errorMessage":"boom"}`)
		}, `{"errorMessage":"boom"}`},
		"a status": {func(w http.ResponseWriter) {
			w.WriteHeader(404)
			io.WriteString(w, "not here\n")
		}, `{"errorType":"Runtime.RemoteError","errorMessage":"RequestId: ` + id + ` Error: the remote function answered 404: not here"}`},
		"a redirect": {func(w http.ResponseWriter) {
			w.Header().Set("Location", "/elsewhere")
			w.WriteHeader(302)
		}, `{"errorType":"Runtime.RemoteError","errorMessage":"RequestId: ` + id + ` Error: the remote function answered 302"}`},
		"too much": {func(w http.ResponseWriter) { io.WriteString(w, strings.Repeat("x", 1001)) },
			`{"errorMessage":"Response payload size exceeded maximum allowed payload size (1000 bytes).","errorType":"Function.ResponseSizeTooLarge"}`},
	} {
		answer = tt.answer
		if out, err := invoke(r, `{}`); err != nil || string(out.Payload) != tt.payload || out.FunctionError != functions.Unhandled {
			t.Errorf("%s: got %q %q, %v", name, out.FunctionError, out.Payload, err)
		}
	}
}

func TestTimeoutIsTheFunctions(t *testing.T) {
	hold := make(chan struct{})
	s := place(t, func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-hold:
		case <-r.Context().Done():
		}
	})
	defer close(hold)
	r := open(t, "").function(t, 50*time.Millisecond, map[string]string{"GATEHOUSE_REMOTE": s.URL})
	out, err := invoke(r, `{}`)
	if want := `{"errorType":"Sandbox.Timedout","errorMessage":"RequestId: ` + id + ` Error: Task timed out after 0.05 seconds"}`; err != nil || string(out.Payload) != want {
		t.Errorf("got %q, %v", out.Payload, err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := r.Invoke(ctx, &functions.Invocation{}, new(functions.Result)); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// TestUnreachableFunctionIsLeftAlone holds that calls fail at once while a function cannot be reached, and that one finds out when
// it is back.
func TestUnreachableFunctionIsLeftAlone(t *testing.T) {
	var calls atomic.Int32
	status := http.StatusServiceUnavailable
	s := place(t, func(w http.ResponseWriter, _ *http.Request) {
		calls.Add(1)
		w.WriteHeader(status)
	})
	w := open(t, "")
	r := w.function(t, soon, map[string]string{"GATEHOUSE_REMOTE": s.URL})
	var unavailable *remote.UnavailableError
	for range 20 {
		if _, err := invoke(r, `{}`); !errors.As(err, &unavailable) || !strings.Contains(err.Error(), "answered 503") {
			t.Fatal(err)
		}
	}
	if n := calls.Load(); n != 5 {
		t.Errorf("%d calls were made before it was left alone", n)
	}
	w.now.Add(int64(time.Second))
	invoke(r, `{}`)
	w.now.Add(int64(time.Second)) // the pause is two seconds now
	invoke(r, `{}`)
	if n := calls.Load(); n != 6 {
		t.Errorf("%d calls were made, and not one after the pause", n-5)
	}
	status = http.StatusOK
	w.now.Add(int64(time.Second))
	for range 3 {
		if _, err := invoke(r, `{}`); err != nil {
			t.Error(err)
		}
	}
}

func TestHealthPathSaysWhenItIsBack(t *testing.T) {
	var well atomic.Bool
	s := place(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/well" && !well.Load() {
			w.WriteHeader(500)
		} else if r.URL.Path != "/well" && !well.Load() {
			w.WriteHeader(502)
		}
	})
	w := open(t, "")
	r := w.function(t, soon, map[string]string{"GATEHOUSE_REMOTE": s.URL, "GATEHOUSE_REMOTE_HEALTH": "/well"})
	for range 6 {
		if _, err := invoke(r, `{}`); err == nil {
			t.Fatal("no error")
		}
	}
	well.Store(true)
	if _, err := invoke(r, `{}`); err == nil {
		t.Error("a call was made before the health path said so")
	}
	for deadline := time.Now().Add(soon); ; time.Sleep(10 * time.Millisecond) {
		if _, err := invoke(r, `{}`); err == nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatal("it is not back")
		}
	}
}

func TestWhatCannotHaveRunIsCalledAgain(t *testing.T) {
	s := place(t, func(http.ResponseWriter, *http.Request) {})
	address := s.URL
	s.Close()
	w := open(t, "")
	r := w.function(t, soon, map[string]string{"GATEHOUSE_REMOTE": address, "GATEHOUSE_REMOTE_RETRIES": "1"})
	if _, err := invoke(r, `{}`); err == nil {
		t.Error("no error")
	}
	cut := place(t, func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := w.(http.Hijacker).Hijack()
		if err == nil {
			conn.Close()
		}
	})
	var calls atomic.Int32
	cut.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		calls.Add(1)
		panic(http.ErrAbortHandler)
	})
	r = w.function(t, soon, map[string]string{"GATEHOUSE_REMOTE": cut.URL})
	if _, err := invoke(r, `{}`); err == nil || calls.Load() != 1 {
		t.Errorf("%d calls of a function that may have run: %v", calls.Load(), err)
	}
}

func TestMetadataAddressIsNotCalled(t *testing.T) {
	r := open(t, "").function(t, soon, map[string]string{"GATEHOUSE_REMOTE": "http://169.254.169.254/latest/meta-data/"})
	if _, err := invoke(r, `{}`); err == nil || !strings.Contains(err.Error(), "link-local") {
		t.Error(err)
	}
}

func TestSecretsDoNotPrint(t *testing.T) {
	target, err := remote.Parse(map[string]string{"GATEHOUSE_REMOTE": "http://host/", "GATEHOUSE_REMOTE_AUTHORIZATION": "Bearer topsecret"})
	if err != nil {
		t.Fatal(err)
	}
	if text := fmt.Sprintf("%v %+v %#v", target, target, target); strings.Contains(text, "topsecret") {
		t.Error(text)
	}
}

func BenchmarkAddress(b *testing.B) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, `"done"`) }))
	defer s.Close()
	remotes := remote.New(remote.Options{MaxAnswer: 1000})
	defer remotes.Close()
	target, err := remote.Parse(map[string]string{"GATEHOUSE_REMOTE": s.URL})
	if err != nil {
		b.Fatal(err)
	}
	r := remotes.Open(&functions.Function{Timeout: time.Minute}, target)
	b.ReportAllocs()
	for b.Loop() {
		var out functions.Result
		if err := r.Invoke(context.Background(), &functions.Invocation{RequestID: id, Payload: []byte(`{}`)}, &out); err != nil {
			b.Fatal(err)
		}
	}
}
