package domains

import (
	"cmp"
	"context"
	"errors"
	"regexp"
	"slices"
	"strings"

	"github.com/gatehouse-gateway/gatehouse/internal/control/apigateway/state"
	"github.com/gatehouse-gateway/gatehouse/internal/control/apigateway/wire"
	"github.com/gatehouse-gateway/gatehouse/internal/definition"
	"github.com/gatehouse-gateway/gatehouse/internal/engine"
	"github.com/gatehouse-gateway/gatehouse/internal/store"
)

const (
	edge     = "EDGE"
	regional = "REGIONAL"
	private  = "PRIVATE"

	mappingsOnly = "BASE_PATH_MAPPING_ONLY"

	// Hosted zones that records for a domain point to. That of EDGE is the service's; the regional one is that of us-east-1.
	edgeZone     = "Z2FDTNDATAQYW2"
	regionalZone = "Z1UJRXOUMOOFQ8"
	targetLength = 10
)

// domainName is a fully qualified name, maybe with a wildcard in front.
var domainName = regexp.MustCompile(`^(?:\*\.)?(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?$`)

func (o *Operations) createDomainName(ctx context.Context, in *wire.CreateDomainNameRequest) (*wire.DomainName, error) {
	scope, err := state.ScopeOf(ctx)
	if err != nil {
		return nil, err
	}
	if err := checkNew(in); err != nil {
		return nil, err
	}
	now := o.state.Now().UTC()
	d := &domain{
		Name: strings.ToLower(*in.DomainName), CreatedDate: now, CertificateName: wire.Value(in.CertificateName), CertificateARN: wire.Value(in.CertificateArn),
		RegionalCertificateName: wire.Value(in.RegionalCertificateName), RegionalCertificateARN: wire.Value(in.RegionalCertificateArn),
		OwnershipCertificateARN: wire.Value(in.OwnershipVerificationCertificateArn), SecurityPolicy: cmp.Or(wire.Value(in.SecurityPolicy), "TLS_1_2"),
		EndpointAccessMode: wire.Value(in.EndpointAccessMode), RoutingMode: cmp.Or(wire.Value(in.RoutingMode), mappingsOnly), Tags: wire.NonEmptyMap(in.Tags),
	}
	if e := in.EndpointConfiguration; e != nil {
		d.EndpointConfiguration = definition.EndpointConfiguration{Types: set(e.Types), IPAddressType: wire.Value(e.IpAddressType)}
	}
	if len(d.EndpointConfiguration.Types) == 0 {
		d.EndpointConfiguration.Types = []string{edge}
	}
	d.EndpointConfiguration.IPAddressType = cmp.Or(d.EndpointConfiguration.IPAddressType, "ipv4")
	if err := settle(scope.Region, d, o); err != nil {
		return nil, err
	}
	if err := o.checkFree(ctx, scope, d.Name); err != nil {
		return nil, err
	}
	err = o.state.Domains.Create(ctx, scope.Key(d.Name), d)
	if errors.Is(err, engine.ErrExists) {
		return nil, errExists
	}
	if err != nil {
		return nil, err
	}
	return shown(scope.Region, d), nil
}

var errExists = wire.BadRequest("The domain name you provided already exists.") // (unconfirmed)

// checkFree refuses a name that an account of the region has, one below another account's wildcard, and a wildcard above
// another account's names: a host leads to one place. Spec: domains 2.1, 2.2.
func (o *Operations) checkFree(ctx context.Context, scope state.Scope, name string) error {
	all, err := o.state.Domains.All(ctx, "")
	if err != nil {
		return err
	}
	own := 0
	for _, item := range all {
		account, rest, _ := strings.Cut(item.Key, "/")
		region, other, _ := strings.Cut(rest, "/")
		mine := account == scope.AccountID
		switch {
		case region != scope.Region:
		case other == name, !mine && (under(name, other) || under(other, name)):
			return errExists
		case mine:
			own++
		}
	}
	return state.CheckRoom(own, o.state.Limits.DomainNames, "domain names")
}

// under reports whether a name is one that a wildcard covers.
func under(name, wildcard string) bool {
	suffix, ok := strings.CutPrefix(wildcard, "*")
	return ok && strings.HasSuffix(name, suffix)
}

// checkNew refuses by name what is not there yet, then what is wrong.
func checkNew(in *wire.CreateDomainNameRequest) error {
	name := wire.Value(in.DomainName)
	switch {
	case name == "":
		return wire.BadRequest("No Domain Name specified")
	case len(name) > 253 || !domainName.MatchString(name):
		return wire.BadRequest("Invalid domain name specified: %s", name) // (unconfirmed)
	case in.MutualTlsAuthentication != nil && (wire.Value(in.MutualTlsAuthentication.TruststoreUri) != "" || wire.Value(in.MutualTlsAuthentication.TruststoreVersion) != ""):
		return wire.Unsupported("mutual TLS (mutualTlsAuthentication)")
	case wire.Value(in.Policy) != "":
		return wire.Unsupported("a domain name's policy")
	case wire.Value(in.EndpointAccessMode) == "STRICT":
		return wire.Unsupported("endpointAccessMode STRICT")
	case in.EndpointConfiguration != nil && slices.Contains(in.EndpointConfiguration.Types, private):
		return wire.Unsupported("a PRIVATE domain name")
	case in.EndpointConfiguration != nil && len(in.EndpointConfiguration.VpcEndpointIds) > 0:
		return wire.Unsupported("endpointConfiguration vpcEndpointIds of a domain name")
	case wire.Value(in.RoutingMode) != "" && *in.RoutingMode != mappingsOnly:
		return wire.Unsupported("routingMode " + *in.RoutingMode)
	case in.CertificateBody != nil || in.CertificatePrivateKey != nil || in.CertificateChain != nil:
		return wire.Unsupported("uploading a certificate (certificateBody)")
	}
	return wire.CheckTags(in.Tags)
}

// settle gives a domain the targets of its endpoint types, and checks that it has their certificates.
func settle(region string, d *domain, o *Operations) error {
	types := d.EndpointConfiguration.Types
	switch {
	case len(types) == 0:
		return wire.BadRequest("REGIONAL Configuration and EDGE Configuration cannot be both DISABLED.")
	case slices.Contains(types, edge) && d.CertificateARN == "" && d.CertificateName == "":
		return wire.BadRequest("A certificate must be provided for the endpoint configuration EDGE.") // (unconfirmed)
	case slices.Contains(types, regional) && d.RegionalCertificateARN == "" && d.RegionalCertificateName == "":
		return wire.BadRequest("A regional certificate must be provided for the endpoint configuration REGIONAL.") // (unconfirmed)
	}
	if slices.Contains(types, edge) && d.DistributionDomainName == "" {
		d.DistributionDomainName = "d" + wire.NewID(targetLength) + ".cloudfront.net"
		d.CertificateUploadDate = o.state.Now().UTC()
	}
	if slices.Contains(types, regional) && d.RegionalDomainName == "" {
		d.RegionalDomainName = "d-" + wire.NewID(targetLength) + ".execute-api." + region + ".amazonaws.com"
	}
	return nil
}

// shown is a domain as the service shows it. Spec: control-plane 13.1.
func shown(region string, d *domain) *wire.DomainName {
	out := &wire.DomainName{
		DomainName: &d.Name, DomainNameArn: wire.Ptr("arn:aws:apigateway:" + region + "::/domainnames/" + d.Name), DomainNameStatus: wire.Ptr("AVAILABLE"),
		EndpointConfiguration: &wire.EndpointConfiguration{Types: d.EndpointConfiguration.Types, IpAddressType: &d.EndpointConfiguration.IPAddressType},
		SecurityPolicy:        &d.SecurityPolicy, EndpointAccessMode: wire.NonZero(d.EndpointAccessMode), RoutingMode: &d.RoutingMode, Tags: wire.NonEmptyMap(d.Tags),
		OwnershipVerificationCertificateArn: wire.NonZero(d.OwnershipCertificateARN),
		CertificateName:                     wire.NonZero(d.CertificateName), CertificateArn: wire.NonZero(d.CertificateARN), CertificateUploadDate: wire.Time(d.CertificateUploadDate),
		RegionalCertificateName: wire.NonZero(d.RegionalCertificateName), RegionalCertificateArn: wire.NonZero(d.RegionalCertificateARN),
	}
	if slices.Contains(d.EndpointConfiguration.Types, edge) {
		out.DistributionDomainName, out.DistributionHostedZoneId = &d.DistributionDomainName, wire.Ptr(edgeZone)
	}
	if slices.Contains(d.EndpointConfiguration.Types, regional) {
		out.RegionalDomainName, out.RegionalHostedZoneId = &d.RegionalDomainName, wire.Ptr(regionalZone)
	}
	return out
}

// key is the key of a domain of the caller. A domain name id is that of a private domain, and there are none.
func key(ctx context.Context, name, id *string) (state.Scope, string, error) {
	scope, err := state.ScopeOf(ctx)
	if err != nil {
		return scope, "", err
	}
	if wire.Value(name) == "" || len(*name) > 253 || strings.ContainsRune(*name, '/') || wire.Value(id) != "" {
		return scope, "", errNoDomain
	}
	return scope, scope.Key(strings.ToLower(*name)), nil
}

func (o *Operations) find(ctx context.Context, name, id *string) (state.Scope, *domain, error) {
	scope, k, err := key(ctx, name, id)
	if err != nil {
		return scope, nil, err
	}
	d, err := o.state.Domains.Get(ctx, k)
	return scope, d, wire.OrNotFound(err, errNoDomain)
}

func (o *Operations) change(ctx context.Context, name, id *string, change func(state.Scope, *domain) error) (state.Scope, *domain, error) {
	scope, k, err := key(ctx, name, id)
	if err != nil {
		return scope, nil, err
	}
	d, err := o.state.Domains.Change(ctx, k, func(d *domain) error { return change(scope, d) })
	return scope, d, wire.OrNotFound(err, errNoDomain)
}

func (o *Operations) getDomainName(ctx context.Context, in *wire.GetDomainNameRequest) (*wire.DomainName, error) {
	scope, d, err := o.find(ctx, in.DomainName, in.DomainNameId)
	if err != nil {
		return nil, err
	}
	return tagged(scope, d), nil
}

// tagged is a domain as it is read on its own: with tags even if there are none.
func tagged(scope state.Scope, d *domain) *wire.DomainName {
	out := shown(scope.Region, d)
	out.Tags = wire.Always(out.Tags)
	return out
}

func (o *Operations) getDomainNames(ctx context.Context, in *wire.GetDomainNamesRequest) (*wire.DomainNames, error) {
	scope, err := state.ScopeOf(ctx)
	if err != nil {
		return nil, err
	}
	if wire.Value(in.ResourceOwner) == "OTHER_ACCOUNTS" {
		return &wire.DomainNames{Items: []wire.DomainName{}}, nil
	}
	all, err := o.state.Domains.All(ctx, scope.Prefix())
	if err != nil {
		return nil, err
	}
	page, next, err := wire.Page(all, func(i store.Item[domain]) string { return i.Key }, in.Limit, in.Position)
	if err != nil {
		return nil, err
	}
	out := &wire.DomainNames{Items: make([]wire.DomainName, len(page)), Position: next}
	for i, item := range page {
		out.Items[i] = *shown(scope.Region, item.Value)
	}
	return out, nil
}

func (o *Operations) deleteDomainName(ctx context.Context, in *wire.DeleteDomainNameRequest) (*wire.None, error) {
	_, k, err := key(ctx, in.DomainName, in.DomainNameId)
	if err != nil {
		return nil, err
	}
	return nil, wire.OrNotFound(o.state.Domains.Delete(ctx, k, nil), errNoDomain)
}

func (o *Operations) updateDomainName(ctx context.Context, in *wire.UpdateDomainNameRequest) (*wire.DomainName, error) {
	scope, d, err := o.change(ctx, in.DomainName, in.DomainNameId, func(scope state.Scope, d *domain) error {
		before := d.CertificateARN
		if err := patchDomain.Apply(d, in.PatchOperations); err != nil {
			return err
		}
		if d.CertificateARN != before && slices.Contains(d.EndpointConfiguration.Types, edge) {
			d.CertificateUploadDate = o.state.Now().UTC()
		}
		return settle(scope.Region, d, o)
	})
	if err != nil {
		return nil, err
	}
	return tagged(scope, d), nil
}

// getAccessAssociations lists none: associations are refused.
func (o *Operations) getAccessAssociations(context.Context, *wire.GetDomainNameAccessAssociationsRequest) (*wire.DomainNameAccessAssociations, error) {
	return &wire.DomainNameAccessAssociations{Items: []wire.DomainNameAccessAssociation{}}, nil
}
