package eventpattern_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/gatehouse-gateway/gatehouse/eventpattern"
)

func TestMatch(t *testing.T) {
	for _, c := range []struct {
		pattern string
		yes, no []string
	}{
		{`{"a":["x"]}`, []string{`{"a":"x"}`, `{"a":["y","x"],"b":1}`, `{"a":[["x"]]}`}, []string{`{}`, `{"a":"X"}`, `{"a":{"x":1}}`, `{"b":"x"}`, `[]`, `"x"`, `{"a":null}`, `{"a":[]}`}},
		{`{"a":["x","y",1,true,null]}`, []string{`{"a":"y"}`, `{"a":1.0}`, `{"a":1e0}`, `{"a":true}`, `{"a":null}`}, []string{`{"a":"1"}`, `{"a":false}`, `{"a":""}`, `{}`}},
		{`{"a":[""]}`, []string{`{"a":""}`}, []string{`{"a":null}`, `{}`}},
		{`{"a":{"b":["x"],"c":[1]}}`, []string{`{"a":{"b":"x","c":1}}`, `{"a":[{"b":"y"},{"b":"x","c":1}]}`}, []string{`{"a":{"b":"x"}}`, `{"a":[{"b":"x","c":2},{"b":"y","c":1}]}`, `{"a":"x"}`}},
		{`{"a":[{"prefix":"ab"}]}`, []string{`{"a":"abc"}`, `{"a":["x","ab"]}`}, []string{`{"a":"xab"}`, `{"a":1}`, `{}`}},
		{`{"a":[{"suffix":".png"}]}`, []string{`{"a":"x.png"}`}, []string{`{"a":"x.PNG"}`, `{"a":"png"}`}},
		{`{"a":[{"prefix":{"equals-ignore-case":"AB"}},{"suffix":{"equals-ignore-case":"YZ"}}]}`, []string{`{"a":"abc"}`, `{"a":"xyz"}`}, []string{`{"a":"a"}`, `{"a":"cab"}`}},
		{`{"a":[{"equals-ignore-case":"Straße"}]}`, []string{`{"a":"STRAßE"}`}, []string{`{"a":"strasse"}`, `{"a":1}`}},
		{`{"a":[{"anything-but":"x"}]}`, []string{`{"a":"y"}`, `{"a":1}`, `{"a":["x","y"]}`, `{"a":null}`}, []string{`{"a":"x"}`, `{}`, `{"a":["x"]}`, `{"a":{"b":1}}`}},
		{`{"a":[{"anything-but":["x",1]}]}`, []string{`{"a":"y"}`, `{"a":2}`}, []string{`{"a":"x"}`, `{"a":1.0}`}},
		{`{"a":[{"anything-but":{"prefix":"x"}}]}`, []string{`{"a":"yx"}`}, []string{`{"a":"xy"}`, `{}`}},
		{`{"a":[{"anything-but":{"suffix":["x","y"]}}]}`, []string{`{"a":"yz"}`}, []string{`{"a":"zy"}`}},
		{`{"a":[{"anything-but":{"equals-ignore-case":["x"]}}]}`, []string{`{"a":"y"}`}, []string{`{"a":"X"}`}},
		{`{"a":[{"anything-but":{"wildcard":"*/lib/*"}}]}`, []string{`{"a":"/bin/x"}`}, []string{`{"a":"/usr/lib/x"}`}},
		{`{"a":[{"numeric":[">",0,"<=",5]}]}`, []string{`{"a":5}`, `{"a":0.1}`, `{"a":[9,3]}`}, []string{`{"a":0}`, `{"a":5.1}`, `{"a":"3"}`, `{}`}},
		{`{"a":[{"numeric":["=",3.018e2]}]}`, []string{`{"a":301.8}`}, []string{`{"a":301}`}},
		{`{"a":[{"numeric":["<",-1]}]}`, []string{`{"a":-2}`}, []string{`{"a":-1}`}},
		{`{"a":[{"numeric":[">=",2]}]}`, []string{`{"a":2}`}, []string{`{"a":1}`}},
		{`{"a":[{"exists":true}]}`, []string{`{"a":null}`, `{"a":0}`, `{"a":[1]}`}, []string{`{}`, `{"a":{"b":1}}`, `{"a":[]}`, `{"a":[{}]}`}},
		{`{"a":[{"exists":false}]}`, []string{`{}`, `{"a":{"b":1}}`, `{"a":[]}`}, []string{`{"a":null}`, `{"a":[1]}`}},
		{`{"a":{"b":[{"exists":false}]}}`, []string{`{}`, `{"a":{}}`, `{"a":"x"}`, `{"a":[]}`}, []string{`{"a":{"b":1}}`}},
		{`{"a":[{"cidr":"10.0.0.0/24"}]}`, []string{`{"a":"10.0.0.255"}`}, []string{`{"a":"10.0.1.0"}`, `{"a":"ten"}`, `{"a":10}`}},
		{`{"a":[{"cidr":"2001:db8::/32"}]}`, []string{`{"a":"2001:db8::1"}`}, []string{`{"a":"2001:db9::1"}`}},
		{`{"a":[{"wildcard":"a*b*c"}]}`, []string{`{"a":"abc"}`, `{"a":"axxbyyc"}`, `{"a":"abbc"}`}, []string{`{"a":"ac"}`, `{"a":"abcd"}`, `{"a":"xabc"}`}},
		{`{"a":[{"wildcard":"*"}]}`, []string{`{"a":""}`, `{"a":"x"}`}, []string{`{"a":1}`}},
		{`{"a":[{"wildcard":"a\\*\\\\*é"}]}`, []string{`{"a":"a*\\xé"}`}, []string{`{"a":"ab\\xé"}`}},
		{`{"a":[{"wildcard":"plain"}]}`, []string{`{"a":"plain"}`}, []string{`{"a":"plainer"}`}},
		{`{"a":[{"wildcard":"ab*ba"}]}`, []string{`{"a":"abba"}`}, []string{`{"a":"aba"}`}},
		{`{"$or":[{"a":[1]},{"b":{"c":[2]}}],"d":["x"]}`, []string{`{"a":1,"d":"x"}`, `{"b":{"c":2},"d":"x"}`}, []string{`{"a":1}`, `{"d":"x"}`}},
		{`{"a":{"$or":[{"b":[1]},{"c":[2]}]}}`, []string{`{"a":{"c":2}}`, `{"a":[{"b":0},{"b":1}]}`}, []string{`{"a":{"b":2}}`, `{"a":1}`}},
		{`{"$or":["x",{"prefix":"y"}]}`, []string{`{"$or":"x"}`, `{"$or":"yes"}`}, []string{`{}`}},
		{`{"body":{"location":["New York"],"day":[{"anything-but":["Monday"]}]},"attributes":{"SenderId":[{"prefix":"A"}]}}`,
			[]string{`{"body":{"location":"New York","day":"Friday"},"attributes":{"SenderId":"AIDA"}}`}, []string{`{"body":"{\"location\":\"New York\"}","attributes":{"SenderId":"AIDA"}}`}},
	} {
		p, err := eventpattern.Compile([]byte(c.pattern))
		if err != nil {
			t.Errorf("%s: %v", c.pattern, err)
			continue
		}
		for want, events := range map[bool][]string{true: c.yes, false: c.no} {
			for _, text := range events {
				event, err := eventpattern.Decode([]byte(text))
				if err != nil {
					t.Fatal(err)
				}
				if got := p.Match(event); got != want {
					t.Errorf("%s of %s: got %v", c.pattern, text, got)
				}
			}
		}
	}
}

func TestWhatIsNoPattern(t *testing.T) {
	for text, want := range map[string]string{
		``: "EOF", `{`: "unexpected EOF", `[]`: "it must be an object", `"x"`: "it must be an object", `{}`: "$: an empty object matches nothing", `{"a":["x"]} x`: "behind the JSON",
		`{"a":"x"}`: "$.a: it must be an object or a list", `{"a":[]}`: "$.a: an empty list matches nothing", `{"a":{}}`: "$.a: an empty object", `{"a":[["x"]]}`: "$.a[0]: it must be a text, a number",
		`{"a":[{"nope":1}]}`: `$.a[0]: the test "nope" is unknown`, `{"a":[{}]}`: "a test has one member", `{"a":[{"prefix":"x","suffix":"y"}]}`: "a test has one member",
		`{"a":[{"prefix":1}]}`: "$.a[0]: prefix: it must be a text", `{"a":[{"prefix":{"x":"y"}}]}`: "prefix: it must be a text, or an object", `{"a":[{"wildcard":"a**b"}]}`: "two * stand beside each other",
		`{"a":[{"wildcard":"a\\b"}]}`: `\ must stand before`, `{"a":[{"wildcard":1}]}`: "must be a text", `{"a":[{"numeric":[">"]}]}`: "numeric: it must be a list", `{"a":[{"numeric":["!",1]}]}`: "a comparison is one of",
		`{"a":[{"numeric":["<",1,">",0]}]}`: "a lower bound and then", `{"a":[{"numeric":[">",6e9]}]}`: "is not between", `{"a":[6e9]}`: "is not between", `{"a":[{"cidr":"10.0.0.0"}]}`: "cidr: it must be a network",
		`{"a":[{"exists":1}]}`: "exists: it must be true or false", `{"a":[{"anything-but":[]}]}`: "an empty list excludes", `{"a":[{"anything-but":true}]}`: "a text or a number", `{"a":[{"anything-but":{"numeric":[]}}]}`: `the test "numeric" is unknown`,
		`{"a":[{"anything-but":{}}]}`: "one member", `{"a":[{"anything-but":{"prefix":1}}]}`: "anything-but: prefix: it must be a text", `{"$or":[{"a":[1]}]}`: `$.$or[0]: the test "a" is unknown`, `{"$or":[{"a":[1]},{"b":1}]}`: "$.$or[1].b: it must be",
		strings.Repeat(`{"a":`, 102) + `[1]` + strings.Repeat(`}`, 102): "lie in each other",
	} {
		if _, err := eventpattern.Compile([]byte(text)); !errors.Is(err, eventpattern.ErrInvalid) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %s", text, err, want)
		}
	}
}

// FuzzMatch holds that nothing panics, and that lists are looked into.
func FuzzMatch(f *testing.F) {
	f.Add(`{"a":[{"prefix":"ab"},1,null],"b":{"c":[{"numeric":[">",1]}]}}`, `{"a":["abc"],"b":[{"c":2}]}`)
	f.Add(`{"$or":[{"a":[{"wildcard":"*x*"}]},{"b":[{"anything-but":{"suffix":["x"]}}]}]}`, `{"a":"axb"}`)
	f.Add(`{"a":[{"cidr":"::/0"},{"exists":false},{"equals-ignore-case":"é"}]}`, `{"a":[]}`)
	f.Fuzz(func(t *testing.T, pattern, text string) {
		p, err := eventpattern.Compile([]byte(pattern))
		if err != nil {
			return
		}
		event, err := eventpattern.Decode([]byte(text))
		if err != nil {
			return
		}
		if p.Match(event) != p.Match([]any{event}) {
			t.Error("a list of one event is not like the event")
		}
	})
}

func BenchmarkMatch(b *testing.B) {
	p, err := eventpattern.Compile([]byte(`{"body":{"kind":[{"prefix":"order."}],"price":[{"numeric":[">",10]}]}}`))
	if err != nil {
		b.Fatal(err)
	}
	event, err := eventpattern.Decode([]byte(`{"body":{"kind":"order.placed","price":12.5,"lines":[1,2,3]}}`))
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if !p.Match(event) {
			b.Fatal("no match")
		}
	}
}
