package definition_test

import (
	"fmt"
	"testing"

	"github.com/gatehouse-gateway/gatehouse/internal/definition"
)

// TestLostURLsAreRememberedForAWhile: recorded for one; that only the last ones are is our own.
func TestLostURLsAreRememberedForAWhile(t *testing.T) {
	f := &definition.Function{URLs: make(map[string]*definition.FunctionURL)}
	for i := range 20 {
		alias := fmt.Sprint("alias", i)
		f.URLs[alias] = &definition.FunctionURL{ID: fmt.Sprint("id", i)}
		f.CloseURL(alias)
		f.CloseURL(alias) // it has none any more
	}
	if n := len(f.ClosedURLs); n != 16 || f.ClosedURLs[0] != "id4" || f.ClosedURLs[n-1] != "id19" || len(f.URLs) != 0 {
		t.Errorf("got %v, %v", f.ClosedURLs, f.URLs)
	}
}
