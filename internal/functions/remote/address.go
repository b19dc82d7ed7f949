package remote

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/gatehouse-gateway/gatehouse/internal/functions"
)

// TypeRemote is the type of the failure of a function behind an address that answered with a status of failure and no error of its
// own.
const TypeRemote = "Runtime.RemoteError"

// callAddress posts the event to the function's address. The headers tell what a runtime is told by the Runtime API.
func (r *Runner) callAddress(ctx context.Context, in *functions.Invocation, out *functions.Result) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, r.target.address.String(), bytes.NewReader(in.Payload))
	if err != nil {
		return err
	}
	r.fill(ctx, req.Header, in)
	res, err := r.remotes.transport.RoundTrip(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, r.remotes.opts.MaxAnswer+1))
	switch {
	case err != nil:
		return err
	case res.StatusCode == http.StatusTooManyRequests:
		return &functions.ThrottledError{Reason: functions.ReasonAccount}
	case res.StatusCode == http.StatusBadGateway, res.StatusCode == http.StatusServiceUnavailable, res.StatusCode == http.StatusGatewayTimeout:
		return fmt.Errorf("answered %d", res.StatusCode) // of whatever stands before the function
	case int64(len(body)) > r.remotes.opts.MaxAnswer:
		r.tooLarge(out)
		return nil
	}
	out.Payload = body
	switch {
	case res.StatusCode/100 != 2:
		out.FunctionError = functions.Unhandled
		if !isError(body) {
			out.Payload = functions.FailurePayload(TypeRemote, fmt.Sprintf("the remote function answered %d%s", res.StatusCode, quoted(body)), in.RequestID)
		}
	case res.Header.Get("X-Amz-Function-Error") != "":
		out.FunctionError = functions.Unhandled
	}
	return nil
}

func (r *Runner) fill(ctx context.Context, h http.Header, in *functions.Invocation) {
	h.Set("Content-Type", "application/json")
	h.Set("User-Agent", "gatehouse")
	h.Set("Lambda-Runtime-Aws-Request-Id", in.RequestID)
	h.Set("Lambda-Runtime-Invoked-Function-Arn", in.InvokedARN)
	if deadline, ok := ctx.Deadline(); ok {
		h.Set("Lambda-Runtime-Deadline-Ms", strconv.FormatInt(deadline.UnixMilli(), 10))
	}
	if in.TraceID != "" {
		h.Set("X-Amzn-Trace-Id", in.TraceID)
	}
	var line bytes.Buffer // without line ends, which a header cannot have
	if len(in.ClientContext) > 0 && json.Compact(&line, in.ClientContext) == nil {
		h.Set("Lambda-Runtime-Client-Context", line.String())
	}
	if r.target.authorization != "" {
		h.Set("Authorization", r.target.authorization)
	}
}

// isError reports whether a body is an error as a runtime writes it.
func isError(body []byte) bool {
	var e struct {
		Message *string `json:"errorMessage"`
	}
	return json.Unmarshal(body, &e) == nil && e.Message != nil
}

// maxQuote bounds what a failure tells of a body, in bytes.
const maxQuote = 512

func quoted(body []byte) string {
	text := strings.TrimSpace(strings.ToValidUTF8(string(body[:min(len(body), maxQuote)]), "?"))
	if text == "" {
		return ""
	}
	return ": " + text
}

// Bounds of a request of the health path.
const (
	probeTime = 5 * time.Second
	maxProbe  = 64 << 10 // bytes of its answer
)

// probe asks the health path.
func (r *Runner) probe(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, probeTime)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, r.target.health.String(), nil)
	if err != nil {
		return err
	}
	if r.target.authorization != "" {
		req.Header.Set("Authorization", r.target.authorization)
	}
	res, err := r.remotes.transport.RoundTrip(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode/100 != 2 {
		return fmt.Errorf("answered %d", res.StatusCode)
	}
	_, err = io.CopyN(io.Discard, res.Body, maxProbe)
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}
