package wire

import (
	"encoding/base64"
	"sort"
)

// maxPage is the greatest page, and the page of those who do not say. Spec: functions B1.
const maxPage = 50

// Page cuts one page out of a list whose elements are in the order of their keys. marker is the one that the page before
// gave; next is nil on the last page. Elements that came or went between two pages move no others.
func Page[T any](all []T, key func(T) string, maxItems *int64, marker *string) (page []T, next *string, err error) {
	size := min(int(Or(maxItems, maxPage)), maxPage)
	if after := Value(marker); after != "" {
		last, err := base64.RawURLEncoding.DecodeString(after)
		if err != nil {
			return nil, nil, Invalid("Invalid pagination token")
		}
		all = all[sort.Search(len(all), func(i int) bool { return key(all[i]) > string(last) }):]
	}
	if len(all) <= size {
		return all, nil, nil
	}
	page = all[:size]
	return page, Ptr(base64.RawURLEncoding.EncodeToString([]byte(key(page[size-1])))), nil
}
