package management_test

const (
	laterVersion    = "that events which wait run the newest code; internal/asyncinvoke finds the function anew for each attempt"
	needsESM        = "event source mappings are refused"
	needsURLs       = "function URLs are refused"
	needsImages     = "container images are refused"
	needsS3         = "code in S3 is refused"
	needsSigning    = "code signing is refused"
	needsReserve    = "provisioned concurrency is refused"
	nothingRecorded = "no answer is recorded"
	doneAtOnce      = "an update is done when its call is answered: another one is never in its way"
	runsFunctions   = "what a process sees of its machine; internal/functions tests it"
)

// lambdaNotReplayed are the recordings of Lambda that no test of this folder replays, each with the reason.
var lambdaNotReplayed = map[string]string{
	"TestCodeSigningConfig::test_function_code_signing_config":                    needsSigning,
	"TestLambdaEventSourceMappings::test_create_event_filter_criteria_validation": needsESM,
	"TestLambdaEventSourceMappings::test_create_event_source_self_managed":        needsESM,
	"TestLambdaEventSourceMappings::test_event_source_mapping_lifecycle":          needsESM,
	"TestLambdaEventSourceMappings::test_function_name_variations":                needsESM,
	"TestLambdaFunction::test_lambda_code_location_s3_errors":                     needsS3,
	"TestLambdaFunction::test_lambda_concurrent_code_updates":                     doneAtOnce,
	"TestLambdaFunction::test_lambda_concurrent_config_updates":                   doneAtOnce,
	"TestLambdaImages::test_lambda_image_versions":                                needsImages,
	"TestLambdaImages::test_lambda_zip_file_to_image":                             needsImages,
	"TestLambdaLayer::test_layer_s3_content":                                      needsS3,
	"TestLambdaProvisionedConcurrency::test_provisioned_concurrency_limits":       needsReserve,
	"TestLambdaSizeLimits::test_large_environment_fails_multiple_keys":            "the message has the variables in the order of the request, which is not kept",
	"TestLambdaTag::test_tag_lifecycle[event_source_mapping]":                     needsESM,
	"TestLambdaUrl::test_url_config_lifecycle":                                    needsURLs,
	"TestPartialARNMatching::test_cross_region_arn_function_access":               nothingRecorded,
	"TestPartialARNMatching::test_update_function_configuration_full_arn":         nothingRecorded,
	"TestLambdaBaseFeatures::test_lambda_different_iam_keys_environment":          runsFunctions,
	"TestLambdaBehavior::test_lambda_host_prefix_api_operation":                   runsFunctions,
	"TestLambdaBehavior::test_lambda_invoke_no_timeout":                           runsFunctions,
	"TestLambdaBehavior::test_lambda_invoke_timed_out_environment_reuse":          runsFunctions,
	"TestLambdaBehavior::test_runtime_introspection_x86":                          runsFunctions,
	"TestLambdaBehavior::test_runtime_ulimits":                                    runsFunctions,
	"TestLambdaConcurrency::test_provisioned_concurrency":                         needsReserve,
	"TestLambdaConcurrency::test_provisioned_concurrency_on_alias":                needsReserve,
	"TestLambdaConcurrency::test_reserved_provisioned_overlap":                    needsReserve,
	"TestLambdaFeatures::test_upload_lambda_from_s3":                              needsS3,
	"TestLambdaMultiAccounts::test_function_alias":                                nothingRecorded,
	"TestLambdaMultiAccounts::test_function_concurrency":                          nothingRecorded,
	"TestLambdaMultiAccounts::test_get_function":                                  nothingRecorded,
	"TestLambdaMultiAccounts::test_get_function_configuration":                    nothingRecorded,
	"TestLambdaMultiAccounts::test_get_lambda_layer":                              nothingRecorded,
	"TestLambdaURL::test_lambda_update_function_url_config":                       needsURLs,
	"TestLambdaURL::test_lambda_url_echo_http_fixture_default":                    needsURLs,
	"TestLambdaURL::test_lambda_url_form_payload":                                 needsURLs,
	"TestLambdaURL::test_lambda_url_headers_and_status":                           needsURLs,
	"TestLambdaURL::test_lambda_url_invalid_invoke_mode":                          needsURLs,
	"TestLambdaURL::test_lambda_url_persists_after_alias_delete":                  needsURLs,
	"TestLambdaVersions::test_async_invoke_queue_upon_function_update":            laterVersion,
	"TestRequestIdHandling::test_request_id_format":                               nothingRecorded,
}
