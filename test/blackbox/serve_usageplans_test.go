package blackbox

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// metered is an API behind one API key with a quota, and what was admitted of it.
type metered struct {
	id, plan, key, value string
	admitted             atomic.Int64
}

const meteredDocument = `{"openapi":"3.0.1","info":{"title":"metered","version":"1"},
"components":{"securitySchemes":{"api_key":{"type":"apiKey","name":"x-api-key","in":"header"}}},
"paths":{"/":{"get":{"security":[{"api_key":[]}],"responses":{"200":{"description":"ok"}},"x-amazon-apigateway-integration":{"type":"mock",
"requestTemplates":{"application/json":"{\"statusCode\": 200}"},"responses":{"default":{"statusCode":"200"}}}}}}}`

// makeMetered imports the document, and makes a key whose plan has a quota.
func makeMetered(t *testing.T, s *serveProcess, quota int) *metered {
	t.Helper()
	m := &metered{value: strings.Repeat("metered-", 4)}
	post := func(path, body string) string {
		t.Helper()
		answer := s.call(s.root, "apigateway", "POST", path, body)
		var made struct{ ID string }
		if err := json.Unmarshal([]byte(answer.body), &made); err != nil || answer.status != 201 {
			t.Fatalf("POST %s: got %d %s", path, answer.status, answer.body)
		}
		return made.ID
	}
	m.id = post("/restapis?mode=import", meteredDocument)
	post("/restapis/"+m.id+"/deployments", `{"stageName":"prod"}`)
	m.key = post("/apikeys", `{"enabled":true,"value":"`+m.value+`"}`)
	m.plan = post("/usageplans", fmt.Sprintf(`{"name":"n","quota":{"limit":%d,"period":"MONTH"},"apiStages":[{"apiId":%q,"stage":"prod"}]}`, quota, m.id))
	post("/usageplans/"+m.plan+"/keys", `{"keyId":"`+m.key+`","keyType":"API_KEY"}`)
	return m
}

// get calls the API with the key; 0 stands for no answer.
func (m *metered) get(s *serveProcess) int {
	req, err := http.NewRequest(http.MethodGet, s.apis+"/restapis/"+m.id+"/prod/_user_request_/", nil)
	if err != nil {
		s.t.Fatal(err)
	}
	req.Header.Set("x-api-key", m.value)
	res, err := s.client.Do(req)
	if err != nil {
		return 0
	}
	_ = res.Body.Close()
	if res.StatusCode == http.StatusOK {
		m.admitted.Add(1)
	}
	return res.StatusCode
}

func (m *metered) expect(t *testing.T, s *serveProcess, what string, want int) {
	t.Helper()
	if got := m.get(s); got != want {
		t.Errorf("%s: got %d, want %d", what, got, want)
	}
}

// usage is what GetUsage reports of today: used, and remaining.
func (m *metered) usage(t *testing.T, s *serveProcess) (used, remaining int64) {
	t.Helper()
	today := time.Now().UTC().Format(time.DateOnly)
	answer := s.call(s.root, "apigateway", "GET", "/usageplans/"+m.plan+"/usage?startDate="+today+"&endDate="+today, "")
	var report struct{ Values map[string][][2]int64 }
	if err := json.Unmarshal([]byte(answer.body), &report); err != nil || len(report.Values[m.key]) != 1 {
		t.Fatalf("got %d %s", answer.status, answer.body)
	}
	pair := report.Values[m.key][0]
	return pair[0], pair[1]
}

// TestUsageSurvivesARestart: a clean stop loses no request, and keys and plans are there before the first one.
func TestUsageSurvivesARestart(t *testing.T) {
	dir := t.TempDir()
	s := startServe(t, dir)
	m := makeMetered(t, s, 5)
	for range 3 {
		m.expect(t, s, "within the quota", http.StatusOK)
	}
	s.stop()
	s = startServe(t, dir)
	for range 2 {
		m.expect(t, s, "after the restart", http.StatusOK)
	}
	m.expect(t, s, "one too many", http.StatusTooManyRequests)
	if used, remaining := m.usage(t, s); used != 5 || remaining != 0 {
		t.Errorf("got %d used, %d remaining", used, remaining)
	}
}

// TestUsageSurvivesAKill: what the server says it has stored is there after a kill, without anybody having asked for it.
func TestUsageSurvivesAKill(t *testing.T) {
	dir := t.TempDir()
	s := startServe(t, dir, "--log-level", "debug")
	m := makeMetered(t, s, 5)
	for range 3 {
		m.expect(t, s, "within the quota", http.StatusOK)
	}
	for { // a round may begin between two requests
		rounds := storedUsage(s)
		if sum(rounds) == 3 {
			break
		}
		s.out.wait(t, 0, fmt.Sprintf(`(?s)(usage was stored.*){%d}`, len(rounds)+1))
	}
	s.kill()
	s = startServe(t, dir)
	for range 2 {
		m.expect(t, s, "after the kill", http.StatusOK)
	}
	m.expect(t, s, "one too many", http.StatusTooManyRequests)
}

var storedLine = regexp.MustCompile(`usage was stored" requests=(\d+)`)

// storedUsage is how many requests each round of storing was about, by the log.
func storedUsage(s *serveProcess) (rounds []int) {
	for _, m := range storedLine.FindAllStringSubmatch(s.out.String(), -1) {
		n, _ := strconv.Atoi(m[1])
		rounds = append(rounds, n)
	}
	return rounds
}

func sum(numbers []int) (n int) {
	for _, one := range numbers {
		n += one
	}
	return n
}

// TestUsageIsExactUnderLoad: many clients of one key get what the quota has, and not one more.
func TestUsageIsExactUnderLoad(t *testing.T) {
	s := startServe(t, t.TempDir())
	m := makeMetered(t, s, 200)
	var clients sync.WaitGroup
	for range 4 {
		clients.Go(func() {
			for range 100 {
				m.get(s)
			}
		})
	}
	clients.Wait()
	used, remaining := m.usage(t, s)
	if m.admitted.Load() != 200 || used != 200 || remaining != 0 {
		t.Errorf("%d were admitted, %d used, %d remaining; want 200, 200, 0", m.admitted.Load(), used, remaining)
	}
}
