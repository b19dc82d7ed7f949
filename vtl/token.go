package vtl

// tokenKind names a token. Text mode gives the first group, expression mode
// the second.
type tokenKind uint8

const (
	tokEOF tokenKind = iota
	tokText
	tokComment   // ##… with its newline, or #*…*#
	tokRaw       // #[[…]]#
	tokRef       // the $ of a reference; the parser reads on from there
	tokDirective // #name or #{name}, known
	tokBlockCall // #@name, known
	tokUnknown   // #name( of no directive or macro
	tokEscape    // backslashes before a reference or a directive

	tokWord   // true, in, eq …
	tokNumber // 1, -2, 3.5e6
	tokString // 'single' or "double", with its quotes
	tokSign   // operators and brackets
	tokBad    // anything else
)

// token is a piece of the source.
type token struct {
	kind     tokenKind
	pos, end int
	name     string // tokDirective, tokBlockCall, tokUnknown
}

// Directives. Each one that is questionable has its own function in
// directives.go.
var directives = map[string]bool{
	"set": true, "if": true, "elseif": true, "else": true, "end": true, "foreach": true,
	"define": true, "macro": true, "break": true, "stop": true, "literal": true,
	"include": true, "parse": true, "evaluate": true,
}
