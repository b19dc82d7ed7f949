package blackbox

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gatehouse-gateway/gatehouse/test/awsservers"
)

// messagesInAll says how many messages are consumed: GATEHOUSE_MESSAGES=20000 measures, with a binary that has no race detector.
const messagesInAll = "GATEHOUSE_MESSAGES"

// notingAll writes a line per message.
const notingAll = `import os
out = os.open(os.environ["NOTES"], os.O_WRONLY | os.O_APPEND)
def handler(event, context):
    os.write(out, "".join(r["body"] + "\n" for r in event["Records"]).encode())
`

// TestAFullQueueIsConsumed feeds a function from a queue that is full already: each message comes once.
func TestAFullQueueIsConsumed(t *testing.T) {
	count := 500
	if text := os.Getenv(messagesInAll); text != "" {
		var err error
		if count, err = strconv.Atoi(text); err != nil {
			t.Fatal(err)
		}
		withoutRaceDetector(t)
	}
	notes := filepath.Join(t.TempDir(), "notes")
	if err := os.WriteFile(notes, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	mq := awsservers.ElasticMQ(t)
	c := awsservers.NewClient(t, mq, "sqs")
	queue := c.CreateQueue(serversRegion, "full", map[string]string{"VisibilityTimeout": "60"})
	for n := 0; n < count; n += 10 {
		var entries []any
		for i := n; i < min(n+10, count); i++ {
			entries = append(entries, map[string]any{"Id": strconv.Itoa(i), "MessageBody": strconv.Itoa(i)})
		}
		c.JSON("sqs", serversRegion, "AmazonSQS.SendMessageBatch", map[string]any{"QueueUrl": c.QueueURL(queue), "Entries": entries})
	}
	s := serveWithAWS(t, t.TempDir(), []string{"sqs=" + mq}, "--function-isolation", "process", "--log-level", "error")
	putFunction(t, s, "notes", notingAll, fmt.Sprintf(`,"Environment":{"Variables":{"NOTES":%q}}`, notes))
	begun := time.Now()
	s.must("POST", "/2015-03-31/event-source-mappings", fmt.Sprintf(`{"FunctionName":"notes","EventSourceArn":%q,"ScalingConfig":{"MaximumConcurrency":4}}`, queue))
	seen := awaitNotes(t, notes, count)
	took := time.Since(begun) - settleNotes
	for n := range count {
		if seen[n] != 1 {
			t.Errorf("message %d came %d times", n, seen[n])
		}
	}
	attributes, err := c.QueueAttributes(t.Context(), queue, "ApproximateNumberOfMessages")
	if err != nil || strings.TrimSpace(attributes["ApproximateNumberOfMessages"]) != "0" {
		t.Errorf("%v are left, %v", attributes, err)
	}
	t.Logf("%d messages in %v (%.0f/s)", count, took.Round(time.Millisecond), float64(count)/took.Seconds())
}
