package restapi

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"errors"
	"io"
	"strconv"
	"strings"
	"sync"

	"github.com/gatehouse-gateway/gatehouse/internal/front"
)

// coding is a content coding that the gateway can write and read. Spec: rest-api 18.
type coding string

const (
	gzipCoding    coding = "gzip"
	deflateCoding coding = "deflate"
)

// acceptedCoding is the coding to answer with, or "": the one with the highest weight, the first of equals, and only if
// that one is gzip or deflate. "*" counts as gzip; without the header nothing is compressed. Spec: rest-api 18.
func acceptedCoding(header string) coding {
	best, weight := "", 0.0
	for item := range strings.SplitSeq(header, ",") {
		name, params, _ := strings.Cut(item, ";")
		name = strings.ToLower(strings.TrimSpace(name))
		if w := weightOf(params); name != "" && w > weight {
			best, weight = name, w
		}
	}
	switch best {
	case "gzip", "x-gzip", "*":
		return gzipCoding
	case "deflate":
		return deflateCoding
	}
	return ""
}

func weightOf(params string) float64 {
	for p := range strings.SplitSeq(params, ";") {
		if q, ok := strings.CutPrefix(strings.ToLower(strings.TrimSpace(p)), "q="); ok {
			w, err := strconv.ParseFloat(q, 64)
			if err != nil || w < 0 || w > 1 {
				return 0
			}
			return w
		}
	}
	return 1
}

// compressor is what gzip.Writer and zlib.Writer share.
type compressor interface {
	io.WriteCloser
	Reset(io.Writer)
}

var compressors = map[coding]*sync.Pool{
	gzipCoding:    {New: func() any { return gzip.NewWriter(io.Discard) }},
	deflateCoding: {New: func() any { return zlib.NewWriter(io.Discard) }},
}

// compressAnswer compresses the body of the answer where API, client and answer agree to it. Spec: rest-api 18.
func (x *exchange) compressAnswer() {
	out := &x.wire.Response
	if x.stage == nil || x.stage.compressFrom < 0 || out.Stream != nil || len(out.Body) < x.stage.compressFrom || len(out.Body) == 0 {
		return
	}
	if x.wire.Request.Method == "HEAD" || out.Status == 204 || out.Status == 304 || out.Header.Has("Content-Encoding") {
		return
	}
	chosen := acceptedCoding(strings.Join(x.wire.Request.Header.Values("Accept-Encoding"), ","))
	if chosen == "" {
		return
	}
	pool := compressors[chosen]
	w := pool.Get().(compressor)
	defer pool.Put(w)
	var packed bytes.Buffer
	w.Reset(&packed)
	if _, err := w.Write(out.Body); err != nil || w.Close() != nil {
		return // a buffer does not fail; uncompressed is right all the same
	}
	out.Body = packed.Bytes()
	out.Header.Set("Content-Encoding", string(chosen))
}

// decodeContent undoes the content coding of the request body when the API has compression enabled; without that the
// body stays as it was sent. A body smaller than the threshold is left alone, too (unconfirmed). Spec: rest-api 18.
func (x *exchange) decodeContent() *refusal {
	sent := x.wire.Request.Header.Get("Content-Encoding")
	if sent == "" || x.stage.compressFrom < 0 || len(x.body) == 0 || len(x.body) < x.stage.compressFrom {
		return nil
	}
	var r io.Reader
	var err error
	switch strings.ToLower(strings.TrimSpace(sent)) {
	case "identity":
		x.decoded, x.headerDone = true, false
		return nil
	case "gzip", "x-gzip":
		r, err = gzip.NewReader(bytes.NewReader(x.body))
	case "deflate":
		r, err = inflater(x.body)
	default:
		return badEncoding
	}
	if err != nil {
		return badEncoding
	}
	limit := x.stage.env.Limits.RequestPayload
	body, err := front.ReadAll(nil, io.LimitReader(r, limit+1), limit, &x.memory) // bounded: a bomb stops at the payload limit
	switch {
	case errors.Is(err, front.ErrNoMemory):
		return overloaded
	case int64(len(body)) > limit:
		return payloadTooLarge
	case err != nil:
		return badEncoding
	}
	x.body, x.decoded, x.headerDone = body, true, false
	return nil
}

// inflater reads deflate with the zlib wrapper of the standard, or without it as some clients send it.
func inflater(body []byte) (io.Reader, error) {
	if r, err := zlib.NewReader(bytes.NewReader(body)); err == nil {
		return r, nil
	}
	return flate.NewReader(bytes.NewReader(body)), nil
}
