package lint_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gatehouse-gateway/gatehouse/internal/config"
	"github.com/gatehouse-gateway/gatehouse/internal/lint"
)

// document puts a POST method on /p/{id} around an integration; the method declares id, limit and X-Y, and answers 200 and 404.
func document(integration string, method ...string) string {
	indent := func(s string) string { return strings.ReplaceAll(strings.TrimSpace(s), "\n", "\n        ") }
	return `openapi: 3.0.1
info: {title: t, version: "1"}
x-amazon-apigateway-request-validators:
  all: {validateRequestBody: true, validateRequestParameters: true}
  body: {validateRequestBody: true, validateRequestParameters: false}
  parameters: {validateRequestBody: false, validateRequestParameters: true}
  none: {validateRequestBody: false, validateRequestParameters: false}
x-amazon-apigateway-request-validator: all
paths:
  /p/{id}:
    post:
      parameters:
        - {name: id, in: path, required: true, schema: {type: string}}
        - {name: limit, in: query, schema: {type: string}}
        - {name: X-Y, in: header, schema: {type: string}}
      responses: {"200": {description: x}, "404": {description: x}}
      ` + strings.Join(method, "\n      ") + `
      x-amazon-apigateway-integration:
        ` + indent(integration) + "\n"
}

const http = "type: http\nhttpMethod: POST\nuri: http://example.com\n"

// TestDocuments has what every rule for documents finds, and what it leaves alone.
func TestDocuments(t *testing.T) {
	bothAnswers := "\nresponses: {default: {statusCode: 200}, \"404\": {statusCode: 404}}"
	for _, c := range []struct{ name, document, want, says string }{
		{"all is well", document(http + bothAnswers), "", ""},
		{"no integration", "openapi: 3.0.1\ninfo: {title: t, version: \"1\"}\npaths: {/p: {get: {responses: {}}}}", "import", "No integration"},
		{"unreadable", "openapi: 3.0.1\ninfo: [", "import", "Invalid OpenAPI input"},
		{"no such file", "openapi: 3.0.1\ninfo: {title: t, version: \"1\"}\npaths: {/p: {$ref: p.yaml}}", "import", "does not exist"},
		{"letter case", "openapi: 3.0.1\ninfo: {title: t, version: \"1\"}\npaths: {/p: {$ref: API.yaml}}", "ref-case", "api.yaml"},
		{"a warning of the import", document(http+bothAnswers, "deprecatd: true", "callbacks: {}", "x-other: 1") + "        hello: 1\n", "import-warning", "hello"},

		{"source not declared", document(http + "requestParameters: {integration.request.header.A: method.request.header.Nope}" + bothAnswers), "undeclared-parameter", "Nope"},
		{"context that does not exist", document(http + "requestParameters: {integration.request.header.A: context.requsetId}" + bothAnswers), "unknown-member", "context.requestId"},
		{"context that does", document(http + "requestParameters: {integration.request.header.A: context.identity.sourceIp, integration.request.header.B: context.authorizer.x}" + bothAnswers), "", ""},
		{"response source", document(http + "responses: {default: {statusCode: 200, responseParameters: {}}, \"404\": {statusCode: 404}}"), "", ""},

		{"placeholder without mapping", document("type: http\nhttpMethod: POST\nuri: http://x/{id}" + bothAnswers), "unmapped-placeholder", "integration.request.path.id"},
		{"mapping without placeholder", document(http + "requestParameters: {integration.request.path.id: method.request.path.id}" + bothAnswers), "unused-path-mapping", "{id}"},
		{"placeholder with mapping", document("type: http_proxy\nhttpMethod: POST\nuri: http://x/{n}\nrequestParameters: {integration.request.path.n: method.request.path.id}"), "", ""},
		{"placeholder set by a template", document("type: http\nhttpMethod: POST\nuri: http://x/{n}\npassthroughBehavior: never\nrequestTemplates: {application/json: '#set($context.requestOverride.path.n = 1){}'}" + bothAnswers), "", ""},
		{"stage variable is no placeholder", document("type: http\nhttpMethod: POST\nuri: http://${stageVariables.x}/" + bothAnswers), "", ""},
		{"no stage variable", document("type: http\nhttpMethod: POST\nuri: http://x/${stage}/$stageVariables.a" + bothAnswers), "prints-itself, prints-itself", "${stage}"},

		{"body passes templates by", document(http + "requestTemplates: {application/json: '{}'}" + bothAnswers), "body-passthrough", "application/json"},
		{"a default template takes all", document(http + "requestTemplates: {application/json: '{}', $default: '{}'}" + bothAnswers), "", ""},
		{"nothing else is taken", document(http + "passthroughBehavior: when_no_templates\nrequestTemplates: {application/json: '{}'}" + bothAnswers), "", ""},
		{"never without template", document(http + "passthroughBehavior: never" + bothAnswers), "never-without-template", "415"},
		{"mock", document("type: mock\nrequestTemplates: {application/json: '{\"statusCode\": 200}'}\nresponses: {default: {statusCode: 200}}"), "unused-method-response, body-passthrough", ""},

		{"mock without status", document("type: mock\npassthroughBehavior: never\nrequestTemplates: {application/json: '{\"status\": 200}'}" + bothAnswers), "mock-status", ""},
		{"mock with quoted status", document("type: mock\npassthroughBehavior: never\nrequestTemplates: {application/json: '{\"statusCode\": \"200\"}'}" + bothAnswers), "mock-status", ""},
		{"mock that is read leniently", document("type: mock\npassthroughBehavior: never\nrequestTemplates: {application/json: '{statusCode: 200,}'}\nresponses: {default: {statusCode: 200}}"), "unused-method-response", "404"},
		{"mock pattern that never matches", document("type: mock\npassthroughBehavior: never\nrequestTemplates: {application/json: '{\"statusCode\": 200}'}" + bothAnswers), "pattern-never", "its templates give 200"},
		{"mock with two statuses", document("type: mock\npassthroughBehavior: never\nrequestTemplates: {application/json: '{\"statusCode\": #if($input.body)200#{else}404#end}'}" + bothAnswers), "", ""},

		{"pattern that never matches", document(http + `responses: {default: {statusCode: 200}, "6..": {statusCode: 404}}`), "pattern-never", "6.."},
		{"pattern that always matches", document(http + `responses: {default: {statusCode: 404}, ".*": {statusCode: 200}}`), "unreachable-response, pattern-always", "never used"},
		{"pattern that takes from another", document(http+`responses: {"[24]..": {statusCode: 200}, "2\\d{2}": {statusCode: 404}, default: {statusCode: 500}}`, ``), "unreachable-response, undeclared-response", "500"},
		{"own status wins", document(http + `responses: {"4..": {statusCode: 200}, "40[04]": {statusCode: 404}}`), "no-default-response", "answer 500"},
		{"two defaults", document(http + `responses: {default: {statusCode: 200}, "": {statusCode: 404}}`), "several-defaults", "200"},
		{"response not declared", document(http + `responses: {default: {statusCode: 200}, "404": {statusCode: 404}, "5..": {statusCode: 502}}`), "undeclared-response", "502"},
		{"nothing answers 404", document(http + `responses: {default: {statusCode: 200}}`), "unused-method-response", "404"},
		{"a template answers 404", document(http + `responses: {default: {statusCode: 200, responseTemplates: {application/json: '#set($context.responseOverride.status = 404){}'}}}`), "", ""},
		{"lambda with statuses", document("type: aws\nhttpMethod: POST\nuri: arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/f/invocations" + bothAnswers), "pattern-never", "function's error"},
		{"lambda with .*", document("type: aws\nhttpMethod: POST\nuri: arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/f/invocations\nresponses: {default: {statusCode: 200}, \"(.|\\n)*\": {statusCode: 404}}"), "pattern-always", ".+"},
		{"lambda as it should be", document("type: aws\nhttpMethod: POST\nuri: arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/f/invocations\nresponses: {default: {statusCode: 200}, \".*not found.*\": {statusCode: 404}}"), "", ""},

		{"validator of the operation", document(http+bothAnswers, "x-amazon-apigateway-request-validator: parameters"), "empty-validator", "requires no query parameter or header"},
		{"validator without model", document(http+bothAnswers, "x-amazon-apigateway-request-validator: body"), "empty-validator", "no model"},
		{"validator that does nothing", document(http+bothAnswers, "x-amazon-apigateway-request-validator: none"), "empty-validator", "neither"},
		{"validator with a model", document(http+bothAnswers, "x-amazon-apigateway-request-validator: body", "requestBody: {content: {application/json: {schema: {type: object}}}}"), "", ""},

		{"parameter in another letter case", document(http + "passthroughBehavior: never\nrequestTemplates: {application/json: \"$input.params('x-y')\"}" + bothAnswers), "bare-value, unknown-member", "X-Y?"},
		{"string of the model", document(http+"passthroughBehavior: never\nrequestTemplates: {application/json: \"{'a': $input.path('$.s')}\"}"+bothAnswers, model), "bare-value", "model"},
		{"object of the model", document(http+"passthroughBehavior: never\nrequestTemplates: {application/json: \"{'a': $input.path('$.o')}\"}"+bothAnswers, model), "bare-value", "{name=value}"},
		{"validated number", document(http+"passthroughBehavior: never\nrequestTemplates: {application/json: '{\"a\": $input.path(\"$.n\"), \"b\": \"$input.path(\"$.n\")\"}'}"+bothAnswers, model), "", ""},
		{"other media type", document(http + "passthroughBehavior: never\nrequestTemplates: {text/xml: '<a b=\"$input.body\">'}" + bothAnswers), "", ""},
		{"mapped content type", document(http + "passthroughBehavior: never\nrequestParameters: {integration.request.header.Content-Type: \"'text/csv'\"}\nrequestTemplates: {application/json: '{\"$input.body\"}'}" + bothAnswers), "", ""},

		{"gateway response", gateway(`{"message": $context.error.messageString, "stage": "$context.stage", "b": "${stageVariables.x}"}`), "", ""},
		{"gateway response with code", gateway(`#if($context.error.message)x#end`), "gateway-template, gateway-template", "printed as it stands"},
		{"gateway response with $input", gateway(`$input.body $util.urlEncode('x')`), "gateway-template, gateway-template", "$input.body"},
		{"gateway response that is no JSON", gateway(`{"message": $context.error.messageString,}`), "invalid-json", ""},
		{"quoted messageString", gateway(`{"message": "$context.error.messageString"}`), "quoted-json", ""},
		{"unknown error member", gateway(`{"message": "$context.error.mesage"}`), "unknown-member", "message?"},
	} {
		t.Run(c.name, func(t *testing.T) {
			all := lintText(t, c.document, lint.Options{})
			var got []string
			for _, f := range all {
				if f.Rule != "unused-validator" {
					got = append(got, f.Rule)
				}
			}
			if strings.Join(got, ", ") != c.want || !strings.Contains(messages(all), c.says) {
				t.Errorf("got  %s\nwant %s (%s)\n%s\n%s", got, c.want, c.says, messages(all), c.document)
			}
		})
	}
}

const model = "requestBody: {content: {application/json: {schema: {type: object, properties: {s: {type: string}, n: {type: integer}, o: {type: object}}}}}}"

func gateway(template string) string {
	return document(http+"responses: {default: {statusCode: 200}, \"404\": {statusCode: 404}}") +
		"x-amazon-apigateway-gateway-responses:\n  DEFAULT_4XX:\n    responseTemplates:\n      application/json: |-\n        " + template + "\n"
}

func lintText(t *testing.T, text string, o lint.Options) []lint.Finding {
	t.Helper()
	file := filepath.Join(t.TempDir(), "api.yaml")
	if strings.HasPrefix(text, "{") {
		file = strings.TrimSuffix(file, "yaml") + "json"
	}
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return lint.Document(file, o)
}

// TestTemplatesInDocumentsHaveTheirOwnLines: a finding stands where the author sees it.
func TestTemplatesInDocumentsHaveTheirOwnLines(t *testing.T) {
	text := document(http + `passthroughBehavior: never
requestTemplates:
  application/json: |-
    {
      "a": "$inptu"
    }
  text/json: '{"a": "$inptu"}'
  a/b+json: "\n$inptu"
responses: {default: {statusCode: 200}, "404": {statusCode: 404}}`)
	var places [][2]int
	for _, f := range lintText(t, text, lint.Options{}) {
		if f.Rule == "unknown-variable" {
			places = append(places, [2]int{f.Line, f.Column})
		}
	}
	lines := strings.Split(text, "\n")
	if len(places) != 3 {
		t.Fatal(places)
	}
	for i, p := range places {
		rest := lines[p[0]-1][p[1]-1:]
		if want := []string{"$inptu\"", "$inptu\"}'", "\"\\n$inptu\""}[i]; rest != want {
			t.Errorf("%v: %s, want %s", p, rest, want)
		}
	}
}

func TestSilencing(t *testing.T) {
	const answers = "\nresponses: {default: {statusCode: 200}, \"404\": {statusCode: 404}}"
	passthrough := "type: http\nhttpMethod: POST\nuri: http://example.com\n%requestTemplates: {application/json: '{}'}" + answers
	for _, c := range []struct{ name, integration, want string }{
		{"on the line", strings.Replace(passthrough, "%", "passthroughBehavior: when_no_match # gatehouse:ignore body-passthrough\n", 1), ""},
		{"above", strings.Replace(passthrough, "%", "# gatehouse:ignore body-passthrough -- the back end takes all\n# so it is\npassthroughBehavior: when_no_match\n", 1), ""},
		{"elsewhere", strings.Replace(passthrough, "%", "passthroughBehavior: when_no_match\n# gatehouse:ignore body-passthrough\n", 1), "body-passthrough"},
		{"beside", strings.Replace(passthrough, "%", "x-gatehouse-ignore: [body-passthrough]\n", 1), ""},
		{"another one beside", strings.Replace(passthrough, "%", "x-gatehouse-ignore: [quoted-json]\n", 1), "body-passthrough"},
		{"one that does not exist", strings.Replace(passthrough, "%", "x-gatehouse-ignore: body-passthru\n", 1), "body-passthrough, unknown-rule"},
		{"in a template", http + "passthroughBehavior: never\nrequestTemplates:\n  application/json: |-\n    ## gatehouse:ignore unknown-variable\n    $inptu" + answers, ""},
		{"above a template", http + "passthroughBehavior: never\nrequestTemplates:\n  # gatehouse:ignore unknown-variable\n  application/json: |-\n    {}\n    $inptu" + answers, ""},
		{"in a template that is a string", http + "passthroughBehavior: never\nrequestTemplates: {application/json: \"## gatehouse:ignore unknown-variable\\n$inptu\"}" + answers, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got []string
			for _, f := range lintText(t, document(c.integration), lint.Options{}) {
				if f.Rule != "unused-validator" {
					got = append(got, f.Rule)
				}
			}
			if strings.Join(got, ", ") != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

// TestJSONDocuments: places, templates in one string, and x-gatehouse-ignore beside the thing.
func TestJSONDocuments(t *testing.T) {
	text := `{"openapi": "3.0.1", "info": {"title": "t", "version": "1"}, "paths": {"/a": {"get": {
 "responses": {"200": {"description": "x"}},
 "x-amazon-apigateway-integration": {"type": "mock",
  "requestTemplates": {"application/json": "{\"statusCode\": 200}"},
  "responses": {"default": {"statusCode": "200", "x-gatehouse-ignore": ["quoted-json"],
    "responseTemplates": {"application/json": "{\n\"a\": \"$input.json('$')\", \"b\": \"$input.params('x')\" ## gatehouse:ignore nothing\n}"}}}}}}}}`
	all := lintText(t, text, lint.Options{})
	if got := found(all); got != "6 unescaped-value, 6 unknown-rule" {
		t.Error(messages(all))
	}
}

// TestExamplesAreClean: no error and no warning on what we show to others.
func TestExamplesAreClean(t *testing.T) {
	targets, err := lint.Find("../../examples")
	if err != nil || len(targets.Documents) < 2 || len(targets.Templates) < 3 {
		t.Fatal(targets, err)
	}
	var all []lint.Finding
	for _, file := range targets.Documents {
		var o lint.Options
		c, err := config.Load(filepath.Join(filepath.Dir(file), config.FileName))
		switch {
		case err == nil:
			o = lint.Options{BasePath: c.BasePath, Variables: c.Variables}
		case !errors.Is(err, fs.ErrNotExist):
			t.Fatal(err)
		}
		all = append(all, lint.Document(file, o)...)
	}
	for _, file := range targets.Templates {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, lint.Template(file, text, lint.IsResponse(file), lint.Options{})...)
	}
	for _, f := range all {
		if f.Severity != lint.Info {
			t.Error(f)
		}
	}
}

func TestFindSkipsWhatIsNoDocument(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"a.yaml": "openapi: 3.0.1", "b.json": `{"swagger": "2.0"}`, "c.yml": "other: 1", "d.yaml": "openapi: 3.0.1\nx: [", "e.vtl": "", "f.VTL": "",
		"node_modules/g.yaml": "openapi: 3.0.1", ".git/h.vtl": "", "i.txt": "openapi: 3.0.1", "deep/er/j.yaml": "swagger: '2.0'",
	} {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	targets, err := lint.Find(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, file := range append(targets.Documents, targets.Templates...) {
		name, _ := filepath.Rel(dir, file)
		names = append(names, filepath.ToSlash(name))
	}
	if got := strings.Join(names, " "); got != "a.yaml b.json d.yaml deep/er/j.yaml e.vtl f.VTL" {
		t.Error(got)
	}
}

// TestLetterCaseCountsWhereTheFileSystemDoesNotCare: the file is found, but only by a system that takes any letter case.
func TestLetterCaseCountsWhereTheFileSystemDoesNotCare(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"api.yaml":        "openapi: 3.0.1\ninfo: {title: t, version: \"1\"}\npaths: {/p: {$ref: Paths/pets.yaml}}\n",
		"paths/Pets.yaml": "get:\n  responses: {}\n  x-amazon-apigateway-integration: {type: http_proxy, httpMethod: GET, uri: 'http://x'}\n",
	} {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	anyCase := func(path string) ([]byte, error) {
		return os.ReadFile(strings.ReplaceAll(path, filepath.Join("Paths", "pets.yaml"), filepath.Join("paths", "Pets.yaml")))
	}
	all := lint.Document(filepath.Join(dir, "api.yaml"), lint.Options{ReadFile: anyCase})
	if len(all) == 0 || all[0].Rule != "ref-case" || !strings.Contains(messages(all), "the name is paths") {
		t.Error(messages(all))
	}
}

// FuzzDocument: no document makes the linter panic.
func FuzzDocument(f *testing.F) {
	f.Add(document(http + "requestTemplates: {application/json: '{\"a\": \"$input.body\"}'}\nresponses: {default: {statusCode: 200}}"))
	f.Add(gateway(`{"a": $context.error.messageString}`))
	f.Add(`{"openapi": "3.0.1", "info": {"title": "t", "version": "1"}, "x-gatehouse-ignore": ["a"], "paths": {}}`)
	f.Fuzz(func(_ *testing.T, text string) {
		read := func(string) ([]byte, error) { return []byte(text), nil }
		lint.Document("api.yaml", lint.Options{ReadFile: read})
		lint.Document("api.json", lint.Options{ReadFile: read})
	})
}
