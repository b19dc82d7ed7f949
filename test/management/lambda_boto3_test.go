package management_test

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/gatehouse-gateway/gatehouse/test/awsservers"
)

// TestLambdaWithBoto3 runs testdata/lambda_boto3.py, which checks what it gets, and that it called every operation that is bound.
func TestLambdaWithBoto3(t *testing.T) {
	bound, err := lambdaBound()
	if err != nil {
		t.Fatal(err)
	}
	queue := awsservers.NewClient(t, outside, "sqs").CreateQueue(region, "for-boto3", nil)
	cmd := exec.CommandContext(t.Context(), tool(t, "aws/bin/python"), "testdata/lambda_boto3.py")
	cmd.Env = append(withServer(), "OPERATIONS="+strings.Join(bound, " "), "QUEUE_ARN="+queue.String())
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
