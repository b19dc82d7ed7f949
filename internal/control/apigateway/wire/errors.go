package wire

import (
	"errors"
	"fmt"

	"github.com/gatehouse-gateway/gatehouse/awsproto"
	"github.com/gatehouse-gateway/gatehouse/internal/engine"
)

// BadRequest answers input that breaks a rule.
func BadRequest(format string, args ...any) *awsproto.Error {
	return awsproto.NewError(400, "BadRequestException", fmt.Sprintf(format, args...))
}

// NotFound answers an identifier that names nothing.
func NotFound(format string, args ...any) *awsproto.Error {
	return awsproto.NewError(404, "NotFoundException", fmt.Sprintf(format, args...))
}

// Conflict answers what cannot be beside what is there already.
func Conflict(format string, args ...any) *awsproto.Error {
	return awsproto.NewError(409, "ConflictException", fmt.Sprintf(format, args...))
}

// LimitExceeded answers what would pass a limit; the message names it.
func LimitExceeded(format string, args ...any) *awsproto.Error {
	return awsproto.NewError(429, "LimitExceededException", fmt.Sprintf(format, args...))
}

// ErrConcurrent is the answer to a change that others kept overtaking.
var ErrConcurrent = Conflict("Unable to complete operation due to concurrent modification. Please try again later.")

// retrySeconds is what clients are told to wait while the state cannot be reached.
const retrySeconds = 1

// FromEngine gives errors of the engine that an operation did not expect their answer. All others stay.
func FromEngine(err error) error {
	var known *awsproto.Error
	switch {
	case err == nil, errors.As(err, &known):
		return err
	case errors.Is(err, engine.ErrConflict):
		return ErrConcurrent
	case errors.Is(err, engine.ErrUnavailable), errors.Is(err, engine.ErrClosed):
		unavailable := awsproto.NewError(503, "ServiceUnavailableException", "The state of this gateway cannot be reached. Try again later.")
		unavailable.RetryAfter = retrySeconds
		return unavailable
	case errors.Is(err, engine.ErrCorrupt):
		return awsproto.NewError(500, "InternalFailure", "What this request names is damaged in the state of this gateway; its log says where.")
	case errors.Is(err, engine.ErrInvalid):
		return BadRequest("%v", err)
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
