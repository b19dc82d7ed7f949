package config_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/gatehouse-gateway/gatehouse/internal/config"
)

func TestParseRefusesWhatItDoesNotKnow(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"empty is fine", "", ""},
		{"all options", "api: a.yaml\nstage: dev\nvariables: {a: b}\nbasePath: split\nbackends:\n- {name: x, command: [go, run, .], ready: 'tcp://127.0.0.1:1', environment: {A: b}}", ""},
		{"unknown option", "stagee: dev", "field stagee not found"},
		{"stage", "stage: a b", "stage name"},
		{"variable name", "variables: {a-b: c}", "stage variable name"},
		{"variable value", "variables: {a: 'b c'}", "stage variable a"},
		{"base path", "basePath: keep", "must be ignore, prepend or split"},
		{"no command", "backends: [{name: x}]", "command is missing"},
		{"no name", "backends: [{command: [x]}]", "must be one word"},
		{"same name", "backends: [{name: x, command: [x]}, {name: x, command: [x]}]", "is taken"},
		{"all of a function", "functions:\n- {name: f-1, runtime: nodejs22.x, handler: index.handler, path: f, build: [make], environment: {TABLE: t}, timeout: 900, memory: 10240}", ""},
		{"function name", "functions: [{name: a.b, runtime: nodejs22.x, path: f}]", "function name"},
		{"same function", "functions: [{name: f, runtime: web, path: f}, {name: f, runtime: web, path: f}]", "functions[1]: the name \"f\" is taken"},
		{"no runtime", "functions: [{name: f, path: f}]", "f: runtime is missing"},
		{"a remote function", "functions: [{name: f, remote: 'http://host/', timeout: 5}]", ""},
		{"a remote function with code", "functions: [{name: f, remote: 'http://host/', path: f}]", "a remote function has no runtime, handler, path, build and layers here"},
		{"a remote function twice", "functions: [{name: f, remote: 'http://host/', environment: {GATEHOUSE_REMOTE: 'http://host/'}}]", "say the same"},
		{"no path", "functions: [{name: f, runtime: web}]", "f: path is missing"},
		{"no program", "functions: [{name: f, runtime: web, path: f, build: ['']}]", "build names no program"},
		{"long timeout", "functions: [{name: f, runtime: web, path: f, timeout: 901}]", "1 to 900 seconds"},
		{"little memory", "functions: [{name: f, runtime: web, path: f, memory: 127}]", "128 to 10240 MB"},
		{"all of a URL", "functions: [{name: f, runtime: web, path: f, url: {auth: NONE, invokeMode: RESPONSE_STREAM, cors: {allowOrigins: ['*'], allowMethods: [GET], allowHeaders: [a], exposeHeaders: [b], allowCredentials: true, maxAge: 60}}}]", ""},
		{"auth of a URL", "functions: [{name: f, runtime: web, path: f, url: {auth: none}}]", "f: url: auth \"none\": must be NONE or AWS_IAM"},
		{"invoke mode of a URL", "functions: [{name: f, runtime: web, path: f, url: {invokeMode: STREAM}}]", "must be BUFFERED or RESPONSE_STREAM"},
		{"age of CORS", "functions: [{name: f, runtime: web, path: f, url: {cors: {maxAge: 86401}}}]", "must be 0 to 86400 seconds"},
		{"unknown in a URL", "functions: [{name: f, runtime: web, path: f, url: {authType: NONE}}]", "field authType not found"},
		{"all of an API key", "apiKeys:\n- {name: a, value: alice-0123456789abcd, enabled: false, throttle: {rateLimit: 0.5, burstLimit: 0}, quota: {limit: 1, period: DAY}}\n- {name: b, valueFrom: B_KEY}", ""},
		{"an API key without name", "apiKeys: [{value: alice-0123456789abcd}]", "apiKeys[0]: name is missing"},
		{"same API key", "apiKeys: [{name: a, valueFrom: A}, {name: a, valueFrom: B}]", "apiKeys[1]: the name \"a\" is taken"},
		{"an API key without value", "apiKeys: [{name: a}]", "a: it needs either value or valueFrom"},
		{"an API key with two values", "apiKeys: [{name: a, value: alice-0123456789abcd, valueFrom: A}]", "a: it needs either value or valueFrom"},
		{"a short API key", "apiKeys: [{name: a, value: secret}]", "a: the value must have 20 to 128 printable characters"},
		{"an API key with spaces", "apiKeys: [{name: a, value: 'alice 0123456789abcd'}]", "and no spaces"},
		{"a throttle below nothing", "apiKeys: [{name: a, valueFrom: A, throttle: {rateLimit: -1}}]", "a: throttle: limits must not be negative"},
		{"a quota below nothing", "apiKeys: [{name: a, valueFrom: A, quota: {limit: -1, period: DAY}}]", "a: quota: the limit must not be negative"},
		{"a quota without period", "apiKeys: [{name: a, valueFrom: A, quota: {limit: 1}}]", "a: quota: period \"\": must be DAY, WEEK or MONTH"},
		{"environment", "functions: [{name: f, runtime: web, path: f, environment: {_A: b}}]", "environment variable"},
		{"ready", "backends: [{name: x, command: [x], ready: 'ftp://x'}]", "ready"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := config.Parse("gatehouse.yaml", []byte(c.text))
			switch {
			case c.want == "" && err != nil:
				t.Error(err)
			case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

func TestAPIKeysFromTheEnvironment(t *testing.T) {
	t.Setenv("GOOD_KEY", "alice-0123456789abcd")
	t.Setenv("SHORT_KEY", "alice")
	for name, want := range map[string]string{
		"GOOD_KEY": "", "SHORT_KEY": "apiKeys: a: the value must have 20 to 128 printable characters, and no spaces", "NO_KEY": "apiKeys: a: the environment variable NO_KEY is not set",
	} {
		value, err := (&config.APIKey{Name: "a", ValueFrom: name}).Secret()
		if got := fmt.Sprint(err); want != "" && got != want || want == "" && (err != nil || value != "alice-0123456789abcd") {
			t.Errorf("%s: got %v, %v", name, value, err)
		}
		if err != nil && strings.Contains(err.Error(), "alice") {
			t.Error("the error has the value")
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte("api: a.yaml\nbackends: [{name: x, command: [x]}]\nfunctions: [{name: f, runtime: web, path: f}]"))
	f.Fuzz(func(_ *testing.T, data []byte) { _, _ = config.Parse("f", data) })
}
