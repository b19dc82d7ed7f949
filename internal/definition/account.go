package definition

import "time"

// Account is what an account sets in a region. Spec: control-plane 14.1.
type Account struct {
	CloudWatchRoleARN string `json:"cloudwatchRoleArn,omitzero"`
}

// ClientCertificate is how a stage proves to back ends that it calls them. Spec: control-plane 14.2.
type ClientCertificate struct {
	ID             string            `json:"id,omitzero"`
	Description    string            `json:"description,omitzero"`
	CreatedDate    time.Time         `json:"createdDate,omitzero"`
	ExpirationDate time.Time         `json:"expirationDate,omitzero"`
	Certificate    string            `json:"certificate,omitzero"` // PEM
	PrivateKey     []byte            `json:"privateKey,omitzero"`  // PKCS #8, sealed
	Tags           map[string]string `json:"tags,omitzero"`
}

// VPCLink names a load balancer that integrations reach. Spec: control-plane 14.3.
type VPCLink struct {
	ID          string            `json:"id,omitzero"`
	Name        string            `json:"name,omitzero"`
	Description string            `json:"description,omitzero"`
	TargetARNs  []string          `json:"targetArns,omitzero"`
	Tags        map[string]string `json:"tags,omitzero"`
}
