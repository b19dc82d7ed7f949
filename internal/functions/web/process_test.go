package web_test

import (
	"context"
	"encoding/json"
	"maps"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gatehouse-gateway/gatehouse/internal/functions/web"
)

const patience = 20 * time.Second

// process is a web server that runs, with its adapter.
func process(t *testing.T, environment map[string]string, program string, args ...string) *web.Adapter {
	t.Helper()
	path, err := exec.LookPath(program)
	if err != nil {
		t.Fatalf("%v: run test/install-tools", err)
	}
	server, err := web.Parse(environment)
	if err != nil {
		t.Fatal(err)
	}
	adapter, env, err := server.Prepare(web.Function{Name: "fn", Version: "$LATEST", MemorySize: 128})
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(path, args...)
	cmd.Dir, cmd.Env, cmd.Stderr = "testdata", append([]string{"PATH=" + os.Getenv("PATH")}, env...), os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
		adapter.Close()
	})
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := adapter.Ready(ctx); err != nil {
		t.Fatal(err)
	}
	return adapter
}

func invoke(t *testing.T, adapter *web.Adapter, event string) (payload string, failed bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	got, failed, err := adapter.Invoke(ctx, web.Call{RequestID: "r", Event: []byte(event)}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return string(got), failed
}

func TestWebServersServeEventsOfEveryKind(t *testing.T) {
	servers := map[string][]string{"node": {"node", "server.mjs"}, "python": {"python3", "server.py"}}
	for name, command := range servers {
		t.Run(name, func(t *testing.T) {
			adapter := process(t, nil, command[0], command[1:]...)
			for _, test := range []struct {
				name, event string
				status      int
				headers     map[string]any // those that matter
				body        string
				base64      bool
			}{
				{"REST API", `{"resource":"/{proxy+}","path":"/a%20b","httpMethod":"PUT","headers":{"X-Test":"2","Cookie":"c=d"},"multiValueHeaders":{"X-Test":["2"],"Cookie":["c=d"]},"queryStringParameters":{"q":"y"},"multiValueQueryStringParameters":{"q":["x","y"]},"requestContext":{"stage":"prod"},"body":"aMO8","isBase64Encoded":true}`,
					201, map[string]any{"content-type": []any{"text/plain; charset=utf-8"}, "x-server": []any{name}}, "PUT /a%20b?q=x&q=y 2 c=d hü", false},
				{"HTTP API", `{"version":"2.0","routeKey":"$default","rawPath":"/prod/a b","rawQueryString":"q=1&q=2","cookies":["c=d","e=f"],"headers":{"x-test":"1,2"},"requestContext":{"http":{"method":"POST"}},"body":"text","isBase64Encoded":false}`,
					201, map[string]any{"content-type": "text/plain; charset=utf-8", "x-server": name}, "POST /prod/a%20b?q=1&q=2 1,2 c=d;e=f text", false},
				{"binary for a REST API", `{"path":"/image","httpMethod":"GET","headers":null,"requestContext":{}}`,
					200, map[string]any{"content-type": []any{"image/png"}, "set-cookie": []any{"a=1; Path=/", "b=2"}}, "iVBOR/8=", true},
				{"binary for an HTTP API", `{"version":"2.0","rawPath":"/image","requestContext":{"http":{"method":"GET"}}}`,
					200, map[string]any{"content-type": "image/png"}, "iVBOR/8=", true},
			} {
				payload, failed := invoke(t, adapter, test.event)
				var got struct {
					StatusCode                 int
					Headers, MultiValueHeaders map[string]any
					Cookies                    []string
					Body                       string
					IsBase64Encoded            bool
				}
				if err := json.Unmarshal([]byte(payload), &got); err != nil || failed {
					t.Fatalf("%s: %v %s", test.name, err, payload)
				}
				if got.StatusCode != test.status || got.Body != test.body || got.IsBase64Encoded != test.base64 {
					t.Errorf("%s: got %s", test.name, payload)
				}
				headers := got.MultiValueHeaders
				if strings.Contains(test.event, "rawPath") {
					headers = got.Headers
					if wantsCookies := strings.Contains(test.event, "image"); wantsCookies != slices.Equal(got.Cookies, []string{"a=1; Path=/", "b=2"}) {
						t.Errorf("%s: cookies %q", test.name, got.Cookies)
					}
				}
				for name, want := range test.headers {
					if w, g := marshal(want), marshal(headers[name]); w != g {
						t.Errorf("%s: %s: got %s, want %s", test.name, name, g, w)
					}
				}
			}
			if got, _ := invoke(t, adapter, `{"Records":[1]}`); got != `{"got":{"Records":[1]}}` {
				t.Errorf("pass through: got %s", got)
			}
		})
	}
}

func marshal(v any) string {
	text, _ := json.Marshal(v)
	return string(text)
}

// The port that a function names cannot be the port of all its processes.
func TestEveryProcessHasAPortOfItsOwn(t *testing.T) {
	ports := map[string]bool{}
	for range 3 {
		server, err := web.Parse(map[string]string{"AWS_LWA_PORT": "3000", "PORT": "3001"})
		if err != nil {
			t.Fatal(err)
		}
		_, env, err := server.Prepare(web.Function{})
		if err != nil {
			t.Fatal(err)
		}
		port := strings.TrimPrefix(env[1], "PORT=")
		if !slices.Equal(env, []string{"AWS_LWA_PORT=" + port, "PORT=" + port}) {
			t.Errorf("got %q", env)
		}
		ports[port] = true
	}
	if len(ports) < 2 || ports["3000"] {
		t.Errorf("ports %v", slices.Collect(maps.Keys(ports)))
	}
}

func TestReadinessWaitsForASlowServer(t *testing.T) {
	for _, environment := range []map[string]string{nil, {"AWS_LWA_READINESS_CHECK_PROTOCOL": "TCP"}, {"AWS_LWA_ASYNC_INIT": "true"}} {
		adapter := process(t, environment, "sh", "-c", "sleep 0.3; exec node server.mjs")
		if got, _ := invoke(t, adapter, `{"Records":[]}`); got != `{"got":{"Records":[]}}` {
			t.Errorf("%v: got %s", environment, got)
		}
	}
}
