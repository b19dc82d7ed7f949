package wire

import (
	"encoding/base64"
	"fmt"
	"math"
	"sort"
)

// Sizes of a page. Spec: control-plane 4.
const (
	defaultPage = 25
	maxPage     = 500
)

// Page cuts one page out of a list whose elements are in the order of their keys. position is the one that the page
// before gave; next is nil on the last page. Elements that came or went between two pages move no others.
func Page[T any](all []T, key func(T) string, limit *int64, position *string) (page []T, next *string, err error) {
	size := int(Value(limit))
	if size <= 0 { // a negative limit is accepted, recorded
		size = defaultPage
	}
	size = min(size, maxPage)
	if after := Value(position); after != "" {
		last, err := base64.RawURLEncoding.DecodeString(after)
		if err != nil {
			return nil, nil, BadRequest("Invalid position parameter specified")
		}
		all = all[sort.Search(len(all), func(i int) bool { return key(all[i]) > string(last) }):]
	}
	if len(all) <= size {
		return all, nil, nil
	}
	page = all[:size]
	return page, Ptr(base64.RawURLEncoding.EncodeToString([]byte(key(page[size-1])))), nil
}

// NewestFirst is the key of a Page whose elements come in falling order of seq, which is not negative; id tells apart those
// of one seq.
func NewestFirst(seq int64, id string) string {
	return fmt.Sprintf("%016x%s", uint64(math.MaxInt64-seq), id)
}
