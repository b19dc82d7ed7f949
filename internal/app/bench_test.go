package app

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gatehouse-gateway/gatehouse/internal/functionurl"
	"github.com/gatehouse-gateway/gatehouse/internal/gateway"
	"github.com/gatehouse-gateway/gatehouse/internal/integration"
	"github.com/gatehouse-gateway/gatehouse/internal/observe"
)

// document has that many methods, two on each path, each with what methods usually have.
func document(methods int) string {
	var b strings.Builder
	b.WriteString("openapi: 3.0.1\ninfo: {title: Large}\ncomponents:\n  schemas:\n    Item:\n      type: object\n      properties:\n        id: {type: string}\npaths:\n")
	for i := range methods / 2 {
		fmt.Fprintf(&b, "  /group%d/items%d/{id}:\n    parameters:\n      - {name: id, in: path, required: true, schema: {type: string}}\n", i/50, i)
		for _, verb := range []string{"get", "post"} {
			fmt.Fprintf(&b, operation, verb)
		}
	}
	return b.String()
}

const operation = `    %s:
      description: An operation.
      parameters:
        - {name: q, in: query, schema: {type: string}}
      responses:
        "200":
          description: fine
          headers: {X-A: {schema: {type: string}}}
          content: {application/json: {schema: {$ref: "#/components/schemas/Item"}}}
        "400": {description: bad}
      x-amazon-apigateway-integration:
        type: http
        httpMethod: GET
        uri: http://127.0.0.1:1/items/{id}
        requestParameters:
          integration.request.path.id: method.request.path.id
          integration.request.querystring.q: method.request.querystring.q
        requestTemplates:
          application/json: |-
            #set($x = $input.path('$'))
            {"id": "$x.id"}
        responses:
          default:
            statusCode: "200"
            responseParameters:
              method.response.header.X-A: integration.response.header.X-A
          "4\\d{2}": {statusCode: "400"}
`

// BenchmarkReload200 is a whole reload of 200 methods, from the changed file to the published release. The pause that
// lets editors finish comes on top.
func BenchmarkReload200(b *testing.B) {
	file := filepath.Join(b.TempDir(), "openapi.yaml")
	if err := os.WriteFile(file, []byte(document(200)), 0o600); err != nil {
		b.Fatal(err)
	}
	project, err := openProject(file, "", nil)
	if err != nil {
		b.Fatal(err)
	}
	env := devEnv(integration.NewClient(integration.Options{}), nil, observe.Discard)
	d := &dev{opts: DevOptions{Path: file}, out: &lockedWriter{out: io.Discard}, project: project, env: env, gateway: gateway.New(env, functionurl.New(functionurl.Options{}))}
	if d.watcher, err = newWatcher(); err != nil {
		b.Fatal(err)
	}
	defer d.watcher.notify.Close()
	b.ReportAllocs()
	for b.Loop() {
		if err := d.reopen(); err != nil {
			b.Fatal(err)
		}
		if _, err := d.load(); err != nil {
			b.Fatal(err)
		}
	}
}
