package eventsource

import (
	"bytes"
	"encoding/json"
	"strings"

	"github.com/gatehouse-gateway/gatehouse/eventpattern"
	"github.com/gatehouse-gateway/gatehouse/internal/awsclient"
)

// record is a message as functions get it. Spec: functions B8.
type record struct {
	MessageID              string               `json:"messageId"`
	ReceiptHandle          string               `json:"receiptHandle"`
	Body                   string               `json:"body"`
	Attributes             map[string]string    `json:"attributes"`
	MessageAttributes      map[string]attribute `json:"messageAttributes"`
	MD5OfMessageAttributes string               `json:"md5OfMessageAttributes,omitzero"`
	MD5OfBody              string               `json:"md5OfBody"`
	EventSource            string               `json:"eventSource"`
	EventSourceARN         string               `json:"eventSourceARN"`
	AWSRegion              string               `json:"awsRegion"`
}

type attribute struct {
	StringValue      *string  `json:"stringValue,omitzero"`
	BinaryValue      []byte   `json:"binaryValue,omitzero"`
	StringListValues []string `json:"stringListValues"`
	BinaryListValues []string `json:"binaryListValues"`
	DataType         string   `json:"dataType"`
}

// message is one that a poller holds.
type message struct {
	id, handle string
	record     []byte // JSON
}

func newMessage(queue awsclient.ARN, m *awsclient.Received) (message, error) {
	r := record{
		MessageID: m.MessageId, ReceiptHandle: m.ReceiptHandle, Body: m.Body, Attributes: m.Attributes, MessageAttributes: make(map[string]attribute, len(m.MessageAttributes)),
		MD5OfMessageAttributes: m.MD5OfMessageAttributes, MD5OfBody: m.MD5OfBody, EventSource: "aws:sqs", EventSourceARN: queue.String(), AWSRegion: queue.Region,
	}
	if r.Attributes == nil {
		r.Attributes = map[string]string{}
	}
	for name, a := range m.MessageAttributes {
		r.MessageAttributes[name] = attribute{a.StringValue, a.BinaryValue, []string{}, []string{}, a.DataType}
	}
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(&r)
	return message{m.MessageId, m.ReceiptHandle, bytes.TrimSuffix(text.Bytes(), []byte("\n"))}, err
}

// matches reports whether one of the patterns wants a message; without patterns every message is wanted. A body of a JSON object or list
// is looked into, any other is a text.
func matches(patterns []*eventpattern.Pattern, m message) bool {
	if len(patterns) == 0 {
		return true
	}
	tree, err := eventpattern.Decode(m.record)
	event, ok := tree.(map[string]any)
	if err != nil || !ok {
		return false // it was written a moment ago
	}
	body, _ := event["body"].(string)
	if start := strings.TrimLeft(body, " \t\r\n"); strings.HasPrefix(start, "{") || strings.HasPrefix(start, "[") {
		if inside, err := eventpattern.Decode([]byte(body)); err == nil {
			event["body"] = inside
		}
	}
	for _, p := range patterns {
		if p.Match(event) {
			return true
		}
	}
	return false
}

const (
	eventStart = `{"Records":[`
	eventEnd   = `]}`
)

// split makes parts of messages whose events have no more than max bytes each, unless it is one message alone.
func split(all []message, max int) [][]message {
	var parts [][]message
	begin, size := 0, len(eventStart)+len(eventEnd)
	for i, m := range all {
		if i > begin && size+len(m.record)+1 > max {
			parts = append(parts, all[begin:i])
			begin, size = i, len(eventStart)+len(eventEnd)
		}
		size += len(m.record) + 1
	}
	return append(parts, all[begin:])
}

// eventOf is the event of a batch.
func eventOf(batch []message) []byte {
	size := len(eventStart) + len(eventEnd)
	for _, m := range batch {
		size += len(m.record) + 1
	}
	event := append(make([]byte, 0, size), eventStart...)
	for i, m := range batch {
		if i > 0 {
			event = append(event, ',')
		}
		event = append(event, m.record...)
	}
	return append(event, eventEnd...)
}
