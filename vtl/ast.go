package vtl

// The tree. Statements are what stands in text, expressions what stands in
// parentheses; a reference is both. Every node knows its offset in the source.

type (
	// stmt is a node of text.
	stmt interface{ offset() int }
	// expr is a node of an expression.
	expr interface{ offset() int }
)

// at is the offset of a node.
type at int

func (a at) offset() int { return int(a) }

// span is the source of a reference, or of a directive up to the end of its
// parentheses.
type span struct{ from, to at }

type (
	textNode struct { // text to be copied
		at
		text string
	}
	commentNode struct { // with its marks, and its newline if it is ##
		at
		text string
	}
	rawNode struct { // #[[text]]#
		at
		text string
	}
	literalNode struct { // #literal() text #end
		at
		args []expr
		text string
	}
	rawSource struct { // a block call of no macro, as it stands
		at
		text string
	}
	// escapeNode is a run of backslashes before a reference (ref) or before the
	// name of a directive (name). An even run leaves what follows alive; then ref
	// is nil and name empty, and it follows as a node of its own, except that an
	// escaped reference is always held here.
	escapeNode struct {
		at
		slashes int
		ref     *refNode
		name    string
	}
	setNode struct {
		at
		head   span
		target *refNode
		value  expr
	}
	ifNode struct {
		at
		branches []branch
		orElse   []stmt
		hasElse  bool
		elseHead span
	}
	branch struct {
		head span
		cond expr
		body []stmt
	}
	foreachNode struct {
		at
		head span
		name string
		list expr
		body []stmt
	}
	defineNode struct {
		at
		head span
		name string
		body []stmt
	}
	macroNode struct {
		at
		name   string
		params []string
		body   []stmt
	}
	callNode struct { // of a macro
		at
		head   span
		name   string
		args   []expr
		parens bool
		block  bool // #@name(args) body #end
		body   []stmt
	}
	leaveNode struct { // #break, #stop
		at
		head   span
		name   string
		args   []expr
		parens bool
	}
	refusedNode struct { // #include, #parse, #evaluate
		at
		head span
		name string
		args []expr
	}
)

type (
	refNode struct {
		at
		end    at
		name   string
		quiet  bool // $!
		formal bool // ${}
		steps  []step
	}
	// step is one link of a reference's chain: .name, .name(args) or [index].
	step struct {
		at
		name  string
		call  bool
		args  []expr
		index expr // if not nil
	}
	// stringNode is a literal. An interpolated one holds the nodes of its text.
	stringNode struct {
		at
		text   string // between the quotes, doubled quotes resolved
		double bool
		body   []stmt // of a double-quoted literal
	}
	numberNode struct {
		at
		text string
	}
	boolNode struct {
		at
		value bool
	}
	listNode struct {
		at
		items []expr
	}
	rangeNode struct {
		at
		from, to expr
	}
	mapNode struct {
		at
		keys, values []expr
	}
	notNode struct {
		at
		of expr
	}
	binaryNode struct {
		at
		op          string // in its sign form: && || == != < > <= >= + - * / %
		left, right expr
	}
	parenNode struct {
		at
		of expr
	}
)
