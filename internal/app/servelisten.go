package app

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync/atomic"
	"syscall"

	"github.com/gatehouse-gateway/gatehouse/internal/config"
	"github.com/gatehouse-gateway/gatehouse/internal/control/endpoint"
	"github.com/gatehouse-gateway/gatehouse/internal/control/lambda"
	"github.com/gatehouse-gateway/gatehouse/internal/control/operator"
	"github.com/gatehouse-gateway/gatehouse/internal/front"
	"github.com/gatehouse-gateway/gatehouse/internal/gateway"
)

// listening is an address that is served.
type listening struct {
	name        string // of its option
	ln          net.Listener
	server      *front.Server
	certificate *certificate // nil: plain
}

func (l *listening) url() string {
	scheme := "http"
	if l.certificate != nil {
		scheme = "https"
	}
	host, port, _ := net.SplitHostPort(l.ln.Addr().String()) // an address of a listener has both
	if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1" // every address is served, and this one works from here
	}
	return scheme + "://" + net.JoinHostPort(host, port)
}

// listen opens the addresses: one for management and one for APIs, or one for both.
func (s *serve) listen() error {
	control, err := s.control()
	if err != nil {
		return err
	}
	apis := s.frontOptions()
	if s.config.SharedAddr() {
		both := &sharedHandler{control: control, gateway: s.gateway, most: apis.MaxBody}
		apis.MaxBody = max(apis.MaxBody, s.maxCall())
		return s.open("control-addr", s.config.ControlAddr, s.config.ControlTLS, front.NewHTTP1(apis, both))
	}
	calls := front.Options{Grace: apis.Grace, Panicked: logPanic, MaxBody: s.maxCall(), MaxConns: int(s.limits.ManagementConns)}
	if err := s.open("control-addr", s.config.ControlAddr, s.config.ControlTLS, front.NewHTTP1(calls, control)); err != nil {
		return err
	}
	if err := s.open("gateway-addr", s.config.GatewayAddr, s.config.GatewayTLS, front.NewHTTP1(apis, s.gateway)); err != nil {
		s.closeListeners()
		return err
	}
	return nil
}

// maxCall is the greatest body of a management call. The endpoint bounds each call by what it is.
func (s *serve) maxCall() int64 { return max(s.limits.ManagementPayload, lambda.MaxUpload) }

// frontOptions are those of an address that serves APIs.
func (s *serve) frontOptions() front.Options {
	opts := front.Options{Grace: s.config.Grace, Panicked: logPanic, MaxBody: s.limits.RequestPayload, MaxConns: int(s.limits.Connections)}
	opts.Limits.Target = int(s.limits.RequestTarget)
	opts.Limits.Values = int(s.limits.HeaderValues)
	opts.Limits.Fields = int(s.limits.HeaderFields)
	return opts
}

func (s *serve) open(name, addr string, files config.TLS, handler *front.Server) error {
	l := &listening{name: name, server: handler}
	if files.On() {
		l.certificate = new(certificate)
		if err := l.certificate.load(files); err != nil {
			return err
		}
	}
	ln, err := net.Listen("tcp", addr)
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return fmt.Errorf("something else already listens at %s: stop it, or choose another address with --%s", addr, name)
	case err != nil:
		return fmt.Errorf("cannot listen at %s (%s): %w", addr, name, err)
	}
	if s.config.InsecureAnyCredentials && name == "control-addr" {
		if at, ok := ln.Addr().(*net.TCPAddr); !ok || !at.IP.IsLoopback() {
			_ = ln.Close()
			return fmt.Errorf("insecure-any-credentials is for loopback addresses only, and control-addr is %s", ln.Addr())
		}
	}
	if l.ln = ln; l.certificate != nil {
		l.ln = tls.NewListener(ln, &tls.Config{MinVersion: tls.VersionTLS12, NextProtos: []string{"http/1.1"}, GetCertificate: l.certificate.get})
	}
	s.fronts = append(s.fronts, l)
	return nil
}

func (s *serve) closeListeners() {
	for _, l := range s.fronts {
		_ = l.ln.Close()
	}
}

// writeAddress tells commands of this machine where the control endpoint is.
func (s *serve) writeAddress() error {
	control := s.fronts[0]
	a := operator.Address{URL: control.url(), PID: os.Getpid()}
	if control.certificate != nil {
		a.Certificate = control.certificate.digest()
	}
	return a.Write(s.state.dir)
}

// certificate is the one that an address shows, exchanged by a reload.
type certificate struct {
	current atomic.Pointer[tls.Certificate]
}

func (c *certificate) load(files config.TLS) error {
	pair, err := tls.LoadX509KeyPair(files.Cert, files.Key)
	if err != nil {
		return fmt.Errorf("certificate %s with key %s: %w", files.Cert, files.Key, err)
	}
	c.current.Store(&pair)
	return nil
}

func (c *certificate) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	return c.current.Load(), nil
}

func (c *certificate) digest() string {
	sum := sha256.Sum256(c.current.Load().Certificate[0])
	return hex.EncodeToString(sum[:])
}

// sharedHandler serves management and APIs at one address.
type sharedHandler struct {
	control *endpoint.Endpoint
	gateway *gateway.Gateway
	most    int64 // bytes of a request of an API: the front lets larger ones pass, for management
}

// ServeExchange hands an exchange to the side that it is for.
func (h *sharedHandler) ServeExchange(ctx context.Context, x *front.Exchange) {
	if h.control.Claims(&x.Request) {
		h.control.ServeExchange(ctx, x)
		return
	}
	if x.Request.ContentLength < 0 { // an announced length is known to whoever looks
		x.Request.Body = &boundedBody{from: x.Request.Body, left: h.most}
	}
	h.gateway.ServeExchange(ctx, x)
}

// boundedBody is a body that may have so many bytes more.
type boundedBody struct {
	from io.Reader
	left int64
}

// Read ends with front.ErrBodyTooLarge, as a body does that is beyond the limit of the front.
func (b *boundedBody) Read(p []byte) (int, error) {
	if b.left < 0 {
		return 0, front.ErrBodyTooLarge
	}
	if int64(len(p)) > b.left+1 {
		p = p[:b.left+1] // one more, to see whether there is more
	}
	n, err := b.from.Read(p)
	if b.left -= int64(n); b.left < 0 {
		return n - 1, front.ErrBodyTooLarge
	}
	return n, err
}
