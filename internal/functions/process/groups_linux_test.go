package process

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// realGroups is a group of the kernel's hierarchy of version 2, with no controllers: what bounds is tested with folders that stand in
// for groups, because machines that run tests seldom delegate any.
func realGroups(t *testing.T) *groupRoot {
	t.Helper()
	dir, err := ownGroup()
	if err != nil {
		t.Logf("no control groups to try with here: %v", err)
		return nil
	}
	r := &groupRoot{dir: filepath.Join(dir, "gatehouse-test-"+strconv.Itoa(os.Getpid()))}
	if err := os.Mkdir(r.dir, 0o700); err != nil {
		t.Logf("the control group of the tests is not delegated: %v", err)
		return nil
	}
	t.Cleanup(func() {
		if err := os.Remove(r.dir); err != nil {
			t.Error(err)
		}
	})
	return r
}

// TestProcessesStartInsideTheirGroup: with each kind of guard, also confined; the group's end is that of all who are in it.
func TestProcessesStartInsideTheirGroup(t *testing.T) {
	root := realGroups(t)
	if root == nil {
		return // said above
	}
	for mode, n := range nurseries(t) {
		for _, confined := range []bool{false, true} {
			g, err := root.newGroup(0)
			if err != nil {
				t.Fatal(err)
			}
			r, w, err := os.Pipe()
			if err != nil {
				t.Fatal(err)
			}
			temp := t.TempDir()
			c := Command{Args: []string{"/bin/sh", "-c", "setsid sh -c 'cat /proc/self/cgroup; exec sleep 600' & sleep 600"}, Environment: []string{"PATH=" + os.Getenv("PATH")}, Dir: temp, Output: w, Group: g}
			if confined {
				c.Files = &Files{Temp: temp}
			}
			p, err := n.Start(c)
			w.Close()
			if err != nil {
				t.Fatalf("%s: %v", mode, err)
			}
			found := false
			for lines := bufio.NewScanner(r); !found && lines.Scan(); {
				found = strings.HasPrefix(lines.Text(), "0::") && strings.HasSuffix(lines.Text(), "/"+filepath.Base(g.dir))
			}
			if !found {
				t.Errorf("%s: the process is in another group", mode)
			}
			g.Kill()
			await(t, "the end", p.Gone())
			if got := p.Exit().String(); got != "signal: killed" {
				t.Errorf("%s: got %s", mode, got)
			}
			g.Close()
			if _, err := os.Stat(g.dir); !os.IsNotExist(err) {
				t.Errorf("%s: the group is still there: %v", mode, err)
			}
			r.Close()
		}
	}
}

// TestGroupsThatAreLeftAreRemoved: by the next program; those of a program that runs stay.
func TestGroupsThatAreLeftAreRemoved(t *testing.T) {
	root := realGroups(t)
	if root == nil {
		return // said above
	}
	g, err := root.newGroup(0)
	if err != nil {
		t.Fatal(err)
	}
	defer g.Close()
	gone := exec.Command("true")
	if err := gone.Run(); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(root.dir, groupPrefix+strconv.Itoa(gone.Process.Pid)+"-1"), 0o700); err != nil {
		t.Fatal(err)
	}
	root.removeOld()
	if left, err := filepath.Glob(filepath.Join(root.dir, groupPrefix+"*")); err != nil || len(left) != 1 || left[0] != g.dir {
		t.Errorf("left: %v, %v", left, err)
	}
}

// standIn is a folder with the files of a group. It is not one: nothing is bounded by it.
func standIn(t *testing.T, controllers string, files ...string) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range append(files, "cgroup.procs", "cgroup.subtree_control", "cgroup.controllers") {
		text := ""
		if name == "cgroup.controllers" {
			text = controllers
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func contents(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestGroupsAreDivided: in a folder that stands in for a delegated group, what is written is what the kernel's documentation asks for.
func TestGroupsAreDivided(t *testing.T) {
	for _, test := range []struct{ controllers, written, layer, missing string }{
		{"cpuset cpu io memory hugetlb pids\n", "+memory +pids +cpu", "control groups (memory, pids, cpu)", ""},
		{"memory pids\n", "+memory +pids", "control groups (memory, pids)", "has only the controllers memory, pids"},
		{"hugetlb\n", "", "control groups", "has none of the controllers"},
	} {
		dir := standIn(t, test.controllers)
		r := takeGroup(dir)
		layer := r.holds.layer()
		if got := contents(t, filepath.Join(dir, "cgroup.subtree_control")); got != test.written || layer.Name != test.layer ||
			layer.Holds != (test.written != "") || !strings.Contains(r.holds.Missing, test.missing) || (test.missing == "") != (r.holds.Missing == "") {
			t.Errorf("%q: wrote %q, %+v, missing %q", test.controllers, got, layer, r.holds.Missing)
		}
	}
	if r := takeGroup(filepath.Join(t.TempDir(), "none")); r.holds.Any() || !strings.Contains(r.holds.Missing, "not delegated") {
		t.Errorf("got %+v", r.holds)
	}
}

// TestBoundsOfGroups: in a folder that stands in for a group.
func TestBoundsOfGroups(t *testing.T) {
	files := map[string]string{"memory.max": "150994944", "memory.swap.max": "0", "memory.oom.group": "1", "pids.max": "1024", "cpu.weight": "7"}
	dir := standIn(t, "", "memory.max", "memory.swap.max", "memory.oom.group", "pids.max", "cpu.weight")
	all := Groups{Memory: true, Processes: true, CPU: true}
	if err := apply(dir, bounds(all, 128<<20)); err != nil {
		t.Fatal(err)
	}
	for name, want := range files {
		if got := contents(t, filepath.Join(dir, name)); got != want {
			t.Errorf("%s: got %s, want %s", name, got, want)
		}
	}
	for memory, want := range map[int64]string{1: "1", 1769 << 20: "100", 10240 << 20: "578", 1 << 50: "10000"} {
		for _, b := range bounds(Groups{CPU: true}, memory) {
			if b.value != want {
				t.Errorf("weight of %d bytes: got %s, want %s", memory, b.value, want)
			}
		}
	}
	if err := apply(standIn(t, "", "memory.max", "memory.oom.group", "pids.max", "cpu.weight"), bounds(all, 128<<20)); err != nil {
		t.Errorf("without swap: %v", err)
	}
	if err := apply(standIn(t, ""), bounds(all, 128<<20)); err == nil {
		t.Error("a bound that cannot be set is no error")
	}
}

func TestPeakOfAGroup(t *testing.T) {
	file, err := os.Open(filepath.Join(standIn(t, "134217728\n"), "cgroup.controllers")) // stands in for memory.peak
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if got := (&Group{peak: file}).Peak(); got != 128<<20 {
		t.Errorf("got %d", got)
	}
	if got := (*Group)(nil).Peak(); got != 0 {
		t.Errorf("got %d", got)
	}
}

func TestWhereOurGroupIs(t *testing.T) {
	for _, test := range []struct{ membership, mounts, want string }{
		{"0::/system.slice/gatehouse.service\n", "30 23 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw\n", "/sys/fs/cgroup/system.slice/gatehouse.service"},
		{"4:memory:/a\n0::/\n", "31 23 0:20 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n30 23 0:26 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n", "/sys/fs/cgroup/unified"},
		{"0::/docker/1/a\n", "30 23 0:26 /docker/1 /sys/fs/cgroup rw - cgroup2 cgroup rw\n", "/sys/fs/cgroup/a"},
		{"0::/docker/12\n", "30 23 0:26 /docker/1 /sys/fs/cgroup rw - cgroup2 cgroup rw\n", ""},
		{"4:memory:/a\n", "", ""},
	} {
		got := ""
		if path, ok := groupPath([]byte(test.membership)); ok {
			got, _ = groupFolder([]byte(test.mounts), path)
		}
		if got != test.want {
			t.Errorf("%q: got %q, want %q", test.membership, got, test.want)
		}
	}
}
