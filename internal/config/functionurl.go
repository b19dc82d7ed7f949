package config

import "fmt"

// FunctionURL is an HTTP address of a function, as the service configures it.
type FunctionURL struct {
	Auth       string `yaml:"auth"`       // NONE, which is the default, or AWS_IAM
	InvokeMode string `yaml:"invokeMode"` // BUFFERED, which is the default, or RESPONSE_STREAM
	CORS       *CORS  `yaml:"cors"`       // nil: the function answers pages of browsers itself
}

// CORS says which pages of browsers may use an address.
type CORS struct {
	AllowCredentials bool     `yaml:"allowCredentials"`
	AllowHeaders     []string `yaml:"allowHeaders"`
	AllowMethods     []string `yaml:"allowMethods"`
	AllowOrigins     []string `yaml:"allowOrigins"`
	ExposeHeaders    []string `yaml:"exposeHeaders"`
	MaxAge           *int     `yaml:"maxAge"` // seconds
}

// maxCORSAge is the greatest maxAge, in seconds.
const maxCORSAge = 86400

func (u *FunctionURL) check() error {
	if u == nil {
		return nil
	}
	switch u.Auth {
	case "", "NONE", "AWS_IAM":
	default:
		return fmt.Errorf("auth %q: must be NONE or AWS_IAM", u.Auth)
	}
	switch u.InvokeMode {
	case "", "BUFFERED", "RESPONSE_STREAM":
	default:
		return fmt.Errorf("invokeMode %q: must be BUFFERED or RESPONSE_STREAM", u.InvokeMode)
	}
	if u.CORS != nil && u.CORS.MaxAge != nil && (*u.CORS.MaxAge < 0 || *u.CORS.MaxAge > maxCORSAge) {
		return fmt.Errorf("cors: maxAge %d: must be 0 to %d seconds", *u.CORS.MaxAge, maxCORSAge)
	}
	return nil
}
