package lint

import "strings"

// maxWord bounds the words that are compared, in bytes.
const maxWord = 100

// meant is the end of a message about a word that is not known: "; did you mean X?", or "".
func meant(word string, prefix string, known []string) string {
	if s := nearest(word, known); s != "" {
		return "; did you mean " + prefix + s + "?"
	}
	return ""
}

// nearest returns the known word that word is a slip of, or "".
func nearest(word string, known []string) string {
	if len(word) < 2 || len(word) > maxWord {
		return ""
	}
	most := 2
	if len(word) < 5 {
		most = 1
	}
	found, lower := "", strings.ToLower(word)
	for _, k := range known {
		if k == word || len(k) > maxWord || len(k) < 2 {
			continue
		}
		if strings.EqualFold(k, word) {
			return k
		}
		if d := distance(lower, strings.ToLower(k)); d <= most && d < len(k)/2+1 {
			found, most = k, d-1
		}
	}
	return found
}

// distance counts letters to insert, delete, change, or swap with their neighbour.
func distance(a, b string) int {
	before, row, next := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		next[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			next[j+1] = min(row[j]+cost, row[j+1]+1, next[j]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				next[j+1] = min(next[j+1], before[j-1]+1)
			}
		}
		before, row, next = row, next, before
	}
	return row[len(b)]
}
