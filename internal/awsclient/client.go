package awsclient

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"slices"
	"time"

	"github.com/gatehouse-gateway/gatehouse/internal/outbound"
	"github.com/gatehouse-gateway/gatehouse/internal/pause"
	"github.com/gatehouse-gateway/gatehouse/sigv4"
)

// Options are what a client is made of.
type Options struct {
	// Endpoints are addresses by service, or "aws".
	Endpoints map[string]string
	// Credential signs the calls. Without one no endpoint can be configured.
	Credential sigv4.Credential
	// Region is that of calls that name none.
	Region string
	// Pause is how long a call waits before attempt n, from 2 on; nil is a random time, the doubling of 100 milliseconds at most,
	// and 5 seconds at most.
	Pause func(attempt int) time.Duration
	Now   func() time.Time // nil is time.Now
}

// Client calls services. It is safe for concurrent use.
type Client struct {
	opts       Options
	endpoints  map[string]endpoint
	signer     sigv4.Signer
	configured *http.Transport // to endpoints of the options
	named      *http.Transport // to endpoints that calls name
}

// idlePerHost is how many idle connections are kept to one host.
const idlePerHost = 64

// ErrNoCredential means that a call, or the calls of a configured endpoint, cannot be signed.
var ErrNoCredential = errors.New("there is no access key to sign calls with: set aws-credentials")

// New returns a client. The error says which endpoint cannot be.
func New(opts Options) (*Client, error) {
	if len(opts.Endpoints) > 0 && opts.Credential.AccessKeyID == "" {
		return nil, ErrNoCredential
	}
	c := newClient(opts)
	for service, text := range opts.Endpoints {
		e, err := parseEndpoint(service, text)
		if err != nil {
			return nil, err
		}
		c.endpoints[service] = e
	}
	return c, nil
}

// Nowhere is a client without endpoints.
func Nowhere() *Client { return newClient(Options{}) }

func newClient(opts Options) *Client {
	if opts.Pause == nil {
		opts.Pause = randomPause
	}
	if opts.Now == nil {
		opts.Now = time.Now
	}
	return &Client{
		opts: opts, endpoints: make(map[string]endpoint, len(opts.Endpoints)), signer: sigv4.Signer{Credential: opts.Credential},
		configured: outbound.ToOperator(idlePerHost), named: outbound.ToAuthor(idlePerHost),
	}
}

func (c *Client) String() string   { return "[client of AWS services]" }
func (c *Client) GoString() string { return c.String() }

// Run closes the connections when ctx ends, and returns why it ended. Calls may be made before and meanwhile.
func (c *Client) Run(ctx context.Context) error {
	<-ctx.Done()
	c.configured.CloseIdleConnections()
	c.named.CloseIdleConnections()
	return context.Cause(ctx)
}

// Check returns an *EndpointError when calls of a service have nowhere to go.
func (c *Client) Check(service string) error {
	if _, ok := c.endpoints[service]; !ok {
		return &EndpointError{service}
	}
	return nil
}

// ErrAnswerTooLarge means that an answer has more bytes than the call allows.
var ErrAnswerTooLarge = errors.New("the answer is too large")

// ErrCall means that a call cannot be sent as it is: its path, its method or a field is none.
var ErrCall = errors.New("the call cannot be sent")

// Do makes a call and returns the answer to its last attempt. Errors are about the way: no endpoint, no connection, no answer in
// time, too large an answer, the end of ctx.
func (c *Client) Do(ctx context.Context, call Call) (*Answer, error) {
	call.usual(c.opts.Region)
	if !call.Unsigned && c.opts.Credential.AccessKeyID == "" && call.Endpoint != "" {
		return nil, ErrNoCredential
	}
	to, err := c.endpointOf(&call)
	if err != nil {
		return nil, err
	}
	for attempt := 1; ; attempt++ {
		answer, err := c.try(ctx, &call, to)
		if attempt >= call.Attempts || ctx.Err() != nil || !passing(answer, err) {
			if err != nil {
				return nil, fmt.Errorf("%s: %w", call.Service, err)
			}
			return answer, nil
		}
		if err := pause.For(ctx, c.opts.Pause(attempt+1)); err != nil {
			return nil, fmt.Errorf("%s: %w", call.Service, err)
		}
	}
}

func (c *Client) endpointOf(call *Call) (endpoint, error) {
	if call.Endpoint != "" {
		base, err := parseBase(call.Endpoint)
		return endpoint{base}, err
	}
	e, ok := c.endpoints[call.Service]
	if !ok {
		return e, &EndpointError{call.Service}
	}
	return e, nil
}

// try makes one attempt.
func (c *Client) try(ctx context.Context, call *Call, to endpoint) (*Answer, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, call.Timeout, fmt.Errorf("no answer within %v: %w", call.Timeout, context.DeadlineExceeded))
	defer cancel()
	req, err := c.request(ctx, call, to)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrCall, err)
	}
	transport := c.configured
	if call.Endpoint != "" {
		transport = c.named
	}
	res, err := transport.RoundTrip(req)
	if err != nil {
		return nil, c.cause(ctx, req, err)
	}
	defer res.Body.Close()
	if res.ContentLength > call.MaxAnswer {
		return nil, ErrAnswerTooLarge
	}
	body, err := io.ReadAll(io.LimitReader(res.Body, call.MaxAnswer+1))
	switch {
	case err != nil:
		return nil, c.cause(ctx, req, err)
	case int64(len(body)) > call.MaxAnswer:
		return nil, ErrAnswerTooLarge
	}
	return &Answer{res.StatusCode, res.Header, body}, nil
}

// cause says where a call went that failed, and why it ended if its time did.
func (c *Client) cause(ctx context.Context, req *http.Request, err error) error {
	if ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	return fmt.Errorf("%s: %w", req.URL.Host, err)
}

// request is a call as it is sent.
func (c *Client) request(ctx context.Context, call *Call, to endpoint) (*http.Request, error) {
	u, err := to.url(call.Service, call.Region, call.Path, call.Query)
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, call.Method, u.String(), bytes.NewReader(call.Body))
	if err != nil {
		return nil, err
	}
	header := call.Header
	if !call.Unsigned {
		signed := &sigv4.Request{
			Method: call.Method, Path: req.URL.EscapedPath(), Query: req.URL.RawQuery, Body: call.Body,
			Header: slices.Concat([]sigv4.Field{{Name: "Host", Value: req.URL.Host}}, header),
		}
		header = slices.Concat(header, c.signer.Sign(signed, call.Service, call.Region, c.opts.Now()))
	}
	req.Header.Set("User-Agent", "gatehouse")
	for _, f := range header {
		req.Header.Add(f.Name, f.Value)
	}
	return req, nil
}

// Pauses between attempts.
const (
	firstPause = 100 * time.Millisecond
	maxPause   = 5 * time.Second
)

// randomPause is a random time: many that failed at one moment do not come back at one.
func randomPause(attempt int) time.Duration {
	return rand.N(min(firstPause<<min(attempt-1, 10), maxPause))
}
