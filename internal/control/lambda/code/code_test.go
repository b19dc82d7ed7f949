package code

import (
	"strings"
	"testing"

	"github.com/gatehouse-gateway/gatehouse/internal/functionstore"
)

func TestCodeIsBounded(t *testing.T) {
	for size, want := range map[int]string{
		functionstore.MaxZipped + 1: "Zipped size must be smaller than 52428800 bytes", functionstore.MaxZipped: "Could not unzip uploaded file.", 0: "Could not unzip uploaded file.",
	} {
		if err := Check(make([]byte, size)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%d bytes: got %v, want %s", size, err, want)
		}
	}
}
