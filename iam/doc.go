// Package iam is the policy language of AWS Identity and Access Management: a parser that finds every mistake, an
// evaluator that only compares, and the tables that combine policies into a verdict. It serves identity policies,
// resource policies and the policies that Lambda authorizers return, and knows nothing of gateways.
//
//	policy, err := iam.Parse(document, iam.Options{Kind: iam.Resource})
//	…
//	req := iam.Request{Action: "execute-api:Invoke", Resource: methodARN}
//	req.Context.Set("aws:SourceIp", iam.IP(peer))
//	if policy.Evaluate(&req).Effect == iam.Allow { … }
//
// [Parse] does all reading: wildcards, ARNs, variables, CIDR blocks, dates. [Policy.Evaluate] cannot fail, allocates
// nothing for keys that are given in their own type, and its time is bounded by the length of the document times the
// length of the request. A [Policy] may be used by any number of goroutines.
//
//	phase     file                    from → to
//	read      json.go                 bytes → tree, strictly
//	parse     parse.go, parsecondition.go  tree → statements, or problems with their JSON paths
//	compile   pattern.go, arn.go, variable.go, operator.go, principalset.go   texts → matchers
//	evaluate  policy.go, statement.go, condition.go   policy + request → Decision
//	combine   combine.go              decisions → Verdict
//
// # What fails closed
//
// Explicit Deny always wins. What cannot be decided is decided against the caller:
//
//   - A document with any mistake is refused as a whole, and that includes what IAM stores without complaint but could
//     never match: a number that is none, an ARN with too few fields, an empty list, a member that stands twice.
//   - A nil policy, a request without action or resource, and the zero [Decision] deny.
//   - A value of the request that is not of the operator's type matches nothing. Under a negated operator a Deny then
//     applies and an Allow does not.
//   - A key with several values under an operator without set qualifier: an Allow needs all of them, a Deny one.
//   - NotResource with a variable that has no value: a Deny applies, an Allow does not.
//   - NotPrincipal in a Deny spares only callers whose account is listed too.
//
// Everything else about absent keys follows the language, which is less careful: negated operators, IfExists and
// ForAllValues hold when the key is absent.
//
// # What is not here
//
// Which keys a request has, abbreviations of resources (see Options.Expand), signatures, and the wording of refusals.
//
// Spec: access-control 6 and 8.3.
package iam
