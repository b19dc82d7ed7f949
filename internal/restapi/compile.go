package restapi

import (
	"maps"
	"slices"
	"strings"

	"github.com/gatehouse-gateway/gatehouse/internal/definition"
	"github.com/gatehouse-gateway/gatehouse/internal/model"
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

// compiler turns one deployment under one stage into a Stage, collecting every problem on the way.
type compiler struct {
	env        *Env
	api        *definition.RestAPI
	settings   map[string]definition.MethodSettings
	stage      *Stage
	models     *model.Set
	validators map[string]*model.Validator // by model name, compiled when first used
	patterns   map[string]statusPattern    // by selection pattern
	problems   definition.Problems
}

// statusPattern is a compiled selection pattern with the statuses it matches.
type statusPattern struct {
	regexp  *javaregex.Regexp
	matches statusBits
}

// Compile makes a deployment runnable under a stage. It returns every problem it finds; a deployment with problems does
// not go live, not even in part. What the service only notices when a request comes, such as a template that does not
// parse, is no problem here either.
func Compile(env *Env, d *definition.Deployment, st *definition.Stage) (*Stage, definition.Problems) {
	api := d.API
	c := &compiler{
		env: env, api: api, settings: st.MethodSettings, validators: make(map[string]*model.Validator),
		patterns: make(map[string]statusPattern),
		stage: &Stage{
			env: env, apiID: api.ID, name: st.Name, deploymentID: d.ID, endpointType: endpointType(api), vars: maps.Clone(st.Variables),
			root: new(node), binary: compileBinaryTypes(api.BinaryMediaTypes), compressFrom: -1, closed: api.DisableExecuteAPIEndpoint,
		},
	}
	if api.MinimumCompressionSize != nil {
		c.stage.compressFrom = *api.MinimumCompressionSize
	}
	c.refuseUnsupported(st)
	c.compileModels()
	c.stage.responses = c.compileGatewayResponses(api.GatewayResponses)
	for r := range api.Ordered() {
		c.compileResource(r)
	}
	if len(c.problems) > 0 {
		return nil, c.problems
	}
	return c.stage, nil
}

func endpointType(api *definition.RestAPI) string {
	if len(api.EndpointConfiguration.Types) > 0 {
		return api.EndpointConfiguration.Types[0]
	}
	return "EDGE"
}

// refuseUnsupported names what the API or the stage asks for and Gatehouse cannot do yet.
func (c *compiler) refuseUnsupported(st *definition.Stage) {
	if c.api.Policy != "" {
		c.problems.Refusef(c.api.PolicyOrigin, "resource policies are not supported yet")
	}
	if slices.Contains(c.api.EndpointConfiguration.Types, "PRIVATE") {
		c.problems.Refusef(c.api.EndpointConfiguration.Origin, "PRIVATE endpoints are not supported yet")
	}
	if st.Canary != nil {
		c.problems.Refusef(c.api.Origin, "stage %s: canary settings are not supported yet", st.Name)
	}
	if st.ClientCertificateID != "" {
		c.problems.Refusef(c.api.Origin, "stage %s: client certificates are not supported yet", st.Name)
	}
	if st.CacheClusterEnabled {
		c.problems.Refusef(c.api.Origin, "stage %s: the cache is not supported yet", st.Name)
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
	n := c.stage.root
	for part := range strings.SplitSeq(strings.Trim(r.Path, "/"), "/") {
		if part != "" {
			n = n.add(part)
		}
	}
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
	n.declare(compiled)
}

func (c *compiler) compileMethod(r *definition.Resource, name string, def *definition.Method) *method {
	m := &method{operation: def.OperationName}
	if def.Integration == nil {
		c.problems.Addf(def.Origin, "No integration defined for method")
		return m
	}
	mc := &methodCompiler{compiler: c, resource: r, name: name, def: def}
	if !mc.prepare() {
		return m
	}
	settings, _ := mc.methodSettings()
	var err error
	if m.logging, err = compileLogging(settings); err != nil {
		c.problems.Addf(def.Origin, "%v", err)
	}
	for _, row := range pipeline {
		if s := row.build(mc); s != nil {
			m.steps = append(m.steps, s)
		}
	}
	c.stage.routes = append(c.stage.routes, Route{name, r.Path, def.Integration.Type, withStageVariables(def.Integration.URI, c.stage.vars)})
	return m
}
