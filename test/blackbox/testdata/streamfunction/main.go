// Command streamfunction is a function in Go that streams its answer: it writes the next piece once the file is there that the query of
// its event names.
package main

import (
	"io"
	"os"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"
)

// event is what the events of REST APIs and of function URLs have in common.
type event struct {
	Query map[string]string `json:"queryStringParameters"`
}

func main() { lambda.Start(handle) }

func handle(e event) (*events.LambdaFunctionURLStreamingResponse, error) {
	body, out := io.Pipe()
	go func() {
		_, err := io.WriteString(out, "one ")
		for _, piece := range []struct{ file, text string }{{e.Query["one"], "two "}, {e.Query["two"], "three"}} {
			await(piece.file)
			if err == nil {
				_, err = io.WriteString(out, piece.text)
			}
		}
		out.CloseWithError(err)
	}()
	return &events.LambdaFunctionURLStreamingResponse{
		StatusCode: 201, Headers: map[string]string{"Content-Type": "text/plain", "X-Own": "1"}, Cookies: []string{"a=1", "b=2"}, Body: body,
	}, nil
}

func await(file string) {
	for {
		if _, err := os.Stat(file); err == nil {
			return
		}
		time.Sleep(time.Millisecond)
	}
}
