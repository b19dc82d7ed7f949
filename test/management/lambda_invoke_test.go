package management_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
)

// handlerNamed is a zip file with handler.py.
func handlerNamed(t *testing.T, text string) string {
	t.Helper()
	return base64.StdEncoding.EncodeToString(zipOf(t, "handler.py", text))
}

// versioned is the recorded functions' code: it says which of two codes ran, as which version, under which ARN.
func versioned(t *testing.T, id string) string {
	t.Helper()
	return handlerNamed(t, `
def handler(event, context):
    return {"version_id": "`+id+`", "invoked_arn": context.invoked_function_arn, "version_from_ctx": context.function_version}
`)
}

// function makes a function of a zip file in base64, whose recorded answer has the name; "" when there is none.
func (r *lambdaReplay) function(name, zip, more string) {
	r.t.Helper()
	r.newFunction("fn")
	body := `{"FunctionName":"{{fn}}","Runtime":"python3.12","Handler":"handler.handler","Role":"` + role + `","Code":{"ZipFile":"` + zip + `"}` + more + `}`
	if name == "" {
		r.do("POST", functionsPath, body)
		return
	}
	r.call(name, "POST", functionsPath, body)
}

// invoke runs a function; name is that of the recorded answer.
func (r *lambdaReplay) invoke(name, function, qualifier, payload string, header http.Header) map[string]any {
	r.t.Helper()
	if qualifier != "" {
		qualifier = "?Qualifier=" + qualifier
	}
	got := server.sendLambda(r.t, "POST", functionsPath+"/"+escapedName(r.fill(function))+"/invocations"+qualifier, payload, header)
	if got.status >= 400 {
		return r.compare(name, got)
	}
	seen := map[string]any{"StatusCode": float64(got.status), "ResponseMetadata": map[string]any{"HTTPStatusCode": float64(got.status)}, "Payload": string(got.body)}
	for member, field := range map[string]string{"ExecutedVersion": "X-Amz-Executed-Version", "FunctionError": "X-Amz-Function-Error", "LogResult": "X-Amz-Log-Result"} {
		if value := got.header.Get(field); value != "" {
			seen[member] = value
		}
	}
	want, ok := r.want[name].(map[string]any)
	delete(r.want, name)
	if !ok {
		r.t.Errorf("nothing of the name %q is recorded", name)
	} else if err := r.match.object("", withoutHeaders(want), seen); err != nil {
		r.t.Errorf("%s: %v\nanswer: %d %v %s", name, err, got.status, got.header, got.body)
	}
	return seen
}

func TestRecordedInvocationsOfVersions(t *testing.T) {
	const fn = functionsPath + "/{{fn}}"
	r := newLambdaReplay(t, "lambda", "TestLambdaVersions::test_lambda_versions_with_code_changes")
	r.function("create_response", versioned(t, "version1"), `,"Description":"No version :("`)
	r.call("first_publish_response", "POST", fn+"/versions", `{"Description":"First version description :)"}`)
	r.call("update_lambda_response", "PUT", fn+"/code", `{"ZipFile":"`+versioned(t, "version2")+`"}`)
	r.call("second_publish_response", "POST", fn+"/versions", `{"Description":"Second version description :)"}`)
	r.invoke("invocation_result_v1", "{{fn}}", "1", `{}`, nil)
	r.invoke("invocation_result_v2", "{{fn}}", "2", `{}`, nil)
	r.invoke("invocation_result_latest", "{{fn}}", "", `{}`, nil)
	r.call("update_lambda_response_with_publish", "PUT", fn+"/code", `{"Publish":true,"ZipFile":"`+versioned(t, "version3")+`"}`)
	r.invoke("invocation_result_latest_end", "{{fn}}", "", `{}`, nil)
	r.invoke("invocation_result_v1_end", "{{fn}}", "1", `{}`, nil)
	r.invoke("invocation_result_v2_end", "{{fn}}", "2", `{}`, nil)
	r.invoke("invocation_result_v3", "{{fn}}", "3", `{}`, nil)
}

func TestRecordedInvocationsOfAMovedAlias(t *testing.T) {
	const fn = functionsPath + "/{{fn}}"
	r := newLambdaReplay(t, "lambda", "TestLambdaAliases::test_lambda_alias_moving")
	r.function("create_response", versioned(t, "version1"), `,"Description":"No version :("`)
	r.do("POST", fn+"/versions", `{"Description":"First version description :)"}`)
	r.call("create_alias_response", "POST", fn+"/aliases", `{"Name":"alias1","FunctionVersion":"1"}`)
	r.invoke("invocation_result_qualifier_v1", "{{fn}}", "alias1", `{}`, nil)
	r.invoke("invocation_result_qualifier_v1_arn", arnOf(serverAccount, "{{fn}}:alias1"), "", `{}`, nil)
	r.call("update_lambda_response", "PUT", fn+"/code", `{"ZipFile":"`+versioned(t, "version2")+`"}`)
	r.invoke("invocation_result_qualifier_v1_after_update", "{{fn}}", "alias1", `{}`, nil)
	r.call("second_publish_response", "POST", fn+"/versions", `{"Description":"Second version description :)"}`)
	r.invoke("invocation_result_qualifier_v1_after_publish", "{{fn}}", "alias1", `{}`, nil)
	r.call("update_alias_response", "PUT", fn+"/aliases/alias1", `{"FunctionVersion":"2"}`)
	r.invoke("invocation_result_qualifier_v2", "{{fn}}", "alias1", `{}`, nil)
	r.invoke("invocation_exc_not_existent", "{{fn}}", "non-existent-alias", `{}`, nil)
}

func TestRecordedInvocationTypes(t *testing.T) {
	for _, runtime := range []string{"python3.9", "python3.10", "nodejs16.x"} {
		r := newLambdaReplay(t, "lambda", "TestLambdaFeatures::test_invocation_type_request_response["+runtime+"]")
		name, text := "handler.py", echoPython
		if strings.HasPrefix(runtime, "node") {
			name, text = "handler.js", "exports.handler = async (event) => event\n"
		}
		zip := base64.StdEncoding.EncodeToString(zipOf(t, name, text))
		r.newFunction("fn")
		r.do("POST", functionsPath, `{"FunctionName":"{{fn}}","Runtime":"`+runtime+`","Handler":"handler.handler","Role":"`+role+`","Code":{"ZipFile":"`+zip+`"}}`)
		r.invoke("invoke-result", "{{fn}}", "", `{}`, http.Header{"X-Amz-Invocation-Type": {"RequestResponse"}})
	}
}

func TestRecordedRuntimeExit(t *testing.T) {
	r := newLambdaReplay(t, "lambda", "TestLambdaErrors::test_lambda_runtime_exit")
	r.function("", handlerNamed(t, "import os\n\ndef handler(event, context):\n    os._exit(0)\n"), "")
	r.invoke("invocation_error", "{{fn}}", "", `{}`, nil)
}

func TestRecordedRequestID(t *testing.T) {
	r := newLambdaReplay(t, "lambda", "TestRequestIdHandling::test_request_id_invoke")
	r.leave("logs are not at CloudWatch", "log_entries")
	r.function("", handlerNamed(t, "def handler(event, context):\n    return context.aws_request_id\n"), "")
	got := server.sendLambda(t, "POST", r.fill(functionsPath+"/{{fn}}/invocations"), `{}`, nil)
	if id := got.header.Get("x-amzn-RequestId"); string(got.body) != `"`+id+`"` {
		t.Errorf("the function saw the request id %s, the client %s", got.body, id)
	}
	r.match.bound["<request-id>"] = strings.Trim(r.invoke("invoke_result", "{{fn}}", "", `{}`, nil)["Payload"].(string), `"`)
}

// withContext logs in two ways, and answers with its event and its context.
const withContext = `
import logging

logging.getLogger().setLevel(logging.INFO)

def handler(event, context):
    print("Lambda log message - print function")
    logging.info("Lambda log message - logging module")
    return {"event": event, "context": {
        "invoked_function_arn": context.invoked_function_arn, "function_version": context.function_version, "function_name": context.function_name,
        "memory_limit_in_mb": context.memory_limit_in_mb, "aws_request_id": context.aws_request_id, "log_group_name": context.log_group_name,
        "log_stream_name": context.log_stream_name, "client_context": context.client_context}}
`

func TestRecordedInvocationWithQualifier(t *testing.T) {
	r := newLambdaReplay(t, "lambda", "TestLambdaFeatures::test_invocation_with_qualifier")
	r.function("creation-response", handlerNamed(t, withContext), `,"Timeout":10,"Publish":true`)
	seen := r.invoke("invocation-response", "{{fn}}", "1", `{"foo":"bar with 'quotes\""}`, http.Header{"X-Amz-Log-Type": {"Tail"}})
	log, err := base64.StdEncoding.DecodeString(seen["LogResult"].(string))
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for line := range strings.Lines(string(log)) {
		if line = strings.TrimRight(line, "\n"); !strings.HasPrefix(line, "REPORT") && !strings.HasPrefix(line, "INIT_START") {
			lines = append(lines, regexp.MustCompile(`\d{4}-\d\d-\d\dT[\d:.]+Z`).ReplaceAllString(line, "date"))
		}
	}
	text, _ := json.Marshal(map[string]any{"log_result": lines})
	r.compare("log_result", answer{200, nil, text})
}

func TestRecordedContext(t *testing.T) {
	r := newLambdaReplay(t, "lambda", "TestLambdaFeatures::test_lambda_with_context")
	r.leave("it was recorded before functions had logging configurations", "creation")
	zip := base64.StdEncoding.EncodeToString(zipOf(t, "lambda_integration.js", "exports.handler = async (event, context) => ({context})\n"))
	r.newFunction("fn")
	r.do("POST", functionsPath, `{"FunctionName":"{{fn}}","Runtime":"nodejs16.x","Timeout":30,"Handler":"lambda_integration.handler","Role":"`+role+`","Code":{"ZipFile":"`+zip+`"}}`)
	context := base64.StdEncoding.EncodeToString([]byte(`{"custom":{"foo":"bar"},"client":{"snap":["crackle","pop"]},"env":{"fizz":"buzz"}}`))
	r.invoke("invocation", "{{fn}}", "", `{}`, http.Header{"X-Amz-Client-Context": {context}})
}

func TestRecordedInvocationLogs(t *testing.T) {
	for runtime, file := range map[string][2]string{
		"python3.10": {"handler.py", "import json\n\ndef handler(event, context):\n    print(json.dumps(event))\n    return event\n"},
		"nodejs16.x": {"handler.js", "exports.handler = async (event) => { console.log(JSON.stringify(event)); return event }\n"},
	} {
		r := newLambdaReplay(t, "lambda", "TestLambdaFeatures::test_invocation_with_logs["+runtime+"]")
		r.newFunction("fn")
		r.do("POST", functionsPath, `{"FunctionName":"{{fn}}","Runtime":"`+runtime+`","Handler":"handler.handler","Role":"`+role+`","Code":{"ZipFile":"`+base64Zip(t, file[0], file[1])+`"}}`)
		want, _ := r.want["invoke"].(map[string]any)
		want["LogResult"] = "<log-result>"
		seen := r.invoke("invoke", "{{fn}}", "", `{}`, http.Header{"X-Amz-Log-Type": {"Tail"}})
		log, err := base64.StdEncoding.DecodeString(seen["LogResult"].(string))
		if err != nil {
			t.Fatal(err)
		}
		var lines []string
		for line := range strings.Lines(regexp.MustCompile(`\d{4}-\d\d-\d\dT[\d:.]+Z`).ReplaceAllString(string(log), "date")) {
			if !strings.HasPrefix(line, "INIT_START") {
				lines = append(lines, regexp.MustCompile(`[\d.]+ ms`).ReplaceAllString(line, "<duration> ms"))
			}
		}
		recorded, _ := r.want["logs"].(map[string]any)
		text := strings.ReplaceAll(strings.Join(stringsOf(recorded["logs"]), ""), "<memory>", "M")
		r.want["logs"] = map[string]any{"logs": strings.ReplaceAll(text, "<duration>", "D")}
		got, _ := json.Marshal(map[string]any{"logs": regexp.MustCompile(`Max Memory Used: \d+`).ReplaceAllString(strings.ReplaceAll(strings.Join(lines, ""), "<duration>", "D"), "Max Memory Used: M")})
		r.compare("logs", answer{200, nil, got})
	}
}

func stringsOf(list any) (all []string) {
	items, _ := list.([]any)
	for _, item := range items {
		s, _ := item.(string)
		all = append(all, s)
	}
	return all
}

// TestCallsAfterAnUpdateRunIt updates code and environment under calls: the first call after each answer runs the new one.
func TestCallsAfterAnUpdateRunIt(t *testing.T) {
	c, ctx := newLambda(), t.Context()
	name := aws.String("updated")
	code := func(n int) []byte {
		return zipOf(t, "handler.py", fmt.Sprintf("import os\n\ndef handler(event, context):\n    return [%d, os.environ['COLOUR']]\n", n))
	}
	must[lambda.CreateFunctionOutput](t)(c.CreateFunction(ctx, &lambda.CreateFunctionInput{FunctionName: name, Runtime: types.RuntimePython312, Handler: aws.String("handler.handler"),
		Role: aws.String(role), Code: &types.FunctionCode{ZipFile: code(0)}, Environment: &types.Environment{Variables: map[string]string{"COLOUR": "red"}}}))
	t.Cleanup(func() {
		must[lambda.DeleteFunctionOutput](t)(c.DeleteFunction(context.Background(), &lambda.DeleteFunctionInput{FunctionName: name}))
	})
	says := func(want string) {
		t.Helper()
		out := must[lambda.InvokeOutput](t)(c.Invoke(ctx, &lambda.InvokeInput{FunctionName: name}))
		equal(t, "answer", string(out.Payload), want)
	}
	says(`[0, "red"]`)
	for n := 1; n <= 5; n++ {
		must[lambda.UpdateFunctionCodeOutput](t)(c.UpdateFunctionCode(ctx, &lambda.UpdateFunctionCodeInput{FunctionName: name, ZipFile: code(n)}))
		says(fmt.Sprintf(`[%d, "red"]`, n))
	}
	must[lambda.UpdateFunctionConfigurationOutput](t)(c.UpdateFunctionConfiguration(ctx, &lambda.UpdateFunctionConfigurationInput{FunctionName: name,
		Environment: &types.Environment{Variables: map[string]string{"COLOUR": "blue"}}}))
	says(`[5, "blue"]`)
	must[lambda.UpdateFunctionConfigurationOutput](t)(c.UpdateFunctionConfiguration(ctx, &lambda.UpdateFunctionConfigurationInput{FunctionName: name, Environment: &types.Environment{Variables: map[string]string{}}}))
	out := must[lambda.InvokeOutput](t)(c.Invoke(ctx, &lambda.InvokeInput{FunctionName: name, LogType: types.LogTypeTail}))
	if aws.ToString(out.FunctionError) != "Unhandled" || !strings.Contains(string(out.Payload), `"errorType": "KeyError"`) || out.LogResult == nil {
		t.Errorf("got %s %s", aws.ToString(out.FunctionError), out.Payload)
	}
}

// TestAliasesShareCalls invokes an alias of two versions until both have answered.
func TestAliasesShareCalls(t *testing.T) {
	c, ctx := newLambda(), t.Context()
	name := aws.String("weighted")
	must[lambda.CreateFunctionOutput](t)(c.CreateFunction(ctx, &lambda.CreateFunctionInput{FunctionName: name, Runtime: types.RuntimePython312, Handler: aws.String("handler.handler"),
		Role: aws.String(role), Code: &types.FunctionCode{ZipFile: zipOf(t, "handler.py", echoPython)}, Publish: true}))
	t.Cleanup(func() {
		must[lambda.DeleteFunctionOutput](t)(c.DeleteFunction(context.Background(), &lambda.DeleteFunctionInput{FunctionName: name}))
	})
	must[lambda.UpdateFunctionCodeOutput](t)(c.UpdateFunctionCode(ctx, &lambda.UpdateFunctionCodeInput{FunctionName: name, Publish: true, ZipFile: zipOf(t, "handler.py", echoPython+"#\n")}))
	must[lambda.CreateAliasOutput](t)(c.CreateAlias(ctx, &lambda.CreateAliasInput{FunctionName: name, Name: aws.String("both"), FunctionVersion: aws.String("1"),
		RoutingConfig: &types.AliasRoutingConfiguration{AdditionalVersionWeights: map[string]float64{"2": 0.5}}}))
	seen := map[string]int{}
	for i := 0; len(seen) < 2; i++ {
		if i == 100 {
			t.Fatalf("100 calls were answered by %v", seen)
		}
		out := must[lambda.InvokeOutput](t)(c.Invoke(ctx, &lambda.InvokeInput{FunctionName: name, Qualifier: aws.String("both"), Payload: []byte(`{"n": 1}`)}))
		equal(t, "answer", string(out.Payload), `{"n": 1}`)
		seen[*out.ExecutedVersion]++
	}
}

// TestInvokeAsyncIsAnEvent calls the operation that was there before the invocation type Event.
func TestInvokeAsyncIsAnEvent(t *testing.T) {
	c, ctx := newLambda(), t.Context()
	newPython(t, c, "older", "def handler(event, context):\n    open(event['file'], 'w').close()\n")
	file := filepath.Join(t.TempDir(), "called")
	out := must[lambda.InvokeAsyncOutput](t)(c.InvokeAsync(ctx, &lambda.InvokeAsyncInput{FunctionName: aws.String("older"), InvokeArgs: strings.NewReader(`{"file":"` + file + `"}`)})) //nolint:staticcheck // deprecated, and there
	equal(t, "the status", fmt.Sprint(out.Status), "202")
	awaitFile(t, file)
	if _, err := c.InvokeAsync(ctx, &lambda.InvokeAsyncInput{FunctionName: aws.String("older"), InvokeArgs: strings.NewReader(`{`)}); err == nil { //nolint:staticcheck // see above
		t.Error("no JSON is accepted")
	}
}
