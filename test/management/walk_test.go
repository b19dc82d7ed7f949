package management_test

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	"github.com/aws/aws-sdk-go-v2/service/apigateway/types"

	"github.com/gatehouse-gateway/gatehouse/internal/control/apigateway/wire"
)

// refusedByName are the operations that answer every call with an error that says so.
var refusedByName = []string{
	"CreateDomainNameAccessAssociation", "DeleteDomainNameAccessAssociation", "RejectDomainNameAccessAssociation",
}

// checkCalled returns the operations that no client called with success. It is asked after a run of all tests.
func checkCalled() error {
	model, err := wire.ServiceModel()
	if err != nil {
		return err
	}
	var names []string
	for _, name := range model.OperationNames() {
		if _, ok := succeeded.Load(name); !ok && !slices.Contains(refusedByName, name) {
			names = append(names, name)
		}
	}
	if len(names) > 0 {
		return fmt.Errorf("no client called these operations with success: %v", names)
	}
	return nil
}

var label = regexp.MustCompile(`\{[^}]*\}`)

// TestEveryOperationRefusesWhatDoesNotExist calls each operation with identifiers of nothing, and with bodies that are none.
func TestEveryOperationRefusesWhatDoesNotExist(t *testing.T) {
	model, err := wire.ServiceModel()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range model.OperationNames() {
		o := model.Operations[name]
		target := label.ReplaceAllString(o.URI, "nothing0")
		if o.QueryFixed != "" {
			target += "?" + o.QueryFixed
		}
		for _, body := range []string{`{`, `[]`, `"x"`, `{"patchOperations":[{"op":"nope","path":1}]}`, `{"name":{},"patchOperations":{}}`, ``} {
			if body == "" && (o.URI == "/restapis" || !strings.Contains(o.URI, "{")) {
				continue // lists and creations of nothing are no mistakes of identifiers
			}
			if (o.Method == "GET" || o.Method == "DELETE") && body != "" {
				continue
			}
			if strings.HasPrefix(body, "{\"") && (name == "CreateApiKey" || name == "GenerateClientCertificate") {
				continue // no member is required, and unknown ones are ignored
			}
			if name == "ImportApiKeys" || name == "CreateDeployment" && body == "" {
				continue
			}
			a := server.send(t, o.Method, target, "application/json", body)
			if name == "UntagResource" || name == "GetUsagePlanKeys" {
				continue // an untagged nothing and the keys of no plan are recorded as they are
			}
			if a.status < 400 || a.status > 499 || a.header.Get("x-amzn-ErrorType") == "" || a.header.Get("x-amzn-RequestId") == "" || !strings.HasPrefix(string(a.body), `{"`) {
				t.Errorf("%s %s %s: got %d %s %s", o.Method, target, body, a.status, a.header.Get("x-amzn-ErrorType"), a.body)
			}
		}
	}
}

func TestSixteenClientsLoseNoUpdate(t *testing.T) {
	c := newClient()
	id, root := newAPI(t, c, "busy")
	deployed(t, c, id, root, "prod")
	var clients sync.WaitGroup
	for n := range 16 {
		clients.Go(func() {
			for i := range 5 {
				key := fmt.Sprintf("v%d_%d", n, i)
				if _, err := c.UpdateStage(t.Context(), &apigateway.UpdateStageInput{RestApiId: &id, StageName: aws.String("prod"), PatchOperations: []types.PatchOperation{replace("/variables/"+key, strconv.Itoa(i))}}); err != nil {
					t.Error(err)
				}
				if _, err := c.CreateResource(t.Context(), &apigateway.CreateResourceInput{RestApiId: &id, ParentId: &root, PathPart: &key}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	clients.Wait()
	stage := must[apigateway.GetStageOutput](t)(c.GetStage(t.Context(), &apigateway.GetStageInput{RestApiId: &id, StageName: aws.String("prod")}))
	resources := must[apigateway.GetResourcesOutput](t)(c.GetResources(t.Context(), &apigateway.GetResourcesInput{RestApiId: &id, Limit: aws.Int32(500)}))
	equal(t, "variables", len(stage.Variables), 80)
	equal(t, "resources", len(resources.Items), 81)
}
