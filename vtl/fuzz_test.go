package vtl

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/gatehouse-gateway/gatehouse/jsontree"
)

// shape removes the places from a tree, so that trees can be compared.
func shape(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			shape(v.Elem())
		}
	case reflect.Slice:
		for i := range v.Len() {
			shape(v.Index(i))
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if f := v.Field(i); f.Type() == reflect.TypeFor[at]() {
				reflect.NewAt(f.Type(), f.Addr().UnsafePointer()).Elem().SetInt(0)
			} else {
				shape(f)
			}
		}
	}
}

func shaped(tree []stmt) []stmt {
	shape(reflect.ValueOf(&tree))
	return tree
}

func addTemplates(f *testing.F) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		f.Fatal("no golden files")
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		_, rest, _ := strings.Cut(string(data), "-- template --\n")
		template, _, _ := strings.Cut(rest, "\n-- ")
		f.Add(template)
	}
}

// FuzzPrint checks that printing a tree and parsing the result gives the tree.
func FuzzPrint(f *testing.F) {
	addTemplates(f)
	f.Fuzz(func(t *testing.T, src string) {
		tree, err := parse(src)
		if err != nil {
			return
		}
		printed := printTree(tree)
		again, err := parse(printed)
		if err != nil {
			t.Fatalf("%q\nprints as %q\n%v", src, printed, err)
		}
		if !reflect.DeepEqual(shaped(tree), shaped(again)) {
			t.Fatalf("%q\nprints as %q\nwhich is another tree, %q", src, printed, printTree(again))
		}
	})
}

type jsonScope struct{}

func (jsonScope) Lookup(name string) (Value, bool) {
	v, _ := jsontree.ParseString(`{"a":[1,{"b":"c"}],"s":"x","n":null,"d":1.5}`, jsontree.Limits{})
	o := v.(*jsontree.Object)
	if name == "o" || name == "m" {
		return o, true
	}
	member, ok := o.Get(name)
	return fromJSON(member), ok
}

// FuzzExec checks that nothing panics or passes its limits.
func FuzzExec(f *testing.F) {
	addTemplates(f)
	limits := Limits{Output: 2000, Loop: 20, Depth: 5, Steps: 2000, Memory: 20_000}
	f.Fuzz(func(t *testing.T, src string) {
		out, err := Compile(src).Exec(nil, jsonScope{}, limits)
		if len(out) > limits.Output {
			t.Fatalf("%q: %d bytes", src, len(out))
		}
		var syntax *SyntaxError
		var failed *RunError
		if err != nil && !errors.As(err, &syntax) && !errors.As(err, &failed) {
			t.Fatalf("%q: %v", src, err)
		}
	})
}
