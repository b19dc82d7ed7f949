package jetstream

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/gatehouse-gateway/gatehouse/internal/engine"
)

// These tests look at files without a server: they try every byte.

const testStream = "DOCS"

// someBlock makes a file with records of documents 1 to n.
func someBlock(tb testing.TB, n int) []byte {
	tb.Helper()
	b, err := newBlock(testStream, 1, nil)
	if err != nil {
		tb.Fatal(err)
	}
	var out []byte
	for i := range n {
		subject := subjectOf("restapi", fmt.Sprintf("key %d", i+1))
		header := "NATS/1.0\r\n" + headerDigest + ": " + engine.Digest{}.String() + "\r\n" + headerName + ": " + checkedName(subject) + "\r\n\r\n"
		out = b.appendRecord(out, uint64(i+1), time.Now().UnixNano(), subject, header)
	}
	return out
}

// checkBlock puts a file where the server would, checks it, and returns what was found and what the file is then.
func checkBlock(tb testing.TB, dir string, data []byte, closed *closing) ([]finding, []byte) {
	tb.Helper()
	c := checker{dir: dir, stream: testStream, closed: closed}
	name := filepath.Join(dir, c.file(1))
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		tb.Fatal(err)
	}
	if err := os.WriteFile(name, data, 0o600); err != nil {
		tb.Fatal(err)
	}
	if err := c.run(); err != nil {
		tb.Fatal(err)
	}
	healed, err := os.ReadFile(name)
	if err != nil {
		tb.Fatal(err)
	}
	return c.found, healed
}

func TestEveryDamagedByteIsNoticedAndNamed(t *testing.T) {
	good := someBlock(t, 5)
	size := len(good) / 5
	dir := t.TempDir()
	note := &closing{Sizes: map[string]int64{(&checker{stream: testStream}).file(1): int64(len(good))}, Last: map[string]uint64{testStream: 5}}
	if found, after := checkBlock(t, dir, good, note); len(found) > 0 || !bytes.Equal(after, good) {
		t.Fatalf("a good file: got %+v", found)
	}
	for at := range size {
		for _, bits := range []byte{0x01, 0x80, 0xff} {
			for _, record := range []int{2, 4} { // in the middle, and the last
				data := bytes.Clone(good)
				data[record*size+at] ^= bits
				found, after := checkBlock(t, dir, data, note)
				if at >= recordHead+len(subjectOf("restapi", "key 1")) && at < recordHead+len(subjectOf("restapi", "key 1"))+4 && len(found) == 0 {
					continue // the hash leaves the length of the header out: the reader of the message notices
				}
				checkHealed(t, after, found, record, fmt.Sprintf("byte %d of record %d, bits %02x", at, record, bits))
			}
		}
	}
}

// checkHealed expects a marker in the place of a record, and all others as they were.
func checkHealed(t *testing.T, after []byte, found []finding, record int, where string) {
	t.Helper()
	b, err := newBlock(testStream, 1, after)
	if err != nil {
		t.Fatal(err)
	}
	wounds, first, last := b.examine()
	if len(wounds) > 0 || first != 1 || last != 5 {
		t.Fatalf("%s: wounds %v, sequences %d to %d after healing", where, wounds, first, last)
	}
	named := false
	for _, f := range found {
		named = named || f.subject == subjectOf("restapi", fmt.Sprintf("key %d", record+1)) && f.seq == uint64(record+1)
	}
	if !named {
		t.Fatalf("%s: got %+v", where, found)
	}
}

func TestInterruptedWriteIsNoDamage(t *testing.T) {
	good := someBlock(t, 3)
	size := len(good) / 3
	for cut := 1; cut < size; cut++ {
		found, after := checkBlock(t, t.TempDir(), good[:len(good)-cut], nil)
		if len(found) > 0 || len(after) != len(good)-cut {
			t.Fatalf("cut by %d: got %+v", cut, found)
		}
	}
	zeros := append(bytes.Clone(good), make([]byte, 100)...)
	if found, _ := checkBlock(t, t.TempDir(), zeros, nil); len(found) > 0 {
		t.Fatalf("zeros at the end: got %+v", found)
	}
}

// FuzzHeal damages files at will: what comes out has valid records only.
func FuzzHeal(f *testing.F) {
	good := someBlock(f, 3)
	f.Add(good, uint16(5), byte(1))
	f.Add(good[:100], uint16(0), byte(0))
	f.Add([]byte{}, uint16(0), byte(0))
	f.Fuzz(func(t *testing.T, data []byte, at uint16, bits byte) {
		if len(data) > 0 {
			data = bytes.Clone(data)
			data[int(at)%len(data)] ^= bits
		}
		b, err := newBlock(testStream, 1, data)
		if err != nil {
			t.Fatal(err)
		}
		wounds, _, _ := b.examine()
		c := checker{stream: testStream}
		healed, err := newBlock(testStream, 1, c.bandage(b, wounds, "1.blk"))
		if err != nil {
			t.Fatal(err)
		}
		if left, _, _ := healed.examine(); len(left) > 0 {
			t.Fatalf("wounds are left: %v", left)
		}
	})
}
