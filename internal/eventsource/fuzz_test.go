package eventsource

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/gatehouse-gateway/gatehouse/internal/awsclient"
)

// FuzzReports holds that what succeeded is a part of the batch, in its order.
func FuzzReports(f *testing.F) {
	for _, answer := range []string{`{"batchItemFailures":[{"itemIdentifier":"b"}]}`, `{"batchItemFailures":[{"itemIdentifier":null}]}`, `null`, `[]`, `{"batchItemFailures":{}}`} {
		f.Add([]byte(answer))
	}
	batch := []message{{id: "a"}, {id: "b"}, {id: "c"}}
	f.Fuzz(func(t *testing.T, answer []byte) {
		good, err := succeeded(batch, answer)
		if err != nil && good != nil {
			t.Errorf("got %v with %v", good, err)
		}
		next := 0
		for _, m := range good {
			for next < len(batch) && batch[next].id != m.id {
				next++
			}
			next++
		}
		if next > len(batch) {
			t.Errorf("got %v", good)
		}
	})
}

// FuzzRecords holds that events are JSON with the bodies of their messages, whatever is in them, and that parts lose none.
func FuzzRecords(f *testing.F) {
	f.Add("plain", "text", 10)
	f.Add("<&>\u2028", `{"a":1}`, 1000)
	queue := awsclient.ARN{Partition: "aws", Service: "sqs", Region: "eu-west-1", AccountID: "111111111111", Resource: "q"}
	f.Fuzz(func(t *testing.T, first, second string, max int) {
		var all []message
		for _, body := range []string{first, second, first} {
			m, err := newMessage(queue, &awsclient.Received{MessageId: "id", Body: body})
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, m)
		}
		var seen [][]byte
		for _, part := range split(all, max) {
			var event struct{ Records []json.RawMessage }
			if err := json.Unmarshal(eventOf(part), &event); err != nil || len(event.Records) != len(part) {
				t.Fatalf("%v: %s", err, eventOf(part))
			}
			if len(part) > 1 && len(eventOf(part)) > max {
				t.Errorf("%d bytes are more than %d", len(eventOf(part)), max)
			}
			for _, r := range event.Records {
				seen = append(seen, r)
			}
		}
		if len(seen) != len(all) {
			t.Fatalf("%d of %d", len(seen), len(all))
		}
		for i, m := range all {
			if !bytes.Equal(seen[i], m.record) {
				t.Errorf("got %s, want %s", seen[i], m.record)
			}
		}
	})
}
