package definition

import "time"

// DomainName is a public custom domain with its base path mappings. Spec: control-plane 13.
type DomainName struct {
	Name                    string                `json:"name,omitzero"`
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
	// CertificateBody and CertificateChain are an uploaded certificate, in PEM; PrivateKey is its key, sealed.
	CertificateBody  string            `json:"certificateBody,omitzero"`
	CertificateChain string            `json:"certificateChain,omitzero"`
	PrivateKey       []byte            `json:"privateKey,omitzero"`
	Tags             map[string]string `json:"tags,omitzero"`
	Mappings         []BasePathMapping `json:"mappings,omitzero"`
}

// BasePathMapping sends the paths below a base path of a domain to a stage of an API.
type BasePathMapping struct {
	BasePath string `json:"basePath,omitzero"` // "" is the empty one
	APIID    string `json:"apiId,omitzero"`
	Stage    string `json:"stage,omitzero"` // "": the first segment of the path names the stage
}

// Mapping returns the mapping of a base path, or nil.
func (d *DomainName) Mapping(basePath string) *BasePathMapping {
	for i := range d.Mappings {
		if d.Mappings[i].BasePath == basePath {
			return &d.Mappings[i]
		}
	}
	return nil
}
