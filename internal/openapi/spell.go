package openapi

import (
	"strings"
)

// didYouMean is the end of a message about a word that is not known, or "".
func didYouMean(word string, known []string) string {
	if s := similar(word, known); s != "" {
		return "; did you mean " + s + "?"
	}
	return ""
}

// similar returns the known word that differs from word in letter case or in very
// few letters, or "".
func similar(word string, known []string) string {
	if len(word) < 2 || len(word) > 200 || len(known) > 1000 {
		return ""
	}
	best, found := 2, "" // one letter of a short word, two of a long one
	if len(word) > 5 {
		best = 3
	}
	lower := strings.ToLower(word)
	for _, k := range known {
		if len(k) > 200 || k == word {
			continue
		}
		if strings.EqualFold(k, word) {
			return k
		}
		if d := distance(lower, strings.ToLower(k)); d < best {
			best, found = d, k
		}
	}
	return found
}

// distance is the number of letters to insert, delete or change.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			d := diagonal
			if a[i] != b[j] {
				d++
			}
			diagonal = row[j+1]
			row[j+1] = min(d, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
