package management_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/gatehouse-gateway/gatehouse/test/awsservers"
)

// notInTheCLI are the operations of Lambda that the AWS CLI has no command for, each with the reason.
var notInTheCLI = map[string]string{
	"InvokeWithResponseStream": "the CLI leaves out operations whose answer is a stream of events",
}

// wordStart is where a word of an operation's name begins.
var wordStart = regexp.MustCompile(`([a-z])([A-Z])`)

// cliCommand is the AWS CLI's name of an operation: ListTags is list-tags.
func cliCommand(operation string) string {
	return strings.ToLower(wordStart.ReplaceAllString(operation, "$1-$2"))
}

// cliStep is a call of `aws lambda`, split at its spaces. It prints want, or, where fails is not empty, an error with that text.
type cliStep struct{ line, want, fails string }

// lambdaCLI calls the server with the AWS CLI, and keeps which commands succeeded.
type lambdaCLI struct {
	path, dir string
	succeeded sync.Map
}

func (c *lambdaCLI) run(t *testing.T, line string) (string, error) {
	t.Helper()
	words := strings.Fields(line)
	cmd := exec.CommandContext(t.Context(), c.path, append([]string{"lambda"}, words...)...)
	cmd.Dir, cmd.Env = c.dir, append(withServer(), "AWS_DEFAULT_OUTPUT=text")
	out, err := cmd.CombinedOutput()
	if err == nil {
		c.succeeded.Store(words[0], true)
	}
	return strings.TrimSpace(string(out)), err
}

func (c *lambdaCLI) steps(t *testing.T, steps []cliStep) {
	t.Helper()
	for _, step := range steps {
		got, err := c.run(t, step.line)
		switch {
		case step.fails == "" && (err != nil || got != step.want):
			t.Errorf("aws lambda %s\n got %s, %v\nwant %s", step.line, got, err, step.want)
		case step.fails != "" && (err == nil || !strings.Contains(got, step.fails)):
			t.Errorf("aws lambda %s\n got %s, %v\nwant the error %s", step.line, got, err, step.fails)
		}
	}
}

// plainFunction makes a function that answers with its event, and waits until it is active.
func plainFunction(t *testing.T, name string) {
	t.Helper()
	c := newLambda()
	must[lambda.CreateFunctionOutput](t)(c.CreateFunction(t.Context(), &lambda.CreateFunctionInput{
		FunctionName: &name, Runtime: types.RuntimePython312, Handler: aws.String("handler.handler"), Role: aws.String(role),
		Code: &types.FunctionCode{ZipFile: zipOf(t, "handler.py", echoPython)},
	}))
	t.Cleanup(func() {
		must[lambda.DeleteFunctionOutput](t)(c.DeleteFunction(context.Background(), &lambda.DeleteFunctionInput{FunctionName: &name}))
	})
	if err := lambda.NewFunctionActiveV2Waiter(c).Wait(t.Context(), &lambda.GetFunctionInput{FunctionName: &name}, patience); err != nil {
		t.Fatal(err)
	}
}

// TestLambdaWithTheCLI calls every operation that is bound with the AWS CLI.
func TestLambdaWithTheCLI(t *testing.T) {
	c := &lambdaCLI{path: tool(t, "aws/bin/aws"), dir: t.TempDir()}
	for name, content := range map[string]string{"code.zip": string(zipOf(t, "handler.py", echoPython)), "event.json": `{"a":1}`} {
		if err := os.WriteFile(filepath.Join(c.dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	t.Run("of", func(t *testing.T) { // it ends when its parallel parts have ended
		for name, test := range map[string]func(*testing.T, *lambdaCLI){
			"a function": cliFunction, "versions": cliVersions, "permissions": cliPermissions, "settings": cliSettings,
			"events": cliEvents, "URLs": cliURLs, "layers": cliLayers, "mappings": cliMappings,
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				test(t, c)
			})
		}
	})
	bound, err := lambdaBound()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range bound {
		_, called := c.succeeded.Load(cliCommand(name))
		if _, excepted := notInTheCLI[name]; called == excepted {
			t.Errorf("%s: called with success: %t, an exception: %t", name, called, excepted)
		}
	}
	for name := range notInTheCLI {
		if !slices.Contains(bound, name) {
			t.Errorf("%s is an exception, and not bound", name)
		}
	}
}

// cliFunction makes, changes, runs and deletes a function.
func cliFunction(t *testing.T, c *lambdaCLI) {
	t.Cleanup(func() {
		_, _ = newLambda().DeleteFunction(context.Background(), &lambda.DeleteFunctionInput{FunctionName: aws.String("cli")}) // it may be deleted already
	})
	c.steps(t, []cliStep{
		{line: "create-function --function-name cli --runtime python3.12 --role " + role + " --handler handler.handler --zip-file fileb://code.zip --environment Variables={AB=1} --query State", want: "Pending"},
		{line: "wait function-active-v2 --function-name cli"},
		{line: "get-function-configuration --function-name cli --query [State,LastUpdateStatus,Environment.Variables.AB]", want: "Active\tSuccessful\t1"},
		{line: "update-function-configuration --function-name cli --timeout 7 --query [Timeout,LastUpdateStatus]", want: "7\tInProgress"},
		{line: "wait function-updated-v2 --function-name cli"},
		{line: "update-function-code --function-name cli --zip-file fileb://code.zip --publish --query Version", want: "1"},
		{line: "wait published-version-active --function-name cli --qualifier 1"},
		{line: "get-function --function-name cli:1 --query [Configuration.Version,Configuration.Timeout]", want: "1\t7"},
		{line: "list-functions --query Functions[?FunctionName=='cli'].Timeout", want: "7"},
		{line: "invoke --function-name cli:1 --payload file://event.json --query ExecutedVersion /dev/stdout", want: `{"a": 1}1`},
		{line: "invoke --function-name cli --invocation-type DryRun /dev/null --query StatusCode", want: "204"},
		{line: "invoke-async --function-name cli --invoke-args event.json --query Status", want: "202"},
		{line: "create-code-signing-config --allowed-publishers SigningProfileVersionArns=arn:aws:signer:us-east-1:000000000000:/signing-profiles/x", fails: "The operation CreateCodeSigningConfig is not supported by Gatehouse yet"},
		{line: "delete-function --function-name cli --output json", want: "{\n    \"StatusCode\": 204\n}"},
		{line: "get-function --function-name cli", fails: "(ResourceNotFoundException)"},
	})
}

// cliVersions publishes a version, names it, and keeps an environment ready for it.
func cliVersions(t *testing.T, c *lambdaCLI) {
	plainFunction(t, "cli-versions")
	const provisioned = "-provisioned-concurrency-config --function-name cli-versions --qualifier 1"
	c.steps(t, []cliStep{
		{line: "publish-version --function-name cli-versions --description first --query [Version,Description]", want: "1\tfirst"},
		{line: "list-versions-by-function --function-name cli-versions --query Versions[].Version", want: "$LATEST\t1"},
		{line: "create-alias --function-name cli-versions --name live --function-version 1 --query FunctionVersion", want: "1"},
		{line: "update-alias --function-name cli-versions --name live --function-version $LATEST --query FunctionVersion", want: "$LATEST"},
		{line: "get-alias --function-name cli-versions --name live --query [Name,FunctionVersion]", want: "live\t$LATEST"},
		{line: "list-aliases --function-name cli-versions --query Aliases[].Name", want: "live"},
		{line: "delete-alias --function-name cli-versions --name live"},
		{line: "get-alias --function-name cli-versions --name live", fails: "(ResourceNotFoundException)"},
		{line: "put" + provisioned + " --provisioned-concurrent-executions 1 --query RequestedProvisionedConcurrentExecutions", want: "1"},
		{line: "get" + provisioned + " --query RequestedProvisionedConcurrentExecutions", want: "1"},
		{line: "list-provisioned-concurrency-configs --function-name cli-versions --query ProvisionedConcurrencyConfigs[].FunctionArn", want: arnOf(serverAccount, "cli-versions:1")},
		{line: "delete" + provisioned},
		{line: "get" + provisioned, fails: "(ProvisionedConcurrencyConfigNotFoundException)"},
	})
}

// cliPermissions lets a service call a function, and takes that back.
func cliPermissions(t *testing.T, c *lambdaCLI) {
	plainFunction(t, "cli-policy")
	c.steps(t, []cliStep{
		{line: `add-permission --function-name cli-policy --statement-id s --action lambda:InvokeFunction --principal s3.amazonaws.com --query contains(Statement,'"Sid":"s"')`, want: "True"},
		{line: `get-policy --function-name cli-policy --query contains(Policy,'"Sid":"s"')`, want: "True"},
		{line: "remove-permission --function-name cli-policy --statement-id s"},
		{line: "get-policy --function-name cli-policy", fails: "(ResourceNotFoundException)"},
	})
}

// cliSettings goes through tags, reserved concurrency, and what a function and its account are set to.
func cliSettings(t *testing.T, c *lambdaCLI) {
	plainFunction(t, "cli-settings")
	arn := arnOf(serverAccount, "cli-settings")
	c.steps(t, []cliStep{
		{line: "tag-resource --resource " + arn + " --tags a=b,c=d"},
		{line: "list-tags --resource " + arn + " --query Tags.[a,c]", want: "b\td"},
		{line: "untag-resource --resource " + arn + " --tag-keys a"},
		{line: "list-tags --resource " + arn + " --query Tags.[a,c]", want: "None\td"},
		{line: "put-function-concurrency --function-name cli-settings --reserved-concurrent-executions 3 --query ReservedConcurrentExecutions", want: "3"},
		{line: "get-function-concurrency --function-name cli-settings --query ReservedConcurrentExecutions", want: "3"},
		{line: "delete-function-concurrency --function-name cli-settings"},
		{line: "get-function-concurrency --function-name cli-settings --query ReservedConcurrentExecutions", want: "None"},
		{line: "put-runtime-management-config --function-name cli-settings --update-runtime-on Auto --query UpdateRuntimeOn", want: "Auto"},
		{line: "get-runtime-management-config --function-name cli-settings --query [UpdateRuntimeOn,FunctionArn]", want: "Auto\t" + arn},
		{line: "put-function-recursion-config --function-name cli-settings --recursive-loop Allow --query RecursiveLoop", want: "Allow"},
		{line: "get-function-recursion-config --function-name cli-settings --query RecursiveLoop", want: "Allow"},
		{line: "get-account-settings --query AccountLimit.ConcurrentExecutions", want: "1000"},
		{line: "get-function-code-signing-config --function-name cli-settings --query CodeSigningConfigArn", want: "None"},
		{line: "delete-function-code-signing-config --function-name cli-settings"},
		{line: "list-code-signing-configs --query length(CodeSigningConfigs)", want: "0"},
	})
}

// cliEvents sets how events of a function are treated.
func cliEvents(t *testing.T, c *lambdaCLI) {
	plainFunction(t, "cli-events")
	const config = "-function-event-invoke-config --function-name cli-events"
	c.steps(t, []cliStep{
		{line: "put" + config + " --maximum-retry-attempts 1 --query MaximumRetryAttempts", want: "1"},
		{line: "update" + config + " --maximum-event-age-in-seconds 60 --query [MaximumRetryAttempts,MaximumEventAgeInSeconds]", want: "1\t60"},
		{line: "get" + config + " --query [MaximumRetryAttempts,MaximumEventAgeInSeconds]", want: "1\t60"},
		{line: "list-function-event-invoke-configs --function-name cli-events --query FunctionEventInvokeConfigs[].MaximumEventAgeInSeconds", want: "60"},
		{line: "delete" + config},
		{line: "get" + config, fails: "(ResourceNotFoundException)"},
	})
}

// cliURLs gives a function an address, and takes it away.
func cliURLs(t *testing.T, c *lambdaCLI) {
	plainFunction(t, "cli-url")
	const config = "-function-url-config --function-name cli-url"
	c.steps(t, []cliStep{
		{line: "create" + config + " --auth-type NONE --query AuthType", want: "NONE"},
		{line: "update" + config + " --auth-type AWS_IAM --query AuthType", want: "AWS_IAM"},
		{line: "get" + config + " --query [AuthType,FunctionArn]", want: "AWS_IAM\t" + arnOf(serverAccount, "cli-url")},
		{line: "list-function-url-configs --function-name cli-url --query FunctionUrlConfigs[].AuthType", want: "AWS_IAM"},
		{line: "delete" + config},
		{line: "get" + config, fails: "(ResourceNotFoundException)"},
	})
}

// cliLayers publishes a layer, shares it, gives it to a function, and deletes it.
func cliLayers(t *testing.T, c *lambdaCLI) {
	plainFunction(t, "cli-layers")
	const version = " --layer-name cli --version-number 1"
	arn := layerARN("cli") + ":1"
	c.steps(t, []cliStep{
		{line: "publish-layer-version --layer-name cli --zip-file fileb://code.zip --compatible-runtimes python3.12 --query Version", want: "1"},
		{line: "list-layers --query Layers[?LayerName=='cli'].LatestMatchingVersion.LayerVersionArn", want: arn},
		{line: "list-layer-versions --layer-name cli --query LayerVersions[].Version", want: "1"},
		{line: "get-layer-version" + version + " --query LayerVersionArn", want: arn},
		{line: "get-layer-version-by-arn --arn " + arn + " --query CompatibleRuntimes", want: "python3.12"},
		{line: `add-layer-version-permission` + version + ` --statement-id s --principal * --action lambda:GetLayerVersion --query contains(Statement,'"Sid":"s"')`, want: "True"},
		{line: `get-layer-version-policy` + version + ` --query contains(Policy,'"Sid":"s"')`, want: "True"},
		{line: "remove-layer-version-permission" + version + " --statement-id s"},
		{line: "get-layer-version-policy" + version, fails: "(ResourceNotFoundException)"},
		{line: "update-function-configuration --function-name cli-layers --layers " + arn + " --query Layers[].Arn", want: arn},
		{line: "delete-layer-version" + version},
		{line: "get-layer-version" + version, fails: "(ResourceNotFoundException)"},
	})
}

// cliMappings gives a function the messages of a queue, and takes them away.
func cliMappings(t *testing.T, c *lambdaCLI) {
	plainFunction(t, "cli-mappings")
	queue := awsservers.NewClient(t, outside, "sqs").CreateQueue(region, "for-cli-mappings", nil).String()
	id, err := c.run(t, "create-event-source-mapping --function-name cli-mappings --event-source-arn "+queue+" --batch-size 5 --no-enabled --query UUID")
	if err != nil || strings.Count(id, "-") != 4 {
		t.Fatalf("got %s, %v", id, err)
	}
	c.steps(t, []cliStep{
		{line: "get-event-source-mapping --uuid " + id + " --query [State,BatchSize,EventSourceArn]", want: "Disabled\t5\t" + queue},
		{line: "update-event-source-mapping --uuid " + id + " --batch-size 1 --query [State,BatchSize]", want: "Updating\t1"},
		{line: "list-event-source-mappings --function-name cli-mappings --query EventSourceMappings[].[UUID,BatchSize]", want: id + "\t1"},
		{line: "delete-event-source-mapping --uuid " + id + " --query State", want: "Deleting"},
		{line: "get-event-source-mapping --uuid " + id, fails: "(ResourceNotFoundException)"},
	})
}
