package render

import (
	"errors"
	"fmt"
	"strings"

	"github.com/gatehouse-gateway/gatehouse/jsontree"
)

// Context is a sample of $context: values by dotted name.
type Context struct {
	values map[string]string
	order  []string
}

// sampleContext is what a template sees of $context unless the sample says otherwise: the variables that every request of
// an open method has. Spec: mapping-templates 10.
var sampleContext = [][2]string{
	{"resourceId", "abc123"}, {"resourcePath", "/"}, {"httpMethod", "GET"}, {"extendedRequestId", "AAAAAAAAAAAAAAA="},
	{"requestTime", "09/Apr/2015:12:34:56 +0000"}, {"path", "/test/"}, {"accountId", "000000000000"}, {"protocol", "HTTP/1.1"},
	{"stage", "test"}, {"domainPrefix", "abcdefghij"}, {"requestTimeEpoch", "1428582896000"},
	{"requestId", "00000000-0000-4000-8000-000000000000"}, {"domainName", "abcdefghij.execute-api.us-east-1.localhost"},
	{"deploymentId", "dep123"}, {"apiId", "abcdefghij"}, {"identity.sourceIp", "127.0.0.1"}, {"identity.userAgent", "gatehouse"},
}

// emptyIdentity are the members of identity that are there without a value on an open method. Recorded.
var emptyIdentity = []string{"cognitoIdentityPoolId", "accountId", "cognitoIdentityId", "caller", "principalOrgId", "accessKey",
	"cognitoAuthenticationType", "cognitoAuthenticationProvider", "userArn", "user"}

// NewContext is the context of an open method on a stage called test.
func NewContext() *Context {
	c := &Context{values: make(map[string]string)}
	for _, kv := range sampleContext {
		c.Set(kv[0], kv[1])
	}
	return c
}

// Set gives a variable a value; name is dotted, without "$context.".
func (c *Context) Set(name, value string) {
	if _, known := c.values[name]; !known {
		c.order = append(c.order, name)
	}
	c.values[name] = value
}

// merge takes over an object of variables, nested ones with dotted names.
func (c *Context) merge(prefix string, v jsontree.Value) error {
	obj, ok := v.(*jsontree.Object)
	if !ok {
		return errors.New("must be an object")
	}
	for name, member := range obj.All() {
		full := prefix + name
		if _, nested := member.(*jsontree.Object); nested {
			if err := c.merge(full+".", member); err != nil {
				return err
			}
			continue
		}
		if _, null := member.(jsontree.Null); null {
			delete(c.values, full)
			continue
		}
		value, err := scalar(member)
		if err != nil {
			return fmt.Errorf("%s: %w", full, err)
		}
		c.Set(full, value)
	}
	return nil
}

// Var gives a template a variable.
func (c *Context) Var(name string) (string, bool) {
	v, ok := c.values[name]
	return v, ok
}

// Members lists the names below a prefix.
func (c *Context) Members(prefix string) []string {
	if prefix != "" {
		prefix += "."
	}
	var names []string
	seen := make(map[string]bool)
	add := func(name string) {
		if name != "" && !seen[name] {
			seen[name] = true
			names = append(names, name)
		}
	}
	for _, full := range c.order {
		if rest, ok := strings.CutPrefix(full, prefix); ok {
			if _, there := c.values[full]; there {
				first, _, _ := strings.Cut(rest, ".")
				add(first)
			}
		}
	}
	if prefix == "identity." {
		for _, name := range emptyIdentity {
			add(name)
		}
	}
	if prefix == "authorizer." && names == nil {
		return []string{} // a map without members, as on an open method
	}
	return names
}
