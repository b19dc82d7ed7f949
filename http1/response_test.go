package http1_test

import (
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/gatehouse-gateway/gatehouse/http1"
)

type answer struct {
	status         int
	length         int64
	declared       int64
	keepAlive      bool
	body, leftOver string
}

func readAnswer(src io.Reader, method string) (a answer, err error) {
	r := http1.NewReader(src, http1.Limits{})
	var h http1.ResponseHead
	if err := r.ReadResponse(&h, method); err != nil {
		return a, err
	}
	var b http1.Body
	r.Body(&b, h.ContentLength)
	data, err := io.ReadAll(&b)
	var rest http1.Body
	r.Body(&rest, http1.UntilClose)
	left, _ := io.ReadAll(&rest)
	return answer{h.Status, h.ContentLength, h.Declared, h.KeepAlive, string(data), string(left)}, err
}

func TestResponsesAreReadWithOneLength(t *testing.T) {
	for _, c := range []struct {
		name, method, in string
		want             answer
	}{
		{"length", "GET", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nabX", answer{200, 2, 2, true, "ab", "X"}},
		{"no length", "GET", "HTTP/1.1 200 OK\r\n\r\nabX", answer{200, http1.UntilClose, -1, false, "abX", ""}},
		{"chunks", "GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\nT: x\r\n\r\nX", answer{200, http1.Chunked, -1, true, "ab", "X"}},
		{"no reason", "GET", "HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n", answer{200, 0, 0, true, "", ""}},
		{"empty reason", "GET", "HTTP/1.1 299 \r\nContent-Length: 0\r\n\r\n", answer{299, 0, 0, true, "", ""}},
		{"HEAD", "HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nX", answer{200, 0, 5, true, "", "X"}},
		{"HEAD of chunks", "HEAD", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nX", answer{200, 0, -1, true, "", "X"}},
		{"HEAD without length", "HEAD", "HTTP/1.1 200 OK\r\n\r\nX", answer{200, 0, -1, true, "", "X"}},
		{"204", "GET", "HTTP/1.1 204 No Content\r\n\r\nX", answer{204, 0, -1, true, "", "X"}},
		{"304 with a length", "GET", "HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\nX", answer{304, 0, 9, true, "", "X"}},
		{"interim", "GET", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na", answer{200, 1, 1, true, "a", ""}},
		{"close", "GET", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nConnection: close\r\n\r\na", answer{200, 1, 1, false, "a", ""}},
		{"HTTP/1.0", "GET", "HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\na", answer{200, 1, 1, false, "a", ""}},
		{"HTTP/1.0 keep-alive", "GET", "HTTP/1.0 200 OK\r\nContent-Length: 1\r\nConnection: keep-alive\r\n\r\na", answer{200, 1, 1, true, "a", ""}},
	} {
		for name, src := range sources(c.in) {
			got, err := readAnswer(src, c.method)
			if err != nil || got != c.want {
				t.Errorf("%s, %s: got %+v, %v, want %+v", c.name, name, got, err, c.want)
			}
		}
	}
}

func TestMalformedResponsesAreRefused(t *testing.T) {
	for name, in := range map[string]string{
		"no status line":         "hello\r\n\r\n",
		"no status":              "HTTP/1.1\r\n\r\n",
		"short status":           "HTTP/1.1 20\r\n\r\n",
		"long status":            "HTTP/1.1 2000 OK\r\n\r\n",
		"status below 100":       "HTTP/1.1 099 OK\r\n\r\n",
		"signed status":          "HTTP/1.1 +20 OK\r\n\r\n",
		"two spaces":             "HTTP/1.1  200 OK\r\n\r\n",
		"HTTP/2":                 "HTTP/2.0 200 OK\r\n\r\n",
		"control in the reason":  "HTTP/1.1 200 O\x00K\r\n\r\n",
		"switching":              "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n",
		"length and coding":      "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n",
		"two lengths":            "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
		"chunked in HTTP/1.0":    "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
		"other coding":           "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n",
		"blank before the colon": "HTTP/1.1 200 OK\r\nContent-Length : 1\r\n\r\na",
		"fold":                   "HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\n",
		"bare LF":                "HTTP/1.1 200 OK\nContent-Length: 0\n\n",
		"head without end":       "HTTP/1.1 200 OK\r\n" + strings.Repeat("a: b\r\n", 20_000),
	} {
		_, err := readAnswer(strings.NewReader(in), "GET")
		var refused *http1.Error
		if !errors.As(err, &refused) {
			t.Errorf("%s: got error %v, want an *http1.Error", name, err)
		}
	}
}

func TestInterimResponsesAreBounded(t *testing.T) {
	endless := strings.Repeat("HTTP/1.1 100 Continue\r\n\r\n", 100)
	if _, err := readAnswer(strings.NewReader(endless), "GET"); !errors.Is(err, http1.ErrTooManyInterim) {
		t.Errorf("got %v, want %v", err, http1.ErrTooManyInterim)
	}
}

func TestStreamOfChunksDoesNotWaitForTheNextChunk(t *testing.T) {
	pr, pw := io.Pipe()
	defer pw.Close()
	go io.WriteString(pw, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n2\r\ncd\r\n0\r\n")
	r := http1.NewReader(pr, http1.Limits{})
	var h http1.ResponseHead
	if err := r.ReadResponse(&h, "GET"); err != nil {
		t.Fatal(err)
	}
	var b http1.Body
	r.Body(&b, h.ContentLength)
	p := make([]byte, 100)
	if n, err := b.Read(p); string(p[:n]) != "abcd" || err != nil {
		t.Errorf("got %q, %v, want both chunks", p[:n], err)
	}
}
