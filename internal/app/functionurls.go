package app

import (
	"context"
	"crypto/sha256"
	"encoding/base32"
	"math/rand/v2"
	"net"
	"strings"
	"time"

	"github.com/gatehouse-gateway/gatehouse/internal/functions"
	"github.com/gatehouse-gateway/gatehouse/internal/functionurl"
	"github.com/gatehouse-gateway/gatehouse/internal/limits"
	"github.com/gatehouse-gateway/gatehouse/internal/observe"
)

// newFunctionURLs makes the table of function URLs; functions fill it.
func (s *serve) newFunctionURLs() *functionurl.Table {
	return functionurl.New(functionurl.Options{
		Functions: servedInvoker{s}, Limits: s.limits, Memory: s.memory, Keys: s.keys, Recorder: observe.Discard, Random: rand.Uint64, Now: time.Now,
	})
}

// servedInvoker invokes the functions of a serve, which are built later than what invokes them.
type servedInvoker struct{ s *serve }

// Invoke implements functions.Invoker.
func (i servedInvoker) Invoke(ctx context.Context, c *functions.Call, res *functions.Result) error {
	return i.s.functions.directory.Invoke(ctx, c, res)
}

// putFunction makes a function what calls and URLs find.
func (s *serve) putFunction(e *functions.Entry) {
	s.functions.directory.Put(e)
	s.urls.Put(e)
}

func (s *serve) removeFunction(ref functions.Ref) {
	s.urls.Remove(ref)
	s.functions.directory.Remove(ref)
}

// newFunctionURLs makes the table of function URLs of a project. Every signature of a client on this machine is good.
func (d *dev) newFunctionURLs(memory *limits.Budget) *functionurl.Table {
	return functionurl.New(functionurl.Options{
		Functions: d.functions, Limits: d.env.Limits, Memory: memory, AnyCredentials: true, Recorder: d.env.Recorder, Random: d.env.Random, Now: d.env.Now,
	})
}

// urls is the URL of a function of a project, if it has one.
func (f *projectFunction) urls() map[string]functions.URL {
	c := f.config.URL
	if c == nil {
		return nil
	}
	u := functions.URL{ID: projectURLID(f.config.Name), IAM: c.Auth == "AWS_IAM", Stream: c.InvokeMode == "RESPONSE_STREAM"}
	if c.CORS != nil {
		u.CORS = &functions.CORS{
			AllowCredentials: c.CORS.AllowCredentials, AllowHeaders: c.CORS.AllowHeaders, AllowMethods: c.CORS.AllowMethods, AllowOrigins: c.CORS.AllowOrigins,
			ExposeHeaders: c.CORS.ExposeHeaders, MaxAge: c.CORS.MaxAge,
		}
	}
	return map[string]functions.URL{"": u}
}

// urls are the names of the functions that have a URL.
func (p *project) urls() (names []string) {
	for _, f := range p.config.Functions {
		if f.URL != nil {
			names = append(names, f.Name)
		}
	}
	return names
}

// projectURLID is an id that stays the same for a function of this name: what a developer has bookmarked works tomorrow.
func projectURLID(name string) string {
	const idBytes = 20 // 32 characters
	sum := sha256.Sum256([]byte("function URL " + name))
	return strings.ToLower(base32.StdEncoding.EncodeToString(sum[:idBytes]))
}

// functionURL is the address of the function URL with this id: as function-url-base says, or at the listener of the APIs, where
// {anything}.localhost leads on every machine.
func (s *serve) functionURL(id, region string) string {
	base := s.config.FunctionURLBase
	if base == "" {
		base = defaultURLBase(s.fronts[len(s.fronts)-1].url())
	}
	return strings.NewReplacer("{id}", id, "{region}", region).Replace(base)
}

// defaultURLBase is the form of the addresses that reach a listener on its own machine by host names.
func defaultURLBase(listener string) string {
	scheme, rest, _ := strings.Cut(listener, "://")
	_, port, _ := net.SplitHostPort(rest) // an address of a listener has both
	if scheme == "http" && port == "80" || scheme == "https" && port == "443" {
		return scheme + "://{id}.lambda-url.{region}.localhost/"
	}
	return scheme + "://{id}.lambda-url.{region}.localhost:" + port + "/"
}
