package iam

const (
	// DefaultMaxBytes bounds a document when Options.MaxBytes is 0. The largest document that the service itself stores is
	// a role's set of inline policies, 10,240 characters; three times that leaves room for blanks and long names.
	DefaultMaxBytes = 32 << 10

	// maxDepth bounds the nesting of a document. The deepest legal place is a condition value in a list, at level 6.
	maxDepth = 8

	// maxProblems bounds the length of an Error: somebody has to read it.
	maxProblems = 20

	// maxAuthorizerResource is the longest Resource, in characters, of a policy returned by an authorizer.
	// Spec: access-control 2.4.
	maxAuthorizerResource = 512

	// maxVariables bounds the different variables in one text: a request looks each of them up once per match, into an
	// array of this length.
	maxVariables = 16

	// maxQuoted bounds how much of a value a problem repeats, in bytes.
	maxQuoted = 128
)
