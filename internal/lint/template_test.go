package lint_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/gatehouse-gateway/gatehouse/internal/lint"
)

// found lists findings as "line rule", for comparison.
func found(all []lint.Finding) string {
	var lines []string
	for _, f := range all {
		lines = append(lines, fmt.Sprintf("%d %s", f.Line, f.Rule))
	}
	return strings.Join(lines, ", ")
}

// messages are all findings, for a failure.
func messages(all []lint.Finding) string {
	var b strings.Builder
	for _, f := range all {
		fmt.Fprintln(&b, f)
	}
	return b.String()
}

const escaped = `#set($n = $util.escapeJavaScript($input.path('$.n')))`

// allParams is the widespread template that passes all parameters on.
const allParams = `#set($all = $input.params())
{"body": $input.json('$'), "params": {
#foreach($type in $all.keySet())
#set($params = $all.get($type))
"$type": {#foreach($paramName in $params.keySet())
"$paramName": "$util.escapeJavaScript($params.get($paramName))"#if($foreach.hasNext),#end
#end}#if($foreach.hasNext),#end
#end}, "stage": {#foreach($k in $stageVariables.keySet())"$k": "$util.escapeJavaScript($stageVariables.get($k))"#if($foreach.hasNext),#end#end},
"context": {"user": "$context.identity.user"}}`

// TestTemplates has what every rule for templates finds, and what it leaves alone. Names with > are response templates.
func TestTemplates(t *testing.T) {
	for _, c := range []struct{ template, want, says string }{
		{`#if($x)`, "1 template-syntax", "#if without #end"},
		{`#Set($x = 1)`, "1 template-syntax", "did you mean #set?"},
		{"#if($input.body)\n#endif", "1 template-syntax", "did you mean #end?"},
		{"{\n#set($a = )\n}", "2 template-syntax", `"#set($a = )"`},
		{`$input.path('$.a[')`, "1 bad-jsonpath", "$.a["},
		{`$input.json('$.a') $input.path("$..b") $input.path("$.$input.params('a')")`, "", ""},
		{`#parse("x")`, "1 refused-directive", "#parse"},

		{`$inptu.body`, "1 unknown-variable", "did you mean $input?"},
		{`#set($orderId = 1)$orderid`, "1 unknown-variable", "did you mean $orderId?"},
		{`#set($contxt.responseOverride.status = 1)`, "1 unknown-variable", "did you mean $context?"},
		{`$method.request.path.id`, "1 unknown-variable", "does not exist in mapping templates"},
		{`$nowhere`, "1 unknown-variable", "never set"},
		{`$!nowhere #if($input.body == $null)x#end #foreach($k in [1..2])$k$foreach.count$velocityCount#end`, "", ""},
		{`#macro(m $p)$p$bodyContent#end#m(1)#define($d)x#end$d`, "", ""},
		{`#set($x = "$typo")$x`, "1 unknown-variable", "$typo"},
		{`\$nowhere`, "", ""},

		{`$context.requsetId`, "1 unknown-member", "$context.requestId?"},
		{`$context.get("requestId") $context["stage"] $context.identity.sourceIp $context.authorizer.claims.sub $context.keySet()`, "", ""},
		{`$context.identity.sourceIP`, "1 unknown-member", "sourceIp?"},
		{`$context.error.message`, "1 unknown-member", "gateway responses"},
		{`$context.status`, "1 unknown-member", "access logs"},
		{`$context.stage.name`, "1 unknown-member", "text"},
		{`#set($context.responseOveride.status = 1)`, "1 unknown-member", "responseOverride?"},
		{`#set($context.responseOverride.headers.X = 1)`, "1 unknown-member", "header?"},
		{`#set($context.requestOverride.querystrng.X = 1)`, "1 unknown-member", "querystring?"},
		{`#set($context.responseOverride.custom = 1)`, "", ""},
		{`$util.parsJson('{}')`, "1 unknown-member", "$util.parseJson?"},
		{`$util.toJson($input)`, "1 unknown-member", "AppSync"},
		{`$util.escapeJavaScript('a', 'b')`, "1 unknown-member", "one argument"},
		{`$util.urlEncode`, "1 unknown-member", "parentheses"},
		{`$util.escapeJavaScript("x").replaceAll("\\'", "'") $util.parseJson("{}").a.b`, "", ""},
		{`$input.parms('x')`, "1 unknown-member", "$input.params?"},
		{`$input.path`, "1 unknown-member", "parentheses"},
		{`$input.body.name`, "1 unknown-member", "$input.path"},
		{`$input.json('$.a').b`, "1 unknown-member", "text"},
		{`$input.json('$.a').lenght()`, "1 unknown-member", "length"},
		{`$input.params('a').b`, "1 unknown-member", "parameter is text"},
		{`$input.params().headers.X`, "1 unknown-member", "header?"},
		{`$input.params().query.get('a')`, "1 unknown-member", "querystring?"},
		{`$input.params().header.get('X')$input.params().get($input.params('a'))$input.params('a').substring(1)`, "", ""},
		{`$stageVariables.nope.x`, "1 unknown-member", "stage variable is text"},
		{`#foreach($a in [1])$foreach.indx#end`, "1 unknown-member", "index?"},

		{"a\n#elsif", "2 prints-itself", "#elseif?"},
		{`#endif`, "1 prints-itself", "#end?"},
		{`#if(true)a#elseb#end`, "1 prints-itself", "#{else}b?"},
		{`#Set($x)`, "1 prints-itself", "#set?"},
		{`#foo($input)`, "1 prints-itself", "no directive or macro"},
		{`$ {x}`, "1 prints-itself", "without blanks"},
		{`${ x }`, "1 prints-itself", "without blanks"},
		{`$foo($input.body)`, "1 prints-itself, 1 unknown-variable", "not a function"},
		{`#fff #1 $10.00 $$ http://a/#endpoint #set theory #[[ #elsif ]]# \#elsif(1) ## #endif`, "", ""},
		{`#set($a = 1)$a(b) ${a}(b)`, "", ""},

		{`{"a": "$input.params('x')"}`, "1 unescaped-value", "$util.escapeJavaScript($input.params('x'))"},
		{`{"a": "$input.path('$.x')"}`, "1 unescaped-value", ""},
		{`{"a": "$util.escapeJavaScript($input.path('$.x'))"}`, "", ""},
		{"#set($o = $input.path('$'))\n{\"a\": \"x-$o.b.c\"}", "2 unescaped-value", "$o.b.c"},
		{"#set($o = $input.path('$'))\n[#foreach($i in $o.l)\"$i.n\"#if($foreach.hasNext),#end#end]", "2 unescaped-value", "$i.n"},
		{`{"a": "$context.authorizer.name $context.identity.userAgent"}`, "1 unescaped-value, 1 unescaped-value", ""},
		{`{"a": "$context.requestId $context.identity.sourceIp $stageVariables.x"}`, "", ""},
		{escaped + `{"a": "$n"}`, "", ""},
		{escaped + `#set($n = $input.path('$.m')){"a": "$n"}`, "1 unescaped-value", ""},
		{escaped + `#if($n)#set($n = $input.path('$.m'))#end{"a": "$n"}`, "1 unescaped-value", ""},
		{`#macro(m $p)$util.escapeJavaScript($p)#end{"a": "#m($input.params('x'))"}`, "", ""},
		{`{"a": "$input.path('$.l').size() $input.params('x').length() $util.base64Encode($input.body)"}`, "", ""},
		{`#set($x = $input.path('$.s').replaceAll('"', '')){"a": "$x"}`, "", ""},
		{`#set($x = $util.base64Decode($input.params('x'))){"a": "$x"}`, "1 unescaped-value", ""},
		{`#set($x = "{""a"": ""$input.params('x')""}")$x`, "1 unescaped-value", ""},
		{`Action=Send&Body="$input.params('x')"`, "", ""},
		{`<a href="$input.params('x')"/>`, "", ""},
		{`>{"a": "$input.path('$.x')"}`, "1 unescaped-response", "back end"},
		{`>{"a": "$input.params('x')"}`, "1 unescaped-value", ""},

		{allParams, "6 unescaped-value", "$paramName"}, // a client chooses the names, too
		{`#foreach($i in [1])#set($foreach.sum = 1)$foreach.sum#end`, "", ""},

		{`{"a": "$input.json('$.x')"}`, "1 quoted-json", "brings its own quotes"},
		{`{"a": "$util.escapeJavaScript($input.json('$.x'))", "b": $input.json('$.x')}`, "", ""},
		{`{"a": $input.path('$')}`, "", ""},
		{"#set($o = $input.path('$.o'))\n{\"a\": $o, \"b\": $o.b}", "2 bare-value", "{name=value}"},
		{`{"a": $input.params('x')}`, "1 bare-value", "any JSON"},
		{`{"a": $input.path('$.n'), "b": $input.path('$.l').size()}`, "", ""},

		{"{\n\"a\": 1,\n}", "2 invalid-json", "no JSON"},
		{`{"a": #if($input.path('$.x') == "k")"y"#else no #end}`, "1 invalid-json", ""},
		{`{"a": 1#if($input.path('$.x')), "b": $input.json('$.x') "c": 1#end}`, "1 invalid-json", ""},
		{"[\n#foreach($i in $input.path('$.l'))\n  1,\n#end\n]", "3 invalid-json", ""},
		{"[#foreach($i in $input.path('$.l'))$i.n#if($foreach.hasNext),#end#end]", "", ""},
		{`{"a": 1#if($input.path('$.x')), "b": $input.json('$.x')#end}`, "", ""},
		{`{"a": $input.path('$.x')#if($input.path('$.x') == ""), "b": 1#end}`, "1 invalid-json", "missing"},
		{`#set($p = $util.parseJson($input.path('$.t'))){"a": $p.n, "b": [#foreach($i in $p.l)$i#if($foreach.hasNext),#end#end]}`, "", ""},
		{`#set($n = $input.path('$.n') * 2){"a": $n}`, "", ""},
		{`#if($input.params('id').startsWith('978')){"s": 200}#else{"s": 404}#end`, "", ""},

		{"## gatehouse:ignore unescaped-value\n{\"a\": \"$input.params('x')\"}", "", ""},
		{"{\"a\": \"$input.params('x')\" ## gatehouse:ignore unescaped-value -- it is a number\n}", "", ""},
		{"## gatehouse:ignore quoted-json\n{\"a\": \"$input.params('x')\"}", "2 unescaped-value", ""},
		{"## gatehouse:ignore unescaped-value\n\n{\"a\": \"$input.params('x')\"}", "3 unescaped-value", ""},
		{"## gatehouse:ignore unescaped-value\n## more\n{\"a\": \"$input.params('x')\"}", "", ""},
		{"## gatehouse:ignore unescaped-value\n#set($x = 1)\n{\"a\": \"$input.params('x')\"}", "3 unescaped-value", ""},
		{"## gatehouse:ignore unescaped-valu, prints-itself\nx", "1 unknown-rule", "unescaped-value?"},
	} {
		text, response := strings.CutPrefix(c.template, ">")
		all := lint.Template("t.vtl", []byte(text), response, lint.Options{})
		if got := found(all); got != c.want || !strings.Contains(messages(all), c.says) {
			t.Errorf("%s\ngot  %s\nwant %s (%s)\n%s", text, got, c.want, c.says, messages(all))
		}
	}
}

func TestStageVariablesAreKnownWhenTheConfigurationNamesThem(t *testing.T) {
	o := lint.Options{Variables: map[string]string{"backend": "x"}}
	all := lint.Template("t.vtl", []byte("$stageVariables.bakend ${stageVariables['backend']} $stageVariables.get('other')"), false, o)
	if got := found(all); got != "1 unknown-stage-variable, 1 unknown-stage-variable" || !strings.Contains(all[0].Message, "did you mean $stageVariables.backend?") {
		t.Error(messages(all))
	}
}

func TestFindingsSayWhere(t *testing.T) {
	all := lint.Template("dir/t.vtl", []byte("ä\n  \t$inptu"), false, lint.Options{})
	const want = "dir/t.vtl:2:4: warning unknown-variable: $inptu is never set and prints nothing; did you mean $input?"
	if len(all) != 1 || all[0].String() != want {
		t.Errorf("got\n%s\nwant\n%s", messages(all), want)
	}
}

func TestEveryRuleIsDescribedOnce(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range lint.Rules() {
		if seen[r.ID] || r.Summary == "" || strings.Trim(r.ID, "abcdefghijklmnopqrstuvwxyz-") != "" {
			t.Errorf("%+v", r)
		}
		seen[r.ID] = true
	}
}

func FuzzTemplate(f *testing.F) {
	for _, seed := range []string{
		"#set($o = $input.path('$.a[0].b'))\n{\"a\": \"$o.x\", \"b\": $o}", `#foreach($i in $input.path('$').l)"$i",#end`,
		`#macro(m $p)#m($p)#end#m($input.body)`, `#define($d)$d#end$d{`, `{"a": "#if($x == "y")$x#elseb#end"`, `${a}$!{b.c("$d")}\$e\\$f#[[x]]#`,
		`#set($x = "{""a"": ""$input.params('x')"""){$x}`, "## gatehouse:ignore x\n$ {x}#elsif(1)", `$util.parseJson($util.base64Decode($input.params('a'))).b.c`,
	} {
		f.Add(seed, false)
		f.Add(seed, true)
	}
	f.Fuzz(func(t *testing.T, text string, response bool) {
		for _, finding := range lint.Template("t.vtl", []byte(text), response, lint.Options{}) {
			if finding.Line < 1 || finding.Line > 1+strings.Count(text, "\n") {
				t.Fatalf("%s", finding)
			}
		}
	})
}
