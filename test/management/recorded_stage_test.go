package management_test

import "testing"

// deployable makes GET / of a new API with everything a deployment needs.
func (r *replay) deployable() {
	r.t.Helper()
	r.mockMethod()
	r.do("PUT", rootMethod+"/GET/responses/200", "{}")
	r.do("PUT", rootMethod+"/GET/integration/responses/200",
		`{"selectionPattern":"","responseTemplates":{"application/json":"{\"statusCode\": 200, \"message\": \"default deployment\"}"}}`)
}

const (
	deployments = "/restapis/{{api}}/deployments"
	stages      = "/restapis/{{api}}/stages"
)

func TestRecordedStageAccessLogSettings(t *testing.T) {
	r := newReplay(t, "api", "TestApiGatewayStage::test_stage_access_log_settings")
	const group = "arn:aws:logs:us-east-1:000000000000:log-group:stage"
	r.deployable()
	r.keep("deployment", r.call("create-deployment", "POST", deployments, `{}`), "id")
	r.call("create-stage", "POST", stages, `{"stageName":"dev","deploymentId":"{{deployment}}","description":"dev stage"}`)
	r.patch("update-stage-access-log-dest-add", stages+"/dev", `{"op":"add","path":"/accessLogSettings/destinationArn","value":"`+group+`"}`)
	r.patch("update-stage-access-log-dest-replace", stages+"/dev", `{"op":"replace","path":"/accessLogSettings/destinationArn","value":"`+group+`a"}`)
	r.patch("update-stage-access-log-format-add", stages+"/dev", `{"op":"add","path":"/accessLogSettings/format","value":"$context.requestId $context.identity.sourceIp"}`)
	r.patch("update-stage-access-log-remove-all", stages+"/dev", `{"op":"remove","path":"/accessLogSettings"}`)
}

func TestRecordedCreateCanaryDeploymentWithStage(t *testing.T) {
	r := newReplay(t, "canary", "TestStageCrudCanary::test_create_canary_deployment_with_stage")
	r.deployable()
	r.keep("deployment", r.call("create-deployment", "POST", deployments, `{}`), "id")
	r.call("create-stage", "POST", stages, `{"stageName":"dev","deploymentId":"{{deployment}}","description":"dev stage","variables":{"testVar":"default"}}`)
	r.call("create-canary-deployment", "POST", deployments, `{"stageName":"dev","canarySettings":{"percentTraffic":50,"stageVariableOverrides":{"testVar":"canary"}}}`)
	r.call("get-stage", "GET", stages+"/dev", "")
}

func TestRecordedCreateCanaryDeployment(t *testing.T) {
	r := newReplay(t, "canary", "TestStageCrudCanary::test_create_canary_deployment")
	create := func(name, members string) {
		r.call(name, "POST", stages, `{"deploymentId":"{{deployment}}","description":"dev stage",`+members+`}`)
	}
	r.deployable()
	r.keep("deployment", r.call("create-deployment", "POST", deployments, `{}`), "id")
	create("create-stage", `"stageName":"dev1","variables":{"testVar":"default"},"canarySettings":{"deploymentId":"{{deployment}}","percentTraffic":40,"stageVariableOverrides":{"testVar":"canary1"}}`)
	r.keep("canary", r.call("create-canary-deployment", "POST", deployments, `{"stageName":"dev1","canarySettings":{"percentTraffic":50,"stageVariableOverrides":{"testVar":"canary2"}}}`), "id")
	r.call("get-stage-1", "GET", stages+"/dev1", "")
	create("create-stage-2", `"stageName":"dev2","variables":{"testVar":"default"},"canarySettings":{"deploymentId":"{{canary}}","percentTraffic":60,"stageVariableOverrides":{"testVar":"canary-overridden"}}`)
	create("bad-canary-deployment-id", `"stageName":"dev3","canarySettings":{"deploymentId":"deploy"}`)
}

func TestRecordedUpdateStageCanaryValidation(t *testing.T) {
	r := newReplay(t, "canary", "TestStageCrudCanary::test_update_stage_canary_deployment_validation")
	r.deployable()
	r.do("POST", deployments, `{"stageName":"dev"}`)
	r.call("get-stage", "GET", stages+"/dev", "")
	r.do("POST", deployments, `{"stageName":"dev","canarySettings":{"percentTraffic":50,"stageVariableOverrides":{"testVar":"canary"}}}`)
	r.patch("update-stage-canary-settings-remove-overrides", stages+"/dev", `{"op":"remove","path":"/canarySettings/stageVariableOverrides"}`)
	r.patch("update-stage-canary-settings-bad-path", stages+"/dev", `{"op":"remove","path":"/canarySettings/badPath"}`)
	r.patch("update-stage-canary-settings-bad-path-2", stages+"/dev", `{"op":"replace","path":"/canarySettings","value":"test"}`)
	r.patch("update-stage-canary-settings-replace-bad-path", stages+"/dev", `{"op":"replace","path":"/canarySettings/badPath","value":"badPath"}`)
	r.keep("second", r.do("POST", deployments, `{"stageName":"dev2"}`), "id")
	r.patch("update-stage-add-deployment", stages+"/dev2", `{"op":"add","path":"/canarySettings/deploymentId","value":"{{second}}"}`)
	r.patch("update-stage-no-deployment", stages+"/dev2", `{"op":"replace","path":"/canarySettings/deploymentId","value":"deploy"}`)
}
