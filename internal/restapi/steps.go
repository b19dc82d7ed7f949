package restapi

import "context"

// A step reads the exchange, fills the one part that is its own, and may refuse.
type step func(context.Context, *exchange) *refusal

// pipeline is the order of the checks and transformations of a method, the table of rest-api 3 from row 10 on. Each row
// looks at the method's definition and returns the step it needs, or nil when the method does not use it: what a method
// does not use is not in its list. Rows of what Gatehouse cannot do yet stand in their place and refuse a definition that
// asks for it, by name.
//
// tested marks the rows that a test invoke has, too. Row 15, the cache, has nothing to build yet: a stage that has one is
// refused, and without one the method settings about it have no effect.
var pipeline = []struct {
	row    string
	tested bool
	build  func(*methodCompiler) step
}{
	{"10 authorization", false, (*methodCompiler).authorize},
	{"usage plan, in the log", false, (*methodCompiler).usagePlanLog},
	{"11 API key", false, (*methodCompiler).apiKey},
	{"12 quota and throttle", false, (*methodCompiler).throttle},
	{"start, in the log", true, (*methodCompiler).startLog},
	{"13 request parameters", true, (*methodCompiler).requestParameters},
	{"14 request body", true, (*methodCompiler).requestBody},
	{"16 template selection", true, (*methodCompiler).templateSelection},
	{"17 request body mapping", true, (*methodCompiler).requestBodyMapping},
	{"17 request mapping", true, (*methodCompiler).requestMapping},
	{"18 integration call", true, (*methodCompiler).integrationCall},
	{"19 integration response", true, (*methodCompiler).integrationResponse},
}

// method is a method ready to run.
type method struct {
	operation string
	steps     []step
	logging   logging
	// keyRequired says that one of the steps asks for an API key.
	keyRequired bool
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
