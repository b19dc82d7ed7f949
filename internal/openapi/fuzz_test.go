package openapi_test

import (
	"path/filepath"
	"testing"

	"github.com/gatehouse-gateway/gatehouse/internal/definition"
	"github.com/gatehouse-gateway/gatehouse/internal/openapi"
)

// FuzzParse: no document panics; a document that is accepted is accepted again with the same result, its definition
// can be merged with itself, its exports come back, and a refusal is always a list of problems.
func FuzzParse(f *testing.F) {
	for _, c := range badDocuments {
		if len(c.doc) < 10_000 {
			f.Add([]byte(c.doc))
		}
	}
	cases, err := filepath.Glob("testdata/*.txtar")
	if err != nil {
		f.Fatal(err)
	}
	for _, path := range cases {
		_, sections, err := readCase(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(sections[0].Data)
	}
	f.Fuzz(func(t *testing.T, doc []byte) {
		o := openapi.Options{BasePath: "split", MaxBytes: 1 << 20}
		if parts, _, err := openapi.ParseDocumentation(doc, o); err == nil {
			for _, p := range parts {
				if err := openapi.CheckLocation(p.Location); err != nil || len(p.ID) != 6 {
					t.Fatalf("the part %v: %v", p, err)
				}
			}
		}
		im, err := openapi.Parse("d", doc, o)
		if err != nil {
			if len(definition.ProblemsOf(err)) == 0 {
				t.Fatalf("not a list of problems: %v", err)
			}
			if im.Refusal(err) == "" {
				t.Fatalf("nothing to say of %v", err)
			}
			return
		}
		again, err := openapi.Parse("d", doc, o)
		if err != nil || string(render(im.API)) != string(render(again.API)) {
			t.Fatalf("the second import differs: %v", err)
		}
		if _, err := openapi.Merge(im.API, again.API); err != nil {
			t.Fatalf("an API does not merge with itself: %v", err)
		}
		for _, form := range exportForms {
			form.Extensions = "apigateway"
			form.Documentation = &definition.DocumentationVersion{Parts: im.API.Documentation}
			once, err := openapi.Export(im.API, form)
			if err != nil {
				t.Fatalf("the export as %s: %v", form.Type, err)
			}
			back, err := openapi.Parse("e", once, openapi.Options{APIID: im.API.ID})
			if err != nil {
				t.Fatalf("the export as %s is not imported: %v\n%s", form.Type, err, once)
			}
			form.Documentation = &definition.DocumentationVersion{Parts: back.API.Documentation}
			if twice, err := openapi.Export(back.API, form); err != nil || string(twice) != string(once) {
				t.Fatalf("the second export as %s differs: %v\n%s\nfirst\n%s", form.Type, err, twice, once)
			}
		}
	})
}
