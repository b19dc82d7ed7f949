package oracle

import (
	"flag"
	"math/rand/v2"
	"testing"
	"unicode/utf8"
)

var (
	cases = flag.Int("cases", 20_000, "number of generated templates and paths, together")
	seed  = flag.Uint64("seed", 1, "seed of the generators")
)

// maxReported is the number of differences that are made small and reported.
const maxReported = 10

// TestGeneratedTemplates compares three quarters of -cases.
func TestGeneratedTemplates(t *testing.T) {
	r := rand.New(rand.NewPCG(*seed, 'V'))
	compareGenerated(t, *cases*3/4, func() question { return question{'V', newTemplate(r), generatedVars} })
}

// TestGeneratedPaths compares a quarter of -cases.
func TestGeneratedPaths(t *testing.T) {
	r := rand.New(rand.NewPCG(*seed, 'P'))
	compareGenerated(t, *cases/4, func() question { return question{'P', newPath(r), generatedDoc} })
}

func compareGenerated(t *testing.T, n int, next func() question) {
	m := oracle(t)
	questions := make([]question, n)
	for i := range questions {
		questions[i] = next()
	}
	answered, reported := map[byte]int{}, 0
	found := make([]int, len(explanations))
	for i, java := range m.ask(t, questions) {
		answered[java.verdict]++
		d := &difference{t, m, questions[i], java, ours(t, questions[i]), 0}
		if same(d.question.kind, d.java, d.our) {
			continue
		}
		if e := explained(d); e >= 0 {
			found[e]++
			continue
		}
		if reported++; reported <= maxReported {
			shrink(d)
			t.Errorf("%q\noracle: %c %.300q\n  ours: %c %.300q", d.question.text, d.java.verdict, d.java.text, d.our.verdict, d.our.text)
		}
	}
	t.Logf("%d cases (%d results, %d failures, %d do not compile), %d unexplained differences", n, answered['='], answered['!'], answered['?'], reported)
	for i, times := range found {
		if times > 0 {
			t.Logf("%4d explained by %s: %s", times, explanations[i].section, explanations[i].reason)
		}
	}
}

// shrink cuts pieces out of the case as long as it differs in the same way,
// unexplained.
func shrink(d *difference) {
	for size := len(d.question.text) / 2; size >= 1; size /= 2 {
		for i := 0; i+size <= len(d.question.text); {
			q := d.question
			q.text = q.text[:i] + q.text[i+size:]
			if smaller, ok := stillDiffers(d, q); ok {
				*d = *smaller
			} else {
				i++
			}
		}
	}
}

func stillDiffers(d *difference, q question) (*difference, bool) {
	if !utf8.ValidString(q.text) || q.kind == 'P' && (q.text == "" || q.text[0] != '$') {
		return nil, false
	}
	s := &difference{d.TB, d.machine, q, d.machine.ask(d, []question{q})[0], ours(d, q), 0}
	differs := s.java.verdict == d.java.verdict && s.our.verdict == d.our.verdict && !same(q.kind, s.java, s.our)
	return s, differs && explained(s) < 0
}
