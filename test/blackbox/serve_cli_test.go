package blackbox

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestAWSCLI calls with the CLI of AWS.
func TestAWSCLI(t *testing.T) {
	t.Parallel()
	cli, err := filepath.Abs("../../.tools/aws/bin/aws")
	if err == nil {
		_, err = os.Stat(cli)
	}
	if err != nil {
		t.Fatalf("%v: run test/install-tools", err)
	}
	s := startServe(t, t.TempDir())
	aws := func(args ...string) (string, error) {
		cmd := exec.Command(cli, args...)
		cmd.Env = append(os.Environ(), "AWS_SHARED_CREDENTIALS_FILE="+filepath.Join(s.dir, "root-credentials"), "AWS_CONFIG_FILE=/dev/null",
			"AWS_ENDPOINT_URL="+s.control, "AWS_REGION=eu-west-1", "AWS_DEFAULT_REGION=eu-west-1", "AWS_PAGER=", "AWS_MAX_ATTEMPTS=1", "AWS_PROFILE=default")
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	out, err := aws("sts", "get-caller-identity", "--output", "json")
	var who struct{ UserID, Account, Arn string }
	if err != nil || json.Unmarshal([]byte(out), &who) != nil || who.Arn != "arn:aws:iam::000000000000:root" || who.Account != "000000000000" {
		t.Errorf("got %v, %s", err, out)
	}
	// One service of each protocol: the CLI shows the error as it was meant.
	for want, args := range map[string][]string{
		"(InvalidAction) when calling the ListUsers operation: The operation ListUsers of the service iam":                             {"iam", "list-users"},
		"(UnknownOperationException) when calling the ListTables operation: The operation DynamoDB_20120810.ListTables of the service": {"dynamodb", "list-tables"},
		"(NotImplemented) when calling the ListBuckets operation: The operation GET / of the service s3":                               {"s3api", "list-buckets"},
		"(InvalidAction) when calling the GetKeyGroup operation: The operation GET /2020-05-31/key-group/a of the service cloudfront":  {"cloudfront", "get-key-group", "--id", "a"},
	} {
		if out, err := aws(args...); err == nil || !strings.Contains(out, want) {
			t.Errorf("%v: got %v, %s", args, err, out)
		}
	}
}
