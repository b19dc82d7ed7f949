package awsclient_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gatehouse-gateway/gatehouse/internal/awsclient"
	"github.com/gatehouse-gateway/gatehouse/sigv4"
)

const secret = "a-very-secret-key"

var credential = sigv4.Credential{AccessKeyID: "AKIDEXAMPLE", Secret: sigv4.NewSecret(secret)}

type keys struct{}

func (keys) Credential(id string) (sigv4.Credential, bool) {
	return credential, id == credential.AccessKeyID
}

// seen is a request that a service got.
type seen struct {
	method, target, body string
	header               http.Header
}

// service answers requests with one function after the other, the last for all that follow, and checks their signatures.
type service struct {
	*httptest.Server
	t    *testing.T
	name string
	mu   sync.Mutex
	got  []seen
}

func newService(t *testing.T, name string, answers ...http.HandlerFunc) *service {
	t.Helper()
	s := &service{t: t, name: name}
	verifier := &sigv4.Verifier{Service: name, Region: "eu-west-1", Keys: keys{}, Now: time.Now}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		path, query, _ := strings.Cut(r.RequestURI, "?")
		signed := &sigv4.Request{Method: r.Method, Path: path, Query: query, Body: body, Header: []sigv4.Field{{Name: "Host", Value: r.Host}}}
		for n, values := range r.Header {
			for _, v := range values {
				signed.Header = append(signed.Header, sigv4.Field{Name: n, Value: v})
			}
		}
		if _, err := verifier.Verify(signed); err != nil && name != "s3" {
			t.Errorf("signature: %v", err)
		}
		s.mu.Lock()
		n := len(s.got)
		s.got = append(s.got, seen{r.Method, r.RequestURI, string(body), r.Header})
		s.mu.Unlock()
		answers[min(n, len(answers)-1)](w, r)
	}))
	t.Cleanup(s.Close)
	return s
}

// calls are the requests so far.
func (s *service) calls() []seen {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.got)
}

// client calls the service without pauses.
func (s *service) client() *awsclient.Client {
	s.t.Helper()
	c, err := awsclient.New(awsclient.Options{
		Endpoints: map[string]string{s.name: s.URL}, Credential: credential, Region: "eu-west-1", Pause: func(int) time.Duration { return 0 },
	})
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { ctx, cancel := context.WithCancel(context.Background()); cancel(); _ = c.Run(ctx) })
	return c
}

func says(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

func TestWhatPassesIsTriedAgain(t *testing.T) {
	hangUp := func(w http.ResponseWriter, _ *http.Request) { panic(http.ErrAbortHandler) }
	for name, c := range map[string]struct {
		answers      []http.HandlerFunc
		max          int
		calls, final int
	}{
		"success":                   {[]http.HandlerFunc{says(200, "")}, 0, 1, 200},
		"one failure of the server": {[]http.HandlerFunc{says(503, ""), says(200, "")}, 0, 2, 200},
		"failures for ever":         {[]http.HandlerFunc{says(500, "")}, 0, awsclient.DefaultAttempts, 500},
		"too many requests":         {[]http.HandlerFunc{says(429, ""), says(200, "")}, 0, 2, 200},
		"throttled in JSON":         {[]http.HandlerFunc{says(400, `{"__type":"com.amazonaws.sqs#RequestThrottled"}`), says(200, "")}, 0, 2, 200},
		"throttled in XML":          {[]http.HandlerFunc{says(400, `<ErrorResponse><Error><Code>Throttling</Code></Error></ErrorResponse>`), says(200, "")}, 0, 2, 200},
		"refused":                   {[]http.HandlerFunc{says(400, `{"__type":"InvalidParameterValue"}`)}, 0, 1, 400},
		"redirect":                  {[]http.HandlerFunc{says(307, "")}, 0, 1, 307},
		"connection lost":           {[]http.HandlerFunc{hangUp, says(200, "")}, 0, 2, 200},
		"one attempt":               {[]http.HandlerFunc{says(503, "")}, 1, 1, 503},
	} {
		s := newService(t, "lambda", c.answers...)
		answer, err := s.client().Do(t.Context(), awsclient.Call{Service: "lambda", Method: "POST", Path: "/a%20b", Query: "x=1", Body: []byte("{}"), Attempts: c.max})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if len(s.calls()) != c.calls || answer.Status != c.final || s.calls()[0].target != "/a%20b?x=1" || s.calls()[0].body != "{}" {
			t.Errorf("%s: got %d calls and %d, want %d and %d", name, len(s.calls()), answer.Status, c.calls, c.final)
		}
	}
}

func TestCallsAreBounded(t *testing.T) {
	s := newService(t, "lambda", says(200, strings.Repeat("x", 11)))
	_, err := s.client().Do(t.Context(), awsclient.Call{Service: "lambda", Method: "GET", MaxAnswer: 10})
	if !errors.Is(err, awsclient.ErrAnswerTooLarge) || len(s.calls()) != 1 {
		t.Errorf("got %v after %d calls", err, len(s.calls()))
	}
	s = newService(t, "lambda", func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	_, err = s.client().Do(t.Context(), awsclient.Call{Service: "lambda", Method: "GET", Timeout: time.Millisecond, Attempts: 2})
	if !errors.Is(err, context.DeadlineExceeded) || len(s.calls()) > 2 {
		t.Errorf("got %v after %d calls", err, len(s.calls()))
	}
	s = newService(t, "lambda", says(503, ""))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.client().Do(ctx, awsclient.Call{Service: "lambda", Method: "GET"}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestWhatCannotBeSentIsNotTriedAgain(t *testing.T) {
	for _, call := range []awsclient.Call{{Path: "/%zz"}, {Path: "/", Method: "G T"}} {
		pauses := 0
		c, err := awsclient.New(awsclient.Options{Endpoints: map[string]string{"lambda": "http://127.0.0.1:1"}, Credential: credential, Pause: func(int) time.Duration { pauses++; return 0 }})
		if err != nil {
			t.Fatal(err)
		}
		call.Service = "lambda"
		if _, err := c.Do(t.Context(), call); !errors.Is(err, awsclient.ErrCall) || pauses != 0 {
			t.Errorf("got %v after %d pauses", err, pauses)
		}
	}
}

func TestEndpoints(t *testing.T) {
	for _, c := range []struct{ service, address, want string }{
		{"sqss", "http://h", `service "sqss": must be one of events, lambda, s3, sns, sqs`},
		{"sqs", "h:9324", `sqs: endpoint "h:9324": must be an address such as http://127.0.0.1:9324, or aws`},
		{"sqs", "http://user:pw@h", `sqs: endpoint`},
		{"sqs", "http://h?x", `sqs: endpoint`},
		{"sqs", "ftp://h", `sqs: endpoint`},
		{"sqs", "", `sqs: endpoint`},
	} {
		_, err := awsclient.New(awsclient.Options{Endpoints: map[string]string{c.service: c.address}, Credential: credential})
		if err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%s=%s: got %v", c.service, c.address, err)
		}
	}
	if _, err := awsclient.New(awsclient.Options{Endpoints: map[string]string{"sqs": "aws"}}); !errors.Is(err, awsclient.ErrNoCredential) {
		t.Errorf("got %v", err)
	}
	c, err := awsclient.New(awsclient.Options{Endpoints: map[string]string{"sqs": "aws", "sns": "https://h/base/"}, Credential: credential, Region: "us-east-1"})
	if err != nil {
		t.Fatal(err)
	}
	var none *awsclient.EndpointError
	_, err = c.Do(t.Context(), awsclient.Call{Service: "s3", Method: "GET"})
	if !errors.As(err, &none) || err.Error() != "no endpoint for S3 is configured: set aws-endpoints" || c.Check("s3").Error() != err.Error() || c.Check("sqs") != nil {
		t.Errorf("got %v", err)
	}
	queue := awsclient.ARN{Service: "sqs", Region: "cn-north-1", AccountID: "000000000000", Resource: "q"}
	if got := c.QueueURL(queue); got != "https://sqs.cn-north-1.amazonaws.com.cn/000000000000/q" {
		t.Errorf("got %s", got)
	}
	if text := fmt.Sprintf("%v %+v %#v %#v", c, c, c, credential); strings.Contains(text, secret) {
		t.Error("the secret prints")
	}
}

// TestEndpointOfACall holds calls that say themselves where they go.
func TestEndpointOfACall(t *testing.T) {
	s := newService(t, "lambda", says(200, "ok"))
	call := awsclient.Call{Service: "lambda", Method: "POST", Path: "/x", Endpoint: s.URL}
	other := newService(t, "sqs", says(200, ""))
	if answer, err := other.client().Do(t.Context(), call); err != nil || string(answer.Body) != "ok" {
		t.Errorf("got %v", err)
	}
	if _, err := awsclient.Nowhere().Do(t.Context(), call); !errors.Is(err, awsclient.ErrNoCredential) {
		t.Errorf("got %v", err)
	}
	call.Endpoint = "ftp://h"
	if _, err := other.client().Do(t.Context(), call); err == nil {
		t.Error("a call went to ftp")
	}
}

func TestRefusalsAreReadInEveryForm(t *testing.T) {
	for _, c := range []struct{ header, body, code, message string }{
		{"", `{"__type":"com.amazonaws.sqs#QueueDoesNotExist","message":"no queue"}`, "QueueDoesNotExist", "no queue"},
		{"", `{"code":"X","Message":"m"}`, "X", "m"},
		{"", `<Error><Code>NoSuchKey</Code><Message>no key</Message></Error>`, "NoSuchKey", "no key"},
		{"", `<ErrorResponse xmlns="x"><Error><Code>NotFound</Code><Message>no topic</Message></Error></ErrorResponse>`, "NotFound", "no topic"},
		{"X-Amzn-ErrorType: ResourceNotFoundException:http://x", `{"Message":"m"}`, "ResourceNotFoundException", "m"},
		{"X-Amzn-Query-Error: AWS.SimpleQueueService.NonExistentQueue;Sender", `{}`, "AWS.SimpleQueueService.NonExistentQueue", ""},
		{"", `nothing`, "", ""},
		{"", `<nothing`, "", ""},
	} {
		a := &awsclient.Answer{Status: 404, Header: http.Header{}, Body: []byte(c.body)}
		if name, value, ok := strings.Cut(c.header, ": "); ok {
			a.Header.Set(name, value)
		}
		var got *awsclient.Error
		if !errors.As(a.Err("sqs"), &got) || got.Code != c.code || got.Message != c.message || got.Status != 404 {
			t.Errorf("%s: got %+v", c.body, got)
		}
	}
}

func TestHelpersSpeakTheProtocols(t *testing.T) {
	queue, _ := awsclient.ParseARN("arn:aws:sqs:eu-west-1:000000000000:q")
	topic, _ := awsclient.ParseARN("arn:aws:sns:eu-west-1:000000000000:t")
	bus, _ := awsclient.ParseARN("arn:aws:events:eu-west-1:000000000000:event-bus/b")
	m := awsclient.Message{Body: "text", TraceID: "Root=1", Attributes: map[string]awsclient.Attribute{"N": {Type: "Number", Text: "200"}, "B": {Type: "Binary", Binary: []byte("x")}}}
	for _, c := range []struct {
		service, answer string
		call            func(*awsclient.Client) error
		target, field   string
		value, body     string // the body of the request holds the text
	}{
		{"sqs", `{"MessageId":"1"}`, func(c *awsclient.Client) error { return c.SendMessage(t.Context(), queue, m) }, "/", "X-Amz-Target", "AmazonSQS.SendMessage",
			`"MessageAttributes":{"B":{"DataType":"Binary","BinaryValue":"eA=="},"N":{"DataType":"Number","StringValue":"200"}},"MessageBody":"text","MessageSystemAttributes":{"AWSTraceHeader":{"DataType":"String","StringValue":"Root=1"}},"QueueUrl":"http://`},
		{"sqs", `{}`, func(c *awsclient.Client) error {
			got, err := c.ReceiveMessages(t.Context(), queue, awsclient.Poll{Max: 10, Wait: 20 * time.Second, Visibility: 1500 * time.Millisecond})
			if len(got) != 0 {
				t.Errorf("got %v", got)
			}
			return err
		}, "/", "Content-Type", "application/x-amz-json-1.0", `"VisibilityTimeout":2,"WaitTimeSeconds":20}`},
		{"sqs", `{}`, func(c *awsclient.Client) error { return c.DeleteMessages(t.Context(), queue, []string{"h"}) }, "/", "X-Amz-Target", "AmazonSQS.DeleteMessageBatch", `"Entries":[{"Id":"0","ReceiptHandle":"h"}]`},
		{"sqs", `{}`, func(c *awsclient.Client) error { return c.ChangeVisibility(t.Context(), queue, []string{"h"}, 0) }, "/", "X-Amz-Target", "AmazonSQS.ChangeMessageVisibilityBatch", `"VisibilityTimeout":0`},
		{"sns", `<PublishResponse/>`, func(c *awsclient.Client) error { return c.Publish(t.Context(), topic, m) }, "/", "Content-Type", "application/x-www-form-urlencoded; charset=utf-8",
			"Action=Publish&Message=text&MessageAttributes.entry.1.Name=B&MessageAttributes.entry.1.Value.BinaryValue=eA%3D%3D&MessageAttributes.entry.1.Value.DataType=Binary&MessageAttributes.entry.2.Name=N&"},
		{"events", `{"FailedEntryCount":0}`, func(c *awsclient.Client) error {
			return c.PutEvent(t.Context(), bus, awsclient.BusEvent{Source: "lambda", DetailType: "d", Detail: "{}", Resources: []string{"r"}})
		}, "/", "X-Amz-Target", "AWSEvents.PutEvents", `{"Entries":[{"Detail":"{}","DetailType":"d","EventBusName":"arn:aws:events:eu-west-1:000000000000:event-bus/b","Resources":["r"],"Source":"lambda"}]}`},
		{"s3", "bytes", func(c *awsclient.Client) error {
			got, err := c.GetObject(t.Context(), awsclient.Object{Bucket: "b", Key: "a b/../+é", Version: "v/1"}, 5)
			if string(got) != "bytes" {
				t.Errorf("got %q", got)
			}
			return err
		}, "/b/a%20b/../%2B%C3%A9?versionId=v%2F1", "X-Amz-Content-Sha256", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", ""},
		{"s3", "", func(c *awsclient.Client) error {
			return c.PutObject(t.Context(), awsclient.Object{Bucket: "b", Key: "k"}, "application/json", []byte("{}"))
		}, "/b/k", "Content-Type", "application/json", "{}"},
	} {
		s := newService(t, c.service, says(200, c.answer))
		if err := c.call(s.client()); err != nil {
			t.Errorf("%s: %v", c.value, err)
		}
		if len(s.calls()) != 1 {
			t.Fatalf("%s: %d calls", c.value, len(s.calls()))
		}
		if got := s.calls()[0]; got.target != c.target || got.header.Get(c.field) != c.value || !strings.Contains(got.body, c.body) {
			t.Errorf("%s: got %+v", c.value, got)
		}
	}
}

func TestPartOfABatchMayFail(t *testing.T) {
	queue, _ := awsclient.ParseARN("arn:aws:sqs:eu-west-1:000000000000:q")
	handles := make([]string, 12)
	s := newService(t, "sqs", says(200, `{"Failed":[{"Id":"0","Code":"ReceiptHandleIsInvalid","Message":"no"}]}`), says(200, `{}`))
	var got *awsclient.Error
	if err := s.client().DeleteMessages(t.Context(), queue, handles); !errors.As(err, &got) || got.Code != "ReceiptHandleIsInvalid" || len(s.calls()) != 2 {
		t.Errorf("got %v after %d calls", err, len(s.calls()))
	}
	bus, _ := awsclient.ParseARN("arn:aws:events:eu-west-1:000000000000:event-bus/b")
	s = newService(t, "events", says(200, `{"FailedEntryCount":1,"Entries":[{"ErrorCode":"InternalFailure","ErrorMessage":"no"}]}`))
	if err := s.client().PutEvent(t.Context(), bus, awsclient.BusEvent{}); !errors.As(err, &got) || got.Code != "InternalFailure" {
		t.Errorf("got %v", err)
	}
}

func FuzzRefusals(f *testing.F) {
	f.Add([]byte(`{"__type":"a#b:c","message":"m"}`))
	f.Add([]byte(`<ErrorResponse><Error><Code>x</Code></Error></ErrorResponse>`))
	f.Fuzz(func(t *testing.T, body []byte) {
		a := &awsclient.Answer{Status: 500, Header: http.Header{}, Body: body}
		if a.Err("sqs") == nil {
			t.Error("no error")
		}
	})
}
