package functions

import (
	"errors"
	"fmt"
	"strings"
)

// Latest is the qualifier of the version that can be changed.
const Latest = "$LATEST"

// Ref names a function, or with a qualifier one version or alias of it.
type Ref struct {
	AccountID, Region, Name string
	Qualifier               string // "" is Latest, as far as running it goes
}

// ErrInvalidARN means that a text is not the ARN of a function.
var ErrInvalidARN = errors.New("not the ARN of a Lambda function")

// ParseARN reads arn:{partition}:lambda:{region}:{account}:function:{name}[:{qualifier}].
func ParseARN(arn string) (Ref, error) {
	fields := strings.Split(arn, ":")
	if (len(fields) != 7 && len(fields) != 8) || fields[0] != "arn" || fields[2] != "lambda" || fields[5] != "function" {
		return Ref{}, fmt.Errorf("%w: %q", ErrInvalidARN, arn)
	}
	ref := Ref{AccountID: fields[4], Region: fields[3], Name: fields[6]}
	if len(fields) == 8 {
		ref.Qualifier = fields[7]
	}
	if ref.Region == "" || ref.Name == "" || len(ref.AccountID) != 12 || len(fields) == 8 && ref.Qualifier == "" {
		return Ref{}, fmt.Errorf("%w: %q", ErrInvalidARN, arn)
	}
	return ref, nil
}

// ARN is the ARN of what r names, with the qualifier if it has one.
func (r Ref) ARN() string {
	arn := "arn:aws:lambda:" + r.Region + ":" + r.AccountID + ":function:" + r.Name
	if r.Qualifier != "" {
		arn += ":" + r.Qualifier
	}
	return arn
}
