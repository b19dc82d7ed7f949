package process

import (
	"io"
	"os"
	"path/filepath"
	"testing"
)

// TestPlacedFolders are seen where they are to be seen, cannot be written to, and are not seen where they were, if that is hidden.
func TestPlacedFolders(t *testing.T) {
	private := t.TempDir()
	code, opt, temp := filepath.Join(private, "code"), filepath.Join(private, "opt"), filepath.Join(private, "temp")
	for _, dir := range []string{code, opt, temp} {
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "who"), []byte(filepath.Base(dir)+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	script := `pwd; cat who /opt/who; echo x 2>/dev/null >new || echo no; echo x 2>/dev/null >/opt/new || echo no; cat ` + code + `/who 2>/dev/null || echo no`
	places := []Place{{code, "/var/task"}, {opt, "/opt"}}
	for mode, n := range nurseries(t) {
		for name, tt := range map[string]struct {
			files *Files
			dir   string
			want  string
		}{
			"confined": {&Files{Place: places, Temp: temp, Hide: []string{private}}, "/var/task", "/var/task\ncode\nopt\nno\nno\nno\n"},
			"open":     {&Files{Place: places[1:], Elsewhere: true}, code, code + "\ncode\nopt\nno\ncode\n"},
		} {
			r, w, err := os.Pipe()
			if err != nil {
				t.Fatal(err)
			}
			p, err := n.Start(Command{Args: []string{"/bin/sh", "-c", script}, Environment: []string{"PATH=/usr/bin:/bin", "TMPDIR=" + temp}, Dir: tt.dir, Output: w, Files: tt.files})
			w.Close()
			if !n.Holds().Mounts {
				if err == nil {
					t.Errorf("%s, %s: a process without its folders was started", mode, name)
				}
				r.Close()
				continue
			}
			if err != nil {
				t.Fatalf("%s, %s: %v", mode, name, err)
			}
			await(t, "the end", p.Gone())
			got, _ := io.ReadAll(r)
			r.Close()
			if string(got) != tt.want {
				t.Errorf("%s, %s: got %q, want %q", mode, name, got, tt.want)
			}
			os.Remove(filepath.Join(code, "new")) //nolint:errcheck // it may not be there
		}
	}
}

// TestTerminate asks the process itself, and nothing that it has started.
func TestTerminate(t *testing.T) {
	for mode, n := range nurseries(t) {
		p, out := run(t, n, `trap 'echo asked; exit 7' TERM; sleep 1000 & echo ready; wait`)
		if !out.Scan() {
			t.Fatal(mode, out.Err())
		}
		p.Terminate()
		await(t, "the end", p.Gone())
		if !out.Scan() || out.Text() != "asked" || p.Exit().Code != 7 {
			t.Errorf("%s: got %q, %s", mode, out.Text(), p.Exit())
		}
	}
}
