package host

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// TestNothingIsHiddenInTemporaryFolders: in folders that are closed in one way or another, and too deep to be named.
func TestNothingIsHiddenInTemporaryFolders(t *testing.T) {
	asOrdinaryUser(t)
	hide := func(mode os.FileMode, folders ...string) string {
		dir := t.TempDir()
		inner := filepath.Join(dir, "a", "b")
		if err := os.MkdirAll(inner, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(inner, "file"), make([]byte, 100_000), 0o600); err != nil {
			t.Fatal(err)
		}
		for _, folder := range folders {
			if err := os.Chmod(filepath.Join(dir, folder), mode); err != nil {
				t.Fatal(err)
			}
		}
		return dir
	}
	for name, dir := range map[string]string{
		"open": hide(0o700), "closed": hide(0, "a/b"), "closed twice": hide(0, "a/b", "a"), "all closed": hide(0, "a/b", "a", "."),
		"without names": hide(0o300, "a"), "names only": hide(0o400, "a/b", "a"),
	} {
		if size, err := sizeOf(dir, 1<<20); err != nil || size < 100_000 || size > 150_000 {
			t.Errorf("%s: got %d bytes, %v", name, size, err)
		}
		if size, err := sizeOf(dir, 50_000); err != nil || size != 50_001 {
			t.Errorf("%s: got %d bytes of 50,000, %v", name, size, err)
		}
	}
	if _, err := sizeOf(filepath.Join(t.TempDir(), "gone"), 1<<20); err == nil {
		t.Error("a folder that is gone has a size")
	}
}

// TestDeepFoldersAreTooMuch: they have no name that a system call takes.
func TestDeepFoldersAreTooMuch(t *testing.T) {
	dir := t.TempDir()
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	name := strings.Repeat("x", 200)
	for range 30 {
		if err := root.Mkdir(name, 0o700); err != nil {
			t.Fatal(err)
		}
		below, err := root.OpenRoot(name)
		root.Close()
		if err != nil {
			t.Fatal(err)
		}
		root = below
	}
	root.Close()
	if size, err := sizeOf(dir, 1<<20); err != nil || size != 1<<20+1 {
		t.Errorf("got %d, %v", size, err)
	}
}

// TestFoldersAreOpenedBelowTheirOwn: and not where a link leads that was put into the place of one.
func TestFoldersAreOpenedBelowTheirOwn(t *testing.T) {
	dir, elsewhere := t.TempDir(), t.TempDir()
	if err := os.Chmod(elsewhere, 0o500); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(elsewhere, filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	if err := openFolder(dir, filepath.Join(dir, "link")); err == nil {
		t.Error("a link was followed")
	}
	if info, err := os.Stat(elsewhere); err != nil || info.Mode().Perm() != 0o500 {
		t.Errorf("got %v, %v", info, err)
	}
}

// asOrdinaryUser makes that permissions hold for this test when root runs it. Only files are the other user's business.
func asOrdinaryUser(t *testing.T) {
	t.Helper()
	if os.Geteuid() != 0 {
		return
	}
	const nobody = 65534
	runtime.LockOSThread() // and never unlock: the thread ends with the test
	dir, err := os.MkdirTemp("", "ordinary")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(dir, nobody, nobody); err != nil {
		t.Fatal(err)
	}
	t.Setenv("TMPDIR", dir)
	if err := unix.Setfsuid(nobody); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = unix.Setfsuid(0)
		os.RemoveAll(dir)
	})
}
