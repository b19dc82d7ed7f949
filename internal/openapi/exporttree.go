package openapi

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/gatehouse-gateway/gatehouse/jsontree"
)

// object is an object with one member; more are set by the caller.
func object(name string, value jsontree.Value) *jsontree.Object {
	o := &jsontree.Object{}
	o.Set(name, value)
	return o
}

func list(texts ...string) *jsontree.Array {
	a := &jsontree.Array{Items: make([]jsontree.Value, len(texts))}
	for i, t := range texts {
		a.Items[i] = t
	}
	return a
}

// setText sets a member unless the text is empty.
func setText(o *jsontree.Object, name, text string) {
	if text != "" {
		o.Set(name, text)
	}
}

// setObject sets a member unless the object is empty.
func setObject(o *jsontree.Object, name string, value *jsontree.Object) {
	if value.Len() > 0 {
		o.Set(name, value)
	}
}

// setTexts sets a member unless the map is empty; its members stand in the order of first, then of their names.
func setTexts(o *jsontree.Object, name string, texts map[string]string, first ...string) {
	all := &jsontree.Object{}
	for _, key := range append(slices.Clone(first), slices.Sorted(maps.Keys(texts))...) {
		if text, ok := texts[key]; ok {
			all.Set(key, text)
		}
	}
	setObject(o, name, all)
}

// treeOrText is the JSON object that a text holds, else the text.
func treeOrText(text string) jsontree.Value {
	if v, err := jsontree.ParseString(text, jsontree.Limits{}); err == nil && jsontree.KindOf(v) == jsontree.KindObject {
		return v
	}
	return text
}

// byName returns the ids of a map in the order of the names of what they stand for, then of the ids.
func byName[T any](all map[string]*T, name func(*T) string) []string {
	return slices.SortedFunc(maps.Keys(all), func(a, b string) int {
		return cmp.Or(strings.Compare(name(all[a]), name(all[b])), strings.Compare(a, b))
	})
}

// unlike returns name, with as many underscores behind it as it takes to be none of those that are taken.
func unlike[T any](taken map[string]T, name string) string {
	for {
		if _, is := taken[name]; !is {
			return name
		}
		name += "_"
	}
}
