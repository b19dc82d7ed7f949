package vtl

import (
	"fmt"
	"strings"
)

// maxNesting is how deep blocks and expressions may stand inside each other in
// the source. Templates that people write stay below 20.
const maxNesting = 200

// parser turns source into a tree. Errors travel as panics of *SyntaxError
// inside the parser only.
type parser struct {
	lexer
	tok     token // current token of expression mode
	nesting int
	outer   string // the whole template, when src is the text of a literal in it
	base    int    // where that literal stands
}

// parse reads a template.
func parse(src string) (tree []stmt, err error) {
	p := &parser{lexer: lexer{src: src, macros: macroNames(src)}}
	defer p.rescue(&err)
	tree, end := p.block(nil)
	if end.kind != tokEOF {
		p.fail(end.pos, "#%s without a directive to belong to", end.name)
	}
	return tree, nil
}

func (p *parser) rescue(err *error) {
	switch r := recover().(type) {
	case nil:
	case *SyntaxError:
		*err = r
	default:
		panic(r)
	}
}

// macroNames finds the names of macros, which may be called before they are
// defined.
func macroNames(src string) map[string]bool {
	var names map[string]bool
	for {
		i := strings.Index(src, "#")
		if i < 0 {
			return names
		}
		src = src[i+1:]
		name, size := directiveName(src)
		if name != "macro" {
			continue
		}
		args, called := strings.CutPrefix(strings.TrimLeft(src[size:], whitespace), "(")
		args = strings.TrimLeft(args, whitespace)
		if name, _ = directiveName(args); called && name != "" && args[0] != '{' && !directives[name] {
			if names == nil {
				names = map[string]bool{}
			}
			names[name] = true
		}
	}
}

func (p *parser) fail(offset int, format string, args ...any) {
	src := p.src
	if p.outer != "" {
		src, offset = p.outer, p.base
	}
	e := &SyntaxError{Msg: fmt.Sprintf(format, args...)}
	e.Line, e.Column, e.Source = place(src, offset)
	panic(e)
}

func (p *parser) nest(offset int) {
	if p.nesting++; p.nesting > maxNesting {
		p.fail(offset, "nested too deeply")
	}
}

// block reads statements up to a directive that ends them, which it returns:
// one of stops, or what belongs to no directive here, or the end of the source.
func (p *parser) block(stops []string) (body []stmt, end token) {
	p.nest(p.pos)
	defer func() { p.nesting-- }()
	for {
		t := p.text()
		switch t.kind {
		case tokEOF:
			return body, t
		case tokText:
			body = append(body, &textNode{at(t.pos), p.src[t.pos:t.end]})
		case tokComment:
			body = append(body, &commentNode{at(t.pos), p.src[t.pos:t.end]})
		case tokRaw:
			body = append(body, p.raw(t))
		case tokRef:
			ref := p.reference()
			body = append(body, ref)
			if strings.HasPrefix(p.src[p.pos:], "##") && endsInName(ref) {
				body = append(body, &textNode{at(p.pos), "##"})
				p.pos += 2
			}
		case tokEscape:
			body = append(body, p.escaped(t))
		case tokUnknown:
			body = append(body, p.unknown(t))
		case tokBlockCall:
			body = append(body, p.blockCall(t))
		case tokDirective:
			if t.name == "end" || t.name == "else" || t.name == "elseif" {
				return body, t
			}
			body = append(body, p.directive(t))
		}
	}
}

// since is what was read from the beginning of a token on.
func (p *parser) since(t token) span { return span{at(t.pos), at(p.pos)} }

// body reads statements up to #end.
func (p *parser) body(of token) []stmt {
	body, end := p.block(nil)
	p.needEnd(of, end)
	return body
}

func (p *parser) needEnd(of, end token) {
	switch {
	case end.kind == tokEOF:
		p.fail(of.pos, "#%s without #end", of.name)
	case end.name != "end":
		p.fail(end.pos, "#%s without #if", end.name)
	}
}

func (p *parser) raw(t token) stmt {
	text, closed := strings.CutSuffix(p.src[t.pos+3:t.end], "]]#")
	if !closed {
		p.fail(t.pos, "#[[ without ]]#")
	}
	return &rawNode{at(t.pos), text}
}

// escaped reads what follows a run of backslashes. Before a directive, an odd
// run makes its name text, an even run leaves it to be read next.
func (p *parser) escaped(t token) stmt {
	n := &escapeNode{at: at(t.pos), slashes: t.end - t.pos}
	if p.isRef(t.end) {
		n.ref = p.reference()
		return n
	}
	if n.slashes%2 == 0 && p.hash(t.end).name == "set" { // Velocity leaves them alone
		return &textNode{at(t.pos), p.src[t.pos:t.end]}
	}
	if n.slashes%2 == 1 {
		name := p.hash(t.end)
		n.name = p.src[name.pos:name.end]
		p.pos = name.end
	}
	return n
}

// unknown reads #name(args) where name means nothing. Velocity prints it as it
// stands, but the arguments must be some.
func (p *parser) unknown(t token) stmt {
	p.arguments()
	return &textNode{at(t.pos), p.src[t.pos:p.pos]}
}

func (p *parser) directive(t token) stmt {
	switch t.name {
	case "set":
		return p.set(t)
	case "if":
		return p.ifElse(t)
	case "foreach":
		return p.foreach(t)
	case "define":
		return p.define(t)
	case "macro":
		return p.macro(t)
	case "break", "stop":
		return p.leave(t)
	case "include", "parse", "evaluate":
		return p.refused(t)
	case "literal":
		return p.literalBlock(t)
	}
	args, parens := p.optionalArguments()
	return &callNode{at: at(t.pos), head: p.since(t), name: t.name, args: args, parens: parens}
}

func (p *parser) set(t token) stmt {
	p.open(t.name)
	n := &setNode{at: at(t.pos)}
	if p.tok.kind != tokRef {
		p.unexpected("a reference to set")
	}
	n.target = p.refOperand()
	p.sign("=")
	n.value = p.expr()
	p.close(")")
	n.head = p.since(t)
	return n
}

func (p *parser) ifElse(t token) stmt {
	n := &ifNode{at: at(t.pos)}
	for arm := t; ; {
		p.open(arm.name)
		cond := p.expr()
		p.close(")")
		head := p.since(arm)
		body, end := p.block(nil)
		n.branches = append(n.branches, branch{head, cond, body})
		if end.name == "else" {
			n.hasElse, n.elseHead = true, p.since(end)
			n.orElse, end = p.block(nil)
		}
		if end.name == "elseif" && !n.hasElse {
			arm = end
			continue
		}
		if end.kind == tokEOF {
			p.fail(t.pos, "#if without #end")
		}
		if end.name != "end" {
			p.fail(end.pos, "#%s after #else", end.name)
		}
		return n
	}
}

func (p *parser) foreach(t token) stmt {
	p.open(t.name)
	n := &foreachNode{at: at(t.pos), name: p.variable()}
	if p.word() != "in" {
		p.unexpected("'in'")
	}
	p.advance()
	n.list = p.operand()
	p.close(")")
	n.head = p.since(t)
	n.body = p.body(t)
	return n
}

func (p *parser) define(t token) stmt {
	p.open(t.name)
	n := &defineNode{at: at(t.pos), name: p.variable()}
	p.close(")")
	n.head = p.since(t)
	n.body = p.body(t)
	return n
}

// variable reads a reference of which only the name counts; Velocity ignores
// what follows it.
func (p *parser) variable() string {
	if p.tok.kind != tokRef {
		p.unexpected("a variable")
	}
	return p.refOperand().name
}

func (p *parser) macro(t token) stmt {
	p.open(t.name)
	n := &macroNode{at: at(t.pos), name: p.word()}
	if n.name == "" {
		p.unexpected("the name of the macro")
	}
	if p.advance(); p.isSign(",") {
		p.advance()
	}
	for !p.isSign(")") {
		n.params = append(n.params, p.variable())
		if p.isSign(",") {
			p.advance()
		}
	}
	p.close(")")
	n.body = p.body(t)
	return n
}

// blockCall reads #@name(args) body #end. Without such a macro all of it is
// printed as it stands.
func (p *parser) blockCall(t token) stmt {
	if !p.macros[t.name] {
		if !p.called() {
			return &textNode{at(t.pos), p.src[t.pos:t.end]}
		}
		p.arguments()
		p.body(t)
		return &rawSource{at(t.pos), p.src[t.pos:p.pos]}
	}
	args, parens := p.optionalArguments()
	n := &callNode{at: at(t.pos), head: p.since(t), name: t.name, args: args, parens: parens, block: true}
	n.body = p.body(t)
	return n
}

// literalBlock reads #literal() text #end. What stands inside must parse.
func (p *parser) literalBlock(t token) stmt {
	if !p.called() {
		return &textNode{at(t.pos), p.src[t.pos:t.end]}
	}
	n := &literalNode{at: at(t.pos), args: p.arguments()}
	start := p.pos
	_, end := p.block(nil)
	p.needEnd(t, end)
	n.text = p.src[start:end.pos]
	return n
}

func (p *parser) leave(t token) stmt {
	args, parens := p.optionalArguments()
	return &leaveNode{at(t.pos), p.since(t), t.name, args, parens}
}

func (p *parser) refused(t token) stmt {
	if !p.called() {
		return &textNode{at(t.pos), p.src[t.pos:t.end]}
	}
	n := &refusedNode{at: at(t.pos), name: t.name, args: p.arguments()}
	n.head = p.since(t)
	return n
}

// called reports whether an opening parenthesis follows.
func (p *parser) called() bool {
	return strings.HasPrefix(strings.TrimLeft(p.src[p.pos:], whitespace), "(")
}

func (p *parser) optionalArguments() (args []expr, parens bool) {
	if !p.called() {
		return nil, false
	}
	return p.arguments(), true
}

// arguments reads what stands in the parentheses of a macro call: operands,
// with blanks or commas between them.
func (p *parser) arguments() (args []expr) {
	p.open("")
	for !p.isSign(")") {
		args = append(args, p.operand())
		if p.isSign(",") {
			if p.advance(); p.isSign(")") {
				p.unexpected("an argument")
			}
		}
	}
	p.close(")")
	return args
}

// open enters expression mode through a parenthesis.
func (p *parser) open(directive string) {
	p.advance()
	if !p.isSign("(") {
		p.unexpected("'(' after #" + directive)
	}
	p.advance()
}

// close leaves expression mode: text goes on behind the current token.
func (p *parser) close(sign string) {
	if !p.isSign(sign) {
		p.unexpected("'" + sign + "'")
	}
	p.pos = p.tok.end
}
