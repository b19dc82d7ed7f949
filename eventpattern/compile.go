package eventpattern

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
)

const orKey = "$or"

func compileObject(tree map[string]any, at string, depth int) (node, error) {
	if depth > MaxDepth {
		return nil, fmt.Errorf("%s: more than %d objects lie in each other", at, MaxDepth)
	}
	if len(tree) == 0 {
		return nil, fmt.Errorf("%s: an empty object matches nothing", at)
	}
	o := &object{members: make(map[string]node, len(tree))}
	for _, name := range slices.Sorted(maps.Keys(tree)) {
		where := at + "." + name
		if alternatives, ok := alternativesOf(name, tree[name]); ok {
			all, err := compileAlternatives(alternatives, where, depth)
			if err != nil {
				return nil, err
			}
			o.or = append(o.or, all)
			continue
		}
		n, err := compileMember(tree[name], where, depth)
		if err != nil {
			return nil, err
		}
		o.members[name] = n
	}
	return o, nil
}

func compileMember(tree any, at string, depth int) (node, error) {
	switch v := tree.(type) {
	case map[string]any:
		return compileObject(v, at, depth+1)
	case []any:
		return compileLeaf(v, at)
	}
	return nil, fmt.Errorf("%s: it must be an object or a list", at)
}

// alternativesOf are the objects of an $or. What has that name and is a list of values is a member like any other.
func alternativesOf(name string, tree any) ([]map[string]any, bool) {
	list, ok := tree.([]any)
	if name != orKey || !ok || len(list) < 2 {
		return nil, false
	}
	all := make([]map[string]any, len(list))
	for i, element := range list {
		object, ok := element.(map[string]any)
		if !ok || len(object) == 0 || isTest(object) {
			return nil, false
		}
		all[i] = object
	}
	return all, true
}

// isTest reports whether an object is one of the tests of a leaf.
func isTest(object map[string]any) bool {
	for name := range object {
		if testNamed(name) != nil {
			return true
		}
	}
	return false
}

func compileAlternatives(trees []map[string]any, at string, depth int) ([]node, error) {
	all := make([]node, len(trees))
	for i, tree := range trees {
		n, err := compileObject(tree, fmt.Sprintf("%s[%d]", at, i), depth+1)
		if err != nil {
			return nil, err
		}
		all[i] = n
	}
	return all, nil
}

func compileLeaf(list []any, at string) (node, error) {
	if len(list) == 0 {
		return nil, fmt.Errorf("%s: an empty list matches nothing", at)
	}
	l := make(leaf, len(list))
	for i, element := range list {
		t, err := compileTest(element)
		if err != nil {
			return nil, fmt.Errorf("%s[%d]: %w", at, i, err)
		}
		l[i] = t
	}
	return l, nil
}

func compileTest(tree any) (test, error) {
	object, ok := tree.(map[string]any)
	if !ok {
		return equal(tree)
	}
	if len(object) != 1 {
		return nil, errors.New("a test has one member")
	}
	for name, operand := range object {
		compile := testNamed(name)
		if compile == nil {
			return nil, fmt.Errorf("the test %q is unknown", name)
		}
		t, err := compile(operand)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		return t, nil
	}
	return nil, nil // it has one member
}

// equal tests for one value.
func equal(tree any) (test, error) {
	switch want := tree.(type) {
	case string:
		return func(value any, _ bool) bool { return value == any(want) }, nil
	case bool:
		return func(value any, _ bool) bool { return value == any(want) }, nil
	case nil:
		return func(value any, there bool) bool { return there && value == nil }, nil
	case json.Number:
		n, err := numberOf(want)
		if err != nil {
			return nil, err
		}
		return func(value any, _ bool) bool {
			got, ok := number(value)
			return ok && got == n
		}, nil
	}
	return nil, errors.New("it must be a text, a number, true, false, null or a test")
}
