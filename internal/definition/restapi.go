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
	ID          string    `json:"id,omitzero"`
	Name        string    `json:"name,omitzero"`
	Description string    `json:"description,omitzero"`
	Version     string    `json:"version,omitzero"`
	CreatedDate time.Time `json:"createdDate,omitzero"`

	// APIKeySource is HEADER or AUTHORIZER; "" means HEADER.
	APIKeySource string `json:"apiKeySource,omitzero"`
	// BinaryMediaTypes lists the media types whose payloads are bytes. Spec: rest-api 7.4.
	BinaryMediaTypes []string `json:"binaryMediaTypes,omitzero"`
	// MinimumCompressionSize is the body size in bytes from which answers are compressed; nil switches compression off.
	MinimumCompressionSize *int `json:"minimumCompressionSize,omitzero"`
	// DisableExecuteAPIEndpoint makes the default endpoint answer 403. Spec: rest-api 1.1.
	DisableExecuteAPIEndpoint bool                  `json:"disableExecuteApiEndpoint,omitzero"`
	EndpointConfiguration     EndpointConfiguration `json:"endpointConfiguration,omitzero"`
	// EndpointAccessMode is BASIC, STRICT or "".
	EndpointAccessMode string `json:"endpointAccessMode,omitzero"`
	// SecurityPolicy names a TLS policy, or is "".
	SecurityPolicy string `json:"securityPolicy,omitzero"`
	// Policy is the resource policy, a JSON text, or "".
	Policy       string            `json:"policy,omitzero"`
	PolicyOrigin Origin            `json:"policyOrigin,omitzero"`
	Tags         map[string]string `json:"tags,omitzero"`
	// Warnings are what the last import had to say.
	Warnings []string `json:"warnings,omitzero"`

	// Resources by id. The root always exists.
	Resources            map[string]*Resource         `json:"resources,omitzero"`
	Models               map[string]*Model            `json:"models,omitzero"`            // by name
	RequestValidators    map[string]*RequestValidator `json:"requestValidators,omitzero"` // by id
	Authorizers          map[string]*Authorizer       `json:"authorizers,omitzero"`       // by id
	GatewayResponses     map[string]*GatewayResponse  `json:"gatewayResponses,omitzero"`  // by response type; only customised ones
	Documentation        []DocumentationPart          `json:"documentation,omitzero"`
	DocumentationVersion string                       `json:"documentationVersion,omitzero"` // the one an import named

	Origin Origin `json:"origin,omitzero"`
}

// EndpointConfiguration says how clients reach the API.
type EndpointConfiguration struct {
	// Types holds EDGE, REGIONAL or PRIVATE; empty means EDGE.
	Types          []string `json:"types,omitzero"`
	VPCEndpointIDs []string `json:"vpcEndpointIds,omitzero"`
	// IPAddressType is ipv4, dualstack or "".
	IPAddressType string `json:"ipAddressType,omitzero"`
	Origin        Origin `json:"origin,omitzero"`
}

// Resource is a node of the path tree.
type Resource struct {
	ID       string             `json:"id,omitzero"`
	ParentID string             `json:"parentId,omitzero"` // "" for the root
	PathPart string             `json:"pathPart,omitzero"` // "" for the root; one segment, may be {name} or {name+}
	Path     string             `json:"path,omitzero"`     // from the root: "/pets/{petId}"
	Methods  map[string]*Method `json:"methods,omitzero"`
	Origin   Origin             `json:"origin,omitzero"`
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
	HTTPMethod string `json:"httpMethod,omitzero"`
	// AuthorizationType is NONE, AWS_IAM, CUSTOM or COGNITO_USER_POOLS.
	AuthorizationType   string   `json:"authorizationType,omitzero"`
	AuthorizerID        string   `json:"authorizerId,omitzero"`
	AuthorizationScopes []string `json:"authorizationScopes,omitzero"`
	APIKeyRequired      bool     `json:"apiKeyRequired,omitzero"`
	OperationName       string   `json:"operationName,omitzero"`
	RequestValidatorID  string   `json:"requestValidatorId,omitzero"`
	// RequestModels maps a media type (or $default) to a model name.
	RequestModels map[string]string `json:"requestModels,omitzero"`
	// RequestParameters maps method.request.{path|querystring|header}.NAME to whether it is required.
	RequestParameters map[string]bool            `json:"requestParameters,omitzero"`
	Responses         map[string]*MethodResponse `json:"responses,omitzero"` // by status code
	Integration       *Integration               `json:"integration,omitzero"`
	Origin            Origin                     `json:"origin,omitzero"`
}

// MethodResponse is a status code that the method may answer.
type MethodResponse struct {
	StatusCode         string            `json:"statusCode,omitzero"`
	ResponseParameters map[string]bool   `json:"responseParameters,omitzero"`
	ResponseModels     map[string]string `json:"responseModels,omitzero"`
	Origin             Origin            `json:"origin,omitzero"`
}

// Integration is what answers a method.
type Integration struct {
	// Type is HTTP, HTTP_PROXY, AWS, AWS_PROXY or MOCK.
	Type string `json:"type,omitzero"`
	// HTTPMethod is the verb towards the back end; "" or ANY: the client's.
	HTTPMethod        string `json:"httpMethod,omitzero"`
	URI               string `json:"uri,omitzero"`
	Credentials       string `json:"credentials,omitzero"`
	ConnectionType    string `json:"connectionType,omitzero"` // INTERNET, VPC_LINK or ""
	ConnectionID      string `json:"connectionId,omitzero"`
	IntegrationTarget string `json:"integrationTarget,omitzero"`
	// RequestParameters maps integration.request.{path|querystring|header}.NAME to a source expression.
	RequestParameters map[string]string `json:"requestParameters,omitzero"`
	// RequestTemplates maps a media type (or $default) to a mapping template.
	RequestTemplates map[string]string `json:"requestTemplates,omitzero"`
	// TemplateOrigins is where each of RequestTemplates was written, by media type.
	TemplateOrigins     map[string]Origin `json:"templateOrigins,omitzero"`
	PassthroughBehavior string            `json:"passthroughBehavior,omitzero"` // WHEN_NO_MATCH, WHEN_NO_TEMPLATES, NEVER
	ContentHandling     string            `json:"contentHandling,omitzero"`     // CONVERT_TO_TEXT, CONVERT_TO_BINARY or ""
	// TimeoutInMillis of the whole call, in milliseconds; 0 means the default.
	TimeoutInMillis      int      `json:"timeoutInMillis,omitzero"`
	CacheNamespace       string   `json:"cacheNamespace,omitzero"`
	CacheKeyParameters   []string `json:"cacheKeyParameters,omitzero"`
	ResponseTransferMode string   `json:"responseTransferMode,omitzero"` // BUFFERED, STREAM or ""
	// TLSConfig is nil when the definition has none.
	TLSConfig *TLSConfig                      `json:"tlsConfig,omitzero"`
	Responses map[string]*IntegrationResponse `json:"responses,omitzero"` // by status code
	Origin    Origin                          `json:"origin,omitzero"`
}

// TLSConfig says how an integration checks the certificate of its back end.
type TLSConfig struct {
	InsecureSkipVerification bool `json:"insecureSkipVerification,omitzero"`
}

// IntegrationResponse maps what the integration answered to a method response.
type IntegrationResponse struct {
	StatusCode       string `json:"statusCode,omitzero"`
	SelectionPattern string `json:"selectionPattern,omitzero"` // "" is the default entry
	// EmptyPattern says that an empty selection pattern was written, which is shown again. Spec: control-plane 8.5.
	EmptyPattern bool `json:"emptyPattern,omitzero"`
	// ResponseParameters maps method.response.header.NAME to a source expression.
	ResponseParameters map[string]string `json:"responseParameters,omitzero"`
	// ResponseTemplates maps a media type to a mapping template, in the order of TemplateOrder.
	ResponseTemplates map[string]string `json:"responseTemplates,omitzero"`
	// TemplateOrder lists the media types of ResponseTemplates as written: "first defined" matters. Spec: rest-api 10.4.
	TemplateOrder []string `json:"templateOrder,omitzero"`
	// TemplateOrigins is where each of ResponseTemplates was written, by media type.
	TemplateOrigins map[string]Origin `json:"templateOrigins,omitzero"`
	ContentHandling string            `json:"contentHandling,omitzero"`
	Origin          Origin            `json:"origin,omitzero"`
}

// Model is a JSON schema, draft 4.
type Model struct {
	ID          string `json:"id,omitzero"`
	Name        string `json:"name,omitzero"`
	Description string `json:"description,omitzero"`
	ContentType string `json:"contentType,omitzero"`
	Schema      string `json:"schema,omitzero"`
	Origin      Origin `json:"origin,omitzero"`
}

// RequestValidator says what of a request is validated.
type RequestValidator struct {
	ID                        string `json:"id,omitzero"`
	Name                      string `json:"name,omitzero"`
	ValidateRequestBody       bool   `json:"validateRequestBody,omitzero"`
	ValidateRequestParameters bool   `json:"validateRequestParameters,omitzero"`
	Origin                    Origin `json:"origin,omitzero"`
}

// Authorizer decides who may call a method.
type Authorizer struct {
	ID                           string `json:"id,omitzero"`
	Name                         string `json:"name,omitzero"`
	Type                         string `json:"type,omitzero"`     // TOKEN, REQUEST or COGNITO_USER_POOLS
	AuthType                     string `json:"authType,omitzero"` // as written in the import, lower case
	URI                          string `json:"uri,omitzero"`
	Credentials                  string `json:"credentials,omitzero"`
	IdentitySource               string `json:"identitySource,omitzero"`
	IdentityValidationExpression string `json:"identityValidationExpression,omitzero"`
	// ResultTTL in seconds; nil when the document does not say.
	ResultTTL    *int     `json:"resultTtlInSeconds,omitzero"`
	ProviderARNs []string `json:"providerARNs,omitzero"`
	Origin       Origin   `json:"origin,omitzero"`
}

// GatewayResponse is a customised answer of the gateway itself. Spec: rest-api 15.
type GatewayResponse struct {
	Type       string `json:"type,omitzero"`
	StatusCode string `json:"statusCode,omitzero"` // "" keeps the type's own
	// ResponseParameters maps gatewayresponse.header.NAME to a source expression.
	ResponseParameters map[string]string `json:"responseParameters,omitzero"`
	ResponseTemplates  map[string]string `json:"responseTemplates,omitzero"`
	TemplateOrder      []string          `json:"templateOrder,omitzero"`
	// TemplateOrigins is where each of ResponseTemplates was written, by media type.
	TemplateOrigins map[string]Origin `json:"templateOrigins,omitzero"`
	Origin          Origin            `json:"origin,omitzero"`
}

// DocumentationPart documents one part of an API.
type DocumentationPart struct {
	ID         string            `json:"id,omitzero"`
	Location   map[string]string `json:"location,omitzero"`
	Properties string            `json:"properties,omitzero"` // JSON text
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
