package wire

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"

	"github.com/gatehouse-gateway/gatehouse/awsproto"
	"github.com/gatehouse-gateway/gatehouse/internal/engine"
)

// Types of errors that have their own form, or that more than one room gives.
const (
	notFoundType   = "ResourceNotFoundException"
	validationType = "ValidationException"
)

// Dialect is how the service writes errors. Spec: functions B1, recorded: ResourceNotFoundException has Message where all others
// have message, and a ValidationException has nothing else.
var Dialect = awsproto.Dialect{ShortNames: true, ErrorMembers: errorMembers}

func errorMembers(e *awsproto.Error) map[string]string {
	body := map[string]string{"Type": "User"}
	if e.Status >= 500 {
		body["Type"] = "Service"
	}
	maps.Copy(body, e.Members)
	if body["Type"] == "" {
		delete(body, "Type") // see Untyped
	}
	switch e.Type {
	case notFoundType:
		body["Message"] = e.Message
	case validationType:
		return map[string]string{"message": e.Message}
	default:
		body["message"] = e.Message
	}
	return body
}

// Invalid answers input that breaks a rule.
func Invalid(format string, args ...any) *awsproto.Error {
	return awsproto.NewError(400, "InvalidParameterValueException", fmt.Sprintf(format, args...))
}

// Untyped is Invalid for the few rules whose errors have no Type. Recorded.
func Untyped(format string, args ...any) *awsproto.Error {
	e := Invalid(format, args...)
	e.Members = map[string]string{"Type": ""}
	return e
}

// Validation answers a member that breaks a rule in the words of the model's rules.
func Validation(value, member, constraint string) *awsproto.Error {
	return awsproto.NewError(400, validationType, "1 validation error detected: Value '"+value+"' at '"+member+"' failed to satisfy constraint: "+constraint)
}

// Unsupported refuses a member that the service has and Gatehouse has not, by name: accepting it would pretend that it has an
// effect.
func Unsupported(member string) *awsproto.Error {
	return Invalid("%s is not supported by Gatehouse yet", member)
}

// NotFound answers a name that names nothing.
func NotFound(format string, args ...any) *awsproto.Error {
	return awsproto.NewError(404, notFoundType, fmt.Sprintf(format, args...))
}

// ErrNoResource is what the service says of many things that do not exist.
var ErrNoResource = NotFound("The resource you requested does not exist.")

// Conflict answers what cannot be beside what is there already, or now.
func Conflict(format string, args ...any) *awsproto.Error {
	return awsproto.NewError(409, "ResourceConflictException", fmt.Sprintf(format, args...))
}

// Precondition answers a revision id that is not the latest; with says how to get that. Spec: functions B1.
func Precondition(with string) *awsproto.Error {
	return awsproto.NewError(412, "PreconditionFailedException", "The Revision Id provided does not match the latest Revision Id. Call the "+with+" API to retrieve the latest Revision Id")
}

// errService answers what is no mistake of the client.
func errService(status int, message string) *awsproto.Error {
	return awsproto.NewError(status, "ServiceException", message)
}

// retrySeconds is what clients are told to wait while the state cannot be reached.
const retrySeconds = 1

// FromEngine gives errors of the engine that an operation did not expect their answer. All others stay.
func FromEngine(err error) error {
	var known *awsproto.Error
	switch {
	case err == nil, errors.As(err, &known):
		return err
	case errors.Is(err, engine.ErrConflict):
		return Conflict("The operation cannot be performed at this time: others change the function. Please try again later.")
	case errors.Is(err, engine.ErrUnavailable), errors.Is(err, engine.ErrClosed):
		unavailable := errService(503, "The state of this gateway cannot be reached. Try again later.")
		unavailable.RetryAfter = retrySeconds
		return unavailable
	case errors.Is(err, engine.ErrCorrupt):
		return errService(500, "What this request names is damaged in the state of this gateway; its log says where.")
	case errors.Is(err, engine.ErrInvalid):
		return Invalid("%v", err)
	}
	return err
}

// OrNotFound returns notFound when err says that a document does not exist, else err.
func OrNotFound(err error, notFound error) error {
	if errors.Is(err, engine.ErrNotFound) {
		return notFound
	}
	return err
}

// Bind connects an operation of the model to the function that knows its rules, and gives errors of the engine their
// answer.
func Bind[I, O any](s *awsproto.Service, name string, fn func(context.Context, *I) (*O, error)) {
	awsproto.Bind(s, name, func(ctx context.Context, in *I) (*O, error) {
		out, err := fn(ctx, in)
		return out, FromEngine(err)
	})
}

// BindStream is Bind for an operation whose answer has a body that is made while it is sent.
func BindStream[I, O any](s *awsproto.Service, name string, fn func(context.Context, *I) (*O, io.ReadCloser, error)) {
	awsproto.BindStream(s, name, func(ctx context.Context, in *I) (*O, io.ReadCloser, error) {
		out, stream, err := fn(ctx, in)
		return out, stream, FromEngine(err)
	})
}

// None is the output of operations that have none.
type None = struct{}
