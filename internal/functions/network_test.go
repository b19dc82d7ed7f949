package functions_test

import (
	"testing"

	"github.com/gatehouse-gateway/gatehouse/internal/functions"
)

func TestNoNetwork(t *testing.T) {
	for value, want := range map[string]bool{"": false, "none": true, "host": false, "None": false} {
		got, err := functions.NoNetwork(map[string]string{functions.NetworkVariable: value})
		if got != want || (err == nil) != want {
			t.Errorf("%q: got %v, %v", value, got, err)
		}
	}
	if got, err := functions.NoNetwork(nil); got || err != nil {
		t.Errorf("without: got %v, %v", got, err)
	}
}
