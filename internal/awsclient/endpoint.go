package awsclient

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// Services that an endpoint can be configured for, by their names in signatures and host names of Amazon.
const (
	SQS    = "sqs"
	SNS    = "sns"
	Events = "events"
	S3     = "s3"
	Lambda = "lambda"
)

var services = []string{Events, Lambda, S3, SNS, SQS}

// titles are how people call the services.
var titles = map[string]string{SQS: "SQS", SNS: "SNS", Events: "EventBridge", S3: "S3", Lambda: "Lambda"}

// EndpointError means that no endpoint is configured for a service.
type EndpointError struct{ Service string }

func (e *EndpointError) Error() string {
	title := titles[e.Service]
	if title == "" {
		title = e.Service
	}
	return "no endpoint for " + title + " is configured: set aws-endpoints"
}

// amazon is the endpoint that stands for Amazon's own in the region of a call.
const amazon = "aws"

// endpoint is where the calls of a service go. base is nil for Amazon's own endpoints.
type endpoint struct{ base *url.URL }

func parseEndpoint(service, text string) (endpoint, error) {
	if !slices.Contains(services, service) {
		return endpoint{}, fmt.Errorf("service %q: must be one of %s", service, strings.Join(services, ", "))
	}
	if text == amazon {
		return endpoint{}, nil
	}
	base, err := parseBase(text)
	if err != nil {
		return endpoint{}, fmt.Errorf("%s: %w", service, err)
	}
	return endpoint{base}, nil
}

func parseBase(text string) (*url.URL, error) {
	base, err := url.Parse(text)
	if err != nil || base.Scheme != "http" && base.Scheme != "https" || base.Host == "" || base.User != nil || base.RawQuery != "" || base.Fragment != "" {
		return nil, fmt.Errorf("endpoint %q: must be an address such as http://127.0.0.1:9324, or %s", text, amazon)
	}
	base.Path, base.RawPath = strings.TrimSuffix(base.Path, "/"), ""
	return base, nil
}

// url is the address of a raw path with a raw query at the endpoint of a service in a region.
func (e endpoint) url(service, region, path, query string) (*url.URL, error) {
	base := e.base
	if base == nil {
		base = &url.URL{Scheme: "https", Host: service + "." + region + amazonDomain(region)}
	}
	if path == "" {
		path = "/"
	}
	text := base.String() + path
	if query != "" {
		text += "?" + query
	}
	return url.Parse(text)
}

func amazonDomain(region string) string {
	if strings.HasPrefix(region, "cn-") {
		return ".amazonaws.com.cn"
	}
	return ".amazonaws.com"
}
