package vtl_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/gatehouse-gateway/gatehouse/vtl"
)

// outlined lists the parts of a template: line:column, kind, and what matters of it.
func outlined(parts []*vtl.Part) string {
	kinds := []string{"text", "comment", "raw", "ref", "escaped", "set", "if", "foreach", "define", "macro", "call", "leave", "refused"}
	var lines []string
	vtl.Walk(parts, func(p *vtl.Part) bool {
		s := fmt.Sprintf("%d:%d %s", p.Line, p.Column, kinds[p.Kind])
		if p.Ref != nil {
			s += " " + p.Ref.Source
		}
		if p.Name != "" {
			s += " " + p.Name
		}
		if p.Quoted {
			s += " quoted"
		}
		if p.Kind != vtl.PartText {
			lines = append(lines, s)
		}
		return true
	})
	return strings.Join(lines, "; ")
}

func TestOutlineNamesWhatIsThere(t *testing.T) {
	for template, want := range map[string]string{
		`a $b.c('d').e[0] $!{f}x`:              "1:3 ref $b.c('d').e[0]; 1:18 ref $!{f}",
		"ä$b\n  $c":                            "1:2 ref $b; 2:3 ref $c",
		`#set($a.b["c"] = 1)$a-b`:              `1:1 set $a.b["c"]; 1:20 ref $a-b`,
		"#if($a)$b#elseif($c)$d#else$e#end":    "1:1 if; 1:8 ref $b; 1:21 ref $d; 1:28 ref $e",
		"#foreach($i in $l)$i#break#end":       "1:1 foreach i; 1:19 ref $i; 1:21 leave break",
		"#define($d)$x#end#macro(m $p)$p#end":  "1:1 define d; 1:12 ref $x; 1:18 macro m; 1:30 ref $p",
		"#macro(m)x#end#m()#@m()$c#end":        "1:1 macro m; 1:15 call m; 1:19 call m; 1:24 ref $c",
		`\$a \\$b \#if #[[ $c ]]# ## $d`:       `1:1 escaped $a; 1:5 ref $b; 1:10 escaped; 1:15 raw; 1:26 comment`,
		`#parse("x")#stop`:                     "1:1 refused parse; 1:12 leave stop",
		`{"a": "x$b", "c": $d, "e\"": "$f"}`:   "1:9 ref $b quoted; 1:19 ref $d; 1:31 ref $f quoted",
		"{\"a\": \"#if($x)$b#else$c#end$d\"}":  "1:8 if quoted; 1:15 ref $b quoted; 1:22 ref $c quoted; 1:28 ref $d quoted",
		"\"#if($x)\n$b\"#end $c":               "1:2 if quoted; 2:1 ref $b quoted; 2:9 ref $c",
		"\" unclosed\n$a":                      "2:1 ref $a",
		`{"a": "\\$b"}`:                        "1:8 ref $b quoted",
		"#foreach($i in $l)\"$i\"#end \"$x\" ": "1:1 foreach i; 1:20 ref $i quoted; 1:29 ref $x quoted",
	} {
		parts, err := vtl.Outline(template)
		if got := outlined(parts); err != nil || got != want {
			t.Errorf("%s\ngot  %s, %v\nwant %s", template, got, err, want)
		}
	}
}

func TestOutlineSeesIntoExpressions(t *testing.T) {
	parts, err := vtl.Outline(`#set($a = [1, "b$c.d" , {"k": $e}])#if(!($e == 'x'))#end`)
	if err != nil || len(parts) != 2 {
		t.Fatal(parts, err)
	}
	list := parts[0].Value
	text := list.Items[1]
	if list.Kind != vtl.ExprList || text.Kind != vtl.ExprString || text.Body[1].Ref.Name != "c" || text.Body[1].Column != 17 || text.Body[1].Ref.Source != "$c.d" {
		t.Errorf("%+v, %+v", list, text)
	}
	entry := list.Items[2]
	if not := parts[1].Branches[0].Cond; entry.Kind != vtl.ExprMap || entry.Items[1].Ref.Name != "e" || not.Kind != vtl.ExprNot || not.Items[0].Text != "==" || not.Items[0].Items[0].Ref.Name != "e" {
		t.Errorf("%+v", entry)
	}
	parts, err = vtl.Outline(`#set($a = "x""$b""")`)
	if err != nil || !parts[0].Value.Body[1].Quoted || parts[0].Value.Body[1].Column != 11 {
		t.Errorf("a literal with doubled quotes is at its own place: %+v, %v", parts[0].Value.Body, err)
	}
}

func TestOutlineOfWhatDoesNotParse(t *testing.T) {
	_, err := vtl.Outline("a\n#if($x)")
	var syntax *vtl.SyntaxError
	if !errors.As(err, &syntax) || syntax.Line != 2 {
		t.Error(err)
	}
}

func FuzzOutline(f *testing.F) {
	f.Add("{\"a\": \"$b.c(\"x$d[0]\")\"}#foreach($i in [1..$n])#m($i \"#if(true)$x#end\")#end")
	f.Add(`#set($a = "{""k"": ""$b"" \u0024c}")\\$a #@m() $bodyContent #end`)
	f.Fuzz(func(t *testing.T, src string) {
		parts, err := vtl.Outline(src)
		if (err == nil) != (vtl.Compile(src).Err() == nil) {
			t.Fatal(err)
		}
		vtl.Walk(parts, func(p *vtl.Part) bool {
			if p.Ref != nil && (p.Ref.Source == "" || !strings.HasPrefix(src[p.Ref.Offset:], p.Ref.Source)) {
				t.Fatalf("%q at %d of %q", p.Ref.Source, p.Ref.Offset, src)
			}
			return true
		})
	})
}

// TestOutlineKnowsMacrosInsideLiterals reads a reference whose argument calls a macro: its source cannot be read again alone.
func TestOutlineKnowsMacrosInsideLiterals(t *testing.T) {
	parts, err := vtl.Outline("#macro(m)x#end$a.get(\"#@m y#end\")")
	if err != nil {
		t.Fatal(err)
	}
	source := ""
	vtl.Walk(parts, func(p *vtl.Part) bool {
		if p.Ref != nil && source == "" {
			source = p.Ref.Source
		}
		return true
	})
	if want := "$a.get(\"#@m y#end\")"; source != want {
		t.Errorf("got %q, want %q", source, want)
	}
}
