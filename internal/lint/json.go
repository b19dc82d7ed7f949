package lint

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/gatehouse-gateway/gatehouse/internal/render"
	"github.com/gatehouse-gateway/gatehouse/jsontree"
	"github.com/gatehouse-gateway/gatehouse/vtl"
	"github.com/gatehouse-gateway/gatehouse/vtl/gateway"
)

// maxVariants bounds the samples that one template is rendered over.
const maxVariants = 24

// sampleLimits bound one of those runs; they are far below those of the gateway.
var sampleLimits = vtl.Limits{Output: 1 << 20, Loop: 100, Steps: 50_000, Memory: 4 << 20}

func isJSONMedia(media string) bool {
	media, _, _ = strings.Cut(strings.ToLower(media), ";")
	media = strings.TrimSpace(media)
	return media == "application/json" || media == "text/json" || strings.HasSuffix(media, "+json")
}

// writesJSON guesses whether the template is meant to write JSON: its media type does not say otherwise, and its text
// begins like JSON. The key of a request template is the type that the client sends, not the one that it writes.
func (t *template) writesJSON() bool {
	if t.media != "" && t.media != "$default" && !isJSONMedia(t.media) || t.sends != "" && !isJSONMedia(t.sends) {
		return false
	}
	verdict, decided := isJSONMedia(t.media), false
	vtl.Walk(t.parts, func(p *vtl.Part) bool {
		switch {
		case decided:
		case p.Kind == vtl.PartReference:
			decided = true
		case p.Kind == vtl.PartText || p.Kind == vtl.PartRaw:
			if text := strings.TrimLeft(p.Text, " \t\r\n"); text != "" {
				decided, verdict = true, text[0] == '{' || text[0] == '['
			}
		}
		return !decided && p.Kind != vtl.PartMacro && p.Kind != vtl.PartDefine
	})
	return verdict && decided
}

// output renders the template over samples and reads what comes out.
func (t *template) output(f *flow) {
	program := vtl.Compile(t.text)
	if !f.json {
		return
	}
	_, static := program.Static()
	severity := Warning
	if static {
		severity = Error
	}
	for _, v := range f.variants() {
		out, err := gateway.Render(program, nil, f.sample(v), sampleLimits)
		if err != nil || strings.TrimSpace(string(out)) == "" {
			continue // what the sample is for is not known
		}
		if t.mock && !t.response {
			if t.badMock(out, v, severity) {
				return
			}
			continue
		}
		var wrong *jsontree.SyntaxError
		if _, err := jsontree.Parse(out, jsontree.Limits{}); errors.As(err, &wrong) {
			t.notJSON(f, v, out, wrong, severity)
			return
		}
	}
}

// badMock reports the output of a MOCK's request template that gives no status. Spec: rest-api 9.4.
func (t *template) badMock(out []byte, v *variant, severity Severity) bool {
	tree, err := jsontree.ParseLenient(out, jsontree.Limits{})
	obj, ok := tree.(*jsontree.Object)
	if err != nil || !ok {
		t.reportAs(vtl.Place{Line: 1, Column: 1}, ruleMockStatus, severity, "a MOCK needs {\"statusCode\": 200} from its request template, not %q%s", shorten(string(out)), v.describe())
		return true
	}
	status, _ := obj.Get("statusCode")
	n, _ := status.(jsontree.Number)
	if _, whole := n.Int64(); !whole {
		t.reportAs(vtl.Place{Line: 1, Column: 1}, ruleMockStatus, severity, "the statusCode of a MOCK must be an integer without quotes: %q%s", shorten(string(out)), v.describe())
		return true
	}
	return false
}

// notJSON reports output that is no JSON, at the line of the template that wrote it, unless that line has a finding that
// explains it.
func (t *template) notJSON(f *flow, v *variant, out []byte, wrong *jsontree.SyntaxError, severity Severity) {
	line := t.writer(f, v)
	for _, rule := range []string{ruleQuotedJSON, ruleBareValue, ruleUnknownMember, ruleUnknownVariable, rulePrintsItself, ruleUnknownStageVar} {
		if t.reported(t.place(line, 0), rule) {
			return
		}
	}
	t.reportAs(vtl.Place{Line: line, Column: 1}, ruleInvalidJSON, severity, "the output is no JSON: line %d, column %d of it: %s: %s%s",
		wrong.Line, wrong.Column, wrong.Msg, excerpt(string(out), wrong.Offset), v.describe())
}

// excerpt shows a text around an offset.
func excerpt(s string, at int) string {
	const around = 24
	start, end := max(0, at-around), min(len(s), at+around)
	return strconv.Quote(strings.ToValidUTF8(s[start:end], ""))
}

// describe says what is special about a sample.
func (v *variant) describe() string {
	switch {
	case v.absent != nil:
		return ", when a value that the template asks for is missing"
	case v.text != nil:
		return fmt.Sprintf(", when the value that the template compares is %q", shorten(v.value))
	case v.empty != nil:
		return ", with an empty list"
	}
	return ""
}

// variants are the samples: everything is there, lists are short, and what the template asks for is missing or is what it
// is compared with.
func (f *flow) variants() []*variant {
	all := []*variant{{}, {short: true}}
	for _, s := range f.asked {
		if s.kind == listShape {
			all = append(all, &variant{empty: s})
		}
		for _, text := range s.texts {
			all = append(all, &variant{text: s, value: text})
		}
		if s.asked {
			all = append(all, &variant{absent: s})
		}
	}
	return all[:min(len(all), maxVariants)]
}

// sample is what the template sees of a variant.
func (f *flow) sample(v *variant) *gateway.Vars {
	ctx := render.NewContext()
	vars := &gateway.Vars{Context: ctx, Overrides: new(gateway.Overrides), StageVariables: map[string]string{}}
	if f.body.kind == anyShape && f.body.content == nil && len(f.body.texts) == 0 {
		vars.Body = []byte("{}")
	} else {
		vars.Body, _ = v.append(nil, f.body, 0)
	}
	list := func(where string) (params []gateway.Param) {
		f.eachText(f.sent[where], v, func(name, value string) { params = append(params, gateway.Param{Name: name, Value: value}) })
		return params
	}
	vars.Path, vars.Query, vars.Header = list("path"), list("querystring"), list("header")
	f.eachText(f.context, v, func(name, value string) {
		if _, there := ctx.Var(name); !there || value != "1" {
			ctx.Set(name, value)
		}
	})
	f.eachText(f.variables, v, func(name, value string) { vars.StageVariables[name] = value })
	for name, value := range f.options.Variables {
		vars.StageVariables[name] = value
	}
	return vars
}

// eachText gives the members of a map of texts in a variant.
func (f *flow) eachText(s *shape, v *variant, give func(name, value string)) {
	if s == nil {
		return
	}
	for _, name := range s.names {
		if m := s.members[name]; m != v.absent {
			give(name, v.plain(m, 0))
		}
	}
}

// Marks that the template carries through a run to say which of its lines wrote what. They are of a private use area; a
// template that has them itself is not marked.
const (
	markBegin = '\uE010'
	markEnd   = '\uE011'
)

// writer is the line of the template that wrote the place at which its output on v stops to be JSON.
func (t *template) writer(f *flow, v *variant) int {
	if strings.ContainsRune(t.text, markBegin) || strings.ContainsRune(t.text, markEnd) {
		return 1
	}
	out, err := gateway.Render(vtl.Compile(t.marked()), nil, f.sample(v), sampleLimits)
	if err != nil {
		return 1
	}
	plain, marks := unmark(string(out))
	var wrong *jsontree.SyntaxError
	if _, err := jsontree.ParseString(plain, jsontree.Limits{}); !errors.As(err, &wrong) {
		return 1
	}
	at := wrong.Offset
	if before := strings.TrimRight(plain[:at], " \t\r\n"); strings.HasSuffix(before, ",") {
		at = len(before) - 1 // the comma is one too many
	}
	line := 1
	for _, m := range marks {
		if m.offset > at {
			break
		}
		line = m.line
	}
	return line
}

// marked is the template with a mark before every reference and every line of text.
func (t *template) marked() string {
	var b strings.Builder
	done := 0
	mark := func(offset, line int) {
		b.WriteString(t.text[done:offset])
		b.WriteString(string(markBegin) + strconv.Itoa(line) + string(markEnd))
		done = offset
	}
	vtl.Walk(t.parts, func(p *vtl.Part) bool {
		switch p.Kind {
		case vtl.PartReference:
			mark(p.Offset, p.Line)
		case vtl.PartText:
			line, fresh := p.Line, true
			for i := range len(p.Text) {
				c := p.Text[i]
				switch {
				case c == '\n':
					line, fresh = line+1, true
				case fresh && isPlain(c):
					mark(p.Offset+i, line)
					fresh = false
				case c != ' ' && c != '\t' && c != '\r':
					fresh = false
				}
			}
		}
		return true
	})
	b.WriteString(t.text[done:])
	return b.String()
}

// isPlain reports whether a mark before c changes nothing but what is printed.
func isPlain(c byte) bool {
	return c < utf8.RuneSelf && (strings.IndexByte(`{}]",:-<`, c) >= 0 || c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z')
}

type printedMark struct{ offset, line int }

// unmark takes the marks out of an output.
func unmark(s string) (plain string, marks []printedMark) {
	var b strings.Builder
	for {
		before, rest, ok := strings.Cut(s, string(markBegin))
		b.WriteString(before)
		if !ok {
			return b.String(), marks
		}
		number, after, ok := strings.Cut(rest, string(markEnd))
		line, err := strconv.Atoi(number)
		if !ok || err != nil {
			s = rest
			continue
		}
		marks = append(marks, printedMark{b.Len(), line})
		s = after
	}
}
