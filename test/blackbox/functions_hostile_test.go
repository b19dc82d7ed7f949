package blackbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// hostileSource are the functions that attack, in every language.
const hostileSource = "../../internal/functions/host/testdata/hostile"

// hostileKind is a hostile function of one runtime.
type hostileKind struct {
	name, runtime, handler string
	code, variables        map[string]string
	layer                  map[string]string // nil: none
}

// hostileKinds are all of them.
func hostileKinds(t *testing.T) []hostileKind {
	t.Helper()
	source := func(names ...string) map[string]string {
		files := map[string]string{}
		for _, name := range names {
			files[name] = contentOf(t, filepath.Join(hostileSource, strings.TrimSuffix(name, "+")))
		}
		return files
	}
	return []hostileKind{
		{"python", "python3.12", "app.handler", source("app.py"), nil, nil},
		{"provided", "provided.al2023", "bootstrap", nil, map[string]string{"MODE": "hostile"}, hostileBootstrap(t)},
		{"nodejs", "nodejs22.x", "index.handler", source("index.js"), nil, nil},
		{"web", "nodejs22.x", "serve", source("index.js", "server.js", "serve+"), map[string]string{"AWS_LWA_INVOKE_MODE": "buffered"}, nil},
		{"java", "java17", "Hostile", hostileClasses(t), nil, nil},
	}
}

// hostileClasses compiles the function in Java.
func hostileClasses(t *testing.T) map[string]string {
	t.Helper()
	dir := t.TempDir()
	out, err := exec.Command("javac", "-J-XX:TieredStopAtLevel=1", "-nowarn", "-XDignore.symbol.file", "-cp", javaClient(t)+"/*", "-d", dir, hostileSource+"/Hostile.java").CombinedOutput()
	if err != nil {
		t.Fatalf("javac: %v: %s (test/install-tools installs it)", err, out)
	}
	return map[string]string{"Hostile.class": contentOf(t, filepath.Join(dir, "Hostile.class"))}
}

// hostileBootstrap builds the function in Go, for a layer: it is large.
func hostileBootstrap(t *testing.T) map[string]string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "bootstrap")
	if out, err := exec.Command("go", "build", "-ldflags", "-s -w", "-o", file, "../../internal/functions/host/testfunction").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return map[string]string{"bootstrap+": contentOf(t, file)}
}

// held is what holds functions, as gatehouse doctor says it, at a level of isolation.
type held struct {
	level                                              string
	ProcessNamespace, MountNamespace, NetworkNamespace bool
	Limits, ConnectionOwners                           bool
	Landlock                                           int
}

// heldHere asks the binary.
func heldHere(t *testing.T, level string) held {
	t.Helper()
	var d struct{ Isolation held }
	if err := json.Unmarshal([]byte(must(t, "doctor", "--json")), &d); err != nil {
		t.Fatal(err)
	}
	h := d.Isolation
	h.level = level
	if level != "auto" {
		h.Landlock, h.MountNamespace = 0, false
	}
	if level == "none" {
		h.ProcessNamespace, h.NetworkNamespace = false, false
	}
	return h
}

// confines reports whether functions have a part of the file system only.
func (h held) confines() bool { return h.MountNamespace || h.Landlock > 0 }

// column is the one of the table of docs/isolation.md that is about these layers.
func (h held) column() int {
	switch {
	case h.Landlock > 0:
		return 1
	case h.MountNamespace:
		return 2
	}
	return 3
}

// documentedAttacks are the rows of the table of docs/isolation.md, by what the attack is.
func documentedAttacks(t *testing.T) map[string][]string {
	t.Helper()
	rows := map[string][]string{}
	_, text, _ := strings.Cut(contentOf(t, "../../docs/isolation.md"), "\n## Attacks\n")
	text, _, _ = strings.Cut(text, "\n## ")
	for line := range strings.Lines(text) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), " | ")
		if strings.HasPrefix(line, "| ") && len(cells) == 4 {
			for i := 2; i < len(cells); i++ {
				if more, ok := strings.CutPrefix(cells[i], "the same"); ok {
					cells[i] = cells[i-1] + more
				}
			}
			rows[strings.TrimSpace(cells[0])] = cells
		}
	}
	return rows
}

// hostileServer is a server with victims and with functions that attack them.
type hostileServer struct {
	*serveProcess
	held
	data      string
	layers    map[string]string // ARNs by kind
	documents map[string][]string
	secrets   []string // all files of the data directory before the attacks
}

// What those are to find who spy.
const (
	secretOfGateway = "a-secret-of-the-gateway"
	secretOfVictim  = "a-secret-of-another-function"
)

// startHostile starts a server with a victim and a hostile function of each kind. The victims run.
func startHostile(t *testing.T, level string, kinds []hostileKind) *hostileServer {
	t.Helper()
	s := &hostileServer{held: heldHere(t, level), data: t.TempDir(), layers: map[string]string{}, documents: documentedAttacks(t)}
	if !s.Limits {
		t.Fatal("gatehouse doctor says that nothing limits functions here")
	}
	s.serveProcess = startServe(t, s.data, "--function-isolation", level, "--java-runtime-client", javaClient(t))
	for _, kind := range kinds {
		if kind.layer != nil {
			s.layers[kind.name] = s.publish(kind.name, zipFile(t, kind.layer))
		}
		s.make(kind, "victim", 20, map[string]string{"PASSWORD": secretOfVictim})
		s.make(kind, "hostile", 25, map[string]string{"HOSTILE": s.mark(kind)})
		brief := map[string]string{}
		if s.NetworkNamespace {
			brief["GATEHOUSE_NETWORK"] = "none"
		}
		s.make(kind, "brief", 2, brief)
		s.attack("victim", kind, "temporary", "", "")
	}
	err := filepath.WalkDir(s.data, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasPrefix(path, filepath.Join(s.data, "functions", "runtime")) {
			return nil //nolint:nilerr // it is gone
		}
		s.secrets = append(s.secrets, path)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// make makes a function of a kind that is called role-kind. In its code is a file of this name.
func (s *hostileServer) make(kind hostileKind, role string, timeout int, variables map[string]string) {
	s.t.Helper()
	code := map[string]string{role + "-" + kind.name: "mine"}
	for name, text := range kind.code {
		code[name] = text
	}
	for name, value := range kind.variables {
		variables[name] = value
	}
	layers := []string{}
	if arn, ok := s.layers[kind.name]; ok {
		layers = append(layers, arn)
	}
	body, err := json.Marshal(map[string]any{
		"FunctionName": role + "-" + kind.name, "Runtime": kind.runtime, "Handler": kind.handler, "Role": "arn:aws:iam::000000000000:role/r",
		"Timeout": timeout, "MemorySize": 512, "Environment": map[string]any{"Variables": variables}, "Code": map[string]any{"ZipFile": zipFile(s.t, code)}, "Layers": layers,
	})
	if err != nil {
		s.t.Fatal(err)
	}
	s.create(string(body))
}

// mark is a variable of the processes of a hostile function, which they inherit.
func (s *hostileServer) mark(kind hostileKind) string { return s.data + "/" + kind.name }

// attack invokes a function.
func (s *hostileServer) attack(role string, kind hostileKind, do, path, text string) string {
	s.t.Helper()
	event, err := json.Marshal(map[string]string{"do": do, "path": path, "text": text})
	if err != nil {
		s.t.Fatal(err)
	}
	return s.invoked(role+"-"+kind.name, string(event))
}

// codeOf is the folder of the machine with a function's code.
func (s *hostileServer) codeOf(role string, kind hostileKind) string {
	s.t.Helper()
	found := slices.IndexFunc(s.secrets, func(path string) bool { return filepath.Base(path) == role+"-"+kind.name })
	if found < 0 {
		s.t.Fatalf("the code of %s-%s is not in the data directory", role, kind.name)
	}
	return filepath.Dir(s.secrets[found])
}

// TestHostileFunctionsServed attacks a server with the functions of every runtime. What is to hold says gatehouse doctor, and of what
// does not, docs/isolation.md has to say so.
func TestHostileFunctionsServed(t *testing.T) {
	t.Setenv("GATEHOUSE_TEST_SECRET", secretOfGateway)
	kinds := hostileKinds(t)
	for level, kinds := range map[string][]hostileKind{"auto": kinds, "process": kinds[:2], "none": kinds[:2]} { // what is weaker does not depend on the runtime
		t.Run(level, func(t *testing.T) {
			t.Parallel()
			s := startHostile(t, level, kinds)
			t.Logf("%+v", s.held)
			for _, kind := range kinds {
				t.Run(kind.name, func(t *testing.T) { (&assault{hostileServer: s, t: t, kind: kind}).run() })
			}
		})
	}
}

// assault is all attacks of one hostile function.
type assault struct {
	*hostileServer
	t      *testing.T
	kind   hostileKind
	victim string // its process
}

func (a *assault) run() {
	a.victim = a.attack("victim", a.kind, "pid", "", "")
	a.readsFiles()
	a.looksAtProcesses()
	a.writes()
	a.fills()
	a.signals()
	a.forks()
	a.connects()
	a.outlives()
	if a.kind.name == "python" { // nothing of these depends on the runtime
		a.litters()
		a.steals()
		a.evades()
	}
}

// judge compares an attack with what is promised. One that is not contained has to be documented.
func (a *assault) judge(row string, promised, contained bool, got string) {
	a.t.Helper()
	cells, known := a.documents[row]
	switch {
	case !known:
		a.t.Errorf("docs/isolation.md does not name the attack: %s", row)
	case contained:
	case promised:
		a.t.Errorf("%s: not contained, although gatehouse doctor says what would do it: %.300s", row, got)
	case !admits(cells[a.column()]):
		a.t.Errorf("%s: not contained: %.300s; docs/isolation.md says of it: %s", row, got, cells[a.column()])
	default:
		a.t.Logf("%s: not contained, as documented (%s): %.100s", row, cells[a.column()], got)
	}
}

// admits reports whether a cell says that an attack may succeed.
func admits(cell string) bool {
	return slices.ContainsFunc([]string{"possible", "permissions say", "can be seen"}, func(words string) bool { return strings.Contains(cell, words) })
}

// aftermath: the victim answers, from the same process unless that may have been killed, and the attacker does.
func (a *assault) aftermath(of string, spared bool) {
	a.t.Helper()
	if got := a.attack("victim", a.kind, "pid", "", ""); spared && got != a.victim || strings.Contains(got, "error") {
		a.t.Errorf("%s: the victim is process %s now, and was %s", of, got, a.victim)
	} else {
		a.victim = got
	}
	if got := a.attack("hostile", a.kind, "pid", "", ""); strings.Contains(got, "error") {
		a.t.Errorf("%s: the next invocation of who did it: %s", of, got)
	}
}

// readsFiles tries all files of the data directory but the runtimes of Gatehouse, which functions need.
func (a *assault) readsFiles() {
	for _, name := range []string{"root-credentials", "data.key", "1.blk"} {
		if !slices.ContainsFunc(a.secrets, func(path string) bool { return filepath.Base(path) == name }) {
			a.t.Errorf("there is no %s to attack among %q", name, a.secrets)
		}
	}
	own, other := a.codeOf("hostile", a.kind), a.codeOf("victim", a.kind)
	answer := a.attack("hostile", a.kind, "readable", strings.Join(a.secrets, "\n"), "")
	var found []string
	if err := json.Unmarshal([]byte(answer), &found); err != nil {
		a.t.Fatalf("got %s", answer)
	}
	found = slices.DeleteFunc(found, func(path string) bool { return filepath.Dir(path) == own || filepath.Base(path) == "bootstrap" }) // of its layer
	code := slices.DeleteFunc(slices.Clone(found), func(path string) bool { return filepath.Dir(path) != other })
	a.judge("read the data directory, keys, the configuration", a.confines(), len(found) == 0, fmt.Sprint(len(found), " files, such as ", found))
	a.judge("read the code of another function", a.confines(), len(code) == 0, fmt.Sprint(code))
	for _, dir := range []string{a.data, filepath.Join(a.data, "jetstream"), other} {
		answer := a.attack("hostile", a.kind, "listing", dir, "")
		seen := dir == a.data && a.MountNamespace && answer == "true" // the folder of the runtimes is below it
		a.judge("read the data directory, keys, the configuration", a.confines(), answer != "true" || seen, answer)
	}
	a.aftermath("reading", true)
}

// looksAtProcesses looks at the variables, the memory and the open files of others, and at its own capabilities.
func (a *assault) looksAtProcesses() {
	got := a.attack("hostile", a.kind, "spy", "", secretOfVictim)
	a.judge("read the variables of another function", a.Landlock > 0, got == `"not found"`, got)
	got = a.attack("hostile", a.kind, "spy", "", secretOfGateway)
	a.judge("read the variables of Gatehouse", a.confines() || a.ProcessNamespace, got == `"not found"`, got)
	got = a.attack("hostile", a.kind, "listing", "/proc/"+a.victim+"/root/var/task", "")
	a.judge("read the code of another function", a.Landlock > 0, got != "true", got)
	for _, pid := range []string{"1", fmt.Sprint(a.cmd.Process.Pid)} {
		got = a.attack("hostile", a.kind, "readable", fmt.Sprintf("/proc/%s/root%s/root-credentials", pid, a.data), "")
		a.judge("read the data directory, keys, the configuration", a.confines(), got == "[]", got)
	}
	got = a.attack("hostile", a.kind, "pry", filepath.Join(a.data, "root-credentials"), a.data)
	a.judge("read the memory or the open files of other processes", a.Landlock > 0, got == `"nothing"`, got)
	got = a.attack("hostile", a.kind, "read", "/proc/self/status", "")
	a.judge("use capabilities, as root", a.confines(), strings.Contains(got, `CapEff:\t0000000000000000`) && strings.Contains(got, `NoNewPrivs:\t1`), got)
	a.aftermath("looking at processes", true)
}

// writes tries to change code, the data directory and a folder of the machine. What it writes to a path that is its own in its mounts
// is not on the machine.
func (a *assault) writes() {
	own := a.codeOf("hostile", a.kind)
	for _, dir := range []string{own, a.codeOf("victim", a.kind), a.data, filepath.Join(a.data, "functions"), a.t.TempDir()} {
		path, file := dir, filepath.Join(dir, "written-by-"+a.kind.name)
		if dir == own && a.MountNamespace {
			path = "/var/task"
		}
		got := a.attack("hostile", a.kind, "write", filepath.Join(path, filepath.Base(file)), "")
		_, err := os.Stat(file)
		a.judge("write outside the temporary folder, also into its own code", a.confines(), errors.Is(err, fs.ErrNotExist), dir+": "+got)
		_ = os.Remove(file)
	}
	a.aftermath("writing", true)
}

// fills writes a file that is too large, and too many of them.
func (a *assault) fills() {
	got := a.attack("hostile", a.kind, "fill", "", "")
	a.judge("a file of more than `EphemeralStorage` (512 MB)", true, got == `"refused"` || strings.Contains(got, "signal: file size limit exceeded"), got)
	a.aftermath("a large file", true)
}

// litters writes too many files, of half the size that one may have. Then it deletes them before.
func (a *assault) litters() {
	got := a.attack("hostile", a.kind, "litter", "256", "8")
	a.judge("fill the disk with many files", true, strings.Contains(got, "signal: killed"), got)
	a.aftermath("many files", true)
	got = a.attack("hostile", a.kind, "hoard", "256", "4")
	a.judge("fill the disk with many files", false, strings.Contains(got, "signal: killed"), got)
	a.aftermath("deleted files", true)
}

// signals kills all that it may. Where that is more than functions, it is not tried.
func (a *assault) signals() {
	promised := a.Landlock >= 6
	if !promised && !a.ProcessNamespace {
		a.t.Log("not tried here: to kill every process, which would be those of this user")
		return
	}
	for _, signal := range []string{"TERM", "KILL"} {
		if signal == "KILL" && a.kind.name == "java" {
			continue // it has another process send it, and would be the first to go
		}
		got := a.attack("hostile", a.kind, "killall", "", signal)
		now := a.attack("victim", a.kind, "pid", "", "")
		a.judge("signal processes of other functions", promised, now == a.victim, got+", and the victim is "+now)
		a.aftermath("killing", promised)
	}
}

// forking is held by who forks without end: one at a time is enough for a machine that others use.
var forking sync.Mutex

// forks starts 6,000 processes, which is without end for a function, and nothing that harms the machine.
func (a *assault) forks() {
	forking.Lock()
	defer forking.Unlock()
	got := a.attack("hostile", a.kind, "fork", "", "6000")
	a.judge("fork without end", true, got == `"refused"` || strings.Contains(got, "signal: killed"), got)
	a.aftermath("forking", true)
	left := func() int { return len(startedWith("HOSTILE=" + a.mark(a.kind))) }
	eventually(a.t, func() string {
		return fmt.Sprint(left(), " processes after forking, and none but its own should be there")
	}, func() bool { return left() <= 2 })
}

// connects tries the network: with that of the machine, and with none where that can be had.
func (a *assault) connects() {
	const row = "reach the metadata address, the local network, ports of the machine"
	for _, address := range []string{strings.TrimPrefix(a.control, "http://"), "169.254.169.254:80"} {
		got := a.attack("hostile", a.kind, "connect", address, "")
		a.judge(row, false, got != `"connected"`, address+": "+got)
		if a.NetworkNamespace {
			got := a.attack("brief", a.kind, "connect", address, "")
			a.judge(row, true, got == `"refused"`, address+" without network: "+got)
		}
	}
	if answer := a.call(a.root, "", "GET", "/2015-03-31/functions", ""); answer.status != 403 {
		a.t.Errorf("who reaches the management API without a key: %d %s", answer.status, answer.body)
	}
	a.aftermath("connecting", true)
}

// outliving counts the processes that were to outlive a time-out, so that each can be told from the others.
var outliving atomic.Int64

// outlives starts a process that is to be there after the time-out.
func (a *assault) outlives() {
	long := fmt.Sprint(1_000_000_000 + int64(os.Getpid())*1000 + outliving.Add(1))
	got := a.attack("brief", a.kind, "outlive", "", long)
	if !strings.Contains(got, "Task timed out after 2.00 seconds") {
		a.t.Errorf("outliving: got %s", got)
	}
	if left := sleepers(long); left != 0 {
		a.t.Errorf("%d processes outlive the time-out", left)
	}
	a.aftermath("outliving", true)
	if got := a.attack("brief", a.kind, "pid", "", ""); strings.Contains(got, "error") {
		a.t.Errorf("after the time-out: got %s", got)
	}
}

// steals asks for the event of another function at the port of its Runtime API, while that is called.
func (a *assault) steals() {
	const event, row = "an event for somebody else", "take the events of other functions, at the port of their Runtime API"
	mark := "OPEN=" + a.data
	a.make(a.kind, "open", 2, map[string]string{"OPEN": a.data})
	a.attack("open", a.kind, "pid", "", "")
	address := variableOf(a.t, mark, "AWS_LAMBDA_RUNTIME_API")
	stolen := make(chan string, 1)
	go func() {
		body := fmt.Sprintf(`{"do":"steal","path":%q,"text":%q}`, address, event)
		answer, err := a.try(a.root, "lambda", "POST", "/2015-03-31/functions/hostile-"+a.kind.name+"/invocations", body)
		if err != nil {
			answer.body = err.Error()
		}
		stolen <- answer.body
	}()
	for got := ""; got == ""; {
		select {
		case got = <-stolen:
			a.judge(row, a.ConnectionOwners, got != `"stolen"`, got)
		default:
			a.attack("open", a.kind, "pid", "", event)
		}
	}
	a.aftermath("stealing", true)
}

// variableOf is a variable of the process that was started with another one.
func variableOf(t *testing.T, mark, name string) string {
	t.Helper()
	for _, pid := range startedWith(mark) {
		environ, err := os.ReadFile("/proc/" + pid + "/environ")
		if err != nil {
			continue
		}
		for variable := range strings.SplitSeq(string(environ), "\x00") {
			if value, ok := strings.CutPrefix(variable, name+"="); ok {
				return value
			}
		}
	}
	t.Fatalf("no process with %s has %s", mark, name)
	return ""
}

// evades has a process that ends as soon as it has forked, so that it is hard to find when the time is over.
func (a *assault) evades() {
	if got := a.attack("brief", a.kind, "comet", "", ""); !strings.Contains(got, "Task timed out after 2.00 seconds") {
		a.t.Errorf("evading: got %s", got)
	}
	trails, err := filepath.Glob(filepath.Join(a.data, "functions", "environments", "*", "tmp", "comet"))
	if err != nil || len(trails) != 1 {
		a.t.Fatalf("it left %q (%v)", trails, err)
	}
	before := int64(0)
	eventually(a.t, func() string { return "it goes on after the time-out" }, func() bool {
		trail, err := os.Stat(trails[0])
		if err != nil {
			a.t.Fatal(err)
		}
		ended := trail.Size() == before
		before = trail.Size()
		return ended
	})
	a.t.Logf("%d processes after each other", before)
	a.aftermath("evading", true)
}

// sleepers counts the processes of the machine that sleep so many seconds.
func sleepers(seconds string) (n int) {
	files, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, file := range files {
		if line, err := os.ReadFile(file); err == nil && strings.HasSuffix(string(line), "sleep\x00"+seconds+"\x00") {
			n++
		}
	}
	return n
}
