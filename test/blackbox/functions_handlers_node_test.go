//go:build nodeclient

package blackbox

import "testing"

// The public Node.js client compiles native code for minutes, so this needs the build tag nodeclient, and
// test/install-tools node-client. Spec: functions A6.
func TestHandlersOfNodeThroughThePublicClient(t *testing.T) {
	t.Parallel()
	code := codeFolder(t, "testdata/handlers/node")
	for _, part := range []string{"bin", "dist"} { // all of it that runs; the sources of its libraries are too large to upload
		addClient(t, code, "node", "node_modules/aws-lambda-ric/"+part)
	}
	invokeHandlers(t, "nodejs20.x", code, officialClient, pick(t, nodeHandlers, "async", "callback", "mjs", "thrown", "rejected with an object", "unhandled rejection", "no export"))
}
