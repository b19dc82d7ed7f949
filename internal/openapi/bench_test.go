package openapi_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/gatehouse-gateway/gatehouse/internal/limits"
	"github.com/gatehouse-gateway/gatehouse/internal/openapi"
)

// large makes a document with that many methods, two on each path.
func large(methods int) []byte {
	var b strings.Builder
	b.WriteString(`{"openapi": "3.0.1", "info": {"title": "large", "version": "1"}, "components": {"schemas": {"Item": {"type": "object", "properties": {"id": {"type": "string"}}}}}, "paths": {`)
	for i := range methods / 2 {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `
"/group%d/items%d/{id}": {"parameters": [{"name": "id", "in": "path", "required": true, "schema": {"type": "string"}}],
  "get": %s,
  "post": %s}`, i/50, i, operation, operation)
	}
	b.WriteString("}}")
	return []byte(b.String())
}

const operation = `{"description": "An operation.", "parameters": [{"name": "q", "in": "query", "schema": {"type": "string"}}],
    "responses": {"200": {"description": "fine", "headers": {"X-A": {"schema": {"type": "string"}}}, "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Item"}}}}},
    "x-amazon-apigateway-integration": {"type": "http", "httpMethod": "GET", "uri": "https://example.com/items/{id}",
      "requestParameters": {"integration.request.path.id": "method.request.path.id", "integration.request.querystring.q": "method.request.querystring.q"},
      "requestTemplates": {"application/json": "#set($x = $input.path('$'))\n{\"id\": \"$x.id\"}"},
      "responses": {"default": {"statusCode": "200", "responseParameters": {"method.response.header.X-A": "integration.response.header.X-A"}}, "4\\d{2}": {"statusCode": "400"}}}}`

func benchmark(b *testing.B, name string, doc []byte) {
	laptop := limits.Laptop()
	b.ReportAllocs()
	b.SetBytes(int64(len(doc)))
	for b.Loop() {
		if _, err := openapi.Parse(name, doc, openapi.Options{Limits: &laptop}); err != nil {
			b.Fatal(err)
		}
	}
}

func asYAML(b *testing.B, doc []byte) []byte {
	var v any
	if err := json.Unmarshal(doc, &v); err != nil {
		b.Fatal(err)
	}
	text, err := yaml.Marshal(v)
	if err != nil {
		b.Fatal(err)
	}
	return text
}

func BenchmarkJSON200(b *testing.B)  { benchmark(b, "d.json", large(200)) }
func BenchmarkJSON3000(b *testing.B) { benchmark(b, "d.json", large(3000)) }
func BenchmarkYAML200(b *testing.B)  { benchmark(b, "d.yaml", asYAML(b, large(200))) }
func BenchmarkYAML3000(b *testing.B) { benchmark(b, "d.yaml", asYAML(b, large(3000))) }
