package functions

import "sync/atomic"

// slots count what runs at a time. Spec: functions D1.
type slots struct {
	limit     atomic.Int64
	used      atomic.Int64
	throttled *ThrottledError
	give      func() // frees one; bound once
}

func newSlots(reason string) *slots {
	s := &slots{throttled: &ThrottledError{reason}}
	s.give = func() { s.used.Add(-1) }
	return s
}

// take takes a slot, if one is free.
func (s *slots) take() bool {
	if s.used.Add(1) <= s.limit.Load() {
		return true
	}
	s.used.Add(-1)
	return false
}

// account is what the functions of an account and region share that have nothing reserved.
func (d *Directory) account(ref Ref) *slots {
	s := d.accounts[ref]
	if s == nil {
		s = newSlots(ReasonAccount)
		d.accounts[ref] = s
	}
	return s
}

// reserve is where a function takes its slots: from its own, which outlive a change, or from the account's.
func (d *Directory) reserve(before *served, e *Entry) *slots {
	if e.Reserved == nil {
		return d.account(Ref{AccountID: e.Ref.AccountID, Region: e.Ref.Region})
	}
	s := newSlots(ReasonReserved)
	if before != nil && before.entry.Reserved != nil {
		s = before.slots
	}
	s.limit.Store(int64(max(0, *e.Reserved-e.provisioned())))
	return s
}

// setAside is what a function takes of the concurrency that the functions of its account share.
func (e *Entry) setAside() int {
	if e.Reserved != nil {
		return *e.Reserved
	}
	return e.provisioned()
}

// provisioned is how many environments are kept ready, which others of the function cannot use.
func (e *Entry) provisioned() (n int) {
	for _, more := range e.Provisioned {
		n += more
	}
	return n
}
