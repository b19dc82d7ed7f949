package http1

// Limits bounds what a Reader accepts. A zero field takes its default.
type Limits struct {
	// Target is the length of the request target in bytes; above it 414. Default
	// 10,240, the URL length of a regional endpoint.
	Target int
	// Values is the sum of the lengths of all header values in bytes; above it 431.
	// Default 10,240.
	Values int
	// Fields is the number of header fields; above it 431. Default 200: a number no
	// client needs, low enough that a search through a header stays cheap.
	Fields int
	// Head is the size of a whole head in bytes with all names and line ends, and so
	// the memory that a head can claim; above it 431. Default 32,768: a target and
	// values at their limits, and as much again for names.
	Head int
	// Trailer is the size of the trailer section after chunks, in bytes. Default 4,096.
	Trailer int
	// ChunkExt is the size of all chunk extensions of one body, in bytes. Default
	// 1,024: nobody uses them but those who look for parsers that disagree.
	ChunkExt int
}

// DefaultLimits are the limits of the real service for requests, and ours where it
// has none.
// Spec: rest-api 17.
var DefaultLimits = Limits{
	Target:   10_240,
	Values:   10_240,
	Fields:   200,
	Head:     32 << 10,
	Trailer:  4 << 10,
	ChunkExt: 1 << 10,
}

// WithDefaults returns l with its zero fields replaced by those of DefaultLimits.
func (l Limits) WithDefaults() Limits {
	for _, p := range []struct {
		v   *int
		def int
	}{
		{&l.Target, DefaultLimits.Target},
		{&l.Values, DefaultLimits.Values},
		{&l.Fields, DefaultLimits.Fields},
		{&l.Head, DefaultLimits.Head},
		{&l.Trailer, DefaultLimits.Trailer},
		{&l.ChunkExt, DefaultLimits.ChunkExt},
	} {
		if *p.v <= 0 {
			*p.v = p.def
		}
	}
	return l
}

const (
	// maxMethod is the longest method in bytes: twice the longest that is registered.
	maxMethod = 40
	// maxInterim is the number of 1xx answers skipped before a final one.
	maxInterim = 8
	// maxChunkDigits keeps a chunk size far from overflow: 15 digits are an exabyte.
	maxChunkDigits = 15
	// initialBuffer is the buffer of a Reader: most heads fit, and it is what an idle
	// connection holds.
	initialBuffer = 4 << 10
)
