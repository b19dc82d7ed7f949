package management_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/gatehouse-gateway/gatehouse/internal/awsclient"
	"github.com/gatehouse-gateway/gatehouse/test/awsservers"
)

// serverAccount is the account of the server's root key.
const serverAccount = "000000000000"

// TestRecordedFunctionNames sends every form of name and qualifier that was sent to the service. What was created without an error
// must be here, too.
func TestRecordedFunctionNames(t *testing.T) {
	const prefix = "TestLambdaFunction::test_function_name_and_qualifier_validation["
	arn := arnOf(serverAccount, "my-function")
	long := strings.Repeat("a", 170)
	cases := map[string][2]string{ // name and qualifier
		"full_arn_and_qualifier_too_long_and_invalid_region": {"arn:aws:lambda:invalid-region:" + serverAccount + ":function:my-function-" + long, long[:129]},
		"full_arn_with_multiple_qualifiers":                  {arn + ":1:2"},
		"function_name_and_qualifier_too_long":               {"my-function", long[:65]},
		"function_name_is_single_invalid":                    {"*"},
		"function_name_too_long":                             {long[:65]},
		"function_name_too_long_and_invalid_region":          {"arn:aws:lambda:invalid-region:" + serverAccount + ":function:my-function" + long},
		"incomplete_arn":                                     {"arn:aws:lambda:" + region + ":" + serverAccount + ":function"},
		"invalid_account_id_in_partial_arn":                  {"invalid-account:function:my-function"},
		"invalid_characters_in_function_name":                {"my-function!"},
		"invalid_characters_in_qualifier":                    {"my-function", "invalid!"},
		"invalid_region_in_arn":                              {"arn:aws:lambda:invalid-region:" + serverAccount + ":function:my-function"},
		"latest_version_with_additional_qualifier":           {arn + ":$LATEST", "1"},
		"lowercase_latest_qualifier":                         {arn, "$latest"},
		"missing_account_id_in_arn":                          {"arn:aws:lambda:" + region + "::function:my-function"},
		"missing_region_in_arn":                              {"arn:aws:lambda::" + serverAccount + ":function:my-function"},
		"misspelled_latest_in_arn":                           {arn + ":$LATES"},
		"non_lambda_arn":                                     {"arn:aws:ec2:" + region + ":" + serverAccount + ":instance:i-1234567890abcdef0"},
		"partial_arn_with_extra_qualifier":                   {"function:my-function:$LATEST:extra"},
		"qualifier_too_long":                                 {"my-function", long[:129]},
		"qualifier_too_long0":                                {"my-function", long[:129]},
		"qualifier_too_long1":                                {"my-function", long[:65]},
	}
	for name, c := range cases {
		for _, method := range []string{"create_function", "delete_function", "get_function", "invoke"} {
			r := newLambdaReplay(t, "lambda_api", prefix+name+"-"+method+"]")
			want, _ := r.want[method+"_exception"].(map[string]any)
			delete(r.want, method+"_exception")
			got := callByName(t, r, method, c[0], c[1])
			if want == nil {
				if got.status/100 != 2 {
					t.Errorf("%s %s: %d %s", name, method, got.status, got.body)
				}
				server.sendLambda(t, "DELETE", functionsPath+"/"+escapedName(c[0]), "", nil)
				continue
			}
			seen, _ := lambdaAsRecorded(t, got)["Error"].(map[string]any)
			if kind := seen["Code"]; kind != want["Code"] || seen["Message"] != recordedMessage(want) {
				t.Errorf("%s %s:\n got %v %v\nwant %v %v", name, method, kind, seen["Message"], want["Code"], recordedMessage(want))
			}
		}
	}
}

func callByName(t *testing.T, r *lambdaReplay, method, name, qualifier string) answer {
	t.Helper()
	query := ""
	if qualifier != "" {
		query = "?Qualifier=" + escapedName(qualifier)
	}
	switch path := functionsPath + "/" + escapedName(name); method {
	case "create_function":
		if qualifier != "" {
			name += ":" + qualifier
		}
		r.vars["name"] = name
		return server.sendLambda(t, "POST", functionsPath, r.fill(r.body("name", "handler.handler", "")), nil)
	case "delete_function":
		return server.sendLambda(t, "DELETE", path+query, "", nil)
	case "get_function":
		return server.sendLambda(t, "GET", path+query, "", nil)
	default:
		return server.sendLambda(t, "POST", path+"/invocations"+query, "{}", nil)
	}
}

var repeated = regexp.MustCompile(`<a:len\((\d+)\)>`)

// recordedMessage puts a message together that the recorder took to pieces.
func recordedMessage(want map[string]any) string {
	message, _ := want["Message"].(string)
	if errs, ok := want["Errors"].([]any); ok {
		var all []string
		for _, e := range errs {
			all = append(all, e.(string))
		}
		plural := "error"
		if len(all) > 1 {
			plural = "errors"
		}
		message = strconv.Itoa(len(all)) + " validation " + plural + " detected: " + strings.Join(all, "; ")
	}
	message = repeated.ReplaceAllStringFunc(message, func(s string) string {
		n, _ := strconv.Atoi(repeated.FindStringSubmatch(s)[1])
		return strings.Repeat("a", n)
	})
	return strings.NewReplacer("<partition>", "aws", "<region>", region, "111111111111", serverAccount).Replace(message)
}

func TestRecordedLambdaUpdateExceptions(t *testing.T) {
	r := newLambdaReplay(t, "lambda_api", "TestLambdaFunction::test_update_lambda_exceptions")
	const path = functionsPath + "/{{fn}}/configuration"
	r.create("", "fn", "handler.handler", usual)
	r.call("invalid_role_arn_exc", "PUT", path, `{"Role":"r1"}`)
	r.call("invalid_runtime_exc", "PUT", path, `{"Runtime":"non-existent-runtime"}`)
	r.call("uppercase_runtime_exc", "PUT", path, `{"Runtime":"PYTHON3.9"}`)
}

func TestRecordedRetiredRuntimes(t *testing.T) {
	for _, runtime := range []string{"dotnetcore3.1", "go1.x", "java8", "nodejs12.x", "nodejs14.x", "provided", "python3.7", "ruby2.7"} {
		r := newLambdaReplay(t, "lambda_api", "TestRuntimeValidation::test_create_deprecated_function_runtime_with_validation_enabled["+runtime+"]")
		r.newFunction("fn")
		r.call("deprecation_error", "POST", functionsPath, strings.Replace(r.body("fn", "index.handler", ""), "python3.12", runtime, 1))
	}
}

func TestRecordedDeleteOfWhatDoesNotExist(t *testing.T) {
	r := newLambdaReplay(t, "lambda_api", "TestLambdaFunction::test_delete_on_nonexisting_version")
	r.call("delete_function_response_non_existent", "DELETE", functionsPath+"/non-existing", "")
	r.call("delete_function_response_non_existent_with_qualifier", "DELETE", functionsPath+"/non-existing?Qualifier=1", "")
}

func TestRecordedListFunctions(t *testing.T) {
	r := newLambdaReplay(t, "lambda_api", "TestLambdaFunction::test_list_functions")
	r.create("create_response_1", "fn1", "handler.handler", usual+`,"Publish":true`)
	r.create("create_response_2", "fn2", "handler.handler", usual)
	r.call("list_functions_invalid_functionversion", "GET", functionsPath+"?FunctionVersion=invalid", "")
	r.onlyMine("list_all", "?FunctionVersion=ALL")
	r.onlyMine("list_default", "")
}

// onlyMine compares a list of functions without those of other tests, as the recorded test did.
func (r *lambdaReplay) onlyMine(name, query string) {
	r.t.Helper()
	got := server.sendLambda(r.t, "GET", functionsPath+query, "", nil)
	var all map[string][]map[string]any
	if err := json.Unmarshal(got.body, &all); err != nil {
		r.t.Fatal(err)
	}
	mine := []map[string]any{}
	for _, f := range all["Functions"] {
		if f["FunctionName"] == r.vars["fn1"] || f["FunctionName"] == r.vars["fn2"] {
			mine = append(mine, f)
		}
	}
	got.body, _ = json.Marshal(map[string]any{"Functions": mine})
	r.compare(name, got)
}

func TestRecordedAliasLifecycle(t *testing.T) {
	r := newLambdaReplay(t, "lambda_api", "TestLambdaAlias::test_alias_lifecycle")
	const fn, aliases = functionsPath + "/{{fn}}", functionsPath + "/{{fn}}/aliases"
	r.create("create_response", "fn", "index.handler", `,"Environment":{"Variables":{"testenv":"staging"}}`)
	r.call("publish_v1", "POST", fn+"/versions", `{}`)
	r.do("PUT", fn+"/configuration", `{"Environment":{"Variables":{"testenv":"prod"}}}`)
	r.call("publish_v2", "POST", fn+"/versions", `{}`)
	r.call("create_alias_1_1", "POST", aliases, `{"Name":"aliasname1_1","FunctionVersion":"1","Description":"custom-alias","RoutingConfig":{"AdditionalVersionWeights":{"2":0.2}}}`)
	r.call("get_alias_1_1", "GET", aliases+"/aliasname1_1", "")
	r.call("get_function_alias_1_1", "GET", fn+"?Qualifier=aliasname1_1", "")
	r.call("get_function_byarn_alias_1_1", "GET", functionsPath+"/"+escapedName(arnOf(serverAccount, r.vars["fn"]))+"?Qualifier=aliasname1_1", "")
	r.call("get_function_alias_notfound_exc", "GET", fn+"?Qualifier=aliasdoesnotexist", "")
	r.call("get_function_alias_byarn_notfound_exc", "GET", functionsPath+"/"+escapedName(arnOf(serverAccount, r.vars["fn"]+":aliasdoesnotexist")), "")
	r.call("create_alias_1_2", "POST", aliases, `{"Name":"aliasname1_2","FunctionVersion":"1","Description":"custom-alias"}`)
	r.call("get_alias_1_2", "GET", aliases+"/aliasname1_2", "")
	r.call("create_alias_1_3", "POST", aliases, `{"Name":"aliasname1_3","FunctionVersion":"1"}`)
	r.call("get_alias_1_3", "GET", aliases+"/aliasname1_3", "")
	r.call("create_alias_2", "POST", aliases, `{"Name":"aliasname2","FunctionVersion":"2","Description":"custom-alias"}`)
	r.call("get_alias_2", "GET", aliases+"/aliasname2", "")
	r.call("list_aliases_for_fnname", "GET", aliases, "")
	r.call("update_alias_1_1", "PUT", aliases+"/aliasname1_1", `{"RoutingConfig":{"AdditionalVersionWeights":{}}}`)
	r.call("get_alias_1_1_after_update", "GET", aliases+"/aliasname1_1", "")
	r.call("list_aliases_for_fnname_after_update", "GET", aliases, "")
	r.call("update_alias_1_2", "PUT", aliases+"/aliasname1_2", `{}`)
	r.call("get_alias_1_2_after_update", "GET", aliases+"/aliasname1_2", "")
	r.call("list_aliases_for_fnname_after_update_2", "GET", aliases, "")
	r.call("list_aliases_for_version", "GET", aliases+"?FunctionVersion=1", "")
	r.call("delete_alias_response", "DELETE", aliases+"/aliasname1_1", "")
	r.call("list_aliases_for_fnname_afterdelete", "GET", aliases, "")
}

func TestRecordedUpdateOfNoAlias(t *testing.T) {
	r := newLambdaReplay(t, "lambda_api", "TestLambdaAlias::test_non_existent_alias_update")
	r.create("create_response", "fn", "index.handler", `,"Environment":{"Variables":{"testenv":"staging"}}`)
	r.call("update_alias_response", "PUT", functionsPath+"/{{fn}}/aliases/non-existent", `{}`)
}

func TestRecordedWeightedAlias(t *testing.T) {
	r := newLambdaReplay(t, "lambda", "TestLambdaAliases::test_alias_routingconfig")
	r.create("", "fn", "handler.handler", usual+`,"Publish":true`)
	r.do("PUT", functionsPath+"/{{fn}}/configuration", `{"Description":"two"}`)
	r.do("POST", functionsPath+"/{{fn}}/versions", `{}`)
	r.call("create_alias_response", "POST", functionsPath+"/{{fn}}/aliases", `{"Name":"alias1","FunctionVersion":"1","RoutingConfig":{"AdditionalVersionWeights":{"2":0.5}}}`)
}

func TestRecordedVersions(t *testing.T) {
	const fn = functionsPath + "/{{fn}}"
	r := newLambdaReplay(t, "lambda_api", "TestLambdaVersions::test_publish_version_on_create")
	r.create("create_response", "fn", "index.handler", `,"Publish":true`)
	r.call("get_function_result", "GET", fn, "")
	r.call("get_function_version_result", "GET", fn+"?Qualifier=1", "")
	r.call("get_function_latest_result", "GET", fn+"?Qualifier=$LATEST", "")
	r.call("list_versions_result", "GET", fn+"/versions", "")
	r.call("repeated_publish_response", "POST", fn+"/versions", `{}`)
	r.call("list_versions_result_after_publish", "GET", fn+"/versions", "")

	r = newLambdaReplay(t, "lambda_api", "TestLambdaVersions::test_publish_with_wrong_sha256")
	r.create("create_response", "fn", "index.handler", "")
	shown, _ := r.call("get_fn_response", "GET", fn, "")["Configuration"].(map[string]any)
	r.call("publish_wrong_sha256_exc", "POST", fn+"/versions", `{"CodeSha256":"somenonexistentsha256"}`)
	r.keep("sha", shown, "CodeSha256")
	r.call("publish_result", "POST", fn+"/versions", `{"CodeSha256":"{{sha}}"}`)

	r = newLambdaReplay(t, "lambda_api", "TestLambdaVersions::test_publish_with_update")
	r.leave("an update is done when it is answered", "get_function_version_result", "get_function_latest_result")
	r.create("create_response", "fn", "index.handler", "")
	r.call("get_function_result", "GET", fn, "")
	r.call("update_function_code_result", "PUT", fn+"/code", `{"Publish":true,"ZipFile":"`+base64Zip(t, "other.py", "x")+`"}`)
}

func TestRecordedPermissions(t *testing.T) {
	const policy = functionsPath + "/{{fn}}/policy"
	r := newLambdaReplay(t, "lambda_api", "TestLambdaPermissions::test_add_lambda_permission_aws")
	r.create("create_lambda", "fn", "handler.handler", usual)
	r.call("add_permission", "POST", policy, `{"StatementId":"s3","Action":"lambda:InvokeFunction","Principal":"s3.amazonaws.com","SourceArn":"arn:aws:s3:::some-bucket"}`)
	r.call("get_policy", "GET", policy, "")

	r = newLambdaReplay(t, "lambda_api", "TestLambdaPermissions::test_add_lambda_permission_fields")
	r.create("", "fn", "handler.handler", usual)
	r.call("add_permission_principal_wildcard", "POST", policy, `{"StatementId":"wilcard","Action":"lambda:InvokeFunction","Principal":"*","SourceAccount":"`+serverAccount+`"}`)
	r.call("add_permission_principal_service", "POST", policy, `{"StatementId":"lambda","Action":"lambda:InvokeFunction","Principal":"lambda.amazonaws.com","SourceAccount":"`+serverAccount+`"}`)
	r.call("add_permission_principal_account", "POST", policy, `{"StatementId":"account-id","Action":"lambda:InvokeFunction","Principal":"`+serverAccount+`"}`)
	r.call("add_permission_principal_arn", "POST", policy, `{"StatementId":"user-arn","Action":"lambda:InvokeFunction","Principal":"arn:aws:iam::`+serverAccount+`:user/ada","SourceAccount":"`+serverAccount+`"}`)
	r.call("add_permission_optional_fields", "POST", policy, `{"StatementId":"urlPermission","Action":"lambda:InvokeFunctionUrl","Principal":"*","SourceArn":"arn:aws:s3:::some-bucket","SourceAccount":"`+serverAccount+`","PrincipalOrgID":"o-1234567890","FunctionUrlAuthType":"NONE"}`)
	r.call("add_permission_alexa_skill", "POST", policy, `{"StatementId":"alexaSkill","Action":"lambda:InvokeFunction","Principal":"*","EventSourceToken":"amzn1.ask.skill.xxxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx"}`)
}

func TestRecordedPermissionExceptions(t *testing.T) {
	r := newLambdaReplay(t, "lambda_api", "TestLambdaPermissions::test_permission_exceptions")
	const policy, nowhere = functionsPath + "/{{fn}}/policy", functionsPath + "/doesnotexist/policy"
	r.create("", "fn", "handler.handler", usual)
	add := func(id, principal string) string {
		return `{"StatementId":"` + id + `","Action":"lambda:InvokeFunction","Principal":"` + principal + `","SourceArn":"arn:aws:s3:::some-bucket"}`
	}
	s3 := add("s3", "s3.amazonaws.com")
	r.call("add_permission_invalid_statement_id", "POST", policy, add("example.com", "s3.amazonaws.com"))
	r.call("add_permission_fn_qualifier_mismatch", "POST", functionsPath+"/"+escapedName(arnOf(serverAccount, r.vars["fn"]+":alias-not-42"))+"/policy?Qualifier=42", s3)
	r.call("add_permission_fn_qualifier_latest", "POST", policy+"?Qualifier=$LATEST", s3)
	r.call("get_policy_fn_doesnotexist", "GET", nowhere, "")
	r.call("get_policy_fn_version_doesnotexist", "GET", functionsPath+"/doesnotexist/policy?Qualifier=1", "")
	r.call("add_permission_fn_doesnotexist", "POST", nowhere, s3)
	r.call("remove_permission_policy_doesnotexist", "DELETE", policy+"/s3", "")
	r.do("POST", policy, s3)
	r.call("remove_permission_fn_doesnotexist", "DELETE", nowhere+"/s3", "")
	r.call("remove_permission_fn_alias_doesnotexist", "DELETE", policy+"/s3?Qualifier=alias-doesnotexist", "")
	r.call("add_permission_fn_alias_doesnotexist", "POST", policy+"?Qualifier=alias-doesnotexist", s3)
	r.call("add_permission_fn_version_doesnotexist", "POST", policy+"?Qualifier=42", s3)
	r.call("add_permission_fn_qualifier_invalid", "POST", policy+"?Qualifier=invalid-qualifier-with-%3F-char", s3)
	r.call("add_permission_fn_qualifier_valid_doesnotexist", "POST", policy+"?Qualifier=valid-with-$-but-doesnotexist", s3)
	r.call("add_permission_conflicting_statement_id", "POST", policy, s3)
	r.call("add_permission_principal_invalid", "POST", policy, add("lambda", "invalid.nonaws.com"))
}

func TestRecordedLambdaTags(t *testing.T) {
	for _, name := range []string{"TestLambdaTag::test_tag_lifecycle", "TestLambdaTag::test_tag_lifecycle[lambda_function]"} {
		r := newLambdaReplay(t, "lambda_api", name)
		r.create("", "fn", "handler.handler", usual)
		tags := "/2017-03-31/tags/" + escapedName(arnOf(serverAccount, r.vars["fn"]))
		tag := func(name, body string) {
			r.call(name, "POST", tags, `{"Tags":`+body+`}`)
			r.call(name+"_listtags", "GET", tags, "")
		}
		untag := func(name, keys string) {
			r.call(name, "DELETE", tags+"?tagKeys="+keys, "")
			r.call(name+"_listtags", "GET", tags, "")
		}
		tag("tag_single_response", `{"A":"tag-a"}`)
		tag("tag_multiple_response", `{"B":"tag-b","C":"tag-c"}`)
		tag("tag_overlap_response", `{"C":"tag-c-newsuffix","D":"tag-d"}`)
		untag("untag_single_response", "A")
		untag("untag_multiple_response", "B&tagKeys=C")
		untag("untag_nonexisting_response", "F")
		untag("untag_existing_and_nonexisting_response", "D&tagKeys=F")
	}
	r := newLambdaReplay(t, "lambda_api", "TestLambdaTag::test_create_tag_on_fn_create")
	r.create("", "fn", "handler.handler", usual+`,"Tags":{"testtag":"tag-value"}`)
	r.call("get_function_result", "GET", functionsPath+"/{{fn}}", "")
	r.call("list_tags_result", "GET", "/2017-03-31/tags/"+escapedName(arnOf(serverAccount, r.vars["fn"])), "")
}

func TestRecordedLambdaTagLimits(t *testing.T) {
	r := newLambdaReplay(t, "lambda_api", "TestLambdaTags::test_tag_limits")
	many := func(n int) string {
		tags := make(map[string]string)
		for i := range n {
			tags[strconv.Itoa(i)+"_key"] = strconv.Itoa(i) + "_value"
		}
		text, _ := json.Marshal(tags)
		return string(text)
	}
	r.create("", "fn", "handler.handler", usual)
	tags := "/2017-03-31/tags/" + escapedName(arnOf(serverAccount, r.vars["fn"]))
	r.call("tag_lambda_too_many_tags", "POST", tags, `{"Tags":`+many(51)+`}`)
	r.call("tag_response", "POST", tags, `{"Tags":`+many(50)+`}`)
	r.call("list_tags_response", "GET", tags, "")
	r.call("get_fn_response", "GET", functionsPath+"/{{fn}}", "")
	r.call("tag_lambda_too_many_tags_additional", "POST", tags, `{"Tags":{"a_key":"a_value"}}`)
	r.newFunction("other")
	r.call("create_function_invalid_tags", "POST", functionsPath, r.body("other", "handler.handler", `,"Tags":`+many(51)))
}

func TestRecordedEnvironmentLimits(t *testing.T) {
	variable := func(n int) string {
		return `,"Timeout":30,"Environment":{"Variables":{"LARGE_VAR":"` + strings.Repeat("x", n) + `"}}`
	}
	r := newLambdaReplay(t, "lambda_api", "TestLambdaSizeLimits::test_lambda_envvars_near_limit_succeeds")
	r.create("successful_create_fn_result", "fn", "handler.handler", variable(4080))
	r = newLambdaReplay(t, "lambda_api", "TestLambdaSizeLimits::test_large_environment_variables_fails")
	r.newFunction("fn")
	r.call("failed_create_fn_result", "POST", functionsPath, r.body("fn", "handler.handler", variable(4081)))
}

func TestRecordedRequestLimit(t *testing.T) {
	r := newLambdaReplay(t, "lambda_api", "TestLambdaSizeLimits::test_oversized_request_create_lambda")
	// Its length is announced, and it is refused before it is sent.
	req, err := http.NewRequestWithContext(t.Context(), "POST", server.control+functionsPath, strings.NewReader(strings.Repeat("x", 70167212)))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Expect", "100-continue")
	req.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential="+server.root.AccessKeyID+"/20260101/"+region+"/lambda/aws4_request, SignedHeaders=host;x-amz-date, Signature=00")
	req.Header.Set("X-Amz-Date", "20260101T000000Z")
	r.compare("invalid_param_exc", server.do(t, req))
}

func TestRecordedLogging(t *testing.T) {
	r := newLambdaReplay(t, "lambda_api", "TestLoggingConfig::test_function_advanced_logging_configuration")
	const fn = functionsPath + "/{{fn}}"
	r.create("create_response", "fn", "handler.handler", `,"Timeout":5,"MemorySize":256,"Environment":{"Variables":{}},"LoggingConfig":{"LogFormat":"JSON"}`)
	r.call("get_function_response", "GET", fn, "")
	r.call("function_config", "GET", fn+"/configuration", "")
	r.call("updated_config", "PUT", fn+"/configuration", `{"LoggingConfig":{"LogGroup":"cool_lambda"}}`)
	r.call("received_config", "GET", fn+"/configuration", "")
}

func TestRecordedConcurrency(t *testing.T) {
	r := newLambdaReplay(t, "lambda_api", "TestLambdaReservedConcurrency::test_function_concurrency_exceptions")
	const nowhere = "/2017-10-31/functions/doesnotexist/concurrency"
	r.create("", "fn", "handler.handler", usual)
	r.call("put_function_concurrency_with_function_name_doesnotexist", "PUT", nowhere, `{"ReservedConcurrentExecutions":1}`)
	r.call("put_function_concurrency_with_function_name_doesnotexist_and_invalid_concurrency", "PUT", nowhere, `{"ReservedConcurrentExecutions":-1}`)
	r.call("put_function_concurrency_with_qualified_arn", "PUT", "/2017-10-31/functions/"+escapedName(arnOf(serverAccount, r.vars["fn"]+":1"))+"/concurrency", `{"ReservedConcurrentExecutions":1}`)

	r = newLambdaReplay(t, "lambda", "TestLambdaConcurrency::test_lambda_concurrency_crud")
	r.create("", "fn", "handler.handler", usual)
	const get, put = "/2019-09-30/functions/{{fn}}/concurrency", "/2017-10-31/functions/{{fn}}/concurrency"
	r.call("get_function_concurrency_default", "GET", get, "")
	r.call("put_function_concurrency", "PUT", put, `{"ReservedConcurrentExecutions":0}`)
	r.call("get_function_concurrency_updated", "GET", get, "")
	r.do("DELETE", put, "")
	r.call("get_function_concurrency_deleted", "GET", get, "")

	r = newLambdaReplay(t, "lambda", "TestLambdaConcurrency::test_reserved_concurrency")
	r.create("", "fn", "handler.handler", `,"Timeout":20,"Environment":{"Variables":{}}`)
	queues := awsservers.NewClient(t, outside, "sqs")
	failed := queues.CreateQueue(region, r.vars["fn"], nil)
	r.call("put_event_invoke_conf", "PUT", "/2019-09-25/functions/{{fn}}/event-invoke-config", `{"MaximumRetryAttempts":0,"DestinationConfig":{"OnFailure":{"Destination":"`+failed.String()+`"}}}`)
	r.call("fn", "GET", functionsPath+"/{{fn}}/configuration?Qualifier=$LATEST", "")
	r.call("put_reserved", "PUT", put, `{"ReservedConcurrentExecutions":0}`)
	r.call("exc_no_cap_requestresponse", "POST", functionsPath+"/{{fn}}/invocations", `{}`)
	r.invoke("invoke_result", "{{fn}}", "", `{}`, asEvent)
	r.compareMessage("msg", queues.Take(failed))
}

var recordTime = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$`)

// compareMessage compares a message with a recorded one. The trace header is set where a call brought one.
func (r *lambdaReplay) compareMessage(name string, got awsclient.Received) {
	r.t.Helper()
	want, _ := r.want[name].(map[string]any)
	delete(r.want, name)
	for _, volatile := range []string{"MessageId", "ReceiptHandle", "MD5OfBody"} {
		delete(want, volatile)
	}
	attributes, _ := want["Attributes"].(map[string]any)
	delete(attributes, "AWSTraceHeader")
	for name := range attributes {
		if got.Attributes[name] == "" {
			r.t.Errorf("the message has no %s", name)
		}
	}
	var seen map[string]any
	if err := json.Unmarshal([]byte(got.Body), &seen); err != nil {
		r.t.Fatalf("%v: %s", err, got.Body)
	}
	if at, _ := seen["timestamp"].(string); !recordTime.MatchString(at) {
		r.t.Errorf("the timestamp is %s", at)
	}
	body, _ := want["Body"].(map[string]any)
	delete(body, "timestamp")
	delete(seen, "timestamp")
	if err := r.match.object("", body, seen); err != nil {
		r.t.Errorf("%s: %v", name, err)
	}
}

func TestRecordedRecursionValue(t *testing.T) {
	r := newLambdaReplay(t, "lambda_api", "TestLambdaRecursion::test_put_function_recursion_config_invalid_value")
	r.create("", "fn", "handler.handler", usual)
	r.call("put_recursion_invalid_value_error", "PUT", "/2024-08-31/functions/{{fn}}/recursion-config", `{"RecursiveLoop":"InvalidValue"}`)
}

func TestRecordedAccountSettings(t *testing.T) {
	r := newLambdaReplay(t, "lambda_api", "TestLambdaAccountSettings::test_account_settings")
	names := func(of any) []any {
		object, _ := of.(map[string]any)
		all := []any{}
		for _, name := range sortedKeys(object) {
			all = append(all, name)
		}
		return all
	}
	got := server.sendLambda(t, "GET", "/2016-08-19/account-settings", "", nil)
	seen := lambdaAsRecorded(t, got)
	got.body, _ = json.Marshal(map[string]any{"AccountLimit": names(seen["AccountLimit"]), "AccountUsage": names(seen["AccountUsage"])})
	r.compare("acc_settings_modded", got)
}

func TestRecordedPayloadErrors(t *testing.T) {
	all, err := loadRecordings("lambda")
	if err != nil {
		t.Fatal(err)
	}
	payloads := map[string]string{"message-": "\x99\xeb,j\x07\xa1zYh", "body-": "n\x87r\x9e\xe9\xb5\xd7I\xee\x9bmt"}
	for name := range all {
		kind, ok := strings.CutPrefix(name, "TestLambdaErrors::test_lambda_invoke_payload_encoding_error[")
		if !ok {
			continue
		}
		kind = kind[:strings.Index(kind, "-")+1]
		r := newLambdaReplay(t, "lambda", name)
		r.create("", "fn", "handler.handler", usual)
		r.compare("invoke_function_invalid_payload_"+strings.TrimSuffix(kind, "-"), server.sendLambda(t, "POST", r.fill(functionsPath+"/{{fn}}/invocations"), payloads[kind], nil))
	}
}

func TestRecordedCodeSigningThatIsNotThere(t *testing.T) {
	r := newLambdaReplay(t, "lambda_api", "TestCodeSigningConfig::test_code_signing_not_found_excs")
	r.leave("code signing is refused", "create_code_signing_config", "delete_csc_notfound", "get_csc_invalid", "list_functions_by_csc_fnwithoutcsc", "list_functions_by_csc_invalid_cscarn",
		"put_function_csc_invalid_both", "put_function_csc_invalid_csc_arn", "put_function_csc_invalid_fnname", "update_csc_invalid_csc_arn", "update_csc_noupdate_response", "update_csc_noupdates")
	r.create("", "fn", "handler.handler", usual)
	const of = "/2020-06-30/functions/{{fn}}/code-signing-config"
	r.call("get_function_csc_fnwithoutcsc", "GET", of, "")
	r.call("nothing_to_delete_response", "DELETE", of, "")
	r.call("get_function_csc_nonexistingfn", "GET", "/2020-06-30/functions/csc-test-doesnotexist/code-signing-config", "")
	r.call("delete_function_csc_fnnotfound", "DELETE", "/2020-06-30/functions/csc-test-doesnotexist/code-signing-config", "")
}

func TestRecordedLambdaCodeUsage(t *testing.T) {
	r := newLambdaReplay(t, "lambda_api", "TestLambdaAccountSettings::test_account_settings_total_code_size_config_update")
	used := func() float64 {
		usage, _ := lambdaAsRecorded(t, server.sendLambda(t, "GET", "/2016-08-19/account-settings", "", nil))["AccountUsage"].(map[string]any)
		size, _ := usage["TotalCodeSize"].(float64)
		return size
	}
	answers := func(name string, got any) {
		t.Helper()
		if want := r.want[name]; got != want {
			t.Errorf("%s: got %v, recorded is %v", name, got, want)
		}
		delete(r.want, name)
	}
	before := used()
	r.create("", "fn", "handler.handler", usual)
	created := used()
	answers("is_total_code_size_diff_create_function_more_than_200", created-before > 200)
	r.do("PUT", functionsPath+"/{{fn}}/configuration", `{"Description":"x"}`)
	changed := used()
	answers("total_code_size_diff_update_function_configuration", changed-created)
	r.do("POST", functionsPath+"/{{fn}}/versions", `{}`)
	answers("is_total_code_size_diff_publish_version_after_config_update_more_than_200", used()-changed > 200)
}

// TestRecordedNode makes and invokes the ES modules that were recorded from the service.
func TestRecordedNode(t *testing.T) {
	const text = "export const handler = async (event) => ({ statusCode: 200, body: JSON.stringify(`response from localstack lambda: ${JSON.stringify(event)}`) });\n"
	code := base64.StdEncoding.EncodeToString(zipOf(t, "lambda_handler_es6.mjs", text))
	for _, version := range []string{"16", "18", "20", "22", "24"} {
		t.Run(version, func(t *testing.T) {
			r := newLambdaReplay(t, "lambda_runtimes", "TestNodeJSRuntimes::test_invoke_nodejs_es6_lambda[nodejs"+version+".x]")
			r.newFunction("fn")
			r.call("creation-result", "POST", functionsPath, fmt.Sprintf(`{"FunctionName":"{{fn}}","Runtime":"nodejs%s.x","Handler":"lambda_handler_es6.handler","Role":%q,"Code":{"ZipFile":%q}%s}`, version, role, code, usual))
			r.invoke("invocation-result", "{{fn}}", "", `{"event_type":"test_lambda"}`, nil)
		})
	}
}
