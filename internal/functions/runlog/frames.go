package runlog

import (
	"bytes"
	"encoding/binary"
)

// A frame is a message that a runtime client marks, so that it is lines of its own although it may lack an end of line: a
// head, big endian, of frameMagic with flags in the last byte, the length of the message in 4 bytes, and 8 bytes of time if
// frameTimed is among the flags; then the message. What is no frame is in between, and other threads may write into one, so that
// it ends too early: then lines are cut in the wrong place, and nothing is lost.
var frameMagic = []byte{0xa5, 0x5a, 0}

const (
	frameTimed     = 2
	frameHead      = 8
	frameTimedHead = 16
)

// frames finds the frames in what a process writes, which comes in pieces.
type frames struct {
	head []byte // what may be the head of a frame, and has not come as a whole
	left uint32 // bytes of the message
}

// next takes from b what is text up to where a line ends because a frame does or another one begins. The text is valid until
// the next call.
func (f *frames) next(b []byte) (text, rest []byte, cut bool) {
	switch {
	case f.left > 0:
		n := min(uint32(min(len(b), 1<<30)), f.left) //nolint:gosec // it is bounded
		f.left -= n
		return b[:n], b[n:], f.left == 0
	case len(f.head) > 0:
		return f.continued(b)
	}
	at := bytes.IndexByte(b, frameMagic[0])
	if at < 0 {
		return b, nil, false
	}
	f.head = append(f.head, frameMagic[0])
	return b[:at], b[at+1:], false
}

// continued goes on with a head.
func (f *frames) continued(b []byte) (text, rest []byte, cut bool) {
	for i, c := range b {
		if n := len(f.head); n < len(frameMagic) && c != frameMagic[n] {
			text, f.head = f.head, f.head[:0]
			return text, b[i:], false
		}
		f.head = append(f.head, c)
		want := frameHead
		if n := len(frameMagic); len(f.head) > n && f.head[n]&frameTimed != 0 {
			want = frameTimedHead
		}
		if len(f.head) == want {
			f.left = binary.BigEndian.Uint32(f.head[4:])
			f.head = f.head[:0]
			return nil, b[i+1:], true
		}
	}
	return nil, nil, false
}

// rest is what was held back and is text after all.
func (f *frames) rest() []byte {
	text := f.head
	f.head = f.head[:0]
	return text
}
