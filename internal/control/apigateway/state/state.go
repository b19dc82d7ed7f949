// Package state is what the operations of the management API read and write: the stored definitions, found for the
// account and region of the caller.
package state

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"time"

	"github.com/gatehouse-gateway/gatehouse/internal/control/apigateway/wire"
	"github.com/gatehouse-gateway/gatehouse/internal/control/caller"
	"github.com/gatehouse-gateway/gatehouse/internal/definition"
	"github.com/gatehouse-gateway/gatehouse/internal/engine"
	"github.com/gatehouse-gateway/gatehouse/internal/limits"
	"github.com/gatehouse-gateway/gatehouse/internal/planstore"
	"github.com/gatehouse-gateway/gatehouse/internal/restapi"
	"github.com/gatehouse-gateway/gatehouse/internal/seal"
	"github.com/gatehouse-gateway/gatehouse/internal/store"
)

// Buckets that others watch, too.
const (
	APIsBucket    = "restapis"     // REST APIs, by account/region/id
	PlansBucket   = "usage-plans"  // usage plans, by account/region/id
	KeysBucket    = "api-keys"     // API keys, by account/region/id
	DomainsBucket = "domain-names" // custom domains, by account/region/name
)

// Options are what the state is made of. All are required, but Publish, PublishKey and PublishPlan.
type Options struct {
	Engine engine.Engine
	Box    *seal.Box
	Limits limits.Limits
	Now    func() time.Time
	// Env returns what APIs of an account and region run in: deployments are compiled in it before they are accepted.
	Env func(accountID, region string) *restapi.Env
	// Publish makes the stages of an API live on this node, after they changed; nil: whoever watches does it.
	Publish func(ctx context.Context, key string) error
	// PublishKey and PublishPlan make an API key and a usage plan live on this node, after they changed; nil: whoever watches does it.
	PublishKey, PublishPlan func(ctx context.Context, key string) error
	// Usage is what keys have used.
	Usage *planstore.Ledger
}

// State holds the stored definitions. It is safe for concurrent use.
type State struct {
	Options
	APIs      *store.Collection[definition.RestAPIDocument]
	Summaries *store.View[definition.RestAPIDocument, definition.RestAPIDocument]
	Plans     *store.Collection[definition.UsagePlan]  // by account/region/id
	Keys      *store.Collection[definition.APIKey]     // by account/region/id
	Domains   *store.Collection[definition.DomainName] // by account/region/name, with +id for private ones

	Accounts     *store.Collection[definition.Account]           // by account/region/account
	Certificates *store.Collection[definition.ClientCertificate] // by account/region/id
	VPCLinks     *store.Collection[definition.VPCLink]           // by account/region/id
	KeyClaims    *store.Collection[definition.KeyClaim]          // by account/region/digest of the key's value

	loaded loaded
	keys   *store.View[definition.APIKey, definition.APIKey]
	room   keyRoom
}

// New returns the state kept in an engine.
func New(o Options) *State {
	docs := o.Engine.Docs()
	apis := store.New[definition.RestAPIDocument](docs, APIsBucket)
	keys := store.New[definition.APIKey](docs, KeysBucket)
	plans := store.New[definition.UsagePlan](docs, PlansBucket)
	keys.Written, plans.Written = published(o.PublishKey), published(o.PublishPlan)
	return &State{
		Options: o, APIs: apis, Summaries: store.NewView(apis, summary),
		Plans: plans,
		Keys:  keys, keys: store.NewView(keys, keySummary),
		Domains: store.New[definition.DomainName](docs, DomainsBucket),

		Accounts:     store.New[definition.Account](docs, "accounts"),
		Certificates: store.New[definition.ClientCertificate](docs, "client-certificates"),
		VPCLinks:     store.New[definition.VPCLink](docs, "vpc-links"),
		KeyClaims:    store.New[definition.KeyClaim](docs, "api-key-claims"),
		room:         keyRoom{scopes: make(map[Scope]keyCount)},
	}
}

// published makes what was written live before the call that wrote it is answered; whoever watches tries again.
func published(publish func(context.Context, string) error) func(context.Context, string) {
	if publish == nil {
		return nil
	}
	return func(ctx context.Context, key string) {
		if err := publish(ctx, key); err != nil {
			slog.ErrorContext(ctx, "a change of an API key or usage plan is stored and not live yet", "key", key, "error", err)
		}
	}
}

// summary is a document without what lists of APIs do not show.
func summary(d *definition.RestAPIDocument) *definition.RestAPIDocument {
	api := *d.API
	if root := d.API.Root(); root != nil {
		api.Resources = map[string]*definition.Resource{root.ID: {ID: root.ID, Path: root.Path}}
	}
	api.Models, api.RequestValidators, api.Authorizers, api.GatewayResponses, api.Documentation = nil, nil, nil, nil, nil
	s := &definition.RestAPIDocument{AccountID: d.AccountID, Region: d.Region, API: &api, Stages: make(map[string]*definition.Stage, len(d.Stages))}
	for name, st := range d.Stages {
		s.Stages[name] = &definition.Stage{Name: name, DeploymentID: st.DeploymentID, ClientCertificateID: st.ClientCertificateID, Tags: st.Tags}
	}
	return s
}

// Run reads, once, what lists are made of, so that the first list after a start need not, and waits for ctx to end.
func (s *State) Run(ctx context.Context) error {
	if _, err := s.Summaries.All(ctx, ""); err != nil && ctx.Err() == nil {
		slog.WarnContext(ctx, "the first list of APIs will take longer", "error", err)
	}
	<-ctx.Done()
	return nil
}

// Scope is where a caller's definitions live.
type Scope struct{ AccountID, Region string }

// ScopeOf returns the scope of whoever makes the call.
func ScopeOf(ctx context.Context) (Scope, error) {
	c, ok := caller.From(ctx)
	if !ok || c.AccountID == "" || c.Region == "" {
		return Scope{}, errors.New("a management operation was called without a caller")
	}
	return Scope{c.AccountID, c.Region}, nil
}

// Prefix begins the keys of everything in the scope.
func (s Scope) Prefix() string { return s.AccountID + "/" + s.Region + "/" }

// Key is the key of an id in the scope.
func (s Scope) Key(id string) string { return s.Prefix() + id }

// validID keeps what cannot be an identifier out of keys.
func validID(id string) bool { return id != "" && len(id) <= maxID && !strings.ContainsRune(id, '/') }

// maxID is the longest identifier in bytes: that of a domain name.
const maxID = 255

// ErrNoAPI is the usual answer to an API that does not exist. Spec: control-plane 3.3, recorded.
func (s Scope) ErrNoAPI(id string) error {
	return wire.NotFound("Invalid API identifier specified %s:%s", s.AccountID, id)
}

// API returns a REST API of the caller, which must not be changed. notFound, if not nil, is the answer when there is none.
func (s *State) API(ctx context.Context, id *string, notFound error) (*definition.RestAPIDocument, error) {
	key, notFound, err := apiKey(ctx, id, notFound)
	if err != nil {
		return nil, err
	}
	doc, err := s.APIs.Get(ctx, key)
	if err != nil {
		return nil, wire.OrNotFound(err, notFound)
	}
	return doc, nil
}

// ChangeAPI changes a REST API of the caller in one write; notFound as for API. change works on a copy, and may run
// several times; its error leaves the API as it was. The API returned must not be changed.
func (s *State) ChangeAPI(ctx context.Context, id *string, notFound error, change func(*definition.RestAPIDocument) error) (*definition.RestAPIDocument, error) {
	key, notFound, err := apiKey(ctx, id, notFound)
	if err != nil {
		return nil, err
	}
	doc, err := s.APIs.Change(ctx, key, change)
	if err != nil {
		return nil, wire.OrNotFound(err, notFound)
	}
	return doc, nil
}

// apiKey is the key of a REST API of the caller, and the answer when it does not exist.
func apiKey(ctx context.Context, id *string, notFound error) (key string, absent, err error) {
	scope, err := ScopeOf(ctx)
	if err != nil {
		return "", nil, err
	}
	if notFound == nil {
		notFound = scope.ErrNoAPI(wire.Value(id))
	}
	if !validID(wire.Value(id)) {
		return "", nil, notFound
	}
	return scope.Key(*id), notFound, nil
}

// Live makes the stored stages of an API live before the call that changed them is answered. What was changed was compiled
// before it was stored, so that an error is about something else, or passes: it is logged, and whoever watches tries again.
func (s *State) Live(ctx context.Context, doc *definition.RestAPIDocument) {
	if s.Publish == nil {
		return
	}
	key := store.Key(doc.AccountID, doc.Region, doc.API.ID)
	if err := s.Publish(ctx, key); err != nil {
		slog.ErrorContext(ctx, "not all that is stored of an API is live", "api", key, "error", err)
	}
}

// KeyOf is the key of an id in the scope of whoever makes the call; absent is the answer to what cannot be an id.
func KeyOf(ctx context.Context, id *string, absent error) (string, error) {
	scope, err := ScopeOf(ctx)
	if err != nil {
		return "", err
	}
	if !validID(wire.Value(id)) {
		return "", absent
	}
	return scope.Key(*id), nil
}
