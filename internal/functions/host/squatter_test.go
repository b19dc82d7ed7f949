package host_test

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"regexp"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gatehouse-gateway/gatehouse/internal/functions"
	"github.com/gatehouse-gateway/gatehouse/internal/functions/host"
)

// TestASquatterGetsNoEvents: who listens at the port of a web function and is no process of it is not taken for its server.
func TestASquatterGetsNoEvents(t *testing.T) {
	w := start(t, func(o *host.Options) { o.Limits.FunctionInit = 3000 })
	p := w.Open(&functions.Function{
		Ref: functions.Ref{AccountID: "000000000000", Region: "eu-west-1", Name: "late"}, Version: functions.Latest, Runtime: functions.RuntimeWeb,
		Handler: `echo "port $PORT."; exec sleep 600`, Code: t.TempDir(), Timeout: time.Second, MemorySize: 128,
	})
	ended := make(chan functions.Result, 1)
	go func() {
		var r functions.Result
		if err := p.Invoke(t.Context(), &functions.Invocation{RequestID: id, Payload: []byte(`{"httpMethod":"GET","path":"/","headers":{},"requestContext":{}}`)}, &r); err != nil {
			t.Error(err)
		}
		ended <- r
	}()
	w.logs.await(t, "port ")
	port := regexp.MustCompile(`port (\d+)\.`).FindStringSubmatch(w.logs.text())[1]
	listener, err := net.Listen("tcp", "127.0.0.1:"+port)
	if err != nil {
		t.Fatal(err)
	}
	var asked atomic.Int32
	squatter := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		io.WriteString(w, "squatted")
	})}
	served := make(chan error, 1)
	go func() { served <- squatter.Serve(listener) }()
	res, err := http.Get("http://" + listener.Addr().String()) // it does serve
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	select {
	case r := <-ended:
		t.Fatalf("the invocation ended before anybody squatted: %s", r.Payload)
	default:
	}
	if r := <-ended; r.FunctionError == "" {
		t.Errorf("the function answered %s", r.Payload)
	}
	squatter.Close()
	<-served
	if n := asked.Load(); n != 1 {
		t.Errorf("the squatter was asked %d times", n-1)
	}
}

// TestServersAreFoundWhereTheyListen: at every address, of both kinds.
func TestServersAreFoundWhereTheyListen(t *testing.T) {
	w := start(t)
	for _, where := range []struct{ host, listen string }{{"", "undefined"}, {"127.0.0.1", "'127.0.0.1'"}, {"127.0.0.1", "'::'"}, {"::1", "'::1'"}, {"::1", "'::'"}} {
		environment := map[string]string{"SERVER": fmt.Sprintf("require('http').createServer((q, s) => s.end('here')).listen(process.env.PORT, %s)", where.listen)}
		if where.host != "" {
			environment["AWS_LWA_HOST"] = where.host
		}
		p := w.Open(&functions.Function{
			Ref: functions.Ref{AccountID: "000000000000", Region: "eu-west-1", Name: "where"}, Version: functions.Latest, Runtime: functions.RuntimeWeb,
			Handler: `node -e "$SERVER"`, Code: t.TempDir(), Timeout: soon, MemorySize: 256, Environment: environment,
		})
		if got := call(t, p, `{"httpMethod":"GET","path":"/","headers":{},"requestContext":{}}`); !regexp.MustCompile(`"body":"here"`).MatchString(got) {
			t.Errorf("%v: got %s", where, got)
		}
	}
}
