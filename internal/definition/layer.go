package definition

import "time"

// Layer is a Lambda layer as it is stored, with all its versions. It is one unit of compare-and-set. Spec: functions A7, B3.
type Layer struct {
	AccountID string `json:"accountId,omitzero"` // 12 digits
	Region    string `json:"region,omitzero"`
	Name      string `json:"name,omitzero"`
	// Versions are those that are not deleted, by number.
	Versions map[string]*LayerVersion `json:"versions,omitzero"`
	// LastVersion is the highest number that was ever given to a version: none is given twice.
	LastVersion int64 `json:"lastVersion,omitzero"`
}

// LayerVersion is one version of a layer. All of it but its policy never changes.
type LayerVersion struct {
	Description string `json:"description,omitzero"`
	Code        Code   `json:"code,omitzero"`
	// CompatibleRuntimes and CompatibleArchitectures are nil when they were not given.
	CompatibleRuntimes      []string       `json:"compatibleRuntimes,omitzero"`
	CompatibleArchitectures []string       `json:"compatibleArchitectures,omitzero"`
	LicenseInfo             string         `json:"licenseInfo,omitzero"`
	Created                 time.Time      `json:"created,omitzero"`
	Policy                  FunctionPolicy `json:"policy,omitzero"` // who but the layer's account may use it
}

// FunctionLayer is a version of a layer as a function uses it. It goes on working when the layer's version is deleted.
type FunctionLayer struct {
	ARN  string `json:"arn,omitzero"`
	Code Code   `json:"code,omitzero"`
}
