package host_test

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gatehouse-gateway/gatehouse/internal/functions"
	"github.com/gatehouse-gateway/gatehouse/internal/functions/host"
)

// noNetwork gives a function none.
func noNetwork(f *functions.Function) { f.Environment[functions.NetworkVariable] = "none" }

// needNetworks fails where there are no network namespaces: this cannot be tested there.
func needNetworks(t testing.TB, w *world) {
	t.Helper()
	holds, err := w.Isolation()
	if err != nil {
		t.Fatal(err)
	}
	if !holds.Network {
		t.Fatalf("%s: run the tests as root, or allow user namespaces", holds.NetworkMissing)
	}
}

// TestHostileFunctionsWithoutNetwork: at each level that has namespaces, a function with no network reaches nothing by it, and one with
// the network of the machine reaches what docs/isolation.md says.
func TestHostileFunctionsWithoutNetwork(t *testing.T) {
	port, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer port.Close()
	socket, err := net.Listen("unix", "@gatehouse-test-"+port.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer socket.Close()
	name := strings.TrimPrefix(socket.Addr().String(), "@")
	for runtime, handler := range map[string]string{"python3.12": "app.handler", "nodejs22.x": "index.handler"} {
		for _, level := range []host.Isolation{host.IsolationAuto, host.IsolationProcess} {
			t.Run(runtime+" "+string(level), func(t *testing.T) {
				w := start(t, func(o *host.Options) { o.Isolation = level })
				needNetworks(t, w)
				holds, err := w.Isolation()
				if err != nil {
					t.Fatal(err)
				}
				apart, open := w.Open(hostile(t, runtime, handler, noNetwork)), w.Open(hostile(t, runtime, handler))
				for _, test := range []struct{ what, path, text, open string }{
					{"a port of the machine", port.Addr().String(), "", `"connected"`},
					{"an abstract Unix socket", "", name, map[bool]string{true: `"refused"`, false: `"connected"`}[holds.Landlock >= 6]},
				} {
					if test.text != "" && !strings.HasPrefix(runtime, "python") {
						continue // not every Node.js can connect to such a socket
					}
					want(t, test.what, call(t, open, attack(t, "connect", test.path, test.text)), test.open)
					want(t, test.what+" without network", call(t, apart, attack(t, "connect", test.path, test.text)), `"refused"`)
				}
				want(t, "the metadata address", call(t, apart, attack(t, "connect", "169.254.169.254:80", "")), `"refused"`)
				want(t, "an address of the network", call(t, apart, attack(t, "connect", "192.0.2.1:80", "")), `"refused"`)
				want(t, "its own Runtime API", call(t, apart, attack(t, "connect", "127.0.0.1:9001", "")), `"connected"`)
				want(t, "interfaces", call(t, apart, attack(t, "interfaces", "", "")), `["lo"]`)
			})
		}
	}
}

// TestAllFunctionsWithoutNetwork: the host's option is for functions that do not ask.
func TestAllFunctionsWithoutNetwork(t *testing.T) {
	w := start(t, func(o *host.Options) { o.NoNetwork = true })
	needNetworks(t, w)
	want(t, "interfaces", call(t, w.Open(hostile(t, "python3.12", "app.handler")), attack(t, "interfaces", "", "")), `["lo"]`)
}

// TestNetworksThatCannotBeHad: the function is not started, and its caller is told why.
func TestNetworksThatCannotBeHad(t *testing.T) {
	w := start(t, func(o *host.Options) { o.Isolation = host.IsolationNone })
	p := w.Open(function(t, noNetwork))
	for range 2 {
		got := call(t, p, `1`)
		if !strings.Contains(got, "Runtime.NetworkUnavailable") || !strings.Contains(got, "no namespaces are made at this level") {
			t.Errorf("got %s", got)
		}
	}
	w.logs.await(t, "Error Type: Runtime.NetworkUnavailable")
	wrong := w.Open(function(t, func(f *functions.Function) { f.Environment[functions.NetworkVariable] = "some" }))
	if got := call(t, wrong, `1`); !strings.Contains(got, "GATEHOUSE_NETWORK: must be none") {
		t.Errorf("got %s", got)
	}
}

// TestEnvironmentsWithoutNetworkGoOn: after a crash, a time-out and the end of whoever made the network.
func TestEnvironmentsWithoutNetworkGoOn(t *testing.T) {
	w := start(t)
	needNetworks(t, w)
	p := w.Open(hostile(t, "python3.12", "app.handler", noNetwork, timeout(2*time.Second)))
	interfaces := attack(t, "interfaces", "", "")
	want(t, "first", call(t, p, interfaces), `["lo"]`)
	want(t, "outliving", call(t, p, attack(t, "outlive", "", seconds())), timeoutError("2.00"))
	want(t, "after a time-out", call(t, p, interfaces), `["lo"]`)
	killGuards(t)
	for deadline := time.Now().Add(soon); ; time.Sleep(10 * time.Millisecond) {
		got := call(t, p, interfaces)
		if got == `["lo"]` {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("got %s", got)
		}
	}
}

// TestExtensionsWithoutNetwork: they are in the network of their function, where the Runtime API is.
func TestExtensionsWithoutNetwork(t *testing.T) {
	w := start(t)
	needNetworks(t, w)
	want(t, "echo", call(t, w.Open(function(t, with(t, "both"), noNetwork)), `1`), `1`)
	w.logs.await(t, "EXTENSION\tName: both\tState: Ready\tEvents: [INVOKE, SHUTDOWN]")
	if got, err := get(crowd(t, w, 1, with(t, "both"), noNetwork), "/interfaces"); err != nil || !strings.Contains(got, "for web functions without extensions") {
		t.Errorf("got %s, %v", got, err)
	}
}

// TestWebFunctionsWithoutNetwork: their server is reached, by as many connections as it serves at a time, and reaches nobody.
func TestWebFunctionsWithoutNetwork(t *testing.T) {
	w := start(t)
	needNetworks(t, w)
	s := crowd(t, w, 8, noNetwork)
	answers := make(chan string, 8)
	for range cap(answers) {
		go func() {
			text, err := get(s, "/meet?n=8")
			if err != nil {
				text = err.Error()
			}
			answers <- text
		}()
	}
	for range cap(answers) {
		if got := <-answers; !strings.HasPrefix(got, "met in ") {
			t.Errorf("got %s", got)
		}
	}
	if got, err := get(s, "/interfaces"); err != nil || got != "lo" {
		t.Errorf("got %s, %v", got, err)
	}
	if got, err := get(crowd(t, w, 8), "/interfaces"); err != nil || got == "lo" {
		t.Errorf("with a network: got %s, %v", got, err)
	}
}

// killGuards kills those who started the processes of functions of this program.
func killGuards(t *testing.T) {
	t.Helper()
	var ours []byte
	threads, err := filepath.Glob("/proc/self/task/[0-9]*/children")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range threads {
		if more, err := os.ReadFile(file); err == nil {
			ours = append(append(ours, ' '), more...)
		}
	}
	for _, field := range strings.Fields(string(ours)) {
		pid, err := strconv.Atoi(field)
		if err != nil {
			t.Fatal(err)
		}
		if name, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid)); err == nil && strings.HasPrefix(string(name), "gatehouse-functions") {
			if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
				t.Error(err)
			}
		}
	}
}
