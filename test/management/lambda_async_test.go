package management_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
)

var asEvent = http.Header{"X-Amz-Invocation-Type": {"Event"}}

// TestRecordedEventInvokeConfig holds how events of functions, versions and aliases are set to be treated.
func TestRecordedEventInvokeConfig(t *testing.T) {
	r := newLambdaReplay(t, "lambda_api", "TestLambdaEventInvokeConfig::test_lambda_eventinvokeconfig_exceptions")
	r.create("", "fn", "handler.handler", usual)
	r.create("", "other", "handler.handler", usual)
	r.call("fn_version_result", "POST", functionsPath+"/{{fn}}/versions", `{}`)
	r.call("fn_alias_result", "POST", functionsPath+"/{{fn}}/aliases", `{"Name":"eventinvokealias","FunctionVersion":"1"}`)
	config := func(name, qualifier string) string {
		path := "/2019-09-25/functions/" + escapedName(r.fill(name)) + "/event-invoke-config"
		if qualifier != "" {
			path += "?Qualifier=" + qualifier
		}
		return path
	}
	arn := func(name, qualifier string) string { return arnOf(serverAccount, r.vars[name]+qualifier) }
	const retry, alias = `{"MaximumRetryAttempts":1}`, "eventinvokealias"
	to := func(which, arn string) string {
		return `{"DestinationConfig":{"` + which + `":{"Destination":"` + arn + `"}}}`
	}

	r.call("put_functionname_name_notfound", "PUT", config("notfound", ""), retry)
	r.call("put_functionname_arn_notfound", "PUT", config(arnOf(serverAccount, "notfound"), ""), retry)
	r.call("put_functionname_nootherargs", "PUT", config("{{fn}}", ""), `{}`)
	r.call("put_destination_lambda_doesntexist", "PUT", config("{{fn}}", ""), to("OnSuccess", arnOf(serverAccount, "doesnotexist")))
	r.call("put_destination_recursive", "PUT", config("{{fn}}", ""), to("OnSuccess", arn("fn", "")))
	r.call("put_destination_other_lambda", "PUT", config("{{fn}}", ""), to("OnSuccess", arn("other", "")))
	r.call("put_destination_invalid_service_arn", "PUT", config("{{fn}}", ""), to("OnSuccess", strings.Replace(arn("fn", ""), ":lambda:", ":iam:", 1)))
	r.call("put_destination_success_no_destination_arn", "PUT", config("{{fn}}", ""), `{"DestinationConfig":{"OnSuccess":{}}}`)
	r.call("put_destination_failure_no_destination_arn", "PUT", config("{{fn}}", ""), `{"DestinationConfig":{"OnFailure":{}}}`)
	r.call("put_destination_invalid_arn_pattern", "PUT", config("{{fn}}", ""), to("OnFailure", strings.Replace(arn("fn", ""), ":lambda:", ":_-/!lambda:", 1)))
	r.call("put_destination_latest", "PUT", config("{{fn}}", ""), retry)
	r.call("put_destination_latest_explicit_qualifier", "PUT", config("{{fn}}", "$LATEST"), retry)
	r.call("put_destination_version", "PUT", config("{{fn}}", "1"), retry)
	r.call("put_alias_functionname_qualifier", "PUT", config("{{fn}}", alias), retry)
	r.call("put_alias_qualifiedarn", "PUT", config(arn("fn", ":"+alias), ""), retry)
	r.call("put_alias_qualifiedarn_qualifier", "PUT", config(arn("fn", ":"+alias), alias), retry)
	r.call("put_alias_qualifiedarn_qualifierconflict", "PUT", config(arn("fn", ":"+alias), "1"), retry)
	r.call("put_alias_shorthand", "PUT", config("{{fn}}:"+alias, ""), retry)
	r.call("put_alias_shorthand_qualifier", "PUT", config("{{fn}}:"+alias, alias), retry)
	r.call("put_alias_shorthand_qualifierconflict", "PUT", config("{{fn}}:"+alias, "1"), retry)
	r.call("put_alias_doesnotexist", "PUT", config("{{fn}}", "doesnotexist"), retry)
	r.call("put_version_shorthand", "PUT", config("{{fn}}:1", ""), retry)
	r.call("put_shorthand_qualifier_match", "PUT", config("{{fn}}:$LATEST", "$LATEST"), retry)
	r.call("put_shorthand_qualifier_mismatch_1", "PUT", config("{{fn}}:$LATEST", "1"), retry)
	r.call("put_shorthand_qualifier_mismatch_2", "PUT", config("{{fn}}:1", "$LATEST"), retry)
	r.call("put_shorthand_qualifier_mismatch_3", "PUT", config("{{fn}}:1", alias), retry)
	r.call("put_maxevent_maxvalue_result", "PUT", config("{{fn}}", ""), `{"MaximumRetryAttempts":2,"MaximumEventAgeInSeconds":21600}`)

	r.call("put_pre_overwrite", "PUT", config("{{fn}}", ""), `{"MaximumRetryAttempts":2,"MaximumEventAgeInSeconds":60}`)
	r.call("put_post_overwrite", "PUT", config("{{fn}}", ""), `{"MaximumRetryAttempts":0}`)
	r.call("get_post_overwrite", "GET", config("{{fn}}", ""), "")
	r.call("second_overwrite_existing_response", "PUT", config("{{fn}}", ""), `{"MaximumRetryAttempts":0}`)
	r.do("PUT", config("{{fn}}", ""), `{"MaximumRetryAttempts":2,"MaximumEventAgeInSeconds":60}`)
	r.call("pre_update_response", "GET", config("{{fn}}", ""), "")
	r.call("update_response", "POST", config("{{fn}}", ""), `{"MaximumRetryAttempts":0}`)
	r.call("update_response_existing", "GET", config("{{fn}}", ""), "")
	r.call("list_configs", "GET", strings.Replace(config("{{fn}}", ""), "event-invoke-config", "event-invoke-config/list", 1), "")
	r.call("list_function_doesnotexist", "GET", "/2019-09-25/functions/doesnotexist/event-invoke-config/list", "")
	r.call("get_function_doesnotexist", "GET", config("doesnotexist", ""), "")
	r.call("get_qualifier_doesnotexist", "GET", config("{{fn}}", "doesnotexist"), "")
	r.call("delete_latest", "DELETE", config("{{fn}}", ""), "")
	r.call("delete_version", "DELETE", config("{{fn}}", "1"), "")
	r.call("delete_alias", "DELETE", config("{{fn}}", alias), "")
	r.call("list_configs_postdelete", "GET", strings.Replace(config("{{fn}}", ""), "event-invoke-config", "event-invoke-config/list", 1), "")
	r.call("get_eventinvokeconfig_doesnotexist", "GET", config("{{fn}}", alias), "")
	r.call("delete_function_not_found", "DELETE", config("{{fn}}", ""), "")
	r.call("delete_function_doesnotexist", "DELETE", config("doesnotexist", ""), "")
	r.call("update_eventinvokeconfig_function_doesnotexist", "POST", config("doesnotexist", ""), retry)
	r.call("update_eventinvokeconfig_config_doesnotexist_with_qualifier", "POST", config("{{fn}}", alias), retry)
	r.call("update_eventinvokeconfig_config_doesnotexist_without_qualifier", "POST", config("{{fn}}", ""), retry)
}

// TestRecordedEventInvocations holds the answers to events: what the functions do later is tested elsewhere.
func TestRecordedEventInvocations(t *testing.T) {
	r := newLambdaReplay(t, "lambda", "TestRequestIdHandling::test_request_id_async_invoke_with_retry")
	r.leave("lines of the log: the request ids of attempts are tested with the binary", "end_messages")
	r.create("", "fn", "handler.handler", usual)
	r.invoke("invoke_result", "{{fn}}", "", `{}`, asEvent)

	r = newLambdaReplay(t, "lambda", "TestLambdaFeatures::test_invocation_type_event_error")
	r.leave("recorded of an older runtime, and lines of the log", "creation_response", "log_events")
	r.create("", "fn", "handler.handler", usual)
	r.invoke("invocation_response", "{{fn}}", "", `{}`, asEvent)
}

// TestEventsWithTheSDK calls every operation of events.
func TestEventsWithTheSDK(t *testing.T) {
	r := newLambdaReplay(t, "lambda", "TestRequestIdHandling::test_request_id_async_invoke_with_retry")
	r.leave("only the functions are used", "end_messages", "invoke_result")
	r.create("", "fn", "handler.handler", usual)
	r.create("", "told", "handler.handler", usual)
	c, ctx, name := newLambda(), t.Context(), aws.String(r.vars["fn"])
	told := aws.String(arnOf(serverAccount, r.vars["told"]))
	must[lambda.PutFunctionEventInvokeConfigOutput](t)(c.PutFunctionEventInvokeConfig(ctx, &lambda.PutFunctionEventInvokeConfigInput{
		FunctionName: name, MaximumRetryAttempts: aws.Int32(1), DestinationConfig: &types.DestinationConfig{OnFailure: &types.OnFailure{Destination: told}},
	}))
	must[lambda.UpdateFunctionEventInvokeConfigOutput](t)(c.UpdateFunctionEventInvokeConfig(ctx, &lambda.UpdateFunctionEventInvokeConfigInput{FunctionName: name, MaximumEventAgeInSeconds: aws.Int32(60)}))
	got := must[lambda.GetFunctionEventInvokeConfigOutput](t)(c.GetFunctionEventInvokeConfig(ctx, &lambda.GetFunctionEventInvokeConfigInput{FunctionName: name}))
	equal(t, "retries", *got.MaximumRetryAttempts, int32(1))
	equal(t, "age", *got.MaximumEventAgeInSeconds, int32(60))
	equal(t, "destination", *got.DestinationConfig.OnFailure.Destination, *told)
	list := must[lambda.ListFunctionEventInvokeConfigsOutput](t)(c.ListFunctionEventInvokeConfigs(ctx, &lambda.ListFunctionEventInvokeConfigsInput{FunctionName: name}))
	equal(t, "configurations", len(list.FunctionEventInvokeConfigs), 1)
	sent := must[lambda.InvokeOutput](t)(c.Invoke(ctx, &lambda.InvokeInput{FunctionName: name, InvocationType: types.InvocationTypeEvent, Payload: []byte(`{}`)}))
	equal(t, "status", sent.StatusCode, int32(202))
	_, err := c.PutFunctionEventInvokeConfig(ctx, &lambda.PutFunctionEventInvokeConfigInput{
		FunctionName: name, DestinationConfig: &types.DestinationConfig{OnFailure: &types.OnFailure{Destination: aws.String("arn:aws:sns:us-east-1:000000000000:t")}},
	})
	fails(t, err, "InvalidParameterValueException", "The destination arn:aws:sns:us-east-1:000000000000:t cannot be reached: no endpoint for SNS is configured: set aws-endpoints")
	must[lambda.DeleteFunctionEventInvokeConfigOutput](t)(c.DeleteFunctionEventInvokeConfig(ctx, &lambda.DeleteFunctionEventInvokeConfigInput{FunctionName: name}))
}
