package plans_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/gatehouse-gateway/gatehouse/internal/control/apigateway/apitest"
)

const importLine = "POST /apikeys?mode=import&format=csv"

func TestImportedKeys(t *testing.T) {
	s := apitest.New(t, bind)
	first := s.Call(t, "POST /usageplans", `{"name":"one"}`).String("id")
	second := s.Call(t, "POST /usageplans", `{"name":"two"}`).String("id")
	value := func(n int) string { return fmt.Sprintf("value-value-value-%03d", n) }
	there := s.Call(t, "POST /apikeys", `{"name":"old","value":"`+value(3)+`","enabled":true}`).String("id")
	file := "\xef\xbb\xbfKEY, Name ,colour,description,Enabled,UsagePlanIds\r\n" +
		value(1) + ",one,red,\"with, comma\",,\"" + first + "," + second + "\"\r\n" +
		value(2) + ",two,,,FALSE,'" + first + "," + second + "'\r\n" +
		value(3) + ",three,,,true," + first + "\r\n" +
		value(4) + ",four,,,,nope\r\n" +
		"short,five,,,,\r\n" +
		value(6) + ",,,,,\r\n"
	got := s.Check(t, apitest.Want{
		Line: importLine, Send: file, Status: 201,
		Body: `{"ids":["*","*","` + there + `","*"],"warnings":["line 6: API Key value should be at least 20 characters","line 7: a key needs a name","line 5: Invalid Usage Plan ID specified: nope"]}`,
	})
	ids, _ := got.Body["ids"].([]any)
	if len(ids) != 4 {
		t.Fatal("not four keys")
	}
	for i, want := range []string{
		`{"id":"*","name":"one","description":"with, comma","enabled":true,"stageKeys":[],"createdDate":-1,"lastUpdatedDate":-1,"tags":{},"value":"` + value(1) + `"}`,
		`{"id":"*","name":"two","enabled":false,"stageKeys":[],"createdDate":-1,"lastUpdatedDate":-1,"tags":{},"value":"` + value(2) + `"}`,
		`{"id":"` + there + `","name":"three","enabled":true,"stageKeys":[],"createdDate":-1,"lastUpdatedDate":-1,"tags":{},"value":"` + value(3) + `"}`,
	} {
		s.Check(t, apitest.Want{Line: fmt.Sprintf("GET /apikeys/%v?includeValue=true", ids[i]), Status: 200, Body: want})
	}
	for plan, want := range map[string][]string{first: {"two", "one", "three"}, second: {"two", "one"}} {
		if got := s.Call(t, "GET /usageplans/"+plan+"/keys", "").Items("name"); !slices.Equal(got, want) {
			t.Errorf("keys of the plan: got %v, want %v", got, want)
		}
	}
	// The same file again changes nothing and makes no second key.
	if again := s.Call(t, importLine, file); fmt.Sprint(again.Body["ids"]) != fmt.Sprint(ids) {
		t.Errorf("again: got %v, want %v", again.Body["ids"], ids)
	}
}

func TestImportThatIsRefusedStoresNothing(t *testing.T) {
	s := apitest.New(t, bind)
	good := "good," + strings.Repeat("v", 20) + "\n"
	for file, message := range map[string]string{
		"":                              "Invalid API Key file: it has no header line",
		"name\nx\n":                     "Invalid API Key file: the header line has no column key",
		"key\nx\n":                      "Invalid API Key file: the header line has no column name",
		"name,key\n" + good + ",\n":     "Warnings found during import:\n\tline 3: a key needs a name",
		"name,key\n" + good + "a,b,c\n": "Warnings found during import:\n\tline 3: the row has 3 columns, the header line has 2",
	} {
		s.Check(t, apitest.Want{Name: file, Line: importLine + "&failonwarnings=true", Send: file, Status: 400, Type: badRequest, Message: message})
	}
	if got := s.Call(t, "GET /apikeys", "").Items("id"); len(got) != 0 {
		t.Errorf("got %d keys", len(got))
	}
}

func TestImportSaysWhichPlanAKeyCannotJoin(t *testing.T) {
	s := apitest.New(t, bind)
	s.API(t, "abcdefghij", "dev")
	var ids []string
	for _, name := range []string{"one", "two"} {
		ids = append(ids, s.Call(t, "POST /usageplans", `{"name":"`+name+`","apiStages":[{"apiId":"abcdefghij","stage":"dev"}]}`).String("id"))
	}
	got := s.Call(t, importLine, "name,key,usageplanids\nn,"+strings.Repeat("v", 20)+",\""+strings.Join(ids, ",")+"\"\n")
	if text := fmt.Sprint(got.Body["warnings"]); got.Status != 201 || !strings.Contains(text, "line 2: ") || !strings.Contains(text, "cannot reference multiple Usage Plans") {
		t.Errorf("got %d %s", got.Status, got.Text)
	}
}
