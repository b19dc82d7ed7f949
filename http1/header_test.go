package http1_test

import (
	"slices"
	"testing"

	"github.com/gatehouse-gateway/gatehouse/http1"
)

func TestHeaderFindsFieldsInAnyCase(t *testing.T) {
	h := http1.Header{{"A", "1"}, {"b", "2"}, {"a", "3"}}
	if got := h.Get("A"); got != "3" {
		t.Errorf("Get: got %q, want the last value", got)
	}
	if got := h.Values("a"); !slices.Equal(got, []string{"1", "3"}) {
		t.Errorf("Values: got %q", got)
	}
	if got := h.Count("a"); got != 2 {
		t.Errorf("Count: got %d", got)
	}
	if !h.Has("B") || h.Has("c") || h.Get("c") != "" || h.Values("c") != nil {
		t.Error("Has, Get or Values is wrong about a name that is or isn't there")
	}
}

func TestSetReplacesInPlaceAndDelRemovesAll(t *testing.T) {
	h := http1.Header{{"A", "1"}, {"b", "2"}, {"a", "3"}}
	h.Set("a", "4")
	h.Set("C", "5")
	if want := (http1.Header{{"a", "4"}, {"b", "2"}, {"C", "5"}}); !slices.Equal(h, want) {
		t.Errorf("got %q, want %q", h, want)
	}
	h.Add("A", "6")
	h.Del("A")
	if want := (http1.Header{{"b", "2"}, {"C", "5"}}); !slices.Equal(h, want) {
		t.Errorf("got %q, want %q", h, want)
	}
}

func TestEqualFoldComparesASCIIOnly(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{"", "", true}, {"Content-Type", "cONTENT-tYPE", true}, {"a", "b", false}, {"a", "ab", false},
		{"k", "\u212a", false}, {"[", "{", false}, {"@", "`", false}, {"\xc0", "\xe0", false},
	} {
		if got := http1.EqualFold(c.a, c.b); got != c.want {
			t.Errorf("EqualFold(%q, %q): got %v, want %v", c.a, c.b, got, c.want)
		}
	}
}
