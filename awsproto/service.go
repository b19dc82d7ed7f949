package awsproto

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"reflect"
	"slices"
)

const contentTypeJSON = "application/json"

// Field is a header field.
type Field struct{ Name, Value string }

// Request is a call as it arrived, its body read.
type Request struct {
	Method string
	Path   string // raw, with its escapes
	Query  string // raw
	Header []Field
	Body   []byte
}

// Response is the answer to a call.
type Response struct {
	Status int
	Header []Field
	Body   []byte
	// Stream is a body that is sent as it is read, in place of Body; nil: Body is. Whoever sends it closes it.
	Stream io.ReadCloser
}

func (r *Response) add(name, value string) { r.Header = append(r.Header, Field{name, value}) }

// Service serves the operations of a model.
type Service struct {
	Model    *Model
	Dialect  Dialect
	router   *router
	handlers map[string]handler
	refused  map[string]*Error
	problems []error
}

// Dialect is what the protocol leaves to a service. The zero value is that of API Gateway.
type Dialect struct {
	// ErrorMembers returns the members of an error's body; nil: message, and Error.Members.
	ErrorMembers func(*Error) map[string]string
	// ShortNames names the members that break a rule by their path alone, 'code.zipFile' instead of
	// 'createFunctionInput.code.zipFile', and says everything that a list's elements must be, not what they are not.
	ShortNames bool
}

type handler func(ctx context.Context, r *Request, op *Operation, labels []string, query url.Values) (*Response, error)

// NewService returns a service of which no operation is bound yet.
func NewService(m *Model) (*Service, error) {
	r, err := newRouter(m)
	if err != nil {
		return nil, err
	}
	return &Service{Model: m, router: r, handlers: make(map[string]handler), refused: make(map[string]*Error)}, nil
}

// Bind connects one operation of the model to the function that knows its rules. I and O are the structs generated for its
// input and output shapes; an operation without output takes struct{}. What does not fit is reported by Check.
func Bind[I, O any](s *Service, name string, fn func(context.Context, *I) (*O, error)) {
	BindStream(s, name, func(ctx context.Context, input *I) (*O, io.ReadCloser, error) {
		output, err := fn(ctx, input)
		return output, nil, err
	})
}

// BindStream is Bind for an operation whose answer has a body that is made while it is sent; a nil stream is none.
func BindStream[I, O any](s *Service, name string, fn func(context.Context, *I) (*O, io.ReadCloser, error)) {
	op := s.Model.Operations[name]
	if op == nil {
		s.problems = append(s.problems, fmt.Errorf("operation %s is not in the model", name))
		return
	}
	in, err := codecFor[I](s.Model, s.Model.Shapes[op.Input])
	if err != nil {
		s.problems = append(s.problems, fmt.Errorf("operation %s, input: %w", name, err))
		return
	}
	out, err := codecFor[O](s.Model, s.Model.Shapes[op.Output])
	if err != nil {
		s.problems = append(s.problems, fmt.Errorf("operation %s, output: %w", name, err))
		return
	}
	if s.handlers[name] != nil {
		s.problems = append(s.problems, fmt.Errorf("operation %s is bound twice", name))
	}
	s.handlers[name] = func(ctx context.Context, r *Request, op *Operation, labels []string, query url.Values) (*Response, error) {
		input := new(I)
		if err := in.decode(r, op, labels, query, input); err != nil {
			return nil, err
		}
		if err := in.validate(op, s.Dialect, reflect.ValueOf(input).Elem()); err != nil {
			return nil, err
		}
		output, stream, err := fn(ctx, input)
		if err != nil {
			return nil, err
		}
		res, err := out.encode(op, output)
		if err != nil {
			return nil, errors.Join(err, closeStream(stream))
		}
		res.Stream = stream
		return res, nil
	}
}

func closeStream(stream io.Closer) error {
	if stream == nil {
		return nil
	}
	return stream.Close()
}

// Refuse answers an operation with an error that says why it is not there.
func (s *Service) Refuse(name string, err *Error) { s.refused[name] = err }

// Refusal is the error that an operation is refused with, or nil.
func (s *Service) Refusal(name string) *Error { return s.refused[name] }

// Check reports every mistake in the bindings, and every operation that is neither bound nor refused.
func (s *Service) Check() error {
	problems := slices.Clone(s.problems)
	for _, name := range s.Model.OperationNames() {
		if s.handlers[name] == nil && s.refused[name] == nil {
			problems = append(problems, fmt.Errorf("operation %s is neither bound nor refused", name))
		}
	}
	return errors.Join(problems...)
}

// Operation finds the operation that a request is for, or nil.
func (s *Service) Operation(r *Request) *Operation {
	op, _, _ := s.router.find(r.Method, r.Path, parseQuery(r.Query))
	return op
}

// Handle answers a call. Errors of the bound function that are no *Error are logged and answered as internal failures.
func (s *Service) Handle(ctx context.Context, r *Request) *Response {
	query := parseQuery(r.Query)
	op, labels, _ := s.router.find(r.Method, r.Path, query)
	if op == nil {
		return s.response(errUnknownOperation())
	}
	handle := s.handlers[op.Name]
	if handle == nil {
		if refused := s.refused[op.Name]; refused != nil {
			return s.response(refused)
		}
		return s.response(errUnknownOperation())
	}
	res, err := handle(ctx, r, op, labels, query)
	if err == nil {
		return res
	}
	var failed *Error
	if !errors.As(err, &failed) {
		slog.ErrorContext(ctx, "operation failed", "operation", op.Name, "error", err)
		failed = errInternal()
	}
	return s.response(failed)
}

// parseQuery reads a query leniently: what is malformed is left out.
func parseQuery(raw string) url.Values {
	values, _ := url.ParseQuery(raw)
	return values
}
