package definition_test

import (
	"reflect"
	"testing"

	"github.com/gatehouse-gateway/gatehouse/internal/definition"
)

// whole is an API with one of everything that can have an origin.
func whole() *definition.RestAPI {
	return &definition.RestAPI{
		Resources: map[string]*definition.Resource{"r1": {Path: "/pets", Methods: map[string]*definition.Method{"GET": {
			Responses: map[string]*definition.MethodResponse{"200": {}},
			Integration: &definition.Integration{
				Responses: map[string]*definition.IntegrationResponse{"200": {}},
			},
		}}}},
		Models:            map[string]*definition.Model{"Pet": {}},
		RequestValidators: map[string]*definition.RequestValidator{"v1": {}},
		Authorizers:       map[string]*definition.Authorizer{"a1": {}},
		GatewayResponses:  map[string]*definition.GatewayResponse{"THROTTLED": {}},
	}
}

// origins collects every Origin below v, besides those of templates and of the API as a whole.
func origins(v reflect.Value) []string {
	var found []string
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			found = origins(v.Elem())
		}
	case reflect.Map:
		for it := v.MapRange(); it.Next(); {
			found = append(found, origins(it.Value())...)
		}
	case reflect.Struct:
		if o, ok := v.Interface().(definition.Origin); ok {
			return []string{o.String()}
		}
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				found = append(found, origins(v.Field(i))...)
			}
		}
	}
	return found
}

func TestEveryPartGetsAPlace(t *testing.T) {
	api := whole()
	definition.FillPlaces(api)
	api.Origin = definition.Origin{Path: "the API"}
	for _, o := range origins(reflect.ValueOf(api)) {
		if o == "" {
			t.Error("a part has no place")
		}
	}
	m := api.Resources["r1"].Methods["GET"]
	for got, want := range map[string]string{
		m.Origin.String():                                                  "resources['/pets'].methods.GET",
		m.Responses["200"].Origin.String():                                 "resources['/pets'].methods.GET.responses['200']",
		m.Integration.Origin.At("uri").String():                            "resources['/pets'].methods.GET.integration.uri",
		m.Integration.Responses["200"].Origin.At("statusCode").String():    "resources['/pets'].methods.GET.integration.responses['200'].statusCode",
		api.GatewayResponses["THROTTLED"].Origin.At("statusCode").String(): "gatewayResponses.THROTTLED.statusCode",
		api.EndpointConfiguration.Origin.String():                          "endpointConfiguration",
	} {
		if got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func TestWhatComesFromADocumentKeepsItsOrigin(t *testing.T) {
	api := whole()
	written := definition.Origin{File: "api.yaml", Line: 7, Col: 3, Path: "$.paths['/pets'].get"}
	api.Resources["r1"].Methods["GET"].Origin = written
	definition.FillPlaces(api)
	if got := api.Resources["r1"].Methods["GET"].Origin; got != written {
		t.Errorf("got %v", got)
	}
}
