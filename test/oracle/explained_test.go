package oracle

import (
	"regexp"
	"strings"
	"testing"
)

// explanation is a rule by which a difference of a generated case is wanted: the
// specification asks for it, or names what Velocity and Jayway do an accident.
type explanation struct {
	section string // of mapping-templates
	reason  string
	kind    byte // 'V' or 'P'
	holds   func(d *difference) bool
}

// difference is a case with two answers.
type difference struct {
	testing.TB
	machine   *machine
	question  question
	java, our answer
	rewrites  int // how often the question was rewritten already
}

// maxRewrites is how many reasons one case may have that are found by rewriting.
const maxRewrites = 2

var explanations []explanation

func init() { // the rules refer to the list
	explanations = []explanation{
		{"3", "an index outside of a list is null", 'V', failed("method 'get(java.lang.Integer)'")},
		{"3", "a negative index of what is no list is null", 'V', failed("'size()' method required for negative value")},
		{"7", "an array prints like a list and an iterator as nothing, not their addresses", 'V', func(d *difference) bool {
			return address.MatchString(d.java.text)
		}},
		{"5.4", "a #define block renders where it is printed, not to know whether it is there", 'V', failed("Reference evaluation threw an exception")},
		{"14", "nesting without end fails", 'V', func(d *difference) bool {
			return d.our.verdict == '!' && strings.HasSuffix(d.our.text, "nested too deeply")
		}},
		{"3", "null equals the empty string", 'V', func(d *difference) bool {
			return equality.MatchString(d.question.text) && rewritten(emptyText, "$${w}")(d)
		}},
		{"3", "null adds nothing to a text", 'V', func(d *difference) bool { // Velocity adds the source of the operand
			q := d.question.text
			return (len(d.java.text) > len(d.our.text) || equality.MatchString(q)) && rewritten(plus, "-")(d)
		}},
		{"2", "a brace or parenthesis glued to a reference is text", 'V', rewritten(gluedBrace, "$1$3$5~$2$4$6")},
		{"2", "a $ or # that begins nothing is text", 'V', rewritten(loneSign, "|$1")},
		{"6", "a line with nothing but #set disappears, blanks before any other #set stay", 'V', rewritten(blanksBeforeSet, "#$1")},
		{"2", "text behind a #set is text, also when a reference stands before it", 'V', rewritten(anySet, "~#$1")},
		{"9", "a path with a choice gives a list, also when its beginning leads nowhere", 'P', func(d *difference) bool {
			return d.java.verdict == '!' && d.our.text == "[]" && leadsNowhere.MatchString(d.java.text)
		}},
		{"9", "what cannot be computed finds nothing", 'P', func(d *difference) bool {
			return d.java.verdict == '!' && d.our.verdict == '=' && notComputed.MatchString(d.java.text)
		}},
		{"9", "an operator on what is no list does not hold, and nothing more", 'P', func(d *difference) bool {
			return notOfLists.MatchString(d.question.text)
		}},
	}
}

var (
	blanksBeforeSet = regexp.MustCompile(`[ \t]+#(set|\{set\})`)
	gluedBrace      = regexp.MustCompile(`([\w\])}-])(\{)|(\])(\()|(\]\]#|\*#)(\{)`)
	anySet          = regexp.MustCompile(`#(set|\{set\})`)
	loneSign        = regexp.MustCompile(`[$#]+!?\{?([^\w!{$#\[*@]|$|#|\$)|\$!\d|\$\{\[`)
	equality        = regexp.MustCompile(`==|!=|\beq\b|\bne\b`)
	emptyText       = regexp.MustCompile(`''|"[^"]*"|\$!?e\b|\$!?\{e\}`)
	address         = regexp.MustCompile(`(\[Ljava\.lang\.\w+;|\[B|Itr|Iterator)@[0-9a-f]+`)
	plus            = regexp.MustCompile(`\+`)
	leadsNowhere    = regexp.MustCompile(`PathNotFoundException|Filter: .* can not be applied to primitives`)
	notComputed     = regexp.MustCompile(`Aggregation function attempted|Target index:|IndexOutOfBoundsException|Could not determine value type|cannot be cast to class java.util.Collection`)
	notOfLists      = regexp.MustCompile(`(!\(|\|\|).*(subsetof|anyof|noneof)|(subsetof|anyof|noneof).*\|\|`)
)

// rewritten says that the case differs no more when what the pattern finds is
// replaced, or for another of these reasons: so nothing else in it makes the
// difference.
func rewritten(pattern *regexp.Regexp, by string) func(d *difference) bool {
	return func(d *difference) bool {
		q := d.question
		if q.text = pattern.ReplaceAllString(q.text, by); q.text == d.question.text || d.rewrites == maxRewrites {
			return false
		}
		r := &difference{d.TB, d.machine, q, d.machine.ask(d, []question{q})[0], ours(d, q), d.rewrites + 1}
		return same(q.kind, r.java, r.our) || explained(r) >= 0
	}
}

// failed says that Java threw where we go on.
func failed(with string) func(d *difference) bool {
	return func(d *difference) bool {
		return d.java.verdict == '!' && d.our.verdict != '?' && strings.Contains(d.java.text, with)
	}
}

// explained returns the place in explanations of one that holds, or -1.
func explained(d *difference) int {
	for i, e := range explanations {
		if e.kind == d.question.kind && e.holds(d) {
			return i
		}
	}
	return -1
}
