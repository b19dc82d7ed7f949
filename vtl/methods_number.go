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
		"parseInt":    {1, 1, parseInteger(32)},
		"parseLong":   {1, 1, parseInteger(64)},
		"parseDouble": {1, 1, parseDouble},
		"valueOf":     {1, 1, numberValueOf},
		"toHexString": {1, 1, toHexString},
		"max":         {2, 2, extreme(1)},
		"min":         {2, 2, extreme(-1)},
		"abs":         {1, 1, absolute},
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
			return int64(i), nil
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

func numberCompare(_ *run, v Value, args []Value) (Value, error) {
	if args[0] == nil {
		return nil, errNull
	}
	if kindOf(v) != kindOf(args[0]) {
		return nil, nil
	}
	order, ok := compareValues(v, args[0])
	if !ok {
		return nil, nil
	}
	return order, nil
}

func parseInteger(bits int) func(*run, Value, []Value) (Value, error) {
	return func(_ *run, _ Value, args []Value) (Value, error) {
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
		return i, nil
	}
}

func parseDouble(_ *run, _ Value, args []Value) (Value, error) {
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

func numberValueOf(r *run, v Value, args []Value) (Value, error) {
	switch kindOf(args[0]) {
	case kindInt, kindDouble:
		return args[0], nil
	}
	if kindOf(v) == kindDouble {
		return parseDouble(r, v, args)
	}
	return parseInteger(64)(r, v, args)
}

func toHexString(_ *run, _ Value, args []Value) (Value, error) {
	i, ok := args[0].(int64)
	switch {
	case !ok:
		return nil, nil
	case i == int64(int32(i)):
		return strconv.FormatUint(uint64(uint32(i)), 16), nil
	}
	return strconv.FormatUint(uint64(i), 16), nil
}

func extreme(sign int) func(*run, Value, []Value) (Value, error) {
	return func(_ *run, _ Value, args []Value) (Value, error) {
		order, ok := compareNumbers(args[0], args[1])
		if !ok {
			return nil, nil
		}
		if order*sign >= 0 {
			return args[0], nil
		}
		return args[1], nil
	}
}

func absolute(_ *run, _ Value, args []Value) (Value, error) {
	if order, ok := compareNumbers(args[0], int64(0)); !ok || order >= 0 {
		if !ok {
			return nil, nil
		}
		return args[0], nil
	}
	return arithmetic('*', args[0], int64(-1)), nil
}
