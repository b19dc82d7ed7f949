package management_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"
)

const (
	signedCall   = "its log shows the headers of a signed call over the network; the rest of it is a test of internal/restapi"
	needsGateway = "requests to the gateway, not to the management API"
)

// notReplayed are the recordings that no test of this folder replays, each with the reason.
var notReplayed = map[string]string{
	"TestAPIGateway::test_apigw_test_invoke_method_api":         signedCall,
	"TestApiGatewayCommon::test_input_body_formatting":          needsGateway,
	"TestApiGatewayCommon::test_input_path_template_formatting": needsGateway,
	"TestApigatewayRouting::test_routing_not_found":             needsGateway,
}

// replayed are the recordings that tests asked for so far.
var replayed sync.Map

// checkReplayed says which recordings are neither replayed nor listed, or both. It holds for runs of all tests only.
func checkReplayed() error {
	var wrong []string
	for _, file := range []string{"api", "basic", "canary", "common", "extended", "import", "lambda", "lambda_api", "lambda_runtimes"} {
		all, err := loadRecordings(file)
		if err != nil {
			return err
		}
		for name := range all {
			_, listed := notReplayed[name]
			if !listed {
				_, listed = lambdaNotReplayed[name]
			}
			if _, done := replayed.Load(name); done == listed {
				wrong = append(wrong, name)
			}
		}
	}
	if len(wrong) == 0 {
		return nil
	}
	slices.Sort(wrong)
	return fmt.Errorf("recordings that are neither replayed nor listed with a reason, or both: %q", wrong)
}

// leave excepts answers of a recording from the replay.
func (r *replay) leave(reason string, names ...string) {
	r.t.Helper()
	for _, name := range names {
		if _, ok := r.want[name]; !ok || reason == "" {
			r.t.Errorf("nothing of the name %q is recorded", name)
		}
		delete(r.want, name)
	}
}

func TestRecordedCustomAuthorization(t *testing.T) {
	r := newReplay(t, "basic", "TestAPIGateway::test_apigateway_with_custom_authorization_method")
	r.leave("no answer, but a name that the recorder kept", "api-id")
	r.api("", `{"name":"custom-authorization"}`)
	r.keep("authorizer", r.call("authorizer", "POST", "/restapis/{{api}}/authorizers",
		`{"name":"lambda_authorizer","type":"TOKEN","authorizerUri":"`+tokenFunction+`","identitySource":"method.request.header.Auth"}`), "id")
	r.call("put-method-response", "PUT", rootMethod+"/GET", `{"authorizationType":"CUSTOM","authorizerId":"{{authorizer}}","apiKeyRequired":true}`)
}
