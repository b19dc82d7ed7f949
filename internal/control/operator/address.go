package operator

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
)

// AddressFile is the name of the address's file in a data directory, while a server runs.
const AddressFile = "control.json"

// Address says where a server's control endpoint is.
type Address struct {
	URL string `json:"url"` // http://127.0.0.1:4283
	// Certificate is the SHA-256 of the endpoint's certificate in hexadecimal digits, "" for plain connections: commands of
	// the same machine know it by that, whatever names it has.
	Certificate string `json:"certificate,omitempty"`
	PID         int    `json:"pid"`
}

// ErrNoAddress means that the data directory has no address: no server runs on it, or it has only begun to.
var ErrNoAddress = errors.New("no control endpoint is known")

// Write puts the address into a data directory. A crash leaves the old file or the new.
func (a Address) Write(dir string) error {
	text, err := json.Marshal(a)
	if err != nil {
		return err
	}
	name := filepath.Join(dir, AddressFile)
	if err := os.WriteFile(name+".new", append(text, '\n'), 0o600); err != nil {
		return fmt.Errorf("control address: %w", err)
	}
	if err := os.Rename(name+".new", name); err != nil {
		return fmt.Errorf("control address: %w", err)
	}
	return nil
}

// RemoveAddress takes the address out of a data directory.
func RemoveAddress(dir string) error {
	if err := os.Remove(filepath.Join(dir, AddressFile)); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("control address: %w", err)
	}
	return nil
}

// maxAddress bounds the file, in bytes.
const maxAddress = 4 << 10

// ReadAddress reads the address in a data directory, or returns ErrNoAddress.
func ReadAddress(dir string) (Address, error) {
	name := filepath.Join(dir, AddressFile)
	f, err := os.Open(name)
	if errors.Is(err, os.ErrNotExist) {
		return Address{}, fmt.Errorf("%s: %w", dir, ErrNoAddress)
	}
	if err != nil {
		return Address{}, fmt.Errorf("control address: %w", err)
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxAddress))
	if err != nil {
		return Address{}, fmt.Errorf("control address: %w", err)
	}
	var a Address
	if err := json.Unmarshal(text, &a); err != nil {
		return Address{}, fmt.Errorf("control address: %s is damaged: %w", name, err)
	}
	u, err := url.Parse(a.URL)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return Address{}, fmt.Errorf("control address: %s is damaged: url %q", name, a.URL)
	}
	return a, nil
}
