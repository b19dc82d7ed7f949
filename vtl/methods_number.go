package vtl

import (
	"math"
	"math/big"
	"strconv"
	"strings"
)

// numberMethods are those of Integer, Long, Double and the rest. Static ones
// are reached through any number: #set($i = 0)$i.parseInt("12").
func numberMethods() map[string]method {
	return map[string]method{
		"intValue":    {0, 0, truncated(32)},
		"longValue":   {0, 0, truncated(64)},
		"doubleValue": {0, 0, func(_ *run, v Value, _ []Value) (Value, error) { f, _ := asFloat(v); return f, nil }},
		"floatValue":  {0, 0, func(_ *run, v Value, _ []Value) (Value, error) { f, _ := asFloat(v); return f, nil }},
		"compareTo":   {1, 1, numberCompare},
		"toString":    {0, 1, numberText},
		"parseInt":    {1, 1, parseInteger(32)},
		"parseLong":   {1, 1, parseInteger(64)},
		"parseDouble": {1, 1, parseDouble},
		"valueOf":     {1, 1, numberValueOf},
		"toHexString": {1, 1, toHexString},
		"max":         {2, 2, extreme(1)},
		"min":         {2, 2, extreme(-1)},
	}
}

// truncated is intValue and longValue: integers lose their upper bits, doubles
// stop at the ends of the range.
func truncated(bits int) func(*run, Value, []Value) (Value, error) {
	return func(_ *run, v Value, _ []Value) (Value, error) {
		if b, ok := asBig(v); ok {
			i := new(big.Int).And(b, new(big.Int).SetUint64(math.MaxUint64)).Uint64()
			if bits == 32 {
				return int64(int32(i)), nil
			}
			return asLong(int64(i)), nil
		}
		f, _ := asFloat(v)
		low, high := float64(math.MinInt64), float64(math.MaxInt64)
		if bits == 32 {
			low, high = math.MinInt32, math.MaxInt32
		}
		switch {
		case math.IsNaN(f):
			return int64(0), nil
		case f >= high && bits == 64:
			return int64(math.MaxInt64), nil
		}
		return int64(min(max(f, low), high)), nil
	}
}

// numberText is toString, and the static one of the class of v.
func numberText(r *run, v Value, args []Value) (Value, error) {
	if len(args) == 1 {
		arg, ok := ofClass(v, args[0])
		if !ok {
			return nil, nil
		}
		v = arg
	}
	s, err := r.textOf(v)
	return s, err
}

func numberCompare(_ *run, v Value, args []Value) (Value, error) {
	if args[0] == nil {
		return nil, errNull
	}
	if kindOf(v) != kindOf(args[0]) || isLong(v) != isLong(args[0]) {
		return nil, errClass
	}
	order, ok := compareValues(v, args[0])
	if !ok {
		return nil, nil
	}
	return order, nil
}

func parseInteger(bits int) func(*run, Value, []Value) (Value, error) {
	return func(_ *run, v Value, args []Value) (Value, error) {
		if kindOf(v) != kindInt || isLong(v) != (bits == 64) { // Integer has parseInt, Long parseLong
			return nil, nil
		}
		if args[0] == nil {
			return nil, errNumber
		}
		s, ok := args[0].(string)
		if !ok {
			return nil, nil
		}
		i, err := strconv.ParseInt(s, 10, bits)
		if err != nil {
			return nil, errNumber
		}
		if bits == 64 {
			return asLong(i), nil
		}
		return i, nil
	}
}

func parseDouble(_ *run, v Value, args []Value) (Value, error) {
	if kindOf(v) != kindDouble {
		return nil, nil
	}
	if args[0] == nil {
		return nil, errNull
	}
	s, ok := args[0].(string)
	if !ok {
		return nil, nil
	}
	f, err := strconv.ParseFloat(strings.TrimRight(strings.TrimSpace(s), "dDfF"), 64)
	if err != nil && !math.IsInf(f, 0) || strings.ContainsAny(s, "_xX") {
		return nil, errNumber
	}
	return f, nil
}

// numberValueOf is Integer.valueOf, Long.valueOf or Double.valueOf, by the
// class of v: of a text, or of a number that fits without loss.
func numberValueOf(r *run, v Value, args []Value) (Value, error) {
	arg := args[0]
	if kindOf(v) == kindDouble {
		if f, ok := asFloat(arg); ok {
			return f, nil
		}
		return parseDouble(r, v, args)
	}
	bits := 32
	if isLong(v) {
		bits = 64
	}
	if i, ok := intOf(arg); ok {
		switch {
		case bits == 64:
			return asLong(i), nil
		case isLong(arg):
			return nil, nil
		}
		return arg, nil
	}
	return parseInteger(bits)(r, v, args)
}

// toHexString is the static method of the class of v.
func toHexString(_ *run, v Value, args []Value) (Value, error) {
	if kindOf(v) == kindDouble {
		f, ok := asFloat(args[0])
		if !ok {
			return nil, nil
		}
		return hexDouble(f), nil
	}
	i, ok := intOf(args[0])
	switch {
	case !ok || isLong(args[0]) && !isLong(v):
		return nil, nil
	case isLong(v):
		return strconv.FormatUint(uint64(i), 16), nil
	}
	return strconv.FormatUint(uint64(uint32(i)), 16), nil
}

// hexDouble is Double.toHexString: 0x1.8p1.
func hexDouble(f float64) string {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return javaDouble(f)
	}
	mantissa, exponent, _ := strings.Cut(strconv.FormatFloat(f, 'x', -1, 64), "p")
	if !strings.Contains(mantissa, ".") {
		mantissa += ".0"
	}
	n, _ := strconv.Atoi(exponent)
	return mantissa + "p" + strconv.Itoa(n)
}

// extreme is max and min of the class of v, whose arguments and result are of
// that class.
func extreme(sign int) func(*run, Value, []Value) (Value, error) {
	return func(_ *run, v Value, args []Value) (Value, error) {
		a, okA := ofClass(v, args[0])
		b, okB := ofClass(v, args[1])
		if !okA || !okB {
			return nil, nil
		}
		if order, _ := compareNumbers(a, b); order*sign >= 0 {
			return a, nil
		}
		return b, nil
	}
}

// ofClass widens an argument to the class of v, as Java does for a parameter of
// a primitive type. It refuses what would be narrowed.
func ofClass(v, arg Value) (Value, bool) {
	if kindOf(v) == kindDouble {
		return asFloat(arg)
	}
	i, ok := intOf(arg)
	switch {
	case !ok || isLong(arg) && !isLong(v):
		return nil, false
	case isLong(v):
		return asLong(i), true
	}
	return i, true
}
