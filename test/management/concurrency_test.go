package management_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	"github.com/aws/aws-sdk-go-v2/service/apigateway/types"
)

// TestSixteenClientsPatchOneAPI lets clients patch all kinds of things of one API at once, each its own map keys: none of the
// updates is lost, none is answered with an error. Spec: control-plane 20, trap 14.
func TestSixteenClientsPatchOneAPI(t *testing.T) {
	const clients, turns = 16, 4
	c, ctx := newClient(), t.Context()
	id, root := newAPI(t, c, "busy")
	deployed(t, c, id, root, "prod")
	verb, ok := aws.String("GET"), aws.String("200")
	var all sync.WaitGroup
	for n := range clients {
		own := newClient()
		all.Go(func() {
			for i := range turns {
				key := fmt.Sprintf("k%d-%d", n, i)
				var errAPI error
				if i == 0 { // an API has 25 binary media types at most
					_, errAPI = own.UpdateRestApi(ctx, &apigateway.UpdateRestApiInput{RestApiId: &id, PatchOperations: []types.PatchOperation{add("/binaryMediaTypes/x~1"+key, "")}})
				}
				_, errMethod := own.UpdateMethod(ctx, &apigateway.UpdateMethodInput{RestApiId: &id, ResourceId: &root, HttpMethod: verb, PatchOperations: []types.PatchOperation{add("/requestParameters/method.request.header."+key, "false")}})
				_, errIntegration := own.UpdateIntegration(ctx, &apigateway.UpdateIntegrationInput{RestApiId: &id, ResourceId: &root, HttpMethod: verb, PatchOperations: []types.PatchOperation{add("/requestTemplates/x~1"+key, "{}")}})
				_, errResponse := own.UpdateMethodResponse(ctx, &apigateway.UpdateMethodResponseInput{RestApiId: &id, ResourceId: &root, HttpMethod: verb, StatusCode: ok, PatchOperations: []types.PatchOperation{add("/responseParameters/method.response.header."+key, "false")}})
				_, errModel := own.CreateModel(ctx, &apigateway.CreateModelInput{RestApiId: &id, Name: aws.String(fmt.Sprintf("M%dx%d", n, i)), ContentType: aws.String("application/json"), Schema: aws.String("{}")})
				for _, err := range []error{errAPI, errMethod, errIntegration, errResponse, errModel} {
					if err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
	all.Wait()
	const want = clients * turns
	equal(t, "binary media types", len(must[apigateway.GetRestApiOutput](t)(c.GetRestApi(ctx, &apigateway.GetRestApiInput{RestApiId: &id})).BinaryMediaTypes), clients)
	m := must[apigateway.GetMethodOutput](t)(c.GetMethod(ctx, &apigateway.GetMethodInput{RestApiId: &id, ResourceId: &root, HttpMethod: verb}))
	equal(t, "parameters, templates, headers", []int{len(m.RequestParameters), len(m.MethodIntegration.RequestTemplates), len(m.MethodResponses["200"].ResponseParameters)}, []int{want, want + 1, want})
	equal(t, "models", len(must[apigateway.GetModelsOutput](t)(c.GetModels(ctx, &apigateway.GetModelsInput{RestApiId: &id, Limit: aws.Int32(500)})).Items), want+2)
}

// TestParallelCreatesUnderOneParent creates resources with their methods as Terraform's ten workers do, and the same resource
// ten times: one creation wins, the others are told of the conflict.
func TestParallelCreatesUnderOneParent(t *testing.T) {
	const workers = 10
	c, ctx := newClient(), t.Context()
	id, root := newAPI(t, c, "parallel")
	var all sync.WaitGroup
	var won atomic.Int32
	for n := range workers {
		all.Go(func() {
			part := fmt.Sprintf("r%d", n)
			r, err := c.CreateResource(ctx, &apigateway.CreateResourceInput{RestApiId: &id, ParentId: &root, PathPart: &part})
			if err != nil {
				t.Error(err)
				return
			}
			if _, err := c.PutMethod(ctx, &apigateway.PutMethodInput{RestApiId: &id, ResourceId: r.Id, HttpMethod: aws.String("GET"), AuthorizationType: aws.String("NONE")}); err != nil {
				t.Error(err)
			}
			if _, err := c.GetMethod(ctx, &apigateway.GetMethodInput{RestApiId: &id, ResourceId: r.Id, HttpMethod: aws.String("GET")}); err != nil {
				t.Errorf("read after write: %v", err)
			}
			_, err = c.CreateResource(ctx, &apigateway.CreateResourceInput{RestApiId: &id, ParentId: &root, PathPart: aws.String("same")})
			if err == nil {
				won.Add(1)
				return
			}
			fails(t, err, "ConflictException", "Another resource with the same parent already has this name: same")
		})
	}
	all.Wait()
	equal(t, "creations of the same resource", won.Load(), int32(1))
	equal(t, "resources", len(must[apigateway.GetResourcesOutput](t)(c.GetResources(ctx, &apigateway.GetResourcesInput{RestApiId: &id, Limit: aws.Int32(500)})).Items), workers+2)
}

// TestMovingAStageFailsNoRequest moves a stage between two deployments under traffic. Every request gets the answer of one of
// them; the first after the call gets the new one. How long that takes is logged, and judged by nobody.
func TestMovingAStageFailsNoRequest(t *testing.T) {
	const moves = 40
	c, ctx := newClient(), t.Context()
	id, root := newAPI(t, c, "moved")
	deployments := []string{deployed(t, c, id, root, "prod")}
	must[apigateway.UpdateIntegrationResponseOutput](t)(c.UpdateIntegrationResponse(ctx, &apigateway.UpdateIntegrationResponseInput{
		RestApiId: &id, ResourceId: &root, HttpMethod: aws.String("GET"), StatusCode: aws.String("200"), PatchOperations: []types.PatchOperation{replace("/responseTemplates/application~1json", "second")},
	}))
	deployments = append(deployments, *must[apigateway.CreateDeploymentOutput](t)(c.CreateDeployment(ctx, &apigateway.CreateDeploymentInput{RestApiId: &id})).Id)
	answers := []string{`{"stage": "prod"}`, "second"}
	get := func() (string, error) {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, server.apis+"/restapis/"+id+"/prod/_user_request_/", nil)
		if err != nil {
			return "", err
		}
		res, err := server.client.Do(req)
		if err != nil {
			return "", err
		}
		defer res.Body.Close()
		body, err := io.ReadAll(res.Body)
		if err == nil && (res.StatusCode != http.StatusOK || !slices.Contains(answers, string(body))) {
			err = fmt.Errorf("got %d %s", res.StatusCode, body)
		}
		return string(body), err
	}
	load, stop := context.WithCancel(ctx)
	defer stop()
	var traffic sync.WaitGroup
	var served atomic.Int64
	for range 4 {
		traffic.Go(func() {
			for load.Err() == nil {
				if _, err := get(); err != nil {
					t.Error(err)
					return
				}
				served.Add(1)
			}
		})
	}
	var took []time.Duration
	for i := 1; i <= moves; i++ {
		start := time.Now()
		must[apigateway.UpdateStageOutput](t)(c.UpdateStage(ctx, &apigateway.UpdateStageInput{RestApiId: &id, StageName: aws.String("prod"), PatchOperations: []types.PatchOperation{replace("/deploymentId", deployments[i%2])}}))
		got, err := get()
		took = append(took, time.Since(start))
		equal(t, "after the move", []any{got, err}, []any{answers[i%2], nil})
	}
	stop()
	traffic.Wait()
	slices.Sort(took)
	t.Logf("%d moves under %d requests: from the call to the new answer %v in the median, %v at most", moves, served.Load(), took[moves/2], took[moves-1])
}
