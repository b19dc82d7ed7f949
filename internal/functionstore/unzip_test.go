package functionstore

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// file is an entry of a zip file; a name that ends with / is a folder.
type file struct {
	name, text string
	mode       fs.FileMode
}

func zipOf(t testing.TB, files ...file) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, f := range files {
		h := &zip.FileHeader{Name: f.name, Method: zip.Deflate}
		h.SetMode(f.mode)
		out, err := w.CreateHeader(h)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := out.Write([]byte(f.text)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestUnzip(t *testing.T) {
	dir := t.TempDir()
	data := zipOf(t, file{"bootstrap", "#!/bin/sh\n", 0o755}, file{"lib/", "", fs.ModeDir | 0o755}, file{"lib/a.py", "x", 0o600},
		file{"lib/link", "../bootstrap", fs.ModeSymlink | 0o777}, file{"deep/er/b.txt", "y", 0o644}, file{"now", "deep/er", fs.ModeSymlink | 0o777})
	if err := unzip(t.Context(), data, dir); err != nil {
		t.Fatal(err)
	}
	for name, mode := range map[string]fs.FileMode{"bootstrap": 0o755, "lib/a.py": 0o644, "lib/link": 0o755, "deep/er/b.txt": 0o644, "now/b.txt": 0o644} {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != mode {
			t.Errorf("%s has mode %v, want %v", name, info.Mode(), mode)
		}
	}
}

func TestUnzipRefusesWhatLeadsOut(t *testing.T) {
	link := fs.ModeSymlink | 0o777
	for name, files := range map[string][]file{
		"a path up":                {{"../x", "x", 0o644}},
		"a path up inside":         {{"a/../../x", "x", 0o644}},
		"an absolute path":         {{"/etc/x", "x", 0o644}},
		"a backslash":              {{`..\x`, "x", 0o644}},
		"an absolute link":         {{"l", "/etc/passwd", link}},
		"a link up":                {{"a/l", "../../x", link}},
		"a link up through a link": {{"d/y", "..", link}, {"d/l", "y/..", link}},
		"a link to nothing":        {{"l", "", link}},
		"a file below a link":      {{"l", "x", link}, {"l/f", "x", 0o644}},
		"a file below a file":      {{"f", "x", 0o644}, {"f/g", "x", 0o644}},
		"a file over a folder":     {{"f/g", "x", 0o644}, {"f", "x", 0o644}},
		"a device":                 {{"d", "", fs.ModeDevice | 0o644}},
		"a pipe":                   {{"p", "", fs.ModeNamedPipe | 0o644}},
		"a name too long":          {{strings.Repeat("n", 300), "", 0o644}},
	} {
		dir := t.TempDir()
		inside := filepath.Join(dir, "code")
		if err := os.Mkdir(inside, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := unzip(t.Context(), zipOf(t, files...), inside); !errors.Is(err, ErrNotZip) {
			t.Errorf("%s: got %v", name, err)
		}
		if entries, _ := os.ReadDir(dir); len(entries) != 1 {
			t.Errorf("%s: something was written outside: %v", name, entries)
		}
	}
}

func TestUnzipBoundsWhatItWrites(t *testing.T) {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, name := range []string{"a", "b"} {
		if _, err := w.CreateRaw(&zip.FileHeader{Name: name, UncompressedSize64: 140 << 20}); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := CheckZip(b.Bytes()); !errors.Is(err, ErrUnzippedSize) {
		t.Errorf("got %v", err)
	}
	if err := CheckZip(bytes.Repeat(directoryEntry, maxFiles+1)); !errors.Is(err, ErrUnzippedSize) {
		t.Errorf("got %v", err)
	}
	// A limit that the headers do not tell is met while writing.
	u := &unzipper{left: 10}
	if err := u.copy(new(bytes.Buffer), strings.NewReader("eleven bytes")); !errors.Is(err, ErrUnzippedSize) {
		t.Errorf("got %v", err)
	}
	for _, text := range []string{"", "PK", "no zip at all", string(b.Bytes()[:50])} {
		if err := CheckZip([]byte(text)); !errors.Is(err, ErrNotZip) {
			t.Errorf("%.10q: got %v", text, err)
		}
	}
}

// FuzzUnzip holds that whatever the bytes, nothing is written outside of the folder, no link leads out of it, and errors are of the
// documented kinds.
func FuzzUnzip(f *testing.F) {
	f.Add(zipOf(f, file{"bootstrap", "#!/bin/sh\n", 0o755}, file{"l/k", "../bootstrap", fs.ModeSymlink | 0o777}))
	f.Add(zipOf(f, file{"../x", "x", 0o644}))
	f.Add(zipOf(f, file{"d/y", "..", fs.ModeSymlink | 0o777}, file{"d/l", "y/..", fs.ModeSymlink | 0o777}))
	f.Add([]byte("PK\x05\x06"))
	f.Fuzz(func(t *testing.T, data []byte) {
		dir := t.TempDir()
		inside := filepath.Join(dir, "code")
		if err := os.Mkdir(inside, 0o755); err != nil {
			t.Fatal(err)
		}
		err := unzip(context.Background(), data, inside)
		if err != nil && !errors.Is(err, ErrNotZip) && !errors.Is(err, ErrUnzippedSize) {
			t.Errorf("undocumented error: %v", err)
		}
		if entries, _ := os.ReadDir(dir); len(entries) != 1 {
			t.Errorf("something was written outside: %v", entries)
		}
		_ = filepath.WalkDir(inside, func(path string, d fs.DirEntry, err error) error {
			if d != nil && d.Type() == fs.ModeSymlink {
				if to, err := filepath.EvalSymlinks(path); err == nil && !strings.HasPrefix(to+"/", inside+"/") {
					t.Errorf("%s leads to %s", path, to)
				}
			}
			return nil
		})
	})
}
