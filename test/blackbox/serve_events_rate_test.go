package blackbox

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gatehouse-gateway/gatehouse/sigv4"
)

// eventsFor is how long events are sent: GATEHOUSE_EVENTS_FOR=1m measures, with a binary that has no race detector.
const eventsFor = "GATEHOUSE_EVENTS_FOR"

// noting writes a line per attempt. Every twentieth event fails.
const noting = `import os
out = os.open(os.environ["NOTES"], os.O_WRONLY | os.O_APPEND)
def handler(event, context):
    os.write(out, ("%d\n" % event["n"]).encode())
    if event["n"] % 20 == 0:
        raise ValueError("the twentieth")
`

// withoutRaceDetector runs a binary for figures, in place of the one that finds races, until the test ends.
func withoutRaceDetector(t *testing.T) {
	t.Helper()
	usual := binary
	t.Cleanup(func() { binary = usual })
	binary = filepath.Join(t.TempDir(), "gatehouse")
	if out, err := exec.Command("go", "build", "-o", binary, "../../cmd/gatehouse").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}

// TestAThousandEventsPerSecond sends events at a steady rate, each in a signed call of its own. Every accepted event is run: once, or
// three times when its function fails.
func TestAThousandEventsPerSecond(t *testing.T) {
	const rate, clients, attempts = 1000, 32, 3
	length := 3 * time.Second
	if text := os.Getenv(eventsFor); text != "" {
		var err error
		if length, err = time.ParseDuration(text); err != nil {
			t.Fatal(err)
		}
		withoutRaceDetector(t)
	}
	notes := filepath.Join(t.TempDir(), "notes")
	if err := os.WriteFile(notes, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	s := startServe(t, t.TempDir(), "--async-retry-delays", "100ms,200ms", "--function-isolation", "process", "--log-level", "error")
	putFunction(t, s, "notes", noting, fmt.Sprintf(`,"Environment":{"Variables":{"NOTES":%q}}`, notes))
	s.must("PUT", "/2017-10-31/functions/notes/concurrency", `{"ReservedConcurrentExecutions":4}`)
	if err := os.Truncate(notes, 0); err != nil { // what asked whether it can be invoked wrote a line
		t.Fatal(err)
	}

	send := eventSender(s)
	var mu sync.Mutex
	var took []time.Duration
	accepted, refused := make(map[int]bool), 0
	due := make(chan int, rate) // a second of events may wait for a client
	var group sync.WaitGroup
	for range clients {
		group.Go(func() {
			for n := range due {
				begun := time.Now()
				err := send(n)
				mu.Lock()
				if err != nil {
					refused++
					t.Logf("event %d: %v", n, err)
				} else {
					accepted[n] = true
					took = append(took, time.Since(begun))
				}
				mu.Unlock()
			}
		})
	}
	begun, late := time.Now(), 0
	tick := time.NewTicker(time.Millisecond)
	n := 0
	for now := range tick.C {
		for want := int(min(now.Sub(begun), length).Seconds() * rate); n < want; {
			n++
			select {
			case due <- n:
			default:
				late++
			}
		}
		if now.Sub(begun) >= length {
			break
		}
	}
	tick.Stop()
	close(due)
	group.Wait()
	sending := time.Since(begun)

	want := 0
	for n := range accepted {
		if want++; n%20 == 0 {
			want += attempts - 1
		}
	}
	seen := awaitNotes(t, notes, want)
	for n := range accepted {
		wants := 1
		if n%20 == 0 {
			wants = attempts
		}
		if seen[n] != wants {
			t.Errorf("event %d was run %d times, want %d", n, seen[n], wants)
		}
		delete(seen, n)
	}
	if len(seen) > 0 {
		t.Errorf("%d events were run that nobody accepted", len(seen))
	}
	slices.Sort(took)
	if len(took) == 0 {
		t.Fatal("no event was accepted")
	}
	t.Logf("%d events accepted in %v (%.0f/s), %d not sent in time, %d refused; the answer took %v (median), %v (99%%), %v (longest); all %d attempts were made %v after the last answer",
		len(accepted), sending.Round(time.Millisecond), float64(len(accepted))/sending.Seconds(), late, refused, took[len(took)/2].Round(10*time.Microsecond),
		took[len(took)*99/100].Round(10*time.Microsecond), took[len(took)-1].Round(10*time.Microsecond), want, (time.Since(begun) - sending).Round(time.Millisecond))
}

// eventSender sends an event with a number, signed, over connections that are kept.
func eventSender(s *serveProcess) func(int) error {
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 100}, Timeout: patience}
	s.t.Cleanup(client.CloseIdleConnections)
	signer := &sigv4.Signer{Credential: sigv4.Credential{AccessKeyID: s.root.AccessKeyID, Secret: sigv4.NewSecret(s.root.SecretAccessKey)}}
	const path = "/2015-03-31/functions/notes/invocations"
	host := strings.TrimPrefix(s.control, "http://")
	return func(n int) error {
		body := fmt.Sprintf(`{"n":%d}`, n)
		req, err := http.NewRequestWithContext(context.Background(), "POST", s.control+path, strings.NewReader(body))
		if err != nil {
			return err
		}
		req.Header.Set("X-Amz-Invocation-Type", "Event")
		signed := &sigv4.Request{Method: "POST", Path: path, Body: []byte(body), Header: []sigv4.Field{{Name: "Host", Value: host}, {Name: "X-Amz-Invocation-Type", Value: "Event"}}}
		for _, f := range signer.Sign(signed, "lambda", "eu-west-1", time.Now()) {
			req.Header.Set(f.Name, f.Value)
		}
		res, err := client.Do(req)
		if err != nil {
			return err
		}
		defer res.Body.Close()
		text, err := io.ReadAll(res.Body)
		if err == nil && res.StatusCode != http.StatusAccepted {
			err = fmt.Errorf("got %s %s", res.Status, text)
		}
		return err
	}
}

// settleNotes is how long more lines than there should be are waited for.
const settleNotes = 500 * time.Millisecond

// awaitNotes waits for so many lines, and then a moment for more than there should be.
func awaitNotes(t *testing.T, file string, want int) map[int]int {
	t.Helper()
	seen, lines, settled := make(map[int]int), 0, time.Time{}
	for deadline := time.Now().Add(5 * patience); ; time.Sleep(20 * time.Millisecond) {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		clear(seen)
		lines = 0
		for line := range strings.Lines(string(text)) {
			var n int
			if _, err := fmt.Sscan(line, &n); err != nil {
				t.Fatalf("%v: %q", err, line)
			}
			seen[n]++
			lines++
		}
		switch {
		case lines >= want && settled.IsZero():
			settled = time.Now()
		case lines >= want && time.Since(settled) > settleNotes:
			return seen
		case time.Now().After(deadline):
			t.Errorf("%d attempts of %d were made", lines, want)
			return seen
		}
	}
}
