package notify

import (
	"errors"
	"net/url"
	"strings"

	"github.com/gatehouse-gateway/gatehouse/internal/awsclient"
)

// Target is who can be told.
type Target struct {
	arn awsclient.ARN // of all but web servers
	web *url.URL      // of web servers
}

// ErrTarget means that a text names no target.
var ErrTarget = errors.New("names no queue, topic, event bus, bucket or web address")

// Parse reads the ARN of a standard queue or topic, an event bus or a bucket, or an address that begins with http:// or https://.
func Parse(text string) (Target, error) {
	if IsWeb(text) {
		u, err := url.Parse(text)
		if err != nil || u.Host == "" || u.User != nil || u.Fragment != "" {
			return Target{}, ErrTarget
		}
		return Target{web: u}, nil
	}
	arn, err := awsclient.ParseARN(text)
	if err != nil {
		return Target{}, ErrTarget
	}
	complete := arn.Region != "" && arn.AccountID != ""
	switch arn.Service {
	case awsclient.SQS, awsclient.SNS:
		// The service knows no FIFO queues and topics here.
		complete = complete && !strings.ContainsAny(arn.Resource, ":/") && !strings.HasSuffix(arn.Resource, ".fifo")
	case awsclient.Events:
		bus, ok := strings.CutPrefix(arn.Resource, "event-bus/")
		complete = complete && ok && bus != ""
	case awsclient.S3:
		complete = !strings.ContainsAny(arn.Resource, ":/")
	default:
		complete = false
	}
	if !complete {
		return Target{}, ErrTarget
	}
	return Target{arn: arn}, nil
}

// IsWeb reports whether a text is meant as the address of a web server.
func IsWeb(text string) bool {
	return strings.HasPrefix(text, "http://") || strings.HasPrefix(text, "https://")
}

// Service is the service of AWS that the target belongs to; "" for a web server.
func (t Target) Service() string { return t.arn.Service }

// Check returns an *awsclient.EndpointError when there is no way to a target.
func Check(c *awsclient.Client, t Target) error {
	if t.web != nil {
		return nil
	}
	return c.Check(t.arn.Service)
}
