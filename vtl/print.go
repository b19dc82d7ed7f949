package vtl

import "strings"

// printTree writes a tree as source. What is text stays as it was; expressions
// come out with canonical blanks. Parsing the result gives the same tree.
func printTree(tree []stmt) string {
	var w printer
	w.block(tree)
	return w.String()
}

type printer struct{ strings.Builder }

func (w *printer) write(parts ...string) {
	for _, s := range parts {
		w.WriteString(s)
	}
}

func (w *printer) block(body []stmt) {
	for _, s := range body {
		w.stmt(s)
	}
}

func (w *printer) stmt(s stmt) {
	switch n := s.(type) {
	case *textNode:
		w.write(n.text)
	case *commentNode:
		w.write(n.text)
	case *rawNode:
		w.write("#[[", n.text, "]]#")
	case *rawSource:
		w.write(n.text)
	case *literalNode:
		w.write("#literal")
		w.arguments(n.args, true)
		w.write(n.text, "#{end}")
	case *escapeNode:
		w.write(strings.Repeat(`\`, n.slashes), n.name)
		if n.ref != nil {
			w.expr(n.ref)
		}
	case *refNode:
		w.expr(n)
	case *setNode:
		w.write("#set(")
		w.expr(n.target)
		w.write(" = ")
		w.expr(n.value)
		w.write(")")
	case *ifNode:
		w.ifElse(n)
	case *foreachNode:
		w.write("#foreach($", n.name, " in ")
		w.expr(n.list)
		w.write(")")
		w.block(n.body)
		w.write("#{end}")
	case *defineNode:
		w.write("#define($", n.name, ")")
		w.block(n.body)
		w.write("#{end}")
	case *macroNode:
		w.write("#macro(", n.name)
		for _, param := range n.params {
			w.write(" $", param)
		}
		w.write(")")
		w.block(n.body)
		w.write("#{end}")
	case *callNode:
		w.call(n)
	case *leaveNode:
		w.write("#{", n.name, "}")
		w.arguments(n.args, n.parens)
	case *refusedNode:
		w.write("#", n.name)
		w.arguments(n.args, true)
	}
}

func (w *printer) ifElse(n *ifNode) {
	for i, b := range n.branches {
		w.write([]string{"#if(", "#elseif("}[min(i, 1)])
		w.expr(b.cond)
		w.write(")")
		w.block(b.body)
	}
	if n.hasElse {
		w.write("#{else}")
		w.block(n.orElse)
	}
	w.write("#{end}")
}

func (w *printer) call(n *callNode) {
	if n.block {
		w.write("#@{", n.name, "}")
	} else {
		w.write("#{", n.name, "}")
	}
	w.arguments(n.args, n.parens)
	if n.block {
		w.block(n.body)
		w.write("#{end}")
	}
}

func (w *printer) arguments(args []expr, parens bool) {
	if !parens {
		return
	}
	w.write("(")
	for i, a := range args {
		if i > 0 {
			w.write(", ")
		}
		w.expr(a)
	}
	w.write(")")
}

func (w *printer) exprs(open string, items []expr, end string) {
	w.write(open)
	for i, item := range items {
		if i > 0 {
			w.write(", ")
		}
		w.expr(item)
	}
	w.write(end)
}

func (w *printer) expr(e expr) {
	switch n := e.(type) {
	case *refNode:
		w.ref(n)
	case *stringNode:
		quote := "'"
		if n.double {
			quote = `"`
		}
		w.write(quote, strings.ReplaceAll(n.text, quote, quote+quote), quote)
	case *numberNode:
		w.write(n.text)
	case *boolNode:
		w.write(map[bool]string{true: "true", false: "false"}[n.value])
	case *listNode:
		w.exprs("[", n.items, "]")
	case *rangeNode:
		w.write("[")
		w.expr(n.from)
		w.write(" .. ")
		w.expr(n.to)
		w.write("]")
	case *mapNode:
		w.write("{")
		for i := range n.keys {
			if i > 0 {
				w.write(", ")
			}
			w.expr(n.keys[i])
			w.write(": ")
			w.expr(n.values[i])
		}
		w.write("}")
	case *notNode:
		w.write("!")
		w.expr(n.of)
	case *binaryNode:
		w.expr(n.left)
		w.write(" ", n.op, " ")
		w.expr(n.right)
	case *parenNode:
		w.write("(")
		w.expr(n.of)
		w.write(")")
	}
}

func (w *printer) ref(n *refNode) {
	w.write("$")
	if n.quiet {
		w.write("!")
	}
	if n.formal {
		w.write("{")
	}
	w.write(n.name)
	for _, s := range n.steps {
		switch {
		case s.index != nil:
			w.write("[")
			w.expr(s.index)
			w.write("]")
		case s.call:
			w.exprs("."+s.name+"(", s.args, ")")
		default:
			w.write(".", s.name)
		}
	}
	if n.formal {
		w.write("}")
	}
}
