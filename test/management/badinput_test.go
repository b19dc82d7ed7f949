package management_test

import (
	"bytes"
	"context"
	"encoding/hex"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	"github.com/aws/aws-sdk-go-v2/service/apigateway/types"

	"github.com/gatehouse-gateway/gatehouse/internal/control/apigateway/wire"
)

// refused checks that an answer is an error of AWS's form, of the client's making.
func refused(t *testing.T, what string, a answer) {
	t.Helper()
	if a.status < 400 || a.status > 499 || a.header.Get("x-amzn-ErrorType") == "" || a.header.Get("x-amzn-RequestId") == "" ||
		!strings.HasPrefix(a.header.Get("Content-Type"), "application/json") || !bytes.HasPrefix(a.body, []byte(`{"`)) {
		t.Errorf("%s: got %d %q %q", what, a.status, a.header, a.body)
	}
}

// patchable makes one of everything that can be patched. It returns the paths, by the operation that patches.
func patchable(t *testing.T, c *apigateway.Client) map[string]string {
	t.Helper()
	ctx := t.Context()
	id, root := newAPI(t, c, "patched")
	deployment := deployed(t, c, id, root, "prod")
	uri := "arn:aws:apigateway:" + region + ":lambda:path/2015-03-31/functions/arn:aws:lambda:" + region + ":000000000000:function:f/invocations"
	api, verb := "/restapis/"+id, "/restapis/"+id+"/resources/"+root+"/methods/GET"
	child := must[apigateway.CreateResourceOutput](t)(c.CreateResource(ctx, &apigateway.CreateResourceInput{RestApiId: &id, ParentId: &root, PathPart: aws.String("a")}))
	authorizer := must[apigateway.CreateAuthorizerOutput](t)(c.CreateAuthorizer(ctx, &apigateway.CreateAuthorizerInput{RestApiId: &id, Name: aws.String("a"), Type: types.AuthorizerTypeToken, AuthorizerUri: &uri, IdentitySource: aws.String("method.request.header.A")}))
	validator := must[apigateway.CreateRequestValidatorOutput](t)(c.CreateRequestValidator(ctx, &apigateway.CreateRequestValidatorInput{RestApiId: &id, Name: aws.String("v")}))
	must[apigateway.CreateModelOutput](t)(c.CreateModel(ctx, &apigateway.CreateModelInput{RestApiId: &id, Name: aws.String("M"), ContentType: aws.String("application/json"), Schema: aws.String("{}")}))
	must[apigateway.PutGatewayResponseOutput](t)(c.PutGatewayResponse(ctx, &apigateway.PutGatewayResponseInput{RestApiId: &id, ResponseType: types.GatewayResponseTypeThrottled}))
	part := must[apigateway.CreateDocumentationPartOutput](t)(c.CreateDocumentationPart(ctx, &apigateway.CreateDocumentationPartInput{RestApiId: &id, Location: &types.DocumentationPartLocation{Type: types.DocumentationPartTypeApi}, Properties: aws.String(`{"description":"x"}`)}))
	must[apigateway.CreateDocumentationVersionOutput](t)(c.CreateDocumentationVersion(ctx, &apigateway.CreateDocumentationVersionInput{RestApiId: &id, DocumentationVersion: aws.String("1")}))
	paths := map[string]string{
		"UpdateAccount": "/account", "UpdateRestApi": api, "UpdateResource": api + "/resources/" + *child.Id, "UpdateMethod": verb,
		"UpdateMethodResponse": verb + "/responses/200", "UpdateIntegration": verb + "/integration", "UpdateIntegrationResponse": verb + "/integration/responses/200",
		"UpdateDeployment": api + "/deployments/" + deployment, "UpdateStage": api + "/stages/prod", "UpdateAuthorizer": api + "/authorizers/" + *authorizer.Id,
		"UpdateRequestValidator": api + "/requestvalidators/" + *validator.Id, "UpdateModel": api + "/models/M", "UpdateGatewayResponse": api + "/gatewayresponses/THROTTLED",
		"UpdateDocumentationPart": api + "/documentation/parts/" + *part.Id, "UpdateDocumentationVersion": api + "/documentation/versions/1",
	}
	patchableBesideAPIs(t, c, id, paths)
	return paths
}

func patchableBesideAPIs(t *testing.T, c *apigateway.Client, id string, paths map[string]string) {
	t.Helper()
	ctx, end := t.Context(), context.Background()
	key := must[apigateway.CreateApiKeyOutput](t)(c.CreateApiKey(ctx, &apigateway.CreateApiKeyInput{Name: aws.String("patched"), Enabled: true}))
	plan := must[apigateway.CreateUsagePlanOutput](t)(c.CreateUsagePlan(ctx, &apigateway.CreateUsagePlanInput{Name: aws.String("patched"), Quota: &types.QuotaSettings{Limit: 10, Period: types.QuotaPeriodTypeDay}}))
	must[apigateway.CreateUsagePlanKeyOutput](t)(c.CreateUsagePlanKey(ctx, &apigateway.CreateUsagePlanKeyInput{UsagePlanId: plan.Id, KeyId: key.Id, KeyType: aws.String("API_KEY")}))
	cert := must[apigateway.GenerateClientCertificateOutput](t)(c.GenerateClientCertificate(ctx, &apigateway.GenerateClientCertificateInput{}))
	link := must[apigateway.CreateVpcLinkOutput](t)(c.CreateVpcLink(ctx, &apigateway.CreateVpcLinkInput{Name: aws.String("l"), TargetArns: []string{"arn:aws:elasticloadbalancing:" + region + ":000000000000:loadbalancer/net/x/1"}}))
	name, arn := "patched.example.com", "arn:aws:acm:"+region+":000000000000:certificate/x"
	must[apigateway.CreateDomainNameOutput](t)(c.CreateDomainName(ctx, &apigateway.CreateDomainNameInput{DomainName: &name, RegionalCertificateArn: &arn, EndpointConfiguration: &types.EndpointConfiguration{Types: []types.EndpointType{types.EndpointTypeRegional}}}))
	must[apigateway.CreateBasePathMappingOutput](t)(c.CreateBasePathMapping(ctx, &apigateway.CreateBasePathMappingInput{DomainName: &name, BasePath: aws.String("v1"), RestApiId: &id, Stage: aws.String("prod")}))
	t.Cleanup(func() {
		must[apigateway.DeleteUsagePlanKeyOutput](t)(c.DeleteUsagePlanKey(end, &apigateway.DeleteUsagePlanKeyInput{UsagePlanId: plan.Id, KeyId: key.Id}))
		must[apigateway.DeleteUsagePlanOutput](t)(c.DeleteUsagePlan(end, &apigateway.DeleteUsagePlanInput{UsagePlanId: plan.Id}))
		must[apigateway.DeleteApiKeyOutput](t)(c.DeleteApiKey(end, &apigateway.DeleteApiKeyInput{ApiKey: key.Id}))
		must[apigateway.DeleteClientCertificateOutput](t)(c.DeleteClientCertificate(end, &apigateway.DeleteClientCertificateInput{ClientCertificateId: cert.ClientCertificateId}))
		must[apigateway.DeleteVpcLinkOutput](t)(c.DeleteVpcLink(end, &apigateway.DeleteVpcLinkInput{VpcLinkId: link.Id}))
		must[apigateway.DeleteBasePathMappingOutput](t)(c.DeleteBasePathMapping(end, &apigateway.DeleteBasePathMappingInput{DomainName: &name, BasePath: aws.String("v1")}))
		must[apigateway.DeleteDomainNameOutput](t)(c.DeleteDomainName(end, &apigateway.DeleteDomainNameInput{DomainName: &name}))
	})
	paths["UpdateApiKey"], paths["UpdateUsagePlan"] = "/apikeys/"+*key.Id, "/usageplans/"+*plan.Id
	paths["UpdateUsage"] = "/usageplans/" + *plan.Id + "/keys/" + *key.Id + "/usage"
	paths["UpdateClientCertificate"], paths["UpdateVpcLink"] = "/clientcertificates/"+*cert.ClientCertificateId, "/vpclinks/"+*link.Id
	paths["UpdateDomainName"], paths["UpdateBasePathMapping"] = "/domainnames/"+name, "/domainnames/"+name+"/basepathmappings/v1"
}

// badPatches are bodies that no resource takes, whatever it is.
var badPatches = map[string]string{
	"malformed JSON":         `{"patchOperations":[`,
	"not an object":          `[]`,
	"no list":                `{"patchOperations":{"op":"replace"}}`,
	"operation is no object": `{"patchOperations":["replace"]}`,
	"op of a wrong type":     `{"patchOperations":[{"op":1,"path":"/name","value":"x"}]}`,
	"path of a wrong type":   `{"patchOperations":[{"op":"replace","path":["/name"],"value":"x"}]}`,
	"value of a wrong type":  `{"patchOperations":[{"op":"replace","path":"/description","value":{"a":1}}]}`,
	"unknown op":             `{"patchOperations":[{"op":"merge","path":"/description","value":"x"}]}`,
	"op in capitals":         `{"patchOperations":[{"op":"REPLACE","path":"/description","value":"x"}]}`,
	"unsupported op":         `{"patchOperations":[{"op":"test","path":"/description","value":"x"}]}`,
	"no op":                  `{"patchOperations":[{"path":"/description","value":"x"}]}`,
	"no path":                `{"patchOperations":[{"op":"replace","value":"x"}]}`,
	"empty path":             `{"patchOperations":[{"op":"replace","path":"","value":"x"}]}`,
	"root path":              `{"patchOperations":[{"op":"replace","path":"/","value":"x"}]}`,
	"unknown path":           `{"patchOperations":[{"op":"replace","path":"/nothingOfThatName","value":"x"}]}`,
	"deep path":              `{"patchOperations":[{"op":"replace","path":"/` + strings.Repeat("a/", 2000) + `","value":"x"}]}`,
	"good, then bad":         `{"patchOperations":[{"op":"replace","path":"/description","value":"half"},{"op":"replace","path":"/nothingOfThatName","value":"x"}]}`,
}

// TestBadPatchesChangeNothing sends every bad patch to every operation that patches: each is refused, and what was there is
// there as it was. An empty patch is none, and changes nothing either.
func TestBadPatchesChangeNothing(t *testing.T) {
	paths := patchable(t, newClient())
	model, err := wire.ServiceModel()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range model.OperationNames() {
		if model.Operations[name].Method != http.MethodPatch {
			continue
		}
		t.Run(name, func(t *testing.T) {
			path, ok := paths[name]
			if !ok {
				t.Fatal("this operation patches, and the test knows nothing to patch")
			}
			read := path
			if name == "UpdateUsage" {
				read = strings.Split(path, "/keys/")[0] + "/usage?startDate=2026-01-01&endDate=2026-01-02"
			}
			before := server.send(t, http.MethodGet, read, "", "")
			equal(t, "status before", before.status, http.StatusOK)
			for what, body := range badPatches {
				refused(t, what, server.send(t, http.MethodPatch, path, "application/json", body))
			}
			for _, body := range []string{``, `{}`, `{"patchOperations":[]}`, `{"patchOperations":null}`} {
				if a := server.send(t, http.MethodPatch, path, "application/json", body); a.status/100 != 2 {
					t.Errorf("empty patch %q: got %d %s", body, a.status, a.body)
				}
			}
			after := server.send(t, http.MethodGet, read, "", "")
			equal(t, "after", string(after.body), string(before.body))
		})
	}
}

// TestBadCallsAreRefused sends what no client of the service should send.
func TestBadCallsAreRefused(t *testing.T) {
	tooLarge := `{"name":"x","description":"` + strings.Repeat("x", 10<<20) + `"}`
	for _, call := range []struct {
		what, method, target, contentType, body string
		status                                  int
		kind                                    string
	}{
		{"unknown operation", "GET", "/nothing", "", "", 404, "UnknownOperationException"},
		{"method that the path has not", "PUT", "/restapis/a/stages", "application/json", "{}", 404, "UnknownOperationException"},
		{"body over the limit", "POST", "/restapis", "application/json", tooLarge, 413, "RequestEntityTooLargeException"},
		{"malformed JSON", "POST", "/restapis", "application/json", `{"name":"x"`, 400, "SerializationException"},
		{"two values", "POST", "/restapis", "application/json", `{"name":"x"}{}`, 400, "SerializationException"},
		{"deep nesting", "POST", "/restapis", "application/json", strings.Repeat(`{"a":`, 100000), 400, "SerializationException"},
		{"text that is a number", "POST", "/restapis", "application/json", `{"name":1}`, 400, "SerializationException"},
		{"number that is a text", "POST", "/restapis", "application/json", `{"name":"x","minimumCompressionSize":"big"}`, 400, "SerializationException"},
		{"list that is a text", "POST", "/restapis", "application/json", `{"name":"x","binaryMediaTypes":"a/b"}`, 400, "SerializationException"},
		{"map that is a list", "POST", "/restapis", "application/json", `{"name":"x","tags":["a"]}`, 400, "SerializationException"},
		{"truth that is a text", "POST", "/apikeys", "application/json", `{"name":"x","enabled":"perhaps"}`, 400, "SerializationException"},
		{"unknown value of an enum", "POST", "/restapis", "application/json", `{"name":"x","apiKeySource":"COOKIE"}`, 400, ""},
		{"page size that is no number", "GET", "/restapis?limit=many", "", "", 400, ""},
		{"document that is none", "POST", "/restapis?mode=import", "application/json", `hello`, 400, "BadRequestException"},
		{"zero byte in a label", "GET", "/restapis/a%00b", "", "", 404, "NotFoundException"},
		{"broken escape in a label", "GET", "/restapis/%ff%fe", "", "", 404, "NotFoundException"},
	} {
		t.Run(call.what, func(t *testing.T) {
			before := server.send(t, http.MethodGet, "/restapis?limit=500", "", "")
			a := server.send(t, call.method, call.target, call.contentType, call.body)
			refused(t, call.what, a)
			got, _, _ := strings.Cut(a.header.Get("x-amzn-ErrorType"), ":")
			if a.status != call.status || call.kind != "" && got != call.kind {
				t.Errorf("got %d %s, want %d %s: %s", a.status, got, call.status, call.kind, a.body)
			}
			equal(t, "APIs after", string(server.send(t, http.MethodGet, "/restapis?limit=500", "", "").body), string(before.body))
		})
	}
}

// TestWrongSignaturesAreRefused signs as somebody else, for something else, or not at all.
func TestWrongSignaturesAreRefused(t *testing.T) {
	empty := "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" // SHA-256 of no body
	other := strings.Repeat("0", 64)
	wrongSecret, wrongKey := server.root, server.root
	wrongSecret.SecretAccessKey += "x"
	wrongKey.AccessKeyID = "AKIAIOSFODNN7NOTHING"
	for _, sent := range []struct {
		what        string
		credentials aws.Credentials
		hash        string
		service     string
		at          time.Time
		change      func(*http.Request)
		kind        string
	}{
		{"secret of another", wrongSecret, empty, "apigateway", time.Now(), nil, "InvalidSignatureException"},
		{"key that is unknown", wrongKey, empty, "apigateway", time.Now(), nil, "UnrecognizedClientException"},
		{"hash of another body", server.root, other, "apigateway", time.Now(), nil, "InvalidSignatureException"},
		{"time long ago", server.root, empty, "apigateway", time.Now().Add(-time.Hour), nil, "InvalidSignatureException"},
		{"query changed", server.root, empty, "apigateway", time.Now(), func(r *http.Request) { r.URL.RawQuery = "limit=1" }, "InvalidSignatureException"},
		{"path changed", server.root, empty, "apigateway", time.Now(), func(r *http.Request) { r.URL.Path = "/apikeys" }, "InvalidSignatureException"},
		{"no signature", server.root, empty, "apigateway", time.Now(), func(r *http.Request) { r.Header.Del("Authorization") }, "MissingAuthenticationTokenException"},
		{"half a signature", server.root, empty, "apigateway", time.Now(), func(r *http.Request) { r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=x") }, "IncompleteSignatureException"},
	} {
		t.Run(sent.what, func(t *testing.T) {
			req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.control+"/restapis", nil)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := hex.DecodeString(sent.hash); err != nil {
				t.Fatal(err)
			}
			req.Header.Set("X-Amz-Content-Sha256", sent.hash)
			if err := v4.NewSigner().SignHTTP(t.Context(), sent.credentials, req, sent.hash, sent.service, region, sent.at); err != nil {
				t.Fatal(err)
			}
			if sent.change != nil {
				sent.change(req)
			}
			a := server.do(t, req)
			refused(t, sent.what, a)
			got, _, _ := strings.Cut(a.header.Get("x-amzn-ErrorType"), ":")
			equal(t, "status and kind", []any{a.status, got}, []any{http.StatusForbidden, sent.kind})
			if bytes.Contains(a.body, []byte(server.root.SecretAccessKey)) {
				t.Error("the answer shows the secret")
			}
		})
	}
}

func TestValuesOutOfASetAreRefused(t *testing.T) {
	c := newClient()
	ctx := t.Context()
	id, root := newAPI(t, c, "sets")
	deployment := deployed(t, c, id, root, "prod")
	_, err := c.UpdateRestApi(ctx, &apigateway.UpdateRestApiInput{RestApiId: &id, PatchOperations: []types.PatchOperation{replace("/securityPolicy", "TLS_0_9")}})
	fails(t, err, "BadRequestException", "")
	_, err = c.UpdateStage(ctx, &apigateway.UpdateStageInput{RestApiId: &id, StageName: aws.String("prod"), PatchOperations: []types.PatchOperation{replace("/documentationVersion", "9")}})
	fails(t, err, "NotFoundException", "Invalid Documentation version specified") // unconfirmed
	_, err = c.CreateStage(ctx, &apigateway.CreateStageInput{RestApiId: &id, StageName: aws.String("beta"), DeploymentId: &deployment, DocumentationVersion: aws.String("9")})
	fails(t, err, "NotFoundException", "Invalid Documentation version specified") // unconfirmed
	_, err = c.GetStage(ctx, &apigateway.GetStageInput{RestApiId: &id, StageName: aws.String("beta")})
	fails(t, err, "NotFoundException", "Invalid stage identifier specified")
}
