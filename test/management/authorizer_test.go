package management_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	"github.com/aws/aws-sdk-go-v2/service/apigateway/types"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	lambdatypes "github.com/aws/aws-sdk-go-v2/service/lambda/types"
)

// countingAuthorizer knows one token, allows one method, and tells how often it was asked.
const countingAuthorizer = `
asked = 0

def handler(event, context):
    global asked
    asked += 1
    if event["authorizationToken"] != "sesame":
        raise Exception("Unauthorized")
    return {
        "principalId": "ali",
        "policyDocument": {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": event["methodArn"]}]},
        "context": {"asked": asked, "ok": True},
    }
`

// whoAmI tells what the authorizer said, and which version of it answers.
const whoAmI = `
import json

def handler(event, context):
    said = event["requestContext"].get("authorizer", {})
    said.pop("integrationLatency", None)
    return {"body": json.dumps([context.function_version, said], sort_keys=True)}
`

// invocations is the URI that invokes a function of the account.
func invocations(function string) string {
	return "arn:aws:apigateway:" + region + ":lambda:path/2015-03-31/functions/arn:aws:lambda:" + region + ":000000000000:function:" + function + "/invocations"
}

// newPython makes a function with one published version, gone at the end.
func newPython(t *testing.T, c *lambda.Client, name, code string) {
	t.Helper()
	must[lambda.CreateFunctionOutput](t)(c.CreateFunction(t.Context(), &lambda.CreateFunctionInput{FunctionName: &name, Runtime: lambdatypes.RuntimePython312, Handler: aws.String("handler.handler"),
		Role: aws.String(role), Code: &lambdatypes.FunctionCode{ZipFile: zipOf(t, "handler.py", code)}, Publish: true}))
	t.Cleanup(func() {
		must[lambda.DeleteFunctionOutput](t)(c.DeleteFunction(context.Background(), &lambda.DeleteFunctionInput{FunctionName: &name}))
	})
}

// allow lets API Gateway invoke a function, or an alias of it, from a source.
func allow(t *testing.T, c *lambda.Client, function string, qualifier *string, source string) {
	t.Helper()
	must[lambda.AddPermissionOutput](t)(c.AddPermission(t.Context(), &lambda.AddPermissionInput{FunctionName: &function, Qualifier: qualifier, StatementId: aws.String("api"),
		Action: aws.String("lambda:InvokeFunction"), Principal: aws.String("apigateway.amazonaws.com"), SourceArn: aws.String("arn:aws:execute-api:" + region + ":000000000000:" + source)}))
}

// TestAuthorizersAndFunctionsOfAServer puts a Lambda authorizer before a function that a stage variable and an alias name, with
// nothing but the clients of the management APIs.
func TestAuthorizersAndFunctionsOfAServer(t *testing.T) {
	api, functions, ctx := newClient(), newLambda(), t.Context()
	newPython(t, functions, "gate", countingAuthorizer)
	newPython(t, functions, "who", whoAmI)
	must[lambda.CreateAliasOutput](t)(functions.CreateAlias(ctx, &lambda.CreateAliasInput{FunctionName: aws.String("who"), Name: aws.String("live"), FunctionVersion: aws.String("1")}))
	id, root := newAPI(t, api, "guarded")
	authorizer := must[apigateway.CreateAuthorizerOutput](t)(api.CreateAuthorizer(ctx, &apigateway.CreateAuthorizerInput{RestApiId: &id, Name: aws.String("gate"), Type: types.AuthorizerTypeToken,
		AuthorizerUri: aws.String(invocations("gate")), IdentitySource: aws.String("method.request.header.Authorization")}))
	for _, part := range []string{"a", "b"} {
		resource := must[apigateway.CreateResourceOutput](t)(api.CreateResource(ctx, &apigateway.CreateResourceInput{RestApiId: &id, ParentId: &root, PathPart: &part}))
		must[apigateway.PutMethodOutput](t)(api.PutMethod(ctx, &apigateway.PutMethodInput{RestApiId: &id, ResourceId: resource.Id, HttpMethod: aws.String("GET"), AuthorizationType: aws.String("CUSTOM"), AuthorizerId: authorizer.Id}))
		must[apigateway.PutIntegrationOutput](t)(api.PutIntegration(ctx, &apigateway.PutIntegrationInput{RestApiId: &id, ResourceId: resource.Id, HttpMethod: aws.String("GET"), Type: types.IntegrationTypeAwsProxy,
			IntegrationHttpMethod: aws.String("POST"), Uri: aws.String(invocations("${stageVariables.function}:${stageVariables.alias}"))}))
	}
	must[apigateway.CreateDeploymentOutput](t)(api.CreateDeployment(ctx, &apigateway.CreateDeploymentInput{RestApiId: &id, StageName: aws.String("prod"), Variables: map[string]string{"function": "who", "alias": "live"}}))

	get := func(path, token string) string {
		t.Helper()
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, server.apis+"/restapis/"+id+"/prod/_user_request_/"+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		if token != "" {
			req.Header.Set("Authorization", token)
		}
		a := server.do(t, req)
		return fmt.Sprintf("%d %s", a.status, a.body)
	}
	answered := func(asked int) string {
		return fmt.Sprintf(`200 ["1", {"asked": "%d", "ok": "true", "principalId": "ali"}]`, asked)
	}
	equal(t, "the authorizer may not be invoked", get("a", "sesame"), `500 {"message":null}`)
	allow(t, functions, "gate", nil, id+"/authorizers/"+*authorizer.Id)
	equal(t, "the function may not be invoked", get("a", "sesame"), `500 {"message": "Internal server error"}`)
	allow(t, functions, "who", aws.String("live"), id+"/prod/GET/a")
	equal(t, "no token", get("a", ""), `401 {"message":"Unauthorized"}`)
	equal(t, "a wrong token", get("a", "open"), `401 {"message":"Unauthorized"}`)
	equal(t, "the right one, from the cache", get("a", "sesame"), answered(1))
	equal(t, "the cached policy, for another method", strings.HasPrefix(get("b", "sesame"), "403 "), true)
	must[apigateway.FlushStageAuthorizersCacheOutput](t)(api.FlushStageAuthorizersCache(ctx, &apigateway.FlushStageAuthorizersCacheInput{RestApiId: &id, StageName: aws.String("prod")}))
	equal(t, "asked again", get("a", "sesame"), answered(3)) // the wrong token was the second time

	testAuthorizer(t, api, id, *authorizer.Id)
}

// testAuthorizer asks the authorizer without a request.
func testAuthorizer(t *testing.T, c *apigateway.Client, id, authorizer string) {
	t.Helper()
	test := func(header map[string]string) *apigateway.TestInvokeAuthorizerOutput {
		t.Helper()
		return must[apigateway.TestInvokeAuthorizerOutput](t)(c.TestInvokeAuthorizer(t.Context(), &apigateway.TestInvokeAuthorizerInput{RestApiId: &id, AuthorizerId: &authorizer, Headers: header, PathWithQueryString: aws.String("/a")}))
	}
	allowed := test(map[string]string{"Authorization": "sesame"})
	if allowed.ClientStatus != 0 || aws.ToString(allowed.PrincipalId) != "ali" || !strings.Contains(aws.ToString(allowed.Policy), "execute-api:Invoke") || !strings.Contains(aws.ToString(allowed.Log), "gate") {
		t.Errorf("got %d %v %v %v", allowed.ClientStatus, aws.ToString(allowed.PrincipalId), aws.ToString(allowed.Policy), aws.ToString(allowed.Log))
	}
	equal(t, "a wrong token", test(map[string]string{"Authorization": "open"}).ClientStatus, int32(401))
	equal(t, "no token", test(nil).ClientStatus, int32(401))
	_, err := c.TestInvokeAuthorizer(t.Context(), &apigateway.TestInvokeAuthorizerInput{RestApiId: &id, AuthorizerId: aws.String("nobody")})
	fails(t, err, "NotFoundException", "Invalid Authorizer identifier specified")
}
