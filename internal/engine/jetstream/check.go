package jetstream

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/minio/highwayhash"

	"github.com/gatehouse-gateway/gatehouse/internal/engine"
)

const (
	streamsDir      = storeDir + "/jetstream/$G/streams" // where the server keeps its streams
	messagesDir     = "msgs"
	blockSuffix     = ".blk"
	indexFile       = "index.db"
	description     = "meta.inf"
	descriptionSum  = "meta.sum"
	descriptionsDir = "streams" // copies of the descriptions
)

// A finding is damage before the server could say what it means.
type finding struct {
	stream  string
	file    string // below the data directory
	seq     uint64 // of the lost message, 0: not known
	subject string // of the lost message, "": not known
	detail  string
}

// checkFiles reads every file of messages, and repairs what the server would make worse.
func checkFiles(dir string) ([]finding, error) {
	note, found := readClosed(dir)
	streams, err := os.ReadDir(filepath.Join(dir, streamsDir))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("check of files: %w", err)
	}
	for _, s := range streams {
		if !s.IsDir() || strings.HasPrefix(s.Name(), ".") {
			continue // what the server was removing
		}
		more, err := checkDescription(dir, s.Name())
		if err != nil {
			return nil, err
		}
		c := checker{dir: dir, stream: s.Name(), closed: note}
		if err := c.run(); err != nil {
			return nil, fmt.Errorf("check of stream %s: %w", s.Name(), err)
		}
		found = append(append(found, more...), c.found...)
	}
	for _, name := range missing(dir, note) {
		found = append(found, finding{file: name, detail: "the file is missing; what was in it is lost, and nobody can say what it was"})
	}
	return found, nil
}

// checkDescription compares a stream's description with its checksum, and puts our copy in place of a damaged one.
func checkDescription(dir, stream string) ([]finding, error) {
	at := filepath.Join(dir, streamsDir, stream)
	if descriptionValid(at, stream) {
		return nil, nil
	}
	file := filepath.Join(streamsDir, stream, description)
	blocks, err := filepath.Glob(filepath.Join(at, messagesDir, "*"+blockSuffix))
	if err != nil {
		return nil, fmt.Errorf("stream %s: %w", stream, err)
	}
	kept := filepath.Join(dir, descriptionsDir, stream)
	if !descriptionValid(kept, stream) {
		if len(blocks) == 0 {
			return nil, os.RemoveAll(at) // a kill interrupted its making
		}
		return nil, fmt.Errorf("stream %s: %s and its copy: %w: the stream cannot be opened", stream, file, engine.ErrCorrupt)
	}
	for _, name := range []string{description, descriptionSum} {
		if err := errors.Join(keepDamaged(dir, filepath.Join(streamsDir, stream, name)), copyFile(filepath.Join(kept, name), filepath.Join(at, name))); err != nil {
			return nil, fmt.Errorf("stream %s: %w", stream, err)
		}
	}
	return []finding{{stream: stream, file: file, detail: "the stream's description was damaged and is restored from its copy; nothing is lost"}}, nil
}

func descriptionValid(at, stream string) bool {
	text, err := os.ReadFile(filepath.Join(at, description))
	if err != nil {
		return false
	}
	sum, err := os.ReadFile(filepath.Join(at, descriptionSum))
	if err != nil {
		return false
	}
	key := sha256.Sum256([]byte(stream))
	h, err := highwayhash.New64(key[:])
	if err != nil {
		return false
	}
	h.Write(text)
	return hex.EncodeToString(h.Sum(nil)) == string(sum)
}

// keepDescriptions copies the streams' descriptions, which the server has just read or written.
func keepDescriptions(dir string) error {
	for _, stream := range []string{docsStream, "OBJ_" + largeStore, "OBJ_" + snapshotsStore} {
		to := filepath.Join(dir, descriptionsDir, stream)
		if err := os.MkdirAll(to, 0o700); err != nil {
			return fmt.Errorf("copy of stream descriptions: %w", err)
		}
		for _, name := range []string{description, descriptionSum} {
			if err := copyFile(filepath.Join(dir, streamsDir, stream, name), filepath.Join(to, name)); err != nil {
				return fmt.Errorf("copy of stream descriptions: %w", err)
			}
		}
	}
	return nil
}

// copyFile writes a file that differs.
func copyFile(from, to string) error {
	data, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	if old, err := os.ReadFile(to); err == nil && string(old) == string(data) {
		return nil
	}
	return writeFile(to, data)
}

// keepDamaged copies a file as it was found. One that is missing has nothing to keep.
func keepDamaged(dir, name string) error {
	to := filepath.Join(dir, damagedDir)
	if err := os.MkdirAll(to, 0o700); err != nil {
		return err
	}
	flat := strings.NewReplacer("/", "-", "$", "").Replace(strings.TrimPrefix(name, streamsDir+"/"))
	stamp := time.Now().UTC().Format("20060102T150405.000000000")
	err := copyFile(filepath.Join(dir, name), filepath.Join(to, stamp+"-"+flat))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return err
}

// A checker checks the files of messages of one stream.
type checker struct {
	dir, stream string
	closed      *closing // nil after a kill
	found       []finding
	healed      bool
}

// A sick is a file with wounds.
type sick struct {
	index  uint32
	wounds []wound
	first  uint64 // sequence of the first message, 0: none
	last   uint64 // greatest sequence
}

func (c *checker) run() error {
	indexes, err := c.indexes()
	if err != nil {
		return err
	}
	var files []sick
	for k, index := range indexes {
		b, err := c.read(index)
		if err != nil {
			return err
		}
		f := sick{index: index}
		f.wounds, f.first, f.last = b.examine()
		c.missingBytes(b, index)
		last := k == len(indexes)-1
		f.wounds = slices.DeleteFunc(f.wounds, func(w wound) bool {
			return last && c.closed == nil && b.cutShort(w) // a write that the kill interrupted; the server cuts it off
		})
		files = append(files, f)
	}
	for k, f := range files {
		if len(f.wounds) > 0 {
			if err := c.heal(f, files[k+1:]); err != nil {
				return err
			}
		}
	}
	if err := c.holdRevisions(files); err != nil {
		return err
	}
	if c.healed { // the index describes what is no more
		err := os.Remove(filepath.Join(c.dir, streamsDir, c.stream, messagesDir, indexFile))
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	return nil
}

// indexes lists the numbers of the stream's files, in order.
func (c *checker) indexes() ([]uint32, error) {
	entries, err := os.ReadDir(filepath.Join(c.dir, streamsDir, c.stream, messagesDir))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	var all []uint32
	for _, e := range entries {
		if number, ok := strings.CutSuffix(e.Name(), blockSuffix); ok {
			if n, err := strconv.ParseUint(number, 10, 32); err == nil {
				all = append(all, uint32(n))
			}
		}
	}
	slices.Sort(all)
	return all, nil
}

func (c *checker) file(index uint32) string {
	return filepath.Join(streamsDir, c.stream, messagesDir, strconv.FormatUint(uint64(index), 10)+blockSuffix)
}

func (c *checker) read(index uint32) (*block, error) {
	buf, err := os.ReadFile(filepath.Join(c.dir, c.file(index)))
	if err != nil {
		return nil, err
	}
	return newBlock(c.stream, index, buf)
}

// missingBytes notes that a file is shorter than Close left it.
func (c *checker) missingBytes(b *block, index uint32) {
	if c.closed == nil {
		return
	}
	if lost := c.closed.Sizes[c.file(index)] - int64(len(b.buf)); lost > 0 {
		c.found = append(c.found, finding{stream: c.stream, file: c.file(index),
			detail: fmt.Sprintf("%d bytes at its end are missing; the records in them are lost, and older revisions of their documents may be the newest ones", lost)})
	}
}

// holdRevisions keeps revisions that were given away from being given again, where the records of the last are lost: an
// erased record at the end stands for them.
func (c *checker) holdRevisions(files []sick) error {
	if c.closed == nil || len(files) == 0 {
		return nil
	}
	want := c.closed.Last[c.stream]
	for _, f := range files {
		if f.last >= want {
			return nil
		}
	}
	newest := files[len(files)-1]
	b, err := c.read(newest.index) // again: it may have been healed
	if err != nil {
		return err
	}
	if _, _, last := b.examine(); last >= want {
		return nil
	}
	if len(newest.wounds) == 0 {
		if err := keepDamaged(c.dir, c.file(newest.index)); err != nil {
			return err
		}
	}
	c.healed = true
	out := b.appendRecord(b.buf, want, time.Now().UnixNano(), "", "")
	return writeFile(filepath.Join(c.dir, c.file(newest.index)), out)
}

// heal replaces the wounds of a file by markers.
func (c *checker) heal(f sick, later []sick) error {
	b, err := c.read(f.index)
	if err != nil {
		return err
	}
	name := c.file(f.index)
	if err := keepDamaged(c.dir, name); err != nil {
		return err
	}
	for _, next := range later {
		if next.first > 0 {
			for k := range f.wounds {
				f.wounds[k].next = min(f.wounds[k].next, next.first)
			}
			break
		}
	}
	c.healed = true
	return writeFile(filepath.Join(c.dir, name), c.bandage(b, f.wounds, name))
}

// bandage returns the content of a file with markers in place of its wounds.
func (c *checker) bandage(b *block, wounds []wound, file string) []byte {
	var out []byte
	done := 0
	for _, w := range wounds {
		out = append(out, b.buf[done:w.from]...)
		out = c.dress(out, b, w, file)
		done = w.to
	}
	return append(out, b.buf[done:]...)
}

// dress appends what stands for a wound: a marker for each record that can be told, and an entry in the list.
func (c *checker) dress(out []byte, b *block, w wound, file string) []byte {
	prev, told := w.prev, map[string]bool{} // told: a damaged length may cut one record into two
	if c.closed != nil && c.closed.Last[c.stream] > 0 {
		w.next = min(w.next, c.closed.Last[c.stream]+1)
	}
	for i := w.from; i < w.to; {
		n, ok := b.length(i)
		if !ok || n > w.to-i-recordLeast {
			n = w.to - i // also where no record fits behind it
		}
		if n == recordLeast && i+n <= w.to && binary.LittleEndian.Uint16(b.buf[i+20:]) == 0 {
			i += n // it removed an earlier record, which is older than what counts
			continue
		}
		for _, subject := range subjectsIn(b, i, i+n) {
			if told[subject] {
				continue
			}
			told[subject] = true
			seq := prev + 1
			if own := sequenceAt(b, i, w.to); own > prev && own < w.next && own-prev < 1<<32 {
				seq = own
			}
			if seq >= w.next {
				seq = 0 // no place is left for a marker
			} else {
				out = b.appendRecord(out, seq, time.Now().UnixNano(), subject, marker(subject))
				prev = seq
			}
			c.found = append(c.found, finding{stream: c.stream, file: file, seq: seq, subject: subject,
				detail: fmt.Sprintf("%d bytes at %d do not match their checksum", n, i)})
		}
		i += n
	}
	return out
}

// marker is the header of a marker. Without a subject there is none.
func marker(subject string) string {
	if subject == "" {
		return ""
	}
	return "NATS/1.0\r\n" + headerName + ": " + checkedName(subject) + "\r\n" + headerOp + ": " + opDamaged + "\r\n\r\n"
}

func sequenceAt(b *block, i, end int) uint64 {
	if end-i < recordHead {
		return 0
	}
	return b.sequence(i) & sequenceMask
}

// subjectsIn finds the subjects of the records in a part of a file: those that vouch for themselves, else the one that
// stands at the usual place, else "" for one that nobody can tell.
func subjectsIn(b *block, from, to int) []string {
	var all []string
	text := string(b.buf[from:to])
	for rest := text; ; {
		_, after, ok := strings.Cut(rest, headerName+": ")
		if !ok {
			break
		}
		value, _, _ := strings.Cut(after, "\r\n")
		if subject, ok := parseCheckedName(value); ok && !slices.Contains(all, subject) {
			all = append(all, subject)
		}
		rest = after
	}
	if len(all) > 0 {
		return all
	}
	if to-from >= recordHead {
		subject := b.subject(from, to)
		_, _, ours := parseSubject(subject)
		if ours || plainObjectSubject(subject) {
			return []string{subject}
		}
	}
	return []string{""}
}

func plainObjectSubject(subject string) bool {
	if !strings.HasPrefix(subject, "$O.") {
		return false
	}
	for _, c := range []byte(subject) {
		if c <= ' ' || c > '~' {
			return false
		}
	}
	return true
}
