package lambda_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

const mappingsPath = "/2015-03-31/event-source-mappings"

// queues answers as SQS does: there is no queue whose name has none in it, and the one named brief hides messages for two seconds.
func queues(t *testing.T) map[string]string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		var in struct{ QueueUrl string } //nolint:revive // as SQS spells it
		_ = json.Unmarshal(body, &in)
		switch {
		case strings.Contains(in.QueueUrl, "none"):
			w.Header().Set("X-Amzn-Query-Error", "AWS.SimpleQueueService.NonExistentQueue;Sender")
			w.WriteHeader(400)
			_, _ = io.WriteString(w, `{"__type":"com.amazonaws.sqs#QueueDoesNotExist","message":"The specified queue does not exist."}`)
		case strings.Contains(in.QueueUrl, "brief"):
			_, _ = io.WriteString(w, `{"Attributes":{"VisibilityTimeout":"2"}}`)
		default:
			_, _ = io.WriteString(w, `{"Attributes":{"VisibilityTimeout":"30"}}`)
		}
	}))
	t.Cleanup(s.Close)
	return map[string]string{"sqs": s.URL}
}

// feed is the body that maps a queue to a function, with more members.
func feed(queue, function, more string) string {
	return fmt.Sprintf(`{"EventSourceArn":"arn:aws:sqs:us-east-1:111111111111:%s","FunctionName":%q%s}`, queue, function, more)
}

func TestMappingLifecycle(t *testing.T) {
	f := newFixtureWith(t, queues(t))
	f.create("hello", "")
	made := f.must("POST "+mappingsPath+"/", feed("orders", "hello", `,"Tags":{"team":"blue"}`))
	uuid := made.member("UUID")
	creating := `202  {"UUID":"` + uuid + `","BatchSize":10,"MaximumBatchingWindowInSeconds":0,"EventSourceArn":"` + strings.TrimSuffix(someQueue, "q") + `orders","FunctionArn":"` + arn + `hello","LastModified":1773568800,` +
		`"State":"Creating","StateTransitionReason":"USER_INITIATED","FunctionResponseTypes":[],"EventSourceMappingArn":"arn:aws:lambda:us-east-1:111111111111:event-source-mapping:` + uuid + `"}`
	if made.String() != creating {
		t.Errorf("got  %s\nwant %s", made, creating)
	}
	one := mappingsPath + "/" + uuid
	states := func(r reply, state string) {
		t.Helper()
		if got := r.member("State"); got != state {
			t.Errorf("got %s, want %s", got, state)
		}
	}
	states(f.must("GET "+one, ""), "Enabled")
	states(f.must("PUT "+one, `{"Enabled":false}`), "Disabling")
	states(f.must("GET "+one, ""), "Disabled")
	states(f.must("PUT "+one, `{"Enabled":true}`), "Enabling")
	changed := f.must("PUT "+one, `{"BatchSize":100,"MaximumBatchingWindowInSeconds":5,"FunctionResponseTypes":["ReportBatchItemFailures"],"ScalingConfig":{"MaximumConcurrency":3},"FilterCriteria":{"Filters":[{"Pattern":"{\"body\":[\"x\"]}"}]}}`)
	states(changed, "Updating")
	for _, member := range []string{`"BatchSize":100`, `"MaximumBatchingWindowInSeconds":5`, `"FunctionResponseTypes":["ReportBatchItemFailures"]`, `"ScalingConfig":{"MaximumConcurrency":3}`, `"FilterCriteria":{"Filters":[{"Pattern":"{\"body\":[\"x\"]}"}]}`} {
		if got := f.must("GET "+one, "").text; !strings.Contains(got, member) {
			t.Errorf("%s has no %s", got, member)
		}
	}
	cleared := f.must("PUT "+one, `{"FunctionResponseTypes":[],"ScalingConfig":{},"FilterCriteria":{},"BatchSize":1}`).text
	if strings.Contains(cleared, "Scaling") || strings.Contains(cleared, "Filter") || !strings.Contains(cleared, `"FunctionResponseTypes":[]`) {
		t.Errorf("got %s", cleared)
	}
	tags := "/2017-03-31/tags/" + made.member("EventSourceMappingArn")
	f.must("POST "+tags, `{"Tags":{"size":"small"}}`)
	f.must("DELETE "+tags+"?tagKeys=team", "")
	if got := f.must("GET "+tags, "").text; got != `{"Tags":{"size":"small"}}` {
		t.Errorf("got %s", got)
	}
	f.must("DELETE "+functionsPath+"/hello", "") // leaves it
	states(f.must("DELETE "+one, ""), "Deleting")
	const gone = `404 ResourceNotFoundException {"Message":"The resource you requested does not exist.","Type":"User"}`
	f.check(want{"GET " + one, "", gone}, want{"DELETE " + one, "", gone}, want{"PUT " + one, `{"BatchSize":1}`, gone}, want{"GET " + tags, "", gone}, want{"POST " + tags, `{"Tags":{}}`, gone})
}

func TestMappingsAreListed(t *testing.T) {
	f := newFixtureWith(t, queues(t))
	f.create("hello", `,"Publish":true`)
	f.create("other", "")
	for _, body := range []string{feed("a", "hello", ""), feed("b", "hello", ""), feed("a", "hello:1", ""), feed("a", "other", `,"Enabled":false`)} {
		f.must("POST "+mappingsPath, body)
	}
	for query, want := range map[string]int{
		"": 4, "?FunctionName=hello": 2, "?FunctionName=hello:1": 1, "?FunctionName=hello:$LATEST": 2, "?FunctionName=none": 0, "?EventSourceArn=arn:aws:sqs:us-east-1:111111111111:a": 3,
		"?FunctionName=other&EventSourceArn=arn:aws:sqs:us-east-1:111111111111:b": 0,
	} {
		if got := strings.Count(f.must("GET "+mappingsPath+query, "").text, `"UUID"`); got != want {
			t.Errorf("%s: got %d, want %d", query, got, want)
		}
	}
	first := f.must("GET "+mappingsPath+"?MaxItems=3", "")
	if rest := f.must("GET "+mappingsPath+"?Marker="+first.member("NextMarker"), ""); strings.Count(first.text, `"UUID"`) != 3 || strings.Count(rest.text, `"UUID"`) != 1 {
		t.Errorf("got %s and %s", first, rest)
	}
	f.must("POST "+mappingsPath, feed("c", "other", ""))
	f.check(want{"POST " + mappingsPath, feed("d", "other", ""), badInput + `There are 5 event source mappings in this region already, the limit event source mappings per account."}`})
}

func TestMappingsThatCannotBe(t *testing.T) {
	f := newFixtureWith(t, queues(t))
	f.create("hello", "")
	f.create("slow", `,"Timeout":60`)
	f.create("other", "")
	uuid := f.must("POST "+mappingsPath, feed("orders", "hello", "")).member("UUID")
	second := f.must("POST "+mappingsPath, feed("orders", "other", "")).member("UUID")
	post := func(body, answer string) want { return want{"POST " + mappingsPath, body, answer} }
	put := func(body, answer string) want { return want{"PUT " + mappingsPath + "/" + second, body, answer} }
	twice := `409 ResourceConflictException {"Type":"User","message":"An event source mapping with SQS arn (\" arn:aws:sqs:us-east-1:111111111111:orders \") and function (\" hello \") already exists. ` +
		`Please update or delete the existing mapping with UUID ` + uuid + `"}`
	f.check(
		post(`{"FunctionName":"hello"}`, badInput+`Unrecognized event source."}`),
		post(`{"FunctionName":"hello","EventSourceArn":"arn:aws:sns:us-east-1:111111111111:t"}`, badInput+`Unrecognized event source."}`),
		post(feed("q/x", "hello", ""), badInput+`Unrecognized event source."}`),
		post(`{"FunctionName":"hello","EventSourceArn":"arn:aws:kinesis:us-east-1:111111111111:stream/s","StartingPosition":"LATEST"}`, badInput+`An event source of the service kinesis is not supported by Gatehouse yet"}`),
		post(`{"FunctionName":"hello","EventSourceArn":"arn:aws:dynamodb:us-east-1:111111111111:table/t/stream/x","StartingPosition":"LATEST"}`, badInput+`An event source of the service dynamodb is not`),
		post(`{"FunctionName":"hello","SelfManagedEventSource":{"Endpoints":{"KAFKA_BOOTSTRAP_SERVERS":["kafka:1000"]}},"Topics":["topic"]}`, badInput+`SelfManagedEventSource (Kafka) is not supported by Gatehouse yet"}`),
		post(feed("q", "none", ""), badInput+`Function does not exist"}`),
		post(feed("q", "hello:7", ""), badInput+`Function does not exist"}`),
		post(feed("orders", "hello", ""), twice),
		post(feed("orders", "hello:$LATEST", ""), twice),
		put(`{"FunctionName":"hello"}`, twice),
		put(`{"FunctionName":"none"}`, badInput+`Function does not exist"}`),
		put(`{"BatchSize":11}`, badInput+`Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10"}`),
		post(feed("none", "hello", ""), badInput+`Error occurred while ReceiveMessage. SQS Error Code: AWS.SimpleQueueService.NonExistentQueue. SQS Error Message: The specified queue does not exist."}`),
		post(feed("q", "slow", ""), badInput+`Queue visibility timeout: 30 seconds is less than Function timeout: 60 seconds"}`),
		post(feed("brief", "hello", ""), badInput+`Queue visibility timeout: 2 seconds is less than Function timeout: 3 seconds"}`),
		put(`{"FunctionName":"slow"}`, badInput+`Queue visibility timeout`),
		post(feed("q.fifo", "hello", `,"BatchSize":20,"MaximumBatchingWindowInSeconds":1`), badInput+`BatchSize must be 10 or less for FIFO queues."}`),
		post(feed("q.fifo", "hello", `,"MaximumBatchingWindowInSeconds":1`), badInput+`Batching window is not supported for FIFO queues"}`),
		post(feed("q", "hello", `,"BatchSize":10001`), `400 ValidationException {"message":"1 validation error detected: Value '10001' at 'batchSize'`),
		post(feed("q", "hello", `,"ScalingConfig":{"MaximumConcurrency":1}`), `400 ValidationException {"message":"1 validation error detected: Value '1' at 'scalingConfig.maximumConcurrency'`),
		post(feed("q", "hello", `,"FunctionResponseTypes":["Other"]`), `400 ValidationException`),
		post(feed("q", "hello", `,"FilterCriteria":{"Filters":[{"Pattern":"{\"body\":\"x\"}"}]}`), badInput+`Invalid filter pattern definition."}`),
		post(feed("q", "hello", `,"FilterCriteria":{"Filters":[{}]}`), badInput+`Invalid filter pattern definition."}`),
		post(feed("q", "hello", `,"StartingPosition":"LATEST"`), badInput+`StartingPosition is not a parameter of event sources of SQS."}`),
		post(feed("q", "hello", `,"ParallelizationFactor":1`), badInput+`ParallelizationFactor is not a parameter of event sources of SQS."}`),
		post(feed("q", "hello", `,"DestinationConfig":{"OnFailure":{"Destination":"`+someQueue+`"}}`), badInput+`DestinationConfig is not a parameter`),
		post(feed("q", "hello", `,"ProvisionedPollerConfig":{"MinimumPollers":1}`), badInput+`ProvisionedPollerConfig is not supported by Gatehouse yet"}`),
		post(feed("q", "hello", `,"Tags":{"aws:x":"y"}`), badInput+`Tag keys that begin with aws:`),
	)
	f.must("POST "+mappingsPath, feed("q.fifo", "hello", `,"BatchSize":10,"DestinationConfig":{"OnFailure":{}}`))
	f = newFixture(t)
	f.create("hello", "")
	f.check(want{"POST " + mappingsPath, feed("q", "hello", ""), badInput + `The event source arn:aws:sqs:us-east-1:111111111111:q cannot be reached: no endpoint for SQS is configured: set aws-endpoints"}`})
	f = newFixture(t, "sqs")
	f.create("hello", "")
	f.check(want{"POST " + mappingsPath, feed("q", "hello", ""), `503 ServiceException {"Type":"Service","message":"The endpoint of SQS does not answer; the log of this gateway says why. Try again later."}`})
}
