package blackbox

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

// reporting is a function that tells a URL its name, its request id and its event, and fails when the event says so.
const reporting = `import json, os, urllib.request
def handler(event, context):
    report = json.dumps({"function": context.function_name, "id": context.aws_request_id, "event": event}).encode()
    urllib.request.urlopen(urllib.request.Request(os.environ["REPORT_TO"], report), timeout=10).read()
    if event.get("fail"):
        raise ValueError("told to fail")
    return {"done": True}
`

// report is what such a function told.
type report struct {
	Function string         `json:"function"`
	ID       string         `json:"id"`
	Event    map[string]any `json:"event"`
}

// reports collects them.
type reports struct {
	*httptest.Server
	mu      sync.Mutex
	all     []report
	changed chan struct{}
}

func newReports(t *testing.T) *reports {
	t.Helper()
	r := &reports{changed: make(chan struct{})}
	r.Server = httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, req *http.Request) {
		var one report
		body, err := io.ReadAll(req.Body)
		if err != nil || json.Unmarshal(body, &one) != nil {
			return // the function was killed
		}
		r.mu.Lock()
		defer r.mu.Unlock()
		r.all = append(r.all, one)
		close(r.changed)
		r.changed = make(chan struct{})
	}))
	t.Cleanup(r.Close)
	return r
}

// wait waits until done is true of the reports so far.
func (r *reports) wait(t *testing.T, what string, done func([]report) bool) []report {
	t.Helper()
	timeout := time.After(2 * patience)
	for {
		r.mu.Lock()
		all, changed := append([]report(nil), r.all...), r.changed
		r.mu.Unlock()
		if done(all) {
			return all
		}
		select {
		case <-changed:
		case <-timeout:
			t.Fatalf("%s: %d reports came", what, len(all))
		}
	}
}

// createReporting makes a function that reports, and waits until it can be invoked.
func (r *reports) createFunction(t *testing.T, s *serveProcess, name string) {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	out, err := w.Create("handler.py")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(out, reporting); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	body := fmt.Sprintf(`{"FunctionName":%q,"Runtime":"python3.12","Handler":"handler.handler","Role":"arn:aws:iam::000000000000:role/r","Timeout":30,`+
		`"Environment":{"Variables":{"REPORT_TO":%q}},"Code":{"ZipFile":%q}}`, name, r.URL, base64.StdEncoding.EncodeToString(b.Bytes()))
	if a := s.call(s.root, "lambda", "POST", "/2015-03-31/functions", body); a.status != 201 {
		t.Fatalf("got %d %s", a.status, a.body)
	}
	if err := canBeInvoked(t, s, name); err != nil {
		t.Fatal(err)
	}
}

// sendEvent invokes a function with the type Event, and returns the request id of the answer.
func sendEvent(s *serveProcess, name, payload string) (string, error) {
	req, err := http.NewRequestWithContext(context.Background(), "POST", s.control+"/2015-03-31/functions/"+name+"/invocations", strings.NewReader(payload))
	if err != nil {
		return "", err
	}
	req.Header.Set("X-Amz-Invocation-Type", "Event")
	sum := sha256.Sum256([]byte(payload))
	if err := v4.NewSigner().SignHTTP(context.Background(), s.root, req, hex.EncodeToString(sum[:]), "lambda", "eu-west-1", time.Now()); err != nil {
		return "", err
	}
	res, err := s.client.Do(req)
	if err != nil {
		return "", err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return "", err
	}
	if res.StatusCode != http.StatusAccepted || len(body) > 0 {
		return "", fmt.Errorf("got %s %s", res.Status, body)
	}
	return res.Header.Get("x-amzn-RequestId"), nil
}

// TestAcceptedEventsSurviveKills kills the server again and again while clients send events and functions run them: every event
// that was accepted is run.
func TestAcceptedEventsSurviveKills(t *testing.T) {
	t.Parallel()
	const rounds, clients, each = 6, 6, 40
	told, dir := newReports(t), t.TempDir()
	s := startServe(t, dir)
	told.createFunction(t, s, "keeps")
	if a := s.call(s.root, "lambda", "PUT", "/2017-10-31/functions/keeps/concurrency", `{"ReservedConcurrentExecutions":3}`); a.status != 200 {
		t.Fatalf("got %d %s", a.status, a.body)
	}
	r := rand.New(rand.NewPCG(3, 4))
	accepted := make(map[string]bool)
	var mu sync.Mutex
	for round := range rounds {
		if round > 0 {
			s = startServe(t, dir)
		}
		var group sync.WaitGroup
		begun, target := make(chan struct{}), len(accepted)+each
		for c := range clients {
			group.Go(func() {
				for n := 0; ; n++ {
					name := fmt.Sprintf("%d.%d.%d", round, c, n)
					if _, err := sendEvent(s, "keeps", `{"name":"`+name+`"}`); err != nil {
						return // killed
					}
					mu.Lock()
					if accepted[name] = true; len(accepted) == target {
						close(begun)
					}
					mu.Unlock()
				}
			})
		}
		select {
		case <-begun:
		case <-time.After(patience):
			t.Fatal("too few events were accepted")
		}
		pause := time.NewTimer(time.Duration(r.IntN(100)) * time.Millisecond)
		<-pause.C
		s.kill()
		group.Wait()
	}
	s = startServe(t, dir)
	all := told.wait(t, "accepted events", func(all []report) bool {
		left := len(accepted)
		seen := make(map[string]bool)
		for _, one := range all {
			if name, _ := one.Event["name"].(string); accepted[name] && !seen[name] {
				seen[name] = true
				left--
			}
		}
		return left == 0
	})
	t.Logf("%d kills, %d accepted events, %d attempts", rounds, len(accepted), len(all))
}

// heard is what the function hears was told; nil: nothing so far.
func heard(all []report) *report {
	for _, one := range all {
		if one.Function == "hears" {
			return &one
		}
	}
	return nil
}

// TestEventsThatWouldBeTooOldEndUnconfirmed: an event whose next attempt would come after its maximum age has no other.
func TestEventsThatWouldBeTooOldEndUnconfirmed(t *testing.T) {
	t.Parallel()
	told := newReports(t)
	s := startServe(t, t.TempDir(), "--async-retry-delays", "2m,2m")
	for _, name := range []string{"fails", "hears"} {
		told.createFunction(t, s, name)
	}
	if a := s.call(s.root, "lambda", "PUT", "/2019-09-25/functions/fails/event-invoke-config",
		`{"MaximumEventAgeInSeconds":60,"DestinationConfig":{"OnFailure":{"Destination":"arn:aws:lambda:eu-west-1:000000000000:function:hears"}}}`); a.status != 200 {
		t.Fatalf("got %d %s", a.status, a.body)
	}
	if _, err := sendEvent(s, "fails", `{"fail":true}`); err != nil {
		t.Fatal(err)
	}
	all := told.wait(t, "what the destination is told", func(all []report) bool { return heard(all) != nil })
	about, _ := heard(all).Event["requestContext"].(map[string]any)
	if len(all) != 2 || about["condition"] != "EventAgeExceeded" || about["approximateInvokeCount"] != float64(1) {
		t.Errorf("got %v", all)
	}
}

// TestFailedEvents holds the attempts of an event and what its destination gets, with short delays.
func TestFailedEvents(t *testing.T) {
	told := newReports(t)
	s := startServe(t, t.TempDir(), "--async-retry-delays", "50ms,100ms")
	for _, name := range []string{"fails", "hears"} {
		told.createFunction(t, s, name)
	}
	const hears = "arn:aws:lambda:eu-west-1:000000000000:function:hears"
	if a := s.call(s.root, "lambda", "PUT", "/2019-09-25/functions/fails/event-invoke-config", `{"DestinationConfig":{"OnFailure":{"Destination":"`+hears+`"}}}`); a.status != 200 {
		t.Fatalf("got %d %s", a.status, a.body)
	}
	id, err := sendEvent(s, "fails", `{"fail":true}`)
	if err != nil {
		t.Fatal(err)
	}
	all := told.wait(t, "attempts", func(all []report) bool { return heard(all) != nil })
	if len(all) != 4 {
		t.Errorf("%d invocations, want 3 and one of the destination", len(all))
	}
	for _, one := range all[:3] {
		if one.Function != "fails" || one.ID != id {
			t.Errorf("got %+v, the id is %s", one, id)
		}
	}
	check := func(all []report, condition string, count float64) {
		t.Helper()
		about, _ := heard(all).Event["requestContext"].(map[string]any)
		if about["requestId"] != id || about["condition"] != condition || about["approximateInvokeCount"] != count || about["functionArn"] != "arn:aws:lambda:eu-west-1:000000000000:function:fails:$LATEST" {
			t.Errorf("got %v", heard(all).Event)
		}
	}
	check(all, "RetriesExhausted", 3)

	if a := s.call(s.root, "lambda", "PUT", "/2017-10-31/functions/fails/concurrency", `{"ReservedConcurrentExecutions":0}`); a.status != 200 {
		t.Fatalf("got %d %s", a.status, a.body)
	}
	if id, err = sendEvent(s, "fails", `{"fail":true}`); err != nil {
		t.Fatal(err)
	}
	all = told.wait(t, "the event of a stopped function", func(all []report) bool { return len(all) > 4 })[4:]
	check(all, "ZeroReservedConcurrency", 0)
	if len(all) != 1 || heard(all).Event["responseContext"] != nil {
		t.Errorf("got %v", all)
	}
}
