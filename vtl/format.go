package vtl

import (
	"errors"
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"
)

// maxFormatWidth bounds width and precision in a format string.
const maxFormatWidth = 1000

var errFormat = errors.New("illegal format string")

// format is String.format(f, args…), with the conversions that make sense
// here: %s %d %x %o %f %e %b %c %% %n, and their flags, width and precision.
func format(r *run, _ Value, args []Value) (Value, error) {
	if len(args) > 1 && args[0] == nil && !noText(args[1]) { // format(locale, f, args…)
		args = args[1:]
	}
	f, ok, err := texts(args, 1)
	if !ok {
		return nil, err
	}
	rest, args := f[0], args[1:]
	if len(args) == 1 && isFixed(args[0]) { // an array fits Object...
		args = itemsOf(args[0]).copied()
	}
	s, err := r.captured(func() error {
		next := 0
		for {
			before, after, found := strings.Cut(rest, "%")
			if err := r.put(before); err != nil || !found {
				return err
			}
			spec, size, err := readFormat(after)
			if err != nil {
				return err
			}
			rest = after[size:]
			text, err := r.formatOne(spec, args, &next)
			if err != nil {
				return err
			}
			if err := r.put(text); err != nil {
				return err
			}
		}
	})
	return s, err
}

// formatSpec is one %[argument$][flags][width][.precision]conversion.
type formatSpec struct {
	argument, width, precision int // precision -1: none
	flags                      string
	conversion                 byte
}

func readFormat(s string) (spec formatSpec, size int, err error) {
	spec.precision = -1
	i := digits(s, 0)
	if i > 0 && i < len(s) && s[i] == '$' {
		spec.argument = smallInt(s[:i])
		i++
	} else {
		i = 0
	}
	start := i
	for i < len(s) && strings.IndexByte("-+ 0,(#", s[i]) >= 0 {
		i++
	}
	spec.flags = s[start:i]
	if end := digits(s, i); end > i {
		spec.width = smallInt(s[i:end])
		i = end
	}
	if i < len(s) && s[i] == '.' {
		end := digits(s, i+1)
		spec.precision = smallInt(s[i+1 : end])
		i = end
	}
	if i >= len(s) || spec.width > maxFormatWidth || spec.precision > maxFormatWidth {
		return spec, 0, errFormat
	}
	spec.conversion = s[i]
	return spec, i + 1, nil
}

// smallInt reads digits; a number that is too large is larger than any limit.
func smallInt(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		return math.MaxInt32
	}
	return n
}

func (r *run) formatOne(spec formatSpec, args []Value, next *int) (string, error) {
	switch spec.conversion {
	case '%':
		return "%", nil
	case 'n':
		return "\n", nil
	}
	i := spec.argument - 1
	if spec.argument == 0 {
		i = *next
		*next++
	}
	if i < 0 || i >= len(args) {
		return "", errFormat
	}
	text, err := r.converted(spec, args[i])
	if err != nil {
		return "", err
	}
	for pad := spec.width - jstring(text).len(); pad > 0; pad = 0 {
		if strings.Contains(spec.flags, "-") {
			text += strings.Repeat(" ", pad)
		} else {
			text = strings.Repeat(" ", pad) + text
		}
	}
	return text, nil
}

// converted formats one argument; only zeros are padded here.
func (r *run) converted(spec formatSpec, v Value) (string, error) {
	c := spec.conversion
	upper := 'A' <= c && c <= 'Z'
	var s string
	switch c | 0x20 {
	case 's':
		text, err := r.nullableText(v)
		if err != nil {
			return "", err
		}
		if s = text.(string); spec.precision >= 0 {
			s = jstring(s).slice(0, min(spec.precision, jstring(s).len()))
		}
	case 'b':
		s = fmt.Sprint(truth(v))
	case 'c':
		switch x := v.(type) {
		case string:
			s = x
		case int64:
			s = string(rune(x))
		default:
			return "", errFormat
		}
	case 'd', 'x', 'o':
		b, ok := asBig(v)
		if !ok {
			return "", errFormat
		}
		s = formatInteger(spec, b)
	case 'f', 'e':
		x, ok := asFloat(v)
		if _, isInt := asBig(v); !ok || isInt {
			return "", errFormat
		}
		if spec.precision < 0 {
			spec.precision = 6
		}
		s = spec.signed(grouped(spec, fmt.Sprintf("%.*"+string(c|0x20), spec.precision, x)))
	default:
		return "", errFormat
	}
	if upper {
		s = strings.ToUpper(s)
	}
	return s, nil
}

func formatInteger(spec formatSpec, b *big.Int) string {
	switch spec.conversion | 0x20 {
	case 'd':
		return spec.signed(grouped(spec, b.String()))
	case 'x':
		if b.Sign() < 0 && b.IsInt64() {
			s, _ := toHexString(nil, nil, []Value{b.Int64()})
			return s.(string)
		}
		return spec.signed(b.Text(16))
	}
	return spec.signed(b.Text(8))
}

// grouped sets commas between thousands.
func grouped(spec formatSpec, s string) string {
	if !strings.Contains(spec.flags, ",") {
		return s
	}
	start := 0
	if strings.HasPrefix(s, "-") {
		start = 1
	}
	for i := digits(s, start) - 3; i > start; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// signed adds the plus and the zeros that the flags ask for.
func (spec formatSpec) signed(s string) string {
	sign := ""
	if strings.HasPrefix(s, "-") {
		sign, s = "-", s[1:]
	} else if strings.Contains(spec.flags, "+") {
		sign = "+"
	} else if strings.Contains(spec.flags, " ") {
		sign = " "
	}
	if strings.Contains(spec.flags, "0") {
		s = strings.Repeat("0", max(0, spec.width-len(sign)-len(s))) + s
	}
	return sign + s
}
