package awsclient

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/gatehouse-gateway/gatehouse/sigv4"
)

// Message is what is sent to a queue or a topic.
type Message struct {
	Body       string
	Attributes map[string]Attribute
	TraceID    string // of X-Ray; "": none
}

// Attribute is a message attribute. Type is String, Number or Binary, and perhaps a name of its own behind a dot.
type Attribute struct {
	Type   string
	Text   string // of String and Number
	Binary []byte
}

// sqsAttribute is an attribute in the JSON of SQS.
type sqsAttribute struct {
	DataType    string
	StringValue *string `json:",omitempty"`
	BinaryValue []byte  `json:",omitempty"`
}

func sqsAttributes(all map[string]Attribute) map[string]sqsAttribute {
	out := make(map[string]sqsAttribute, len(all))
	for name, a := range all {
		if a.Binary != nil {
			out[name] = sqsAttribute{DataType: a.Type, BinaryValue: a.Binary}
		} else {
			out[name] = sqsAttribute{DataType: a.Type, StringValue: &a.Text}
		}
	}
	return out
}

// SendMessage puts a message into a queue.
func (c *Client) SendMessage(ctx context.Context, queue ARN, m Message) error {
	in := map[string]any{"QueueUrl": c.QueueURL(queue), "MessageBody": m.Body}
	if len(m.Attributes) > 0 {
		in["MessageAttributes"] = sqsAttributes(m.Attributes)
	}
	if m.TraceID != "" {
		in["MessageSystemAttributes"] = sqsAttributes(map[string]Attribute{"AWSTraceHeader": {Type: "String", Text: m.TraceID}})
	}
	return c.sqs(ctx, queue, "SendMessage", in, nil, 0)
}

// QueueURL is the address of a queue at its endpoint: {endpoint}/{account}/{name}.
func (c *Client) QueueURL(queue ARN) string {
	u, err := c.endpoints[SQS].url(SQS, queue.Region, "/"+sigv4.Escape(queue.AccountID)+"/"+sigv4.Escape(queue.Resource), "")
	if err != nil {
		return "" // the parts are escaped
	}
	return u.String()
}

// Received is a message from a queue. Names of the members are those of SQS.
type Received struct {
	MessageId              string //nolint:revive // as SQS spells it
	ReceiptHandle          string
	Body                   string
	MD5OfBody              string
	MD5OfMessageAttributes string
	Attributes             map[string]string
	MessageAttributes      map[string]ReceivedAttribute
}

// ReceivedAttribute is an attribute of such a message.
type ReceivedAttribute struct {
	DataType    string
	StringValue *string
	BinaryValue []byte
}

// Poll says how messages are received.
type Poll struct {
	Max        int           // messages, 10 at most
	Wait       time.Duration // for the first one, 20 seconds at most
	Visibility time.Duration // for which nobody else receives them; 0: as the queue is set
}

// maxReceived bounds an answer with messages, in bytes: ten of the greatest, with what JSON makes longer.
const maxReceived = 32 << 20

// ReceiveMessages takes messages from a queue, all attributes with them.
func (c *Client) ReceiveMessages(ctx context.Context, queue ARN, p Poll) ([]Received, error) {
	in := map[string]any{
		"QueueUrl": c.QueueURL(queue), "MaxNumberOfMessages": p.Max, "WaitTimeSeconds": int(p.Wait / time.Second),
		"AttributeNames": []string{"All"}, "MessageAttributeNames": []string{"All"},
	}
	if p.Visibility > 0 {
		in["VisibilityTimeout"] = seconds(p.Visibility)
	}
	var out struct{ Messages []Received }
	err := c.sqs(ctx, queue, "ReceiveMessage", in, &out, p.Wait)
	return out.Messages, err
}

// seconds rounds up: what is asked for shall last.
func seconds(d time.Duration) int { return int((d + time.Second - 1) / time.Second) }

// maxBatch is how many messages one call of SQS can be about.
const maxBatch = 10

// DeleteMessages takes messages out of a queue for good. The error is about those that are left.
func (c *Client) DeleteMessages(ctx context.Context, queue ARN, receiptHandles []string) error {
	return c.batches(ctx, queue, "DeleteMessageBatch", receiptHandles, nil)
}

// ChangeVisibility hides received messages for a time that begins now; 0 shows them at once.
func (c *Client) ChangeVisibility(ctx context.Context, queue ARN, receiptHandles []string, visibility time.Duration) error {
	return c.batches(ctx, queue, "ChangeMessageVisibilityBatch", receiptHandles, map[string]any{"VisibilityTimeout": seconds(visibility)})
}

// batches calls an operation on messages, ten at a time.
func (c *Client) batches(ctx context.Context, queue ARN, operation string, handles []string, more map[string]any) error {
	var failure error
	for len(handles) > 0 {
		n := min(len(handles), maxBatch)
		entries := make([]map[string]any, n)
		for i, handle := range handles[:n] {
			entries[i] = map[string]any{"Id": strconv.Itoa(i), "ReceiptHandle": handle}
			for name, value := range more {
				entries[i][name] = value
			}
		}
		handles = handles[n:]
		var out struct {
			Failed []struct{ Code, Message string }
		}
		if err := c.sqs(ctx, queue, operation, map[string]any{"QueueUrl": c.QueueURL(queue), "Entries": entries}, &out, 0); err != nil {
			failure = err
		} else if len(out.Failed) > 0 {
			failure = fmt.Errorf("%s of %d messages: %w", operation, len(out.Failed), &Error{SQS, 200, out.Failed[0].Code, out.Failed[0].Message})
		}
	}
	return failure
}

// QueueAttributes reads attributes of a queue.
func (c *Client) QueueAttributes(ctx context.Context, queue ARN, names ...string) (map[string]string, error) {
	var out struct{ Attributes map[string]string }
	err := c.sqs(ctx, queue, "GetQueueAttributes", map[string]any{"QueueUrl": c.QueueURL(queue), "AttributeNames": names}, &out, 0)
	return out.Attributes, err
}

// sqs calls an operation of SQS, which may take longer than usual for the time that it waits.
func (c *Client) sqs(ctx context.Context, queue ARN, operation string, in, out any, waits time.Duration) error {
	body, err := json.Marshal(in)
	if err != nil {
		return err
	}
	return c.json(ctx, Call{Service: SQS, Region: queue.Region, Body: body, Timeout: DefaultTimeout + waits, MaxAnswer: maxReceived}, "1.0", "AmazonSQS."+operation, out)
}

// json makes a call of the JSON protocol of a version, and reads the answer into out if that is not nil.
func (c *Client) json(ctx context.Context, call Call, version, target string, out any) error {
	call.Method = "POST"
	call.Header = []sigv4.Field{{Name: "Content-Type", Value: "application/x-amz-json-" + version}, {Name: "X-Amz-Target", Value: target}}
	answer, err := c.Do(ctx, call)
	if err != nil {
		return err
	}
	if err := answer.Err(call.Service); err != nil {
		return err
	}
	if out == nil {
		return nil
	}
	if err := json.Unmarshal(answer.Body, out); err != nil {
		return fmt.Errorf("%s: the answer to %s cannot be read: %w", call.Service, target, err)
	}
	return nil
}
