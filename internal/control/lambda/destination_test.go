package lambda_test

import "testing"

const (
	someQueue = "arn:aws:sqs:us-east-1:111111111111:q"
	eventPath = "/2019-09-25/functions/hello/event-invoke-config"
	badInput  = `400 InvalidParameterValueException {"Type":"User","message":"`
)

// to is a configuration with one destination.
func to(which, target string) string {
	return `{"DestinationConfig":{"` + which + `":{"Destination":"` + target + `"}}}`
}

func TestDestinationsAreCheckedWhenTheyAreSet(t *testing.T) {
	f := newFixture(t, "sqs", "events", "s3")
	f.create("hello", "")
	for _, target := range []string{someQueue, "arn:aws:events:us-east-1:111111111111:event-bus/default", "https://hooks.example.com/a?b=c", ""} {
		for _, which := range []string{"OnSuccess", "OnFailure"} {
			f.must("PUT "+eventPath, to(which, target))
			if got := f.must("GET "+eventPath, "").member("DestinationConfig." + which + ".Destination"); got != target {
				t.Errorf("got %s, want %s", got, target)
			}
		}
	}
	f.must("PUT "+eventPath, to("OnFailure", "arn:aws:s3:::bucket"))
	f.check(
		want{"PUT " + eventPath, to("OnSuccess", "arn:aws:s3:::bucket"), badInput + `The provided destination config DestinationConfig(onSuccess=OnSuccess(destination=arn:aws:s3:::bucket), onFailure=null) is invalid."}`},
		want{"PUT " + eventPath, to("OnFailure", "arn:aws:sns:us-east-1:111111111111:t"), badInput + `The destination arn:aws:sns:us-east-1:111111111111:t cannot be reached: no endpoint for SNS is configured: set aws-endpoints"}`},
		want{"PUT " + eventPath, to("OnFailure", "arn:aws:sqs:us-east-1:111111111111:q.fifo"), badInput + `The destination ARN arn:aws:sqs:us-east-1:111111111111:q.fifo is invalid."}`},
		want{"PUT " + eventPath, to("OnFailure", "arn:aws:events:us-east-1:111111111111:rule/r"), badInput + `The destination ARN`},
		want{"PUT " + eventPath, to("OnFailure", "https://user:pw@h/"), badInput + `The destination ARN`},
		want{"PUT " + eventPath, to("OnFailure", "ftp://h/"), `400 ValidationException {"message":"1 validation error detected: Value 'ftp://h/' at 'destinationConfig.onFailure.destination'`},
		want{"PUT " + eventPath, to("OnFailure", "kafka://topic"), badInput + `The provided destination config`},
	)
}

func TestDeadLetterTargets(t *testing.T) {
	f := newFixture(t, "sqs")
	letters := func(target string) string { return `{"DeadLetterConfig":{"TargetArn":"` + target + `"}}` }
	if made := f.create("hello", `,"DeadLetterConfig":{"TargetArn":"`+someQueue+`"}`); made.member("DeadLetterConfig.TargetArn") != someQueue {
		t.Errorf("got %s", made)
	}
	const path = functionsPath + "/hello/configuration"
	f.must("PUT "+path, `{"Description":"x"}`)
	if got := f.must("GET "+path, "").member("DeadLetterConfig.TargetArn"); got != someQueue {
		t.Errorf("got %s", got)
	}
	if got := f.must("PUT "+path, letters("")).member("DeadLetterConfig.TargetArn"); got != "" {
		t.Errorf("got %s", got)
	}
	f.check(
		want{"PUT " + path, letters("arn:aws:sns:us-east-1:111111111111:t"), badInput + `The dead letter target arn:aws:sns:us-east-1:111111111111:t cannot be reached: no endpoint for SNS is configured: set aws-endpoints"}`},
		want{"PUT " + path, letters("arn:aws:lambda:us-east-1:111111111111:function:f"), badInput + `The dead letter target arn:aws:lambda`},
		want{"PUT " + path, letters("nothing"), `400 ValidationException`},
		want{"POST " + functionsPath, definitionOf(t, "other", `,"DeadLetterConfig":{"TargetArn":"arn:aws:sqs:us-east-1:111111111111:q.fifo"}`), badInput + `The dead letter target`},
	)
}
