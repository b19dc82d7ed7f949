package oracle

// methods are the names that generated templates call, on any value, with the
// numbers of arguments that some type has them with.
var methods = []struct {
	name      string
	arguments []int
}{
	{"length", []int{0}}, {"isEmpty", []int{0}}, {"size", []int{0}}, {"toString", []int{0}},
	{"charAt", []int{1}}, {"substring", []int{1, 2}}, {"indexOf", []int{1, 2}}, {"lastIndexOf", []int{1}},
	{"contains", []int{1}}, {"startsWith", []int{1}}, {"endsWith", []int{1}}, {"equals", []int{1}},
	{"equalsIgnoreCase", []int{1}}, {"compareTo", []int{1}}, {"concat", []int{1}}, {"replace", []int{2}},
	{"replaceAll", []int{2}}, {"replaceFirst", []int{2}}, {"matches", []int{1}}, {"split", []int{1, 2}},
	{"trim", []int{0}}, {"toLowerCase", []int{0}}, {"toUpperCase", []int{0}}, {"codePointAt", []int{1}},
	{"get", []int{1}}, {"set", []int{2}}, {"add", []int{1, 2}}, {"addAll", []int{1}}, {"remove", []int{1}},
	{"clear", []int{0}}, {"containsAll", []int{1}}, {"subList", []int{2}}, {"removeAll", []int{1}},
	{"put", []int{2}}, {"putAll", []int{1}}, {"containsKey", []int{1}}, {"containsValue", []int{1}},
	{"keySet", []int{0}}, {"values", []int{0}}, {"entrySet", []int{0}}, {"getOrDefault", []int{2}},
	{"putIfAbsent", []int{2}}, {"getKey", []int{0}}, {"getValue", []int{0}},
	{"intValue", []int{0}}, {"longValue", []int{0}}, {"doubleValue", []int{0}}, {"booleanValue", []int{0}},
	{"parseInt", []int{1}}, {"parseDouble", []int{1}}, {"toHexString", []int{1}}, {"valueOf", []int{1}},
	{"max", []int{2}}, {"min", []int{2}}, {"nope", []int{0, 1}}, {"hashCode", []int{0}}, {"iterator", []int{0}},
	{"hasNext", []int{0}}, {"next", []int{0}}, {"setValue", []int{1}}, {"parseLong", []int{1}}, {"parseBoolean", []int{1}},
	{"codePointAt", []int{1}}, {"compareToIgnoreCase", []int{1}}, {"lastIndexOf", []int{2}}, {"startsWith", []int{2}},
	{"format", []int{1, 2, 3}}, {"join", []int{2, 3}}, {"intern", []int{0}}, {"getBytes", []int{0}},
}

func (g *templates) method() {
	m := methods[g.IntN(len(methods))]
	g.put(".", m.name, "(")
	for i := range m.arguments[g.IntN(len(m.arguments))] {
		if i > 0 {
			g.put(g.pick(",", ", "))
		}
		g.operand(0)
	}
	g.put(")")
}
