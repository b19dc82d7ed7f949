package restapi

import (
	"crypto/tls"
	"maps"
	"slices"

	"github.com/gatehouse-gateway/gatehouse/internal/access/lambdaauth"
	"github.com/gatehouse-gateway/gatehouse/internal/definition"
	"github.com/gatehouse-gateway/gatehouse/internal/model"
	"github.com/gatehouse-gateway/gatehouse/internal/traffic"
	"github.com/gatehouse-gateway/gatehouse/javaregex"
)

// Stage is a stage of a REST API, compiled: immutable, shared by all requests. Stage variables are constants in it.
type Stage struct {
	env          *Env
	apiID        string
	name         string
	deploymentID string
	endpointType string
	vars         map[string]string
	root         *node
	binary       binaryTypes
	compressFrom int  // bytes; negative: off
	closed       bool // the default endpoint is disabled
	responses    [responseTypes]*gatewayResponse
	routes       []Route
	canary       *canary // nil: none
	isCanary     string  // $context.isCanaryRequest: "true" or "false", "" on a stage without canary
	testing      bool    // for a test invoke; see TestInvoke
	// keyByAuthorizer says that API keys come from authorizers, and not from a header.
	keyByAuthorizer bool
}

// Route is a method that the stage serves, for people to read.
type Route struct {
	Method string // GET … or ANY
	Path   string // resource path template
	Kind   string // integration type
	Target string // integration URI, "" for MOCK
}

// Name is the stage's name.
func (s *Stage) Name() string { return s.name }

// Routes lists every method of the stage by path.
func (s *Stage) Routes() []Route { return slices.Clone(s.routes) }

// stageInput is what both deployments of a stage are compiled with.
type stageInput struct {
	env         *Env
	definition  *definition.Stage
	settings    methodSettings
	throttles   *traffic.Throttles
	caches      *lambdaauth.Caches
	certificate *tls.Certificate // for back ends that ask for one; nil: none
}

// compiler turns one deployment under one stage into a Stage, collecting every problem on the way.
type compiler struct {
	*stageInput
	api        *definition.RestAPI
	stage      *Stage
	models     *model.Set
	validators map[string]*model.Validator  // by model name, compiled when first used
	patterns   map[string]statusPattern     // by selection pattern
	events     map[string]*stageEvent       // by how they write empty maps
	guards     map[string]*lambdaAuthorizer // by authorizer id; nil for one with problems
	testing    bool                         // for one test invoke; see TestInvoke
	problems   definition.Problems
}

// statusPattern is a compiled selection pattern with the statuses it matches.
type statusPattern struct {
	regexp  *javaregex.Regexp
	matches statusBits
}

// Compile makes a deployment runnable under a stage. It returns every problem it finds; a deployment with problems does
// not go live, not even in part. What the service only notices when a request comes, such as a template that does not
// parse, is no problem here either. A canary of the stage must be on the same deployment; CompileCanary has others.
func Compile(env *Env, d *definition.Deployment, st *definition.Stage) (*Stage, definition.Problems) {
	return CompileCanary(env, d, nil, st)
}

// CompileCanary is Compile for a stage whose canary settings name another deployment than the stage's own. canary may be
// nil when they don't.
func CompileCanary(env *Env, d, canary *definition.Deployment, st *definition.Stage) (*Stage, definition.Problems) {
	in, problems := newStageInput(env, st)
	if len(problems) > 0 {
		return nil, problems
	}
	stage, problems := in.compile(d, st.Variables)
	if len(problems) > 0 {
		return nil, problems
	}
	if st.Canary != nil {
		if problems := in.compileCanary(stage, d, canary); len(problems) > 0 {
			return nil, problems
		}
	}
	return stage, nil
}

// newStageInput reads the settings of a stage and names what Gatehouse cannot do yet.
func newStageInput(env *Env, st *definition.Stage) (*stageInput, definition.Problems) {
	var problems definition.Problems
	at := stageOrigin(st.Name)
	in := &stageInput{env: env, definition: st, throttles: env.Throttles, caches: env.authorizerCaches()}
	if in.throttles == nil {
		in.throttles = traffic.NewThrottles()
	}
	var err error
	if in.settings, err = compileSettings(st.MethodSettings); err != nil {
		problems.Addf(at.At("methodSettings"), "%v", err)
	}
	if st.ClientCertificateID != "" {
		if in.certificate, err = env.clientCertificate(st.ClientCertificateID); err != nil {
			problems.Addf(at.At("clientCertificateId"), "%v", err)
		}
	}
	if st.CacheClusterEnabled {
		problems.Refusef(at.At("cacheClusterEnabled"), "the cache is not supported yet")
	}
	return in, problems
}

func stageOrigin(name string) definition.Origin {
	return definition.Origin{Path: "stages['" + name + "']"}
}

// compile makes one deployment runnable with the stage variables vars.
func (in *stageInput) compile(d *definition.Deployment, vars map[string]string) (*Stage, definition.Problems) {
	c := in.newCompiler(d, vars)
	c.refuseUnsupported()
	c.compileModels()
	c.stage.responses = c.compileGatewayResponses(c.api.GatewayResponses)
	for r := range c.api.Ordered() {
		c.compileResource(r)
	}
	if len(c.problems) > 0 {
		return nil, c.problems
	}
	return c.stage, nil
}

func (in *stageInput) newCompiler(d *definition.Deployment, vars map[string]string) *compiler {
	api := d.API
	c := &compiler{
		stageInput: in, api: api, validators: make(map[string]*model.Validator), patterns: make(map[string]statusPattern),
		events: make(map[string]*stageEvent), guards: make(map[string]*lambdaAuthorizer),
		stage: &Stage{
			env: in.env, apiID: api.ID, name: in.definition.Name, deploymentID: d.ID, endpointType: endpointType(api), vars: maps.Clone(vars),
			root: new(node), binary: compileBinaryTypes(api.BinaryMediaTypes), compressFrom: -1, closed: api.DisableExecuteAPIEndpoint,
		},
	}
	switch api.APIKeySource {
	case "", "HEADER":
	case "AUTHORIZER":
		c.stage.keyByAuthorizer = true
	default:
		c.problems.Addf(definition.Origin{Path: "apiKeySource"}, "%q is not an API key source: HEADER or AUTHORIZER", api.APIKeySource)
	}
	if api.MinimumCompressionSize != nil {
		c.stage.compressFrom = *api.MinimumCompressionSize
	}
	return c
}

func endpointType(api *definition.RestAPI) string {
	if len(api.EndpointConfiguration.Types) > 0 {
		return api.EndpointConfiguration.Types[0]
	}
	return "EDGE"
}

// refuseUnsupported names what the API asks for and Gatehouse cannot do yet.
func (c *compiler) refuseUnsupported() {
	if c.api.Policy != "" {
		c.problems.Refusef(c.api.PolicyOrigin, "resource policies are not supported yet")
	}
	if slices.Contains(c.api.EndpointConfiguration.Types, "PRIVATE") {
		c.problems.Refusef(c.api.EndpointConfiguration.Origin, "PRIVATE endpoints are not supported yet")
	}
}

func (c *compiler) compileModels() {
	schemas := make(map[string]string, len(c.api.Models))
	for name, m := range c.api.Models {
		schemas[name] = m.Schema
	}
	set, bad := model.NewSet(c.api.ID, schemas)
	for _, name := range slices.Sorted(maps.Keys(bad)) {
		c.problems.Addf(c.api.Models[name].Origin, "%v", bad[name])
	}
	c.models = set
}

// validator compiles a model when the first method uses it.
func (c *compiler) validator(name string) (*model.Validator, error) {
	if v := c.validators[name]; v != nil {
		return v, nil
	}
	v, err := c.models.Validator(name)
	if err == nil {
		c.validators[name] = v
	}
	return v, err
}

// compileResource hangs a resource into the routing tree, with its methods.
func (c *compiler) compileResource(r *definition.Resource) {
	n := c.stage.root.at(r.Path)
	n.id, n.path = r.ID, r.Path
	if len(r.Methods) == 0 {
		return
	}
	compiled := make(map[string]*method, len(r.Methods))
	for _, name := range slices.Sorted(maps.Keys(r.Methods)) {
		def := r.Methods[name]
		if name != "ANY" && verbOf(name) == noVerb {
			c.problems.Addf(def.Origin, "Invalid HttpMethod specified. Valid options are GET,PUT,POST,DELETE,PATCH,OPTIONS,HEAD,ANY")
			continue
		}
		compiled[name] = c.compileMethod(r, name, def)
	}
	c.compileSettledVerbs(r, compiled)
	n.declare(compiled)
}

// compileSettledVerbs gives verbs that only ANY serves a method of their own when the stage has settings for just them.
func (c *compiler) compileSettledVerbs(r *definition.Resource, compiled map[string]*method) {
	catchAll := r.Methods["ANY"]
	if catchAll == nil || len(c.problems) > 0 {
		return
	}
	for _, name := range c.settings.verbs(r.Path) {
		if compiled[name] == nil {
			compiled[name] = c.compileMethod(r, name, catchAll)
		}
	}
}

func (c *compiler) compileMethod(r *definition.Resource, name string, def *definition.Method) *method {
	m := &method{operation: def.OperationName}
	if def.Integration == nil {
		c.problems.Addf(def.Origin, "No integration defined for method")
		return m
	}
	mc := &methodCompiler{compiler: c, resource: r, name: name, def: def, own: c.settings.of(r.Path, name)}
	if !mc.prepare() {
		return m
	}
	mc.logging, mc.key = mc.compileLogging(), mc.compileKey()
	m.logging, m.keyRequired = mc.logging, mc.key != nil
	for _, row := range pipeline {
		if c.testing && !row.tested {
			continue
		}
		if s := row.build(mc); s != nil {
			m.steps = append(m.steps, s)
		}
	}
	if r.Methods[name] == def {
		c.stage.routes = append(c.stage.routes, Route{name, r.Path, def.Integration.Type, withStageVariables(def.Integration.URI, c.stage.vars)})
	}
	return m
}
