package blackbox

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
)

// rawRuntime is a runtime that answers an event of a REST API with its body, whatever that is.
const rawRuntime = `#!/usr/bin/env python3
import http.client, json, os

runtime = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
while True:
    runtime.request("GET", "/2018-06-01/runtime/invocation/next")
    event = runtime.getresponse()
    body = json.loads(event.read())["body"]
    runtime.request("POST", "/2018-06-01/runtime/invocation/" + event.headers["Lambda-Runtime-Aws-Request-Id"] + "/response", (body or "").encode())
    runtime.getresponse().read()
`

// manyValues are n texts of a list in JSON.
func manyValues(n int) string {
	all := make([]string, n)
	for i := range all {
		all[i] = strconv.Quote(strconv.Itoa(i))
	}
	return strings.Join(all, ",")
}

// TestAnswersOfProxyFunctions has a function give every answer that a proxy integration takes, and those that it refuses with 502.
// Spec: rest-api 9.3.
func TestAnswersOfProxyFunctions(t *testing.T) {
	dir := functionProject(t, map[string]string{
		"openapi.yaml":   lambdaDocument("f"),
		"gatehouse.yaml": "functions:\n- {name: f, runtime: provided.al2023, handler: x, path: f, build: [chmod, +x, bootstrap]}\n",
		"f/bootstrap":    rawRuntime,
	})
	g := serveFile(t, dir)
	for answer, want := range map[string]string{
		`{"statusCode": 200}`:   "200 ",
		`{"statusCode": "201"}`: "201 ",
		`{"body": "text"}`:      "200 text",
		`{"statusCode": 404.0}`: "404 ",
		`{"headers": {"X-One": "1", "X-True": true}, "body": "b"}`:                 "200 b X-One=1 X-True=true",
		`{"multiValueHeaders": {"X-Many": ["1", "2"]}, "headers": {"X-One": "3"}}`: "200  X-Many=1 X-Many=2 X-One=3",
		`{"body": "a\"\u00e9\n"}`:                    "200 a\"é\n",
		`{"isBase64Encoded": false, "body": "aGk="}`: "200 aGk=",
		`{"headers": {"Connection": "x"}}`:           "200  x-amzn-Remapped-Connection=x",
		`{"statusCode": 200, "more": 1}`:             "502",
		``:                                           "502",
		`null`:                                       "502",
		`"text"`:                                     "502",
		`[]`:                                         "502",
		`7`:                                          "502",
		`{"statusCode": "invalid"}`:                  "502",
		`{"statusCode": 404.5}`:                      "502",
		`{"statusCode": 0}`:                          "502",
		`{"statusCode": 101}`:                        "502",
		`{"statusCode": 1000}`:                       "502",
		`{"statusCode": true}`:                       "502",
		`{"body": {"a": 1}}`:                         "502",
		`{"body": 1}`:                                "502",
		`{"isBase64Encoded": "true"}`:                "502",
		`{"headers": []}`:                            "502",
		`{"headers": {"a": null}}`:                   "502",
		`{"headers": {"a": {}}}`:                     "502",
		`{"headers": {"a b": "1"}}`:                  "502",
		`{"multiValueHeaders": {"a": "1"}}`:          "502",
		`{"multiValueHeaders": {"a": [[]]}}`:         "502",
		`{"multiValueHeaders": {"a": null}}`:         "502",
		`{"cookies": []}`:                            "502",
		`{"body": "a"`:                               "502",
		`{} {}`:                                      "502",
		`{"body": "\x"}`:                             "502",
		"{\"body\": \"a\nb\"}":                       "502",
		`{"body": "a",}`:                             "502",
		`{"multiValueHeaders": {"a": [` + manyValues(201) + `]}}`: "502",
	} {
		r := g.do("POST", "/dev/f", answer)
		got := fmt.Sprint(r.status, " ", r.body)
		for _, h := range r.header {
			if strings.HasPrefix(h[0], "X-") && !strings.HasPrefix(h[0], "X-Amz") || strings.HasPrefix(h[0], "x-amzn-Remapped-") {
				got += " " + h[0] + "=" + h[1]
			}
		}
		if want == "502" {
			want = `502 {"message": "Internal server error"}`
		}
		if got != want {
			t.Errorf("%.80s: got %q, want %q", answer, got, want)
		}
	}
}
