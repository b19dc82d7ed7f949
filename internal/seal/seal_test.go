package seal_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/gatehouse-gateway/gatehouse/internal/seal"
)

func TestValueOpensUnderItsNameOnly(t *testing.T) {
	box, err := seal.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	sealed := box.Seal("key AKIA1", []byte("secret"))
	if bytes.Contains(sealed, []byte("secret")) {
		t.Error("the sealed value shows the secret")
	}
	if got, err := box.Unseal("key AKIA1", sealed); err != nil || string(got) != "secret" {
		t.Errorf("got %q, %v", got, err)
	}
	if _, err := box.Unseal("key AKIA2", sealed); !errors.Is(err, seal.ErrSealed) {
		t.Errorf("another name: got %v", err)
	}
	sealed[len(sealed)-1] ^= 1
	if _, err := box.Unseal("key AKIA1", sealed); !errors.Is(err, seal.ErrSealed) {
		t.Errorf("altered: got %v", err)
	}
}

func TestKeyIsKeptInAFileForItsOwner(t *testing.T) {
	dir := t.TempDir()
	first, err := seal.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	sealed := first.Seal("a", []byte("secret"))
	again, err := seal.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := again.Unseal("a", sealed); err != nil || string(got) != "secret" {
		t.Errorf("got %q, %v", got, err)
	}
	info, err := os.Stat(filepath.Join(dir, seal.KeyFile))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("got mode %v, %v; want 0600", info.Mode(), err)
	}
	if err := os.WriteFile(filepath.Join(dir, seal.KeyFile), []byte("short"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := seal.Open(dir); err == nil {
		t.Error("a damaged key file was accepted")
	}
}

func TestDigestDependsOnTheKeyTheNameAndTheValue(t *testing.T) {
	dir := t.TempDir()
	box, err := seal.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	again, err := seal.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	other, err := seal.Ephemeral()
	if err != nil {
		t.Fatal(err)
	}
	want := box.Digest("a", []byte("bc"))
	if got := again.Digest("a", []byte("bc")); got != want {
		t.Errorf("the same data key gave %s and %s", want, got)
	}
	for what, got := range map[string]string{
		"key": other.Digest("a", []byte("bc")), "name": box.Digest("b", []byte("bc")),
		"value": box.Digest("a", []byte("bd")), "border": box.Digest("ab", []byte("c")),
	} {
		if got == want {
			t.Errorf("another %s has the same digest", what)
		}
	}
}
