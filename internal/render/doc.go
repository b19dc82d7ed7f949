// Package render runs one mapping template on a sample, exactly as the pipeline would: the same language, the same host
// objects, the same limits. It is what `gatehouse render` and `gatehouse template test` share.
//
// A sample is a JSON object that says what the template sees:
//
//	{
//	  "body": {"id": 1},                          // JSON, or a string for any other text
//	  "headers": {"Accept": "text/html", "X-Many": ["a", "b"]},
//	  "querystring": {"limit": "10"},
//	  "path": {"petId": "7"},
//	  "context": {"stage": "prod", "identity": {"sourceIp": "10.0.0.1"}},
//	  "stageVariables": {"backend": "example.com"},
//	  "response": {"statusCode": 200, "headers": {}, "body": {"ok": true}}   // for response templates
//	}
//
// Every member is optional; unknown ones are refused. Spec: mapping-templates 9–11.
package render
