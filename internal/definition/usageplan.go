package definition

import "time"

// APIKey is a credential that methods may ask for. Spec: traffic 1.
type APIKey struct {
	ID              string            `json:"id,omitzero"`
	Name            string            `json:"name,omitzero"`
	Description     string            `json:"description,omitzero"`
	CustomerID      string            `json:"customerId,omitzero"`
	Enabled         bool              `json:"enabled,omitzero"`
	CreatedDate     time.Time         `json:"createdDate,omitzero"`
	LastUpdatedDate time.Time         `json:"lastUpdatedDate,omitzero"`
	StageKeys       []string          `json:"stageKeys,omitzero"` // "{apiId}/{stage}"
	Tags            map[string]string `json:"tags,omitzero"`
	// Value is the key's value, sealed; Digest finds a key by its value without opening any.
	Value  []byte `json:"value,omitzero"`
	Digest string `json:"digest,omitzero"`
	// Seq grows with every key: lists begin with the newest.
	Seq int64 `json:"seq,omitzero"`
}

// UsagePlan is a tier: which stages its keys may call, how fast and how often. Spec: traffic 2.
type UsagePlan struct {
	ID          string            `json:"id,omitzero"`
	Name        string            `json:"name,omitzero"`
	Description string            `json:"description,omitzero"`
	ProductCode string            `json:"productCode,omitzero"`
	APIStages   []PlanStage       `json:"apiStages,omitzero"`
	Throttle    *Throttle         `json:"throttle,omitzero"`
	Quota       *Quota            `json:"quota,omitzero"`
	Tags        map[string]string `json:"tags,omitzero"`
	// Keys are the ids of the plan's API keys, oldest first.
	Keys []string `json:"keys,omitzero"`
	// Seq grows with every plan: lists begin with the newest.
	Seq int64 `json:"seq,omitzero"`
}

// KeyClaim makes the value of an API key unique: who writes the claim first has the value. A claim whose key does not exist
// is what a crash left behind, once it is old.
type KeyClaim struct {
	KeyID       string    `json:"keyId,omitzero"`
	CreatedDate time.Time `json:"createdDate,omitzero"`
}

// Usage is what an operator granted a key of a usage plan. Spec: control-plane 12.4.
type Usage struct {
	// Remaining is the number of requests left from a day on, until its quota period ends; by day, "2006-01-02".
	Remaining map[string]int `json:"remaining,omitzero"`
}

// PlanStage is a stage that a usage plan covers.
type PlanStage struct {
	APIID    string              `json:"apiId,omitzero"`
	Stage    string              `json:"stage,omitzero"`
	Throttle map[string]Throttle `json:"throttle,omitzero"` // by "/resource/path/METHOD"
}

// Throttle is a rate in requests per second, and a burst in requests.
type Throttle struct {
	BurstLimit int     `json:"burstLimit"`
	RateLimit  float64 `json:"rateLimit"`
}

// Quota is a number of requests per period.
type Quota struct {
	Limit  int    `json:"limit"`
	Offset int    `json:"offset"`
	Period string `json:"period"` // DAY, WEEK or MONTH
}
