package policy

import (
	"regexp"

	"github.com/gatehouse-gateway/gatehouse/internal/control/lambda/statement"
	"github.com/gatehouse-gateway/gatehouse/internal/control/lambda/wire"
)

// statementOf writes the statement that a call asks for.
func statementOf(in *wire.AddPermissionRequest, resource string) (string, error) {
	who, ok := principal(*in.Principal)
	if !ok {
		return "", wire.Invalid("The provided principal was invalid. Please check the principal and try again.")
	}
	if in.FunctionUrlAuthType != nil && *in.Action != "lambda:InvokeFunctionUrl" {
		return "", wire.Invalid("FunctionUrlAuthType is only supported for lambda:InvokeFunctionUrl action")
	}
	s := statement.Statement{ID: *in.StatementId, Effect: "Allow", Principal: who, Action: *in.Action, Resource: resource, Condition: make(map[string]map[string]string)}
	condition := func(operator, key string, value *string) {
		if value == nil {
			return
		}
		if s.Condition[operator] == nil {
			s.Condition[operator] = make(map[string]string)
		}
		s.Condition[operator][key] = *value
	}
	condition("ArnLike", "AWS:SourceArn", in.SourceArn)
	condition("StringEquals", "AWS:SourceAccount", in.SourceAccount)
	condition("StringEquals", "lambda:FunctionUrlAuthType", in.FunctionUrlAuthType)
	condition("StringEquals", "aws:PrincipalOrgID", in.PrincipalOrgID)
	condition("StringEquals", "lambda:EventSourceToken", in.EventSourceToken)
	if wire.Value(in.InvokedViaFunctionUrl) {
		condition("Bool", "lambda:InvokedViaFunctionUrl", wire.Ptr("true"))
	}
	return s.Text()
}

var (
	accountID = regexp.MustCompile(`^\d{12}$`)
	iamARN    = regexp.MustCompile(`^arn:aws[a-zA-Z-]*:(iam|sts)::\d{12}:(root|(user|role|federated-user|assumed-role)/.+)$`)
	service   = regexp.MustCompile(`^[a-z0-9.-]+\.(amazonaws\.com(\.cn)?|amazon\.com)$`)
)

// principal is the element for who is named: everybody, an account, a user or role, a service. Whether a user exists is not
// asked. Spec: functions B5, recorded.
func principal(name string) (element any, ok bool) {
	switch {
	case name == "*":
		return name, true
	case accountID.MatchString(name):
		return map[string]string{"AWS": "arn:aws:iam::" + name + ":root"}, true
	case iamARN.MatchString(name):
		return map[string]string{"AWS": name}, true
	case service.MatchString(name):
		return map[string]string{"Service": name}, true
	}
	return nil, false
}
