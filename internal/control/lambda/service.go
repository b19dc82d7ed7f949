package lambda

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/gatehouse-gateway/gatehouse/awsproto"
	"github.com/gatehouse-gateway/gatehouse/internal/control/lambda/alias"
	"github.com/gatehouse-gateway/gatehouse/internal/control/lambda/download"
	"github.com/gatehouse-gateway/gatehouse/internal/control/lambda/eventsource"
	"github.com/gatehouse-gateway/gatehouse/internal/control/lambda/function"
	"github.com/gatehouse-gateway/gatehouse/internal/control/lambda/invoke"
	"github.com/gatehouse-gateway/gatehouse/internal/control/lambda/layer"
	"github.com/gatehouse-gateway/gatehouse/internal/control/lambda/policy"
	"github.com/gatehouse-gateway/gatehouse/internal/control/lambda/settings"
	"github.com/gatehouse-gateway/gatehouse/internal/control/lambda/state"
	"github.com/gatehouse-gateway/gatehouse/internal/control/lambda/urls"
	"github.com/gatehouse-gateway/gatehouse/internal/control/lambda/wire"
)

// Service is the management API, with what the protocol does not say.
type Service struct {
	*awsproto.Service
	downloads *download.Downloads
}

// room is a package of operations.
type room interface{ Bind(*awsproto.Service) }

// refused are the operations that are not there yet.
var refused = []string{
	"CreateCapacityProvider", "DeleteCapacityProvider", "GetCapacityProvider", "ListCapacityProviders", "ListFunctionVersionsByCapacityProvider", "UpdateCapacityProvider",
	"GetFunctionScalingConfig", "PutFunctionScalingConfig",
	"CreateCodeSigningConfig", "DeleteCodeSigningConfig", "GetCodeSigningConfig", "ListFunctionsByCodeSigningConfig", "PutFunctionCodeSigningConfig", "UpdateCodeSigningConfig",
	"CheckpointDurableExecution", "DeleteDurableExecution", "GetDurableExecution", "GetDurableExecutionHistory", "GetDurableExecutionState", "ListDurableExecutionsByFunction",
	"PauseDurableExecution", "ResumeDurableExecution", "SendDurableExecutionCallbackFailure", "SendDurableExecutionCallbackHeartbeat",
	"SendDurableExecutionCallbackSuccess", "StopDurableExecution",
	"DeleteResourcePolicy", "GetResourcePolicy", "PutResourcePolicy",
}

// NewService returns the service on a state. The error says which operations are bound wrongly, or not at all.
func NewService(s *state.State) (*Service, error) {
	model, err := wire.ServiceModel()
	if err != nil {
		return nil, err
	}
	service, err := awsproto.NewService(model)
	if err != nil {
		return nil, err
	}
	service.Dialect = wire.Dialect
	downloads := &download.Downloads{Box: s.Box, Snapshots: s.Snapshots, Now: s.Now}
	layers := layer.New(s, downloads)
	for _, r := range []room{function.New(s, downloads, layers), layers, alias.New(s), policy.New(s), settings.New(s), eventsource.New(s), urls.New(s), invoke.New(s)} {
		r.Bind(service)
	}
	for _, name := range refused {
		service.Refuse(name, wire.Unsupported("The operation "+name))
	}
	if err := service.Check(); err != nil {
		return nil, fmt.Errorf("lambda: %w", err)
	}
	return &Service{service, downloads}, nil
}

// traceHeader carries the trace that an invocation belongs to.
const traceHeader = "X-Amzn-Trace-Id"

// Handle answers a call.
func (s *Service) Handle(ctx context.Context, r *awsproto.Request) *awsproto.Response {
	if rest, ok := strings.CutSuffix(r.Path, "/"); ok { // older clients end the paths of lists with it
		r.Path = rest
	}
	if res := s.downloads.Handle(ctx, r); res != nil {
		return res
	}
	for _, f := range r.Header {
		if strings.EqualFold(f.Name, traceHeader) {
			ctx = invoke.WithTrace(ctx, f.Value)
		}
	}
	res := s.Service.Handle(ctx, r)
	if res.Status == 200 && strings.HasSuffix(r.Path, "/invocations") {
		// The model has no member for it: the payload of Invoke is JSON for everybody. Spec: functions B6.
		res.Header = append(res.Header, awsproto.Field{Name: "Content-Type", Value: "application/json"})
	}
	return res
}

// Opens reports whether a call needs no signature: the download of code.
func (s *Service) Opens(r *awsproto.Request) bool { return s.downloads.Opens(r) }

// MaxUpload is the greatest body of a call that brings code, in bytes: base64 makes four thirds of a zip file. Recorded.
const MaxUpload = 70_167_211

// MaxBody says how large the body of a call may be, in bytes, and what a larger one is answered; 0: as usual.
func (s *Service) MaxBody(r *awsproto.Request) (int64, *awsproto.Error) {
	op := s.Operation(&awsproto.Request{Method: r.Method, Path: strings.TrimSuffix(r.Path, "/"), Query: r.Query})
	if op == nil || !slices.Contains([]string{"CreateFunction", "UpdateFunctionCode", "PublishLayerVersion"}, op.Name) {
		return 0, nil
	}
	return MaxUpload, awsproto.NewError(413, "RequestEntityTooLargeException", fmt.Sprintf("Request must be smaller than %d bytes for the %s operation", MaxUpload, op.Name))
}
