package functionstore_test

import (
	"bytes"
	"errors"
	"testing"

	"github.com/gatehouse-gateway/gatehouse/internal/functionstore"
	"github.com/gatehouse-gateway/gatehouse/internal/seal"
)

func TestCodeIsSealed(t *testing.T) {
	box, err := seal.Ephemeral()
	if err != nil {
		t.Fatal(err)
	}
	zip := []byte("PK\x03\x04 the code of a function")
	stored := functionstore.SealCode(box, zip)
	if bytes.Contains(stored, []byte("the code")) {
		t.Errorf("%q is stored", stored)
	}
	if !bytes.Equal(stored, functionstore.SealCode(box, zip)) {
		t.Error("the same code is stored twice")
	}
	if bytes.Equal(stored, functionstore.SealCode(box, append(zip, '!'))) {
		t.Error("different code is stored as one")
	}
	if got, err := functionstore.OpenCode(box, stored); err != nil || !bytes.Equal(got, zip) {
		t.Errorf("got %q, %v", got, err)
	}
	if got, err := functionstore.OpenCode(box, zip); err != nil || !bytes.Equal(got, zip) {
		t.Errorf("of an older version: %q, %v", got, err)
	}
	stored[len(stored)-1]++
	if _, err := functionstore.OpenCode(box, stored); !errors.Is(err, seal.ErrSealed) {
		t.Errorf("altered: %v", err)
	}
	other, err := seal.Ephemeral()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := functionstore.OpenCode(other, functionstore.SealCode(box, zip)); !errors.Is(err, seal.ErrSealed) {
		t.Errorf("with another key: %v", err)
	}
}
