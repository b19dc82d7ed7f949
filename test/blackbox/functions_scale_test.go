package blackbox

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// meetingCode is a function that writes a file when it is called, and answers when it is told so.
const meetingCode = `
const fs = require('node:fs');
exports.handler = async (event) => {
  const dir = process.env.MEETING;
  fs.writeFileSync(dir + '/' + event.requestContext.requestId, '');
  while (!fs.existsSync(dir + '/go')) await new Promise((done) => setTimeout(done, 20));
  return { body: 'met' };
};
`

// textOf reads a body to its end.
func textOf(r io.Reader) string {
	b, err := io.ReadAll(r)
	if err != nil {
		return err.Error()
	}
	return string(b)
}

// meetingPoint is a project whose function meets in a folder.
func meetingPoint(t *testing.T) (project, meeting string) {
	t.Helper()
	meeting = t.TempDir()
	return functionProject(t, map[string]string{
		"openapi.yaml":   lambdaDocument("f"),
		"gatehouse.yaml": "functions:\n- {name: f, runtime: nodejs20.x, handler: index.handler, path: f, timeout: 120, environment: {MEETING: '" + meeting + "'}}\n",
		"f/index.js":     meetingCode,
	}), meeting
}

// awaitFiles waits until there are n files in a folder.
func awaitFiles(t *testing.T, dir string, n int) {
	t.Helper()
	for deadline := time.Now().Add(2 * patience); ; time.Sleep(5 * time.Millisecond) {
		entries, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		if len(entries) == n {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d have come, and not %d", len(entries), n)
		}
	}
}

// TestHundredRequestsAtOnceScaleOut sends a hundred requests to one function, none of which is answered before all run: it takes a
// hundred processes. More requests than may run are refused, and when all is over the next one finds a warm process.
func TestHundredRequestsAtOnceScaleOut(t *testing.T) {
	const n = 100
	project, meeting := meetingPoint(t)
	g := serveFile(t, project)
	type end struct {
		status int
		body   string
	}
	ends := make(chan end, n)
	client := &http.Client{Transport: &http.Transport{}, Timeout: 4 * patience}
	for range n {
		go func() {
			res, err := client.Get("http://" + g.addr + "/dev/f")
			if err != nil {
				ends <- end{0, err.Error()}
				return
			}
			defer res.Body.Close()
			ends <- end{res.StatusCode, textOf(res.Body)}
		}()
	}
	awaitFiles(t, meeting, n)
	if all := startedWith("MEETING=" + meeting); len(all) < n {
		t.Errorf("%d processes of the function run, want %d", len(all), n)
	}
	write(t, filepath.Join(meeting, "go"), "")
	for range n {
		if e := <-ends; e != (end{200, "met"}) {
			t.Errorf("got %d %s", e.status, e.body)
		}
	}
	reports := func() int { return strings.Count(g.out.String(), "REPORT RequestId") }
	eventually(t, func() string { return fmt.Sprint(reports(), " reports") }, func() bool { return reports() == n })
	from := g.mark()
	if r := g.do("GET", "/dev/f", ""); r.status != 200 || r.body != "met" {
		t.Errorf("afterwards: %s", r)
	}
	g.out.wait(t, from, `REPORT RequestId`)
	if text := g.out.String()[from:]; strings.Contains(text, "Init Duration") {
		t.Errorf("a warm process was there and another one started:\n%s", text)
	}
}

// TestScalingOutEndsAtTheLimit has more callers than a function's reserved concurrency: so many run, the others are told at once.
// Idle processes end by themselves.
func TestScalingOutEndsAtTheLimit(t *testing.T) {
	const limit, callers = 10, 30
	meeting := t.TempDir()
	s := startServe(t, t.TempDir(), "--limits-profile", "operator", "--limit", "function environment idle time=300", "--function-isolation", "process")
	code := strings.ReplaceAll(meetingCode, "event.requestContext.requestId", "event.id")
	body := strings.Replace(functionBody("f", zipWith(t, "index.js", code)), `"Runtime":"python3.12","Handler":"handler.handler"`, `"Runtime":"nodejs20.x","Handler":"index.handler","Timeout":60`, 1)
	body = strings.Replace(body, `"PASSWORD":"open sesame"`, fmt.Sprintf(`"MEETING":%q`, meeting), 1)
	if a := s.call(s.root, "lambda", "POST", "/2015-03-31/functions", body); a.status != 201 {
		t.Fatalf("got %d %s", a.status, a.body)
	}
	if a := s.call(s.root, "lambda", "PUT", "/2017-10-31/functions/f/concurrency", fmt.Sprintf(`{"ReservedConcurrentExecutions":%d}`, limit)); a.status != 200 {
		t.Fatalf("got %d %s", a.status, a.body)
	}
	var mu sync.Mutex
	ended := make(map[string]int)
	var group sync.WaitGroup
	for i := range callers {
		group.Go(func() {
			a, err := s.try(s.root, "lambda", "POST", "/2015-03-31/functions/f/invocations", fmt.Sprintf(`{"id":"call-%d"}`, i))
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				ended[err.Error()]++
				return
			}
			ended[fmt.Sprint(a.status, " ", a.body)]++
		})
	}
	awaitFiles(t, meeting, limit)
	refused := func() int {
		mu.Lock()
		defer mu.Unlock()
		return ended[`429 {"Reason":"ReservedFunctionConcurrentInvocationLimitExceeded","Type":"User","message":"Rate Exceeded."}`]
	}
	for deadline := time.Now().Add(patience); refused() < callers-limit; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%d callers were refused: %v", refused(), ended)
		}
	}
	write(t, filepath.Join(meeting, "go"), "")
	group.Wait()
	if n := ended[`200 {"body":"met"}`]; n != limit || len(ended) != 2 {
		t.Errorf("got %v", ended)
	}
	awaitNone(t, "MEETING="+meeting)
}

// TestTenThousandInvocationsLeaveNothing compares what the gateway has after a thousand invocations with what it has after ten
// thousand more.
func TestTenThousandInvocationsLeaveNothing(t *testing.T) {
	mark := t.TempDir()
	g := serveFile(t, functionProject(t, map[string]string{
		"openapi.yaml":   lambdaDocument("f"),
		"gatehouse.yaml": "functions:\n- {name: f, runtime: nodejs20.x, handler: index.handler, path: f, environment: {LEAVES: '" + mark + "'}}\n",
		"f/index.js":     saysInNode("here"),
	}))
	run := func(n int) {
		var group sync.WaitGroup
		client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 4}, Timeout: patience}
		defer client.CloseIdleConnections()
		for range 4 {
			group.Go(func() {
				for range n / 4 {
					res, err := client.Get("http://" + g.addr + "/dev/f")
					if err != nil {
						t.Error(err)
						return
					}
					if text := textOf(res.Body); res.StatusCode != 200 || text != "here" {
						t.Errorf("got %s %s", res.Status, text)
					}
					res.Body.Close()
				}
			})
		}
		group.Wait()
	}
	run(1000)
	processes, files, memory := len(startedWith("LEAVES="+mark)), g.openFiles(), g.residentKB()
	run(10_000)
	t.Logf("processes %d, then %d; open files %d, then %d; resident %d KB, then %d KB", processes, len(startedWith("LEAVES="+mark)), files, g.openFiles(), memory, g.residentKB())
	if n := len(startedWith("LEAVES=" + mark)); n > max(processes, 4) {
		t.Errorf("%d processes, and %d before", n, processes)
	}
	if n := g.openFiles(); n > files+20 {
		t.Errorf("%d open files, and %d before", n, files)
	}
	if kb := g.residentKB(); kb > memory*3/2+32<<10 {
		t.Errorf("%d KB of memory, and %d before", kb, memory)
	}
}
