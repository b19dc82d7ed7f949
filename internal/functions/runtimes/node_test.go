package runtimes_test

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"
)

func TestNodeAnswers(t *testing.T) {
	const id = "11111111-2222-3333-4444-555555555555"
	for _, test := range []struct {
		name, runtime, handler string
		event                  event
		want                   string // the payload, byte for byte
		failed                 bool   // it is an error
	}{
		{name: "async", handler: "app.echo", event: event{body: `{"b": 1, "a":[2.50,"ü"]}`}, want: `{"b":1,"a":[2.5,"ü"]}`},
		{name: "nothing", handler: "app.nothing", want: `null`},
		{name: "callback", handler: "app.callback", event: event{body: `1`}, want: `{"got":1}`},
		{name: "a callback waits for the event loop", handler: "app.late", want: `["timer"]`},
		{name: "unless it is told not to", handler: "app.early", want: `"early"`},
		{name: "the first callback counts", handler: "app.twice", want: `1`},
		{name: "no callback is null", handler: "app.forgotten", want: `null`},
		{name: "a promise of a plain function", handler: "app.promise", want: `"promised"`},
		{name: "context.done", handler: "app.done", want: `"done"`},
		{name: "context.succeed", handler: "app.succeed", want: `"succeeded"`},
		{name: "nested export", handler: "app.deeply.nested.handler", want: `"deep"`},
		{name: "folder", handler: "nested/deep.handler", want: `"nested folder"`},
		{name: "js", handler: "plain.handler", want: `"js"`},
		{name: "out of the task root", handler: "./module/../plain.handler", failed: true,
			want: `{"errorType":"Runtime.MalformedHandlerName","errorMessage":"'./module/../plain.handler' is not a valid handler name. Use absolute paths when specifying root directories in handler names.","trace":["Runtime.MalformedHandlerName: './module/../plain.handler' is not a valid handler name. Use absolute paths when specifying root directories in handler names."]}`},
		{name: "mjs", handler: "other.handler", want: `"mjs"`},
		{name: "es module", handler: "module/esm.handler", want: `{"ready":"top-level await","file":"esm.js"}`},
		{name: "default export", handler: "module/esm.inDefault", want: `"default"`},
		{name: "unicode", handler: "app.unicode", want: `"zażółć 🚪"`},
		{name: "24: a plain function answers what it returns", runtime: "nodejs24.x", handler: "app.sync", event: event{body: `5`}, want: `{"sync":5}`},
		{name: "context", handler: "app.context", event: event{headers: []string{
			"Lambda-Runtime-Trace-Id: Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=1",
			`Lambda-Runtime-Client-Context: {"custom":{"ü":1},"env":{}}`,
			`Lambda-Runtime-Cognito-Identity: {"cognitoIdentityId":"i","cognitoIdentityPoolId":"p"}`,
		}}, want: `{"functionVersion":"$LATEST","functionName":"fn","memoryLimitInMB":"128","logGroupName":"/aws/lambda/fn","logStreamName":"2026/01/01/[$LATEST]0123456789abcdef0123456789abcdef","clientContext":{"custom":{"ü":1},"env":{}},"identity":{"cognitoIdentityId":"i","cognitoIdentityPoolId":"p"},"invokedFunctionArn":"arn:aws:lambda:eu-west-1:111122223333:function:fn","awsRequestId":"` + id + `","callbackWaitsForEmptyEventLoop":true,"type":"number","trace":"Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=1"}`},
		{name: "24: context", runtime: "nodejs24.x", handler: "app.context", want: `{"functionVersion":"$LATEST","functionName":"fn","memoryLimitInMB":"128","logGroupName":"/aws/lambda/fn","logStreamName":"2026/01/01/[$LATEST]0123456789abcdef0123456789abcdef","invokedFunctionArn":"arn:aws:lambda:eu-west-1:111122223333:function:fn","awsRequestId":"` + id + `","type":"number"}`},

		{name: "error", handler: "app.throws", failed: true, want: `{"errorType":"TypeError","errorMessage":"boom","trace":["TypeError: boom","    at exports.throws [as handler] (/var/task/app.cjs:34:9)"]}`},
		{name: "error before a promise", handler: "app.throwsSync", failed: true, want: `{"errorType":"RangeError","errorMessage":"sync boom","trace":["RangeError: sync boom","    at exports.throwsSync [as handler] (/var/task/app.cjs:37:9)"]}`},
		{name: "no Error", handler: "app.throwsText", failed: true, want: `{"errorType":"string","errorMessage":"text","trace":[]}`},
		{name: "callback with an error", handler: "app.callbackError", failed: true, want: `{"errorType":"string","errorMessage":"callback text","trace":[]}`},
		{name: "context.fail", handler: "app.fails", failed: true, want: `{"errorType":"string","errorMessage":"handled","trace":[]}`},
		{name: "named", handler: "app.custom", failed: true, want: `{"errorType":"Custom%7FName","errorMessage":"with code","trace":["Custom%7FName: with code","    at exports.custom [as handler] (/var/task/app.cjs:51:13)"]}`},
		{name: "result without JSON", handler: "app.circular", failed: true, want: `{"errorType":"Error","errorMessage":"Unable to stringify response body","trace":["Error: Unable to stringify response body"]}`},
		{name: "24: result without JSON", runtime: "nodejs24.x", handler: "app.badResult", failed: true, want: `{"errorType":"Runtime.JSONStringifyError","errorMessage":"Unable to stringify response body","trace":["Runtime.JSONStringifyError: Unable to stringify response body"]}`},
		{name: "event without JSON", handler: "app.echo", event: event{body: `{`}, failed: true, want: `{"errorType":"SyntaxError","errorMessage":"(what the engine says of JSON)","trace":["SyntaxError: (what the engine says of JSON)","    at JSON.parse (<anonymous>)"]}`},
		{name: "client context without JSON", handler: "app.echo", event: event{headers: []string{"Lambda-Runtime-Client-Context: {"}}, failed: true, want: `{"errorType":"Error","errorMessage":"Cannot parse ClientContext as json: SyntaxError: (what the engine says of JSON)","trace":["Error: Cannot parse ClientContext as json: SyntaxError: (what the engine says of JSON)"]}`},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if test.runtime == "" {
				test.runtime = "nodejs20.x"
			}
			if test.event.body == "" {
				test.event.body = "{}"
			}
			p := start(t, specOf(t, test.runtime, test.handler, "node", nil))
			initial := strings.Contains(test.want, `"Runtime.Malformed`)
			var got post
			if initial {
				got = p.answer()
			} else {
				got = p.invoke(test.event)
			}
			wantPath := "invocation/" + id + "/response"
			if test.failed {
				wantPath = "invocation/" + id + "/error"
			}
			if initial {
				wantPath = "init/error"
			}
			body := withoutEngine(p.inTask(got.body))
			if got.path != wantPath || body != test.want {
				t.Errorf("got  %s %s\nwant %s %s\nlog:\n%s", got.path, body, wantPath, test.want, p.log)
			}
			if got.header.Get("Content-Type") != "application/json" {
				t.Errorf("content type %q", got.header.Get("Content-Type"))
			}
			if test.failed {
				var sent struct{ ErrorType string }
				if err := json.Unmarshal([]byte(got.body), &sent); err != nil || got.header.Get("Lambda-Runtime-Function-Error-Type") != sent.ErrorType {
					t.Errorf("error type %q of %s, %v", got.header.Get("Lambda-Runtime-Function-Error-Type"), got.body, err)
				}
			}
			if !initial && !got.pipelined {
				t.Error("the next poll did not come in one write with the answer")
			}
		})
	}
}

// withoutEngine takes away what differs between versions of the engine.
func withoutEngine(text string) string {
	return regexp.MustCompile(`(Expected property name or '}' in JSON at position 1|Unexpected end of JSON input)( \(line \d+ column \d+\))?`).ReplaceAllString(text, "(what the engine says of JSON)")
}

func TestNodePromiseThatNeverSettlesIsAnErrorUnconfirmed(t *testing.T) {
	for _, runtime := range []string{"nodejs22.x", "nodejs24.x"} {
		p := start(t, specOf(t, runtime, "app.never", "node", nil))
		for range 2 { // the process lives on
			got := p.invoke(event{body: "{}"})
			if !strings.HasSuffix(got.path, "/error") || !strings.HasPrefix(got.body, `{"errorType":"Runtime.NodeJsExit","errorMessage":"The Lambda runtime client detected`) || !strings.HasSuffix(got.body, `process.html#exit-codes"]}`) {
				t.Errorf("%s: got %s %s", runtime, got.path, got.body)
			}
		}
	}
}

func TestNodeKeepsStateAndServesManyEvents(t *testing.T) {
	p := start(t, specOf(t, "nodejs22.x", "app.count", "node", nil))
	for i := range 50 {
		if got, want := p.invoke(event{body: "{}"}).body, string(rune('0'+(i+1)%10)); !strings.HasSuffix(got, want) {
			t.Fatalf("event %d: got %s", i, got)
		}
	}
}

func TestNodeTakesAndSendsSixMegabytes(t *testing.T) {
	const size = 6 << 20
	p := start(t, specOf(t, "nodejs22.x", "app.length", "node", nil))
	for range 2 {
		if got := p.invoke(event{body: `"` + strings.Repeat("é", size/2) + `"`}).body; got != "3145728" {
			t.Fatalf("got %s", got)
		}
	}
	p = start(t, specOf(t, "nodejs22.x", "app.big", "node", nil))
	if got := p.invoke(event{body: `{"size":6291554}`}).body; len(got) != 6291556 {
		t.Fatalf("got %d bytes", len(got))
	}
	if got := p.invoke(event{body: `{"size":1}`}).body; got != `"x"` {
		t.Fatalf("got %s", got)
	}
}

func TestNodeInitErrors(t *testing.T) {
	for _, test := range []struct{ name, runtime, handler, want, status string }{
		{"no module", "nodejs20.x", "absent.handler", `{"errorType":"Runtime.ImportModuleError","errorMessage":"Error: Cannot find module 'absent'","trace":["Runtime.ImportModuleError: Error: Cannot find module 'absent'"]}`, "exit status 129"},
		{"no package", "nodejs20.x", "broken/missing.handler", `{"errorType":"Runtime.ImportModuleError","errorMessage":"Error: Cannot find module 'no-such-package'\nRequire stack:\n- /var/task/broken/missing.js","trace":["Runtime.ImportModuleError: Error: Cannot find module 'no-such-package'","Require stack:","- /var/task/broken/missing.js"]}`, "exit status 129"},
		{"no export", "nodejs20.x", "app.absent", `{"errorType":"Runtime.HandlerNotFound","errorMessage":"app.absent is undefined or not exported","trace":["Runtime.HandlerNotFound: app.absent is undefined or not exported"]}`, "exit status 129"},
		{"no function", "nodejs20.x", "app.notAFunction", `{"errorType":"Runtime.HandlerNotFound","errorMessage":"app.notAFunction is not a function","trace":["Runtime.HandlerNotFound: app.notAFunction is not a function"]}`, "exit status 129"},
		{"no dot", "nodejs20.x", "nested/handler", `{"errorType":"Runtime.MalformedHandlerName","errorMessage":"Bad handler","trace":["Runtime.MalformedHandlerName: Bad handler"]}`, "exit status 129"},
		{"syntax", "nodejs20.x", "broken/syntax.handler", `{"errorType":"Runtime.UserCodeSyntaxError","errorMessage":"SyntaxError: Invalid or unexpected token","trace":["/var/task/broken/syntax.js:2","  return 'unfinished","         ^^^^^^^^^^^","","SyntaxError: Invalid or unexpected token"]}`, "exit status 129"},
		{"throws", "nodejs20.x", "broken/throws.handler", `{"errorType":"Error","errorMessage":"while loading","trace":["Error: while loading","    at Object.<anonymous> (/var/task/broken/throws.js:1:7)"]}`, "exit status 129"},
		{"24: callbacks", "nodejs24.x", "app.callback", `{"errorType":"Runtime.CallbackHandlerDeprecated","errorMessage":"ERROR: AWS Lambda has removed support for callback-based function handlers starting with Node.js 24. You need to modify this function to use a supported handler signature to use Node.js 24 or later. For more information see https://docs.aws.amazon.com/lambda/latest/dg/nodejs-handler.html.","trace":["Runtime.CallbackHandlerDeprecated: ERROR: AWS Lambda has removed support for callback-based function handlers starting with Node.js 24. You need to modify this function to use a supported handler signature to use Node.js 24 or later. For more information see https://docs.aws.amazon.com/lambda/latest/dg/nodejs-handler.html."]}`, "exit status 129"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			p := start(t, specOf(t, test.runtime, test.handler, "node", nil))
			got := p.answer()
			if body := withoutInternals(p.inTask(got.body)); got.path != "init/error" || body != test.want {
				t.Errorf("got  %s %s\nwant init/error %s", got.path, body, test.want)
			}
			if status := p.exit(); status != test.status {
				t.Errorf("got %s, want %s", status, test.status)
			}
			if !strings.Contains(p.log.String(), "\tundefined\tERROR\tUncaught Exception \t{\"errorType\":") {
				t.Errorf("log: %s", p.log)
			}
		})
	}
}

// withoutInternals takes the frames of the engine itself out of a trace.
func withoutInternals(text string) string {
	return regexp.MustCompile(`,"    at [^"]*node:internal[^"]*"`).ReplaceAllString(text, "")
}

func TestNodeEndsWithTheFunction(t *testing.T) {
	for _, test := range []struct{ handler, answer, logged, status string }{
		{"app.uncaught", `{"errorType":"Error","errorMessage":"nobody catches","trace":["Error: nobody catches","    at Timeout._onTimeout (/var/task/app.cjs:58:11)","    at listOnTimeout (node:internal`, "\tERROR\tUncaught Exception \t{\"errorType\":\"Error\",\"errorMessage\":\"nobody catches\",\"stack\":[", "exit status 129"},
		{"app.rejected", `{"errorType":"Runtime.UnhandledPromiseRejection","errorMessage":"Error: nobody looks","trace":["Runtime.UnhandledPromiseRejection: Error: nobody looks"]}`, "\tERROR\tUnhandled Promise Rejection \t{\"errorType\":\"Runtime.UnhandledPromiseRejection\",\"errorMessage\":\"Error: nobody looks\",\"reason\":{\"errorType\":\"Error\",\"errorMessage\":\"nobody looks\",\"stack\":[", "exit status 128"},
		{"app.exits", "", "", "exit status 3"},
	} {
		p := start(t, specOf(t, "nodejs22.x", test.handler, "node", nil))
		p.send(event{body: "{}"})
		if test.answer != "" {
			if got := p.answer(); !strings.HasSuffix(got.path, "/error") || !strings.HasPrefix(p.inTask(got.body), test.answer) {
				t.Errorf("%s: got %s %s", test.handler, got.path, p.inTask(got.body))
			}
		}
		if status := p.exit(); status != test.status {
			t.Errorf("%s: got %s, want %s", test.handler, status, test.status)
		}
		if !strings.Contains(p.log.String(), test.logged) {
			t.Errorf("%s: log: %s", test.handler, p.log)
		}
	}
	for handler, want := range map[string]string{"broken/exits.handler": "exit status 4", "broken/forever.handler": "exit status 13"} {
		if status := start(t, specOf(t, "nodejs22.x", handler, "node", nil)).exit(); status != want {
			t.Errorf("%s: got %s, want %s", handler, status, want)
		}
	}
}

func TestNodeEndsWhenTheRuntimeAPIIsGone(t *testing.T) {
	p := start(t, specOf(t, "nodejs22.x", "app.echo", "node", nil))
	p.polled(1)
	p.done <- struct{}{} // one connection is closed
	if got := p.exit(); got != "exit status 1" {
		t.Errorf("got %s", got)
	}
}

var timestamp = regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z`)

func TestNodeLogLines(t *testing.T) {
	const id = "11111111-2222-3333-4444-555555555555"
	for _, test := range []struct {
		name    string
		env     map[string]string
		handler string
		want    string
	}{
		{"text", nil, "app.logs", "T\t" + id + "\tINFO\thello world { a: 1 }\n" +
			"T\t" + id + "\tINFO\ttwo\rlines\n" +
			"T\t" + id + "\tDEBUG\tdebug\n" +
			"T\t" + id + "\tWARN\twarn\n" +
			"T\t" + id + "\tERROR\tlogged\n" +
			"T\t" + id + "\tTRACE\ttrace\n" +
			"T\t" + id + "\tINFO\t{ some: 'object' }\n" +
			"T\t" + id + "\tINFO\tan error 1\n"},
		{"JSON", map[string]string{"AWS_LAMBDA_LOG_FORMAT": "JSON", "AWS_LAMBDA_LOG_LEVEL": "WARN"}, "app.logs",
			`{"timestamp":"T","level":"WARN","requestId":"` + id + `","message":"warn"}` + "\n" +
				`{"timestamp":"T","level":"ERROR","requestId":"` + id + `","message":"logged"}` + "\n"},
		{"error", nil, "app.throws", "T\t" + id + "\tERROR\tInvoke Error \t" + `{"errorType":"TypeError","errorMessage":"boom","stack":["TypeError: boom","    at exports.throws [as handler] (/var/task/app.cjs:34:9)"]}` + "\n"},
		{"error in JSON", map[string]string{"AWS_LAMBDA_LOG_FORMAT": "JSON"}, "app.throws",
			`{"timestamp":"T","level":"ERROR","requestId":"` + id + `","message":{"errorType":"TypeError","errorMessage":"boom","stackTrace":["TypeError: boom","    at exports.throws [as handler] (/var/task/app.cjs:34:9)"]}}` + "\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := start(t, specOf(t, "nodejs22.x", test.handler, "node", test.env))
			p.invoke(event{body: "{}"})
			p.polled(2)
			p.done <- struct{}{}
			p.exit()
			if got := timestamp.ReplaceAllString(p.inTask(p.log.String()), "T"); got != test.want {
				t.Errorf("got\n%q\nwant\n%q", got, test.want)
			}
		})
	}
}

func TestNodeWaitsForAFullLog(t *testing.T) {
	p := start(t, specOf(t, "nodejs22.x", "app.logsMuch", "node", nil))
	p.invoke(event{body: "{}"})
	p.polled(2)
	p.done <- struct{}{}
	p.exit()
	if n := strings.Count(p.log.String(), strings.Repeat("x", 10_000)+"\n"); n != 300 {
		t.Errorf("%d lines", n)
	}
}

func TestNodeStreams(t *testing.T) {
	const trailer = "Lambda-Runtime-Function-Error-Type"
	for _, test := range []struct {
		handler, path, contentType, body, errorType string
	}{
		{"app.stream", "response", "application/octet-stream", `one {"two":2} three`, ""},
		{"app.streamHTTP", "response", "application/vnd.awslambda.http-integration-response", `{"statusCode":201,"headers":{"x-a":"b"}}` + "\x00\x00\x00\x00\x00\x00\x00\x00body", ""},
		{"app.streamFails", "response", "application/octet-stream", "begun", "Error"},
		{"app.streamFailsFirst", "error", "application/json", `{"errorType":"Error","errorMessage":"before","trace":["Error: before"`, ""},
		{"app.streamOpen", "response", "application/octet-stream", "never ends", "Error"},
	} {
		for _, runtime := range []string{"nodejs22.x", "nodejs24.x"} {
			t.Run(test.handler+" "+runtime, func(t *testing.T) {
				t.Parallel()
				p := start(t, specOf(t, runtime, test.handler, "node", nil))
				for range 2 {
					got := p.invoke(event{body: "{}"})
					if !strings.HasSuffix(got.path, "/"+test.path) || got.header.Get("Content-Type") != test.contentType || !strings.HasPrefix(got.body, test.body) {
						t.Errorf("got %s %s %q", got.path, got.header.Get("Content-Type"), got.body)
					}
					if test.path == "response" && got.header.Get("Lambda-Runtime-Function-Response-Mode") != "streaming" {
						t.Errorf("headers %v", got.header)
					}
					if got.trailer.Get(trailer) != test.errorType {
						t.Errorf("trailers %v", got.trailer)
					}
					if test.errorType != "" && !strings.HasPrefix(fromBase64(t, got.trailer.Get("Lambda-Runtime-Function-Error-Body")), `{"errorType":"Error","errorMessage":"`) {
						t.Errorf("trailers %v", got.trailer)
					}
				}
			})
		}
	}
	t.Run("a crash", func(t *testing.T) {
		p := start(t, specOf(t, "nodejs22.x", "app.streamCrashes", "node", nil))
		got := p.invoke(event{body: "{}"})
		if got.body != "begun" || !strings.HasPrefix(fromBase64(t, got.trailer.Get("Lambda-Runtime-Function-Error-Body")), `{"errorType":"Error","errorMessage":"nobody catches"`) {
			t.Errorf("got %q, %v", got.body, got.trailer)
		}
		if status := p.exit(); status != "exit status 129" {
			t.Errorf("got %s", status)
		}
	})
	t.Run("backpressure", func(t *testing.T) {
		p := start(t, specOf(t, "nodejs22.x", "app.streamBig", "node", nil))
		if got := p.invoke(event{body: "{}"}); len(got.body) != 64*65536 {
			t.Errorf("got %d bytes", len(got.body))
		}
	})
}
