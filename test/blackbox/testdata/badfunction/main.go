// Command badfunction is a function in Go that does what the query of its event says, and nothing good.
package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambdacontext"
)

func main() { lambda.Start(handle) }

func handle(ctx context.Context, event events.APIGatewayProxyRequest) (events.APIGatewayProxyResponse, error) {
	var err error
	switch event.QueryStringParameters["do"] {
	case "hang":
		time.Sleep(time.Minute)
	case "exit":
		os.Exit(3)
	case "segfault":
		err = syscall.Kill(os.Getpid(), syscall.SIGSEGV)
		time.Sleep(time.Minute)
	case "binary":
		_, err = os.Stdout.Write([]byte{0, 255, '\n', 27, 200})
		return text("printed"), err
	case "much":
		return text(strings.Repeat("x", 7<<20)), nil
	case "fork":
		for range 5 {
			if err := exec.Command("sleep", "100").Start(); err != nil {
				return text("not forked"), err
			}
		}
		return text("forked"), nil
	case "posted":
		err = post(ctx)
		return text("second"), err
	case "close":
		closeSockets() // whether an answer would still get through is a matter of luck
		time.Sleep(time.Minute)
	case "good":
		return text("good"), nil
	}
	return text("unknown"), err
}

func text(body string) events.APIGatewayProxyResponse {
	return events.APIGatewayProxyResponse{StatusCode: http.StatusOK, Body: body}
}

// post answers the invocation behind the library's back.
func post(ctx context.Context) error {
	invocation, _ := lambdacontext.FromContext(ctx)
	url := fmt.Sprintf("http://%s/2018-06-01/runtime/invocation/%s/response", os.Getenv("AWS_LAMBDA_RUNTIME_API"), invocation.AwsRequestID)
	res, err := http.Post(url, "application/json", strings.NewReader(`{"statusCode":200,"body":"first"}`)) //nolint:noctx // tests end it
	if err != nil {
		return err
	}
	return res.Body.Close()
}

// closeSockets takes the library's connections away from it.
func closeSockets() {
	for fd := 3; fd < 64; fd++ {
		var stat syscall.Stat_t
		if syscall.Fstat(fd, &stat) == nil && stat.Mode&syscall.S_IFMT == syscall.S_IFSOCK {
			_ = syscall.Shutdown(fd, syscall.SHUT_RDWR)
		}
	}
}
