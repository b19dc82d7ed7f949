package engine

import (
	"slices"
	"strings"
)

// PageOf sorts all entries of a list and returns the first limit of them. It is for implementations.
func PageOf(all []Entry, limit int, at Revision) Page {
	slices.SortFunc(all, func(a, b Entry) int { return strings.Compare(a.Key, b.Key) })
	p := Page{Entries: all, Revision: at}
	if len(all) > limit {
		p.Entries = all[:limit:limit]
		p.Next = all[limit-1].Key
	}
	return p
}
