package management_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
)

// TestLambdaWithTheGoSDK goes through the life of a function: every operation that there is, waiters and paginators.
func TestLambdaWithTheGoSDK(t *testing.T) {
	c, ctx := newLambda(), t.Context()
	name := aws.String("go-sdk")
	code := zipOf(t, "handler.py", echoPython)
	made := must[lambda.CreateFunctionOutput](t)(c.CreateFunction(ctx, &lambda.CreateFunctionInput{
		FunctionName: name, Runtime: types.RuntimePython312, Handler: aws.String("handler.handler"), Role: aws.String(role), Code: &types.FunctionCode{ZipFile: code},
		Environment: &types.Environment{Variables: map[string]string{"COLOUR": "red"}}, Tags: map[string]string{"team": "a"}, MemorySize: aws.Int32(256), Timeout: aws.Int32(10),
	}))
	t.Cleanup(func() {
		_, _ = c.DeleteFunction(context.Background(), &lambda.DeleteFunctionInput{FunctionName: name}) // it may be deleted already
	})
	equal(t, "state", made.State, types.StatePending)
	get := &lambda.GetFunctionInput{FunctionName: name}
	if err := lambda.NewFunctionActiveV2Waiter(c).Wait(ctx, get, patience); err != nil {
		t.Fatal(err)
	}
	read := must[lambda.GetFunctionOutput](t)(c.GetFunction(ctx, get))
	equal(t, "environment", read.Configuration.Environment.Variables, map[string]string{"COLOUR": "red"})
	equal(t, "tags", read.Tags, map[string]string{"team": "a"})
	downloaded, err := server.client.Get(*read.Code.Location)
	if err != nil {
		t.Fatal(err)
	}
	defer downloaded.Body.Close()
	if body, err := io.ReadAll(downloaded.Body); err != nil || downloaded.StatusCode != http.StatusOK || string(body) != string(code) {
		t.Errorf("download: %d, %d bytes, %v", downloaded.StatusCode, len(body), err)
	}
	must[lambda.UpdateFunctionConfigurationOutput](t)(c.UpdateFunctionConfiguration(ctx, &lambda.UpdateFunctionConfigurationInput{FunctionName: name, Description: aws.String("changed")}))
	if err := lambda.NewFunctionUpdatedV2Waiter(c).Wait(ctx, get, patience); err != nil {
		t.Fatal(err)
	}
	must[lambda.UpdateFunctionCodeOutput](t)(c.UpdateFunctionCode(ctx, &lambda.UpdateFunctionCodeInput{FunctionName: name, ZipFile: zipOf(t, "handler.py", echoPython+"#\n")}))
	shown := must[lambda.GetFunctionConfigurationOutput](t)(c.GetFunctionConfiguration(ctx, &lambda.GetFunctionConfigurationInput{FunctionName: name}))
	equal(t, "description", *shown.Description, "changed")
	_, err = c.UpdateFunctionConfiguration(ctx, &lambda.UpdateFunctionConfigurationInput{FunctionName: name, RevisionId: made.RevisionId})
	fails(t, err, "PreconditionFailedException", "")

	lambdaVersions(t, c, name)
	lambdaPolicy(t, c, name)
	lambdaSettings(t, c, name, *made.FunctionArn)
	lambdaAbsent(t, c, name)

	// The function is found, although nothing of it runs.
	dry := must[lambda.InvokeOutput](t)(c.Invoke(ctx, &lambda.InvokeInput{FunctionName: name, InvocationType: types.InvocationTypeDryRun}))
	equal(t, "dry run", dry.StatusCode, int32(204))
	must[lambda.DeleteFunctionOutput](t)(c.DeleteFunction(ctx, &lambda.DeleteFunctionInput{FunctionName: name}))
	_, err = c.GetFunction(ctx, get)
	fails(t, err, "ResourceNotFoundException", "Function not found: "+*made.FunctionArn)
}

func lambdaVersions(t *testing.T, c *lambda.Client, name *string) {
	t.Helper()
	ctx := t.Context()
	for i := range 3 {
		must[lambda.UpdateFunctionConfigurationOutput](t)(c.UpdateFunctionConfiguration(ctx, &lambda.UpdateFunctionConfigurationInput{FunctionName: name, Description: aws.String(fmt.Sprint("number ", i+1))}))
		v := must[lambda.PublishVersionOutput](t)(c.PublishVersion(ctx, &lambda.PublishVersionInput{FunctionName: name}))
		equal(t, "version", *v.Version, fmt.Sprint(i+1))
	}
	var versions []string
	for pages := lambda.NewListVersionsByFunctionPaginator(c, &lambda.ListVersionsByFunctionInput{FunctionName: name, MaxItems: aws.Int32(2)}); pages.HasMorePages(); {
		for _, v := range must[lambda.ListVersionsByFunctionOutput](t)(pages.NextPage(ctx)).Versions {
			versions = append(versions, *v.Version)
		}
	}
	equal(t, "versions", versions, []string{"$LATEST", "1", "2", "3"})
	found := false
	for pages := lambda.NewListFunctionsPaginator(c, &lambda.ListFunctionsInput{MaxItems: aws.Int32(1)}); pages.HasMorePages(); {
		for _, f := range must[lambda.ListFunctionsOutput](t)(pages.NextPage(ctx)).Functions {
			found = found || *f.FunctionName == *name
		}
	}
	equal(t, "function in the list", found, true)
	alias := aws.String("live")
	must[lambda.CreateAliasOutput](t)(c.CreateAlias(ctx, &lambda.CreateAliasInput{FunctionName: name, Name: alias, FunctionVersion: aws.String("1"),
		RoutingConfig: &types.AliasRoutingConfiguration{AdditionalVersionWeights: map[string]float64{"2": 0.1}}}))
	must[lambda.UpdateAliasOutput](t)(c.UpdateAlias(ctx, &lambda.UpdateAliasInput{FunctionName: name, Name: alias, FunctionVersion: aws.String("3"), RoutingConfig: &types.AliasRoutingConfiguration{}}))
	got := must[lambda.GetAliasOutput](t)(c.GetAlias(ctx, &lambda.GetAliasInput{FunctionName: name, Name: alias}))
	equal(t, "alias", *got.FunctionVersion, "3")
	equal(t, "aliases", len(must[lambda.ListAliasesOutput](t)(c.ListAliases(ctx, &lambda.ListAliasesInput{FunctionName: name})).Aliases), 1)
	_, err := c.DeleteFunction(ctx, &lambda.DeleteFunctionInput{FunctionName: name, Qualifier: aws.String("3")})
	fails(t, err, "ResourceConflictException", "")
	must[lambda.DeleteAliasOutput](t)(c.DeleteAlias(ctx, &lambda.DeleteAliasInput{FunctionName: name, Name: alias}))
	must[lambda.DeleteFunctionOutput](t)(c.DeleteFunction(ctx, &lambda.DeleteFunctionInput{FunctionName: name, Qualifier: aws.String("3")}))
}

func lambdaPolicy(t *testing.T, c *lambda.Client, name *string) {
	t.Helper()
	ctx, id := t.Context(), aws.String("gateway")
	must[lambda.AddPermissionOutput](t)(c.AddPermission(ctx, &lambda.AddPermissionInput{FunctionName: name, StatementId: id, Action: aws.String("lambda:InvokeFunction"),
		Principal: aws.String("apigateway.amazonaws.com"), SourceArn: aws.String("arn:aws:execute-api:eu-west-1:000000000000:abc/*")}))
	var policy struct{ Statement []struct{ Sid string } }
	text := must[lambda.GetPolicyOutput](t)(c.GetPolicy(ctx, &lambda.GetPolicyInput{FunctionName: name})).Policy
	if err := json.Unmarshal([]byte(*text), &policy); err != nil || len(policy.Statement) != 1 || policy.Statement[0].Sid != *id {
		t.Errorf("got %s, %v", *text, err)
	}
	must[lambda.RemovePermissionOutput](t)(c.RemovePermission(ctx, &lambda.RemovePermissionInput{FunctionName: name, StatementId: id}))
}

func lambdaSettings(t *testing.T, c *lambda.Client, name *string, arn string) {
	t.Helper()
	ctx := t.Context()
	must[lambda.TagResourceOutput](t)(c.TagResource(ctx, &lambda.TagResourceInput{Resource: &arn, Tags: map[string]string{"a": "b"}}))
	must[lambda.UntagResourceOutput](t)(c.UntagResource(ctx, &lambda.UntagResourceInput{Resource: &arn, TagKeys: []string{"team"}}))
	equal(t, "tags", must[lambda.ListTagsOutput](t)(c.ListTags(ctx, &lambda.ListTagsInput{Resource: &arn})).Tags, map[string]string{"a": "b"})
	must[lambda.PutFunctionConcurrencyOutput](t)(c.PutFunctionConcurrency(ctx, &lambda.PutFunctionConcurrencyInput{FunctionName: name, ReservedConcurrentExecutions: aws.Int32(0)}))
	equal(t, "reserved", *must[lambda.GetFunctionConcurrencyOutput](t)(c.GetFunctionConcurrency(ctx, &lambda.GetFunctionConcurrencyInput{FunctionName: name})).ReservedConcurrentExecutions, int32(0))
	_, err := c.Invoke(ctx, &lambda.InvokeInput{FunctionName: name})
	fails(t, err, "TooManyRequestsException", "Rate Exceeded.")
	must[lambda.DeleteFunctionConcurrencyOutput](t)(c.DeleteFunctionConcurrency(ctx, &lambda.DeleteFunctionConcurrencyInput{FunctionName: name}))
	must[lambda.GetAccountSettingsOutput](t)(c.GetAccountSettings(ctx, &lambda.GetAccountSettingsInput{}))
	must[lambda.PutRuntimeManagementConfigOutput](t)(c.PutRuntimeManagementConfig(ctx, &lambda.PutRuntimeManagementConfigInput{FunctionName: name, UpdateRuntimeOn: types.UpdateRuntimeOnAuto}))
	must[lambda.GetRuntimeManagementConfigOutput](t)(c.GetRuntimeManagementConfig(ctx, &lambda.GetRuntimeManagementConfigInput{FunctionName: name}))
	must[lambda.PutFunctionRecursionConfigOutput](t)(c.PutFunctionRecursionConfig(ctx, &lambda.PutFunctionRecursionConfigInput{FunctionName: name, RecursiveLoop: types.RecursiveLoopAllow}))
	must[lambda.GetFunctionRecursionConfigOutput](t)(c.GetFunctionRecursionConfig(ctx, &lambda.GetFunctionRecursionConfigInput{FunctionName: name}))
}

// lambdaAbsent asks for everything that Terraform reads of a function and that cannot be there yet.
func lambdaAbsent(t *testing.T, c *lambda.Client, name *string) {
	t.Helper()
	ctx := t.Context()
	must[lambda.GetFunctionCodeSigningConfigOutput](t)(c.GetFunctionCodeSigningConfig(ctx, &lambda.GetFunctionCodeSigningConfigInput{FunctionName: name}))
	must[lambda.DeleteFunctionCodeSigningConfigOutput](t)(c.DeleteFunctionCodeSigningConfig(ctx, &lambda.DeleteFunctionCodeSigningConfigInput{FunctionName: name}))
	must[lambda.ListCodeSigningConfigsOutput](t)(c.ListCodeSigningConfigs(ctx, &lambda.ListCodeSigningConfigsInput{}))
	must[lambda.ListFunctionEventInvokeConfigsOutput](t)(c.ListFunctionEventInvokeConfigs(ctx, &lambda.ListFunctionEventInvokeConfigsInput{FunctionName: name}))
	must[lambda.ListFunctionUrlConfigsOutput](t)(c.ListFunctionUrlConfigs(ctx, &lambda.ListFunctionUrlConfigsInput{FunctionName: name}))
	must[lambda.ListProvisionedConcurrencyConfigsOutput](t)(c.ListProvisionedConcurrencyConfigs(ctx, &lambda.ListProvisionedConcurrencyConfigsInput{FunctionName: name}))
	must[lambda.DeleteProvisionedConcurrencyConfigOutput](t)(c.DeleteProvisionedConcurrencyConfig(ctx, &lambda.DeleteProvisionedConcurrencyConfigInput{FunctionName: name, Qualifier: aws.String("1")}))
	must[lambda.ListEventSourceMappingsOutput](t)(c.ListEventSourceMappings(ctx, &lambda.ListEventSourceMappingsInput{FunctionName: name}))
	must[lambda.ListLayersOutput](t)(c.ListLayers(ctx, &lambda.ListLayersInput{}))
	must[lambda.ListLayerVersionsOutput](t)(c.ListLayerVersions(ctx, &lambda.ListLayerVersionsInput{LayerName: aws.String("none")}))
	_, err := c.GetFunctionUrlConfig(ctx, &lambda.GetFunctionUrlConfigInput{FunctionName: name})
	fails(t, err, "ResourceNotFoundException", "The resource you requested does not exist.")
	_, err = c.GetFunctionEventInvokeConfig(ctx, &lambda.GetFunctionEventInvokeConfigInput{FunctionName: name})
	fails(t, err, "ResourceNotFoundException", "")
	_, err = c.GetProvisionedConcurrencyConfig(ctx, &lambda.GetProvisionedConcurrencyConfigInput{FunctionName: name, Qualifier: aws.String("1")})
	fails(t, err, "ProvisionedConcurrencyConfigNotFoundException", "")
}

// withServer is the environment in which AWS tools call the server.
func withServer() []string {
	return append(os.Environ(), "AWS_ACCESS_KEY_ID="+server.root.AccessKeyID, "AWS_SECRET_ACCESS_KEY="+server.root.SecretAccessKey, "AWS_CONFIG_FILE=/dev/null",
		"AWS_ENDPOINT_URL="+server.control, "AWS_REGION="+region, "AWS_DEFAULT_REGION="+region, "AWS_PAGER=", "AWS_MAX_ATTEMPTS=1")
}
