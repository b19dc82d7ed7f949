// Package seal encrypts secrets before they are stored: access keys, API key values, private keys.
//
// A [Box] holds the data key of a data directory, 32 random bytes in a file that only its owner can read. Values are
// sealed with AES-256-GCM under a random nonce, bound to the name of what they belong to: a sealed value that was moved to
// another record does not open. Whoever copies the state without the key file has no secrets; whoever loses the key file
// has lost them as well, which is why a backup has to include it.
package seal

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// KeyFile is the name of the data key's file in a data directory.
const KeyFile = "data.key"

const keyBytes = 32

// ErrSealed means that a value cannot be opened: another key sealed it, for something else, or it was altered.
var ErrSealed = errors.New("sealed value cannot be opened")

// Box seals and opens values. It is safe for concurrent use.
type Box struct {
	aead   cipher.AEAD // with random nonces
	fixed  cipher.AEAD // with nonces that are given
	digest []byte      // the key of digests, derived from the data key
}

// New returns a box for a data key of 32 bytes.
func New(key []byte) (*Box, error) {
	if len(key) != keyBytes {
		return nil, fmt.Errorf("a data key has %d bytes, not %d", keyBytes, len(key))
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return nil, err
	}
	fixed, err := cipher.NewGCM(block)
	if err != nil {
		return nil, err
	}
	digest, err := hkdf.Key(sha256.New, key, nil, "gatehouse digest", keyBytes)
	if err != nil {
		return nil, err
	}
	return &Box{aead, fixed, digest}, nil
}

// Ephemeral returns a box whose key nobody keeps.
func Ephemeral() (*Box, error) { return New(randomKey()) }

// Open reads the data key of a data directory, and makes one where there is none.
func Open(dir string) (*Box, error) {
	name := filepath.Join(dir, KeyFile)
	text, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return create(name)
	}
	if err != nil {
		return nil, fmt.Errorf("data key: %w", err)
	}
	key, err := hex.DecodeString(strings.TrimSpace(string(text)))
	if err != nil || len(key) != keyBytes {
		return nil, fmt.Errorf("data key: %s is damaged: it must hold %d hexadecimal digits", name, 2*keyBytes)
	}
	return New(key)
}

// create writes a new key so that a crash leaves either no file or a whole one.
func create(name string) (*Box, error) {
	key := randomKey()
	tmp := name + ".new"
	if err := writeSynced(tmp, hex.EncodeToString(key)+"\n"); err != nil {
		return nil, fmt.Errorf("data key: %w", err)
	}
	if err := os.Rename(tmp, name); err != nil {
		return nil, fmt.Errorf("data key: %w", err)
	}
	if err := syncDir(filepath.Dir(name)); err != nil {
		return nil, fmt.Errorf("data key: %w", err)
	}
	return New(key)
}

func writeSynced(name, text string) error {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	return errors.Join(err, f.Sync(), f.Close())
}

func syncDir(name string) error {
	dir, err := os.Open(name)
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

func randomKey() []byte {
	key := make([]byte, keyBytes)
	_, _ = rand.Read(key) // never fails
	return key
}

// Seal encrypts value for the thing called name.
func (b *Box) Seal(name string, value []byte) []byte {
	return b.aead.Seal(nil, nil, value, []byte(name))
}

// Unseal returns what Seal was given for the same name, or ErrSealed.
func (b *Box) Unseal(name string, sealed []byte) ([]byte, error) {
	value, err := b.aead.Open(nil, nil, sealed, []byte(name))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, ErrSealed)
	}
	return value, nil
}

// SealFixed is Seal that gives the same for the same value, so that equal values can be told and kept once. Its nonce is a keyed digest
// of name and value.
func (b *Box) SealFixed(name string, value []byte) []byte {
	nonce := b.mac("sealed "+name, value)[:b.fixed.NonceSize()]
	return b.fixed.Seal(nonce, nonce, value, []byte(name))
}

// Digest returns a keyed digest of value for the thing called name, in hexadecimal digits: it finds a value among sealed ones,
// and tells nobody without the data key anything about it.
func (b *Box) Digest(name string, value []byte) string {
	return hex.EncodeToString(b.mac(name, value))
}

func (b *Box) mac(name string, value []byte) []byte {
	mac := hmac.New(sha256.New, b.digest)
	_, _ = fmt.Fprintf(mac, "%d:%s", len(name), name) // never fails
	mac.Write(value)
	return mac.Sum(nil)
}
