package restapi

import (
	"sync"
	"time"

	"github.com/gatehouse-gateway/gatehouse/http1"
	"github.com/gatehouse-gateway/gatehouse/iam"
	"github.com/gatehouse-gateway/gatehouse/internal/access/apikeys"
	"github.com/gatehouse-gateway/gatehouse/internal/access/lambdaauth"
	"github.com/gatehouse-gateway/gatehouse/internal/front"
	"github.com/gatehouse-gateway/gatehouse/internal/functions"
	"github.com/gatehouse-gateway/gatehouse/internal/functions/prelude"
	"github.com/gatehouse-gateway/gatehouse/internal/integration"
	"github.com/gatehouse-gateway/gatehouse/internal/limits"
	"github.com/gatehouse-gateway/gatehouse/internal/observe"
	"github.com/gatehouse-gateway/gatehouse/jsontree"
	"github.com/gatehouse-gateway/gatehouse/vtl/gateway"
)

// Address is how a request reached an API: what locating it found out. Spec: rest-api 1.1.
type Address struct {
	// Target is the request target from the stage on: "/prod/pets?limit=1".
	Target string
	// DomainName is the host without its port, DomainPrefix its first label.
	DomainName, DomainPrefix string
	// Default marks the execute-api endpoint, as opposed to a custom domain.
	Default bool
}

// exchange is one request with its answer, on its way. Its parts have one writer each: received is filled by
// begin, the caller by the authorizer steps, outgoing by the mapping steps, outcome by the integration and answer.
type exchange struct {
	received
	caller
	outgoing
	outcome

	vars   gateway.Vars
	record observe.Record
	finish func(written int64, err error) // x.done, bound once
}

// received is the request as the pipeline sees it.
type received struct {
	env     *Env
	wire    *front.Exchange
	stage   *Stage
	address Address
	target  target
	verb    verb
	match   match
	method  *method

	requestID  string
	extendedID string
	trace      string // X-Amzn-Trace-Id, made when first needed

	header      http1.Header // what the pipeline sees; made when first needed
	headerDone  bool
	query       []gateway.Param // decoded, in order, repeated names included
	queryDone   bool
	pathParams  []gateway.Param // decoded
	pathDone    bool
	bodyBuf     []byte // reused
	body        []byte // after content decoding, when buffered
	bodyRead    bool
	memory      limits.Share // of the budget for payloads
	decoded     bool         // body is no longer in its content coding
	bodyTree    jsontree.Value
	bodyTreeErr error
	treeDone    bool
	contentType string // media type of the request, "" when absent
}

// caller is who the request turned out to come from.
type caller struct {
	authorized  *lambdaauth.Result // what a Lambda authorizer said; nil: none was asked
	authorizing time.Duration      // how long that took; 0 when it was in the cache
	access      iam.Request        // what its policy is asked
	identity    []byte             // reused: the identity values
	policy      string             // its policy as JSON, for the test of an authorizer
	apiKey      string             // what was sent, to a method that asks for one
	key         *apikeys.Key       // the key that it is; nil: none
}

// outgoing is the integration request.
type outgoing struct {
	template   *bodyTemplate // chosen by stepSelectTemplate; nil: the body passes through
	text       []byte        // method request body after content handling
	call       integration.Call
	invocation functions.Call // of a function
	endpoint   *integration.Endpoint
	uri        []byte // target under construction
	host       string
	rendered   []byte          // reused buffer for the request template, or the event
	fields     []gateway.Param // reused: the header for the event
	links      []paramLink     // reused
	masking    bool            // the event under construction is for the log
	overrides  gateway.Overrides
}

// outcome is the integration response and what it is turned into.
type outcome struct {
	result          integration.Result
	function        functions.Result // of a function; result then holds what the call of it looked like
	stream          *prelude.Body    // of a function that streams, until the front has it
	resultLive      bool             // result holds pooled memory
	status          int              // integration status
	payload         []byte
	payloadTree     jsontree.Value
	payloadErr      error
	payloadDone     bool
	answerBuf       []byte // reused buffer for the response template
	refused         *refusal
	log             *executionLog // nil: off
	integrationTime time.Duration
}

// exchanges keeps exchanges with their buffers between requests.
var exchanges sync.Pool

func newExchange() *exchange {
	if x, ok := exchanges.Get().(*exchange); ok {
		return x
	}
	x := new(exchange)
	x.finish = x.done
	return x
}

// keepBuffer is the size in bytes above which a buffer is given back to the garbage collector instead of the pool.
const keepBuffer = 64 << 10

func recycle(buf []byte) []byte {
	if cap(buf) > keepBuffer {
		return nil
	}
	return buf[:0]
}

// release empties x and gives it back to the pool. Nothing may use x afterwards.
func (x *exchange) release() {
	x.result.Release()
	x.function.Release()
	if x.stream != nil {
		x.stream.Close() //nolint:errcheck // it has nothing to say
	}
	x.memory.Give()
	result := x.result
	x.received = received{
		match:      match{params: clearParams(x.match.params)},
		header:     clearFields(x.header),
		query:      clearParams(x.query),
		pathParams: clearParams(x.pathParams),
		bodyBuf:    recycle(x.bodyBuf),
	}
	header := clearFields(x.call.Header)
	overrides := x.overrides
	overrides.Reset()
	x.caller = caller{access: iam.Request{Context: x.access.Context}, identity: recycle(x.identity)}
	x.access.Context.Reset()
	x.outgoing = outgoing{uri: recycle(x.uri), rendered: recycle(x.rendered), fields: clearParams(x.fields), links: x.links[:0], overrides: overrides}
	x.call.Header = header
	x.outcome = outcome{result: result, answerBuf: recycle(x.answerBuf)}
	x.vars = gateway.Vars{Path: clearParams(x.vars.Path), Query: clearParams(x.vars.Query), Header: clearParams(x.vars.Header)}
	x.record = observe.Record{}
	exchanges.Put(x)
}

// clearParams keeps the memory but not the strings, which would keep a request's head alive.
func clearParams(ps []gateway.Param) []gateway.Param {
	clear(ps)
	return ps[:0]
}

func clearFields(h http1.Header) http1.Header {
	clear(h)
	return h[:0]
}
