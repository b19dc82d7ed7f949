package definition

import "time"

// DomainName is a custom domain with its base path mappings. Spec: control-plane 13.
type DomainName struct {
	Name string `json:"name,omitzero"`
	// ID tells private domains of one name apart; "" for public ones.
	ID                      string                `json:"id,omitzero"`
	CreatedDate             time.Time             `json:"createdDate,omitzero"`
	EndpointConfiguration   EndpointConfiguration `json:"endpointConfiguration,omitzero"`
	CertificateName         string                `json:"certificateName,omitzero"`
	CertificateARN          string                `json:"certificateArn,omitzero"`
	CertificateUploadDate   time.Time             `json:"certificateUploadDate,omitzero"`
	RegionalCertificateName string                `json:"regionalCertificateName,omitzero"`
	RegionalCertificateARN  string                `json:"regionalCertificateArn,omitzero"`
	OwnershipCertificateARN string                `json:"ownershipCertificateArn,omitzero"`
	DistributionDomainName  string                `json:"distributionDomainName,omitzero"`
	RegionalDomainName      string                `json:"regionalDomainName,omitzero"`
	SecurityPolicy          string                `json:"securityPolicy,omitzero"`
	EndpointAccessMode      string                `json:"endpointAccessMode,omitzero"`
	RoutingMode             string                `json:"routingMode,omitzero"`
	Policy                  string                `json:"policy,omitzero"`
	ManagementPolicy        string                `json:"managementPolicy,omitzero"`
	Truststore              *Truststore           `json:"truststore,omitzero"`
	Tags                    map[string]string     `json:"tags,omitzero"`
	Mappings                []BasePathMapping     `json:"mappings,omitzero"`
}

// Truststore is where the certificate authorities of a domain's clients are (mutual TLS).
type Truststore struct {
	URI     string `json:"uri,omitzero"`
	Version string `json:"version,omitzero"`
}

// BasePathMapping sends the paths below a base path of a domain to a stage of an API.
type BasePathMapping struct {
	BasePath string `json:"basePath,omitzero"` // "" is the empty one
	APIID    string `json:"apiId,omitzero"`
	Stage    string `json:"stage,omitzero"` // "": the first segment of the path names the stage
}
