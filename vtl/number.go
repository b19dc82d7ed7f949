package vtl

import (
	"cmp"
	"math"
	"math/big"
	"strconv"
	"strings"

	"github.com/gatehouse-gateway/gatehouse/jsontree"
)

// maxNumberDigits is the number of digits up to which an integer is computed
// with. A longer one becomes a double: nobody counts that far.
const maxNumberDigits = 1000

// FromNumber returns a JSON number as a template sees it: integers as int64 or
// *big.Int, others as float64, decimals with more digits than that as written.
func FromNumber(n jsontree.Number) Value {
	if n.IsInt() {
		return integer(string(n))
	}
	f, _ := n.Float64()
	if digits := strings.TrimLeft(string(n), "-0."); len(digits) > 16 && !strings.ContainsAny(digits, "eE") {
		return n
	}
	return f
}

// integer reads -?digits.
func integer(s string) Value {
	if i, err := strconv.ParseInt(s, 10, 64); err == nil {
		return i
	}
	if len(s) > maxNumberDigits {
		f, _ := strconv.ParseFloat(s, 64)
		return f
	}
	b, ok := new(big.Int).SetString(s, 10)
	if !ok {
		return nil
	}
	return b
}

func asFloat(v Value) (float64, bool) {
	switch v := v.(type) {
	case int64:
		return float64(v), true
	case long:
		return float64(v), true
	case float64:
		return v, true
	case *big.Int:
		f, _ := new(big.Float).SetInt(v).Float64()
		return f, true
	case jsontree.Number:
		f, _ := v.Float64()
		return f, true
	}
	return 0, false
}

func asBig(v Value) (*big.Int, bool) {
	switch v := v.(type) {
	case int64:
		return big.NewInt(v), true
	case long:
		return big.NewInt(int64(v)), true
	case *big.Int:
		return v, true
	}
	return nil, false
}

// normal makes a big integer small again if it fits.
func normal(b *big.Int) Value {
	if b.IsInt64() {
		return b.Int64()
	}
	return b
}

// arithmetic computes a op b. It is null unless both are numbers, and for a
// division by zero. Integers grow instead of overflowing.
func arithmetic(op byte, a, b Value) Value {
	i, okA := intOf(a)
	j, okB := intOf(b)
	if okA && okB {
		if r, ok := small(op, i, j); ok {
			return widened(r, a, b)
		}
	}
	x, okA := asBig(a)
	y, okB := asBig(b)
	if okA && okB {
		return large(op, x, y)
	}
	f, okA := asFloat(a)
	g, okB := asFloat(b)
	if !okA || !okB {
		return nil
	}
	switch op {
	case '+':
		return f + g
	case '-':
		return f - g
	case '*':
		return f * g
	}
	if g == 0 {
		return nil
	}
	if op == '/' {
		return f / g
	}
	return math.Mod(f, g)
}

// small computes on 64 bits; ok is false when the result does not fit.
func small(op byte, i, j int64) (v Value, ok bool) {
	switch op {
	case '+':
		r := i + j
		return r, (r > i) == (j > 0)
	case '-':
		r := i - j
		return r, (r < i) == (j > 0)
	case '*':
		if i == 0 || j == 0 {
			return int64(0), true
		}
		r := i * j
		return r, r/j == i && !(i == -1 && j == math.MinInt64) && !(j == -1 && i == math.MinInt64)
	}
	switch {
	case j == 0:
		return nil, true
	case op == '%':
		return i % j, true
	}
	return i / j, !(i == math.MinInt64 && j == -1)
}

func large(op byte, x, y *big.Int) Value {
	r := new(big.Int)
	switch op {
	case '+':
		r.Add(x, y)
	case '-':
		r.Sub(x, y)
	case '*':
		r.Mul(x, y)
	default:
		if y.Sign() == 0 {
			return nil
		}
		if op == '/' {
			r.Quo(x, y)
		} else {
			r.Rem(x, y)
		}
	}
	if r.BitLen() > 4*maxNumberDigits {
		f, _ := asFloat(r)
		return f
	}
	return normal(r)
}

// compareNumbers orders two numbers; ok is false if one is none.
func compareNumbers(a, b Value) (order int, ok bool) {
	i, okA := intOf(a)
	j, okB := intOf(b)
	if okA && okB {
		return cmp.Compare(i, j), true
	}
	f, okA := asFloat(a)
	g, okB := asFloat(b)
	if !okA || !okB {
		return 0, false
	}
	x, okA := asBig(a)
	y, okB := asBig(b)
	if okA && okB {
		return x.Cmp(y), true
	}
	return cmp.Compare(f, g), true
}

// printsAsWritten reports whether a number is short and in the form in which
// Java prints it: an integer, or a decimal from 1 to 10,000,000 without zeros at
// the end.
func printsAsWritten(n jsontree.Number) bool {
	const digitsThatAreSure = 15
	if len(n) > digitsThatAreSure || n == "-0" {
		return false
	}
	point := -1
	for i := range len(n) {
		switch c := n[i]; {
		case c == '.':
			point = i
		case !isDigit(c) && c != '-':
			return false // an exponent
		}
	}
	if point < 0 {
		return true
	}
	whole := strings.TrimPrefix(string(n[:point]), "-")
	last := n[len(n)-1]
	return whole[0] != '0' && len(whole) <= 7 && (last != '0' || point == len(n)-2)
}

// javaDouble prints a double like Double.toString.
func javaDouble(f float64) string {
	switch {
	case math.IsNaN(f):
		return "NaN"
	case math.IsInf(f, 1):
		return "Infinity"
	case math.IsInf(f, -1):
		return "-Infinity"
	case f == 0 || 1e-3 <= math.Abs(f) && math.Abs(f) < 1e7:
		s := strconv.FormatFloat(f, 'f', -1, 64)
		if !strings.Contains(s, ".") {
			s += ".0"
		}
		return s
	}
	mantissa, exp, _ := strings.Cut(strconv.FormatFloat(f, 'e', -1, 64), "e")
	if !strings.Contains(mantissa, ".") {
		mantissa += ".0"
	}
	n, _ := strconv.Atoi(exp)
	return mantissa + "E" + strconv.Itoa(n)
}
