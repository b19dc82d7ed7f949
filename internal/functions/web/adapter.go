package web

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"
)

// Function is what an adapter tells the server about the function, and the log that it writes to.
type Function struct {
	Name, Version       string
	MemorySize          int // MB
	LogGroup, LogStream string
	// Concurrency is how many events the process gets at a time; 0 is one.
	Concurrency int
	// Dial connects to the server; nil is the usual way, in the network of the machine.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// Log writes a line into the function's log; nil: none.
	Log func(line string)
}

// Call is one invocation.
type Call struct {
	RequestID     string
	Deadline      time.Time
	InvokedARN    string
	TraceID       string // "": none
	TenantID      string // "": none
	ClientContext []byte // JSON; nil: none
	Event         []byte
	// Stream gets an answer that is streamed, of up to MaxStream bytes; nil: it becomes the result.
	Stream    Stream
	MaxStream int64
}

// Adapter speaks with the process of a web function: with one start of it. Invoke may be called by as many goroutines at a time as
// the function's Concurrency says, after Ready.
type Adapter struct {
	server    *Server
	function  Function
	address   string
	transport *http.Transport
	ready     atomic.Bool
}

// The rhythm of the real adapter. Servers close idle connections after five seconds at the earliest, as a rule: with four, a
// request does not meet a connection that is about to be closed.
const (
	probeEvery = 10 * time.Millisecond
	logEvery   = 2 * time.Second
	initTime   = 9800 * time.Millisecond
	idleTime   = 4 * time.Second
)

// Bounds of what is read from a server, in bytes.
const (
	maxResponseHeader = 1 << 20
	maxProbeBody      = 64 << 10
)

// Prepare chooses a free port for one start of the process, and returns with its adapter the variables that tell it to the
// process, NAME=value.
func (s *Server) Prepare(function Function) (*Adapter, []string, error) {
	port, err := freePort(s.host)
	if err != nil {
		return nil, nil, err
	}
	a := &Adapter{
		server:   s,
		function: function,
		address:  net.JoinHostPort(s.host, port),
		transport: &http.Transport{
			DialContext:            function.Dial,
			DisableCompression:     true, // the client of the event decides about encodings
			MaxIdleConns:           max(function.Concurrency, 1),
			MaxIdleConnsPerHost:    s.idleConns(function.Concurrency),
			IdleConnTimeout:        s.idleTime,
			MaxResponseHeaderBytes: maxResponseHeader,
		},
	}
	return a, portVariables(port), nil
}

// idleConns is how many connections are kept between events; the transport keeps none at -1.
func (s *Server) idleConns(concurrency int) int {
	if s.idleTime == 0 {
		return -1
	}
	return max(concurrency, 1)
}

func portVariables(port string) []string { return []string{"AWS_LWA_PORT=" + port, "PORT=" + port} }

// OwnPort chooses a free port for one start of a web server that Amazon's own adapter speaks with, and returns the variables that
// tell it to both. environment are the function's: a port for readiness that is the server's own stays so.
func OwnPort(environment map[string]string) ([]string, error) {
	port, err := freePort("127.0.0.1")
	if err != nil {
		return nil, err
	}
	p := newParser(environment)
	variables := portVariables(port)
	if check := p.text("READINESS_CHECK_PORT", ""); check != "" && check == p.text("PORT", "8080") {
		variables = append(variables, "AWS_LWA_READINESS_CHECK_PORT="+port, "READINESS_CHECK_PORT="+port)
	}
	return variables, nil
}

// Close gives the connection back.
func (a *Adapter) Close() { a.transport.CloseIdleConnections() }

// Ready waits until the server is ready, for as long as AWS_LWA_READINESS_CHECK_TIMEOUT_SECONDS says, or with AWS_LWA_ASYNC_INIT for
// 9.8 s: then the first event waits for it.
func (a *Adapter) Ready(ctx context.Context) error {
	if a.server.asyncInit {
		limited, cancel := context.WithTimeout(ctx, initTime)
		defer cancel()
		if err := a.wait(limited); err != nil && ctx.Err() != nil {
			return err
		}
		return nil
	}
	if within := a.server.readyWithin; within > 0 {
		limited, cancel := context.WithTimeoutCause(ctx, within, fmt.Errorf("%s of AWS_LWA_READINESS_CHECK_TIMEOUT_SECONDS are over", within))
		defer cancel()
		ctx = limited
	}
	return a.wait(ctx)
}

// wait probes until the server is ready or ctx ends.
func (a *Adapter) wait(ctx context.Context) error {
	tick, report := time.NewTicker(probeEvery), time.NewTicker(logEvery)
	defer tick.Stop()
	defer report.Stop()
	for waited := time.Duration(0); ; {
		if a.probe(ctx) {
			a.ready.Store(true)
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("the web server did not become ready at %s: %w", a.address, context.Cause(ctx))
		case <-report.C:
			if waited += logEvery; a.function.Log != nil {
				a.function.Log(fmt.Sprintf("app is not ready after %dms: it must listen on the port in PORT, here %s", waited.Milliseconds(), a.address))
			}
		case <-tick.C:
		}
	}
}

func (a *Adapter) probe(ctx context.Context) bool {
	if a.server.checkTCP {
		return a.connects(ctx)
	}
	// A server that takes a connection and says nothing is asked again, on another one.
	ctx, cancel := context.WithTimeout(ctx, initTime)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+a.address+a.server.checkPath, nil)
	if err != nil {
		return false
	}
	res, err := a.transport.RoundTrip(req)
	if err != nil {
		return false
	}
	defer res.Body.Close()
	io.CopyN(io.Discard, res.Body, maxProbeBody) // then the connection serves the first event, too
	return a.server.healthy.has(res.StatusCode)
}

// connects reports whether the server takes connections.
func (a *Adapter) connects(ctx context.Context) bool {
	dial := a.function.Dial
	if dial == nil {
		dial = (&net.Dialer{}).DialContext
	}
	c, err := dial(ctx, "tcp", a.address)
	if err != nil {
		return false
	}
	return c.Close() == nil
}

// ErrGone means that the server takes no connections any more: it has ended, or is about to, or serves nobody again.
var ErrGone = errors.New("it takes no connections any more")

// Invoke has the server answer an event. It appends the result of the function to dst, which is an error of the function if
// failed says so, and nothing when the answer went to the call's Stream. An error is also ErrGone if no other event would fare better.
func (a *Adapter) Invoke(ctx context.Context, call Call, dst []byte) (payload []byte, failed bool, err error) {
	payload, failed, err = a.invoke(ctx, call, dst)
	if err != nil && ctx.Err() == nil && !a.connects(ctx) && ctx.Err() == nil {
		err = fmt.Errorf("%w: %w", err, ErrGone)
	}
	return payload, failed, err
}

func (a *Adapter) invoke(ctx context.Context, call Call, dst []byte) (payload []byte, failed bool, err error) {
	if !a.ready.Load() {
		if err := a.wait(ctx); err != nil {
			return dst, false, err
		}
	}
	r, err := parse(call.Event)
	if err != nil {
		return dst, false, err
	}
	a.complete(&r, call)
	res, err := a.send(ctx, &r)
	if err != nil {
		return dst, false, fmt.Errorf("the web server did not answer: %w", err)
	}
	defer res.Body.Close()
	if a.server.streaming && !a.server.failing.has(res.StatusCode) {
		return a.stream(ctx, res, call, dst)
	}
	ans, err := readAnswer(res)
	if err != nil {
		return dst, false, err
	}
	if a.server.failing.has(ans.status) {
		return appendFailure(dst, ans), true, nil
	}
	if a.server.compression {
		if err := ans.compress(r.get("accept-encoding")); err != nil {
			return dst, false, err
		}
	}
	payload, failed = bounded(ans.append(dst, r.origin), len(dst))
	return payload, failed, nil
}

// complete adds what the adapter itself has to say.
func (a *Adapter) complete(r *request, call Call) {
	if r.origin == passThrough {
		r.path = a.server.passThrough
	} else {
		r.path = withoutBase(r.path, a.server.basePath)
	}
	r.set("x-amzn-request-context", headerJSON(r.context))
	r.set("x-amzn-lambda-context", headerJSON(appendContext(nil, a.function, call)))
	if call.TraceID != "" {
		r.set("x-amzn-trace-id", call.TraceID)
	}
	if call.TenantID != "" {
		r.set("x-amz-tenant-id", call.TenantID)
	}
	if from := strings.ToLower(a.server.authorization); from != "" {
		if value := r.get(from); value != "" {
			r.set(from, "")
			r.set("authorization", value)
		} else if a.function.Log != nil {
			a.function.Log(fmt.Sprintf("%q header not found in request headers", a.server.authorization))
		}
	}
}

// withoutBase cuts base, which has no slash at its end, off the beginning of path: once, and whole segments only.
func withoutBase(path, base string) string {
	rest, ok := strings.CutPrefix(path, base)
	if !ok || rest != "" && rest[0] != '/' {
		return path
	}
	return rest
}

// connectionFields are about the connection of the client, which ends at the gateway.
var connectionFields = map[string]bool{
	"connection": true, "keep-alive": true, "proxy-connection": true, "te": true, "trailer": true, "transfer-encoding": true,
	"upgrade": true, "content-length": true, "expect": true, "host": true,
}

func (a *Adapter) send(ctx context.Context, r *request) (*http.Response, error) {
	if !validName(r.method) {
		return nil, fmt.Errorf("%q is no method", r.method)
	}
	raw := encodePath(r.path)
	if !strings.HasPrefix(raw, "/") {
		raw = "/" + raw
	}
	path, err := url.PathUnescape(raw)
	if err != nil {
		return nil, err
	}
	req := (&http.Request{
		Method:        r.method,
		URL:           &url.URL{Scheme: "http", Host: a.address, Path: path, RawPath: raw, RawQuery: r.query},
		Host:          r.get("host"),
		Header:        http.Header{"User-Agent": nil}, // nil: the transport adds none
		Body:          http.NoBody,
		ContentLength: int64(len(r.body)),
	}).WithContext(ctx)
	for _, f := range r.header {
		if !connectionFields[f.name] {
			req.Header.Add(f.name, f.value)
		}
	}
	req.GetBody = bodyReader(r.body)
	if len(r.body) > 0 {
		if req.Body, err = req.GetBody(); err != nil {
			return nil, err
		}
	}
	res, err := a.transport.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	if res.StatusCode == http.StatusSwitchingProtocols {
		return nil, errors.Join(errors.New("it switched protocols, which an event cannot"), res.Body.Close())
	}
	return res, nil
}
