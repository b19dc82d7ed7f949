// Package urls has the operations on function URLs: HTTP addresses that functions and aliases have of their own. Spec: functions B7.
package urls

import (
	"context"
	"crypto/rand"
	"encoding/base32"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/gatehouse-gateway/gatehouse/awsproto"
	"github.com/gatehouse-gateway/gatehouse/internal/control/lambda/configuration"
	"github.com/gatehouse-gateway/gatehouse/internal/control/lambda/state"
	"github.com/gatehouse-gateway/gatehouse/internal/control/lambda/wire"
	"github.com/gatehouse-gateway/gatehouse/internal/definition"
	"github.com/gatehouse-gateway/gatehouse/internal/functions"
)

// Operations are the operations on function URLs.
type Operations struct{ state *state.State }

// New returns the operations on the functions of s.
func New(s *state.State) *Operations { return &Operations{s} }

// Bind connects the operations to their names in the model.
func (o *Operations) Bind(s *awsproto.Service) {
	wire.Bind(s, "CreateFunctionUrlConfig", o.create)
	wire.Bind(s, "GetFunctionUrlConfig", o.get)
	wire.Bind(s, "UpdateFunctionUrlConfig", o.update)
	wire.Bind(s, "DeleteFunctionUrlConfig", o.delete)
	wire.Bind(s, "ListFunctionUrlConfigs", o.list)
}

// errNoFunction is what the operations that write say of functions and aliases that are not there. Recorded.
var errNoFunction = wire.NotFound("Function does not exist")

// exists checks that a qualifier, which is an alias or none, names something.
func exists(doc *definition.Function, alias string) error {
	if alias != "" && doc.Aliases[alias] == nil {
		return errNoFunction
	}
	return nil
}

func (o *Operations) create(ctx context.Context, in *wire.CreateFunctionUrlConfigRequest) (*wire.CreateFunctionUrlConfigResponse, error) {
	ref, err := state.Ref(ctx, in.FunctionName, in.Qualifier)
	if err != nil {
		return nil, err
	}
	if o.state.URL == nil {
		return nil, wire.Unsupported("A function URL without an address of the data plane")
	}
	now := o.state.Now()
	u := &definition.FunctionURL{ID: newID(), AuthType: *in.AuthType, InvokeMode: wire.Value(in.InvokeMode), CORS: corsOf(in.Cors), Created: now, LastModified: now}
	doc, err := o.state.Change(ctx, ref, errNoFunction, func(doc *definition.Function) error {
		if err := exists(doc, ref.Qualifier); err != nil {
			return err
		}
		if doc.URLs[ref.Qualifier] != nil {
			// Recorded, with two spaces.
			return wire.Conflict("Failed to create function url config for [functionArn = %s]. Error message:  FunctionUrlConfig exists for this Lambda function", configuration.ARN(doc, ref.Qualifier))
		}
		if doc.URLs == nil {
			doc.URLs = make(map[string]*definition.FunctionURL)
		}
		doc.URLs[ref.Qualifier] = u
		return nil
	})
	if err != nil {
		return nil, err
	}
	c := o.show(doc, ref.Qualifier)
	return &wire.CreateFunctionUrlConfigResponse{
		FunctionUrl: c.FunctionUrl, FunctionArn: c.FunctionArn, AuthType: c.AuthType, Cors: c.Cors, CreationTime: c.CreationTime, InvokeMode: wire.NonZero(u.InvokeMode),
	}, nil
}

// newID draws an id: 32 lower-case letters and digits, of which no two URLs ever have the same.
func newID() string {
	const idBytes = 20 // 160 random bits, five in each character
	var b [idBytes]byte
	_, _ = rand.Read(b[:]) // never fails
	return strings.ToLower(base32.StdEncoding.EncodeToString(b[:]))
}

// find is the URL of what a reference names. One whose function or alias is gone is gone, too. Recorded: nobody is told which of
// them is missing.
func find(doc *definition.Function, ref functions.Ref) (*definition.FunctionURL, error) {
	u := doc.URLs[ref.Qualifier]
	if u == nil {
		return nil, wire.ErrNoResource
	}
	return u, nil
}

func (o *Operations) get(ctx context.Context, in *wire.GetFunctionUrlConfigRequest) (*wire.GetFunctionUrlConfigResponse, error) {
	ref, err := state.Ref(ctx, in.FunctionName, in.Qualifier)
	if err != nil {
		return nil, err
	}
	doc, err := o.state.Get(ctx, ref, wire.ErrNoResource)
	if err != nil {
		return nil, err
	}
	if _, err := find(doc, ref); err != nil {
		return nil, err
	}
	c := o.show(doc, ref.Qualifier)
	return &wire.GetFunctionUrlConfigResponse{
		FunctionUrl: c.FunctionUrl, FunctionArn: c.FunctionArn, AuthType: c.AuthType, Cors: c.Cors, CreationTime: c.CreationTime, LastModifiedTime: c.LastModifiedTime,
		InvokeMode: c.InvokeMode,
	}, nil
}

// update changes what the call names and leaves the rest; of CORS, everything is one.
func (o *Operations) update(ctx context.Context, in *wire.UpdateFunctionUrlConfigRequest) (*wire.UpdateFunctionUrlConfigResponse, error) {
	ref, err := state.Ref(ctx, in.FunctionName, in.Qualifier)
	if err != nil {
		return nil, err
	}
	doc, err := o.state.Change(ctx, ref, errNoFunction, func(doc *definition.Function) error {
		if err := exists(doc, ref.Qualifier); err != nil {
			return err
		}
		u, err := find(doc, ref)
		if err != nil {
			return err
		}
		u.AuthType, u.InvokeMode = wire.Or(in.AuthType, u.AuthType), wire.Or(in.InvokeMode, u.InvokeMode)
		if in.Cors != nil {
			u.CORS = corsOf(in.Cors)
		}
		u.LastModified = o.state.Now()
		return nil
	})
	if err != nil {
		return nil, err
	}
	c := o.show(doc, ref.Qualifier)
	return &wire.UpdateFunctionUrlConfigResponse{
		FunctionUrl: c.FunctionUrl, FunctionArn: c.FunctionArn, AuthType: c.AuthType, Cors: c.Cors, CreationTime: c.CreationTime, LastModifiedTime: c.LastModifiedTime,
		InvokeMode: wire.NonZero(doc.URLs[ref.Qualifier].InvokeMode), // recorded: only reading says the default
	}, nil
}

func (o *Operations) delete(ctx context.Context, in *wire.DeleteFunctionUrlConfigRequest) (*wire.None, error) {
	ref, err := state.Ref(ctx, in.FunctionName, in.Qualifier)
	if err != nil {
		return nil, err
	}
	_, err = o.state.Change(ctx, ref, wire.ErrNoResource, func(doc *definition.Function) error {
		_, err := find(doc, ref)
		delete(doc.URLs, ref.Qualifier)
		return err
	})
	return nil, err
}

// list lists the URLs of a function and its aliases.
func (o *Operations) list(ctx context.Context, in *wire.ListFunctionUrlConfigsRequest) (*wire.ListFunctionUrlConfigsResponse, error) {
	ref, err := state.Ref(ctx, in.FunctionName, nil)
	if err != nil {
		return nil, err
	}
	doc, err := o.state.Get(ctx, ref, errNoFunction)
	if err != nil {
		return nil, err
	}
	aliases, next, err := wire.Page(slices.Sorted(maps.Keys(doc.URLs)), func(alias string) string { return "/" + alias }, in.MaxItems, in.Marker)
	if err != nil {
		return nil, err
	}
	out := &wire.ListFunctionUrlConfigsResponse{FunctionUrlConfigs: make([]wire.FunctionUrlConfig, len(aliases)), NextMarker: next}
	for i, alias := range aliases {
		out.FunctionUrlConfigs[i] = *o.show(doc, alias)
	}
	return out, nil
}

func (o *Operations) show(doc *definition.Function, alias string) *wire.FunctionUrlConfig {
	u, mode := doc.URLs[alias], definition.URLBuffered
	if u.InvokeMode != "" {
		mode = u.InvokeMode
	}
	return &wire.FunctionUrlConfig{
		FunctionUrl: wire.Ptr(o.state.URL(u.ID, doc.Region)), FunctionArn: wire.Ptr(configuration.ARN(doc, alias)), AuthType: &u.AuthType, InvokeMode: &mode,
		Cors: showCORS(u.CORS), CreationTime: showTime(u.Created), LastModifiedTime: showTime(u.LastModified),
	}
}

// showTime is a time as URLs have it. Spec: functions B1.
func showTime(t time.Time) *string { return wire.Ptr(t.UTC().Format("2006-01-02T15:04:05.000Z")) }

// corsOf is what a call says about CORS; nothing is nil.
func corsOf(in *wire.Cors) *definition.FunctionCORS {
	if in == nil {
		return nil
	}
	out := &definition.FunctionCORS{
		AllowCredentials: in.AllowCredentials, AllowHeaders: in.AllowHeaders, AllowMethods: in.AllowMethods, AllowOrigins: in.AllowOrigins, ExposeHeaders: in.ExposeHeaders,
	}
	if in.MaxAge != nil {
		out.MaxAge = wire.Ptr(int(*in.MaxAge))
	}
	if in.AllowCredentials == nil && in.MaxAge == nil && len(in.AllowHeaders)+len(in.AllowMethods)+len(in.AllowOrigins)+len(in.ExposeHeaders) == 0 {
		return nil
	}
	return out
}

func showCORS(c *definition.FunctionCORS) *wire.Cors {
	if c == nil {
		return nil
	}
	out := &wire.Cors{AllowCredentials: c.AllowCredentials, AllowHeaders: c.AllowHeaders, AllowMethods: c.AllowMethods, AllowOrigins: c.AllowOrigins, ExposeHeaders: c.ExposeHeaders}
	if c.MaxAge != nil {
		out.MaxAge = wire.Int(*c.MaxAge)
	}
	return out
}
