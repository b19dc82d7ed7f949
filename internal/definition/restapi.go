package definition

import (
	"iter"
	"maps"
	"slices"
	"strings"
	"time"
)

// RestAPI is the definition of one REST API: a tree of resources with methods, and all that they share.
type RestAPI struct {
	ID          string
	Name        string
	Description string
	Version     string
	CreatedDate time.Time

	// APIKeySource is HEADER or AUTHORIZER; "" means HEADER.
	APIKeySource string
	// BinaryMediaTypes lists the media types whose payloads are bytes. Spec: rest-api 7.4.
	BinaryMediaTypes []string
	// MinimumCompressionSize is the body size in bytes from which answers are compressed; nil switches compression off.
	MinimumCompressionSize *int
	// DisableExecuteAPIEndpoint makes the default endpoint answer 403. Spec: rest-api 1.1.
	DisableExecuteAPIEndpoint bool
	EndpointConfiguration     EndpointConfiguration
	// EndpointAccessMode is BASIC, STRICT or "".
	EndpointAccessMode string
	// SecurityPolicy names a TLS policy, or is "".
	SecurityPolicy string
	// Policy is the resource policy, a JSON text, or "".
	Policy       string
	PolicyOrigin Origin
	Tags         map[string]string
	// Warnings are what the last import had to say.
	Warnings []string

	// Resources by id. The root always exists.
	Resources            map[string]*Resource
	Models               map[string]*Model            // by name
	RequestValidators    map[string]*RequestValidator // by id
	Authorizers          map[string]*Authorizer       // by id
	GatewayResponses     map[string]*GatewayResponse  // by response type; only customised ones
	Documentation        []DocumentationPart
	DocumentationVersion string

	Origin Origin
}

// EndpointConfiguration says how clients reach the API.
type EndpointConfiguration struct {
	// Types holds EDGE, REGIONAL or PRIVATE; empty means EDGE.
	Types          []string
	VPCEndpointIDs []string
	// IPAddressType is ipv4, dualstack or "".
	IPAddressType string
	Origin        Origin
}

// Resource is a node of the path tree.
type Resource struct {
	ID       string
	ParentID string // "" for the root
	PathPart string // "" for the root; one segment, may be {name} or {name+}
	Path     string // from the root: "/pets/{petId}"
	Methods  map[string]*Method
	Origin   Origin
}

// Greedy reports whether the resource takes the rest of the path: {name+}.
func (r *Resource) Greedy() bool { return strings.HasSuffix(r.PathPart, "+}") }

// Variable is the name of the path parameter that the resource declares, or "".
func (r *Resource) Variable() string {
	if !strings.HasPrefix(r.PathPart, "{") {
		return ""
	}
	return strings.TrimSuffix(strings.Trim(r.PathPart, "{}"), "+")
}

// Method is a verb (or ANY) on a resource: the method request, its responses and its integration.
type Method struct {
	HTTPMethod string
	// AuthorizationType is NONE, AWS_IAM, CUSTOM or COGNITO_USER_POOLS.
	AuthorizationType   string
	AuthorizerID        string
	AuthorizationScopes []string
	APIKeyRequired      bool
	OperationName       string
	RequestValidatorID  string
	// RequestModels maps a media type (or $default) to a model name.
	RequestModels map[string]string
	// RequestParameters maps method.request.{path|querystring|header}.NAME to whether it is required.
	RequestParameters map[string]bool
	Responses         map[string]*MethodResponse // by status code
	Integration       *Integration
	Origin            Origin
}

// MethodResponse is a status code that the method may answer.
type MethodResponse struct {
	StatusCode         string
	ResponseParameters map[string]bool
	ResponseModels     map[string]string
	Origin             Origin
}

// Integration is what answers a method.
type Integration struct {
	// Type is HTTP, HTTP_PROXY, AWS, AWS_PROXY or MOCK.
	Type string
	// HTTPMethod is the verb towards the back end; "" or ANY: the client's.
	HTTPMethod        string
	URI               string
	Credentials       string
	ConnectionType    string // INTERNET, VPC_LINK or ""
	ConnectionID      string
	IntegrationTarget string
	// RequestParameters maps integration.request.{path|querystring|header}.NAME to a source expression.
	RequestParameters map[string]string
	// RequestTemplates maps a media type (or $default) to a mapping template.
	RequestTemplates map[string]string
	// TemplateOrigins is where each of RequestTemplates was written, by media type.
	TemplateOrigins     map[string]Origin
	PassthroughBehavior string // WHEN_NO_MATCH, WHEN_NO_TEMPLATES, NEVER
	ContentHandling     string // CONVERT_TO_TEXT, CONVERT_TO_BINARY or ""
	// TimeoutInMillis of the whole call, in milliseconds; 0 means the default.
	TimeoutInMillis      int
	CacheNamespace       string
	CacheKeyParameters   []string
	ResponseTransferMode string // BUFFERED, STREAM or ""
	InsecureSkipVerify   bool
	Responses            map[string]*IntegrationResponse // by status code
	Origin               Origin
}

// IntegrationResponse maps what the integration answered to a method response.
type IntegrationResponse struct {
	StatusCode       string
	SelectionPattern string // "" is the default entry
	// ResponseParameters maps method.response.header.NAME to a source expression.
	ResponseParameters map[string]string
	// ResponseTemplates maps a media type to a mapping template, in the order of TemplateOrder.
	ResponseTemplates map[string]string
	// TemplateOrder lists the media types of ResponseTemplates as written: "first defined" matters. Spec: rest-api 10.4.
	TemplateOrder []string
	// TemplateOrigins is where each of ResponseTemplates was written, by media type.
	TemplateOrigins map[string]Origin
	ContentHandling string
	Origin          Origin
}

// Model is a JSON schema, draft 4.
type Model struct {
	ID          string
	Name        string
	Description string
	ContentType string
	Schema      string
	Origin      Origin
}

// RequestValidator says what of a request is validated.
type RequestValidator struct {
	ID                        string
	Name                      string
	ValidateRequestBody       bool
	ValidateRequestParameters bool
	Origin                    Origin
}

// Authorizer decides who may call a method.
type Authorizer struct {
	ID                           string
	Name                         string
	Type                         string // TOKEN, REQUEST or COGNITO_USER_POOLS
	AuthType                     string // as written in the import, lower case
	URI                          string
	Credentials                  string
	IdentitySource               string
	IdentityValidationExpression string
	// ResultTTL in seconds; nil when the document does not say.
	ResultTTL    *int
	ProviderARNs []string
	Origin       Origin
}

// GatewayResponse is a customised answer of the gateway itself. Spec: rest-api 15.
type GatewayResponse struct {
	Type       string
	StatusCode string // "" keeps the type's own
	// ResponseParameters maps gatewayresponse.header.NAME to a source expression.
	ResponseParameters map[string]string
	ResponseTemplates  map[string]string
	TemplateOrder      []string
	// TemplateOrigins is where each of ResponseTemplates was written, by media type.
	TemplateOrigins map[string]Origin
	Origin          Origin
}

// DocumentationPart documents one part of an API.
type DocumentationPart struct {
	Location   map[string]string
	Properties string // JSON text
}

// Root returns the resource "/", or nil in a document that is not whole.
func (a *RestAPI) Root() *Resource { return a.ResourceAt("/") }

// ResourceAt returns the resource with this path template, or nil.
func (a *RestAPI) ResourceAt(path string) *Resource {
	for _, r := range a.Resources {
		if r.Path == path {
			return r
		}
	}
	return nil
}

// Ordered yields the resources by path, so that everything made from them is the same every time.
func (a *RestAPI) Ordered() iter.Seq[*Resource] {
	all := slices.SortedFunc(maps.Values(a.Resources), func(x, y *Resource) int { return strings.Compare(x.Path, y.Path) })
	return slices.Values(all)
}
