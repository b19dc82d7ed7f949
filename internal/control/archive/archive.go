package archive

import (
	"bufio"
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/crypto/scrypt"

	"github.com/gatehouse-gateway/gatehouse/internal/engine"
	"github.com/gatehouse-gateway/gatehouse/internal/seal"
)

var (
	// ErrDamaged means that the beginning of a file was cut off or altered.
	ErrDamaged = errors.New("backup is damaged")
	// ErrPassphrase means that a passphrase is missing or is not the one of the file.
	ErrPassphrase = errors.New("wrong passphrase")
)

const (
	formatName    = "gatehouse-archive"
	formatVersion = 1
	maxLine       = 4 << 10 // bytes
	keyBytes      = 32
	saltBytes     = 16
	sealName      = "data key of a backup"
)

// The work of scrypt: 64 MiB, some 200 ms. A file may ask for maxMemory at most.
const (
	scryptN   = 1 << 16
	scryptR   = 8
	scryptP   = 1
	maxMemory = 1 << 28 // bytes: 128·N·r
)

// DataKey is the data key of a data directory. It never prints.
type DataKey struct{ raw []byte }

func (DataKey) String() string       { return "[secret]" }
func (DataKey) GoString() string     { return "[secret]" }
func (DataKey) LogValue() slog.Value { return slog.StringValue("[secret]") }

// ReadDataKey reads the data key of a directory.
func ReadDataKey(dir string) (DataKey, error) {
	name := filepath.Join(dir, seal.KeyFile)
	text, err := os.ReadFile(name)
	if err != nil {
		return DataKey{}, fmt.Errorf("data key: %w", err)
	}
	k, ok := parseKey(strings.TrimSpace(string(text)))
	if !ok {
		return DataKey{}, fmt.Errorf("data key: %s is damaged", name)
	}
	return k, nil
}

// Write puts the data key into a directory that has none.
func (k DataKey) Write(dir string) error {
	f, err := os.OpenFile(filepath.Join(dir, seal.KeyFile), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("data key: %w", err)
	}
	_, err = fmt.Fprintln(f, hex.EncodeToString(k.raw))
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("data key: %w", err)
	}
	return nil
}

func parseKey(text string) (DataKey, bool) {
	raw, err := hex.DecodeString(text)
	return DataKey{raw}, err == nil && len(raw) == keyBytes
}

// Info says where a file comes from.
type Info struct {
	Created time.Time `json:"created"`
	Version string    `json:"version"` // of Gatehouse
}

// header is the second line of a file.
type header struct {
	Info
	DataKey string  `json:"dataKey,omitempty"`
	Sealed  *sealed `json:"sealedDataKey,omitempty"`
}

// sealed is a data key under a passphrase.
type sealed struct {
	N    int    `json:"n"`
	R    int    `json:"r"`
	P    int    `json:"p"`
	Salt []byte `json:"salt"`
	Key  []byte `json:"key"`
}

// WriteHeader begins a file; the state follows. Without a passphrase, the data key is written as it is.
func WriteHeader(w io.Writer, info Info, key DataKey, passphrase []byte) error {
	h := header{Info: info}
	if passphrase == nil {
		h.DataKey = hex.EncodeToString(key.raw)
	} else {
		s := &sealed{N: scryptN, R: scryptR, P: scryptP, Salt: make([]byte, saltBytes)}
		_, _ = rand.Read(s.Salt) // never fails
		box, err := s.box(passphrase)
		if err != nil {
			return err
		}
		s.Key = box.Seal(sealName, key.raw)
		h.Sealed = s
	}
	line, err := json.Marshal(h)
	if err != nil {
		return err
	}
	text := fmt.Appendf(nil, "%s %d\n%s\n", formatName, formatVersion, line)
	sum := sha256.Sum256(text)
	_, err = w.Write(fmt.Appendf(text, "%x\n", sum))
	return err
}

// ReadHeader reads the beginning of a file; what follows in r is the state. The passphrase is not used for a file without
// one.
func ReadHeader(r *bufio.Reader, passphrase []byte) (info Info, key DataKey, err error) {
	var text []byte
	for i := range 3 {
		line, err := readLine(r)
		if err != nil {
			return info, key, err
		}
		if i == 0 {
			if err := checkVersion(string(line)); err != nil {
				return info, key, err
			}
		}
		if i == 2 {
			if sum := sha256.Sum256(text); string(line) != hex.EncodeToString(sum[:])+"\n" {
				return info, key, fmt.Errorf("%w: its beginning does not match its checksum", ErrDamaged)
			}
			break
		}
		text = append(text, line...)
	}
	_, line, _ := bytes.Cut(text, []byte("\n"))
	var h header
	if err := json.Unmarshal(line, &h); err != nil {
		return info, key, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	key, err = h.open(passphrase)
	return h.Info, key, err
}

func checkVersion(line string) error {
	var version int
	if n, err := fmt.Sscanf(line, formatName+" %d\n", &version); n != 1 || err != nil || version < 1 {
		return fmt.Errorf("%w: it does not begin as one", ErrDamaged)
	}
	if version > formatVersion {
		return fmt.Errorf("backup of format %d, this version knows %d: %w", version, formatVersion, engine.ErrNewerLayout)
	}
	return nil
}

// readLine reads a line with its end.
func readLine(r *bufio.Reader) ([]byte, error) {
	var line []byte
	for len(line) < maxLine {
		c, err := r.ReadByte()
		if errors.Is(err, io.EOF) {
			return nil, fmt.Errorf("%w: it is cut off", ErrDamaged)
		}
		if err != nil {
			return nil, err
		}
		if line = append(line, c); c == '\n' {
			return line, nil
		}
	}
	return nil, fmt.Errorf("%w: a line of more than %d bytes", ErrDamaged, maxLine)
}

// open returns the data key.
func (h *header) open(passphrase []byte) (DataKey, error) {
	if h.Sealed == nil {
		k, ok := parseKey(h.DataKey)
		if !ok {
			return DataKey{}, fmt.Errorf("%w: it has no data key", ErrDamaged)
		}
		return k, nil
	}
	if passphrase == nil {
		return DataKey{}, fmt.Errorf("%w: the backup has one: give it with --passphrase-file", ErrPassphrase)
	}
	box, err := h.Sealed.box(passphrase)
	if err != nil {
		return DataKey{}, err
	}
	raw, err := box.Unseal(sealName, h.Sealed.Key)
	if err != nil || len(raw) != keyBytes {
		return DataKey{}, fmt.Errorf("%w: it does not open this backup", ErrPassphrase)
	}
	return DataKey{raw}, nil
}

// box is what the passphrase opens.
func (s *sealed) box(passphrase []byte) (*seal.Box, error) {
	if s.N < 2 || s.R < 1 || s.P != 1 || s.N > maxMemory || s.R > maxMemory || s.N*s.R > maxMemory/128 {
		return nil, fmt.Errorf("%w: it asks for more work than a backup of ours", ErrDamaged)
	}
	key, err := scrypt.Key(passphrase, s.Salt, s.N, s.R, s.P, keyBytes)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return seal.New(key)
}
