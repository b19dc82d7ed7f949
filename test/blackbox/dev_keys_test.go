package blackbox

import (
	"path/filepath"
	"strings"
	"testing"
)

// keyedSaying is a document whose GET /say asks for an API key, and answers with the id of it.
var keyedSaying = strings.Replace(saying("$context.identity.apiKey"), "      responses:", "      security: [{api_key: []}]\n      responses:", 1) +
	"components: {securitySchemes: {api_key: {type: apiKey, name: x-api-key, in: header}}}\n"

// TestAPIKeysOfAProject: gatehouse.yaml says who has a key, and what its plan would say, also after a reload.
func TestAPIKeysOfAProject(t *testing.T) {
	t.Setenv("CI_KEY", "ci-0123456789-0123456789")
	dir := t.TempDir()
	write(t, filepath.Join(dir, "openapi.yaml"), keyedSaying)
	settings := filepath.Join(dir, "gatehouse.yaml")
	write(t, settings, "apiKeys:\n- {name: alice, value: alice-0123456789-0123, quota: {limit: 2, period: MONTH}}\n- {name: ci, valueFrom: CI_KEY, throttle: {rateLimit: 1, burstLimit: 0}}\n- {name: bob, value: bob-0123456789-0123456, enabled: false}\n")
	g := serveFile(t, dir)
	ask := func(what, key string, status int, body string) {
		t.Helper()
		r := g.do("GET", strings.TrimPrefix(g.base, "http://"+g.addr)+"/say", "", "x-api-key: "+key)
		if r.status != status || r.body != body {
			t.Errorf("%s: got %s, want %d %s", what, r, status, body)
		}
	}
	const forbidden = `{"message":"Forbidden"}`
	ask("nobody's key", "nobody-0123456789-0123", 403, forbidden)
	ask("a disabled key", "bob-0123456789-0123456", 403, forbidden)
	ask("a key that may call nothing", "ci-0123456789-0123456789", 429, `{"message":"Too Many Requests"}`)
	ask("1 of 2", "alice-0123456789-0123", 200, "alice-0123456789-0123")
	ask("2 of 2", "alice-0123456789-0123", 200, "alice-0123456789-0123")
	ask("3 of 2", "alice-0123456789-0123", 429, `{"message":"Limit Exceeded"}`)
	from := g.mark()
	write(t, settings, "apiKeys:\n- {name: alice, value: alice-0123456789-0123, quota: {limit: 3, period: MONTH}}\n- {name: bob, value: bob-0123456789-0123456}\n")
	g.out.wait(t, from, reloadedLine)
	ask("3 of 3", "alice-0123456789-0123", 200, "alice-0123456789-0123")
	ask("4 of 3", "alice-0123456789-0123", 429, `{"message":"Limit Exceeded"}`)
	ask("enabled", "bob-0123456789-0123456", 200, "bob-0123456789-0123456")
	ask("a key that is gone", "ci-0123456789-0123456789", 403, forbidden)
	from = g.mark()
	write(t, settings, "apiKeys: [{name: alice, valueFrom: NO_SUCH_KEY}]\n")
	if m := g.out.wait(t, from, notReloaded); !strings.Contains(m[1], "apiKeys: alice: the environment variable NO_SUCH_KEY is not set") {
		t.Errorf("got %s", m[1])
	}
	ask("the last good keys", "bob-0123456789-0123456", 200, "bob-0123456789-0123456")
	from = g.mark()
	write(t, settings, "apiKeys: [{name: a, value: alice-0123456789-0123}, {name: b, value: alice-0123456789-0123}]\n")
	if m := g.out.wait(t, from, notReloaded); !strings.Contains(m[1], "apiKeys: a and b have the same value") {
		t.Errorf("got %s", m[1])
	}
	if text := g.out.String(); strings.Contains(text, "alice-0123456789-0123") || !strings.Contains(text, "INVALID_API_KEY: Forbidden") {
		t.Errorf("the log has a whole key, or does not say what was wrong:\n%s", text)
	}
}

// TestAProjectWithoutKeysSaysSo: methods that ask for one can be served, and let nobody in.
func TestAProjectWithoutKeysSaysSo(t *testing.T) {
	g := serve(t, keyedSaying)
	if r := g.say(); r.status != 403 {
		t.Errorf("got %s", r)
	}
	g.out.wait(t, 0, `warning: methods that require an API key: 1; \S+gatehouse.yaml has no apiKeys, so requests for them are refused`)
}
