package jsontree_test

import (
	"testing"

	"github.com/gatehouse-gateway/gatehouse/jsontree"
)

// follow is what Lookup promises, by way of the whole tree.
func follow(src string, steps []jsontree.Step) jsontree.Value {
	v, err := jsontree.ParseString(src, jsontree.Limits{})
	if err != nil {
		return nil
	}
	for _, s := range steps {
		switch c := v.(type) {
		case *jsontree.Object:
			if v = nil; !s.Item {
				v, _ = c.Get(s.Name)
			}
		case *jsontree.Array:
			if v = nil; s.Item && s.Index < len(c.Items) {
				v = c.Items[s.Index]
			}
		default:
			return nil
		}
	}
	return v
}

var lookups = []string{
	`{"a":{"b":[1,"x",null,true]}}`, `{"a":1,"a":{"b":2}}`, `{"a":{"b":1},"a":3}`, ` {"a" : { "b" : -1.5e3 } } `, `{"\u0061":{"b":"\ud83d\ude00"}}`,
	`{"a":{"b":1}`, `{"a":{"b":1}}x`, `{"a":{"b":01}}`, `[[1,2],[3]]`, `[]`, `{}`, `"a"`, ``, "\ufeff{\"a\":1}", `{"a":"\q"}`, "{\"a\":\"\x80\"}",
}

var lookupSteps = [][]jsontree.Step{
	{{Name: "a"}}, {{Name: "a"}, {Name: "b"}}, {{Name: "a"}, {Name: "b"}, {Item: true, Index: 1}}, {{Item: true}}, {{Item: true, Index: 1}, {Item: true}},
}

func checkLookup(t *testing.T, src string, steps []jsontree.Step) {
	got, done := jsontree.Lookup(src, steps, jsontree.Limits{})
	if !done {
		return
	}
	if want := follow(src, steps); jsontree.KindOf(got) != jsontree.KindOf(want) || got != nil && got != want {
		t.Errorf("%q %v: got %v, want %v", src, steps, got, want)
	}
}

func TestLookupFindsWhatParseFinds(t *testing.T) {
	for _, src := range lookups {
		for _, steps := range lookupSteps {
			checkLookup(t, src, steps)
		}
	}
	if _, done := jsontree.Lookup(`{"a":[]}`, lookupSteps[0], jsontree.Limits{}); done {
		t.Error("an array was looked up")
	}
}

func TestLookupBuildsNothing(t *testing.T) {
	src := `{"x":[{"y":"a\nb"},1,2.5,null],"a":{"b":7}}`
	if n := testing.AllocsPerRun(100, func() { jsontree.Lookup(src, lookupSteps[1], jsontree.Limits{}) }); n > 1 {
		t.Errorf("%v allocations, want 1 for the value", n)
	}
}

// FuzzLookup checks that Lookup and Parse agree.
func FuzzLookup(f *testing.F) {
	for _, src := range lookups {
		f.Add(src)
	}
	f.Fuzz(func(t *testing.T, src string) {
		for _, steps := range lookupSteps {
			checkLookup(t, src, steps)
		}
	})
}
