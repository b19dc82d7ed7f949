package wire

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/gatehouse-gateway/gatehouse/awsproto"
)

// Op is a patch operation on its way through a table.
type Op struct {
	Op      string
	Path    string   // as sent
	Parts   []string // of the path, unescaped
	Value   *string  // nil when absent
	From    string
	missing bool // no path was sent
}

// Text is the value, "" when absent.
func (o Op) Text() string { return Value(o.Value) }

// Bool is the value as a truth: whatever is not "true" is false, without an error. Spec: control-plane 6.
func (o Op) Bool() bool { return strings.EqualFold(o.Text(), "true") }

// Int is the value as a whole number; message is the answer when it is none.
func (o Op) Int(message string) (int, error) {
	n, err := strconv.Atoi(o.Text())
	if err != nil {
		return 0, BadRequest("%s", message)
	}
	return n, nil
}

// Float is the value as a number; message is the answer when it is none.
func (o Op) Float(message string) (float64, error) {
	f, err := strconv.ParseFloat(o.Text(), 64)
	if err != nil || math.IsNaN(f) || math.IsInf(f, 0) {
		return 0, BadRequest("%s", message)
	}
	return f, nil
}

// Last is the last part of the path.
func (o Op) Last() string { return o.Parts[len(o.Parts)-1] }

// ParseOp takes a patch operation apart. A path without its leading slash is accepted. Spec: control-plane 6.
func ParseOp(p PatchOperation) Op {
	o := Op{Op: Value(p.Op), Path: Value(p.Path), Value: p.Value, From: Value(p.From), missing: p.Path == nil}
	for part := range strings.SplitSeq(strings.TrimPrefix(o.Path, "/"), "/") {
		o.Parts = append(o.Parts, Unescape(part))
	}
	return o
}

// Unescape decodes a part of a patch path: ~1 is a slash, ~0 a tilde.
func Unescape(part string) string {
	return strings.ReplaceAll(strings.ReplaceAll(part, "~1", "/"), "~0", "~")
}

// Family is the form of a resource's errors for paths and operations that it does not have. Spec: control-plane 6.
type Family uint8

// Families of errors.
const (
	Listed Family = iota // lists the paths that the operation has
	Plain                // names the path, or lists the operations that it has
)

// A Row is a path that can be patched: what each operation does with it, nil for none. A path's part * matches any one part,
// its part ** one or more.
type Row[T any] struct {
	Path    string
	Add     func(*T, Op) error
	Replace func(*T, Op) error
	Remove  func(*T, Op) error
	// Strict rows of a Plain table answer operations that they do not have as if the path did not exist. Recorded for gateway
	// responses.
	Strict bool
	// Refusal is the answer of a Plain table to operations that the row does not have, when it is not the usual one.
	Refusal string
	// Shown is how a Listed table prints the path, Path when empty; Hidden leaves it out.
	Shown  string
	Hidden bool
}

// A Table says what can be patched in a resource.
type Table[T any] struct {
	Family Family
	Rows   []Row[T]
	// ListsNone is for Listed tables that print an empty list for an operation that no path has. Recorded for Usage.
	ListsNone bool
}

// Apply lets the operations work on v, in order. After an error v is to be thrown away.
func (t Table[T]) Apply(v *T, ops []PatchOperation) error {
	for _, p := range ops {
		o := ParseOp(p)
		row := t.find(o)
		do := row.action(o.Op)
		if do == nil {
			return t.refuse(row, o)
		}
		if err := do(v, o); err != nil {
			return err
		}
	}
	return nil
}

func (t Table[T]) find(o Op) *Row[T] {
	for i := range t.Rows {
		if t.Rows[i].matches(o.Parts) {
			return &t.Rows[i]
		}
	}
	return nil
}

func (r *Row[T]) matches(parts []string) bool {
	return matches(strings.Split(strings.TrimPrefix(r.Path, "/"), "/"), parts)
}

func matches(want, parts []string) bool {
	for i, w := range want {
		if i == len(parts) {
			return false
		}
		if w == "**" {
			after := len(want) - i - 1
			return len(parts)-i > after && matches(want[i+1:], parts[len(parts)-after:])
		}
		if w != "*" && w != parts[i] {
			return false
		}
	}
	return len(want) == len(parts)
}

func (r *Row[T]) action(op string) func(*T, Op) error {
	if r == nil {
		return nil
	}
	switch op {
	case "add":
		return r.Add
	case "replace":
		return r.Replace
	case "remove":
		return r.Remove
	}
	return nil
}

func (t Table[T]) refuse(row *Row[T], o Op) *awsproto.Error {
	if t.Family == Plain {
		return refusePlain(row, o)
	}
	var paths []string
	for i := range t.Rows {
		if r := &t.Rows[i]; !r.Hidden && r.action(o.Op) != nil {
			if r.Shown != "" {
				paths = append(paths, r.Shown)
			} else {
				paths = append(paths, r.Path)
			}
		}
	}
	choose := "Please choose supported operations"
	if len(paths) > 0 || t.ListsNone {
		choose = "Must be one of: [" + strings.Join(paths, ", ") + "]"
	}
	return BadRequest("Invalid patch path  '%s' specified for op '%s'. %s", o.shown(), o.Op, choose)
}

func refusePlain[T any](row *Row[T], o Op) *awsproto.Error {
	if row == nil || row.Strict {
		return BadRequest("Invalid patch path %s", o.shown())
	}
	if row.Refusal != "" {
		return BadRequest("%s", row.Refusal)
	}
	var ops []string
	for _, op := range [...]string{"add", "remove", "replace"} {
		if row.action(op) != nil {
			ops = append(ops, op)
		}
	}
	return BadRequest("Invalid patch operation specified. Must be one of: [%s]", strings.Join(ops, ", "))
}

// shown is the path in messages: an absent one is null.
func (o Op) shown() string {
	if o.missing {
		return "null"
	}
	return o.Path
}

// Text returns an action that stores the value in the field that at points to.
func Text[T any](at func(*T) *string) func(*T, Op) error {
	return func(v *T, o Op) error {
		*at(v) = o.Text()
		return nil
	}
}

// Truth returns an action that stores the value in the field that at points to.
func Truth[T any](at func(*T) *bool) func(*T, Op) error {
	return func(v *T, o Op) error {
		*at(v) = o.Bool()
		return nil
	}
}

// OneOf returns an action that stores a value of a fixed set in the field that at points to; name is for the message.
func OneOf[T any](name string, values []string, at func(*T) *string) func(*T, Op) error {
	return func(v *T, o Op) error {
		if !slices.Contains(values, o.Text()) {
			return BadRequest("Invalid %s specified. Valid options are %s", name, strings.Join(values, ","))
		}
		*at(v) = o.Text()
		return nil
	}
}
