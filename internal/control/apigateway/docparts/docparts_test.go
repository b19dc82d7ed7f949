package docparts_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/gatehouse-gateway/gatehouse/awsproto"
	"github.com/gatehouse-gateway/gatehouse/internal/control/apigateway/apitest"
	"github.com/gatehouse-gateway/gatehouse/internal/control/apigateway/docparts"
	"github.com/gatehouse-gateway/gatehouse/internal/control/apigateway/state"
	"github.com/gatehouse-gateway/gatehouse/internal/definition"
)

func bind(s *state.State, to *awsproto.Service) { docparts.New(s).Bind(to) }

func TestMain(m *testing.M) { apitest.Main(m, bind) }

const (
	badRequest = "BadRequestException"
	notFound   = "NotFoundException"
	conflict   = "ConflictException"
	noAPI      = "Invalid API identifier specified 111111111111:api_id"
	noPart     = "Invalid Documentation part identifier specified"
	noVersion  = "Invalid Documentation version specified"
)

func patch(op, path, value string) string {
	return fmt.Sprintf(`{"patchOperations":[{"op":%q,"path":%q,"value":%q}]}`, op, path, value)
}

// TestPartsAndVersionsAsRecorded is test_documentation_parts_and_versions.
func TestPartsAndVersionsAsRecorded(t *testing.T) {
	s := apitest.New(t, bind)
	s.API(t, "abcdefghij", "dev")
	const parts, versions = "/restapis/abcdefghij/documentation/parts", "/restapis/abcdefghij/documentation/versions"
	shown := `{"id":"*","location":{"type":"API"},"properties":"{\"foo\": \"bar\"}"}`
	id := s.Check(t, apitest.Want{Line: "POST " + parts, Send: `{"location":{"type":"API"},"properties":"{\"foo\": \"bar\"}"}`, Status: 201, Body: shown}).String("id")
	if len(id) != 6 {
		t.Errorf("got id %q", id)
	}
	s.Check(t, apitest.Want{Line: "GET " + parts, Status: 200, Body: `{"item":[` + shown + `]}`})
	s.Check(t, apitest.Want{Line: "GET " + parts + "/" + id, Status: 200, Body: shown})
	s.Check(t, apitest.Want{Line: "POST " + versions, Send: `{"documentationVersion":"v123"}`, Status: 201, Body: `{"createdDate":-1,"version":"v123"}`})
	updated := `{"createdDate":-1,"description":"doc version new","version":"v123"}`
	s.Check(t, apitest.Want{Line: "PATCH " + versions + "/v123", Send: patch("replace", "/description", "doc version new"), Status: 200, Body: updated})
	s.Check(t, apitest.Want{Line: "GET " + versions + "/v123", Status: 200, Body: updated})
	s.Check(t, apitest.Want{Line: "GET " + versions, Status: 200, Body: `{"item":[` + updated + `]}`})
	// A version is a copy: what becomes of the draft is not its matter.
	s.Check(t, apitest.Want{Line: "DELETE " + parts + "/" + id, Status: 202})
	s.Check(t, apitest.Want{Line: "GET " + parts, Status: 200, Body: `{"item":[]}`})
	doc, err := s.State.APIs.Get(t.Context(), apitest.Scope.Key("abcdefghij"))
	if err != nil || len(doc.DocumentationVersions["v123"].Parts) != 1 {
		t.Errorf("the version has not its part: %v", err)
	}
}

func TestPartRefusalsAsRecorded(t *testing.T) {
	s := apitest.New(t, bind)
	s.API(t, "abcdefghij")
	const there, absent = "/restapis/abcdefghij/documentation/parts", "/restapis/api_id/documentation/parts"
	id := s.Call(t, "POST "+there, `{"location":{"type":"API"},"properties":"{\"a\":1}"}`).String("id")
	send := `{"location":{"type":"API"},"properties":"{\"a\":1}"}`
	for _, w := range []apitest.Want{
		{Line: "POST " + there, Send: `{"location":{"type":"INVALID"},"properties":"{}"}`, Status: 400, Type: "ValidationException", Message: "1 validation error detected: Value 'INVALID' at 'createDocumentationPartInput.location.type' failed to satisfy constraint: Member must satisfy enum value set: [RESPONSE_BODY, RESPONSE, METHOD, MODEL, AUTHORIZER, RESPONSE_HEADER, RESOURCE, PATH_PARAMETER, REQUEST_BODY, QUERY_PARAMETER, API, REQUEST_HEADER]"},
		{Line: "POST " + absent, Send: send, Status: 404, Type: notFound, Message: noAPI},
		{Line: "GET " + absent, Status: 404, Type: notFound, Message: noAPI},
		{Line: "GET " + absent + "/" + id, Status: 404, Type: notFound, Message: noPart},
		{Line: "GET " + there + "/nope", Status: 404, Type: notFound, Message: noPart},
		{Line: "PATCH " + absent + "/" + id, Send: patch("replace", "/properties", "{}"), Status: 404, Type: notFound, Message: noPart},
		{Line: "PATCH " + there + "/" + id, Send: patch("add", "/properties", "{}"), Status: 400, Type: badRequest, Message: "Invalid patch path  '/properties' specified for op 'add'. Please choose supported operations"},
		{Line: "PATCH " + there + "/" + id, Send: patch("replace", "/invalidPath", "{}"), Status: 400, Type: badRequest, Message: "Invalid patch path  '/invalidPath' specified for op 'replace'. Must be one of: [/properties]"},
		{Line: "PATCH " + there + "/" + id, Send: patch("replace", "/properties", ""), Status: 400, Type: badRequest, Message: "Documentation part properties must be non-empty"},
		{Line: "DELETE " + absent + "/" + id, Status: 404, Type: notFound, Message: noAPI},
		{Line: "DELETE " + there + "/nope", Status: 404, Type: notFound, Message: noPart},
		{Line: "POST " + there, Send: `{"location":{"type":"API"},"properties":""}`, Status: 400, Type: badRequest, Message: "Documentation part properties must be non-empty"},
		{Line: "POST " + there, Send: `{"location":{"type":"API"},"properties":"[]"}`, Status: 400, Type: badRequest, Message: "Documentation part properties must be a JSON object"},
		{Line: "POST " + there, Send: `{"location":{"type":"API","path":"/"},"properties":"{}"}`, Status: 400, Type: badRequest, Message: "Invalid documentation part location: a part of type 'API' has no 'path'"},
		{Line: "POST " + there, Send: send, Status: 409, Type: conflict, Message: "Documentation part already exists for the specified location: type 'API'."},
	} {
		s.Check(t, w)
	}
	s.Check(t, apitest.Want{Line: "PATCH " + there + "/" + id, Send: patch("replace", "/properties", `{"b":2}`), Status: 200, Body: `{"id":"` + id + `","location":{"type":"API"},"properties":"{\"b\":2}"}`})
}

func TestOnePartPerPlace(t *testing.T) {
	s := apitest.New(t, bind)
	s.API(t, "abcdefghij")
	const at = "POST /restapis/abcdefghij/documentation/parts"
	part := func(location string) string { return `{"location":` + location + `,"properties":"{\"a\":1}"}` }
	s.Check(t, apitest.Want{Line: at, Send: part(`{"type":"METHOD"}`), Status: 201, Body: `{"id":"*","location":{"type":"METHOD"},"properties":"{\"a\":1}"}`})
	s.Check(t, apitest.Want{Line: at, Send: part(`{"type":"METHOD","path":"/","method":"*"}`), Status: 409, Type: conflict, Message: "Documentation part already exists for the specified location: type 'METHOD', path '/', method '*'."})
	s.Check(t, apitest.Want{Line: at, Send: part(`{"type":"METHOD","path":"/","method":"GET"}`), Status: 201, Body: `{"id":"*","location":{"type":"METHOD","path":"/","method":"GET"},"properties":"{\"a\":1}"}`})
	s.State.Limits.DocumentationParts = 2
	if got := s.Call(t, at, part(`{"type":"METHOD","path":"/a"}`)); got.Status != 429 {
		t.Errorf("got %d %s", got.Status, got.Text)
	}
}

// full stores an API with something of every kind that can be documented.
func full(t *testing.T, s *apitest.Service) {
	doc := s.API(t, "abcdefghij")
	_, err := s.State.APIs.Change(t.Context(), apitest.Scope.Key(doc.API.ID), func(d *definition.RestAPIDocument) error {
		d.API.Models = map[string]*definition.Model{"Pet": {Name: "Pet"}}
		d.API.Authorizers = map[string]*definition.Authorizer{"x": {ID: "x", Name: "auth"}}
		d.API.Resources["pets"] = &definition.Resource{ID: "pets", Path: "/pets/{id}", Methods: map[string]*definition.Method{"GET": {
			RequestParameters: map[string]bool{"method.request.path.id": true, "method.request.querystring.q": false, "method.request.header.H": false},
			RequestModels:     map[string]string{"application/json": "Pet"},
			Responses: map[string]*definition.MethodResponse{"200": {
				ResponseModels: map[string]string{"application/json": "Pet"}, ResponseParameters: map[string]bool{"method.response.header.R": true},
			}},
		}}}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestPlacesWithoutAPartAreListed(t *testing.T) {
	s := apitest.New(t, bind)
	full(t, s)
	const at = "/restapis/abcdefghij/documentation/parts"
	list := func(query string) []string {
		t.Helper()
		a := s.Call(t, "GET "+at+"?limit=500"+query, "")
		var got []string
		for _, item := range a.Body["item"].([]any) {
			l := item.(map[string]any)["location"].(map[string]any)
			text := fmt.Sprint(l["type"])
			for _, name := range []string{"path", "method", "statusCode", "name"} {
				if l[name] != nil {
					text += fmt.Sprintf(" %v", l[name])
				}
			}
			got = append(got, text)
		}
		return got
	}
	check := func(query string, want ...string) {
		t.Helper()
		if got := list(query); !slices.Equal(got, want) {
			t.Errorf("%s:\n got %q\nwant %q", query, got, want)
		}
	}
	all := []string{
		"API", "AUTHORIZER auth", "METHOD /pets/{id} GET", "MODEL Pet", "PATH_PARAMETER /pets/{id} GET id", "QUERY_PARAMETER /pets/{id} GET q",
		"REQUEST_BODY /pets/{id} GET", "REQUEST_HEADER /pets/{id} GET H", "RESOURCE /", "RESOURCE /pets/{id}", "RESPONSE /pets/{id} GET 200",
		"RESPONSE_BODY /pets/{id} GET 200", "RESPONSE_HEADER /pets/{id} GET 200 R",
	}
	check("&locationStatus=UNDOCUMENTED", all...)
	check("&locationStatus=UNDOCUMENTED&type=MODEL", "MODEL Pet")
	check("&locationStatus=UNDOCUMENTED&name=id", "PATH_PARAMETER /pets/{id} GET id")
	check("&locationStatus=UNDOCUMENTED&path=/", "RESOURCE /")
	for _, location := range []string{`{"type":"RESOURCE"}`, `{"type":"MODEL","name":"Pet"}`, `{"type":"API"}`} {
		if got := s.Call(t, "POST "+at, `{"location":`+location+`,"properties":"{\"a\":1}"}`); got.Status != 201 {
			t.Fatal(got.Text)
		}
	}
	check("", "API", "MODEL Pet", "RESOURCE")
	check("&locationStatus=DOCUMENTED&type=RESOURCE", "RESOURCE")
	check("&locationStatus=UNDOCUMENTED", slices.DeleteFunc(all, func(p string) bool { return p == "API" || p == "MODEL Pet" || p == "RESOURCE /" })...)
	if got := s.Call(t, "GET "+at+"?limit=2", ""); len(got.Items("id")) != 2 || got.String("position") == "" {
		t.Errorf("a page of two: got %s", got.Text)
	}
}

// importable leads to what the service recorded: test_import_documentation_parts.
const importable = `{"openapi": "3.0.0", "info": {"title": "T", "version": "1"}, "paths": {},
  "x-amazon-apigateway-documentation": {"version": "1.0.3", "documentationParts": [
    {"location": {"type": "API"}, "properties": {"description": "API description", "info": {"description": "API info description 4", "version": "API info version 3"}}},
    {"location": {"type": "METHOD", "method": "GET"}, "properties": {"description": "Method description."}},
    {"location": {"type": "MODEL", "name": "Empty"}, "properties": {"title": "Empty Schema"}},
    {"location": {"type": "RESPONSE", "method": "GET", "statusCode": "200"}, "properties": {"description": "200 response"}}]}}`

func TestImportedPartsAsRecorded(t *testing.T) {
	s := apitest.New(t, bind)
	s.API(t, "abcdefghij")
	const at = "/restapis/abcdefghij/documentation/parts"
	recorded := `{"item":[
		{"id":"*","location":{"type":"API"},"properties":"{\"description\":\"API description\",\"info\":{\"description\":\"API info description 4\",\"version\":\"API info version 3\"}}"},
		{"id":"*","location":{"method":"GET","path":"/","type":"METHOD"},"properties":"{\"description\":\"Method description.\"}"},
		{"id":"*","location":{"name":"Empty","type":"MODEL"},"properties":"{\"title\":\"Empty Schema\"}"},
		{"id":"*","location":{"method":"GET","path":"/","statusCode":"200","type":"RESPONSE"},"properties":"{\"description\":\"200 response\"}"}]}`
	ids := func(a apitest.Answer) string { return fmt.Sprint(a.Body["ids"]) }
	var before string
	for _, mode := range []string{"", "?mode=merge", "?mode=overwrite"} {
		got := s.Check(t, apitest.Want{Line: "PUT " + at + mode, Send: importable, Status: 200, Body: `{"ids":["*","*","*","*"]}`})
		list := s.Check(t, apitest.Want{Line: "GET " + at, Status: 200, Body: recorded})
		if listed := fmt.Sprint(list.Items("id")); listed != ids(got) {
			t.Errorf("%s: listed %s, imported %s", mode, listed, ids(got))
		}
		if mode == "?mode=merge" && ids(got) != before || mode == "?mode=overwrite" && ids(got) == before {
			t.Errorf("%s: got ids %s after %s", mode, ids(got), before)
		}
		before = ids(got)
	}
	s.Check(t, apitest.Want{Line: "PUT " + at + "?mode=overwrite", Send: "", Status: 400, Type: badRequest, Message: "Unable to build importer with provided input."})
	s.Check(t, apitest.Want{Line: "PUT /restapis/api_id/documentation/parts", Send: importable, Status: 404, Type: notFound, Message: noAPI})
	s.Check(t, apitest.Want{Line: "GET " + at, Status: 200, Body: recorded})
}

func TestMergeFindsAPartWhoseLocationIsShorter(t *testing.T) {
	s := apitest.New(t, bind)
	s.API(t, "abcdefghij")
	const at = "/restapis/abcdefghij/documentation/parts"
	id := s.Call(t, "POST "+at, `{"location":{"type":"METHOD","method":"GET"},"properties":"{\"old\":1}"}`).String("id")
	s.Call(t, "PUT "+at+"?mode=merge", importable)
	s.Check(t, apitest.Want{Line: "GET " + at + "?type=METHOD", Status: 200, Body: `{"item":[{"id":"` + id + `","location":{"type":"METHOD","method":"GET"},"properties":"{\"description\":\"Method description.\"}"}]}`})
}

func TestImportWarnings(t *testing.T) {
	s := apitest.New(t, bind)
	s.API(t, "abcdefghij")
	const at = "PUT /restapis/abcdefghij/documentation/parts"
	odd := strings.Replace(importable, `"version": "1.0.3",`, `"more": 1,`, 1)
	if got := s.Call(t, at, odd); got.Status != 200 || !strings.Contains(fmt.Sprint(got.Body["warnings"]), "more") {
		t.Errorf("got %d %s", got.Status, got.Text)
	}
	if got := s.Call(t, at+"?failonwarnings=true", odd); got.Status != 400 || !strings.Contains(got.String("message"), "more") {
		t.Errorf("got %d %s", got.Status, got.Text)
	}
	s.State.Limits.DocumentationParts = 3
	if got := s.Call(t, at, importable); got.Status != 429 {
		t.Errorf("got %d %s", got.Status, got.Text)
	}
}

func TestVersionsAndTheStagesThatNameThem(t *testing.T) {
	s := apitest.New(t, bind)
	s.API(t, "abcdefghij", "dev")
	const at = "/restapis/abcdefghij/documentation/versions"
	s.Check(t, apitest.Want{Line: "POST " + at, Send: `{"documentationVersion":"1.0","stageName":"nope"}`, Status: 404, Type: notFound, Message: "Invalid stage identifier specified"})
	s.Check(t, apitest.Want{Line: "GET " + at + "/1.0", Status: 404, Type: notFound, Message: noVersion})
	s.Check(t, apitest.Want{Line: "POST " + at, Send: `{"documentationVersion":"1.0","stageName":"dev","description":"d"}`, Status: 201, Body: `{"createdDate":-1,"version":"1.0","description":"d"}`})
	s.Check(t, apitest.Want{Line: "POST " + at, Send: `{"documentationVersion":"1.0"}`, Status: 409, Type: conflict, Message: "Documentation version already exists: 1.0"})
	s.Check(t, apitest.Want{Line: "POST " + at, Send: `{"documentationVersion":""}`, Status: 400, Type: badRequest, Message: noVersion})
	s.Check(t, apitest.Want{Line: "DELETE " + at + "/1.0", Status: 409, Type: conflict, Message: "Cannot delete Documentation version 1.0 because it is associated with stage dev"})
	s.Check(t, apitest.Want{Line: "POST " + at, Send: `{"documentationVersion":"0.9"}`, Status: 201, Body: `{"createdDate":-1,"version":"0.9"}`})
	if got := s.Call(t, "GET "+at+"?limit=1", ""); got.String("position") == "" || len(got.Body["item"].([]any)) != 1 {
		t.Errorf("a page of one: got %s", got.Text)
	}
	s.Check(t, apitest.Want{Line: "DELETE " + at + "/0.9", Status: 202})
	s.Check(t, apitest.Want{Line: "DELETE " + at + "/0.9", Status: 404, Type: notFound, Message: noVersion})
	s.Check(t, apitest.Want{Line: "PATCH " + at + "/0.9", Send: patch("replace", "/description", "x"), Status: 404, Type: notFound, Message: noVersion})
	s.Check(t, apitest.Want{Line: "PATCH " + at + "/1.0", Send: patch("replace", "/version", "x"), Status: 400, Type: badRequest, Message: "Invalid patch path  '/version' specified for op 'replace'. Must be one of: [/description]"})
	for _, line := range []string{"GET /restapis/api_id/documentation/versions", "GET /restapis/api_id/documentation/versions/1", "DELETE /restapis/api_id/documentation/versions/1"} {
		s.Check(t, apitest.Want{Line: line, Status: 404, Type: notFound, Message: noAPI})
	}
}
