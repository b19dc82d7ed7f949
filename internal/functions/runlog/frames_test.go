package runlog

import (
	"bytes"
	"encoding/binary"
	"slices"
	"strings"
	"testing"
)

// frame is a message as the client of Java writes it.
func frame(timed bool, message string) string {
	head := append(slices.Clone(frameMagic), 1)
	if timed {
		head[3] = 3
	}
	head = binary.BigEndian.AppendUint32(head, uint32(len(message)))
	if timed {
		head = append(head, "\xa5\x5a\x00timex"...)
	}
	return string(head) + message
}

// linesOf are the lines of an output that comes in pieces of a size.
func linesOf(output string, size int) (lines []string) {
	l := &Log{Options: Options{Line: func(line []byte) { lines = append(lines, string(line)) }, MaxLine: 100, Framed: true}}
	for piece := range slices.Chunk([]byte(output), size) {
		l.take(piece)
	}
	l.endLine()
	return lines
}

func TestFramedMessagesAreLines(t *testing.T) {
	for _, test := range []struct{ output, want string }{
		{"", ""},
		{"one\ntwo", "one|two"},
		{frame(true, "one") + frame(true, "two"), "one|two"},
		{frame(false, "one") + frame(true, "two\n") + "three\n", "one|two|three"},
		{"begun " + frame(true, "one") + " ended\n", "begun |one| ended"},
		{frame(true, "") + frame(true, "of\nthree\nlines"), "of|three|lines"},
		{"\xc3\xa5Z \xc3\xa5\n\xc3\xa5", "åZ å|å"}, // text with bytes that heads begin with
		{"\xa5\xa5\x5a\x5a", "\xa5\xa5\x5a\x5a"},
		{frame(true, "\xa5"), "\xa5"},
		{frame(false, strings.Repeat("x", 150)) + "y", strings.Repeat("x", 100) + "|" + strings.Repeat("x", 50) + "|y"},
		{frame(true, "long")[:10], frame(true, "long")[:10]}, // a process that ended in it
	} {
		for _, size := range []int{1, 2, 3, 7, 1000} {
			if got := strings.Join(linesOf(test.output, size), "|"); got != test.want {
				t.Errorf("%q in pieces of %d: got %q, want %q", test.output, size, got, test.want)
			}
		}
	}
}

// FuzzFrames: however the output is cut, the lines are the same, and what is no head of a frame is in them.
func FuzzFrames(f *testing.F) {
	f.Add([]byte(frame(true, "one")+"two\n"+frame(false, "three")), 3)
	f.Add([]byte("\xa5\x5a\x00\x03\xff\xff\xff\xff12345678 and\nmore"), 5)
	f.Fuzz(func(t *testing.T, output []byte, size int) {
		if size < 1 {
			size = 1
		}
		whole, pieces := linesOf(string(output), max(len(output), 1)), linesOf(string(output), size)
		if !slices.Equal(whole, pieces) {
			t.Errorf("got %q\nwant %q", pieces, whole)
		}
		if !bytes.Contains(output, frameMagic) {
			if got, want := strings.Join(whole, ""), strings.ReplaceAll(string(output), "\n", ""); got != want {
				t.Errorf("got %q, want %q", got, want)
			}
		}
	})
}
