package vtl

// Program is a compiled template. It is immutable and may run on many
// goroutines at once.
type Program struct {
	src    string
	err    error
	body   []node
	names  []string // of the slots
	static []byte   // the output, if body is only text
	fixed  bool
	points []Point // of a traced program
}

// Compile makes a program of a template. It never returns nil: what does not
// parse becomes a program that fails with the *SyntaxError that Err returns.
func Compile(src string) *Program { return compile(src, false) }

func compile(src string, traced bool) *Program {
	p := &Program{src: src}
	tree, err := parse(src)
	if err != nil {
		p.err = err
		return p
	}
	c := compiler{program: p, slots: map[string]int{}, macros: map[string]*macro{}}
	if traced {
		c.trace = newDecorator(src)
	}
	c.collectMacros(tree)
	p.body = c.block(tree, false)
	c.compileMacros()
	c.finishLoops()
	p.points = c.trace.found()
	p.fixed = true
	for _, n := range p.body {
		t, ok := n.(text)
		if !ok {
			p.fixed, p.static = false, nil
			break
		}
		p.static = append(p.static, t...)
	}
	return p
}

// Err returns the *SyntaxError of a template that does not parse, or nil.
func (p *Program) Err() error { return p.err }

// Static returns the output of a template that is nothing but text, which needs
// no run. The caller must not change it.
func (p *Program) Static() ([]byte, bool) { return p.static, p.fixed }

// compiler turns trees into nodes that are ready to run.
type compiler struct {
	program *Program
	slots   map[string]int
	macros  map[string]*macro
	todo    []*macroNode
	params  map[string]int // of the macro being compiled
	loops   []*foreach
	literal bool // inside of a string literal that stands at pos
	pos     int
	trace   *decorator // nil for a plain program
}

// macro is a compiled #macro. Its last parameter is $bodyContent.
type macro struct {
	params int
	body   []node
}

// place returns the offset of a node in the template.
func (c *compiler) place(n stmt) int {
	if c.literal {
		return c.pos
	}
	return n.offset()
}

func (c *compiler) slot(name string) int {
	i, ok := c.slots[name]
	if !ok {
		i = len(c.program.names)
		c.slots[name] = i
		c.program.names = append(c.program.names, name)
	}
	return i
}

func (c *compiler) variable(name string) variable {
	if i, ok := c.params[name]; ok {
		return paramVar(i)
	}
	return slotVar(c.slot(name))
}

// collectMacros finds definitions, which hold for the whole template wherever
// they stand. The last one of a name wins.
func (c *compiler) collectMacros(body []stmt) {
	for _, s := range body {
		switch n := s.(type) {
		case *macroNode:
			c.macros[n.name] = &macro{params: len(n.params)}
			c.todo = append(c.todo, n)
			c.collectMacros(n.body)
		case *ifNode:
			for _, b := range n.branches {
				c.collectMacros(b.body)
			}
			c.collectMacros(n.orElse)
		case *foreachNode:
			c.collectMacros(n.body)
		case *defineNode:
			c.collectMacros(n.body)
		case *callNode:
			c.collectMacros(n.body)
		}
	}
}

func (c *compiler) compileMacros() {
	for _, n := range c.todo {
		c.params = map[string]int{"bodyContent": len(n.params)}
		for i, name := range n.params {
			c.params[name] = i
		}
		m := c.macros[n.name]
		m.params = len(n.params)
		m.body = c.block(n.body, true)
	}
	c.params = nil
}

// finishLoops tells every loop which of its variables anyone reads.
func (c *compiler) finishLoops() {
	slotOf := func(name string) int {
		if i, ok := c.slots[name]; ok {
			return i
		}
		return unused
	}
	for _, l := range c.loops {
		l.status = slotOf("foreach")
		l.count = slotOf("velocityCount")
		l.hasNext = slotOf("velocityHasNext")
	}
}

// block compiles statements. inside says that they are the inside of a
// directive; see gobble.go.
func (c *compiler) block(body []stmt, inside bool) []node {
	var out []node
	var gobbled gobbling
	for i, s := range body {
		var n node
		if t, ok := s.(*textNode); ok {
			from, to := printedRange(body, i, inside)
			n = text(t.text[from:to])
			gobbled.text(c.trace, out, t, from, to)
		} else {
			n = gobbled.before(c.trace.stmt(s, c.stmt(s)))
		}
		t, isText := n.(text)
		if n == nil || isText && t == "" {
			continue
		}
		if len(out) > 0 && isText {
			if before, ok := out[len(out)-1].(text); ok {
				out[len(out)-1] = before + t
				continue
			}
		}
		out = append(out, n)
	}
	gobbled.tell(c.trace, body, out, inside)
	return out
}

func (c *compiler) stmt(s stmt) node {
	switch n := s.(type) {
	case *rawNode:
		return text(n.text)
	case *literalNode:
		return text(afterNewline(n.text))
	case *rawSource:
		return text(n.text)
	case *escapeNode:
		return c.escape(n)
	case *refNode:
		return &output{c.place(n), c.ref(n)}
	case *setNode:
		return c.set(n)
	case *ifNode:
		out := &ifElse{}
		for _, b := range n.branches {
			out.branches = append(out.branches, arm{c.place(b.cond), c.cond(b.cond), c.block(b.body, true)})
		}
		out.orElse = c.block(n.orElse, true)
		return out
	case *foreachNode:
		l := &foreach{at: c.place(n), variable: c.variable(n.name), list: c.expr(n.list), body: c.block(n.body, true)}
		c.loops = append(c.loops, l)
		return l
	case *defineNode:
		return &define{c.variable(n.name), c.block(n.body, true)}
	case *callNode:
		return c.call(n)
	case *leaveNode:
		return c.leave(n)
	case *refusedNode:
		return c.refused(n)
	}
	return nil // comments, and macros at the place of their definition
}

func (c *compiler) call(n *callNode) node {
	m, ok := c.macros[n.name]
	if !ok { // "#macro(name" stood in text that is no directive
		return text("#" + n.name)
	}
	out := &call{at: c.place(n), macro: m, args: c.exprs(n.args)}
	if n.block {
		out.content = c.block(n.body, true)
	}
	return out
}

func (c *compiler) set(n *setNode) node {
	out := &set{at: c.place(n), variable: c.variable(n.target.name), value: c.expr(n.value)}
	if last := len(n.target.steps) - 1; last >= 0 {
		out.parent = &refExpr{variable: out.variable, links: c.links(n.target.steps[:last])}
		out.last = c.links(n.target.steps[last:])[0]
	}
	return out
}

func (c *compiler) escape(n *escapeNode) node {
	if n.ref == nil {
		return text(slashes(n.slashes/2) + n.name)
	}
	e := &escaped{at: c.place(n), ref: c.ref(n.ref), live: n.slashes%2 == 0, slashes: slashes(n.slashes / 2)}
	if !e.live {
		var w printer
		w.ref(n.ref)
		e.source = w.String()
	}
	return e
}
