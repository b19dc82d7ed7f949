package jetstream_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gatehouse-gateway/gatehouse/internal/engine"
	"github.com/gatehouse-gateway/gatehouse/internal/engine/jetstream"
)

// childDir is set in the process that is killed.
const childDir = "GATEHOUSE_TEST_ENGINE_DIR"

const (
	killRounds  = 24
	killWriters = 8
	ownKeys     = 6 // of each writer
	sharedKeys  = 3
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(childDir); dir != "" {
		if err := writeUntilKilled(dir); err != nil {
			fmt.Println("!", err)
			os.Exit(1)
		}
	}
	os.Exit(m.Run())
}

// writeUntilKilled writes with several writers, and prints "? key op" before and "+ key revision digest" after each
// write of a key of one writer, only the latter for keys of all.
func writeUntilKilled(dir string) error {
	ctx := context.Background()
	e, err := jetstream.Open(ctx, jetstream.Options{Dir: dir})
	if err != nil {
		return err
	}
	failed := make(chan error)
	for w := range killWriters {
		go func() {
			c := &killedWriter{docs: e.Docs(), r: rand.New(rand.NewPCG(uint64(os.Getpid()), uint64(w)))}
			for n := 0; ; n++ {
				if err := c.step(ctx, w, n); err != nil {
					failed <- err
				}
			}
		}()
	}
	return <-failed
}

type killedWriter struct {
	docs engine.Docs
	r    *rand.Rand
}

// content is of the key, different every time, and now and then large.
func (c *killedWriter) content(key string) []byte {
	data := fmt.Appendf(nil, "%s\n%d\n", key, c.r.Uint64())
	if c.r.IntN(25) == 0 {
		return append(data, bytes.Repeat(data, (1<<20)/len(data))...)
	}
	return append(data, make([]byte, c.r.IntN(5000))...)
}

func (c *killedWriter) step(ctx context.Context, w, n int) error {
	if n%7 == 0 {
		key := fmt.Sprintf("shared/%d", c.r.IntN(sharedKeys))
		data := c.content(key)
		rev, err := engine.Change(ctx, c.docs, "test", key, func([]byte) ([]byte, error) { return data, nil })
		if err == nil {
			fmt.Printf("+ %s %d %s\n", key, rev, engine.DigestOf(data))
		}
		return err
	}
	key := fmt.Sprintf("own/%d/%d", w, c.r.IntN(ownKeys))
	doc, err := c.docs.Get(ctx, "test", key)
	switch data := c.content(key); {
	case errors.Is(err, engine.ErrNotFound):
		fmt.Printf("? %s %s\n", key, engine.DigestOf(data))
		doc.Revision, err = c.docs.Create(ctx, "test", key, data)
		doc.Digest = engine.DigestOf(data)
	case err != nil:
		return err
	case n%11 == 0:
		fmt.Printf("? %s deleted\n", key)
		if err := c.docs.Delete(ctx, "test", key, doc.Revision); err != nil {
			return err
		}
		fmt.Printf("+ %s 0 deleted\n", key)
		return nil
	default:
		fmt.Printf("? %s %s\n", key, engine.DigestOf(data))
		doc.Revision, err = c.docs.Update(ctx, "test", key, data, doc.Revision)
		doc.Digest = engine.DigestOf(data)
	}
	if err == nil {
		fmt.Printf("+ %s %d %s\n", key, doc.Revision, doc.Digest)
	}
	return err
}

// A ledger knows what was acknowledged, and what may have happened besides.
type ledger struct {
	acked   map[string]write
	pending map[string][]string // key of one writer → digests or "deleted", since the last acknowledged; kills add up
	acks    int
}

type write struct {
	rev    engine.Revision
	digest string
}

func (l *ledger) read(t *testing.T, line string) {
	f := strings.Fields(line)
	switch {
	case len(f) == 3 && f[0] == "?":
		l.pending[f[1]] = append(l.pending[f[1]], f[2])
	case len(f) == 4 && f[0] == "+":
		n, err := strconv.ParseUint(f[2], 10, 64)
		if err != nil {
			t.Fatalf("line %q: %v", line, err)
		}
		l.acks++
		delete(l.pending, f[1])
		if now := (write{engine.Revision(n), f[3]}); now.rev == 0 || now.rev > l.acked[f[1]].rev {
			l.acked[f[1]] = now
		}
	default:
		t.Fatalf("the writer said %q", line)
	}
}

// TestKilledWritersLoseNoAcknowledgedWrite kills a process at random moments of its writing, again and again.
func TestKilledWritersLoseNoAcknowledgedWrite(t *testing.T) {
	dir := t.TempDir()
	r := rand.New(rand.NewPCG(1, 2))
	l := &ledger{acked: map[string]write{}, pending: map[string][]string{}}
	for round := range killRounds {
		killOnce(t, dir, l, time.Duration(r.IntN(500))*time.Millisecond)
		if round%2 == 1 { // the other rounds open what was not closed twice
			verify(t, dir, l)
		}
	}
	if l.acks < killRounds { // each child has one at least before it is killed
		t.Fatalf("only %d writes were acknowledged", l.acks)
	}
	t.Logf("%d kills, %d acknowledged writes, %d keys", killRounds, l.acks, len(l.acked))
}

// killOnce lets a child write, kills it some time after its first acknowledgement, and reads all it said.
func killOnce(t *testing.T, dir string, l *ledger, after time.Duration) {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^$")
	cmd.Env = append(os.Environ(), childDir+"="+dir)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var once sync.Once
	in := bufio.NewReader(out)
	for {
		line, err := in.ReadString('\n')
		if errors.Is(err, io.EOF) {
			break // what is after the last newline was being written
		}
		if err != nil {
			t.Fatal(err)
		}
		l.read(t, line)
		if line[0] == '+' {
			once.Do(func() { time.AfterFunc(after, func() { cmd.Process.Kill() }) })
		}
	}
	if err := cmd.Wait(); err == nil || cmd.ProcessState.ExitCode() != -1 {
		t.Fatalf("the writer was not killed: %v", err)
	}
}

func verify(t *testing.T, dir string, l *ledger) {
	t.Helper()
	e := open(t, jetstream.Options{Dir: dir})
	defer func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	}()
	if damage := e.Damage(); len(damage) > 0 {
		t.Fatalf("a kill damaged %v", damage)
	}
	keys := map[string]bool{}
	for key := range l.acked {
		keys[key] = true
	}
	for key := range l.pending {
		keys[key] = true
	}
	for key := range keys {
		got := write{digest: "deleted"}
		doc, err := e.Docs().Get(t.Context(), "test", key)
		if err == nil {
			got = write{doc.Revision, doc.Digest.String()}
			if !bytes.HasPrefix(doc.Data, []byte(key+"\n")) {
				t.Fatalf("%s has the content of another", key)
			}
		} else if !errors.Is(err, engine.ErrNotFound) {
			t.Fatal(err)
		}
		acked, was := l.acked[key]
		pending := l.pending[key]
		switch {
		case was && got == acked:
		case !was && got.digest == "deleted":
		case slices.Contains(pending, got.digest) && (got.rev > acked.rev || got.rev == 0):
		case strings.HasPrefix(key, "shared/") && got.rev > acked.rev:
		default:
			t.Fatalf("%s: got %+v, acknowledged was %+v, on the way were %q", key, got, acked, pending)
		}
		l.settle(key, got)
	}
}

// settle takes what is there as the truth from now on.
func (l *ledger) settle(key string, got write) {
	delete(l.pending, key)
	l.acked[key] = got
}
