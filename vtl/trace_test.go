package vtl_test

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gatehouse-gateway/gatehouse/jsontree"
	"github.com/gatehouse-gateway/gatehouse/vtl"
)

var update = flag.Bool("update", false, "write the traces that come out into testdata/trace")

// traceOf runs a template and returns one line per event.
func traceOf(t testing.TB, template string, scope vtl.Scope, secrets vtl.Secrets) (output string, lines string, err error) {
	var b strings.Builder
	out, err := vtl.CompileTraced(template).ExecTraced(nil, scope, vtl.Limits{}, vtl.Tracer{
		Event:   func(e vtl.Event) { fmt.Fprintf(&b, "%d:%d  %s\n", e.Line, e.Column, e) },
		Secrets: secrets,
	})
	return string(out), b.String(), err
}

// TestTraces runs testdata/trace: template and vars in, output or error and the
// events out.
func TestTraces(t *testing.T) {
	files, err := filepath.Glob("testdata/trace/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no golden files", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			comment, part := readArchive(t, file)
			out, lines, err := traceOf(t, part["template"], parseVars(t, part["vars"]), nil)
			plain, plainErr := vtl.Compile(part["template"]).Exec(nil, parseVars(t, part["vars"]), vtl.Limits{})
			if out != string(plain) || fmt.Sprint(err) != fmt.Sprint(plainErr) {
				t.Errorf("traced: %q, %v\nplain: %q, %v", out, err, plain, plainErr)
			}
			if lines = strings.TrimSuffix(lines, "\n"); *update {
				text := fmt.Sprintf("%s-- template --\n%s\n-- vars --\n%s\n-- trace --\n%s\n", comment, part["template"], part["vars"], lines)
				if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
					t.Fatal(err)
				}
			} else if lines != part["trace"] {
				t.Errorf("got\n%s\nwant\n%s", lines, part["trace"])
			}
		})
	}
}

func TestTraceIsBounded(t *testing.T) {
	kinds := map[vtl.EventKind]int{}
	last, total := vtl.EventCut, 0
	reached := map[int]int{}
	p := vtl.CompileTraced("#foreach($i in [1..200])#foreach($j in [1..200])$j#end#end#if(true)x#end$s.substring(9)")
	_, err := p.ExecTraced(nil, parseVars(t, `{"s":"x"}`), vtl.Limits{}, vtl.Tracer{
		Event: func(e vtl.Event) { kinds[e.Kind]++; last = e.Kind; total++ },
		Reach: func(point int) { reached[point]++ },
	})
	if err == nil || kinds[vtl.EventCut] != 1 || kinds[vtl.EventError] != 1 || last != vtl.EventError || total != vtl.MaxEvents+2 {
		t.Errorf("%v, %v, last %v", err, kinds, last)
	}
	if len(reached) == 0 || reached[len(p.Points())-1] != 1 { // points are never cut
		t.Errorf("points %v of %d", reached, len(p.Points()))
	}
}

func TestTraceShowsLongValuesByTheirBeginning(t *testing.T) {
	long := strings.Repeat("é", 10_000)
	items := `[` + strings.Repeat(`"0123456789",`, 10_000) + `1]`
	for _, template := range []string{`$a`, `#if($a)#end`, `#set($x = $a)`, `#foreach($x in [$a])#end`, `$items`, `#set($x = $items)`, `$map`, `#set($x = $map)`} {
		_, err := vtl.CompileTraced(template).ExecTraced(nil, parseVars(t, `{"a":"`+long+`","items":`+items+`,"map":{"a":`+items+`}}`), vtl.Limits{}, vtl.Tracer{
			Event: func(e vtl.Event) {
				if len(e.Value) > vtl.MaxEventText || len(e.Source) > vtl.MaxEventText || e.Kind == vtl.EventReference && !e.Cut {
					t.Errorf("%s: %d bytes, cut %t", template, len(e.Value), e.Cut)
				}
			},
		})
		if err != nil {
			t.Error(err)
		}
	}
}

// TestTracingSpendsNothing runs templates with every number of steps up to what
// they need: a traced run must end as the plain one does.
func TestTracingSpendsNothing(t *testing.T) {
	for _, template := range []string{
		"#foreach($i in [1..3])$i#if($i > 1)a#else b#end#end",
		"#set($m = {'a': [1, 2]})\n#macro(x $a)$a.size()#end#x($m.a)#define($d)$m#end$d\n",
		"  #set($a = \"$b.c ${d}\")\n$a.length() \\$a #stop x",
	} {
		plain, traced := vtl.Compile(template), vtl.CompileTraced(template)
		for steps := 1; steps < 80; steps++ {
			limits := vtl.Limits{Steps: steps, Memory: 40 * steps, Output: steps}
			a, errA := plain.Exec(nil, parseVars(t, `{"d":{"x":[1]}}`), limits)
			b, errB := traced.ExecTraced(nil, parseVars(t, `{"d":{"x":[1]}}`), limits, vtl.Tracer{Event: func(vtl.Event) {}, Reach: func(int) {}})
			c, errC := traced.Exec(nil, parseVars(t, `{"d":{"x":[1]}}`), limits)
			if string(a) != string(b) || string(a) != string(c) || fmt.Sprint(errA) != fmt.Sprint(errB) || fmt.Sprint(errA) != fmt.Sprint(errC) {
				t.Fatalf("%q with %d steps: %q %v, traced %q %v, not looked at %q %v", template, steps, a, errA, b, errB, c, errC)
			}
		}
	}
}

// vault is a scope whose member secret must not be told.
type vault struct {
	vars
	reads int
}

func (v *vault) Lookup(name string) (vtl.Value, bool) {
	if name == "vault" {
		return vaultHost{v}, true
	}
	return v.vars.Lookup(name)
}

type vaultHost struct{ *vault }

func (v vaultHost) Get(name string) (vtl.Value, bool) {
	if name == "secret" {
		v.reads++
		return "Bearer open-sesame", true
	}
	return "open", true
}
func (v vaultHost) Keys() []string { return []string{"a", "secret"} }
func (v vaultHost) Text() string   { v.reads++; return "{a=open, secret=Bearer open-sesame}" }
func (v *vault) Reads() int        { return v.reads }
func (v *vault) Mask(text string, _ bool) string {
	return strings.ReplaceAll(text, "Bearer open-sesame", "***")
}

func TestTracesKeepSecrets(t *testing.T) {
	for _, template := range []string{
		"$vault.secret",
		"$vault.a",
		"$vault",
		"$vault.secret.substring(7)",
		"#set($s = $vault.secret)$s.substring(7)#set($t = \"x$s.substring(7)\")$t#if($t.length() > 1)#end",
		"#set($m = {})#set($q = $m.put('k', $vault.secret.substring(7)))$m $m.k #foreach($v in $m)$v#end",
		"#set($m = {})#set($m.k = $vault.secret.substring(7))$m.k $m #foreach($e in $m.entrySet())$e.value#end",
		"#foreach($k in $vault.keySet())$vault.get($k).replaceAll('Bearer ', '')#end",
		"#foreach($v in $vault.values())$v.replaceAll('Bearer ', '')#end",
		"#foreach($e in $vault.entrySet())$e.value.replaceAll('Bearer ', '')#end",
		"#macro(m $a)$a.substring(7)#end#m($vault.secret)",
		"#define($d)$vault.secret.substring(7)#end$d \"$d\" #set($x = \"$d\")$x",
		"#set($l = [$vault.secret.substring(7)])$l[0] $l",
		"$list.get($vault.secret.substring(7))",
		"#set($v = $vault)$v.a",
		"#foreach($k in $vault.keySet())#if($k == 'secret')$vault.get($k).substring(7)#else$vault.get($k)#end#end",
		"\\$vault.secret",
		"#set($s = $vault.secret)\\\\$s",
	} {
		v := &vault{vars: parseVars(t, `{"list":[]}`)}
		_, lines, err := traceOf(t, template, v, v)
		if err != nil || strings.Contains(lines, "sesame") || template != "$vault.a" && template != "#set($v = $vault)$v.a" && !strings.Contains(lines, "(secret)") {
			t.Errorf("%s: %v\n%s", template, err, lines)
		}
	}
	v := &vault{}
	_, lines, _ := traceOf(t, "#set($h = $vault)$h.a $h.secret $h.a#set($h = 1)$h", v, v)
	want := "1:1  #set($h = $vault)  = (secret)\n1:18  $h.a  = open\n1:23  $h.secret  = (secret)\n1:33  $h.a  = open\n1:37  #set($h = 1)  = 1\n1:49  $h  = 1\n"
	if strings.ReplaceAll(lines, "1:11  $vault  = (secret)\n", "") != want {
		t.Errorf("got\n%s\nwant\n%s", lines, want)
	}
}

func TestPointsOfATemplate(t *testing.T) {
	var got strings.Builder
	for _, p := range vtl.CompileTraced("$a\n#if($a)\n  $b\n#elseif($c)x#{else}y#end\n#if($d)z#end\n#foreach($i in $l)#set($x = \"$i\")#end").Points() {
		fmt.Fprintf(&got, "%d:%d %d %s %s\n", p.Line, p.Column, p.Kind, p.Source, p.What)
	}
	want := "1:1 0 $a \n3:3 0 $b \n2:1 0 #if($a) \n2:1 1 #if($a) taken\n4:1 1 #elseif($c) taken\n4:13 1 #{else} taken\n" +
		"5:1 0 #if($d) \n5:1 1 #if($d) taken\n5:1 1 #if($d) not taken\n" +
		"6:30 0 $i \n6:19 0 #set($x = \"$i\") \n6:1 0 #foreach($i in $l) \n6:1 1 #foreach($i in $l) entered\n6:1 1 #foreach($i in $l) not entered\n"
	if got.String() != want {
		t.Errorf("got\n%s\nwant\n%s", got.String(), want)
	}
	if vtl.Compile("$a").Points() != nil {
		t.Error("a plain program has points")
	}
}

// FuzzTrace checks that a traced run gives what a plain one gives.
func FuzzTrace(f *testing.F) {
	for _, pattern := range []string{"testdata/*.txtar", "testdata/trace/*.txtar"} {
		files, _ := filepath.Glob(pattern)
		for _, file := range files {
			data, err := os.ReadFile(file)
			if err != nil {
				f.Fatal(err)
			}
			_, rest, _ := strings.Cut(string(data), "-- template --\n")
			template, _, _ := strings.Cut(rest, "\n-- ")
			f.Add(template, uint16(2000))
		}
	}
	limits := vtl.Limits{Output: 2000, Loop: 20, Depth: 5, Memory: 20_000}
	scope := func() vtl.Scope {
		v, _ := jsontree.ParseString(`{"a":[1,{"b":"c"}],"s":"x","n":null,"d":1.5,"o":{"a":[1]},"m":{"k":{"l":2}}}`, jsontree.Limits{})
		return vars{v.(*jsontree.Object)}
	}
	f.Fuzz(func(t *testing.T, src string, steps uint16) {
		limits.Steps = int(steps)
		plain, errPlain := vtl.Compile(src).Exec(nil, scope(), limits)
		v := &vault{}
		p := vtl.CompileTraced(src)
		traced, errTraced := p.ExecTraced(nil, scope(), limits, vtl.Tracer{
			Event: func(e vtl.Event) {
				if e.Kind != vtl.EventCut && (e.Line < 1 || e.Column < 1) || len(e.Value) > vtl.MaxEventText || strings.ContainsAny(e.String(), "\n\r") {
					t.Errorf("%q: event %+v", src, e)
				}
			},
			Reach: func(point int) {
				if point < 0 || point >= len(p.Points()) {
					t.Errorf("%q: point %d", src, point)
				}
			},
			Secrets: v,
		})
		timed := strings.Contains(src, "replace") || strings.Contains(src, "split") || strings.Contains(src, "matches")
		if timed && (errors.Is(errPlain, vtl.ErrSteps) || errors.Is(errTraced, vtl.ErrSteps)) {
			return // a regular expression spends steps for its time, which differs
		}
		if string(plain) != string(traced) || fmt.Sprint(errPlain) != fmt.Sprint(errTraced) {
			t.Errorf("%q:\nplain  %q, %v\ntraced %q, %v", src, plain, errPlain, traced, errTraced)
		}
	})
}

func TestTraceTellsTheLimitOfRounds(t *testing.T) {
	_, lines, err := traceOf(t, "#foreach($i in [1..2000])#end#foreach($i in [1..1000])#end", nil, nil)
	if err != nil || !strings.Contains(lines, "1:1  #foreach($i in [1..2000])  ended after 1000: the limit of 1000 rounds\n") ||
		!strings.HasSuffix(lines, "1:30  #foreach($i in [1..1000])  ended after 1000: no more items\n") {
		t.Errorf("%v\n%s", err, lines[max(0, len(lines)-300):])
	}
}
