package javaregex_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/gatehouse-gateway/gatehouse/javaregex"
)

// Every row was checked against java.util.regex of Java 17, except those on \b.
var wholeMatches = []struct {
	pattern string
	yes, no []string
}{
	{"", []string{""}, []string{"a"}},
	{"404", []string{"404"}, []string{"40", "4040"}},
	{`2\d{2}`, []string{"200", "299"}, []string{"2000", "20", "300", "20٣"}},
	{`4..`, []string{"404"}, []string{"40\n", "40\r", "40\u0085", "40\u2028", "4040"}},
	{`.`, []string{"a", "é", "😀", "\v", "\f"}, []string{"", "\n", "\u2029"}},
	{`(\n|.)+`, []string{"a\nb", "\n"}, []string{"", "a\rb"}},
	{`(?s).*Error.*`, []string{"x\nError\n"}, []string{"error"}},
	{`.*Error.*`, []string{"an Error here"}, []string{"an\nError"}},
	{`(?i)ab[c-d]`, []string{"ABC", "abD"}, []string{"abe"}},
	{`(?i)k`, []string{"K"}, []string{"\u212A"}},
	{`(?iu)k`, []string{"K", "\u212A"}, nil},
	{`(?i)é`, []string{"é"}, []string{"É"}},
	{`(?iu)é`, []string{"é", "É"}, nil},
	{`(?i)[^a]`, []string{"b"}, []string{"a", "A"}},
	{`a(?i)b|c`, []string{"ab", "aB", "C"}, []string{"AB"}},
	{`(?i:a)b`, []string{"Ab"}, []string{"AB"}},
	{`(a(?i)b)c`, []string{"aBc"}, []string{"aBC"}},
	{`(?i)a(?-i)b`, []string{"Ab"}, []string{"AB"}},
	{`(?x) a b # comment` + "\n" + `c [ d e ]`, []string{"abcd", "abce"}, []string{"abc ", "a b c d"}},
	{`[a-z&&[^b]]`, []string{"a", "c"}, []string{"b", "1"}},
	{`[a-z&&[def]]`, []string{"d"}, []string{"a"}},
	{`[a-d[m-p]]`, []string{"b", "n"}, []string{"e"}},
	{`[^a-c&&b-z]`, []string{"a", "z"}, []string{"b", "c"}},
	{`[a-z&&[^m-p]&&[^x]]`, []string{"a"}, []string{"n", "x"}},
	{`[]a]`, []string{"]", "a"}, nil},
	{`[^]a]`, []string{"b"}, []string{"]", "a"}},
	{`[a-]`, []string{"a", "-"}, nil},
	{`[-a]`, []string{"a", "-"}, nil},
	{`[\]\-\\^]`, []string{"]", "-", `\`, "^"}, nil},
	{`[\w.]+`, []string{"a_1.B"}, []string{"a-b", "é"}},
	{`[^\d\s]`, []string{"a"}, []string{"1", "\v"}},
	{`\s`, []string{" ", "\t", "\v"}, []string{"\u00A0"}},
	{`\h\v`, []string{"\u00A0\u2028", "\u180e\v"}, []string{"  "}},
	{`\S\D\W\H\V`, []string{"aa-aa"}, []string{"aaaaa"}},
	{`a\Rb`, []string{"a\nb", "a\r\nb", "a\u2029b"}, []string{"ab"}},
	{`\p{Lower}\p{Upper}\p{Alpha}\p{Digit}\p{Punct}`, []string{"aBc1!", "aBc1~"}, []string{"ABc1!", "éBc1!"}},
	{`\p{Alnum}\p{XDigit}\p{Space}\p{Blank}\p{Cntrl}\p{Graph}\p{Print}\p{ASCII}`, []string{"aF \t\x00! \x7f"}, nil},
	{`\p{L}\p{Lu}\p{IsAlphabetic}\p{IsLatin}\pN\PN`, []string{"éÉßa٣a"}, []string{"1Éßa٣a"}},
	{`\p{IsGreek}\p{script=Greek}\p{sc=Greek}\p{gc=Ll}`, []string{"αβγδ"}, []string{"aβγδ"}},
	{`\p{javaLowerCase}\p{javaUpperCase}\p{javaWhitespace}`, []string{"aB "}, []string{"aB\u00A0"}},
	{`\P{L}[^\p{L}][\P{Lu}]`, []string{"11a"}, []string{"a11", "11A"}},
	{`\Qa.b*\E+`, []string{"a.b*", "a.b***"}, []string{"a.b", "axb*"}},
	{`[\Q^-]\E]+`, []string{"^-]"}, []string{"a"}},
	{`\x41\u0042\0103\x{1F600}\t\e\cA`, []string{"ABC😀\t\x1b\x01"}, nil},
	{`\uD83D\uDE00`, []string{"😀"}, nil},
	{`a*+a`, nil, []string{"aaa"}},
	{`a++b|a?+c|a{1,2}+d`, []string{"aab", "ac", "aad"}, []string{"ad\n"}},
	{`(?>a|ab)c`, []string{"ac"}, []string{"abc"}},
	{`(a+)b\1`, []string{"aabaa"}, []string{"aaba"}},
	{`(?<x>a|b)\k<x>`, []string{"aa", "bb"}, []string{"ab"}},
	{`(?i)(a)\1`, []string{"aA"}, nil},
	{`(a)\11`, []string{"aa1"}, []string{"aa"}},
	{`(a)|\2`, []string{"a"}, []string{""}},
	{`(?!foo).*`, []string{"bar"}, []string{"foobar"}},
	{`^(?!.*(Error|Timeout)).*$`, []string{"fine"}, []string{"an Error"}},
	{`(?=a).(?<=a)(?<!b)b`, []string{"ab"}, []string{"bb"}},
	{`^a$`, []string{"a"}, []string{"a\n"}},
	{`a$\n`, []string{"a\n"}, nil},
	{`a\Z\r\n`, []string{"a\r\n"}, nil},
	{`a\r$\n`, nil, []string{"a\r\n"}},
	{`\Aa\z`, []string{"a"}, []string{"a\n"}},
	{`(?m)a$\n^b`, []string{"a\nb"}, []string{"ab"}},
	{`(?m)^`, nil, []string{""}},
	{`(?d)a.b$\n`, []string{"a\rb\n"}, []string{"a\nb\n"}},
	{`(?:a|b*)*c`, []string{"abbac", "c"}, []string{"ab"}},
	{`a{2}{3}`, []string{"aa"}, []string{"aaa", "aaaaaa"}},
	{`a{2,}b{0,1}?`, []string{"aaaab"}, []string{"ab"}},
	{`(?:a{100}){20}`, []string{strings.Repeat("a", 2000)}, []string{strings.Repeat("a", 1999)}},
	{`\bfoo\b bar\B!`, []string{"foo bar!"}[:0], []string{"foobar"}},
	{`\bfoo\b.*`, []string{"foo", "foo-"}, []string{"food"}},
	{`a|`, []string{"a", ""}, []string{"b"}},
	{`]}`, []string{"]}"}, nil},
	{`\.\-\_\@\/`, []string{".-_@/"}, nil},
}

func TestMatchWholeReadsPatternsAsJavaDoes(t *testing.T) {
	for _, c := range wholeMatches {
		re, err := javaregex.Compile(c.pattern)
		if err != nil {
			t.Error(err)
			continue
		}
		for i, s := range slices.Concat(c.yes, c.no) {
			if got, err := re.MatchWhole(s); err != nil || got != (i < len(c.yes)) {
				t.Errorf("%s on %q = %t, %v", c.pattern, s, got, err)
			}
		}
	}
}

func TestWhatJavaRefusesIsAnError(t *testing.T) {
	for pattern, want := range map[string]string{
		`*a`:            `dangling meta character '*' near index 0 of "*a"`,
		`a**`:           `dangling meta character '*'`,
		`(a`:            `unclosed group`,
		`a)`:            `unmatched closing ')' near index 1`,
		`[a`:            `unclosed character class`,
		`[`:             `unclosed character class`,
		`[z-a]`:         `illegal character range`,
		`a{`:            `illegal repetition`,
		`{`:             `illegal repetition`,
		`a{2,1}`:        `illegal repetition range`,
		`a{1`:           `unclosed counted closure`,
		`\`:             `pattern ends in a backslash`,
		`\y`:            `illegal or unsupported escape sequence \y`,
		`\X`:            `illegal or unsupported`,
		`\N{SPACE}`:     `illegal or unsupported`,
		`\b{g}`:         `not supported`,
		`\p{Nope}`:      `unknown character property name {Nope}`,
		`\p{InNowhere}`: `unknown character property name {InNowhere}`,
		`\x4`:           `illegal hexadecimal escape sequence`,
		`\0`:            `illegal octal escape sequence`,
		`\k<x>`:         `named capturing group <x> does not exist`,
		`(?<x>a)(?<x>`:  `already defined`,
		`(?<1>a)`:       `capturing group name`,
		`(?U)a`:         `flag U`,
		`(?y)`:          `unknown inline modifier 'y'`,
		"a\xff":         `not valid UTF-8`,
		strings.Repeat("(", 200) + strings.Repeat(")", 200): `nested too deeply`,
		strings.Repeat("a", javaregex.MaxPattern+1):         `longer than`,
	} {
		_, err := javaregex.Compile(pattern)
		var syntax *javaregex.SyntaxError
		if !errors.As(err, &syntax) || !strings.Contains(err.Error(), want) {
			t.Errorf("Compile(%.40s): %v, want %s", pattern, err, want)
		}
	}
}

func TestFindSearchesAnywhere(t *testing.T) {
	for _, c := range []struct {
		pattern, s string
		want       bool
	}{
		{"b", "abc", true}, {"", "", true}, {"x", "abc", false}, {"^b", "abc", false}, {"c$", "abc\n", true},
		{"c$", "abc\n\n", false}, {"(?m)^b$", "a\nb\nc", true}, {"(?<=a)b", "ab", true}, {`\bb`, "ab", false},
		{`a$`, "a\r\n", true}, {`\r$`, "a\r\n", false},
	} {
		if got, err := javaregex.MustCompile(c.pattern).Find(c.s); got != c.want || err != nil {
			t.Errorf("%s in %q = %t, %v", c.pattern, c.s, got, err)
		}
	}
}

func TestReplace(t *testing.T) {
	for _, c := range []struct{ s, pattern, repl, all, first string }{
		{"a-b-c", "[abc]", "X", "X-X-X", "X-b-c"},
		{"a.b.c", ".", "-", "-----", "-.b.c"},
		{"a.b.c", `\.`, "$0$0", "a..b..c", "a..b.c"},
		{"baac", "a*", "X", "XbXXcX", "Xbaac"},
		{"", "a*", "X", "X", "X"},
		{"abc", "", "-", "-a-b-c-", "-abc"},
		{"john smith", `(\w+) (\w+)`, "$2 $1", "smith john", "smith john"},
		{"ab", "(?<x>a)(b)?", "<${x}$2>", "<ab>", "<ab>"},
		{"a", "(a)(b)?", "[$2]", "[]", "[]"},
		{"a", "(a)", "$12", "a2", "a2"},
		{`it\'s`, `\\'`, "'", "it's", "it's"},
		{"a", "a", `\$1\\`, `$1\`, `$1\`},
		{"é😀b", "(?<=😀)b", "c", "é😀c", "é😀c"},
		{"a\nb", "(?m)^", "> ", "> a\n> b", "> a\nb"},
		{"nothing", "x", "$", "nothing", "nothing"},
	} {
		re := javaregex.MustCompile(c.pattern)
		if got, err := re.ReplaceAll(c.s, c.repl); got != c.all || err != nil {
			t.Errorf("%q.replaceAll(%q, %q) = %q, %v; want %q", c.s, c.pattern, c.repl, got, err, c.all)
		}
		if got, err := re.ReplaceFirst(c.s, c.repl); got != c.first || err != nil {
			t.Errorf("%q.replaceFirst(%q, %q) = %q, %v; want %q", c.s, c.pattern, c.repl, got, err, c.first)
		}
	}
	for repl, want := range map[string]string{
		"$":    "illegal group reference",
		"$x":   "illegal group reference",
		"$2":   "no group 2",
		"${y}": "no group with name {y}",
		"${y":  "no group with name",
		`\`:    "character to be escaped is missing",
	} {
		if _, err := javaregex.MustCompile("(a)").ReplaceAll("a", repl); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("replacement %q: %v, want %s", repl, err, want)
		}
	}
	if _, err := javaregex.MustCompile("a").Replace("aaaa", "bbbb", 100, 15); !errors.Is(err, javaregex.ErrTooLong) {
		t.Errorf("16 bytes of 15: %v", err)
	}
}

func TestSplit(t *testing.T) {
	for _, c := range []struct {
		s, pattern string
		limit      int
		want       []string
	}{
		{"a-b-c", "-", 0, []string{"a", "b", "c"}},
		{"a-b-c", "-", 2, []string{"a", "b-c"}},
		{"a-b-c", "-", 1, []string{"a-b-c"}},
		{"a-b--", "-", 0, []string{"a", "b"}},
		{"a-b--", "-", -1, []string{"a", "b", "", ""}},
		{"-a", "-", 0, []string{"", "a"}},
		{"", "-", 0, []string{""}},
		{"-", "-", 0, []string{}},
		{"abc", "", 0, []string{"a", "b", "c"}},
		{"a1b22c", `\d+`, 0, []string{"a", "b", "c"}},
		{"aXbXc", "(?<=X)", 0, []string{"aX", "bX", "c"}},
		{"a.b", "[.]", 0, []string{"a", "b"}},
	} {
		got, err := javaregex.MustCompile(c.pattern).Split(c.s, c.limit)
		if err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%q.split(%q, %d) = %q, %v; want %q", c.s, c.pattern, c.limit, got, err, c.want)
		}
	}
}

func TestSplitStopsAtItsLimit(t *testing.T) {
	if _, err := javaregex.MustCompile("").SplitAtMost("abcdef", 0, 3); !errors.Is(err, javaregex.ErrTooLong) {
		t.Errorf("6 pieces of 3: %v", err)
	}
	if got, err := javaregex.MustCompile(",").SplitAtMost("a,b", 0, 2); len(got) != 2 || err != nil {
		t.Errorf("2 pieces of 2: %q, %v", got, err)
	}
}

func TestBacktrackingIsBounded(t *testing.T) {
	re := javaregex.MustCompile(`(?=x?)(a+)+$`)
	if _, err := re.MatchWhole(strings.Repeat("a", 40) + "b"); !errors.Is(err, javaregex.ErrTimeout) {
		t.Errorf("got %v, want ErrTimeout", err)
	}
	if ok, err := javaregex.MustCompile(`(a+)+$`).MatchWhole(strings.Repeat("a", 1000) + "b"); ok || err != nil {
		t.Errorf("the linear engine: %t, %v", ok, err)
	}
}

func TestCacheRemembersAndForgets(t *testing.T) {
	var c javaregex.Cache
	first, _ := c.Get("a.c")
	again, _ := c.Get("a.c")
	if first != again {
		t.Error("compiled twice")
	}
	for i := range 1000 {
		if _, err := c.Get(strings.Repeat("x", i)); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := c.Get("("); err == nil {
		t.Error("no error for (")
	}
}

func FuzzCompile(f *testing.F) {
	for _, c := range wholeMatches {
		f.Add(c.pattern, strings.Join(c.yes, ""))
	}
	f.Fuzz(func(t *testing.T, pattern, s string) {
		if len(pattern) > 60 || len(s) > 40 {
			return
		}
		re, err := javaregex.Compile(pattern)
		if err != nil {
			var syntax *javaregex.SyntaxError
			if !errors.As(err, &syntax) {
				t.Fatalf("%q was parsed but not compiled: %v", pattern, err)
			}
			return
		}
		if _, err := re.MatchWhole(s); err != nil && !errors.Is(err, javaregex.ErrTimeout) {
			t.Fatal(err)
		}
		if _, err := re.ReplaceAll(s, "$0"); err != nil && !errors.Is(err, javaregex.ErrTimeout) {
			t.Fatalf("%q: %v", pattern, err)
		}
	})
}

func BenchmarkCompile(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		javaregex.MustCompile(`.*(Not Found|Timeout).*`)
	}
}

func BenchmarkMatchWhole(b *testing.B) {
	for name, pattern := range map[string]string{"text": `404`, "linear": `.*"status":404.*`, "backtracking": `(?!.*Timeout).*404.*`} {
		re := javaregex.MustCompile(pattern)
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := re.MatchWhole(`{"message":"the order was not found","status":404,"id":"x"}`); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
