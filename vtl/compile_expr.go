package vtl

import "strconv"

func (c *compiler) exprs(list []expr) []value {
	var out []value
	for _, e := range list {
		out = append(out, c.expr(e))
	}
	return out
}

// expr compiles an expression whose value is wanted.
func (c *compiler) expr(e expr) value { return c.trace.value(e, c.plainExpr(e)) }

func (c *compiler) plainExpr(e expr) value {
	switch n := e.(type) {
	case *refNode:
		return c.ref(n)
	case *stringNode:
		return c.string(n)
	case *numberNode:
		return constant{number(n.text)}
	case *boolNode:
		return constant{n.value}
	case *parenNode:
		return c.expr(n.of)
	case *listNode:
		return &listExpr{c.exprs(n.items)}
	case *rangeNode:
		return &rangeExpr{c.expr(n.from), c.expr(n.to)}
	case *mapNode:
		return &mapExpr{c.exprs(n.keys), c.exprs(n.values)}
	case *binaryNode:
		if op := n.op; op == "+" || op == "-" || op == "*" || op == "/" || op == "%" {
			return fold(&mathExpr{op[0], c.expr(n.left), c.expr(n.right)})
		}
	}
	return boolExpr{c.cond(e)} // ! && || and comparisons
}

// fold computes an operation on constants once.
func fold(m *mathExpr) value {
	left, okL := m.left.(constant)
	right, okR := m.right.(constant)
	if !okL || !okR {
		return m
	}
	if m.op != '+' || kindOf(left.v) != kindString && kindOf(right.v) != kindString {
		return constant{arithmetic(m.op, left.v, right.v)}
	}
	return constant{scalarText(left.v) + scalarText(right.v)}
}

func number(text string) Value {
	for i := range len(text) {
		if text[i] == '.' {
			f, _ := strconv.ParseFloat(text, 64)
			return f
		}
	}
	return integer(text)
}

// string compiles a literal; a double-quoted one is a block to be rendered.
func (c *compiler) string(n *stringNode) value {
	if !n.double {
		return constant{n.text}
	}
	outer := *c
	if !c.literal {
		c.literal, c.pos = true, n.offset()
	}
	leave := c.trace.enterLiteral(n)
	body := c.block(n.body, false)
	leave()
	c.literal, c.pos = outer.literal, outer.pos
	switch len(body) {
	case 0:
		return constant{""}
	case 1:
		if t, ok := body[0].(text); ok {
			return constant{string(t)}
		}
	}
	return &interpolation{body}
}

func (c *compiler) ref(n *refNode) *refExpr {
	return &refExpr{variable: c.variable(n.name), links: c.links(n.steps), path: pathOf(n.steps)}
}

// pathOf joins two or more plain names.
func pathOf(steps []step) string {
	if len(steps) < 2 {
		return ""
	}
	path := steps[0].name
	for i, s := range steps {
		if s.call || s.index != nil {
			return ""
		}
		if i > 0 {
			path += "." + s.name
		}
	}
	return path
}

func (c *compiler) links(steps []step) []link {
	var out []link
	for _, s := range steps {
		l := link{at: int(s.at), name: s.name, call: s.call, args: c.exprs(s.args)}
		if c.literal {
			l.at = c.pos
		}
		if s.index != nil {
			l.index = c.expr(s.index)
		}
		out = append(out, l)
	}
	return out
}

// cond compiles an expression whose truth is wanted.
func (c *compiler) cond(e expr) test { return c.trace.test(e, c.plainCond(e)) }

func (c *compiler) plainCond(e expr) test {
	switch n := e.(type) {
	case *refNode:
		return &refTest{c.ref(n)}
	case *boolNode:
		return boolTest(n.value)
	case *parenNode:
		return c.cond(n.of)
	case *notNode:
		return &notTest{c.cond(n.of)}
	case *binaryNode:
		switch n.op {
		case "&&", "||":
			return &logicTest{n.op == "&&", c.cond(n.left), c.cond(n.right)}
		case "==", "!=":
			return &equalTest{n.op == "!=", c.expr(n.left), c.expr(n.right)}
		case "<", ">", "<=", ">=":
			return &orderTest{n.op, c.expr(n.left), c.expr(n.right)}
		}
	}
	return literalTest()
}

// literalTest is the truth of a literal or computed value that stands alone as
// a condition, like #if("x"): false in Velocity 1.x.
// Spec: mapping-templates 4, unconfirmed for the service.
func literalTest() test { return boolTest(false) }
