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

// rounds is how many deployments the test makes.
const rounds = 30

// TestDeploymentsAreLiveWhenTheCallReturns deploys again and again under traffic: no request fails, none sees an older
// version than the one that was live when it began, and the next one after the call sees the new version.
func TestDeploymentsAreLiveWhenTheCallReturns(t *testing.T) {
	c := newClient()
	id, root := newAPI(t, c, "live")
	deployed(t, c, id, root, "prod")
	url := server.apis + "/restapis/" + id + "/prod/_user_request_/"
	var live atomic.Int64 // acknowledged
	get := func(ctx context.Context) (version int64, err error) {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			return 0, err
		}
		res, err := server.client.Do(req)
		if err != nil {
			return 0, err
		}
		defer res.Body.Close()
		body, err := io.ReadAll(res.Body)
		if err != nil || res.StatusCode != http.StatusOK {
			return 0, fmt.Errorf("%d %s %w", res.StatusCode, body, err)
		}
		_, err = fmt.Sscanf(string(body), `{"version": %d}`, &version)
		return version, err
	}
	deploy := func(version int) time.Duration {
		t.Helper()
		template := fmt.Sprintf(`{"version": %d}`, version)
		must[apigateway.UpdateIntegrationResponseOutput](t)(c.UpdateIntegrationResponse(t.Context(), &apigateway.UpdateIntegrationResponseInput{
			RestApiId: &id, ResourceId: &root, HttpMethod: aws.String("GET"), StatusCode: aws.String("200"), PatchOperations: []types.PatchOperation{replace("/responseTemplates/application~1json", template)},
		}))
		start := time.Now()
		must[apigateway.CreateDeploymentOutput](t)(c.CreateDeployment(t.Context(), &apigateway.CreateDeploymentInput{RestApiId: &id, StageName: aws.String("prod")}))
		live.Store(int64(version))
		return time.Since(start)
	}
	deploy(0)
	ctx, stop := context.WithCancel(t.Context())
	var traffic sync.WaitGroup
	var served atomic.Int64
	for range 4 {
		traffic.Go(func() {
			for ctx.Err() == nil {
				before := live.Load()
				version, err := get(context.WithoutCancel(ctx))
				if err != nil || version < before {
					t.Errorf("got version %d, %v; %d was live", version, err, before)
					return
				}
				served.Add(1)
			}
		})
	}
	var took []time.Duration
	for version := 1; version <= rounds; version++ {
		took = append(took, deploy(version))
		if got, err := get(t.Context()); err != nil || got != int64(version) {
			t.Errorf("got version %d, %v; want %d", got, err, version)
		}
	}
	stop()
	traffic.Wait()
	slices.Sort(took)
	t.Logf("%d deployments under %d requests: from the call to its answer, live, %v in the median, %v at most", rounds, served.Load(), took[rounds/2], took[rounds-1])
}
