package state

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"time"

	"github.com/gatehouse-gateway/gatehouse/internal/definition"
	"github.com/gatehouse-gateway/gatehouse/internal/engine"
	"github.com/gatehouse-gateway/gatehouse/internal/restapi"
)

// certificateTime bounds how long the data plane waits for a client certificate when it compiles a stage.
const certificateTime = 5 * time.Second

// SealCertificateKey seals the private key of a client certificate.
func (s *State) SealCertificateKey(scope Scope, id string, pkcs8 []byte) []byte {
	return s.Box.Seal(certificateName(scope, id), pkcs8)
}

func certificateName(scope Scope, id string) string { return "client-certificate/" + scope.Key(id) }

// ClientCertificate returns a client certificate with its private key, or restapi.ErrUnknownClientCertificate.
func (s *State) ClientCertificate(accountID, region, id string) (*tls.Certificate, error) {
	scope := Scope{accountID, region}
	if !validID(id) {
		return nil, restapi.ErrUnknownClientCertificate
	}
	ctx, cancel := context.WithTimeout(context.Background(), certificateTime)
	defer cancel()
	stored, err := s.Certificates.Get(ctx, scope.Key(id))
	if errors.Is(err, engine.ErrNotFound) {
		return nil, restapi.ErrUnknownClientCertificate
	}
	if err != nil {
		return nil, err
	}
	cert, err := s.open(scope, stored)
	if err != nil {
		return nil, fmt.Errorf("client certificate %s: %w", id, err)
	}
	return cert, nil
}

func (s *State) open(scope Scope, stored *definition.ClientCertificate) (*tls.Certificate, error) {
	pkcs8, err := s.Box.Unseal(certificateName(scope, stored.ID), stored.PrivateKey)
	if err != nil {
		return nil, err
	}
	key, err := x509.ParsePKCS8PrivateKey(pkcs8)
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode([]byte(stored.PEM))
	if block == nil {
		return nil, errors.New("no certificate is stored")
	}
	leaf, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return nil, err
	}
	return &tls.Certificate{Certificate: [][]byte{block.Bytes}, PrivateKey: key, Leaf: leaf}, nil
}
