package restapi

import (
	"context"
	"strings"

	"github.com/gatehouse-gateway/gatehouse/http1"
	"github.com/gatehouse-gateway/gatehouse/internal/front"
	"github.com/gatehouse-gateway/gatehouse/internal/observe"
)

// API is a REST API as a node serves it: its stages, compiled, in its account and region.
type API struct {
	env    *Env
	id     string
	domain string
	stages map[string]*Stage
}

// NewAPI gathers the stages of one API, which were compiled with env. An API may have none.
func NewAPI(env *Env, id string, stages ...*Stage) *API {
	a := &API{env: env, id: id, domain: id + ".execute-api." + env.Region + ".localhost", stages: make(map[string]*Stage, len(stages))}
	for _, s := range stages {
		a.stages[s.name] = s
	}
	return a
}

// ID is the API's id.
func (a *API) ID() string { return a.id }

// DomainName is the name under which every machine can reach the API's default endpoint on itself.
func (a *API) DomainName() string { return a.domain }

// AccountID is the account that the API belongs to.
func (a *API) AccountID() string { return a.env.AccountID }

// Region is the region that the API belongs to.
func (a *API) Region() string { return a.env.Region }

// Stages lists the API's stages.
func (a *API) Stages() map[string]*Stage { return a.stages }

// ServeAPI answers one exchange that was located to be this API's.
func (a *API) ServeAPI(ctx context.Context, wire *front.Exchange, at Address) {
	x := begin(a.env, wire)
	x.address = at
	x.target = splitTarget(at.Target)
	if r := a.serve(ctx, x); r != nil {
		x.answerRefusal(r)
	}
	x.complete()
}

// serve is the pipeline from stage lookup on. Spec: rest-api 3.
func (a *API) serve(ctx context.Context, x *exchange) *refusal {
	env := x.env
	if x.wire.Request.ContentLength > env.Limits.RequestPayload {
		return payloadTooLarge
	}
	stage := a.stages[x.target.stage]
	if stage == nil {
		return forbidden
	}
	if c := stage.canary; c != nil && c.drawn(env.Random()) {
		stage = c.stage
	}
	if stage.closed && x.address.Default {
		return forbidden
	}
	x.stage = stage
	if x.target.query != "" && badQuery(x.target.query) {
		return badQueryText
	}
	if x.wire.Request.ContentLength < 0 || stage.compressFrom >= 0 {
		// A body of unknown length must be counted, an encoded one decoded, before anything else decides.
		if r := x.readBody(); r != nil {
			return r
		}
	}
	x.verb = verbOf(x.wire.Request.Method)
	if override := x.wire.Request.Header.Get("X-HTTP-Method-Override"); override != "" {
		x.verb = verbOf(strings.ToUpper(override))
	}
	if !stage.root.find(x.target.route, x.verb, &x.match) {
		return x.unmatched()
	}
	x.method = x.match.node.methods[x.verb]
	x.contentType = mediaType(x.wire.Request.Header.Get("Content-Type"))
	x.openLog()
	return x.method.run(ctx, x)
}

// Refuse answers an exchange that belongs to no API: 403 Forbidden, or 413 when its body is too large even for that.
// Spec: rest-api 1.2, 3.
func Refuse(env *Env, wire *front.Exchange) {
	x := begin(env, wire)
	x.target = splitTarget(wire.Request.Target)
	r := forbidden
	if wire.Request.ContentLength > env.Limits.RequestPayload {
		r = payloadTooLarge
	}
	x.answerRefusal(r)
	x.complete()
}

// begin takes an exchange from the pool and gives the request its ids.
func begin(env *Env, wire *front.Exchange) *exchange {
	x := newExchange()
	x.env, x.wire, x.verb, x.memory = env, wire, noVerb, env.Memory.Share()
	var buf [52]byte
	ids := appendUUID(buf[:0], env.Random(), env.Random())
	both := string(appendExtendedID(ids, env.Random(), env.Random()))
	x.requestID, x.extendedID = both[:36], both[36:]
	return x
}

// complete finishes the answer for the front; done runs when it is written.
func (x *exchange) complete() {
	x.closeLog()
	x.compressAnswer()
	out := &x.wire.Response
	out.Header = append(out.Header,
		http1.Field{Name: "x-amzn-RequestId", Value: x.requestID},
		http1.Field{Name: "x-amz-apigw-id", Value: x.extendedID})
	out.Done = x.finish
}

// done records the exchange once its answer is written, and gives its memory back.
func (x *exchange) done(written int64, err error) {
	if x.env.Recorder != observe.Discard {
		x.fillRecord(written, err)
		x.env.Recorder.Record(&x.record)
	}
	x.release()
}

func (x *exchange) fillRecord(written int64, err error) {
	req := &x.wire.Request
	x.record = observe.Record{
		Received: req.Received, RequestID: x.requestID, ExtendedID: x.extendedID, Method: req.Method, Path: x.target.path,
		Status: x.wire.Response.Status, ResponseLength: written, Latency: x.env.Now().Sub(req.Received),
		IntegrationStatus: x.result.Status, IntegrationLatency: x.integrationTime, Err: err,
	}
	x.record.SourceIP = req.Peer.Addr().String()
	if x.stage != nil {
		x.record.APIID, x.record.Stage, x.record.Canary = x.stage.apiID, x.stage.name, x.stage.isCanary == "true"
	}
	if x.match.node != nil {
		x.record.ResourcePath = x.match.node.path
	}
	if r := x.refused; r != nil {
		x.record.ResponseType, x.record.Message, x.record.Reason = r.kind.String(), loggable(r), r.reason
	}
}

// loggable is what the client was told, as far as a log may hold it: the answer to a signature that is none repeats the
// Authorization header, and credentials stay out of logs. Spec: rest-api 2.3.
func loggable(r *refusal) string {
	if r.errorType != "IncompleteSignatureException" {
		return r.message
	}
	message, _, _ := strings.Cut(r.message, "Authorization=")
	return strings.TrimSpace(message)
}
