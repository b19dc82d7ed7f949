package accesskey

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// maxFile bounds a credentials file, in bytes.
const maxFile = 64 << 10

const fileText = `# The root key of this Gatehouse: who has it may do everything. Made by the first start; gatehouse keys makes others.
[default]
aws_access_key_id = %s
aws_secret_access_key = %s
`

// WriteFile writes a key as an AWS credentials file that only its owner can read. A crash leaves the old file or the new.
func WriteFile(name, id string, secret Secret) error {
	tmp := name + ".new"
	f, err := os.OpenFile(tmp, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return fmt.Errorf("credentials file: %w", err)
	}
	err = f.Chmod(0o600) // a file left by a crash may have another mode
	if err == nil {
		_, err = fmt.Fprintf(f, fileText, id, secret.value)
	}
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("credentials file: %w", err)
	}
	if err := os.Rename(tmp, name); err != nil {
		return fmt.Errorf("credentials file: %w", err)
	}
	dir, err := os.Open(filepath.Dir(name))
	if err != nil {
		return fmt.Errorf("credentials file: %w", err)
	}
	if err := errors.Join(dir.Sync(), dir.Close()); err != nil {
		return fmt.Errorf("credentials file: %w", err)
	}
	return nil
}

// ReadFile reads the default profile of an AWS credentials file.
func ReadFile(name string) (id string, secret Secret, err error) {
	f, err := os.Open(name)
	if err != nil {
		return "", Secret{}, fmt.Errorf("credentials file: %w", err)
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return "", Secret{}, fmt.Errorf("credentials file: %w", err)
	}
	if len(text) > maxFile {
		return "", Secret{}, fmt.Errorf("credentials file: %s is larger than %d bytes", name, maxFile)
	}
	id, secret, temporary := parseFile(string(text))
	if temporary {
		return "", Secret{}, fmt.Errorf("credentials file: %s has an aws_session_token: credentials that end are not supported", name)
	}
	if id == "" || secret.value == "" {
		return "", Secret{}, fmt.Errorf("credentials file: %s has no aws_access_key_id and aws_secret_access_key in [default]", name)
	}
	return id, secret, nil
}

// parseFile reads the default profile. temporary says that the key needs a session token.
func parseFile(text string) (id string, secret Secret, temporary bool) {
	inDefault := false
	for lines := bufio.NewScanner(strings.NewReader(text)); lines.Scan(); {
		line := strings.TrimSpace(lines.Text())
		if strings.HasPrefix(line, "[") {
			inDefault = line == "[default]"
			continue
		}
		name, value, ok := strings.Cut(line, "=")
		if !inDefault || !ok || strings.HasPrefix(line, "#") {
			continue
		}
		switch value = strings.TrimSpace(value); strings.TrimSpace(name) {
		case "aws_access_key_id":
			id = value
		case "aws_secret_access_key":
			secret = Secret{value}
		case "aws_session_token":
			temporary = value != ""
		}
	}
	return id, secret, temporary
}
