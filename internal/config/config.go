package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"
)

// FileName is the name under which a project's configuration is looked for.
const FileName = "gatehouse.yaml"

// Dev is the configuration of a project on a developer's machine.
type Dev struct {
	// API is the OpenAPI document, relative to the file.
	API string `yaml:"api"`
	// Stage is the name of the stage that serves it; "" is the default.
	Stage string `yaml:"stage"`
	// Variables are the stage variables.
	Variables map[string]string `yaml:"variables"`
	// BasePath says what to do with the document's base path: ignore, prepend or split.
	BasePath string `yaml:"basePath"`
	// Backends are processes that the API needs, started before it serves.
	Backends []Backend `yaml:"backends"`
	// Functions are the Lambda functions that the document's integrations and authorizers name.
	Functions []Function `yaml:"functions"`
	// APIKeys are the keys of methods that require one.
	APIKeys []APIKey `yaml:"apiKeys"`
}

// Backend is a process that gatehouse dev starts and stops with the API.
type Backend struct {
	Name string `yaml:"name"`
	// Command is the program and its arguments; it runs in the folder of the file.
	Command []string `yaml:"command"`
	// Environment is added to the environment of gatehouse.
	Environment map[string]string `yaml:"environment"`
	// Ready is an http URL that answers below 500, or tcp://host:port that accepts, once the process can be used.
	Ready string `yaml:"ready"`
}

// maxSize bounds the file, in bytes.
const maxSize = 1 << 20

// Load reads a configuration file. A file that does not exist gives fs.ErrNotExist.
func Load(path string) (*Dev, error) {
	data, err := readFile(path)
	if err != nil {
		return nil, err
	}
	return Parse(path, data)
}

// readFile reads a file of up to maxSize bytes.
func readFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxSize+1))
	if err != nil {
		return nil, err
	}
	if len(data) > maxSize {
		return nil, fmt.Errorf("%s is larger than %d bytes", path, maxSize)
	}
	return data, nil
}

// Parse reads a configuration; name is for messages.
func Parse(name string, data []byte) (*Dev, error) {
	d := new(Dev)
	dec := yaml.NewDecoder(bytes.NewReader(data))
	dec.KnownFields(true)
	if err := dec.Decode(d); err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if err := d.check(); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return d, nil
}

var (
	stageName     = regexp.MustCompile(`^[A-Za-z0-9_-]{1,128}$`)
	variableName  = regexp.MustCompile(`^[A-Za-z0-9_]{1,64}$`)
	variableValue = regexp.MustCompile(`^[A-Za-z0-9\-._~:/?#&=,]{0,512}$`)
)

// CheckStage says what is wrong with a stage name. Spec: rest-api 1.2.
func CheckStage(name string) error {
	if !stageName.MatchString(name) {
		return fmt.Errorf("stage name %q: only letters, digits, _ and -, at most 128", name)
	}
	return nil
}

// CheckVariable says what is wrong with a stage variable. Spec: rest-api 13.1.
func CheckVariable(name, value string) error {
	if !variableName.MatchString(name) {
		return fmt.Errorf("stage variable name %q: only letters, digits and _, at most 64", name)
	}
	if !variableValue.MatchString(value) {
		return fmt.Errorf("stage variable %s: the value may hold letters, digits and -._~:/?#&=, at most 512", name)
	}
	return nil
}

func (d *Dev) check() error {
	if d.Stage != "" {
		if err := CheckStage(d.Stage); err != nil {
			return err
		}
	}
	for name, value := range d.Variables {
		if err := CheckVariable(name, value); err != nil {
			return err
		}
	}
	switch d.BasePath {
	case "", "ignore", "prepend", "split":
	default:
		return fmt.Errorf("basePath %q: must be ignore, prepend or split", d.BasePath)
	}
	if err := errors.Join(d.checkFunctions(), d.checkAPIKeys()); err != nil {
		return err
	}
	seen := make(map[string]bool)
	for i, b := range d.Backends {
		if err := b.check(); err != nil {
			return fmt.Errorf("backends[%d]: %w", i, err)
		}
		if seen[b.Name] {
			return fmt.Errorf("backends[%d]: the name %q is taken", i, b.Name)
		}
		seen[b.Name] = true
	}
	return nil
}

func (b *Backend) check() error {
	if b.Name == "" || strings.ContainsAny(b.Name, " \t\n") {
		return fmt.Errorf("name %q: must be one word", b.Name)
	}
	if len(b.Command) == 0 || b.Command[0] == "" {
		return fmt.Errorf("%s: command is missing", b.Name)
	}
	if b.Ready == "" {
		return nil
	}
	u, err := url.Parse(b.Ready)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "tcp" {
		return fmt.Errorf("%s: ready %q: must be http://host:port/path or tcp://host:port", b.Name, b.Ready)
	}
	return nil
}
