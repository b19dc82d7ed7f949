// Package download gives out the code of functions: GetFunction answers an address at which whoever has it finds the zip file for a
// few minutes, as the service does. Spec: functions B3.
package download

import (
	"context"
	"crypto/subtle"
	"log/slog"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/gatehouse-gateway/gatehouse/awsproto"
	"github.com/gatehouse-gateway/gatehouse/internal/engine"
	"github.com/gatehouse-gateway/gatehouse/internal/functionstore"
	"github.com/gatehouse-gateway/gatehouse/internal/seal"
)

// lifetime is how long an address is good.
const lifetime = 10 * time.Minute

// Addresses are {endpoint}/2015-03-31/functions/{digest of the code}/zip?Expires={epoch seconds}&Signature={…}.
const (
	before = "/2015-03-31/functions/"
	after  = "/zip"
)

// Downloads makes addresses and answers them.
type Downloads struct {
	Box       *seal.Box // signs, and opens code
	Snapshots engine.Snapshots
	Now       func() time.Time
}

// URL is the address of a code file at the endpoint.
func (d *Downloads) URL(endpoint, digest string) string {
	expires := strconv.FormatInt(d.Now().Add(lifetime).Unix(), 10)
	return endpoint + before + digest + after + "?" + url.Values{"Expires": {expires}, "Signature": {d.sign(digest, expires)}}.Encode()
}

func (d *Downloads) sign(digest, expires string) string {
	return d.Box.Digest("function-code-download", []byte(digest+" "+expires))
}

// digestOf takes a path to pieces.
func digestOf(r *awsproto.Request) (digest string, ok bool) {
	rest, ok := strings.CutPrefix(r.Path, before)
	if !ok || r.Method != "GET" {
		return "", false
	}
	digest, ok = strings.CutSuffix(rest, after)
	return digest, ok && !strings.Contains(digest, "/")
}

// Opens reports whether a call is for an address that URL made, not long ago.
func (d *Downloads) Opens(r *awsproto.Request) bool {
	digest, ok := digestOf(r)
	query, err := url.ParseQuery(r.Query)
	if !ok || err != nil {
		return false
	}
	expires, err := strconv.ParseInt(query.Get("Expires"), 10, 64)
	return err == nil && d.Now().Unix() < expires &&
		subtle.ConstantTimeCompare([]byte(query.Get("Signature")), []byte(d.sign(digest, query.Get("Expires")))) == 1
}

// Handle answers a call for an address; nil: it is for something else.
func (d *Downloads) Handle(ctx context.Context, r *awsproto.Request) *awsproto.Response {
	digest, ok := digestOf(r)
	if !ok {
		return nil
	}
	if !d.Opens(r) {
		return &awsproto.Response{Status: 403, Header: []awsproto.Field{{Name: "x-amzn-ErrorType", Value: "AccessDeniedException"}, {Name: "Content-Type", Value: "application/json"}},
			Body: []byte(`{"Type":"User","message":"Request has expired, or its signature does not match."}`)}
	}
	code, err := d.read(ctx, digest)
	if err != nil {
		slog.ErrorContext(ctx, "code cannot be downloaded", "digest", digest, "error", err)
		return &awsproto.Response{Status: 500, Header: []awsproto.Field{{Name: "x-amzn-ErrorType", Value: "ServiceException"}, {Name: "Content-Type", Value: "application/json"}},
			Body: []byte(`{"Type":"Service","message":"The code cannot be read."}`)}
	}
	return &awsproto.Response{Status: 200, Header: []awsproto.Field{{Name: "Content-Type", Value: "application/zip"}}, Body: code}
}

func (d *Downloads) read(ctx context.Context, digest string) ([]byte, error) {
	return functionstore.ReadCode(ctx, d.Snapshots, d.Box, digest)
}
