package plans_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/gatehouse-gateway/gatehouse/internal/control/apigateway/apitest"
	"github.com/gatehouse-gateway/gatehouse/internal/definition"
	"github.com/gatehouse-gateway/gatehouse/internal/traffic/usageplans"
)

func TestUsageIsTheQuotaUntilItIsSet(t *testing.T) {
	s := apitest.New(t, bind) // 2026-03-15
	id := s.Call(t, "POST /usageplans", `{"name":"n","quota":{"limit":1000,"period":"MONTH","offset":14}}`).String("id")
	key := s.Call(t, "POST /apikeys", `{}`).String("id")
	s.Call(t, "POST /usageplans/"+id+"/keys", `{"keyId":"`+key+`","keyType":"API_KEY"}`)
	usage := func(query, start, end, values string) {
		t.Helper()
		s.Check(t, apitest.Want{
			Line: "GET /usageplans/" + id + "/usage?startDate=" + start + "&endDate=" + end + query, Status: 200,
			Body: fmt.Sprintf(`{"usagePlanId":%q,"startDate":%q,"endDate":%q,"values":{%s}}`, id, start, end, values),
		})
	}
	usage("", "2026-03-14", "2026-03-15", `"`+key+`":[[0,1000],[0,1000]]`)
	at := "PATCH /usageplans/" + id + "/keys/" + key + "/usage"
	s.Check(t, apitest.Want{
		Line: at, Send: patch(op("replace", "/remaining", "10")), Status: 200,
		Body: fmt.Sprintf(`{"usagePlanId":%q,"startDate":"2026-03-15","endDate":"2026-03-15","values":{%q:[[0,10]]}}`, id, key),
	})
	usage("", "2026-03-14", "2026-03-16", `"`+key+`":[[0,1000],[0,10],[0,10]]`)
	usage("&keyId="+key, "2026-04-14", "2026-04-15", `"`+key+`":[[0,10],[0,1000]]`) // the next period
	s.Advance(31 * 24 * time.Hour)
	s.Check(t, apitest.Want{
		Line: at, Send: patch(), Status: 200,
		Body: fmt.Sprintf(`{"usagePlanId":%q,"startDate":"2026-04-15","endDate":"2026-04-15","values":{%q:[[0,1000]]}}`, id, key),
	})
	other := s.Call(t, "POST /apikeys", `{}`).String("id")
	usage("&keyId="+other, "2026-03-15", "2026-03-15", "")
	s.Check(t, apitest.Want{Line: "PATCH /usageplans/" + id + "/keys/" + other + "/usage", Send: patch(), Status: 404, Type: notFound, Message: "Invalid API Key identifier specified"})
}

func TestUsageRefusals(t *testing.T) {
	s := apitest.New(t, bind)
	id := s.Call(t, "POST /usageplans", `{"name":"n"}`).String("id")
	key := s.Call(t, "POST /apikeys", `{}`).String("id")
	s.Call(t, "POST /usageplans/"+id+"/keys", `{"keyId":"`+key+`","keyType":"API_KEY"}`)
	for _, c := range []struct {
		start, end string
		status     int
		message    string
	}{
		{"2026-01-01", "2026-03-31", 200, ""}, // 90 days
		{"2026-01-01", "2026-04-01", 400, "Usage Plan startDate and endDate must not be more than 90 days apart"},
		{"2026-01-02", "2026-01-01", 400, "Usage Plan endDate must not be before startDate"},
		{"2026-1-2", "2026-01-03", 400, "Usage Plan startDate and endDate must be formatted as YYYY-MM-DD"},
		{"2026-01-02", "2026-02-30", 400, "Usage Plan startDate and endDate must be formatted as YYYY-MM-DD"},
		{"0001-01-01", "9999-12-31", 400, "Usage Plan startDate and endDate must not be more than 90 days apart"},
	} {
		got := s.Call(t, "GET /usageplans/"+id+"/usage?startDate="+c.start+"&endDate="+c.end, "")
		if got.Status != c.status || got.String("message") != c.message {
			t.Errorf("%s to %s: got %d %s", c.start, c.end, got.Status, got.Text)
		}
	}
	s.Check(t, apitest.Want{Line: "GET /usageplans/nope/usage?startDate=2026-01-01&endDate=2026-01-01", Status: 404, Type: notFound, Message: "Invalid Usage Plan ID specified"})
	s.Check(t, apitest.Want{
		Line: "GET /usageplans/" + id + "/usage?startDate=2026-01-01&endDate=2026-01-01", Status: 200,
		Body: fmt.Sprintf(`{"usagePlanId":%q,"startDate":"2026-01-01","endDate":"2026-01-01","values":{%q:[[0,-1]]}}`, id, key),
	})
	at := "PATCH /usageplans/" + id + "/keys/" + key + "/usage"
	for send, message := range map[string]string{
		op("replace", "/remaining", "10"): "Usage Plan has no quota, so nothing remains of it",
		op("replace", "/remaining", "-1"): "Usage Plan remaining must be a non-negative integer",
		op("replace", "/remaining", "x"):  "Usage Plan remaining must be a non-negative integer",
		op("add", "/remaining", "1"):      "Invalid patch path  '/remaining' specified for op 'add'. Must be one of: []",
		op("replace", "/used", "1"):       "Invalid patch path  '/used' specified for op 'replace'. Must be one of: [/remaining]",
	} {
		s.Check(t, apitest.Want{Name: send, Line: at, Send: patch(send), Status: 400, Type: badRequest, Message: message})
	}
	s.Check(t, apitest.Want{Line: "PATCH /usageplans/nope/keys/" + key + "/usage", Send: patch(), Status: 404, Type: notFound, Message: "Invalid Usage Plan ID specified"})
}

// TestUsageIsWhatWasCounted: by day, and against the quota of the period that the day belongs to.
func TestUsageIsWhatWasCounted(t *testing.T) {
	s := apitest.New(t, bind) // Sunday 2026-03-15
	s.API(t, "abcdefghij", "dev")
	id := s.Call(t, "POST /usageplans", `{"name":"n","apiStages":[{"apiId":"abcdefghij","stage":"dev"}],"quota":{"limit":10,"period":"WEEK","offset":1}}`).String("id")
	key := s.Call(t, "POST /apikeys", `{}`).String("id")
	s.Call(t, "POST /usageplans/"+id+"/keys", `{"keyId":"`+key+`","keyType":"API_KEY"}`)
	tiers := s.Plans.In(apitest.AccountID, apitest.Region)
	call := func(times int) {
		t.Helper()
		tiers.Put(usageplans.Plan{ID: id, Quota: &definition.Quota{Limit: 10, Period: "WEEK", Offset: 1}})
		for range times {
			tiers.Tier(id).Admit(&usageplans.Request{KeyID: key, At: s.State.Now()})
		}
	}
	usage := func(start, end, values string) {
		t.Helper()
		s.Check(t, apitest.Want{
			Line: "GET /usageplans/" + id + "/usage?startDate=" + start + "&endDate=" + end, Status: 200,
			Body: fmt.Sprintf(`{"usagePlanId":%q,"startDate":%q,"endDate":%q,"values":{%q:%s}}`, id, start, end, key, values),
		})
	}
	update := func(remaining, values string) {
		t.Helper()
		today := s.State.Now().Format(time.DateOnly)
		s.Check(t, apitest.Want{
			Line: "PATCH /usageplans/" + id + "/keys/" + key + "/usage", Send: patch(op("replace", "/remaining", remaining)), Status: 200,
			Body: fmt.Sprintf(`{"usagePlanId":%q,"startDate":%q,"endDate":%q,"values":{%q:[%s]}}`, id, today, today, key, values),
		})
	}
	call(3) // the last day of a week
	usage("2026-03-15", "2026-03-16", "[[3,7],[0,10]]")
	s.Advance(24 * time.Hour)
	call(2)
	s.Advance(24 * time.Hour)
	call(4)
	usage("2026-03-14", "2026-03-17", "[[0,10],[3,7],[2,8],[4,4]]")
	usage("2026-03-17", "2026-03-17", "[[4,4]]") // the day before counts, too
	update("1", "[4,1]")
	usage("2026-03-16", "2026-03-23", "[[2,8],[4,1],[0,1],[0,1],[0,1],[0,1],[0,1],[0,10]]")
	call(1)
	usage("2026-03-17", "2026-03-17", "[[5,0]]")
	update("100", "[5,100]")
	update("3", "[5,3]")
	s.Call(t, "PATCH /usageplans/"+id, patch(op("replace", "/quota/limit", "20")))
	usage("2026-03-17", "2026-03-17", "[[5,13]]")
	s.Call(t, "PATCH /usageplans/"+id, patch(op("replace", "/quota/limit", "1")))
	usage("2026-03-17", "2026-03-17", "[[5,0]]")
	s.Call(t, "PATCH /usageplans/"+id, patch(op("replace", "/quota/period", "DAY"), op("replace", "/quota/offset", "0")))
	usage("2026-03-17", "2026-03-17", "[[5,1]]")
	s.Call(t, "PATCH /usageplans/"+id, patch(op("remove", "/quota", "")))
	usage("2026-03-17", "2026-03-17", "[[5,-1]]")
}
