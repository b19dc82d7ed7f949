package plans_test

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gatehouse-gateway/gatehouse/awsproto"
	"github.com/gatehouse-gateway/gatehouse/internal/control/apigateway/apitest"
	"github.com/gatehouse-gateway/gatehouse/internal/control/apigateway/plans"
	"github.com/gatehouse-gateway/gatehouse/internal/control/apigateway/state"
)

func bind(s *state.State, to *awsproto.Service) { plans.New(s).Bind(to) }

func TestMain(m *testing.M) { apitest.Main(m, bind) }

const (
	badRequest = "BadRequestException"
	notFound   = "NotFoundException"
	conflict   = "ConflictException"
)

func patch(ops ...string) string { return `{"patchOperations":[` + strings.Join(ops, ",") + `]}` }

func op(op, path, value string) string {
	return fmt.Sprintf(`{"op":%q,"path":%q,"value":%q}`, op, path, value)
}

// recordedKey is the answer to CreateApiKey without anything. Recorded.
const recordedKey = `{"createdDate":-1,"enabled":false,"id":"*","lastUpdatedDate":-1,"stageKeys":[],"value":"*"}`

func TestAPIKeysAsRecorded(t *testing.T) {
	s := apitest.New(t, bind)
	s.Check(t, apitest.Want{Line: "POST /apikeys", Send: `{"name":"` + strings.Repeat("a", 1025) + `"}`, Status: 400, Type: badRequest, Message: "Invalid API Key name, can be at most 1024 characters."})
	s.Check(t, apitest.Want{Line: "POST /apikeys", Send: `{"name":""}`, Status: 201, Body: recordedKey})
	key := s.Check(t, apitest.Want{Line: "POST /apikeys", Send: `{}`, Status: 201, Body: recordedKey})
	s.Check(t, apitest.Want{Line: "POST /apikeys", Send: `{"value":"short"}`, Status: 400, Type: badRequest, Message: "API Key value should be at least 20 characters"})
	s.Check(t, apitest.Want{Line: "POST /apikeys", Send: `{"value":"` + strings.Repeat("a", 129) + `"}`, Status: 400, Type: badRequest, Message: "API Key value exceeds maximum size of 128 characters"})
	s.Check(t, apitest.Want{Line: "POST /apikeys", Send: `{"value":""}`, Status: 201, Body: recordedKey})
	long := strings.Repeat("a", 125_001)
	s.Check(t, apitest.Want{Line: "POST /apikeys", Send: `{"description":"` + long + `"}`, Status: 400, Type: badRequest, Message: "Invalid API Key description specified."})
	at := "PATCH /apikeys/" + key.String("id")
	s.Check(t, apitest.Want{Line: at, Send: patch(op("replace", "/description", long)), Status: 400, Type: badRequest, Message: "Invalid API Key description specified."})
	s.Check(t, apitest.Want{Line: at, Send: patch(op("replace", "/enabled", "not-a-boolean")), Status: 200, Body: `{"createdDate":-1,"enabled":false,"id":"*","lastUpdatedDate":-1,"stageKeys":[],"tags":{}}`})
	s.Check(t, apitest.Want{Line: at, Send: patch(op("replace", "/id", "x")), Status: 400, Type: badRequest, Message: "Invalid patch path  '/id' specified for op 'replace'. Must be one of: [/description, /enabled, /name, /customerId]"})
}

func TestAPIKeyIsShownWithAndWithoutItsValue(t *testing.T) {
	s := apitest.New(t, bind)
	s.API(t, "abcdefghij", "dev")
	value := strings.Repeat("v", 20)
	key := s.Check(t, apitest.Want{
		Line: "POST /apikeys", Status: 201,
		Send: `{"name":"n","description":"d","customerId":"c","enabled":true,"generateDistinctId":true,"value":"` + value + `","tags":{"a":"b"},"stageKeys":[{"restApiId":"abcdefghij","stageName":"dev"}]}`,
		Body: `{"id":"*","name":"n","description":"d","customerId":"c","enabled":true,"value":"` + value + `","createdDate":-1,"lastUpdatedDate":-1,"stageKeys":["abcdefghij/dev"],"tags":{"a":"b"}}`,
	})
	id := key.String("id")
	if len(id) != 10 || id == value {
		t.Errorf("got id %q", id)
	}
	shown := `{"id":"*","name":"n","description":"d","customerId":"c","enabled":true,"createdDate":-1,"lastUpdatedDate":-1,"stageKeys":["abcdefghij/dev"],"tags":{"a":"b"}`
	s.Check(t, apitest.Want{Line: "GET /apikeys/" + id, Status: 200, Body: shown + "}"})
	s.Check(t, apitest.Want{Line: "GET /apikeys/" + id + "?includeValue=true", Status: 200, Body: shown + `,"value":"` + value + `"}`})
	s.Check(t, apitest.Want{Line: "GET /apikeys?includeValues=true", Status: 200, Body: `{"item":[` + shown + `,"value":"` + value + `"}]}`})
	s.Check(t, apitest.Want{Line: "GET /apikeys", Status: 200, Body: `{"item":[` + shown + `}]}`})

	s.Advance(time.Hour)
	at := "PATCH /apikeys/" + id
	after := s.Check(t, apitest.Want{
		Line: at, Send: patch(op("replace", "/name", "m"), op("replace", "/enabled", "false"), op("remove", "/stages", "abcdefghij/dev"), op("add", "/labels", "x")), Status: 200,
		Body: `{"id":"*","name":"m","description":"d","customerId":"c","enabled":false,"createdDate":-1,"lastUpdatedDate":-1,"stageKeys":[],"tags":{"a":"b"}}`,
	})
	if got := after.Body["lastUpdatedDate"].(float64) - after.Body["createdDate"].(float64); got != 3600 {
		t.Errorf("updated %v seconds after the creation, want 3600", got)
	}
	s.Check(t, apitest.Want{Line: at, Send: patch(op("add", "/stages", "abcdefghij/nope")), Status: 404, Type: notFound, Message: "Invalid stage identifier specified"})
	s.Check(t, apitest.Want{Line: "GET /apikeys/nope", Status: 404, Type: notFound, Message: "Invalid API Key identifier specified"})
	s.Check(t, apitest.Want{Line: "PATCH /apikeys/nope", Send: patch(), Status: 404, Type: notFound, Message: "Invalid API Key identifier specified"})
	s.Check(t, apitest.Want{Line: "DELETE /apikeys/" + id, Status: 202})
	s.Check(t, apitest.Want{Line: "DELETE /apikeys/" + id, Status: 404, Type: notFound, Message: "Invalid API Key identifier specified"})
}

func TestKeysOfAnotherAccountOrRegionAreNotThere(t *testing.T) {
	s := apitest.New(t, bind)
	value := strings.Repeat("v", 20)
	send := `{"value":"` + value + `"}`
	id := s.Call(t, "POST /apikeys", send).String("id")
	s.Check(t, apitest.Want{Line: "POST /apikeys", Send: send, Status: 409, Type: conflict, Message: "API Key already exists"})
	for _, other := range [][2]string{{"222222222222", apitest.Region}, {apitest.AccountID, "eu-west-1"}} {
		ctx := s.ContextOf(t, other[0], other[1])
		if got := s.CallAs(t, ctx, "GET /apikeys/"+id, ""); got.Status != 404 {
			t.Errorf("%v: got %d", other, got.Status)
		}
		if got := s.CallAs(t, ctx, "POST /apikeys", send); got.Status != 201 {
			t.Errorf("%v: the value is free there: got %d %s", other, got.Status, got.Text)
		}
	}
	if got := s.Call(t, "DELETE /apikeys/"+id, ""); got.Status != 202 {
		t.Fatal(got.Text)
	}
	if got := s.Call(t, "POST /apikeys", send); got.Status != 201 {
		t.Errorf("after the deletion the value is free: got %d %s", got.Status, got.Text)
	}
}

func TestOfKeysCreatedAtOnceOneGetsTheValue(t *testing.T) {
	s := apitest.New(t, bind)
	var wg sync.WaitGroup
	statuses := make([]int, 16)
	for i := range statuses {
		wg.Go(func() { statuses[i] = s.Call(t, "POST /apikeys", `{"value":"`+strings.Repeat("v", 20)+`"}`).Status })
	}
	wg.Wait()
	slices.Sort(statuses)
	if statuses[0] != 201 || statuses[1] != 409 || statuses[15] != 409 {
		t.Errorf("got %v, want one 201", statuses)
	}
	if got := s.Call(t, "GET /apikeys", "").Items("id"); len(got) != 1 {
		t.Errorf("got %d keys", len(got))
	}
}

func TestSealedValueIsNotStoredInTheClear(t *testing.T) {
	s := apitest.New(t, bind)
	value := "secret-secret-secret-secret"
	s.Call(t, "POST /apikeys", `{"value":"`+value+`"}`)
	docs := s.State.Engine.Docs()
	buckets, err := docs.Buckets(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for _, bucket := range buckets {
		items, err := s.State.Keys.All(t.Context(), "")
		if err != nil {
			t.Fatal(err)
		}
		for _, item := range items {
			seen++
			if doc, err := docs.Get(t.Context(), bucket, item.Key); err == nil && strings.Contains(string(doc.Data), value) {
				t.Errorf("%s %s holds the value", bucket, item.Key)
			}
			if text := fmt.Sprintf("%+v", *item.Value); strings.Contains(text, value) {
				t.Error("the key shows its value")
			}
		}
	}
	if seen == 0 {
		t.Error("no documents")
	}
}

func TestListOfKeysPagesNewestFirst(t *testing.T) {
	s := apitest.New(t, bind)
	var want []string
	for i := range 60 {
		name := fmt.Sprintf("key-%02d", i)
		s.Call(t, "POST /apikeys", fmt.Sprintf(`{"name":%q,"customerId":"c%d"}`, name, i%2))
		want = append([]string{name}, want...)
	}
	var got []string
	position := ""
	for pages := 0; ; pages++ {
		a := s.Call(t, "GET /apikeys?limit=25"+position, "")
		got = append(got, a.Items("name")...)
		if a.String("position") == "" {
			if pages != 2 {
				t.Errorf("got %d pages", pages+1)
			}
			break
		}
		position = "&position=" + url.QueryEscape(a.String("position"))
		// A key that comes meanwhile moves no other.
		s.Call(t, "POST /apikeys", `{"name":"later"}`)
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %v", got)
	}
	for query, count := range map[string]int{"name=key-0": 10, "name=KEY": 0, "name=ey-0": 0, "customerId=c1&limit=500": 30, "limit=-1": 25} {
		if got := len(s.Call(t, "GET /apikeys?"+query, "").Items("id")); got != count {
			t.Errorf("%s: got %d keys, want %d", query, got, count)
		}
	}
}

func TestThereIsRoomForSoManyKeys(t *testing.T) {
	s := apitest.New(t, bind)
	s.State.Limits.APIKeys = 1
	s.Call(t, "POST /apikeys", `{}`)
	s.Check(t, apitest.Want{Line: "POST /apikeys", Send: `{}`, Status: 429, Type: "LimitExceededException", Message: "Maximum number of API Keys for this account has been reached. The limit is 1."})
	if got := s.Call(t, "POST /apikeys?mode=import&format=csv", "name,key\nn,"+strings.Repeat("v", 20)); got.Status != 429 {
		t.Errorf("import: got %d %s", got.Status, got.Text)
	}
}
