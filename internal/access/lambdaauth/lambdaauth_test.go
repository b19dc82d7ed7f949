package lambdaauth_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gatehouse-gateway/gatehouse/iam"
	"github.com/gatehouse-gateway/gatehouse/internal/access/lambdaauth"
)

const policy = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"execute-api:Invoke","Resource":"arn:aws:execute-api:us-east-1:1:a/s/GET/*"}]}`

func answer(more string) string { return `{"principalId":"u","policyDocument":` + policy + more + `}` }

func TestParse(t *testing.T) {
	long := strings.Repeat("x", 500)
	for _, c := range []struct{ name, payload, want string }{
		{"least", answer(""), ""},
		{"no principal", `{"policyDocument":` + policy + `}`, "principalId is no string"},
		{"principal null", `{"principalId":null,"policyDocument":` + policy + `}`, "principalId is no string"},
		{"principal number", `{"principalId":1,"policyDocument":` + policy + `}`, "principalId is no string"},
		{"principal empty", `{"principalId":"","policyDocument":` + policy + `}`, ""},
		{"no policy", `{"principalId":"u"}`, "policyDocument is no object"},
		{"policy as text", `{"principalId":"u","policyDocument":"{}"}`, "policyDocument is no object"},
		{"policy without statements", `{"principalId":"u","policyDocument":{"Version":"2012-10-17"}}`, "policyDocument: "},
		{"one statement", `{"principalId":"u","policyDocument":{"Statement":{"Effect":"Deny","NotAction":"a:b","NotResource":"*"}}}`, ""},
		{"principal in a statement", `{"principalId":"u","policyDocument":{"Statement":{"Effect":"Deny","Action":"*","Resource":"*","Principal":"*"}}}`, "Principal"},
		{"long resource", `{"principalId":"u","policyDocument":{"Statement":{"Effect":"Deny","Action":"*","Resource":"arn:aws:execute-api:::` + long + `"}}}`, "longer than 512 characters"},
		{"context", answer(`,"context":{"s":"text","n":1.50,"b":true,"gone":null,"principalId":"forged","integrationLatency":9}`), ""},
		{"context null", answer(`,"context":null`), ""},
		{"context nested", answer(`,"context":{"o":{}}`), "context.o is neither"},
		{"context list", answer(`,"context":{"o":[1]}`), "context.o is neither"},
		{"context text", answer(`,"context":"x"`), "context is no object"},
		{"usage identifier", answer(`,"usageIdentifierKey":"key","context":{}`), ""},
		{"usage identifier number", answer(`,"usageIdentifierKey":7`), "usageIdentifierKey is no string"},
		{"unknown member", answer(`,"other":[]`), ""},
		{"text", `"x"`, "it is no object"},
		{"null", `null`, "it is no object"},
		{"no JSON", `{`, "invalid authorizer answer"},
		{"too large", answer(`,"context":{"s":"` + strings.Repeat("x", 8192) + `"}`), `the limit "authorizer result" is 8192`},
		{"too deep", answer(`,"x":` + strings.Repeat("[", 40) + strings.Repeat("]", 40)), "nested too deeply"},
	} {
		r, err := lambdaauth.Parse([]byte(c.payload), 8192)
		switch {
		case c.want == "" && (err != nil || r.Policy.Len() != 1):
			t.Errorf("%s: got %v", c.name, err)
		case c.want != "" && (!errors.Is(err, lambdaauth.ErrInvalid) || !strings.Contains(err.Error(), c.want)):
			t.Errorf("%s: got %v, want %q", c.name, err, c.want)
		}
		if c.want == "" && c.name != "one statement" && lambdaauth.PolicyDocument([]byte(c.payload)) != policy {
			t.Errorf("%s: got the policy %s", c.name, lambdaauth.PolicyDocument([]byte(c.payload)))
		}
		if c.name == "context" && !reflect.DeepEqual(r.Context, []lambdaauth.Value{{Name: "s", Value: "text"}, {Name: "n", Value: "1.50"}, {Name: "b", Value: "true"}}) {
			t.Errorf("got the context %v", r.Context)
		}
		if c.name == "usage identifier" && (r.UsageIdentifier.Value() != "key" || strings.Contains(fmt.Sprintf("%v %+v %#v", r, *r, r.UsageIdentifier), "key\"")) {
			t.Errorf("got %#v", r)
		}
	}
}

func TestFunctionErrors(t *testing.T) {
	for payload, want := range map[string]string{
		`{"errorMessage":"Unauthorized"}`:                                  "401",
		`{"errorMessage":"unauthorized"}`:                                  "500",
		`{"errorMessage":"Unauthorized "}`:                                 "500",
		`{"errorMessage":["Unauthorized"]}`:                                "500",
		`{"errorType":"Sandbox.Timedout","errorMessage":"RequestId: x …"}`: "time",
		`"Unauthorized"`:                                                   "500",
		``:                                                                 "500",
	} {
		got := "500"
		switch e := lambdaauth.ParseError([]byte(payload)); {
		case e.Unauthorized():
			got = "401"
		case e.TimedOut():
			got = "time"
		}
		if got != want {
			t.Errorf("%s: got %s, want %s", payload, got, want)
		}
	}
}

// clock is a time that stands until it is moved.
type clock struct{ at atomic.Int64 }

func (c *clock) now() time.Time          { return time.Unix(0, c.at.Load()) }
func (c *clock) advance(d time.Duration) { c.at.Add(int64(d)) }

func id(s string) lambdaauth.Identity { return lambdaauth.IdentityOf(lambdaauth.AppendValue(nil, s)) }

var key = lambdaauth.Key{AccountID: "1", Region: "r", APIID: "a", Stage: "s", Authorizer: "x"}

func fill(t *testing.T, c *lambdaauth.Cache, name string, k *clock) *lambdaauth.Result {
	t.Helper()
	want := &lambdaauth.Result{PrincipalID: name}
	r, err := c.Fill(t.Context(), id(name), time.Minute, k.now, func() (*lambdaauth.Result, error) { return want, nil })
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestEntriesExpireAbsolutely(t *testing.T) {
	k, caches := new(clock), lambdaauth.NewCaches(10, 2)
	c := caches.Cache(key)
	r := fill(t, c, "a", k)
	k.advance(time.Minute - 1)
	if got := c.Get(id("a"), k.now()); got != r {
		t.Errorf("before its end: got %v", got)
	}
	k.advance(1) // reading did not prolong it
	if got := c.Get(id("a"), k.now()); got != nil {
		t.Errorf("at its end: got %v", got)
	}
	fill(t, c, "b", k)
	if caches.Len() != 1 {
		t.Errorf("got %d entries, want the expired one gone", caches.Len())
	}
}

func TestIdentitiesDiffer(t *testing.T) {
	one := lambdaauth.AppendValue(lambdaauth.AppendValue(nil, "a"), "bc")
	two := lambdaauth.AppendValue(lambdaauth.AppendValue(nil, "ab"), "c")
	if lambdaauth.IdentityOf(one) == lambdaauth.IdentityOf(two) {
		t.Error("two lists of values are one identity")
	}
}

func TestErrorsAreNotKept(t *testing.T) {
	k := new(clock)
	c := lambdaauth.NewCaches(10, 2).Cache(key)
	boom := errors.New("boom")
	for range 2 {
		if _, err := c.Fill(t.Context(), id("a"), time.Minute, k.now, func() (*lambdaauth.Result, error) { return nil, boom }); !errors.Is(err, boom) {
			t.Errorf("got %v", err)
		}
	}
	if fill(t, c, "a", k) == nil || c.Get(id("a"), k.now()) == nil {
		t.Error("an error stands in the way")
	}
}

func TestTheLimitHoldsForAllCachesTogether(t *testing.T) {
	k, caches := new(clock), lambdaauth.NewCaches(3, 2)
	a, b := caches.Cache(key), caches.Cache(lambdaauth.Key{APIID: "b"})
	for _, name := range []string{"1", "2", "3", "4"} {
		fill(t, a, name, k)
	}
	if caches.Len() != 3 || a.Get(id("1"), k.now()) != nil || a.Get(id("4"), k.now()) == nil {
		t.Errorf("got %d entries; the oldest must go", caches.Len())
	}
	fill(t, b, "x", k)
	if b.Get(id("x"), k.now()) != nil || caches.Len() != 3 {
		t.Error("a cache without entries took the place of living ones")
	}
	k.advance(time.Hour)
	fill(t, b, "x", k)
	if b.Get(id("x"), k.now()) == nil || caches.Len() != 1 {
		t.Errorf("expired entries of another cache keep their place: %d entries", caches.Len())
	}
	runtime.KeepAlive(a)
}

func TestFlush(t *testing.T) {
	k, caches := new(clock), lambdaauth.NewCaches(10, 2)
	other := key
	other.Stage = "other"
	a, b := caches.Cache(key), caches.Cache(other)
	fill(t, a, "1", k)
	fill(t, b, "1", k)
	_, err := a.Fill(t.Context(), id("2"), time.Minute, k.now, func() (*lambdaauth.Result, error) {
		caches.Flush("1", "r", "a", "s") // while it is asked
		return &lambdaauth.Result{}, nil
	})
	if err != nil || a.Get(id("1"), k.now()) != nil || a.Get(id("2"), k.now()) != nil {
		t.Errorf("%v: something of before the flush is still there", err)
	}
	if b.Get(id("1"), k.now()) == nil || caches.Len() != 1 {
		t.Errorf("another stage was flushed, too: %d entries", caches.Len())
	}
	fill(t, a, "1", k)
	if a.Get(id("1"), k.now()) == nil {
		t.Error("after a flush nothing is kept")
	}
}

func TestACacheLivesAsLongAsItIsUsed(t *testing.T) {
	k, caches := new(clock), lambdaauth.NewCaches(10, 2)
	use := func() {
		c := caches.Cache(key)
		fill(t, c, "1", k)
		if again := caches.Cache(key); again != c {
			t.Error("the same key gave another cache")
		}
		changed := key
		changed.Configuration[0] = 1
		if caches.Cache(changed).Get(id("1"), k.now()) != nil {
			t.Error("another configuration has the entries of the old one")
		}
		runtime.KeepAlive(c)
	}
	use()
	for range 100 {
		if runtime.GC(); caches.Len() == 0 {
			return
		}
		runtime.Gosched()
	}
	t.Errorf("%d entries of a cache that nobody uses are counted", caches.Len())
}

// TestOneAsksForAll: who comes meanwhile waits; when the one who asked fails, each asks for itself.
func TestOneAsksForAll(t *testing.T) {
	for _, fails := range []bool{false, true} {
		k := new(clock)
		c := lambdaauth.NewCaches(10, 2).Cache(key)
		var calls atomic.Int64
		asking, let := make(chan struct{}), make(chan struct{})
		ask := func() (*lambdaauth.Result, error) {
			if calls.Add(1) == 1 {
				close(asking)
				<-let
				if fails {
					return nil, errors.New("boom")
				}
			}
			return &lambdaauth.Result{}, nil
		}
		var wg sync.WaitGroup
		wg.Go(func() { _, _ = c.Fill(t.Context(), id("a"), time.Minute, k.now, ask) })
		<-asking
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := c.Fill(ctx, id("a"), time.Minute, k.now, ask); !errors.Is(err, context.Canceled) {
			t.Errorf("who gives up got %v", err)
		}
		for range 8 {
			wg.Go(func() {
				if r, err := c.Fill(t.Context(), id("a"), time.Minute, k.now, ask); r == nil || err != nil {
					t.Errorf("got %v %v", r, err)
				}
			})
		}
		close(let)
		wg.Wait()
		if !fails && calls.Load() != 1 {
			t.Errorf("%d calls", calls.Load())
		}
		if c.Get(id("a"), k.now()) == nil {
			t.Error("nothing was kept")
		}
	}
}

func TestGetAllocatesNothing(t *testing.T) {
	k := new(clock)
	c := lambdaauth.NewCaches(10, 2).Cache(key)
	fill(t, c, "token", k)
	buf := make([]byte, 0, 64)
	if got := testing.AllocsPerRun(100, func() {
		buf = lambdaauth.AppendValue(buf[:0], "token")
		if c.Get(lambdaauth.IdentityOf(buf), k.now()) == nil {
			t.Fatal("gone")
		}
	}); got != 0 {
		t.Errorf("%v allocations", got)
	}
}

// TestPoliciesAreShared: equal documents are read once, and no more of them are remembered than the limit says.
func TestPoliciesAreShared(t *testing.T) {
	caches := lambdaauth.NewCaches(10, 2)
	read := func(effect string) *iam.Policy {
		r, err := caches.Parse([]byte(strings.Replace(answer(""), "Allow", effect, 1)), 8192)
		if err != nil {
			t.Fatal(err)
		}
		return r.Policy
	}
	other := func(n int) { read(fmt.Sprintf(`Deny","Sid":"s%d`, n)) }
	first := read("Allow")
	other(1)
	if read("Allow") != first {
		t.Error("the same document was read twice")
	}
	other(2)
	if read("Allow") == first {
		t.Error("more is remembered than the limit allows")
	}
	if _, err := caches.Parse([]byte(answer(`,"context":1`)), 8192); !errors.Is(err, lambdaauth.ErrInvalid) {
		t.Errorf("got %v", err)
	}
}

func BenchmarkGet(b *testing.B) {
	k := new(clock)
	c := lambdaauth.NewCaches(10, 2).Cache(key)
	_, _ = c.Fill(context.Background(), id("token"), time.Minute, k.now, func() (*lambdaauth.Result, error) { return &lambdaauth.Result{}, nil })
	buf := make([]byte, 0, 64)
	b.ReportAllocs()
	for b.Loop() {
		buf = lambdaauth.AppendValue(buf[:0], "token")
		c.Get(lambdaauth.IdentityOf(buf), k.now())
	}
}

func BenchmarkParse(b *testing.B) {
	payload := []byte(answer(`,"context":{"s":"text","n":1}`))
	caches := lambdaauth.NewCaches(10, 10)
	for name, parse := range map[string]func([]byte, int) (*lambdaauth.Result, error){"new policy": lambdaauth.Parse, "known policy": caches.Parse} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := parse(payload, 8192); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// FuzzParse holds that no answer panics, and that what is accepted has what decisions need.
func FuzzParse(f *testing.F) {
	f.Add([]byte(answer(`,"context":{"a":1e3}`)))
	f.Add([]byte(`{"principalId":"","policyDocument":{"Statement":[]}}`))
	f.Add([]byte(`{"errorMessage":"Unauthorized"}`))
	f.Fuzz(func(t *testing.T, payload []byte) {
		lambdaauth.ParseError(payload)
		r, err := lambdaauth.Parse(payload, 8192)
		if err != nil {
			if !errors.Is(err, lambdaauth.ErrInvalid) {
				t.Fatalf("got %v", err)
			}
			return
		}
		if r.Policy.Kind() != iam.Authorizer || lambdaauth.PolicyDocument(payload) == "" {
			t.Fatalf("accepted %q", payload)
		}
		r.Policy.Evaluate(&iam.Request{Action: "execute-api:Invoke", Resource: "arn:aws:execute-api:us-east-1:1:a/s/GET/"})
	})
}
