package restapi

import (
	"context"
	"slices"
	"strings"

	"github.com/gatehouse-gateway/gatehouse/http1"
	"github.com/gatehouse-gateway/gatehouse/internal/model"
)

// requiredParameter is a method request parameter that must be there and not blank.
type requiredParameter struct {
	source source
	name   string // as the refusal lists it
}

// parameterCheck validates the presence of request parameters. Only presence: never type or pattern. Spec: rest-api 4.3.
type parameterCheck struct{ required []requiredParameter }

func (c *parameterCheck) run(_ context.Context, x *exchange) *refusal {
	var missing []string
	for i := range c.required {
		p := &c.required[i]
		if v, ok, r := p.source.read(x); r != nil {
			return r
		} else if !ok || strings.TrimSpace(v.text) == "" {
			missing = append(missing, p.name)
		}
	}
	if missing == nil {
		return nil
	}
	r := spaced(refuse(badRequestParameters))
	r.message = "Missing required request parameters: [" + strings.Join(missing, ", ") + "]"
	return r
}

// compileParameters lists the required parameters in the order in which the refusal names them: by the whole
// expression, so header, path, querystring. Spec: rest-api 4.3, recorded.
func compileParameters(declared map[string]bool) (*parameterCheck, error) {
	var required []string
	for expr, must := range declared {
		if must {
			required = append(required, expr)
		}
	}
	slices.Sort(required)
	c := new(parameterCheck)
	for _, expr := range required {
		src, err := compileSource(expr, onRequest, nil)
		if err != nil {
			return nil, err
		}
		c.required = append(c.required, requiredParameter{src, src.name})
	}
	return c, nil
}

// bodyCheck validates the request body against the model for its media type. Spec: rest-api 4.3.
type bodyCheck struct {
	models   []modelFor
	fallback *model.Validator // $default
}

type modelFor struct {
	media     string
	validator *model.Validator
}

func (c *bodyCheck) run(_ context.Context, x *exchange) *refusal {
	media := x.contentType
	if media == "" {
		media = defaultMediaType
	}
	validator := c.fallback
	for i := range c.models {
		if http1.EqualFold(c.models[i].media, media) {
			validator = c.models[i].validator
			break
		}
	}
	if validator == nil {
		return nil // no model for this type: the body passes
	}
	if r := x.readBody(); r != nil {
		return r
	}
	problems := validator.Validate(x.body)
	if problems == nil {
		return nil
	}
	r := spaced(refuse(badRequestBody))
	r.validation = "[" + strings.Join(problems, ", ") + "]"
	r.reason = "Request body does not match model schema for content type " + media + ": " + r.validation
	return r
}
