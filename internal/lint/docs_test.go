package lint_test

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/gatehouse-gateway/gatehouse/internal/lint"
)

var fence = regexp.MustCompile("(?s)```(vtl|yaml) (bad|good)( response)?\n(.*?)\n```")

// exampleDocument puts an example of docs/lint.md into a document: members of an operation, or of the document itself.
func exampleDocument(text string) string {
	const head = "openapi: 3.0.1\ninfo: {title: t, version: \"1\"}\n" +
		"x-amazon-apigateway-request-validators: {all: {validateRequestBody: true, validateRequestParameters: true}}\n"
	if strings.HasPrefix(text, "x-amazon-apigateway-gateway-responses") {
		return head + "paths: {/p: {get: {responses: {}, x-amazon-apigateway-integration: {type: http_proxy, httpMethod: GET, uri: 'http://x'}}}}\n" + text + "\n"
	}
	path := "/p"
	if strings.Contains(text, "in: path") {
		path = "/p/{id}"
	}
	return head + "paths:\n  " + path + ":\n    post:\n      " + strings.ReplaceAll(text, "\n", "\n      ") + "\n"
}

// TestDocumentedExamplesAreTrue: every rule has a section, its bad example has the finding, its good one has no warning.
func TestDocumentedExamplesAreTrue(t *testing.T) {
	page, err := os.ReadFile("../../docs/lint.md")
	if err != nil {
		t.Fatal(err)
	}
	// Rules whose examples would need several files or a configuration.
	bare := map[string]bool{"unknown-stage-variable": true, "import": true, "ref-case": true, "unused-validator": true}
	for _, rule := range lint.Rules() {
		_, section, ok := strings.Cut(string(page), "\n### "+rule.ID+"\n")
		if !ok {
			t.Errorf("docs/lint.md has no section %s", rule.ID)
			continue
		}
		section, _, _ = strings.Cut(section, "\n### ")
		examples := fence.FindAllStringSubmatch(section, -1)
		if len(examples) < 2 && !bare[rule.ID] {
			t.Errorf("%s has %d examples", rule.ID, len(examples))
		}
		for _, e := range examples {
			var all []lint.Finding
			if e[1] == "yaml" {
				all = lintText(t, exampleDocument(e[4]), lint.Options{})
			} else {
				all = lint.Template("t.vtl", []byte(e[4]), e[3] != "", lint.Options{})
			}
			checkExample(t, rule.ID, e[2] == "bad", all)
		}
	}
}

func checkExample(t *testing.T, rule string, bad bool, all []lint.Finding) {
	t.Helper()
	has, clean := false, true
	for _, f := range all {
		has = has || f.Rule == rule
		clean = clean && f.Severity == lint.Info && f.Rule != rule
	}
	if bad && !has || !bad && !clean {
		t.Errorf("%s: bad %t\n%s", rule, bad, messages(all))
	}
}
