package openapi_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/gatehouse-gateway/gatehouse/internal/definition"
	"github.com/gatehouse-gateway/gatehouse/internal/openapi"
)

// lines writes a format that often, with the numbers from 0.
func lines(n int, format string) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, format, i)
	}
	return b.String()
}

// TestWorkIsBounded: documents of a few hundred kilobytes that would make gigabytes, or take hours.
func TestWorkIsBounded(t *testing.T) {
	const begin = `{"openapi":"3.0.1","info":{"title":"T"},`
	for _, c := range []struct{ name, doc, want string }{
		{"one operation referred to from everywhere", head + "x-op:\n  parameters:\n" + lines(10_000, "  - {name: a%d, in: query}\n") + "paths:\n" + lines(250, "  /p%d: {get: {$ref: '#/x-op'}, put: {$ref: '#/x-op'}}\n"), "the document makes more than 1000000 values, counting what it refers to each time"},
		{"a large template referred to from everywhere", head + "x-t: [" + strings.Repeat("1,", 200_000) + "1]\npaths:\n" + lines(250, "  /p%d: {get: {x-amazon-apigateway-integration: {type: mock, requestTemplates: {a/b: {$ref: '#/x-t'}}}}}\n"), "the document makes more than 1000000 values, counting what it refers to each time"},
		{"a path without end", begin + `"paths":{"` + strings.Repeat("/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 200) + `":{}}}`, "the path is longer than a request target can be: 10240 bytes"},
		{"too many resources", begin + `"paths":{"` + strings.Repeat("/a", 5_000) + `":{}}}`, "Maximum number of resources for this API has been reached: 300, and the document makes 600"},
		{"a huge number", head + "x-amazon-apigateway-minimum-compression-size: 1e999999999\n", "Invalid minimum compression size, must be between 0 and 10485760"},
	} {
		_, err := openapi.Parse("", []byte(c.doc), openapi.Options{})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %.300v", c.name, err)
		}
	}
}

func TestFindingsAreBounded(t *testing.T) {
	im, err := openapi.Parse("", []byte(head+"paths:\n  /a:\n    get:\n      security: ["+strings.Repeat("{x: []}, ", 3_000)+"]\n      parameters:\n"+lines(3_000, "      - {in: cookie, name: a%d}\n")), openapi.Options{})
	if n := len(definition.ProblemsOf(err)); n == 0 || n > 1_000 || len(im.Warnings) > 1_000 {
		t.Errorf("%d problems and %d warnings are kept", n, len(im.Warnings))
	}
	long := strings.Repeat("k", 100_000)
	_, err = openapi.Parse("", []byte(`{"openapi":"3.0.1","info":{"title":"T"},"components":{"schemas":{"`+long+`":{"properties":{"a":1}}}}}`), openapi.Options{})
	if err == nil || len(err.Error()) > 1_000 {
		t.Errorf("the problem with a long name: %.2000v", err)
	}
}

func TestManyModelsOfOneName(t *testing.T) {
	var doc strings.Builder
	doc.WriteString(`{"openapi":"3.0.1","info":{"title":"T"},"components":{"schemas":{"a":{}`)
	for i := range 20_000 {
		fmt.Fprintf(&doc, `,"a%s":{}`, strings.NewReplacer("0", "_", "1", "-").Replace(fmt.Sprintf("%016b", i)))
	}
	doc.WriteString("}}}")
	if api := imported(t, "", doc.String()); len(api.Models) != 20_001 || api.Models["a2"] == nil || api.Models["a20001"] == nil {
		t.Errorf("%d models", len(api.Models))
	}
}
