package restapi

import (
	"maps"
	"slices"
	"strings"

	"github.com/gatehouse-gateway/gatehouse/internal/definition"
)

// methodCompiler builds the steps of one method. prepare compiles the integration; the rows of the pipeline pick from it.
type methodCompiler struct {
	*compiler
	resource *definition.Resource
	name     string
	def      *definition.Method
	own      definition.MethodSettings // the settings of this method
	logging  logging
	key      *keyCheck // nil: the method asks for no API key

	request   *integrationRequest
	http      *httpIntegration
	lambda    *lambdaIntegration
	responses *integrationResponses
}

// prepare compiles the integration and reports whether the method can be built at all.
func (c *methodCompiler) prepare() bool {
	in := c.def.Integration
	switch in.Type {
	case "MOCK":
		c.request = c.compileRequest()
		c.request.templates.precomputeMock(c.env.jsonLimits())
		c.responses = c.compileResponses()
	case "HTTP":
		c.request = c.compileRequest()
		c.http = c.compileHTTP()
		c.responses = c.compileResponses()
		c.responses.trace = true
	case "HTTP_PROXY":
		c.request = c.compileRequest()
		c.http = c.compileHTTP()
	case "AWS":
		c.request = c.compileRequest()
		c.lambda = c.compileLambda()
		c.responses = c.compileResponses()
		c.responses.trace, c.responses.lambda = true, true
	case "AWS_PROXY":
		c.request = c.compileRequest()
		c.lambda = c.compileLambda()
	default:
		c.problems.Addf(in.Origin.At("type"), "%q is not an integration type", in.Type)
		return false
	}
	return c.integrationSupported(in)
}

func (c *methodCompiler) integrationSupported(in *definition.Integration) bool {
	before := len(c.problems)
	switch in.ConnectionType {
	case "", "INTERNET":
	case "VPC_LINK":
		c.problems.Refusef(in.Origin.At("connectionType"), "VPC_LINK connections are not supported yet")
	default:
		c.problems.Addf(in.Origin.At("connectionType"), "%q is not a connection type", in.ConnectionType)
	}
	switch in.ResponseTransferMode {
	case "", "BUFFERED":
	case "STREAM":
		if !strings.HasSuffix(in.Type, "_PROXY") {
			c.problems.Addf(in.Origin.At("responseTransferMode"), "STREAM needs an integration of type HTTP_PROXY or AWS_PROXY")
		}
	default:
		c.problems.Addf(in.Origin.At("responseTransferMode"), "%q is not a response transfer mode", in.ResponseTransferMode)
	}
	return len(c.problems) == before
}

// The rows that it serves.

func (c *methodCompiler) validatorSettings() *definition.RequestValidator {
	if c.def.RequestValidatorID == "" {
		return &definition.RequestValidator{}
	}
	v := c.api.RequestValidators[c.def.RequestValidatorID]
	if v == nil {
		c.problems.Addf(c.def.Origin, "Invalid Request Validator identifier specified: %s", c.def.RequestValidatorID)
		return &definition.RequestValidator{}
	}
	return v
}

func (c *methodCompiler) requestParameters() step {
	if !c.validatorSettings().ValidateRequestParameters {
		return nil
	}
	check, err := compileParameters(c.def.RequestParameters)
	if err != nil {
		c.problems.Addf(c.def.Origin, "%v", err)
		return nil
	}
	if len(check.required) == 0 {
		return nil
	}
	return check.run
}

func (c *methodCompiler) requestBody() step {
	if !c.validatorSettings().ValidateRequestBody || len(c.def.RequestModels) == 0 {
		return nil
	}
	check := new(bodyCheck)
	for _, media := range slices.Sorted(maps.Keys(c.def.RequestModels)) {
		v, err := c.validator(c.def.RequestModels[media])
		if err != nil {
			c.problems.Addf(c.def.Origin, "request model for %s: %v", media, err)
			continue
		}
		if media == "$default" {
			check.fallback = v
			continue
		}
		check.models = append(check.models, modelFor{media, v})
	}
	return check.run
}

func (c *methodCompiler) mapsBody() bool { return !strings.HasSuffix(c.def.Integration.Type, "_PROXY") }

func (c *methodCompiler) templateSelection() step {
	if !c.mapsBody() {
		return nil
	}
	return c.request.selectTemplate
}

func (c *methodCompiler) requestBodyMapping() step {
	if !c.mapsBody() {
		return nil
	}
	return c.request.mapBody
}

func (c *methodCompiler) requestMapping() step {
	switch c.def.Integration.Type {
	case "HTTP":
		return c.http.mapHTTP
	case "HTTP_PROXY":
		return c.http.mapProxy
	case "AWS":
		return c.lambda.mapAWS
	case "AWS_PROXY":
		return c.lambda.mapProxy
	}
	return c.request.mapMock
}

func (c *methodCompiler) integrationCall() step {
	switch {
	case c.http != nil:
		return c.http.send
	case c.lambda != nil && c.lambda.event == nil:
		return c.lambda.invokeAWS
	case c.lambda != nil && c.lambda.stream:
		return c.lambda.open
	case c.lambda != nil:
		return c.lambda.invoke
	}
	return answerMock
}

func (c *methodCompiler) integrationResponse() step {
	switch {
	case c.responses != nil:
	case c.lambda != nil && c.lambda.stream:
		return c.lambda.answerStream
	case c.lambda != nil:
		return c.lambda.answerProxy
	default:
		return c.http.relay
	}
	return c.responses.mapResponse
}
