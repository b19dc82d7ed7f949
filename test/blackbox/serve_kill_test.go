package blackbox

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
)

const (
	kills       = 22
	killClients = 6
)

// killLedger knows what was acknowledged to one client, which is the only one that changes these keys.
type killLedger struct {
	made  map[string]keyState // by access key id
	doubt string              // the key of a change without an answer
	doing keyState            // what that change would make of it
	lost  int                 // creations without an answer: the key may exist
	acks  int
}

// keyState is what the ledger compares.
type keyState struct {
	secret   string
	disabled bool
	deleted  bool
}

// TestKilledServersKeepWhatTheyAcknowledged kills the server while clients write, at random moments, again and again, and
// compares every acknowledged write.
func TestKilledServersKeepWhatTheyAcknowledged(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	r := rand.New(rand.NewPCG(1, 2))
	ledgers := make([]*killLedger, killClients)
	for i := range ledgers {
		ledgers[i] = &killLedger{made: make(map[string]keyState)}
	}
	var root aws.Credentials
	for round := range kills {
		s := startServe(t, dir)
		if root.AccessKeyID == "" {
			root = s.root
		}
		if s.root != root {
			t.Fatal("a kill changed the root key")
		}
		if round > 0 {
			compareKeys(t, s, ledgers)
		}
		var clients sync.WaitGroup
		started := make(chan struct{}, killClients)
		for i, l := range ledgers {
			seed := r.Uint64()
			clients.Go(func() { l.work(t, s, fmt.Sprintf("client%d", i), rand.New(rand.NewPCG(seed, 0)), started) })
		}
		select {
		case <-started: // the first acknowledged write
		case <-time.After(patience):
			t.Error("no write was acknowledged")
		}
		pause := time.NewTimer(time.Duration(r.IntN(300)) * time.Millisecond)
		<-pause.C
		s.kill()
		clients.Wait()
	}
	s := startServe(t, dir)
	compareKeys(t, s, ledgers)
	acks := 0
	for _, l := range ledgers {
		acks += l.acks
	}
	if acks < kills { // a loaded machine makes them few
		t.Errorf("only %d writes were acknowledged", acks)
	}
	t.Logf("%d kills, %d acknowledged writes", kills, acks)
}

// work writes until the server is gone.
func (l *killLedger) work(t *testing.T, s *serveProcess, name string, r *rand.Rand, started chan<- struct{}) {
	for n := 0; ; n++ {
		if !l.step(t, s, name, r) {
			return
		}
		l.acks++
		if n == 0 {
			started <- struct{}{}
		}
	}
}

// step makes, disables, enables or deletes a key. It reports false when there was no answer.
func (l *killLedger) step(t *testing.T, s *serveProcess, name string, r *rand.Rand) bool {
	id := l.pick(r)
	if id == "" || len(l.made) < 20 && r.IntN(3) == 0 {
		l.lost++
		a, err := s.try(s.root, "gatehouse", "POST", "/_gatehouse/keys", `{"accountId":"000000000000","name":"`+name+`"}`)
		var k accessKey
		if err != nil || json.Unmarshal([]byte(a.body), &k) != nil || a.status != 201 {
			if err == nil {
				t.Errorf("creating: got %d %s", a.status, a.body)
			}
			return false
		}
		l.lost--
		l.made[k.AccessKeyID] = keyState{secret: k.SecretAccessKey}
		return true
	}
	next, method, body, status := l.made[id], "PUT", `{"disabled":true}`, 200
	switch {
	case r.IntN(6) == 0:
		next.deleted, method, body, status = true, "DELETE", "", 204
	case next.disabled:
		next.disabled, body = false, `{"disabled":false}`
	default:
		next.disabled = true
	}
	l.doubt, l.doing = id, next
	a, err := s.try(s.root, "gatehouse", method, "/_gatehouse/keys/"+id, body)
	if err != nil {
		return false
	}
	if a.status != status {
		t.Errorf("%s %s: got %d %s", method, id, a.status, a.body)
		return false
	}
	l.made[id], l.doubt = next, ""
	return true
}

// pick is one of the client's keys that exists, or "".
func (l *killLedger) pick(r *rand.Rand) string {
	var ids []string
	for id, k := range l.made {
		if !k.deleted {
			ids = append(ids, id)
		}
	}
	if len(ids) == 0 {
		return ""
	}
	return ids[r.IntN(len(ids))]
}

// compareKeys compares what the server has with what it acknowledged, and takes what was in doubt as it is now.
func compareKeys(t *testing.T, s *serveProcess, ledgers []*killLedger) {
	t.Helper()
	a := s.call(s.root, "gatehouse", "GET", "/_gatehouse/keys", "")
	var list struct{ Keys []accessKey }
	if err := json.Unmarshal([]byte(a.body), &list); err != nil {
		t.Fatalf("%v: %s", err, a.body)
	}
	there := make(map[string]accessKey)
	for _, k := range list.Keys {
		there[k.AccessKeyID] = k
	}
	delete(there, s.root.AccessKeyID)
	lost := 0
	for _, l := range ledgers {
		lost += l.lost
		for id, want := range l.made {
			got, exists := there[id]
			delete(there, id)
			state := keyState{want.secret, got.Disabled, !exists}
			if want.deleted {
				state.disabled = want.disabled
			}
			if id == l.doubt && l.doing.deleted && !exists {
				state.disabled = l.doing.disabled
			}
			if state != want && (id != l.doubt || state != l.doing) {
				t.Fatalf("%s: disabled %v, deleted %v; acknowledged was disabled %v, deleted %v", id, state.disabled, state.deleted, want.disabled, want.deleted)
			}
			l.made[id] = state
			if exists {
				checkSigns(t, s, got, want.secret)
			}
		}
		l.doubt = ""
	}
	if len(there) > lost {
		t.Fatalf("%d keys that nobody made: %v", len(there), there)
	}
}

// checkSigns uses a key: it signs with the secret that was acknowledged, if it is enabled.
func checkSigns(t *testing.T, s *serveProcess, k accessKey, secret string) {
	t.Helper()
	want := "arn:aws:iam::000000000000:user/" + k.Name
	if k.Disabled {
		want = "InvalidClientTokenId"
	}
	if got := s.identity(aws.Credentials{AccessKeyID: k.AccessKeyID, SecretAccessKey: secret}); got != want {
		t.Fatalf("%s: got %s, want %s", k.AccessKeyID, got, want)
	}
}
