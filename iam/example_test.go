package iam_test

import (
	"fmt"
	"net/netip"

	"github.com/gatehouse-gateway/gatehouse/iam"
)

// An API that everyone may call, except from outside one network.
func Example() {
	policy, err := iam.Parse([]byte(`{
		"Version": "2012-10-17",
		"Statement": [
			{"Effect": "Allow", "Principal": "*", "Action": "execute-api:Invoke", "Resource": "arn:aws:execute-api:*:*:abc123/*"},
			{"Sid": "OfficeOnly", "Effect": "Deny", "Principal": "*", "Action": "execute-api:Invoke", "Resource": "*",
			 "Condition": {"NotIpAddress": {"aws:SourceIp": ["192.0.2.0/24", "2001:db8::/32"]}}}
		]}`), iam.Options{Kind: iam.Resource})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, peer := range []string{"192.0.2.7", "198.51.100.7"} {
		req := iam.Request{
			Action:   "execute-api:Invoke",
			Resource: "arn:aws:execute-api:us-east-1:123456789012:abc123/prod/GET/pets",
		}
		req.Context.Set("aws:SourceIp", iam.IP(netip.MustParseAddr(peer)))
		d := policy.Evaluate(&req)
		fmt.Print(peer, " ", d.Effect)
		if d.Statement != nil && d.Statement.Sid != "" {
			fmt.Print(" by ", d.Statement.Sid)
		}
		fmt.Println()
	}
	// Output:
	// 192.0.2.7 allowed
	// 198.51.100.7 explicitDeny by OfficeOnly
}

func ExampleParse_problems() {
	_, err := iam.Parse([]byte(`{"Statement": [{"Effect": "allow", "Action": "*", "Resource": "*"}]}`),
		iam.Options{Kind: iam.Identity})
	fmt.Println(err)
	// Output: invalid policy document: $.Statement[0].Effect: is "allow", want "Allow" or "Deny"
}

func ExampleSameAccount() {
	identity := iam.Decision{}                  // the authorizer's policy matches nothing
	resource := iam.Decision{Effect: iam.Allow} // the API's policy allows
	v := iam.SameAccount(identity, resource)
	fmt.Println(v.Effect, "by", v.By)
	// Output: allowed by resource-based policy
}
