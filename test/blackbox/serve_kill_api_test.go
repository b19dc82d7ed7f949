package blackbox

import (
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"sync"
	"testing"
	"time"
)

const killAPIs = 4

// killedAPI is an API that one client changes and deploys, with what was acknowledged of it.
type killedAPI struct {
	id, root  string
	version   int // deployed and acknowledged; the next one may have happened
	resources []string
	doubt     string // a resource whose creation had no answer
}

// TestKilledServersKeepAPIsAndWhatTheyServe kills the server while clients edit and deploy APIs, again and again: every
// acknowledged resource is there afterwards, and every stage serves the deployment that was acknowledged last.
func TestKilledServersKeepAPIsAndWhatTheyServe(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	r := rand.New(rand.NewPCG(3, 4))
	var apis []*killedAPI
	acks := 0
	for round := range kills {
		s := startServe(t, dir)
		if round == 0 {
			for i := range killAPIs {
				apis = append(apis, makeKilledAPI(t, s, i))
			}
		}
		for _, a := range apis {
			a.compare(t, s)
		}
		var clients sync.WaitGroup
		for _, a := range apis {
			clients.Go(func() {
				for a.step(t, s) {
				}
			})
		}
		pause := time.NewTimer(time.Duration(50+r.IntN(250)) * time.Millisecond)
		<-pause.C
		s.kill()
		clients.Wait()
	}
	s := startServe(t, dir)
	for _, a := range apis {
		a.compare(t, s)
		acks += a.version + len(a.resources)
	}
	if acks < kills { // a loaded machine makes them few
		t.Errorf("only %d writes were acknowledged", acks)
	}
	t.Logf("%d kills, %d acknowledged deployments and resources", kills, acks)
}

func makeKilledAPI(t *testing.T, s *serveProcess, i int) *killedAPI {
	t.Helper()
	var made struct{ ID, RootResourceID string }
	answer := s.call(s.root, "apigateway", "POST", "/restapis", fmt.Sprintf(`{"name":"api%d"}`, i))
	if err := json.Unmarshal([]byte(answer.body), &made); err != nil || answer.status != 201 {
		t.Fatalf("got %d %s", answer.status, answer.body)
	}
	a := &killedAPI{id: made.ID, root: made.RootResourceID}
	method := "/restapis/" + a.id + "/resources/" + a.root + "/methods/GET"
	for _, c := range [][2]string{
		{method, `{"authorizationType":"NONE"}`},
		{method + "/responses/200", `{}`},
		{method + "/integration", `{"type":"MOCK","requestTemplates":{"application/json":"{\"statusCode\":200}"}}`},
		{method + "/integration/responses/200", `{"responseTemplates":{"application/json":"{\"version\":0}"}}`},
	} {
		if answer := s.call(s.root, "apigateway", "PUT", c[0], c[1]); answer.status != 201 {
			t.Fatalf("PUT %s: got %d %s", c[0], answer.status, answer.body)
		}
	}
	if answer := s.call(s.root, "apigateway", "POST", "/restapis/"+a.id+"/deployments", `{"stageName":"prod"}`); answer.status != 201 {
		t.Fatalf("got %d %s", answer.status, answer.body)
	}
	return a
}

// step makes a resource, and deploys the next version. It reports false when there was no answer.
func (a *killedAPI) step(t *testing.T, s *serveProcess) bool {
	do := func(method, path, body string, status int) bool {
		answer, err := s.try(s.root, "apigateway", method, "/restapis/"+a.id+path, body)
		if err == nil && answer.status != status {
			t.Errorf("%s %s: got %d %s", method, path, answer.status, answer.body)
		}
		return err == nil && answer.status == status
	}
	if len(a.resources) < 250 {
		a.doubt = fmt.Sprintf("r%d", len(a.resources))
		if !do("POST", "/resources/"+a.root, `{"pathPart":"`+a.doubt+`"}`, 201) {
			return false
		}
		a.resources, a.doubt = append(a.resources, a.doubt), ""
	}
	patch := fmt.Sprintf(`{"patchOperations":[{"op":"replace","path":"/responseTemplates/application~1json","value":"{\"version\":%d}"}]}`, a.version+1)
	if !do("PATCH", "/resources/"+a.root+"/methods/GET/integration/responses/200", patch, 200) {
		return false
	}
	if !do("POST", "/deployments", `{"stageName":"prod"}`, 201) {
		return false
	}
	a.version++
	return true
}

// compare looks at what is stored and at what is served, and takes what was in doubt as it is now.
func (a *killedAPI) compare(t *testing.T, s *serveProcess) {
	t.Helper()
	var list struct{ Item []struct{ PathPart string } }
	answer := s.call(s.root, "apigateway", "GET", "/restapis/"+a.id+"/resources?limit=500", "")
	if err := json.Unmarshal([]byte(answer.body), &list); err != nil {
		t.Fatalf("%v: %s", err, answer.body)
	}
	there := make(map[string]bool)
	for _, r := range list.Item {
		there[r.PathPart] = true
	}
	for _, name := range a.resources {
		if !there[name] {
			t.Fatalf("API %s: the resource %s was acknowledged and is lost", a.id, name)
		}
	}
	if a.doubt != "" && there[a.doubt] {
		a.resources = append(a.resources, a.doubt)
	}
	a.doubt = ""
	res, err := s.client.Get(s.apis + "/restapis/" + a.id + "/prod/_user_request_/")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("API %s: got %d %s, %v", a.id, res.StatusCode, body, err)
	}
	var served struct{ Version int }
	if err := json.Unmarshal(body, &served); err != nil || served.Version != a.version && served.Version != a.version+1 {
		t.Fatalf("API %s: serves %s; acknowledged was version %d", a.id, body, a.version)
	}
	a.version = served.Version
}
