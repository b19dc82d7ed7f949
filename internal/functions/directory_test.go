package functions

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/gatehouse-gateway/gatehouse/iam"
)

// recorder stands in for the pool of a version, so that names, policies and counts can be tested without processes.
type recorder struct {
	f       *Function
	retired bool
	hold    chan struct{} // nil: answers at once
	entered chan struct{}
}

func (r *recorder) Invoke(_ context.Context, inv *Invocation, res *Result) error {
	defer inv.End()
	if r.hold != nil {
		r.entered <- struct{}{}
		<-r.hold
	}
	res.Payload = fmt.Appendf(nil, "%s %s", r.f.Version, inv.InvokedARN)
	return nil
}

func (r *recorder) Retire() { r.retired = true }

// opened keeps every recorder that a directory opened.
type opened struct {
	all  []*recorder
	hold chan struct{}
}

func (o *opened) open(f *Function) Runner {
	r := &recorder{f: f, hold: o.hold, entered: make(chan struct{}, 1)}
	o.all = append(o.all, r)
	return r
}

var helloRef = Ref{AccountID: "000000000000", Region: "us-east-1", Name: "hello"}

const helloARN = "arn:aws:lambda:us-east-1:000000000000:function:hello"

// hello is a function with two published versions.
func hello() *Entry {
	version := func(name, revision string) Version {
		return Version{Function: &Function{Ref: helloRef, Version: name}, Revision: revision}
	}
	return &Entry{
		Ref:      helloRef,
		Versions: map[string]Version{Latest: version(Latest, "a"), "1": version("1", "b"), "2": version("2", "c")},
		Aliases:  map[string]Alias{"live": {Version: "1", Additional: "2", Weight: 0.25}, "gone": {Version: "7"}},
	}
}

func at(qualifier string) Ref {
	ref := helloRef
	ref.Qualifier = qualifier
	return ref
}

func TestInvokeFindsVersions(t *testing.T) {
	draw := 0.5
	d := NewDirectory(DirectoryOptions{Open: new(opened).open, Random: func() float64 { return draw }})
	d.Put(hello())
	elsewhere := helloRef
	elsewhere.Region = "eu-west-1"
	for _, tt := range []struct {
		name    string
		ref     Ref
		draw    float64
		payload string
		version string
		err     error
	}{
		{"no qualifier", helloRef, 0, "$LATEST " + helloARN, Latest, nil},
		{"the newest", at(Latest), 0, "$LATEST " + helloARN + ":$LATEST", Latest, nil},
		{"a version", at("2"), 0, "2 " + helloARN + ":2", "2", nil},
		{"an alias", at("live"), 0.25, "1 " + helloARN + ":live", "1", nil},
		{"the second version of an alias", at("live"), 0.24, "2 " + helloARN + ":live", "2", nil},
		{"an alias of no version", at("gone"), 0, "", "", ErrNotFound},
		{"no such version", at("3"), 0, "", "", ErrNotFound},
		{"another region", elsewhere, 0, "", "", ErrNotFound},
	} {
		t.Run(tt.name, func(t *testing.T) {
			draw = tt.draw
			var res Result
			err := d.Invoke(t.Context(), &Call{Ref: tt.ref}, &res)
			if !errors.Is(err, tt.err) || string(res.Payload) != tt.payload || res.ExecutedVersion != tt.version {
				t.Errorf("got %q by version %q and error %v, want %q by %q and %v", res.Payload, res.ExecutedVersion, err, tt.payload, tt.version, tt.err)
			}
		})
	}
}

func TestInvokeRefuses(t *testing.T) {
	d := NewDirectory(DirectoryOptions{Open: new(opened).open, MaxPayload: 10})
	e := hello()
	failed := e.Versions["1"]
	failed.State = &StateError{State: "Failed", Reason: "the code is damaged"}
	e.Versions["1"] = failed
	d.Put(e)
	var state *StateError
	if err := d.Invoke(t.Context(), &Call{Ref: at("1")}, new(Result)); !errors.As(err, &state) || state.Reason != "the code is damaged" {
		t.Errorf("a version that failed: %v", err)
	}
	if err := d.Invoke(t.Context(), &Call{Ref: helloRef, Invocation: Invocation{Payload: []byte("12345678901")}}, new(Result)); !errors.Is(err, ErrPayloadTooLarge) {
		t.Errorf("a large event: %v", err)
	}
	d.Remove(helloRef)
	if err := d.Invoke(t.Context(), &Call{Ref: helloRef}, new(Result)); !errors.Is(err, ErrNotFound) {
		t.Errorf("a removed function: %v", err)
	}
}

func TestDryRunDoesNotRun(t *testing.T) {
	o := new(opened)
	d := NewDirectory(DirectoryOptions{Open: o.open})
	d.Put(hello())
	var res Result
	if err := d.Invoke(t.Context(), &Call{Ref: helloRef, Type: DryRun}, &res); err != nil || res.Payload != nil {
		t.Errorf("got %q, %v", res.Payload, err)
	}
}

func TestServicesNeedThePolicyOfTheQualifierTheyUse(t *testing.T) {
	policy := func(resource string) *iam.Policy {
		p, err := iam.Parse([]byte(`{"Version":"2012-10-17","Id":"default","Statement":[{"Sid":"api","Effect":"Allow",
			"Principal":{"Service":"apigateway.amazonaws.com"},"Action":"lambda:InvokeFunction","Resource":"`+resource+`",
			"Condition":{"ArnLike":{"AWS:SourceArn":"arn:aws:execute-api:us-east-1:000000000000:abc/*/GET/pets"}}}]}`), iam.Options{Kind: iam.Resource})
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	e := hello()
	e.Policies = map[string]*iam.Policy{"": policy(helloARN), "live": policy(helloARN + ":live")}
	d := NewDirectory(DirectoryOptions{Open: new(opened).open})
	d.Put(e)
	source := "arn:aws:execute-api:us-east-1:000000000000:abc/prod/GET/pets"
	for _, tt := range []struct {
		qualifier, service, source string
		want                       error
	}{
		{"", "apigateway.amazonaws.com", source, nil},
		{Latest, "apigateway.amazonaws.com", source, nil}, // unconfirmed
		{"live", "apigateway.amazonaws.com", source, nil},
		{"1", "apigateway.amazonaws.com", source, ErrDenied},
		{"", "apigateway.amazonaws.com", "arn:aws:execute-api:us-east-1:000000000000:abc/prod/POST/pets", ErrDenied},
		{"", "events.amazonaws.com", source, ErrDenied},
	} {
		call := &Call{Ref: at(tt.qualifier), Caller: &Caller{Service: tt.service, SourceARN: tt.source, SourceAccount: "000000000000"}}
		if err := d.Invoke(t.Context(), call, new(Result)); !errors.Is(err, tt.want) {
			t.Errorf("%+v: %v", tt, err)
		}
	}
}

func TestAnyQualifier(t *testing.T) {
	e := hello()
	e.AnyQualifier = true
	d := NewDirectory(DirectoryOptions{Open: new(opened).open})
	d.Put(e)
	var res Result
	if err := d.Invoke(t.Context(), &Call{Ref: at("blue")}, &res); err != nil || res.ExecutedVersion != Latest {
		t.Errorf("got version %q, %v", res.ExecutedVersion, err)
	}
}

func TestPutKeepsWhatDidNotChange(t *testing.T) {
	o := new(opened)
	d := NewDirectory(DirectoryOptions{Open: o.open})
	d.Put(hello())
	if len(o.all) != 3 {
		t.Fatalf("%d runners for 3 versions", len(o.all))
	}
	e := hello()
	changed := e.Versions[Latest]
	changed.Revision = "new"
	e.Versions[Latest] = changed
	delete(e.Versions, "2")
	d.Put(e)
	if len(o.all) != 4 || o.all[3].f.Version != Latest {
		t.Errorf("%d runners were opened, want one more, for the changed version", len(o.all))
	}
	for _, r := range o.all[:3] {
		if gone := r.f.Version != "1"; r.retired != gone {
			t.Errorf("version %s: retired is %v", r.f.Version, r.retired)
		}
	}
	d.Remove(helloRef)
	for _, r := range o.all {
		if !r.retired {
			t.Errorf("version %s of a removed function still runs", r.f.Version)
		}
	}
}

func TestConcurrency(t *testing.T) {
	one, none := 1, 0
	for _, tt := range []struct {
		name     string
		account  int
		reserved *int
		allowed  int
		reason   string
	}{
		{"the account's", 2, nil, 2, ReasonAccount},
		{"reserved", 5, &one, 1, ReasonReserved},
		{"nothing", 5, &none, 0, ReasonReserved},
	} {
		t.Run(tt.name, func(t *testing.T) {
			o := &opened{hold: make(chan struct{})}
			d := NewDirectory(DirectoryOptions{Open: o.open, Concurrency: tt.account})
			e := hello()
			e.Reserved = tt.reserved
			d.Put(e)
			var running sync.WaitGroup
			for range tt.allowed {
				running.Go(func() {
					if err := d.Invoke(t.Context(), &Call{Ref: helloRef}, new(Result)); err != nil {
						t.Error(err)
					}
				})
				waitEntered(t, o)
			}
			var throttled *ThrottledError
			if err := d.Invoke(t.Context(), &Call{Ref: helloRef}, new(Result)); !errors.As(err, &throttled) || throttled.Reason != tt.reason {
				t.Errorf("one too many: %v", err)
			}
			close(o.hold)
			running.Wait()
			if tt.allowed > 0 {
				go func() { waitEntered(t, o) }()
				if err := d.Invoke(t.Context(), &Call{Ref: helloRef}, new(Result)); err != nil {
					t.Errorf("afterwards: %v", err)
				}
			}
		})
	}
}

// waitEntered waits until some version is in an invocation.
func waitEntered(t *testing.T, o *opened) {
	for _, r := range o.all {
		if r.f.Version == Latest {
			select {
			case <-r.entered:
			case <-time.After(10 * time.Second):
				t.Error("nothing runs")
			}
			return
		}
	}
}

func TestReservedIsTakenFromTheAccount(t *testing.T) {
	o := new(opened)
	d := NewDirectory(DirectoryOptions{Open: o.open, Concurrency: 3})
	all := 3
	reserving := hello()
	reserving.Ref.Name, reserving.Reserved = "greedy", &all
	d.Put(reserving)
	d.Put(hello())
	var throttled *ThrottledError
	if err := d.Invoke(t.Context(), &Call{Ref: helloRef}, new(Result)); !errors.As(err, &throttled) || throttled.Reason != ReasonAccount {
		t.Errorf("everything is reserved: %v", err)
	}
	d.Remove(reserving.Ref)
	if err := d.Invoke(t.Context(), &Call{Ref: helloRef}, new(Result)); err != nil {
		t.Errorf("nothing is reserved any more: %v", err)
	}
}

func TestParseARN(t *testing.T) {
	for _, tt := range []struct {
		arn  string
		want Ref
	}{
		{helloARN, helloRef},
		{helloARN + ":live", at("live")},
		{helloARN + ":$LATEST", at(Latest)},
		{"arn:aws-cn:lambda:us-east-1:000000000000:function:hello", helloRef},
		{helloARN + ":", Ref{}},
		{helloARN + ":a:b", Ref{}},
		{"arn:aws:lambda:us-east-1:0:function:hello", Ref{}},
		{"arn:aws:lambda:us-east-1:000000000000:layer:hello", Ref{}},
		{"arn:aws:lambda::000000000000:function:hello", Ref{}},
		{"hello", Ref{}},
		{"", Ref{}},
	} {
		got, err := ParseARN(tt.arn)
		if got != tt.want || (err != nil) != (tt.want == Ref{}) || err != nil && !errors.Is(err, ErrInvalidARN) {
			t.Errorf("ParseARN(%q) = %+v, %v", tt.arn, got, err)
		}
	}
}

func BenchmarkDirectoryInvoke(b *testing.B) {
	d := NewDirectory(DirectoryOptions{Open: func(*Function) Runner { return instant{} }})
	e := hello()
	p, err := iam.Parse([]byte(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"apigateway.amazonaws.com"},
		"Action":"lambda:InvokeFunction","Resource":"`+helloARN+`","Condition":{"ArnLike":{"AWS:SourceArn":"arn:aws:execute-api:us-east-1:000000000000:abc/*/GET/pets"}}}]}`),
		iam.Options{Kind: iam.Resource})
	if err != nil {
		b.Fatal(err)
	}
	e.Policies = map[string]*iam.Policy{"": p}
	d.Put(e)
	call := &Call{Ref: helloRef, Caller: &Caller{Service: "apigateway.amazonaws.com", SourceARN: "arn:aws:execute-api:us-east-1:000000000000:abc/prod/GET/pets"}}
	res := new(Result)
	b.ReportAllocs()
	for b.Loop() {
		if err := d.Invoke(b.Context(), call, res); err != nil {
			b.Fatal(err)
		}
	}
}

// instant answers nothing, at once.
type instant struct{}

func (instant) Invoke(_ context.Context, inv *Invocation, _ *Result) error { inv.End(); return nil }
func (instant) Retire()                                                    {}
