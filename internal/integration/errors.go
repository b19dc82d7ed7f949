package integration

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"os"

	"github.com/gatehouse-gateway/gatehouse/http1"
)

// What Do returns wraps exactly one of these, for errors.Is. The status in brackets
// is the one that REST APIs answer.
// Spec: rest-api 9.1.
var (
	// ErrTimeout means that there was no complete response before the deadline (504
	// "Endpoint request timed out").
	ErrTimeout = errors.New("endpoint request timed out")
	// ErrNetwork means that the connection was refused or broke, TLS failed, or what
	// came was not HTTP (504 "Network error communicating with endpoint").
	ErrNetwork = errors.New("network error communicating with endpoint")
	// ErrBadEndpoint means that the scheme, host or port is malformed (500 "Invalid
	// endpoint address").
	ErrBadEndpoint = errors.New("invalid endpoint address")
	// ErrUnresolvable means that the host has no address (500, like ErrBadEndpoint).
	ErrUnresolvable = errors.New("endpoint address cannot be resolved")
	// ErrDenied means that the address is one that must not be called (500).
	ErrDenied = errors.New("endpoint address is denied")
	// ErrUntrusted means that the certificate is not trusted, has expired, or is for
	// another host (500).
	// Spec: rest-api 9.1, unconfirmed: 500 and not 504.
	ErrUntrusted = errors.New("endpoint certificate is not trusted")
	// ErrResponseTooLarge means that the body exceeds Call.MaxBody (500).
	ErrResponseTooLarge = errors.New("endpoint response too large")
	// ErrInvalidCall means that the call can't be written as HTTP: a malformed method,
	// target or header field (500).
	ErrInvalidCall = errors.New("request cannot be sent")
	// ErrBody means that Call.BodyStream failed or had another length than announced:
	// the fault is on the client's side. The stream's error is wrapped, too.
	ErrBody = errors.New("request body failed")
	// ErrCanceled means that the context ended.
	ErrCanceled = errors.New("call canceled")
	// ErrBusy means that Options.MaxOpen connections are in use (504).
	ErrBusy = errors.New("too many connections to endpoints")
)

// failure wraps err, which the connection gave, in the sentinel that it means.
func failure(ctx context.Context, err error) error {
	return fmt.Errorf("%w: %w", meaning(ctx, err), err)
}

// meaning is the only place where an error of the network gets its meaning.
func meaning(ctx context.Context, err error) error {
	var (
		noName  *net.DNSError
		noTrust *tls.CertificateVerificationError
		badAddr *net.AddrError
	)
	switch {
	case ctx.Err() == context.Canceled:
		return ErrCanceled
	case errors.Is(err, ErrDenied):
		return ErrDenied
	case errors.As(err, &noTrust), errors.Is(err, ErrUntrusted):
		return ErrUntrusted
	case errors.Is(err, os.ErrDeadlineExceeded), errors.Is(err, context.DeadlineExceeded):
		return ErrTimeout
	case errors.As(err, &noName):
		return ErrUnresolvable
	case errors.As(err, &badAddr):
		return ErrBadEndpoint
	case errors.Is(err, http1.ErrInvalidField), errors.Is(err, http1.ErrInvalidLine):
		return ErrInvalidCall
	}
	return ErrNetwork
}
