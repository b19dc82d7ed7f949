package management_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	"github.com/aws/aws-sdk-go-v2/service/apigateway/types"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
)

// keyedDocument has methods with and without API key; %s stands for more members of the root.
const keyedDocument = `{"swagger":"2.0","info":{"title":"keyed","version":"1"},%s
"securityDefinitions":{"api_key":{"type":"apiKey","name":"x-api-key","in":"header"}},
"x-amazon-apigateway-gateway-responses":{
 "QUOTA_EXCEEDED":{"statusCode":"420","responseTemplates":{"application/json":"{\"slow\":$context.error.messageString,\"key\":\"$context.identity.apiKeyId\"}"}}},
"paths":{
 "/":{"get":{"security":[{"api_key":[]}],%s}},
 "/pets":{"get":{"security":[{"api_key":[]}],%s},"post":{"security":[{"api_key":[]}],%s}},
 "/open":{"get":{%s}}}}`

// showsKey is an operation that answers with the key of the request.
const showsKey = `"responses":{"200":{"description":"ok"}},"x-amazon-apigateway-integration":{"type":"mock","requestTemplates":{"application/json":"{\"statusCode\": 200}"},
"responses":{"default":{"statusCode":"200","responseTemplates":{"application/json":"[\"$context.identity.apiKey\",\"$context.identity.apiKeyId\"]"}}}}`

// keyed is an API whose methods ask for keys, and what a test calls it with.
type keyed struct {
	t  *testing.T
	c  *apigateway.Client
	id string
}

// newKeyed imports the document, with more members of its root, and deploys it to the stages prod and beta.
func newKeyed(t *testing.T, more string, change ...string) *keyed {
	t.Helper()
	c := newClient()
	document := fmt.Sprintf(keyedDocument, more, showsKey, showsKey, showsKey, showsKey)
	document = strings.NewReplacer(change...).Replace(document)
	api := must[apigateway.ImportRestApiOutput](t)(c.ImportRestApi(t.Context(), &apigateway.ImportRestApiInput{Body: []byte(document), FailOnWarnings: true}))
	t.Cleanup(func() {
		must[apigateway.DeleteRestApiOutput](t)(c.DeleteRestApi(context.Background(), &apigateway.DeleteRestApiInput{RestApiId: api.Id}))
	})
	k := &keyed{t, c, *api.Id}
	for _, stage := range []string{"prod", "beta"} {
		must[apigateway.CreateDeploymentOutput](t)(c.CreateDeployment(t.Context(), &apigateway.CreateDeploymentInput{RestApiId: api.Id, StageName: &stage}))
	}
	return k
}

// key makes an API key, gone at the end.
func (k *keyed) key(enabled bool) *apigateway.CreateApiKeyOutput {
	k.t.Helper()
	key := must[apigateway.CreateApiKeyOutput](k.t)(k.c.CreateApiKey(k.t.Context(), &apigateway.CreateApiKeyInput{Name: aws.String("client"), Enabled: enabled}))
	k.t.Cleanup(func() {
		_, _ = k.c.DeleteApiKey(context.Background(), &apigateway.DeleteApiKeyInput{ApiKey: key.Id}) // the test may have done so
	})
	return key
}

// plan makes a usage plan for the stage prod with some keys, gone at the end.
func (k *keyed) plan(quota *types.QuotaSettings, throttle *types.ThrottleSettings, keys ...*apigateway.CreateApiKeyOutput) string {
	k.t.Helper()
	plan := must[apigateway.CreateUsagePlanOutput](k.t)(k.c.CreateUsagePlan(k.t.Context(), &apigateway.CreateUsagePlanInput{
		Name: aws.String("tier"), Quota: quota, Throttle: throttle, ApiStages: []types.ApiStage{{ApiId: &k.id, Stage: aws.String("prod")}},
	}))
	k.t.Cleanup(func() {
		_, _ = k.c.UpdateUsagePlan(context.Background(), &apigateway.UpdateUsagePlanInput{UsagePlanId: plan.Id, PatchOperations: []types.PatchOperation{op(types.OpRemove, "/apiStages", k.id+":prod")}})
		_, _ = k.c.DeleteUsagePlan(context.Background(), &apigateway.DeleteUsagePlanInput{UsagePlanId: plan.Id})
	})
	for _, key := range keys {
		k.join(*plan.Id, key)
	}
	return *plan.Id
}

func (k *keyed) join(plan string, key *apigateway.CreateApiKeyOutput) {
	k.t.Helper()
	must[apigateway.CreateUsagePlanKeyOutput](k.t)(k.c.CreateUsagePlanKey(k.t.Context(), &apigateway.CreateUsagePlanKeyInput{UsagePlanId: &plan, KeyId: key.Id, KeyType: aws.String("API_KEY")}))
}

func (k *keyed) patchPlan(plan string, ops ...types.PatchOperation) {
	k.t.Helper()
	must[apigateway.UpdateUsagePlanOutput](k.t)(k.c.UpdateUsagePlan(k.t.Context(), &apigateway.UpdateUsagePlanInput{UsagePlanId: &plan, PatchOperations: ops}))
}

func (k *keyed) patchKey(key *apigateway.CreateApiKeyOutput, ops ...types.PatchOperation) {
	k.t.Helper()
	must[apigateway.UpdateApiKeyOutput](k.t)(k.c.UpdateApiKey(k.t.Context(), &apigateway.UpdateApiKeyInput{ApiKey: key.Id, PatchOperations: ops}))
}

// call sends "METHOD /stage/path" with a header and returns status, error type and body.
func (k *keyed) call(line string, header ...string) string {
	k.t.Helper()
	method, path, _ := strings.Cut(line, " /")
	stage, path, _ := strings.Cut(path, "/")
	req, err := http.NewRequestWithContext(k.t.Context(), method, server.apis+"/restapis/"+k.id+"/"+stage+"/_user_request_/"+path, nil)
	if err != nil {
		k.t.Fatal(err)
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Add(header[i], header[i+1])
	}
	a := server.do(k.t, req)
	if a.header.Get("Retry-After") != "" {
		k.t.Error("there is a Retry-After header")
	}
	return strings.Join(strings.Fields(fmt.Sprint(a.status, " ", a.header.Get("x-amzn-ErrorType"), " ", string(a.body))), " ")
}

// with calls GET /prod/pets with a key.
func (k *keyed) with(key *apigateway.CreateApiKeyOutput) string {
	k.t.Helper()
	return k.call("GET /prod/pets", "X-API-Key", *key.Value)
}

func shown(key *apigateway.CreateApiKeyOutput) string {
	return fmt.Sprintf(`200 ["%s","%s"]`, *key.Value, *key.Id)
}

// usage is what GetUsage reports for a key today.
func (k *keyed) usage(plan string, key *apigateway.CreateApiKeyOutput) [][]int64 {
	k.t.Helper()
	today := time.Now().UTC().Format(time.DateOnly)
	u := must[apigateway.GetUsageOutput](k.t)(k.c.GetUsage(k.t.Context(), &apigateway.GetUsageInput{UsagePlanId: &plan, StartDate: &today, EndDate: &today, KeyId: key.Id}))
	return u.Items[*key.Id]
}

// The answers of the service. Spec: traffic 3.1.
const (
	forbidden = `403 ForbiddenException {"message":"Forbidden"}`
	tooFast   = `429 TooManyRequestsException {"message":"Too Many Requests"}`
	tooMuch   = `429 LimitExceededException {"message":"Limit Exceeded"}`
	nobody    = `200 ["",""]`
)

// withoutResponses takes the customised gateway responses out of the document.
var withoutResponses = []string{`"QUOTA_EXCEEDED":`, `"WAF_FILTERED":`}

// TestAPIKeysLetTheirStagesIn holds the five refusals of traffic 1.3, each of which ends without a deployment.
func TestAPIKeysLetTheirStagesIn(t *testing.T) {
	k := newKeyed(t, "", withoutResponses...)
	key := k.key(false)
	equal(t, "no key", k.call("GET /prod/pets"), forbidden)
	equal(t, "an empty key", k.call("GET /prod/pets", "x-api-key", ""), forbidden)
	equal(t, "an unknown key", k.call("GET /prod/pets", "x-api-key", strings.Repeat("x", 40)), forbidden)
	equal(t, "the id of a key", k.call("GET /prod/pets", "x-api-key", *key.Id), forbidden)
	equal(t, "a disabled key", k.with(key), forbidden)
	k.patchKey(key, replace("/enabled", "true"))
	equal(t, "a key without plan", k.with(key), forbidden)
	plan := k.plan(nil, nil)
	equal(t, "a plan without the key", k.with(key), forbidden)
	k.join(plan, key)
	equal(t, "a key of the plan", k.with(key), shown(key))
	equal(t, "another stage", k.call("GET /beta/pets", "x-api-key", *key.Value), forbidden)
	equal(t, "the first of two keys", k.call("GET /prod/pets", "x-api-key", *key.Value, "x-api-key", "other"), shown(key))
	equal(t, "not the second of two keys", k.call("GET /prod/pets", "x-api-key", "other", "x-api-key", *key.Value), forbidden)
	equal(t, "a key in the query", k.call("GET /prod/pets?x-api-key="+*key.Value), forbidden)
	equal(t, "an open method without a key", k.call("GET /prod/open"), nobody)
	equal(t, "an open method ignores the key", k.call("GET /prod/open", "x-api-key", *key.Value), nobody)
	equal(t, "the usage", k.usage(plan, key), [][]int64{{2, -1}})

	k.patchKey(key, replace("/enabled", "false"))
	equal(t, "disabled again", k.with(key), forbidden)
	k.patchKey(key, replace("/enabled", "true"))
	equal(t, "enabled again", k.with(key), shown(key))
	k.patchPlan(plan, op(types.OpRemove, "/apiStages", k.id+":prod"), op(types.OpAdd, "/apiStages", k.id+":beta"))
	equal(t, "the plan has lost the stage", k.with(key), forbidden)
	equal(t, "the plan has another stage", k.call("GET /beta/", "x-api-key", *key.Value), shown(key))
	k.patchPlan(plan, op(types.OpRemove, "/apiStages", k.id+":beta"), op(types.OpAdd, "/apiStages", k.id+":prod"))
	equal(t, "the plan has the stage again", k.with(key), shown(key))
	must[apigateway.DeleteUsagePlanKeyOutput](t)(k.c.DeleteUsagePlanKey(t.Context(), &apigateway.DeleteUsagePlanKeyInput{UsagePlanId: &plan, KeyId: key.Id}))
	equal(t, "the key has left the plan", k.with(key), forbidden)
	k.join(plan, key)
	equal(t, "the key is back", k.with(key), shown(key))
	must[apigateway.DeleteApiKeyOutput](t)(k.c.DeleteApiKey(t.Context(), &apigateway.DeleteApiKeyInput{ApiKey: key.Id}))
	equal(t, "the key is deleted", k.with(key), forbidden)
}

// TestADeletedStageLeavesItsPlans: a stage of its name that comes later is another one.
func TestADeletedStageLeavesItsPlans(t *testing.T) {
	k := newKeyed(t, "", withoutResponses...)
	key := k.key(true)
	k.plan(nil, nil, key)
	equal(t, "before", k.with(key), shown(key))
	must[apigateway.DeleteStageOutput](t)(k.c.DeleteStage(t.Context(), &apigateway.DeleteStageInput{RestApiId: &k.id, StageName: aws.String("prod")}))
	must[apigateway.CreateDeploymentOutput](t)(k.c.CreateDeployment(t.Context(), &apigateway.CreateDeploymentInput{RestApiId: &k.id, StageName: aws.String("prod")}))
	equal(t, "after", k.with(key), forbidden)
}

// TestQuotasCountRequests holds traffic 2.3 and 4.
func TestQuotasCountRequests(t *testing.T) {
	k := newKeyed(t, "", withoutResponses...)
	key, other := k.key(true), k.key(true)
	plan := k.plan(&types.QuotaSettings{Limit: 2, Period: types.QuotaPeriodTypeMonth}, nil, key, other)
	equal(t, "before", k.usage(plan, key), [][]int64{{0, 2}})
	equal(t, "the first", k.with(key), shown(key))
	equal(t, "the second", k.call("POST /prod/pets", "x-api-key", *key.Value), shown(key))
	equal(t, "one too many", k.with(key), tooMuch)
	equal(t, "still one too many", k.with(key), tooMuch)
	equal(t, "another key has its own", k.with(other), shown(other))
	equal(t, "used up", k.usage(plan, key), [][]int64{{2, 0}})

	updated := must[apigateway.UpdateUsageOutput](t)(k.c.UpdateUsage(t.Context(), &apigateway.UpdateUsageInput{UsagePlanId: &plan, KeyId: key.Id, PatchOperations: []types.PatchOperation{replace("/remaining", "1")}}))
	equal(t, "the answer of UpdateUsage", updated.Items, map[string][][]int64{*key.Id: {{2, 1}}})
	equal(t, "one more", k.with(key), shown(key))
	equal(t, "and no other", k.with(key), tooMuch)
	equal(t, "the report", k.usage(plan, key), [][]int64{{3, 0}})
	must[apigateway.UpdateUsageOutput](t)(k.c.UpdateUsage(t.Context(), &apigateway.UpdateUsageInput{UsagePlanId: &plan, KeyId: other.Id, PatchOperations: []types.PatchOperation{replace("/remaining", "0")}}))
	equal(t, "nothing remains of another key", k.with(other), tooMuch)

	k.patchPlan(plan, replace("/quota/limit", "3"))
	equal(t, "a greater limit", k.with(key), shown(key)) // and the extra one
	equal(t, "is reached", k.with(key), tooMuch)
	k.patchPlan(plan, replace("/quota/period", "DAY"))
	equal(t, "another period", k.usage(plan, key), [][]int64{{4, 3}})
	equal(t, "is another count", k.with(key), shown(key))
	k.patchPlan(plan, op(types.OpRemove, "/quota", ""))
	for range 5 {
		equal(t, "no quota", k.with(key), shown(key))
	}
	equal(t, "the report without a quota", k.usage(plan, key), [][]int64{{10, -1}})
}

// slow lets one request pass, and then none for as long as a test takes.
var slow = &types.ThrottleSettings{BurstLimit: 1, RateLimit: 0.0001}

// TestPlansThrottleTheirKeys holds traffic 3.2 and 3.3.
func TestPlansThrottleTheirKeys(t *testing.T) {
	k := newKeyed(t, "", withoutResponses...)
	key, other := k.key(true), k.key(true)
	plan := k.plan(&types.QuotaSettings{Limit: 100, Period: types.QuotaPeriodTypeDay}, slow, key, other)
	equal(t, "the first", k.with(key), shown(key))
	equal(t, "the second, of any method", k.call("GET /prod/", "x-api-key", *key.Value), tooFast)
	equal(t, "another key", k.with(other), shown(other))
	equal(t, "a refused request is not counted", k.usage(plan, key), [][]int64{{1, 99}})

	method := "/apiStages/" + k.id + ":prod/throttle/~1pets/POST"
	k.patchPlan(plan, replace(method+"/rateLimit", "0.0001"), replace(method+"/burstLimit", "2"))
	for range 2 {
		equal(t, "a method with a limit of its own", k.call("POST /prod/pets", "x-api-key", *key.Value), shown(key))
	}
	equal(t, "which ends", k.call("POST /prod/pets", "x-api-key", *key.Value), tooFast)
	equal(t, "the others have that of the plan", k.with(key), tooFast)
	k.patchPlan(plan, op(types.OpRemove, method, ""))
	equal(t, "the limit of the method is gone", k.call("POST /prod/pets", "x-api-key", *key.Value), tooFast)
	k.patchPlan(plan, replace("/apiStages/"+k.id+":prod/throttle", `{"//GET":{"rateLimit":0.0001,"burstLimit":1}}`))
	equal(t, "the root has a limit", k.call("GET /prod/", "x-api-key", *key.Value), shown(key))
	equal(t, "which ends, too", k.call("GET /prod/", "x-api-key", *key.Value), tooFast)

	k.patchPlan(plan, op(types.OpRemove, "/throttle", ""))
	for range 3 {
		equal(t, "no throttle", k.with(key), shown(key))
	}
	k.patchPlan(plan, replace("/throttle/rateLimit", "100"), replace("/throttle/burstLimit", "0"))
	for range 2 {
		equal(t, "burst 0", k.with(key), tooFast)
	}
}

// TestRefusalsOfKeysCanBeCustomised: all three are gateway responses.
func TestRefusalsOfKeysCanBeCustomised(t *testing.T) {
	k := newKeyed(t, "")
	for kind, status := range map[types.GatewayResponseType]string{types.GatewayResponseTypeInvalidApiKey: "401", types.GatewayResponseTypeThrottled: "503"} {
		must[apigateway.PutGatewayResponseOutput](t)(k.c.PutGatewayResponse(t.Context(), &apigateway.PutGatewayResponseInput{RestApiId: &k.id, ResponseType: kind, StatusCode: &status,
			ResponseTemplates: map[string]string{"application/json": `{"why":"$context.error.responseType","key":"$context.identity.apiKeyId"}`}}))
	}
	must[apigateway.CreateDeploymentOutput](t)(k.c.CreateDeployment(t.Context(), &apigateway.CreateDeploymentInput{RestApiId: &k.id, StageName: aws.String("prod")}))
	key, fast := k.key(true), k.key(true)
	k.plan(&types.QuotaSettings{Limit: 0, Period: types.QuotaPeriodTypeDay}, nil, key)
	k.plan(nil, &types.ThrottleSettings{}, fast)
	equal(t, "no key", k.call("GET /prod/pets"), `401 ForbiddenException {"why":"INVALID_API_KEY","key":""}`)
	equal(t, "the quota", k.with(key), `420 LimitExceededException {"slow":"Limit Exceeded","key":"`+*key.Id+`"}`)
	equal(t, "the throttle", k.with(fast), `503 TooManyRequestsException {"why":"THROTTLED","key":"`+*fast.Id+`"}`)
}

// TestInvokedTestsNeedNoKey: TestInvokeMethod has neither key nor plan.
func TestInvokedTestsNeedNoKey(t *testing.T) {
	k := newKeyed(t, "")
	for _, r := range must[apigateway.GetResourcesOutput](t)(k.c.GetResources(t.Context(), &apigateway.GetResourcesInput{RestApiId: &k.id})).Items {
		if *r.Path != "/pets" {
			continue
		}
		out := must[apigateway.TestInvokeMethodOutput](t)(k.c.TestInvokeMethod(t.Context(), &apigateway.TestInvokeMethodInput{RestApiId: &k.id, ResourceId: r.Id, HttpMethod: aws.String("GET")}))
		equal(t, "the answer", fmt.Sprintf("%d %s", out.Status, *out.Body), nobody)
	}
}

// TestExecutionLogsMaskKeys: whole keys are in no log. Spec: observability 3.2, 3.3.
func TestExecutionLogsMaskKeys(t *testing.T) {
	k := newKeyed(t, "", withoutResponses...)
	key := k.key(true)
	plan := k.plan(nil, nil, key)
	must[apigateway.UpdateStageOutput](t)(k.c.UpdateStage(t.Context(), &apigateway.UpdateStageInput{RestApiId: &k.id, StageName: aws.String("prod"), PatchOperations: []types.PatchOperation{
		replace("/*/*/logging/loglevel", "INFO"), replace("/*/*/logging/dataTrace", "true"), // bodies, too
	}}))
	k.with(key)
	k.call("GET /prod/pets")
	k.patchPlan(plan, replace("/throttle/burstLimit", "0"), replace("/throttle/rateLimit", "1"))
	k.with(key)
	k.patchPlan(plan, op(types.OpRemove, "/throttle", ""), replace("/quota/limit", "0"), replace("/quota/period", "WEEK"))
	k.with(key)
	masked := strings.Repeat("*", len(*key.Value)-6) + (*key.Value)[len(*key.Value)-6:]
	stage := k.id + "/prod"
	log := server.out.await(t, "Key quota limit exceeded for RestApi "+k.id+".*Limit: 0 Period: WEEK") // the last line
	for _, want := range []string{
		"API Key: " + masked + " API Stage: " + stage,
		"API Key " + masked + " authorized because method 'GET /pets' requires API Key and API Key is associated with a Usage Plan for API Stage " + stage,
		"Usage Plan check succeeded for API Key " + masked + " and API Stage " + stage,
		"API Key  not authorized because method 'GET /pets' requires API Key and API Key is not associated with a Usage Plan for API Stage " + stage + ": No Usage Plan found for key and API Stage",
		"Key throttle limit exceeded for RestApi " + k.id + ", Stage prod, Resource ",
		", HttpMethod GET. Limit: 1.00 Burst: 0",
		"Key quota limit exceeded for RestApi " + k.id + ", Stage prod, Resource ",
		", HttpMethod GET. Limit: 0 Period: WEEK",
	} {
		if !strings.Contains(log, want) {
			t.Errorf("the log has no %q", want)
		}
	}
	if strings.Contains(log, *key.Value) {
		t.Error("the log has a whole key")
	}
}

// keyOfToken gives tokens their API keys: the token is the key, "none" has none, and "asked" tells how often it was asked.
const keyOfToken = `
asked = 0

def handler(event, context):
    global asked
    asked += 1
    answer = {
        "principalId": "p",
        "policyDocument": {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": "*"}]},
        "context": {"asked": asked},
    }
    if event["authorizationToken"] != "none":
        answer["usageIdentifierKey"] = event["authorizationToken"]
    return answer
`

// identityOf answers with the identity of the event, and what an authorizer said of it.
const identityOf = `
import json

def handler(event, context):
    said = event["requestContext"]
    identity = said["identity"]
    found = {name: identity[name] for name in ("apiKey", "apiKeyId") if name in identity}
    if event.get("type") != "REQUEST":
        authorizer = said.get("authorizer", {})
        return {"body": json.dumps([found, authorizer.get("asked"), authorizer.get("seen")], sort_keys=True)}
    return {
        "principalId": "p",
        "policyDocument": {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": "*"}]},
        "context": {"seen": json.dumps(found, sort_keys=True)},
    }
`

// guard puts an authorizer before the methods of the document that ask for keys, and a function behind GET /pets.
func guard(kind, function string, more string) []string {
	return append([]string{
		`"securityDefinitions":{`, `"securityDefinitions":{"guard":{"type":"apiKey","name":"Authorization","in":"header","x-amazon-apigateway-authtype":"custom","x-amazon-apigateway-authorizer":{"type":"` + kind +
			`","authorizerUri":"` + invocations(function) + `",` + more + `}},`,
		`{"api_key":[]}`, `{"api_key":[]},{"guard":[]}`,
		`"/pets":{"get":{"security":[{"api_key":[]}],` + showsKey, `"/pets":{"get":{"security":[{"api_key":[]},{"guard":[]}],"responses":{},"x-amazon-apigateway-integration":{"type":"aws_proxy","httpMethod":"POST","uri":"` + invocations("identity-of") + `"}`,
	}, withoutResponses...)
}

// identityFunction makes the function of guard and lets everybody's API call it.
func identityFunction(t *testing.T, functions *lambda.Client) {
	t.Helper()
	newPython(t, functions, "identity-of", identityOf)
	allow(t, functions, "identity-of", nil, "*/*")
}

// TestAuthorizersNameKeys holds the source AUTHORIZER of traffic 1.3.
func TestAuthorizersNameKeys(t *testing.T) {
	functions := newLambda()
	newPython(t, functions, "key-of-token", keyOfToken)
	allow(t, functions, "key-of-token", nil, "*/*")
	identityFunction(t, functions)
	k := newKeyed(t, `"x-amazon-apigateway-api-key-source":"AUTHORIZER",`, guard("token", "key-of-token", `"authorizerResultTtlInSeconds":300`)...)
	key := k.key(true)
	plan := k.plan(&types.QuotaSettings{Limit: 2, Period: types.QuotaPeriodTypeMonth}, nil, key)
	as := func(token string, header ...string) string {
		t.Helper()
		return k.call("GET /prod/pets", append([]string{"Authorization", token}, header...)...)
	}
	answer := fmt.Sprintf(`200 [{"apiKey": "%s", "apiKeyId": "%s"}, "1", null]`, *key.Value, *key.Id)
	equal(t, "no token", k.call("GET /prod/pets", "x-api-key", *key.Value), `401 UnauthorizedException {"message":"Unauthorized"}`)
	equal(t, "a key that the authorizer names", as(*key.Value), answer)
	equal(t, "from the cache", as(*key.Value), answer)
	equal(t, "the quota of that key", as(*key.Value), tooMuch)
	equal(t, "the usage", k.usage(plan, key), [][]int64{{2, 0}})
	equal(t, "a key that does not exist", as("no-such-key-0123456789"), forbidden)
	equal(t, "the id of the key", as(*key.Id), forbidden)
	equal(t, "no key", as("none"), forbidden)
	equal(t, "no key, and one in the header", as("none", "x-api-key", *key.Value), forbidden)
	must[apigateway.UpdateUsageOutput](t)(k.c.UpdateUsage(t.Context(), &apigateway.UpdateUsageInput{UsagePlanId: &plan, KeyId: key.Id, PatchOperations: []types.PatchOperation{replace("/remaining", "5")}}))
	equal(t, "the authorizer's before the header's", as(*key.Value, "x-api-key", "other"), answer)
}

// TestMethodsWithoutAuthorizerHaveNoKeyOfOne: the source is AUTHORIZER, and there is none.
func TestMethodsWithoutAuthorizerHaveNoKeyOfOne(t *testing.T) {
	k := newKeyed(t, `"x-amazon-apigateway-api-key-source":"AUTHORIZER",`, withoutResponses...)
	key := k.key(true)
	k.plan(nil, nil, key)
	equal(t, "a key in the header", k.with(key), forbidden)
	equal(t, "an open method", k.call("GET /prod/open"), nobody)
}

// TestRequestAuthorizersSeeKeys: a key that was sent is in the event of a REQUEST authorizer. Spec: access-control 2.3.
func TestRequestAuthorizersSeeKeys(t *testing.T) {
	identityFunction(t, newLambda())
	k := newKeyed(t, "", guard("request", "identity-of", `"identitySource":"context.identity.apiKey","authorizerResultTtlInSeconds":300`)...)
	key := k.key(true)
	k.plan(nil, nil, key)
	saw := func(identity string) string {
		return fmt.Sprintf(`200 [{"apiKey": "%s", "apiKeyId": "%s"}, null, "%s"]`, *key.Value, *key.Id, strings.ReplaceAll(identity, `"`, `\"`))
	}
	equal(t, "no key", k.call("GET /prod/pets"), `401 UnauthorizedException {"message":"Unauthorized"}`)
	equal(t, "a key", k.with(key), saw(fmt.Sprintf(`{"apiKey": "%s", "apiKeyId": "%s"}`, *key.Value, *key.Id)))
	equal(t, "an unknown key", k.call("GET /prod/pets", "x-api-key", strings.Repeat("x", 40)), forbidden)
}
