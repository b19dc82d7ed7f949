package payloadv2_test

import (
	"bytes"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/gatehouse-gateway/gatehouse/http1"
	"github.com/gatehouse-gateway/gatehouse/internal/front"
	"github.com/gatehouse-gateway/gatehouse/internal/integration/payloadv2"
)

const trace = "Root=1-5eb33c07-de25b420912dee103a5db434"

func received(header ...string) *front.Request {
	r := &front.Request{Peer: netip.MustParseAddrPort("65.78.31.245:1234"), Local: netip.MustParseAddrPort("10.0.0.1:443"), TLS: &tls.ConnectionState{Version: tls.VersionTLS12, CipherSuite: tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256}}
	for i := 0; i < len(header); i += 2 {
		r.Header.Add(header[i], header[i+1])
	}
	return r
}

func event(r *front.Request, path, query, body string) *payloadv2.Event {
	return &payloadv2.Event{
		Method: "GET", Path: path, Query: query, Header: payloadv2.AppendHeader(nil, r, trace, len(body)), Body: []byte(body), SourceIP: r.Peer.Addr(),
		Received: time.UnixMilli(1588804615616), RouteKey: "$default", Stage: "$default", AccountID: "123456789012", APIID: "xxx",
		DomainName: "xxx.execute-api.us-east-1.amazonaws.com", DomainPrefix: "xxx", RequestID: "MIZRNhJtIAMEMDw=",
	}
}

// TestMinimalEvent is the event of http-api 7, of a request over TLS.
func TestMinimalEvent(t *testing.T) {
	r := received("accept", "*/*", "Content-Length", "0", "Host", "xxx.execute-api.us-east-1.amazonaws.com", "User-Agent", "curl/7.64.1")
	const want = `{"version":"2.0","routeKey":"$default","rawPath":"/","rawQueryString":"",` +
		`"headers":{"accept":"*/*","host":"xxx.execute-api.us-east-1.amazonaws.com","user-agent":"curl/7.64.1","content-length":"0",` +
		`"x-amzn-tls-version":"TLSv1.2","x-amzn-tls-cipher-suite":"TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",` +
		`"x-amzn-trace-id":"` + trace + `","x-forwarded-for":"65.78.31.245","x-forwarded-port":"443","x-forwarded-proto":"https"},` +
		`"requestContext":{"accountId":"123456789012","apiId":"xxx","domainName":"xxx.execute-api.us-east-1.amazonaws.com","domainPrefix":"xxx",` +
		`"http":{"method":"GET","path":"/","protocol":"HTTP/1.1","sourceIp":"65.78.31.245","userAgent":"curl/7.64.1"},` +
		`"requestId":"MIZRNhJtIAMEMDw=","routeKey":"$default","stage":"$default","time":"06/May/2020:22:36:55 +0000","timeEpoch":1588804615616},` +
		`"isBase64Encoded":false}`
	if got := string(event(r, "/", "", "").Append(nil)); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestEventMembers(t *testing.T) {
	many, manyWant := "a=0", "0"
	for i := 1; i < 100; i++ {
		many += fmt.Sprintf("&a=%d", i)
		manyWant += fmt.Sprintf(",%d", i)
	}
	for _, c := range []struct {
		name, path, query, body string
		header                  []string
		want                    map[string]string // member: its JSON; "": it is missing
	}{
		{"the path is decoded, recorded", "/pa2%25Fth/1", "", "", nil, map[string]string{"rawPath": `"/pa2%Fth/1"`, "rawQueryString": `""`, "queryStringParameters": ""}},
		{"what is no escape stays", "/%zz%", "", "", nil, map[string]string{"rawPath": `"/%zz%"`}},
		{"parameters are decoded and joined, recorded", "/", "q=query&multiQuery=foo&multiQuery=%2Fbar&v&e=&=x", "", nil,
			map[string]string{"rawQueryString": `"q=query&multiQuery=foo&multiQuery=%2Fbar&v&e=&=x"`, "queryStringParameters": `{"":"x","e":"","multiQuery":"foo,/bar","q":"query","v":""}`}},
		{"many parameters", "/", many + "&b=1", "", nil, map[string]string{"queryStringParameters": `{"a":"` + manyWant + `","b":"1"}`}},
		{"only separators", "/", "&&", "", nil, map[string]string{"queryStringParameters": ""}},
		{"cookies", "/", "", "", []string{"Cookie", "a=1; b=2;", "cookie", " c"}, map[string]string{"cookies": `["a=1","b=2","c"]`}},
		{"no cookies", "/", "", "", []string{"Cookie", ";"}, map[string]string{"cookies": ""}},
		{"JSON", "/", "", `{"a":"ü"}`, []string{"content-type", "application/json; charset=utf-8"}, map[string]string{"body": `"{\"a\":\"ü\"}"`, "isBase64Encoded": "false"}},
		{"a form", "/", "", "a=b", []string{"Content-Type", "application/x-www-form-urlencoded"}, map[string]string{"body": `"YT1i"`, "isBase64Encoded": "true"}},
		{"no media type, unconfirmed", "/", "", "a", nil, map[string]string{"body": `"YQ=="`, "isBase64Encoded": "true"}},
		{"encoded text", "/", "", "a", []string{"Content-Type", "text/plain", "Content-Encoding", "gzip"}, map[string]string{"body": `"YQ=="`, "isBase64Encoded": "true"}},
		{"structured suffix", "/", "", "a", []string{"Content-Type", "application/problem+JSON"}, map[string]string{"body": `"a"`, "isBase64Encoded": "false"}},
		{"no body", "/", "", "", []string{"Content-Type", "image/png"}, map[string]string{"body": "", "isBase64Encoded": "false"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			text := event(received(c.header...), c.path, c.query, c.body).Append(nil)
			var got map[string]json.RawMessage
			if err := json.Unmarshal(text, &got); err != nil {
				t.Fatalf("%v: %s", err, text)
			}
			for name, want := range c.want {
				if sorted(got[name]) != sorted([]byte(want)) {
					t.Errorf("%s: got %s, want %s", name, got[name], want)
				}
			}
		})
	}
}

func sorted(text []byte) string {
	if len(text) == 0 {
		return ""
	}
	var v any
	_ = json.Unmarshal(text, &v)
	out, _ := json.Marshal(v)
	return string(out)
}

func TestHeadersThatClientsCannotForge(t *testing.T) {
	r := received("X-Forwarded-For", "1.1.1.1", "x-forwarded-for", "2.2.2.2", "X-FORWARDED-PROTO", "gopher", "X-Forwarded-Port", "1", "X-Amzn-Trace-Id", "Root=forged",
		"X-Amzn-Tls-Version", "none", "X-Amzn-Tls-Cipher-Suite", "none", "Connection", "close", "Transfer-Encoding", "chunked", "Expect", "100-continue",
		"Accept", "a/a", "ACCEPT", "b/b", "Content-Length", "77", "X-Own", "with, comma")
	var got struct{ Headers map[string]string }
	text := event(r, "/", "", "body").Append(nil)
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	want := map[string]string{"accept": "a/a,b/b", "content-length": "4", "x-own": "with, comma", "x-amzn-trace-id": trace, "x-forwarded-for": "1.1.1.1, 2.2.2.2, 65.78.31.245",
		"x-forwarded-port": "443", "x-forwarded-proto": "https", "x-amzn-tls-version": "TLSv1.2", "x-amzn-tls-cipher-suite": "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"}
	if fmt.Sprint(got.Headers) != fmt.Sprint(want) {
		t.Errorf("got  %v\nwant %v", got.Headers, want)
	}
}

func answered(t *testing.T, a payloadv2.Answer) string {
	t.Helper()
	header, err := a.AppendHeader(nil, 10)
	if err != nil {
		return "malformed"
	}
	body, err := a.Body(new([]byte))
	if err != nil {
		return "malformed"
	}
	var b strings.Builder
	fmt.Fprint(&b, a.Status)
	for _, f := range header {
		fmt.Fprintf(&b, " %s: %s", f.Name, f.Value)
	}
	fmt.Fprintf(&b, " %v %v|%s", a.Explicit, a.BodyIsJSON, body)
	return b.String()
}

func TestWhatAnswersMean(t *testing.T) {
	for _, c := range []struct{ payload, want string }{
		{`"hello"`, `200 false false|hello`}, // recorded
		{`"a\"b\u00fc"`, `200 false false|a"bü`},
		{`3`, `200 false false|3`},
		{` 3.1 `, `200 false false|3.1`},
		{`true`, `200 false false|true`},
		{`["hello",3,true]`, `200 false false|["hello",3,true]`},
		{`{"a":1}`, `200 false false|{"a":1}`},
		{`{"body":"b","headers":{"a":"b"}}`, `200 false false|{"body":"b","headers":{"a":"b"}}`},
		{`{"statusCode":null}`, `200 false false|{"statusCode":null}`},
		{`null`, `200 false false|null`},
		{``, `200 false false|null`},
		{`{"statusCode":201}`, `201 true false|`},
		{`{"statusCode":"201","body":"b"}`, `201 true false|b`},
		{`{"statusCode":201.0,"body":null,"headers":null,"cookies":null,"isBase64Encoded":null}`, `201 true false|`},
		{`{"statusCode":200,"headers":{"a":"b\nc","n":1.50,"t":true,"z":null},"cookies":["x=1","y=2"],"multiValueHeaders":{"m":["1"]},"other":[{}]}`,
			`200 a: bc n: 1.50 t: true Set-Cookie: x=1 Set-Cookie: y=2 true false|`},
		{`{"statusCode":200,"headers":{"content-length":"9","connection":"close","Transfer-Encoding":"chunked","date":"x","set-cookie":"a"}}`, `200 set-cookie: a true false|`},
		{`{"statusCode":200,"body":"aMO8","isBase64Encoded":true}`, `200 true false|hü`},
		{`{"statusCode":200,"body":"\u0061MO8\/\/\/\/","isBase64Encoded":true}`, "200 true false|h\xc3\xbc\xff\xff\xff"},
		{`{"statusCode":200,"body":{"a":[1]}}`, `200 true true|{"a":[1]}`},
		{`{"statusCode":200,"body":"1","body":"2"}`, `200 true false|2`},
		{`{"statusCode":200,"body":"***","isBase64Encoded":true}`, `malformed`},
		{`{"statusCode":200,"body":{},"isBase64Encoded":true}`, `malformed`},
		{`{"statusCode":200,"isBase64Encoded":"yes"}`, `malformed`},
		{`{"statusCode":99}`, `malformed`},
		{`{"statusCode":600}`, `malformed`},
		{`{"statusCode":200.5}`, `malformed`},
		{`{"statusCode":"OK"}`, `malformed`},
		{`{"statusCode":""}`, `malformed`},
		{`{"statusCode":[200]}`, `malformed`},
		{`{"statusCode":200,"headers":{"a":["b"]}}`, `malformed`},
		{`{"statusCode":200,"headers":{"a b":"c"}}`, `malformed`},
		{`{"statusCode":200,"headers":[]}`, `malformed`},
		{`{"statusCode":200,"cookies":"a"}`, `malformed`},
		{`{"statusCode":200,"cookies":[1]}`, `malformed`},
		{`{"statusCode":200,"headers":{"a":1,"b":1,"c":1,"d":1,"e":1,"f":1,"g":1,"h":1,"i":1,"j":1,"k":1}}`, `malformed`},
		{`{"statusCode":200}x`, `malformed`},
		{`"a" "b"`, `malformed`},
		{`hello`, `malformed`},
		{`{"a":01}`, `malformed`},
		{strings.Repeat("[", 600) + strings.Repeat("]", 600), `malformed`},
	} {
		a, err := payloadv2.Parse([]byte(c.payload))
		got := "malformed"
		if err == nil {
			got = answered(t, a)
		} else if !errors.Is(err, payloadv2.ErrMalformed) {
			t.Errorf("%s: %v", c.payload, err)
		}
		if got != c.want {
			t.Errorf("%s\n got %s\nwant %s", c.payload, got, c.want)
		}
	}
}

func TestWhatPreludesMean(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{`{"statusCode":201,"headers":{"a":"b"},"cookies":["c"]}`, `201 a: b Set-Cookie: c true false|`},
		{`{"body":"ignored","isBase64Encoded":true}`, `200 true false|`},
		{`{}`, `200 true false|`},
		{`[]`, `malformed`},
		{`"a"`, `malformed`},
		{``, `malformed`},
		{`{"statusCode":1}`, `malformed`},
	} {
		a, err := payloadv2.ParsePrelude([]byte(c.text))
		got := "malformed"
		if err == nil {
			got = answered(t, a)
		}
		if got != c.want {
			t.Errorf("%s: got %s, want %s", c.text, got, c.want)
		}
	}
}

// FuzzParse: what is an answer is JSON, has a status that can be sent and a header that can be written.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{`{"statusCode":200,"headers":{"a":"b"},"cookies":["c"],"body":"d","isBase64Encoded":false}`, `"a\u00fc"`, `[{}]`, `-1.5e3`, ``, `{"statusCode":"200","body":"aMO8","isBase64Encoded":true}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, payload []byte) {
		for _, parse := range []func([]byte) (payloadv2.Answer, error){payloadv2.Parse, payloadv2.ParsePrelude} {
			a, err := parse(payload)
			if err != nil {
				continue
			}
			if len(bytes.TrimSpace(payload)) > 0 && !json.Valid(payload) {
				t.Fatalf("accepted %q", payload)
			}
			header, err := a.AppendHeader(http1.Header{}, 20)
			if err == nil && len(header) > 20 || a.Status < 200 || a.Status > 599 {
				t.Fatalf("%q: %d %v", payload, a.Status, header)
			}
			for _, f := range header {
				if !http1.ValidName(f.Name) || !http1.ValidValue(f.Value) {
					t.Fatalf("%q: %q: %q", payload, f.Name, f.Value)
				}
			}
			_, _ = a.Body(new([]byte))
		}
	})
}

// FuzzEvent: whatever a request has, its event is JSON.
func FuzzEvent(f *testing.F) {
	f.Add("/a%20b", "a=b&c", "Cookie", "a=b; c", "body")
	f.Fuzz(func(t *testing.T, path, query, name, value, body string) {
		if !http1.ValidName(name) {
			return
		}
		e := event(received(name, value, "Content-Type", value), path, query, body)
		text := e.Append(nil)
		if !json.Valid(text) {
			t.Fatalf("got %q", text)
		}
	})
}

func BenchmarkEvent(b *testing.B) {
	r := received("Host", "abcdefghijklmnopqrstuvwxyz012345.lambda-url.us-east-1.on.aws", "User-Agent", "Mozilla/5.0 (X11; Linux x86_64)", "Accept", "application/json", "Accept-Encoding", "gzip, br",
		"Content-Type", "application/json", "Cookie", "session=abc; theme=dark", "Origin", "https://www.example.com")
	body := []byte(`{"name":"a body of a usual size","items":[1,2,3]}`)
	e, buf := event(r, "/orders/42", "limit=10&after=abc", string(body)), []byte(nil)
	b.ReportAllocs()
	for b.Loop() {
		e.Header = payloadv2.AppendHeader(e.Header[:0], r, trace, len(body))
		buf = e.Append(buf[:0])
	}
}

func BenchmarkParse(b *testing.B) {
	payload := []byte(`{"statusCode":200,"headers":{"Content-Type":"application/json","Cache-Control":"no-store"},"cookies":["a=1"],"body":"{\"id\":42,\"name\":\"tea\"}"}`)
	var header http1.Header
	var buf []byte
	b.ReportAllocs()
	for b.Loop() {
		a, err := payloadv2.Parse(payload)
		if err != nil {
			b.Fatal(err)
		}
		if header, err = a.AppendHeader(header[:0], 100); err != nil {
			b.Fatal(err)
		}
		if _, err := a.Body(&buf); err != nil {
			b.Fatal(err)
		}
	}
}
