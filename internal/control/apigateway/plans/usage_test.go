package plans_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/gatehouse-gateway/gatehouse/internal/control/apigateway/apitest"
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
