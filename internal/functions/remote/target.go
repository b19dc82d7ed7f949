package remote

import (
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"github.com/gatehouse-gateway/gatehouse/internal/functions"
)

// The variables of a function that lives elsewhere.
const (
	Variable              = "GATEHOUSE_REMOTE"
	retriesVariable       = Variable + "_RETRIES"
	authorizationVariable = Variable + "_AUTHORIZATION"
	healthVariable        = Variable + "_HEALTH"
)

const (
	defaultRetries = 2
	maxRetries     = 5
)

// Target is where a function lives.
type Target struct {
	function      functions.Ref // at a Lambda API; zero when address is set
	arn           string
	address       *url.URL // nil: at a Lambda API
	health        *url.URL // nil: a call finds out
	authorization string   // a secret
	retries       int
}

// String says where, without secrets.
func (t *Target) String() string {
	if t.address != nil {
		return t.address.Redacted()
	}
	return t.arn
}

// GoString keeps secrets.
func (t *Target) GoString() string { return t.String() }

// IsLambda reports whether the function is called through a Lambda API.
func (t *Target) IsLambda() bool { return t.address == nil }

// Parse reads where a function lives from its environment; nil: here. The error does not show values that may be secrets.
func Parse(environment map[string]string) (*Target, error) {
	where, ok := environment[Variable]
	if !ok {
		return nil, stray(environment)
	}
	t := &Target{retries: defaultRetries, authorization: environment[authorizationVariable]}
	var err error
	if strings.HasPrefix(where, "arn:") {
		t.arn = where
		t.function, err = functions.ParseARN(where)
	} else {
		t.address, err = parseAddress(where)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", Variable, err)
	}
	if err := t.parseOptions(environment); err != nil {
		return nil, err
	}
	return t, nil
}

// stray refuses options of a function that runs here: whoever set them believes that it does not.
func stray(environment map[string]string) error {
	for _, name := range []string{retriesVariable, authorizationVariable, healthVariable} {
		if _, ok := environment[name]; ok {
			return fmt.Errorf("%s: there is no %s", name, Variable)
		}
	}
	return nil
}

var errAddress = errors.New("must be the ARN of a Lambda function or an address such as http://10.0.0.7:9000/invoke, without user and fragment")

func parseAddress(text string) (*url.URL, error) {
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || u.User != nil || u.Fragment != "" {
		return nil, errAddress
	}
	return u, nil
}

func (t *Target) parseOptions(environment map[string]string) error {
	if text, ok := environment[retriesVariable]; ok {
		n, err := strconv.Atoi(text)
		if err != nil || n < 0 || n > maxRetries {
			return fmt.Errorf("%s: must be 0 to %d", retriesVariable, maxRetries)
		}
		t.retries = n
	}
	if strings.ContainsAny(t.authorization, "\r\n\x00") {
		return fmt.Errorf("%s: must be one line", authorizationVariable)
	}
	path, hasHealth := environment[healthVariable]
	switch {
	case t.address == nil && t.authorization != "":
		return fmt.Errorf("%s: calls of a Lambda API are signed", authorizationVariable)
	case t.address == nil && hasHealth:
		return fmt.Errorf("%s: a Lambda API has no such path", healthVariable)
	case !hasHealth:
		return nil
	}
	u, err := url.Parse(path)
	if err != nil || !strings.HasPrefix(path, "/") || u.Host != "" {
		return fmt.Errorf("%s: must be a path such as /health", healthVariable)
	}
	t.health = t.address.ResolveReference(u)
	return nil
}
