package restapi

import "strings"

// compileLambda compiles an integration of type AWS or AWS_PROXY.
func (c *methodCompiler) compileLambda() *lambdaIntegration {
	in := c.def.Integration
	l := &lambdaIntegration{
		request: c.request, method: in.HTTPMethod, timeout: c.timeout(in), binary: &c.stage.binary, apiID: c.api.ID,
		agent: "AmazonAPIGateway_" + c.api.ID,
	}
	if l.method == "ANY" {
		l.method = ""
	}
	path, what := invocations, in.Type+" integrations"
	if in.Type == "AWS_PROXY" && in.ResponseTransferMode == "STREAM" {
		l.stream, path, what = true, streamingInvocations, what+" that stream"
	}
	l.target = c.compileLambdaTarget(path, in.URI, in.Credentials, in.Origin, what, "uri", "credentials")
	l.target.callAs(c.env.AccountID, c.sourceARN())
	if in.Type == "AWS_PROXY" {
		l.event = c.compileEvent(c.resource.ID, c.resource.Path, c.def.OperationName, noMembers)
		return l
	}
	c.compilePlaceholders(l)
	return l
}

// compilePlaceholders keeps a function whose ARN has {name} placeholders for the requests to fill in.
func (c *methodCompiler) compilePlaceholders(l *lambdaIntegration) {
	arn, _ := parseServiceARN(withStageVariables(c.def.Integration.URI, c.stage.vars))
	function, query, ok := invocations.function(arn.rest)
	if !ok || !strings.Contains(function, "{") {
		return
	}
	l.function, l.query, l.region = splitPlaceholders(function), query, arn.region
}
