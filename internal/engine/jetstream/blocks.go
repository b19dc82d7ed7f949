package jetstream

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"hash"
	"math"

	"github.com/minio/highwayhash"
)

// The server keeps messages in files of records:
//
//	length(4) sequence(8) time(8) subject length(2) subject [header length(4) header] message hash(8)
//
// little-endian; the highest bit of the length says that there is a header, the two highest of the sequence that the
// record is erased, or removes an earlier one. The hash is HighwayHash under a key of the stream's and the file's name.
const (
	recordHead   = 22
	recordHash   = 8
	recordLeast  = recordHead + recordHash
	recordMost   = 32 << 20
	headerBit    = 1 << 31
	erasedBit    = 1 << 63
	removalBit   = 1 << 62
	sequenceMask = removalBit - 1
)

// A block reads one such file.
type block struct {
	buf  []byte
	hash hash.Hash64
}

func newBlock(stream string, index uint32, buf []byte) (*block, error) {
	key := sha256.Sum256(fmt.Appendf(nil, "%s-%d", stream, index))
	h, err := highwayhash.New64(key[:])
	if err != nil {
		return nil, fmt.Errorf("checksum of %d.blk: %w", index, err)
	}
	return &block{buf: buf, hash: h}, nil
}

// length returns how long the record at i says that it is, if that is possible.
func (b *block) length(i int) (n int, ok bool) {
	if len(b.buf)-i < recordLeast {
		return 0, false
	}
	n = int(binary.LittleEndian.Uint32(b.buf[i:]) &^ headerBit)
	return n, n >= recordLeast && n <= recordMost
}

func (b *block) sequence(i int) uint64 { return binary.LittleEndian.Uint64(b.buf[i+4:]) }

// subject returns what may be the subject of the record at i, which ends before end.
func (b *block) subject(i, end int) string {
	n := int(binary.LittleEndian.Uint16(b.buf[i+20:]))
	if i+recordHead+n > end {
		return ""
	}
	return string(b.buf[i+recordHead : i+recordHead+n])
}

// valid returns the length of the record at i if its checksum matches.
func (b *block) valid(i int) (n int, ok bool) {
	if n, ok = b.length(i); !ok || n > len(b.buf)-i {
		return 0, false
	}
	rec := b.buf[i : i+n]
	from := recordHead + int(binary.LittleEndian.Uint16(rec[20:]))
	if from > n-recordHash {
		return 0, false
	}
	b.hash.Reset()
	b.hash.Write(rec[4:20])
	b.hash.Write(rec[recordHead:from])
	if binary.LittleEndian.Uint32(rec)&headerBit != 0 {
		from += 4 // the hash leaves the length of the header out
		if from > n-recordHash {
			return 0, false
		}
	}
	b.hash.Write(rec[from : n-recordHash])
	return n, bytes.Equal(b.hash.Sum(nil), rec[n-recordHash:])
}

// A wound is a part of a file where no record is valid. A message that it had has a sequence after prev and before next.
type wound struct {
	from, to   int
	prev, next uint64
}

// examine finds the wounds, the sequence of the first message, 0 when there is none, and the greatest of all records.
func (b *block) examine() (wounds []wound, first, last uint64) {
	var prev uint64
	for i := 0; i < len(b.buf); {
		n, ok := b.valid(i)
		if !ok {
			to := b.resume(i)
			wounds = append(wounds, wound{from: i, to: to, prev: prev, next: math.MaxUint64})
			i = to
			continue
		}
		seq := b.sequence(i)
		last = max(last, seq&sequenceMask)
		if seq&removalBit == 0 && seq&sequenceMask != 0 {
			seq &= sequenceMask
			if first == 0 {
				first = seq
			}
			for k := len(wounds) - 1; k >= 0 && wounds[k].next == math.MaxUint64; k-- {
				wounds[k].next = seq
			}
			prev = max(prev, seq)
		}
		i += n
	}
	return wounds, first, last
}

// Times of messages, in nanoseconds since 1970: 2001 to 2112. They tell most other bytes from a record without a hash.
const earliest, latest = int64(1e18), int64(45e17)

// resume returns where, after the invalid record at i, the next valid one begins, or the end. The length of the invalid
// one is tried first: then nothing inside of it can pass for a record.
func (b *block) resume(i int) int {
	if n, ok := b.length(i); ok && n < len(b.buf)-i {
		if _, ok := b.valid(i + n); ok {
			return i + n
		}
	}
	for i++; i+recordLeast <= len(b.buf); i++ {
		if at := int64(binary.LittleEndian.Uint64(b.buf[i+12:])); at < earliest || at > latest {
			continue
		}
		if _, ok := b.valid(i); ok {
			return i
		}
	}
	return len(b.buf)
}

// cutShort reports whether a wound at the end looks like a write that was interrupted: shorter than it says, or zeros.
func (b *block) cutShort(w wound) bool {
	if w.to != len(b.buf) {
		return false
	}
	n, ok := b.length(w.from)
	zero := len(bytes.Trim(b.buf[w.from:w.to], "\x00")) == 0
	return zero || w.to-w.from < recordLeast || ok && n > w.to-w.from
}

// appendRecord adds a valid record; without subject, it is an erased one.
func (b *block) appendRecord(out []byte, seq uint64, at int64, subject, header string) []byte {
	length := uint32(recordLeast + len(subject))
	if header != "" {
		length += uint32(4 + len(header))
	} else {
		seq |= erasedBit
	}
	var head [recordHead]byte
	binary.LittleEndian.PutUint64(head[4:], seq)
	binary.LittleEndian.PutUint64(head[12:], uint64(at))
	binary.LittleEndian.PutUint16(head[20:], uint16(len(subject)))
	b.hash.Reset()
	b.hash.Write(head[4:20])
	b.hash.Write([]byte(subject + header))
	if header != "" {
		binary.LittleEndian.PutUint32(head[:], length|headerBit)
		out = append(append(out, head[:]...), subject...)
		out = binary.LittleEndian.AppendUint32(out, uint32(len(header)))
		out = append(out, header...)
	} else {
		binary.LittleEndian.PutUint32(head[:], length)
		out = append(out, head[:]...)
	}
	return b.hash.Sum(out)
}
