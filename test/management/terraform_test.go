package management_test

import (
	"context"
	"strconv"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	"github.com/aws/aws-sdk-go-v2/service/apigateway/types"
)

// These tests stand for Terraform's aws provider, which is not run here: the calls that it makes for each resource - create,
// read back, update, delete - with the SDK that it uses. No drift: what is read back is what was sent. Spec: iac 8.

const document = `{"openapi":"3.0.1","info":{"title":"imported","version":"2","description":"from a document"},"paths":{"/a":{"get":{"responses":{"200":{"description":"ok"}},
"x-amazon-apigateway-integration":{"type":"mock","requestTemplates":{"application/json":"{\"statusCode\": 200}"},"responses":{"default":{"statusCode":"200"}}}}}}}`

func TestTerraformRestAPI(t *testing.T) {
	c, ctx := newClient(), t.Context()
	id, root := newAPI(t, c, "pets")
	read := func() *apigateway.GetRestApiOutput {
		return must[apigateway.GetRestApiOutput](t)(c.GetRestApi(ctx, &apigateway.GetRestApiInput{RestApiId: &id}))
	}
	fresh := read()
	equal(t, "fresh", []any{fresh.Description, fresh.Version, fresh.BinaryMediaTypes, fresh.MinimumCompressionSize, fresh.Policy, fresh.ApiKeySource, fresh.Tags},
		[]any{(*string)(nil), (*string)(nil), []string(nil), (*int32)(nil), (*string)(nil), types.ApiKeySourceTypeHeader, map[string]string{}})
	resources := must[apigateway.GetResourcesOutput](t)(c.GetResources(ctx, &apigateway.GetResourcesInput{RestApiId: &id}))
	equal(t, "root", []string{*resources.Items[0].Id, *resources.Items[0].Path}, []string{root, "/"})
	must[apigateway.UpdateRestApiOutput](t)(c.UpdateRestApi(ctx, &apigateway.UpdateRestApiInput{RestApiId: &id, PatchOperations: []types.PatchOperation{
		op(types.OpAdd, "/binaryMediaTypes/image~1png", ""), op(types.OpAdd, "/binaryMediaTypes/image~1jpeg", ""), replace("/minimumCompressionSize", "0"),
		replace("/description", "d"), replace("/policy", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"execute-api:Invoke","Resource":"execute-api:/*"}]}`),
	}}))
	got := read()
	equal(t, "binary types", got.BinaryMediaTypes, []string{"image/png", "image/jpeg"})
	equal(t, "compression from 0", got.MinimumCompressionSize, aws.Int32(0))
	policy, err := strconv.Unquote(`"` + *got.Policy + `"`) // as the provider does
	equal(t, "policy", []any{policy, err}, []any{`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"execute-api:Invoke","Resource":"arn:aws:execute-api:` + region + `:000000000000:` + id + `/*"}]}`, nil})
	off := types.PatchOperation{Op: types.OpReplace, Path: aws.String("/minimumCompressionSize")}
	must[apigateway.UpdateRestApiOutput](t)(c.UpdateRestApi(ctx, &apigateway.UpdateRestApiInput{RestApiId: &id, PatchOperations: []types.PatchOperation{off, replace("/policy", "")}}))
	got = read()
	equal(t, "switched off", []any{got.MinimumCompressionSize, got.Policy}, []any{(*int32)(nil), (*string)(nil)})
	put := must[apigateway.PutRestApiOutput](t)(c.PutRestApi(ctx, &apigateway.PutRestApiInput{RestApiId: &id, Mode: types.PutModeOverwrite, Body: []byte(document)}))
	equal(t, "overwritten", []any{*put.Name, *put.Version, *put.RootResourceId, put.Tags}, []any{"imported", "2", root, map[string]string{}})
	imported := must[apigateway.ImportRestApiOutput](t)(c.ImportRestApi(ctx, &apigateway.ImportRestApiInput{Body: []byte(document), Parameters: map[string]string{"endpointConfigurationTypes": "REGIONAL"}}))
	equal(t, "imported", imported.EndpointConfiguration.Types, []types.EndpointType{types.EndpointTypeRegional})
	list := must[apigateway.GetRestApisOutput](t)(c.GetRestApis(ctx, &apigateway.GetRestApisInput{Limit: aws.Int32(500)}))
	if len(list.Items) < 2 {
		t.Errorf("got %d APIs", len(list.Items))
	}
	must[apigateway.DeleteRestApiOutput](t)(c.DeleteRestApi(ctx, &apigateway.DeleteRestApiInput{RestApiId: imported.Id}))
	_, err = c.GetRestApi(ctx, &apigateway.GetRestApiInput{RestApiId: imported.Id})
	fails(t, err, "NotFoundException", "Invalid API identifier specified 000000000000:"+*imported.Id)
}

func TestTerraformResourceMethodAndIntegration(t *testing.T) {
	c, ctx := newClient(), t.Context()
	id, root := newAPI(t, c, "pets")
	parent := must[apigateway.CreateResourceOutput](t)(c.CreateResource(ctx, &apigateway.CreateResourceInput{RestApiId: &id, ParentId: &root, PathPart: aws.String("pets")}))
	child := must[apigateway.CreateResourceOutput](t)(c.CreateResource(ctx, &apigateway.CreateResourceInput{RestApiId: &id, ParentId: parent.Id, PathPart: aws.String("{id}")}))
	must[apigateway.UpdateResourceOutput](t)(c.UpdateResource(ctx, &apigateway.UpdateResourceInput{RestApiId: &id, ResourceId: parent.Id, PatchOperations: []types.PatchOperation{replace("/pathPart", "dogs")}}))
	read := must[apigateway.GetResourceOutput](t)(c.GetResource(ctx, &apigateway.GetResourceInput{RestApiId: &id, ResourceId: child.Id}))
	equal(t, "path", []string{*read.Path, *read.PathPart, *read.ParentId}, []string{"/dogs/{id}", "{id}", *parent.Id})

	verb, ok := aws.String("POST"), aws.String("200")
	parameters := map[string]bool{"method.request.path.id": true, "method.request.querystring.q": false}
	must[apigateway.PutMethodOutput](t)(c.PutMethod(ctx, &apigateway.PutMethodInput{RestApiId: &id, ResourceId: child.Id, HttpMethod: verb, AuthorizationType: aws.String("NONE"), RequestParameters: parameters}))
	must[apigateway.UpdateMethodOutput](t)(c.UpdateMethod(ctx, &apigateway.UpdateMethodInput{RestApiId: &id, ResourceId: child.Id, HttpMethod: verb, PatchOperations: []types.PatchOperation{
		replace("/operationName", "op"), op(types.OpAdd, "/requestModels/application~1json", "Empty"),
	}}))
	m := must[apigateway.GetMethodOutput](t)(c.GetMethod(ctx, &apigateway.GetMethodInput{RestApiId: &id, ResourceId: child.Id, HttpMethod: verb}))
	equal(t, "method", []any{m.RequestParameters, m.RequestModels, *m.OperationName, *m.ApiKeyRequired, m.AuthorizerId, m.AuthorizationScopes},
		[]any{parameters, map[string]string{"application/json": "Empty"}, "op", false, (*string)(nil), []string(nil)})

	must[apigateway.PutMethodResponseOutput](t)(c.PutMethodResponse(ctx, &apigateway.PutMethodResponseInput{RestApiId: &id, ResourceId: child.Id, HttpMethod: verb, StatusCode: ok}))
	must[apigateway.UpdateMethodResponseOutput](t)(c.UpdateMethodResponse(ctx, &apigateway.UpdateMethodResponseInput{RestApiId: &id, ResourceId: child.Id, HttpMethod: verb, StatusCode: ok, PatchOperations: []types.PatchOperation{
		op(types.OpAdd, "/responseParameters/method.response.header.X", "true"),
	}}))
	mr := must[apigateway.GetMethodResponseOutput](t)(c.GetMethodResponse(ctx, &apigateway.GetMethodResponseInput{RestApiId: &id, ResourceId: child.Id, HttpMethod: verb, StatusCode: ok}))
	equal(t, "method response", mr.ResponseParameters, map[string]bool{"method.response.header.X": true})

	must[apigateway.PutIntegrationOutput](t)(c.PutIntegration(ctx, &apigateway.PutIntegrationInput{
		RestApiId: &id, ResourceId: child.Id, HttpMethod: verb, IntegrationHttpMethod: verb, Type: types.IntegrationTypeHttp, Uri: aws.String("http://example.com/{id}"),
		RequestParameters: map[string]string{"integration.request.path.id": "method.request.path.id"}, TlsConfig: &types.TlsConfig{InsecureSkipVerification: false},
	}))
	must[apigateway.UpdateIntegrationOutput](t)(c.UpdateIntegration(ctx, &apigateway.UpdateIntegrationInput{RestApiId: &id, ResourceId: child.Id, HttpMethod: verb, PatchOperations: []types.PatchOperation{
		op(types.OpAdd, "/cacheKeyParameters/method.request.querystring.q", ""), replace("/timeoutInMillis", "5000"),
	}}))
	i := must[apigateway.GetIntegrationOutput](t)(c.GetIntegration(ctx, &apigateway.GetIntegrationInput{RestApiId: &id, ResourceId: child.Id, HttpMethod: verb}))
	equal(t, "integration", []any{i.ConnectionType, *i.CacheNamespace, i.CacheKeyParameters, i.TimeoutInMillis, i.RequestTemplates, *i.PassthroughBehavior, i.TlsConfig != nil},
		[]any{types.ConnectionTypeInternet, *child.Id, []string{"method.request.querystring.q"}, int32(5000), map[string]string(nil), "WHEN_NO_MATCH", true})

	must[apigateway.PutIntegrationResponseOutput](t)(c.PutIntegrationResponse(ctx, &apigateway.PutIntegrationResponseInput{
		RestApiId: &id, ResourceId: child.Id, HttpMethod: verb, StatusCode: ok, ResponseTemplates: map[string]string{"application/json": ""},
	}))
	must[apigateway.UpdateIntegrationResponseOutput](t)(c.UpdateIntegrationResponse(ctx, &apigateway.UpdateIntegrationResponseInput{RestApiId: &id, ResourceId: child.Id, HttpMethod: verb, StatusCode: ok, PatchOperations: []types.PatchOperation{
		op(types.OpAdd, "/responseParameters/method.response.header.X", "'x'"), replace("/selectionPattern", "2.."),
	}}))
	ir := must[apigateway.GetIntegrationResponseOutput](t)(c.GetIntegrationResponse(ctx, &apigateway.GetIntegrationResponseInput{RestApiId: &id, ResourceId: child.Id, HttpMethod: verb, StatusCode: ok}))
	equal(t, "integration response", []any{ir.ResponseParameters, *ir.SelectionPattern}, []any{map[string]string{"method.response.header.X": "'x'"}, "2.."})

	must[apigateway.DeleteIntegrationResponseOutput](t)(c.DeleteIntegrationResponse(ctx, &apigateway.DeleteIntegrationResponseInput{RestApiId: &id, ResourceId: child.Id, HttpMethod: verb, StatusCode: ok}))
	must[apigateway.DeleteIntegrationOutput](t)(c.DeleteIntegration(ctx, &apigateway.DeleteIntegrationInput{RestApiId: &id, ResourceId: child.Id, HttpMethod: verb}))
	must[apigateway.DeleteMethodResponseOutput](t)(c.DeleteMethodResponse(ctx, &apigateway.DeleteMethodResponseInput{RestApiId: &id, ResourceId: child.Id, HttpMethod: verb, StatusCode: ok}))
	must[apigateway.DeleteMethodOutput](t)(c.DeleteMethod(ctx, &apigateway.DeleteMethodInput{RestApiId: &id, ResourceId: child.Id, HttpMethod: verb}))
	must[apigateway.DeleteResourceOutput](t)(c.DeleteResource(ctx, &apigateway.DeleteResourceInput{RestApiId: &id, ResourceId: parent.Id}))
	_, err := c.GetResource(ctx, &apigateway.GetResourceInput{RestApiId: &id, ResourceId: child.Id})
	fails(t, err, "NotFoundException", "Invalid Resource identifier specified")
}

func TestTerraformDeploymentStageAndMethodSettings(t *testing.T) {
	c, ctx := newClient(), t.Context()
	id, root := newAPI(t, c, "pets")
	first := deployed(t, c, id, root, "prod")
	stage := aws.String("prod")
	must[apigateway.UpdateDeploymentOutput](t)(c.UpdateDeployment(ctx, &apigateway.UpdateDeploymentInput{RestApiId: &id, DeploymentId: &first, PatchOperations: []types.PatchOperation{replace("/description", "first")}}))
	second := must[apigateway.CreateDeploymentOutput](t)(c.CreateDeployment(ctx, &apigateway.CreateDeploymentInput{RestApiId: &id, Description: aws.String("")}))
	_, err := c.DeleteDeployment(ctx, &apigateway.DeleteDeploymentInput{RestApiId: &id, DeploymentId: &first})
	fails(t, err, "BadRequestException", "Active stages pointing to this deployment must be moved or deleted")
	update := func(ops ...types.PatchOperation) *apigateway.UpdateStageOutput {
		t.Helper()
		return must[apigateway.UpdateStageOutput](t)(c.UpdateStage(ctx, &apigateway.UpdateStageInput{RestApiId: &id, StageName: stage, PatchOperations: ops}))
	}
	update(replace("/deploymentId", *second.Id), replace("/variables/a", "b"), replace("/accessLogSettings/destinationArn", "arn:aws:logs:x:1:log-group:g"), replace("/accessLogSettings/format", "$context.requestId"))
	must[apigateway.DeleteDeploymentOutput](t)(c.DeleteDeployment(ctx, &apigateway.DeleteDeploymentInput{RestApiId: &id, DeploymentId: &first}))
	update(replace("/a/{b}/GET/throttling/rateLimit", "10.000000"), replace("/a/{b}/GET/throttling/burstLimit", "-1"), replace("/*/*/logging/loglevel", "INFO"))
	got := must[apigateway.GetStageOutput](t)(c.GetStage(ctx, &apigateway.GetStageInput{RestApiId: &id, StageName: stage}))
	s, ok := got.MethodSettings["a/{b}/GET"]
	equal(t, "settings", []any{ok, s.ThrottlingRateLimit, s.ThrottlingBurstLimit, s.LoggingLevel}, []any{true, 10.0, int32(-1), (*string)(nil)})
	equal(t, "stage", []any{got.Variables, *got.AccessLogSettings.DestinationArn, got.CacheClusterStatus, *got.DeploymentId},
		[]any{map[string]string{"a": "b"}, "arn:aws:logs:x:1:log-group:g", types.CacheClusterStatusNotAvailable, *second.Id})
	update(op(types.OpRemove, "/a/{b}/GET", ""), op(types.OpRemove, "/accessLogSettings", ""), op(types.OpRemove, "/variables/a", ""))
	_, err = c.UpdateStage(ctx, &apigateway.UpdateStageInput{RestApiId: &id, StageName: stage, PatchOperations: []types.PatchOperation{op(types.OpRemove, "/a/{b}/GET", "")}})
	fails(t, err, "BadRequestException", "Cannot remove method setting a/{b}/GET because there is no method setting for this method ")
	update(replace("/canarySettings/percentTraffic", "25.0"), replace("/canarySettings/stageVariableOverrides/v", "canary"))
	got = must[apigateway.GetStageOutput](t)(c.GetStage(ctx, &apigateway.GetStageInput{RestApiId: &id, StageName: stage}))
	equal(t, "canary", []any{got.CanarySettings.PercentTraffic, *got.CanarySettings.DeploymentId}, []any{25.0, *second.Id})
	update(op(types.OpRemove, "/canarySettings", ""))
	must[apigateway.GetDeploymentOutput](t)(c.GetDeployment(ctx, &apigateway.GetDeploymentInput{RestApiId: &id, DeploymentId: second.Id, Embed: []string{"apisummary"}}))
	equal(t, "deployments", len(must[apigateway.GetDeploymentsOutput](t)(c.GetDeployments(ctx, &apigateway.GetDeploymentsInput{RestApiId: &id})).Items), 1)
	equal(t, "stages", len(must[apigateway.GetStagesOutput](t)(c.GetStages(ctx, &apigateway.GetStagesInput{RestApiId: &id})).Item), 1)
	must[apigateway.FlushStageCacheOutput](t)(c.FlushStageCache(ctx, &apigateway.FlushStageCacheInput{RestApiId: &id, StageName: stage}))
	must[apigateway.FlushStageAuthorizersCacheOutput](t)(c.FlushStageAuthorizersCache(ctx, &apigateway.FlushStageAuthorizersCacheInput{RestApiId: &id, StageName: stage}))
	export := must[apigateway.GetExportOutput](t)(c.GetExport(ctx, &apigateway.GetExportInput{RestApiId: &id, StageName: stage, ExportType: aws.String("oas30"), Accepts: aws.String("application/json")}))
	if !strings.Contains(string(export.Body), `"openapi" : "3.0.1"`) || !strings.HasPrefix(*export.ContentDisposition, `attachment; filename="oas30_`) {
		t.Errorf("export: %s %s", *export.ContentDisposition, export.Body)
	}
	sdk := must[apigateway.GetSdkOutput](t)(c.GetSdk(ctx, &apigateway.GetSdkInput{RestApiId: &id, StageName: stage, SdkType: aws.String("javascript")}))
	equal(t, "SDK is a zip", string(sdk.Body[:2]), "PK")
	test := must[apigateway.TestInvokeMethodOutput](t)(c.TestInvokeMethod(ctx, &apigateway.TestInvokeMethodInput{RestApiId: &id, ResourceId: &root, HttpMethod: aws.String("GET")}))
	equal(t, "test invocation", []any{test.Status, *test.Body}, []any{int32(200), `{"stage": "test-invoke-stage"}`})
	must[apigateway.DeleteStageOutput](t)(c.DeleteStage(ctx, &apigateway.DeleteStageInput{RestApiId: &id, StageName: stage}))
}

func TestTerraformAuthorizerModelValidatorAndGatewayResponse(t *testing.T) {
	c, ctx := newClient(), t.Context()
	id, _ := newAPI(t, c, "pets")
	uri := "arn:aws:apigateway:" + region + ":lambda:path/2015-03-31/functions/arn:aws:lambda:" + region + ":000000000000:function:f/invocations"
	a := must[apigateway.CreateAuthorizerOutput](t)(c.CreateAuthorizer(ctx, &apigateway.CreateAuthorizerInput{RestApiId: &id, Name: aws.String("a"), Type: types.AuthorizerTypeToken, AuthorizerUri: &uri, IdentitySource: aws.String("method.request.header.Authorization")}))
	equal(t, "TTL not given", a.AuthorizerResultTtlInSeconds, (*int32)(nil))
	must[apigateway.UpdateAuthorizerOutput](t)(c.UpdateAuthorizer(ctx, &apigateway.UpdateAuthorizerInput{RestApiId: &id, AuthorizerId: a.Id, PatchOperations: []types.PatchOperation{replace("/authorizerResultTtlInSeconds", "0")}}))
	got := must[apigateway.GetAuthorizerOutput](t)(c.GetAuthorizer(ctx, &apigateway.GetAuthorizerInput{RestApiId: &id, AuthorizerId: a.Id}))
	equal(t, "authorizer", []any{*got.AuthType, *got.AuthorizerUri, *got.AuthorizerResultTtlInSeconds}, []any{"custom", uri, int32(0)})
	equal(t, "authorizers", len(must[apigateway.GetAuthorizersOutput](t)(c.GetAuthorizers(ctx, &apigateway.GetAuthorizersInput{RestApiId: &id})).Items), 1)
	must[apigateway.DeleteAuthorizerOutput](t)(c.DeleteAuthorizer(ctx, &apigateway.DeleteAuthorizerInput{RestApiId: &id, AuthorizerId: a.Id}))

	schema := `{ "type": "object", "properties": {"a": {"type": "string"}} }`
	must[apigateway.CreateModelOutput](t)(c.CreateModel(ctx, &apigateway.CreateModelInput{RestApiId: &id, Name: aws.String("Pet"), ContentType: aws.String("application/json"), Schema: &schema}))
	must[apigateway.UpdateModelOutput](t)(c.UpdateModel(ctx, &apigateway.UpdateModelInput{RestApiId: &id, ModelName: aws.String("Pet"), PatchOperations: []types.PatchOperation{replace("/description", "d")}}))
	m := must[apigateway.GetModelOutput](t)(c.GetModel(ctx, &apigateway.GetModelInput{RestApiId: &id, ModelName: aws.String("Pet")}))
	equal(t, "schema byte for byte", *m.Schema, schema)
	equal(t, "models", len(must[apigateway.GetModelsOutput](t)(c.GetModels(ctx, &apigateway.GetModelsInput{RestApiId: &id})).Items), 3)
	if template := must[apigateway.GetModelTemplateOutput](t)(c.GetModelTemplate(ctx, &apigateway.GetModelTemplateInput{RestApiId: &id, ModelName: aws.String("Pet")})); !strings.Contains(*template.Value, "$inputRoot") {
		t.Errorf("template: %s", *template.Value)
	}
	must[apigateway.DeleteModelOutput](t)(c.DeleteModel(ctx, &apigateway.DeleteModelInput{RestApiId: &id, ModelName: aws.String("Pet")}))

	v := must[apigateway.CreateRequestValidatorOutput](t)(c.CreateRequestValidator(ctx, &apigateway.CreateRequestValidatorInput{RestApiId: &id, Name: aws.String("v"), ValidateRequestBody: true}))
	must[apigateway.UpdateRequestValidatorOutput](t)(c.UpdateRequestValidator(ctx, &apigateway.UpdateRequestValidatorInput{RestApiId: &id, RequestValidatorId: v.Id, PatchOperations: []types.PatchOperation{replace("/validateRequestBody", "false")}}))
	equal(t, "validator", must[apigateway.GetRequestValidatorOutput](t)(c.GetRequestValidator(ctx, &apigateway.GetRequestValidatorInput{RestApiId: &id, RequestValidatorId: v.Id})).ValidateRequestBody, false)
	equal(t, "validators", len(must[apigateway.GetRequestValidatorsOutput](t)(c.GetRequestValidators(ctx, &apigateway.GetRequestValidatorsInput{RestApiId: &id})).Items), 1)
	must[apigateway.DeleteRequestValidatorOutput](t)(c.DeleteRequestValidator(ctx, &apigateway.DeleteRequestValidatorInput{RestApiId: &id, RequestValidatorId: v.Id}))

	kind := types.GatewayResponseTypeUnauthorized
	must[apigateway.PutGatewayResponseOutput](t)(c.PutGatewayResponse(ctx, &apigateway.PutGatewayResponseInput{RestApiId: &id, ResponseType: kind, StatusCode: aws.String("402"), ResponseParameters: map[string]string{"gatewayresponse.header.X": "'x'"}}))
	must[apigateway.UpdateGatewayResponseOutput](t)(c.UpdateGatewayResponse(ctx, &apigateway.UpdateGatewayResponseInput{RestApiId: &id, ResponseType: kind, PatchOperations: []types.PatchOperation{replace("/statusCode", "418")}}))
	g := must[apigateway.GetGatewayResponseOutput](t)(c.GetGatewayResponse(ctx, &apigateway.GetGatewayResponseInput{RestApiId: &id, ResponseType: kind}))
	equal(t, "gateway response", []any{*g.StatusCode, g.ResponseParameters, g.DefaultResponse}, []any{"418", map[string]string{"gatewayresponse.header.X": "'x'"}, false})
	equal(t, "gateway responses", len(must[apigateway.GetGatewayResponsesOutput](t)(c.GetGatewayResponses(ctx, &apigateway.GetGatewayResponsesInput{RestApiId: &id})).Items), 21)
	must[apigateway.DeleteGatewayResponseOutput](t)(c.DeleteGatewayResponse(ctx, &apigateway.DeleteGatewayResponseInput{RestApiId: &id, ResponseType: kind}))
}

func TestTerraformUsagePlanAndAPIKey(t *testing.T) {
	c, ctx := newClient(), t.Context()
	id, root := newAPI(t, c, "pets")
	deployed(t, c, id, root, "prod")
	key := must[apigateway.CreateApiKeyOutput](t)(c.CreateApiKey(ctx, &apigateway.CreateApiKeyInput{Name: aws.String("tf-key"), Description: aws.String("Managed by Terraform"), Enabled: true}))
	read := must[apigateway.GetApiKeyOutput](t)(c.GetApiKey(ctx, &apigateway.GetApiKeyInput{ApiKey: key.Id, IncludeValue: aws.Bool(true)}))
	equal(t, "key", []any{*read.Value, *read.Description, read.Enabled}, []any{*key.Value, "Managed by Terraform", true})
	must[apigateway.UpdateApiKeyOutput](t)(c.UpdateApiKey(ctx, &apigateway.UpdateApiKeyInput{ApiKey: key.Id, PatchOperations: []types.PatchOperation{replace("/enabled", "false")}}))
	equal(t, "keys", len(must[apigateway.GetApiKeysOutput](t)(c.GetApiKeys(ctx, &apigateway.GetApiKeysInput{NameQuery: aws.String("tf-k")})).Items), 1)
	imported := must[apigateway.ImportApiKeysOutput](t)(c.ImportApiKeys(ctx, &apigateway.ImportApiKeysInput{Format: types.ApiKeysFormatCsv, Body: []byte("name,key\ntf-csv,0123456789012345678901234567890123456789\n")}))
	equal(t, "imported keys", len(imported.Ids), 1)

	plan := must[apigateway.CreateUsagePlanOutput](t)(c.CreateUsagePlan(ctx, &apigateway.CreateUsagePlanInput{
		Name: aws.String("gold"), ApiStages: []types.ApiStage{{ApiId: &id, Stage: aws.String("prod")}}, Quota: &types.QuotaSettings{Limit: 100, Period: types.QuotaPeriodTypeDay}, Throttle: &types.ThrottleSettings{BurstLimit: 5, RateLimit: 2.5},
	}))
	target := id + ":prod"
	got := must[apigateway.UpdateUsagePlanOutput](t)(c.UpdateUsagePlan(ctx, &apigateway.UpdateUsagePlanInput{UsagePlanId: plan.Id, PatchOperations: []types.PatchOperation{
		op(types.OpRemove, "/apiStages", target), op(types.OpAdd, "/apiStages", target), replace("/apiStages/"+target+"/throttle//pets/GET/rateLimit", "1.5"), replace("/apiStages/"+target+"/throttle//pets/GET/burstLimit", "3"), replace("/productCode", "p"),
	}}))
	equal(t, "throttle of a method", got.ApiStages[0].Throttle, map[string]types.ThrottleSettings{"/pets/GET": {BurstLimit: 3, RateLimit: 1.5}})
	must[apigateway.CreateUsagePlanKeyOutput](t)(c.CreateUsagePlanKey(ctx, &apigateway.CreateUsagePlanKeyInput{UsagePlanId: plan.Id, KeyId: key.Id, KeyType: aws.String("API_KEY")}))
	pk := must[apigateway.GetUsagePlanKeyOutput](t)(c.GetUsagePlanKey(ctx, &apigateway.GetUsagePlanKeyInput{UsagePlanId: plan.Id, KeyId: key.Id}))
	equal(t, "plan key", []string{*pk.Id, *pk.Type, *pk.Name, *pk.Value}, []string{*key.Id, "API_KEY", "tf-key", *key.Value})
	equal(t, "plan keys", len(must[apigateway.GetUsagePlanKeysOutput](t)(c.GetUsagePlanKeys(ctx, &apigateway.GetUsagePlanKeysInput{UsagePlanId: plan.Id})).Items), 1)
	equal(t, "plans of a key", len(must[apigateway.GetUsagePlansOutput](t)(c.GetUsagePlans(ctx, &apigateway.GetUsagePlansInput{KeyId: key.Id})).Items), 1)
	must[apigateway.GetUsagePlanOutput](t)(c.GetUsagePlan(ctx, &apigateway.GetUsagePlanInput{UsagePlanId: plan.Id}))
	must[apigateway.UpdateUsageOutput](t)(c.UpdateUsage(ctx, &apigateway.UpdateUsageInput{UsagePlanId: plan.Id, KeyId: key.Id, PatchOperations: []types.PatchOperation{replace("/remaining", "7")}}))
	must[apigateway.GetUsageOutput](t)(c.GetUsage(ctx, &apigateway.GetUsageInput{UsagePlanId: plan.Id, StartDate: aws.String("2026-01-01"), EndDate: aws.String("2026-01-02")}))
	_, err := c.DeleteUsagePlan(ctx, &apigateway.DeleteUsagePlanInput{UsagePlanId: plan.Id})
	fails(t, err, "BadRequestException", "Cannot delete Usage Plan "+*plan.Id+" because there are API Stages associated with it, including "+target)
	must[apigateway.DeleteUsagePlanKeyOutput](t)(c.DeleteUsagePlanKey(ctx, &apigateway.DeleteUsagePlanKeyInput{UsagePlanId: plan.Id, KeyId: key.Id}))
	must[apigateway.UpdateUsagePlanOutput](t)(c.UpdateUsagePlan(ctx, &apigateway.UpdateUsagePlanInput{UsagePlanId: plan.Id, PatchOperations: []types.PatchOperation{op(types.OpRemove, "/apiStages", target)}}))
	must[apigateway.DeleteUsagePlanOutput](t)(c.DeleteUsagePlan(ctx, &apigateway.DeleteUsagePlanInput{UsagePlanId: plan.Id}))
	for _, k := range []string{*key.Id, imported.Ids[0]} {
		must[apigateway.DeleteApiKeyOutput](t)(c.DeleteApiKey(ctx, &apigateway.DeleteApiKeyInput{ApiKey: &k}))
	}
}

func TestTerraformDocumentation(t *testing.T) {
	c, ctx := newClient(), t.Context()
	id, _ := newAPI(t, c, "pets")
	p := must[apigateway.CreateDocumentationPartOutput](t)(c.CreateDocumentationPart(ctx, &apigateway.CreateDocumentationPartInput{RestApiId: &id, Location: &types.DocumentationPartLocation{Type: types.DocumentationPartTypeMethod, Path: aws.String("/a"), Method: aws.String("GET")}, Properties: aws.String(`{"description":"x"}`)}))
	must[apigateway.UpdateDocumentationPartOutput](t)(c.UpdateDocumentationPart(ctx, &apigateway.UpdateDocumentationPartInput{RestApiId: &id, DocumentationPartId: p.Id, PatchOperations: []types.PatchOperation{replace("/properties", `{"description":"y"}`)}}))
	got := must[apigateway.GetDocumentationPartOutput](t)(c.GetDocumentationPart(ctx, &apigateway.GetDocumentationPartInput{RestApiId: &id, DocumentationPartId: p.Id}))
	equal(t, "part", []any{*got.Properties, *got.Location}, []any{`{"description":"y"}`, types.DocumentationPartLocation{Type: types.DocumentationPartTypeMethod, Path: aws.String("/a"), Method: aws.String("GET")}})
	must[apigateway.CreateDocumentationVersionOutput](t)(c.CreateDocumentationVersion(ctx, &apigateway.CreateDocumentationVersionInput{RestApiId: &id, DocumentationVersion: aws.String("v1")}))
	must[apigateway.UpdateDocumentationVersionOutput](t)(c.UpdateDocumentationVersion(ctx, &apigateway.UpdateDocumentationVersionInput{RestApiId: &id, DocumentationVersion: aws.String("v1"), PatchOperations: []types.PatchOperation{replace("/description", "d")}}))
	equal(t, "version", *must[apigateway.GetDocumentationVersionOutput](t)(c.GetDocumentationVersion(ctx, &apigateway.GetDocumentationVersionInput{RestApiId: &id, DocumentationVersion: aws.String("v1")})).Description, "d")
	equal(t, "versions", len(must[apigateway.GetDocumentationVersionsOutput](t)(c.GetDocumentationVersions(ctx, &apigateway.GetDocumentationVersionsInput{RestApiId: &id})).Items), 1)
	ids := must[apigateway.ImportDocumentationPartsOutput](t)(c.ImportDocumentationParts(ctx, &apigateway.ImportDocumentationPartsInput{RestApiId: &id, Mode: types.PutModeOverwrite, Body: []byte(document)})).Ids
	parts := must[apigateway.GetDocumentationPartsOutput](t)(c.GetDocumentationParts(ctx, &apigateway.GetDocumentationPartsInput{RestApiId: &id}))
	equal(t, "imported parts", len(parts.Items), len(ids))
	must[apigateway.DeleteDocumentationPartOutput](t)(c.DeleteDocumentationPart(ctx, &apigateway.DeleteDocumentationPartInput{RestApiId: &id, DocumentationPartId: parts.Items[0].Id}))
	must[apigateway.DeleteDocumentationVersionOutput](t)(c.DeleteDocumentationVersion(ctx, &apigateway.DeleteDocumentationVersionInput{RestApiId: &id, DocumentationVersion: aws.String("v1")}))
}

func TestTerraformDomainNameAndBasePathMapping(t *testing.T) {
	c, ctx := newClient(), t.Context()
	id, root := newAPI(t, c, "pets")
	deployed(t, c, id, root, "prod")
	name, arn := "api.example.com", "arn:aws:acm:"+region+":000000000000:certificate/x"
	d := must[apigateway.CreateDomainNameOutput](t)(c.CreateDomainName(ctx, &apigateway.CreateDomainNameInput{DomainName: &name, RegionalCertificateArn: &arn, EndpointConfiguration: &types.EndpointConfiguration{Types: []types.EndpointType{types.EndpointTypeRegional}}, Tags: map[string]string{"a": "b"}}))
	t.Cleanup(func() {
		_, _ = c.DeleteDomainName(context.Background(), &apigateway.DeleteDomainNameInput{DomainName: &name})
	})
	equal(t, "domain", []any{d.DomainNameStatus, *d.RegionalCertificateArn, d.SecurityPolicy, d.DistributionDomainName}, []any{types.DomainNameStatusAvailable, arn, types.SecurityPolicyTls12, (*string)(nil)})
	must[apigateway.CreateBasePathMappingOutput](t)(c.CreateBasePathMapping(ctx, &apigateway.CreateBasePathMappingInput{DomainName: &name, RestApiId: &id, Stage: aws.String("prod")}))
	m := must[apigateway.GetBasePathMappingOutput](t)(c.GetBasePathMapping(ctx, &apigateway.GetBasePathMappingInput{DomainName: &name, BasePath: aws.String("(none)")}))
	equal(t, "mapping", []string{*m.BasePath, *m.RestApiId, *m.Stage}, []string{"(none)", id, "prod"})
	must[apigateway.UpdateBasePathMappingOutput](t)(c.UpdateBasePathMapping(ctx, &apigateway.UpdateBasePathMappingInput{DomainName: &name, BasePath: aws.String("(none)"), PatchOperations: []types.PatchOperation{replace("/basePath", "v1"), replace("/restapiId", id), replace("/stage", "")}}))
	equal(t, "mappings", len(must[apigateway.GetBasePathMappingsOutput](t)(c.GetBasePathMappings(ctx, &apigateway.GetBasePathMappingsInput{DomainName: &name})).Items), 1)
	_, err := c.DeleteRestApi(ctx, &apigateway.DeleteRestApiInput{RestApiId: &id})
	fails(t, err, "BadRequestException", "Deleting RestApi "+id+" failed. Please remove all base path mappings related to the RestApi in your domains: "+name)
	must[apigateway.DeleteBasePathMappingOutput](t)(c.DeleteBasePathMapping(ctx, &apigateway.DeleteBasePathMappingInput{DomainName: &name, BasePath: aws.String("v1")}))
	must[apigateway.UpdateDomainNameOutput](t)(c.UpdateDomainName(ctx, &apigateway.UpdateDomainNameInput{DomainName: &name, PatchOperations: []types.PatchOperation{replace("/endpointConfiguration/ipAddressType", "dualstack")}}))
	equal(t, "address type", must[apigateway.GetDomainNameOutput](t)(c.GetDomainName(ctx, &apigateway.GetDomainNameInput{DomainName: &name})).EndpointConfiguration.IpAddressType, types.IpAddressTypeDualstack)
	must[apigateway.GetDomainNamesOutput](t)(c.GetDomainNames(ctx, &apigateway.GetDomainNamesInput{}))
	must[apigateway.GetDomainNameAccessAssociationsOutput](t)(c.GetDomainNameAccessAssociations(ctx, &apigateway.GetDomainNameAccessAssociationsInput{}))
	must[apigateway.DeleteDomainNameOutput](t)(c.DeleteDomainName(ctx, &apigateway.DeleteDomainNameInput{DomainName: &name}))
	_, err = c.CreateDomainName(ctx, &apigateway.CreateDomainNameInput{DomainName: &name, RegionalCertificateArn: &arn, MutualTlsAuthentication: &types.MutualTlsAuthenticationInput{TruststoreUri: aws.String("s3://b/k")}})
	fails(t, err, "BadRequestException", "mutual TLS (mutualTlsAuthentication) is not supported by Gatehouse yet")
}

func TestTerraformAccountCertificateLinkAndTags(t *testing.T) {
	c, ctx := newClient(), t.Context()
	id, _ := newAPI(t, c, "pets")
	must[apigateway.UpdateAccountOutput](t)(c.UpdateAccount(ctx, &apigateway.UpdateAccountInput{PatchOperations: []types.PatchOperation{replace("/cloudwatchRoleArn", "arn:aws:iam::000000000000:role/logs")}}))
	equal(t, "account", *must[apigateway.GetAccountOutput](t)(c.GetAccount(ctx, &apigateway.GetAccountInput{})).CloudwatchRoleArn, "arn:aws:iam::000000000000:role/logs")

	cert := must[apigateway.GenerateClientCertificateOutput](t)(c.GenerateClientCertificate(ctx, &apigateway.GenerateClientCertificateInput{Description: aws.String("d")}))
	must[apigateway.UpdateClientCertificateOutput](t)(c.UpdateClientCertificate(ctx, &apigateway.UpdateClientCertificateInput{ClientCertificateId: cert.ClientCertificateId, PatchOperations: []types.PatchOperation{replace("/description", "e")}}))
	got := must[apigateway.GetClientCertificateOutput](t)(c.GetClientCertificate(ctx, &apigateway.GetClientCertificateInput{ClientCertificateId: cert.ClientCertificateId}))
	equal(t, "certificate", []string{*got.Description, *got.PemEncodedCertificate}, []string{"e", *cert.PemEncodedCertificate})
	must[apigateway.GetClientCertificatesOutput](t)(c.GetClientCertificates(ctx, &apigateway.GetClientCertificatesInput{}))
	must[apigateway.DeleteClientCertificateOutput](t)(c.DeleteClientCertificate(ctx, &apigateway.DeleteClientCertificateInput{ClientCertificateId: cert.ClientCertificateId}))

	nlb := "arn:aws:elasticloadbalancing:" + region + ":000000000000:loadbalancer/net/x/1"
	link := must[apigateway.CreateVpcLinkOutput](t)(c.CreateVpcLink(ctx, &apigateway.CreateVpcLinkInput{Name: aws.String("l"), TargetArns: []string{nlb}}))
	must[apigateway.UpdateVpcLinkOutput](t)(c.UpdateVpcLink(ctx, &apigateway.UpdateVpcLinkInput{VpcLinkId: link.Id, PatchOperations: []types.PatchOperation{replace("/name", "m")}}))
	equal(t, "link", must[apigateway.GetVpcLinkOutput](t)(c.GetVpcLink(ctx, &apigateway.GetVpcLinkInput{VpcLinkId: link.Id})).Status, types.VpcLinkStatusAvailable)
	must[apigateway.GetVpcLinksOutput](t)(c.GetVpcLinks(ctx, &apigateway.GetVpcLinksInput{}))
	must[apigateway.DeleteVpcLinkOutput](t)(c.DeleteVpcLink(ctx, &apigateway.DeleteVpcLinkInput{VpcLinkId: link.Id}))

	arn := "arn:aws:apigateway:" + region + "::/restapis/" + id
	must[apigateway.TagResourceOutput](t)(c.TagResource(ctx, &apigateway.TagResourceInput{ResourceArn: &arn, Tags: map[string]string{"a b": "c", "d": "e"}}))
	must[apigateway.UntagResourceOutput](t)(c.UntagResource(ctx, &apigateway.UntagResourceInput{ResourceArn: &arn, TagKeys: []string{"a b"}}))
	equal(t, "tags", must[apigateway.GetTagsOutput](t)(c.GetTags(ctx, &apigateway.GetTagsInput{ResourceArn: &arn})).Tags, map[string]string{"d": "e"})
	equal(t, "tags of the API", must[apigateway.GetRestApiOutput](t)(c.GetRestApi(ctx, &apigateway.GetRestApiInput{RestApiId: &id})).Tags, map[string]string{"d": "e"})
	must[apigateway.GetSdkTypesOutput](t)(c.GetSdkTypes(ctx, &apigateway.GetSdkTypesInput{}))
	must[apigateway.GetSdkTypeOutput](t)(c.GetSdkType(ctx, &apigateway.GetSdkTypeInput{Id: aws.String("javascript")}))
}
