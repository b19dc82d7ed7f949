package http1_test

import (
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/gatehouse-gateway/gatehouse/http1"
)

func TestRequestHeadIsWrittenWithOneFraming(t *testing.T) {
	h := http1.Header{
		{"b-B", "2"}, {"host", "evil"}, {"content-length", "9"}, {"TRANSFER-ENCODING", "chunked"},
		{"Connection", "close"}, {"A", ""}, {"b-B", "3"},
	}
	for length, want := range map[int64]string{
		0:                "POST /x?y HTTP/1.1\r\nHost: h:1\r\nb-B: 2\r\nA: \r\nb-B: 3\r\nContent-Length: 0\r\n\r\n",
		12:               "POST /x?y HTTP/1.1\r\nHost: h:1\r\nb-B: 2\r\nA: \r\nb-B: 3\r\nContent-Length: 12\r\n\r\n",
		http1.Chunked:    "POST /x?y HTTP/1.1\r\nHost: h:1\r\nb-B: 2\r\nA: \r\nb-B: 3\r\nTransfer-Encoding: chunked\r\n\r\n",
		http1.UntilClose: "POST /x?y HTTP/1.1\r\nHost: h:1\r\nb-B: 2\r\nA: \r\nb-B: 3\r\n\r\n",
	} {
		got, err := http1.AppendRequestHead(nil, "POST", "/x?y", "h:1", h, length)
		if err != nil || string(got) != want {
			t.Errorf("length %d: got %q, %v, want %q", length, got, err, want)
		}
	}
}

func TestHeadsThatWouldSplitAMessageAreNotWritten(t *testing.T) {
	for _, f := range []http1.Field{
		{"A", "b\r\nC: d"}, {"A", "b\n"}, {"A", "b\x00"}, {"A", " b"}, {"A", "b\t"},
		{"A\r\nB", "c"}, {"A:", "b"}, {"", "b"}, {"A ", "b"},
	} {
		if _, err := http1.AppendRequestHead(nil, "GET", "/", "h", http1.Header{f}, 0); !errors.Is(err, http1.ErrInvalidField) {
			t.Errorf("request %q: got %v", f, err)
		}
		if _, err := http1.AppendFields(nil, http1.Header{f}); !errors.Is(err, http1.ErrInvalidField) {
			t.Errorf("response %q: got %v", f, err)
		}
	}
	for _, l := range [][3]string{
		{"G T", "/", "h"}, {"", "/", "h"}, {"GET", "", "h"}, {"GET", "x", "h"}, {"GET", "/ x", "h"},
		{"GET", "/\r\nA: b", "h"}, {"GET", "/#x", "h"}, {"GET", "/", ""}, {"GET", "/", "h\r\nA: b"}, {"GET", "/", "u@h"},
	} {
		if _, err := http1.AppendRequestHead(nil, l[0], l[1], l[2], nil, 0); !errors.Is(err, http1.ErrInvalidLine) {
			t.Errorf("%q: got %v", l, err)
		}
	}
}

func TestResponsePartsAreWritten(t *testing.T) {
	b, err := http1.AppendStatus(nil, 404)
	if err != nil {
		t.Fatal(err)
	}
	b, err = http1.AppendFields(b, http1.Header{{"x", "1"}, {"date", "never"}, {"connection", "x"}, {"Host", "kept"}})
	if err != nil {
		t.Fatal(err)
	}
	b = http1.AppendDate(b, time.Unix(784111777, 0))
	if want := "HTTP/1.1 404 Not Found\r\nx: 1\r\nHost: kept\r\nSun, 06 Nov 1994 08:49:37 GMT"; string(b) != want {
		t.Errorf("got %q, want %q", b, want)
	}
	for _, status := range []int{0, 99, 1000, -1} {
		if _, err := http1.AppendStatus(nil, status); err == nil {
			t.Errorf("status %d was written", status)
		}
	}
}

func TestChunksAreWritten(t *testing.T) {
	b := http1.AppendChunk(nil, []byte("hello, chunked!!"))
	b = http1.AppendChunk(b, nil)
	b = append(b, http1.LastChunk...)
	if want := "10\r\nhello, chunked!!\r\n0\r\n\r\n"; string(b) != want {
		t.Errorf("got %q, want %q", b, want)
	}
}

func TestReasonsAreThoseOfTheRegistry(t *testing.T) {
	for status := range 1000 {
		want := http.StatusText(status)
		switch status { // renamed by RFC 9110, or no longer registered
		case 413:
			want = "Content Too Large"
		case 414:
			want = "URI Too Long"
		case 416:
			want = "Range Not Satisfiable"
		case 422:
			want = "Unprocessable Content"
		}
		if got := http1.StatusText(status); got != want {
			t.Errorf("%d: got %q, want %q", status, got, want)
		}
	}
}
