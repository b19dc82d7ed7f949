package oracle

import (
	"math/rand/v2"
	"strings"
)

// generatedDoc is the document of generated paths.
const generatedDoc = `{"a":{"b":[{"c":1,"d":"x"},{"c":2.5,"d":"y","e":[1,2,3]},{"c":null,"d":"z"}],"c":{"c":4}},` +
	`"b":[1,2,3,"four",null,true,[5,6],{"a":7}],"c":"text","d":null,"e":[],"f":{},"g":[[1,2],[3]],` +
	`"h i":"blank","j-k":"hyphen","l":[{"c":1,"t":["x","y"]},{"c":"1","t":[]},{"t":null},"s",5],"m":[3,1,2],"n":"12"}`

// paths makes random JSONPath expressions.
type paths struct {
	*rand.Rand
	w strings.Builder
}

func newPath(r *rand.Rand) string {
	g := &paths{Rand: r}
	g.w.WriteString("$")
	for range g.IntN(5) {
		g.step(true)
	}
	if g.IntN(6) == 0 {
		g.put(".", g.pick("length()", "size()", "min()", "max()", "avg()", "sum()", "keys()", "first()", "last()", "stddev()",
			"index(1)", "append(1)", `concat("x")`))
	}
	return g.w.String()
}

func (g *paths) put(parts ...string) {
	for _, p := range parts {
		g.w.WriteString(p)
	}
}

func (g *paths) pick(from ...string) string { return from[g.IntN(len(from))] }

func (g *paths) name() string {
	return g.pick("a", "b", "c", "d", "e", "f", "g", "j-k", "l", "m", "n", "t", "n")
}

// step makes one step. Those with filters stand only outside of filters.
func (g *paths) step(filters bool) {
	switch n := g.IntN(20); {
	case n < 8:
		g.put(".", g.name())
	case n < 10:
		name := g.name()
		if filters && g.IntN(4) == 0 {
			name = "h i"
		}
		g.put("['", name, "']")
	case n < 13:
		g.put("[", g.pick("0", "1", "2", "-1", "9", "-9"), "]")
	case n == 13:
		g.put("[", g.pick("0,1", "1,0", "0,9", "-1,0"), "]")
	case n == 14:
		g.put("[", g.pick("0:2", "1:", ":2", "-2:", ":-1", "1:9", "2:1", "0:0"), "]")
	case n == 15:
		g.put(g.pick("[*]", ".*"))
	case n == 16:
		g.put("['", g.name(), "','", g.name(), "']")
	case n == 17:
		g.put("..", g.name())
	case !filters:
		g.put(".", g.name())
	default:
		g.put("[?(")
		g.condition(2)
		g.put(")]")
	}
}

func (g *paths) condition(depth int) {
	switch n := g.IntN(10); {
	case depth > 0 && n < 2:
		g.condition(depth - 1)
		g.put(g.pick(" && ", " || "))
		g.condition(depth - 1)
	case depth > 0 && n == 2:
		g.put("!(")
		g.condition(depth - 1)
		g.put(")")
	case n == 3:
		g.put("@")
		g.step(false)
	case n == 4:
		g.operand(false)
		g.put(g.pick(" in ", " nin "), g.pick("[1, 2, 'x']", `["x","y"]`, "[]", "[null]", "[true, 2.5]"))
	case n == 5:
		g.operand(false)
		g.put(g.pick(" =~ /x/", " =~ /.*[xy]/", " =~ /X/i", " empty true", " empty false", " size 2", " size 0", " contains 'x'", " subsetof [1,2,3]", " anyof ['x']", " noneof ['x']"))
	default:
		g.operand(false)
		g.put(g.pick(" == ", " != ", " < ", " > ", " <= ", " >= ", "=="))
		g.operand(true)
	}
}

func (g *paths) operand(literal bool) {
	if literal && g.IntN(4) > 0 {
		g.put(g.pick("1", "2", "2.5", "-1", "'x'", `"y"`, "'1'", "''", "null", "true", "false", "7"))
		return
	}
	g.put(g.pick("@", "@", "@", "$"))
	for range g.IntN(3) {
		g.step(false)
	}
}
