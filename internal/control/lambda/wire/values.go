package wire

import "time"

// Ptr returns a pointer to v: members of structures that are there.
func Ptr[T any](v T) *T { return &v }

// Value is what p points to, or the zero value.
func Value[T any](p *T) (v T) {
	if p != nil {
		v = *p
	}
	return v
}

// Or is what p points to, or def.
func Or[T any](p *T, def T) T {
	if p != nil {
		return *p
	}
	return def
}

// NonZero returns a pointer to v, or nil for the zero value: members that are left out when they are not set.
func NonZero[T comparable](v T) *T {
	var zero T
	if v == zero {
		return nil
	}
	return &v
}

// Int returns n as a member.
func Int[T int | int64](n T) *int64 { return Ptr(int64(n)) }

// Time is a time as function configurations have it. Spec: functions B1.
func Time(t time.Time) *string { return Ptr(t.UTC().Format("2006-01-02T15:04:05.000+0000")) }
