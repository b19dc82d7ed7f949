package management_test

import (
	"context"
	"strconv"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	"github.com/aws/aws-sdk-go-v2/service/apigateway/types"
)

// These tests hold the traps that make Terraform plan a change for ever: each is named after the resource of the provider that
// falls into it. Absent stays absent. Spec: iac 8, control-plane 20.

func remove(path, value string) types.PatchOperation { return op(types.OpRemove, path, value) }

func add(path, value string) types.PatchOperation { return op(types.OpAdd, path, value) }

func TestDriftOfRestAPIWithBody(t *testing.T) {
	c, ctx := newClient(), t.Context()
	tags, binary := map[string]string{"team": "a b"}, []string{"image/png", "*/*"}
	policy := `{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"execute-api:Invoke","Resource":"*","Condition":{"StringEquals":{"aws:UserAgent":"a \"quoted\" one"}}}]}`
	created := must[apigateway.CreateRestApiOutput](t)(c.CreateRestApi(ctx, &apigateway.CreateRestApiInput{
		Name: aws.String("pets"), Description: aws.String("mine"), BinaryMediaTypes: binary, MinimumCompressionSize: aws.Int32(0), Tags: tags, Policy: &policy,
		ApiKeySource: types.ApiKeySourceTypeAuthorizer, DisableExecuteApiEndpoint: true, EndpointConfiguration: &types.EndpointConfiguration{Types: []types.EndpointType{types.EndpointTypeRegional}},
	}))
	id := created.Id
	t.Cleanup(func() {
		must[apigateway.DeleteRestApiOutput](t)(c.DeleteRestApi(context.Background(), &apigateway.DeleteRestApiInput{RestApiId: id}))
	})
	put := must[apigateway.PutRestApiOutput](t)(c.PutRestApi(ctx, &apigateway.PutRestApiInput{RestApiId: id, Mode: types.PutModeOverwrite, Body: []byte(document)}))
	ops := []types.PatchOperation{replace("/name", "pets"), replace("/description", "mine"), replace("/policy", policy)}
	if put.ApiKeySource != types.ApiKeySourceTypeAuthorizer { // the provider sends what differs from the answer
		ops = append(ops, replace("/apiKeySource", "AUTHORIZER"))
	}
	if put.MinimumCompressionSize == nil {
		ops = append(ops, replace("/minimumCompressionSize", "0"))
	}
	for _, old := range put.BinaryMediaTypes {
		ops = append(ops, remove("/binaryMediaTypes/"+escaped(old), ""))
	}
	for _, kind := range binary {
		ops = append(ops, add("/binaryMediaTypes/"+escaped(kind), ""))
	}
	must[apigateway.UpdateRestApiOutput](t)(c.UpdateRestApi(ctx, &apigateway.UpdateRestApiInput{RestApiId: id, PatchOperations: ops}))
	got := must[apigateway.GetRestApiOutput](t)(c.GetRestApi(ctx, &apigateway.GetRestApiInput{RestApiId: id}))
	equal(t, "read back", []any{*got.Name, *got.Description, got.BinaryMediaTypes, got.MinimumCompressionSize, got.Tags, got.ApiKeySource, got.DisableExecuteApiEndpoint, got.EndpointConfiguration.Types},
		[]any{"pets", "mine", binary, aws.Int32(0), tags, types.ApiKeySourceTypeAuthorizer, true, []types.EndpointType{types.EndpointTypeRegional}})
	unquoted, err := strconv.Unquote(`"` + *got.Policy + `"`)
	equal(t, "policy", []any{unquoted, err}, []any{policy, nil})
}

// escaped is a part of a patch path.
func escaped(part string) string {
	var out []byte
	for i := range len(part) {
		switch part[i] {
		case '~':
			out = append(out, "~0"...)
		case '/':
			out = append(out, "~1"...)
		default:
			out = append(out, part[i])
		}
	}
	return string(out)
}

func TestDriftOfRestAPIWithVPCEndpoints(t *testing.T) {
	c, ctx := newClient(), t.Context()
	private := must[apigateway.CreateRestApiOutput](t)(c.CreateRestApi(ctx, &apigateway.CreateRestApiInput{
		Name: aws.String("inside"), EndpointConfiguration: &types.EndpointConfiguration{Types: []types.EndpointType{types.EndpointTypePrivate}, VpcEndpointIds: []string{"vpce-0123456789abcdef0", "vpce-0123456789abcdef1"}},
	}))
	t.Cleanup(func() {
		must[apigateway.DeleteRestApiOutput](t)(c.DeleteRestApi(context.Background(), &apigateway.DeleteRestApiInput{RestApiId: private.Id}))
	})
	must[apigateway.UpdateRestApiOutput](t)(c.UpdateRestApi(ctx, &apigateway.UpdateRestApiInput{RestApiId: private.Id, PatchOperations: []types.PatchOperation{
		remove("/endpointConfiguration/vpcEndpointIds", "vpce-0123456789abcdef0"), add("/endpointConfiguration/vpcEndpointIds", "vpce-0123456789abcdef2"),
	}}))
	got := must[apigateway.GetRestApiOutput](t)(c.GetRestApi(ctx, &apigateway.GetRestApiInput{RestApiId: private.Id}))
	equal(t, "endpoints", got.EndpointConfiguration.VpcEndpointIds, []string{"vpce-0123456789abcdef1", "vpce-0123456789abcdef2"})
}

func TestDriftOfRestAPIPolicy(t *testing.T) {
	c, ctx := newClient(), t.Context()
	id, _ := newAPI(t, c, "guarded")
	for _, policy := range []string{
		`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"execute-api:Invoke","Resource":"*"}]}`,
		`{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"execute-api:Invoke","Resource":"*","Condition":{"NotIpAddress":{"aws:SourceIp":["10.0.0.0/8"]}}}]}`,
	} {
		must[apigateway.UpdateRestApiOutput](t)(c.UpdateRestApi(ctx, &apigateway.UpdateRestApiInput{RestApiId: &id, PatchOperations: []types.PatchOperation{replace("/policy", policy)}}))
		got := must[apigateway.GetRestApiOutput](t)(c.GetRestApi(ctx, &apigateway.GetRestApiInput{RestApiId: &id}))
		read, err := strconv.Unquote(`"` + *got.Policy + `"`)
		equal(t, "policy", []any{read, err}, []any{policy, nil})
	}
	must[apigateway.UpdateRestApiOutput](t)(c.UpdateRestApi(ctx, &apigateway.UpdateRestApiInput{RestApiId: &id, PatchOperations: []types.PatchOperation{replace("/policy", "")}}))
	equal(t, "gone", must[apigateway.GetRestApiOutput](t)(c.GetRestApi(ctx, &apigateway.GetRestApiInput{RestApiId: &id})).Policy, (*string)(nil))
}

func TestDriftOfIntegration(t *testing.T) {
	c, ctx := newClient(), t.Context()
	id, root := newAPI(t, c, "pets")
	uri := "arn:aws:apigateway:" + region + ":lambda:path/2015-03-31/functions/arn:aws:lambda:" + region + ":000000000000:function:f/invocations"
	for verb, sent := range map[string]apigateway.PutIntegrationInput{
		"GET":    {Type: types.IntegrationTypeMock},
		"POST":   {Type: types.IntegrationTypeAwsProxy, Uri: &uri, IntegrationHttpMethod: aws.String("POST")},
		"PUT":    {Type: types.IntegrationTypeHttpProxy, Uri: aws.String("https://example.com/x?y={z}"), IntegrationHttpMethod: aws.String("ANY")},
		"DELETE": {Type: types.IntegrationTypeHttp, Uri: aws.String("http://example.com"), IntegrationHttpMethod: aws.String("GET"), TimeoutInMillis: aws.Int32(50), CacheNamespace: aws.String("own"), PassthroughBehavior: aws.String("NEVER"), ContentHandling: types.ContentHandlingStrategyConvertToText, RequestTemplates: map[string]string{"application/json": "{}"}},
	} {
		must[apigateway.PutMethodOutput](t)(c.PutMethod(ctx, &apigateway.PutMethodInput{RestApiId: &id, ResourceId: &root, HttpMethod: &verb, AuthorizationType: aws.String("NONE")}))
		in := sent
		in.RestApiId, in.ResourceId, in.HttpMethod = &id, &root, &verb
		must[apigateway.PutIntegrationOutput](t)(c.PutIntegration(ctx, &in))
		got := must[apigateway.GetIntegrationOutput](t)(c.GetIntegration(ctx, &apigateway.GetIntegrationInput{RestApiId: &id, ResourceId: &root, HttpMethod: &verb}))
		timeout, namespace, passthrough := int32(29000), root, "WHEN_NO_MATCH"
		if sent.TimeoutInMillis != nil {
			timeout, namespace, passthrough = *sent.TimeoutInMillis, *sent.CacheNamespace, *sent.PassthroughBehavior
		}
		equal(t, verb, []any{got.Type, got.Uri, got.HttpMethod, got.TimeoutInMillis, *got.CacheNamespace, *got.PassthroughBehavior, got.ContentHandling, got.RequestTemplates, got.RequestParameters, got.Credentials, got.TlsConfig},
			[]any{sent.Type, sent.Uri, sent.IntegrationHttpMethod, timeout, namespace, passthrough, sent.ContentHandling, sent.RequestTemplates, sent.RequestParameters, (*string)(nil), (*types.TlsConfig)(nil)})
		internet := types.ConnectionType("")
		if sent.Type == types.IntegrationTypeHttp || sent.Type == types.IntegrationTypeHttpProxy {
			internet = types.ConnectionTypeInternet
		}
		equal(t, verb+" connection", got.ConnectionType, internet)
	}
}

func TestDriftOfMethodAndResponses(t *testing.T) {
	c, ctx := newClient(), t.Context()
	id, root := newAPI(t, c, "pets")
	verb, ok := aws.String("POST"), aws.String("200")
	pool := "arn:aws:cognito-idp:" + region + ":000000000000:userpool/" + region + "_abc"
	authorizer := must[apigateway.CreateAuthorizerOutput](t)(c.CreateAuthorizer(ctx, &apigateway.CreateAuthorizerInput{RestApiId: &id, Name: aws.String("pool"), Type: types.AuthorizerTypeCognitoUserPools, ProviderARNs: []string{pool}, IdentitySource: aws.String("method.request.header.Authorization")}))
	must[apigateway.PutMethodOutput](t)(c.PutMethod(ctx, &apigateway.PutMethodInput{RestApiId: &id, ResourceId: &root, HttpMethod: verb, AuthorizationType: aws.String("COGNITO_USER_POOLS"), AuthorizerId: authorizer.Id, AuthorizationScopes: []string{"a/read", "a/write"}, ApiKeyRequired: true}))
	must[apigateway.UpdateMethodOutput](t)(c.UpdateMethod(ctx, &apigateway.UpdateMethodInput{RestApiId: &id, ResourceId: &root, HttpMethod: verb, PatchOperations: []types.PatchOperation{
		remove("/authorizationScopes", "a/read"), add("/authorizationScopes", "a/admin"), add("/requestParameters/method.request.header.X-A", "true"), replace("/apiKeyRequired", "false"),
	}}))
	m := must[apigateway.GetMethodOutput](t)(c.GetMethod(ctx, &apigateway.GetMethodInput{RestApiId: &id, ResourceId: &root, HttpMethod: verb}))
	equal(t, "method", []any{*m.AuthorizationType, *m.AuthorizerId, m.AuthorizationScopes, *m.ApiKeyRequired, m.RequestParameters, m.RequestModels, m.RequestValidatorId, m.OperationName},
		[]any{"COGNITO_USER_POOLS", *authorizer.Id, []string{"a/write", "a/admin"}, false, map[string]bool{"method.request.header.X-A": true}, map[string]string(nil), (*string)(nil), (*string)(nil)})
	must[apigateway.UpdateMethodOutput](t)(c.UpdateMethod(ctx, &apigateway.UpdateMethodInput{RestApiId: &id, ResourceId: &root, HttpMethod: verb, PatchOperations: []types.PatchOperation{remove("/requestParameters/method.request.header.X-A", "")}}))

	must[apigateway.PutMethodResponseOutput](t)(c.PutMethodResponse(ctx, &apigateway.PutMethodResponseInput{RestApiId: &id, ResourceId: &root, HttpMethod: verb, StatusCode: ok, ResponseModels: map[string]string{"application/json": "Empty"}, ResponseParameters: map[string]bool{"method.response.header.A": true, "method.response.header.B": false}}))
	must[apigateway.UpdateMethodResponseOutput](t)(c.UpdateMethodResponse(ctx, &apigateway.UpdateMethodResponseInput{RestApiId: &id, ResourceId: &root, HttpMethod: verb, StatusCode: ok, PatchOperations: []types.PatchOperation{
		replace("/responseModels/application~1json", "Error"), remove("/responseParameters/method.response.header.A", ""), add("/responseParameters/method.response.header.C", "false"),
	}}))
	r := must[apigateway.GetMethodResponseOutput](t)(c.GetMethodResponse(ctx, &apigateway.GetMethodResponseInput{RestApiId: &id, ResourceId: &root, HttpMethod: verb, StatusCode: ok}))
	equal(t, "method response", []any{r.ResponseModels, r.ResponseParameters}, []any{map[string]string{"application/json": "Error"}, map[string]bool{"method.response.header.B": false, "method.response.header.C": false}})

	must[apigateway.PutIntegrationOutput](t)(c.PutIntegration(ctx, &apigateway.PutIntegrationInput{RestApiId: &id, ResourceId: &root, HttpMethod: verb, Type: types.IntegrationTypeMock}))
	must[apigateway.PutIntegrationResponseOutput](t)(c.PutIntegrationResponse(ctx, &apigateway.PutIntegrationResponseInput{RestApiId: &id, ResourceId: &root, HttpMethod: verb, StatusCode: ok, ResponseTemplates: map[string]string{"application/json": "", "application/xml": "<a/>"}}))
	ir := must[apigateway.GetIntegrationResponseOutput](t)(c.GetIntegrationResponse(ctx, &apigateway.GetIntegrationResponseInput{RestApiId: &id, ResourceId: &root, HttpMethod: verb, StatusCode: ok}))
	equal(t, "integration response", []any{ir.ResponseTemplates, ir.ResponseParameters, ir.SelectionPattern, ir.ContentHandling},
		[]any{map[string]string{"application/json": "", "application/xml": "<a/>"}, map[string]string(nil), (*string)(nil), types.ContentHandlingStrategy("")})
	got := must[apigateway.GetAuthorizerOutput](t)(c.GetAuthorizer(ctx, &apigateway.GetAuthorizerInput{RestApiId: &id, AuthorizerId: authorizer.Id}))
	equal(t, "authorizer", []any{got.ProviderARNs, got.AuthorizerUri, got.AuthorizerCredentials, got.IdentityValidationExpression, *got.IdentitySource}, []any{[]string{pool}, (*string)(nil), (*string)(nil), (*string)(nil), "method.request.header.Authorization"})
}

func TestDriftOfStage(t *testing.T) {
	c, ctx := newClient(), t.Context()
	id, root := newAPI(t, c, "pets")
	first, name := deployed(t, c, id, root, "other"), aws.String("prod")
	variables, tags := map[string]string{"a": "1", "b": "x-y_z"}, map[string]string{"k": "v"}
	made := must[apigateway.CreateStageOutput](t)(c.CreateStage(ctx, &apigateway.CreateStageInput{RestApiId: &id, StageName: name, DeploymentId: &first, Variables: variables, Tags: tags}))
	read := func() *apigateway.GetStageOutput {
		t.Helper()
		return must[apigateway.GetStageOutput](t)(c.GetStage(ctx, &apigateway.GetStageInput{RestApiId: &id, StageName: name}))
	}
	got := read()
	equal(t, "created", []any{got.Variables, got.Tags, got.Description, got.AccessLogSettings, got.CanarySettings, got.ClientCertificateId, got.DocumentationVersion, got.WebAclArn, got.TracingEnabled, got.CacheClusterEnabled, got.MethodSettings},
		[]any{variables, tags, (*string)(nil), (*types.AccessLogSettings)(nil), (*types.CanarySettings)(nil), (*string)(nil), (*string)(nil), (*string)(nil), false, false, made.MethodSettings})
	must[apigateway.UpdateStageOutput](t)(c.UpdateStage(ctx, &apigateway.UpdateStageInput{RestApiId: &id, StageName: name, PatchOperations: []types.PatchOperation{
		replace("/variables/a", "2"), remove("/variables/b", ""), replace("/tracingEnabled", "true"), replace("/description", "d"),
	}}))
	got = read()
	equal(t, "updated", []any{got.Variables, got.TracingEnabled, *got.Description, got.Tags}, []any{map[string]string{"a": "2"}, true, "d", tags})
	must[apigateway.DeleteStageOutput](t)(c.DeleteStage(ctx, &apigateway.DeleteStageInput{RestApiId: &id, StageName: name}))
}

func TestDriftOfMethodSettings(t *testing.T) {
	c, ctx := newClient(), t.Context()
	id, root := newAPI(t, c, "pets")
	deployed(t, c, id, root, "prod")
	for _, path := range []string{"*/*", "a/GET", "a/b/{c+}/POST", "a~1b/PUT"} {
		prefix := "/" + path
		out := must[apigateway.UpdateStageOutput](t)(c.UpdateStage(ctx, &apigateway.UpdateStageInput{RestApiId: &id, StageName: aws.String("prod"), PatchOperations: []types.PatchOperation{
			replace(prefix+"/metrics/enabled", "true"), replace(prefix+"/logging/loglevel", "OFF"), replace(prefix+"/logging/dataTrace", "false"), replace(prefix+"/throttling/burstLimit", "-1"),
			replace(prefix+"/throttling/rateLimit", "-1.000000"), replace(prefix+"/caching/enabled", "false"), replace(prefix+"/caching/ttlInSeconds", "60"), replace(prefix+"/caching/dataEncrypted", "true"),
			replace(prefix+"/caching/requireAuthorizationForCacheControl", "false"), replace(prefix+"/caching/unauthorizedCacheControlHeaderStrategy", "FAIL_WITH_403"),
		}}))
		got := must[apigateway.GetStageOutput](t)(c.GetStage(ctx, &apigateway.GetStageInput{RestApiId: &id, StageName: aws.String("prod")}))
		equal(t, "answer of the update", out.MethodSettings, got.MethodSettings)
		s, ok := got.MethodSettings[path]
		equal(t, path, []any{ok, s}, []any{true, types.MethodSetting{
			MetricsEnabled: true, LoggingLevel: aws.String("OFF"), ThrottlingBurstLimit: -1, ThrottlingRateLimit: -1, CacheTtlInSeconds: 60, CacheDataEncrypted: true,
			UnauthorizedCacheControlHeaderStrategy: types.UnauthorizedCacheControlHeaderStrategyFailWith403,
		}})
	}
}

func TestDriftOfGatewayResponse(t *testing.T) {
	c, ctx := newClient(), t.Context()
	id, _ := newAPI(t, c, "pets")
	kind := types.GatewayResponseTypeDefault4xx
	must[apigateway.PutGatewayResponseOutput](t)(c.PutGatewayResponse(ctx, &apigateway.PutGatewayResponseInput{RestApiId: &id, ResponseType: kind, ResponseTemplates: map[string]string{"application/json": `{"e":$context.error.messageString}`}}))
	got := must[apigateway.GetGatewayResponseOutput](t)(c.GetGatewayResponse(ctx, &apigateway.GetGatewayResponseInput{RestApiId: &id, ResponseType: kind}))
	equal(t, "gateway response", []any{got.StatusCode, got.ResponseTemplates, len(got.ResponseParameters), got.DefaultResponse}, []any{(*string)(nil), map[string]string{"application/json": `{"e":$context.error.messageString}`}, 0, false})
	must[apigateway.DeleteGatewayResponseOutput](t)(c.DeleteGatewayResponse(ctx, &apigateway.DeleteGatewayResponseInput{RestApiId: &id, ResponseType: kind}))
	again := must[apigateway.GetGatewayResponseOutput](t)(c.GetGatewayResponse(ctx, &apigateway.GetGatewayResponseInput{RestApiId: &id, ResponseType: kind}))
	equal(t, "default again", again.DefaultResponse, true)
}

func TestDriftOfUsagePlanWithTwoStages(t *testing.T) {
	c, ctx := newClient(), t.Context()
	id, root := newAPI(t, c, "pets")
	first := deployed(t, c, id, root, "a")
	must[apigateway.CreateStageOutput](t)(c.CreateStage(ctx, &apigateway.CreateStageInput{RestApiId: &id, StageName: aws.String("b"), DeploymentId: &first}))
	plan := must[apigateway.CreateUsagePlanOutput](t)(c.CreateUsagePlan(ctx, &apigateway.CreateUsagePlanInput{Name: aws.String("two"), ApiStages: []types.ApiStage{{ApiId: &id, Stage: aws.String("a")}}}))
	t.Cleanup(func() {
		must[apigateway.DeleteUsagePlanOutput](t)(c.DeleteUsagePlan(context.Background(), &apigateway.DeleteUsagePlanInput{UsagePlanId: plan.Id}))
	})
	get := func() *apigateway.GetUsagePlanOutput {
		t.Helper()
		return must[apigateway.GetUsagePlanOutput](t)(c.GetUsagePlan(ctx, &apigateway.GetUsagePlanInput{UsagePlanId: plan.Id}))
	}
	got := get()
	equal(t, "created", []any{got.Description, got.ProductCode, got.Quota, got.Throttle, got.ApiStages[0].Throttle}, []any{(*string)(nil), (*string)(nil), (*types.QuotaSettings)(nil), (*types.ThrottleSettings)(nil), map[string]types.ThrottleSettings(nil)})
	update := func(ops ...types.PatchOperation) {
		t.Helper()
		must[apigateway.UpdateUsagePlanOutput](t)(c.UpdateUsagePlan(ctx, &apigateway.UpdateUsagePlanInput{UsagePlanId: plan.Id, PatchOperations: ops}))
	}
	update(remove("/apiStages", id+":a"), add("/apiStages", id+":a"), add("/apiStages", id+":b"), replace("/throttle/rateLimit", "7.500000"), replace("/throttle/burstLimit", "9"), replace("/quota/limit", "5"), replace("/quota/offset", "0"), replace("/quota/period", "WEEK"))
	got = get()
	equal(t, "updated", []any{len(got.ApiStages), *got.Throttle, *got.Quota}, []any{2, types.ThrottleSettings{BurstLimit: 9, RateLimit: 7.5}, types.QuotaSettings{Limit: 5, Period: types.QuotaPeriodTypeWeek}})
	update(remove("/throttle", ""), remove("/quota", ""), remove("/apiStages", id+":a"), remove("/apiStages", id+":b"))
	got = get()
	equal(t, "without", []any{len(got.ApiStages), got.Throttle, got.Quota}, []any{0, (*types.ThrottleSettings)(nil), (*types.QuotaSettings)(nil)})
}
