package eventpattern

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"strings"
)

// test judges one value: a text, json.Number, bool or nil; there is false when there is none.
type test func(value any, there bool) bool

// testNamed returns what compiles the operand of a test; nil: there is no test of this name.
func testNamed(name string) func(operand any) (test, error) {
	switch name {
	case "prefix":
		return affix(strings.HasPrefix, func(s string, n int) string { return s[:n] })
	case "suffix":
		return affix(strings.HasSuffix, func(s string, n int) string { return s[len(s)-n:] })
	case "equals-ignore-case":
		return ignoringCase
	case "wildcard":
		return wildcard
	case "anything-but":
		return anythingBut
	case "numeric":
		return numeric
	case "cidr":
		return cidr
	case "exists":
		return exists
	}
	return nil
}

// ofText is a test that no other value passes.
func ofText(accepts func(string) bool) test {
	return func(value any, _ bool) bool {
		text, ok := value.(string)
		return ok && accepts(text)
	}
}

var errText = errors.New("it must be a text")

func textOf(operand any) (string, error) {
	text, ok := operand.(string)
	if !ok {
		return "", errText
	}
	return text, nil
}

// affix tests an end of a text; cut takes as many bytes from there.
func affix(has func(text, affix string) bool, cut func(text string, n int) string) func(any) (test, error) {
	return func(operand any) (test, error) {
		if object, ok := operand.(map[string]any); ok {
			fold, ok := object["equals-ignore-case"].(string)
			if len(object) != 1 || !ok {
				return nil, errors.New("it must be a text, or an object with equals-ignore-case")
			}
			return ofText(func(s string) bool { return len(s) >= len(fold) && strings.EqualFold(cut(s, len(fold)), fold) }), nil
		}
		want, err := textOf(operand)
		return ofText(func(s string) bool { return has(s, want) }), err
	}
}

func ignoringCase(operand any) (test, error) {
	want, err := textOf(operand)
	return ofText(func(s string) bool { return strings.EqualFold(s, want) }), err
}

// wildcard compiles a text in which * stands for any characters.
func wildcard(operand any) (test, error) {
	text, err := textOf(operand)
	if err != nil {
		return nil, err
	}
	pieces := []string{""} // between the stars
	star := false
	for i := 0; i < len(text); i++ {
		last := &pieces[len(pieces)-1]
		switch c := text[i]; {
		case c == '\\':
			if i++; i == len(text) || text[i] != '*' && text[i] != '\\' {
				return nil, errors.New(`\ must stand before * or \`)
			}
			*last += string(text[i])
			star = false
		case c == '*' && star:
			return nil, errors.New("two * stand beside each other")
		case c == '*':
			pieces = append(pieces, "")
			star = true
		default:
			*last += text[i : i+1]
			star = false
		}
	}
	return ofText(func(s string) bool { return matchPieces(pieces, s) }), nil
}

// matchPieces finds the pieces in their order: the first and the last at the ends, each other as early as possible.
func matchPieces(pieces []string, s string) bool {
	first, rest := pieces[0], pieces[1:]
	if len(rest) == 0 {
		return s == first
	}
	last := rest[len(rest)-1]
	if len(s) < len(first)+len(last) || !strings.HasPrefix(s, first) || !strings.HasSuffix(s, last) {
		return false
	}
	s = s[len(first) : len(s)-len(last)]
	for _, piece := range rest[:len(rest)-1] {
		i := strings.Index(s, piece)
		if i < 0 {
			return false
		}
		s = s[i+len(piece):]
	}
	return true
}

// anythingBut passes values that are there and fail another test.
func anythingBut(operand any) (test, error) {
	var unwanted []test
	switch v := operand.(type) {
	case map[string]any:
		if len(v) != 1 {
			return nil, errors.New("it must have one member")
		}
		for name, of := range v {
			switch name {
			case "prefix", "suffix", "equals-ignore-case", "wildcard":
			default:
				return nil, fmt.Errorf("the test %q is unknown", name)
			}
			var err error
			if unwanted, err = each(of, testNamed(name)); err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
		}
	default:
		var err error
		if unwanted, err = each(operand, value); err != nil {
			return nil, err
		}
	}
	return func(value any, there bool) bool { return there && !leaf(unwanted).accepts(value, there) }, nil
}

// value tests for a text or a number.
func value(operand any) (test, error) {
	switch operand.(type) {
	case string, json.Number:
		return equal(operand)
	}
	return nil, errors.New("it must be a text or a number")
}

// each compiles one operand, or a list of them.
func each(operand any, compile func(any) (test, error)) ([]test, error) {
	list, ok := operand.([]any)
	if !ok {
		list = []any{operand}
	}
	if len(list) == 0 {
		return nil, errors.New("an empty list excludes nothing")
	}
	all := make([]test, len(list))
	for i, one := range list {
		var err error
		if all[i], err = compile(one); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// maxNumber is the greatest number that can be compared, with either sign.
const maxNumber = 5e9

func numberOf(text json.Number) (float64, error) {
	n, err := text.Float64()
	if err != nil || n > maxNumber || n < -maxNumber {
		return 0, fmt.Errorf("the number %s is not between %g and %g", text, -maxNumber, maxNumber)
	}
	return n, nil
}

func number(value any) (float64, bool) {
	text, ok := value.(json.Number)
	if !ok {
		return 0, false
	}
	n, err := text.Float64()
	return n, err == nil
}

var comparisons = map[string]func(got, want float64) bool{
	"=": func(a, b float64) bool { return a == b }, "<": func(a, b float64) bool { return a < b }, "<=": func(a, b float64) bool { return a <= b },
	">": func(a, b float64) bool { return a > b }, ">=": func(a, b float64) bool { return a >= b },
}

// numeric compiles one comparison, or a lower and an upper bound.
func numeric(operand any) (test, error) {
	list, ok := operand.([]any)
	if !ok || len(list) != 2 && len(list) != 4 {
		return nil, errors.New("it must be a list of one or two comparisons")
	}
	var all []func(float64) bool
	for i := 0; i < len(list); i += 2 {
		sign, _ := list[i].(string)
		compare := comparisons[sign]
		text, isNumber := list[i+1].(json.Number)
		if compare == nil || !isNumber {
			return nil, errors.New("a comparison is one of = < <= > >= and a number")
		}
		want, err := numberOf(text)
		if err != nil {
			return nil, err
		}
		all = append(all, func(got float64) bool { return compare(got, want) })
	}
	if len(list) == 4 && (list[0] != ">" && list[0] != ">=" || list[2] != "<" && list[2] != "<=") {
		return nil, errors.New("two comparisons are a lower bound and then an upper one")
	}
	return func(value any, _ bool) bool {
		got, ok := number(value)
		for _, compare := range all {
			ok = ok && compare(got)
		}
		return ok
	}, nil
}

func cidr(operand any) (test, error) {
	text, err := textOf(operand)
	if err != nil {
		return nil, err
	}
	network, err := netip.ParsePrefix(text)
	if err != nil {
		return nil, errors.New("it must be a network such as 10.0.0.0/8")
	}
	return ofText(func(s string) bool {
		address, err := netip.ParseAddr(s)
		return err == nil && network.Contains(address)
	}), nil
}

func exists(operand any) (test, error) {
	want, ok := operand.(bool)
	if !ok {
		return nil, errors.New("it must be true or false")
	}
	return func(_ any, there bool) bool { return there == want }, nil
}
