package state

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/gatehouse-gateway/gatehouse/internal/store"
)

const (
	// certificateWait bounds how long the data plane waits for the store.
	certificateWait = 5 * time.Second
	// maxLoaded bounds the certificates that are kept ready, of all accounts and regions.
	maxLoaded = 4096
)

// loaded are the client certificates that were asked for. A certificate never changes, and its id is never given again.
type loaded struct {
	mu    sync.Mutex
	byKey map[string]*tls.Certificate
}

// CertificateName is what the private key of a client certificate is sealed for.
func CertificateName(key string) string { return "client certificate " + key }

// ClientCertificate returns a client certificate with its private key, the same pointer each time, so that connections can be
// shared by who presents it. It must not be changed. A certificate that does not exist is an engine.ErrNotFound.
func (s *State) ClientCertificate(accountID, region, id string) (*tls.Certificate, error) {
	if !validID(id) {
		return nil, fmt.Errorf("client certificate %q is no identifier", id)
	}
	key := store.Key(accountID, region, id)
	if cert := s.loaded.get(key); cert != nil {
		return cert, nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), certificateWait)
	defer cancel()
	cert, err := s.loadCertificate(ctx, key)
	if err != nil {
		return nil, fmt.Errorf("client certificate %s: %w", key, err)
	}
	return s.loaded.put(key, cert), nil
}

// ForgetCertificate drops a client certificate that was deleted.
func (s *State) ForgetCertificate(scope Scope, id string) {
	s.loaded.mu.Lock()
	defer s.loaded.mu.Unlock()
	delete(s.loaded.byKey, scope.Key(id))
}

func (s *State) loadCertificate(ctx context.Context, key string) (*tls.Certificate, error) {
	doc, err := s.Certificates.Get(ctx, key)
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode([]byte(doc.Certificate))
	if block == nil {
		return nil, errors.New("the stored certificate is no PEM")
	}
	leaf, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return nil, err
	}
	der, err := s.Box.Unseal(CertificateName(key), doc.PrivateKey)
	if err != nil {
		return nil, err
	}
	private, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		return nil, errors.New("the stored private key is damaged") // the parser's error is about a secret
	}
	return &tls.Certificate{Certificate: [][]byte{block.Bytes}, PrivateKey: private, Leaf: leaf}, nil
}

func (l *loaded) get(key string) *tls.Certificate {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.byKey[key]
}

// put keeps a certificate, unless somebody else was faster: theirs is returned. A full set drops one at random.
func (l *loaded) put(key string, cert *tls.Certificate) *tls.Certificate {
	l.mu.Lock()
	defer l.mu.Unlock()
	if known := l.byKey[key]; known != nil {
		return known
	}
	if l.byKey == nil {
		l.byKey = make(map[string]*tls.Certificate)
	}
	if len(l.byKey) >= maxLoaded {
		for other := range l.byKey {
			delete(l.byKey, other)
			break
		}
	}
	l.byKey[key] = cert
	return cert
}
