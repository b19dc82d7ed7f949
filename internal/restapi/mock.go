package restapi

import (
	"context"

	"github.com/gatehouse-gateway/gatehouse/jsontree"
)

// mockStatus is the integration status that a MOCK request body asks for.
type mockStatus struct {
	code int
	ok   bool
}

const noMockStatus = "Unable to parse statusCode. It should be an integer that is defined in the request template."

// readMockStatus reads {"statusCode": 200} as leniently as the service does. Spec: rest-api 9.4.
func readMockStatus(body []byte, l jsontree.Limits) mockStatus {
	tree, err := jsontree.ParseLenient(body, l)
	if err != nil {
		return mockStatus{}
	}
	obj, ok := tree.(*jsontree.Object)
	if !ok {
		return mockStatus{}
	}
	found, _ := obj.Get("statusCode")
	n, ok := found.(jsontree.Number)
	if !ok {
		return mockStatus{}
	}
	code, ok := n.Int64()
	return mockStatus{int(code), ok}
}

// answerMock is the integration of type MOCK: no call, the rendered request says the status. Spec: rest-api 9.4.
func answerMock(_ context.Context, x *exchange) *refusal {
	var s mockStatus
	if t := x.template; t != nil && t.mockDone {
		s = t.mock
	} else {
		s = readMockStatus(x.text, x.stage.env.jsonLimits())
	}
	if !s.ok {
		return misconfigured(noMockStatus)
	}
	x.status = s.code
	return nil
}

// precomputeMock reads the status of templates that are the same for every request.
func (t *templates) precomputeMock(l jsontree.Limits) {
	for i := range t.list {
		t.list[i].precomputeMock(l)
	}
	if t.fallback != nil {
		t.fallback.precomputeMock(l)
	}
}

func (t *bodyTemplate) precomputeMock(l jsontree.Limits) {
	if t.isFixed {
		t.mock, t.mockDone = readMockStatus(t.fixed, l), true
	}
}

// mapMock evaluates the mappings of a MOCK integration. Nothing is sent; the response template finds the values in
// $context.requestOverride. Spec: rest-api 5.
func (q *integrationRequest) mapMock(_ context.Context, x *exchange) *refusal {
	for _, list := range [...]struct {
		kind   string
		params []mappedParam
	}{{"header", q.headers}, {"querystring", q.query}, {"path", q.path}} {
		for i := range list.params {
			m := &list.params[i]
			v, ok, r := m.source.read(x)
			switch {
			case r != nil:
				return r
			case ok && v.many != nil:
				x.overrides.KeepRequest(list.kind, m.name, v.many...)
			case ok:
				x.overrides.KeepRequest(list.kind, m.name, v.text)
			}
		}
	}
	return nil
}
