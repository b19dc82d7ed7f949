package definition

import (
	"slices"
	"time"
)

// FunctionURL is an HTTP address of a function, or of an alias of it. Spec: functions B7.
type FunctionURL struct {
	ID         string        `json:"id,omitzero"`         // 32 lower-case letters and digits, of no other URL
	AuthType   string        `json:"authType,omitzero"`   // NONE or AWS_IAM
	InvokeMode string        `json:"invokeMode,omitzero"` // BUFFERED, RESPONSE_STREAM, or "" when nobody ever said: BUFFERED
	CORS       *FunctionCORS `json:"cors,omitzero"`
	Created    time.Time     `json:"created,omitzero"`
	// LastModified is the time of the last change.
	LastModified time.Time `json:"lastModified,omitzero"`
}

// FunctionCORS says which pages of browsers may use a URL. What is nil was not given.
type FunctionCORS struct {
	AllowCredentials *bool    `json:"allowCredentials,omitzero"`
	AllowHeaders     []string `json:"allowHeaders,omitzero"`
	AllowMethods     []string `json:"allowMethods,omitzero"`
	AllowOrigins     []string `json:"allowOrigins,omitzero"`
	ExposeHeaders    []string `json:"exposeHeaders,omitzero"`
	MaxAge           *int     `json:"maxAge,omitzero"` // seconds
}

// The values of a URL's AuthType and InvokeMode.
const (
	URLAuthNone       = "NONE"
	URLAuthIAM        = "AWS_IAM"
	URLBuffered       = "BUFFERED"
	URLResponseStream = "RESPONSE_STREAM"
)

// maxClosedURLs is how many lost URLs a function remembers.
const maxClosedURLs = 16

// CloseURL takes the URL of an alias away that is deleted, and remembers it. Recorded: it answers 403 from then on, and not as one
// that never was.
func (f *Function) CloseURL(alias string) {
	u := f.URLs[alias]
	if u == nil {
		return
	}
	delete(f.URLs, alias)
	f.ClosedURLs = append(f.ClosedURLs, u.ID)
	f.ClosedURLs = slices.Clone(f.ClosedURLs[max(0, len(f.ClosedURLs)-maxClosedURLs):])
}
