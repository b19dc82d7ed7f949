package restapi

import (
	"errors"

	"github.com/gatehouse-gateway/gatehouse/http1"
	"github.com/gatehouse-gateway/gatehouse/internal/front"
	"github.com/gatehouse-gateway/gatehouse/internal/observe"
	"github.com/gatehouse-gateway/gatehouse/jsontree"
	"github.com/gatehouse-gateway/gatehouse/vtl/gateway"
)

// What follows are the views of a request that mappings and templates have. Each is made when first asked for.

// hiddenHeaders are removed at reception and invisible to everything behind. Spec: rest-api 1.5, recorded.
var hiddenHeaders = []string{"Connection", "Content-Length", "Content-MD5", "Expect", "Max-Forwards", "Proxy-Authenticate",
	"Server", "TE", "Transfer-Encoding", "Trailer", "Upgrade", "WWW-Authenticate"}

// ownHeaders are those the gateway writes itself, so that no client can forge them.
var ownHeaders = []string{"X-Forwarded-For", "X-Forwarded-Port", "X-Forwarded-Proto", "X-Amzn-Trace-Id"}

func isOneOf(name string, list []string) bool {
	for _, l := range list {
		if http1.EqualFold(name, l) {
			return true
		}
	}
	return false
}

// headers is the request header as the pipeline sees it: without what reception removes, with what it adds.
func (x *exchange) headers() http1.Header {
	if x.headerDone {
		return x.header
	}
	x.headerDone = true
	h, forwarded := x.header[:0], ""
	for _, f := range x.wire.Request.Header {
		switch {
		case isOneOf(f.Name, hiddenHeaders):
			continue
		case isOneOf(f.Name, ownHeaders):
			if http1.EqualFold(f.Name, "X-Forwarded-For") && f.Value != "" {
				forwarded += f.Value + ", "
			}
			continue
		case http1.EqualFold(f.Name, "Authorization"): // recorded: these two get their usual spelling
			f.Name = "Authorization"
		case http1.EqualFold(f.Name, "User-Agent"):
			f.Name = "User-Agent"
		case x.decoded && http1.EqualFold(f.Name, "Content-Encoding"):
			continue
		}
		h = append(h, f)
	}
	if x.stage.testing {
		x.header = h // nothing received it
		return h
	}
	proto := "http"
	if x.wire.Request.TLS != nil {
		proto = "https"
	}
	x.header = append(h,
		http1.Field{Name: "X-Forwarded-For", Value: forwarded + x.wire.Request.Peer.Addr().String()},
		http1.Field{Name: "X-Forwarded-Port", Value: x.stage.env.port(x.wire.Request.Local.Port())},
		http1.Field{Name: "X-Forwarded-Proto", Value: proto},
		http1.Field{Name: "X-Amzn-Trace-Id", Value: x.traceID()})
	return x.header
}

// findHeader returns the last value of a visible header: the exact spelling first, then any
// (unconfirmed which the service does). Spec: rest-api 4.3.
func findHeader(h http1.Header, name string) (string, bool) {
	for i := len(h) - 1; i >= 0; i-- {
		if h[i].Name == name {
			return h[i].Value, true
		}
	}
	return h.Lookup(name)
}

func (x *exchange) lastHeader(name string) (string, bool) {
	if isOneOf(name, hiddenHeaders) || isOneOf(name, ownHeaders) {
		return findHeader(x.headers(), name)
	}
	return findHeader(x.wire.Request.Header, name) // what is neither hidden nor ours reads the same before filtering
}

func (x *exchange) traceID() string {
	if x.trace == "" {
		x.trace = observe.TraceID(x.wire.Request.Header.Get("X-Amzn-Trace-Id"), x.wire.Request.Received, x.stage.env.Random)
	}
	return x.trace
}

// queryParams are the decoded query parameters, repeated names included.
func (x *exchange) queryParams() []gateway.Param {
	if !x.queryDone {
		x.queryDone = true
		x.query = parseQuery(x.query[:0], x.target.query)
	}
	return x.query
}

func (x *exchange) lastQuery(name string) (string, bool) {
	q := x.queryParams()
	for i := len(q) - 1; i >= 0; i-- {
		if q[i].Name == name {
			return q[i].Value, true
		}
	}
	return "", false
}

// pathParameters are the decoded path parameters, outermost first. Spec: rest-api 1.3.
func (x *exchange) pathParameters() []gateway.Param {
	if !x.pathDone {
		x.pathDone = true
		x.pathParams = x.pathParams[:0]
		for _, p := range x.match.params {
			x.pathParams = append(x.pathParams, gateway.Param{Name: p.Name, Value: http1.DecodePath(p.Value)})
		}
	}
	return x.pathParams
}

func (x *exchange) pathParam(name string) (string, bool) {
	for _, p := range x.pathParameters() {
		if p.Name == name {
			return p.Value, true
		}
	}
	return "", false
}

// readBody reads the whole request body, once, and decodes its content coding where the API asks for that.
func (x *exchange) readBody() *refusal {
	if x.bodyRead {
		return nil
	}
	x.bodyRead = true
	limit := x.stage.env.Limits.RequestPayload
	buf := x.bodyBuf[:0]
	if n := x.wire.Request.ContentLength; n > 0 && n <= keepBuffer && int64(cap(buf)) < n {
		buf = make([]byte, 0, n)
	}
	var err error
	if x.wire.Request.ContentLength != 0 {
		buf, err = front.ReadAll(buf, x.wire.Request.Body, limit, &x.memory)
	}
	x.bodyBuf, x.body = buf, buf
	switch {
	case errors.Is(err, front.ErrNoMemory):
		return overloaded
	case errors.Is(err, front.ErrBodyTooLarge):
		return payloadTooLarge
	case err != nil:
		return badBody(err)
	}
	return x.decodeContent()
}

// badBody is the answer to a client whose body breaks off, stalls or is not what it announced.
func badBody(err error) *refusal {
	return &refusal{kind: default4XX, status: 400, errorType: "BadRequestException", message: "Bad Request", fixed: true,
		reason: "reading the request body: " + err.Error()}
}

// jsonBody is the method request body parsed, for body mappings. An empty body reads as {}. Spec: rest-api 5.
func (x *exchange) jsonBody() (jsontree.Value, error) {
	if !x.treeDone {
		x.treeDone = true
		x.bodyTree, x.bodyTreeErr = parseLoose(x.body, x.stage.env.jsonLimits())
	}
	return x.bodyTree, x.bodyTreeErr
}

// jsonPayload is the integration response body parsed, for response mappings.
func (x *exchange) jsonPayload() (jsontree.Value, error) {
	if !x.payloadDone {
		x.payloadDone = true
		x.payloadTree, x.payloadErr = parseLoose(x.payload, x.stage.env.jsonLimits())
	}
	return x.payloadTree, x.payloadErr
}

// parseLoose parses what looks like JSON; other text is no value at all and no error. Spec: rest-api 5.
func parseLoose(text []byte, l jsontree.Limits) (jsontree.Value, error) {
	for i, c := range text {
		switch c {
		case ' ', '\t', '\r', '\n':
			continue
		case '{', '[', '"', '\'':
			return jsontree.Parse(text[i:], l)
		}
		return nil, nil
	}
	return jsontree.NewObject(0), nil
}
