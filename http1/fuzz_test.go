package http1_test

import (
	"bufio"
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/gatehouse-gateway/gatehouse/http1"
)

// FuzzRequest holds three laws. Pieces change nothing. What we accept, net/http
// accepts with the same method, target, host, length and body, and both end at the
// same byte. What we write from what we read reads the same.
func FuzzRequest(f *testing.F) {
	for _, c := range refusals {
		f.Add([]byte(c.in))
	}
	for _, c := range accepted {
		f.Add([]byte(c.in))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		whole := readOne(bytes.NewReader(in), http1.Limits{})
		pieces := readOne(iotest.OneByteReader(bytes.NewReader(in)), http1.Limits{})
		if (whole.err == nil) != (pieces.err == nil) || whole.body != pieces.body || whole.Target != pieces.Target {
			t.Fatalf("pieces change the message: %v %.100q, %v %.100q", whole.err, whole.Target, pieces.err, pieces.Target)
		}
		if whole.err != nil {
			return
		}
		compare(t, whole, in)
		rewrite(t, whole)
	})
}

// compare reads in with net/http.
func compare(t *testing.T, ours message, in []byte) {
	in = bytes.TrimPrefix(in, []byte("\r\n")) // which net/http's server doesn't skip
	src := bytes.NewReader(in)
	buffered := bufio.NewReader(src)
	theirs, err := http.ReadRequest(buffered)
	if err != nil {
		t.Fatalf("net/http refuses what we accept: %v", err)
	}
	body, err := io.ReadAll(theirs.Body)
	if err != nil {
		t.Fatalf("net/http refuses the body: %v", err)
	}
	if theirs.Method != ours.Method || theirs.Host != ours.Host || string(body) != ours.body {
		t.Fatalf("net/http reads %q at %q with %q, we %q at %q with %q",
			theirs.Method, theirs.Host, body, ours.Method, ours.Host, ours.body)
	}
	if want := theirs.URL.RequestURI(); strings.HasPrefix(theirs.RequestURI, "/") && theirs.RequestURI != ours.Target {
		t.Fatalf("net/http reads the target %q, we %q", want, ours.Target)
	}
	length := theirs.ContentLength
	if len(theirs.TransferEncoding) > 0 {
		length = http1.Chunked
	}
	if length != ours.ContentLength {
		t.Fatalf("net/http reads the length %d, we %d", length, ours.ContentLength)
	}
	r := http1.NewReader(bytes.NewReader(in), http1.Limits{})
	var h http1.RequestHead
	var b http1.Body
	if err := r.ReadRequest(&h); err != nil {
		t.Fatal(err)
	}
	r.Body(&b, h.ContentLength)
	io.Copy(io.Discard, &b)
	if rest := buffered.Buffered() + src.Len(); !h.Header.Has("Trailer") && rest != remaining(r) {
		t.Fatalf("net/http leaves %d bytes, we %d", rest, remaining(r))
	}
}

// remaining consumes what is left and counts it.
func remaining(r *http1.Reader) int {
	var b http1.Body
	r.Body(&b, http1.UntilClose)
	n, _ := io.Copy(io.Discard, &b)
	return int(n)
}

// rewrite writes the request, in its own framing, and reads it again.
func rewrite(t *testing.T, m message) {
	if m.Target == "*" || m.Host == "" {
		return
	}
	out, err := http1.AppendRequestHead(nil, m.Method, m.Target, m.Host, m.Header, m.ContentLength)
	if err != nil {
		t.Fatalf("we don't write what we read: %v", err)
	}
	if m.ContentLength == http1.Chunked {
		out = append(http1.AppendChunk(out, []byte(m.body)), http1.LastChunk...)
	} else {
		out = append(out, m.body...)
	}
	again := readOne(bytes.NewReader(out), http1.Limits{Values: 1 << 20, Head: 1 << 20}) // our framing may be longer
	if again.err != nil || again.Target != m.Target || again.Host != m.Host || again.body != m.body {
		t.Fatalf("read again: %v %.100q, want %.100q", again.err, again.Target, m.Target)
	}
}

// FuzzResponse feeds what a back end could send: nothing panics, pieces change
// nothing, and what we accept net/http accepts with the same body.
func FuzzResponse(f *testing.F) {
	f.Add([]byte("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nab"), false)
	f.Add([]byte("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.0 204\r\n\r\n"), false)
	f.Add([]byte("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;a\r\nab\r\n0\r\nT: x\r\n\r\n"), true)
	f.Add([]byte("HTTP/1.1 200 OK\r\n\r\nab"), false)
	f.Fuzz(func(t *testing.T, in []byte, head bool) {
		method := "GET"
		if head {
			method = "HEAD"
		}
		whole, err := readAnswer(bytes.NewReader(in), method)
		pieces, err2 := readAnswer(iotest.OneByteReader(bytes.NewReader(in)), method)
		if (err == nil) != (err2 == nil) || err == nil && whole != pieces {
			t.Fatalf("pieces change the message: %+v, %v, %+v, %v", whole, err, pieces, err2)
		}
		if err != nil || bytes.HasPrefix(in, []byte("\r\n")) {
			return
		}
		src := bufio.NewReader(bytes.NewReader(in))
		req := &http.Request{Method: method}
		theirs, err := http.ReadResponse(src, req)
		for err == nil && theirs.StatusCode < 200 {
			theirs, err = http.ReadResponse(src, req)
		}
		if err != nil {
			t.Fatalf("net/http refuses what we accept: %v", err)
		}
		body, err := io.ReadAll(theirs.Body)
		if err != nil || string(body) != whole.body || theirs.StatusCode != whole.status {
			t.Fatalf("net/http reads %d %q, %v, we %d %q", theirs.StatusCode, body, err, whole.status, whole.body)
		}
	})
}
