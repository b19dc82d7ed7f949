//go:build nodeclient

package runtimes_test

import (
	"regexp"
	"testing"
)

// The public Node.js client compiles native code for minutes, so this needs the build tag nodeclient, and
// test/install-tools node-client.
func TestNodeAnswersAsThroughThePublicClient(t *testing.T) {
	code := withClient(t, "node")
	// Frames of the client are no part of the function.
	frames := regexp.MustCompile(`(,?)"    at [^"]*(aws-lambda-ric|node:internal)[^"]*"`)
	requirer := regexp.MustCompile(`(\\n- |,"- )[^"\\]*aws-lambda-ric[^"\\]*"?|\\nRequire stack:\B|,"Require stack:"`)
	normal := func(s string) string { return frames.ReplaceAllString(s, "") }
	for _, test := range []struct{ handler, event string }{
		{"app.echo", `{"b":1,"a":[2.50,"ü"]}`},
		{"app.nothing", "{}"},
		{"app.callback", "1"},
		{"app.late", "{}"},
		{"app.early", "{}"},
		{"app.twice", "{}"},
		{"app.forgotten", "{}"},
		{"app.promise", "{}"},
		{"app.done", "{}"},
		{"app.succeed", "{}"},
		{"app.deeply.nested.handler", "{}"},
		{"nested/deep.handler", "{}"},
		{"module/esm.handler", "{}"},
		{"app.unicode", "{}"},
		{"app.throws", "{}"},
		{"app.throwsSync", "{}"},
		{"app.throwsText", "{}"},
		{"app.callbackError", "{}"},
		{"app.fails", "{}"},
		{"app.custom", "{}"},
		{"app.circular", "{}"},
		{"app.echo", "{"},
		{"app.absent", "{}"},
		{"app.notAFunction", "{}"},
		{"broken/throws.handler", "{}"},
		{"app.stream", "{}"},
		{"app.streamHTTP", "{}"},
		{"app.streamFails", "{}"},
	} {
		t.Run(test.handler, func(t *testing.T) {
			answersAlike(t, "nodejs20.x", code, test.handler, func(s string) string { return requirer.ReplaceAllString(normal(s), "") }, test.event)
		})
	}
}
