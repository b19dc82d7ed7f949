package jsonpath

import (
	"math"
	"math/big"
	"strconv"
	"strings"

	"github.com/gatehouse-gateway/gatehouse/jsontree"
)

// function is what a name with parentheses does to a value. The result is false
// when there is nothing to answer, such as the smallest of no numbers.
type function struct {
	run func(r *run, v jsontree.Value, args []operand) (jsontree.Value, bool)
}

var functions map[string]function

// The table refers to code that refers to the table, so it is filled here.
func init() {
	functions = map[string]function{
		"length": {run: length},
		"size":   {run: length},
		"min":    aggregate(func(n []float64) float64 { return fold(n, math.Min) }),
		"max":    aggregate(func(n []float64) float64 { return fold(n, math.Max) }),
		"sum":    aggregate(sum),
		"avg":    aggregate(func(n []float64) float64 { return sum(n) / float64(len(n)) }),
		"stddev": aggregate(stddev),
		"keys":   {run: keys},
		"concat": {run: concat},
		"append": {run: appendItems},
		"first":  {run: func(_ *run, v jsontree.Value, _ []operand) (jsontree.Value, bool) { return item(v, 0) }},
		"last":   {run: func(_ *run, v jsontree.Value, _ []operand) (jsontree.Value, bool) { return item(v, -1) }},
		"index":  {run: index},
	}
}

// length counts items or members; anything else has no length: null. With a path
// it counts what lies below the matches.
func length(r *run, v jsontree.Value, args []operand) (jsontree.Value, bool) {
	if len(args) == 0 {
		n, ok := count(v)
		if !ok {
			return jsontree.Null{}, true
		}
		return jsontree.NumberOf(int64(n)), true
	}
	total := 0
	for i := range args {
		for _, match := range matches(r, v, &args[i]) {
			n, _ := count(match)
			total += n
		}
	}
	return jsontree.NumberOf(int64(total)), true
}

func count(v jsontree.Value) (int, bool) {
	switch v := v.(type) {
	case *jsontree.Array:
		return v.Len(), true
	case *jsontree.Object:
		return v.Len(), true
	}
	return 0, false
}

// matches returns what an argument stands for: one value, or those of a path.
func matches(r *run, candidate jsontree.Value, arg *operand) []jsontree.Value {
	v := arg.eval(r, candidate)
	if a, ok := v.(*jsontree.Array); ok && arg.kind == operandPath && !arg.path.definite {
		return a.Items
	}
	return []jsontree.Value{v}
}

// flat is matches, but one value that is an array stands for its items.
func flat(r *run, candidate jsontree.Value, args []operand) []jsontree.Value {
	var all []jsontree.Value
	for i := range args {
		found := matches(r, candidate, &args[i])
		if len(found) == 1 && args[i].kind == operandPath && args[i].path.definite {
			if a, ok := found[0].(*jsontree.Array); ok {
				found = a.Items
			}
		}
		all = append(all, found...)
	}
	return all
}

// aggregate makes a function over the numbers of an array and of the arguments.
// The result is a Java double, also for integers: sum() of [1,2] is 3.0.
func aggregate(f func([]float64) float64) function {
	return function{run: func(r *run, v jsontree.Value, args []operand) (jsontree.Value, bool) {
		var numbers []float64
		if a, ok := v.(*jsontree.Array); ok {
			numbers = appendNumbers(numbers, a.Items)
		}
		numbers = appendNumbers(numbers, flat(r, v, args))
		if len(numbers) == 0 {
			return nil, false
		}
		return javaDouble(f(numbers))
	}}
}

func appendNumbers(dst []float64, values []jsontree.Value) []float64 {
	for _, v := range values {
		if n, ok := v.(jsontree.Number); ok {
			f, _ := n.Float64()
			dst = append(dst, f)
		}
	}
	return dst
}

func fold(n []float64, f func(x, y float64) float64) float64 {
	for _, x := range n[1:] {
		n[0] = f(n[0], x)
	}
	return n[0]
}

func sum(n []float64) (total float64) {
	for _, x := range n {
		total += x
	}
	return total
}

func stddev(n []float64) float64 {
	squares := 0.0
	for _, x := range n {
		squares += x * x
	}
	count := float64(len(n))
	mean := sum(n) / count
	return math.Sqrt(squares/count - mean*mean)
}

// javaDouble writes a float as Java does: 3.0, 0.001, 1.0E10.
func javaDouble(f float64) (jsontree.Value, bool) {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return nil, false
	}
	if a := math.Abs(f); a == 0 || a >= 1e-3 && a < 1e7 {
		s := strconv.FormatFloat(f, 'f', -1, 64)
		if !strings.Contains(s, ".") {
			s += ".0"
		}
		return jsontree.Number(s), true
	}
	digits, exponent, _ := strings.Cut(strconv.FormatFloat(f, 'e', -1, 64), "e")
	if !strings.Contains(digits, ".") {
		digits += ".0"
	}
	e, _ := strconv.Atoi(exponent)
	return jsontree.Number(digits + "E" + strconv.Itoa(e)), true
}

func keys(_ *run, v jsontree.Value, _ []operand) (jsontree.Value, bool) {
	o, ok := v.(*jsontree.Object)
	if !ok {
		return jsontree.Null{}, true
	}
	a := &jsontree.Array{Items: make([]jsontree.Value, 0, o.Len())}
	for name := range o.All() {
		a.Items = append(a.Items, name)
	}
	return a, true
}

// concat joins the strings of an array and the texts of the arguments.
func concat(r *run, v jsontree.Value, args []operand) (jsontree.Value, bool) {
	var b strings.Builder
	if a, ok := v.(*jsontree.Array); ok {
		for _, it := range a.Items {
			if s, ok := it.(string); ok {
				b.WriteString(s)
			}
		}
	}
	for i := range args {
		if args[i].kind == operandPath && args[i].eval(r, v) == nil {
			return nil, false
		}
	}
	for _, x := range flat(r, v, args) {
		writeJava(&b, x)
		if b.Len() > maxConcat {
			return nil, false
		}
	}
	return b.String(), true
}

// writeJava writes the text that a value has in Java: an object like a map, an
// array as JSON, null as nothing.
func writeJava(b *strings.Builder, v jsontree.Value) {
	switch v := v.(type) {
	case nil, jsontree.Null, bool: // Jayway leaves booleans out
	case string:
		b.WriteString(v)
	case *jsontree.Object:
		sep := "{"
		for name, m := range v.All() {
			b.WriteString(sep + name + "=")
			if writeJava(b, m); jsontree.KindOf(m) == jsontree.KindNull {
				b.WriteString("null")
			}
			if sep = ", "; b.Len() > maxConcat {
				return
			}
		}
		if v.Len() == 0 {
			b.WriteByte('{')
		}
		b.WriteByte('}')
	default:
		b.Write(jsontree.Append(nil, v))
	}
}

// appendItems adds the arguments to a copy of an array; the document stays as it is.
func appendItems(r *run, v jsontree.Value, args []operand) (jsontree.Value, bool) {
	a, ok := v.(*jsontree.Array)
	if !ok {
		return v, true
	}
	r.left -= len(a.Items)
	longer := &jsontree.Array{Items: append([]jsontree.Value(nil), a.Items...)}
	for i := range args {
		for _, x := range matches(r, v, &args[i]) {
			if x != nil {
				longer.Items = append(longer.Items, x)
			}
		}
	}
	return longer, true
}

func index(r *run, v jsontree.Value, args []operand) (jsontree.Value, bool) {
	if len(args) != 1 {
		return nil, false
	}
	n, ok := args[0].eval(r, v).(jsontree.Number)
	if !ok {
		return nil, false
	}
	f, ok := n.Float64()
	if !ok || math.Abs(f) > math.MaxInt32 {
		return nil, false
	}
	return item(v, int(f))
}

func compareNumbers(l, r jsontree.Number) (int, bool) {
	x, okX := l.Float64()
	y, okY := r.Float64()
	if !okX || !okY {
		return 0, false
	}
	if x != y || !l.IsInt() || !r.IsInt() {
		return int(sign(x - y)), true
	}
	a, _ := new(big.Int).SetString(string(l), 10) // equal as floats: at most some 310 digits
	b, _ := new(big.Int).SetString(string(r), 10)
	if a == nil || b == nil {
		return 0, false
	}
	return a.Cmp(b), true
}

func sign(f float64) float64 {
	switch {
	case f < 0:
		return -1
	case f > 0:
		return 1
	}
	return 0
}
