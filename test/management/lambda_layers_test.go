package management_test

import (
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
)

const layersPath = "/2018-10-31/layers"

// newLayer gives the variable layer a name of its own, whose versions are deleted in the end.
func (r *lambdaReplay) newLayer(variable string) {
	r.t.Helper()
	name := "layer-" + variable + strconv.FormatInt(madeFunctions.Add(1), 10)
	r.vars[variable] = name
	r.t.Cleanup(func() {
		for n := 1; n <= 9; n++ {
			server.sendLambda(r.t, "DELETE", layersPath+"/"+name+"/versions/"+strconv.Itoa(n), "", nil)
		}
	})
}

// layerBody is that of PublishLayerVersion, with more members.
func (r *lambdaReplay) layerBody(more string) string {
	return `{"Content":{"ZipFile":"` + base64Zip(r.t, "python/testlayer.py", "def value(): return 1\n") + `"}` + more + `}`
}

func layerARN(name string) string {
	return "arn:aws:lambda:" + region + ":" + serverAccount + ":layer:" + name
}

func TestRecordedLayerCompatibilities(t *testing.T) {
	runtimes := [][]string{
		{"nodejs24.x", "nodejs22.x", "nodejs20.x", "nodejs18.x", "nodejs16.x", "nodejs14.x", "nodejs12.x", "python3.14", "python3.13", "python3.12", "python3.11", "python3.10", "python3.9", "python3.8", "python3.7"},
		{"java25", "java21", "java17", "java11", "java8.al2", "java8", "dotnet10", "dotnet8", "dotnet6", "dotnetcore3.1", "go1.x", "ruby3.4", "ruby3.3", "ruby3.2", "ruby2.7"},
		{"provided.al2023", "provided.al2", "provided"},
	}
	for i, names := range runtimes {
		r := newLambdaReplay(t, "lambda_api", "TestLambdaLayer::test_layer_compatibilities[runtimes"+strconv.Itoa(i)+"]")
		r.newLayer("l")
		r.call("publish_result", "POST", layersPath+"/{{l}}/versions", r.layerBody(`,"CompatibleRuntimes":["`+strings.Join(names, `","`)+`"],"CompatibleArchitectures":["arm64","x86_64"]`))
	}
}

func TestRecordedLayerExceptions(t *testing.T) {
	r := newLambdaReplay(t, "lambda_api", "TestLambdaLayer::test_layer_exceptions")
	r.newLayer("l")
	r.newLayer("empty")
	const versions = layersPath + "/{{l}}/versions"
	r.call("publish_result", "POST", versions, r.layerBody(`,"CompatibleRuntimes":["python3.12"],"CompatibleArchitectures":["x86_64"]`))
	byARN := func(arn string) string { return layersPath + "?find=LayerVersion&Arn=" + escapedName(arn) }
	r.call("list_layers_exc_compatibleruntime_invalid", "GET", layersPath+"?CompatibleRuntime=runtimedoesnotexist", "")
	r.call("list_layers_exc_compatiblearchitecture_invalid", "GET", layersPath+"?CompatibleArchitecture=archdoesnotexist", "")
	r.call("list_nonexistent_layer", "GET", layersPath+"/layerdoesnotexist/versions", "")
	r.call("get_layer_version_exc_layer_doesnotexist", "GET", layersPath+"/layerdoesnotexist/versions/1", "")
	r.call("get_layer_version_exc_layer_version_doesnotexist_negative", "GET", versions+"/-1", "")
	r.call("get_layer_version_exc_layer_version_doesnotexist_zero", "GET", versions+"/0", "")
	r.call("get_layer_version_exc_layer_version_doesnotexist_2", "GET", versions+"/2", "")
	r.call("get_layer_version_by_arn_exc_invalidarn", "GET", byARN(layerARN(r.vars["l"])), "")
	r.call("get_layer_version_by_arn_exc_nonexistentversion", "GET", byARN(layerARN(r.vars["l"])+":2"), "")
	r.call("delete_nonexistent_response", "DELETE", layersPath+"/layerdoesnotexist/versions/1", "")
	r.call("delete_nonexistent_version_response", "DELETE", versions+"/2", "")
	r.call("delete_layer_version_exc_layerversion_invalid_version", "DELETE", versions+"/-1", "")
	r.call("publish_layer_version_exc_invalid_runtime_arch", "POST", versions, r.layerBody(`,"CompatibleRuntimes":["invalidruntime"],"CompatibleArchitectures":["invalidarch"]`))
	r.call("publish_layer_version_exc_partially_invalid_values", "POST", versions, r.layerBody(`,"CompatibleRuntimes":["invalidruntime","invalidruntime2","nodejs20.x"],"CompatibleArchitectures":["invalidarch","x86_64"]`))
	r.call("publish_empty_result", "POST", layersPath+"/{{empty}}/versions", r.layerBody(`,"CompatibleRuntimes":[],"CompatibleArchitectures":[]`))
	r.call("delete_layer_response", "DELETE", versions+"/1", "")
	r.call("delete_layer_again_response", "DELETE", versions+"/1", "")
}

func TestRecordedLayersOfFunctions(t *testing.T) {
	r := newLambdaReplay(t, "lambda_api", "TestLambdaLayer::test_layer_function_exceptions")
	r.newLayer("l")
	const versions = layersPath + "/{{l}}/versions"
	for _, name := range []string{"publish_result", "publish_result_2", "publish_result_3"} {
		r.call(name, "POST", versions, r.layerBody(`,"CompatibleRuntimes":[],"CompatibleArchitectures":["x86_64"]`))
	}
	r.create("", "fn", "handler.handler", usual)
	r.call("get_fn_result", "GET", functionsPath+"/{{fn}}", "")
	arn := layerARN(r.vars["l"])
	update := func(name string, layers ...string) {
		t.Helper()
		r.call(name, "PUT", functionsPath+"/{{fn}}/configuration", `{"Layers":["`+strings.Join(layers, `","`)+`"]}`)
	}
	update("two_layer_versions_single_function_exc", arn+":1", arn+":2")
	update("three_layer_versions_single_function_exc", arn+":1", arn+":2", arn+":3")
	update("two_identical_layer_versions_single_function_exc", arn+":1", arn+":1")
	update("add_nonexistent_layer_exc", layerARN("doesnotexist")+":1")
	update("add_nonexistent_layer_version_exc", arn+":9")
	update("add_layer_arn_without_version_exc", arn)
	r.newFunction("other")
	elsewhere := strings.Replace(arn, region, "us-east-2", 1) + ":1"
	r.call("create_function_with_layer_in_different_region", "POST", functionsPath, r.body("other", "handler.handler", usual+`,"Layers":["`+elsewhere+`"]`))
}

func TestRecordedMissingWrapper(t *testing.T) {
	r := newLambdaReplay(t, "lambda", "TestLambdaErrors::test_lambda_runtime_wrapper_not_found")
	r.create("", "fn", "handler.handler", `,"Environment":{"Variables":{"AWS_LAMBDA_EXEC_WRAPPER":"/idontexist.sh"}}`)
	r.invoke("invocation_error", "{{fn}}", "", `{}`, nil)
}

// TestLayersWithTheSDK takes a layer from its first version to a function that goes on without it. Spec: functions A7, B3.
func TestLayersWithTheSDK(t *testing.T) {
	ctx, client := t.Context(), newLambda()
	const fn = "uses-layers"
	name := aws.String("words")
	publish := func(word string) *lambda.PublishLayerVersionOutput {
		t.Helper()
		out, err := client.PublishLayerVersion(ctx, &lambda.PublishLayerVersionInput{
			LayerName: name, Description: aws.String(word), LicenseInfo: aws.String("MIT"), CompatibleRuntimes: []types.Runtime{"python3.12"},
			Content: &types.LayerVersionContentInput{ZipFile: zipOf(t, "python/words.py", "word = '"+word+"'\n")},
		})
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	first, second := publish("one"), publish("two")
	if aws.ToString(second.LayerVersionArn) != layerARN("words")+":2" {
		t.Errorf("got %s", aws.ToString(second.LayerVersionArn))
	}
	res, err := http.Get(aws.ToString(first.Content.Location))
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if data, err := io.ReadAll(res.Body); err != nil || int64(len(data)) != first.Content.CodeSize {
		t.Errorf("downloaded %d bytes of %d (%v)", len(data), first.Content.CodeSize, err)
	}
	code := zipOf(t, "handler.py", "import words\ndef handler(event, context): return words.word\n")
	made, err := client.CreateFunction(ctx, &lambda.CreateFunctionInput{
		FunctionName: aws.String(fn), Runtime: "python3.12", Handler: aws.String("handler.handler"), Role: aws.String(role), Publish: true,
		Code: &types.FunctionCode{ZipFile: code}, Layers: []string{aws.ToString(first.LayerVersionArn)},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = client.DeleteFunction(ctx, &lambda.DeleteFunctionInput{FunctionName: aws.String(fn)}) })
	if len(made.Layers) != 1 || aws.ToString(made.Layers[0].Arn) != aws.ToString(first.LayerVersionArn) || made.Layers[0].CodeSize != first.Content.CodeSize {
		t.Errorf("got %+v", made.Layers)
	}
	says := func(qualifier, want string) {
		t.Helper()
		out, err := client.Invoke(ctx, &lambda.InvokeInput{FunctionName: aws.String(fn), Qualifier: aws.String(qualifier)})
		if err != nil || string(out.Payload) != want {
			t.Errorf("%s: got %s, want %s (%v)", qualifier, out.Payload, want, err)
		}
	}
	says("$LATEST", `"one"`)
	if _, err := client.UpdateFunctionConfiguration(ctx, &lambda.UpdateFunctionConfigurationInput{FunctionName: aws.String(fn), Layers: []string{aws.ToString(second.LayerVersionArn)}}); err != nil {
		t.Fatal(err)
	}
	says("$LATEST", `"two"`)
	says("1", `"one"`)
	versions, err := client.ListLayerVersions(ctx, &lambda.ListLayerVersionsInput{LayerName: name, CompatibleRuntime: "python3.12"})
	if err != nil || len(versions.LayerVersions) != 2 || versions.LayerVersions[0].Version != 2 {
		t.Errorf("got %+v (%v)", versions, err)
	}
	layers, err := client.ListLayers(ctx, &lambda.ListLayersInput{})
	if err != nil || len(layers.Layers) == 0 {
		t.Errorf("got %+v (%v)", layers, err)
	}
	if got, err := client.GetLayerVersion(ctx, &lambda.GetLayerVersionInput{LayerName: name, VersionNumber: aws.Int64(1)}); err != nil || aws.ToString(got.Description) != "one" {
		t.Errorf("got %+v (%v)", got, err)
	}
	if got, err := client.GetLayerVersionByArn(ctx, &lambda.GetLayerVersionByArnInput{Arn: second.LayerVersionArn}); err != nil || got.Version != 2 {
		t.Errorf("got %+v (%v)", got, err)
	}
	for n := range int64(2) {
		if _, err := client.DeleteLayerVersion(ctx, &lambda.DeleteLayerVersionInput{LayerName: name, VersionNumber: aws.Int64(n + 1)}); err != nil {
			t.Fatal(err)
		}
	}
	says("$LATEST", `"two"`)
	says("1", `"one"`)
	if third := publish("three"); third.Version != 3 {
		t.Errorf("the number %d was given twice", third.Version)
	}
}

// TestPermissionsOfLayersWithTheSDK adds a statement, reads it and takes it away.
func TestPermissionsOfLayersWithTheSDK(t *testing.T) {
	ctx, client := t.Context(), newLambda()
	name, number := aws.String("shared"), aws.Int64(1)
	_, err := client.PublishLayerVersion(ctx, &lambda.PublishLayerVersionInput{LayerName: name, Content: &types.LayerVersionContentInput{ZipFile: zipOf(t, "x", "1")}})
	if err != nil {
		t.Fatal(err)
	}
	added, err := client.AddLayerVersionPermission(ctx, &lambda.AddLayerVersionPermissionInput{
		LayerName: name, VersionNumber: number, StatementId: aws.String("all"), Action: aws.String("lambda:GetLayerVersion"), Principal: aws.String("*"),
	})
	if err != nil {
		t.Fatal(err)
	}
	want := `{"Sid":"all","Effect":"Allow","Principal":"*","Action":"lambda:GetLayerVersion","Resource":"` + layerARN("shared") + `:1"}`
	if aws.ToString(added.Statement) != want {
		t.Errorf("got %s", aws.ToString(added.Statement))
	}
	policy, err := client.GetLayerVersionPolicy(ctx, &lambda.GetLayerVersionPolicyInput{LayerName: name, VersionNumber: number})
	if err != nil || aws.ToString(policy.Policy) != `{"Version":"2012-10-17","Id":"default","Statement":[`+want+`]}` || aws.ToString(policy.RevisionId) != aws.ToString(added.RevisionId) {
		t.Errorf("got %+v (%v)", policy, err)
	}
	if _, err := client.RemoveLayerVersionPermission(ctx, &lambda.RemoveLayerVersionPermissionInput{LayerName: name, VersionNumber: number, StatementId: aws.String("all"), RevisionId: added.RevisionId}); err != nil {
		t.Fatal(err)
	}
	if _, err := client.GetLayerVersionPolicy(ctx, &lambda.GetLayerVersionPolicyInput{LayerName: name, VersionNumber: number}); err == nil || !strings.Contains(err.Error(), "No policy is associated with the given resource.") {
		t.Errorf("got %v", err)
	}
}
