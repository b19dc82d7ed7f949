package sigv4

import "log/slog"

// Secret is a secret access key. It signs; it never prints.
type Secret struct{ value string }

// NewSecret wraps a secret access key.
func NewSecret(value string) Secret { return Secret{value} }

func (Secret) String() string       { return "[secret]" }
func (Secret) GoString() string     { return "[secret]" }
func (Secret) LogValue() slog.Value { return slog.StringValue("[secret]") }

// Credential is an access key as a verifier finds it.
type Credential struct {
	AccessKeyID string
	Secret      Secret
	// SessionToken, when not empty, must come with the request: the credential is a temporary one.
	SessionToken Secret
	// Expired marks a temporary credential whose time is over.
	Expired bool
}

// Keys finds access keys. A key that is unknown or inactive is not found.
type Keys interface {
	Credential(accessKeyID string) (Credential, bool)
}
