package settings

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/gatehouse-gateway/gatehouse/internal/awsclient"
	"github.com/gatehouse-gateway/gatehouse/internal/control/lambda/state"
	"github.com/gatehouse-gateway/gatehouse/internal/control/lambda/wire"
	"github.com/gatehouse-gateway/gatehouse/internal/definition"
	"github.com/gatehouse-gateway/gatehouse/internal/functions"
	"github.com/gatehouse-gateway/gatehouse/internal/notify"
)

// errNoFunctionEvents is what the operations that list and set say of functions, versions and aliases that are not there. Recorded.
var errNoFunctionEvents = wire.NotFound("The function doesn't exist.")

// eventInvokeRef names what a configuration is of, a function being its newest version.
func eventInvokeRef(ctx context.Context, name, qualifier *string) (functions.Ref, error) {
	ref, err := state.Ref(ctx, name, qualifier)
	if ref.Qualifier == "" {
		ref.Qualifier = functions.Latest
	}
	return ref, err
}

// errNoEventInvoke is the answer whether the function exists or not. Recorded.
func errNoEventInvoke(ref functions.Ref) error {
	return wire.NotFound("The function %s doesn't have an EventInvokeConfig", ref.ARN())
}

func (o *Operations) getEventInvoke(ctx context.Context, in *wire.GetFunctionEventInvokeConfigRequest) (*wire.FunctionEventInvokeConfig, error) {
	ref, err := eventInvokeRef(ctx, in.FunctionName, in.Qualifier)
	if err != nil {
		return nil, err
	}
	doc, err := o.state.Get(ctx, ref, errNoEventInvoke(ref))
	if err != nil {
		return nil, err
	}
	stored := doc.EventInvoke[ref.Qualifier]
	if stored == nil {
		return nil, errNoEventInvoke(ref)
	}
	return showEventInvoke(ref, stored), nil
}

func (o *Operations) deleteEventInvoke(ctx context.Context, in *wire.DeleteFunctionEventInvokeConfigRequest) (*wire.None, error) {
	ref, err := eventInvokeRef(ctx, in.FunctionName, in.Qualifier)
	if err != nil {
		return nil, err
	}
	_, err = o.state.Change(ctx, ref, errNoEventInvoke(ref), func(doc *definition.Function) error {
		if doc.EventInvoke[ref.Qualifier] == nil {
			return errNoEventInvoke(ref)
		}
		delete(doc.EventInvoke, ref.Qualifier)
		return nil
	})
	return nil, err
}

func (o *Operations) listEventInvoke(ctx context.Context, in *wire.ListFunctionEventInvokeConfigsRequest) (*wire.ListFunctionEventInvokeConfigsResponse, error) {
	ref, err := state.Ref(ctx, in.FunctionName, nil)
	if err != nil {
		return nil, err
	}
	doc, err := o.state.Get(ctx, ref, errNoFunctionEvents)
	if err != nil {
		return nil, err
	}
	qualifiers, next, err := wire.Page(slices.Sorted(maps.Keys(doc.EventInvoke)), func(q string) string { return q }, in.MaxItems, in.Marker)
	if err != nil {
		return nil, err
	}
	out := &wire.ListFunctionEventInvokeConfigsResponse{FunctionEventInvokeConfigs: make([]wire.FunctionEventInvokeConfig, len(qualifiers)), NextMarker: next}
	for i, qualifier := range qualifiers {
		ref.Qualifier = qualifier
		out.FunctionEventInvokeConfigs[i] = *showEventInvoke(ref, doc.EventInvoke[qualifier])
	}
	return out, nil
}

// putEventInvoke replaces a configuration.
func (o *Operations) putEventInvoke(ctx context.Context, in *wire.PutFunctionEventInvokeConfigRequest) (*wire.FunctionEventInvokeConfig, error) {
	ref, err := eventInvokeRef(ctx, in.FunctionName, in.Qualifier)
	if err != nil {
		return nil, err
	}
	change := eventInvokeChange{in.MaximumRetryAttempts, in.MaximumEventAgeInSeconds, in.DestinationConfig}
	return o.setEventInvoke(ctx, ref, change, func(doc *definition.Function) (*definition.FunctionEventInvoke, error) {
		return new(definition.FunctionEventInvoke), nil
	})
}

// updateEventInvoke changes what the call names and leaves the rest.
func (o *Operations) updateEventInvoke(ctx context.Context, in *wire.UpdateFunctionEventInvokeConfigRequest) (*wire.FunctionEventInvokeConfig, error) {
	ref, err := eventInvokeRef(ctx, in.FunctionName, in.Qualifier)
	if err != nil {
		return nil, err
	}
	change := eventInvokeChange{in.MaximumRetryAttempts, in.MaximumEventAgeInSeconds, in.DestinationConfig}
	return o.setEventInvoke(ctx, ref, change, func(doc *definition.Function) (*definition.FunctionEventInvoke, error) {
		if stored := doc.EventInvoke[ref.Qualifier]; stored != nil {
			return stored, nil
		}
		return nil, errNoEventInvoke(ref)
	})
}

// eventInvokeChange is what a call says about a configuration.
type eventInvokeChange struct {
	retries      *int64
	age          *int64 // seconds
	destinations *wire.DestinationConfig
}

// setEventInvoke stores a change of the configuration that begin begins with.
func (o *Operations) setEventInvoke(ctx context.Context, ref functions.Ref, c eventInvokeChange, begin func(*definition.Function) (*definition.FunctionEventInvoke, error)) (*wire.FunctionEventInvokeConfig, error) {
	doc, err := o.state.Get(ctx, ref, errNoFunctionEvents)
	if err != nil {
		return nil, err
	}
	if _, _, ok := state.Version(doc, ref); !ok {
		return nil, errNoFunctionEvents
	}
	if c == (eventInvokeChange{}) {
		return nil, wire.Invalid("You must specify at least one of error handling or destination setting.")
	}
	if err := o.checkDestinations(ctx, ref, c.destinations); err != nil {
		return nil, err
	}
	doc, err = o.state.Change(ctx, ref, errNoFunctionEvents, func(doc *definition.Function) error {
		if _, _, ok := state.Version(doc, ref); !ok {
			return errNoFunctionEvents
		}
		stored, err := begin(doc)
		if err != nil {
			return err
		}
		c.apply(stored)
		stored.LastModified = o.state.Now()
		if doc.EventInvoke == nil {
			doc.EventInvoke = make(map[string]*definition.FunctionEventInvoke)
		}
		doc.EventInvoke[ref.Qualifier] = stored
		return nil
	})
	if err != nil {
		return nil, err
	}
	return showEventInvoke(ref, doc.EventInvoke[ref.Qualifier]), nil
}

func (c *eventInvokeChange) apply(to *definition.FunctionEventInvoke) {
	if c.retries != nil {
		to.MaximumRetryAttempts = wire.Ptr(int(*c.retries))
	}
	if c.age != nil {
		to.MaximumEventAge = int(*c.age)
	}
	if c.destinations == nil {
		return
	}
	if d := c.destinations.OnSuccess; d != nil {
		to.OnSuccess = wire.Value(d.Destination)
	}
	if d := c.destinations.OnFailure; d != nil {
		to.OnFailure = wire.Value(d.Destination)
	}
}

// checkDestinations refuses destinations that cannot be told. Recorded.
func (o *Operations) checkDestinations(ctx context.Context, of functions.Ref, d *wire.DestinationConfig) error {
	if d == nil {
		return nil
	}
	if d.OnSuccess != nil {
		if err := o.checkDestination(ctx, of, wire.Value(d.OnSuccess.Destination), d); err != nil {
			return err
		}
		if strings.HasPrefix(wire.Value(d.OnSuccess.Destination), "arn:aws:s3:") { // buckets are told of failures only (unconfirmed)
			return errDestinations(d)
		}
	}
	if d.OnFailure != nil {
		return o.checkDestination(ctx, of, wire.Value(d.OnFailure.Destination), d)
	}
	return nil
}

func errDestinations(d *wire.DestinationConfig) error {
	return wire.Invalid("The provided destination config %s is invalid.", printDestinations(d))
}

func (o *Operations) checkDestination(ctx context.Context, of functions.Ref, to string, d *wire.DestinationConfig) error {
	if to == "" {
		return nil
	}
	service := ""
	if arn, err := awsclient.ParseARN(to); err == nil {
		service = arn.Service
	}
	invalid := wire.Invalid("The destination ARN %s is invalid.", to)
	switch {
	case service == "lambda":
		return o.checkFunctionDestination(ctx, of, to, invalid)
	case !notify.IsWeb(to) && !slices.Contains([]string{awsclient.SQS, awsclient.SNS, awsclient.Events, awsclient.S3}, service):
		return errDestinations(d)
	}
	target, err := notify.Parse(to)
	if err != nil {
		return invalid
	}
	if err := notify.Check(o.state.AWS, target); err != nil {
		return wire.Invalid("The destination %s cannot be reached: %v", to, err)
	}
	return nil
}

func (o *Operations) checkFunctionDestination(ctx context.Context, of functions.Ref, arn string, invalid error) error {
	to, err := functions.ParseARN(arn)
	if err != nil || to.AccountID != of.AccountID || to.Region != of.Region {
		return invalid
	}
	if to.Name == of.Name {
		return wire.Invalid("You can't specify the function as a destination for itself.")
	}
	doc, err := o.state.Get(ctx, to, invalid)
	if err != nil {
		return err
	}
	if _, _, ok := state.Version(doc, to); !ok {
		return invalid
	}
	return nil
}

// printDestinations is a configuration as messages of the service print it. Recorded.
func printDestinations(d *wire.DestinationConfig) string {
	success, failure := "null", "null"
	if d.OnSuccess != nil {
		success = fmt.Sprintf("OnSuccess(destination=%s)", wire.Or(d.OnSuccess.Destination, "null"))
	}
	if d.OnFailure != nil {
		failure = fmt.Sprintf("OnFailure(destination=%s)", wire.Or(d.OnFailure.Destination, "null"))
	}
	return fmt.Sprintf("DestinationConfig(onSuccess=%s, onFailure=%s)", success, failure)
}

// showEventInvoke is a configuration as clients see it.
func showEventInvoke(ref functions.Ref, stored *definition.FunctionEventInvoke) *wire.FunctionEventInvokeConfig {
	out := &wire.FunctionEventInvokeConfig{
		FunctionArn: wire.Ptr(ref.ARN()), LastModified: &stored.LastModified,
		DestinationConfig: &wire.DestinationConfig{
			OnSuccess: &wire.OnSuccess{Destination: wire.NonZero(stored.OnSuccess)}, OnFailure: &wire.OnFailure{Destination: wire.NonZero(stored.OnFailure)},
		},
	}
	if stored.MaximumRetryAttempts != nil {
		out.MaximumRetryAttempts = wire.Int(*stored.MaximumRetryAttempts)
	}
	if stored.MaximumEventAge != 0 {
		out.MaximumEventAgeInSeconds = wire.Int(stored.MaximumEventAge)
	}
	return out
}
