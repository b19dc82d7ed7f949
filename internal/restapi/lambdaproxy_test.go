package restapi

import (
	"context"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/gatehouse-gateway/gatehouse/http1"
	"github.com/gatehouse-gateway/gatehouse/internal/definition"
	"github.com/gatehouse-gateway/gatehouse/internal/front"
	"github.com/gatehouse-gateway/gatehouse/internal/functions"
	"github.com/gatehouse-gateway/gatehouse/internal/integration/jsonscan"
	"github.com/gatehouse-gateway/gatehouse/jsontree"
)

// TestHostileQueryIsLinear reads thousands of names.
func TestHostileQueryIsLinear(t *testing.T) {
	f := &fakeFunctions{payload: "{}"}
	a := lambdaAPI(t, lambdaEnv(f), map[string]*definition.Method{"/p": lambdaProxy("GET")}, nil)
	var q strings.Builder
	for i := range 3000 {
		fmt.Fprintf(&q, "n%d=%d&", i%1500, i)
	}
	send(a, "GET", "/stage/p?"+q.String(), nil, "")
	single, _ := f.pick(t, "queryStringParameters").(map[string]any)
	multi, _ := f.pick(t, "multiValueQueryStringParameters").(map[string]any)
	if len(single) != 1500 || single["n7"] != "1507" || !reflect.DeepEqual(multi["n7"], []any{"7", "1507"}) {
		t.Errorf("got %d names, n7 is %v and %v", len(single), single["n7"], multi["n7"])
	}
}

// maxLambdaAllocs is the ceiling of a request to a function, without the function: beyond a proxied request, the context with its
// deadline and the header of the answer.
const maxLambdaAllocs = 10

func TestLambdaProxyAllocations(t *testing.T) {
	a, x := lambdaBench(t)
	got := testing.AllocsPerRun(200, func() { serveOnce(a, x) })
	if x.Response.Status != 200 || string(x.Response.Body) != `{"ok":true}` {
		t.Fatalf("got %d %s", x.Response.Status, x.Response.Body)
	}
	if !raceEnabled && got > maxLambdaAllocs {
		t.Errorf("%v allocations per request, the ceiling is %d", got, maxLambdaAllocs)
	}
}

// instantFunctions costs nothing itself.
type instantFunctions struct{ payload []byte }

func (f *instantFunctions) Invoke(_ context.Context, _ *functions.Call, res *functions.Result) error {
	res.Payload = f.payload
	return nil
}

func lambdaBench(t testing.TB) (*API, *front.Exchange) {
	env := testEnv(nil)
	env.Functions = &instantFunctions{[]byte(`{"statusCode":200,"headers":{"Content-Type":"application/json","X-Served-By":"fn"},"body":"{\"ok\":true}"}`)}
	a := compiled(t, env, apiOf(map[string]*definition.Method{"/fn/{id}": lambdaProxy("ANY")}))
	return a, request("GET", "/prod/fn/7?a=1&b=2", browserHeader)
}

func BenchmarkLambdaProxy(b *testing.B) {
	a, x := lambdaBench(b)
	b.ReportAllocs()
	for b.Loop() {
		serveOnce(a, x)
	}
}

func BenchmarkProxyAnswer(b *testing.B) {
	for _, size := range []int{10, 1 << 20} {
		payload := []byte(`{"statusCode":200,"headers":{"Content-Type":"text/plain"},"body":"` + strings.Repeat("x", size) + `"}`)
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			b.SetBytes(int64(len(payload)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := parseProxyAnswer(payload); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// FuzzProxyAnswer compares the scanner with jsontree: what it accepts is a JSON object, with the same values.
func FuzzProxyAnswer(f *testing.F) {
	for _, seed := range []string{`{}`, `{"statusCode":"201","headers":{"a":"b"},"multiValueHeaders":{"a":["b",true,1e3]},"body":"\u00e9","isBase64Encoded":true}`, `{"body":"a\ud83d"}`, `{"x":1}`, "{\"body\":\"\xff\"}", `null`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, payload []byte) {
		a, err := parseProxyAnswer(payload)
		tree, treeErr := jsontree.Parse(payload, jsontree.Limits{})
		if err != nil {
			return
		}
		o, ok := tree.(*jsontree.Object)
		if treeErr != nil || !ok {
			t.Fatalf("accepted what is no JSON object: %q: %v", payload, treeErr)
		}
		body, _ := o.Get("body")
		if want, isText := body.(string); isText != (a.body != nil) {
			t.Fatalf("body %q, want %v", a.body, body)
		} else if isText && utf8.Valid(payload) {
			if got := string(jsonscan.AppendUnquoted(nil, a.body)); got != want {
				t.Fatalf("body %q, want %q", got, want)
			}
		}
		if encoded, _ := o.Get("isBase64Encoded"); a.base64 != (encoded == true) {
			t.Fatalf("base64 %v, want %v", a.base64, encoded)
		}
		if a.status < firstStatus || a.status > lastStatus {
			t.Fatalf("status %d", a.status)
		}
		header, err := a.appendHeaders(nil, 200, func(h http1.Header, f http1.Field) http1.Header { return append(h, f) })
		single, _ := o.Get("headers")
		if fields, isMap := single.(*jsontree.Object); isMap && err == nil && utf8.Valid(payload) {
			for name := range fields.All() {
				if !header.Has(name) {
					t.Fatalf("%s is missing in %v", name, header)
				}
			}
		}
	})
}

// FuzzProxyEvent holds that every event is JSON that says what was sent.
func FuzzProxyEvent(f *testing.F) {
	f.Add("X-A", "b", "a=1&a=2", "body")
	f.Add("x\xff", "\"\\\x00", "%ff=%22&;", "\xf0\x9f\x98")
	fake := &fakeFunctions{payload: "{}"}
	a := lambdaAPI(f, lambdaEnv(fake), map[string]*definition.Method{"/{proxy+}": lambdaProxy("ANY")}, nil)
	f.Fuzz(func(t *testing.T, name, value, query, body string) {
		if badQuery(query) {
			return
		}
		fake.event = nil
		send(a, "POST", "/stage/"+strings.ReplaceAll(value, "?", "")+"x?"+query, http1.Header{{Name: name, Value: value}, {Name: name, Value: "second"}}, body)
		tree, err := jsontree.Parse(fake.event, jsontree.Limits{})
		if err != nil {
			t.Fatalf("%v\n%q", err, fake.event)
		}
		o, ok := tree.(*jsontree.Object)
		if !ok {
			t.Fatalf("no object: %q", fake.event)
		}
		got, _ := o.Get("body")
		want := jsontree.Value(string(jsonscan.AppendText(nil, []byte(body))))
		if body == "" {
			want = jsontree.Null{}
		}
		if !jsontree.Equal(got, want) {
			t.Fatalf("body %q, want %q", got, want)
		}
	})
}
