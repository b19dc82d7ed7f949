// Command stock is a Lambda function in Go. Who asks is what the authorizer said.
package main

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"
)

func main() { lambda.Start(handle) }

func handle(_ context.Context, request events.APIGatewayProxyRequest) (events.APIGatewayProxyResponse, error) {
	user, _ := request.RequestContext.Authorizer["principalId"].(string)
	body, err := json.Marshal(map[string]any{"for": user, "stock": map[string]int{"bolt": 1200, "nut": 900}})
	if err != nil {
		return events.APIGatewayProxyResponse{}, fmt.Errorf("stock: %w", err)
	}
	return events.APIGatewayProxyResponse{StatusCode: 200, Body: string(body)}, nil
}
