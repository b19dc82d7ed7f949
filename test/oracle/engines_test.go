package oracle

import (
	"errors"
	"testing"

	"github.com/gatehouse-gateway/gatehouse/jsonpath"
	"github.com/gatehouse-gateway/gatehouse/jsontree"
	"github.com/gatehouse-gateway/gatehouse/vtl"
)

// scope gives the members of a document as variables.
type scope struct{ *jsontree.Object }

func (s scope) Lookup(name string) (vtl.Value, bool) {
	v, ok := s.Get(name)
	return vtl.FromJSON(v), ok
}

// ours answers with our engines.
func ours(t testing.TB, q question) answer {
	doc, err := jsontree.ParseString(q.json, jsontree.Limits{})
	if err != nil {
		t.Fatalf("%s: %v", q.json, err)
	}
	if q.kind == 'P' {
		return follow(q.text, doc)
	}
	p := vtl.Compile(q.text)
	if p.Err() != nil {
		return answer{'?', p.Err().Error()}
	}
	out, err := p.Exec(nil, scope{doc.(*jsontree.Object)}, vtl.DefaultLimits)
	if err != nil {
		return answer{'!', err.Error()}
	}
	return answer{'=', string(out)}
}

var errNotFound = errors.New("leads nowhere")

func follow(path string, doc jsontree.Value) answer {
	p, err := jsonpath.Compile(path)
	if err != nil {
		return answer{'?', err.Error()}
	}
	v, found := p.Eval(doc)
	if !found {
		return answer{'!', errNotFound.Error()}
	}
	return answer{'=', string(jsontree.Append(nil, v))}
}

// same reports whether two answers agree: texts as they are, JSON by value, and
// failures whatever they say.
func same(kind byte, a, b answer) bool {
	if a.verdict != b.verdict || a.verdict != '=' {
		return a.verdict == b.verdict
	}
	if kind == 'V' || a.text == b.text {
		return a.text == b.text
	}
	x, errX := jsontree.ParseString(a.text, jsontree.Limits{})
	y, errY := jsontree.ParseString(b.text, jsontree.Limits{})
	return errX == nil && errY == nil && jsontree.Equal(x, y)
}
