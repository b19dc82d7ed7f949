package archive_test

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gatehouse-gateway/gatehouse/internal/control/archive"
	"github.com/gatehouse-gateway/gatehouse/internal/engine"
	"github.com/gatehouse-gateway/gatehouse/internal/seal"
)

var info = archive.Info{Created: time.Date(2026, 11, 22, 10, 11, 12, 0, time.UTC), Version: "v1.2.3"}

// dataKey makes a directory with a data key and returns both, and the key's text.
func dataKey(t *testing.T) (dir string, key archive.DataKey, text string) {
	t.Helper()
	dir = t.TempDir()
	_, err := seal.Open(dir)
	noError(t, err)
	raw, err := os.ReadFile(filepath.Join(dir, seal.KeyFile))
	noError(t, err)
	key, err = archive.ReadDataKey(dir)
	noError(t, err)
	return dir, key, strings.TrimSpace(string(raw))
}

func noError(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestDataKeysComeBack(t *testing.T) {
	from, key, text := dataKey(t)
	box, err := seal.Open(from)
	noError(t, err)
	secret := box.Seal("x", []byte("secret"))
	for _, passphrase := range [][]byte{nil, []byte("correct horse")} {
		var file bytes.Buffer
		noError(t, archive.WriteHeader(&file, info, key, passphrase))
		if has := strings.Contains(file.String(), text); has != (passphrase == nil) {
			t.Errorf("passphrase %q: the file holds the data key: %v", passphrase, has)
		}
		file.WriteString("the state")
		r := bufio.NewReader(&file)
		got, back, err := archive.ReadHeader(r, passphrase)
		noError(t, err)
		if rest, _ := r.ReadString(0); rest != "the state" || got != info {
			t.Errorf("got %+v, then %q", got, rest)
		}
		to := t.TempDir()
		noError(t, back.Write(to))
		opened, err := seal.Open(to)
		noError(t, err)
		if value, err := opened.Unseal("x", secret); err != nil || string(value) != "secret" {
			t.Errorf("got %q, %v", value, err)
		}
		if mode, err := os.Stat(filepath.Join(to, seal.KeyFile)); err != nil || mode.Mode().Perm() != 0o600 {
			t.Errorf("got %v, %v", mode, err)
		}
		if err := back.Write(to); !errors.Is(err, os.ErrExist) {
			t.Errorf("a data key was replaced: %v", err)
		}
	}
}

func TestSealedKeysNeedTheirPassphrase(t *testing.T) {
	_, key, _ := dataKey(t)
	var file bytes.Buffer
	noError(t, archive.WriteHeader(&file, info, key, []byte("correct horse")))
	for _, passphrase := range [][]byte{nil, []byte("wrong horse"), {}} {
		if _, _, err := archive.ReadHeader(bufio.NewReader(bytes.NewReader(file.Bytes())), passphrase); !errors.Is(err, archive.ErrPassphrase) {
			t.Errorf("%q: got %v", passphrase, err)
		}
	}
}

func TestDamagedBeginningsAreRefused(t *testing.T) {
	_, key, _ := dataKey(t)
	var file bytes.Buffer
	noError(t, archive.WriteHeader(&file, info, key, nil))
	good := file.Bytes()
	read := func(data []byte) error {
		_, _, err := archive.ReadHeader(bufio.NewReader(bytes.NewReader(data)), []byte("x"))
		return err
	}
	for n := range good {
		if err := read(good[:n]); !errors.Is(err, archive.ErrDamaged) {
			t.Fatalf("cut at %d: got %v", n, err)
		}
		altered := bytes.Clone(good)
		altered[n] ^= 1
		if err := read(altered); !errors.Is(err, archive.ErrDamaged) && !errors.Is(err, engine.ErrNewerLayout) {
			t.Fatalf("altered at %d: got %v", n, err)
		}
	}
	if err := read([]byte("gatehouse-archive 2\n")); !errors.Is(err, engine.ErrNewerLayout) {
		t.Errorf("got %v", err)
	}
	if err := read(bytes.Repeat([]byte("a"), 1<<20)); !errors.Is(err, archive.ErrDamaged) {
		t.Errorf("got %v", err)
	}
}

// withSum is a file with a header of one's choice.
func withSum(line string) []byte {
	text := "gatehouse-archive 1\n" + line + "\n"
	return fmt.Appendf(nil, "%s%x\n", text, sha256.Sum256([]byte(text)))
}

func TestFilesCannotAskForMuchWork(t *testing.T) {
	for _, line := range []string{
		`{}`, `{"dataKey":"00"}`,
		`{"sealedDataKey":{"n":1073741824,"r":8,"p":1,"salt":"AA==","key":"AA=="}}`,
		`{"sealedDataKey":{"n":4194304,"r":4194304,"p":1,"salt":"AA==","key":"AA=="}}`,
		`{"sealedDataKey":{"n":65536,"r":8,"p":1000000,"salt":"AA==","key":"AA=="}}`,
		`{"sealedDataKey":{"n":65537,"r":8,"p":1,"salt":"AA==","key":"AA=="}}`,
		`{"sealedDataKey":{"n":-1,"r":-8,"p":1,"salt":"AA==","key":"AA=="}}`,
	} {
		if _, _, err := archive.ReadHeader(bufio.NewReader(bytes.NewReader(withSum(line))), []byte("x")); !errors.Is(err, archive.ErrDamaged) {
			t.Errorf("%s: got %v", line, err)
		}
	}
}

func TestDataKeysDoNotPrint(t *testing.T) {
	_, key, text := dataKey(t)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
		if got := fmt.Sprintf(verb, key); got != "[secret]" || strings.Contains(got, text) {
			t.Errorf("%s prints %s", verb, got)
		}
	}
}

func FuzzReadHeader(f *testing.F) {
	f.Add([]byte("gatehouse-archive 1\n{}\n"))
	f.Add(withSum(`{"created":"2026-11-22T10:11:12Z","version":"v","dataKey":"` + strings.Repeat("00", 32) + `"}`))
	f.Add(withSum(`{"sealedDataKey":{"n":2,"r":1,"p":1,"salt":"AA==","key":"AA=="}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		_, _, _ = archive.ReadHeader(bufio.NewReader(bytes.NewReader(data)), []byte("x"))
	})
}
