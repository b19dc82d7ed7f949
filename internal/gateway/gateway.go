// Package gateway is the data plane: it holds the release, finds the API or the function URL that a request is for, and swaps
// releases. A
// Publisher makes releases of what is stored:
//
//	p := gateway.NewPublisher(g, gateway.PublisherOptions{APIs: apis, Snapshots: eng.Snapshots(), Env: gateway.NewEnvironments(env).In})
//	err := p.Load(ctx)           // everything that is stored is live, but what is broken
//	go p.Run(ctx)                // follows the store
//	err = p.Refresh(ctx, key)    // a change is live now
//
// A release is everything that one node serves now: whole, immutable, published in one atomic store. Requests that are
// already running finish on the release they began with.
package gateway

import (
	"context"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/gatehouse-gateway/gatehouse/internal/front"
	"github.com/gatehouse-gateway/gatehouse/internal/functionurl"
	"github.com/gatehouse-gateway/gatehouse/internal/restapi"
)

// Gateway serves whichever release was published last.
type Gateway struct {
	env     *restapi.Env // of requests that belong to no API
	urls    *functionurl.Table
	current atomic.Pointer[Release]
	publish sync.Mutex // held to make a release from the one before
}

// New returns a gateway that serves nothing yet: every request is forbidden.
// Function URLs are those of urls.
func New(env *restapi.Env, urls *functionurl.Table) *Gateway {
	g := &Gateway{env: env, urls: urls}
	g.current.Store(NewRelease())
	return g
}

// Publish makes r live.
func (g *Gateway) Publish(r *Release) {
	g.publish.Lock()
	defer g.publish.Unlock()
	g.current.Store(r)
}

// replace makes the release live that has next in place of old; either may be nil.
func (g *Gateway) replace(old, next *restapi.API) {
	if old == next {
		return
	}
	g.publish.Lock()
	defer g.publish.Unlock()
	g.current.Store(g.current.Load().with(old, next))
}

// Release is the one that is live.
func (g *Gateway) Release() *Release { return g.current.Load() }

// ServeExchange answers one exchange. The release is loaded once; never again in this request.
func (g *Gateway) ServeExchange(ctx context.Context, x *front.Exchange) {
	if at, ok := functionurl.Locate(&x.Request); ok {
		g.urls.Serve(ctx, x, at)
		return
	}
	api, at := g.current.Load().locate(x, g.env.Region)
	switch {
	case api == nil:
		restapi.Refuse(g.env, x)
	case at.Default && isPing(at.Target):
		answerPing(x)
	default:
		api.ServeAPI(ctx, x, at)
	}
}

// isPing reports whether a target is one of the health checks that the service reserves. Spec: rest-api 2.4.
func isPing(target string) bool {
	path, _, _ := strings.Cut(target, "?")
	return path == "/ping" || path == "/sping"
}

// answerPing answers a health check without stage or deployment; the body is unconfirmed. Spec: rest-api 2.4.
func answerPing(x *front.Exchange) {
	x.Response.Status = 200
	x.Response.Header.Add("Content-Type", "text/plain")
	x.Response.Body = []byte("Healthy Connection")
}
