package lambda_test

import (
	"flag"
	"testing"

	"github.com/gatehouse-gateway/gatehouse/internal/control/operationspage"
)

var update = flag.Bool("update", false, "rewrite the page of operations")

// remarks say what differs in operations that work.
var remarks = map[string]string{
	"CreateFunction":                  "ZipFile, or code in S3 where aws-endpoints says how to get there, up to 50 MB either way. Images, VPC, file systems, X-Ray, SnapStart, code signing and keys of KMS are refused by name, and so are runtimes that Gatehouse does not run. Architectures and the log group are stored and have no effect",
	"UpdateFunctionCode":              "as CreateFunction; done when the call returns, so that an update never conflicts with the one before",
	"UpdateFunctionConfiguration":     "as CreateFunction; done when the call returns",
	"Invoke":                          "an event (the type Event) is kept durably before the answer, run at least once, and run again after failures",
	"InvokeWithResponseStream":        "RequestResponse and DryRun; up to 200 MB, without the rate limit after the first 6 MB",
	"GetFunction":                     "the code can be downloaded from the control endpoint for ten minutes",
	"PutFunctionRecursionConfig":      "stored; has no effect",
	"PutRuntimeManagementConfig":      "Auto only",
	"ListCodeSigningConfigs":          "there are none yet",
	"GetFunctionCodeSigningConfig":    "there is none yet",
	"CreateFunctionUrlConfig":         "the address is one of this gateway, see function-url-base; sub-domain wildcards in AllowOrigins allow nobody",
	"PutFunctionEventInvokeConfig":    "destinations in SQS, SNS, EventBridge and S3 need their service in aws-endpoints; the address of a web server is one, too; FIFO queues and topics are refused",
	"UpdateFunctionEventInvokeConfig": "as PutFunctionEventInvokeConfig",
	"PublishLayerVersion":             "ZipFile, or content in S3 where aws-endpoints says how to get there",
	"GetLayerVersion":                 "the content can be downloaded from the control endpoint for ten minutes",
	"ListLayerVersions":               "of a layer of another account, the versions that the caller may use",
	"AddLayerVersionPermission":       "an organization is stored, and holds nobody",
	"CreateEventSourceMapping":        "queues of SQS, where aws-endpoints says how to get there. Kinesis, DynamoDB, Kafka, MQ and DocumentDB are refused by name, and so are ProvisionedPollerConfig, MetricsConfig, LoggingConfig and keys of KMS. In use when the call returns",
	"UpdateEventSourceMapping":        "as CreateEventSourceMapping; done when the call returns",
	"DeleteEventSourceMapping":        "done when the call returns; batches that run go on",
}

// TestPageOfOperationsIsFresh compares docs/lambda-operations.md with what is bound.
func TestPageOfOperationsIsFresh(t *testing.T) {
	f := newFixture(t)
	operationspage.Check(t, f.Service.Service, "Operations of the Lambda API", "../../../docs/lambda-operations.md", remarks, *update)
}
