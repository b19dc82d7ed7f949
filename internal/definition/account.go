package definition

import "time"

// Account holds the settings of one account in one region. Spec: control-plane 14.1.
type Account struct {
	CloudWatchRoleARN string `json:"cloudwatchRoleArn,omitzero"`
}

// ClientCertificate is what a stage shows to back ends that ask who calls. Spec: domains 12.
type ClientCertificate struct {
	ID             string            `json:"id,omitzero"`
	Description    string            `json:"description,omitzero"`
	PEM            string            `json:"pem,omitzero"`
	PrivateKey     []byte            `json:"privateKey,omitzero"` // PKCS #8, sealed
	CreatedDate    time.Time         `json:"createdDate,omitzero"`
	ExpirationDate time.Time         `json:"expirationDate,omitzero"`
	Tags           map[string]string `json:"tags,omitzero"`
}

// VPCLink names the load balancer behind which private back ends are. Spec: control-plane 14.3.
type VPCLink struct {
	ID          string            `json:"id,omitzero"`
	Name        string            `json:"name,omitzero"`
	Description string            `json:"description,omitzero"`
	TargetARNs  []string          `json:"targetArns,omitzero"`
	Tags        map[string]string `json:"tags,omitzero"`
}
