package notify_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/gatehouse-gateway/gatehouse/internal/awsclient"
	"github.com/gatehouse-gateway/gatehouse/internal/notify"
	"github.com/gatehouse-gateway/gatehouse/internal/outbound"
	"github.com/gatehouse-gateway/gatehouse/sigv4"
)

func TestParse(t *testing.T) {
	for text, service := range map[string]string{
		"arn:aws:sqs:eu-west-1:111111111111:q":                "sqs",
		"arn:aws-cn:sns:cn-north-1:111111111111:t":            "sns",
		"arn:aws:events:eu-west-1:111111111111:event-bus/a/b": "events",
		"arn:aws:s3:::bucket":                                 "s3",
		"https://h/p?q":                                       "",
		"http://127.0.0.1:80":                                 "",
	} {
		got, err := notify.Parse(text)
		if err != nil || got.Service() != service {
			t.Errorf("%s: got %s, %v", text, got.Service(), err)
		}
	}
	for _, text := range []string{
		"", "x", "arn:aws:sqs", "arn:aws:sqs::111111111111:q", "arn:aws:sqs:eu-west-1::q", "arn:aws:sqs:eu-west-1:111111111111:q.fifo", "arn:aws:sns:eu-west-1:111111111111:t:subscription",
		"arn:aws:events:eu-west-1:111111111111:rule/r", "arn:aws:events:eu-west-1:111111111111:event-bus/", "arn:aws:s3:::bucket/key", "arn:aws:lambda:eu-west-1:111111111111:function:f",
		"https://", "https://user@h/", "https://h/#f", "http://h:port/", "ftp://h",
	} {
		if got, err := notify.Parse(text); !errors.Is(err, notify.ErrTarget) {
			t.Errorf("%q: got %v, %v", text, got, err)
		}
	}
}

func TestWebServersAreTold(t *testing.T) {
	status := 204
	var got *http.Request
	var body string
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		text, _ := io.ReadAll(r.Body)
		got, body = r, string(text)
		w.WriteHeader(status)
	}))
	defer s.Close()
	c, err := awsclient.New(awsclient.Options{Pause: func(int) time.Duration { return 0 }})
	if err != nil {
		t.Fatal(err)
	}
	target, err := notify.Parse(s.URL + "/hook/%2F?token=x")
	if err != nil || notify.Check(c, target) != nil {
		t.Fatal(err)
	}
	if err := notify.Send(t.Context(), c, target, notify.Message{Body: []byte(`{"a":1}`), TraceID: "Root=1"}); err != nil {
		t.Error(err)
	}
	if got.Method != "POST" || got.RequestURI != "/hook/%2F?token=x" || body != `{"a":1}` || got.Header.Get("Content-Type") != "application/json" ||
		got.Header.Get("X-Amzn-Trace-Id") != "Root=1" || got.Header.Get("Authorization") != "" {
		t.Errorf("got %+v %s", got, body)
	}
	for _, status = range []int{302, 404, 500} {
		if err := notify.Send(t.Context(), c, target, notify.Message{}); err == nil {
			t.Errorf("%d is a success", status)
		}
	}
}

func TestMetadataServicesAreNotTold(t *testing.T) {
	attempts := 0
	c, err := awsclient.New(awsclient.Options{Pause: func(int) time.Duration { attempts++; return 0 }})
	if err != nil {
		t.Fatal(err)
	}
	target, err := notify.Parse("http://169.254.169.254/latest/api/token")
	if err != nil {
		t.Fatal(err)
	}
	if err := notify.Send(t.Context(), c, target, notify.Message{Body: []byte(`{}`)}); !errors.Is(err, outbound.ErrMetadata) || attempts != 0 {
		t.Errorf("got %v, and it was tried %d times more", err, attempts)
	}
}

func TestATargetWithoutEndpointIsRefused(t *testing.T) {
	c, err := awsclient.New(awsclient.Options{Endpoints: map[string]string{"sqs": "aws"}, Credential: sigv4.Credential{AccessKeyID: "A"}})
	if err != nil {
		t.Fatal(err)
	}
	topic, _ := notify.Parse("arn:aws:sns:eu-west-1:111111111111:t")
	queue, _ := notify.Parse("arn:aws:sqs:eu-west-1:111111111111:q")
	var none *awsclient.EndpointError
	if err := notify.Check(c, topic); !errors.As(err, &none) || notify.Check(c, queue) != nil {
		t.Errorf("got %v", err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add("arn:aws:sqs:eu-west-1:111111111111:q")
	f.Add("https://h/p?q")
	f.Fuzz(func(t *testing.T, text string) {
		if target, err := notify.Parse(text); err == nil && target.Service() == "" && !notify.IsWeb(text) {
			t.Errorf("%q names %v", text, target)
		}
	})
}
