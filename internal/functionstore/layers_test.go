package functionstore

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gatehouse-gateway/gatehouse/internal/definition"
	"github.com/gatehouse-gateway/gatehouse/internal/engine"
)

// unzipped unpacks layers over each other.
func unzipped(t testing.TB, layers ...[]file) (dir string, err error) {
	t.Helper()
	dir = t.TempDir()
	var files []func() ([]byte, error)
	for _, l := range layers {
		data := zipOf(t, l...)
		files = append(files, func() ([]byte, error) { return data, nil })
	}
	return dir, Unzip(t.Context(), dir, files)
}

const link = fs.ModeSymlink | 0o777

// TestLaterLayersReplaceEarlierOnes: files, folders and links, by name. Spec: functions A7, E10.
func TestLaterLayersReplaceEarlierOnes(t *testing.T) {
	for _, tt := range []struct {
		name          string
		first, second []file
		want          map[string]string
	}{
		{"both are there", []file{{"a/b", "1", 0o644}}, []file{{"a/c", "2", 0o644}}, map[string]string{"a/b": "1", "a/c": "2"}},
		{"a file", []file{{"a", "1", 0o755}}, []file{{"a", "2", 0o644}}, map[string]string{"a": "2"}},
		{"a file for a folder", []file{{"a/b", "1", 0o644}}, []file{{"a", "2", 0o644}}, map[string]string{"a": "2"}},
		{"a folder for a file", []file{{"a", "1", 0o644}}, []file{{"a/b/c", "2", 0o644}}, map[string]string{"a/b/c": "2"}},
		{"a file for a link", []file{{"a", "1", 0o644}, {"l", "a", link}}, []file{{"l", "2", 0o644}}, map[string]string{"a": "1", "l": "2"}},
		{"a file below a linked folder", []file{{"lib64/x", "1", 0o644}, {"lib", "lib64", link}}, []file{{"lib/y", "2", 0o644}}, map[string]string{"lib64/x": "1", "lib64/y": "2", "lib/x": "1"}},
		{"a link for a link", []file{{"a", "1", 0o644}, {"b", "2", 0o644}, {"l", "a", link}}, []file{{"l", "b", link}}, map[string]string{"l": "2"}},
		{"a link below a linked folder", []file{{"deep", ".", link}, {"x", "1", 0o644}}, []file{{"deep/l", "../x", link}}, map[string]string{"deep/l": "1"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir, err := unzipped(t, tt.first, tt.second)
			if err != nil {
				t.Fatal(err)
			}
			for name, text := range tt.want {
				if got, err := os.ReadFile(filepath.Join(dir, name)); string(got) != text {
					t.Errorf("%s: got %q, want %q (%v)", name, got, text, err)
				}
			}
		})
	}
}

// TestLayersStayInTheirFolder tries to use the links of an earlier layer to lead out.
func TestLayersStayInTheirFolder(t *testing.T) {
	dir, err := unzipped(t, []file{{"deep", ".", link}}, []file{{"deep", ".", link}, {"deep/l", "../outside", link}, {"f", "x", 0o644}})
	if err != nil && !errors.Is(err, ErrNotZip) {
		t.Fatal(err)
	}
	staysIn(t, dir)
}

// staysIn checks that no link in a folder leads out of it.
func staysIn(t *testing.T, dir string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.Type() != fs.ModeSymlink {
			return err
		}
		target, err := os.Readlink(path)
		if to := filepath.Join(filepath.Dir(path), target); to != dir && !strings.HasPrefix(to, dir+"/") {
			t.Errorf("%s leads to %s", path, to)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// FuzzLayers makes two zip files of lines, each a path, or a link as path>target, and unpacks one over the other.
func FuzzLayers(f *testing.F) {
	for _, seed := range [][2]string{{"a\na/b\nl>a", "l/c\na"}, {"deep>.\nx>deep/y", "deep/l>../x\ndeep>a"}, {"a/b/c\nl>a/b", "l/m>../../x\nl/m/n"}} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, first, second string) {
		var layers [][]file
		for _, text := range []string{first, second} {
			var files []file
			for line := range strings.SplitSeq(text, "\n") {
				name, target, linked := strings.Cut(line, ">")
				switch {
				case name == "" || len(files) > 20:
				case linked && !strings.HasSuffix(name, "/"):
					files = append(files, file{name, target, link})
				case strings.HasSuffix(name, "/"):
					files = append(files, file{name, "", fs.ModeDir | 0o755})
				default:
					files = append(files, file{name, "x", 0o644})
				}
			}
			layers = append(layers, files)
		}
		dir, err := unzipped(t, layers...)
		if err != nil {
			return
		}
		staysIn(t, dir)
		outside, err := os.ReadDir(filepath.Dir(dir))
		if err != nil || len(outside) != 1 {
			t.Errorf("%d things are beside the folder (%v)", len(outside), err)
		}
	})
}

func (f *fixture) layer(files ...file) definition.FunctionLayer {
	f.t.Helper()
	v := f.version(files...)
	return definition.FunctionLayer{ARN: "arn:aws:lambda:us-east-1:111111111111:layer:l:1", Code: v.Code}
}

func digest(t testing.TB, text string) engine.Digest {
	t.Helper()
	d, err := engine.ParseDigest(text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// TestLayersOfAVersion are unpacked once per combination, and kept while a function uses them, whether the layer is there or not.
func TestLayersOfAVersion(t *testing.T) {
	f := newFixture(t)
	f.open()
	one, two := f.layer(file{"who", "one", 0o644}, file{"one", "1", 0o644}), f.layer(file{"who", "two", 0o644})
	v := f.version(file{"a", "x", 0o644})
	v.Layers = []definition.FunctionLayer{one, two}
	f.create("both", v, nil)
	f.create("same", v, nil)
	v.Layers = []definition.FunctionLayer{two, one}
	f.create("other", v, nil)
	v.Layers = v.Layers[:1]
	f.create("single", v, nil)
	for name, want := range map[string]string{"both": "two", "same": "two", "other": "one", "single": "two"} {
		f.refresh(name)
		fn := f.entry(name).Versions["$LATEST"].Function
		if got, err := os.ReadFile(filepath.Join(fn.Opt, "who")); string(got) != want {
			t.Errorf("%s: got %q, want %q (%v)", name, got, want, err)
		}
	}
	opt := func(name string) string { return f.entry(name).Versions["$LATEST"].Opt }
	if opt("both") != opt("same") || opt("both") == opt("other") {
		t.Errorf("got %s, %s, %s", opt("both"), opt("same"), opt("other"))
	}
	combined := opt("other")
	if err := f.Functions.Delete(t.Context(), keyOf("other"), nil); err != nil {
		t.Fatal(err)
	}
	f.refresh("other")
	f.later(keepUnused)
	if err := f.removeUnused(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(combined); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("what nobody uses is there: %v", err)
	}
	if _, err := os.Stat(opt("both")); err != nil {
		t.Error(err)
	}
	if _, err := f.Snapshots.Get(t.Context(), digest(t, one.Code.Digest)); err != nil {
		t.Errorf("the file of a layer that a function uses: %v", err)
	}
}

// TestFilesOfLayersStay although no function uses them; they are not kept unpacked.
func TestFilesOfLayersStay(t *testing.T) {
	f := newFixture(t)
	f.open()
	l := f.layer(file{"x", "1", 0o644})
	key := keyOf("l")
	if err := f.Layers.Create(t.Context(), key, &definition.Layer{Versions: map[string]*definition.LayerVersion{"1": {Code: l.Code}}}); err != nil {
		t.Fatal(err)
	}
	v := f.version(file{"a", "x", 0o644})
	v.Layers = []definition.FunctionLayer{l}
	f.create("f", v, nil)
	f.refresh("f")
	opt := f.entry("f").Versions["$LATEST"].Opt
	remove := func() {
		t.Helper()
		f.later(keepUnused)
		if err := f.removeUnused(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.Functions.Delete(t.Context(), keyOf("f"), nil); err != nil {
		t.Fatal(err)
	}
	f.refresh("f")
	remove()
	if _, err := os.Stat(opt); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("it is still unpacked: %v", err)
	}
	if _, err := f.Snapshots.Get(t.Context(), digest(t, l.Code.Digest)); err != nil {
		t.Fatal(err)
	}
	v.Code = f.version(file{"a", "x", 0o644}).Code // it went with its function
	f.create("f", v, nil)
	f.refresh("f")
	if _, err := os.Stat(opt); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(f.Functions.Delete(t.Context(), keyOf("f"), nil), f.Layers.Delete(t.Context(), key, nil)); err != nil {
		t.Fatal(err)
	}
	f.refresh("f")
	remove()
	if _, err := f.Snapshots.Get(t.Context(), digest(t, l.Code.Digest)); !errors.Is(err, engine.ErrNotFound) {
		t.Errorf("the file of a deleted layer: %v", err)
	}
}

func (f *fixture) later(d time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.now = f.now.Add(d)
}

// TestDamagedLayersFailTheVersion, and say so.
func TestDamagedLayersFailTheVersion(t *testing.T) {
	f := newFixture(t)
	f.open()
	v := f.version(file{"a", "x", 0o644})
	v.Layers = []definition.FunctionLayer{f.layer(file{"a", "x", 0o644})}
	if err := f.Snapshots.Delete(context.Background(), digest(t, v.Layers[0].Code.Digest)); err != nil {
		t.Fatal(err)
	}
	f.create("f", v, func(doc *definition.Function) { doc.Latest.Code = f.version(file{"b", "y", 0o644}).Code })
	f.refresh("f")
	state := f.entry("f").Versions["$LATEST"].State
	if state == nil || state.State != "Failed" || !strings.Contains(state.Reason, "layers") {
		t.Errorf("got %v", state)
	}
}
