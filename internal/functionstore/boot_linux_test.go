package functionstore

import "testing"

func TestSameBoot(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{"", "", false}, {"", "x", false}, {"x", "x", true}, {"x", "y", false}, {"1000", "1002", true}, {"1002", "1000", true}, {"1000", "1003", false}, {"1000", "x", false},
	} {
		if got := sameBoot(c.a, c.b); got != c.want {
			t.Errorf("%q, %q: got %v", c.a, c.b, got)
		}
	}
	if id := bootID(); !sameBoot(id, bootID()) {
		t.Errorf("two looks at this boot differ: %q", id)
	}
}
