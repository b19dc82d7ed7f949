package definition

import "time"

// Deployment is an immutable snapshot of a REST API.
type Deployment struct {
	ID          string
	Description string
	CreatedDate time.Time
	API         *RestAPI // never changed after the deployment was made
}

// Stage is a name under which a deployment serves. Its settings are live: they apply without a new deployment.
// Spec: rest-api 0, 13.
type Stage struct {
	Name         string
	Description  string
	DeploymentID string
	Variables    map[string]string
	// MethodSettings by "{resourcePath}/{METHOD}" or "*/*".
	MethodSettings      map[string]MethodSettings
	ClientCertificateID string
	CacheClusterEnabled bool
	TracingEnabled      bool
	Canary              *CanarySettings
	Tags                map[string]string
}

// MethodSettings are the settings of one method (or of all) on a stage. Spec: rest-api 13.2.
type MethodSettings struct {
	MetricsEnabled                         bool
	LoggingLevel                           string // OFF, ERROR, INFO
	DataTraceEnabled                       bool
	ThrottlingBurstLimit                   int
	ThrottlingRateLimit                    float64 // requests per second
	CachingEnabled                         bool
	CacheTTLInSeconds                      int
	CacheDataEncrypted                     bool
	RequireAuthorizationForCacheControl    bool
	UnauthorizedCacheControlHeaderStrategy string
}

// CanarySettings divert part of a stage's traffic to another deployment.
type CanarySettings struct {
	DeploymentID           string
	PercentTraffic         float64 // 0 to 100
	StageVariableOverrides map[string]string
	UseStageCache          bool
}
