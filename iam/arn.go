package iam

import (
	"errors"
	"fmt"
	"strings"
)

// arnFields is the number of fields of an ARN: arn:partition:service:region:account:resource. The last may hold colons.
const arnFields = 6

var errNoARN = errors.New(`is neither "*" nor an ARN of six fields (arn:partition:service:region:account:resource)`)

// An arn is the ARN of a request, cut once.
type arn struct {
	fields [arnFields]string
	ok     bool // false: text is not an ARN
}

func cutARN(text string) (a arn) {
	for i := range arnFields - 1 {
		field, rest, found := strings.Cut(text, ":")
		if !found {
			return arn{}
		}
		a.fields[i], text = field, rest
	}
	a.fields[arnFields-1] = text
	a.ok = a.fields[0] == "arn"
	return a
}

// An arnPattern matches ARNs field by field, so that a star never reaches past the end of its field. In the last field,
// the resource, it spans slashes and colons.
type arnPattern struct {
	everything bool
	fields     [arnFields]pattern
	whole      *pattern // instead of fields: variables only, which may stand for several fields
}

// compileResource reads a Resource. Variables are allowed in its last field only. Spec: access-control 6.4.
func compileResource(text string, variables bool) (arnPattern, error) {
	if text == "*" {
		return arnPattern{everything: true}, nil
	}
	cut := splitColons(text, variables)
	if len(cut) < arnFields || cut[0] != "arn" {
		return arnPattern{}, errNoARN
	}
	if variables {
		for _, field := range cut[:arnFields-1] {
			if strings.Contains(field, "${") {
				return arnPattern{}, errors.New("has a variable before the fifth colon")
			}
		}
	}
	return compileFields(cut, variables)
}

// compileARNValue reads the value of an Arn… condition, where variables are allowed everywhere.
func compileARNValue(text string, variables bool) (arnPattern, error) {
	if text == "*" {
		return arnPattern{everything: true}, nil
	}
	cut := splitColons(text, variables)
	if len(cut) == arnFields {
		return compileFields(cut, variables)
	}
	p, err := compilePattern(text, syntax{globs: true, variables: variables})
	if err != nil {
		return arnPattern{}, err
	}
	if len(p.variables) == 0 || p.wild() {
		return arnPattern{}, errNoARN
	}
	return arnPattern{whole: &p}, nil
}

func compileFields(cut []string, variables bool) (a arnPattern, err error) {
	for i, field := range cut {
		if a.fields[i], err = compilePattern(field, syntax{globs: true, variables: variables}); err != nil {
			return arnPattern{}, err
		}
	}
	return a, nil
}

// match reports whether the ARN fits; text is the same ARN as it came.
func (p *arnPattern) match(text string, a *arn, k *Keys) bool {
	switch {
	case p.everything:
		return true
	case p.whole != nil:
		return p.whole.match(text, k)
	case !a.ok:
		return false
	}
	for i := arnFields - 1; i >= 0; i-- { // from the end, where patterns differ
		if !p.fields[i].match(a.fields[i], k) {
			return false
		}
	}
	return true
}

// resolvable reports whether every variable has a value in this request.
func (p *arnPattern) resolvable(k *Keys) bool {
	return p.everything || p.fields[arnFields-1].resolvable(k)
}

// compileAction reads an Action: service:Verb in any case, or "*".
func compileAction(text string) (pattern, error) {
	service, verb, found := strings.Cut(text, ":")
	if text != "*" && (!found || service == "" || verb == "") {
		return pattern{}, fmt.Errorf(`is neither "*" nor of the form service:Action`)
	}
	return compilePattern(text, syntax{globs: true, fold: true})
}
