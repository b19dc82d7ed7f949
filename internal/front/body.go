package front

import (
	"errors"
	"io"
	"os"
	"time"

	"github.com/gatehouse-gateway/gatehouse/http1"
)

// requestBody is the body that the handler reads: the message's, within the limits
// of the front.
type requestBody struct {
	c        *conn
	b        http1.Body
	tooLarge bool // by its Content-Length
	expect   bool // the client waits for a 100, which was not sent yet
	begun    time.Time
	read     int64
	err      error
}

func (b *requestBody) reset(length int64, expect http1.Expectation) {
	*b = requestBody{c: b.c, expect: expect == http1.ExpectContinue}
	b.tooLarge = length > b.c.opts.MaxBody
	b.c.r.Body(&b.b, length)
}

// Read implements io.Reader; see Request.Body for its errors, which are final.
func (b *requestBody) Read(p []byte) (int, error) {
	if b.err != nil {
		return 0, b.err
	}
	if b.tooLarge {
		b.err = ErrBodyTooLarge
		return 0, b.err
	}
	if b.expect {
		if b.err = b.sendContinue(); b.err != nil {
			return 0, b.err
		}
	}
	left := b.c.opts.MaxBody - b.read
	if int64(len(p)) > left+1 {
		p = p[:left+1] // one more, to see whether there is more
	}
	n, err := b.b.Read(p)
	b.read += int64(n)
	switch {
	case int64(n) > left:
		n, err = int(left), ErrBodyTooLarge
	case errors.Is(err, os.ErrDeadlineExceeded):
		err = ErrBodyTimeout
	}
	b.err = err
	return n, err
}

// sendContinue asks the client for the body it announced.
func (b *requestBody) sendContinue() error {
	b.expect = false
	if b.c.r.Buffered() > 0 {
		return nil // it did not wait
	}
	b.c.armWrite(b.c.opts.Now())
	_, err := io.WriteString(b.c.nc, "HTTP/1.1 100 Continue\r\n\r\n")
	return err
}

// until is the time by which the next bytes must be here: the body as a whole may
// take the timeout, and as long as its bytes take at the least rate.
func (b *requestBody) until() time.Time {
	o := b.c.opts
	if b.begun.IsZero() {
		b.begun = o.Now()
	}
	return b.begun.Add(o.BodyTimeout + time.Duration(b.read/o.BodyRate)*time.Second)
}

// drainBytes is how much of a body that nobody read is read to keep the connection.
// A new connection costs less than more.
const drainBytes = 64 << 10

// drainable reports whether it is worth trying to reach the end of the body.
func (b *requestBody) drainable() bool {
	if b.b.Done() {
		return true
	}
	return b.err == nil && !b.tooLarge && !b.expect && b.b.Remaining() <= drainBytes
}

// drain reads what the handler left and reports whether the next request can follow.
func (b *requestBody) drain() bool {
	if b.b.Done() {
		return true
	}
	_, err := io.CopyN(io.Discard, &b.b, drainBytes+1)
	return errors.Is(err, io.EOF)
}
