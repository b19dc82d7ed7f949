package docparts_test

import (
	"testing"
	"time"

	"github.com/gatehouse-gateway/gatehouse/internal/control/apigateway/apitest"
)

// TestOverwriteLeavesNothingOfTheOldPart: not even how short its location was.
func TestOverwriteLeavesNothingOfTheOldPart(t *testing.T) {
	s := apitest.New(t, bind)
	s.API(t, "abcdefghij")
	const at = "/restapis/abcdefghij/documentation/parts"
	s.Call(t, "POST "+at, `{"location":{"type":"METHOD","method":"GET"},"properties":"{\"old\":1}"}`)
	s.Call(t, "POST "+at, `{"location":{"type":"MODEL","name":"Gone"},"properties":"{\"old\":1}"}`)
	s.Check(t, apitest.Want{Line: "PUT " + at + "?mode=overwrite", Send: importable, Status: 200, Body: `{"ids":["*","*","*","*"]}`})
	s.Check(t, apitest.Want{Line: "GET " + at + "?type=METHOD", Status: 200, Body: `{"item":[{"id":"*","location":{"type":"METHOD","path":"/","method":"GET"},"properties":"{\"description\":\"Method description.\"}"}]}`})
	s.Check(t, apitest.Want{Line: "GET " + at + "?name=Gone", Status: 200, Body: `{"item":[]}`})
}

// TestPathFilterKnowsTheDefault: a location without its path is of the root, if its type has a path at all.
func TestPathFilterKnowsTheDefault(t *testing.T) {
	s := apitest.New(t, bind)
	s.API(t, "abcdefghij")
	const at = "/restapis/abcdefghij/documentation/parts"
	for _, location := range []string{`{"type":"API"}`, `{"type":"MODEL","name":"Empty"}`, `{"type":"RESOURCE"}`, `{"type":"METHOD","path":"/","method":"GET"}`, `{"type":"METHOD","path":"/a"}`} {
		if got := s.Call(t, "POST "+at, `{"location":`+location+`,"properties":"{\"a\":1}"}`); got.Status != 201 {
			t.Fatalf("%s: got %d %s", location, got.Status, got.Text)
		}
	}
	shown := func(location string) string {
		return `{"id":"*","location":` + location + `,"properties":"{\"a\":1}"}`
	}
	s.Check(t, apitest.Want{Line: "GET " + at + "?path=/", Status: 200, Body: `{"item":[` + shown(`{"type":"METHOD","path":"/","method":"GET"}`) + "," + shown(`{"type":"RESOURCE"}`) + `]}`})
	s.Check(t, apitest.Want{Line: "GET " + at + "?path=/a", Status: 200, Body: `{"item":[` + shown(`{"type":"METHOD","path":"/a"}`) + `]}`})
	s.Check(t, apitest.Want{Line: "GET " + at + "?path=/b", Status: 200, Body: `{"item":[]}`})
}

func TestVersionMadeForAStageUpdatesTheStage(t *testing.T) {
	s := apitest.New(t, bind)
	s.API(t, "abcdefghij", "dev", "prod")
	s.Advance(time.Hour)
	s.Check(t, apitest.Want{Line: "POST /restapis/abcdefghij/documentation/versions", Send: `{"documentationVersion":"1.0","stageName":"dev"}`, Status: 201, Body: `{"createdDate":-1,"version":"1.0"}`})
	doc, err := s.State.APIs.Get(t.Context(), apitest.Scope.Key("abcdefghij"))
	if err != nil {
		t.Fatal(err)
	}
	dev, prod, made := doc.Stages["dev"], doc.Stages["prod"], doc.DocumentationVersions["1.0"].CreatedDate
	if dev.DocumentationVersion != "1.0" || !dev.LastUpdatedDate.Equal(made) {
		t.Errorf("dev: got version %q of %v, want that of %v", dev.DocumentationVersion, dev.LastUpdatedDate, made)
	}
	if prod.DocumentationVersion != "" || prod.LastUpdatedDate.Equal(made) {
		t.Errorf("prod: got version %q of %v", prod.DocumentationVersion, prod.LastUpdatedDate)
	}
}
