package blackbox

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// crowdServer is a web server that answers when so many requests are there.
const crowdServer = `
const http = require('node:http');
const waiting = [];
http.createServer((req, res) => {
  if (req.url === '/') return res.end('ready');
  waiting.push(res);
  if (waiting.length === 20) for (const one of waiting.splice(0)) one.end('process ' + process.env.PORT);
}).listen(process.env.PORT);
`

// TestRequestsShareAProcess sends twenty requests to a web function that answers none before all are there: one process serves them, as the port in all answers says.
func TestRequestsShareAProcess(t *testing.T) {
	g := serveFile(t, functionProject(t, map[string]string{
		"openapi.yaml": lambdaDocument("f"),
		"gatehouse.yaml": "functions:\n- name: f\n  runtime: web\n  handler: node server.js\n  path: f\n  timeout: 60\n" +
			"  environment: {GATEHOUSE_ENVIRONMENT_CONCURRENCY: '20'}\n",
		"f/server.js": crowdServer,
	}))
	const n = 20
	answers := make(chan string, n)
	client := &http.Client{Transport: &http.Transport{}, Timeout: 2 * patience}
	for range n {
		go func() {
			res, err := client.Get("http://" + g.addr + "/dev/f")
			if err != nil {
				answers <- err.Error()
				return
			}
			defer res.Body.Close()
			answers <- fmt.Sprint(res.StatusCode, " ", textOf(res.Body))
		}()
	}
	all := make(map[string]int)
	for range n {
		all[<-answers]++
	}
	if len(all) != 1 {
		t.Errorf("got %v", all)
	}
	for text := range all {
		if !strings.HasPrefix(text, "200 process ") {
			t.Errorf("got %s", text)
		}
	}
}

func TestSharedProcessesAreForWebFunctions(t *testing.T) {
	s := startServe(t, t.TempDir())
	for variables, message := range map[string]string{
		`{"GATEHOUSE_ENVIRONMENT_CONCURRENCY":"4"}`:                         "GATEHOUSE_ENVIRONMENT_CONCURRENCY is for web functions",
		`{"GATEHOUSE_ENVIRONMENT_CONCURRENCY":"all","AWS_LWA_PORT":"8080"}`: "GATEHOUSE_ENVIRONMENT_CONCURRENCY: must be 1 to 1000",
	} {
		if a := newRemote(s, "f", variables); a.status != 400 || !strings.Contains(a.body, message) {
			t.Errorf("%s: got %d %s", variables, a.status, a.body)
		}
	}
}
