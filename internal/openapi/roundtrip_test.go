package openapi_test

import (
	"encoding/json"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gatehouse-gateway/gatehouse/internal/definition"
	"github.com/gatehouse-gateway/gatehouse/internal/openapi"
)

// exportForms are the four forms of an export with everything in it.
var exportForms = []openapi.ExportOptions{
	{Type: "swagger", Accept: "application/json"}, {Type: "swagger", Accept: "application/yaml"},
	{Type: "oas30", Accept: "application/json"}, {Type: "oas30", Accept: "application/yaml"},
}

// TestExportsComeBack: for every case and every example, an export imported again is the same export and, as far as the
// form can say it, the same definition.
func TestExportsComeBack(t *testing.T) {
	cases, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(cases) == 0 {
		t.Fatal("no cases", err)
	}
	for _, path := range cases {
		comment, sections, err := readCase(path)
		if err != nil {
			t.Fatal(path, err)
		}
		if slices.ContainsFunc(sections, func(f section) bool { return f.Name == "problems" }) {
			continue // it is refused
		}
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
			t.Chdir(t.TempDir())
			for _, f := range sections {
				write(t, f)
			}
			comesBack(t, sections[0].Name, options(t, comment))
		})
	}
	examples, err := filepath.Glob("../../examples/*/openapi.yaml")

	if err != nil || len(examples) < 2 {
		t.Fatal("no examples", err)
	}
	for _, path := range examples {
		t.Run(path, func(t *testing.T) { comesBack(t, path, openapi.Options{}) })
	}
}

func comesBack(t *testing.T, path string, o openapi.Options) {
	im, err := openapi.Load(path, o)
	if err != nil {
		t.Fatal(err)
	}
	for _, form := range exportForms {
		checkRoundTrip(t, im.API, form, o)
	}
}

func checkRoundTrip(t *testing.T, api *definition.RestAPI, form openapi.ExportOptions, o openapi.Options) {
	t.Helper()
	name := form.Type + " " + form.Accept
	doc := exportAll(t, api, form)
	back, err := openapi.Parse("export", doc, openapi.Options{APIID: api.ID, Seed: "back", IgnoreDocumentation: o.IgnoreDocumentation})
	if err != nil {
		t.Errorf("%s: the export is not imported: %v\n%s", name, err, doc)
		return
	}
	if again := exportAll(t, back.API, form); string(again) != string(doc) {
		t.Errorf("%s: exported again:\n%s\nfirst:\n%s", name, again, doc)
	}
	if got, want := said(t, back.API, form), said(t, api, form); got != want {
		t.Errorf("%s: came back as\n%s\nwas\n%s\nby\n%s", name, got, want, doc)
	}
}

// exportAll exports with all extensions, as a stage does that names a version of the documentation.
func exportAll(t *testing.T, api *definition.RestAPI, form openapi.ExportOptions) []byte {
	t.Helper()
	form.Extensions, form.StageName, form.Host = "apigateway", "prod", "a1b2c3d4e5.execute-api.us-east-1.amazonaws.com"
	if len(api.Documentation) > 0 {
		form.Documentation = &definition.DocumentationVersion{Version: api.DocumentationVersion, Parts: api.Documentation}
	}
	doc, err := openapi.Export(api, form)
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// said writes what an export of that form says of an API: names in the place of ids, defaults left out, no origins.
func said(t *testing.T, api *definition.RestAPI, form openapi.ExportOptions) string {
	t.Helper()
	text, err := json.Marshal(api)
	if err != nil {
		t.Fatal(err)
	}
	a := &definition.RestAPI{}
	if err := json.Unmarshal(text, a); err != nil {
		t.Fatal(err)
	}
	resources := map[string]*definition.Resource{}
	for _, r := range a.Resources {
		for _, m := range r.Methods {
			nameIDs(a, r, m)
			if form.Type == "swagger" {
				oneModel(m)
			}
		}
	}
	for _, r := range a.Resources {
		if p := a.Resources[r.ParentID]; p != nil {
			r.ParentID = p.Path
		}
		resources[r.Path] = r
	}
	a.Resources = resources
	a.Authorizers = byNames(a.Authorizers, func(x *definition.Authorizer) string { return x.Name })
	a.RequestValidators = byNames(a.RequestValidators, func(x *definition.RequestValidator) string { return x.Name })
	slices.SortFunc(a.Documentation, func(x, y definition.DocumentationPart) int { return strings.Compare(place(x), place(y)) })
	defaults(a)
	return string(render(a))
}

func place(p definition.DocumentationPart) string {
	text, _ := json.Marshal(p.Location)
	return string(text)
}

func byNames[T any](all map[string]*T, name func(*T) string) map[string]*T {
	named := map[string]*T{}
	for _, x := range all {
		named[name(x)] = x
	}
	return named
}

func nameIDs(a *definition.RestAPI, r *definition.Resource, m *definition.Method) {
	if x := a.Authorizers[m.AuthorizerID]; x != nil {
		m.AuthorizerID = x.Name
	}
	if v := a.RequestValidators[m.RequestValidatorID]; v != nil {
		m.RequestValidatorID = v.Name
	}
	if i := m.Integration; i != nil {
		if i.CacheNamespace == r.ID {
			i.CacheNamespace = "the resource"
		}
		i.Origin, i.TemplateOrigins = definition.Origin{}, nil
		for _, ir := range i.Responses {
			ir.Origin, ir.TemplateOrigins = definition.Origin{}, nil
		}
	}
	for _, mr := range m.Responses {
		mr.Origin = definition.Origin{}
	}
	m.Origin = definition.Origin{}
}

// oneModel is all that 2.0 says of bodies: one schema for all media types of the request, one for each response.
func oneModel(m *definition.Method) {
	types := map[string]bool{}
	for _, r := range m.Responses {
		for mime := range r.ResponseModels {
			types[mime] = true
		}
	}
	for _, r := range m.Responses {
		spread(r.ResponseModels, types)
	}
	spread(m.RequestModels, nil)
}

func spread(models map[string]string, types map[string]bool) {
	if len(models) == 0 {
		return
	}
	first := slices.Min(slices.Collect(maps.Keys(models)))
	if models["application/json"] != "" {
		first = "application/json"
	}
	one := models[first]
	for mime := range models {
		models[mime] = one
	}
	for mime := range types {
		models[mime] = one
	}
}

// defaults takes out ids, origins, and what means the same as nothing.
func defaults(a *definition.RestAPI) {
	a.Origin, a.PolicyOrigin, a.EndpointConfiguration.Origin, a.Warnings = definition.Origin{}, definition.Origin{}, definition.Origin{}, nil
	if a.Version == "0001-01-01T00:00:00Z" { // the creation date stands in for it
		a.Version = ""
	}
	if a.APIKeySource == "HEADER" {
		a.APIKeySource = ""
	}
	c := &a.EndpointConfiguration
	if slices.Equal(c.Types, []string{"EDGE"}) {
		c.Types = nil
	}
	if c.IPAddressType == "ipv4" {
		c.IPAddressType = ""
	}
	for _, r := range a.Resources {
		r.ID, r.Origin = "", definition.Origin{}
	}
	for _, m := range a.Models {
		m.ID, m.Origin = "", definition.Origin{}
	}
	for _, x := range a.Authorizers {
		x.ID, x.Origin = "", definition.Origin{}
	}
	for _, v := range a.RequestValidators {
		v.ID, v.Origin = "", definition.Origin{}
	}
	for _, g := range a.GatewayResponses {
		g.Origin, g.TemplateOrigins = definition.Origin{}, nil
	}
	for i := range a.Documentation {
		a.Documentation[i].ID = ""
	}
}
