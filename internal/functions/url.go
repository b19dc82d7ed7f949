package functions

// URL is an HTTP address of a function or of an alias of it, as it is served. Spec: functions B7.
type URL struct {
	ID string
	// IAM is the auth type AWS_IAM: callers sign. Others may be anybody whom the policy allows.
	IAM bool
	// Stream is the invoke mode RESPONSE_STREAM.
	Stream bool
	CORS   *CORS // nil: the function answers pages of browsers itself
}

// CORS says which pages of browsers may use a URL.
type CORS struct {
	AllowCredentials bool
	AllowHeaders     []string
	AllowMethods     []string
	AllowOrigins     []string
	ExposeHeaders    []string
	MaxAge           *int // seconds; nil: browsers decide
}
