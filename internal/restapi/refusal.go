package restapi

// responseType is a gateway response type. Spec: rest-api 15.1.
type responseType uint8

const (
	accessDenied responseType = iota
	apiConfigurationError
	authorizerConfigurationError
	authorizerFailure
	badRequestBody
	badRequestParameters
	default4XX
	default5XX
	expiredToken
	integrationFailure
	integrationTimeout
	invalidAPIKey
	invalidSignature
	missingAuthenticationToken
	quotaExceeded
	requestTooLarge
	resourceNotFound
	throttled
	unauthorized
	unsupportedMediaType
	wafFiltered
	responseTypes // how many there are
)

// typeRow is a row of the table of gateway responses.
type typeRow struct {
	name      string
	status    int // 0: the error's own
	errorType string
	message   string
	class     responseType // which DEFAULT_* it falls back to
}

// typeTable holds the rows in the order of the constants. Spec: rest-api 15.1.
var typeTable = [responseTypes]typeRow{
	{"ACCESS_DENIED", 403, "AccessDeniedException", "", default4XX},
	{"API_CONFIGURATION_ERROR", 500, "InternalServerErrorException", "Internal server error", default5XX},
	{"AUTHORIZER_CONFIGURATION_ERROR", 500, "AuthorizerConfigurationException", "", default5XX},
	{"AUTHORIZER_FAILURE", 500, "AuthorizerFailureException", "", default5XX},
	{"BAD_REQUEST_BODY", 400, "BadRequestException", "Invalid request body", default4XX},
	{"BAD_REQUEST_PARAMETERS", 400, "BadRequestException", "", default4XX},
	{"DEFAULT_4XX", 0, "", "", default4XX},
	{"DEFAULT_5XX", 0, "", "", default5XX},
	{"EXPIRED_TOKEN", 403, "ExpiredTokenException", "The security token included in the request is expired", default4XX},
	{"INTEGRATION_FAILURE", 504, "InternalServerErrorException", "Network error communicating with endpoint", default5XX},
	{"INTEGRATION_TIMEOUT", 504, "InternalServerErrorException", "Endpoint request timed out", default5XX},
	{"INVALID_API_KEY", 403, "ForbiddenException", "Forbidden", default4XX},
	{"INVALID_SIGNATURE", 403, "InvalidSignatureException", "", default4XX},
	{"MISSING_AUTHENTICATION_TOKEN", 403, "MissingAuthenticationTokenException", "Missing Authentication Token", default4XX},
	{"QUOTA_EXCEEDED", 429, "LimitExceededException", "Limit Exceeded", default4XX},
	{"REQUEST_TOO_LARGE", 413, "BadRequestException", "Request Too Long", default4XX},
	{"RESOURCE_NOT_FOUND", 404, "NotFoundException", "", default4XX},
	{"THROTTLED", 429, "TooManyRequestsException", "Too Many Requests", default4XX},
	{"UNAUTHORIZED", 401, "UnauthorizedException", "Unauthorized", default4XX},
	{"UNSUPPORTED_MEDIA_TYPE", 415, "BadRequestException", "Unsupported Media Type", default4XX},
	{"WAF_FILTERED", 403, "ForbiddenException", "Forbidden", default4XX},
}

func (t responseType) String() string { return typeTable[t].name }

// responseTypeOf finds a type by its name.
func responseTypeOf(name string) (responseType, bool) {
	for t, row := range typeTable {
		if row.name == name {
			return responseType(t), true
		}
	}
	return 0, false
}

// refusal is a step's no: which gateway response answers, with what.
type refusal struct {
	kind       responseType
	status     int
	errorType  string
	message    string
	validation string // $context.error.validationErrorString
	spaced     bool   // the built-in body has a space after the colon: the integration phase. Spec: rest-api 0.
	plain      bool   // a transport answer that nothing can customise: message is the whole text/plain body
	fixed      bool   // no deployment is known, so nothing can customise it
	reason     string // for the operator; never for the client
}

// refuse makes the refusal that the table describes for t.
func refuse(t responseType) *refusal {
	row := &typeTable[t]
	return &refusal{kind: t, status: row.status, errorType: row.errorType, message: row.message}
}

// The refusals that never vary are made once; because carries what the operator should know.
var (
	noSuchRoute    = refuse(missingAuthenticationToken)
	forbidden      = &refusal{kind: default4XX, status: 403, errorType: "ForbiddenException", message: "Forbidden", fixed: true}
	wrongMediaType = spaced(refuse(unsupportedMediaType))
	badEncoding    = refuse(unsupportedMediaType)
	badQueryText   = &refusal{kind: default4XX, status: 400, errorType: "BadRequestException", message: "Bad Request", fixed: true}
	badJSONBody    = &refusal{kind: default4XX, status: 400, errorType: "BadRequestException", message: "Invalid JSON in request body", spaced: true}
	overloaded     = &refusal{kind: default5XX, status: 503, errorType: "ServiceUnavailableException", message: "Service Unavailable",
		reason: "the limit \"payloads in memory\" is reached"}
	payloadTooLarge = &refusal{kind: default4XX, status: 413, plain: true, message: "HTTP content length exceeded 10485760 bytes."}
)

func spaced(r *refusal) *refusal {
	r.spaced = true
	return r
}

// misconfigured is the answer to a definition that cannot do what this request needs: 500, the reason in the log only.
func misconfigured(reason string) *refusal {
	r := spaced(refuse(apiConfigurationError))
	r.reason = "Execution failed due to configuration error: " + reason
	return r
}

// internal is a generic 500 of the integration phase.
func internal(reason string) *refusal {
	return &refusal{kind: default5XX, status: 500, errorType: "InternalServerErrorException", message: "Internal server error", spaced: true, reason: reason}
}

// byAuthorizer reports whether an authorizer is why.
func (r *refusal) byAuthorizer() bool {
	switch r.kind {
	case accessDenied, unauthorized, authorizerFailure, authorizerConfigurationError:
		return true
	}
	return false
}

// because is r with a reason of its own.
func (r *refusal) because(err error) *refusal { return r.with(err.Error()) }

// with is because for a text.
func (r *refusal) with(reason string) *refusal {
	c := *r
	c.reason = reason
	return &c
}
