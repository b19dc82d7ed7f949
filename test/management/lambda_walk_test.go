package management_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/aws/smithy-go"

	"github.com/gatehouse-gateway/gatehouse/internal/control/lambda/wire"
)

// lambdaOfNothing are the operations that answer for what does not exist, or name nothing.
var lambdaOfNothing = []string{"ListEventSourceMappings", "ListLayerVersions"}

// TestEveryLambdaOperationRefusesWhatDoesNotExist calls each operation with names of nothing, and with bodies that are none.
func TestEveryLambdaOperationRefusesWhatDoesNotExist(t *testing.T) {
	model, err := wire.ServiceModel()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range model.OperationNames() {
		o := model.Operations[name]
		if !strings.Contains(o.URI, "{") && o.Method == "GET" || strings.Contains(strings.Join(lambdaOfNothing, " "), name) {
			continue
		}
		target := label.ReplaceAllString(o.URI, "nothing0")
		if o.QueryFixed != "" {
			target += "?" + o.QueryFixed
		}
		bodies := []string{`{`, `[]`, `"x"`, `{"Tags":1}`, `{"FunctionName":{},"ZipFile":"?"}`, ``}
		if o.Method == "GET" || o.Method == "DELETE" {
			bodies = []string{``}
		}
		for _, body := range bodies {
			a := server.sendLambda(t, o.Method, target, body, nil)
			if a.status < 400 || a.status > 499 || a.header.Get("x-amzn-ErrorType") == "" || a.header.Get("x-amzn-RequestId") == "" || !strings.HasPrefix(string(a.body), `{"`) {
				t.Errorf("%s %s %s: got %d %s %s", o.Method, target, body, a.status, a.header.Get("x-amzn-ErrorType"), a.body)
			}
		}
	}
}

// TestSixteenClientsOfOneFunction make the same function and change it: one makes it, and no change is lost.
func TestSixteenClientsOfOneFunction(t *testing.T) {
	c, ctx := newLambda(), t.Context()
	name := aws.String("busy-function")
	t.Cleanup(func() {
		must[lambda.DeleteFunctionOutput](t)(c.DeleteFunction(context.Background(), &lambda.DeleteFunctionInput{FunctionName: name}))
	})
	together := func(work func(n int) error) (succeeded int64) {
		var clients sync.WaitGroup
		var count atomic.Int64
		for n := range 16 {
			clients.Go(func() {
				err := work(n)
				var failed smithy.APIError
				if err == nil {
					count.Add(1)
				} else if !errors.As(err, &failed) || failed.ErrorCode() != "ResourceConflictException" {
					t.Error(err)
				}
			})
		}
		clients.Wait()
		return count.Load()
	}
	code := zipOf(t, "handler.py", echoPython)
	equal(t, "creations", together(func(int) error {
		_, err := c.CreateFunction(ctx, &lambda.CreateFunctionInput{FunctionName: name, Runtime: types.RuntimePython313, Handler: aws.String("handler.handler"), Role: aws.String(role), Code: &types.FunctionCode{ZipFile: code}})
		return err
	}), int64(1))
	equal(t, "changes", together(func(n int) error {
		for i := range 4 {
			id := fmt.Sprintf("s%d-%d", n, i)
			if _, err := c.AddPermission(ctx, &lambda.AddPermissionInput{FunctionName: name, StatementId: &id, Action: aws.String("lambda:InvokeFunction"), Principal: aws.String("s3.amazonaws.com")}); err != nil {
				return err
			}
			if _, err := c.UpdateFunctionConfiguration(ctx, &lambda.UpdateFunctionConfigurationInput{FunctionName: name, Description: &id}); err != nil {
				return err
			}
			if _, err := c.PublishVersion(ctx, &lambda.PublishVersionInput{FunctionName: name}); err != nil {
				return err
			}
		}
		return nil
	}), int64(16))
	policy := must[lambda.GetPolicyOutput](t)(c.GetPolicy(ctx, &lambda.GetPolicyInput{FunctionName: name}))
	equal(t, "statements", strings.Count(*policy.Policy, `"Sid"`), 64)
	seen := map[string]bool{}
	for pages := lambda.NewListVersionsByFunctionPaginator(c, &lambda.ListVersionsByFunctionInput{FunctionName: name}); pages.HasMorePages(); {
		for _, v := range must[lambda.ListVersionsByFunctionOutput](t)(pages.NextPage(ctx)).Versions {
			if seen[*v.Version] {
				t.Errorf("version %s is listed twice", *v.Version)
			}
			seen[*v.Version] = true
		}
	}
	for n := 1; n < len(seen); n++ {
		if !seen[fmt.Sprint(n)] {
			t.Errorf("version %d of %d is missing", n, len(seen)-1)
		}
	}
}
