package backup

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"

	"github.com/gatehouse-gateway/gatehouse/internal/engine"
)

const (
	formatName    = "gatehouse-backup"
	formatVersion = 1
	maxLine       = 16 << 10 // bytes of an entry's line: a key of 1 KiB, each byte escaped, and the rest
)

// ErrDamaged means that a backup was cut off or altered.
var ErrDamaged = errors.New("backup is damaged")

// An entry describes what follows it: a document, a snapshot, or the end.
type entry struct {
	Bucket   string `json:"bucket,omitempty"` // of a document
	Key      string `json:"key,omitempty"`
	Snapshot bool   `json:"snapshot,omitempty"`
	Size     int    `json:"size"`
	Digest   string `json:"sha256"` // of the bytes that follow; at the end, of everything before
	End      *Count `json:"end,omitempty"`
}

// Count says how much a backup holds.
type Count struct {
	Documents int   `json:"documents"`
	Snapshots int   `json:"snapshots"`
	Bytes     int64 `json:"bytes"` // of content
}

func (c *Count) add(e entry) {
	if e.Snapshot {
		c.Snapshots++
	} else {
		c.Documents++
	}
	c.Bytes += int64(e.Size)
}

// A writer writes a backup.
type writer struct {
	to    io.Writer
	sum   hash.Hash
	count Count
}

func newWriter(to io.Writer) (*writer, error) {
	w := &writer{sum: sha256.New()}
	w.to = io.MultiWriter(to, w.sum)
	_, err := fmt.Fprintf(w.to, "%s %d\n", formatName, formatVersion)
	return w, err
}

func (w *writer) write(e entry, data []byte) error {
	e.Size, e.Digest = len(data), engine.DigestOf(data).String()
	w.count.add(e)
	if err := w.line(e); err != nil {
		return err
	}
	_, err := w.to.Write(data)
	return err
}

func (w *writer) line(e entry) error {
	line, err := json.Marshal(e)
	if err != nil {
		return err
	}
	_, err = w.to.Write(append(line, '\n'))
	return err
}

func (w *writer) end() error {
	return w.line(entry{Digest: hex.EncodeToString(w.sum.Sum(nil)), End: &w.count})
}

// A reader reads a backup.
type reader struct {
	from  *bufio.Reader
	sum   hash.Hash
	count Count
}

func newReader(from io.Reader) (*reader, error) {
	r := &reader{from: bufio.NewReaderSize(from, maxLine), sum: sha256.New()}
	line, err := r.line()
	if err != nil {
		return nil, err
	}
	var version int
	if n, err := fmt.Sscanf(string(line), formatName+" %d\n", &version); n != 1 || err != nil || version < 1 {
		return nil, fmt.Errorf("%w: it does not begin as one", ErrDamaged)
	}
	if version > formatVersion {
		return nil, fmt.Errorf("backup of format %d, this version knows %d: %w", version, formatVersion, engine.ErrNewerLayout)
	}
	r.sum.Write(line)
	return r, nil
}

// next returns the next entry, or io.EOF after the end and nothing else.
func (r *reader) next() (entry, []byte, error) {
	line, err := r.line()
	if err != nil {
		return entry{}, nil, err
	}
	var e entry
	if err := json.Unmarshal(line, &e); err != nil {
		return e, nil, fmt.Errorf("%w: entry %d: %w", ErrDamaged, r.count.Documents+r.count.Snapshots+1, err)
	}
	if same, err := json.Marshal(e); err != nil || string(same)+"\n" != string(line) {
		return e, nil, fmt.Errorf("%w: an entry was altered", ErrDamaged) // the last line has no checksum, but only one form
	}
	if e.End != nil {
		return e, nil, r.finish(e)
	}
	if e.Size < 0 || e.Size > engine.MaxDocumentBytes {
		return e, nil, fmt.Errorf("%w: an entry of %d bytes", ErrDamaged, e.Size)
	}
	data := make([]byte, e.Size)
	if _, err := io.ReadFull(r.from, data); err != nil {
		return e, nil, cut(err)
	}
	if engine.DigestOf(data).String() != e.Digest {
		return e, nil, fmt.Errorf("%w: %s does not match its checksum", ErrDamaged, e.name())
	}
	r.sum.Write(line)
	r.sum.Write(data)
	r.count.add(e)
	return e, data, nil
}

func (e entry) name() string {
	if e.Snapshot {
		return "snapshot " + e.Digest
	}
	return fmt.Sprintf("document %q of bucket %s", e.Key, e.Bucket)
}

// finish compares the last line with what was read.
func (r *reader) finish(e entry) error {
	want := entry{Digest: hex.EncodeToString(r.sum.Sum(nil)), End: e.End}
	if *e.End != r.count || e != want {
		return fmt.Errorf("%w: its end does not match the rest", ErrDamaged)
	}
	switch _, err := r.from.ReadByte(); {
	case err == nil:
		return fmt.Errorf("%w: something follows its end", ErrDamaged)
	case !errors.Is(err, io.EOF):
		return err
	default:
		return io.EOF
	}
}

func (r *reader) line() ([]byte, error) {
	line, err := r.from.ReadSlice('\n')
	if errors.Is(err, bufio.ErrBufferFull) {
		return nil, fmt.Errorf("%w: a line of more than %d bytes", ErrDamaged, maxLine)
	}
	if err != nil {
		return nil, cut(err)
	}
	return append([]byte(nil), line...), nil
}

// cut turns the end of the stream, where there should be more, into ErrDamaged.
func cut(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("%w: it is cut off", ErrDamaged)
	}
	return err
}
