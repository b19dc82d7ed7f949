package lambdaauth

import (
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"strings"

	"github.com/gatehouse-gateway/gatehouse/iam"
	"github.com/gatehouse-gateway/gatehouse/jsontree"
)

// Result is what an authorizer function answered. It does not change and may be shared.
type Result struct {
	PrincipalID string
	Policy      *iam.Policy
	Context     []Value // in the order of the answer, without null
	// UsageIdentifier is the API key that the answer names; its zero value is none.
	UsageIdentifier Secret
}

// Value is a member of the context; numbers and booleans are text. Spec: access-control 2.5.
type Value struct{ Name, Value string }

// Secret holds the value of an API key. It can be used, never printed.
type Secret struct{ value string }

func (Secret) String() string       { return "[secret]" }
func (Secret) GoString() string     { return "[secret]" }
func (Secret) LogValue() slog.Value { return slog.StringValue("[secret]") }

// Value gives the key, "" when there is none.
func (s Secret) Value() string { return s.value }

// ErrInvalid is what every error of Parse is: the answer is not one that can decide anything.
var ErrInvalid = errors.New("invalid authorizer answer")

// jsonDepth is how deep an answer may nest. A policy needs seven levels.
const jsonDepth = 32

// Parse reads the answer of an authorizer function, which may have up to maxBytes bytes. Members that it does not know are
// passed over, as on the service. The result keeps nothing of payload. The error is an ErrInvalid, and for a wrong policy also what iam says about it.
func Parse(payload []byte, maxBytes int) (*Result, error) {
	return new(policies).read(payload, maxBytes)
}

func (p *policies) read(payload []byte, maxBytes int) (*Result, error) {
	if len(payload) > maxBytes {
		return nil, fmt.Errorf("%w: %d bytes; the limit \"authorizer result\" is %d", ErrInvalid, len(payload), maxBytes)
	}
	answer, err := object(payload)
	if err != nil {
		return nil, err
	}
	r := new(Result)
	if r.PrincipalID, err = text(answer, "principalId", true); err != nil {
		return nil, err
	}
	if r.UsageIdentifier.value, err = text(answer, "usageIdentifierKey", false); err != nil {
		return nil, err
	}
	if r.Context, err = contextOf(answer); err != nil {
		return nil, err
	}
	document, ok := answer.Get("policyDocument")
	if _, isObject := document.(*jsontree.Object); !ok || !isObject {
		return nil, fmt.Errorf("%w: policyDocument is no object", ErrInvalid)
	}
	if r.Policy, err = p.parse(jsontree.Append(nil, document), 2*maxBytes); err != nil {
		return nil, fmt.Errorf("%w: policyDocument: %w", ErrInvalid, err)
	}
	return r, nil
}

func object(payload []byte) (*jsontree.Object, error) {
	v, err := jsontree.Parse(payload, jsontree.Limits{Depth: jsonDepth})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	o, ok := v.(*jsontree.Object)
	if !ok {
		return nil, fmt.Errorf("%w: it is no object", ErrInvalid)
	}
	return o, nil
}

// text reads a member that is a string. One that is optional may also be null.
func text(answer *jsontree.Object, name string, required bool) (string, error) {
	v, _ := answer.Get(name)
	switch v := v.(type) {
	case string:
		return strings.Clone(v), nil
	case nil, jsontree.Null:
		if !required {
			return "", nil
		}
	}
	return "", fmt.Errorf("%w: %s is no string", ErrInvalid, name)
}

func contextOf(answer *jsontree.Object) ([]Value, error) {
	v, _ := answer.Get("context")
	switch v := v.(type) {
	case nil, jsontree.Null:
		return nil, nil
	case *jsontree.Object:
		return values(v)
	}
	return nil, fmt.Errorf("%w: context is no object", ErrInvalid)
}

// values are the members of a context. Those that the gateway has itself are not taken from it.
func values(context *jsontree.Object) ([]Value, error) {
	all := make([]Value, 0, context.Len())
	for name, v := range context.All() {
		if name == "principalId" || name == "integrationLatency" {
			continue
		}
		switch v := v.(type) {
		case string:
			all = append(all, Value{strings.Clone(name), strings.Clone(v)})
		case jsontree.Number:
			all = append(all, Value{strings.Clone(name), strings.Clone(v.String())})
		case bool:
			all = append(all, Value{strings.Clone(name), strconv.FormatBool(v)})
		case jsontree.Null: // as if it were not there
		default:
			return nil, fmt.Errorf("%w: context.%s is neither string, number nor boolean", ErrInvalid, name)
		}
	}
	return all, nil
}

// PolicyDocument is the policy of an answer that Parse accepts, as JSON without blanks.
func PolicyDocument(payload []byte) string {
	answer, err := object(payload)
	if err != nil {
		return ""
	}
	document, _ := answer.Get("policyDocument")
	return string(jsontree.Append(nil, document))
}

// FunctionError is the error that a function answered with.
type FunctionError struct{ Message, Type string }

// ParseError reads the payload of a function error; what is not there is "".
func ParseError(payload []byte) FunctionError {
	answer, err := object(payload)
	if err != nil {
		return FunctionError{}
	}
	var e FunctionError
	message, _ := answer.Get("errorMessage")
	e.Message, _ = message.(string)
	kind, _ := answer.Get("errorType")
	e.Type, _ = kind.(string)
	return e
}

// Unauthorized reports whether the function said that nobody may pass with this identity: with this very text. Spec:
// access-control 2.4.
func (e FunctionError) Unauthorized() bool { return e.Message == "Unauthorized" }

// TimedOut reports whether the function took longer than it may. Spec: functions D3.
func (e FunctionError) TimedOut() bool { return e.Type == "Sandbox.Timedout" }
