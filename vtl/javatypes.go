package vtl

import "math"

// Java's types where they can be told apart. An int64 is an Integer as long as
// it fits 32 bits, and a Long beyond.

// long is a Long that would fit an Integer. Arithmetic with a Long gives one.
type long int64

// char is a Character: text, but equal to no String.
type char string

// widened makes the result of arithmetic on a and b a Long if one of them is.
func widened(r, a, b Value) Value {
	if i, ok := r.(int64); ok && fits32(i) && (isLong(a) || isLong(b)) {
		return long(i)
	}
	return r
}

// asLong makes an integer a Long.
func asLong(i int64) Value {
	if fits32(i) {
		return long(i)
	}
	return i
}

func isLong(v Value) bool {
	switch v := v.(type) {
	case long:
		return true
	case int64:
		return !fits32(v)
	}
	return false
}

func fits32(i int64) bool { return math.MinInt32 <= i && i <= math.MaxInt32 }

// intArg returns an argument for a parameter of type int, which takes no Long.
func intArg(v Value) (int64, bool) {
	i, ok := v.(int64)
	return i, ok && fits32(i)
}

// intOf returns an Integer or a Long.
func intOf(v Value) (int64, bool) {
	switch v := v.(type) {
	case int64:
		return v, true
	case long:
		return int64(v), true
	}
	return 0, false
}

func charMethods() map[string]method {
	return map[string]method{
		"charValue": {0, 0, func(_ *run, v Value, _ []Value) (Value, error) { return v, nil }},
		"compareTo": {1, 1, func(_ *run, v Value, args []Value) (Value, error) {
			other, ok := args[0].(char)
			if !ok {
				return nil, errClass
			}
			return compareStrings(string(v.(char)), string(other)), nil
		}},
	}
}
