package definition

import "time"

// RestAPIDocument is a REST API as it is stored: its draft, and what was made of it. It is one unit of compare-and-set.
type RestAPIDocument struct {
	AccountID string `json:"accountId,omitzero"` // 12 digits
	Region    string `json:"region,omitzero"`
	// API is the draft: what the management API edits and a deployment freezes.
	API                   *RestAPI                         `json:"api,omitzero"`
	Deployments           map[string]*Deployment           `json:"deployments,omitzero"` // by id
	Stages                map[string]*Stage                `json:"stages,omitzero"`      // by name
	DocumentationVersions map[string]*DocumentationVersion `json:"documentationVersions,omitzero"`
}

// DocumentationVersion is a snapshot of an API's documentation parts.
type DocumentationVersion struct {
	Version     string              `json:"version,omitzero"`
	Description string              `json:"description,omitzero"`
	CreatedDate time.Time           `json:"createdDate,omitzero"`
	Parts       []DocumentationPart `json:"parts,omitzero"`
}

// ServedRestAPI is the part of a RestAPIDocument that decides what is served: all but the draft, of which only the id is read.
type ServedRestAPI struct {
	AccountID   string                 `json:"accountId,omitzero"`
	Region      string                 `json:"region,omitzero"`
	API         *ServedID              `json:"api,omitzero"`
	Deployments map[string]*Deployment `json:"deployments,omitzero"`
	Stages      map[string]*Stage      `json:"stages,omitzero"`
}

// ServedID is an API without its definition.
type ServedID struct {
	ID string `json:"id,omitzero"`
}
