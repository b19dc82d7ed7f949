package store

import (
	"encoding/json"
	"fmt"
	"reflect"
	"testing"
	"time"

	"github.com/gatehouse-gateway/gatehouse/internal/definition"
)

// orders is an API of 100 methods.
func orders() *definition.RestAPI {
	api := &definition.RestAPI{ID: "abcdefghij", Name: "orders", Resources: map[string]*definition.Resource{}}
	for r := range 50 {
		id := fmt.Sprintf("r%05d", r)
		res := &definition.Resource{ID: id, ParentID: "root", PathPart: "{id}", Path: fmt.Sprintf("/orders%d/{id}", r), Methods: map[string]*definition.Method{}}
		for _, verb := range []string{"GET", "POST"} {
			res.Methods[verb] = &definition.Method{HTTPMethod: verb, AuthorizationType: "NONE", RequestParameters: map[string]bool{"method.request.path.id": true},
				Responses: map[string]*definition.MethodResponse{"200": {StatusCode: "200"}},
				Integration: &definition.Integration{Type: "MOCK", RequestTemplates: map[string]string{"application/json": `{"statusCode": 200}`}, PassthroughBehavior: "WHEN_NO_MATCH",
					Responses: map[string]*definition.IntegrationResponse{"200": {StatusCode: "200", ResponseTemplates: map[string]string{"application/json": `{"api": 1, "order": "$input.params('id')"}`}, TemplateOrder: []string{"application/json"}}}}}
		}
		api.Resources[id] = res
	}
	return api
}

// BenchmarkDecode reads an API of 100 methods: a start reads one for every stage.
func BenchmarkDecode(b *testing.B) {
	data, _, err := encode(orders())
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := decode(data, new(definition.RestAPI)); err != nil {
			b.Fatal(err)
		}
	}
}

// TestDecodeReadsWhatEncodingJSONDoes: documents are written by one library and read by another.
func TestDecodeReadsWhatEncodingJSONDoes(t *testing.T) {
	size := 0
	doc := &definition.RestAPIDocument{
		AccountID: "000000000000", API: orders(),
		Deployments: map[string]*definition.Deployment{"d": {ID: "d", CreatedDate: time.Date(2026, 1, 2, 3, 4, 5, 6, time.UTC)}},
		Stages:      map[string]*definition.Stage{"prod": {Name: "prod", Variables: map[string]string{"é\n\u2028": "\xff"}}},
	}
	doc.API.BinaryMediaTypes, doc.API.MinimumCompressionSize = []string{}, &size
	data, _, err := encode(doc)
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	got, want := new(definition.RestAPIDocument), new(definition.RestAPIDocument)
	if _, err := decode(data, got); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, want); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}
