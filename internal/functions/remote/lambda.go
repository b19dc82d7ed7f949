package remote

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"

	"github.com/gatehouse-gateway/gatehouse/internal/awsclient"
	"github.com/gatehouse-gateway/gatehouse/internal/functions"
	"github.com/gatehouse-gateway/gatehouse/sigv4"
)

// callLambda invokes the function through a Lambda API. Spec: functions B6.
func (r *Runner) callLambda(ctx context.Context, in *functions.Invocation, out *functions.Result) error {
	answer, err := r.remotes.opts.Lambda.Do(ctx, awsclient.Call{
		Service: awsclient.Lambda, Region: r.target.function.Region, Method: http.MethodPost,
		Path:   "/2015-03-31/functions/" + url.PathEscape(r.target.arn) + "/invocations",
		Header: lambdaHeader(in), Body: in.Payload, Attempts: 1, Timeout: r.function.Timeout, MaxAnswer: r.remotes.opts.MaxAnswer,
	})
	switch {
	case errors.Is(err, awsclient.ErrAnswerTooLarge):
		r.tooLarge(out)
		return nil
	case err != nil:
		return err
	case answer.Status == http.StatusTooManyRequests:
		return &functions.ThrottledError{Reason: throttleReason(answer.Body)}
	case answer.Status != http.StatusOK:
		return answer.Err("lambda")
	}
	out.Payload, out.FunctionError = answer.Body, answer.Header.Get("X-Amz-Function-Error")
	if text := answer.Header.Get("X-Amz-Log-Result"); in.Tail {
		out.Log, _ = base64.StdEncoding.DecodeString(text) // what is no text has no log
	}
	return nil
}

func lambdaHeader(in *functions.Invocation) []sigv4.Field {
	header := []sigv4.Field{{Name: "Content-Type", Value: "application/json"}}
	if in.Tail {
		header = append(header, sigv4.Field{Name: "X-Amz-Log-Type", Value: "Tail"})
	}
	if len(in.ClientContext) > 0 {
		header = append(header, sigv4.Field{Name: "X-Amz-Client-Context", Value: base64.StdEncoding.EncodeToString(in.ClientContext)})
	}
	if in.TraceID != "" {
		header = append(header, sigv4.Field{Name: "X-Amzn-Trace-Id", Value: in.TraceID})
	}
	return header
}

// throttleReason is why the other side had no room.
func throttleReason(body []byte) string {
	var said struct{ Reason string }
	if json.Unmarshal(body, &said) != nil || said.Reason == "" {
		return functions.ReasonAccount
	}
	return said.Reason
}
