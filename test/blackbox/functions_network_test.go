package blackbox

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os/exec"
	"strings"
	"testing"
)

// interfacesPython answers with the interfaces of its network, and whether it reaches the port of its event.
const interfacesPython = `import socket

def handler(event, context):
    try:
        socket.create_connection((event["host"], event["port"]), timeout=5).close()
        reached = True
    except OSError:
        reached = False
    return {"interfaces": sorted(n for _, n in socket.if_nameindex()), "reached": reached}
`

// makeFunction makes a function in Python with variables, JSON, and returns the answer.
func makeFunction(s *serveProcess, name, variables string) callAnswer {
	s.t.Helper()
	body := fmt.Sprintf(`{"FunctionName":%q,"Runtime":"python3.12","Handler":"app.handler","Role":"arn:aws:iam::000000000000:role/r","Timeout":30,"Environment":{"Variables":%s},"Code":{"ZipFile":%q}}`,
		name, variables, base64.StdEncoding.EncodeToString(zipWith(s.t, "app.py", interfacesPython)))
	return s.call(s.root, "lambda", "POST", "/2015-03-31/functions", body)
}

// reach asks a function for its network, and whether it reaches the gateway.
func reach(s *serveProcess, name string) (interfaces []string, reached bool) {
	s.t.Helper()
	host, port, _ := strings.Cut(strings.TrimPrefix(s.control, "http://"), ":")
	a := s.call(s.root, "lambda", "POST", "/2015-03-31/functions/"+name+"/invocations", fmt.Sprintf(`{"host":%q,"port":%s}`, host, port))
	var answer struct {
		Interfaces []string
		Reached    bool
	}
	if err := json.Unmarshal([]byte(a.body), &answer); err != nil || a.status != 200 {
		s.t.Errorf("%s: got %d %s", name, a.status, a.body)
	}
	return answer.Interfaces, answer.Reached
}

// TestFunctionsWithoutNetwork: by their own variable, or by the option for all.
func TestFunctionsWithoutNetwork(t *testing.T) {
	s := startServe(t, t.TempDir())
	for name, variables := range map[string]string{"apart": `{"GATEHOUSE_NETWORK":"none"}`, "open": `{}`} {
		if a := makeFunction(s, name, variables); a.status != 201 {
			t.Fatalf("got %d %s", a.status, a.body)
		}
	}
	if interfaces, reached := reach(s, "apart"); len(interfaces) != 1 || interfaces[0] != "lo" || reached {
		t.Errorf("without network: got %v, %v", interfaces, reached)
	}
	if _, reached := reach(s, "open"); !reached {
		t.Error("with the network of the machine: the gateway is not reached")
	}
	if a := makeFunction(s, "wrong", `{"GATEHOUSE_NETWORK":"some"}`); a.status != 400 || !strings.Contains(a.body, "GATEHOUSE_NETWORK: must be none") {
		t.Errorf("got %d %s", a.status, a.body)
	}
	if a := makeFunction(s, "remote", `{"GATEHOUSE_NETWORK":"none","GATEHOUSE_REMOTE":"http://127.0.0.1:1/"}`); a.status != 400 {
		t.Errorf("got %d %s", a.status, a.body)
	}
	all := startServe(t, t.TempDir(), "--function-network", "none")
	if a := makeFunction(all, "open", `{}`); a.status != 201 {
		t.Fatalf("got %d %s", a.status, a.body)
	}
	if interfaces, reached := reach(all, "open"); len(interfaces) != 1 || reached {
		t.Errorf("with the option: got %v, %v", interfaces, reached)
	}
}

// TestNetworksAreNotLeftOut: a server that is to give its functions no network and cannot does not start.
func TestNetworksAreNotLeftOut(t *testing.T) {
	out, err := exec.Command(binary, "serve", "--ephemeral", "--control-addr", "127.0.0.1:0", "--gateway-addr", "127.0.0.1:0",
		"--function-isolation", "none", "--function-network", "none").CombinedOutput()
	if err == nil || !strings.Contains(string(out), "function-network none cannot be had here") {
		t.Errorf("got %v: %s", err, out)
	}
}

// TestProjectFunctionsWithoutNetwork: gatehouse dev and its web functions, too; a value that means nothing is refused.
func TestProjectFunctionsWithoutNetwork(t *testing.T) {
	project := func(value string) string {
		return functionProject(t, map[string]string{
			"openapi.yaml": lambdaDocument("f"),
			"gatehouse.yaml": "functions:\n- name: f\n  runtime: web\n  handler: node server.js\n  path: f\n  timeout: 60\n" +
				"  environment: {GATEHOUSE_NETWORK: " + value + "}\n",
			"f/server.js": "const names = Object.keys(require('node:os').networkInterfaces());\n" +
				"require('node:http').createServer((req, res) => res.end('interfaces ' + names)).listen(process.env.PORT);\n",
		})
	}
	g := serveFile(t, project("none"))
	if r := g.do("GET", "/dev/f", ""); r.status != 200 || r.body != "interfaces lo" {
		t.Errorf("got %d %s", r.status, r.body)
	}
	if out, code := run(t, "invoke", "--project", project("some"), "f"); code != 1 || !strings.Contains(out, "GATEHOUSE_NETWORK: must be none") {
		t.Errorf("got %d: %s", code, out)
	}
}
