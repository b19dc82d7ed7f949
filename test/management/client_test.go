package management_test

import (
	"context"
	"errors"
	"reflect"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	"github.com/aws/aws-sdk-go-v2/service/apigateway/types"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"
)

// succeeded are the operations that a client called with success.
var succeeded sync.Map

// newClient is the SDK's client of the server, without retries: an answer is the first one.
func newClient() *apigateway.Client { return clientOf(server) }

func clientOf(p *process) *apigateway.Client {
	return apigateway.New(apigateway.Options{
		Region: region, BaseEndpoint: aws.String(p.control), Retryer: aws.NopRetryer{}, HTTPClient: p.client,
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) { return p.root, nil }),
		APIOptions: []func(*middleware.Stack) error{func(s *middleware.Stack) error {
			return s.Initialize.Add(middleware.InitializeMiddlewareFunc("Succeeded", func(ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (middleware.InitializeOutput, middleware.Metadata, error) {
				out, meta, err := next.HandleInitialize(ctx, in)
				if err == nil {
					succeeded.Store(awsmiddleware.GetOperationName(ctx), true)
				}
				return out, meta, err
			}), middleware.After)
		}},
	})
}

// must is for calls that have to succeed.
func must[T any](t *testing.T) func(*T, error) *T {
	return func(out *T, err error) *T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
}

// equal compares what was read back with what was sent.
func equal(t *testing.T, what string, got, want any) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s: got %#v, want %#v", what, got, want)
	}
}

// fails checks the error that a client sees.
func fails(t *testing.T, err error, code, message string) {
	t.Helper()
	var failed smithy.APIError
	if !errors.As(err, &failed) || failed.ErrorCode() != code || message != "" && failed.ErrorMessage() != message {
		t.Errorf("got %v, want %s: %s", err, code, message)
	}
}

func op(kind types.Op, path, value string) types.PatchOperation {
	return types.PatchOperation{Op: kind, Path: &path, Value: &value}
}

func replace(path, value string) types.PatchOperation { return op(types.OpReplace, path, value) }

// newAPI makes an API that is gone at the end.
func newAPI(t *testing.T, c *apigateway.Client, name string) (id, root string) {
	t.Helper()
	api := must[apigateway.CreateRestApiOutput](t)(c.CreateRestApi(t.Context(), &apigateway.CreateRestApiInput{Name: &name}))
	t.Cleanup(func() {
		_, err := c.DeleteRestApi(context.Background(), &apigateway.DeleteRestApiInput{RestApiId: api.Id})
		if err != nil {
			t.Errorf("deleting the API: %v", err)
		}
	})
	return *api.Id, *api.RootResourceId
}

// deployed gives an API a MOCK method at its root and a stage.
func deployed(t *testing.T, c *apigateway.Client, id, root, stage string) (deployment string) {
	t.Helper()
	ctx, get, ok := t.Context(), aws.String("GET"), aws.String("200")
	must[apigateway.PutMethodOutput](t)(c.PutMethod(ctx, &apigateway.PutMethodInput{RestApiId: &id, ResourceId: &root, HttpMethod: get, AuthorizationType: aws.String("NONE")}))
	must[apigateway.PutMethodResponseOutput](t)(c.PutMethodResponse(ctx, &apigateway.PutMethodResponseInput{RestApiId: &id, ResourceId: &root, HttpMethod: get, StatusCode: ok}))
	must[apigateway.PutIntegrationOutput](t)(c.PutIntegration(ctx, &apigateway.PutIntegrationInput{
		RestApiId: &id, ResourceId: &root, HttpMethod: get, Type: types.IntegrationTypeMock, RequestTemplates: map[string]string{"application/json": `{"statusCode": 200}`},
	}))
	must[apigateway.PutIntegrationResponseOutput](t)(c.PutIntegrationResponse(ctx, &apigateway.PutIntegrationResponseInput{
		RestApiId: &id, ResourceId: &root, HttpMethod: get, StatusCode: ok, ResponseTemplates: map[string]string{"application/json": `{"stage": "$context.stage"}`},
	}))
	d := must[apigateway.CreateDeploymentOutput](t)(c.CreateDeployment(ctx, &apigateway.CreateDeploymentInput{RestApiId: &id}))
	must[apigateway.CreateStageOutput](t)(c.CreateStage(ctx, &apigateway.CreateStageInput{RestApiId: &id, StageName: &stage, DeploymentId: d.Id}))
	return *d.Id
}
