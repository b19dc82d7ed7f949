package front_test

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/gatehouse-gateway/gatehouse/internal/front"
)

// h2c is a client that speaks HTTP/2 in clear text.
func h2c(t *testing.T) *http.Client {
	var protocols http.Protocols
	protocols.SetUnencryptedHTTP2(true)
	transport := &http.Transport{Protocols: &protocols}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

func TestHTTP2IsServedThroughNetHTTP(t *testing.T) {
	addr, _ := start(t, fronts["nethttp"], front.Options{}, func(_ context.Context, x *front.Exchange) {
		q := &x.Request
		body, _ := io.ReadAll(q.Body)
		x.Response.Status = 200
		x.Response.Header.Add("X-Seen", strings.Join([]string{q.Method, q.Target, q.Proto, string(body)}, " "))
		for _, f := range q.Header {
			if f.Name == "x-mixed" {
				x.Response.Header.Add("X-Case", "lower")
			}
		}
		x.Response.Stream, x.Response.StreamLength = io.NopCloser(strings.NewReader("streamed")), -1
	})
	req, _ := http.NewRequest("POST", "http://"+addr+"/stage//x%2Fy?a[]=1", strings.NewReader("hello"))
	req.Header.Set("X-Mixed", "1")
	res, err := h2c(t).Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, _ := io.ReadAll(res.Body)
	if got, want := res.Header.Get("X-Seen"), "POST /stage//x%2Fy?a[]=1 HTTP/2.0 hello"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if res.Header.Get("X-Case") != "lower" || string(body) != "streamed" || res.Header.Get("Connection") != "" || res.ProtoMajor != 2 {
		t.Errorf("got %+v, body %q", res, body)
	}
}

func TestNetHTTPRefusesWhatOursRefuses(t *testing.T) {
	for in, want := range map[string]string{
		"GET / HTTP/1.1\r\nHost: a@b\r\n\r\n":                                         "400",
		"GET /{x} HTTP/1.1\r\nHost: a\r\n\r\n":                                        "400",
		"GET http://b/ HTTP/1.1\r\nHost: a/b\r\n\r\n":                                 "400",
		"OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n":                                       "400",
		"CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n":                                   "501",
		"GET /" + strings.Repeat("a", 10_300) + " HTTP/1.1\r\nHost: a\r\n\r\n":        "414",
		"GET / HTTP/1.1\r\nHost: a\r\nA: " + strings.Repeat("a", 10_300) + "\r\n\r\n": "431",
		"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nExpect: x\r\n\r\na":       "417",
	} {
		addr, _ := start(t, fronts["nethttp"], front.Options{}, echo)
		if got := talk(t, addr, in); !strings.HasPrefix(got, "HTTP/1.1 "+want) {
			t.Errorf("%.50q: got %.80q, want %s", in, got, want)
		}
	}
}
