package restapi

import (
	"errors"
	"net/url"
	"strings"

	"github.com/gatehouse-gateway/gatehouse/http1"
	"github.com/gatehouse-gateway/gatehouse/internal/definition"
	"github.com/gatehouse-gateway/gatehouse/internal/functions"
)

// lambdaTarget is the function that a URI arn:…:lambda:path/2015-03-31/functions/{function}/invocations names, and as whom it
// is called. Spec: rest-api 9.2.
type lambdaTarget struct {
	ref     functions.Ref
	invalid string // why no request can reach a function; such a target answers 500 when it is used
	uri     string // of the call, for the log
	caller  *functions.Caller
	role    string // the account of the role that calls; "": the service itself does
}

// apiGateway is the principal that functions allow.
const apiGateway = "apigateway.amazonaws.com"

// serviceARN is arn:{partition}:apigateway:{region}:{service}:{rest} taken apart.
type serviceARN struct{ partition, region, service, rest string }

func parseServiceARN(uri string) (serviceARN, bool) {
	f := strings.SplitN(uri, ":", 6)
	if len(f) < 6 || f[0] != "arn" || f[2] != "apigateway" {
		return serviceARN{}, false
	}
	return serviceARN{f[1], f[3], f[4], f[5]}, true
}

// invocationPath is what stands around a function in the path of an operation that invokes it.
type invocationPath struct{ before, behind string }

var (
	invocations          = invocationPath{"2015-03-31/functions/", "/invocations"}
	streamingInvocations = invocationPath{"2021-11-15/functions/", "/response-streaming-invocations"}
)

// function cuts the function out of path/2015-03-31/functions/{function}/invocations[?query].
func (p invocationPath) function(rest string) (function, query string, ok bool) {
	rest, ok = strings.CutPrefix(rest, "path/")
	if !ok {
		return "", "", false
	}
	rest, query, _ = strings.Cut(rest, "?")
	function, ok = strings.CutPrefix(strings.TrimLeft(rest, "/"), p.before)
	if !ok {
		return "", "", false
	}
	function, ok = strings.CutSuffix(function, p.behind)
	return function, query, ok
}

// parseFunction reads what stands for the function: its ARN, or its name in the region and account of the API.
func parseFunction(function, query, account, region string) (functions.Ref, error) {
	function = http1.DecodePath(function)
	var ref functions.Ref
	if strings.HasPrefix(function, "arn:") {
		var err error
		if ref, err = functions.ParseARN(function); err != nil {
			return functions.Ref{}, err
		}
	} else {
		name, qualifier, _ := strings.Cut(function, ":")
		ref = functions.Ref{AccountID: account, Region: region, Name: name, Qualifier: qualifier}
		if name == "" || strings.Contains(qualifier, ":") {
			return functions.Ref{}, functions.ErrInvalidARN
		}
	}
	return withQualifier(ref, query)
}

var errQualifier = errors.New("The derived qualifier from the function name does not match the specified qualifier.")

// withQualifier adds the Qualifier of a query, which must not contradict that of the ARN.
func withQualifier(ref functions.Ref, query string) (functions.Ref, error) {
	values, err := url.ParseQuery(query)
	if err != nil {
		return ref, err
	}
	asked := values.Get("Qualifier")
	switch {
	case asked == "" || asked == ref.Qualifier:
	case ref.Qualifier != "":
		return ref, errQualifier
	default:
		ref.Qualifier = asked
	}
	return ref, nil
}

// compileLambdaTarget finds the function that uri names in a path p. What Gatehouse cannot call is a problem at the given places; what the
// service would only notice when a request comes makes the target invalid.
func (c *compiler) compileLambdaTarget(p invocationPath, uri, credentials string, at definition.Origin, what, uriName, credentialsName string) lambdaTarget {
	var t lambdaTarget
	arn, ok := parseServiceARN(withStageVariables(uri, c.stage.vars))
	if !ok {
		c.problems.Addf(at.At(uriName), "Invalid ARN specified in the request")
		return t
	}
	if arn.service != "lambda" {
		c.problems.Refusef(at.At(uriName), "%s with the service %s are not supported yet", what, arn.service)
		return t
	}
	function, query, ok := p.function(arn.rest)
	switch {
	case !ok:
		c.problems.Refusef(at.At(uriName), "%s with lambda:%s are not supported yet: only path/%s…%s is", what, arn.rest, p.before, p.behind)
	case c.env.Functions == nil:
		c.problems.Refusef(at.At(uriName), "%s need Lambda functions, which are not available here", what)
	}
	var err error
	if t.ref, err = parseFunction(function, query, c.env.AccountID, arn.region); err != nil {
		t.invalid = "Invalid function: " + err.Error()
	}
	t.uri = "https://lambda." + arn.region + ".amazonaws.com/" + p.before + function + p.behind
	t.role = c.compileRole(credentials, at.At(credentialsName))
	if t.invalid == "" && t.role != "" && t.role != t.ref.AccountID {
		c.problems.Refusef(at.At(credentialsName), "a role of account %s that calls a function of account %s is not supported yet", t.role, t.ref.AccountID)
	}
	return t
}

// compileRole reads the account of a role. Gatehouse has no roles: one of the function's own account may call the function, as if
// its identity policy said so.
func (c *compiler) compileRole(credentials string, at definition.Origin) (account string) {
	if credentials == "" {
		return ""
	}
	credentials = withStageVariables(credentials, c.stage.vars)
	f := strings.SplitN(credentials, ":", 6)
	switch {
	case len(f) < 6 || f[0] != "arn" || f[2] != "iam":
		c.problems.Addf(at, "Invalid ARN specified in the request")
		return ""
	case f[4] == "*" || strings.HasPrefix(f[5], "user/"):
		c.problems.Refusef(at, "calling with the credentials of the client (%s) is not supported yet", credentials)
		return ""
	case !strings.HasPrefix(f[5], "role/") || len(f[4]) != 12:
		c.problems.Addf(at, "Invalid ARN specified in the request")
		return ""
	}
	return f[4]
}

// callAs says as whom the target calls: the service on behalf of source, or the function's own account when there is a role.
func (t *lambdaTarget) callAs(account, source string) {
	if t.role == "" {
		t.caller = &functions.Caller{Service: apiGateway, SourceARN: source, SourceAccount: account}
	}
}

// executeAPI is the ARN of what an API has below it: a stage with a method, or an authorizer.
func (c *compiler) executeAPI(rest string) string {
	return "arn:aws:execute-api:" + c.env.Region + ":" + c.env.AccountID + ":" + c.api.ID + "/" + rest
}

// sourceARN is the ARN under which the method calls functions: its resource path with the method as it was declared, * for ANY.
func (c *methodCompiler) sourceARN() string {
	declared := c.def.HTTPMethod
	if declared == "" {
		declared = c.name
	}
	if declared == "ANY" {
		declared = "*"
	}
	return c.executeAPI(c.stage.name + "/" + declared + c.resource.Path)
}
