// Package ident reads the names that clients call functions by: a name, a part of an ARN or a whole one, each with a qualifier or
// without. Spec: functions B1.
package ident

import (
	"strings"
)

// Name is a function identifier taken to pieces. What it does not say is "".
type Name struct {
	Region    string
	AccountID string
	Function  string
	Qualifier string
}

const (
	latest    = "$LATEST"
	published = "$LATEST.PUBLISHED"
)

// Parse reads an identifier: [arn:{partition}:lambda:][{region}:][{account}:][function:]{name}[:{qualifier}]. Like the service, it
// takes a part for a name only when it cannot be what may stand before a name: function is a function of that name.
func Parse(text string) (n Name, ok bool) {
	parts := strings.Split(text, ":")
	if len(parts) > 3 && parts[0] == "arn" && isPartition(parts[1]) && parts[2] == "lambda" {
		parts = parts[3:]
	}
	optional := []struct {
		is   func(string) bool
		into *string
	}{
		{isRegion, &n.Region}, {isAccount, &n.AccountID}, {func(s string) bool { return s == "function" }, new(string)},
	}
	var last *string // the optional part read last
	for _, o := range optional {
		if len(parts) > 1 && o.is(parts[0]) {
			*o.into, last, parts = parts[0], o.into, parts[1:]
		}
	}
	if len(parts) == 1 && isLatest(parts[0]) && last != nil {
		// Only a qualifier is left: what stands before it is the name.
		parts, *last = []string{*last, parts[0]}, ""
	}
	if len(parts) > 2 || !isName(parts[0]) {
		return Name{}, false
	}
	n.Function = parts[0]
	if len(parts) == 2 {
		n.Qualifier = parts[1]
		return n, isLatest(n.Qualifier) || isWord(n.Qualifier)
	}
	return n, true
}

// IsAlias reports whether a qualifier is the name of an alias: letters, digits, - and _, and not digits alone.
func IsAlias(qualifier string) bool { return isWord(qualifier) && !IsVersion(qualifier) }

// IsVersion reports whether a qualifier is the number of a version.
func IsVersion(qualifier string) bool {
	return qualifier != "" && strings.Trim(qualifier, "0123456789") == ""
}

func isLatest(s string) bool { return s == latest || s == published }

func isWord(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool { return !isLetter(r) && !isDigit(r) && r != '-' && r != '_' })
}

// isName lets a dot pass, as the service does: there is no such function.
func isName(s string) bool { return isWord(strings.ReplaceAll(s, ".", "-")) }

func isLetter(r rune) bool { return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' }

func isDigit(r rune) bool { return r >= '0' && r <= '9' }

func isPartition(s string) bool {
	rest, ok := strings.CutPrefix(s, "aws")
	return s == "" || ok && !strings.ContainsFunc(rest, func(r rune) bool { return !isLetter(r) && r != '-' })
}

func isAccount(s string) bool { return len(s) == 12 && IsVersion(s) }

// isRegion reports whether s is the name of a region: us-east-1, us-gov-west-1, us-isob-east-1, eusc-de-east-1.
func isRegion(s string) bool {
	s = strings.TrimPrefix(s, "eusc-")
	parts := strings.Split(s, "-")
	if len(parts) == 4 {
		if kind := strings.TrimPrefix(parts[1], "iso"); parts[1] != "gov" && (kind == parts[1] || len(kind) > 1 || !isLower(kind)) {
			return false
		}
		parts = append(parts[:1], parts[2:]...)
	}
	return len(parts) == 3 && len(parts[0]) == 2 && isLower(parts[0]) && parts[1] != "" && isLower(parts[1]) && len(parts[2]) == 1 && IsVersion(parts[2])
}

func isLower(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r < 'a' || r > 'z' })
}
