// Package limits is the one table of what Gatehouse bounds: the service's own limits, which an operator may
// raise, and the ceilings that keep one node alive. Every refusal names the limit it met.
//
// Spec: rest-api 17; design 9.
package limits

import (
	"fmt"
	"slices"
)

// Limits holds a value for every row of the table, in the row's unit.
type Limits struct {
	RequestPayload      int64
	ResponsePayload     int64
	HeaderValues        int64
	RequestTarget       int64
	MethodARN           int64
	IntegrationTimeout  int64
	StreamDuration      int64
	StreamIdle          int64
	MappingTemplate     int64
	ForeachRounds       int64
	TemplateTime        int64
	TemplateSteps       int64
	TemplateOutput      int64
	TemplateDepth       int64
	JSONDepth           int64
	ResourcesPerAPI     int64
	StagesPerAPI        int64
	StageVariables      int64
	StageVariableName   int64
	StageVariableValue  int64
	OpenAPIDocument     int64
	ResourcePolicy      int64
	BinaryMediaTypes    int64
	Connections         int64
	PayloadMemory       int64
	HeaderFields        int64
	BackendHead         int64
	BackendConnections  int64
	BackendConnsPerHost int64
	ManagementPayload   int64
	ManagementConns     int64
	AccessKeys          int64
	APIKeys             int64
	UsagePlans          int64
	PlansPerKey         int64
	PlanStageThrottles  int64
	ClientCertificates  int64
	VPCLinks            int64
	DocumentationParts  int64
	DomainNames         int64
	BasePathMappings    int64
	Concurrency         int64
	FunctionEvent       int64
	FunctionResponse    int64
	AsyncEvent          int64
	AsyncQueued         int64
	AsyncRunning        int64
	AsyncMemory         int64
	EventSources        int64
	EventSourceBatches  int64
	FunctionStream      int64
	FunctionInit        int64
	ProvisionedInit     int64
	FunctionLogTail     int64
	FunctionLogLine     int64
	RuntimeAPIHead      int64
	RuntimeAPITrailer   int64
	Environments        int64
	EnvironmentIdle     int64
	AuthorizerTimeout   int64
	AuthorizerResult    int64
	AuthorizerEntries   int64
	AuthorizerPolicies  int64
}

// Row is one limit: what it is called, what it counts in, who says so, and its value in each profile.
type Row struct {
	Name   string
	Unit   string
	Source string
	AWS    int64
	Laptop int64
	field  func(*Limits) *int64
}

// Sources of a limit.
const (
	service = "Amazon API Gateway"
	lambda  = "AWS Lambda"
	ours    = "Gatehouse"
)

const (
	kib = 1 << 10
	mib = 1 << 20
)

var table = []Row{
	{"request payload", "bytes", service, 10 * mib, 10 * mib, func(l *Limits) *int64 { return &l.RequestPayload }},
	{"response payload", "bytes", service, 10 * mib, 10 * mib, func(l *Limits) *int64 { return &l.ResponsePayload }},
	{"header values", "bytes", service, 10240, 10240, func(l *Limits) *int64 { return &l.HeaderValues }},
	{"request target", "bytes", service, 10240, 10240, func(l *Limits) *int64 { return &l.RequestTarget }},
	{"method ARN", "bytes", service, 1600, 1600, func(l *Limits) *int64 { return &l.MethodARN }},
	{"integration timeout", "milliseconds", service, 29000, 29000, func(l *Limits) *int64 { return &l.IntegrationTimeout }},
	{"streamed response duration", "milliseconds", service, 900000, 900000, func(l *Limits) *int64 { return &l.StreamDuration }},
	{"streamed response idle time", "milliseconds", service, 300000, 300000, func(l *Limits) *int64 { return &l.StreamIdle }},
	{"mapping template", "bytes", service, 300 * kib, 300 * kib, func(l *Limits) *int64 { return &l.MappingTemplate }},
	{"#foreach rounds", "rounds", service, 1000, 1000, func(l *Limits) *int64 { return &l.ForeachRounds }},
	{"template steps", "nodes", ours, 1_000_000, 1_000_000, func(l *Limits) *int64 { return &l.TemplateSteps }},
	{"template time", "milliseconds", ours, 5000, 5000, func(l *Limits) *int64 { return &l.TemplateTime }},
	{"template output", "bytes", ours, 10 * mib, 10 * mib, func(l *Limits) *int64 { return &l.TemplateOutput }},
	{"template depth", "calls", ours, 20, 20, func(l *Limits) *int64 { return &l.TemplateDepth }},
	{"JSON depth", "levels", ours, 512, 512, func(l *Limits) *int64 { return &l.JSONDepth }},
	{"resources per API", "resources", service, 300, 10000, func(l *Limits) *int64 { return &l.ResourcesPerAPI }},
	{"stages per API", "stages", service, 10, 10, func(l *Limits) *int64 { return &l.StagesPerAPI }},
	{"stage variables", "variables", service, 100, 100, func(l *Limits) *int64 { return &l.StageVariables }},
	{"stage variable name", "characters", service, 64, 64, func(l *Limits) *int64 { return &l.StageVariableName }},
	{"stage variable value", "characters", service, 512, 512, func(l *Limits) *int64 { return &l.StageVariableValue }},
	{"OpenAPI document", "bytes", service, 6 * mib, 6 * mib, func(l *Limits) *int64 { return &l.OpenAPIDocument }},
	{"resource policy", "characters", service, 8192, 8192, func(l *Limits) *int64 { return &l.ResourcePolicy }},
	{"binary media types", "entries", service, 25, 25, func(l *Limits) *int64 { return &l.BinaryMediaTypes }},
	{"client connections", "connections", ours, 20000, 2000, func(l *Limits) *int64 { return &l.Connections }},
	{"payloads in memory", "bytes", ours, 1024 * mib, 512 * mib, func(l *Limits) *int64 { return &l.PayloadMemory }},
	{"header fields", "fields", ours, 200, 200, func(l *Limits) *int64 { return &l.HeaderFields }},
	{"back end response head", "bytes", ours, 64 * kib, 64 * kib, func(l *Limits) *int64 { return &l.BackendHead }},
	{"idle back end connections", "connections", ours, 4096, 512, func(l *Limits) *int64 { return &l.BackendConnections }},
	{"idle back end connections per host", "connections", ours, 1024, 128, func(l *Limits) *int64 { return &l.BackendConnsPerHost }},
	{"management call payload", "bytes", ours, 10 * mib, 10 * mib, func(l *Limits) *int64 { return &l.ManagementPayload }},
	{"management connections", "connections", ours, 4000, 2000, func(l *Limits) *int64 { return &l.ManagementConns }},
	{"access keys", "keys", ours, 10000, 1000, func(l *Limits) *int64 { return &l.AccessKeys }},
	{"API keys", "keys", service, 10000, 10000, func(l *Limits) *int64 { return &l.APIKeys }},
	{"usage plans", "plans", service, 300, 300, func(l *Limits) *int64 { return &l.UsagePlans }},
	{"usage plans per API key", "plans", service, 10, 10, func(l *Limits) *int64 { return &l.PlansPerKey }},
	{"method throttles per usage plan stage", "throttles", service, 20, 20, func(l *Limits) *int64 { return &l.PlanStageThrottles }},
	{"client certificates", "certificates", service, 60, 60, func(l *Limits) *int64 { return &l.ClientCertificates }},
	{"VPC links", "links", service, 20, 20, func(l *Limits) *int64 { return &l.VPCLinks }},
	{"documentation parts per API", "parts", service, 2000, 2000, func(l *Limits) *int64 { return &l.DocumentationParts }},
	{"custom domain names", "names", service, 120, 120, func(l *Limits) *int64 { return &l.DomainNames }},
	{"base path mappings per domain name", "mappings", service, 200, 200, func(l *Limits) *int64 { return &l.BasePathMappings }},
	{"concurrent function executions", "executions", lambda, 1000, 1000, func(l *Limits) *int64 { return &l.Concurrency }},
	{"function event", "bytes", lambda, 6 * mib, 6 * mib, func(l *Limits) *int64 { return &l.FunctionEvent }},
	{"function response", "bytes", lambda, 6*mib + 100, 6*mib + 100, func(l *Limits) *int64 { return &l.FunctionResponse }},
	{"asynchronous function event", "bytes", lambda, 256 * kib, 256 * kib, func(l *Limits) *int64 { return &l.AsyncEvent }},
	{"asynchronous events queued per account", "events", ours, 100_000, 10_000, func(l *Limits) *int64 { return &l.AsyncQueued }},
	{"asynchronous executions at a time", "executions", ours, 100, 20, func(l *Limits) *int64 { return &l.AsyncRunning }},
	{"asynchronous events in memory", "bytes", ours, 64 * mib, 16 * mib, func(l *Limits) *int64 { return &l.AsyncMemory }},
	{"event source mappings per account", "mappings", ours, 1000, 100, func(l *Limits) *int64 { return &l.EventSources }},
	{"event source batches at a time", "batches per mapping", ours, 50, 10, func(l *Limits) *int64 { return &l.EventSourceBatches }},
	{"function streamed response", "bytes", lambda, 200 * mib, 200 * mib, func(l *Limits) *int64 { return &l.FunctionStream }},
	{"function initialisation", "milliseconds", lambda, 10000, 10000, func(l *Limits) *int64 { return &l.FunctionInit }},
	{"initialisation with provisioned concurrency", "milliseconds", lambda, 130000, 130000, func(l *Limits) *int64 { return &l.ProvisionedInit }},
	{"function log tail", "bytes", lambda, 4096, 4096, func(l *Limits) *int64 { return &l.FunctionLogTail }},
	{"function log line", "bytes", lambda, 256 * kib, 64 * kib, func(l *Limits) *int64 { return &l.FunctionLogLine }},
	{"Runtime API request head", "bytes", ours, 2 * mib, 2 * mib, func(l *Limits) *int64 { return &l.RuntimeAPIHead }},
	{"Runtime API trailer", "bytes", ours, mib, mib, func(l *Limits) *int64 { return &l.RuntimeAPITrailer }},
	{"function environments", "environments", ours, 1000, 100, func(l *Limits) *int64 { return &l.Environments }},
	{"function environment idle time", "milliseconds", ours, 600000, 300000, func(l *Limits) *int64 { return &l.EnvironmentIdle }},
	{"authorizer timeout", "milliseconds", service, 10000, 10000, func(l *Limits) *int64 { return &l.AuthorizerTimeout }},
	{"authorizer result", "bytes", service, 8 * kib, 8 * kib, func(l *Limits) *int64 { return &l.AuthorizerResult }},
	{"authorizer cache entries", "entries", ours, 20000, 2000, func(l *Limits) *int64 { return &l.AuthorizerEntries }},
	{"authorizer policies remembered", "policies", ours, 1000, 100, func(l *Limits) *int64 { return &l.AuthorizerPolicies }},
}

// AWS is the profile of the real service, and the default.
func AWS() Limits { return profile(func(r Row) int64 { return r.AWS }) }

// Laptop is the profile of a development machine: smaller ceilings, more room for unfinished APIs.
func Laptop() Limits { return profile(func(r Row) int64 { return r.Laptop }) }

// Operator starts from the AWS profile and replaces the limits named in set.
func Operator(set map[string]int64) (Limits, error) {
	l := AWS()
	for name, value := range set {
		i := slices.IndexFunc(table, func(r Row) bool { return r.Name == name })
		if i < 0 {
			return Limits{}, fmt.Errorf("unknown limit %q", name)
		}
		if value <= 0 {
			return Limits{}, fmt.Errorf("limit %q must be positive, not %d", name, value)
		}
		*table[i].field(&l) = value
	}
	return l, nil
}

// Table returns every row, for the documentation and for `gatehouse` to print.
func Table() []Row { return slices.Clone(table) }

func profile(value func(Row) int64) Limits {
	var l Limits
	for _, row := range table {
		*row.field(&l) = value(row)
	}
	return l
}
