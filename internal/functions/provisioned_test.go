package functions

import (
	"context"
	"errors"
	"fmt"
	"testing"
)

// kept stands in for environments that are ready.
type kept struct {
	f       *Function
	n       int
	used    int
	retired bool
}

func (k *kept) Invoke(_ context.Context, in *Invocation, res *Result) error {
	defer in.End()
	if k.used == k.n {
		return ErrNoneReady
	}
	k.used++
	res.Payload = fmt.Appendf(nil, "ready %s %s", k.f.Version, in.InvokedARN)
	return nil
}

func (k *kept) Retire()                  { k.retired = true }
func (k *kept) Keep(n int)               { k.n = n }
func (k *kept) Allocated() (int, string) { return k.n, "" }

// keeping is a directory with provisioned concurrency, and what it provisioned.
func keeping(draw *float64) (*Directory, *[]*kept) {
	all := new([]*kept)
	return NewDirectory(DirectoryOptions{Open: new(opened).open, Concurrency: 10, Random: func() float64 { return *draw }, Provision: func(f *Function) Provisioned {
		k := &kept{f: f}
		*all = append(*all, k)
		return k
	}}), all
}

func payloadOf(t *testing.T, d *Directory, qualifier string) string {
	t.Helper()
	var res Result
	if err := d.Invoke(t.Context(), &Call{Ref: at(qualifier)}, &res); err != nil {
		return err.Error()
	}
	return string(res.Payload)
}

// TestProvisionedEnvironmentsServeTheirQualifier holds that calls go where environments are ready, and on demand when all are in
// use. Spec: functions D1.
func TestProvisionedEnvironmentsServeTheirQualifier(t *testing.T) {
	draw := 1.0
	d, all := keeping(&draw)
	e := hello()
	e.Provisioned = map[string]int{"1": 2}
	d.Put(e)
	for _, want := range []string{"ready 1 " + helloARN + ":1", "ready 1 " + helloARN + ":1", "1 " + helloARN + ":1"} {
		if got := payloadOf(t, d, "1"); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	if got, want := payloadOf(t, d, "live"), "1 "+helloARN+":live"; got != want {
		t.Errorf("by an alias of the version: got %q, want %q", got, want)
	}
	if n, failure := d.Allocated(at("1")); n != 2 || failure != "" {
		t.Errorf("allocated %d, %q", n, failure)
	}
	again := hello()
	again.Provisioned = map[string]int{"1": 3}
	d.Put(again)
	if len(*all) != 1 || (*all)[0].n != 3 || (*all)[0].retired {
		t.Error("environments of the same version were not kept")
	}
	d.Put(hello())
	if !(*all)[0].retired {
		t.Error("environments that nobody wants any more did not end")
	}
}

func TestWeightedAliasSharesProvisionedEnvironmentsUnconfirmed(t *testing.T) {
	draw := 1.0
	d, all := keeping(&draw)
	e := hello()
	e.Provisioned = map[string]int{"live": 4}
	d.Put(e)
	if len(*all) != 2 {
		t.Fatalf("%d versions have environments that are ready", len(*all))
	}
	if got, want := payloadOf(t, d, "live"), "ready 1 "+helloARN+":live"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	draw = 0.1
	if got, want := payloadOf(t, d, "live"), "ready 2 "+helloARN+":live"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if n, _ := d.Allocated(at("live")); n != 4 || (*all)[0].n+(*all)[1].n != 4 {
		t.Errorf("allocated %d", n)
	}
}

// TestProvisionedConcurrencyIsTakenFromTheRest holds that what is kept ready cannot be used for other calls. Spec: functions D1.
func TestProvisionedConcurrencyIsTakenFromTheRest(t *testing.T) {
	draw := 1.0
	d, _ := keeping(&draw)
	reserved := 2
	e := hello()
	e.Reserved = &reserved
	e.Provisioned = map[string]int{"1": 2}
	d.Put(e)
	var throttled *ThrottledError
	if err := d.Invoke(t.Context(), &Call{Ref: helloRef}, new(Result)); !errors.As(err, &throttled) || throttled.Reason != ReasonReserved {
		t.Errorf("with all of the reserved concurrency provisioned: %v", err)
	}
	e = hello()
	e.Provisioned = map[string]int{"1": 10}
	d.Put(e)
	if err := d.Invoke(t.Context(), &Call{Ref: helloRef}, new(Result)); !errors.As(err, &throttled) || throttled.Reason != ReasonAccount {
		t.Errorf("with all of the account's concurrency provisioned: %v", err)
	}
}
