// Package state is what the operations of the management API read and write: the stored definitions, found for the
// account and region of the caller.
package state

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/gatehouse-gateway/gatehouse/internal/control/apigateway/wire"
	"github.com/gatehouse-gateway/gatehouse/internal/control/caller"
	"github.com/gatehouse-gateway/gatehouse/internal/definition"
	"github.com/gatehouse-gateway/gatehouse/internal/engine"
	"github.com/gatehouse-gateway/gatehouse/internal/limits"
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

// Options are what the state is made of. All are required, but Publish.
type Options struct {
	Engine engine.Engine
	Box    *seal.Box
	Limits limits.Limits
	Now    func() time.Time
	// Env returns what APIs of an account and region run in: deployments are compiled in it before they are accepted.
	Env func(accountID, region string) *restapi.Env
	// Publish makes the stages of an API live on this node, after they changed; nil: whoever watches does it.
	Publish func(ctx context.Context, key string) error
}

// State holds the stored definitions. It is safe for concurrent use.
type State struct {
	Options
	APIs      *store.Collection[definition.RestAPIDocument]
	Summaries *store.View[definition.RestAPIDocument, definition.RestAPIDocument]
	Plans     *store.Collection[definition.UsagePlan]  // by account/region/id
	Keys      *store.Collection[definition.APIKey]     // by account/region/id
	Domains   *store.Collection[definition.DomainName] // by account/region/name, in lower case

	Accounts     *store.Collection[definition.Account]           // by account/region/settings
	Certificates *store.Collection[definition.ClientCertificate] // by account/region/id
	VPCLinks     *store.Collection[definition.VPCLink]           // by account/region/id

	keys   *store.View[definition.APIKey, definition.APIKey]
	claims *store.Collection[keyClaim] // by account/region/digest of a key's value
	room   keyRoom
}

// New returns the state kept in an engine.
func New(o Options) *State {
	docs := o.Engine.Docs()
	apis := store.New[definition.RestAPIDocument](docs, APIsBucket)
	keys := store.New[definition.APIKey](docs, KeysBucket)
	return &State{
		Options: o, APIs: apis, Summaries: store.NewView(apis, summary),
		Plans: store.New[definition.UsagePlan](docs, PlansBucket),
		Keys:  keys, keys: store.NewView(keys, keySummary),
		Domains:      store.New[definition.DomainName](docs, DomainsBucket),
		Accounts:     store.New[definition.Account](docs, "accounts"),
		Certificates: store.New[definition.ClientCertificate](docs, "client-certificates"),
		VPCLinks:     store.New[definition.VPCLink](docs, "vpc-links"),
		claims:       store.New[keyClaim](docs, "api-key-values"),
		room:         keyRoom{scopes: make(map[Scope]keyCount)},
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

// ID is the last part of a key.
func ID(key string) string { return key[strings.LastIndexByte(key, '/')+1:] }

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
	scope, err := ScopeOf(ctx)
	if err != nil {
		return nil, err
	}
	if notFound == nil {
		notFound = scope.ErrNoAPI(wire.Value(id))
	}
	if !validID(wire.Value(id)) {
		return nil, notFound
	}
	doc, err := s.APIs.Get(ctx, scope.Key(*id))
	if err != nil {
		return nil, wire.OrNotFound(err, notFound)
	}
	return doc, nil
}

// ChangeAPI changes a REST API of the caller in one write; notFound as for API. change works on a copy, and may run
// several times; its error leaves the API as it was. The API returned must not be changed.
func (s *State) ChangeAPI(ctx context.Context, id *string, notFound error, change func(*definition.RestAPIDocument) error) (*definition.RestAPIDocument, error) {
	scope, err := ScopeOf(ctx)
	if err != nil {
		return nil, err
	}
	if notFound == nil {
		notFound = scope.ErrNoAPI(wire.Value(id))
	}
	if !validID(wire.Value(id)) {
		return nil, notFound
	}
	doc, err := s.APIs.Change(ctx, scope.Key(*id), change)
	if err != nil {
		return nil, wire.OrNotFound(err, notFound)
	}
	return doc, nil
}

// Live makes the change of a stage live before the call that made it is answered.
func (s *State) Live(ctx context.Context, doc *definition.RestAPIDocument) error {
	if s.Publish == nil {
		return nil
	}
	key := store.Key(doc.AccountID, doc.Region, doc.API.ID)
	if err := s.Publish(ctx, key); err != nil {
		return fmt.Errorf("publish %s: %w", key, err)
	}
	return nil
}

// InUse lists the caller's REST APIs of which use says something, with what it says, sorted.
func (s *State) InUse(ctx context.Context, use func(*definition.RestAPIDocument) []string) ([]string, error) {
	scope, err := ScopeOf(ctx)
	if err != nil {
		return nil, err
	}
	items, err := s.APIs.All(ctx, scope.Prefix())
	if err != nil {
		return nil, err
	}
	var found []string
	for _, item := range items {
		found = append(found, use(item.Value)...)
	}
	slices.Sort(found)
	return found, nil
}
