package endpoint

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"strconv"
	"strings"

	"github.com/gatehouse-gateway/gatehouse/awsproto"
	"github.com/gatehouse-gateway/gatehouse/http1"
	"github.com/gatehouse-gateway/gatehouse/internal/control/caller"
	"github.com/gatehouse-gateway/gatehouse/internal/front"
	"github.com/gatehouse-gateway/gatehouse/sigv4"
)

// form is the protocol that a client speaks, which decides how it reads errors.
type form int

const (
	formREST  form = iota // restJson1
	formJSON              // X-Amz-Target
	formQuery             // Action and Version
	formXML               // restXml: S3
)

// formOf guesses the protocol from what every call of it has.
func (c *call) formOf() form {
	h := c.x.Request.Header
	switch {
	case h.Has("X-Amz-Target"):
		return formJSON
	case c.sig.Path != "/":
		return formREST
	case strings.HasPrefix(h.Get("Content-Type"), "application/x-www-form-urlencoded"),
		strings.HasPrefix(c.sig.Query, "Action="), strings.Contains(c.sig.Query, "&Action="):
		return formQuery
	}
	return formREST
}

var errInternal = awsproto.NewError(500, "InternalFailure", "Internal server error")

// dispatch hands a call to its service.
func (c *call) dispatch(ctx context.Context) error {
	switch c.to {
	case c.e.sts:
		return c.serveSTS()
	case c.e.operator:
		return c.operate(ctx)
	}
	r, err := c.request()
	if err != nil {
		return err
	}
	ctx = caller.With(ctx, caller.Caller{AccountID: c.from.AccountID, Region: c.region(), AccessKeyID: c.from.ID, RequestID: c.id, Endpoint: c.address()})
	c.send(c.to.Handler.Handle(ctx, r))
	return nil
}

// address is the one that the client has for this endpoint.
func (c *call) address() string {
	scheme := "http://"
	if c.x.Request.TLS != nil {
		scheme = "https://"
	}
	return scheme + c.x.Request.Host
}

// operate hands a call to the operator's side.
func (c *call) operate(ctx context.Context) error {
	if c.e.opts.Operator == nil || !under(c.sig.Path, OperatorPath) {
		return c.absent(OperatorService)
	}
	r, err := c.request()
	if err != nil {
		return err
	}
	res := &c.x.Response
	c.e.opts.Operator.ServeOperator(ctx, r, res)
	res.Header.Set(requestIDHeader, c.id)
	return nil
}

// request is the call as its service wants it.
func (c *call) request() (*awsproto.Request, error) {
	body, err := decodeBody(c.sig.Body, c.x.Request.Header.Get("Content-Encoding"), c.limit())
	if err != nil {
		return nil, err
	}
	return &awsproto.Request{Method: c.sig.Method, Path: c.sig.Path, Query: c.sig.Query, Header: fields[awsproto.Field](c.x.Request.Header), Body: body}, nil
}

// region is the one of the credential scope, else the configured one.
func (c *call) region() string {
	if scope, ok := sigv4.ScopeOf(&c.sig); ok && scope.Region != "" {
		return scope.Region
	}
	return c.e.opts.Region
}

const requestIDHeader = "x-amzn-RequestId"

// begin starts an answer anew.
func (c *call) begin(status int) *front.Response {
	res := &c.x.Response
	if res.Stream != nil {
		_ = res.Stream.Close()
	}
	*res = front.Response{Status: status, Header: res.Header[:0]}
	res.Header.Add(requestIDHeader, c.id)
	return res
}

// send answers with what a service returned.
func (c *call) send(from *awsproto.Response) {
	res := c.begin(from.Status)
	for _, f := range from.Header {
		res.Header.Add(f.Name, f.Value)
	}
	res.Body = from.Body
	if from.Stream != nil {
		res.Stream, res.StreamLength = from.Stream, -1
	}
}

// fail answers with an error in the form of the client's protocol. Spec: control-plane 3.1.
func (c *call) fail(f *awsproto.Error) {
	res := c.begin(f.Status)
	res.Header.Add("x-amzn-ErrorType", f.Type)
	if f.RetryAfter > 0 {
		res.Header.Add("Retry-After", strconv.Itoa(f.RetryAfter))
	}
	contentType := "application/json"
	switch c.form {
	case formREST:
		res.Body = jsonText(map[string]string{"message": f.Message})
	case formJSON:
		contentType = "application/x-amz-json-1.1"
		res.Body = jsonText(map[string]string{"__type": f.Type, "message": f.Message})
	case formQuery:
		contentType = "text/xml"
		fault := "Sender"
		if f.Status >= 500 {
			fault = "Receiver"
		}
		res.Body = []byte(`<ErrorResponse xmlns="` + stsNamespace + `"><Error><Type>` + fault + "</Type><Code>" + escapeXML(f.Type) +
			"</Code><Message>" + escapeXML(f.Message) + "</Message></Error><RequestId>" + escapeXML(c.id) + "</RequestId></ErrorResponse>\n")
	case formXML:
		contentType = "application/xml"
		res.Body = []byte(xml.Header + "<Error><Code>" + escapeXML(f.Type) + "</Code><Message>" + escapeXML(f.Message) +
			"</Message><RequestId>" + escapeXML(c.id) + "</RequestId></Error>")
	}
	res.Header.Add("Content-Type", contentType)
}

func jsonText(members map[string]string) []byte {
	text, err := json.Marshal(members)
	if err != nil {
		return []byte("{}") // texts can always be written
	}
	return text
}

func escapeXML(s string) string {
	var b bytes.Buffer
	_ = xml.EscapeText(&b, []byte(s)) // a buffer takes everything
	return b.String()
}

// fields turns a header into the fields of another package.
func fields[T ~struct{ Name, Value string }](h http1.Header) []T {
	all := make([]T, len(h))
	for i, f := range h {
		all[i] = T(f)
	}
	return all
}

// newUUID is a random UUID.
func newUUID() string {
	var raw [16]byte
	_, _ = rand.Read(raw[:]) // never fails
	raw[6] = raw[6]&0x0f | 0x40
	raw[8] = raw[8]&0x3f | 0x80
	text := make([]byte, 0, 36)
	for i, b := range [...][]byte{raw[:4], raw[4:6], raw[6:8], raw[8:10], raw[10:]} {
		if i > 0 {
			text = append(text, '-')
		}
		text = hex.AppendEncode(text, b)
	}
	return string(text)
}
