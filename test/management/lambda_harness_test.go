package management_test

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/smithy-go/middleware"

	lambdacontrol "github.com/gatehouse-gateway/gatehouse/internal/control/lambda"
	lambdastate "github.com/gatehouse-gateway/gatehouse/internal/control/lambda/state"
)

const (
	functionsPath = "/2015-03-31/functions"
	role          = "arn:aws:iam::000000000000:role/lambda"
)

// lambdaSucceeded are the operations of Lambda that a client called with success.
var lambdaSucceeded sync.Map

// lambdaBound are the operations of Lambda that work, as docs/lambda-operations.md lists them.
func lambdaBound() ([]string, error) {
	service, err := lambdacontrol.NewService(lambdastate.New(lambdastate.Options{}))
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(service.Model.OperationNames(), func(name string) bool { return service.Refusal(name) != nil }), nil
}

// checkLambdaCalled returns the operations that no client called with success. It is asked after a run of all tests.
func checkLambdaCalled() error {
	names, err := lambdaBound()
	if err != nil {
		return err
	}
	names = slices.DeleteFunc(names, func(name string) bool {
		_, ok := lambdaSucceeded.Load(name)
		return ok
	})
	if len(names) > 0 {
		return fmt.Errorf("no client called these operations of Lambda with success: %v", names)
	}
	return nil
}

// newLambda is the SDK's client of the server, without retries.
func newLambda() *lambda.Client {
	return lambda.New(lambda.Options{
		Region: region, BaseEndpoint: aws.String(server.control), Retryer: aws.NopRetryer{}, HTTPClient: server.client,
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) { return server.root, nil }),
		APIOptions: []func(*middleware.Stack) error{func(s *middleware.Stack) error {
			return s.Initialize.Add(middleware.InitializeMiddlewareFunc("Succeeded", func(ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (middleware.InitializeOutput, middleware.Metadata, error) {
				out, meta, err := next.HandleInitialize(ctx, in)
				if err == nil {
					lambdaSucceeded.Store(awsmiddleware.GetOperationName(ctx), true)
				}
				return out, meta, err
			}), middleware.After)
		}},
	})
}

// zipOf is a zip file with one file.
func zipOf(t testing.TB, name, text string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	h := &zip.FileHeader{Name: name, Method: zip.Deflate}
	h.SetMode(0o755)
	out, err := w.CreateHeader(h)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := out.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

const echoPython = "import json\n\ndef handler(event, context):\n    return event\n"

// sendLambda signs a request for Lambda and returns the answer to it.
func (p *process) sendLambda(t *testing.T, method, target, body string, header http.Header) answer {
	t.Helper()
	req, err := http.NewRequestWithContext(context.Background(), method, p.control+target, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for name, values := range header {
		req.Header[name] = values
	}
	sum := sha256.Sum256([]byte(body))
	if err := v4.NewSigner().SignHTTP(context.Background(), p.root, req, hex.EncodeToString(sum[:]), "lambda", region, time.Now()); err != nil {
		t.Fatal(err)
	}
	return p.do(t, req)
}

// lambdaReplay is a replay of a recording of Lambda.
type lambdaReplay struct{ *replay }

func newLambdaReplay(t *testing.T, file, test string) *lambdaReplay {
	t.Helper()
	return &lambdaReplay{newReplay(t, file, test)}
}

// madeFunctions numbers the functions of all tests.
var madeFunctions atomic.Int64

// newFunction gives the variable function a name of its own, and deletes what has it in the end.
func (r *lambdaReplay) newFunction(variable string) string {
	r.t.Helper()
	name := strings.ToLower(strings.Map(func(c rune) rune {
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' {
			return c
		}
		return '-'
	}, r.t.Name()))
	name = name[max(0, len(name)-40):] + "-" + variable + strconv.FormatInt(madeFunctions.Add(1), 10)
	r.vars[variable] = name
	r.t.Cleanup(func() {
		if got := server.sendLambda(r.t, "DELETE", functionsPath+"/"+name, "", nil); got.status != 204 && got.status != 404 {
			r.t.Errorf("deleting function %s: %d %s", name, got.status, got.body)
		}
	})
	return name
}

// body is that of CreateFunction, with more members.
func (r *lambdaReplay) body(variable, handler, more string) string {
	r.t.Helper()
	code := base64.StdEncoding.EncodeToString(zipOf(r.t, "handler.py", echoPython+"# "+r.vars[variable]+"\n"))
	return `{"FunctionName":"{{` + variable + `}}","Runtime":"python3.12","Handler":"` + handler + `","Role":"` + role + `","Code":{"ZipFile":"` + code + `"}` + more + `}`
}

// usual are the members that the recorded tests' helper gives to every function.
const usual = `,"Timeout":30,"Environment":{"Variables":{}}`

// create makes a function whose recorded answer has the name; "" when there is none.
func (r *lambdaReplay) create(name, variable, handler, more string) map[string]any {
	r.t.Helper()
	r.newFunction(variable)
	if name == "" {
		return r.do("POST", functionsPath, r.body(variable, handler, more))
	}
	return r.call(name, "POST", functionsPath, r.body(variable, handler, more))
}

// call sends a request whose answer is the recorded one of the name. Some are recorded as a member of an object.
func (r *lambdaReplay) call(name, method, target, body string) map[string]any {
	r.t.Helper()
	got := server.sendLambda(r.t, method, r.fill(target), r.fill(body), nil)
	return r.compare(name, got)
}

func (r *lambdaReplay) compare(name string, got answer) map[string]any {
	r.t.Helper()
	seen := lambdaAsRecorded(r.t, got)
	want, ok := r.want[name].(map[string]any)
	delete(r.want, name)
	if !ok {
		r.t.Errorf("nothing of the name %q is recorded", name)
		return seen
	}
	if inside, ok := want["CreateFunctionResponse"].(map[string]any); ok {
		want = inside
	}
	if want["ResponseMetadata"] == nil && got.status == 200 { // a paginator's
		delete(seen, "ResponseMetadata")
	}
	if err := r.match.object("", withoutHeaders(want), seen); err != nil {
		r.t.Errorf("%s: %v\nanswer: %d %s", name, err, got.status, got.body)
	}
	return seen
}

// do sends a request that the recorded test sent without keeping the answer; it has to succeed.
func (r *lambdaReplay) do(method, target, body string) map[string]any {
	r.t.Helper()
	got := server.sendLambda(r.t, method, r.fill(target), r.fill(body), nil)
	if got.status/100 != 2 {
		r.t.Fatalf("%s %s: %d %s", method, r.fill(target), got.status, got.body)
	}
	return lambdaAsRecorded(r.t, got)
}

// lambdaAsRecorded writes an answer as the recorder saw it.
func lambdaAsRecorded(t *testing.T, a answer) map[string]any {
	t.Helper()
	seen := map[string]any{}
	if len(a.body) > 0 {
		if err := json.Unmarshal(a.body, &seen); err != nil {
			t.Fatalf("%d %s: %v", a.status, a.body, err)
		}
	}
	if a.status >= 400 {
		kind, _, _ := strings.Cut(a.header.Get("x-amzn-ErrorType"), ":")
		message := seen["message"]
		if message == nil {
			message = seen["Message"]
		}
		seen["Error"] = map[string]any{"Code": kind, "Message": message}
		delete(seen, "message")
	}
	for _, member := range []string{"Code", "Content"} {
		if code, ok := seen[member].(map[string]any); ok && strings.HasPrefix(fmt.Sprint(code["Location"]), "http") {
			code["Location"] = "an address that changes every second" // the recorder wrote the same for all of them
		}
	}
	seen["ResponseMetadata"] = map[string]any{"HTTPStatusCode": float64(a.status)}
	return seen
}

// arnOf is the ARN of a function of the server's account.
func arnOf(account, name string) string {
	return "arn:aws:lambda:" + region + ":" + account + ":function:" + name
}

// escapedName is a name as a path has it.
func escapedName(name string) string { return url.PathEscape(name) }

func base64Zip(t testing.TB, name, text string) string {
	t.Helper()
	return base64.StdEncoding.EncodeToString(zipOf(t, name, text))
}
