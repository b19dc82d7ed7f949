package definition

import "time"

// Deployment is an immutable snapshot of a REST API.
type Deployment struct {
	ID          string    `json:"id,omitzero"`
	Description string    `json:"description,omitzero"`
	CreatedDate time.Time `json:"createdDate,omitzero"`
	// Snapshot is the digest under which API is stored, in hexadecimal digits; "" when it is not.
	Snapshot string `json:"snapshot,omitzero"`
	// API is the definition as it was; never changed after the deployment was made. It is stored as a snapshot of its own.
	API *RestAPI `json:"-"`
}

// Stage is a name under which a deployment serves. Its settings are live: they apply without a new deployment.
// Spec: rest-api 0, 13.
type Stage struct {
	Name            string            `json:"name,omitzero"`
	Description     string            `json:"description,omitzero"`
	DeploymentID    string            `json:"deploymentId,omitzero"`
	CreatedDate     time.Time         `json:"createdDate,omitzero"`
	LastUpdatedDate time.Time         `json:"lastUpdatedDate,omitzero"`
	Variables       map[string]string `json:"variables,omitzero"`
	// MethodSettings by "{resource}/{METHOD}" or "*/*", the resource spelled as whoever set it did: "pets/{id}", "~1pets~1{id}".
	MethodSettings       map[string]MethodSettings `json:"methodSettings,omitzero"`
	AccessLog            *AccessLogSettings        `json:"accessLog,omitzero"`
	ClientCertificateID  string                    `json:"clientCertificateId,omitzero"`
	DocumentationVersion string                    `json:"documentationVersion,omitzero"`
	CacheClusterEnabled  bool                      `json:"cacheClusterEnabled,omitzero"`
	CacheClusterSize     string                    `json:"cacheClusterSize,omitzero"` // in GB: "0.5"
	TracingEnabled       bool                      `json:"tracingEnabled,omitzero"`
	Canary               *CanarySettings           `json:"canary,omitzero"`
	Tags                 map[string]string         `json:"tags,omitzero"`
}

// AccessLogSettings say where a line per request goes, and what it holds.
type AccessLogSettings struct {
	DestinationARN string `json:"destinationArn,omitzero"`
	Format         string `json:"format,omitzero"`
}

// MethodSettings are the settings of one method (or of all) on a stage. Spec: rest-api 13.2.
type MethodSettings struct {
	MetricsEnabled                         bool    `json:"metricsEnabled,omitzero"`
	LoggingLevel                           string  `json:"loggingLevel,omitzero"` // OFF, ERROR, INFO
	DataTraceEnabled                       bool    `json:"dataTraceEnabled,omitzero"`
	ThrottlingBurstLimit                   int     `json:"throttlingBurstLimit,omitzero"`
	ThrottlingRateLimit                    float64 `json:"throttlingRateLimit,omitzero"` // requests per second
	CachingEnabled                         bool    `json:"cachingEnabled,omitzero"`
	CacheTTLInSeconds                      int     `json:"cacheTtlInSeconds,omitzero"`
	CacheDataEncrypted                     bool    `json:"cacheDataEncrypted,omitzero"`
	RequireAuthorizationForCacheControl    bool    `json:"requireAuthorizationForCacheControl,omitzero"`
	UnauthorizedCacheControlHeaderStrategy string  `json:"unauthorizedCacheControlHeaderStrategy,omitzero"`
}

// CanarySettings divert part of a stage's traffic to another deployment.
type CanarySettings struct {
	DeploymentID           string            `json:"deploymentId,omitzero"`
	PercentTraffic         float64           `json:"percentTraffic,omitzero"` // 0 to 100
	StageVariableOverrides map[string]string `json:"stageVariableOverrides,omitzero"`
	UseStageCache          bool              `json:"useStageCache,omitzero"`
}
