package oracle

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// generatedVars are the variables of generated templates.
const generatedVars = `{"s":"x","e":"","w":"Hello, World","n":3,"neg":-7,"d":2.5,"t":true,"f":false,"z":null,` +
	`"l":[1,"two",{"a":"b"},[3],null,2.5],"el":[],"em":{},"big":12345678901,"str":"a-b-c",` +
	`"m":{"k":"v","n":{"p":"q"},"l":[1,2],"a-b":"h","size":9,"z":null,"t":true},"nums":[3,1,2]}`

// templates makes random templates of all parts of the language.
type templates struct {
	*rand.Rand
	w      strings.Builder
	depth  int
	loops  int
	macros int
	params []string // of the macro being made
	quoted bool     // inside of a double-quoted literal
}

func newTemplate(r *rand.Rand) string {
	g := &templates{Rand: r}
	g.block(1 + g.IntN(6))
	return g.w.String()
}

func (g *templates) put(parts ...string) {
	for _, p := range parts {
		g.w.WriteString(p)
	}
}

func (g *templates) pick(from ...string) string { return from[g.IntN(len(from))] }

// one runs one of several makers, each as often as its weight says.
func (g *templates) one(choices ...choice) {
	total := 0
	for _, c := range choices {
		total += c.weight
	}
	n := g.IntN(total)
	for _, c := range choices {
		if n -= c.weight; n < 0 {
			c.make()
			return
		}
	}
}

type choice struct {
	weight int
	make   func()
}

func (g *templates) block(n int) {
	if g.depth++; g.depth > 4 {
		n = min(n, 1)
	}
	for range n {
		g.piece()
	}
	g.depth--
}

func (g *templates) piece() {
	nested := 1
	if g.depth > 4 {
		nested = 0
	}
	g.one(
		choice{12, g.text},
		choice{12, func() { g.ref(true) }},
		choice{4, g.set},
		choice{3 * nested, g.ifElse},
		choice{3 * nested, g.foreach},
		choice{nested, g.define},
		choice{nested, g.macro},
		choice{1, g.call},
		choice{1, g.comment},
		choice{1, g.escape},
		choice{1, func() {
			g.put(g.pick("#foo ", "#1", "$ ", "$5", "# ", "#FFF", "#return", `\ `, "#foo($s)", `\#foo`, "$.", "$_x"))
		}},
		choice{1, g.leave},
		choice{1, func() { g.put("#literal()", g.pick("$s", "x ", " #if(true)y#end"), "#{end}") }},
	)
}

var words = []string{"a", "text", "12", ".", ",", ";", ":", "{", "}", ")", " (", "]", "-", "=", "<", "&", "é", "日", `"`, "'", "!"}
var blanks = []string{" ", " ", "\n", "\n", "  ", "\t", " \n", "\n ", "\n\n", " \n "}

// text makes words and blanks. A bracket would be an index behind a reference.
func (g *templates) text() {
	for range 1 + g.IntN(3) {
		w := g.pick(words...)
		if g.quoted && w == `"` {
			w = `""`
		}
		g.put(g.pick(w, g.pick(blanks...)))
	}
}

func (g *templates) directive(name string) {
	if g.IntN(8) == 0 {
		name = "{" + name + "}"
	}
	g.put("#", name)
}

func (g *templates) blank() {
	if g.IntN(6) == 0 {
		g.put(g.pick(" ", "  ", "\t"))
	}
}

func (g *templates) set() {
	g.directive("set")
	g.blank()
	g.put("(")
	g.blank()
	g.put("$", g.pick("a", "b", "c", "q"))
	if g.IntN(4) == 0 {
		g.put(g.pick(".k", ".new", `["k"]`, "['x y']", "[0]"))
	}
	g.put(g.pick(" = ", "=", " =", "= "))
	g.expr(2)
	g.blank()
	g.put(")")
}

func (g *templates) ifElse() {
	g.directive("if")
	g.condition()
	g.block(1 + g.IntN(3))
	for g.IntN(3) == 0 {
		g.directive("elseif")
		g.condition()
		g.block(1 + g.IntN(2))
	}
	if g.IntN(2) == 0 {
		g.put("#{else}")
		g.block(1 + g.IntN(3))
	}
	g.end()
}

func (g *templates) end() { g.put("#{end}") }

func (g *templates) condition() {
	g.blank()
	g.put("(")
	g.blank()
	g.expr(3)
	g.blank()
	g.put(")")
}

func (g *templates) foreach() {
	g.directive("foreach")
	g.blank()
	g.put("($", string("ijklmnop"[min(g.loops, 7)]), " in ")
	g.one(
		choice{4, func() {
			g.put(g.pick("$l", "$m", "$nums", "$m.l", "$el", "$z", "$s", "$m.keySet()", "$m.entrySet()", "$m.values()", "$c"))
		}},
		choice{2, g.rangeLiteral},
		choice{1, g.list},
		choice{1, g.mapping},
	)
	g.put(")")
	g.loops++
	g.block(1 + g.IntN(4))
	g.loops--
	g.end()
}

func (g *templates) define() {
	g.put("#define($", g.pick("b", "q"), ")")
	g.block(1 + g.IntN(2))
	g.end()
}

func (g *templates) macro() {
	if g.quoted || g.depth > 1 {
		return
	}
	name := fmt.Sprint("mac", g.macros)
	g.put("#macro(", name)
	for range g.IntN(3) {
		param := fmt.Sprint("par", g.macros, string("xy"[len(g.params)])) // no two macros share names
		g.params = append(g.params, param)
		g.put(" $", param)
	}
	g.put(")")
	g.block(1 + g.IntN(3))
	g.end()
	g.params = nil
	g.macros++
}

func (g *templates) call() {
	if g.macros == 0 {
		return
	}
	block := g.IntN(4) == 0 && !g.quoted
	g.put(map[bool]string{true: "#@mac", false: "#mac"}[block], fmt.Sprint(g.IntN(g.macros)), "(")
	for i := range g.IntN(3) {
		if i > 0 {
			g.put(g.pick(" ", ", "))
		}
		g.operand(1)
	}
	if g.put(")"); block {
		g.block(1)
		g.end()
	}
}

func (g *templates) comment() {
	if g.quoted {
		return
	}
	g.put(g.pick("## x $s #if\n", "#* c $s\n #if *#", "#[[ $s #end ]]#", "#** d *#"))
}

func (g *templates) escape() {
	g.put(strings.Repeat(`\`, 1+g.IntN(3)), g.pick("$s", "$nope", "${s}", "$!s", "$m.k"))
}

func (g *templates) leave() {
	switch {
	case g.IntN(4) == 0:
		g.directive("stop")
	case g.loops > 0:
		g.directive("break")
		g.put(g.pick("", "", "($foreach)", "($foreach.parent)", "($foreach.topmost)", "()"))
	}
}

// ref makes a reference, in text or in an expression.
func (g *templates) ref(text bool) {
	quiet, formal := "", g.IntN(4) == 0
	if g.IntN(8) == 0 {
		quiet = "!"
	}
	g.put("$", quiet)
	if formal {
		g.put("{")
	}
	g.put(g.pick(append(g.params, "s", "e", "w", "n", "neg", "d", "t", "f", "z", "l", "el", "em", "big", "str", "m", "nums", "bodyContent",
		"a", "b", "c", "q", "i", "j", "nope", "foreach", "velocityCount")...))
	for g.IntN(2) == 0 {
		g.link()
	}
	if formal {
		g.put("}")
	}
	if text && !formal && g.IntN(3) == 0 {
		g.put(g.pick(" ", ".", ". ", "-", ",", "!", ".5"))
	}
}

func (g *templates) link() {
	g.one(
		choice{5, func() {
			g.put(".", g.pick("k", "n", "p", "l", "a-b", "size", "index", "count", "hasNext", "first", "last", "parent", "key", "value", "empty", "t", "z"))
		}},
		choice{4, g.method},
		choice{3, func() {
			g.put("[")
			g.one(choice{3, func() { g.put(g.pick("0", "1", "2", "-1", `"k"`, "'n'", "'a-b'")) }}, choice{1, func() { g.ref(false) }})
			g.put("]")
		}},
	)
}

// expr makes an expression with at most depth operators above each other.
func (g *templates) expr(depth int) {
	if depth == 0 {
		g.operand(1)
		return
	}
	g.one(
		choice{5, func() { g.operand(2) }},
		choice{1, func() { g.put("$big - 12345678898") }},
		choice{4, func() {
			g.expr(depth - 1)
			g.put(g.pick(" + ", " - ", " * ", " / ", " % ", "+", " == ", " != ", " < ", " > ", " <= ", " >= ", " && ", " || ",
				" eq ", " ne ", " lt ", " gt ", " le ", " ge ", " and ", " or "))
			g.expr(depth - 1)
		}},
		choice{1, func() { g.put(g.pick("!", "! ", "not ")); g.operand(1) }},
		choice{1, func() { g.put("("); g.expr(depth - 1); g.put(")") }},
	)
}

// operand is what may be an argument, an index or an item.
func (g *templates) operand(depth int) {
	g.one(
		choice{8, func() { g.ref(false) }},
		choice{4, func() {
			g.put(g.pick("0", "1", "2", "3", "10", "-1", "2147483647", "4294967296", "1.5", "0.1", "1.5e3", "-2.5"))
		}},
		choice{4, func() {
			g.put(g.pick("'x'", "'a-b'", "'3'", "'k'", "''", `"x"`, `"two"`, `"a ""q"""`, "'it''s'", "'$s'", "'[a-z]+'", "'-'", "'true'"))
		}},
		choice{1, func() { g.put(g.pick("true", "false")) }},
		choice{depth, g.interpolated},
		choice{depth / 2, g.list},
		choice{depth / 2, g.mapping},
		choice{depth / 2, g.rangeLiteral},
	)
}

func (g *templates) interpolated() {
	if g.quoted {
		g.put("'q'")
		return
	}
	g.quoted = true
	g.put(`"`)
	inner := &templates{Rand: g.Rand, quoted: true, depth: 4, loops: g.loops}
	inner.block(1 + g.IntN(3))
	g.put(strings.ReplaceAll(strings.ReplaceAll(inner.w.String(), `""`, `"`), `"`, `""`), `"`)
	g.quoted = false
}

func (g *templates) list() {
	g.put("[")
	for i := range g.IntN(4) {
		if i > 0 {
			g.put(g.pick(",", ", "))
		}
		g.operand(0)
	}
	g.put("]")
}

func (g *templates) mapping() {
	g.put("{")
	for i := range g.IntN(3) {
		if i > 0 {
			g.put(g.pick(",", ", "))
		}
		g.put(g.pick(`"k"`, "'n'", "'t'", "$s", "1"), g.pick(":", ": ", " : "))
		g.operand(0)
	}
	g.put("}")
}

func (g *templates) rangeLiteral() {
	g.put("[", g.pick("1", "3", "0", "-2", "$n"), "..", g.pick("1", "3", "5", "-2", "$n"), "]")
}
