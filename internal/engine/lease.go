package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// leaseBucket holds the leases. Its name is none that a caller may use.
const leaseBucket = "_leases"

// MaxLease bounds the time of a lease: who needs a name for longer renews it.
const MaxLease = 24 * time.Hour

// Leases gives names to one holder at a time. It keeps them as documents, so that they are as safe and as ordered.
type Leases struct {
	docs Docs
	now  func() time.Time
}

// NewLeases returns leases kept in docs, which must be unchecked, judged by the clock now. It is for implementations.
func NewLeases(docs Docs, now func() time.Time) *Leases { return &Leases{docs, now} }

// A Lease is held until Expires, unless it is released or renewed before. Token is the fencing token: it is greater than
// that of every earlier holder of the name.
type Lease struct {
	Name    string
	Token   uint64
	Expires time.Time

	rev Revision // compare-and-set of the next renewal
}

type leaseDocument struct {
	Token   uint64    `json:"token,omitempty"` // 0: the revision of this document
	Expires time.Time `json:"expires"`
}

// Acquire takes the name for ttl, or returns ErrHeld. The name has the syntax of a key. A lease that the store cannot
// read any more counts as ended.
func (l *Leases) Acquire(ctx context.Context, name string, ttl time.Duration) (Lease, error) {
	if err := checkLease(ctx, name, ttl); err != nil {
		return Lease{}, err
	}
	expires := l.now().Add(ttl)
	data, err := json.Marshal(leaseDocument{Expires: expires})
	if err != nil {
		return Lease{}, fmt.Errorf("lease %q: %w", name, err)
	}
	rev, err := l.take(ctx, name, data)
	switch {
	case errors.Is(err, ErrExists), errors.Is(err, ErrConflict), errors.Is(err, ErrNotFound):
		return Lease{}, fmt.Errorf("lease %q: %w", name, ErrHeld) // somebody else was faster
	case err != nil:
		return Lease{}, fmt.Errorf("lease %q: %w", name, err)
	}
	return Lease{Name: name, Token: uint64(rev), Expires: expires, rev: rev}, nil
}

// take writes the lease where there is none, or one that ended or cannot be read.
func (l *Leases) take(ctx context.Context, name string, data []byte) (Revision, error) {
	doc, err := l.docs.Get(ctx, leaseBucket, name)
	var corrupt *CorruptError
	switch {
	case errors.Is(err, ErrNotFound):
		return l.docs.Create(ctx, leaseBucket, name, data)
	case errors.As(err, &corrupt):
		// Nobody can say until when it is held, and waiting would be for ever. Tokens still grow.
		return l.docs.Update(ctx, leaseBucket, name, data, corrupt.Revision)
	case err != nil:
		return 0, err
	}
	var held leaseDocument
	if err := json.Unmarshal(doc.Data, &held); err != nil {
		return 0, err
	}
	if l.now().Before(held.Expires) {
		return 0, ErrHeld
	}
	return l.docs.Update(ctx, leaseBucket, name, data, doc.Revision)
}

// Renew prolongs a lease to ttl from now, or returns ErrLost when it ended or went to somebody else.
func (l *Leases) Renew(ctx context.Context, held Lease, ttl time.Duration) (Lease, error) {
	if err := checkLease(ctx, held.Name, ttl); err != nil {
		return Lease{}, err
	}
	now := l.now()
	if !now.Before(held.Expires) {
		return Lease{}, fmt.Errorf("lease %q: %w", held.Name, ErrLost)
	}
	next := held
	next.Expires = now.Add(ttl)
	data, err := json.Marshal(leaseDocument{Token: held.Token, Expires: next.Expires})
	if err != nil {
		return Lease{}, fmt.Errorf("lease %q: %w", held.Name, err)
	}
	next.rev, err = l.docs.Update(ctx, leaseBucket, held.Name, data, held.rev)
	if errors.Is(err, ErrConflict) || errors.Is(err, ErrNotFound) {
		err = ErrLost
	}
	if err != nil {
		return Lease{}, fmt.Errorf("lease %q: %w", held.Name, err)
	}
	return next, nil
}

// Release gives the name back. A lease that went to somebody else stays theirs: ErrLost.
func (l *Leases) Release(ctx context.Context, held Lease) error {
	if err := context.Cause(ctx); err != nil {
		return err
	}
	err := l.docs.Delete(ctx, leaseBucket, held.Name, held.rev)
	if errors.Is(err, ErrConflict) || errors.Is(err, ErrNotFound) {
		err = ErrLost
	}
	if err != nil {
		return fmt.Errorf("lease %q: %w", held.Name, err)
	}
	return nil
}

func checkLease(ctx context.Context, name string, ttl time.Duration) error {
	if err := context.Cause(ctx); err != nil {
		return err
	}
	if err := CheckKey(name); err != nil {
		return err
	}
	if ttl <= 0 || ttl > MaxLease {
		return fmt.Errorf("%w: a lease of %v: it lasts up to %v", ErrInvalid, ttl, MaxLease)
	}
	return nil
}
