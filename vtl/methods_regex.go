package vtl

import (
	"errors"
	"time"

	"github.com/gatehouse-gateway/gatehouse/javaregex"
)

// The methods of String that take a regular expression.

func replaceWith(n int) func(*run, Value, []Value) (Value, error) {
	return func(r *run, v Value, args []Value) (Value, error) {
		if args[1] == nil { // which nobody notices while there is no match
			return replaceByNull(r, v, args[0], n == 1)
		}
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

// replaceByNull fails if there is a match, or always when it is strict.
func replaceByNull(r *run, v, expression Value, strict bool) (Value, error) {
	t, ok, err := texts([]Value{expression}, 1)
	if !ok {
		return nil, err
	}
	if strict {
		return nil, errNull
	}
	re, s, err := r.pattern(t[0], v)
	if err != nil {
		return nil, err
	}
	started := time.Now()
	found, err := re.Find(s)
	if late := r.spendTime(started); late != nil {
		return nil, late
	}
	if err == nil && found {
		err = errNull
	}
	return s, err
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
	limit := int64(0)
	if len(args) == 2 {
		var ok bool
		if limit, ok = intArg(args[1]); !ok {
			return nil, nil
		}
	}
	t, ok, err := texts(args, 1)
	if !ok {
		return nil, err
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
	l := &List{Items: make([]Value, len(pieces)), fixed: true}
	for i, p := range pieces {
		l.Items[i] = p
	}
	return l, nil
}
