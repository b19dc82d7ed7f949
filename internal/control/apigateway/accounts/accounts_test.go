package accounts_test

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"net/url"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gatehouse-gateway/gatehouse/awsproto"
	"github.com/gatehouse-gateway/gatehouse/internal/control/apigateway/accounts"
	"github.com/gatehouse-gateway/gatehouse/internal/control/apigateway/state"
	"github.com/gatehouse-gateway/gatehouse/internal/control/apigateway/wire"
	"github.com/gatehouse-gateway/gatehouse/internal/control/caller"
	"github.com/gatehouse-gateway/gatehouse/internal/definition"
	"github.com/gatehouse-gateway/gatehouse/internal/engine"
	"github.com/gatehouse-gateway/gatehouse/internal/engine/memory"
	"github.com/gatehouse-gateway/gatehouse/internal/limits"
	"github.com/gatehouse-gateway/gatehouse/internal/seal"
	"github.com/gatehouse-gateway/gatehouse/internal/store"
)

// called are the operations that the tests called.
var called sync.Map

// TestMain fails when a bound operation was not called by any test.
func TestMain(m *testing.M) {
	code := m.Run()
	if code == 0 && flag.Lookup("test.run").Value.String() == "" {
		for _, name := range operations {
			if _, ok := called.Load(name); !ok {
				fmt.Println("no test calls", name)
				code = 1
			}
		}
	}
	os.Exit(code)
}

var operations = []string{
	"GetAccount", "UpdateAccount", "GenerateClientCertificate", "GetClientCertificate", "GetClientCertificates", "UpdateClientCertificate",
	"DeleteClientCertificate", "CreateVpcLink", "GetVpcLink", "GetVpcLinks", "UpdateVpcLink", "DeleteVpcLink", "TagResource",
	"UntagResource", "GetTags", "GetSdkTypes", "GetSdkType",
}

// world is a service whose calls come from one account and region.
type world struct {
	t       *testing.T
	state   *state.State
	service *awsproto.Service
	ids     map[string]string // by the name that a step gives them
}

var scope = state.Scope{AccountID: "111111111111", Region: "eu-west-1"}

func open(t *testing.T) *world {
	box, err := seal.Ephemeral()
	if err != nil {
		t.Fatal(err)
	}
	model, err := wire.ServiceModel()
	if err != nil {
		t.Fatal(err)
	}
	service, err := awsproto.NewService(model)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
	s := state.New(state.Options{Engine: memory.New(memory.Options{}), Box: box, Limits: limits.AWS(), Now: func() time.Time { return now }})
	accounts.New(s).Bind(service)
	return &world{t, s, service, make(map[string]string)}
}

// call returns the status and the body of an answer.
func (w *world) call(method, target, body string) (int, string) {
	path, query, _ := strings.Cut(target, "?")
	r := &awsproto.Request{Method: method, Path: path, Query: query, Body: []byte(body)}
	if op := w.service.Operation(r); op != nil {
		called.Store(op.Name, true)
	}
	ctx := caller.With(context.Background(), caller.Caller{AccountID: scope.AccountID, Region: scope.Region})
	res := w.service.Handle(ctx, r)
	return res.Status, string(res.Body)
}

// step is a call and its answer. {name} in a target or an answer is an id that the test saved.
type step struct {
	method, target, body string
	status               int
	want                 string
}

var idMember = regexp.MustCompile(`"(?:id|clientCertificateId)":"([a-z0-9]+)"`)

func (w *world) run(steps []step) {
	w.t.Helper()
	for _, s := range steps {
		status, got := w.call(s.method, w.fill(s.target), w.fill(s.body))
		want := w.fill(s.want)
		if status != s.status || !same(got, want) {
			w.t.Errorf("%s %s %s\ngot  %d %s\nwant %d %s", s.method, s.target, s.body, status, got, s.status, want)
		}
	}
}

func (w *world) fill(text string) string {
	for name, id := range w.ids {
		text = strings.ReplaceAll(text, "{"+name+"}", id)
	}
	return text
}

// same compares JSON; texts that are none are compared as they are.
func same(got, want string) bool {
	var a, b any
	if json.Unmarshal([]byte(got), &a) != nil || json.Unmarshal([]byte(want), &b) != nil {
		return got == want
	}
	x, _ := json.Marshal(a)
	y, _ := json.Marshal(b)
	return string(x) == string(y)
}

func message(text string) string {
	out, _ := json.Marshal(map[string]string{"message": text})
	return string(out)
}

func patch(op, path, value string) string {
	out, _ := json.Marshal(map[string]any{"patchOperations": []any{map[string]string{"op": op, "path": path, "value": value}}})
	return string(out)
}

func arn(path string) string {
	return "/tags/" + url.PathEscape("arn:aws:apigateway:eu-west-1::"+path)
}

const plainAccount = `{"throttleSettings":{"burstLimit":5000,"rateLimit":10000.0},"features":["UsagePlans"],"apiKeyVersion":"4"}`

func TestAccountKeepsItsRole(t *testing.T) {
	const role = "arn:aws:iam::111111111111:role/logs"
	with := strings.Replace(plainAccount, "{", `{"cloudwatchRoleArn":"`+role+`",`, 1)
	open(t).run([]step{
		{"GET", "/account", "", 200, plainAccount},
		{"PATCH", "/account", `{}`, 200, plainAccount},
		{"PATCH", "/account", patch("replace", "/cloudwatchRoleArn", "logs"), 400, message("The role ARN is not well formed")},
		{"PATCH", "/account", patch("replace", "/cloudwatchRoleArn", role), 200, with},
		{"PATCH", "/account", patch("add", "/features", "UsagePlans"), 200, with},
		{"PATCH", "/account", patch("replace", "/throttle/burstLimit", "1"), 400,
			message("Invalid patch path  '/throttle/burstLimit' specified for op 'replace'. Must be one of: [/cloudwatchRoleArn]")},
		{"GET", "/account", "", 200, with},
		{"PATCH", "/account", patch("replace", "/cloudwatchRoleArn", ""), 200, plainAccount},
	})
}

func TestLinkIsThereAfterItWasMade(t *testing.T) {
	const target = "arn:aws:elasticloadbalancing:eu-west-1:111111111111:loadbalancer/net/n/1"
	later := `"status":"AVAILABLE","statusMessage":"Your vpc link is ready for use"`
	w := open(t)
	w.run([]step{
		{"POST", "/vpclinks", `{"name":"","targetArns":["` + target + `"]}`, 400, message("Name cannot be empty")},
		{"POST", "/vpclinks", `{"name":"n","targetArns":["nlb"]}`, 400, message("Invalid ARN. ARN is not well formed nlb")},
		{"POST", "/vpclinks", `{"name":"n","targetArns":["a","b"]}`, 400, message("More than one target arn specified for vpc link.")},
	})
	status, got := w.call("POST", "/vpclinks", `{"name":"n","targetArns":["`+target+`"]}`)
	w.ids["link"] = idMember.FindStringSubmatch(got)[1]
	if want := w.fill(`{"id":"{link}","name":"n","targetArns":["` + target + `"],"status":"PENDING"}`); status != 202 || !same(got, want) {
		t.Errorf("got %d %s; want %s", status, got, want)
	}
	shown := `"id":"{link}","name":"n","targetArns":["` + target + `"],` + later
	w.run([]step{
		{"GET", "/vpclinks/{link}", "", 200, `{` + shown + `,"tags":{}}`},
		{"GET", "/vpclinks", "", 200, `{"item":[{` + shown + `}]}`},
		{"PATCH", "/vpclinks/{link}", patch("add", "/targetArns", target), 400, message("Target arns are not allowed to be changed/added.")},
		{"PATCH", "/vpclinks/{link}", patch("replace", "/description", "d"), 200, `{` + shown + `,"description":"d","tags":{}}`},
		{"PATCH", "/vpclinks/nope00", patch("replace", "/description", "d"), 404, message("Invalid Vpc Link identifier specified")}, // recorded
		{"DELETE", "/vpclinks/{link}", "", 202, ""},
		{"GET", "/vpclinks/{link}", "", 404, message("Invalid Vpc Link identifier specified")},
		{"DELETE", "/vpclinks/{link}", "", 404, message("Invalid Vpc Link identifier specified")},
	})
}

// api stores an API whose stage "dev" serves a method through a link that a stage variable names, and presents a certificate.
func (w *world) api(link, certificate string) {
	w.t.Helper()
	deployed := &definition.RestAPI{ID: "api0000001", Resources: map[string]*definition.Resource{"root000001": {
		ID: "root000001", Path: "/", Methods: map[string]*definition.Method{"GET": {
			Integration: &definition.Integration{ConnectionType: "VPC_LINK", ConnectionID: "${stageVariables.link}"},
		}},
	}}}
	digest, err := store.PutSnapshot(context.Background(), w.state.Engine.Snapshots(), deployed)
	if err != nil {
		w.t.Fatal(err)
	}
	err = w.state.Insert(context.Background(), scope, &definition.RestAPIDocument{
		AccountID: scope.AccountID, Region: scope.Region, API: &definition.RestAPI{ID: "api0000001", Name: "n"},
		Deployments: map[string]*definition.Deployment{"dep001": {ID: "dep001", Snapshot: digest}},
		Stages: map[string]*definition.Stage{"dev": {
			Name: "dev", DeploymentID: "dep001", Variables: map[string]string{"link": link}, ClientCertificateID: certificate,
		}},
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

func TestWhatADeployedStageUsesStays(t *testing.T) {
	w := open(t)
	_, got := w.call("POST", "/vpclinks", `{"name":"n","targetArns":["arn:aws:elasticloadbalancing:r:1:loadbalancer/net/n/1"]}`)
	w.ids["link"] = idMember.FindStringSubmatch(got)[1]
	_, got = w.call("POST", "/clientcertificates", `{}`)
	w.ids["cert"] = idMember.FindStringSubmatch(got)[1]
	w.api(w.ids["link"], w.ids["cert"])
	steps := []step{
		{"DELETE", "/vpclinks/{link}", "", 400, message("Cannot delete vpc link. Vpc link '{link}', is referenced in [api0000001:GET:root000001:dev] in format of [RESTApiId:Method:Resource:Stage].")},
		{"DELETE", "/clientcertificates/{cert}", "", 400, message("Cannot delete client certificate {cert} because it is used by the following stages: api0000001/dev")},
	}
	w.run(steps)
	_, err := w.state.APIs.Change(context.Background(), scope.Key("api0000001"), func(d *definition.RestAPIDocument) error {
		d.Stages = nil
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for i := range steps {
		steps[i].status, steps[i].want = 202, ""
	}
	w.run(steps)
}

func TestClientCertificateIsRealAndItsKeySealed(t *testing.T) {
	w := open(t)
	status, got := w.call("POST", "/clientcertificates", `{"description":"d","tags":{"a":"b"}}`)
	var made struct {
		ID             string            `json:"clientCertificateId"`
		PEM            string            `json:"pemEncodedCertificate"`
		Description    string            `json:"description"`
		CreatedDate    int64             `json:"createdDate"`
		ExpirationDate int64             `json:"expirationDate"`
		Tags           map[string]string `json:"tags"`
	}
	if err := json.Unmarshal([]byte(got), &made); err != nil || status != 201 {
		t.Fatalf("got %d %s, %v", status, got, err)
	}
	if strings.Contains(strings.ToLower(got), "private") || made.Description != "d" || made.Tags["a"] != "b" || made.ExpirationDate-made.CreatedDate != 365*24*3600 {
		t.Errorf("got %s", got)
	}
	cert, err := w.state.ClientCertificate(scope.AccountID, scope.Region, made.ID)
	if err != nil {
		t.Fatal(err)
	}
	if err := cert.Leaf.CheckSignature(x509.SHA256WithRSA, cert.Leaf.RawTBSCertificate, cert.Leaf.Signature); err != nil {
		t.Errorf("not signed by itself: %v", err)
	}
	if !strings.HasPrefix(made.PEM, "-----BEGIN CERTIFICATE-----\n") || cert.Leaf.PublicKey.(interface{ Size() int }).Size() != 256 {
		t.Errorf("got %s", made.PEM)
	}
	again, err := w.state.ClientCertificate(scope.AccountID, scope.Region, made.ID)
	if err != nil || again != cert {
		t.Errorf("got another pointer, %v", err)
	}
	w.ids["cert"] = made.ID
	shown := strings.Replace(got, `"description":"d"`, `"description":"e"`, 1)
	w.run([]step{
		{"PATCH", "/clientcertificates/{cert}", patch("replace", "/description", "e"), 200, shown},
		{"GET", "/clientcertificates/{cert}", "", 200, shown},
		{"GET", "/clientcertificates", "", 200, `{"item":[` + shown + `]}`},
		{"PATCH", "/clientcertificates/{cert}", patch("add", "/description", "e"), 400, message("Invalid patch path  '/description' specified for op 'add'. Please choose supported operations")},
		{"DELETE", "/clientcertificates/{cert}", "", 202, ""},
		{"GET", "/clientcertificates/{cert}", "", 404, message("Invalid Client Certificate ID specified")},
		{"DELETE", "/clientcertificates/{cert}", "", 404, message("Invalid Client Certificate ID specified")},
	})
	if _, err := w.state.ClientCertificate(scope.AccountID, scope.Region, made.ID); !errors.Is(err, engine.ErrNotFound) {
		t.Errorf("a deleted certificate: got %v", err)
	}
}

func TestAllWhoAskForACertificateShareIt(t *testing.T) {
	w := open(t)
	_, got := w.call("POST", "/clientcertificates", `{}`)
	id := idMember.FindStringSubmatch(got)[1]
	found := make([]any, 8)
	var all sync.WaitGroup
	for i := range found {
		all.Go(func() {
			cert, err := w.state.ClientCertificate(scope.AccountID, scope.Region, id)
			if err != nil {
				t.Error(err)
			}
			found[i] = cert
		})
	}
	all.Wait()
	for _, cert := range found {
		if cert != found[0] {
			t.Fatal("got different pointers")
		}
	}
	if _, err := w.state.ClientCertificate("222222222222", scope.Region, id); !errors.Is(err, engine.ErrNotFound) {
		t.Errorf("another account: got %v", err)
	}
}

func TestCertificatesHaveALimit(t *testing.T) {
	w := open(t)
	w.state.Limits.ClientCertificates = 1
	w.call("POST", "/clientcertificates", `{}`)
	w.run([]step{{"POST", "/clientcertificates", `{}`, 429, message("Maximum number of client certificates for this account has been reached. The limit is 1.")}})
}

func TestTagsOfEveryKindOfResource(t *testing.T) {
	w := open(t)
	ctx := context.Background()
	w.api("none00", "")
	for _, err := range []error{
		w.state.Keys.Create(ctx, scope.Key("x1"), &definition.APIKey{ID: "x1"}),
		w.state.Plans.Create(ctx, scope.Key("x1"), &definition.UsagePlan{ID: "x1"}),
		w.state.Certificates.Create(ctx, scope.Key("x1"), &definition.ClientCertificate{ID: "x1"}),
		w.state.VPCLinks.Create(ctx, scope.Key("x1"), &definition.VPCLink{ID: "x1"}),
		w.state.Domains.Create(ctx, scope.Key("d.test"), &definition.DomainName{Name: "d.test"}),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, path := range []string{
		"/restapis/api0000001", "/restapis/api0000001/stages/dev", "/apikeys/x1", "/usageplans/x1", "/clientcertificates/x1", "/vpclinks/x1", "/domainnames/d.test",
	} {
		w.run([]step{
			{"GET", arn(path), "", 200, `{"tags":{}}`},
			{"PUT", arn(path), `{"tags":{"a":"1","b":"2"}}`, 204, ""},
			{"PUT", arn(path), `{"tags":{"b":"3"}}`, 204, ""},
			{"GET", arn(path), "", 200, `{"tags":{"a":"1","b":"3"}}`},
			{"DELETE", arn(path) + "?tagKeys=a&tagKeys=none", "", 204, ""},
			{"GET", arn(path), "", 200, `{"tags":{"b":"3"}}`},
		})
	}
	many := make(map[string]string)
	for i := range 50 {
		many["k"+strings.Repeat("x", i)] = ""
	}
	full, _ := json.Marshal(map[string]any{"tags": many})
	w.run([]step{
		{"PUT", arn("/apikeys/x1"), string(full), 400, message("Too many tags: a resource has at most 50")}, // "b" is there
		{"GET", arn("/apikeys/x1"), "", 200, `{"tags":{"b":"3"}}`},
		{"PUT", arn("/apikeys/x1"), `{"tags":{"aws:x":"1"}}`, 400, message("aws: prefixed tag key names are not allowed for external use.")},
		{"GET", arn("/restapis/nope"), "", 404, message("Invalid API identifier specified 111111111111:nope")},
		{"GET", arn("/restapis/api0000001/stages/none"), "", 404, message("Invalid stage identifier specified")},
		{"GET", arn("/usageplans/none"), "", 404, message("Invalid Usage Plan ID specified")},
		{"GET", arn("/account"), "", 400, message("Invalid ARN specified in the request")},
		{"GET", "/tags/" + url.PathEscape("arn:aws:apigateway:us-east-1::/apikeys/x1"), "", 400, message("Invalid ARN specified in the request")},
		{"GET", "/tags/" + url.PathEscape("arn:aws:apigateway:eu-west-1:222222222222:/apikeys/x1"), "", 400, message("Invalid ARN specified in the request")},
	})
}

func TestSDKTypesAreWhatCanBeGenerated(t *testing.T) {
	const js = `{"id":"javascript","friendlyName":"JavaScript","description":"JavaScript SDK","configurationProperties":[]}`
	open(t).run([]step{
		{"GET", "/sdktypes", "", 200, `{"item":[` + js + `]}`},
		{"GET", "/sdktypes/javascript", "", 200, js},
		{"GET", "/sdktypes/cobol", "", 404, message("Invalid SDK type specified: cobol")},
	})
}
