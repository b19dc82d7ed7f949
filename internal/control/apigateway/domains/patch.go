package domains

import (
	"slices"
	"strconv"

	"github.com/gatehouse-gateway/gatehouse/internal/control/apigateway/wire"
)

var endpointTypes = []string{edge, regional}

// securityPolicies are those of the model. A test compares.
var securityPolicies = []string{
	"TLS_1_0", "TLS_1_2",
	"SecurityPolicy_TLS13_1_3_2025_09", "SecurityPolicy_TLS13_1_3_FIPS_2025_09",
	"SecurityPolicy_TLS13_1_2_PFS_PQ_2025_09", "SecurityPolicy_TLS13_1_2_FIPS_PQ_2025_09",
	"SecurityPolicy_TLS13_1_2_FIPS_PFS_PQ_2025_09", "SecurityPolicy_TLS13_1_2_PQ_2025_09",
	"SecurityPolicy_TLS13_1_2_2021_06", "SecurityPolicy_TLS13_2025_EDGE",
	"SecurityPolicy_TLS12_PFS_2025_EDGE", "SecurityPolicy_TLS12_2018_EDGE",
}

// patchDomain is the table of control-plane 7.9.
var patchDomain = wire.Table[domain]{Family: wire.Listed, Rows: []wire.Row[domain]{
	text("/certificateArn", func(d *domain) *string { return &d.CertificateARN }),
	text("/certificateName", func(d *domain) *string { return &d.CertificateName }),
	text("/regionalCertificateArn", func(d *domain) *string { return &d.RegionalCertificateARN }),
	text("/regionalCertificateName", func(d *domain) *string { return &d.RegionalCertificateName }),
	{Path: "/endpointConfiguration/types", Add: addType, Remove: removeType},
	{Path: "/endpointConfiguration/types/*", Replace: replaceType},
	{Path: "/endpointConfiguration/ipAddressType", Replace: wire.OneOf("ipAddressType", []string{"ipv4", "dualstack"}, func(d *domain) *string { return &d.EndpointConfiguration.IPAddressType })},
	{Path: "/securityPolicy", Replace: wire.OneOf("securityPolicy", securityPolicies, func(d *domain) *string { return &d.SecurityPolicy })},
	{Path: "/endpointAccessMode", Replace: only("endpointAccessMode", "BASIC", func(d *domain) *string { return &d.EndpointAccessMode })},
	{Path: "/routingMode", Replace: only("routingMode", mappingsOnly, func(d *domain) *string { return &d.RoutingMode })},
	off("/mutualTlsAuthentication/truststoreUri", "mutual TLS (mutualTlsAuthentication)"),
	off("/mutualTlsAuthentication/truststoreVersion", "mutual TLS (mutualTlsAuthentication)"),
	text("/ownershipVerificationCertificateArn", func(d *domain) *string { return &d.OwnershipCertificateARN }),
	{Path: "/policy", Replace: unsupportedUnlessEmpty("a domain name's policy")},
	{Path: "/managementPolicy", Replace: unsupportedUnlessEmpty("a domain name's management policy")},
}}

// text is the row of a text that every operation knows.
func text(path string, at func(*domain) *string) wire.Row[domain] {
	put := wire.Text(at)
	return wire.Row[domain]{Path: path, Add: put, Replace: put, Remove: func(d *domain, _ wire.Op) error {
		*at(d) = ""
		return nil
	}}
}

// off is the row of what can only be switched off.
func off(path, what string) wire.Row[domain] {
	refuse := unsupportedUnlessEmpty(what)
	return wire.Row[domain]{Path: path, Add: refuse, Replace: refuse, Remove: func(*domain, wire.Op) error { return nil }}
}

// only stores the one value that is supported, and refuses others by name.
func only(name, value string, at func(*domain) *string) func(*domain, wire.Op) error {
	return func(d *domain, op wire.Op) error {
		if op.Text() != value {
			return wire.Unsupported(name + " " + op.Text())
		}
		*at(d) = value
		return nil
	}
}

// unsupportedUnlessEmpty accepts to switch off what cannot be on.
func unsupportedUnlessEmpty(what string) func(*domain, wire.Op) error {
	return func(_ *domain, op wire.Op) error {
		if op.Text() != "" {
			return wire.Unsupported(what)
		}
		return nil
	}
}

func checkType(value string) error {
	if value == private {
		return wire.Unsupported("a PRIVATE domain name")
	}
	if !slices.Contains(endpointTypes, value) {
		return wire.BadRequest("Invalid EndpointTypes specified. Valid options are REGIONAL,EDGE,PRIVATE")
	}
	return nil
}

func addType(d *domain, op wire.Op) error {
	if err := checkType(op.Text()); err != nil {
		return err
	}
	d.EndpointConfiguration.Types = set(append(d.EndpointConfiguration.Types, op.Text()))
	return nil
}

// set returns the types without those that are there before.
func set(types []string) []string {
	var once []string
	for _, t := range types {
		if !slices.Contains(once, t) {
			once = append(once, t)
		}
	}
	return once
}

func removeType(d *domain, op wire.Op) error {
	e := &d.EndpointConfiguration
	e.Types = slices.DeleteFunc(e.Types, func(t string) bool { return t == op.Text() })
	return nil
}

// replaceType takes the type, or its place in the list: Terraform sends /types/0.
func replaceType(d *domain, op wire.Op) error {
	if err := checkType(op.Text()); err != nil {
		return err
	}
	types := d.EndpointConfiguration.Types
	i := slices.Index(types, op.Last())
	if n, err := strconv.Atoi(op.Last()); err == nil {
		i = n
	}
	if i < 0 || i >= len(types) {
		return wire.BadRequest("Invalid patch path %s", op.Path)
	}
	types[i] = op.Text()
	d.EndpointConfiguration.Types = set(types)
	return nil
}
