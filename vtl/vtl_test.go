package vtl_test

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gatehouse-gateway/gatehouse/jsontree"
	"github.com/gatehouse-gateway/gatehouse/vtl"
)

// vars is a scope made of the members of a JSON object.
type vars struct{ object *jsontree.Object }

func (v vars) Lookup(name string) (vtl.Value, bool) {
	if v.object == nil {
		return nil, false
	}
	member, ok := v.object.Get(name)
	return vtl.FromJSON(member), ok
}

func parseVars(t testing.TB, data string) vars {
	if data == "" {
		return vars{}
	}
	v, err := jsontree.ParseString(data, jsontree.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	return vars{v.(*jsontree.Object)}
}

// TestGolden runs testdata: template and vars in, want or error out.
func TestGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no golden files", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			comment, part := readArchive(t, file)
			if !strings.HasPrefix(comment, "Spec: mapping-templates ") {
				t.Error("the first line must name the section of the spec")
			}
			out, err := vtl.Compile(part["template"]).Exec(nil, parseVars(t, part["vars"]), vtl.Limits{})
			if want, ok := part["error"]; ok {
				if err == nil || err.Error() != want {
					t.Errorf("got error %v (output %q)\nwant %s", err, out, want)
				}
				return
			}
			if err != nil || string(out) != part["want"] {
				t.Errorf("got %q, %v\nwant %q", out, err, part["want"])
			}
		})
	}
}

func TestSyntaxErrorsSayWhere(t *testing.T) {
	for _, c := range []struct{ template, want, source string }{
		{"a\n#if($x", "line 2, column 7: unexpected end of template, want ')'", "#if($x"},
		{"#if($x)\nabc", "line 1, column 1: #if without #end", "#if($x)"},
		{"é #end", "line 1, column 3: #end without a directive to belong to", "é #end"},
		{"#set($x = )", `line 1, column 11: unexpected ")", want a value`, "#set($x = )"},
		{"#set($x = \"abc)\nx", "line 1, column 11: string without end", "#set($x = \"abc)"},
		{"\n\n ${a b}", "line 3, column 5: reference ${a without '}'", " ${a b}"},
		{"#foreach($x of $y)#end", `line 1, column 13: unexpected "of", want 'in'`, "#foreach($x of $y)#end"},
		{"#set($x = \"#if(1)\")", "line 1, column 11: #if without #end", "#set($x = \"#if(1)\")"},
		{"#if(true)#else#else#end", "line 1, column 15: #else after #else", "#if(true)#else#else#end"},
		{"#[[ x", "line 1, column 1: #[[ without ]]#", "#[[ x"},
	} {
		err := vtl.Compile(c.template).Err()
		var syntax *vtl.SyntaxError
		if !errors.As(err, &syntax) || err.Error() != c.want || syntax.Source != c.source {
			t.Errorf("%q: %v\nwant %s", c.template, err, c.want)
		}
		if _, got := vtl.Compile(c.template).Exec(nil, nil, vtl.Limits{}); got == nil || got.Error() != c.want {
			t.Errorf("%q runs: %v", c.template, got)
		}
	}
}

func TestStaticTemplatesNeedNoRun(t *testing.T) {
	for template, want := range map[string]string{"": "", "{\"a\": $1}": "{\"a\": $1}", "a#* c *#b## x\nc#[[ $d ]]#": "abc $d "} {
		if out, ok := vtl.Compile(template).Static(); !ok || string(out) != want {
			t.Errorf("%q: %q, %t", template, out, ok)
		}
	}
	if _, ok := vtl.Compile("$a").Static(); ok {
		t.Error("$a is static")
	}
	if _, ok := vtl.Compile("#if(").Static(); ok {
		t.Error("a broken template is static")
	}
}

func TestTimeEndsARun(t *testing.T) {
	nested := "#set($r = [1..900])#foreach($a in $r)#foreach($b in $r)$q#end#end"
	_, err := vtl.Compile(nested).Exec(nil, nil, vtl.Limits{Time: 1})
	if !errors.Is(err, vtl.ErrTime) {
		t.Errorf("got %v, want %v", err, vtl.ErrTime)
	}
	if _, err := vtl.Compile("$a$b").Exec(nil, nil, vtl.Limits{Time: 1}); err != nil {
		t.Errorf("a short run: %v", err)
	}
}

func TestLimitsEndARun(t *testing.T) {
	limits := vtl.Limits{Output: 1000, Steps: 10_000, Memory: 100_000}
	double := strings.Repeat("#set($s = $s + $s)", 64)
	for name, c := range map[string]struct {
		template string
		want     error
	}{
		"output":             {strings.Repeat("$a.b 0123456789", 100), vtl.ErrOutput},
		"static output":      {strings.Repeat("0123456789", 101), vtl.ErrOutput},
		"steps":              {"#set($r = [1..200])#foreach($a in $r)#foreach($b in $r)$q#end#end", vtl.ErrSteps},
		"string growth":      {"#set($s = 'abc')" + double, vtl.ErrMemory},
		"interpolation":      {"#set($s = 'abc')" + strings.Repeat(`#set($s = "$s$s")`, 64), vtl.ErrOutput},
		"list growth":        {"#set($l = [1,2])" + strings.Repeat("#set($j = $l.addAll($l))", 64), vtl.ErrMemory},
		"shared lists":       {"#set($l = [1])" + strings.Repeat("#set($l = [$l, $l])", 64) + "$l", vtl.ErrOutput},
		"shared comparison":  {"#set($l = [1])#set($m = [1])" + strings.Repeat("#set($l = [$l, $l])#set($m = [$m, $m])", 64) + "#if($l == $m)#end", vtl.ErrSteps},
		"map in itself":      {`#set($m = {})#set($j = $m.put("m", $m))$m`, vtl.ErrOutput},
		"range":              {"#set($r = [1..1000000])", vtl.ErrSteps},
		"huge range":         {"#set($r = [-2147483648..2147483647])", vtl.ErrSteps},
		"recursive macro":    {"#macro(m)#m()#end#m()", vtl.ErrDepth},
		"recursive define":   {"#define($d)$d#end$d", vtl.ErrDepth},
		"recursive argument": {`#macro(m $a)#m("$a$a")#end#m("x")`, vtl.ErrDepth},
		"replaceAll":         {`#set($s = "aaaaaaaaaaaaaaaaaaaaaaaa")` + strings.Repeat(`#set($s = $s.replaceAll("a", "aaaaaaaa"))`, 20), vtl.ErrMemory},
		"replace":            {`#set($s = "aaaaaaaaaaaaaaaaaaaaaaaa")` + strings.Repeat(`#set($s = $s.replace("a", "aaaaaaaa"))`, 20), vtl.ErrMemory},
		"format":             {`#set($x = '')` + strings.Repeat(`#set($q = $x.format("%900s", 1))`, 200), vtl.ErrMemory},
	} {
		limits := limits
		if errors.Is(c.want, vtl.ErrMemory) {
			limits.Steps = 0 // the default: time in a regular expression costs steps, and a slow machine must not end there
		}
		_, err := vtl.Compile(c.template).Exec(nil, nil, limits)
		if !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

func TestLoopEndsSilentlyAtItsLimit(t *testing.T) {
	out, err := vtl.Compile("#foreach($i in [1..2000])x#end.").Exec(nil, nil, vtl.Limits{})
	if err != nil || string(out) != strings.Repeat("x", 1000)+"." {
		t.Errorf("%d bytes, %v", len(out), err)
	}
}

func TestFailureLeavesDstAndSaysWhere(t *testing.T) {
	out, err := vtl.Compile("abc\n  $s.substring(9)").Exec([]byte("dst"), parseVars(t, `{"s":"x"}`), vtl.Limits{})
	var failure *vtl.RunError
	if string(out) != "dst" || !errors.As(err, &failure) || err.Error() != "line 2, column 5: substring: index out of range" {
		t.Errorf("%q, %v", out, err)
	}
}

func TestDstIsAppendedTo(t *testing.T) {
	out, err := vtl.Compile(`#set($a = "1$b")$a`).Exec([]byte("dst:"), nil, vtl.Limits{Output: 1})
	if string(out) != "dst:1" || err != nil {
		t.Errorf("%q, %v", out, err)
	}
}

func TestProgramsAreShared(t *testing.T) {
	p := vtl.Compile(`#foreach($i in $list)#set($s = "$!s$i")#end$s#macro(m $a)<$a>#end#m($s)`)
	done := make(chan string)
	for range 8 {
		go func() {
			last := ""
			for range 200 {
				out, _ := p.Exec(nil, parseVars(t, `{"list":[1,2,3]}`), vtl.Limits{})
				last = string(out)
			}
			done <- last
		}()
	}
	for range 8 {
		if got := <-done; got != "123<123>" {
			t.Errorf("got %s", got)
		}
	}
}
