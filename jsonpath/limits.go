package jsonpath

// Bounds. A path stands in a mapping template and is run on a body of a client's
// choosing, so neither may make the other expensive.
const (
	maxLength  = 8 << 10   // bytes of a path's text; real ones have some hundred
	maxNesting = 32        // filters, parentheses and arguments inside each other
	maxSteps   = 1_000_000 // values visited by one evaluation: a 10 MB body has about that many
	maxMatches = 100_000   // values in one result
	maxDepth   = 1_000     // levels that ".." descends; jsontree reads no more by default
	maxConcat  = 10 << 20  // bytes that concat() joins: the largest payload
)
