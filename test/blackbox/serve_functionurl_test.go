package blackbox

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

// newFunction makes a function in Python.
func (s *serveProcess) newFunction(name, code string) {
	s.t.Helper()
	if a := s.call(s.root, "lambda", "POST", "/2015-03-31/functions", pythonFunction(s.t, name, code, nil)); a.status != 201 {
		s.t.Fatalf("got %d %s", a.status, a.body)
	}
}

// newURL gives a function a URL and returns its address; everybody may use one of the auth type NONE.
func (s *serveProcess) newURL(name, options string) string {
	s.t.Helper()
	a := s.call(s.root, "lambda", "POST", "/2021-10-31/functions/"+name+"/url", `{`+options+`}`)
	var made struct{ FunctionUrl, AuthType string }
	if err := json.Unmarshal([]byte(a.body), &made); err != nil || a.status != 201 {
		s.t.Fatalf("got %d %s", a.status, a.body)
	}
	if made.AuthType == "NONE" {
		a := s.call(s.root, "lambda", "POST", "/2015-03-31/functions/"+name+"/policy", `{"StatementId":"url","Action":"lambda:InvokeFunctionUrl","Principal":"*","FunctionUrlAuthType":"NONE"}`)
		if a.status != 201 {
			s.t.Fatalf("got %d %s", a.status, a.body)
		}
	}
	return made.FunctionUrl
}

// atURL sends a request to the listener of the APIs under the host name of a function URL.
func (s *serveProcess) atURL(address, method, body string, signed bool) callAnswer {
	s.t.Helper()
	_, rest, _ := strings.Cut(address, "://")
	host, path, _ := strings.Cut(rest, "/")
	req, err := http.NewRequestWithContext(context.Background(), method, s.apis+"/"+path, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	req.Host = host
	if signed {
		sum := sha256.Sum256([]byte(body))
		if err := v4.NewSigner().SignHTTP(context.Background(), s.root, req, hex.EncodeToString(sum[:]), "lambda", "eu-west-1", time.Now()); err != nil {
			s.t.Fatal(err)
		}
	}
	res, err := s.client.Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return callAnswer{res.StatusCode, res.Header, string(text)}
}

// pathOfEvent is a function that says what its event is.
const pathOfEvent = "def handler(event, context): return event['requestContext']['http']['method'] + ' ' + event['rawPath'] + ' ' + event['headers'].get('x-amzn-tls-version', 'plain')\n"

// TestFunctionURLsAreThereAfterAKill: what is acknowledged serves after a kill, at the same id and the new port, and from a backup.
func TestFunctionURLsAreThereAfterAKill(t *testing.T) {
	dir := t.TempDir()
	s := startServe(t, dir)
	s.newFunction("f", pathOfEvent)
	address := s.newURL("f", `"AuthType":"NONE"`)
	check := func(s *serveProcess) {
		t.Helper()
		if a := s.atURL(address+"a", "GET", "", false); a.status != 200 || a.body != "GET /a plain" {
			t.Errorf("got %d %s", a.status, a.body)
		}
		a := s.call(s.root, "lambda", "GET", "/2021-10-31/functions/f/url", "")
		_, port, _ := strings.Cut(strings.TrimPrefix(s.apis, "http://"), ":")
		if want := address[:strings.LastIndex(address, ":")] + ":" + port + "/"; !strings.Contains(a.body, `"FunctionUrl":"`+want+`"`) {
			t.Errorf("got %s, want %s", a.body, want)
		}
	}
	check(s)
	s.kill()
	s = startServe(t, dir)
	check(s)
	backup := filepath.Join(t.TempDir(), "backup")
	must(t, "backup", "--data-dir", dir, backup)
	s.stop()
	restored := filepath.Join(t.TempDir(), "restored")
	must(t, "restore", "--data-dir", restored, backup)
	check(startServe(t, restored))
}

// TestFunctionURLsAtASharedAddress: a request for a function URL is one, although it is signed as management calls are.
func TestFunctionURLsAtASharedAddress(t *testing.T) {
	addr := freeAddress(t)
	s := startServe(t, t.TempDir(), "--control-addr", addr, "--gateway-addr", addr)
	s.newFunction("f", pathOfEvent)
	address := s.newURL("f", `"AuthType":"AWS_IAM"`)
	if a := s.atURL(address+"2015-03-31/functions", "POST", "body", true); a.status != 200 || a.body != "POST /2015-03-31/functions plain" {
		t.Errorf("got %d %s", a.status, a.body)
	}
	if a := s.atURL(address, "POST", "body", false); a.status != 403 || a.header.Get("x-amzn-ErrorType") != "AccessDeniedException" {
		t.Errorf("got %d %s", a.status, a.body)
	}
}

// TestFunctionURLsUnderTLS: the address says so, and the function learns of it.
func TestFunctionURLsUnderTLS(t *testing.T) {
	certs := t.TempDir()
	cert := certify(t, certs, "gateway.example.com")
	s := startServe(t, t.TempDir(), "--gateway-tls-cert", filepath.Join(certs, "cert.pem"), "--gateway-tls-key", filepath.Join(certs, "key.pem"))
	s.newFunction("f", pathOfEvent)
	address := s.newURL("f", `"AuthType":"NONE"`)
	s.trust(cert, "gateway.example.com")
	if a := s.atURL(address, "GET", "", false); !strings.HasPrefix(address, "https://") || a.body != "GET / TLSv1.3" {
		t.Errorf("%s: got %d %s", address, a.status, a.body)
	}
}

// TestFormOfFunctionURLs: an operator says what addresses look like.
func TestFormOfFunctionURLs(t *testing.T) {
	s := startServe(t, t.TempDir(), "--function-url-base", "https://gateway.example.com/functionurls/{id}/_user_request_/")
	s.newFunction("f", pathOfEvent)
	address := s.newURL("f", `"AuthType":"NONE"`)
	if a := s.atURL(address+"a", "GET", "", false); !strings.HasPrefix(address, "https://gateway.example.com/functionurls/") || a.body != "GET /a plain" {
		t.Errorf("%s: got %d %s", address, a.status, a.body)
	}
	for _, base := range []string{"https://example.com/", "ftp://{id}.lambda-url.{region}.x/", "https://{id}.example.com/", "https://{id}.lambda-url.x/path/", "https://x/functionurls/{id}/"} {
		if out := failsToServe(t, t.TempDir(), "--function-url-base", base); !strings.Contains(out, "must be like https://{id}.lambda-url.{region}.example.com/ or") {
			t.Errorf("%s: %s", base, out)
		}
	}
}
