package process

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

const soon = 20 * time.Second

// nurseries are one of each kind that works here.
func nurseries(t *testing.T) map[string]*Nursery {
	t.Helper()
	for _, tool := range []string{"ps", "setsid"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Fatalf("%v: run test/install-tools", err)
		}
	}
	all := map[string]*Nursery{}
	for _, way := range allWays() {
		n := NewNursery(Options{})
		n.ways = []guardWay{way}
		if err := n.Prepare(); err != nil {
			if way.mode == modeNamespace {
				t.Logf("no namespaces here: %v", err)
				continue
			}
			t.Fatal(err)
		}
		all[way.mode] = n
		t.Cleanup(func() { shut(t, n) })
	}
	return all
}

func shut(t *testing.T, n *Nursery) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), soon)
	defer cancel()
	if err := n.Close(ctx); err != nil {
		t.Error(err)
	}
}

// run starts a shell script and returns what it prints, line by line.
func run(t *testing.T, n *Nursery, script string) (*Process, *bufio.Scanner) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	t.Cleanup(func() { r.Close() })
	p, err := n.Start(Command{Args: []string{"sh", "-c", script}, Environment: []string{"PATH=" + os.Getenv("PATH"), "A=b"}, Dir: t.TempDir(), Output: w})
	if err != nil {
		t.Fatal(err)
	}
	return p, bufio.NewScanner(r)
}

func await(t *testing.T, what string, c <-chan struct{}) {
	t.Helper()
	select {
	case <-c:
	case <-time.After(soon):
		t.Fatalf("%s did not happen", what)
	}
}

// marked counts the processes of this machine that have the variable.
func marked(t *testing.T, variable string) int {
	t.Helper()
	n := 0
	dirs, err := os.ReadDir("/proc")
	if err != nil {
		t.Fatal(err)
	}
	for _, dir := range dirs {
		if _, err := strconv.Atoi(dir.Name()); err != nil {
			continue
		}
		args, err := os.ReadFile("/proc/" + dir.Name() + "/cmdline")
		if err == nil && strings.Contains(string(args), variable) && !strings.HasPrefix(string(args), "sh\x00") {
			n++
		}
	}
	return n
}

func TestExitsAreReported(t *testing.T) {
	for mode, n := range nurseries(t) {
		for script, want := range map[string]string{
			"exit 0":                    "exit status 0",
			"exit 3":                    "exit status 3",
			"kill -9 $$":                "signal: killed",
			"kill -SEGV $$":             "signal: segmentation fault (core dumped)",
			"kill -TERM $$":             "signal: terminated",
			"exec nothing-of-this-name": "exit status 127",
		} {
			p, _ := run(t, n, script)
			await(t, "the end", p.Exited())
			await(t, "the end of all", p.Gone())
			if got := p.Exit().String(); got != want {
				t.Errorf("%s: %s: got %q, want %q", mode, script, got, want)
			}
			if p.PeakMemory() <= 0 {
				t.Errorf("%s: no memory", mode)
			}
		}
	}
}

// TestEndingIsSeen: while a process is killed and nobody has collected it, and afterwards.
func TestEndingIsSeen(t *testing.T) {
	cmd := exec.Command("sleep", "1000")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	file, err := os.Open(fmt.Sprintf("/proc/%d/status", cmd.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	status := &statusFile{file: file}
	defer status.close()
	if status.ending() {
		t.Error("one that runs is ending")
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(soon); !status.ending(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("one that was killed is not ending")
		}
	}
	_ = cmd.Wait()
	if !status.ending() {
		t.Error("one that has ended is not ending")
	}
}

func TestProcessInheritsNothing(t *testing.T) {
	t.Setenv("SECRET_OF_OURS", "x")
	for mode, n := range nurseries(t) {
		p, out := run(t, n, `env | grep -c SECRET_OF_OURS; ulimit -n; ulimit -c; ls /proc/self/fd | wc -l; read x || echo no input; ps -o sid= -p $$ | tr -d ' '; echo $$; grep -c NoNewPrivs:.*1 /proc/self/status; grep CapAmb /proc/self/status`)
		var got []string
		for out.Scan() {
			got = append(got, out.Text())
		}
		await(t, "the end", p.Exited())
		if len(got) != 9 || strings.Join(got[:5], " ") != "0 1024 0 4 no input" || got[5] != got[6] || got[7] != "1" || !strings.HasSuffix(got[8], "0000000000000000") {
			t.Errorf("%s: got %q", mode, got)
		}
	}
}

func TestStartSaysWhyNot(t *testing.T) {
	for mode, n := range nurseries(t) {
		dir := t.TempDir()
		plain := dir + "/plain"
		if err := os.WriteFile(plain, []byte("no program"), 0o755); err != nil {
			t.Fatal(err)
		}
		for name, want := range map[string]string{
			"/nowhere/bootstrap": "fork/exec /nowhere/bootstrap: no such file or directory",
			plain:                "fork/exec " + plain + ": exec format error",
			"not-in-path":        "not-in-path: executable file not found in PATH",
			"":                   "there is no program to start",
		} {
			_, err := n.Start(Command{Args: []string{name}, Dir: dir, Output: os.Stderr})
			if err == nil || err.Error() != want {
				t.Errorf("%s: got %v, want %s", mode, err, want)
			}
		}
	}
}

// seconds are some that nobody else on this machine sleeps, so that processes can be told from others.
func seconds() string {
	return strconv.Itoa(os.Getpid()*1000+int(sleepers.Add(1))) + strconv.FormatInt(time.Now().Unix()%10_000, 10)
}

var sleepers atomic.Int64

// breeding starts children in each way that a process can hide its children, and says when they are there.
const breeding = `
sleep %[1]s &
setsid sleep %[1]s &
(setsid sh -c 'sleep %[1]s & sleep %[1]s' &)
(setsid env -i $(command -v sleep) %[1]s &)
(exec nohup setsid sh -c 'trap "" TERM HUP INT; sleep %[1]s & sleep %[1]s' >/dev/null 2>&1 </dev/null &)
while [ $(ps ax -o args= | grep -c '^[^ ]*sleep %[1]s') -lt 7 ]; do :; done
echo bred
`

func TestKillReachesAll(t *testing.T) {
	for mode, n := range nurseries(t) {
		others, ours := seconds(), seconds()
		other, out := run(t, n, "sleep "+others+" & echo there; wait")
		if !out.Scan() {
			t.Fatal("the other one did not start")
		}
		p, out := run(t, n, fmt.Sprintf(breeding, ours)+"sleep "+ours)
		if !out.Scan() || out.Text() != "bred" {
			t.Fatalf("%s: got %q", mode, out.Text())
		}
		p.Kill()
		await(t, "the end", p.Exited())
		await(t, "the end of all", p.Gone())
		if left := marked(t, ours); left != 0 {
			t.Errorf("%s: %d processes are left", mode, left)
		}
		if marked(t, others) != 1 {
			t.Errorf("%s: a process of another one was killed", mode)
		}
		other.Kill()
		await(t, "the end of the other", other.Gone())
	}
}

func TestEndOfAProcessEndsItsChildren(t *testing.T) {
	for mode, n := range nurseries(t) {
		ours := seconds()
		p, out := run(t, n, fmt.Sprintf(breeding, ours))
		if !out.Scan() || out.Text() != "bred" {
			t.Fatalf("%s: got %q", mode, out.Text())
		}
		await(t, "the end of all", p.Gone())
		if left := marked(t, ours); left != 0 {
			t.Errorf("%s: %d processes are left", mode, left)
		}
	}
}

func TestCloseEndsAll(t *testing.T) {
	for mode, n := range nurseries(t) {
		ours := seconds()
		p, out := run(t, n, fmt.Sprintf(breeding, ours)+"sleep "+ours)
		if !out.Scan() {
			t.Fatalf("%s: nothing was bred", mode)
		}
		shut(t, n)
		await(t, "the end", p.Gone())
		if left := marked(t, ours); left != 0 {
			t.Errorf("%s: %d processes are left", mode, left)
		}
		if _, err := n.Start(Command{Args: []string{"/bin/true"}, Output: os.Stderr}); !errors.Is(err, ErrClosed) {
			t.Errorf("%s: got %v, want ErrClosed", mode, err)
		}
	}
}

// TestMain is the program that TestKilledHostLeavesNothing kills, when it is told to.
func TestMain(m *testing.M) {
	mode := os.Getenv("GATEHOUSE_TEST_HOST")
	if mode == "" {
		os.Exit(m.Run())
	}
	n := NewNursery(Options{})
	for _, way := range allWays() {
		if way.mode == mode {
			n.ways = []guardWay{way}
		}
	}
	ours := os.Getenv("GATEHOUSE_TEST_SECONDS")
	_, err := n.Start(Command{Args: []string{"sh", "-c", fmt.Sprintf(breeding, ours) + "sleep " + ours}, Environment: []string{"PATH=" + os.Getenv("PATH")}, Dir: "/", Output: os.Stdout})
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	select {}
}

func TestKilledHostLeavesNothing(t *testing.T) {
	for mode := range nurseries(t) {
		ours := seconds()
		cmd := exec.Command("/proc/self/exe")
		cmd.Env = append(os.Environ(), "GATEHOUSE_TEST_HOST="+mode, "GATEHOUSE_TEST_SECONDS="+ours)
		r, w, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		cmd.Stdout, cmd.Stderr = w, os.Stderr
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		w.Close()
		out := bufio.NewScanner(r)
		if !out.Scan() || out.Text() != "bred" {
			t.Fatalf("%s: got %q", mode, out.Text())
		}
		if err := cmd.Process.Signal(syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		cmd.Wait()
		for deadline := time.Now().Add(soon); marked(t, ours) > 0; {
			if time.Now().After(deadline) {
				t.Fatalf("%s: %d processes outlive a killed host", mode, marked(t, ours))
			}
		}
		r.Close()
	}
}

func TestKilledGuardIsReplaced(t *testing.T) {
	for mode, n := range nurseries(t) {
		ours, script := seconds(), "echo there\n"
		if mode == modeNamespace { // then not even what has left its parents survives
			script = fmt.Sprintf(breeding, ours)
		}
		p, out := run(t, n, script+"exec sleep 4321")
		if !out.Scan() {
			t.Fatal("nothing started")
		}
		for pid, k := range readProcesses() {
			args, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/cmdline")
			if err == nil && k.parent == os.Getpid() && strings.HasPrefix(string(args), guardName+"\x00"+mode) {
				syscall.Kill(pid, syscall.SIGKILL)
			}
		}
		await(t, "the end", p.Gone())
		if got := p.Exit().String(); got != "signal: killed" {
			t.Errorf("%s: got %q", mode, got)
		}
		if left := marked(t, ours); left != 0 {
			t.Errorf("%s: %d processes outlive the guard", mode, left)
		}
		again, out := run(t, n, "echo there")
		if !out.Scan() {
			t.Errorf("%s: nothing starts any more", mode)
		}
		await(t, "the end", again.Gone())
	}
}

// TestStrays: who is left to whom. The guard is 1, and 10 and 20 are processes of which 10 may live.
func TestStrays(t *testing.T) {
	marked := map[int]bool{} // with the variable of 10
	owner := func(k kin, variables bool) bool {
		if variables {
			return marked[k.pid]
		}
		return k.pid == 10 || k.session == 10
	}
	all := map[int]kin{}
	for _, k := range []kin{
		{pid: 1}, {pid: 99, parent: 1000}, {pid: 98, parent: 99}, // the guard, and processes elsewhere
		{pid: 10, parent: 1, session: 10}, {pid: 11, parent: 10, session: 11}, {pid: 12, parent: 11, session: 12}, // children of 10
		{pid: 13, parent: 1, session: 10}, {pid: 14, parent: 1, session: 14}, {pid: 15, parent: 14, session: 15}, // its session, its variables
		{pid: 20, parent: 1, session: 20}, {pid: 21, parent: 20, session: 20}, {pid: 22, parent: 1, session: 22}, // what must go
		{pid: 23, parent: 22, session: 23, dead: true},
	} {
		all[k.pid] = k
	}
	marked[14] = true
	var got []int
	for _, k := range strays(all, 1, owner) {
		got = append(got, k.pid)
	}
	slices.Sort(got)
	if want := []int{20, 21, 22, 23}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestParseStat(t *testing.T) {
	for line, want := range map[string]kin{
		"1 (a) S 2 3 4 5":         {parent: 2, group: 3, session: 4},
		"1 (a) ) (Z) Z 2 3 4 5":   {parent: 2, group: 3, session: 4, dead: true},
		"1 (a\nb) R 0 -1 0 34816": {parent: 0, group: -1, session: 0},
	} {
		if got, ok := parseStat([]byte(line)); !ok || got != want {
			t.Errorf("%q: got %+v, %v", line, got, ok)
		}
	}
	for _, line := range []string{"", "1 (a", "1 (a) S 2", "1 (a) S x 3 4 5"} {
		if got, ok := parseStat([]byte(line)); ok {
			t.Errorf("%q: got %+v", line, got)
		}
	}
}

func BenchmarkStart(b *testing.B) {
	n := NewNursery(Options{})
	if err := n.Prepare(); err != nil {
		b.Fatal(err)
	}
	defer n.Close(context.Background())
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		p, err := n.Start(Command{Args: []string{"/bin/true"}, Output: null, Dir: "/"})
		if err != nil {
			b.Fatal(err)
		}
		<-p.Gone()
	}
}
