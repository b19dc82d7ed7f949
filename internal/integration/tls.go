package integration

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
)

// sessions is the number of TLS sessions remembered per back end: a few, for back
// ends behind a balancer.
const sessions = 8

// handshake speaks TLS over nc, which it closes when that fails.
func (p *peer) handshake(ctx context.Context, nc net.Conn) (net.Conn, error) {
	secure := tls.Client(nc, p.tlsConfig())
	if err := secure.HandshakeContext(ctx); err != nil {
		nc.Close()
		return nil, err
	}
	return secure, nil
}

// tlsConfig returns the configuration for p, made once.
func (p *peer) tlsConfig() *tls.Config {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.tls == nil {
		p.tls = newTLSConfig(p.key)
	}
	return p.tls
}

func newTLSConfig(key poolKey) *tls.Config {
	host, _, _ := net.SplitHostPort(key.host) // made by JoinHostPort
	config := &tls.Config{
		ServerName:         host,
		RootCAs:            key.tls.Roots,
		MinVersion:         tls.VersionTLS12,
		NextProtos:         []string{"http/1.1"},
		ClientSessionCache: tls.NewLRUClientSessionCache(sessions),
	}
	if cert := key.tls.Certificate; cert != nil {
		config.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
			return cert, nil
		}
	}
	if key.tls.InsecureSkipVerification {
		config.InsecureSkipVerify = true
		config.VerifyConnection = func(state tls.ConnectionState) error {
			return verifyWithoutAuthority(state, host)
		}
	}
	return config
}

// verifyWithoutAuthority checks everything about a chain but that it ends in an
// authority we know: what the back end sent above its own certificate counts as the
// authority, and a certificate alone as its own.
// Spec: rest-api 9.1, unconfirmed: "presence of a root CA" is read so.
func verifyWithoutAuthority(state tls.ConnectionState, host string) error {
	chain := state.PeerCertificates
	if len(chain) == 0 {
		return fmt.Errorf("%w: no certificate", ErrUntrusted)
	}
	anchors := x509.NewCertPool()
	for _, cert := range chain[min(1, len(chain)-1):] {
		anchors.AddCert(cert)
	}
	if _, err := chain[0].Verify(x509.VerifyOptions{Roots: anchors, DNSName: host}); err != nil {
		return fmt.Errorf("%w: %w", ErrUntrusted, err)
	}
	return nil
}
