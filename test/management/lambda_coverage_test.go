package management_test

const (
	needsStreams    = "event sources other than SQS are refused"
	needsImages     = "container images are refused"
	needsSigning    = "code signing is refused"
	nothingRecorded = "no answer is recorded"
	doneAtOnce      = "an update is done when its call is answered: another one is never in its way"
	runsFunctions   = "what a process sees of its machine; internal/functions tests it"
)

// lambdaNotReplayed are the recordings of Lambda that no test of this folder replays, each with the reason.
var lambdaNotReplayed = map[string]string{
	"TestCodeSigningConfig::test_function_code_signing_config":                    needsSigning,
	"TestLambdaEventSourceMappings::test_create_event_filter_criteria_validation": needsStreams,
	"TestLambdaEventSourceMappings::test_create_event_source_self_managed":        needsStreams,
	"TestLambdaEventSourceMappings::test_event_source_mapping_lifecycle":          needsStreams,
	"TestLambdaFunction::test_lambda_concurrent_code_updates":                     doneAtOnce,
	"TestLambdaFunction::test_lambda_concurrent_config_updates":                   doneAtOnce,
	"TestLambdaImages::test_lambda_image_versions":                                needsImages,
	"TestLambdaImages::test_lambda_zip_file_to_image":                             needsImages,
	"TestLambdaSizeLimits::test_large_environment_fails_multiple_keys":            "the message has the variables in the order of the request, which is not kept",
	"TestPartialARNMatching::test_cross_region_arn_function_access":               nothingRecorded,
	"TestPartialARNMatching::test_update_function_configuration_full_arn":         nothingRecorded,
	"TestLambdaBaseFeatures::test_lambda_different_iam_keys_environment":          runsFunctions,
	"TestLambdaBehavior::test_lambda_host_prefix_api_operation":                   runsFunctions,
	"TestLambdaBehavior::test_lambda_invoke_no_timeout":                           runsFunctions,
	"TestLambdaBehavior::test_lambda_invoke_timed_out_environment_reuse":          runsFunctions,
	"TestLambdaBehavior::test_runtime_introspection_x86":                          runsFunctions,
	"TestLambdaBehavior::test_runtime_ulimits":                                    runsFunctions,
	"TestLambdaMultiAccounts::test_function_alias":                                nothingRecorded,
	"TestLambdaMultiAccounts::test_function_concurrency":                          nothingRecorded,
	"TestLambdaMultiAccounts::test_get_function":                                  nothingRecorded,
	"TestLambdaMultiAccounts::test_get_function_configuration":                    nothingRecorded,
	"TestLambdaMultiAccounts::test_get_lambda_layer":                              nothingRecorded,
	"TestLambdaURL::test_lambda_url_headers_and_status":                           nothingRecorded,
	"TestRequestIdHandling::test_request_id_format":                               nothingRecorded,
}
