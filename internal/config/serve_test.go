package config_test

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/gatehouse-gateway/gatehouse/internal/config"
)

// read gathers options from a file's text, an environment and flags.
func read(t *testing.T, file string, env, flags map[string]string) (*config.Serve, error) {
	t.Helper()
	src := config.Sources{Flags: flags, Getenv: func(name string) string { return env[name] }}
	if file != "" {
		src.File = filepath.Join(t.TempDir(), "gatehouse.yaml")
		if err := os.WriteFile(src.File, []byte(file), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s, err := src.Read()
	if err != nil && src.File != "" {
		err = errorText(strings.ReplaceAll(err.Error(), filepath.Dir(src.File)+string(filepath.Separator), ""))
	}
	return s, err
}

type errorText string

func (e errorText) Error() string { return string(e) }

func TestDefaultsOfServe(t *testing.T) {
	s, err := read(t, "", nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	dir, _ := filepath.Abs("gatehouse-data")
	want := &config.Serve{DataDir: dir, ControlAddr: "127.0.0.1:4283", GatewayAddr: ":8080", Account: "000000000000", Region: "us-east-1",
		Grace: 20 * time.Second, LogFormat: "text", LogLevel: "info", LimitsProfile: "aws", AsyncRetryDelays: []time.Duration{time.Minute, 2 * time.Minute}, FunctionIsolation: "auto", FunctionNetwork: "host"}
	if !reflect.DeepEqual(s, want) {
		t.Errorf("got  %+v\nwant %+v", s, want)
	}
}

func TestFlagsBeforeEnvironmentBeforeFileBeforeDefaults(t *testing.T) {
	const file = "region: eu-west-1\naccount: \"111122223333\"\nlog-level: debug\nlimits-profile: operator\nlimit:\n  request payload: 1000\n  JSON depth: 7\n"
	env := map[string]string{"GATEHOUSE_ACCOUNT": "444455556666", "GATEHOUSE_LOG_LEVEL": "warn", "GATEHOUSE_EPHEMERAL": "true"}
	s, err := read(t, file, env, map[string]string{"log-level": "error", "ephemeral": "false"})
	if err != nil {
		t.Fatal(err)
	}
	if s.Region != "eu-west-1" || s.Account != "444455556666" || s.LogLevel != "error" || s.Ephemeral || s.ControlAddr != "127.0.0.1:4283" {
		t.Errorf("got %+v", s)
	}
	if want := map[string]int64{"request payload": 1000, "JSON depth": 7}; !reflect.DeepEqual(s.Limits, want) {
		t.Errorf("got %v", s.Limits)
	}
}

func TestWhatServeCannotBeToldIsRefusedWithItsPlace(t *testing.T) {
	for _, c := range []struct {
		file, want string
		env, flags map[string]string
	}{
		{file: "region: eu-west-1\nreigon: x\n", want: `gatehouse.yaml:2: unknown option "reigon"`},
		{file: "region: a-b\nregion: c-d\n", want: `gatehouse.yaml:2: option "region" is set twice`},
		{file: "region:\n", want: "gatehouse.yaml:1: region: has no value"},
		{file: "region: [a]\n", want: "gatehouse.yaml:1: region: must be one value"},
		{file: "limit: {a: {b: 1}}\n", want: "gatehouse.yaml:1: limit: must be a mapping of names to single values"},
		{file: "aws-endpoints: {sqs: [1]}\n", want: "gatehouse.yaml:1: aws-endpoints: must be a mapping of names to single values"},
		{flags: map[string]string{"aws-endpoints": "sqs"}, want: `--aws-endpoints: aws-endpoints "sqs": must be NAME=VALUE`},
		{flags: map[string]string{"aws-endpoints": "sqs=a,sqs=b"}, want: `--aws-endpoints: aws-endpoints "sqs" is set twice`},
		{file: "- region\n", want: "gatehouse.yaml:1: must be a mapping of options"},
		{file: "region: a-b\n---\nregion: a-b\n", want: "gatehouse.yaml: only one document is expected"},
		{file: "\n\nephemeral: maybe\n", want: `gatehouse.yaml:3: ephemeral "maybe": must be true or false`},
		{file: "limits-profile: aws\nlimit: {request payload: 1}\n", want: "configuration: limit needs limits-profile operator, not aws"},
		{env: map[string]string{"GATEHOUSE_LOG_LEVEL": "loud"}, want: `GATEHOUSE_LOG_LEVEL: log-level "loud": must be one of debug, info, warn, error`},
		{flags: map[string]string{"grace": "-1s"}, want: `--grace: grace "-1s": must be a time between 0s and 1h0m0s, such as 20s`},
		{flags: map[string]string{"grace": "20"}, want: `--grace: grace "20": must be a time between 0s and 1h0m0s, such as 20s`},
		{flags: map[string]string{"limit": "a"}, want: `--limit: limit "a": must be NAME=VALUE`},
		{flags: map[string]string{"limit": "a=1,a=2"}, want: `--limit: limit "a" is set twice`},
		{flags: map[string]string{"account": "12"}, want: `configuration: account "12": must have 12 digits`},
		{flags: map[string]string{"region": "Europe"}, want: `configuration: region "Europe": must be a name such as us-east-1`},
		{flags: map[string]string{"control-addr": "4283"}, want: `configuration: control-addr "4283": must be HOST:PORT or :PORT`},
		{flags: map[string]string{"gateway-tls-cert": "c"}, want: "configuration: gateway-tls-cert and gateway-tls-key belong together: set both or none"},
		{flags: map[string]string{"gateway-addr": "127.0.0.1:4283", "gateway-tls-cert": "c", "gateway-tls-key": "k"}, want: "configuration: control-addr and gateway-addr are the same: their certificates must be the same, too"},
		{flags: map[string]string{"insecure-any-credentials": "true", "control-addr": ":4283"}, want: "configuration: insecure-any-credentials is for loopback addresses only, and control-addr is :4283: use 127.0.0.1, or access keys"},
		{flags: map[string]string{"insecure-any-credentials": "true", "control-addr": "192.0.2.1:4283"}, want: "insecure-any-credentials is for loopback addresses only"},
		{flags: map[string]string{"insecure-any-credentials": "true", "control-addr": "127.example.com:4283"}, want: "insecure-any-credentials is for loopback addresses only"},
	} {
		if _, err := read(t, c.file, c.env, c.flags); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q %v %v\n got %v\nwant %s", c.file, c.env, c.flags, err, c.want)
		}
	}
}

func TestInsecureAnyCredentialsOnLoopback(t *testing.T) {
	for _, addr := range []string{"127.0.0.1:4283", "127.9.9.9:0", "[::1]:4283", "localhost:4283"} {
		if _, err := read(t, "", nil, map[string]string{"insecure-any-credentials": "true", "control-addr": addr}); err != nil {
			t.Errorf("%s: %v", addr, err)
		}
	}
}

func TestEmptyFilesAreFine(t *testing.T) {
	for _, file := range []string{"# nothing\n", "---\n", "{}\n"} {
		if _, err := read(t, file, nil, nil); err != nil {
			t.Errorf("%q: %v", file, err)
		}
	}
}

func TestChangedOptions(t *testing.T) {
	before, err := read(t, "", nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	after, err := read(t, "", nil, map[string]string{"log-level": "debug", "region": "eu-west-1", "limits-profile": "operator", "limit": "JSON depth=3"})
	if err != nil {
		t.Fatal(err)
	}
	live, restart := config.Changed(before, after)
	if !reflect.DeepEqual(live, []string{"log-level"}) || !reflect.DeepEqual(restart, []string{"region", "limits-profile", "limit"}) {
		t.Errorf("got %v and %v", live, restart)
	}
}

func FuzzServeFile(f *testing.F) {
	f.Add("region: eu-west-1\nlimit: {request payload: 1}\n")
	f.Add("a: &a [*a]\n")
	name := filepath.Join(f.TempDir(), "gatehouse.yaml")
	f.Fuzz(func(t *testing.T, text string) {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		s, err := config.Sources{File: name, Getenv: func(string) string { return "" }}.Read()
		if err == nil && s.InsecureAnyCredentials && !strings.HasPrefix(s.ControlAddr, "127.") && !strings.HasPrefix(s.ControlAddr, "localhost") && !strings.HasPrefix(s.ControlAddr, "[::1]") {
			t.Errorf("%q: insecure at %s", text, s.ControlAddr)
		}
	})
}
