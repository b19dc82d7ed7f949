package blackbox

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gatehouse-gateway/gatehouse/internal/awsclient"
	"github.com/gatehouse-gateway/gatehouse/test/awsservers"
)

const serversRegion = "eu-west-1"

// serveWithAWS runs the binary with endpoints of AWS services, NAME=ADDRESS.
func serveWithAWS(t *testing.T, dir string, endpoints []string, flags ...string) *serveProcess {
	t.Helper()
	file := filepath.Join(t.TempDir(), "aws-credentials")
	if err := os.WriteFile(file, []byte(awsservers.Credentials), 0o600); err != nil {
		t.Fatal(err)
	}
	s := startServe(t, dir, append([]string{"--aws-credentials", file, "--aws-endpoints", strings.Join(endpoints, ","), "--async-retry-delays", "50ms,100ms"}, flags...)...)
	t.Cleanup(func() {
		if strings.Contains(s.out.String(), "servers-secret") {
			t.Error("the secret is in the output")
		}
	})
	return s
}

// outcomes answers what its event says: a value, an error, or the end of the process.
const outcomes = `import os
def handler(event, context):
    if event.get("do") == "fail":
        raise ValueError("told to fail")
    if event.get("do") == "exit":
        os._exit(1)
    return {"got": event}
`

// putFunction makes a function of Python code, and waits until it can be invoked.
func putFunction(t *testing.T, s *serveProcess, name, code, more string) {
	t.Helper()
	body := fmt.Sprintf(`{"FunctionName":%q,"Runtime":"python3.12","Handler":"handler.handler","Role":"arn:aws:iam::000000000000:role/r","Timeout":30,"Code":{"ZipFile":%q}%s}`,
		name, encoded(string(zipWith(t, "handler.py", code))), more)
	if a := s.call(s.root, "lambda", "POST", "/2015-03-31/functions", body); a.status != 201 {
		t.Fatalf("got %d %s", a.status, a.body)
	}
	if err := canBeInvoked(t, s, name); err != nil {
		t.Fatal(err)
	}
}

// must sends a call of Lambda that has to succeed.
func (s *serveProcess) must(method, path, body string) string {
	s.t.Helper()
	a := s.call(s.root, "lambda", method, path, body)
	if a.status/100 != 2 {
		s.t.Fatalf("%s %s: got %d %s", method, path, a.status, a.body)
	}
	return a.body
}

// told is a record as a destination gets it.
type told struct {
	RequestContext struct {
		RequestID              string `json:"requestId"`
		FunctionARN            string `json:"functionArn"`
		Condition              string
		ApproximateInvokeCount int
	}
	RequestPayload  json.RawMessage
	ResponseContext *struct {
		StatusCode      int
		ExecutedVersion string
		FunctionError   string
	}
	ResponsePayload json.RawMessage
}

func readTold(t *testing.T, text string) told {
	t.Helper()
	var r told
	if err := json.Unmarshal([]byte(text), &r); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	return r
}

func (r told) check(t *testing.T, id, condition string, count int) {
	t.Helper()
	about := r.RequestContext
	if about.RequestID != id || about.Condition != condition || about.ApproximateInvokeCount != count || about.FunctionARN != "arn:aws:lambda:eu-west-1:000000000000:function:does:$LATEST" {
		t.Errorf("got %+v, want %s %s %d", r, id, condition, count)
	}
}

// TestDestinationsOfEveryKind sends events whose outcomes go to every kind of destination, at servers that speak AWS's protocols.
func TestDestinationsOfEveryKind(t *testing.T) {
	t.Parallel()
	moto := awsservers.Moto(t)
	c := awsservers.NewClient(t, moto, "sqs", "sns", "events", "s3")
	web := make(chan string, 1)
	hook := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		text, _ := io.ReadAll(r.Body)
		web <- r.Method + " " + r.RequestURI + " " + string(text)
		w.WriteHeader(http.StatusAccepted)
	}))
	defer hook.Close()
	s := serveWithAWS(t, t.TempDir(), []string{"sqs=" + moto, "sns=" + moto, "events=" + moto, "s3=" + moto})
	putFunction(t, s, "does", outcomes, "")
	set := func(config string) { s.must("PUT", "/2019-09-25/functions/does/event-invoke-config", config) }
	send := func(payload string) string {
		t.Helper()
		id, err := sendEvent(s, "does", payload)
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	both := func(arn string) string {
		return fmt.Sprintf(`{"DestinationConfig":{"OnSuccess":{"Destination":%q},"OnFailure":{"Destination":%q}}}`, arn, arn)
	}
	outbox := c.CreateQueue(serversRegion, "outbox", nil)

	t.Run("SQS", func(t *testing.T) {
		set(both(outbox.String()))
		id := send(`{"do":"fail"}`)
		failed := readTold(t, c.Take(outbox).Body)
		failed.check(t, id, "RetriesExhausted", 3)
		if failed.ResponseContext.FunctionError != "Unhandled" || !strings.Contains(string(failed.ResponsePayload), "told to fail") || string(failed.RequestPayload) != `{"do":"fail"}` {
			t.Errorf("got %+v", failed)
		}
		id = send(`{"n":1}`)
		done := readTold(t, c.Take(outbox).Body)
		done.check(t, id, "Success", 1)
		if done.ResponseContext.StatusCode != 200 || done.ResponseContext.ExecutedVersion != "$LATEST" || done.ResponseContext.FunctionError != "" {
			t.Errorf("got %+v", done)
		}
	})
	t.Run("SNS", func(t *testing.T) {
		c.Query("sns", serversRegion, "Action=CreateTopic&Version=2010-03-31&Name=news")
		topic := awsservers.ARN("sns", serversRegion, "news").String()
		c.Query("sns", serversRegion, "Action=Subscribe&Version=2010-03-31&Protocol=sqs&TopicArn="+topic+"&Endpoint="+outbox.String())
		set(both(topic))
		id := send(`{"n":2}`)
		var notice struct{ Message string }
		if err := json.Unmarshal([]byte(c.Take(outbox).Body), &notice); err != nil {
			t.Fatal(err)
		}
		readTold(t, notice.Message).check(t, id, "Success", 1)
	})
	t.Run("EventBridge", func(t *testing.T) {
		c.JSON("events", serversRegion, "AWSEvents.CreateEventBus", map[string]any{"Name": "bus"})
		c.JSON("events", serversRegion, "AWSEvents.PutRule", map[string]any{"Name": "all", "EventBusName": "bus", "EventPattern": `{"source":["lambda"]}`})
		c.JSON("events", serversRegion, "AWSEvents.PutTargets", map[string]any{"Rule": "all", "EventBusName": "bus", "Targets": []any{map[string]any{"Id": "1", "Arn": outbox.String()}}})
		bus := awsservers.ARN("events", serversRegion, "event-bus/bus").String()
		set(both(bus))
		id := send(`{"do":"exit"}`)
		var event struct {
			Source     string
			DetailType string `json:"detail-type"`
			Resources  []string
			Detail     json.RawMessage
		}
		if err := json.Unmarshal([]byte(c.Take(outbox).Body), &event); err != nil {
			t.Fatal(err)
		}
		if event.Source != "lambda" || event.DetailType != "Lambda Function Invocation Result - Failure" || fmt.Sprint(event.Resources) != "["+bus+" arn:aws:lambda:eu-west-1:000000000000:function:does:$LATEST]" {
			t.Errorf("got %+v", event)
		}
		readTold(t, string(event.Detail)).check(t, id, "RetriesExhausted", 3)
	})
	t.Run("a web server", func(t *testing.T) {
		set(both(hook.URL + "/told?by=gatehouse"))
		id := send(`{"n":3}`)
		got := <-web
		text, ok := strings.CutPrefix(got, "POST /told?by=gatehouse ")
		if !ok {
			t.Fatalf("got %s", got)
		}
		readTold(t, text).check(t, id, "Success", 1)
	})
	t.Run("S3", func(t *testing.T) {
		c.Put("/outcomes", nil)
		set(`{"MaximumRetryAttempts":0,"DestinationConfig":{"OnFailure":{"Destination":"arn:aws:s3:::outcomes"}}}`)
		id := send(`{"do":"fail"}`)
		key := waitForKey(t, c, "/outcomes", id)
		if !strings.HasPrefix(key, "aws/lambda/async/does/2") {
			t.Errorf("got %s", key)
		}
		text, err := c.GetObject(t.Context(), awsclient.Object{Region: serversRegion, Bucket: "outcomes", Key: key}, 1<<20)
		if err != nil {
			t.Fatal(err)
		}
		readTold(t, string(text)).check(t, id, "RetriesExhausted", 1)
	})
	t.Run("dead letters", func(t *testing.T) {
		letters := c.CreateQueue(serversRegion, "letters", nil)
		s.must("PUT", "/2015-03-31/functions/does/configuration", `{"DeadLetterConfig":{"TargetArn":"`+letters.String()+`"}}`)
		set(fmt.Sprintf(`{"MaximumRetryAttempts":1,"DestinationConfig":{"OnFailure":{"Destination":%q}}}`, outbox.String()))
		id := send(`{"do": "fail"}`)
		letter := c.Take(letters)
		a := letter.MessageAttributes
		if letter.Body != `{"do": "fail"}` || a["RequestID"].DataType != "String" || *a["RequestID"].StringValue != id || a["ErrorCode"].DataType != "Number" || *a["ErrorCode"].StringValue != "200" ||
			*a["ErrorMessage"].StringValue != "told to fail" {
			t.Errorf("got %+v", letter)
		}
		readTold(t, c.Take(outbox).Body).check(t, id, "RetriesExhausted", 2)
		// A topic gets the attributes, too; a function that is stopped gives its events up at once.
		c.Query("sns", serversRegion, "Action=CreateTopic&Version=2010-03-31&Name=letters")
		topic := awsservers.ARN("sns", serversRegion, "letters").String()
		c.Query("sns", serversRegion, "Action=Subscribe&Version=2010-03-31&Protocol=sqs&TopicArn="+topic+"&Endpoint="+letters.String())
		s.must("PUT", "/2015-03-31/functions/does/configuration", `{"DeadLetterConfig":{"TargetArn":"`+topic+`"}}`)
		s.must("PUT", "/2017-10-31/functions/does/concurrency", `{"ReservedConcurrentExecutions":0}`)
		id = send(`{"n":4}`)
		var notice struct {
			Message           string
			MessageAttributes map[string]struct{ Type, Value string }
		}
		if err := json.Unmarshal([]byte(c.Take(letters).Body), &notice); err != nil {
			t.Fatal(err)
		}
		if notice.Message != `{"n":4}` || notice.MessageAttributes["RequestID"].Value != id {
			t.Errorf("got %+v", notice)
		}
		stopped := readTold(t, c.Take(outbox).Body)
		stopped.check(t, id, "ZeroReservedConcurrency", 0)
		if stopped.ResponseContext != nil || stopped.ResponsePayload != nil {
			t.Errorf("got %+v", stopped)
		}
	})
}

// waitForKey waits for an object whose key ends with a text.
func waitForKey(t *testing.T, c *awsservers.Client, bucket, suffix string) string {
	t.Helper()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); {
		a, err := c.Do(t.Context(), awsclient.Call{Service: "s3", Method: "GET", Path: bucket, Query: "list-type=2"})
		if err != nil {
			t.Fatal(err)
		}
		for piece := range strings.SplitSeq(string(a.Body), "<Key>") {
			if key, _, ok := strings.Cut(piece, "</Key>"); ok && strings.HasSuffix(key, suffix) {
				return key
			}
		}
	}
	t.Fatal("no object came")
	return ""
}

// TestDestinationsThatDoNotAnswer drops what cannot be told, and says so.
func TestDestinationsThatDoNotAnswer(t *testing.T) {
	t.Parallel()
	s := serveWithAWS(t, t.TempDir(), []string{"sqs=http://127.0.0.1:1"})
	putFunction(t, s, "does", outcomes, `,"DeadLetterConfig":{"TargetArn":"arn:aws:sqs:eu-west-1:000000000000:q"}`)
	s.must("PUT", "/2019-09-25/functions/does/event-invoke-config", `{"MaximumRetryAttempts":0,"DestinationConfig":{"OnFailure":{"Destination":"arn:aws:sqs:eu-west-1:000000000000:q"}}}`)
	if _, err := sendEvent(s, "does", `{"do":"fail"}`); err != nil {
		t.Fatal(err)
	}
	s.out.wait(t, 0, `a destination was not told of an event.*destination=arn:aws:sqs:eu-west-1:000000000000:q error="sqs: 127.0.0.1:1: .*connection refused" lost=1`)
	s.out.wait(t, 0, `lost=2`)
	a := s.call(s.root, "lambda", "PUT", "/2019-09-25/functions/does/event-invoke-config", `{"DestinationConfig":{"OnFailure":{"Destination":"arn:aws:sns:eu-west-1:000000000000:t"}}}`)
	if a.status != 400 || !strings.Contains(a.body, "no endpoint for SNS is configured: set aws-endpoints") {
		t.Errorf("got %d %s", a.status, a.body)
	}
}

// TestEndpointsThatCannotBeAreRefusedAtTheStart holds what an operator reads.
func TestEndpointsThatCannotBeAreRefusedAtTheStart(t *testing.T) {
	for _, c := range []struct{ endpoints, want string }{
		{"sqs=http://127.0.0.1:1", "configuration: aws-endpoints: there is no access key to sign calls with: set aws-credentials"},
		{"sqs", `aws-endpoints "sqs": must be NAME=VALUE`},
	} {
		if got := failsToServe(t, t.TempDir(), "--aws-endpoints", c.endpoints); !strings.Contains(got, c.want) {
			t.Errorf("got %s", got)
		}
	}
}

// TestCodeFromS3 makes and changes a function with code in a bucket.
func TestCodeFromS3(t *testing.T) {
	moto := awsservers.Moto(t)
	c := awsservers.NewClient(t, moto, "s3")
	c.Put("/code", nil)
	c.Put("/code?versioning", []byte(`<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>`))
	s := serveWithAWS(t, t.TempDir(), []string{"s3=" + moto})
	answer := func(text string) []byte { return zipWith(t, "handler.py", "def handler(e, c): return '"+text+"'\n") }
	c.Put("/code/my%20function.zip", answer("first"))
	s.must("POST", "/2015-03-31/functions", `{"FunctionName":"stored","Runtime":"python3.12","Handler":"handler.handler","Role":"arn:aws:iam::000000000000:role/r","Code":{"S3Bucket":"code","S3Key":"my function.zip"}}`)
	says := func(want string) {
		t.Helper()
		if err := canBeInvoked(t, s, "stored"); err != nil {
			t.Fatal(err)
		}
		if got := s.must("POST", "/2015-03-31/functions/stored/invocations", "{}"); got != `"`+want+`"` {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	says("first")
	first, err := c.Do(t.Context(), awsclient.Call{Service: "s3", Method: "GET", Path: "/code/my%20function.zip"})
	if err != nil {
		t.Fatal(err)
	}
	c.Put("/code/my%20function.zip", answer("second"))
	s.must("PUT", "/2015-03-31/functions/stored/code", `{"S3Bucket":"code","S3Key":"my function.zip"}`)
	says("second")
	s.must("PUT", "/2015-03-31/functions/stored/code", fmt.Sprintf(`{"S3Bucket":"code","S3Key":"my function.zip","S3ObjectVersion":%q}`, first.Header.Get("X-Amz-Version-Id")))
	says("first")
	for key, want := range map[string]string{"none": "S3 Error Code: NoSuchKey.", "../x": "S3 Error Code: NoSuch"} {
		if a := s.call(s.root, "lambda", "PUT", "/2015-03-31/functions/stored/code", `{"S3Bucket":"code","S3Key":"`+key+`"}`); a.status != 400 || !strings.Contains(a.body, want) {
			t.Errorf("%s: got %d %s", key, a.status, a.body)
		}
	}
}
