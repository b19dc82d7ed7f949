package jsonpath_test

import (
	"bufio"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/gatehouse-gateway/gatehouse/jsonpath"
	"github.com/gatehouse-gateway/gatehouse/jsontree"
)

type row struct{ doc, path, want string }

// recorded reads testdata/jayway.txt.
func recorded(t testing.TB) (docs map[string]jsontree.Value, rows []row) {
	f, err := os.Open("testdata/jayway.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	docs = map[string]jsontree.Value{}
	for lines := bufio.NewScanner(f); lines.Scan(); {
		line := lines.Text()
		if strings.HasPrefix(line, "#") {
			continue
		}
		if named, ok := strings.CutPrefix(line, "doc "); ok {
			name, text, _ := strings.Cut(named, " ")
			docs[name] = parse(t, text)
			continue
		}
		asked, want, _ := strings.Cut(line, " => ")
		doc, path, _ := strings.Cut(asked, " ")
		rows = append(rows, row{doc, path, want})
	}
	return docs, rows
}

func parse(t testing.TB, text string) jsontree.Value {
	v, err := jsontree.Parse([]byte(text), jsontree.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// answer is what a path gives, in the notation of testdata/jayway.txt.
func answer(path string, doc jsontree.Value) string {
	p, err := jsonpath.Compile(path)
	if err != nil {
		return "BAD"
	}
	v, found := p.Eval(doc)
	switch {
	case !found:
		return "NONE"
	case p.Definite():
		return string(jsontree.Append(nil, v))
	}
	return "~ " + string(jsontree.Append(nil, v))
}

func TestAnswersOfJayway(t *testing.T) {
	docs, rows := recorded(t)
	for _, r := range rows {
		if got := answer(r.path, docs[r.doc]); got != r.want {
			t.Errorf("%s %s = %s, want %s", r.doc, r.path, got, r.want)
		}
		p, err := jsonpath.Compile(r.path)
		if err != nil {
			continue
		}
		if got := answer(p.String(), docs[r.doc]); got != r.want {
			t.Errorf("%s %s, written as %s = %s, want %s", r.doc, r.path, p, got, r.want)
		}
	}
}

// Jayway throws, or answers by accident of its scanner; see the package comment.
func TestDeparturesFromJayway(t *testing.T) {
	docs, _ := recorded(t)
	for _, r := range []row{
		{"store", "$.nope[*]", "~ []"},
		{"store", "$.nope..x", "~ []"},
		{"store", "$.expensive[?(@ > 1)]", "~ []"},
		{"store", "$.store.book[*].price.sum()", "~ []"},
		{"store", "$.nofunction()", "BAD"},
		{"store", "$.store.book.last().title", "BAD"},
		{"deep", "$..*.c", `~ [{"c":4},4,1,[2,{"c":3}],3]`},
		{"deep", "$..[1:].c", `~ [[2,{"c":3}],3]`},
		{"nums", "$.n[-9:2]", "~ [1,5]"},
		{"nums", "$.n[ 1 : 3 ]", "~ [5,3]"},
		{"nums", "$.n[?($.t)]", "~ [1,5,3,9.5]"},
		{"nums", "$.n.sum( 1 , $.o.a )", "20.5"},
		{"nums", "$.length($.n)", "4"},
		{"nums", " $.s ", `"hello"`},
		{"nums", "$.mixed[?(@ empty false)]", `~ ["2",{"a":1},[1]]`},
		{"arr", "$[?(@.tags all ['x','y'])].id", "~ [1]"},
		{"arr", "$[?(@.id type 'string')]", "BAD"},
		{"big", "$.d", "1.10"},
	} {
		if got := answer(r.path, docs[r.doc]); got != r.want {
			t.Errorf("%s %s = %s, want %s", r.doc, r.path, got, r.want)
		}
	}
}

func TestErrorsSayWhere(t *testing.T) {
	for _, c := range []struct{ path, want string }{
		{"", `JSONPath "", position 1: path is empty`},
		{"$.a.", `JSONPath "$.a.", position 5: path must not end with a dot`},
		{"$.a b", `JSONPath "$.a b", position 4: a name with blanks needs brackets: ['my name']`},
		{"$.a[b]", `JSONPath "$.a[b]", position 4: want a name in quotes, a number, '*' or '?' in the brackets`},
		{"$.a[1", `JSONPath "$.a[1", position 6: the brackets are not closed`},
		{"$['a", `JSONPath "$['a", position 3: the string is not closed`},
		{"$[?(@.a ~ 1)]", `JSONPath "$[?(@.a ~ 1)]", position 9: unknown operator`},
		{"$[?(@.a == )]", `JSONPath "$[?(@.a == )]", position 12: want a path, a string, a number, true, false, null, an array, an object or a pattern`},
		{"$[?(1)]", `JSONPath "$[?(1)]", position 5: want a path or a comparison`},
		{"$.foo()", `JSONPath "$.foo()", position 3: function "foo" does not exist`},
		{"$x", `JSONPath "$x", position 2: unexpected 'x', want '.' or '['`},
		{"$[99999999999]", `JSONPath "$[99999999999]", position 3: "99999999999" is not a number of an item`},
	} {
		_, err := jsonpath.Compile(c.path)
		var syntax *jsonpath.SyntaxError
		if !errors.As(err, &syntax) || err.Error() != c.want {
			t.Errorf("Compile(%q): %v, want %s", c.path, err, c.want)
		}
	}
}

func TestBoundsAreKept(t *testing.T) {
	for _, path := range []string{
		"$." + strings.Repeat("a", 9000),
		"$[?(" + strings.Repeat("!", 100) + "@.a)]",
		"$[?(" + strings.Repeat("(", 100) + "@.a" + strings.Repeat(")", 100) + ")]",
		strings.Repeat("$[?(@.a == ", 100) + "1" + strings.Repeat(")]", 100),
		"$.a == " + strings.Repeat("[", 5000),
	} {
		if _, err := jsonpath.Compile(path); err == nil {
			t.Errorf("%.40s… compiles", path)
		}
	}
	wide := &jsontree.Array{Items: make([]jsontree.Value, 3000)}
	for i := range wide.Items {
		wide.Items[i] = jsontree.NumberOf(int64(i))
	}
	for _, path := range []string{"$[?(@ == $[2999] || 9 in $[*])]", "$[?(-1 in $)]", "$[?($ subsetof $)]"} {
		if got := answer(path, wide); got != "~ []" {
			t.Errorf("%s goes beyond its bounds and gives %.60s", path, got)
		}
	}
}

func TestSimplePathsDoNotAllocate(t *testing.T) {
	doc := parse(t, `{"a":{"b":[{"c":"x"}]}}`)
	p, err := jsonpath.Compile("$.a.b[0].c")
	if err != nil {
		t.Fatal(err)
	}
	if n := testing.AllocsPerRun(100, func() { p.Eval(doc) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func FuzzCompile(f *testing.F) {
	docs, rows := recorded(f)
	for _, r := range rows {
		f.Add(r.path)
	}
	f.Fuzz(func(t *testing.T, path string) {
		p, err := jsonpath.Compile(path)
		if err != nil {
			return
		}
		again, err := jsonpath.Compile(p.String())
		if err != nil {
			if len(p.String()) > 4096 || strings.Contains(err.Error(), "nested") {
				return // the canonical form is longer
			}
			t.Fatalf("%q was written as %q: %v", path, p, err)
		}
		if again.String() != p.String() || again.Definite() != p.Definite() {
			t.Fatalf("%q was written as %q, then as %q", path, p, again)
		}
		for _, doc := range docs {
			p.Eval(doc)
		}
	})
}

func benchmark(b *testing.B, path string) {
	docs, _ := recorded(b)
	p, err := jsonpath.Compile(path)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, found := p.Eval(docs["store"]); !found {
			b.Fatal("nothing found")
		}
	}
}

func BenchmarkDefinite(b *testing.B) { benchmark(b, "$.store.book[2].title") }
func BenchmarkWildcard(b *testing.B) { benchmark(b, "$.store.book[*].title") }
func BenchmarkDeep(b *testing.B)     { benchmark(b, "$..price") }
func BenchmarkFilter(b *testing.B) {
	benchmark(b, "$.store.book[?(@.price < 10 && @.category == 'fiction')].title")
}

func BenchmarkCompile(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := jsonpath.Compile("$.store.book[?(@.price < 10)].title"); err != nil {
			b.Fatal(err)
		}
	}
}
