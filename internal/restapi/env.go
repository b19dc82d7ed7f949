package restapi

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/gatehouse-gateway/gatehouse/internal/access/apikeys"
	"github.com/gatehouse-gateway/gatehouse/internal/access/lambdaauth"
	"github.com/gatehouse-gateway/gatehouse/internal/functions"
	"github.com/gatehouse-gateway/gatehouse/internal/integration"
	"github.com/gatehouse-gateway/gatehouse/internal/limits"
	"github.com/gatehouse-gateway/gatehouse/internal/observe"
	"github.com/gatehouse-gateway/gatehouse/internal/traffic"
	"github.com/gatehouse-gateway/gatehouse/internal/traffic/usageplans"
	"github.com/gatehouse-gateway/gatehouse/jsontree"
	"github.com/gatehouse-gateway/gatehouse/vtl"
)

// Backends calls HTTP back ends; *integration.Client does.
type Backends interface {
	Do(ctx context.Context, ep *integration.Endpoint, call *integration.Call, res *integration.Result) error
}

// Functions invokes Lambda functions; *functions.Directory does. Its errors are those of package functions, and ctx's.
type Functions interface {
	Invoke(ctx context.Context, call *functions.Call, res *functions.Result) error
}

// ErrUnknownClientCertificate means that a stage or a test names a client certificate that cannot be found.
var ErrUnknownClientCertificate = errors.New("Invalid Client Certificate ID specified")

// Env is all that a request needs of the outside world. Everything but the account and the region is the same for every API
// of a node; In makes the Env of an account and a region. An Env must not change once an API was compiled with it.
type Env struct {
	AccountID string // 12 digits
	Region    string
	Limits    limits.Limits
	Backends  Backends
	// Functions invokes Lambda functions; nil: APIs that need one are refused when compiled.
	Functions Functions
	// Memory is what all large request bodies share; nil is without bound.
	Memory   *limits.Budget
	Recorder observe.Recorder
	// Executions takes the execution logs of methods whose settings ask for one; nil drops them.
	Executions observe.ExecutionRecorder
	// Throttles keeps the buckets of methods whose settings limit them, beyond the life of a compiled stage; nil makes new
	// ones for every stage.
	Throttles *traffic.Throttles
	// Keys and Plans are the API keys and usage plans of the node. Without either, methods that require an API key are refused when
	// compiled.
	Keys  *apikeys.Keys
	Plans *usageplans.Plans
	// Authorizers keeps what Lambda authorizers said, beyond the life of a compiled stage; nil makes new caches for every stage.
	Authorizers *lambdaauth.Caches
	// ClientCertificates finds the certificate that a stage shows to back ends, when the stage is compiled. The same id should
	// give the same pointer, so that connections to back ends outlive a new release; its error says that there is none.
	// Without it there are none.
	ClientCertificates func(accountID, region, id string) (*tls.Certificate, error)
	// Random gives 64 random bits; request ids are made of them. It must be safe for concurrent use.
	Random func() uint64
	Now    func() time.Time
	// TraceTemplates, if not nil, is told every run of a mapping template that is more than text, while the request goes
	// on. It must be set before an API is compiled, be safe for concurrent use and not keep the request waiting.
	TraceTemplates func(TemplateTrace)
}

// In is the Env for APIs of an account in a region. One is made per account and region, not per API.
func (e *Env) In(accountID, region string) *Env {
	in := *e
	in.AccountID, in.Region = accountID, region
	return &in
}

// authorizerCaches are the node's, or fresh ones.
func (e *Env) authorizerCaches() *lambdaauth.Caches {
	if e.Authorizers != nil {
		return e.Authorizers
	}
	return lambdaauth.NewCaches(e.Limits.AuthorizerEntries, e.Limits.AuthorizerPolicies)
}

// FlushAuthorizers drops what the Lambda authorizers of a stage of the Env's account and region said. Spec: access-control 2.6.
func (e *Env) FlushAuthorizers(apiID, stage string) {
	if e.Authorizers != nil {
		e.Authorizers.Flush(e.AccountID, e.Region, apiID, stage)
	}
}

// clientCertificate finds a certificate of the Env's account and region.
func (e *Env) clientCertificate(id string) (*tls.Certificate, error) {
	if e.ClientCertificates == nil {
		return nil, fmt.Errorf("%w: %s", ErrUnknownClientCertificate, id)
	}
	cert, err := e.ClientCertificates(e.AccountID, e.Region, id)
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrUnknownClientCertificate, id, err)
	}
	return cert, nil
}

func (e *Env) jsonLimits() jsontree.Limits {
	return jsontree.Limits{Depth: int(e.Limits.JSONDepth), Size: int(e.Limits.RequestPayload)}
}

func (e *Env) templateLimits() vtl.Limits {
	return vtl.Limits{Output: int(e.Limits.TemplateOutput), Loop: int(e.Limits.ForeachRounds),
		Depth: int(e.Limits.TemplateDepth), Steps: int(e.Limits.TemplateSteps),
		Time: time.Duration(e.Limits.TemplateTime) * time.Millisecond}
}

// port is the text of a port number.
func (e *Env) port(n uint16) string {
	switch n {
	case 80:
		return "80"
	case 443:
		return "443"
	case 8080:
		return "8080"
	}
	return strconv.Itoa(int(n))
}
