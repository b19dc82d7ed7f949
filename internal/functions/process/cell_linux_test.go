package process

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// TestConfinedProcesses: with mounts and without, a confined process has its own files and no capabilities.
func TestConfinedProcesses(t *testing.T) {
	for mode, n := range nurseries(t) {
		holds := n.Holds()
		private := t.TempDir()
		code, temp, secret := filepath.Join(private, "code"), filepath.Join(private, "temp"), filepath.Join(private, "secret")
		for _, dir := range []string{code, temp} {
			if err := os.Mkdir(dir, 0o700); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.WriteFile(secret, []byte("secret\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		r, w, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		script := `cat "$SECRET" 2>/dev/null || echo no; echo x 2>/dev/null >code-file && echo yes || echo no; echo x >"$TMPDIR/file" && echo yes
			[ -e /tmp/file ] && echo yes || echo no; grep -c 'CapEff:.*0000000000000000' /proc/self/status`
		p, err := n.Start(Command{
			Args: []string{"/bin/sh", "-c", script}, Environment: []string{"PATH=/usr/bin:/bin", "SECRET=" + secret, "TMPDIR=" + temp}, Dir: code, Output: w,
			Files: &Files{Read: []string{code}, Temp: temp, Hide: []string{private}},
		})
		w.Close()
		if err != nil {
			t.Fatalf("%s: %v", mode, err)
		}
		await(t, "the end", p.Gone())
		out := make([]byte, 4096)
		size, _ := r.Read(out)
		r.Close()
		want := "secret\nyes\nyes\nno\n1\n"
		switch {
		case holds.Mounts:
			want = "no\nno\nyes\nyes\n1\n"
		case holds.Landlock > 0:
			want = "no\nno\nyes\nno\n1\n"
		}
		if got := string(out[:size]); got != want {
			t.Errorf("%s (%s): got %q, want %q", mode, holds, got, want)
		}
	}
}

func TestHiddenFoldersAreNotBelowOthers(t *testing.T) {
	dir := t.TempDir() // below /tmp, which is hidden
	hide := (&Files{Hide: []string{dir, "/etc", "/no-such-folder"}}).hidden()
	if slices.Contains(hide, "/no-such-folder") || !slices.Contains(hide, "/etc") || within([]string{"/tmp"}, dir) && slices.Contains(hide, dir) {
		t.Errorf("got %v", hide)
	}
	if within([]string{"/a/b"}, "/a/bc") || !within([]string{"/a/b"}, "/a/b/c") || !within([]string{"/a/b"}, "/a/b") {
		t.Error("within")
	}
}
