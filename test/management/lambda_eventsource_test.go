package management_test

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/gatehouse-gateway/gatehouse/test/awsservers"
)

const mappingsPath = "/2015-03-31/event-source-mappings"

// mapQueue creates a mapping whose recorded answer has the name, "" being none, and deletes it in the end.
func (r *lambdaReplay) mapQueue(name, function, queue string) map[string]any {
	r.t.Helper()
	body := `{"FunctionName":"` + r.fill(function) + `","EventSourceArn":"` + queue + `"}`
	var made map[string]any
	if name == "" {
		made = r.do("POST", mappingsPath+"/", body)
	} else {
		made = r.call(name, "POST", mappingsPath+"/", body)
	}
	path := mappingsPath + "/" + text(made, "UUID")
	r.t.Cleanup(func() {
		if got := server.sendLambda(r.t, "DELETE", path, "", nil); got.status != 202 && got.status != 404 {
			r.t.Errorf("deleting %s: %d %s", path, got.status, got.body)
		}
	})
	return made
}

func TestRecordedFunctionNamesOfMappings(t *testing.T) {
	r := newLambdaReplay(t, "lambda_api", "TestLambdaEventSourceMappings::test_function_name_variations")
	r.create("", "fn", "handler.handler", usual+`,"Publish":true`)
	r.do("POST", functionsPath+"/{{fn}}/aliases", `{"Name":"myalias","FunctionVersion":"1"}`)
	queue := awsservers.NewClient(t, outside, "sqs").CreateQueue(region, "for-"+r.vars["fn"], nil)
	full := arnOf(serverAccount, r.vars["fn"])
	for _, c := range []struct{ name, function string }{
		{"name_only_create_esm", "{{fn}}"}, {"partial_arn_latest_create_esm", serverAccount + ":function:{{fn}}:$LATEST"}, {"partial_arn_version_create_esm", serverAccount + ":function:{{fn}}:1"},
		{"partial_arn_alias_create_esm", serverAccount + ":function:{{fn}}:myalias"}, {"full_arn_latest_create_esm", full}, {"full_arn_version_create_esm", full + ":1"}, {"full_arn_alias_create_esm", full + ":myalias"},
	} {
		made := r.mapQueue(c.name, c.function, queue.String())
		r.do("DELETE", mappingsPath+"/"+text(made, "UUID"), "")
	}
}

func TestRecordedTagsOfMappings(t *testing.T) {
	r := newLambdaReplay(t, "lambda_api", "TestLambdaTag::test_tag_lifecycle[event_source_mapping]")
	r.create("", "fn", "handler.handler", usual)
	queue := awsservers.NewClient(t, outside, "sqs").CreateQueue(region, "for-"+r.vars["fn"], nil)
	path := "/2017-03-31/tags/" + escapedName(text(r.mapQueue("", "{{fn}}", queue.String()), "EventSourceMappingArn"))
	for _, c := range []struct{ name, method, query, body string }{
		{"tag_single_response", "POST", "", `{"Tags":{"A":"tag-a"}}`}, {"tag_multiple_response", "POST", "", `{"Tags":{"B":"tag-b","C":"tag-c"}}`},
		{"tag_overlap_response", "POST", "", `{"Tags":{"C":"tag-c-newsuffix","D":"tag-d"}}`}, {"untag_single_response", "DELETE", "?tagKeys=A", ""},
		{"untag_multiple_response", "DELETE", "?tagKeys=B&tagKeys=C", ""}, {"untag_nonexisting_response", "DELETE", "?tagKeys=F", ""},
		{"untag_existing_and_nonexisting_response", "DELETE", "?tagKeys=D&tagKeys=F", ""},
	} {
		r.call(c.name, c.method, path+c.query, c.body)
		r.call(c.name+"_listtags", "GET", path, "")
	}
}

// TestEventSourceMappingsWithTheSDK calls every operation of mappings.
func TestEventSourceMappingsWithTheSDK(t *testing.T) {
	r := newLambdaReplay(t, "lambda_api", "TestLambdaEventSourceMappings::test_function_name_variations")
	for name := range r.want {
		r.leave("only the functions are used", name)
	}
	r.create("", "fn", "handler.handler", usual)
	queue := awsservers.NewClient(t, outside, "sqs").CreateQueue(region, "for-"+r.vars["fn"], nil)
	c, ctx := newLambda(), t.Context()
	made := must[lambda.CreateEventSourceMappingOutput](t)(c.CreateEventSourceMapping(ctx, &lambda.CreateEventSourceMappingInput{
		FunctionName: aws.String(r.vars["fn"]), EventSourceArn: aws.String(queue.String()), BatchSize: aws.Int32(5), Enabled: aws.Bool(false),
		FilterCriteria: &types.FilterCriteria{Filters: []types.Filter{{Pattern: aws.String(`{"body":[{"prefix":"x"}]}`)}}},
	}))
	equal(t, "state", *made.State, "Disabled")
	got := must[lambda.GetEventSourceMappingOutput](t)(c.GetEventSourceMapping(ctx, &lambda.GetEventSourceMappingInput{UUID: made.UUID}))
	equal(t, "batch size", *got.BatchSize, int32(5))
	equal(t, "pattern", *got.FilterCriteria.Filters[0].Pattern, `{"body":[{"prefix":"x"}]}`)
	changed := must[lambda.UpdateEventSourceMappingOutput](t)(c.UpdateEventSourceMapping(ctx, &lambda.UpdateEventSourceMappingInput{UUID: made.UUID, BatchSize: aws.Int32(1), ScalingConfig: &types.ScalingConfig{MaximumConcurrency: aws.Int32(2)}}))
	equal(t, "state", *changed.State, "Updating")
	list := must[lambda.ListEventSourceMappingsOutput](t)(c.ListEventSourceMappings(ctx, &lambda.ListEventSourceMappingsInput{FunctionName: aws.String(r.vars["fn"])}))
	equal(t, "mappings", len(list.EventSourceMappings), 1)
	_, err := c.CreateEventSourceMapping(ctx, &lambda.CreateEventSourceMappingInput{FunctionName: aws.String(r.vars["fn"]), EventSourceArn: aws.String(strings.Replace(queue.String(), "for-", "none-", 1))})
	fails(t, err, "InvalidParameterValueException", "Error occurred while ReceiveMessage. SQS Error Code: AWS.SimpleQueueService.NonExistentQueue. SQS Error Message: The specified queue does not exist.")
	gone := must[lambda.DeleteEventSourceMappingOutput](t)(c.DeleteEventSourceMapping(ctx, &lambda.DeleteEventSourceMappingInput{UUID: made.UUID}))
	equal(t, "state", *gone.State, "Deleting")
}
