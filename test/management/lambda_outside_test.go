package management_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gatehouse-gateway/gatehouse/test/awsservers"
)

func TestRecordedCodeLocationErrors(t *testing.T) {
	r := newLambdaReplay(t, "lambda_api", "TestLambdaFunction::test_lambda_code_location_s3_errors")
	c := awsservers.NewClient(t, outside, "s3")
	c.Put("/code-errors", nil)
	r.newFunction("fn")
	create := func(name, bucket, key string) {
		t.Helper()
		body := `{"FunctionName":"{{fn}}","Runtime":"python3.12","Handler":"handler.handler","Role":"` + role + `","Code":{"S3Bucket":"` + bucket + `","S3Key":"` + key + `"}}`
		r.call(name, "POST", functionsPath, body)
	}
	create("create-error-wrong-bucket", "some-random-non-existent-bucket-1234", "key")
	create("create-error-wrong-key", "code-errors", "non/existent.zip")
	r.do("POST", functionsPath, r.body("fn", "handler.handler", usual))
	r.call("update-error-wrong-bucket", "PUT", functionsPath+"/{{fn}}/code", `{"S3Bucket":"some-random-non-existent-bucket-1234","S3Key":"key"}`)
	r.call("update-error-wrong-key", "PUT", functionsPath+"/{{fn}}/code", `{"S3Bucket":"code-errors","S3Key":"non/existent.zip"}`)
}

func TestRecordedUploadThroughS3(t *testing.T) {
	r := newLambdaReplay(t, "lambda", "TestLambdaFeatures::test_upload_lambda_from_s3")
	c := awsservers.NewClient(t, outside, "s3")
	c.Put("/code-upload", nil)
	c.Put("/code-upload/test_lambda.zip", zipOf(t, "handler.py", withContext))
	r.newFunction("fn")
	r.call("creation-response", "POST", functionsPath,
		`{"FunctionName":"{{fn}}","Runtime":"python3.12","Handler":"handler.handler","Timeout":10,"Role":"`+role+`","Code":{"S3Bucket":"code-upload","S3Key":"test_lambda.zip"}}`)
	r.invoke("invocation-response", "{{fn}}", "", `{"foo":"bar with 'quotes\""}`, nil)
}

func TestRecordedLayerFromS3(t *testing.T) {
	r := newLambdaReplay(t, "lambda_api", "TestLambdaLayer::test_layer_s3_content")
	c := awsservers.NewClient(t, outside, "s3")
	c.Put("/layer-content", nil)
	c.Put("/layer-content/layer.zip", zipOf(t, "python/word.py", "word = 'stored'\n"))
	r.call("publish_layer_result", "POST", "/2018-10-31/layers/from-s3/versions", `{"Content":{"S3Bucket":"layer-content","S3Key":"layer.zip"}}`)
}

// appending writes to a file what it is sent, and which variant it is; the first event waits for another file.
const appending = `import os, time
def handler(event, context):
    while event["name"].startswith("01") and not os.path.exists(event["go"]):
        time.sleep(0.01)
    with open(event["file"], "a") as f:
        f.write(event["name"] + "--" + os.environ["VARIANT"] + "\n")
`

// TestRecordedEventsAndAnUpdate changes a function while one of its events runs and others wait: those run as the function is then.
func TestRecordedEventsAndAnUpdate(t *testing.T) {
	r := newLambdaReplay(t, "lambda", "TestLambdaVersions::test_async_invoke_queue_upon_function_update")
	r.function("", handlerNamed(t, appending), `,"Timeout":30,"Environment":{"Variables":{"VARIANT":"variant-1"}}`)
	r.do("PUT", "/2017-10-31/functions/{{fn}}/concurrency", `{"ReservedConcurrentExecutions":1}`)
	dir := t.TempDir()
	file, gate := filepath.Join(dir, "history"), filepath.Join(dir, "go")
	sent := 0
	send := func(kind string) {
		t.Helper()
		sent++
		body, err := json.Marshal(map[string]string{"name": fmt.Sprintf("%02d-%s", sent, kind), "file": file, "go": gate})
		if err != nil {
			t.Fatal(err)
		}
		if got := server.sendLambda(t, "POST", r.fill(functionsPath+"/{{fn}}/invocations"), string(body), asEvent); got.status != http.StatusAccepted {
			t.Fatalf("got %d %s", got.status, got.body)
		}
	}
	send("sleep")
	awaitThrottling(t, r)
	for range 9 {
		send("before")
	}
	r.do("PUT", functionsPath+"/{{fn}}/configuration", `{"Environment":{"Variables":{"VARIANT":"variant-2"}}}`)
	for range 5 {
		send("after")
	}
	if err := os.WriteFile(gate, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	var want []any
	want, _ = r.want["async_invoke_history_sorted"].([]any)
	delete(r.want, "async_invoke_history_sorted")
	var got []string
	for deadline := time.Now().Add(patience); len(got) < sent && time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		text, _ := os.ReadFile(file)
		got = strings.Fields(string(text))
	}
	slices.Sort(got)
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
}

// awaitThrottling waits until the one execution that a function may have is taken.
func awaitThrottling(t *testing.T, r *lambdaReplay) {
	t.Helper()
	none := t.TempDir()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		got := server.sendLambda(t, "POST", r.fill(functionsPath+"/{{fn}}/invocations"), `{"name":"probe","file":"`+filepath.Join(none, "probes")+`"}`, nil)
		if got.status == http.StatusTooManyRequests {
			return
		}
	}
	t.Fatal("the event does not run")
}
