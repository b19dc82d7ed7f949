package vtl

import (
	"errors"
	"fmt"
	"strings"

	"github.com/gatehouse-gateway/gatehouse/javaregex"
)

// method is a method of a kind of value. It runs only with a fitting number of
// arguments; when their kinds do not fit, it yields null, like a method that
// does not exist. Errors are what Java would throw.
type method struct {
	min, max int
	run      func(r *run, v Value, args []Value) (Value, error)
}

// methods holds one table per kind; anyMethods are those of every value.
var methods, anyMethods = buildMethods()

func buildMethods() (byKind [kindHost + 1]map[string]method, general map[string]method) {
	byKind[kindString] = stringMethods()
	byKind[kindBool] = boolMethods()
	byKind[kindInt] = numberMethods()
	byKind[kindDouble] = byKind[kindInt]
	byKind[kindList] = listMethods()
	byKind[kindMap] = mapMethods()
	byKind[kindEntry] = entryMethods()
	byKind[kindIterator] = iteratorMethods()
	byKind[kindChar] = charMethods()
	general = map[string]method{
		"toString": {0, 0, func(r *run, v Value, _ []Value) (Value, error) { return r.textOf(v) }},
		"equals": {1, 1, func(r *run, v Value, args []Value) (Value, error) {
			same, err := r.javaEqual(v, args[0])
			return same, err
		}},
		"hashCode": {0, 0, func(r *run, v Value, _ []Value) (Value, error) {
			h, err := r.hashOf(v)
			return int64(h), err
		}},
	}
	return byKind, general
}

func (r *run) findMethod(v Value, name string) (method, bool) {
	k := kindOf(v)
	if m, ok := methods[k][name]; ok && (k != kindList || !positional[name] || isPositional(v)) {
		return m, true
	}
	m, ok := anyMethods[name]
	return m, ok && k != kindBlock && k != kindLoop
}

func (r *run) hasMethod(v Value, name string) bool {
	_, ok := r.findMethod(v, name)
	if !ok {
		_, ok = v.(Caller)
	}
	return ok
}

// callMethod calls a method; one that does not exist yields null.
func (r *run) callMethod(v Value, name string, args []Value) (Value, error) {
	if host, ok := v.(Caller); ok {
		result, known, err := host.Call(&r.env, name, args)
		if known || err != nil {
			return result, err
		}
	}
	if l, ok := v.(*loop); ok {
		return r.callLoop(l, name, args)
	}
	m, ok := r.findMethod(v, name)
	if !ok || len(args) < m.min || len(args) > m.max {
		return nil, nil
	}
	if s, ok := v.(string); ok {
		if err := r.scan(len(s)); err != nil {
			return nil, err
		}
	}
	result, err := m.run(r, v, args)
	if err != nil && !isLimit(err) {
		err = fmt.Errorf("%s: %w", name, err)
	}
	return result, err
}

func isLimit(err error) bool {
	return errors.Is(err, ErrOutput) || errors.Is(err, ErrSteps) || errors.Is(err, ErrTime) || errors.Is(err, ErrDepth) || errors.Is(err, ErrMemory)
}

// void is what Velocity makes of a method without result.
const void = ""

// What Java would throw.
var (
	errRange  = errors.New("index out of range")
	errNull   = errors.New("argument is null")
	errNumber = errors.New("not a number")
	errClass  = errors.New("argument is of another class")
)

// patterns remembers the regular expressions that templates make while running.
var patterns javaregex.Cache

// str is a string as the result of a method; it counts as memory.
func (r *run) str(s string) (Value, error) { return s, r.grow(itemBytes + len(s)) }

// Env is what a host value may use while one of its methods runs, and no longer.
type Env struct{ run *run }

// Text returns what v prints as, "" for null.
func (e *Env) Text(v Value) (string, error) { return e.run.textOf(v) }

// JSON returns v as compact JSON.
func (e *Env) JSON(v Value) (string, error) {
	return e.run.captured(func() error { return e.run.writeJSON(v) })
}

// Scan accounts for reading through n bytes. It returns ErrSteps when the run
// has no more.
func (e *Env) Scan(n int) error { return e.run.scan(n) }

// Grow accounts for bytes that a value made by the host holds. It returns
// ErrMemory when the run has no more.
func (e *Env) Grow(bytes int) error { return e.run.grow(bytes) }

// order puts false before true.
func order(b bool) int {
	if b {
		return 1
	}
	return 0
}

func boolMethods() map[string]method {
	return map[string]method{
		"compareTo": {1, 1, func(_ *run, v Value, args []Value) (Value, error) {
			other, ok := args[0].(bool)
			if !ok {
				return nil, errClass
			}
			return int64(order(v.(bool)) - order(other)), nil
		}},
		"valueOf": {1, 1, func(_ *run, _ Value, args []Value) (Value, error) {
			switch a := args[0].(type) {
			case bool:
				return a, nil
			case string:
				return strings.EqualFold(a, "true"), nil
			case nil:
				return false, nil
			}
			return nil, nil
		}},
		"booleanValue": {0, 0, func(_ *run, v Value, _ []Value) (Value, error) { return v, nil }},
		"parseBoolean": {1, 1, func(_ *run, _ Value, args []Value) (Value, error) {
			s, ok := args[0].(string)
			if !ok && args[0] != nil {
				return nil, nil
			}
			return strings.EqualFold(s, "true"), nil
		}},
	}
}
