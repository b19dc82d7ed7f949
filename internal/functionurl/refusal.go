package functionurl

import (
	"errors"

	"github.com/gatehouse-gateway/gatehouse/internal/functions"
	"github.com/gatehouse-gateway/gatehouse/internal/integration/jsonscan"
	"github.com/gatehouse-gateway/gatehouse/sigv4"
)

// refusal is an answer that is not the function's.
type refusal struct {
	status    int
	errorType string // "": none is told
	body      string
	reason    string // for the operator
}

// The answers of functions B7. The texts of those that are not there are unconfirmed.
var (
	unknownURL = &refusal{403, "AccessDeniedException", `{"Message":null}`, "there is no such function URL"} // recorded
	forbidden  = &refusal{403, "AccessDeniedException",
		`{"Message":"Forbidden. For troubleshooting Function URL authorization issues, see: https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html"}`, ""} // recorded
	tooLarge    = &refusal{413, "RequestEntityTooLargeException", `{"Message":"Request Entity Too Large"}`, "the request is larger than an event may be"}
	overloaded  = &refusal{503, "ServiceUnavailableException", `{"Message":"Service Unavailable"}`, "the memory for payloads is in use"}
	closedAlias = forbidden.because("the alias of this function URL was deleted")
)

func (r refusal) because(reason string) *refusal {
	r.reason = reason
	return &r
}

// failed is the answer when the function has none that can be used.
func failed(reason string) *refusal {
	return &refusal{502, "InternalServerErrorException", "Internal Server Error", reason}
}

// refuseCall is the answer to a call that was not made.
func refuseCall(err error) *refusal {
	var throttled *functions.ThrottledError
	switch {
	case errors.As(err, &throttled):
		return &refusal{429, "TooManyRequestsException", `{"Reason":"` + throttled.Reason + `","Type":"User","message":"Rate Exceeded."}`, err.Error()}
	case errors.Is(err, functions.ErrPayloadTooLarge):
		return tooLarge
	case errors.Is(err, functions.ErrNoMemory):
		return overloaded
	}
	return failed(err.Error())
}

// refuseSignature is the answer to a signature that is none. Spec: access-control 5.6.
func refuseSignature(err error) *refusal {
	var wrong *sigv4.Error
	if !errors.As(err, &wrong) {
		return forbidden.because(err.Error())
	}
	if wrong.Type == sigv4.MissingAuthenticationToken {
		return forbidden.because("the request is not signed")
	}
	body := jsonscan.AppendString([]byte(`{"message":`), wrong.Message)
	return &refusal{403, string(wrong.Type), string(append(body, '}')), string(wrong.Type)}
}
