package vtl

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
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
		"startsWith":          {1, 2, startsWith},
		"endsWith":            {1, 1, withString(func(s, t string) Value { return strings.HasSuffix(s, t) })},
		"compareTo":           {1, 1, compareTo},
		"compareToIgnoreCase": {1, 1, withString(func(s, t string) Value { return compareStrings(foldCase(s), foldCase(t)) })},
		"equalsIgnoreCase": {1, 1, func(_ *run, v Value, args []Value) (Value, error) {
			t, ok := args[0].(string)
			if !ok && args[0] != nil {
				return nil, nil
			}
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
		if s[i], ok = args[i].(string); !ok && args[i] != nil {
			return s, false, nil
		}
	}
	if slices.Contains(args[:n], nil) { // only now: other classes fit no method
		return s, false, errNull
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

// compareTo takes any argument, as Comparable does, and fails on what is no string.
func compareTo(_ *run, v Value, args []Value) (Value, error) {
	if args[0] == nil {
		return nil, errNull
	}
	t, ok := args[0].(string)
	if !ok {
		return nil, errClass
	}
	return compareStrings(v.(string), t), nil
}

func startsWith(_ *run, v Value, args []Value) (Value, error) {
	s, from := jstring(v.(string)), int64(0)
	if len(args) == 2 {
		var ok bool
		if from, ok = intArg(args[1]); !ok {
			return nil, nil
		}
	}
	t, ok, err := texts(args, 1)
	switch {
	case !ok && err == nil:
		return nil, nil
	case from < 0: // Java looks no further
		return false, nil
	case err != nil:
		return nil, err
	case from > int64(s.len()):
		return false, nil
	}
	return strings.HasPrefix(string(s[s.byteAt(int(from)):]), t[0]), nil
}

func foldCase(s string) string { return strings.ToLower(strings.ToUpper(s)) }

func stringBytes(r *run, v Value, _ []Value) (Value, error) {
	s := v.(string)
	if err := r.grow(itemBytes * (2 + len(s))); err != nil {
		return nil, err
	}
	l := &List{Items: make([]Value, len(s)), fixed: true}
	for i := range len(s) {
		l.Items[i] = int64(int8(s[i]))
	}
	return l, nil
}

func charAt(r *run, v Value, args []Value) (Value, error) {
	s := jstring(v.(string))
	i, ok := intArg(args[0])
	if !ok {
		return nil, nil
	}
	if i < 0 || i >= int64(s.len()) {
		return nil, errRange
	}
	c, err := r.str(s.slice(int(i), int(i)+1))
	return char(c.(string)), err
}

func codePointAt(_ *run, v Value, args []Value) (Value, error) {
	s := jstring(v.(string))
	i, ok := intArg(args[0])
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
	from, ok := intArg(args[0])
	to := length
	if len(args) == 2 && ok {
		to, ok = intArg(args[1])
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
func searched(args []Value, from int64) (text string, start int64, ok bool, err error) {
	if len(args) == 2 {
		if from, ok = intArg(args[1]); !ok {
			return "", 0, false, nil
		}
	}
	switch a := args[0].(type) {
	case nil:
		return "", 0, false, errNull
	case string:
		text = a
	case int64:
		if !fits32(a) {
			return "", 0, false, nil
		}
		text = string(rune(min(max(a, 0), utf8.MaxRune)))
	default:
		return "", 0, false, nil
	}
	return text, from, true, nil
}

func indexOf(_ *run, v Value, args []Value) (Value, error) {
	s := jstring(v.(string))
	text, from, ok, err := searched(args, 0)
	if !ok {
		return nil, err
	}
	start := s.byteAt(int(min(from, int64(len(s)))))
	i := strings.Index(string(s[start:]), text)
	if i < 0 {
		return int64(-1), nil
	}
	return int64(s.unit(start + i)), nil
}

func lastIndexOf(_ *run, v Value, args []Value) (Value, error) {
	s := jstring(v.(string))
	text, from, ok, err := searched(args, int64(len(s)))
	if !ok {
		return nil, err
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
	parts := args[1:]
	isList := len(parts) == 1 && kindOf(parts[0]) == kindList
	if !isList && (slices.ContainsFunc(parts, noText) || len(parts) == 1 && parts[0] == nil) {
		return nil, nil // no join fits, or more than one
	}
	t, ok, err := texts(args, 1)
	if !ok {
		return nil, err
	}
	if isList {
		if parts = itemsOf(parts[0]).copied(); slices.ContainsFunc(parts, noText) {
			return nil, errClass
		}
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

// noText reports whether v is neither a String nor null.
func noText(v Value) bool {
	_, ok := v.(string)
	return !ok && v != nil
}

// compareValues orders for compareTo of numbers.
func compareValues(a, b Value) (Value, bool) {
	order, ok := compareNumbers(a, b)
	return int64(cmp.Compare(order, 0)), ok
}
