package lambda_test

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/gatehouse-gateway/gatehouse/awsproto"
	"github.com/gatehouse-gateway/gatehouse/internal/definition"
	"github.com/gatehouse-gateway/gatehouse/internal/engine"
	"github.com/gatehouse-gateway/gatehouse/internal/functions"
	"github.com/gatehouse-gateway/gatehouse/internal/functionstore"
	"github.com/gatehouse-gateway/gatehouse/internal/seal"
	"github.com/gatehouse-gateway/gatehouse/internal/store"
)

func TestCreateIsPendingAndTheNextReadActive(t *testing.T) {
	f := newFixture(t)
	made := f.create("hello", "")
	read := f.must("GET "+functionsPath+"/hello", "")
	if made.status != 201 || made.member("State") != "Pending" || read.member("Configuration.State") != "Active" || read.member("Configuration.LastUpdateStatus") != "Successful" {
		t.Errorf("got %s\nthen %s", made, read)
	}
	if made.member("RevisionId") == read.member("Configuration.RevisionId") {
		t.Error("the revision id did not change when the function settled")
	}
	changed := f.must("PUT "+functionsPath+"/hello/configuration", `{"MemorySize":256}`)
	if changed.member("LastUpdateStatus") != "InProgress" || changed.member("State") != "Active" {
		t.Errorf("got %s", changed)
	}
	f.check(
		want{"PUT " + functionsPath + "/hello/configuration", `{"RevisionId":"` + read.member("Configuration.RevisionId") + `"}`,
			`412 PreconditionFailedException {"Type":"User","message":"The Revision Id provided does not match the latest Revision Id. Call the GetFunction/GetAlias API`},
		want{"POST " + functionsPath, definitionOf(t, "hello", ""), `409 ResourceConflictException {"Type":"User","message":"Function already exist: hello"}`},
		want{"POST " + functionsPath + "/", definitionOf(t, "hello", ""), `409 `},
	)
}

func TestMembersWithoutEffectAreRefusedByName(t *testing.T) {
	f := newFixture(t)
	f.create("hello", "")
	for member, value := range map[string]string{
		"VpcConfig": `{"SubnetIds":["subnet-1"]}`, "KMSKeyArn": `"arn:aws:kms:us-east-1:111111111111:key/1"`,
		"TracingConfig": `{"Mode":"Active"}`, "SnapStart": `{"ApplyOn":"PublishedVersions"}`,
		"FileSystemConfigs": `[{"Arn":"arn:aws:elasticfilesystem:us-east-1:111111111111:access-point/fsap-01234567890123456","LocalMountPath":"/mnt/x"}]`, "ImageConfig": `{"Command":["x"]}`,
		"DurableConfig": `{"ExecutionTimeout":5}`,
	} {
		f.check(
			want{"POST " + functionsPath, definitionOf(t, "other", `,"`+member+`":`+value), `400 InvalidParameterValueException {"Type":"User","message":"` + member},
			want{"PUT " + functionsPath + "/hello/configuration", `{"` + member + `":` + value + `}`, `400 InvalidParameterValueException {"Type":"User","message":"` + member},
		)
	}
	none := `,"VpcConfig":{"SubnetIds":[],"SecurityGroupIds":[]},"DeadLetterConfig":{"TargetArn":""},"KMSKeyArn":"","TracingConfig":{"Mode":"PassThrough"},"Layers":[],"SnapStart":{"ApplyOn":"None"},"FileSystemConfigs":[]`
	f.check(
		want{"POST " + functionsPath, definitionOf(t, "none", none), "201"},
		want{"POST " + functionsPath, definitionOf(t, "other", `,"PackageType":"Image"`), `400 InvalidParameterValueException {"Type":"User","message":"PackageType Image is not supported`},
		want{"POST " + functionsPath, definitionOf(t, "other", `,"PublishTo":"LATEST_PUBLISHED"`), `400 InvalidParameterValueException {"Type":"User","message":"PublishTo is not supported`},
		want{"POST " + functionsPath, strings.Replace(definitionOf(t, "other", ""), "python3.12", "ruby3.4", 1), `400 InvalidParameterValueException {"Type":"User","message":"Runtime ruby3.4 is not supported by Gatehouse yet"}`},
		want{"PUT " + functionsPath + "/hello/code", `{"S3Bucket":"bucket","S3Key":"key"}`, `400 InvalidParameterValueException {"Type":"User","message":"The code in the bucket bucket cannot be read: no endpoint for S3 is configured: set aws-endpoints"}`},
		want{"PUT " + functionsPath + "/hello/code", `{"ImageUri":"x"}`, `400 InvalidParameterValueException {"Type":"User","message":"Code.ImageUri is not supported`},
		want{"PUT " + functionsPath + "/hello/code", `{}`, `400 InvalidParameterValueException {"Type":"User","message":"Please provide a source for function code."}`},
		want{"PUT " + functionsPath + "/hello/code", `{"ZipFile":"bm90IGEgemlw"}`, `400 InvalidParameterValueException {"Type":"User","message":"Could not unzip uploaded file.`},
		want{"POST /2020-04-22/code-signing-configs", `{"AllowedPublishers":{"SigningProfileVersionArns":["arn:aws:signer:us-east-1:111111111111:/signing-profiles/x"]}}`, `400 InvalidParameterValueException {"Type":"User","message":"The operation CreateCodeSigningConfig is not supported by Gatehouse yet"}`},
		want{"POST " + functionsPath + "/hello/invocations", `{`, `400 InvalidRequestContentException {"Type":"User","message":"Could not parse request body into json: Could not parse payload into json: Unexpected end-of-input`},
	)
}

func TestBoundsOfTheModelAreChecked(t *testing.T) {
	f := newFixture(t)
	f.create("hello", "")
	for body, message := range map[string]string{
		`{"Timeout":901}`:                         `Value '901' at 'timeout' failed to satisfy constraint: Member must have value less than or equal to 900`,
		`{"Timeout":0}`:                           `Value '0' at 'timeout' failed to satisfy constraint: Member must have value greater than or equal to 1`,
		`{"MemorySize":10241}`:                    `Value '10241' at 'memorySize' failed to satisfy constraint: Member must have value less than or equal to 10240`,
		`{"EphemeralStorage":{"Size":511}}`:       `Value '511' at 'ephemeralStorage.size' failed to satisfy constraint: Member must have value greater than or equal to 512`,
		`{"Environment":{"Variables":{"1":"x"}}}`: `Value at 'environment.variables' failed to satisfy constraint: Map keys must satisfy constraint: [Member must satisfy regular expression pattern: [a-zA-Z]([a-zA-Z0-9_])+]`,
	} {
		f.check(want{"PUT " + functionsPath + "/hello/configuration", body, `400 ValidationException {"message":"1 validation error detected: ` + message + `"}`})
	}
	f.check(
		want{"PUT " + functionsPath + "/hello/configuration", `{"Environment":{"Variables":{"AWS_REGION":"x"}}}`, `400 InvalidParameterValueException {"Type":"User","message":"Lambda was unable to configure your environment variables because the environment variables you have provided contains reserved keys that are currently not supported for modification. Reserved keys used in this request: AWS_REGION"}`},
		want{"PUT " + functionsPath + "/hello/configuration", `{"LoggingConfig":{"ApplicationLogLevel":"DEBUG"}}`, `400 InvalidParameterValueException`},
	)
}

func TestEnvironmentIsSealed(t *testing.T) {
	f := newFixture(t)
	f.create("hello", `,"Environment":{"Variables":{"PASSWORD":"open sesame"}}`)
	doc, err := f.engine.Docs().Get(t.Context(), "functions", accountID+"/us-east-1/hello")
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(doc.Data), "sesame") || strings.Contains(string(doc.Data), base64.StdEncoding.EncodeToString([]byte("open sesame"))) {
		t.Error("a variable is stored as it is")
	}
	if got := f.must("GET "+functionsPath+"/hello/configuration", "").member("Environment.Variables.PASSWORD"); got != "open sesame" {
		t.Errorf("got %q", got)
	}
	f.must("PUT "+functionsPath+"/hello/configuration", `{"Environment":{"Variables":{}}}`)
	if got := f.must("GET "+functionsPath+"/hello/configuration", "").text; !strings.Contains(got, `"Environment":{"Variables":{}}`) {
		t.Errorf("got %s", got)
	}
}

func TestPublishIsIdempotentAndNumbersAreNotUsedAgain(t *testing.T) {
	f := newFixture(t)
	f.create("hello", `,"Environment":{"Variables":{"AB":"x"}}`)
	publish := func(body string) string {
		t.Helper()
		return f.must("POST "+functionsPath+"/hello/versions", body).member("Version")
	}
	if a, b := publish(`{}`), publish(`{"Description":"again"}`); a != "1" || b != "1" {
		t.Errorf("got %s and %s", a, b)
	}
	f.must("PUT "+functionsPath+"/hello/configuration", `{"Environment":{"Variables":{"AB":"y"}}}`)
	if got := publish(`{}`); got != "2" {
		t.Errorf("got %s", got)
	}
	f.must("DELETE "+functionsPath+"/hello?Qualifier=2", "")
	if got := publish(`{}`); got != "3" {
		t.Errorf("got %s", got)
	}
	f.must("POST "+functionsPath+"/hello/aliases", `{"Name":"live","FunctionVersion":"3","RoutingConfig":{"AdditionalVersionWeights":{"1":0.5}}}`)
	f.check(
		want{"DELETE " + functionsPath + "/hello?Qualifier=1", "", "409 ResourceConflictException"},
		want{"DELETE " + functionsPath + "/hello?Qualifier=$LATEST", "", `400 InvalidParameterValueException {"Type":"User","message":"$LATEST version cannot be deleted without deleting the function."}`},
		want{"POST " + functionsPath + "/hello/versions", `{"CodeSha256":"x"}`, `400 InvalidParameterValueException {"Type":"User","message":"CodeSHA256 (x) is different from current CodeSHA256 in $LATEST (`},
	)
	if got := f.must("GET "+functionsPath+"/hello/versions", "").text; strings.Count(got, `"Version":`) != 3 || !strings.HasPrefix(got, `{"Versions":[{"FunctionName":"hello","FunctionArn":"`+arn+`hello:$LATEST"`) && !strings.Contains(got, `hello:$LATEST`) {
		t.Errorf("got %s", got)
	}
}

func TestAliasesOfTwoVersions(t *testing.T) {
	f := newFixture(t)
	f.create("hello", `,"Publish":true`)
	f.must("PUT "+functionsPath+"/hello/configuration", `{"Description":"two"}`)
	f.must("POST "+functionsPath+"/hello/versions", `{}`)
	const aliases = "POST " + functionsPath + "/hello/aliases"
	const invalid = `400 InvalidParameterValueException {"Type":"User","message":"`
	f.check(
		want{aliases, `{"Name":"a","FunctionVersion":"1","RoutingConfig":{"AdditionalVersionWeights":{"1":0.5}}}`, invalid + `Invalid function version 1. Function version 1 is already included in routing configuration."}`},
		want{aliases, `{"Name":"a","FunctionVersion":"1","RoutingConfig":{"AdditionalVersionWeights":{"1":0.5,"2":0.5}}}`, invalid + `Number of items in AdditionalVersionWeights cannot be greater than 1"}`},
		want{aliases, `{"Name":"a","FunctionVersion":"$LATEST","RoutingConfig":{"AdditionalVersionWeights":{"2":0.5}}}`, `400 InvalidParameterValueException {"message":"$LATEST is not supported for an alias pointing to more than 1 version"}`},
		want{aliases, `{"Name":"a","FunctionVersion":"1","RoutingConfig":{"AdditionalVersionWeights":{"2":1.5}}}`, `400 ValidationException {"message":"1 validation error detected: Value '{2=1.5}' at 'routingConfig.additionalVersionWeights' failed to satisfy constraint: Map value must satisfy constraint: [Member must have value less than or equal to 1.0, Member must have value greater than or equal to 0.0, Member must not be null]"}`},
		want{aliases, `{"Name":"a","FunctionVersion":"7"}`, `404 ResourceNotFoundException {"Message":"Function not found: ` + arn + `hello:7","Type":"User"}`},
		want{aliases, `{"Name":"1","FunctionVersion":"1"}`, `400 ValidationException {"message":"1 validation error detected: Value '1' at 'name' failed to satisfy constraint: Member must satisfy regular expression pattern: (?!^[0-9]+$)([a-zA-Z0-9-_]+)"}`},
		want{aliases, `{"Name":"a","FunctionVersion":"1","RoutingConfig":{"AdditionalVersionWeights":{"2":0.25}}}`, `201`},
		want{aliases, `{"Name":"a","FunctionVersion":"1"}`, `409 ResourceConflictException {"Type":"User","message":"Alias already exists: ` + arn + `hello:a"}`},
		want{"GET " + functionsPath + "/hello/aliases/b", "", `404 ResourceNotFoundException {"Message":"Cannot find alias arn: ` + arn + `hello:b","Type":"User"}`},
		want{"PUT " + functionsPath + "/hello/aliases/a", `{"RevisionId":"x"}`, `412 PreconditionFailedException`},
		want{"PUT " + functionsPath + "/hello/aliases/a", `{"RoutingConfig":{}}`, `200  {"AliasArn":"` + arn + `hello:a","Name":"a","FunctionVersion":"1","Description":"","RevisionId":`},
		want{"DELETE " + functionsPath + "/hello/aliases/a", "", "204"},
		want{"DELETE " + functionsPath + "/hello/aliases/a", "", "204"},
		want{"GET " + functionsPath + "/hello/aliases", "", `200  {"Aliases":[]}`},
	)
}

func TestListsComeInPages(t *testing.T) {
	f := newFixture(t)
	for i := range 53 {
		f.create(fmt.Sprintf("f%02d", i), "")
	}
	first := f.must("GET "+functionsPath+"?MaxItems=10000", "")
	rest := f.must("GET "+functionsPath+"?Marker="+first.member("NextMarker"), "")
	if strings.Count(first.text, "FunctionArn") != 50 || strings.Count(rest.text, "FunctionArn") != 3 || rest.member("NextMarker") != "" {
		t.Errorf("got %d and %d", strings.Count(first.text, "FunctionArn"), strings.Count(rest.text, "FunctionArn"))
	}
	if strings.Contains(first.text, `"State"`) || strings.Contains(first.text, "RuntimeVersionConfig") {
		t.Error("a list shows states")
	}
	f.must("POST "+functionsPath+"/f00/versions", `{}`)
	if all := f.must("GET "+functionsPath+"?FunctionVersion=ALL&MaxItems=3", ""); !strings.Contains(all.text, arn+"f00:$LATEST") || !strings.Contains(all.text, arn+"f00:1") || !strings.Contains(all.text, arn+"f01:$LATEST") {
		t.Errorf("got %s", all)
	}
}

func TestInvokeCarriesEverything(t *testing.T) {
	f := newFixture(t)
	f.create("hello", `,"Publish":true`)
	f.invoker.result = functions.Result{Payload: []byte(`{"errorMessage":"no"}`), FunctionError: functions.Unhandled, Log: []byte("START\nEND\n")}
	r := f.call("POST "+functionsPath+"/hello/invocations?Qualifier=1", ``,
		awsproto.Field{Name: "x-amz-log-type", Value: "Tail"}, awsproto.Field{Name: "X-Amzn-Trace-Id", Value: "Root=1-2-3"},
		awsproto.Field{Name: "X-Amz-Client-Context", Value: base64.StdEncoding.EncodeToString([]byte(`{"custom":{"a":"b"}}`))})
	if r.status != 200 || r.text != `{"errorMessage":"no"}` || r.header["X-Amz-Function-Error"] != "Unhandled" || r.header["X-Amz-Executed-Version"] != "1" ||
		r.header["X-Amz-Log-Result"] != base64.StdEncoding.EncodeToString([]byte("START\nEND\n")) || r.header["Content-Type"] != "application/json" {
		t.Errorf("got %+v", r)
	}
	c := f.invoker.last
	if string(c.Payload) != "{}" || c.TraceID != "Root=1-2-3" || string(c.ClientContext) != `{"custom":{"a":"b"}}` || !c.Tail || c.RequestID != "request-1" || c.Ref.Qualifier != "1" || c.Caller != nil {
		t.Errorf("got %+v", c)
	}
	dry := awsproto.Field{Name: "X-Amz-Invocation-Type", Value: "DryRun"}
	if r := f.call("POST "+functionsPath+"/hello/invocations", `{}`, dry); r.status != 204 || r.text != "" {
		t.Errorf("got %+v", r)
	}
	if r := f.call("POST "+functionsPath+"/nope/invocations", `{}`, dry); r.String() != `404 ResourceNotFoundException {"Message":"Function not found: `+arn+`nope:$LATEST","Type":"User"}` {
		t.Errorf("got %s", r)
	}
	event := awsproto.Field{Name: "X-Amz-Invocation-Type", Value: "Event"}
	if r := f.call("POST "+functionsPath+"/hello/invocations", `{}`, event); r.status != 202 || r.text != "" || r.header["X-Amz-Executed-Version"] != "" || r.header["Content-Type"] != "" {
		t.Errorf("got %+v", r)
	}
	if f.invoker.last.Type != functions.Event {
		t.Errorf("got %+v", f.invoker.last)
	}
	large := `"` + strings.Repeat("x", 262143) + `"`
	if r := f.call("POST "+functionsPath+"/hello/invocations", large, event); r.String() != `413 RequestTooLargeException {"Type":"User","message":"262145 byte payload is too large for the Event invocation type (limit 262144 bytes)"}` {
		t.Errorf("got %s", r)
	}
	f.invoker.err = functions.ErrNoQueue
	if r := f.call("POST "+functionsPath+"/hello/invocations", `{}`, event); !strings.HasPrefix(r.String(), `400 InvalidParameterValueException {"Type":"User","message":"InvocationType Event is not supported`) {
		t.Errorf("got %s", r)
	}
	f.invoker.err = nil
}

func TestInvokeErrors(t *testing.T) {
	f := newFixture(t)
	f.create("hello", "")
	for _, c := range []struct {
		err  error
		want string
	}{
		{&functions.ThrottledError{Reason: functions.ReasonReserved}, `429 TooManyRequestsException {"Reason":"ReservedFunctionConcurrentInvocationLimitExceeded","Type":"User","message":"Rate Exceeded."}`},
		{&functions.StateError{State: "Failed", Reason: "Broken."}, `409 ResourceConflictException {"Type":"User","message":"The operation cannot be performed at this time. The function is currently in the following state: Failed. Broken."}`},
		{functions.ErrClosed, `503 ServiceException {"Type":"Service","message":"This gateway is stopping."}`},
		{errors.New("disk on fire at /secret"), `500 InternalFailure {"Type":"Service","message":"Internal server error"}`},
		{context.Canceled, `500 InternalFailure`},
	} {
		f.invoker.err = c.err
		f.check(want{"POST " + functionsPath + "/hello/invocations", `{}`, c.want})
	}
	f.invoker.err = nil
	tooLarge := `"` + strings.Repeat("x", 6<<20) + `"`
	f.check(
		want{"POST " + functionsPath + "/hello/invocations", tooLarge, `413 RequestTooLargeException {"Type":"User","message":"6291458 byte payload is too large for the RequestResponse invocation type (limit 6291456 bytes)"}`},
	)
	if r := f.call("POST "+functionsPath+"/hello/invocations", "", awsproto.Field{Name: "X-Amz-Client-Context", Value: "%"}); !strings.HasPrefix(r.String(), "400 InvalidRequestContentException") {
		t.Errorf("got %s", r)
	}
}

func TestUpdateReplacesTheCode(t *testing.T) {
	f := newFixture(t)
	before := f.create("hello", "").member("CodeSha256")
	body := `{"ZipFile":"` + code(t, "other code") + `"`
	if dry := f.must("PUT "+functionsPath+"/hello/code", body+`,"DryRun":true}`); dry.member("CodeSha256") == before {
		t.Errorf("got %s", dry)
	}
	if now := f.must("GET "+functionsPath+"/hello", "").member("Configuration.CodeSha256"); now != before {
		t.Error("a dry run changed the code")
	}
	published := f.must("PUT "+functionsPath+"/hello/code", body+`,"Publish":true}`)
	if published.member("Version") != "1" || published.member("State") != "Pending" || published.member("FunctionArn") != arn+"hello:1" {
		t.Errorf("got %s", published)
	}
	read := f.must("GET "+functionsPath+"/hello?Qualifier=1", "")
	if read.member("Configuration.CodeSha256") == before || read.member("Configuration.RevisionId") != published.member("RevisionId") {
		t.Errorf("got %s", read)
	}
}

func TestDamagedFunctionsAreShownAsFailed(t *testing.T) {
	before := newFixture(t)
	before.create("good", "")
	before.create("hello", "")
	before.must("PUT "+functionsPath+"/hello/code", `{"ZipFile":"`+code(t, "other code")+`"}`)
	stored, err := store.New[definition.Function](before.engine.Docs(), functionstore.Bucket).Get(t.Context(), "111111111111/us-east-1/hello")
	if err != nil {
		t.Fatal(err)
	}
	digest, err := engine.ParseDigest(stored.Latest.Code.Digest)
	if err != nil {
		t.Fatal(err)
	}
	if err := before.engine.Snapshots().Delete(t.Context(), digest); err != nil {
		t.Fatal(err)
	}
	other, err := seal.Ephemeral()
	if err != nil {
		t.Fatal(err)
	}
	f := fixtureOn(t, before.engine, before.box, nil)
	f.check(
		want{"POST " + functionsPath + "/hello/invocations", `{}`, `409 ResourceConflictException {"Type":"User","message":"The operation cannot be performed at this time. The function is currently in the following state: Failed. The code of this version is damaged or missing in the state of this gateway."}`},
		want{"POST " + functionsPath + "/good/invocations", `{}`, `200`},
	)
	if got := f.must("GET "+functionsPath+"/hello", ""); got.member("Configuration.State") != "Failed" || got.member("Configuration.StateReasonCode") != "InternalError" || !strings.Contains(got.member("Configuration.StateReason"), "damaged") {
		t.Errorf("got %s", got)
	}
	f.must("PUT "+functionsPath+"/hello/code", `{"ZipFile":"`+code(t, "other code")+`"}`)
	if got := f.must("GET "+functionsPath+"/hello", "").member("Configuration.State"); got != "Active" {
		t.Errorf("after an upload: got %s", got)
	}
	f.create("secret", `,"Environment":{"Variables":{"AB":"x"}}`)
	f = fixtureOn(t, before.engine, other, nil)
	if got := f.must("GET "+functionsPath+"/secret/configuration", ""); got.member("Environment.Error.ErrorCode") != "InvalidCiphertextException" || got.member("State") != "Failed" {
		t.Errorf("with another data key: got %s", got)
	}
}

func TestDownloadIsForWhoHasTheAddress(t *testing.T) {
	f := newFixture(t)
	f.create("hello", "")
	location := f.must("GET "+functionsPath+"/hello", "").member("Code.Location")
	target, ok := strings.CutPrefix(location, "http://127.0.0.1:4283")
	if !ok {
		t.Fatalf("got %s", location)
	}
	path, query, _ := strings.Cut(target, "?")
	r := &awsproto.Request{Method: "GET", Path: path, Query: query}
	if res := f.Handle(t.Context(), r); !f.Opens(r) || res.Status != 200 || base64.StdEncoding.EncodeToString(res.Body) != code(t, "def handler(e, c): return e") {
		t.Errorf("got %d", res.Status)
	}
	altered := &awsproto.Request{Method: "GET", Path: path, Query: strings.Replace(query, "Signature=", "Signature=0", 1)}
	if res := f.Handle(t.Context(), altered); f.Opens(altered) || res.Status != 403 {
		t.Errorf("an altered address: got %d", res.Status)
	}
	f.now = f.now.Add(time.Hour)
	if res := f.Handle(t.Context(), r); f.Opens(r) || res.Status != 403 {
		t.Errorf("an old address: got %d", res.Status)
	}
}

func TestSettings(t *testing.T) {
	f := newFixture(t)
	f.create("hello", "")
	f.create("second", "")
	const hello = "/functions/hello/"
	f.check(
		want{"PUT /2017-10-31" + hello + "concurrency", `{"ReservedConcurrentExecutions":900}`, `200  {"ReservedConcurrentExecutions":900}`},
		want{"PUT /2017-10-31/functions/second/concurrency", `{"ReservedConcurrentExecutions":1}`, `400 InvalidParameterValueException {"Type":"User","message":"Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [100]."}`},
		want{"PUT /2017-10-31" + hello + "concurrency", `{"ReservedConcurrentExecutions":-1}`, `400 ValidationException`},
		want{"GET /2016-08-19/account-settings", "", `200  {"AccountLimit":{"TotalCodeSize":80530636800,"CodeSizeUnzipped":262144000,"CodeSizeZipped":52428800,"ConcurrentExecutions":1000,"UnreservedConcurrentExecutions":100},"AccountUsage":{"TotalCodeSize":`},
		want{"DELETE /2017-10-31" + hello + "concurrency", "", `204`},
		want{"GET /2019-09-30" + hello + "concurrency", "", `200  {}`},
		want{"GET /2020-06-30" + hello + "code-signing-config", "", `200  {}`},
		want{"GET /2020-06-30/functions/nope/code-signing-config", "", `404 ResourceNotFoundException {"Message":"Function not found: ` + arn + `nope","Type":"User"}`},
		want{"GET /2021-07-20" + hello + "runtime-management-config", "", `200  {"UpdateRuntimeOn":"Auto","FunctionArn":"` + arn + `hello"}`},
		want{"PUT /2021-07-20" + hello + "runtime-management-config", `{"UpdateRuntimeOn":"Manual"}`, `400 InvalidParameterValueException {"Type":"User","message":"UpdateRuntimeOn Manual is not supported`},
		want{"PUT /2021-07-20" + hello + "runtime-management-config", `{"UpdateRuntimeOn":"Auto"}`, `200`},
		want{"GET /2024-08-31" + hello + "recursion-config", "", `200  {"RecursiveLoop":"Terminate"}`},
		want{"PUT /2024-08-31" + hello + "recursion-config", `{"RecursiveLoop":"Allow"}`, `200  {"RecursiveLoop":"Allow"}`},
		want{"GET /2024-08-31" + hello + "recursion-config", "", `200  {"RecursiveLoop":"Allow"}`},
		want{"GET /2019-09-25" + hello + "event-invoke-config", "", `404 ResourceNotFoundException {"Message":"The function ` + arn + `hello:$LATEST doesn't have an EventInvokeConfig","Type":"User"}`},
		want{"GET /2019-09-25" + hello + "event-invoke-config/list", "", `200  {"FunctionEventInvokeConfigs":[]}`},
		want{"GET /2021-10-31" + hello + "url", "", `404 ResourceNotFoundException {"Message":"The resource you requested does not exist.","Type":"User"}`},
		want{"GET /2021-10-31" + hello + "urls", "", `200  {"FunctionUrlConfigs":[]}`},
		want{"GET /2019-09-30" + hello + "provisioned-concurrency?Qualifier=$LATEST", "", `400 InvalidParameterValueException`},
		want{"GET /2019-09-30" + hello + "provisioned-concurrency?List=ALL", "", `200  {"ProvisionedConcurrencyConfigs":[]}`},
		want{"GET /2015-03-31/event-source-mappings?FunctionName=hello", "", `200  {"EventSourceMappings":[]}`},
		want{"GET /2018-10-31/layers", "", `200  {"Layers":[]}`},
		want{"POST /2017-03-31/tags/" + arn + "hello:1", `{"Tags":{"a":"b"}}`, `400 InvalidParameterValueException`},
		want{"GET /2017-03-31/tags/arn:aws:lambda:us-east-1:111111111111:event-source-mapping:00000000-0000-0000-0000-000000000000", "", `404 ResourceNotFoundException`},
		want{"GET " + functionsPath + "/arn:aws:lambda:eu-west-1:111111111111:function:hello", "", `404 ResourceNotFoundException {"Message":"Functions from 'eu-west-1' are not reachable in this region ('us-east-1')","Type":"User"}`},
		want{"GET " + functionsPath + "/222222222222:function:hello", "", `403 AccessDeniedException`},
	)
}

func TestPolicyNeedsStatementsThatCanBeEvaluated(t *testing.T) {
	f := newFixture(t)
	f.create("hello", "")
	const path = functionsPath + "/hello/policy"
	f.check(
		want{"POST " + path, `{"StatementId":"s","Action":"lambda:InvokeFunction","Principal":"invalid.example.com"}`, `400 InvalidParameterValueException {"Type":"User","message":"The provided principal was invalid.`},
		want{"POST " + path, `{"StatementId":"s","Action":"lambda:InvokeFunction","Principal":"111111111111"}`, `201  {"Statement":"{\"Sid\":\"s\",\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"arn:aws:iam::111111111111:root\"},\"Action\":\"lambda:InvokeFunction\",\"Resource\":\"` + arn + `hello\"}"}`},
		want{"POST " + path, `{"StatementId":"t","RevisionId":"x","Action":"lambda:InvokeFunction","Principal":"*"}`, `412 PreconditionFailedException {"Type":"User","message":"The Revision Id provided does not match the latest Revision Id. Call the GetPolicy API`},
		want{"DELETE " + path + "/t", "", `404 ResourceNotFoundException {"Message":"Statement t is not found in resource policy.","Type":"User"}`},
		want{"DELETE " + path + "/s", "", "204"},
		want{"GET " + path, "", `404 ResourceNotFoundException {"Message":"The resource you requested does not exist.","Type":"User"}`},
		want{"DELETE " + path + "/s", "", `404 ResourceNotFoundException {"Message":"No policy is associated with the given resource.","Type":"User"}`},
	)
	long := strings.Repeat("x", 100)
	for i := range 200 {
		r := f.call("POST "+path, fmt.Sprintf(`{"StatementId":"%s%d","Action":"lambda:InvokeFunction","Principal":"s3.amazonaws.com"}`, long[:90], i))
		if r.status != 201 {
			if !strings.HasPrefix(r.String(), "400 PolicyLengthExceededException") || i < 50 {
				t.Errorf("%d: got %s", i, r)
			}
			return
		}
	}
	t.Error("a policy has no limit")
}

func TestBodiesOfUploadsMayBeLarge(t *testing.T) {
	f := newFixture(t)
	for line, limit := range map[string]int64{
		"POST " + functionsPath: 70167211, "POST " + functionsPath + "/": 70167211, "PUT " + functionsPath + "/hello/code": 70167211,
		"POST " + functionsPath + "/hello/invocations": 0, "PUT " + functionsPath + "/hello/configuration": 0,
	} {
		method, path, _ := strings.Cut(line, " ")
		if got, _ := f.MaxBody(&awsproto.Request{Method: method, Path: path}); got != limit {
			t.Errorf("%s: got %d", line, got)
		}
	}
	if _, refusal := f.MaxBody(&awsproto.Request{Method: "POST", Path: functionsPath}); refusal.Message != "Request must be smaller than 70167211 bytes for the CreateFunction operation" {
		t.Errorf("got %v", refusal)
	}
}
