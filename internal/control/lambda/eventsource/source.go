package eventsource

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gatehouse-gateway/gatehouse/awsproto"
	"github.com/gatehouse-gateway/gatehouse/internal/awsclient"
	"github.com/gatehouse-gateway/gatehouse/internal/control/lambda/state"
	"github.com/gatehouse-gateway/gatehouse/internal/control/lambda/wire"
	"github.com/gatehouse-gateway/gatehouse/internal/functions"
)

// otherSources are the services that the service knows as event sources, and Gatehouse does not.
var otherSources = []string{"kinesis", "dynamodb", "kafka", "mq", "rds"}

// readSource finds the queue of a new mapping.
func readSource(in *wire.CreateEventSourceMappingRequest) (awsclient.ARN, error) {
	unknown := wire.Invalid("Unrecognized event source.")
	if in.SelfManagedEventSource != nil {
		return awsclient.ARN{}, wire.Unsupported("SelfManagedEventSource (Kafka)")
	}
	arn, err := awsclient.ParseARN(wire.Value(in.EventSourceArn))
	switch {
	case err != nil:
		return arn, unknown
	case slices.Contains(otherSources, arn.Service):
		return arn, wire.Unsupported("An event source of the service " + arn.Service)
	case arn.Service != awsclient.SQS || arn.Region == "" || arn.AccountID == "" || strings.ContainsAny(arn.Resource, ":/"):
		return arn, unknown
	case in.StartingPosition != nil || in.StartingPositionTimestamp != nil:
		return arn, errForStreams("StartingPosition")
	case len(in.Topics) > 0:
		return arn, errForStreams("Topics")
	case len(in.Queues) > 0:
		return arn, errForStreams("Queues")
	}
	return arn, nil
}

// readFunction finds the function of a mapping, and how long it may run.
func (o *Operations) readFunction(ctx context.Context, name *string) (ref functions.Ref, timeout time.Duration, err error) {
	if ref, err = state.Ref(ctx, name, nil); err != nil {
		return ref, 0, err
	}
	absent := wire.Invalid("Function does not exist")
	doc, err := o.state.Get(ctx, ref, absent)
	if err != nil {
		return ref, 0, err
	}
	v, _, ok := state.Version(doc, ref)
	if !ok {
		return ref, 0, absent
	}
	return ref, time.Duration(v.Timeout) * time.Second, nil
}

// queueTime bounds the look at a queue.
const queueTime = 10 * time.Second

// checkQueue asks whether there is a queue, and whether it hides messages for as long as the function may run, as the service does.
func (o *Operations) checkQueue(ctx context.Context, queue awsclient.ARN, timeout time.Duration) error {
	if err := o.state.AWS.Check(awsclient.SQS); err != nil {
		return wire.Invalid("The event source %s cannot be reached: %v", queue, err)
	}
	ctx, cancel := context.WithTimeout(ctx, queueTime)
	defer cancel()
	attributes, err := o.state.AWS.QueueAttributes(ctx, queue, "VisibilityTimeout")
	var refused *awsclient.Error
	switch {
	case errors.As(err, &refused) && refused.Status < 500:
		return wire.Invalid("Error occurred while ReceiveMessage. SQS Error Code: %s. SQS Error Message: %s", refused.Code, refused.Message)
	case err != nil:
		slog.ErrorContext(ctx, "the queue of an event source mapping could not be looked at", "queue", queue, "error", err)
		return awsproto.NewError(503, "ServiceException", "The endpoint of SQS does not answer; the log of this gateway says why. Try again later.")
	}
	seconds, err := strconv.Atoi(attributes["VisibilityTimeout"])
	if hidden := time.Duration(seconds) * time.Second; err == nil && hidden < timeout {
		return wire.Invalid("Queue visibility timeout: %d seconds is less than Function timeout: %d seconds", seconds, int(timeout/time.Second))
	}
	return nil
}
