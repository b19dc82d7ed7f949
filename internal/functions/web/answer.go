package web

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/gatehouse-gateway/gatehouse/jsontree"
)

// maxPayload is what a function can answer, in bytes. Spec: functions A2.2.
const maxPayload = 6*1024*1024 + 100

// answer is what the server answered. Names of headers are in lower case.
type answer struct {
	status int
	header map[string][]string
	body   []byte
}

func bodyReader(body []byte) func() (io.ReadCloser, error) {
	return func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }
}

// readAnswer reads all of an answer.
func readAnswer(res *http.Response) (a answer, err error) {
	a = headOf(res)
	a.body, err = readBody(res, nil)
	return a, err
}

// headOf is an answer without its body.
func headOf(res *http.Response) answer {
	a := answer{status: res.StatusCode, header: make(map[string][]string, len(res.Header))}
	for name, values := range res.Header {
		lower := strings.ToLower(name)
		a.header[lower] = append(a.header[lower], values...)
	}
	delete(a.header, "transfer-encoding")
	return a
}

// readBody appends the body to dst. One byte over the limit is read, so that it is seen to be too large.
func readBody(res *http.Response, dst []byte) ([]byte, error) {
	buf := bytes.NewBuffer(dst)
	if _, err := buf.ReadFrom(io.LimitReader(res.Body, maxPayload+1)); err != nil {
		return nil, fmt.Errorf("the answer of the web server: %w", err)
	}
	return buf.Bytes(), nil
}

func (a *answer) first(name string) string {
	if values := a.header[name]; len(values) > 0 {
		return values[0]
	}
	return ""
}

// isText reports whether the body goes into the result as it is, and not as base64. Text of another charset than UTF-8 does
// not: its bytes would not survive.
func (a *answer) isText() bool {
	if strings.EqualFold(a.first("x-lambda-http-content-encoding"), "text") {
		return utf8.Valid(a.body)
	}
	if a.first("content-encoding") != "" {
		return false
	}
	return isTextType(a.first("content-type")) && utf8.Valid(a.body)
}

func isTextType(contentType string) bool {
	if contentType == "" {
		return true
	}
	contentType = strings.ToLower(contentType)
	for _, begin := range []string{"text/", "application/json", "application/javascript", "application/xml", "application/yaml"} {
		if strings.HasPrefix(contentType, begin) {
			return true
		}
	}
	bare, _, _ := strings.Cut(contentType, ";")
	bare = strings.TrimSpace(bare)
	return strings.HasSuffix(bare, "+json") || strings.HasSuffix(bare, "+xml") || strings.HasSuffix(bare, "+yaml")
}

// append appends the result of the function in the form that the sender of the event reads.
func (a *answer) append(dst []byte, o origin) []byte {
	if o == passThrough {
		if a.isText() && json.Valid(a.body) {
			return append(dst, a.body...)
		}
		return append(dst, "null"...)
	}
	dst = append(dst, `{"statusCode":`...)
	dst = strconv.AppendInt(dst, int64(a.status), 10)
	switch o {
	case proxyV2:
		dst = a.appendSingle(dst)
	case loadBalancer:
		dst = append(dst, `,"statusDescription":`...)
		dst = jsontree.AppendString(dst, strings.TrimSpace(strconv.Itoa(a.status)+" "+http.StatusText(a.status)))
		dst = a.appendMulti(dst)
	default:
		dst = a.appendMulti(dst)
	}
	dst = append(dst, `,"body":`...)
	if a.isText() {
		return append(jsontree.AppendString(dst, string(a.body)), `,"isBase64Encoded":false}`...)
	}
	dst = append(dst, '"')
	dst = base64.StdEncoding.AppendEncode(dst, a.body)
	return append(dst, `","isBase64Encoded":true}`...)
}

// appendMulti appends all values of all headers.
func (a *answer) appendMulti(dst []byte) []byte {
	dst = append(dst, `,"multiValueHeaders":{`...)
	for i, name := range slices.Sorted(maps.Keys(a.header)) {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(jsontree.AppendString(dst, name), ':')
		dst = appendStrings(dst, a.header[name])
	}
	return append(dst, '}')
}

// appendSingle appends the headers of format 2.0: the values of one are a list in one string, and cookies stand apart.
func (a *answer) appendSingle(dst []byte) []byte {
	dst = append(dst, `,"headers":{`...)
	begun := false
	for _, name := range slices.Sorted(maps.Keys(a.header)) {
		if name == "set-cookie" {
			continue
		}
		if begun {
			dst = append(dst, ',')
		}
		begun = true
		dst = append(jsontree.AppendString(dst, name), ':')
		dst = jsontree.AppendString(dst, readable(strings.Join(a.header[name], ",")))
	}
	dst = append(dst, '}')
	if cookies := a.header["set-cookie"]; len(cookies) > 0 {
		dst = appendStrings(append(dst, `,"cookies":`...), cookies)
	}
	return dst
}

func appendStrings(dst []byte, values []string) []byte {
	dst = append(dst, '[')
	for i, v := range values {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = jsontree.AppendString(dst, readable(v))
	}
	return append(dst, ']')
}

// readable is a header value as text: UTF-8, or what ISO 8859-1 makes of its bytes.
func readable(value string) string {
	if utf8.ValidString(value) {
		return value
	}
	runes := make([]rune, len(value))
	for i := range len(value) {
		runes[i] = rune(value[i])
	}
	return string(runes)
}

// minCompressed is the size from which compression is tried, in bytes.
const minCompressed = 32

// compress encodes the body with gzip if the client accepts that and it is worth it.
func (a *answer) compress(accepted string) error {
	contentType := strings.ToLower(a.first("content-type"))
	switch {
	case len(a.body) < minCompressed, a.first("content-encoding") != "", a.first("content-range") != "", !acceptsGzip(accepted):
		return nil
	case strings.HasPrefix(contentType, "image/") && !strings.HasPrefix(contentType, "image/svg+xml"):
		return nil
	case strings.HasPrefix(contentType, "text/event-stream"), strings.HasPrefix(contentType, "application/grpc"):
		return nil
	}
	var compressed bytes.Buffer
	w := gzip.NewWriter(&compressed)
	if _, err := w.Write(a.body); err != nil {
		return fmt.Errorf("compressing an answer: %w", err)
	}
	if err := w.Close(); err != nil {
		return fmt.Errorf("compressing an answer: %w", err)
	}
	a.body = compressed.Bytes()
	a.header["content-encoding"] = []string{"gzip"}
	a.header["vary"] = append(a.header["vary"], "accept-encoding")
	delete(a.header, "content-length")
	delete(a.header, "accept-ranges")
	return nil
}

// acceptsGzip reads an Accept-Encoding header.
func acceptsGzip(header string) bool {
	star := false
	for item := range strings.SplitSeq(header, ",") {
		coding, params, err := mime.ParseMediaType("x/" + strings.TrimSpace(item))
		if err != nil {
			continue
		}
		q, err := strconv.ParseFloat(params["q"], 64)
		wanted := err != nil || q > 0
		switch coding {
		case "x/gzip":
			return wanted
		case "x/*":
			star = wanted
		}
	}
	return star
}

// appendFailure is the error that a status of AWS_LWA_ERROR_STATUS_CODES becomes.
func appendFailure(dst []byte, a answer) []byte {
	message := `{"statusCode":` + strconv.Itoa(a.status) + `,"body":` + string(jsontree.AppendString(nil, string(a.body))) + `}`
	payload, _ := bounded(appendError(dst, "Function.ErrorStatusCode", message), len(dst))
	return payload
}

func appendError(dst []byte, errorType, message string) []byte {
	dst = jsontree.AppendString(append(dst, `{"errorType":`...), errorType)
	dst = jsontree.AppendString(append(dst, `,"errorMessage":`...), message)
	return append(dst, '}')
}

// bounded replaces a payload that is too large, after the first n bytes of p, by the error of that.
func bounded(p []byte, n int) (payload []byte, failed bool) {
	if len(p)-n <= maxPayload {
		return p, false
	}
	return appendTooLarge(p[:n], maxPayload), true
}

// appendTooLarge appends the error of an answer that is larger than limit. Recorded text. Spec: functions D3.
func appendTooLarge(dst []byte, limit int64) []byte {
	return fmt.Appendf(dst, `{"errorMessage":"Response payload size exceeded maximum allowed payload size (%d bytes).","errorType":"Function.ResponseSizeTooLarge"}`, limit)
}
