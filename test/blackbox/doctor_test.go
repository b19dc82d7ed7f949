package blackbox

import (
	"encoding/json"
	"os/exec"
	"regexp"
	"strings"
	"testing"
)

// TestDoctor: the same words as the log of the server, and the same facts as JSON.
func TestDoctor(t *testing.T) {
	text, err := exec.Command(binary, "doctor").Output()
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(binary, "doctor", "--json").Output()
	if err != nil {
		t.Fatal(err)
	}
	var d struct {
		Isolation struct {
			NoNewPrivileges, Limits, MountNamespace, NetworkNamespace bool
			Landlock                                                  int
			ControlGroups                                             struct {
				Memory, Pids, CPU bool
				Missing           string
			}
		}
		Engines []struct{ Runtimes, Path, Version string }
	}
	if err := json.Unmarshal(out, &d); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if len(d.Engines) != 3 || d.Engines[0].Version == "" || d.Engines[1].Version == "" || d.Engines[2].Version == "" || !d.Isolation.Limits || !d.Isolation.NoNewPrivileges {
		t.Errorf("got %s", out)
	}
	held, _, _ := strings.Cut(strings.TrimPrefix(string(text), "Functions are held by: "), "\n")
	if !strings.HasPrefix(held, "process groups, limits, no new privileges") || strings.Contains(held, "Landlock") != (d.Isolation.Landlock > 0) ||
		strings.Contains(held, "mount namespace") != d.Isolation.MountNamespace || !strings.Contains(string(text), d.Engines[0].Path) {
		t.Errorf("got %s", text)
	}
	groups := d.Isolation.ControlGroups
	if some := groups.Memory || groups.Pids || groups.CPU; strings.Contains(held, "control groups") != some || !some && (groups.Missing == "" || !strings.Contains(string(text), groups.Missing)) {
		t.Errorf("control groups: got %+v and %s", groups, text)
	}
	if strings.Contains(held, "network namespace") != d.Isolation.NetworkNamespace {
		t.Errorf("network namespace: got %s", text)
	}
	s := startServe(t, t.TempDir())
	s.out.wait(t, 0, `isolation="`+regexp.QuoteMeta(held)+`"`)
	weaker := startServe(t, t.TempDir(), "--function-isolation", "none")
	weaker.out.wait(t, 0, `isolation="process groups, limits, no new privileges(, connection owners)?(, control groups.*)?"`)
}
