package process

import (
	"context"
	"io"
	"net"
	"os"
	"strings"
	"testing"
)

// networks are one in each kind of nursery that can have them here.
func networks(t *testing.T) map[*Nursery]*Network {
	t.Helper()
	all := map[*Nursery]*Network{}
	for mode, n := range nurseries(t) {
		w, err := n.NewNetwork()
		if holds := n.Holds(); holds.Network != (err == nil) || holds.Network != (holds.NetworkMissing == "") {
			t.Fatalf("%s: %v, holds %+v", mode, err, holds)
		}
		if err != nil {
			t.Logf("%s: no networks here: %v", mode, err)
			continue
		}
		t.Cleanup(w.Close)
		all[n] = w
	}
	return all
}

// TestProcessesInANetworkOfTheirOwn: they have loopback and nothing else, and no capabilities to change that, confined or not.
func TestProcessesInANetworkOfTheirOwn(t *testing.T) {
	for n, w := range networks(t) {
		temp := t.TempDir()
		for name, files := range map[string]*Files{"open": nil, "confined": {Temp: temp}, "elsewhere": {Elsewhere: true}} {
			out, in, err := os.Pipe()
			if err != nil {
				t.Fatal(err)
			}
			p, err := n.Start(Command{
				Args:        []string{"/bin/sh", "-c", `tail -n +3 /proc/self/net/dev | cut -d: -f1 | tr -d ' '; grep -c 'CapEff:.*0000000000000000' /proc/self/status; nsenter --net=/proc/1/ns/net true 2>/dev/null && echo out; true`},
				Environment: []string{"PATH=/usr/bin:/bin"}, Dir: temp, Output: in, Files: files, Network: w,
			})
			in.Close()
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			text, err := io.ReadAll(out)
			out.Close()
			if err != nil {
				t.Fatal(err)
			}
			await(t, "the end", p.Gone())
			if got := string(text); got != "lo\n1\n" {
				t.Errorf("%s: got %q", name, got)
			}
		}
	}
}

// TestSocketsInside: what listens and connects inside a network meets, and nobody outside.
func TestSocketsInside(t *testing.T) {
	for _, w := range networks(t) {
		l, err := w.Listen(9001)
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		if l.Addr().String() != "127.0.0.1:9001" {
			t.Errorf("got %s", l.Addr())
		}
		c, err := w.Dial(context.Background(), "tcp", "127.0.0.1:9001")
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		served, err := l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		defer served.Close()
		if _, err := io.WriteString(c, "hello"); err != nil {
			t.Fatal(err)
		}
		b := make([]byte, 5)
		if _, err := io.ReadFull(served, b); err != nil || string(b) != "hello" {
			t.Errorf("got %q, %v", b, err)
		}
		if _, err := w.Dial(context.Background(), "tcp", "[::1]:9001"); err == nil || !strings.Contains(err.Error(), "connection refused") {
			t.Errorf("to a port where nobody listens: %v", err)
		}
		outside, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer outside.Close()
		if _, err := w.Dial(context.Background(), "tcp", outside.Addr().String()); err == nil {
			t.Error("a port of the machine is reached")
		}
	}
}

// TestALostNetworkStartsNothing: when the guard that made a network is gone, no process is started in another one instead.
func TestALostNetworkStartsNothing(t *testing.T) {
	for n, w := range networks(t) {
		w.guard.hangUp()
		await(t, "the end of the guard", w.guard.ended)
		if !w.Lost() {
			t.Error("it is not lost")
		}
		if _, err := n.Start(Command{Args: []string{"/bin/true"}, Output: os.Stderr, Network: w}); err == nil {
			t.Error("a process was started")
		}
		other, err := n.NewNetwork()
		if err != nil {
			t.Fatal(err)
		}
		other.Close()
	}
}

func TestOpenNurseriesHaveNoNetworks(t *testing.T) {
	n := NewNursery(Options{Open: true})
	defer shut(t, n)
	if _, err := n.NewNetwork(); err == nil || !strings.Contains(err.Error(), "no namespaces are made at this level") {
		t.Errorf("got %v", err)
	}
}

// BenchmarkNewNetwork is what a network adds to a cold start: the namespace, and its first socket that listens.
func BenchmarkNewNetwork(b *testing.B) {
	n := NewNursery(Options{})
	defer n.Close(context.Background()) //nolint:errcheck // the process ends
	for b.Loop() {
		w, err := n.NewNetwork()
		if err != nil {
			b.Fatal(err)
		}
		l, err := w.Listen(9001)
		if err != nil {
			b.Fatal(err)
		}
		l.Close()
		w.Close()
	}
}
