package openapi_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/gatehouse-gateway/gatehouse/internal/definition"
	"github.com/gatehouse-gateway/gatehouse/internal/limits"
	"github.com/gatehouse-gateway/gatehouse/internal/openapi"
)

const head = "openapi: 3.0.1\ninfo: {title: T}\n"

// integration is a document whose one integration has these members, from line 8 on.
func integration(members string) string {
	return head + "paths:\n  /a:\n    get:\n      responses: {200: {}}\n      x-amazon-apigateway-integration:\n        " +
		strings.ReplaceAll(members, "\n", "\n        ") + "\n"
}

const at = "$.paths['/a'].get.x-amazon-apigateway-integration"

var badDocuments = []struct{ name, doc, want string }{
	// Not OpenAPI at all.
	{"empty", "", "d:1:1: Invalid OpenAPI input. the document is empty"},
	{"a list", "[1]", "d:1:1: $: Invalid OpenAPI input. the document must be an object, not a list"},
	{"broken JSON", "{\"a\": 1,,}", "d:1:9: Invalid OpenAPI input. unexpected ',', want a name in double quotes"},
	{"broken YAML", "a: b\nc: d: e\n", "d:2:1: Invalid OpenAPI input. mapping values are not allowed in this context"},
	{"no version", "info: {title: T}", "d:1:1: $: Invalid OpenAPI input. neither swagger nor openapi says which version the document has"},
	{"SAM", "Transform: AWS::Serverless-2016-10-31\n", "d:1:1: $: Invalid OpenAPI input. CloudFormation and SAM templates are not supported yet; name the OpenAPI document itself"},
	{"1.2", "swagger: 1.2", "d:1:1: $.swagger: Invalid OpenAPI input. the swagger version must be \"2.0\", not \"1.2\""},
	{"3.1", "openapi: 3.1.0", "d:1:1: $.openapi: Invalid OpenAPI input. OpenAPI 3.1.0 is not supported; write the document in OpenAPI 3.0"},
	{"two documents", "a: 1\n---\nb: 2\n", "d:2:1: Invalid OpenAPI input. a file holds one document"},
	{"twice in YAML", head + "paths:\n  /a: {}\n  /a: {}\n", "d:5:3: $.paths['/a']: \"/a\" is defined twice; first in line 4"},
	{"twice in JSON", "{\"openapi\": \"3.0.1\",\n \"info\": {\"title\": \"T\", \"title\": \"U\"}}", "d:2:25: $.info.title: \"title\" is defined twice; first in line 2"},
	{"CloudFormation tag", head + "x-a: !Sub b\n", "d:3:1: $.x-a: the tag !Sub is resolved by CloudFormation, not by an import; write the value itself"},
	{"no title", "openapi: 3.0.1\ninfo: {}\n", "d:2:1: $.info: Rest API name cannot be blank"},
	{"no info", "openapi: 3.0.1\ncomponents: {securitySchemes: {a: {x-amazon-apigateway-authorizer: {type: token}}}}\n", "d:1:1: $: Invalid OpenAPI input. info is missing"},
	{"another file", head + "paths: {/a: {$ref: a.yaml}}", "d:3:14: $.paths['/a'].$ref: a.yaml is another file: a document that is imported as one body can refer to itself only"},
	{"nowhere", head + "paths: {/a: {get: {parameters: [{$ref: '#/components/parameters/x'}]}}}", "d:3:34: $.paths['/a'].get.parameters[0].$ref: #/components/parameters/x leads nowhere: $ has no \"components\""},
	// Extensions.
	{"unknown extension", head + "x-amazon-apigateway-polices: {}\n", "d:3:1: $.x-amazon-apigateway-polices: x-amazon-apigateway-polices is not an extension that is known here; did you mean x-amazon-apigateway-policy?"},
	{"extension in a wrong place", head + "paths: {/a: {x-amazon-apigateway-integration: {}}}\n", "d:3:14: $.paths['/a'].x-amazon-apigateway-integration: x-amazon-apigateway-integration belongs to an operation, not to a path"},
	// Paths and methods.
	{"no slash", head + "paths: {pets: {}}", "d:3:9: $.paths.pets: a path must begin with '/'"},
	{"path part", head + "paths: {'/a{b}': {}}", "d:3:9: $.paths['/a{b}']: Resource's path part only allow a-zA-Z0-9._-:,@ and curly braces at the beginning and the end and an optional plus sign before the closing brace: a{b}"},
	{"siblings", head + "paths:\n  /a/{x}: {}\n  /a/{y}: {}\n", "d:5:3: $.paths['/a/{y}']: A sibling ({x}) of this resource already has a variable path part -- only one is allowed"},
	{"below a greedy one", head + "paths: {'/{proxy+}/a': {}}", "d:3:9: $.paths['/{proxy+}/a']: Cannot create a child of a resource with a greedy path variable: {proxy+}"},
	{"same path twice", head + "paths:\n  /a: {get: {}}\n  /a/: {get: {}}\n", "d:5:9: $.paths['/a/'].get: Method already exists for this resource: another path is the same up to slashes"},
	{"verb", head + "paths: {/a: {trace: {}}}", "d:3:14: $.paths['/a'].trace: Invalid HttpMethod specified. Valid options are GET,PUT,POST,DELETE,PATCH,OPTIONS,HEAD,ANY"},
	{"misspelt verb", head + "paths: {/a: {gett: {}}}", "d:3:14: $.paths['/a'].gett: Invalid HttpMethod specified. Valid options are GET,PUT,POST,DELETE,PATCH,OPTIONS,HEAD,ANY; did you mean get?"},
	{"parameter twice", head + "paths: {/a: {get: {parameters: [{name: x, in: query}, {name: x, in: header}]}}}", "d:3:55: $.paths['/a'].get.parameters[1]: Parameter names must be unique across querystring, header and path"},
	{"parameter name", head + "paths: {/a: {get: {parameters: [{name: 'x[]', in: query}]}}}", "d:3:33: $.paths['/a'].get.parameters[0]: Invalid mapping expression specified: Validation Result: warnings : [], errors : [Parameter name should match the following regular expression: ^[a-zA-Z0-9._$-]+$]"},
	{"status range", head + "paths: {/a: {get: {responses: {2XX: {}}}}}", "d:3:32: $.paths['/a'].get.responses.2XX: \"2XX\" is not a status code from 100 to 599"},
	{"unknown validator", head + "x-amazon-apigateway-request-validators: {all: {}}\nx-amazon-apigateway-request-validator: al\n", "d:4:1: $.x-amazon-apigateway-request-validator: Invalid Request Validator identifier specified: there is no validator \"al\"; did you mean all?"},
	// Security.
	{"unknown scheme", head + "paths: {/a: {get: {security: [{tokn: []}]}}}\ncomponents: {securitySchemes: {token: {type: apiKey, in: header, name: x-api-key}}}\n", "d:3:32: $.paths['/a'].get.security[0].tokn: there is no security scheme \"tokn\"; did you mean token?"},
	{"authorizer type", head + "components: {securitySchemes: {a: {x-amazon-apigateway-authorizer: {type: jwt}}}}\n", "d:3:69: $.components.securitySchemes.a.x-amazon-apigateway-authorizer.type: \"jwt\" is not an authorizer type: TOKEN, REQUEST, COGNITO_USER_POOLS"},
	{"authorizer URI", head + "components: {securitySchemes: {a: {in: header, name: A, x-amazon-apigateway-authorizer: {type: token, authorizerUri: x}}}}\n", "d:3:103: $.components.securitySchemes.a.x-amazon-apigateway-authorizer.authorizerUri: Invalid Authorizer URI: x. Authorizer URI should be a valid API Gateway ARN that represents a Lambda function invocation."},
	// Integrations.
	{"type", integration("type: htp"), "d:8:9: " + at + ".type: \"htp\" is not an integration type: HTTP, HTTP_PROXY, AWS, AWS_PROXY, MOCK; did you mean HTTP?"},
	{"no verb", integration("type: http\nuri: http://a"), "d:7:7: " + at + ": Enumeration value for HttpMethod must be non-empty"},
	{"scheme", integration("type: http\nhttpMethod: GET\nuri: ftp://a"), "d:10:9: " + at + ".uri: Invalid HTTP endpoint specified for URI"},
	{"no ARN", integration("type: aws\nhttpMethod: POST\nuri: http://a"), "d:10:9: " + at + ".uri: Invalid ARN specified in the request"},
	{"Lambda ARN", integration("type: aws_proxy\nhttpMethod: POST\nuri: arn:aws:lambda:us-east-1:000000000000:function:f"), "d:10:9: " + at + ".uri: AWS ARN for integration must contain path or action"},
	{"AWS_PROXY to SQS", integration("type: aws_proxy\nhttpMethod: POST\nuri: arn:aws:apigateway:us-east-1:sqs:path/q"), "d:10:9: " + at + ".uri: Integrations of type 'AWS_PROXY' currently only supports Lambda function and Firehose stream invocations."},
	{"no role", integration("type: aws\nhttpMethod: POST\nuri: arn:aws:apigateway:us-east-1:sqs:path/q"), "d:10:9: " + at + ".uri: Role ARN must be specified for AWS integrations"},
	{"URI of CloudFormation", integration("type: http\nhttpMethod: GET\nuri: {Fn::Sub: x}"), "d:10:9: " + at + ".uri: Fn::Sub is resolved by CloudFormation, not by an import; write the value itself"},
	{"timeout", integration("type: mock\ntimeoutInMillis: 30000"), "d:9:9: " + at + ".timeoutInMillis: Timeout should be between 50 ms and 29000 ms"},
	{"stream", integration("type: mock\nresponseTransferMode: STREAM"), "d:9:9: " + at + ".responseTransferMode: responseTransferMode STREAM is for integrations of type HTTP_PROXY and AWS_PROXY, not MOCK"},
	{"VPC link", integration("type: http\nhttpMethod: GET\nuri: http://a\nconnectionType: VPC_LINK"), "d:7:7: " + at + ": connectionType VPC_LINK needs a connectionId"},
	{"mapping source", integration("type: mock\nrequestParameters: {integration.request.header.A: true}"), "d:9:29: " + at + ".requestParameters['integration.request.header.A']: Invalid mapping expression specified: Validation Result: warnings : [], errors : [Invalid mapping expression specified: true]"},
	{"mapping target", integration("type: mock\nrequestParameters: {integration.request.body.A: \"'x'\"}"), "d:9:29: " + at + ".requestParameters['integration.request.body.A']: Invalid mapping expression specified: Validation Result: warnings : [], errors : [Invalid mapping expression specified: integration.request.body.A]"},
	{"undeclared parameter", integration("type: mock\nrequestParameters: {integration.request.header.A: method.request.header.X}"), "d:9:29: " + at + ".requestParameters['integration.request.header.A']: Invalid mapping expression specified: Validation Result: warnings : [], errors : [Invalid mapping expression parameter specified: method.request.header.X]"},
	{"undeclared header", integration("type: mock\nresponses: {default: {statusCode: 200, responseParameters: {method.response.header.X: \"'x'\"}}}"), "d:9:69: " + at + ".responses.default.responseParameters['method.response.header.X']: Invalid mapping expression specified: Validation Result: warnings : [], errors : [Invalid mapping expression parameter specified: method.response.header.X]"},
	{"cache key", integration("type: mock\ncacheKeyParameters: [method.request.path.x]"), "d:9:30: " + at + ".cacheKeyParameters[0]: Invalid cache key parameter specified"},
	{"selection pattern", integration("type: mock\nresponses: {'a(': {statusCode: 200}}"), "d:9:21: " + at + ".responses['a(']: Invalid selection pattern specified: "},
	{"content type", integration("type: mock\nrequestTemplates: {123: x}"), "d:9:28: " + at + ".requestTemplates.123: Validation Result: warnings : [], errors : [Invalid content type specified: 123]"},
	{"template size", integration("type: mock\nrequestTemplates: {application/json: " + strings.Repeat("x", 300<<10+1) + "}"), "d:9:28: " + at + ".requestTemplates['application/json']: the mapping template has 307201 bytes; at most 307200 are possible"},
	// The rest of the API.
	{"gateway response", head + "x-amazon-apigateway-gateway-responses: {THROTTLE: {}}\n", "d:3:41: $.x-amazon-apigateway-gateway-responses.THROTTLE: \"THROTTLE\" is not a gateway response type: [REQUEST_TOO_LARGE, "},
	{"gateway response mapping", head + "x-amazon-apigateway-gateway-responses: {THROTTLED: {responseParameters: {gatewayresponse.header.A: '*'}}}\n", "d:3:74: $.x-amazon-apigateway-gateway-responses.THROTTLED.responseParameters['gatewayresponse.header.A']: Invalid mapping expression specified: Validation Result: warnings : [], errors : [Invalid mapping expression specified: *]"},
	{"compression", head + "x-amazon-apigateway-minimum-compression-size: 10485761\n", "d:3:1: $.x-amazon-apigateway-minimum-compression-size: Invalid minimum compression size, must be between 0 and 10485760"},
	{"policy", head + "x-amazon-apigateway-policy: '{'\n", "d:3:1: $.x-amazon-apigateway-policy: Invalid policy document. Please check the policy syntax and ensure that Principals are valid."},
	{"endpoint types", head + "x-amazon-apigateway-endpoint-configuration: {types: [EDGE, REGIONAL]}\n", "d:3:46: $.x-amazon-apigateway-endpoint-configuration.types: Cannot create an api with multiple Endpoint Types."},
	{"model name", head + "components: {schemas: {'_': {}}}\n", "d:3:24: $.components.schemas._: Model name must be alphanumeric: _"},
	{"schema", head + "components: {schemas: {A: {properties: {b: 1}}}}\n", "d:3:41: $.components.schemas.A.properties.b: a schema must be an object, not a number"},
	{"anchor in itself", "openapi: &a\n  b: *a\n", "d:2:3: $.openapi.b.b: the anchor &a contains itself"},
}

func TestProblemsSayWhatAndWhere(t *testing.T) {
	for _, c := range badDocuments {
		_, err := openapi.Parse("d", []byte(c.doc), openapi.Options{})
		if err == nil || !strings.HasPrefix(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s:\n got %v\nwant %s", c.name, err, c.want)
		}
		if err != nil && len(definition.ProblemsOf(err)) == 0 {
			t.Errorf("%s: the error holds no problems", c.name)
		}
	}
}

func TestEveryProblemIsFound(t *testing.T) {
	doc := head + "paths:\n  /a: {trace: {}}\n  /b: {get: {responses: {9: {}}}}\n  c: {}\nx-amazon-apigateway-nothing: {}\n"
	_, err := openapi.Parse("d", []byte(doc), openapi.Options{})
	if got := len(definition.ProblemsOf(err)); got != 4 {
		t.Errorf("%d problems, want 4:\n%v", got, err)
	}
}

func TestUnsupportedVersionIsMarked(t *testing.T) {
	_, err := openapi.Parse("d", []byte("openapi: 3.1.0"), openapi.Options{})
	if ps := definition.ProblemsOf(err); len(ps) != 1 || !ps[0].Unsupported {
		t.Errorf("problems: %+v", ps)
	}
}

func TestDocumentsAreBounded(t *testing.T) {
	laughs := "a: &a [x, x, x, x, x, x, x, x, x, x]\n"
	for c := 'b'; c < 'l'; c++ {
		laughs += strings.ReplaceAll(strings.ReplaceAll("N: &N [*P, *P, *P, *P, *P, *P, *P, *P, *P, *P]\n", "N", string(c)), "P", string(c-1))
	}
	var many strings.Builder
	many.WriteString(head + "paths:\n")
	for i := range 310 {
		many.WriteString("  /r" + strings.Repeat("x", i) + ": {}\n")
	}
	for _, c := range []struct {
		doc, want string
		o         openapi.Options
	}{
		{laughs, "more than 1000000 values", openapi.Options{}},
		{"{\"a\":" + strings.Repeat("[", 600) + strings.Repeat("]", 600) + "}", "nested more than 512 levels deep", openapi.Options{}},
		{head, "larger than 10 bytes", openapi.Options{MaxBytes: 10}},
		{many.String(), "Maximum number of resources for this API has been reached: 300, and the document makes 311", openapi.Options{}},
	} {
		if _, err := openapi.Parse("d.yaml", []byte(c.doc), c.o); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%.40q: %.300v, want %s", c.doc, err, c.want)
		}
	}
	laptop := limits.Laptop()
	if _, err := openapi.Parse("d.yaml", []byte(many.String()), openapi.Options{Limits: &laptop}); err != nil {
		t.Errorf("the laptop profile allows more resources: %v", err)
	}
}

func TestEveryFileIsReadThroughReadFile(t *testing.T) {
	files := map[string]string{"a.yaml": head + "paths: {/a: {$ref: sub/b.yaml}}", "sub/b.yaml": "get: {$ref: c.json}", "sub/c.json": "{}"}
	im, err := openapi.Load("a.yaml", openapi.Options{ReadFile: func(path string) ([]byte, error) {
		if text, ok := files[path]; ok {
			return []byte(text), nil
		}
		return nil, errors.New("not here")
	}})
	if err != nil || strings.Join(im.Files, " ") != "a.yaml sub/b.yaml sub/c.json" {
		t.Errorf("files %v, error %v", im.Files, err)
	}
	if im, err = openapi.Load("none.yaml", openapi.Options{ReadFile: func(string) ([]byte, error) { return nil, errors.New("not here") }}); err == nil || len(im.Files) != 1 ||
		err.Error() != "file none.yaml cannot be read: not here" {
		t.Errorf("files %v, error %v", im.Files, err)
	}
}

func TestCheckDeployable(t *testing.T) {
	for _, c := range []struct{ doc, want string }{
		{head + "paths: {/a: {}}", "d:1:1: $: The REST API doesn't contain any methods"},
		{head + "paths: {/a: {get: {}}}", "d:3:14: $.paths['/a'].get: No integration defined for method"},
		{integration("type: mock"), ""},
	} {
		im, err := openapi.Parse("d", []byte(c.doc), openapi.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if got := openapi.CheckDeployable(im.API).Error(); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}
