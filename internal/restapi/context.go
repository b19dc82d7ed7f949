package restapi

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gatehouse-gateway/gatehouse/vtl/gateway"
)

// contextVar reads one $context variable; ok is false when it has no value on this request.
type contextVar func(x *exchange) (value string, ok bool)

// contextVars are the $context variables of a REST API by dotted name. Mappings and gateway responses look them up
// when they are compiled; templates when they run. Spec: mapping-templates 10.1, 10.2.
var contextVars map[string]contextVar

// contextMembers lists the names below a prefix, as recorded from an open method. Spec: mapping-templates 10.2.
var contextMembers = map[string][]string{
	"": {"resourceId", "resourcePath", "httpMethod", "extendedRequestId", "requestTime", "path", "accountId", "protocol",
		"stage", "domainPrefix", "requestTimeEpoch", "requestId", "identity", "domainName", "deploymentId", "apiId"},
	"identity": {"cognitoIdentityPoolId", "accountId", "cognitoIdentityId", "caller", "sourceIp", "principalOrgId", "accessKey",
		"cognitoAuthenticationType", "cognitoAuthenticationProvider", "userArn", "userAgent", "user"},
}

func init() {
	contextVars = map[string]contextVar{
		"accountId":          func(x *exchange) (string, bool) { return x.stage.env.AccountID, true },
		"apiId":              func(x *exchange) (string, bool) { return x.stage.apiID, true },
		"deploymentId":       func(x *exchange) (string, bool) { return known(x.stage.deploymentID) },
		"domainName":         func(x *exchange) (string, bool) { return known(x.address.DomainName) },
		"domainPrefix":       func(x *exchange) (string, bool) { return known(x.address.DomainPrefix) },
		"endpointType":       func(x *exchange) (string, bool) { return known(x.stage.endpointType) },
		"extendedRequestId":  func(x *exchange) (string, bool) { return x.extendedID, true },
		"httpMethod":         func(x *exchange) (string, bool) { return x.httpMethod(), true },
		"path":               func(x *exchange) (string, bool) { return x.target.path, true },
		"protocol":           func(*exchange) (string, bool) { return "HTTP/1.1", true },
		"requestId":          func(x *exchange) (string, bool) { return x.requestID, true },
		"requestTime":        func(x *exchange) (string, bool) { return x.wire.Request.Received.UTC().Format(requestTimeLayout), true },
		"requestTimeEpoch":   func(x *exchange) (string, bool) { return epochMillis(x.wire.Request.Received), true },
		"resourceId":         func(x *exchange) (string, bool) { return x.onNode(func(n *node) string { return n.id }) },
		"resourcePath":       func(x *exchange) (string, bool) { return x.onNode(func(n *node) string { return n.path }) },
		"operationName":      func(x *exchange) (string, bool) { return x.onMethod(func(m *method) string { return m.operation }) },
		"isCanaryRequest":    func(x *exchange) (string, bool) { return known(x.stage.isCanary) },
		"stage":              func(x *exchange) (string, bool) { return x.stage.name, true },
		"xrayTraceId":        func(x *exchange) (string, bool) { return x.traceID(), true },
		"identity.apiKey":    func(x *exchange) (string, bool) { return known(x.apiKey) },
		"identity.apiKeyId":  func(x *exchange) (string, bool) { return known(x.keyID()) },
		"identity.sourceIp":  func(x *exchange) (string, bool) { return x.sourceIP(), true },
		"identity.userAgent": func(x *exchange) (string, bool) { return x.lastHeader("User-Agent") },
	}
}

// requestTimeLayout is the common log format: 09/Apr/2015:12:34:56 +0000.
const requestTimeLayout = "02/Jan/2006:15:04:05 -0700"

func known(s string) (string, bool) { return s, s != "" }

func epochMillis(t time.Time) string { return strconv.FormatInt(t.UnixMilli(), 10) }

const testSourceIP = "test-invoke-source-ip"

// sourceIP is the address of the client. A test invoke has none.
func (x *exchange) sourceIP() string {
	if x.stage.testing {
		return testSourceIP
	}
	return x.wire.Request.Peer.Addr().String()
}

func (x *exchange) onNode(get func(*node) string) (string, bool) {
	if x.match.node == nil {
		return "", false
	}
	return known(get(x.match.node))
}

func (x *exchange) onMethod(get func(*method) string) (string, bool) {
	if x.method == nil {
		return "", false
	}
	return known(get(x.method))
}

// httpMethod is the client's verb, after X-HTTP-Method-Override; never ANY.
func (x *exchange) httpMethod() string {
	if x.verb < verbs {
		return verbNames[x.verb]
	}
	return x.wire.Request.Method
}

// Var gives templates a $context variable by dotted name.
func (x *exchange) Var(name string) (string, bool) {
	if get := contextVars[name]; get != nil {
		return get(x)
	}
	if name, ok := strings.CutPrefix(name, authorizerPrefix); ok {
		return x.authorizerVar(name)
	}
	return "", false
}

// Members lists the names below a prefix, for keySet and entrySet in templates. Where a stage with canary has its name among
// them is unconfirmed.
func (x *exchange) Members(prefix string) []string {
	if prefix == "" && x.stage.isCanary != "" {
		return slices.Concat(contextMembers[""], []string{"isCanaryRequest"})
	}
	if prefix == "identity" && x.key != nil {
		return slices.Concat(contextMembers[prefix], []string{"apiKey", "apiKeyId"})
	}
	if prefix == "authorizer" {
		return x.authorizerMembers()
	}
	return contextMembers[prefix]
}

var _ gateway.ContextSource = (*exchange)(nil)

// compileContext finds the reader of a $context variable. Names that the service has only in other phases
// (error, integration) have no value here.
func compileContext(name string) contextVar {
	if get := contextVars[name]; get != nil {
		return get
	}
	if name, ok := strings.CutPrefix(name, authorizerPrefix); ok {
		return func(x *exchange) (string, bool) { return x.authorizerVar(name) }
	}
	return func(*exchange) (string, bool) { return "", false }
}

// isContextName reports whether name can be a $context variable at all: dotted identifiers.
func isContextName(name string) bool {
	for part := range strings.SplitSeq(name, ".") {
		if part == "" || strings.Trim(part, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") != "" {
			return false
		}
	}
	return true
}
