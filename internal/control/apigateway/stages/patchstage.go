package stages

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/gatehouse-gateway/gatehouse/internal/control/apigateway/wire"
	"github.com/gatehouse-gateway/gatehouse/internal/definition"
)

// The service's list of what can be patched in a stage, its missing separators included. Recorded.
const stagePaths = "/deploymentId, /description, /cacheClusterEnabled, /cacheClusterSize, /clientCertificateId, /accessLogSettings, /accessLogSettings/destinationArn, /accessLogSettings/format, " +
	"/{resourcePath}/{httpMethod}/metrics/enabled, /{resourcePath}/{httpMethod}/logging/dataTrace, /{resourcePath}/{httpMethod}/logging/loglevel, " +
	"/{resourcePath}/{httpMethod}/throttling/burstLimit/{resourcePath}/{httpMethod}/throttling/rateLimit/{resourcePath}/{httpMethod}/caching/ttlInSeconds, " +
	"/{resourcePath}/{httpMethod}/caching/enabled, /{resourcePath}/{httpMethod}/caching/dataEncrypted, /{resourcePath}/{httpMethod}/caching/requireAuthorizationForCacheControl, " +
	"/{resourcePath}/{httpMethod}/caching/unauthorizedCacheControlHeaderStrategy, /*/*/metrics/enabled, /*/*/logging/dataTrace, /*/*/logging/loglevel, " +
	"/*/*/throttling/burstLimit /*/*/throttling/rateLimit /*/*/caching/ttlInSeconds, /*/*/caching/enabled, /*/*/caching/dataEncrypted, " +
	"/*/*/caching/requireAuthorizationForCacheControl, /*/*/caching/unauthorizedCacheControlHeaderStrategy, /variables/{variable_name}, /tracingEnabled"

func errStagePath(op wire.Op) error {
	return wire.BadRequest("Invalid method setting path: %s. Must be one of: [%s]", op.Path, stagePaths)
}

// errNothingToRemove ends with a blank. Recorded.
func errNothingToRemove(op wire.Op) error {
	return wire.BadRequest("Cannot remove method setting %s because there is no method setting for this method ", strings.TrimPrefix(op.Path, "/"))
}

// stagePatch is a stage that is patched, with its API. Its errors are a family of their own. Spec: control-plane 7.18.
type stagePatch struct {
	*definition.Stage
	doc *document
}

func (p *stagePatch) apply(op wire.Op) error {
	switch op.Op {
	case "replace", "add":
		return p.put(op)
	case "remove":
		return p.remove(op)
	case "copy":
		return p.copy(op)
	}
	return errStagePath(op)
}

// put adds or replaces.
func (p *stagePatch) put(op wire.Op) error {
	if len(op.Parts) == 1 {
		return p.putMember(op)
	}
	if len(op.Parts) >= 2+settingParts {
		return p.putMethodSetting(op)
	}
	switch op.Parts[0] {
	case "variables":
		if len(op.Parts) != 2 {
			return errStagePath(op)
		}
		wire.Set(&p.Variables, op.Parts[1], op.Text())
		return nil
	case "accessLogSettings":
		return p.putAccessLog(op)
	case "canarySettings":
		return p.putCanary(op)
	}
	return p.putMethodSetting(op)
}

func (p *stagePatch) putMember(op wire.Op) error {
	if op.Op == "add" {
		return errStagePath(op)
	}
	switch op.Parts[0] {
	case "deploymentId":
		if p.doc.Deployments[op.Text()] == nil {
			return errNoTarget
		}
		p.DeploymentID = op.Text()
	case "description":
		p.Description = op.Text()
	case "clientCertificateId":
		p.ClientCertificateID = op.Text()
	case "documentationVersion":
		if err := checkVersion(p.doc, op.Text()); err != nil {
			return err
		}
		p.DocumentationVersion = op.Text()
	case "cacheClusterEnabled":
		p.CacheClusterEnabled = op.Bool()
	case "tracingEnabled":
		p.TracingEnabled = op.Bool()
	case "cacheClusterSize":
		if !slices.Contains([]string{"0.5", "1.6", "6.1", "13.5", "28.4", "58.2", "118", "237"}, op.Text()) {
			return wire.BadRequest("Invalid cacheClusterSize specified. Valid options are 0.5,1.6,6.1,13.5,28.4,58.2,118,237") // (unconfirmed)
		}
		p.CacheClusterSize = op.Text()
	default:
		return errStagePath(op)
	}
	return nil
}

func (p *stagePatch) putAccessLog(op wire.Op) error {
	if len(op.Parts) != 2 || op.Parts[1] != "destinationArn" && op.Parts[1] != "format" {
		return wire.BadRequest("Invalid accessLogSettings path. Must be one of : [/accessLogSettings/destinationArn, /accessLogSettings/format].")
	}
	if op.Text() == "" {
		return wire.BadRequest("Access Log value must not be empty")
	}
	if p.AccessLog == nil {
		p.AccessLog = new(definition.AccessLogSettings)
	}
	if op.Parts[1] == "format" {
		p.AccessLog.Format = op.Text()
	} else {
		p.AccessLog.DestinationARN = op.Text()
	}
	return nil
}

// putCanary makes a canary of the stage's own deployment when there is none. Recorded.
func (p *stagePatch) putCanary(op wire.Op) error {
	name := strings.Join(op.Parts[1:], "/")
	override := len(op.Parts) == 3 && op.Parts[1] == "stageVariableOverrides"
	if name != "percentTraffic" && name != "useStageCache" && name != "deploymentId" && !override {
		return errStagePath(op)
	}
	if op.Op == "add" && !override {
		return wire.BadRequest("Invalid add operation with path: %s", op.Path)
	}
	c := p.Canary
	if c == nil {
		c = &definition.CanarySettings{DeploymentID: p.DeploymentID}
		p.Canary = c
	}
	switch name {
	case "percentTraffic":
		percent, err := op.Float("Invalid canary percentTraffic: " + op.Text())
		c.PercentTraffic = percent
		return err
	case "useStageCache":
		c.UseStageCache = op.Bool()
	case "deploymentId":
		if p.doc.Deployments[op.Text()] == nil {
			return errNoTarget
		}
		c.DeploymentID = op.Text()
	default:
		wire.Set(&c.StageVariableOverrides, op.Parts[2], op.Text())
	}
	return nil
}

func (p *stagePatch) remove(op wire.Op) error {
	switch path := strings.TrimPrefix(op.Path, "/"); {
	case path == "accessLogSettings":
		p.AccessLog = nil
		return nil
	case path == "canarySettings":
		p.Canary = nil
		return nil
	case path == "clientCertificateId":
		p.ClientCertificateID = ""
		return nil
	case op.Parts[0] == "variables" && len(op.Parts) == 2:
		delete(p.Variables, op.Parts[1])
		return nil
	case op.Parts[0] == "canarySettings" && len(op.Parts) == 3 && op.Parts[1] == "stageVariableOverrides" && p.Canary != nil:
		if _, ok := p.Canary.StageVariableOverrides[op.Parts[2]]; !ok {
			return errNothingToRemove(op)
		}
		delete(p.Canary.StageVariableOverrides, op.Parts[2])
		return nil
	default:
		if _, ok := p.MethodSettings[path]; !ok {
			return errNothingToRemove(op)
		}
		delete(p.MethodSettings, path)
		return nil
	}
}

// copy promotes a canary. Overrides are merged into the stage's variables; the canary stays. Recorded.
func (p *stagePatch) copy(op wire.Op) error {
	switch {
	case op.Path == "/deploymentId" && op.From == "/canarySettings/deploymentId":
		if p.Canary == nil {
			return wire.BadRequest("Promotion not available. Canary does not exist.")
		}
		p.DeploymentID = p.Canary.DeploymentID
	case op.Path == "/variables" && op.From == "/canarySettings/stageVariableOverrides":
		if p.Canary == nil {
			return wire.BadRequest("Promotion not available. Canary does not exist.")
		}
		if p.Variables == nil {
			p.Variables = make(map[string]string)
		}
		maps.Copy(p.Variables, p.Canary.StageVariableOverrides)
	default:
		return wire.BadRequest("Invalid copy operation with path: %s and from %s. Valid copy:path are [/deploymentId, /variables] and valid copy:from are [/canarySettings/deploymentId, /canarySettings/stageVariableOverrides]", op.Path, op.From)
	}
	return nil
}

// everyMethod is the key of the settings of all methods without settings of their own.
const everyMethod = "*/*"

// freshSettings are what an entry has that one setting creates. Recorded.
var freshSettings = definition.MethodSettings{
	ThrottlingBurstLimit: 5000, ThrottlingRateLimit: 10000, CacheTTLInSeconds: 300, RequireAuthorizationForCacheControl: true,
	UnauthorizedCacheControlHeaderStrategy: "SUCCEED_WITH_RESPONSE_HEADER",
}

// settingParts is how many parts of a path name a setting: "logging/loglevel".
const settingParts = 2

// putMethodSetting reads a path from the right: setting, verb, and the resource with whatever slashes it was sent with.
func (p *stagePatch) putMethodSetting(op wire.Op) error {
	raw := strings.Split(strings.TrimPrefix(op.Path, "/"), "/")
	if op.Op == "add" || len(raw) < 2+settingParts {
		return errStagePath(op)
	}
	setting := strings.Join(raw[len(raw)-settingParts:], "/")
	store := methodSettings[setting]
	if store == nil {
		return errStagePath(op)
	}
	key := strings.Join(raw[:len(raw)-settingParts], "/")
	entry, ok := p.MethodSettings[key]
	if !ok {
		if entry, ok = p.MethodSettings[everyMethod]; !ok {
			entry = freshSettings
		}
	}
	if err := store(&entry, op); err != nil {
		return err
	}
	wire.Set(&p.MethodSettings, key, entry)
	return nil
}

type settingsDef = definition.MethodSettings

// methodSettings are the settings by the end of their paths. Spec: control-plane 7.18.
var methodSettings = map[string]func(*settingsDef, wire.Op) error{
	"metrics/enabled":                             wire.Truth(func(s *settingsDef) *bool { return &s.MetricsEnabled }),
	"logging/dataTrace":                           wire.Truth(func(s *settingsDef) *bool { return &s.DataTraceEnabled }),
	"caching/enabled":                             wire.Truth(func(s *settingsDef) *bool { return &s.CachingEnabled }),
	"caching/dataEncrypted":                       wire.Truth(func(s *settingsDef) *bool { return &s.CacheDataEncrypted }),
	"caching/requireAuthorizationForCacheControl": wire.Truth(func(s *settingsDef) *bool { return &s.RequireAuthorizationForCacheControl }),
	"logging/loglevel":                            wire.OneOf("logging level", []string{"OFF", "ERROR", "INFO"}, func(s *settingsDef) *string { return &s.LoggingLevel }),
	"caching/unauthorizedCacheControlHeaderStrategy": wire.OneOf("unauthorizedCacheControlHeaderStrategy",
		[]string{"FAIL_WITH_403", "SUCCEED_WITH_RESPONSE_HEADER", "SUCCEED_WITHOUT_RESPONSE_HEADER"},
		func(s *settingsDef) *string { return &s.UnauthorizedCacheControlHeaderStrategy }),
	"throttling/burstLimit": func(s *settingsDef, op wire.Op) (err error) {
		s.ThrottlingBurstLimit, err = op.Int("Invalid throttling burst limit specified: " + op.Text())
		return err
	},
	"throttling/rateLimit": func(s *settingsDef, op wire.Op) (err error) {
		s.ThrottlingRateLimit, err = op.Float("Invalid throttling rate limit specified: " + op.Text())
		return err
	},
	"caching/ttlInSeconds": func(s *settingsDef, op wire.Op) error {
		n, err := strconv.Atoi(op.Text())
		if err != nil || n < 0 || n > 3600 {
			return wire.BadRequest("Invalid cache TTL specified: %s. It must be between 0 and 3600 seconds.", op.Text())
		}
		s.CacheTTLInSeconds = n
		return nil
	},
}
