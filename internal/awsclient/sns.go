package awsclient

import (
	"context"
	"encoding/base64"
	"maps"
	"net/url"
	"slices"
	"strconv"

	"github.com/gatehouse-gateway/gatehouse/sigv4"
)

// Publish sends a message to a topic.
func (c *Client) Publish(ctx context.Context, topic ARN, m Message) error {
	form := url.Values{"Action": {"Publish"}, "Version": {"2010-03-31"}, "TopicArn": {topic.String()}, "Message": {m.Body}}
	for i, name := range slices.Sorted(maps.Keys(m.Attributes)) {
		entry, a := "MessageAttributes.entry."+strconv.Itoa(i+1)+".", m.Attributes[name]
		form.Set(entry+"Name", name)
		form.Set(entry+"Value.DataType", a.Type)
		if a.Binary != nil {
			form.Set(entry+"Value.BinaryValue", base64.StdEncoding.EncodeToString(a.Binary))
		} else {
			form.Set(entry+"Value.StringValue", a.Text)
		}
	}
	call := Call{Service: SNS, Region: topic.Region, Method: "POST", Body: []byte(form.Encode())}
	call.Header = []sigv4.Field{{Name: "Content-Type", Value: "application/x-www-form-urlencoded; charset=utf-8"}}
	if m.TraceID != "" {
		call.Header = append(call.Header, sigv4.Field{Name: "X-Amzn-Trace-Id", Value: m.TraceID})
	}
	answer, err := c.Do(ctx, call)
	if err != nil {
		return err
	}
	return answer.Err(SNS)
}
