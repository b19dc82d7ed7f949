// Package lambdaauth is what Lambda authorizers of REST APIs say: their answers, checked.
package lambdaauth

// Result is what an authorizer function answered.
type Result struct {
	PrincipalID string
	Context     []Value
}

// Value is a member of the context, as text.
type Value struct{ Name, Value string }
