package limits

import "sync/atomic"

// Budget is memory that many requests share: what one takes, others cannot have until it is given back. It keeps a node alive
// when many large payloads come at once; small ones are not counted, because connections bound them. A nil Budget is
// without bound.
type Budget struct{ left atomic.Int64 }

// Free is the size in bytes up to which a payload is not counted.
const Free = 64 << 10

// NewBudget is a budget of so many bytes.
func NewBudget(bytes int64) *Budget {
	b := new(Budget)
	b.left.Store(bytes)
	return b
}

// Take takes n bytes, or nothing: then it reports false.
func (b *Budget) Take(n int64) bool {
	if b == nil || n <= 0 {
		return true
	}
	if b.left.Add(-n) < 0 {
		b.left.Add(n)
		return false
	}
	return true
}

// Give gives n bytes back.
func (b *Budget) Give(n int64) {
	if b != nil && n > 0 {
		b.left.Add(n)
	}
}

// Left is what nobody has taken.
func (b *Budget) Left() int64 { return b.left.Load() }
