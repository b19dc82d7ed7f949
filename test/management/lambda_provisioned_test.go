package management_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
)

// provisionedPath is where the provisioned concurrency of a version or an alias is.
func provisionedPath(fn, qualifier string) string {
	return "/2019-09-30/functions/" + fn + "/provisioned-concurrency?Qualifier=" + qualifier
}

const soonerThanAsked = "the environments may be ready before anybody asks"

// awaitProvisioned waits until the environments of a qualifier are ready.
func (r *lambdaReplay) awaitProvisioned(qualifier string) {
	r.t.Helper()
	for deadline := time.Now().Add(patience); ; time.Sleep(5 * time.Millisecond) {
		got := r.do("GET", provisionedPath("{{fn}}", qualifier), "")
		if got["Status"] == "READY" {
			return
		}
		if time.Now().After(deadline) {
			r.t.Fatalf("the environments are not ready: %v", got)
		}
	}
}

func TestRecordedProvisionedConcurrency(t *testing.T) {
	for name, qualifier := range map[string]string{"test_provisioned_concurrency": "1", "test_provisioned_concurrency_on_alias": "live"} {
		r := newLambdaReplay(t, "lambda", "TestLambdaConcurrency::"+name)
		r.leave(soonerThanAsked, "get_provisioned_prewait")
		r.create("", "fn", "handler.handler", usual)
		r.do("POST", functionsPath+"/{{fn}}/versions", `{}`)
		if qualifier == "live" {
			r.do("POST", functionsPath+"/{{fn}}/aliases", `{"Name":"live","FunctionVersion":"1"}`)
		}
		r.call("put_provisioned_5", "PUT", provisionedPath("{{fn}}", qualifier), `{"ProvisionedConcurrentExecutions":5}`)
		r.awaitProvisioned(qualifier)
		r.call("get_provisioned_postwait", "GET", provisionedPath("{{fn}}", qualifier), "")
		text := fmt.Sprint(r.do("POST", functionsPath+"/{{fn}}/invocations?Qualifier="+qualifier, `{"a":1}`))
		if !strings.Contains(text, "a:1") {
			t.Error(text)
		}
	}
}

func TestRecordedProvisionedConcurrencyBesideReserved(t *testing.T) {
	r := newLambdaReplay(t, "lambda", "TestLambdaConcurrency::test_reserved_provisioned_overlap")
	r.leave(soonerThanAsked, "get_provisioned_prewait")
	const reserved = "/2017-10-31/functions/{{fn}}/concurrency"
	r.create("", "fn", "handler.handler", usual)
	r.do("POST", functionsPath+"/{{fn}}/versions", `{}`)
	r.call("put_provisioned_5", "PUT", provisionedPath("{{fn}}", "1"), `{"ProvisionedConcurrentExecutions":2}`)
	r.awaitProvisioned("1")
	r.call("get_provisioned_postwait", "GET", provisionedPath("{{fn}}", "1"), "")
	r.call("reserved_lower_than_provisioned_exc", "PUT", reserved, `{"ReservedConcurrentExecutions":1}`)
	r.do("PUT", reserved, `{"ReservedConcurrentExecutions":2}`)
	r.call("get_concurrency", "GET", "/2019-09-30/functions/{{fn}}/concurrency", "")
	r.call("reserved_equals_provisioned_latest_invoke_exc", "POST", functionsPath+"/{{fn}}/invocations", `{}`)
	r.call("reserved_equals_provisioned_increase_provisioned_exc", "PUT", provisionedPath("{{fn}}", "1"), `{"ProvisionedConcurrentExecutions":3}`)
	r.call("update_func_config", "PUT", functionsPath+"/{{fn}}/configuration", `{"Timeout":15}`)
	r.do("POST", functionsPath+"/{{fn}}/versions", `{}`)
	r.call("reserved_equals_provisioned_another_provisioned_exc", "PUT", provisionedPath("{{fn}}", "2"), `{"ProvisionedConcurrentExecutions":1}`)
	r.do("DELETE", provisionedPath("{{fn}}", "1"), "")
	r.do("POST", functionsPath+"/{{fn}}/invocations", `{}`)
}

func TestRecordedProvisionedConcurrencyRefusals(t *testing.T) {
	r := newLambdaReplay(t, "lambda_api", "TestLambdaProvisionedConcurrency::test_provisioned_concurrency_exceptions")
	r.create("", "fn", "handler.handler", usual)
	r.call("publish_version_result", "POST", functionsPath+"/{{fn}}/versions", `{}`)
	r.call("list_provisioned_noconfigs", "GET", "/2019-09-30/functions/{{fn}}/provisioned-concurrency?List=ALL", "")
	r.call("list_provisioned_functionname_doesnotexist", "GET", "/2019-09-30/functions/doesnotexist/provisioned-concurrency?List=ALL", "")
	for _, verb := range []string{"GET", "DELETE"} {
		name := strings.ToLower(verb) + "_provisioned_"
		r.call(name+"config_doesnotexist", verb, provisionedPath("{{fn}}", "1"), "")
		r.call(name+"latest", verb, provisionedPath("{{fn}}", "$LATEST"), "")
		r.call(name+"version_doesnotexist", verb, provisionedPath("{{fn}}", "10"), "")
		r.call(name+"qualifier_doesnotexist", verb, provisionedPath("{{fn}}", "noalias"), "")
	}
	r.call("get_provisioned_functionname_doesnotexist", "GET", provisionedPath("doesnotexist", "noalias"), "")
	r.call("delete_provisioned_functionname_doesnotexist", "DELETE", provisionedPath("doesnotexist", "1"), "")
	put := func(name, fn, qualifier, n string) {
		r.call("put_provisioned_"+name, "PUT", provisionedPath(fn, qualifier), `{"ProvisionedConcurrentExecutions":`+n+`}`)
	}
	put("invalid_param_0", "{{fn}}", "1", "0")
	put("functionname_doesnotexist_alias", "doesnotexist", "noalias", "1")
	put("functionname_doesnotexist_version", "doesnotexist", "1", "1")
	put("qualifier_doesnotexist", "{{fn}}", "doesnotexist", "1")
	put("version_doesnotexist", "{{fn}}", "10", "1")
	put("latest", "{{fn}}", "$LATEST", "1")
}

func TestRecordedProvisionedConcurrencyLimits(t *testing.T) {
	r := newLambdaReplay(t, "lambda_api", "TestLambdaProvisionedConcurrency::test_provisioned_concurrency_limits")
	r.create("", "fn", "handler.handler", usual)
	r.do("POST", functionsPath+"/{{fn}}/versions", `{}`)
	limit := r.do("GET", "/2016-08-19/account-settings", "")["AccountLimit"].(map[string]any)
	free := int(limit["UnreservedConcurrentExecutions"].(float64))
	r.call("put_provisioned_concurrency_account_limit_exceeded", "PUT", provisionedPath("{{fn}}", "1"), fmt.Sprintf(`{"ProvisionedConcurrentExecutions":%d}`, free+1))
	r.call("put_provisioned_concurrency_below_unreserved_min_value", "PUT", provisionedPath("{{fn}}", "1"), fmt.Sprintf(`{"ProvisionedConcurrentExecutions":%d}`, free-99))
}

// slowStart is a function whose start takes half a second, and that says how its environment came to be.
const slowStart = `
import os, time

time.sleep(0.5)

def handler(event, context):
    return os.environ["AWS_LAMBDA_INITIALIZATION_TYPE"]
`

// TestProvisionedConcurrencyTakesTheColdStartAway calls a function whose start takes half a second: the first call of a provisioned
// version waits for no start. Environments that fail are started again, and updates of the alias bring new ones.
func TestProvisionedConcurrencyTakesTheColdStartAway(t *testing.T) {
	c, ctx := newLambda(), t.Context()
	newPython(t, c, "prewarmed", slowStart)
	name := aws.String("prewarmed")
	must[lambda.PublishVersionOutput](t)(c.PublishVersion(ctx, &lambda.PublishVersionInput{FunctionName: name}))
	live := aws.String("live")
	must[lambda.CreateAliasOutput](t)(c.CreateAlias(ctx, &lambda.CreateAliasInput{FunctionName: name, Name: live, FunctionVersion: aws.String("1")}))
	must[lambda.PutProvisionedConcurrencyConfigOutput](t)(c.PutProvisionedConcurrencyConfig(ctx, &lambda.PutProvisionedConcurrencyConfigInput{
		FunctionName: name, Qualifier: live, ProvisionedConcurrentExecutions: aws.Int32(2),
	}))
	get := &lambda.GetProvisionedConcurrencyConfigInput{FunctionName: name, Qualifier: live}
	await := func() {
		t.Helper()
		for deadline := time.Now().Add(patience); ; time.Sleep(5 * time.Millisecond) {
			out := must[lambda.GetProvisionedConcurrencyConfigOutput](t)(c.GetProvisionedConcurrencyConfig(ctx, get))
			if out.Status == types.ProvisionedConcurrencyStatusEnumReady {
				equal(t, "available", int(aws.ToInt32(out.AvailableProvisionedConcurrentExecutions)), 2)
				return
			}
			if time.Now().After(deadline) {
				t.Fatalf("not ready: %+v", out)
			}
		}
	}
	await()
	invoke := func(qualifier *string) (string, time.Duration) {
		t.Helper()
		begun := time.Now()
		out := must[lambda.InvokeOutput](t)(c.Invoke(ctx, &lambda.InvokeInput{FunctionName: name, Qualifier: qualifier}))
		return string(out.Payload), time.Since(begun)
	}
	kind, took := invoke(live)
	equal(t, "the first call of the alias", kind, `"provisioned-concurrency"`)
	kind, cold := invoke(aws.String("1"))
	equal(t, "the first call of the version", kind, `"on-demand"`)
	t.Logf("the first call took %v with provisioned concurrency, %v without", took, cold)
	if took > cold {
		t.Error("provisioned concurrency saved nothing")
	}

	list := must[lambda.ListProvisionedConcurrencyConfigsOutput](t)(c.ListProvisionedConcurrencyConfigs(ctx, &lambda.ListProvisionedConcurrencyConfigsInput{FunctionName: name}))
	if len(list.ProvisionedConcurrencyConfigs) != 1 || !strings.HasSuffix(aws.ToString(list.ProvisionedConcurrencyConfigs[0].FunctionArn), ":prewarmed:live") {
		t.Errorf("listed %+v", list.ProvisionedConcurrencyConfigs)
	}
	must[lambda.UpdateFunctionConfigurationOutput](t)(c.UpdateFunctionConfiguration(ctx, &lambda.UpdateFunctionConfigurationInput{FunctionName: name, Timeout: aws.Int32(9)}))
	must[lambda.PublishVersionOutput](t)(c.PublishVersion(ctx, &lambda.PublishVersionInput{FunctionName: name}))
	must[lambda.UpdateAliasOutput](t)(c.UpdateAlias(ctx, &lambda.UpdateAliasInput{FunctionName: name, Name: live, FunctionVersion: aws.String("2")}))
	await()
	kind, _ = invoke(live)
	equal(t, "after an update of the alias", kind, `"provisioned-concurrency"`)
	must[lambda.DeleteProvisionedConcurrencyConfigOutput](t)(c.DeleteProvisionedConcurrencyConfig(ctx, &lambda.DeleteProvisionedConcurrencyConfigInput{FunctionName: name, Qualifier: live}))
	kind, _ = invoke(live)
	equal(t, "without provisioned concurrency", kind, `"on-demand"`)
}

// TestProvisionedConcurrencyOfABadFunctionFails and says why.
func TestProvisionedConcurrencyOfABadFunctionFails(t *testing.T) {
	c, ctx := newLambda(), t.Context()
	newPython(t, c, "unstartable", "import missing_module\n\ndef handler(event, context):\n    pass\n")
	name, version := aws.String("unstartable"), aws.String("1")
	must[lambda.PublishVersionOutput](t)(c.PublishVersion(ctx, &lambda.PublishVersionInput{FunctionName: name}))
	must[lambda.PutProvisionedConcurrencyConfigOutput](t)(c.PutProvisionedConcurrencyConfig(ctx, &lambda.PutProvisionedConcurrencyConfigInput{
		FunctionName: name, Qualifier: version, ProvisionedConcurrentExecutions: aws.Int32(1),
	}))
	for deadline := time.Now().Add(patience); ; time.Sleep(5 * time.Millisecond) {
		out := must[lambda.GetProvisionedConcurrencyConfigOutput](t)(c.GetProvisionedConcurrencyConfig(ctx, &lambda.GetProvisionedConcurrencyConfigInput{FunctionName: name, Qualifier: version}))
		if out.Status == types.ProvisionedConcurrencyStatusEnumFailed {
			equal(t, "the reason", aws.ToString(out.StatusReason), "FUNCTION_ERROR_INIT_FAILURE")
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("it does not fail: %+v", out)
		}
	}
}
