package accesskey

import (
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"time"
)

var (
	// ErrNotFound means that there is no access key of this id.
	ErrNotFound = errors.New("access key not found")
	// ErrLastRoot means that the change would leave no enabled root key.
	ErrLastRoot = errors.New("it is the last enabled root key")
	// ErrTooMany means that the limit of access keys is reached.
	ErrTooMany = errors.New("too many access keys")
	// ErrInvalid means an account or a user name that cannot be.
	ErrInvalid = errors.New("invalid access key")
)

// Key describes an access key. The secret is not part of it.
type Key struct {
	ID        string    `json:"accessKeyId"` // AKIA and 16 more
	AccountID string    `json:"accountId"`   // 12 digits
	Name      string    `json:"name"`        // of the user; "root" for a root key
	Root      bool      `json:"root"`
	Created   time.Time `json:"created"`
	Disabled  bool      `json:"disabled"`
}

// ARN is the user that the key belongs to.
func (k Key) ARN() string {
	if k.Root {
		return "arn:aws:iam::" + k.AccountID + ":root"
	}
	return "arn:aws:iam::" + k.AccountID + ":user/" + k.Name
}

// UserID identifies the user that the key belongs to, as STS tells it: of a root key the account, of others the key.
func (k Key) UserID() string {
	if k.Root {
		return k.AccountID
	}
	return k.ID
}

// Secret is a secret access key on its way to its owner. It never prints.
type Secret struct{ value string }

func (Secret) String() string       { return "[secret]" }
func (Secret) GoString() string     { return "[secret]" }
func (Secret) LogValue() slog.Value { return slog.StringValue("[secret]") }

// Reveal returns the secret, for the one answer or file that hands it over.
func (s Secret) Reveal() string { return s.value }

const (
	rootName    = "root"
	idPrefix    = "AKIA"
	idLetters   = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
	idLength    = 16 // 80 random bits
	secretBytes = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	secretLen   = 40 // 238 random bits
)

var (
	accountID = regexp.MustCompile(`^[0-9]{12}$`)
	userName  = regexp.MustCompile(`^[A-Za-z0-9+=,.@_-]{1,64}$`)
)

// check says what is wrong with a new key.
func (k Key) check() error {
	switch {
	case !accountID.MatchString(k.AccountID):
		return fmt.Errorf("%w: account %q: must have 12 digits", ErrInvalid, k.AccountID)
	case !userName.MatchString(k.Name):
		return fmt.Errorf("%w: name %q: only letters, digits and +=,.@_-, at most 64", ErrInvalid, k.Name)
	case !k.Root && k.Name == rootName:
		return fmt.Errorf("%w: the name %s belongs to root keys", ErrInvalid, rootName)
	}
	return nil
}

func newID() string { return idPrefix + randomText(idLetters, idLength) }

func newSecret() Secret { return Secret{randomText(secretBytes, secretLen)} }

// randomText draws n letters, each as likely as the others.
func randomText(letters string, n int) string {
	fair := 256 - 256%len(letters)
	text := make([]byte, 0, n)
	var buf [64]byte
	for len(text) < n {
		_, _ = rand.Read(buf[:]) // never fails
		for _, b := range buf {
			if int(b) < fair && len(text) < n {
				text = append(text, letters[int(b)%len(letters)])
			}
		}
	}
	return string(text)
}
