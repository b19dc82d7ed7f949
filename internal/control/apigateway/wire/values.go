package wire

import (
	"cmp"
	"slices"
	"time"
)

// Ptr returns a pointer to v: members of structures that are there.
func Ptr[T any](v T) *T { return &v }

// Value is what p points to, or the zero value.
func Value[T any](p *T) (v T) {
	if p != nil {
		v = *p
	}
	return v
}

// NonZero returns a pointer to v, or nil for the zero value: members that are left out when they are not set.
func NonZero[T comparable](v T) *T {
	var zero T
	if v == zero {
		return nil
	}
	return &v
}

// NonEmptyMap returns m, or nil when it is empty.
func NonEmptyMap[K comparable, V any](m map[K]V) map[K]V {
	if len(m) == 0 {
		return nil
	}
	return m
}

// NonEmpty returns list, or nil when it is empty.
func NonEmpty[T any](list []T) []T {
	if len(list) == 0 {
		return nil
	}
	return list
}

// Always returns m, or an empty map for nil: members that are there even when they are empty.
func Always[V any](m map[string]V) map[string]V {
	if m == nil {
		return map[string]V{}
	}
	return m
}

// Time returns t as a member, or nil for the zero time.
func Time(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// Int returns n as a member.
func Int(n int) *int64 { return Ptr(int64(n)) }

// Set stores a value in a map that may not exist yet.
func Set[V any](m *map[string]V, name string, value V) {
	if *m == nil {
		*m = make(map[string]V)
	}
	(*m)[name] = value
}

// Sorted lists the values of a map in the order of a key.
func Sorted[T any](m map[string]*T, key func(*T) string) []*T {
	all := make([]*T, 0, len(m))
	for _, v := range m {
		all = append(all, v)
	}
	slices.SortFunc(all, func(a, b *T) int { return cmp.Compare(key(a), key(b)) })
	return all
}
