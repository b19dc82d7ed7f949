package blackbox

import (
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// expectation is a request, and what its answer must look like.
type expectation struct {
	name           string
	method, target string // the target from behind the stage on
	body           string
	headers        []string
	status         int
	want           string   // the whole body, as a regular expression; "-": any
	has            []string // header lines of the answer, "Name: value"; "Name:" must be missing
}

// expect sends the request and compares.
func (g *gatewayProcess) expect(t *testing.T, stage string, e expectation) *response {
	t.Helper()
	r := g.do(e.method, "/"+stage+e.target, e.body, e.headers...)
	if r.status != e.status {
		t.Errorf("%s %s: status %d, want %d: %s", e.method, e.target, r.status, e.status, r)
	}
	if e.want != "-" && !regexp.MustCompile(`^(?s:`+e.want+`)$`).MatchString(r.body) {
		t.Errorf("%s %s: body\n%s\nwant\n%s", e.method, e.target, r.body, e.want)
	}
	for _, line := range e.has {
		name, value, _ := strings.Cut(line, ":")
		if got, want := r.get(name), strings.TrimSpace(value); got != want {
			t.Errorf("%s %s: header %s is %q, want %q", e.method, e.target, name, got, want)
		}
	}
	return r
}

// whole makes a text one that a regular expression matches as it is.
func whole(text string) string { return regexp.QuoteMeta(text) }

const (
	asJSON = "Content-Type: application/json"
	uuid   = `[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`
)

// freeAddress is an address of this machine at which nothing listens.
func freeAddress(t *testing.T) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	return ln.Addr().String()
}

// quickstart copies the example to a folder of its own and moves its back end from the fixed port to a free one, so that
// it can run beside others. It returns a channel that closes when every process of the back end is gone.
func quickstart(t *testing.T) (folder string, gone <-chan struct{}) {
	t.Helper()
	folder = t.TempDir()
	if err := os.CopyFS(folder, os.DirFS("../../examples/quickstart")); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(folder, "go.mod"), "module quickstart\n\ngo 1.26\n")
	file := filepath.Join(folder, "gatehouse.yaml")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	const command = "[go, run, ./backend]"
	if strings.Count(string(text), "127.0.0.1:9080") != 3 || !strings.Contains(string(text), command) {
		t.Fatalf("the example has another form than this test knows:\n%s", text)
	}
	// All processes of the back end inherit the writing end of a pipe: its reader meets the end when the last one is gone.
	alive := filepath.Join(folder, "alive")
	if err := syscall.Mkfifo(alive, 0o600); err != nil {
		t.Fatal(err)
	}
	moved := strings.ReplaceAll(string(text), "127.0.0.1:9080", freeAddress(t))
	write(t, file, strings.Replace(moved, command, `[sh, -c, "exec 3>alive; exec go run ./backend"]`, 1))
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if f, err := os.OpenFile(alive, os.O_RDONLY, 0); err == nil {
			defer f.Close()
			_, _ = io.Copy(io.Discard, f)
		}
	}()
	return folder, ended
}

func awaitGone(t *testing.T, gone <-chan struct{}) {
	t.Helper()
	select {
	case <-gone:
	case <-time.After(patience):
		t.Error("processes of the back end are left")
	}
}

// TestQuickstartAnswersAsTheReadmeSays drives every route of the example, and stops it as an operator does.
func TestQuickstartAnswersAsTheReadmeSays(t *testing.T) {
	folder, gone := quickstart(t)
	t.Cleanup(func() { awaitGone(t, gone) }) // runs after the gateway was stopped
	g := serveFile(t, folder)
	if out := g.out.String(); !strings.HasPrefix(out, "starting back end shop\n") {
		t.Errorf("the output begins\n%.100s", out)
	}
	order := `{"items": [{"sku": "tea-1", "quantity": 2}, {"sku": "cup-7", "quantity": 1}]}`
	ann := []string{asJSON, "X-Customer: ann"}
	invalid := func(details string) string {
		return `\{"error": "Invalid request body", "details": "\[` + whole(details) + `\]", "request": "` + uuid + `"\}`
	}
	docs := []string{"X-Documentation: https://example.com/docs/errors", "x-amzn-ErrorType: BadRequestException"}
	for _, e := range []expectation{
		{"mock", "GET", "/health", "", nil, 200, `\{"status": "ok", "stage": "dev", "request": "` + uuid + `"\}`, nil},
		{"rewritten both ways", "POST", "/orders", order, ann, 201, whole(`{"id": 1, "pieces": 3, "customer": "ann"}`), []string{"Location: /orders/1"}},
		{"a quotation mark in a header stays text", "POST", "/orders", order, []string{asJSON, `X-Customer: a"nn`}, 201, whole(`{"id": 2, "pieces": 3, "customer": "a\"nn"}`), nil},
		{"what the back end received", "GET", "/orders/1", "", nil, 200,
			whole("{\n  \"customer\": \"ann\",\n  \"received\": \"") + `\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d \+0000` +
				whole("\",\n  \"lines\": [\n    {\"sku\": \"tea-1\", \"count\": 2},\n    {\"sku\": \"cup-7\", \"count\": 1}\n  ]\n}"), nil},
		{"404 stays 404", "GET", "/orders/77", "", nil, 404, whole(`{"message": "There is no order 77."}`), nil},
		{"no items", "POST", "/orders", `{"items": []}`, ann, 422, invalid("array is too short: must have at least 1 elements but instance has 0 elements"), docs},
		{"pattern behind a reference", "POST", "/orders", `{"items": [{"sku": "TEA", "quantity": 1}]}`, ann, 422, invalid(`ECMA 262 regex "^[a-z]+-[0-9]+$" does not match input string "TEA"`), docs},
		{"no JSON", "POST", "/orders", `items=1`, ann, 422, "-", docs},
		{"no body", "POST", "/orders", ``, ann, 422, invalid(`object has missing required properties (["items"])`), docs},
		{"required header", "POST", "/orders", order, []string{asJSON}, 400, whole(`{"message": "Missing required request parameters: [X-Customer]"}`), []string{"Access-Control-Allow-Origin: *"}},
		{"other media type", "POST", "/orders", order, []string{"Content-Type: text/xml", "X-Customer: ann"}, 415, whole(`{"message": "Unsupported Media Type"}`), []string{"Access-Control-Allow-Origin: *"}},
		{"preflight", "OPTIONS", "/orders", "", nil, 200, "", []string{"Access-Control-Allow-Origin: *", "Access-Control-Allow-Methods: OPTIONS,POST", "Access-Control-Allow-Headers: Content-Type,X-Customer"}},
		{"greedy proxy", "PATCH", "/catalog/shoes/red?size=42", "", nil, 200, `.*"method":"PATCH".*"product":"shoes/red","query":"size=42".*`, nil},
		{"unknown route", "GET", "/orders", "", nil, 403, whole(`{"message":"Missing Authentication Token"}`), []string{"Access-Control-Allow-Origin: *"}},
	} {
		t.Run(e.name, func(t *testing.T) { g.expect(t, "dev", e) })
	}
}

// TestBackEndEndsWithAKilledGateway: a gateway that is killed cannot stop anything; the pipe on the back end's standard
// input says it.
func TestBackEndEndsWithAKilledGateway(t *testing.T) {
	folder, gone := quickstart(t)
	g := launch(t, folder)
	g.out.wait(t, 0, `serving `)
	if err := g.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	awaitGone(t, gone)
	g.wait()
}

// TestSplitDocumentServesAsOne drives the example whose document consists of many files.
func TestSplitDocumentServesAsOne(t *testing.T) {
	const folder = "../../examples/split-openapi"
	files := 0
	err := filepath.WalkDir(folder, func(_ string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			files++
		}
		return err
	})
	if err != nil || files < 13 {
		t.Errorf("%d files, %v", files, err)
	}
	g := serveFile(t, folder)
	if !strings.HasSuffix(g.base, "/v1") || strings.Contains(g.out.String(), "warning") {
		t.Errorf("serving at %s:\n%s", g.base, g.out)
	}
	const isbn = "9780000000002"
	book := `{"isbn": "` + isbn + `", "title": "T", "authors": [%s]}`
	invalid := func(details string) string { return whole("Invalid request body: [" + details + "]") }
	const pattern = `ECMA 262 regex "^97[89][0-9]{10}$" does not match input string "1"`
	open := []string{"Access-Control-Allow-Origin: *"}
	card := []string{asJSON, "X-Library-Card: 7"}
	for _, e := range []expectation{
		{"template in a file", "GET", "/health", "", nil, 200, whole(`{"status": "ok", "stage": "v1"}`), nil},
		{"stage variable", "GET", "/books/" + isbn, "", nil, 200, `.*"cover": "https://covers\.example\.com/` + isbn + `\.jpg".*`, open},
		{"the other answer of a mock", "GET", "/books/1", "", nil, 404, whole(`{"title": "There is no such book."}`), open},
		{"shared parameter", "GET", "/books?subject=tea", "", nil, 200, `\[.*"title": "tea".*\]`, open},
		{"path parameter of a nested file", "GET", "/authors/J.%20Doe", "", nil, 200, whole(`{"name": "J. Doe", "books": []}`), open},
		{"model", "POST", "/books", fmt.Sprintf(book, `{"name": "A"}`), []string{asJSON}, 201, "", open},
		{"model without what it requires", "POST", "/books", fmt.Sprintf(book, ""), []string{asJSON}, 422, invalid("array is too short: must have at least 1 elements but instance has 0 elements"), open},
		{"model in a second file", "POST", "/books", fmt.Sprintf(book, `{"name": 1}`), []string{asJSON}, 422, invalid(`instance type (integer) does not match any allowed primitive type (allowed: ["string"])`), open},
		{"around the circle of models", "POST", "/books", fmt.Sprintf(book, `{"name": "A", "books": [{"isbn": "1", "title": "U", "authors": [{"name": "B"}]}]}`), []string{asJSON}, 422, invalid(pattern), open},
		{"JSON model that refers to a YAML one", "POST", "/loans", `{"book": "1", "until": "2026-12-01"}`, card, 422, invalid(pattern), open},
		{"additional property", "POST", "/loans", `{"book": "` + isbn + `", "until": "2026-12-01", "x": 1}`, card, 422, invalid(`object instance has properties which are not allowed by the schema: ["x"]`), open},
		{"lend", "POST", "/loans", `{"book": "` + isbn + `", "until": "2026-12-01"}`, card, 201, `\{"loan": "` + uuid + `", "card": "7"\}`, open},
		{"default gateway response", "POST", "/loans", "{}", []string{asJSON}, 400, whole(`{"title": "Missing required request parameters: [X-Library-Card]"}`), open},
		{"media type", "POST", "/loans", "{}", []string{"Content-Type: text/csv", "X-Library-Card: 7"}, 415, whole(`{"title": "Unsupported Media Type"}`), open},
		{"any method", "DELETE", "/loans/3", "", nil, 200, whole(`{"loan": "3", "asked": "DELETE"}`), open},
		{"preflight", "OPTIONS", "/loans", "", nil, 200, "", append(open, "Access-Control-Allow-Methods: OPTIONS,GET,POST")},
		{"unknown route", "GET", "/loans", "", nil, 403, whole(`{"title": "Missing Authentication Token"}`), open},
	} {
		t.Run(e.name, func(t *testing.T) { g.expect(t, "v1", e) })
	}
}
