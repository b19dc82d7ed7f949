package vtl

import (
	"math"
	"math/big"
	"strconv"

	"github.com/gatehouse-gateway/gatehouse/jsontree"
)

// maxValueDepth is how deep lists and maps may be nested to be printed or
// compared. A container that holds itself ends here.
const maxValueDepth = 1000

// enterValue and leaveValue count the nesting of containers.
func (r *run) enterValue() error {
	if r.valueDepth++; r.valueDepth > maxValueDepth {
		r.valueDepth = 0
		return ErrDepth
	}
	return nil
}

func (r *run) leaveValue() { r.valueDepth = max(0, r.valueDepth-1) }

// scalarText is the text of a value that is not made of others.
func scalarText(v Value) string {
	switch v := v.(type) {
	case string:
		return v
	case bool:
		return strconv.FormatBool(v)
	case int64:
		return strconv.FormatInt(v, 10)
	case long:
		return strconv.FormatInt(int64(v), 10)
	case char:
		return string(v)
	case float64:
		return javaDouble(v)
	case *big.Int:
		return v.String()
	case jsontree.Number:
		return string(v)
	case Texter:
		return v.Text()
	}
	return ""
}

// textOf is toString. The text counts as memory of the run.
func (r *run) textOf(v Value) (string, error) {
	if s, ok := v.(string); ok {
		return s, nil
	}
	return r.captured(func() error { return r.write(v) })
}

// write prints a value to the output: null prints nothing, all else like Java.
// Printing costs no steps, because every item is at least a byte of output.
// Spec: mapping-templates 8, recorded.
func (r *run) write(v Value) error {
	switch v := v.(type) {
	case nil:
		return nil
	case string:
		return r.put(v)
	case int64:
		r.out = strconv.AppendInt(r.out, v, 10)
		return r.written()
	case *block:
		return r.writeBlock(v)
	case *jsontree.Array:
		return r.writeJSON(v)
	case *jsontree.Object, *Map:
		return r.writeMap(membersOf(v))
	case *List:
		return r.writeList(v)
	case *view:
		return r.writeList(v.list())
	case *memberEntry:
		return r.writeEntry(v.entry)
	case *loop:
		return r.writeMap(members{own: v.stored()})
	}
	return r.put(scalarText(v))
}

// writeMember prints a member of a JSON object. Numbers that Java would print
// as they are written need not be read.
func (r *run) writeMember(v jsontree.Value) error {
	switch v := v.(type) {
	case jsontree.Null:
		return nil
	case jsontree.Number:
		if printsAsWritten(v) {
			return r.put(string(v))
		}
		return r.write(FromNumber(v))
	}
	return r.write(v)
}

// put appends text to the output.
func (r *run) put(s string) error {
	if len(s) > r.outputLeft() {
		return ErrOutput
	}
	r.out = append(r.out, s...)
	return nil
}

// written checks the limit after something small was appended.
func (r *run) written() error {
	if r.outputLeft() < 0 {
		return ErrOutput
	}
	return nil
}

func (r *run) outputLeft() int { return r.limits.Output - (len(r.out) - r.base) }

// writeItem prints a value inside of a container, where null shows.
func (r *run) writeItem(v Value) error {
	if v == nil {
		return r.put("null")
	}
	return r.write(v)
}

func (r *run) writeEntry(e entry) error {
	if err := r.writeItem(e.key); err != nil {
		return err
	}
	if err := r.put("="); err != nil {
		return err
	}
	return r.writeItem(e.value)
}

func (r *run) writeMap(m members) error {
	if err := r.enterValue(); err != nil {
		return err
	}
	defer r.leaveValue()
	sep := "{"
	for _, e := range m.entries() {
		if err := r.put(sep); err != nil {
			return err
		}
		if err := r.writeEntry(e); err != nil {
			return err
		}
		sep = ", "
	}
	if sep == "{" {
		return r.put("{}")
	}
	return r.put("}")
}

func (r *run) writeList(l *List) error {
	if err := r.enterValue(); err != nil {
		return err
	}
	defer r.leaveValue()
	if err := r.put("["); err != nil {
		return err
	}
	for i, item := range l.Items {
		if i > 0 {
			if err := r.put(", "); err != nil {
				return err
			}
		}
		if err := r.writeItem(item); err != nil {
			return err
		}
	}
	return r.put("]")
}

// writeJSON prints a value as compact JSON, all the way down.
func (r *run) writeJSON(v Value) error {
	switch kindOf(v) {
	case kindList:
		return r.writeJSONList(itemsOf(v))
	case kindMap:
		return r.writeJSONMap(membersOf(v))
	case kindNull:
		return r.put("null")
	case kindBool, kindInt:
		return r.put(scalarText(v))
	case kindDouble:
		return r.put(jsonDouble(v))
	}
	s, err := r.textOf(v)
	if err != nil {
		return err
	}
	r.out = jsontree.AppendString(r.out, s)
	return r.written()
}

// jsonDouble is the JSON text of a decimal; what JSON cannot say is null.
func jsonDouble(v Value) string {
	if f, ok := v.(float64); ok && (math.IsNaN(f) || math.IsInf(f, 0)) {
		return "null"
	}
	return scalarText(v)
}

// Text returns what v prints as in a template, "" for null, within the
// DefaultLimits. The error is one of the limits'.
func Text(v Value) (string, error) {
	l := DefaultLimits
	r := run{limits: l, meter: newMeter(l)}
	return r.textOf(v)
}

func (r *run) writeJSONList(l items) error {
	if err := r.enterValue(); err != nil {
		return err
	}
	defer r.leaveValue()
	r.out = append(r.out, '[')
	for i := range l.len() {
		if i > 0 {
			r.out = append(r.out, ',')
		}
		if err := r.writeJSONItem(l.raw(i)); err != nil {
			return err
		}
		if err := r.written(); err != nil {
			return err
		}
	}
	r.out = append(r.out, ']')
	return r.written()
}

// writeJSONItem writes what stands in a JSON tree, numbers as written.
func (r *run) writeJSONItem(v Value) error {
	switch v := v.(type) {
	case jsontree.Null:
		r.out = append(r.out, "null"...)
	case jsontree.Number:
		r.out = append(r.out, v...)
	case string:
		r.out = jsontree.AppendString(r.out, v)
	default:
		return r.writeJSON(v)
	}
	return nil
}

func (r *run) writeJSONMap(m members) error {
	if err := r.enterValue(); err != nil {
		return err
	}
	defer r.leaveValue()
	if m.json != nil {
		return r.writeJSONObject(m.json)
	}
	r.out = append(r.out, '{')
	for i, e := range m.entries() {
		if i > 0 {
			r.out = append(r.out, ',')
		}
		name, err := r.textOf(e.key)
		if err != nil {
			return err
		}
		r.out = append(jsontree.AppendString(r.out, name), ':')
		if err := r.writeJSON(e.value); err != nil {
			return err
		}
	}
	r.out = append(r.out, '}')
	return r.written()
}

func (r *run) writeJSONObject(o *jsontree.Object) error {
	r.out = append(r.out, '{')
	for i := range o.Len() {
		if i > 0 {
			r.out = append(r.out, ',')
		}
		name, v := o.At(i)
		r.out = append(jsontree.AppendString(r.out, name), ':')
		if err := r.writeJSONItem(v); err != nil {
			return err
		}
		if err := r.written(); err != nil {
			return err
		}
	}
	r.out = append(r.out, '}')
	return r.written()
}
