package runtimeapi_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/gatehouse-gateway/gatehouse/internal/functions/runtimeapi"
)

// pieces is a stream that a test takes piece by piece.
type pieces struct {
	taken chan string
	err   error // after the first piece
	cut   chan struct{}
}

func newPieces() *pieces { return &pieces{taken: make(chan string), cut: make(chan struct{})} }

func (p *pieces) Begin(contentType string) error {
	p.taken <- "begin " + contentType
	return nil
}

func (p *pieces) Write(until <-chan struct{}, b []byte) error {
	select {
	case p.taken <- string(b):
	case <-until:
		close(p.cut)
		return errors.New("cut")
	}
	return p.err
}

const streamHead = "POST /2018-06-01/runtime/invocation/1/response HTTP/1.1\r\nHost: x\r\nLambda-Runtime-Function-Response-Mode: streaming\r\n" +
	"Content-Type: a/b\r\nTransfer-Encoding: chunked\r\n\r\n"

func chunk(text string) string { return fmt.Sprintf("%x\r\n%s\r\n", len(text), text) }

// streamed returns a client whose runtime has an event with a stream.
func streamed(t *testing.T, p *pieces) (*client, *runtimeapi.Server, *watcher) {
	t.Helper()
	w := &watcher{make(chan uint64, 9), make(chan runtimeapi.Answer, 9), make(chan runtimeapi.Answer, 9), make(chan runtimeapi.ExtensionFailure, 9)}
	s, err := runtimeapi.Listen(w, runtimeapi.Options{Response: limit, Stream: 3 * limit})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	c := dial(t, s).send(next)
	get(t, "ready", w.ready)
	sendAll(t, s, &runtimeapi.Event{RequestID: "1", Payload: []byte("{}"), Deadline: time.UnixMilli(1234), Stream: p})
	equal(t, "event", c.read(), "200 {}")
	return c, s, w
}

// TestHTTPMetadataMeanAStreamUnconfirmed: Amazon's library for Go sends them, and no mode. Other answers without a mode are collected.
func TestHTTPMetadataMeanAStreamUnconfirmed(t *testing.T) {
	for media, streams := range map[string]bool{runtimeapi.HTTPAnswer: true, "application/octet-stream": false} {
		p := newPieces()
		c, _, w := streamed(t, p)
		c.send(strings.NewReplacer("Lambda-Runtime-Function-Response-Mode: streaming\r\n", "", "a/b", media).Replace(streamHead) + chunk("one"))
		if streams {
			equal(t, "begin", get(t, "stream", p.taken), "begin "+media)
			equal(t, "piece", get(t, "stream", p.taken), "one")
		}
		c.send("0\r\n\r\n")
		equal(t, "answer", c.read(), ok)
		if a := get(t, "answer", w.answers); a.Streamed != streams || (a.Payload != nil) == streams {
			t.Errorf("%s: got %+v", media, a)
		}
	}
}

// TestStreamGetsPiecesAsTheyArrive: each is there before the runtime sends the next.
func TestStreamGetsPiecesAsTheyArrive(t *testing.T) {
	for _, test := range []struct{ name, trailer, failure, kind string }{
		{"whole", "", "", ""},
		{"fails", "Lambda-Runtime-Function-Error-Type: Function.Broken\r\nLambda-Runtime-Function-Error-Body: e30=\r\n", "{}", "Function.Broken"},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := newPieces()
			c, _, w := streamed(t, p)
			c.send(streamHead)
			equal(t, "begin", get(t, "stream", p.taken), "begin a/b")
			for _, text := range []string{"one", "two", strings.Repeat("x", 2*limit)} { // more than a collected answer may have
				c.send(chunk(text))
				got := ""
				for len(got) < len(text) {
					got += get(t, "stream", p.taken)
				}
				equal(t, "piece", got, text)
			}
			c.send("0\r\n" + test.trailer + "\r\n")
			equal(t, "answer", c.read(), ok)
			a := get(t, "answer", w.answers)
			if !a.Streamed || a.ContentType != "a/b" || a.Failed != (test.kind != "") || a.ErrorType != test.kind || (a.Payload != nil) != a.Failed {
				t.Errorf("got %+v", a)
			}
			if a.Payload != nil {
				equal(t, "failure", string(a.Payload.Bytes()), test.failure)
				a.Payload.Release()
			}
			c.send(next)
			get(t, "ready", w.ready)
		})
	}
}

// TestStreamThatTakesNoMore: the rest of the answer is read, and the runtime goes on.
func TestStreamThatTakesNoMore(t *testing.T) {
	p := newPieces()
	p.err = errors.New("gone")
	c, _, w := streamed(t, p)
	c.send(streamHead + chunk("one"))
	get(t, "stream", p.taken)
	get(t, "stream", p.taken)
	c.send(chunk("two") + chunk("three") + "0\r\n\r\n")
	equal(t, "answer", c.read(), ok)
	if a := get(t, "answer", w.answers); a.Fault != runtimeapi.None || a.Failed {
		t.Errorf("got %+v", a)
	}
}

func TestStreamFaults(t *testing.T) {
	for _, test := range []struct {
		name, rest string
		fault      runtimeapi.Fault
		reply      string
	}{
		{"too much", strings.Repeat(chunk(strings.Repeat("x", limit)), 3) + "0\r\n\r\n", runtimeapi.TooLarge, refusal(413, "RequestEntityTooLarge", "Exceeded maximum allowed payload size (3000 bytes).")},
		{"no chunk", "nonsense\r\n", runtimeapi.Truncated, refusal(400, "TruncatedHTTPRequest", "HTTP request detected as truncated")},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := newPieces()
			c, _, w := streamed(t, p)
			c.send(streamHead + chunk("one") + test.rest)
			go func() {
				for range p.taken {
				}
			}()
			if a := get(t, "answer", w.answers); a.Fault != test.fault || !a.Streamed || a.Payload != nil {
				t.Errorf("got %+v", a)
			}
			equal(t, "answer", c.read(), test.reply)
			close(p.taken)
		})
	}
}

// TestResetEndsAStreamThatNobodyTakes: a runtime whose time is over does not wait for a slow reader.
func TestResetEndsAStreamThatNobodyTakes(t *testing.T) {
	p := newPieces()
	c, s, _ := streamed(t, p)
	c.send(streamHead + chunk("one"))
	get(t, "stream", p.taken)
	s.Reset()
	get(t, "the cut", p.cut)
}
