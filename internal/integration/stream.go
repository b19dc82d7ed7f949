package integration

import (
	"context"
	"errors"
	"io"
)

// stream is the body of a response that the caller reads.
type stream struct {
	ctx   context.Context
	cn    *conn // until err is set
	stop  func() bool
	whole bool // the request was sent completely
	call  Call // for its times only
	left  int64
	limit int64
	err   error
}

// stream hands the body over to the caller.
func (cn *conn) stream(ctx context.Context, call *Call, res *Result, stop func() bool, whole bool) error {
	limit := call.maxBody()
	if cn.head.ContentLength > limit {
		stop()
		cn.drop()
		res.Release()
		return tooLong(limit)
	}
	s := &stream{ctx: ctx, cn: cn, stop: stop, whole: whole, left: limit, limit: limit}
	s.call = Call{Deadline: cn.until, IdleTimeout: call.IdleTimeout}
	if cn.body.Done() {
		s.end(io.EOF)
	}
	res.Stream = s
	return nil
}

// Read reads what has arrived, or waits for it within the times of the call.
func (s *stream) Read(p []byte) (int, error) {
	if s.err != nil {
		return 0, s.err
	}
	if len(p) == 0 {
		return 0, nil
	}
	if err := s.arm(); err != nil {
		s.end(err)
		return 0, s.err
	}
	n, err := s.cn.body.Read(p)
	if s.left -= int64(n); s.left < 0 {
		n, err = n+int(s.left), tooLong(s.limit)
	} else if err != nil && !errors.Is(err, io.EOF) {
		err = failure(s.ctx, err)
	}
	if err != nil {
		s.end(err)
	}
	return n, err
}

// arm sets the deadline for the next read. The context is looked at afterwards: if it
// ended before, its own deadline was overwritten.
func (s *stream) arm() error {
	if s.call.IdleTimeout <= 0 || s.cn.r.Buffered() > 0 {
		return nil
	}
	s.cn.limited = true
	s.cn.nc.SetReadDeadline(deadlineOf(&s.call, s.cn.client.opts.Now()))
	if s.ctx.Err() != nil {
		return failure(s.ctx, context.Cause(s.ctx))
	}
	return nil
}

// Close gives the connection back, if the body was read to its end, or closes it.
func (s *stream) Close() error {
	if s.err == nil {
		s.end(io.ErrClosedPipe)
	}
	return nil
}

// end settles the stream with err as the answer to each further Read.
func (s *stream) end(err error) {
	s.err = err
	if s.stop() && errors.Is(err, io.EOF) {
		s.cn.settle(s.whole)
	} else {
		s.cn.drop()
	}
	s.cn, s.stop = nil, nil
}
