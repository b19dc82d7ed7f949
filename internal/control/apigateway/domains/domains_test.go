package domains_test

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gatehouse-gateway/gatehouse/awsproto"
	"github.com/gatehouse-gateway/gatehouse/internal/control/apigateway/apitest"
	"github.com/gatehouse-gateway/gatehouse/internal/control/apigateway/domains"
	"github.com/gatehouse-gateway/gatehouse/internal/control/apigateway/state"
	"github.com/gatehouse-gateway/gatehouse/internal/definition"
)

func bind(s *state.State, to *awsproto.Service) { domains.New(s).Bind(to) }

func TestMain(m *testing.M) { apitest.Main(m, bind) }

const (
	badRequest = "BadRequestException"
	notFound   = "NotFoundException"
	conflict   = "ConflictException"
	noDomain   = "Invalid domain name identifier specified"
	noMapping  = "Invalid base path mapping identifier specified"
	taken      = "The domain name you provided already exists."
	certARN    = "arn:aws:acm:us-east-1:111111111111:certificate/a"
	regional   = `{"domainName":"api.example.com","regionalCertificateArn":"` + certARN + `","endpointConfiguration":{"types":["REGIONAL"]}`
)

func patch(ops ...string) string { return `{"patchOperations":[` + strings.Join(ops, ",") + `]}` }

func op(op, path, value string) string {
	return fmt.Sprintf(`{"op":%q,"path":%q,"value":%q}`, op, path, value)
}

func TestDomainNameOfEachEndpointType(t *testing.T) {
	s := apitest.New(t, bind)
	edge := `{"domainName":"www.example.com","domainNameArn":"arn:aws:apigateway:us-east-1::/domainnames/www.example.com","domainNameStatus":"AVAILABLE",
		"endpointConfiguration":{"types":["EDGE"],"ipAddressType":"ipv4"},"securityPolicy":"TLS_1_2","routingMode":"BASE_PATH_MAPPING_ONLY",
		"certificateArn":"` + certARN + `","certificateName":"n","certificateUploadDate":-1,"distributionDomainName":"*","distributionHostedZoneId":"Z2FDTNDATAQYW2"`
	made := s.Check(t, apitest.Want{Line: "POST /domainnames", Send: `{"domainName":"WWW.example.com","certificateArn":"` + certARN + `","certificateName":"n","tags":{"a":"b"}}`, Status: 201, Body: edge + `,"tags":{"a":"b"}}`})
	if got := made.String("distributionDomainName"); !strings.HasSuffix(got, ".cloudfront.net") {
		t.Errorf("got %s", got)
	}
	s.Check(t, apitest.Want{Line: "GET /domainnames/www.EXAMPLE.com", Status: 200, Body: edge + `,"tags":{"a":"b"}}`})
	shown := `{"domainName":"api.example.com","domainNameArn":"arn:aws:apigateway:us-east-1::/domainnames/api.example.com","domainNameStatus":"AVAILABLE",
		"endpointConfiguration":{"types":["REGIONAL"],"ipAddressType":"dualstack"},"securityPolicy":"TLS_1_0","routingMode":"BASE_PATH_MAPPING_ONLY","endpointAccessMode":"BASIC",
		"regionalCertificateArn":"` + certARN + `","regionalDomainName":"*","regionalHostedZoneId":"*","ownershipVerificationCertificateArn":"o"`
	made = s.Check(t, apitest.Want{
		Line: "POST /domainnames", Status: 201, Body: shown + "}",
		Send: `{"domainName":"api.example.com","regionalCertificateArn":"` + certARN + `","endpointConfiguration":{"types":["REGIONAL"],"ipAddressType":"dualstack"},"securityPolicy":"TLS_1_0","endpointAccessMode":"BASIC","ownershipVerificationCertificateArn":"o"}`,
	})
	if got := made.String("regionalDomainName"); !strings.HasPrefix(got, "d-") || !strings.HasSuffix(got, ".execute-api.us-east-1.amazonaws.com") {
		t.Errorf("got %s", got)
	}
	s.Check(t, apitest.Want{Line: "GET /domainnames/api.example.com", Status: 200, Body: shown + `,"tags":{}}`})
	if got := s.Call(t, "GET /domainnames", "").Items("domainName"); !slices.Equal(got, []string{"api.example.com", "www.example.com"}) {
		t.Errorf("got %v", got)
	}
	s.Check(t, apitest.Want{Line: "GET /domainnames?resourceOwner=OTHER_ACCOUNTS", Status: 200, Body: `{"item":[]}`})
	s.Check(t, apitest.Want{Line: "DELETE /domainnames/API.example.com", Status: 202})
	for _, line := range []string{"GET /domainnames/api.example.com", "DELETE /domainnames/api.example.com", "PATCH /domainnames/api.example.com", "GET /domainnames/www.example.com?domainNameId=x"} {
		s.Check(t, apitest.Want{Line: line, Status: 404, Type: notFound, Message: noDomain})
	}
}

func TestWhatDomainNamesCannotDoIsRefusedByName(t *testing.T) {
	s := apitest.New(t, bind)
	for send, message := range map[string]string{
		`{"domainName":""}`:                "No Domain Name specified",
		`{"domainName":"a_b.example.com"}`: "Invalid domain name specified: a_b.example.com",
		`{"domainName":"example"}`:         "Invalid domain name specified: example",
		`{"domainName":"a.*.com"}`:         "Invalid domain name specified: a.*.com",
		regional + `,"mutualTlsAuthentication":{"truststoreUri":"s3://b/t"}}`:                                "mutual TLS (mutualTlsAuthentication) is not supported by Gatehouse yet",
		regional + `,"policy":"{}"}`:                                                                         "a domain name's policy is not supported by Gatehouse yet",
		regional + `,"endpointAccessMode":"STRICT"}`:                                                         "endpointAccessMode STRICT is not supported by Gatehouse yet",
		`{"domainName":"a.example.com","certificateArn":"x","endpointConfiguration":{"types":["PRIVATE"]}}`:  "a PRIVATE domain name is not supported by Gatehouse yet",
		regional + `,"routingMode":"ROUTING_RULE_ONLY"}`:                                                     "routingMode ROUTING_RULE_ONLY is not supported by Gatehouse yet",
		regional + `,"certificatePrivateKey":"secret"}`:                                                      "uploading a certificate (certificateBody) is not supported by Gatehouse yet",
		`{"domainName":"a.example.com"}`:                                                                     "A certificate must be provided for the endpoint configuration EDGE.",
		`{"domainName":"a.example.com","certificateArn":"x","endpointConfiguration":{"types":["REGIONAL"]}}`: "A regional certificate must be provided for the endpoint configuration REGIONAL.",
		regional + `,"tags":{"aws:x":"y"}}`:                                                                  "aws: prefixed tag key names are not allowed for external use.",
	} {
		s.Check(t, apitest.Want{Name: send, Line: "POST /domainnames", Send: send, Status: 400, Type: badRequest, Message: message})
	}
	s.Check(t, apitest.Want{Line: "GET /domainnameaccessassociations", Status: 200, Body: `{"item":[]}`})
	for line, name := range map[string]string{
		"POST /domainnameaccessassociations":                                                        "CreateDomainNameAccessAssociation",
		"DELETE /domainnameaccessassociations/arn%3Ax":                                              "DeleteDomainNameAccessAssociation",
		"POST /rejectdomainnameaccessassociations?domainNameAccessAssociationArn=x&domainNameArn=y": "RejectDomainNameAccessAssociation",
	} {
		s.Check(t, apitest.Want{Line: line, Send: `{}`, Status: 400, Type: badRequest, Message: name + " is not supported by Gatehouse yet"})
	}
}

func TestDomainNameBelongsToOneAccount(t *testing.T) {
	s := apitest.New(t, bind)
	create := func(account, region, name string) apitest.Answer {
		send := strings.Replace(regional, "api.example.com", name, 1) + "}"
		return s.CallAs(t, s.ContextOf(t, account, region), "POST /domainnames", send)
	}
	const other = "222222222222"
	for _, c := range []struct {
		account, region, name string
		status                int
	}{
		{apitest.AccountID, apitest.Region, "api.example.com", 201},
		{apitest.AccountID, apitest.Region, "API.example.com", 400},
		{other, apitest.Region, "api.example.com", 400},
		{other, "eu-west-1", "api.example.com", 201},
		{other, apitest.Region, "*.example.com", 400}, // above another account's name
		{apitest.AccountID, apitest.Region, "*.example.com", 201},
		{other, apitest.Region, "www.example.com", 400}, // below another account's wildcard
		{apitest.AccountID, apitest.Region, "www.example.com", 201},
		{other, apitest.Region, "example.com", 201},
	} {
		got := create(c.account, c.region, c.name)
		if got.Status != c.status || c.status == 400 && got.String("message") != taken {
			t.Errorf("%+v: got %d %s", c, got.Status, got.Text)
		}
	}
	s.State.Limits.DomainNames = 3
	if got := create(apitest.AccountID, apitest.Region, "four.example.com"); got.Status != 429 {
		t.Errorf("got %d %s", got.Status, got.Text)
	}
}

func TestDomainNameIsPatched(t *testing.T) {
	s := apitest.New(t, bind)
	s.Call(t, "POST /domainnames", regional+"}")
	const at = "PATCH /domainnames/api.example.com"
	s.Advance(time.Hour)
	// From REGIONAL to EDGE, as Terraform does it.
	moved := s.Call(t, at, patch(op("replace", "/endpointConfiguration/types/0", "EDGE"), op("replace", "/certificateArn", "new"), op("replace", "/securityPolicy", "TLS_1_0"), op("remove", "/regionalCertificateArn", "")))
	if got := fmt.Sprint(moved.Body["endpointConfiguration"]); moved.Status != 200 || !strings.Contains(got, "[EDGE]") || moved.Body["distributionDomainName"] == nil || moved.Body["regionalDomainName"] != nil || moved.Body["certificateUploadDate"] == nil {
		t.Errorf("got %d %s", moved.Status, moved.Text)
	}
	both := s.Call(t, at, patch(op("add", "/endpointConfiguration/types", "REGIONAL"), op("add", "regionalCertificateArn", "r"), op("replace", "/endpointConfiguration/ipAddressType", "dualstack")))
	if got := fmt.Sprint(both.Body["endpointConfiguration"]); both.Status != 200 || !strings.Contains(got, "[EDGE REGIONAL]") || !strings.Contains(got, "dualstack") || both.Body["regionalDomainName"] == nil {
		t.Errorf("got %d %s", both.Status, both.Text)
	}
	off := s.Call(t, at, patch(op("replace", "/mutualTlsAuthentication/truststoreUri", ""), op("remove", "/mutualTlsAuthentication/truststoreVersion", ""), op("replace", "/policy", ""), op("replace", "/endpointAccessMode", "BASIC")))
	if off.Status != 200 {
		t.Errorf("switching off what is not on: got %d %s", off.Status, off.Text)
	}
	for send, message := range map[string]string{
		op("replace", "/mutualTlsAuthentication/truststoreUri", "s3://b/t"):                                                   "mutual TLS (mutualTlsAuthentication) is not supported by Gatehouse yet",
		op("add", "/mutualTlsAuthentication/truststoreUri", "s3://b/t"):                                                       "mutual TLS (mutualTlsAuthentication) is not supported by Gatehouse yet",
		op("replace", "/policy", "{}"):                                                                                        "a domain name's policy is not supported by Gatehouse yet",
		op("replace", "/managementPolicy", "{}"):                                                                              "a domain name's management policy is not supported by Gatehouse yet",
		op("replace", "/endpointAccessMode", "STRICT"):                                                                        "endpointAccessMode STRICT is not supported by Gatehouse yet",
		op("replace", "/routingMode", "ROUTING_RULE_ONLY"):                                                                    "routingMode ROUTING_RULE_ONLY is not supported by Gatehouse yet",
		op("add", "/endpointConfiguration/types", "PRIVATE"):                                                                  "a PRIVATE domain name is not supported by Gatehouse yet",
		op("replace", "/endpointConfiguration/types/0", "ODD"):                                                                "Invalid EndpointTypes specified. Valid options are REGIONAL,EDGE,PRIVATE",
		op("replace", "/endpointConfiguration/types/7", "EDGE"):                                                               "Invalid patch path /endpointConfiguration/types/7",
		op("remove", "/certificateArn", ""):                                                                                   "A certificate must be provided for the endpoint configuration EDGE.",
		op("remove", "/endpointConfiguration/types", "EDGE") + "," + op("remove", "/endpointConfiguration/types", "REGIONAL"): "REGIONAL Configuration and EDGE Configuration cannot be both DISABLED.",
	} {
		s.Check(t, apitest.Want{Name: send, Line: at, Send: patch(send), Status: 400, Type: badRequest, Message: message})
	}
	if got := s.Call(t, "GET /domainnames/api.example.com", ""); got.Text != off.Text {
		t.Errorf("a refused patch left %s\nbefore %s", got.Text, off.Text)
	}
}

func TestBasePathMappings(t *testing.T) {
	s := apitest.New(t, bind)
	s.API(t, "abcdefghij", "dev", "prod")
	s.Call(t, "POST /domainnames", regional+"}")
	const at = "/domainnames/api.example.com/basepathmappings"
	s.Check(t, apitest.Want{Line: "GET " + at, Status: 200, Body: `{}`})
	s.Check(t, apitest.Want{Line: "POST " + at, Send: `{"basePath":"v1","restApiId":"abcdefghij","stage":"dev"}`, Status: 201, Body: `{"basePath":"v1","restApiId":"abcdefghij","stage":"dev"}`})
	s.Check(t, apitest.Want{Line: "POST " + at, Send: `{"restApiId":"abcdefghij","stage":"(none)"}`, Status: 201, Body: `{"basePath":"(none)","restApiId":"abcdefghij"}`})
	s.Check(t, apitest.Want{Line: "GET " + at + "/%28none%29", Status: 200, Body: `{"basePath":"(none)","restApiId":"abcdefghij"}`})
	s.Check(t, apitest.Want{Line: "GET " + at + "/v1", Status: 200, Body: `{"basePath":"v1","restApiId":"abcdefghij","stage":"dev"}`})
	for _, c := range []struct {
		send, errorType, message string
		status                   int
	}{
		{`{"basePath":"v1","restApiId":"abcdefghij"}`, conflict, "Base path already exists for this domain name", 409},
		{`{"basePath":"(none)","restApiId":"abcdefghij"}`, conflict, "Only one base path mapping is allowed if the base path is empty.", 409},
		{`{"basePath":"v1/x","restApiId":"abcdefghij"}`, badRequest, "API Gateway V1 doesn't support the slash character (/) in base path mappings. To create a multi-level base path mapping, use API Gateway V2.", 400},
		{`{"basePath":"a b","restApiId":"abcdefghij"}`, badRequest, "Invalid base path specified: a b", 400},
		{`{"basePath":"` + strings.Repeat("a", 301) + `","restApiId":"abcdefghij"}`, badRequest, "Invalid base path specified: " + strings.Repeat("a", 301), 400},
		{`{"basePath":"v2","restApiId":"nope"}`, badRequest, "Invalid REST API identifier specified", 400},
		{`{"basePath":"v2","restApiId":"abcdefghij","stage":"nope"}`, badRequest, "Invalid stage identifier specified", 400},
	} {
		s.Check(t, apitest.Want{Name: c.send, Line: "POST " + at, Send: c.send, Status: c.status, Type: c.errorType, Message: c.message})
	}
	s.Check(t, apitest.Want{Line: "PATCH " + at + "/v1", Send: patch(op("replace", "/basePath", "v2"), op("replace", "/restapiId", "abcdefghij"), op("replace", "/stage", "prod")), Status: 200, Body: `{"basePath":"v2","restApiId":"abcdefghij","stage":"prod"}`})
	s.Check(t, apitest.Want{Line: "PATCH " + at + "/v2", Send: patch(op("replace", "/basepath", "v3"), op("replace", "/stage", "")), Status: 200, Body: `{"basePath":"v3","restApiId":"abcdefghij"}`})
	s.Check(t, apitest.Want{Line: "PATCH " + at + "/v3", Send: patch(op("replace", "/basePath", "(none)")), Status: 409, Type: conflict, Message: "Only one base path mapping is allowed if the base path is empty."})
	s.Check(t, apitest.Want{Line: "PATCH " + at + "/v3", Send: patch(op("replace", "/restapiId", "nope")), Status: 400, Type: badRequest, Message: "Invalid REST API identifier specified"})
	s.Check(t, apitest.Want{Line: "PATCH " + at + "/v3", Send: patch(op("add", "/stage", "dev")), Status: 400, Type: badRequest, Message: "Invalid patch path  '/stage' specified for op 'add'. Please choose supported operations"})
	s.Check(t, apitest.Want{Line: "PATCH " + at + "/v1", Send: patch(), Status: 404, Type: notFound, Message: noMapping})

	var got []string
	for position := ""; ; { // the empty base path is on the first page, and another page follows
		a := s.Call(t, "GET "+at+"?limit=1"+position, "")
		got = append(got, a.Items("basePath")...)
		if a.Body["position"] == nil || len(got) > 2 {
			break
		}
		position = "&position=" + url.QueryEscape(a.String("position"))
	}
	if !slices.Equal(got, []string{"(none)", "v3"}) {
		t.Errorf("pages of one: got %v", got)
	}
	err := s.State.CheckUnmapped(t.Context(), apitest.Scope, "abcdefghij")
	if err == nil || !strings.HasSuffix(err.Error(), "Deleting RestApi abcdefghij failed. Please remove all base path mappings related to the RestApi in your domains: api.example.com") {
		t.Errorf("got %v", err)
	}
	for _, path := range []string{"%28none%29", "v3"} {
		s.Check(t, apitest.Want{Line: "DELETE " + at + "/" + path, Status: 202})
		s.Check(t, apitest.Want{Line: "DELETE " + at + "/" + path, Status: 404, Type: notFound, Message: noMapping})
	}
	for _, line := range []string{"GET /domainnames/x.example.com/basepathmappings", "GET /domainnames/x.example.com/basepathmappings/a", "DELETE /domainnames/x.example.com/basepathmappings/a"} {
		s.Check(t, apitest.Want{Line: line, Status: 404, Type: notFound, Message: noDomain})
	}
	s.State.Limits.BasePathMappings = 0
	if got := s.Call(t, "POST "+at, `{"basePath":"v9","restApiId":"abcdefghij"}`); got.Status != 429 {
		t.Errorf("got %d %s", got.Status, got.Text)
	}
}

func TestPrivateAPIIsNotMappedToAPublicDomain(t *testing.T) {
	s := apitest.New(t, bind)
	doc := s.API(t, "abcdefghij", "dev")
	_, err := s.State.APIs.Change(t.Context(), apitest.Scope.Key(doc.API.ID), func(d *definition.RestAPIDocument) error {
		d.API.EndpointConfiguration.Types = []string{"PRIVATE"}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	s.Call(t, "POST /domainnames", regional+"}")
	s.Check(t, apitest.Want{Line: "POST /domainnames/api.example.com/basepathmappings", Send: `{"restApiId":"abcdefghij","stage":"dev"}`, Status: 400, Type: badRequest, Message: "Invalid REST API identifier specified"})
}
