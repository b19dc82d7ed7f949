package blackbox

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// urlProject is a project with one function in Node that has a URL; options are those of the URL.
func urlProject(t *testing.T, code, options string) string {
	t.Helper()
	return functionProject(t, map[string]string{
		"openapi.yaml":   lambdaDocument("f"),
		"gatehouse.yaml": "functions:\n- {name: f, runtime: nodejs22.x, handler: index.handler, path: f, timeout: 20, url: {" + options + "}}\n",
		"f/index.js":     code,
	})
}

// functionURL is the host name of the URL that a project's output shows.
func (g *gatewayProcess) functionURL(name string) (host string) {
	g.t.Helper()
	return g.out.wait(g.t, 0, `(?m)^  `+name+` +http://([a-z0-9]{32}\.lambda-url\.us-east-1\.localhost:\d+)/$`)[1]
}

// TestFunctionURLOfAProject: what arrives at the address that is printed is the function's to answer, by host name and by path.
func TestFunctionURLOfAProject(t *testing.T) {
	g := serveFile(t, urlProject(t, `
exports.handler = async (event) => {
  switch (event.rawPath) {
    case '/text': return 'hello';
    case '/list': return [1, 'two'];
    case '/fails': throw new Error('oh');
    case '/answer': return { statusCode: 418, headers: { 'Content-Type': 'text/plain', 'X-Own': '1' }, cookies: ['a=1', 'b=2'], body: 'aMO8', isBase64Encoded: true };
  }
  return event;
};`, "auth: NONE"))
	host := g.functionURL("f")
	id, _, _ := strings.Cut(host, ".")
	at := "Host: " + host
	for _, c := range []struct {
		target string
		status int
		body   string
	}{
		{"/text", 200, "hello"}, {"/list", 200, `[1,"two"]`}, {"/answer", 418, "hü"}, {"/fails", 502, "Internal Server Error"},
	} {
		for _, r := range []*response{g.do("GET", c.target, "", at), g.do("GET", "/functionurls/"+id+"/_user_request_"+c.target, "")} {
			if r.status != c.status || r.body != c.body {
				t.Errorf("%s: got %s", c.target, r)
			}
		}
	}
	if r := g.do("GET", "/answer", "", at); r.get("X-Own") != "1" || strings.Count(r.String(), "[Set-Cookie ") != 2 || r.get("Content-Type") != "text/plain" {
		t.Errorf("got %s", r)
	}
	r := g.do("POST", "/pa2%25Fth/1?q=query&multiQuery=foo&multiQuery=%2Fbar", `{"foo":"bar"}`, at, "Content-Type: application/json", "Extra-Headers: With WeiRd CapS", "Cookie: c=d; e=f",
		"X-Forwarded-For: 203.0.113.9", "X-Amzn-Trace-Id: Root=1-5eb33c07-de25b420912dee103a5db434")
	var event struct {
		RawPath, RawQueryString, Body  string
		Cookies                        []string
		Headers, QueryStringParameters map[string]string
		RequestContext                 struct {
			RequestID, DomainName, AccountID string
			HTTP                             struct{ Method, SourceIP string }
		}
	}
	if err := json.Unmarshal([]byte(r.body), &event); err != nil {
		t.Fatalf("%v: %s", err, r)
	}
	h := event.Headers
	if event.RawPath != "/pa2%Fth/1" || event.Body != `{"foo":"bar"}` || event.QueryStringParameters["multiQuery"] != "foo,/bar" || fmt.Sprint(event.Cookies) != "[c=d e=f]" ||
		h["extra-headers"] != "With WeiRd CapS" || h["content-length"] != "13" || h["cookie"] != "" || h["x-forwarded-for"] != "203.0.113.9, 127.0.0.1" || h["x-forwarded-proto"] != "http" ||
		!strings.HasPrefix(h["x-amzn-trace-id"], "Root=1-5eb33c07-de25b420912dee103a5db434;Parent=") || h["x-amzn-trace-id"] != r.get("X-Amzn-Trace-Id") {
		t.Errorf("got %s", r.body)
	}
	if c := event.RequestContext; c.HTTP.Method != "POST" || c.HTTP.SourceIP != "127.0.0.1" || c.AccountID != "anonymous" || c.RequestID != r.get("x-amzn-RequestId") || c.DomainName+":"+strings.Split(host, ":")[1] != host {
		t.Errorf("got %s", r.body)
	}
	if r := g.do("GET", "/", "", "Host: "+strings.Repeat("0", 32)+host[32:]); r.status != 403 || r.body != `{"Message":null}` {
		t.Errorf("unknown: %s", r)
	}
	if r := g.do("POST", "/", strings.Repeat("x", 6<<20), at); r.status != 413 {
		t.Errorf("too large: %s", r)
	}
	if r := g.do("GET", "/dev/f", ""); r.status != 502 { // the same function answers the API with an event, which is malformed there
		t.Errorf("the API: %s", r)
	}
}

// TestFunctionURLChangesWithTheConfiguration: a reload gives the function a URL, and takes it away.
func TestFunctionURLChangesWithTheConfiguration(t *testing.T) {
	dir := urlProject(t, saysInNode("hi"), "auth: NONE")
	g := serveFile(t, dir)
	at := "Host: " + g.functionURL("f")
	file := filepath.Join(dir, "gatehouse.yaml")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	answers := func(want int) {
		t.Helper()
		last := 0
		eventually(t, func() string { return fmt.Sprint(last) }, func() bool {
			last = g.do("GET", "/", "", at).status
			return last == want
		})
	}
	answers(200)
	write(t, file, strings.Replace(string(text), ", url: {auth: NONE}", "", 1))
	answers(403)
	from := g.mark()
	write(t, file, string(text))
	answers(200)
	g.out.wait(t, from, `(?m)^  f +http://`)
}

// TestStreamedFunctionURL: each piece is there before the function writes the next. Spec: functions A2.5, B7.
func TestStreamedFunctionURL(t *testing.T) {
	g := serveFile(t, urlProject(t, streamsInNode, "auth: NONE, invokeMode: RESPONSE_STREAM"))
	id, _, _ := strings.Cut(g.functionURL("f"), ".")
	base := "/functionurls/" + id + "/_user_request_/"
	answersWhileItRuns(t, g, base)
	if r := g.do("GET", base+"?first=oh", ""); r.status != 502 || r.body != "Internal Server Error" {
		t.Errorf("it fails at first: %s", r)
	}
	rd, got := g.open("GET", base+"?fail=oh"), ""
	for chunk, err := rd.tryChunk(); err == nil; chunk, err = rd.tryChunk() {
		if got += chunk; chunk == "" {
			t.Fatalf("the answer has an end after %q", got)
		}
	}
	if got != "one two " {
		t.Errorf("it fails later: %q", got)
	}
	left := g.open("GET", base+"?size=50000000")
	_ = left.conn.Close() // the client goes away in the middle
	if r := g.do("GET", base, ""); r.status != 201 || r.body != "one two three" {
		t.Errorf("afterwards: %s", r)
	}
}

// TestLargeStreamOfAFunctionURL: 180 MB to a slow client, of which the gateway holds next to nothing.
func TestLargeStreamOfAFunctionURL(t *testing.T) {
	const size = 180 << 20
	g := serveFile(t, urlProject(t, streamsInNode, "auth: NONE, invokeMode: RESPONSE_STREAM"))
	id, _, _ := strings.Cut(g.functionURL("f"), ".")
	base := "/functionurls/" + id + "/_user_request_/"
	if r := g.do("GET", base, ""); r.status != 201 {
		t.Fatal(r)
	}
	g.readSlowly(base, size)
}

// corsPage sends requests to a function URL and tells its own server what a page can see of the answers.
const corsPage = `<!doctype html><title>CORS</title><script>
const base = new URLSearchParams(location.search).get("url");
const requests = {
  simple: ["", {}],
  preflighted: ["", {method: "PUT", headers: {"Content-Type": "application/json", "X-Own": "1"}, body: "{}"}],
  credentials: ["", {credentials: "include"}],
  methodNotAllowed: ["", {method: "DELETE"}],
  headerNotAllowed: ["", {headers: {"X-Other": "1"}}],
  fails: ["fails", {}],
};
(async () => {
  const seen = {};
  for (const [name, [path, options]] of Object.entries(requests)) {
    try {
      const r = await fetch(base + path, options);
      seen[name] = {status: r.status, body: await r.text(), id: r.headers.get("X-Seen") || ""};
    } catch (e) {
      seen[name] = {blocked: String(e)};
    }
  }
  await fetch("/result", {method: "POST", body: JSON.stringify(seen)});
})();
</script>`

// TestBrowsersSeeWhatAFunctionURLAllows drives a real browser: the function hears of no preflight, and what it says about CORS itself
// does not count.
func TestBrowsersSeeWhatAFunctionURLAllows(t *testing.T) {
	results := make(chan map[string]seen, 1)
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = io.WriteString(w, corsPage)
	})
	mux.HandleFunc("POST /result", func(_ http.ResponseWriter, req *http.Request) {
		var all map[string]seen
		if err := json.NewDecoder(req.Body).Decode(&all); err != nil {
			t.Error(err)
		}
		results <- all
	})
	pages := httptest.NewServer(mux)
	t.Cleanup(pages.Close)
	calls := filepath.Join(t.TempDir(), "calls")
	g := serveFile(t, urlProject(t, `
const fs = require('fs');
exports.handler = async (event) => {
  fs.appendFileSync('`+calls+`', event.requestContext.http.method + ' ');
  if (event.rawPath.endsWith('/fails')) throw new Error('oh');
  return { statusCode: 200, headers: { 'Access-Control-Allow-Origin': 'https://wrong.example', 'X-Seen': 'seen' }, body: event.headers['x-own'] || 'none' };
};`, `auth: NONE, cors: {allowOrigins: ["`+pages.URL+`"], allowMethods: [GET, PUT], allowHeaders: [content-type, x-own], exposeHeaders: [X-Seen], allowCredentials: true, maxAge: 0}`))
	browse(t, pages.URL+"/?url=http://"+g.functionURL("f")+"/")
	all := await(t, results)
	for name, want := range map[string]seen{
		"simple":           {Status: 200, Body: "none", ID: "seen"},
		"preflighted":      {Status: 200, Body: "1", ID: "seen"},
		"credentials":      {Status: 200, Body: "none", ID: "seen"},
		"methodNotAllowed": {Blocked: "TypeError: Failed to fetch"},
		"headerNotAllowed": {Blocked: "TypeError: Failed to fetch"},
		"fails":            {Status: 502, Body: "Internal Server Error"},
	} {
		if got := all[name]; got != want {
			t.Errorf("%s: got %+v, want %+v", name, got, want)
		}
	}
	if text, err := os.ReadFile(calls); err != nil || string(text) != "GET PUT GET GET " {
		t.Errorf("the function was called with %q, %v", text, err)
	}
}
