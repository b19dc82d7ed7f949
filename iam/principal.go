package iam

import (
	"errors"
	"fmt"
	"strings"
)

type principalKind uint8

const (
	principalAnonymous principalKind = iota
	principalRoot
	principalUser
	principalSession   // of a role
	principalFederated // sts federated-user
	principalService
	principalWebIdentity
)

// A Principal is who makes the request. The zero value is the anonymous caller.
type Principal struct {
	kind    principalKind
	name    string // the ARN; of a service or web identity, its name
	account string
	role    string // of a session: the ARN of its role
}

// ErrPrincipal means that an ARN does not name somebody who can make a request.
var ErrPrincipal = errors.New("not a principal that makes requests")

// NewPrincipal is the caller with this ARN: the root user of an account, an IAM user, a session of a role
// (assumed-role), or a federated user. role is the ARN of the role, required for a session and empty for all others; it
// cannot be derived, because the ARN of a session lacks the path of the role. The error is an [ErrPrincipal].
func NewPrincipal(callerARN, role string) (Principal, error) {
	a := cutARN(callerARN)
	kind, name, _ := strings.Cut(a.fields[5], "/")
	p := Principal{name: callerARN, account: a.fields[4], role: role}
	switch service := a.fields[2]; {
	case !a.ok || !isAccount(p.account) || a.fields[3] != "":
		return Principal{}, fmt.Errorf("%s: %w", quote(callerARN), ErrPrincipal)
	case service == "iam" && a.fields[5] == "root":
		p.kind = principalRoot
	case service == "iam" && kind == "user" && name != "":
		p.kind = principalUser
	case service == "sts" && kind == "federated-user" && name != "":
		p.kind = principalFederated
	case service == "sts" && kind == "assumed-role" && name != "":
		p.kind = principalSession
	default:
		return Principal{}, fmt.Errorf("%s: %w", quote(callerARN), ErrPrincipal)
	}
	if (role != "") != (p.kind == principalSession) || role != "" && !isRoleOf(role, p.account, name) {
		return Principal{}, fmt.Errorf("%s with role %s: %w", quote(callerARN), quote(role), ErrPrincipal)
	}
	return p, nil
}

// isRoleOf reports whether the role ARN belongs to a session, which is written role/session.
func isRoleOf(role, account, session string) bool {
	a := cutARN(role)
	path, isRole := strings.CutPrefix(a.fields[5], "role/")
	name, of, found := strings.Cut(session, "/")
	return a.ok && isRole && found && name != "" && of != "" && !strings.Contains(of, "/") &&
		a.fields[2] == "iam" && a.fields[4] == account && path[strings.LastIndexByte(path, '/')+1:] == name
}

// ServicePrincipal is an AWS service, such as events.amazonaws.com, that calls on its own behalf.
func ServicePrincipal(name string) Principal { return Principal{kind: principalService, name: name} }

// WebIdentity is a caller that is known only to an identity provider, given as policies write it after "Federated".
func WebIdentity(provider string) Principal {
	return Principal{kind: principalWebIdentity, name: provider}
}

// Account is the account of the caller, "" when it has none.
func (p Principal) Account() string { return p.account }

// IsRoot reports whether the caller is the root user of its account.
func (p Principal) IsRoot() bool { return p.kind == principalRoot }

// String is what refusals call the principal: its ARN or name, or "anonymous".
func (p Principal) String() string {
	if p.kind == principalAnonymous {
		return "anonymous"
	}
	return p.name
}

func isAccount(s string) bool {
	const digits = 12
	return len(s) == digits && strings.Trim(s, "0123456789") == ""
}
