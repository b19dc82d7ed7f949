package blackbox

import (
	"io"
	"net"
	"testing"
)

// TestMethodResponseHeadersMayBeginWithX keeps header names that look like extensions of the document. Spec: rest-api 10.2.
func TestMethodResponseHeadersMayBeginWithX(t *testing.T) {
	g := serve(t, `openapi: 3.0.1
info: {title: names, version: "1"}
paths:
  /x:
    get:
      responses:
        "200": {description: ok, headers: {x-request-id: {schema: {type: string}}}}
      x-amazon-apigateway-integration:
        type: mock
        requestTemplates: {application/json: '{"statusCode": 200}'}
        responses: {default: {statusCode: "200", responseParameters: {method.response.header.x-request-id: context.requestId}}}
`)
	r := g.do("GET", "/dev/x", "")
	if r.status != 200 || r.get("x-request-id") == "" || r.get("x-request-id") != r.get("x-amzn-RequestId") {
		t.Errorf("got %v", r)
	}
}

func TestHEADThroughAProxyKeepsTheLength(t *testing.T) {
	b := newBackEnd(t, func(conn net.Conn, _ *received) {
		_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 12345\r\n\r\n")
	})
	g := serve(t, `openapi: 3.0.1
info: {title: head, version: "1"}
paths:
  /x: {head: {responses: {}, x-amazon-apigateway-integration: {type: http_proxy, httpMethod: HEAD, uri: "http://`+b.addr+`/"}}}
`)
	if r := g.do("HEAD", "/dev/x", ""); r.status != 200 || r.get("Content-Length") != "12345" {
		t.Errorf("got %v", r)
	}
}
