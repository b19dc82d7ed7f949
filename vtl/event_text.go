package vtl

import (
	"fmt"
	"strings"
	"unicode"
)

// maxEventLine is the most bytes of source that String shows; what is longer,
// like a #set over many lines, is known from its beginning.
const maxEventLine = 100

// String describes the event in one line, without its place:
//
//	$order.id  = 7
//	#if($x > 1)  taken
//	eaten: "\n"
func (e Event) String() string {
	source := oneLine(e.Source, maxEventLine)
	switch e.Kind {
	case EventReference:
		if e.Unresolved {
			return source + "  (unresolved)"
		}
		return source + "  = " + e.shown()
	case EventSet:
		if e.Unresolved {
			return source + "  = " + e.shown() + "  (lost)"
		}
		if e.override() {
			return source + "  = " + e.shown() + "  (override)"
		}
		return source + "  = " + e.shown()
	case EventBranch:
		if e.Taken {
			return source + "  taken"
		}
		return source + "  not taken"
	case EventRound:
		return fmt.Sprintf("%s  round %d: %s", source, e.Index+1, e.shown())
	case EventLoopEnd:
		return fmt.Sprintf("%s  ended after %d: %s", source, e.Index, e.Value)
	case EventCall:
		return source + "  called"
	case EventLeave:
		return source + "  leaves"
	case EventEaten:
		return fmt.Sprintf("eaten: %q", e.Value)
	case EventError:
		return "error: " + oneLine(e.Value, MaxEventText)
	default:
		return fmt.Sprintf("trace cut after %d events", MaxEvents)
	}
}

// override reports whether a #set is one of $context.requestOverride and the
// like.
func (e Event) override() bool {
	target := strings.NewReplacer(`["`, ".", "['", ".", "{", "", "!", "").Replace(e.Target)
	return strings.HasPrefix(target, "$context.requestOverride") || strings.HasPrefix(target, "$context.responseOverride")
}

func (e Event) shown() string {
	switch {
	case e.Secret:
		return "(secret)"
	case e.Null:
		return "(null)"
	case e.Value == "":
		return `""`
	}
	text := oneLine(e.Value, MaxEventText)
	if e.Cut {
		text += "…"
	}
	return text
}

// oneLine writes control characters as escapes and cuts at a number of bytes.
func oneLine(s string, most int) string {
	var b strings.Builder
	for i, c := range s {
		if i >= most {
			return b.String() + "…"
		}
		switch {
		case c == '\n':
			b.WriteString(`\n`)
		case c == '\t':
			b.WriteString(`\t`)
		case c == '\r':
			b.WriteString(`\r`)
		case unicode.IsControl(c) || c == '\u2028' || c == '\u2029':
			fmt.Fprintf(&b, `\u%04x`, c)
		default:
			b.WriteRune(c)
		}
	}
	return b.String()
}
