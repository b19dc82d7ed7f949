package iam

import (
	"errors"
	"slices"
	"strings"
)

// A principalSet is a Principal or NotPrincipal element, ready to ask.
type principalSet struct {
	everyone  bool
	accounts  []string
	arns      []string // of users, roles and sessions
	services  []string
	providers []string
}

var errPrincipalARN = errors.New(`is not "*", an account id, or the ARN of an account, user, role or session`)

// principalTypes are the members of a principal object: what each accepts.
var principalTypes = map[string]func(*principalSet, string) error{
	"AWS":           (*principalSet).addAWS,
	"Service":       (*principalSet).addService,
	"Federated":     (*principalSet).addProvider,
	"CanonicalUser": (*principalSet).addCanonicalUser,
}

func (s *principalSet) addAWS(text string) error {
	if text == "*" {
		s.everyone = true
		return nil
	}
	if isAccount(text) {
		s.accounts = append(s.accounts, text)
		return nil
	}
	a := cutARN(text)
	if strings.ContainsAny(text, "*?") {
		return errors.New("has a wildcard inside a principal")
	}
	if !a.ok || !isAccount(a.fields[4]) || a.fields[3] != "" {
		return errPrincipalARN
	}
	kind, name, _ := strings.Cut(a.fields[5], "/")
	switch service := a.fields[2]; {
	case service == "iam" && a.fields[5] == "root":
		s.accounts = append(s.accounts, a.fields[4])
		return nil
	case name == "":
	case service == "iam" && (kind == "user" || kind == "role"),
		service == "sts" && kind == "federated-user",
		service == "sts" && kind == "assumed-role" && strings.Contains(name, "/"):
		s.arns = append(s.arns, text)
		return nil
	}
	return errPrincipalARN
}

func (s *principalSet) addService(text string) error {
	if !strings.Contains(text, ".") || strings.ContainsAny(text, "*?: ") {
		return errors.New("is not the name of a service, such as events.amazonaws.com")
	}
	s.services = append(s.services, text)
	return nil
}

func (s *principalSet) addProvider(text string) error {
	if text == "" || strings.ContainsAny(text, "*? ") {
		return errors.New("is not the name or ARN of an identity provider")
	}
	s.providers = append(s.providers, text)
	return nil
}

// addCanonicalUser accepts the name and keeps nothing: it never matches a call of an API. Spec: access-control 6.2.
func (s *principalSet) addCanonicalUser(text string) error {
	if text == "" || strings.ContainsAny(text, "*?") {
		return errors.New("is not a canonical user id")
	}
	return nil
}

// holds reports whether the caller is one of the set.
func (s *principalSet) holds(p *Principal) bool {
	switch {
	case s.everyone:
		return true
	case p.kind == principalAnonymous:
		return false
	case p.kind == principalService:
		return slices.Contains(s.services, p.name)
	case p.kind == principalWebIdentity:
		return slices.Contains(s.providers, p.name)
	}
	return slices.Contains(s.accounts, p.account) || slices.Contains(s.arns, p.name) ||
		p.role != "" && slices.Contains(s.arns, p.role)
}

// names reports whether the set holds the ARN of the caller itself, rather than its role, its account or everyone.
func (s *principalSet) names(p *Principal) bool {
	return p.account != "" && slices.Contains(s.arns, p.name)
}

// exempts reports whether a Deny with NotPrincipal spares the caller. A caller with an account is spared only when the
// account is listed too. Naming a role spares all its sessions, unless the set also names sessions of that role: then
// only those. Spec: access-control 6.2.
func (s *principalSet) exempts(p *Principal) bool {
	if s.everyone || p.account == "" {
		return s.holds(p)
	}
	if !slices.Contains(s.accounts, p.account) {
		return false
	}
	switch p.kind {
	case principalRoot:
		return true
	case principalSession:
		return slices.Contains(s.arns, p.role) && (s.names(p) || !s.listsSession(p))
	default:
		return s.names(p)
	}
}

// listsSession reports whether the set names any session of the caller's role.
func (s *principalSet) listsSession(p *Principal) bool {
	role := p.name[:strings.LastIndexByte(p.name, '/')+1]
	return slices.ContainsFunc(s.arns, func(arn string) bool { return strings.HasPrefix(arn, role) })
}
