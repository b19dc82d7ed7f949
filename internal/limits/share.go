package limits

// Share is what one request has taken of a budget. The zero Share is of one without bound.
type Share struct {
	of    *Budget
	taken int64
}

// Share is a share of b that has taken nothing yet.
func (b *Budget) Share() Share { return Share{of: b} }

// Grow takes what a payload of so many bytes costs beyond what is free and what the share has already, or nothing: then it reports
// false.
func (s *Share) Grow(size int64) bool {
	more := size - Free - s.taken
	if more <= 0 {
		return true
	}
	if !s.of.Take(more) {
		return false
	}
	s.taken += more
	return true
}

// Taken is what the share has, in bytes.
func (s *Share) Taken() int64 { return s.taken }

// Give gives all of it back.
func (s *Share) Give() {
	s.of.Give(s.taken)
	s.taken = 0
}
