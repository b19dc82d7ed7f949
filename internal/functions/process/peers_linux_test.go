package process

import (
	"fmt"
	"net"
	"os"
	"testing"
)

// peer is a connection from a process of a crew.
func peer(t testing.TB, n *Nursery, crew uint64, script string) net.Conn {
	t.Helper()
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	out, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	script = fmt.Sprintf(script, listener.Addr().(*net.TCPAddr).Port)
	p, err := n.Start(Command{Args: []string{"bash", "-c", script}, Environment: []string{"PATH=" + os.Getenv("PATH")}, Dir: t.TempDir(), Output: out, Crew: crew})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Kill)
	conn, err := listener.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

// TestPeersAreFound: of the process itself, of one that it has started, and of one that has left it.
func TestPeersAreFound(t *testing.T) {
	for mode, n := range nurseries(t) {
		if !n.Holds().Peers {
			t.Fatal("connections cannot be told here: the kernel needs CONFIG_INET_DIAG")
		}
		crew, other := n.NewCrew(), n.NewCrew()
		for name, script := range map[string]string{
			"itself":   "exec 3<>/dev/tcp/127.0.0.1/%d; exec sleep 1000",
			"started":  "bash -c 'exec 3<>/dev/tcp/127.0.0.1/%d; exec sleep 1000'; sleep 1000",
			"has left": "setsid bash -c 'exec 3<>/dev/tcp/127.0.0.1/%d; exec sleep 1000' & exec sleep 1000",
		} {
			conn := peer(t, n, crew, script)
			if !n.Owns(crew, conn) {
				t.Errorf("%s: %s is not found", mode, name)
			}
			if n.Owns(other, conn) {
				t.Errorf("%s: %s is taken for one of others", mode, name)
			}
		}
		listener, err := net.Listen("tcp4", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer listener.Close()
		ours, err := net.Dial("tcp4", listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer ours.Close()
		accepted, err := listener.Accept()
		if err != nil {
			t.Fatal(err)
		}
		defer accepted.Close()
		if n.Owns(crew, accepted) {
			t.Errorf("%s: a connection from outside is taken for one of a process", mode)
		}
	}
}

// BenchmarkOwns asks for a connection of a process itself, and of one that it has started, among a hundred others.
func BenchmarkOwns(b *testing.B) {
	for name, script := range map[string]string{
		"itself": "exec 3<>/dev/tcp/127.0.0.1/%d; exec sleep 1000", "started": "bash -c 'exec 3<>/dev/tcp/127.0.0.1/%d; exec sleep 1000'; sleep 1000",
	} {
		b.Run(name, func(b *testing.B) {
			n := NewNursery(Options{})
			if err := n.Prepare(); err != nil {
				b.Fatal(err)
			}
			crew := n.NewCrew()
			peer(b, n, n.NewCrew(), "exec 3<>/dev/tcp/127.0.0.1/%d; for i in {1..100}; do sleep 1000 & done; wait")
			conn := peer(b, n, crew, script)
			b.ReportAllocs()
			for b.Loop() {
				if !n.Owns(crew, conn) {
					b.Fatal("it is not found")
				}
			}
		})
	}
}
