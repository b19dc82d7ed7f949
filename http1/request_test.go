package http1_test

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/gatehouse-gateway/gatehouse/http1"
)

// message is one request that was read, or the error of it.
type message struct {
	http1.RequestHead
	body string
	err  error
}

// readOne reads the first request of a stream with its body.
func readOne(src io.Reader, limits http1.Limits) (m message) {
	r := http1.NewReader(src, limits)
	if m.err = r.ReadRequest(&m.RequestHead); m.err != nil {
		return m
	}
	var b http1.Body
	r.Body(&b, m.ContentLength)
	data, err := io.ReadAll(&b)
	m.body, m.err = string(data), err
	return m
}

func status(err error) int {
	var refused *http1.Error
	if errors.As(err, &refused) {
		return refused.Status
	}
	return 0
}

const host = "Host: a.example\r\n"

// refusals are requests that must not be accepted, each for one reason. Most have
// been used to smuggle a request past one parser into another.
var refusals = []struct {
	name, in string
	status   int
}{
	// The request line.
	{"no version", "GET /\r\n" + host + "\r\n", 400},
	{"two spaces", "GET  / HTTP/1.1\r\n" + host + "\r\n", 400},
	{"space at the end", "GET / HTTP/1.1 \r\n" + host + "\r\n", 400},
	{"tab as separator", "GET\t/ HTTP/1.1\r\n" + host + "\r\n", 400},
	{"space in the target", "GET /a b HTTP/1.1\r\n" + host + "\r\n", 400},
	{"empty target", "GET  HTTP/1.1\r\n" + host + "\r\n", 400},
	{"blank before the method", " GET / HTTP/1.1\r\n" + host + "\r\n", 400},
	{"method not a token", "G(T / HTTP/1.1\r\n" + host + "\r\n", 400},
	{"method with a colon", "GET: / HTTP/1.1\r\n" + host + "\r\n", 400},
	{"method too long", strings.Repeat("M", 41) + " / HTTP/1.1\r\n" + host + "\r\n", 501},
	{"lower-case version", "GET / http/1.1\r\n" + host + "\r\n", 400},
	{"version with two digits", "GET / HTTP/1.10\r\n" + host + "\r\n", 400},
	{"version without minor", "GET / HTTP/1\r\n" + host + "\r\n", 400},
	{"version with sign", "GET / HTTP/+1.1\r\n" + host + "\r\n", 400},
	{"HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505},
	{"HTTP/1.2", "GET / HTTP/1.2\r\n" + host + "\r\n", 505},
	{"HTTP/0.9", "GET / HTTP/0.9\r\n" + host + "\r\n", 505},
	{"binary garbage", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400},
	{"two empty lines first", "\r\n\r\nGET / HTTP/1.1\r\n" + host + "\r\n", 400},
	{"bare LF first", "\nGET / HTTP/1.1\r\n" + host + "\r\n", 400},
	{"bare CR first", "\rGET / HTTP/1.1\r\n" + host + "\r\n", 400},
	{"CONNECT", "CONNECT a.example:443 HTTP/1.1\r\n" + host + "\r\n", 501},

	// The target.
	{"target without slash", "GET a HTTP/1.1\r\n" + host + "\r\n", 400},
	{"asterisk for GET", "GET * HTTP/1.1\r\n" + host + "\r\n", 400},
	{"fragment", "GET /a#b HTTP/1.1\r\n" + host + "\r\n", 400},
	{"NUL in the target", "GET /a\x00b HTTP/1.1\r\n" + host + "\r\n", 400},
	{"CR in the target", "GET /a\rb HTTP/1.1\r\n" + host + "\r\n", 400},
	{"DEL in the target", "GET /a\x7f HTTP/1.1\r\n" + host + "\r\n", 400},
	{"non-ASCII target", "GET /\xc3\xa9 HTTP/1.1\r\n" + host + "\r\n", 400},
	{"bar in the query, unconfirmed", "GET /?a=b|c HTTP/1.1\r\n" + host + "\r\n", 400},
	{"braces in the query, unconfirmed", "GET /?a={b} HTTP/1.1\r\n" + host + "\r\n", 400},
	{"backslash", "GET /a\\b HTTP/1.1\r\n" + host + "\r\n", 400},
	{"broken escape in the path", "GET /%zz HTTP/1.1\r\n" + host + "\r\n", 400},
	{"escape cut off", "GET /a%2 HTTP/1.1\r\n" + host + "\r\n", 400},
	{"escape cut off by the query", "GET /a%2?b HTTP/1.1\r\n" + host + "\r\n", 400},
	{"absolute form, other host", "GET http://b.example/ HTTP/1.1\r\n" + host + "\r\n", 400},
	{"absolute form, other port", "GET http://a.example:81/ HTTP/1.1\r\n" + host + "\r\n", 400},
	{"absolute form, user", "GET http://u@a.example/ HTTP/1.1\r\n" + host + "\r\n", 400},
	{"absolute form, other scheme", "GET ftp://a.example/ HTTP/1.1\r\n" + host + "\r\n", 400},
	{"absolute form, no host", "GET http:///x HTTP/1.1\r\n" + host + "\r\n", 400},
	{"absolute form, fragment", "GET http://a.example/#x HTTP/1.1\r\n" + host + "\r\n", 400},
	{"absolute form without Host", "GET http://a.example/ HTTP/1.1\r\n\r\n", 400},

	// Host.
	{"no Host", "GET / HTTP/1.1\r\nA: b\r\n\r\n", 400},
	{"two Hosts", "GET / HTTP/1.1\r\n" + host + host + "\r\n", 400},
	{"two Hosts, other case", "GET / HTTP/1.1\r\n" + host + "hOST: b.example\r\n\r\n", 400},
	{"two Hosts in HTTP/1.0", "GET / HTTP/1.0\r\n" + host + host + "\r\n", 400},
	{"empty Host", "GET / HTTP/1.1\r\nHost: \r\n\r\n", 400},
	{"Host with a list", "GET / HTTP/1.1\r\nHost: a.example, b.example\r\n\r\n", 400},
	{"Host with a path", "GET / HTTP/1.1\r\nHost: a.example/x\r\n\r\n", 400},
	{"Host with a user", "GET / HTTP/1.1\r\nHost: u@a.example\r\n\r\n", 400},
	{"Host with a blank", "GET / HTTP/1.1\r\nHost: a.example b\r\n\r\n", 400},
	{"Host with a bad port", "GET / HTTP/1.1\r\nHost: a.example:8x\r\n\r\n", 400},
	{"Host with a port too great", "GET / HTTP/1.1\r\nHost: a.example:65536\r\n\r\n", 400},
	{"Host with two ports", "GET / HTTP/1.1\r\nHost: a.example:80:80\r\n\r\n", 400},
	{"Host with an open bracket", "GET / HTTP/1.1\r\nHost: [::1\r\n\r\n", 400},
	{"Host with a zone", "GET / HTTP/1.1\r\nHost: [fe80::1%25eth0]\r\n\r\n", 400},
	{"Host with brackets around a name", "GET / HTTP/1.1\r\nHost: [a.example]\r\n\r\n", 400},

	// Lines and fields.
	{"bare LF after the request line", "GET / HTTP/1.1\n" + host + "\r\n", 400},
	{"bare LF after a field", "GET / HTTP/1.1\r\nHost: a.example\n\r\n", 400},
	{"bare LF as the empty line", "GET / HTTP/1.1\r\n" + host + "\n", 400},
	{"CR CR LF", "GET / HTTP/1.1\r\nHost: a.example\r\r\n\r\n", 400},
	{"bare CR in a value", "GET / HTTP/1.1\r\n" + host + "A: b\rTransfer-Encoding: chunked\r\n\r\n", 400},
	{"folded field", "GET / HTTP/1.1\r\n" + host + "A: b\r\n c\r\n\r\n", 400},
	{"folded with a tab", "GET / HTTP/1.1\r\n" + host + "Transfer-Encoding:\r\n\tchunked\r\n\r\n", 400},
	{"folded first field", "GET / HTTP/1.1\r\n Host: a.example\r\n\r\n", 400},
	{"blank before the colon", "GET / HTTP/1.1\r\nHost : a.example\r\n\r\n", 400},
	{"tab before the colon", "POST / HTTP/1.1\r\n" + host + "Transfer-Encoding\t: chunked\r\n\r\n", 400},
	{"no colon", "GET / HTTP/1.1\r\n" + host + "abc\r\n\r\n", 400},
	{"empty name", "GET / HTTP/1.1\r\n" + host + ": a\r\n\r\n", 400},
	{"NUL in a name", "GET / HTTP/1.1\r\n" + host + "A\x00: b\r\n\r\n", 400},
	{"non-ASCII name", "GET / HTTP/1.1\r\n" + host + "\xc2\xa0Transfer-Encoding: chunked\r\n\r\n", 400},
	{"NUL in a value", "GET / HTTP/1.1\r\n" + host + "A: b\x00c\r\n\r\n", 400},
	{"bell in a value", "GET / HTTP/1.1\r\n" + host + "A: b\x07\r\n\r\n", 400},
	{"vertical tab in a value", "POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: \x0bchunked\r\n\r\n", 400},
	{"DEL in a value", "GET / HTTP/1.1\r\n" + host + "A: \x7f\r\n\r\n", 400},

	// Content-Length.
	{"two equal lengths", "POST / HTTP/1.1\r\n" + host + "Content-Length: 1\r\nContent-Length: 1\r\n\r\na", 400},
	{"two lengths", "POST / HTTP/1.1\r\n" + host + "Content-Length: 1\r\ncontent-length: 2\r\n\r\nab", 400},
	{"list of lengths", "POST / HTTP/1.1\r\n" + host + "Content-Length: 1, 1\r\n\r\na", 400},
	{"signed length", "POST / HTTP/1.1\r\n" + host + "Content-Length: +1\r\n\r\na", 400},
	{"negative length", "POST / HTTP/1.1\r\n" + host + "Content-Length: -1\r\n\r\na", 400},
	{"hexadecimal length", "POST / HTTP/1.1\r\n" + host + "Content-Length: 0x1\r\n\r\na", 400},
	{"length with a blank", "POST / HTTP/1.1\r\n" + host + "Content-Length: 1 1\r\n\r\na", 400},
	{"length with a fraction", "POST / HTTP/1.1\r\n" + host + "Content-Length: 1.0\r\n\r\na", 400},
	{"length with an underscore", "POST / HTTP/1.1\r\n" + host + "Content-Length: 1_0\r\n\r\na", 400},
	{"length in other digits", "POST / HTTP/1.1\r\n" + host + "Content-Length: \xd9\xa1\r\n\r\na", 400},
	{"empty length", "POST / HTTP/1.1\r\n" + host + "Content-Length:\r\n\r\na", 400},
	{"quoted length", "POST / HTTP/1.1\r\n" + host + "Content-Length: \"1\"\r\n\r\na", 400},
	{"length above 63 bits", "POST / HTTP/1.1\r\n" + host + "Content-Length: 9223372036854775808\r\n\r\n", 400},
	{"length above 64 bits", "POST / HTTP/1.1\r\n" + host + "Content-Length: 18446744073709551617\r\n\r\na", 400},

	// Transfer-Encoding.
	{"CL.TE", "POST / HTTP/1.1\r\n" + host + "Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nG", 400},
	{"TE.CL", "POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n1\r\na\r\n0\r\n\r\n", 400},
	{"CL.TE with length 0", "POST / HTTP/1.1\r\n" + host + "Content-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
	{"TE.TE", "POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\nTransfer-encoding: cow\r\n\r\n0\r\n\r\n", 400},
	{"two codings", "POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
	{"chunked twice", "POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n", 501},
	{"unknown coding", "POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", 501},
	{"gzip, chunked", "POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 501},
	{"identity", "POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: identity\r\n\r\n", 501},
	{"quoted coding", "POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: \"chunked\"\r\n\r\n0\r\n\r\n", 400},
	{"coding with a parameter", "POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked;q=1\r\n\r\n0\r\n\r\n", 400},
	{"coding with a comma before", "POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: ,chunked\r\n\r\n0\r\n\r\n", 400},
	{"coding with a comma behind", "POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked,\r\n\r\n0\r\n\r\n", 400},
	{"empty coding", "POST / HTTP/1.1\r\n" + host + "Transfer-Encoding:\r\n\r\n0\r\n\r\n", 400},
	{"non-breaking space in a coding", "POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: \xa0chunked\r\n\r\n0\r\n\r\n", 400},
	{"chunked in HTTP/1.0", "POST / HTTP/1.0\r\n" + host + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},

	// Expectations.
	{"unknown expectation", "POST / HTTP/1.1\r\n" + host + "Content-Length: 1\r\nExpect: 200-maybe\r\n\r\na", 417},
	{"two expectations", "POST / HTTP/1.1\r\n" + host + "Content-Length: 1\r\nExpect: 100-continue\r\nExpect: x\r\n\r\na", 417},

	// Chunks.
	{"chunk size empty", chunked + "\r\na\r\n0\r\n\r\n", 400},
	{"chunk size with 0x", chunked + "0x1\r\na\r\n0\r\n\r\n", 400},
	{"chunk size signed", chunked + "+1\r\na\r\n0\r\n\r\n", 400},
	{"chunk size negative", chunked + "-1\r\na\r\n0\r\n\r\n", 400},
	{"chunk size after a blank", chunked + " 1\r\na\r\n0\r\n\r\n", 400},
	{"chunk size before a blank", chunked + "1 \r\na\r\n0\r\n\r\n", 400},
	{"chunk size before a blank and an extension", chunked + "1 ;a\r\na\r\n0\r\n\r\n", 400},
	{"chunk size before a tab", chunked + "1\t\r\na\r\n0\r\n\r\n", 400},
	{"chunk size not hexadecimal", chunked + "g\r\na\r\n0\r\n\r\n", 400},
	{"chunk size with an underscore", chunked + "0_1\r\na\r\n0\r\n\r\n", 400},
	{"chunk size overflows to 1", chunked + "10000000000000001\r\na\r\n0\r\n\r\n", 400},
	{"chunk size of 16 digits", chunked + "0000000000000001\r\na\r\n0\r\n\r\n", 400},
	{"chunk size ends in LF", chunked + "1\na\r\n0\r\n\r\n", 400},
	{"chunk extension ends in LF", chunked + "1;a\na\r\n0\r\n\r\n", 400},
	{"chunk extension with a CR", chunked + "1;a\rb\r\na\r\n0\r\n\r\n", 400},
	{"chunk extension with a blank", chunked + "1; a\r\na\r\n0\r\n\r\n", 400},
	{"chunk extension without a name", chunked + "1;\r\na\r\n0\r\n\r\n", 400},
	{"chunk extension without a value", chunked + "1;a=\r\na\r\n0\r\n\r\n", 400},
	{"chunk extension, open quotes", chunked + "1;a=\"b\r\na\r\n0\r\n\r\n", 400},
	{"chunk extension, escape at the end", chunked + "1;a=\"b\\\r\na\r\n0\r\n\r\n", 400},
	{"chunk data too long", chunked + "1\r\nab\r\n0\r\n\r\n", 400},
	{"chunk data ends in LF", chunked + "1\r\na\n0\r\n\r\n", 400},
	{"chunk data ends in CR", chunked + "1\r\na\r0\r\n\r\n", 400},
	{"chunk data ends in LF CR", chunked + "1\r\na\n\r0\r\n\r\n", 400},
	{"last chunk ends in LF", chunked + "0\n\r\n", 400},
	{"trailer ends in LF", chunked + "0\r\n\n", 400},
	{"trailer field ends in LF", chunked + "0\r\nA: b\n\r\n", 400},
	{"trailer without colon", chunked + "0\r\nGET / HTTP/1.1\r\n\r\n", 400},
	{"trailer folded", chunked + "0\r\nA: b\r\n c\r\n\r\n", 400},
	{"trailer with NUL", chunked + "0\r\nA: \x00\r\n\r\n", 400},
	{"trailer with a blank before the colon", chunked + "0\r\nA : b\r\n\r\n", 400},

	// Limits.
	{"target too long", "GET /" + strings.Repeat("a", 10_240) + " HTTP/1.1\r\n" + host + "\r\n", 414},
	{"target without end", "GET /" + strings.Repeat("a", 20_000), 414},
	{"values too long", "GET / HTTP/1.1\r\n" + host + "A: " + strings.Repeat("a", 10_240) + "\r\n\r\n", 431},
	{"names too long", "GET / HTTP/1.1\r\n" + host + strings.Repeat("a", 33_000) + ": b\r\n\r\n", 431},
	{"head without end", "GET / HTTP/1.1\r\n" + strings.Repeat("a: b\r\n", 10_000), 431},
	{"too many fields", "GET / HTTP/1.1\r\n" + host + strings.Repeat("a: b\r\n", 200) + "\r\n", 431},
	{"trailer too long", chunked + "0\r\n" + strings.Repeat("a: b\r\n", 1000) + "\r\n", 431},
	{"trailer line without end", chunked + "0\r\na: " + strings.Repeat("b", 5000), 431},
	{"extension too long", chunked + "1;" + strings.Repeat("a", 1100) + "\r\na\r\n0\r\n\r\n", 400},
	{"extensions too long together", chunked + strings.Repeat("1;"+strings.Repeat("a", 100)+"\r\na\r\n", 20) + "0\r\n\r\n", 400},
}

const chunked = "POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\n"

func TestMalformedRequestsAreRefused(t *testing.T) {
	for _, c := range refusals {
		t.Run(c.name, func(t *testing.T) {
			for name, src := range sources(c.in) {
				if got := status(readOne(src, http1.Limits{}).err); got != c.status {
					t.Errorf("%s: got status %d, want %d", name, got, c.status)
				}
			}
		})
	}
}

// sources gives a stream whole, byte by byte, and in halves.
func sources(in string) map[string]io.Reader {
	return map[string]io.Reader{
		"whole":        strings.NewReader(in),
		"byte by byte": iotest.OneByteReader(strings.NewReader(in)),
		"halves":       iotest.HalfReader(strings.NewReader(in)),
		"end at once":  iotest.DataErrReader(strings.NewReader(in)),
	}
}

var accepted = []struct {
	name, in string
	want     message
}{
	{"plain", "GET /a?b=c HTTP/1.1\r\n" + host + "\r\n",
		message{RequestHead: http1.RequestHead{Method: "GET", Target: "/a?b=c", Host: "a.example", KeepAlive: true}}},
	{"raw target", "GET //stage//x%2Fy/?a[]=1&b=50%&c='~! HTTP/1.1\r\n" + host + "\r\n",
		message{RequestHead: http1.RequestHead{Method: "GET", Target: "//stage//x%2Fy/?a[]=1&b=50%&c='~!", Host: "a.example", KeepAlive: true}}},
	{"one empty line first", "\r\nGET / HTTP/1.1\r\n" + host + "\r\n",
		message{RequestHead: http1.RequestHead{Method: "GET", Target: "/", Host: "a.example", KeepAlive: true}}},
	{"any method", "m-SEARCH / HTTP/1.1\r\n" + host + "\r\n",
		message{RequestHead: http1.RequestHead{Method: "m-SEARCH", Target: "/", Host: "a.example", KeepAlive: true}}},
	{"close", "GET / HTTP/1.1\r\n" + host + "Connection: x , CLOSE\r\n\r\n",
		message{RequestHead: http1.RequestHead{Method: "GET", Target: "/", Host: "a.example"}}},
	{"HTTP/1.0", "GET / HTTP/1.0\r\n\r\n",
		message{RequestHead: http1.RequestHead{Method: "GET", Target: "/"}}},
	{"HTTP/1.0 keep-alive", "GET / HTTP/1.0\r\nconnection: keep-alive\r\n\r\n",
		message{RequestHead: http1.RequestHead{Method: "GET", Target: "/", KeepAlive: true}}},
	{"absolute form", "GET HTTP://A.example:80?x=1 HTTP/1.1\r\nHost: a.example:80\r\n\r\n",
		message{RequestHead: http1.RequestHead{Method: "GET", Target: "/?x=1", Host: "A.example:80", KeepAlive: true}}},
	{"absolute form with nothing", "GET https://a.example HTTP/1.1\r\n" + host + "\r\n",
		message{RequestHead: http1.RequestHead{Method: "GET", Target: "/", Host: "a.example", KeepAlive: true}}},
	{"asterisk form", "OPTIONS * HTTP/1.1\r\n" + host + "\r\n",
		message{RequestHead: http1.RequestHead{Method: "OPTIONS", Target: "*", Host: "a.example", KeepAlive: true}}},
	{"IPv6 host", "GET / HTTP/1.1\r\nHost: [::1]:8080\r\n\r\n",
		message{RequestHead: http1.RequestHead{Method: "GET", Target: "/", Host: "[::1]:8080", KeepAlive: true}}},
	{"length", "POST / HTTP/1.1\r\n" + host + "Content-Length: 005\r\n\r\nhelloGET",
		message{RequestHead: http1.RequestHead{Method: "POST", Target: "/", Host: "a.example", ContentLength: 5, KeepAlive: true}, body: "hello"}},
	{"expect", "POST / HTTP/1.1\r\n" + host + "Content-Length: 1\r\nexpect: 100-Continue\r\n\r\na",
		message{RequestHead: http1.RequestHead{Method: "POST", Target: "/", Host: "a.example", ContentLength: 1, KeepAlive: true, Expect: http1.ExpectContinue}, body: "a"}},
	{"expect without body", "GET / HTTP/1.1\r\n" + host + "Expect: 100-continue\r\n\r\n",
		message{RequestHead: http1.RequestHead{Method: "GET", Target: "/", Host: "a.example", KeepAlive: true}}},
	{"expect in HTTP/1.0", "POST / HTTP/1.0\r\nContent-Length: 1\r\nExpect: 100-continue\r\n\r\na",
		message{RequestHead: http1.RequestHead{Method: "POST", Target: "/", ContentLength: 1}, body: "a"}},
	{"chunks", chunked + "5\r\nhello\r\n0a;x;y=z;q=\"a\\\"\tb\"\r\n, chunked!\r\n000\r\nT: x\r\n\r\nGET",
		message{RequestHead: http1.RequestHead{Method: "POST", Target: "/", Host: "a.example", ContentLength: -1, KeepAlive: true}, body: "hello, chunked!"}},
	{"empty chunks", chunked + "0\r\n\r\n",
		message{RequestHead: http1.RequestHead{Method: "POST", Target: "/", Host: "a.example", ContentLength: -1, KeepAlive: true}}},
	{"chunked in capitals", "POST / HTTP/1.1\r\n" + host + "tRANSFER-eNCODING: \tCHUNKED \r\n\r\n1\r\na\r\n0\r\n\r\n",
		message{RequestHead: http1.RequestHead{Method: "POST", Target: "/", Host: "a.example", ContentLength: -1, KeepAlive: true}, body: "a"}},
	{"longest target", "GET /" + strings.Repeat("a", 10_239) + " HTTP/1.1\r\n" + host + "\r\n",
		message{RequestHead: http1.RequestHead{Method: "GET", Target: "/" + strings.Repeat("a", 10_239), Host: "a.example", KeepAlive: true}}},
	{"large chunk", chunked + "4e20\r\n" + strings.Repeat("a", 20_000) + "\r\n0\r\n\r\n",
		message{RequestHead: http1.RequestHead{Method: "POST", Target: "/", Host: "a.example", ContentLength: -1, KeepAlive: true}, body: strings.Repeat("a", 20_000)}},
}

func TestValidRequestsAreReadHoweverTheyArrive(t *testing.T) {
	for _, c := range accepted {
		t.Run(c.name, func(t *testing.T) {
			for name, src := range sources(c.in) {
				got := readOne(src, http1.Limits{})
				if got.err != nil {
					t.Fatalf("%s: %v", name, got.err)
				}
				if got.Method != c.want.Method || got.Target != c.want.Target || got.Host != c.want.Host {
					t.Errorf("%s: got %s %s at %q", name, got.Method, got.Target, got.Host)
				}
				if got.ContentLength != c.want.ContentLength || got.body != c.want.body {
					t.Errorf("%s: got length %d, body %q", name, got.ContentLength, got.body)
				}
				if got.KeepAlive != c.want.KeepAlive || got.Expect != c.want.Expect {
					t.Errorf("%s: got keep-alive %v, expect %v", name, got.KeepAlive, got.Expect)
				}
			}
		})
	}
}

func TestHeaderKeepsOrderCaseAndObsoleteText(t *testing.T) {
	got := readOne(strings.NewReader("GET / HTTP/1.1\r\nHost: h\r\ntEsT-HEADeR:\t v \t\r\nx_y:\r\nA: \xff\xe9 b\r\na: 2\r\n\r\n"), http1.Limits{})
	want := http1.Header{{"Host", "h"}, {"tEsT-HEADeR", "v"}, {"x_y", ""}, {"A", "\xff\xe9 b"}, {"a", "2"}}
	if len(got.Header) != len(want) {
		t.Fatalf("got %q, want %q", got.Header, want)
	}
	for i := range want {
		if got.Header[i] != want[i] {
			t.Errorf("field %d: got %q, want %q", i, got.Header[i], want[i])
		}
	}
}

func TestEndsOfConnectionsAreToldApart(t *testing.T) {
	for in, want := range map[string]error{
		"":                              io.EOF,
		"\r\n":                          io.EOF,
		"\r":                            io.ErrUnexpectedEOF,
		"G":                             io.ErrUnexpectedEOF,
		"GET / HTTP/1.1\r\n":            io.ErrUnexpectedEOF,
		"GET / HTTP/1.1\r\n" + host:     io.ErrUnexpectedEOF,
		chunked:                         io.ErrUnexpectedEOF,
		chunked + "5":                   io.ErrUnexpectedEOF,
		chunked + "5\r\nhel":            io.ErrUnexpectedEOF,
		chunked + "5\r\nhello":          io.ErrUnexpectedEOF,
		chunked + "5\r\nhello\r\n0\r\n": io.ErrUnexpectedEOF,
		"POST / HTTP/1.1\r\n" + host + "Content-Length: 2\r\n\r\na": io.ErrUnexpectedEOF,
	} {
		for name, src := range sources(in) {
			if got := readOne(src, http1.Limits{}).err; !errors.Is(got, want) {
				t.Errorf("%q %s: got %v, want %v", in, name, got, want)
			}
		}
	}
}

func TestPipelinedRequestsAreReadOneAfterTheOther(t *testing.T) {
	in := chunked + "3\r\nabc\r\n0\r\nT: x\r\n\r\n" +
		"POST /2 HTTP/1.1\r\n" + host + "Content-Length: 3\r\n\r\ndef" +
		"GET /3 HTTP/1.1\r\n" + host + "\r\n"
	for name, src := range sources(in) {
		r := http1.NewReader(src, http1.Limits{})
		var h http1.RequestHead
		var b http1.Body
		var got []string
		for r.ReadRequest(&h) == nil {
			r.Body(&b, h.ContentLength)
			data, err := io.ReadAll(&b)
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, h.Target+" "+string(data))
		}
		if want := "/ abc,/2 def,/3 "; strings.Join(got, ",") != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
}
