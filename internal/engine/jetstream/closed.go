package jetstream

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gatehouse-gateway/gatehouse/internal/engine"
)

// A closing is what Close notes, so that the next Open knows what should be there.
type closing struct {
	Sizes map[string]int64  `json:"sizes"` // of all files of messages, by name below the data directory
	Last  map[string]uint64 `json:"last"`  // the greatest sequence of each stream
}

// writeClosed notes what is there after the server has stopped.
func writeClosed(dir string) error {
	streams, err := os.ReadDir(filepath.Join(dir, streamsDir))
	if err != nil {
		return fmt.Errorf("note of closing: %w", err)
	}
	note := closing{map[string]int64{}, map[string]uint64{}}
	for _, s := range streams {
		c := checker{dir: dir, stream: s.Name()}
		if err := c.note(note); err != nil {
			return fmt.Errorf("note of closing: %w", err)
		}
	}
	text, err := json.Marshal(note)
	if err != nil {
		return fmt.Errorf("note of closing: %w", err)
	}
	return writeFile(filepath.Join(dir, closedFile), fmt.Appendf(nil, "%s\n%s\n", engine.DigestOf(text), text))
}

// note adds a stream to the note. Only the newest file with records is read.
func (c *checker) note(n closing) error {
	indexes, err := c.indexes()
	if err != nil {
		return err
	}
	for _, index := range slices.Backward(indexes) {
		info, err := os.Stat(filepath.Join(c.dir, c.file(index)))
		if err != nil {
			return err
		}
		n.Sizes[c.file(index)] = info.Size()
		if n.Last[c.stream] > 0 {
			continue
		}
		b, err := c.read(index)
		if err != nil {
			return err
		}
		if _, _, last := b.examine(); last > 0 {
			n.Last[c.stream] = last
		}
	}
	return nil
}

// readClosed reads the note and removes it. It is nil when the engine was not closed.
func readClosed(dir string) (*closing, []finding) {
	name := filepath.Join(dir, closedFile)
	text, err := os.ReadFile(name)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	err = errors.Join(err, os.Remove(name))
	sum, rest, _ := strings.Cut(strings.TrimSuffix(string(text), "\n"), "\n")
	note := &closing{}
	if err == nil && engine.DigestOf([]byte(rest)).String() == sum {
		err = json.Unmarshal([]byte(rest), note)
	} else {
		err = errors.Join(err, engine.ErrCorrupt)
	}
	if err != nil {
		return nil, []finding{{file: closedFile, detail: "the note of closing cannot be read; no document is lost by that, but missing files are not noticed"}}
	}
	return note, nil
}

// missing lists the files that Close saw and that are not there any more.
func missing(dir string, note *closing) []string {
	if note == nil {
		return nil
	}
	var names []string
	for name := range note.Sizes {
		if _, err := os.Stat(filepath.Join(dir, name)); errors.Is(err, os.ErrNotExist) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}
