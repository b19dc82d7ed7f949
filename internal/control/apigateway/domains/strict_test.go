package domains_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/gatehouse-gateway/gatehouse/internal/control/apigateway/apitest"
	"github.com/gatehouse-gateway/gatehouse/internal/control/apigateway/wire"
)

func TestNoMemberOfANewDomainNameIsDropped(t *testing.T) {
	s := apitest.New(t, bind)
	for send, message := range map[string]string{
		regional + `,"mutualTlsAuthentication":{"truststoreVersion":"1"}}`:                                                                       "mutual TLS (mutualTlsAuthentication) is not supported by Gatehouse yet",
		`{"domainName":"a.example.com","regionalCertificateArn":"x","endpointConfiguration":{"types":["REGIONAL"],"vpcEndpointIds":["vpce-1"]}}`: "endpointConfiguration vpcEndpointIds of a domain name is not supported by Gatehouse yet",
	} {
		s.Check(t, apitest.Want{Name: send, Line: "POST /domainnames", Send: send, Status: 400, Type: badRequest, Message: message})
	}
	s.Check(t, apitest.Want{Line: "GET /domainnames", Status: 200, Body: `{"item":[]}`})
}

// TestSecurityPolicyIsOneOfTheModel: what CreateDomainName takes, UpdateDomainName takes, and no more.
func TestSecurityPolicyIsOneOfTheModel(t *testing.T) {
	s := apitest.New(t, bind)
	s.Call(t, "POST /domainnames", regional+"}")
	model, err := wire.ServiceModel()
	if err != nil {
		t.Fatal(err)
	}
	const at = "PATCH /domainnames/api.example.com"
	policies := model.Shapes["SecurityPolicy"].Enum
	for _, policy := range policies {
		if got := s.Call(t, at, patch(op("replace", "/securityPolicy", policy))); got.Status != 200 || got.String("securityPolicy") != policy {
			t.Errorf("%s: got %d %s", policy, got.Status, got.Text)
		}
	}
	for _, policy := range []string{"", "TLS_1_3", "tls_1_2"} {
		got := s.Call(t, at, patch(op("replace", "/securityPolicy", policy)))
		if got.Status != 400 || got.String("message") != "Invalid securityPolicy specified. Valid options are "+strings.Join(policies, ",") {
			t.Errorf("%q: got %d %s", policy, got.Status, got.Text)
		}
	}
	if got := s.Call(t, "GET /domainnames/api.example.com", "").String("securityPolicy"); got != policies[len(policies)-1] {
		t.Errorf("a refused patch left %s", got)
	}
}

func TestEndpointTypesAreASet(t *testing.T) {
	s := apitest.New(t, bind)
	types := func(a apitest.Answer) string {
		t.Helper()
		e, _ := a.Body["endpointConfiguration"].(map[string]any)
		return fmt.Sprintf("%d %v", a.Status, e["types"])
	}
	twice := strings.Replace(regional, `["REGIONAL"]`, `["REGIONAL","REGIONAL"]`, 1)
	if got := types(s.Call(t, "POST /domainnames", twice+"}")); got != "201 [REGIONAL]" {
		t.Errorf("created with a type twice: got %s", got)
	}
	const at = "PATCH /domainnames/api.example.com"
	for _, c := range []struct{ ops, want string }{
		{op("add", "/endpointConfiguration/types", "REGIONAL"), "200 [REGIONAL]"},
		{op("add", "/endpointConfiguration/types", "EDGE") + "," + op("add", "/certificateArn", certARN), "200 [REGIONAL EDGE]"},
		{op("replace", "/endpointConfiguration/types/EDGE", "REGIONAL"), "200 [REGIONAL]"},
		{op("replace", "/endpointConfiguration/types/0", "REGIONAL"), "200 [REGIONAL]"},
	} {
		if got := types(s.Call(t, at, patch(c.ops))); got != c.want {
			t.Errorf("%s: got %s, want %s", c.ops, got, c.want)
		}
	}
}
