package functions

import "math"

// Provisioned is a runner whose environments are ready before they are needed. It returns ErrNoneReady when all of them are in
// use: the call goes to an environment of the usual kind then. *host.Provisioned is one. Spec: functions D1.
type Provisioned interface {
	Runner
	// Keep says how many environments are to be ready.
	Keep(n int)
	// Allocated says how many are, those in use included, and why the last start failed if it did.
	Allocated() (n int, failure string)
}

// readyKey is whose environments they are: those of one alias are not those of another.
type readyKey struct{ qualifier, version string }

// ready are the environments that are kept ready for one qualifier.
type ready struct {
	Provisioned
	revision string
}

// provision keeps environments ready, as the entry says. A weighted alias shares them out between its versions (unconfirmed).
func (d *Directory) provision(before, now *served) {
	if d.opts.Provision == nil {
		return
	}
	now.ready = make(map[readyKey]*ready, len(now.entry.Provisioned))
	for qualifier, n := range now.entry.Provisioned {
		t := now.targets[qualifier]
		if t == nil {
			continue
		}
		if second := t.additional; second != nil {
			share := int(math.Round(float64(n) * t.weight))
			second.ready = d.keep(before, now, readyKey{qualifier, second.runner.version}, second, share)
			n -= share
		}
		t.ready = d.keep(before, now, readyKey{qualifier, t.runner.version}, t, n)
	}
}

// keep has n environments of a version be ready: those that are so already, and others.
func (d *Directory) keep(before, now *served, key readyKey, t *target, n int) *ready {
	if n == 0 || t.version.State != nil {
		return nil
	}
	var r *ready
	if before != nil {
		r = before.ready[key]
	}
	if r == nil || r.revision != t.version.Revision {
		r = &ready{d.opts.Provision(t.version.Function), t.version.Revision}
	}
	now.ready[key] = r
	r.Keep(n)
	return r
}

// Allocated says how many of the environments are ready that are kept for calls with the qualifier of ref, those in use
// included, and why the last start failed if it did.
func (d *Directory) Allocated(ref Ref) (n int, failure string) {
	s := (*d.all.Load())[Ref{AccountID: ref.AccountID, Region: ref.Region, Name: ref.Name}]
	if s == nil {
		return 0, ""
	}
	for key, r := range s.ready {
		if key.qualifier != ref.Qualifier {
			continue
		}
		more, why := r.Allocated()
		n += more
		if why != "" {
			failure = why
		}
	}
	return n, failure
}
