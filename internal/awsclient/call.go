package awsclient

import (
	"net/http"
	"time"

	"github.com/gatehouse-gateway/gatehouse/sigv4"
)

// Call is a request of a service. Service and Method are required.
type Call struct {
	Service string // its name in signatures and in the configuration: sqs, lambda …
	Region  string // "": that of the client
	Method  string
	Path    string // raw, with its escapes; "" is /
	Query   string // raw, without "?"
	Header  []sigv4.Field
	Body    []byte

	// Endpoint is an address such as https://lambda.example.com, in place of the configured one. Only http and https.
	Endpoint string
	// Unsigned sends the call without a signature, to a server that wants none.
	Unsigned bool
	// Attempts is how often the call is made at most; 0 is DefaultAttempts.
	Attempts int
	// Timeout bounds one attempt; 0 is DefaultTimeout.
	Timeout time.Duration
	// MaxAnswer bounds the body of the answer in bytes; 0 is DefaultMaxAnswer.
	MaxAnswer int64
}

// Answer is what a service answered, whatever its status.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
}

// What is so when a call does not say.
const (
	DefaultAttempts  = 4
	DefaultTimeout   = 10 * time.Second
	DefaultMaxAnswer = 1 << 20
)

// usual fills in what a call does not say.
func (c *Call) usual(region string) {
	if c.Region == "" {
		c.Region = region
	}
	if c.Attempts == 0 {
		c.Attempts = DefaultAttempts
	}
	if c.Timeout == 0 {
		c.Timeout = DefaultTimeout
	}
	if c.MaxAnswer == 0 {
		c.MaxAnswer = DefaultMaxAnswer
	}
}
