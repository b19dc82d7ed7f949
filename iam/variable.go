package iam

import (
	"errors"
	"fmt"
	"strings"
)

// A variable is ${key} or ${key, 'default'}.
type variable struct {
	key        string
	fallback   string
	hasDefault bool
}

var (
	errOpenVariable  = errors.New("has ${ without }")
	errEmptyVariable = errors.New("has ${} without a key")
	errManyVariables = fmt.Errorf("has more than %d different variables", maxVariables)
	errBadVariable   = errors.New("has a variable that is neither ${key} nor ${key, 'default'}")
)

// readVariable reads the variable at the beginning of text, and gives what follows. The special ones, ${*} ${?} ${$},
// are plain text.
func readVariable(text string) (atom, string, error) {
	body := text[len("${"):]
	end := strings.IndexByte(body, '}')
	if end < 0 {
		return atom{}, "", errOpenVariable
	}
	key, _, hasDefault := strings.Cut(body[:end], ",")
	if hasDefault {
		// The default may hold a brace: it ends at its quote.
		quoted := strings.TrimLeft(body[len(key)+1:], " ")
		if !strings.HasPrefix(quoted, "'") {
			return atom{}, "", errBadVariable
		}
		quoted = quoted[1:]
		if end = strings.IndexByte(quoted, '\''); end < 0 {
			return atom{}, "", errBadVariable
		}
		rest := strings.TrimLeft(quoted[end+1:], " ")
		if !strings.HasPrefix(rest, "}") {
			return atom{}, "", errBadVariable
		}
		v := variable{key: strings.TrimSpace(key), fallback: quoted[:end], hasDefault: true}
		return v.atom(rest[1:])
	}
	if key == "*" || key == "?" || key == "$" {
		return atom{text: key}, body[end+1:], nil
	}
	return variable{key: strings.TrimSpace(key)}.atom(body[end+1:])
}

func (v variable) atom(rest string) (atom, string, error) {
	if v.key == "" {
		return atom{}, "", errEmptyVariable
	}
	if strings.ContainsAny(v.key, "${}'*?") {
		return atom{}, "", errBadVariable
	}
	return atom{kind: atomVariable, variable: v}, rest, nil
}

// value gives what the variable stands for in this request. A key with several values has no value here.
// Spec: access-control 6.4.
func (v *variable) value(k *Keys) (string, bool) {
	values, multi := k.lookup(v.key)
	switch {
	case len(values) == 0 && v.hasDefault:
		return v.fallback, true
	case len(values) != 1 || multi:
		return "", false
	}
	return values[0].text(), true
}

// splitColons cuts text at its first five colons, leaving those inside variables alone.
func splitColons(text string, variables bool) []string {
	var fields []string
	start := 0
	for i := 0; i < len(text) && len(fields) < arnFields-1; {
		if variables && strings.HasPrefix(text[i:], "${") {
			_, rest, err := readVariable(text[i:])
			if err != nil {
				break // compilePattern will say what is wrong
			}
			i = len(text) - len(rest)
			continue
		}
		if text[i] == ':' {
			fields = append(fields, text[start:i])
			start = i + 1
		}
		i++
	}
	return append(fields, text[start:])
}
