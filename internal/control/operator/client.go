package operator

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"github.com/gatehouse-gateway/gatehouse/internal/access/accesskey"
	"github.com/gatehouse-gateway/gatehouse/internal/control/lambda/layer"
)

const (
	callTime   = 30 * time.Second // of a call with a small answer
	stallTime  = 5 * time.Minute  // without a byte of a backup: all documents are read before the first comes
	maxAnswer  = 16 << 20         // bytes of an answer that is no stream
	signRegion = "us-east-1"      // any: the operator's calls have none
)

// Client asks a running server in the name of a root key.
type Client struct {
	address Address
	id      string
	secret  accesskey.Secret
	http    *http.Client
}

// NewClient returns a client of the server at an address. Close it.
func NewClient(a Address, id string, secret accesskey.Secret) *Client {
	t := &http.Transport{
		DialContext:           (&net.Dialer{Timeout: 5 * time.Second}).DialContext,
		TLSHandshakeTimeout:   10 * time.Second,
		ResponseHeaderTimeout: callTime,
	}
	if a.Certificate != "" {
		t.TLSClientConfig = &tls.Config{
			InsecureSkipVerify: true, // the certificate is compared with the one that the server wrote down
			VerifyConnection: func(s tls.ConnectionState) error {
				if sum := sha256.Sum256(s.PeerCertificates[0].Raw); hex.EncodeToString(sum[:]) != a.Certificate {
					return errors.New("the certificate is not the server's")
				}
				return nil
			},
		}
	}
	return &Client{address: a, id: id, secret: secret, http: &http.Client{Transport: t, CheckRedirect: noRedirect}}
}

// noRedirect keeps signed calls where they were sent.
func noRedirect(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// Close ends the client's connections.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// List returns all keys.
func (c *Client) List(ctx context.Context) ([]accesskey.Key, error) {
	var out keyList
	err := c.call(ctx, "GET", keysPath, nil, &out)
	return out.Keys, err
}

// Create makes a key.
func (c *Client) Create(ctx context.Context, account, name string, root bool) (accesskey.Key, string, error) {
	var out madeKey
	err := c.call(ctx, "POST", keysPath, newKey{account, name, root}, &out)
	return out.Key, out.SecretAccessKey, err
}

// SetDisabled disables or enables a key.
func (c *Client) SetDisabled(ctx context.Context, id string, disabled, force bool) (out accesskey.Key, err error) {
	err = c.call(ctx, "PUT", keysPath+"/"+url.PathEscape(id), keyChange{&disabled, force}, &out)
	return out, err
}

// Delete removes a key.
func (c *Client) Delete(ctx context.Context, id string, force bool) error {
	query := ""
	if force {
		query = "?force=true"
	}
	return c.call(ctx, "DELETE", keysPath+"/"+url.PathEscape(id)+query, nil, nil)
}

// ImportLayer stores a version of a layer from a zip file.
func (c *Client) ImportLayer(ctx context.Context, arn string, zip []byte) (out layer.Info, err error) {
	err = c.exchange(ctx, "PUT", layerTarget(arn), zip, &out)
	return out, err
}

// ListLayers returns the versions of all layers.
func (c *Client) ListLayers(ctx context.Context) ([]layer.Info, error) {
	var out layerList
	err := c.call(ctx, "GET", layersPath, nil, &out)
	return out.Layers, err
}

// RemoveLayer removes a version of a layer.
func (c *Client) RemoveLayer(ctx context.Context, arn string) error {
	return c.call(ctx, "DELETE", layerTarget(arn), nil, nil)
}

func layerTarget(arn string) string {
	return layersPath + "?" + url.Values{"arn": {arn}}.Encode()
}

// Backup writes the state to w, as package backup wrote it. What it wrote after an error is no backup.
func (c *Client) Backup(ctx context.Context, w io.Writer) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	stalled := time.AfterFunc(stallTime, func() { cancel(fmt.Errorf("no byte of the backup came for %v", stallTime)) })
	defer stalled.Stop()
	res, err := c.do(ctx, "GET", backupPath, nil)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return refusal(res)
	}
	buf := make([]byte, 64<<10)
	for {
		n, err := res.Body.Read(buf)
		stalled.Reset(stallTime)
		if _, err := w.Write(buf[:n]); err != nil {
			return err
		}
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return fmt.Errorf("the server cut the backup off; its log says why: %w", errors.Join(err, context.Cause(ctx)))
		}
	}
}

// readyTime bounds the answer to Ready.
const readyTime = 5 * time.Second

// Ready returns nil when the server serves, else what it says. It needs no key.
func (c *Client) Ready(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, readyTime)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, "GET", c.address.URL+"/readyz", nil)
	if err != nil {
		return err
	}
	res, err := c.http.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	if err != nil {
		return fmt.Errorf("%s: %w", c.address.URL, err)
	}
	if res.StatusCode != http.StatusOK {
		return errors.New(strings.TrimSpace(string(text)))
	}
	return nil
}

// call sends one call and reads its answer into out, if that is not nil.
func (c *Client) call(ctx context.Context, method, target string, in, out any) error {
	var body []byte
	if in != nil {
		var err error
		if body, err = json.Marshal(in); err != nil {
			return err
		}
	}
	return c.exchange(ctx, method, target, body, out)
}

// exchange sends a body and reads the answer into out, if that is not nil.
func (c *Client) exchange(ctx context.Context, method, target string, body []byte, out any) error {
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	res, err := c.do(ctx, method, target, body)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode/100 != 2 {
		return refusal(res)
	}
	if out == nil {
		return nil
	}
	text, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	if err != nil {
		return fmt.Errorf("%s: %w", c.address.URL, err)
	}
	if err := json.Unmarshal(text, out); err != nil {
		return fmt.Errorf("%s: its answer cannot be read: %w", c.address.URL, err)
	}
	return nil
}

func (c *Client) do(ctx context.Context, method, target string, body []byte) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, method, c.address.URL+target, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(body)
	credentials := aws.Credentials{AccessKeyID: c.id, SecretAccessKey: c.secret.Reveal()}
	if err := v4.NewSigner().SignHTTP(ctx, credentials, req, hex.EncodeToString(sum[:]), "gatehouse", signRegion, time.Now()); err != nil {
		return nil, err
	}
	return c.http.Do(req)
}

// refusal is an answer that is no success, as an error.
func refusal(res *http.Response) error {
	var body struct {
		Message string `json:"message"`
	}
	text, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	if err == nil {
		err = json.Unmarshal(text, &body)
	}
	if err != nil || body.Message == "" {
		return fmt.Errorf("the server answered %s", res.Status)
	}
	return fmt.Errorf("the server refused: %s", body.Message)
}
