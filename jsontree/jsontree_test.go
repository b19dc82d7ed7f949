package jsontree_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/gatehouse-gateway/gatehouse/jsontree"
)

func compact(v jsontree.Value) string { return string(jsontree.Append(nil, v)) }

var documents = []struct{ in, want string }{
	{`{}`, `{}`},
	{`[]`, `[]`},
	{` { "b" : 1 , "a" : [ true , false , null ] } `, `{"b":1,"a":[true,false,null]}`},
	{"\uFEFF\n{\"a\":1}\r\n\t", `{"a":1}`},
	{`{"a":1,"b":2,"a":3}`, `{"a":3,"b":2}`},
	{`[1,-0,0.10,1e5,1E+5,-1.50e-7,123456789012345678901234567890]`, `[1,-0,0.10,1e5,1E+5,-1.50e-7,123456789012345678901234567890]`},
	{`"a\/b\"\\\b\f\n\r\t\u0001\u00e9\ud83d\ude00"`, `"a/b\"\\\b\f\n\r\t\u0001é😀"`},
	{`"\ud83d x \ude00"`, "\"\uFFFD x \uFFFD\""},
	{"\"a\xffb\"", "\"a\uFFFDb\""},
	{`"<script>&"`, `"<script>&"`},
	{`"é"`, `"é"`},
	{`null`, `null`},
	{`12`, `12`},
	{`[[[[]]],{"":{"":""}}]`, `[[[[]]],{"":{"":""}}]`},
}

func TestOrderAndDigitsAreKept(t *testing.T) {
	for _, d := range documents {
		v, err := jsontree.Parse([]byte(d.in), jsontree.Limits{})
		if err != nil {
			t.Errorf("Parse(%q): %v", d.in, err)
			continue
		}
		if got := compact(v); got != d.want {
			t.Errorf("Parse(%q) = %s, want %s", d.in, got, d.want)
		}
	}
}

var broken = []struct{ in, want string }{
	{``, "line 1, column 1: unexpected end of input, want a value"},
	{`{`, "line 1, column 2: unexpected end of input, want a member name in double quotes"},
	{"{\n  \"é\": 1,\n  'b': 2}", "line 3, column 3: unexpected '\\'', want a member name in double quotes"},
	{`{"a" 1}`, "line 1, column 6: unexpected '1', want ':' after the member name"},
	{`{"é":tru}`, "line 1, column 6: unexpected 't', want a value"},
	{`[1 2]`, "line 1, column 4: unexpected '2', want ',' or ']' in the array"},
	{`[1,]`, "line 1, column 4: unexpected ']', want a value"},
	{`{"a":1,}`, "line 1, column 8: unexpected '}', want a member name in double quotes"},
	{`01`, "line 1, column 2: unexpected '1' after the value"},
	{`-`, "line 1, column 2: unexpected end of input in a number"},
	{`1.`, "line 1, column 3: unexpected end of input in a number"},
	{`1.e`, "line 1, column 3: unexpected 'e' in a number"},
	{`1e+`, "line 1, column 4: unexpected end of input in a number"},
	{`"a`, "line 1, column 3: unexpected end of input in a string"},
	{`"a\`, "line 1, column 4: unexpected end of input in a string"},
	{`"a\x"`, "line 1, column 4: unknown escape 'x' in a string"},
	{`"\u12"`, `line 1, column 2: \u needs four hexadecimal digits`},
	{`"\u+123"`, `line 1, column 2: \u needs four hexadecimal digits`},
	{"\"a\nb\"", "line 1, column 3: control character '\\n' in a string"},
	{`{} {}`, "line 1, column 4: unexpected '{' after the value"},
}

func TestErrorsSayWhere(t *testing.T) {
	for _, b := range broken {
		_, err := jsontree.Parse([]byte(b.in), jsontree.Limits{})
		if err == nil || err.Error() != b.want {
			t.Errorf("Parse(%q): %v, want %s", b.in, err, b.want)
		}
	}
}

func TestLimitsAreKept(t *testing.T) {
	deep := func(n int) []byte { return []byte(strings.Repeat("[", n) + strings.Repeat("]", n)) }
	if _, err := jsontree.Parse(deep(1000), jsontree.Limits{}); err != nil {
		t.Errorf("1000 levels: %v", err)
	}
	if _, err := jsontree.Parse(deep(1001), jsontree.Limits{}); !errors.Is(err, jsontree.ErrTooDeep) {
		t.Errorf("1001 levels: %v, want ErrTooDeep", err)
	}
	if _, err := jsontree.ParseLenient(deep(1001), jsontree.Limits{}); !errors.Is(err, jsontree.ErrTooDeep) {
		t.Errorf("1001 lenient levels: %v, want ErrTooDeep", err)
	}
	if _, err := jsontree.Parse([]byte(`[[],[],{}]`), jsontree.Limits{Depth: 2}); err != nil {
		t.Errorf("siblings are no depth: %v", err)
	}
	if _, err := jsontree.Parse([]byte(`"1234"`), jsontree.Limits{Size: 5}); !errors.Is(err, jsontree.ErrTooLarge) {
		t.Errorf("6 bytes: %v, want ErrTooLarge", err)
	}
}

func TestLenient(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{`{statusCode: 200}`, `{"statusCode":200}`},
		{`{'statusCode': 200}`, `{"statusCode":200}`},
		{`{"statusCode": 200}`, `{"statusCode":200}`},
		{`{"statusCode": 200,}`, `{"statusCode":200}`},
		{`{"statusCode": 200,,}`, `{"statusCode":200}`},
		{`{,"statusCode": 200,, a: 'b\'c' , d: e f,}`, `{"statusCode":200,"a":"b'c","d":"e f"}`},
		{`{statusCode: -1, nested: {a: [1,,2,], b: null, c: true}}`, `{"statusCode":-1,"nested":{"a":[1,2],"b":null,"c":true}}`},
		{"\n{\n  statusCode : 0\n}\n", `{"statusCode":0}`},
		{`{statusCode: "200"}`, `{"statusCode":"200"}`},
		{`{a: 'x\u00e9\n'}`, `{"a":"xé\n"}`},
	} {
		v, err := jsontree.ParseLenient([]byte(c.in), jsontree.Limits{})
		if err != nil || compact(v) != c.want {
			t.Errorf("ParseLenient(%q) = %s, %v; want %s", c.in, compact(v), err, c.want)
		}
	}
	for _, in := range []string{
		``, `{"statusCode': 200}`, `{'statusCode": 200}`, `{"statusCode": 200`, `{statusCode: 200`, `{"statusCode": "200}`,
		`{"statusCode": 200}}`, `{statusCode}`, `{statusCode: }`, `{: 200}`, `{a: 1 'b': 2}`, `[1`, `{'a`, `{a: '\q'}`, `}`,
		`"statusCode": 200`,
	} {
		if v, err := jsontree.ParseLenient([]byte(in), jsontree.Limits{}); err == nil {
			t.Errorf("ParseLenient(%q) = %s, want an error", in, compact(v))
		}
	}
}

func TestNumbersKeepTheirKind(t *testing.T) {
	for _, c := range []struct {
		n     jsontree.Number
		isInt bool
		i     int64
		fits  bool
		f     float64
	}{
		{"12", true, 12, true, 12},
		{"-9223372036854775808", true, -9223372036854775808, true, -9223372036854775808},
		{"9223372036854775808", true, 0, false, 9223372036854775808},
		{"1.0", false, 0, false, 1},
		{"1e3", false, 0, false, 1000},
	} {
		i, fits := c.n.Int64()
		if f, _ := c.n.Float64(); c.n.IsInt() != c.isInt || fits != c.fits || fits && i != c.i || f != c.f {
			t.Errorf("%s: IsInt %t, Int64 %d %t, Float64 %g", c.n, c.n.IsInt(), i, fits, f)
		}
	}
	if _, ok := jsontree.Number("1e999").Float64(); ok {
		t.Error("1e999 fits a float64")
	}
}

func TestObjectKeepsOrderWithAndWithoutIndex(t *testing.T) {
	for _, n := range []int{3, 8, 9, 40} {
		var o jsontree.Object
		for i := range n {
			o.Set(fmt.Sprint("k", i), jsontree.NumberOf(int64(i)))
		}
		o.Set("k1", "changed")
		if !o.Delete("k0") || o.Delete("k0") || o.Has("k0") {
			t.Errorf("%d members: Delete", n)
		}
		if v, _ := o.Get("k1"); v != "changed" || o.Len() != n-1 {
			t.Errorf("%d members: k1 = %v, Len %d", n, v, o.Len())
		}
		i := 1
		for name := range o.All() {
			if want := fmt.Sprint("k", i); name != want {
				t.Errorf("%d members: got %s, want %s", n, name, want)
			}
			if at, _ := o.At(i - 1); at != name {
				t.Errorf("At(%d) = %s, want %s", i-1, at, name)
			}
			i++
		}
	}
}

func TestEqualIgnoresMemberOrderAndSpelling(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{`{"a":1,"b":[1.0]}`, `{"b":[1],"a":1e0}`, true},
		{`[1,2]`, `[2,1]`, false},
		{`{"a":null}`, `{}`, false},
		{`"1"`, `1`, false},
		{`null`, `null`, true},
		{`false`, `null`, false},
		{`9007199254740993`, `9007199254740992`, false},
	} {
		a, _ := jsontree.Parse([]byte(c.a), jsontree.Limits{})
		b, _ := jsontree.Parse([]byte(c.b), jsontree.Limits{})
		if got := jsontree.Equal(a, b); got != c.want {
			t.Errorf("Equal(%s, %s) = %t", c.a, c.b, got)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, d := range documents {
		f.Add([]byte(d.in))
	}
	for _, b := range broken {
		f.Add([]byte(b.in))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		v, err := jsontree.Parse(data, jsontree.Limits{Depth: 50})
		if err != nil {
			return
		}
		text := jsontree.Append(nil, v)
		again, err := jsontree.Parse(text, jsontree.Limits{Depth: 50})
		if err != nil {
			t.Fatalf("%q was written as %q: %v", data, text, err)
		}
		if string(jsontree.Append(nil, again)) != string(text) {
			t.Fatalf("%q is not stable", text)
		}
		if _, err := jsontree.ParseLenient(data, jsontree.Limits{Depth: 50}); err != nil {
			t.Fatalf("%q is JSON but not lenient JSON: %v", data, err)
		}
	})
}

func FuzzParseLenient(f *testing.F) {
	for _, s := range []string{`{statusCode: 200}`, `{'a': "b",, c: [d, 'e',],}`, `{"statusCode': 200}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if v, err := jsontree.ParseLenient(data, jsontree.Limits{Depth: 50}); err == nil {
			if _, err := jsontree.Parse(jsontree.Append(nil, v), jsontree.Limits{Depth: 50}); err != nil {
				t.Fatalf("%q: %v", data, err)
			}
		}
	})
}

var benchDoc = []byte(`{"orders":[` + strings.Repeat(`{"id":12345,"name":"a fairly usual name","price":19.99,"tags":["a","b","c"],"ok":true,"note":null},`, 19) + `{"id":1}]}`)

func BenchmarkParse(b *testing.B) {
	b.ReportAllocs()
	b.SetBytes(int64(len(benchDoc)))
	for b.Loop() {
		if _, err := jsontree.Parse(benchDoc, jsontree.Limits{}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkAppend(b *testing.B) {
	v, err := jsontree.Parse(benchDoc, jsontree.Limits{})
	if err != nil {
		b.Fatal(err)
	}
	var buf []byte
	b.ReportAllocs()
	b.SetBytes(int64(len(benchDoc)))
	for b.Loop() {
		buf = jsontree.Append(buf[:0], v)
	}
}
