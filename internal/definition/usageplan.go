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
	// Plans are the usage plans of the key, oldest first. One that is gone meanwhile means nothing: ids are never used again.
	Plans []PlanMembership `json:"plans,omitzero"`
}

// PlanMembership says that a key belongs to a usage plan. It is kept with the key, so that what a key may not have twice
// is decided in one place.
type PlanMembership struct {
	PlanID string `json:"planId,omitzero"`
	// Adjusted is what UpdateUsage made of the quota; nil: nothing.
	Adjusted *QuotaAdjustment `json:"adjusted,omitzero"`
}

// QuotaAdjustment gives a key more requests than the quota of its plan, or fewer, until the period ends.
type QuotaAdjustment struct {
	Extra int64  `json:"extra"` // requests; negative: fewer
	Begin string `json:"begin"` // first day of the period: "2006-01-02", UTC
	On    string `json:"on"`    // the day of the change
}

// Membership returns the membership of a plan, or nil.
func (k *APIKey) Membership(planID string) *PlanMembership {
	for i := range k.Plans {
		if k.Plans[i].PlanID == planID {
			return &k.Plans[i]
		}
	}
	return nil
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
	// Seq grows with every plan: lists begin with the newest.
	Seq int64 `json:"seq,omitzero"`
}

// Covers reports whether the plan has a stage.
func (p *UsagePlan) Covers(apiID, stage string) bool { return p.Stage(apiID, stage) != nil }

// Stage returns the plan's entry for a stage, or nil.
func (p *UsagePlan) Stage(apiID, stage string) *PlanStage {
	for i := range p.APIStages {
		if p.APIStages[i].APIID == apiID && p.APIStages[i].Stage == stage {
			return &p.APIStages[i]
		}
	}
	return nil
}

// KeyClaim makes the value of an API key unique: who writes the claim first has the value. A claim whose key does not exist
// is what a crash left behind, once it is old.
type KeyClaim struct {
	KeyID       string    `json:"keyId,omitzero"`
	CreatedDate time.Time `json:"createdDate,omitzero"`
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

// UsageDay is what some keys used on one day. Spec: traffic 4, 8.
type UsageDay struct {
	// Batch names the last addition, so that it is not made twice when its answer was lost.
	Batch string `json:"batch,omitzero"`
	// Plans are the counts of requests by plan, key, and first day of the quota's period; 1970-01-01 where there was no quota.
	Plans map[string]map[string]map[string]int64 `json:"plans,omitzero"`
}
