package lint

import (
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/gatehouse-gateway/gatehouse/internal/definition"
	"github.com/gatehouse-gateway/gatehouse/javaregex"
	"github.com/gatehouse-gateway/gatehouse/vtl"
)

// Statuses that a back end can answer.
const (
	lowestStatus  = 100
	highestStatus = 599
)

// answer is an integration response with what it is for.
type answer struct {
	*definition.IntegrationResponse
	pattern *javaregex.Regexp // nil: the default
	matches int               // statuses that it matches
	wins    int               // of those, the ones for which it is chosen
	taker   string            // the status of an answer that won over it
}

// responses looks at which integration response is chosen when. Spec: rest-api 10.1.
func (m *method) responses() {
	answers, defaults := m.answers()
	for _, a := range answers {
		if m.def.Responses[a.StatusCode] == nil {
			m.addf(m.placeOf(a.Origin), ruleUndeclaredResponse, "the method declares no response %s: this answer will be a 500", a.StatusCode)
		}
	}
	if len(defaults) > 1 {
		for _, d := range defaults[1:] {
			m.addf(m.placeOf(d.Origin), ruleSeveralDefaults, "there is another response without pattern, %s, and only that one is used", defaults[0].StatusCode)
		}
	}
	m.methodResponses()
	if m.onErrorText() {
		m.errorPatterns(answers, defaults)
		return
	}
	m.choose(answers, defaults)
	m.judge(answers, defaults)
}

// answers returns the integration responses by status, and those of them that have no pattern.
func (m *method) answers() (all, defaults []*answer) {
	for _, status := range slices.Sorted(maps.Keys(m.in.Responses)) {
		a := &answer{IntegrationResponse: m.in.Responses[status]}
		all = append(all, a)
		if a.SelectionPattern == "" {
			defaults = append(defaults, a)
			continue
		}
		a.pattern, _ = javaregex.Compile(a.SelectionPattern) // the importer has refused what does not compile
	}
	return all, defaults
}

// onErrorText reports whether patterns are matched with the error text of a Lambda function instead of a status.
func (m *method) onErrorText() bool {
	return m.in.Type == "AWS" && strings.Contains(m.in.URI, ":lambda:path/")
}

// choose finds out which answer every status gets.
func (m *method) choose(answers, defaults []*answer) {
	for _, status := range m.statuses() {
		var winner *answer
		var losers []*answer
		text := strconv.Itoa(status)
		for _, a := range answers {
			if a.pattern == nil {
				continue
			}
			if ok, err := a.pattern.MatchWhole(text); !ok || err != nil {
				continue
			}
			if a.matches++; winner == nil || a.StatusCode == text {
				winner = a
			}
			losers = append(losers, a)
		}
		for _, a := range losers {
			a.taker = winner.StatusCode
		}
		switch {
		case winner != nil:
			winner.wins++
		case len(defaults) > 0:
			defaults[0].wins++
		}
	}
}

// statusInText is the status of a MOCK that is written in a template.
var statusInText = regexp.MustCompile(`["']?statusCode["']?\s*:\s*(-?\d+)`)

// statuses are those that the integration can answer: of a MOCK what its templates say, if that is written in them.
func (m *method) statuses() []int {
	if m.in.Type == "MOCK" {
		if list, ok := m.mockStatuses(); ok {
			return list
		}
	}
	list := make([]int, 0, highestStatus-lowestStatus+1)
	for s := lowestStatus; s <= highestStatus; s++ {
		list = append(list, s)
	}
	return list
}

// mockStatuses reads the statuses of a MOCK; ok is false when a template computes one, or when a body may say it.
func (m *method) mockStatuses() (list []int, ok bool) {
	if len(m.in.RequestTemplates) == 0 {
		return nil, false
	}
	for _, text := range m.in.RequestTemplates {
		parts, err := vtl.Outline(text)
		if err != nil {
			return nil, false
		}
		found := statusInText.FindAllStringSubmatch(text, -1)
		if len(found) == 0 || len(found) != strings.Count(text, "statusCode") || !ends(parts) {
			return nil, false
		}
		for _, f := range found {
			status, err := strconv.Atoi(f[1])
			if err != nil {
				return nil, false
			}
			list = append(list, status)
		}
	}
	return list, true
}

// ends reports whether no digit of a status can come from a reference right behind its digits.
func ends(parts []*vtl.Part) bool {
	good := true
	var after string
	vtl.Walk(parts, func(p *vtl.Part) bool {
		if p.Kind == vtl.PartReference && statusInText.MatchString(after) && after[len(after)-1] >= '0' && after[len(after)-1] <= '9' {
			good = false
		}
		after = p.Text
		return true
	})
	return good
}

// judge reports answers that are never chosen, and patterns that are always.
func (m *method) judge(answers, defaults []*answer) {
	total := len(m.statuses())
	whole := m.in.Type != "MOCK" || total > 100
	for _, a := range answers {
		at := m.placeOf(a.Origin)
		switch {
		case a.pattern == nil:
			if a.wins == 0 && a == defaults[0] {
				m.addf(at, ruleUnreachable, "the default is never used: other patterns match every status that the integration can answer")
			}
		case a.matches == 0:
			m.addf(at, rulePatternNever, "the pattern %q matches no status that the integration can answer%s", shorten(a.SelectionPattern), m.onlyStatuses(whole))
		case a.wins == 0:
			m.addf(at, ruleUnreachable, "the response %s is chosen for everything that %q matches", a.taker, shorten(a.SelectionPattern))
		case a.matches == total && whole:
			m.always(a, len(answers) > 1)
		}
	}
	if len(answers) > 0 && len(defaults) == 0 && whole && wins(answers) < total {
		m.addf(m.below(m.in.Origin, "responses"), ruleNoDefaultResponse, "there is no default: of %d possible statuses %d answer 500", total, total-wins(answers))
	}
}

func (m *method) onlyStatuses(whole bool) string {
	if whole {
		return ""
	}
	return "; its templates give " + strings.Trim(strings.Join(strings.Fields(strings.Trim(sprint(m.statuses()), "[]")), ", "), " ")
}

func wins(answers []*answer) int {
	n := 0
	for _, a := range answers {
		n += a.wins
	}
	return n
}

// always reports a pattern that matches everything.
func (m *method) always(a *answer, others bool) {
	as := Info
	message := "the pattern " + strconv.Quote(shorten(a.SelectionPattern)) + " matches everything: it is the same as a default"
	if others {
		as = Warning
		message = "the pattern " + strconv.Quote(shorten(a.SelectionPattern)) + " matches everything, so that the default and responses of higher status codes are not used"
	}
	m.add(m.placeOf(a.Origin), rulePatternAlways, as, message)
}

// likeStatus is a pattern that is meant for statuses.
var likeStatus = regexp.MustCompile(`^\^?\(?[1-5](\d\d|\\d\{2\}|\\d\\d|\[0-9\]\{2\}|\[0-9\]\[0-9\]|\.\.|XX|xx)`)

// errorPatterns judges patterns that are matched with error texts, of which there are none in a success.
func (m *method) errorPatterns(answers, defaults []*answer) {
	for _, a := range answers {
		if a.pattern == nil {
			continue
		}
		onSuccess, _ := a.pattern.MatchWhole("")
		onError, _ := a.pattern.MatchWhole("Any error: of 1 function\nwith {\"a\": \"b\"}")
		switch {
		case onSuccess && onError:
			m.addf(m.placeOf(a.Origin), rulePatternAlways, "the pattern %q matches every error and the empty text of a success: the default is never used; write .+ for errors only", shorten(a.SelectionPattern))
		case onSuccess:
			m.add(m.placeOf(a.Origin), rulePatternAlways, Info, "the pattern "+strconv.Quote(shorten(a.SelectionPattern))+" matches the empty text of a success as well")
		case likeStatus.MatchString(a.SelectionPattern):
			m.addf(m.placeOf(a.Origin), rulePatternNever, "the pattern %q looks like a status, but patterns of a Lambda integration are matched with the text of the function's error", shorten(a.SelectionPattern))
		}
	}
	if len(answers) > 0 && len(defaults) == 0 {
		m.addf(m.below(m.in.Origin, "responses"), ruleNoDefaultResponse, "there is no default: every success answers 500 unless a pattern matches the empty text")
	}
}

// methodResponses reports declared responses that nothing answers. Errors may be declared for what the gateway itself
// answers, so they weigh less.
func (m *method) methodResponses() {
	if m.setsStatus || len(m.in.Responses) == 0 {
		return
	}
	for _, status := range slices.Sorted(maps.Keys(m.def.Responses)) {
		if m.in.Responses[status] != nil {
			continue
		}
		as := Warning
		if status[0] == '4' || status[0] == '5' {
			as = Info
		}
		m.add(m.placeOf(m.def.Responses[status].Origin), ruleUnusedResponse, as, "no integration response answers "+status)
	}
}
