package notify

import (
	"context"
	"fmt"
	"time"

	"github.com/gatehouse-gateway/gatehouse/internal/awsclient"
	"github.com/gatehouse-gateway/gatehouse/sigv4"
)

// Message is what a target is told. What its kind has no place for is left out.
type Message struct {
	Body       []byte                         // for a bus: a JSON object
	Attributes map[string]awsclient.Attribute // of queues and topics
	TraceID    string                         // of X-Ray; "": none
	Source     string                         // of buses
	DetailType string                         // of buses
	Resources  []string                       // of buses, which add their own ARN
	Key        string                         // of the object in a bucket
}

// Bounds of one delivery to a web server.
const (
	webTime   = 5 * time.Second // an attempt
	maxAnswer = 64 << 10        // bytes
)

// Send tells a target.
func Send(ctx context.Context, c *awsclient.Client, t Target, m Message) error {
	switch {
	case t.web != nil:
		return post(ctx, c, t, m)
	case t.arn.Service == awsclient.SQS:
		return c.SendMessage(ctx, t.arn, awsclient.Message{Body: string(m.Body), Attributes: m.Attributes, TraceID: m.TraceID})
	case t.arn.Service == awsclient.SNS:
		return c.Publish(ctx, t.arn, awsclient.Message{Body: string(m.Body), Attributes: m.Attributes, TraceID: m.TraceID})
	case t.arn.Service == awsclient.Events:
		return c.PutEvent(ctx, t.arn, awsclient.BusEvent{
			Source: m.Source, DetailType: m.DetailType, Detail: string(m.Body), Resources: append([]string{t.arn.String()}, m.Resources...), TraceID: m.TraceID,
		})
	case t.arn.Service == awsclient.S3:
		return c.PutObject(ctx, awsclient.Object{Bucket: t.arn.Resource, Key: m.Key}, "application/json", m.Body)
	}
	return ErrTarget
}

func post(ctx context.Context, c *awsclient.Client, t Target, m Message) error {
	call := awsclient.Call{
		Service: "http", Endpoint: t.web.Scheme + "://" + t.web.Host, Unsigned: true, Method: "POST", Path: t.web.EscapedPath(), Query: t.web.RawQuery,
		Header: []sigv4.Field{{Name: "Content-Type", Value: "application/json"}}, Body: m.Body, Timeout: webTime, MaxAnswer: maxAnswer,
	}
	if m.TraceID != "" {
		call.Header = append(call.Header, sigv4.Field{Name: "X-Amzn-Trace-Id", Value: m.TraceID})
	}
	answer, err := c.Do(ctx, call)
	if err != nil {
		return err
	}
	if answer.Status/100 != 2 {
		return fmt.Errorf("%s answered %d", t.web.Host, answer.Status)
	}
	return nil
}
