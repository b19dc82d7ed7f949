package accounts

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"strings"
	"time"

	"github.com/gatehouse-gateway/gatehouse/internal/control/apigateway/state"
	"github.com/gatehouse-gateway/gatehouse/internal/control/apigateway/wire"
	"github.com/gatehouse-gateway/gatehouse/internal/definition"
	"github.com/gatehouse-gateway/gatehouse/internal/store"
)

const (
	keyBits    = 2048
	serialBits = 128
)

var errNoCertificate = wire.NotFound("Invalid Client Certificate ID specified") // (unconfirmed)

func (o *Operations) generateClientCertificate(ctx context.Context, in *wire.GenerateClientCertificateRequest) (*wire.ClientCertificate, error) {
	scope, err := state.ScopeOf(ctx)
	if err != nil {
		return nil, err
	}
	if err := wire.CheckTags(in.Tags); err != nil {
		return nil, err
	}
	entries, _, err := o.state.Certificates.Entries(ctx, scope.Prefix())
	if err != nil {
		return nil, err
	}
	if most := o.state.Limits.ClientCertificates; int64(len(entries)) >= most {
		return nil, wire.LimitExceeded("Maximum number of client certificates for this account has been reached. The limit is %d.", most)
	}
	doc := &definition.ClientCertificate{ID: wire.NewID(wire.ShortIDLength), Description: wire.Value(in.Description), Tags: wire.NonEmptyMap(in.Tags)}
	if err := o.sign(scope, doc); err != nil {
		return nil, fmt.Errorf("generate client certificate: %w", err)
	}
	if err := o.state.Certificates.Create(ctx, scope.Key(doc.ID), doc); err != nil {
		return nil, err
	}
	return clientCertificate(doc), nil
}

// sign makes a private key and the certificate that it signs itself, valid for a year. Spec: control-plane 14.2; the names in it
// are (unconfirmed).
func (o *Operations) sign(scope state.Scope, doc *definition.ClientCertificate) error {
	now := o.state.Now().UTC().Truncate(time.Second)
	doc.CreatedDate, doc.ExpirationDate = now, now.AddDate(1, 0, 0)
	private, err := rsa.GenerateKey(rand.Reader, keyBits)
	if err != nil {
		return err
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), serialBits-1))
	if err != nil {
		return err
	}
	template := &x509.Certificate{
		SerialNumber: serial.Add(serial, big.NewInt(1)), NotBefore: doc.CreatedDate, NotAfter: doc.ExpirationDate,
		Subject: pkix.Name{
			CommonName: "ApiGateway", Organization: []string{"Amazon"}, OrganizationalUnit: []string{"AWS"},
			Locality: []string{"Seattle"}, Province: []string{"Washington"}, Country: []string{"US"},
		},
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	if err != nil {
		return err
	}
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return err
	}
	doc.Certificate = string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	doc.PrivateKey = o.state.Box.Seal(state.CertificateName(scope.Key(doc.ID)), secret)
	return nil
}

func (o *Operations) getClientCertificate(ctx context.Context, in *wire.GetClientCertificateRequest) (*wire.ClientCertificate, error) {
	key, err := state.KeyOf(ctx, in.ClientCertificateId, errNoCertificate)
	if err != nil {
		return nil, err
	}
	doc, err := o.state.Certificates.Get(ctx, key)
	if err != nil {
		return nil, wire.OrNotFound(err, errNoCertificate)
	}
	return taggedCertificate(doc), nil
}

func (o *Operations) getClientCertificates(ctx context.Context, in *wire.GetClientCertificatesRequest) (*wire.ClientCertificates, error) {
	scope, err := state.ScopeOf(ctx)
	if err != nil {
		return nil, err
	}
	all, err := o.state.Certificates.All(ctx, scope.Prefix())
	if err != nil {
		return nil, err
	}
	page, next, err := wire.Page(all, func(i store.Item[definition.ClientCertificate]) string { return i.Key }, in.Limit, in.Position)
	if err != nil {
		return nil, err
	}
	out := &wire.ClientCertificates{Items: make([]wire.ClientCertificate, len(page)), Position: next}
	for i, item := range page {
		out.Items[i] = *clientCertificate(item.Value)
	}
	return out, nil
}

func (o *Operations) updateClientCertificate(ctx context.Context, in *wire.UpdateClientCertificateRequest) (*wire.ClientCertificate, error) {
	key, err := state.KeyOf(ctx, in.ClientCertificateId, errNoCertificate)
	if err != nil {
		return nil, err
	}
	doc, err := o.state.Certificates.Change(ctx, key, func(c *definition.ClientCertificate) error {
		return patchCertificate.Apply(c, in.PatchOperations)
	})
	if err != nil {
		return nil, wire.OrNotFound(err, errNoCertificate)
	}
	return taggedCertificate(doc), nil
}

// patchCertificate is the table of control-plane 7.5.
var patchCertificate = wire.Table[definition.ClientCertificate]{Family: wire.Listed, Rows: []wire.Row[definition.ClientCertificate]{
	{Path: "/description", Replace: wire.Text(func(c *definition.ClientCertificate) *string { return &c.Description })},
}}

func (o *Operations) deleteClientCertificate(ctx context.Context, in *wire.DeleteClientCertificateRequest) (*wire.None, error) {
	key, err := state.KeyOf(ctx, in.ClientCertificateId, errNoCertificate)
	if err != nil {
		return nil, err
	}
	if _, err := o.state.Certificates.Get(ctx, key); err != nil {
		return nil, wire.OrNotFound(err, errNoCertificate)
	}
	scope, err := state.ScopeOf(ctx)
	if err != nil {
		return nil, err
	}
	id := *in.ClientCertificateId
	users, err := o.state.CertificateUsers(ctx, scope, id)
	if err != nil {
		return nil, err
	}
	if len(users) > 0 { // (unconfirmed)
		return nil, wire.BadRequest("Cannot delete client certificate %s because it is used by the following stages: %s", id, strings.Join(users, ", "))
	}
	if err := o.state.Certificates.Delete(ctx, key, nil); err != nil {
		return nil, wire.OrNotFound(err, errNoCertificate)
	}
	o.state.ForgetCertificate(scope, id)
	return nil, nil
}

func clientCertificate(c *definition.ClientCertificate) *wire.ClientCertificate {
	return &wire.ClientCertificate{
		ClientCertificateId: &c.ID, Description: wire.NonZero(c.Description), PemEncodedCertificate: &c.Certificate,
		CreatedDate: wire.Time(c.CreatedDate), ExpirationDate: wire.Time(c.ExpirationDate), Tags: wire.NonEmptyMap(c.Tags),
	}
}

func taggedCertificate(c *definition.ClientCertificate) *wire.ClientCertificate {
	out := clientCertificate(c)
	out.Tags = wire.Always(out.Tags)
	return out
}
