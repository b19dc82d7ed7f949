package management_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// sdkTime is how long a program of another language may take: a JVM compiles it first.
const sdkTime = 2 * time.Minute

// tool is a folder that test/install-tools fills.
func tool(t *testing.T, name string) string {
	t.Helper()
	dir, err := filepath.Abs("../../.tools/" + name)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(dir); err != nil {
		t.Fatalf("%v: run test/install-tools", err)
	}
	return dir
}

// prints runs a program against the server and compares what it prints.
func prints(t *testing.T, want string, environment []string, program ...string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), sdkTime)
	defer cancel()
	cmd := exec.CommandContext(ctx, program[0], program[1:]...)
	cmd.Dir = "testdata/sdk"
	cmd.Env = append(os.Environ(), "ENDPOINT="+server.control, "AWS_REGION="+region, "AWS_EC2_METADATA_DISABLED=true",
		"AWS_ACCESS_KEY_ID="+server.root.AccessKeyID, "AWS_SECRET_ACCESS_KEY="+server.root.SecretAccessKey)
	cmd.Env = append(cmd.Env, environment...)
	cmd.Stderr = t.Output()
	got, err := cmd.Output()
	if err != nil {
		t.Errorf("%v: %v", program, err)
	}
	if string(got) != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

func TestJavaScriptSDK(t *testing.T) {
	modules := filepath.Join(tool(t, "node"), "node_modules")
	prints(t, `created: ["javascript","by the SDK",{"team":"a b"},["image/png"],true,"HEADER"]
tested: [200,"{\"kind\": \"cat\"}","number"]
stage: [{"a":"2"},12.5,true]
paths: ["/","/pets"]
exported: ["application/octet-stream","javascript"]
patched: null
bad patch: ["BadRequestException",400,"Invalid patch path /nothing",false]
no stage: ["NotFoundException",404,"Invalid stage identifier specified",true]
gone: ["NotFoundException",404,"Invalid API identifier specified 000000000000:gone",true]
`, []string{"NODE_PATH=" + modules}, "node", "client.cjs")
}

func TestJavaSDK(t *testing.T) {
	prints(t, `created: [java, by the SDK, {team=a b}, [image/png], true, HEADER]
tested: [200, {"kind": "cat"}, true]
stage: [{a=2}, 12.5, true]
paths: [[/, /pets]]
exported: [application/octet-stream, true]
patched: [[]]
bad patch: [BadRequestException, 400, Invalid patch path /nothing, false]
no stage: [NotFoundException, 404, Invalid stage identifier specified, true]
gone: [NotFoundException, 404, Invalid API identifier specified 000000000000:gone, true]
`, nil, "java", "-cp", filepath.Join(tool(t, "java-sdk"), "*"), "java/Client.java")
}
