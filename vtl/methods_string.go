package vtl

import (
	"cmp"
	"errors"
	"math"
	"slices"
	"strings"
	"time"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/gatehouse-gateway/gatehouse/javaregex"
)

func stringMethods() map[string]method {
	return map[string]method{
		"length":              {0, 0, onString(func(s string) Value { return int64(jstring(s).len()) })},
		"isEmpty":             {0, 0, onString(func(s string) Value { return s == "" })},
		"isBlank":             {0, 0, onString(func(s string) Value { return strings.TrimSpace(s) == "" })},
		"hashCode":            {0, 0, onString(func(s string) Value { return int64(hashString(s)) })},
		"intern":              {0, 0, onString(func(s string) Value { return s })},
		"trim":                {0, 0, changing(func(s string) string { return strings.TrimFunc(s, func(c rune) bool { return c <= ' ' }) })},
		"toLowerCase":         {0, 0, changing(strings.ToLower)},
		"toUpperCase":         {0, 0, changing(strings.ToUpper)},
		"getBytes":            {0, 1, stringBytes},
		"charAt":              {1, 1, charAt},
		"codePointAt":         {1, 1, codePointAt},
		"substring":           {1, 2, substring},
		"indexOf":             {1, 2, indexOf},
		"lastIndexOf":         {1, 2, lastIndexOf},
		"contains":            {1, 1, withString(func(s, t string) Value { return strings.Contains(s, t) })},
		"startsWith":          {1, 1, withString(func(s, t string) Value { return strings.HasPrefix(s, t) })},
		"endsWith":            {1, 1, withString(func(s, t string) Value { return strings.HasSuffix(s, t) })},
		"compareTo":           {1, 1, withString(func(s, t string) Value { return compareStrings(s, t) })},
		"compareToIgnoreCase": {1, 1, withString(func(s, t string) Value { return compareStrings(foldCase(s), foldCase(t)) })},
		"equalsIgnoreCase": {1, 1, func(_ *run, v Value, args []Value) (Value, error) {
			t, ok := args[0].(string)
			return ok && foldCase(v.(string)) == foldCase(t), nil
		}},
		"concat":       {1, 1, concat},
		"replace":      {2, 2, replace},
		"replaceAll":   {2, 2, replaceWith(math.MaxInt)},
		"replaceFirst": {2, 2, replaceWith(1)},
		"matches":      {1, 1, matches},
		"split":        {1, 2, split},
		"valueOf":      {1, 1, func(r *run, _ Value, args []Value) (Value, error) { return r.nullableText(args[0]) }},
		"format":       {1, 64, format},
		"join":         {2, 64, join},
	}
}

func onString(f func(string) Value) func(*run, Value, []Value) (Value, error) {
	return func(_ *run, v Value, _ []Value) (Value, error) { return f(v.(string)), nil }
}

func changing(f func(string) string) func(*run, Value, []Value) (Value, error) {
	return func(r *run, v Value, _ []Value) (Value, error) { return r.str(f(v.(string))) }
}

func withString(f func(s, t string) Value) func(*run, Value, []Value) (Value, error) {
	return func(_ *run, v Value, args []Value) (Value, error) {
		if args[0] == nil {
			return nil, errNull
		}
		t, ok := args[0].(string)
		if !ok {
			return nil, nil
		}
		return f(v.(string), t), nil
	}
}

// texts returns the first n arguments as strings; ok is false if one is not.
func texts(args []Value, n int) (s [2]string, ok bool, err error) {
	for i := range n {
		if args[i] == nil {
			return s, false, errNull
		}
		if s[i], ok = args[i].(string); !ok {
			return s, false, nil
		}
	}
	return s, true, nil
}

// jstring measures a string in UTF-16 units, as Java does.
type jstring string

func (s jstring) ascii() bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

func (s jstring) len() int {
	n := 0
	for _, r := range s {
		n += max(1, utf16.RuneLen(r))
	}
	return n
}

// slice returns the units from i to j, which must be in range.
func (s jstring) slice(i, j int) string {
	if s.ascii() {
		return string(s[i:j])
	}
	return string(utf16.Decode(utf16.Encode([]rune(s))[i:j]))
}

// unit turns a byte offset into a place in units; -1 stays.
func (s jstring) unit(offset int) int {
	if offset < 0 {
		return -1
	}
	return s[:offset].len()
}

// byteAt turns a place in units into a byte offset.
func (s jstring) byteAt(unit int) int {
	for i, r := range s {
		if unit <= 0 {
			return i
		}
		unit -= max(1, utf16.RuneLen(r))
	}
	return len(s)
}

func hashString(s string) int32 {
	var h int32
	for _, r := range s {
		if r > 0xFFFF {
			hi, lo := utf16.EncodeRune(r)
			h = 31*(31*h+hi) + lo
			continue
		}
		h = 31*h + r
	}
	return h
}

// compareStrings is String.compareTo.
func compareStrings(s, t string) Value {
	a, b := utf16.Encode([]rune(s)), utf16.Encode([]rune(t))
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return int64(a[i]) - int64(b[i])
		}
	}
	return int64(len(a) - len(b))
}

func foldCase(s string) string { return strings.ToLower(strings.ToUpper(s)) }

func stringBytes(r *run, v Value, _ []Value) (Value, error) {
	s := v.(string)
	if err := r.grow(itemBytes * (2 + len(s))); err != nil {
		return nil, err
	}
	l := &List{Items: make([]Value, len(s))}
	for i := range len(s) {
		l.Items[i] = int64(int8(s[i]))
	}
	return l, nil
}

func charAt(r *run, v Value, args []Value) (Value, error) {
	s := jstring(v.(string))
	i, ok := args[0].(int64)
	if !ok {
		return nil, nil
	}
	if i < 0 || i >= int64(s.len()) {
		return nil, errRange
	}
	return r.str(s.slice(int(i), int(i)+1))
}

func codePointAt(_ *run, v Value, args []Value) (Value, error) {
	s := jstring(v.(string))
	i, ok := args[0].(int64)
	if !ok {
		return nil, nil
	}
	if i < 0 || i >= int64(s.len()) {
		return nil, errRange
	}
	r, _ := utf8.DecodeRuneInString(string(s[s.byteAt(int(i)):]))
	return int64(r), nil
}

func substring(r *run, v Value, args []Value) (Value, error) {
	s := jstring(v.(string))
	length := int64(s.len())
	from, ok := args[0].(int64)
	to := length
	if len(args) == 2 && ok {
		to, ok = args[1].(int64)
	}
	if !ok {
		return nil, nil
	}
	if from < 0 || to > length || from > to {
		return nil, errRange
	}
	return r.str(s.slice(int(from), int(to)))
}

// searched reads the arguments of indexOf and lastIndexOf: a string or a code
// point, and a place to begin.
func searched(args []Value, from int64) (text string, start int64, ok bool) {
	switch a := args[0].(type) {
	case string:
		text = a
	case int64:
		text = string(rune(min(max(a, 0), utf8.MaxRune)))
	default:
		return "", 0, false
	}
	if len(args) == 2 {
		from, ok = args[1].(int64)
		return text, from, ok
	}
	return text, from, true
}

func indexOf(_ *run, v Value, args []Value) (Value, error) {
	if args[0] == nil {
		return nil, errNull
	}
	s := jstring(v.(string))
	text, from, ok := searched(args, 0)
	if !ok {
		return nil, nil
	}
	start := s.byteAt(int(min(from, int64(len(s)))))
	i := strings.Index(string(s[start:]), text)
	if i < 0 {
		return int64(-1), nil
	}
	return int64(s.unit(start + i)), nil
}

func lastIndexOf(_ *run, v Value, args []Value) (Value, error) {
	if args[0] == nil {
		return nil, errNull
	}
	s := jstring(v.(string))
	text, from, ok := searched(args, int64(len(s)))
	if !ok {
		return nil, nil
	}
	if from < 0 {
		return int64(-1), nil
	}
	end := min(len(s), s.byteAt(int(min(from, int64(len(s)))))+len(text))
	return int64(s.unit(strings.LastIndex(string(s[:end]), text))), nil
}

func concat(r *run, v Value, args []Value) (Value, error) {
	t, ok, err := texts(args, 1)
	if !ok {
		return nil, err
	}
	if err := r.grow(itemBytes + len(v.(string)) + len(t[0])); err != nil {
		return nil, err
	}
	return v.(string) + t[0], nil
}

func replace(r *run, v Value, args []Value) (Value, error) {
	t, ok, err := texts(args, 2)
	if !ok {
		return nil, err
	}
	s := v.(string)
	if n := strings.Count(s, t[0]); n > 0 {
		if err := r.grow(itemBytes + len(s) + n*max(0, len(t[1])-len(t[0]))); err != nil {
			return nil, err
		}
	}
	return strings.ReplaceAll(s, t[0], t[1]), nil
}

func replaceWith(n int) func(*run, Value, []Value) (Value, error) {
	return func(r *run, v Value, args []Value) (Value, error) {
		t, ok, err := texts(args, 2)
		if !ok {
			return nil, err
		}
		re, s, err := r.pattern(t[0], v)
		if err != nil {
			return nil, err
		}
		started := time.Now()
		s, err = re.Replace(s, t[1], n, max(0, r.memory))
		if late := r.spendTime(started); late != nil {
			return nil, late
		}
		if errors.Is(err, javaregex.ErrTooLong) {
			return nil, ErrMemory
		}
		if err != nil {
			return nil, err
		}
		return r.str(s)
	}
}

// pattern compiles a regular expression for a text.
func (r *run) pattern(expression string, v Value) (*javaregex.Regexp, string, error) {
	re, err := patterns.Get(expression)
	return re, v.(string), err
}

// spendTime turns time spent in a regular expression into steps, one for a
// microsecond: slow ones in a loop must not hold a processor for minutes.
func (r *run) spendTime(started time.Time) error {
	return r.spend(int(time.Since(started) / time.Microsecond))
}

func matches(r *run, v Value, args []Value) (Value, error) {
	t, ok, err := texts(args, 1)
	if !ok {
		return nil, err
	}
	re, s, err := r.pattern(t[0], v)
	if err != nil {
		return nil, err
	}
	started := time.Now()
	whole, err := re.MatchWhole(s)
	if late := r.spendTime(started); late != nil {
		return nil, late
	}
	return whole, err
}

func split(r *run, v Value, args []Value) (Value, error) {
	t, ok, err := texts(args, 1)
	if !ok {
		return nil, err
	}
	limit := int64(0)
	if len(args) == 2 {
		if limit, ok = args[1].(int64); !ok {
			return nil, nil
		}
	}
	re, s, err := r.pattern(t[0], v)
	if err != nil {
		return nil, err
	}
	started := time.Now()
	pieces, err := re.SplitAtMost(s, int(max(min(limit, 1<<31-1), -1)), 1+r.memory/(3*itemBytes))
	if late := r.spendTime(started); late != nil {
		return nil, late
	}
	if errors.Is(err, javaregex.ErrTooLong) {
		return nil, ErrMemory
	}
	if err != nil {
		return nil, err
	}
	if err := r.grow(3 * itemBytes * (1 + len(pieces))); err != nil {
		return nil, err
	}
	l := &List{Items: make([]Value, len(pieces))}
	for i, p := range pieces {
		l.Items[i] = p
	}
	return l, nil
}

// nullableText is String.valueOf, which knows null.
func (r *run) nullableText(v Value) (Value, error) {
	if v == nil {
		return "null", nil
	}
	s, err := r.textOf(v)
	return s, err
}

// join is String.join(delimiter, list) and String.join(delimiter, a, b, …).
func join(r *run, _ Value, args []Value) (Value, error) {
	t, ok, err := texts(args, 1)
	if !ok {
		return nil, err
	}
	parts := args[1:]
	if len(parts) == 1 && kindOf(parts[0]) == kindList {
		parts = itemsOf(parts[0]).copied()
	}
	if err := r.spend(len(parts)); err != nil {
		return nil, err
	}
	s, err := r.captured(func() error {
		for i, p := range slices.All(parts) {
			if i > 0 {
				if err := r.put(t[0]); err != nil {
					return err
				}
			}
			if err := r.writeItem(p); err != nil {
				return err
			}
		}
		return nil
	})
	return s, err
}

// compareValues orders for compareTo of numbers.
func compareValues(a, b Value) (Value, bool) {
	order, ok := compareNumbers(a, b)
	return int64(cmp.Compare(order, 0)), ok
}
