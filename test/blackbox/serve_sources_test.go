package blackbox

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gatehouse-gateway/gatehouse/internal/awsclient"
	"github.com/gatehouse-gateway/gatehouse/test/awsservers"
)

// consuming tells a URL every message that it gets, and reports those as failed whose bodies begin with bad, the first time.
const consuming = `import json, os, time, urllib.request
def tell(what):
    urllib.request.urlopen(urllib.request.Request(os.environ["REPORT_TO"], json.dumps(what).encode()), timeout=10).read()
def handler(event, context):
    failures = []
    for r in event["Records"]:
        count = int(r["attributes"]["ApproximateReceiveCount"])
        tell({"function": context.function_name, "id": context.aws_request_id, "event": {"body": r["body"], "count": count, "batch": len(event["Records"]), "record": r}})
        if r["body"].startswith("slow"):
            time.sleep(2)
        if r["body"].startswith("bad") and count == 1:
            failures.append({"itemIdentifier": r["messageId"]})
    return {"batchItemFailures": failures}
`

// consumer is a function that is fed from a queue.
type consumer struct {
	*reports
	c     *awsservers.Client
	s     *serveProcess
	mq    string // address
	queue awsclient.ARN
}

// startConsumer runs a queue server and a Gatehouse with a function.
func startConsumer(t *testing.T, dir string, visibility int, flags ...string) *consumer {
	t.Helper()
	c := &consumer{reports: newReports(t), mq: awsservers.ElasticMQ(t)}
	c.c = awsservers.NewClient(t, c.mq, "sqs")
	c.queue = c.c.CreateQueue(serversRegion, "work", map[string]string{"VisibilityTimeout": strconv.Itoa(visibility)})
	c.s = serveWithAWS(t, dir, []string{"sqs=" + c.mq}, flags...)
	putFunction(t, c.s, "consumes", consuming, fmt.Sprintf(`,"Environment":{"Variables":{"REPORT_TO":%q}}`, c.URL))
	c.s.must("PUT", "/2015-03-31/functions/consumes/configuration", fmt.Sprintf(`{"Timeout":%d}`, min(visibility, 30)))
	return c
}

// feed maps the queue to the function, and returns the path of the mapping.
func (c *consumer) feed(t *testing.T, more string) string {
	t.Helper()
	made := c.s.must("POST", "/2015-03-31/event-source-mappings/", fmt.Sprintf(`{"FunctionName":"consumes","EventSourceArn":%q%s}`, c.queue, more))
	var m struct{ UUID string }
	if err := json.Unmarshal([]byte(made), &m); err != nil {
		t.Fatal(err)
	}
	return "/2015-03-31/event-source-mappings/" + m.UUID
}

func (c *consumer) send(t *testing.T, bodies ...string) {
	t.Helper()
	for _, body := range bodies {
		if err := c.c.SendMessage(t.Context(), c.queue, awsclient.Message{Body: body, Attributes: map[string]awsclient.Attribute{"kind": {Type: "String", Text: "k"}}}); err != nil {
			t.Fatal(err)
		}
	}
}

// left is how many messages the queue has, hidden or not.
func (c *consumer) left(t *testing.T) int {
	t.Helper()
	attributes, err := c.c.QueueAttributes(t.Context(), c.queue, "ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible")
	if err != nil {
		t.Fatal(err)
	}
	left := 0
	for _, text := range attributes {
		n, err := strconv.Atoi(text)
		if err != nil {
			t.Fatal(err)
		}
		left += n
	}
	return left
}

// awaitEmpty waits until the queue has no message.
func (c *consumer) awaitEmpty(t *testing.T) {
	t.Helper()
	for deadline := time.Now().Add(2 * patience); c.left(t) > 0; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%d messages are left", c.left(t))
		}
	}
}

// counts are how often each message was handed over.
func counts(all []report) map[string]int {
	seen := make(map[string]int)
	for _, one := range all {
		body, _ := one.Event["body"].(string)
		seen[body]++
	}
	return seen
}

// TestPartialBatchFailures keeps the failed messages of batches in the queue, and only those. Spec: functions E23.
func TestPartialBatchFailures(t *testing.T) {
	t.Parallel()
	c := startConsumer(t, t.TempDir(), 3)
	var bodies []string
	for n := range 20 {
		bodies = append(bodies, "good"+strconv.Itoa(n))
		if n%4 == 0 {
			bodies = append(bodies, "bad"+strconv.Itoa(n))
		}
	}
	c.send(t, bodies...)
	c.feed(t, `,"FunctionResponseTypes":["ReportBatchItemFailures"]`)
	all := c.wait(t, "messages", func(all []report) bool { return len(all) >= len(bodies)+5 })
	c.awaitEmpty(t)
	for body, n := range counts(all) {
		want := 1
		if strings.HasPrefix(body, "bad") {
			want = 2
		}
		if n != want {
			t.Errorf("%s came %d times, want %d", body, n, want)
		}
	}
	record, _ := all[0].Event["record"].(map[string]any)
	attributes, _ := record["messageAttributes"].(map[string]any)
	kind, _ := json.Marshal(attributes["kind"])
	if string(kind) != `{"binaryListValues":[],"dataType":"String","stringListValues":[],"stringValue":"k"}` || record["eventSource"] != "aws:sqs" || record["eventSourceARN"] != c.queue.String() ||
		record["awsRegion"] != serversRegion || record["md5OfBody"] == "" || record["md5OfMessageAttributes"] == "" {
		t.Errorf("got %v", record)
	}
}

// TestMappingsThroughAQueue changes a mapping while messages come.
func TestMappingsThroughAQueue(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	c := startConsumer(t, dir, 3)
	path := c.feed(t, `,"Enabled":false,"FilterCriteria":{"Filters":[{"Pattern":"{\"body\":{\"price\":[{\"numeric\":[\">\",10]}]}}"}]}`)
	c.send(t, `{"price":11}`, `{"price":9}`, `plain`)
	if n := c.left(t); n != 3 {
		t.Errorf("%d messages are left of a disabled mapping", n)
	}
	c.s.must("PUT", path, `{"Enabled":true}`)
	c.awaitEmpty(t)
	c.s.must("PUT", path, `{"FilterCriteria":{},"BatchSize":50,"MaximumBatchingWindowInSeconds":2}`)
	for n := range 30 {
		c.send(t, "m"+strconv.Itoa(n))
	}
	c.awaitEmpty(t)
	all := c.wait(t, "messages", func(all []report) bool { return len(all) >= 31 })
	seen := counts(all)
	if len(all) != 31 || seen[`{"price":11}`] != 1 || seen[`{"price":9}`]+seen["plain"] != 0 {
		t.Errorf("got %v", seen)
	}
	if batch, _ := all[30].Event["batch"].(float64); batch < 15 {
		t.Errorf("the last batch had %v messages", batch)
	}
	// The next process goes on.
	c.s.stop()
	c.send(t, "later")
	c.s = serveWithAWS(t, dir, []string{"sqs=" + c.mq})
	c.wait(t, "a message after a restart", func(all []report) bool { return counts(all)["later"] == 1 })
	c.awaitEmpty(t)
	if got := c.s.must("DELETE", path, ""); !strings.Contains(got, `"State":"Deleting"`) {
		t.Errorf("got %s", got)
	}
	c.send(t, "never")
	if a := c.s.call(c.s.root, "lambda", "GET", path, ""); a.status != 404 || c.left(t) != 1 {
		t.Errorf("got %d %s, %d left", a.status, a.body, c.left(t))
	}
}

// TestTheEndWaitsForBatches ends the server while a batch runs: its message is deleted.
func TestTheEndWaitsForBatches(t *testing.T) {
	t.Parallel()
	c := startConsumer(t, t.TempDir(), 30)
	c.feed(t, "")
	c.send(t, "slow")
	c.wait(t, "the batch", func(all []report) bool { return len(all) == 1 })
	c.s.stop()
	if n := c.left(t); n != 0 {
		t.Errorf("%d messages are left", n)
	}
}

// TestThrottledFunctionsLeaveMessages has one execution for two mappings' worth of messages: all are handled, none is lost.
func TestThrottledFunctionsLeaveMessages(t *testing.T) {
	t.Parallel()
	c := startConsumer(t, t.TempDir(), 3)
	c.s.must("PUT", "/2017-10-31/functions/consumes/concurrency", `{"ReservedConcurrentExecutions":1}`)
	c.feed(t, `,"BatchSize":1`)
	var bodies []string
	for n := range 60 {
		bodies = append(bodies, "m"+strconv.Itoa(n))
	}
	c.send(t, bodies...)
	all := c.wait(t, "messages", func(all []report) bool { return len(counts(all)) == len(bodies) })
	c.awaitEmpty(t)
	t.Logf("%d messages were handed over %d times", len(bodies), len(all))
}

// TestFIFOQueuesKeepTheirOrder has two groups of messages.
func TestFIFOQueuesKeepTheirOrder(t *testing.T) {
	t.Parallel()
	c := startConsumer(t, t.TempDir(), 3)
	c.queue = c.c.CreateQueue(serversRegion, "ordered.fifo", map[string]string{"FifoQueue": "true", "VisibilityTimeout": "3"})
	const each = 8
	for n := range each {
		for _, group := range []string{"a", "b"} {
			c.c.JSON("sqs", serversRegion, "AmazonSQS.SendMessage", map[string]any{
				"QueueUrl": c.c.QueueURL(c.queue), "MessageBody": group + strconv.Itoa(n), "MessageGroupId": group, "MessageDeduplicationId": group + strconv.Itoa(n),
			})
		}
	}
	c.feed(t, `,"BatchSize":3`)
	all := c.wait(t, "messages", func(all []report) bool { return len(all) >= 2*each })
	c.awaitEmpty(t)
	order := make(map[byte]string)
	for _, one := range all {
		body, _ := one.Event["body"].(string)
		order[body[0]] += body + " "
	}
	for group, got := range order {
		want := ""
		for n := range each {
			want += string(group) + strconv.Itoa(n) + " "
		}
		if got != want {
			t.Errorf("got %s", got)
		}
	}
}

// TestMessagesSurviveKills kills the server again and again while a function consumes a queue: every message is handled.
func TestMessagesSurviveKills(t *testing.T) {
	t.Parallel()
	const rounds, each = 5, 40
	dir := t.TempDir()
	c := startConsumer(t, dir, 3)
	c.feed(t, `,"BatchSize":5`)
	r := rand.New(rand.NewPCG(5, 6))
	sent := make(map[string]bool)
	for round := range rounds {
		for n := range each {
			body := fmt.Sprintf("%d.%d", round, n)
			c.send(t, body)
			sent[body] = true
		}
		before := round * each / 2
		c.wait(t, "some messages", func(all []report) bool { return len(all) > before })
		pause := time.NewTimer(time.Duration(r.IntN(50)) * time.Millisecond)
		<-pause.C
		c.s.kill()
		c.s = serveWithAWS(t, dir, []string{"sqs=" + c.mq})
	}
	all := c.wait(t, "all messages", func(all []report) bool { return len(counts(all)) == len(sent) })
	c.awaitEmpty(t)
	t.Logf("%d kills, %d messages, handed over %d times", rounds, len(sent), len(all))
}
