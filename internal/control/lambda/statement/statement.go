// Package statement writes the statements of the policies that functions and layers have. Spec: functions B5.
package statement

import (
	"encoding/json"
	"strings"

	"github.com/gatehouse-gateway/gatehouse/awsproto"
	"github.com/gatehouse-gateway/gatehouse/iam"
	"github.com/gatehouse-gateway/gatehouse/internal/control/lambda/wire"
	"github.com/gatehouse-gateway/gatehouse/internal/definition"
)

// Statement is a statement as it is stored and returned. The members come in this order: recorded for functions, unconfirmed for layers.
type Statement struct {
	ID        string                       `json:"Sid"`
	Effect    string                       `json:"Effect"`
	Principal any                          `json:"Principal"`
	Action    string                       `json:"Action"`
	Resource  string                       `json:"Resource"`
	Condition map[string]map[string]string `json:"Condition,omitempty"`
}

// Text is the statement as JSON.
func (s Statement) Text() (string, error) {
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	err := enc.Encode(s)
	return strings.TrimSuffix(b.String(), "\n"), err
}

// maxPolicy is the greatest policy document, in bytes. Spec: functions D2.
const maxPolicy = 20480

// Check refuses a policy that is too large or cannot be evaluated.
func Check(p *definition.FunctionPolicy) error {
	text := p.Document()
	if len(text) > maxPolicy {
		return awsproto.NewError(400, "PolicyLengthExceededException", "The final policy size is bigger than the limit (20480).")
	}
	if _, err := iam.Parse([]byte(text), iam.Options{Kind: iam.Resource}); err != nil {
		return wire.Invalid("The statement cannot be evaluated: %v", err)
	}
	return nil
}
