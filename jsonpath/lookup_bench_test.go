package jsonpath_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/gatehouse-gateway/gatehouse/jsonpath"
	"github.com/gatehouse-gateway/gatehouse/jsontree"
)

// tenKilobytes is a body of about 10 KB with the value in its first part, as most are.
func tenKilobytes() string {
	var b strings.Builder
	b.WriteString(`{"a": {"b": [{"c": "found"}]}, "rest": [`)
	for i := 0; b.Len() < 10_000; i++ {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"id": %d, "name": "item %d", "tags": ["x", "y"], "price": %d.50}`, i, i, i)
	}
	b.WriteString(`]}`)
	return b.String()
}

// BenchmarkLookup10KB compares the lazy look-up of a scalar with parsing the whole body first.
func BenchmarkLookup10KB(b *testing.B) {
	body := tenKilobytes()
	path, err := jsonpath.Compile("$.a.b[0].c")
	if err != nil {
		b.Fatal(err)
	}
	b.Run("lazy", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if v, done := path.Lookup(body); !done || v != "found" {
				b.Fatal("not found")
			}
		}
	})
	b.Run("parsed", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			tree, err := jsontree.ParseString(body, jsontree.Limits{})
			if err != nil {
				b.Fatal(err)
			}
			if _, found := path.Eval(tree); !found {
				b.Fatal("not found")
			}
		}
	})
}
