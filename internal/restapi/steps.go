package restapi

import "context"

// A step reads the exchange, fills the one part that is its own, and may refuse.
type step func(context.Context, *exchange) *refusal

// pipeline is the order of the checks and transformations of a method, the table of rest-api 3 from row 10 on. Each row
// looks at the method's definition and returns the step it needs, or nil when the method does not use it: what a method
// does not use is not in its list. Rows of what Gatehouse cannot do yet stand in their place and refuse a definition that
// asks for it, by name.
var pipeline = []struct {
	row   string
	build func(*methodCompiler) step
}{
	{"10 authorization", (*methodCompiler).authorize},
	{"11 API key", (*methodCompiler).apiKey},
	{"12 quota and throttle", (*methodCompiler).throttle},
	{"13 request parameters", (*methodCompiler).requestParameters},
	{"14 request body", (*methodCompiler).requestBody},
	{"15 cache lookup", (*methodCompiler).cacheLookup},
	{"16 template selection", (*methodCompiler).templateSelection},
	{"17 request body mapping", (*methodCompiler).requestBodyMapping},
	{"17 request mapping", (*methodCompiler).requestMapping},
	{"18 integration call", (*methodCompiler).integrationCall},
	{"19 integration response", (*methodCompiler).integrationResponse},
}

// method is a method ready to run.
type method struct {
	operation string
	steps     []step
	logging   logging
}

// run goes through the steps; the first refusal decides.
func (m *method) run(ctx context.Context, x *exchange) *refusal {
	for _, s := range m.steps {
		if r := s(ctx, x); r != nil {
			return r
		}
	}
	return nil
}
