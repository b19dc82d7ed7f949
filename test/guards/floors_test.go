// Package guards holds the architectural sentences that can be tests: who may import whom, that every package says what
// it is for, that every goroutine ends.
package guards

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"strings"
	"testing"
)

const module = "github.com/gatehouse-gateway/gatehouse/"

// floors lists every room by floor, lowest first. A room may import rooms of lower floors only: where it needs a
// neighbour it declares the interface it uses, and internal/app connects them.
var floors = [][]string{
	{"arn", "awsproto", "eventpattern", "eventstream", "http1", "iam", "internal/outbound", "internal/pause", "javaregex", "jsonpath", "jsontree", "sigv4", "vtl", "vtl/gateway"},
	{"internal/awsclient", "internal/config", "internal/definition", "internal/engine", "internal/front", "internal/limits", "internal/seal"},
	{"internal/access", "internal/functions", "internal/integration", "internal/model", "internal/notify", "internal/observe", "internal/render", "internal/store", "internal/traffic"},
	{"internal/asyncinvoke", "internal/eventsource", "internal/functionstore", "internal/functionurl", "internal/httpapi", "internal/openapi", "internal/planstore", "internal/restapi", "internal/sdk", "internal/template", "internal/templatetest", "internal/wsapi"},
	{"internal/console", "internal/control", "internal/gateway", "internal/lint"},
	{"internal/app"},
	{"cmd/gatehouse"},
}

// sideways are the imports within a floor that are meant, each with its reason.
var sideways = map[string]string{
	"internal/access -> internal/store": "access keys are stored documents of their own type",
	"jsonpath -> jsontree":              "JSONPath walks JSON trees",
	"jsonpath -> javaregex":             "JSONPath filters have Java regular expressions",
	"vtl -> jsontree":                   "templates print JSON values by rules of their own",
	"vtl -> javaregex":                  "templates have the methods of Java strings",
	"vtl/gateway -> vtl":                "the host objects plug into the language",
	"vtl/gateway -> jsonpath":           "$input.path is JSONPath",
	"vtl/gateway -> jsontree":           "$input.json is JSON",
}

type pkg struct {
	ImportPath  string
	Name        string
	Doc         string
	Imports     []string
	TestImports []string
}

func packages(t *testing.T) []pkg {
	t.Helper()
	cmd := exec.Command("go", "list", "-json=ImportPath,Name,Doc,Imports", "./...")
	cmd.Dir = "../.."
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var all []pkg
	for dec := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p pkg
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
}

// floorOf finds the floor of a package; a folder below a room belongs to it.
func floorOf(name string) (room string, floor int) {
	for i, rooms := range floors {
		for _, r := range rooms {
			if (name == r || strings.HasPrefix(name, r+"/")) && len(r) > len(room) {
				room, floor = r, i
			}
		}
	}
	return room, floor
}

func TestRoomsImportLowerFloorsOnly(t *testing.T) {
	for _, p := range packages(t) {
		name := strings.TrimPrefix(p.ImportPath, module)
		if strings.HasPrefix(name, "test/") || strings.HasPrefix(name, "examples/") || strings.HasPrefix(name, "bench/") {
			continue
		}
		room, floor := floorOf(name)
		if room == "" {
			t.Errorf("%s is in no room: add it to the floors of this test and of the design", name)
			continue
		}
		for _, imported := range p.Imports {
			target, ours := strings.CutPrefix(imported, module)
			if !ours {
				continue
			}
			other, below := floorOf(target)
			if other != room && below >= floor && sideways[room+" -> "+other] == "" {
				t.Errorf("%s (floor %d) imports %s (floor %d): declare the interface it needs, and let internal/app connect them", name, floor, target, below)
			}
		}
	}
}

func TestEveryPackageSaysWhatItIsFor(t *testing.T) {
	for _, p := range packages(t) {
		if strings.TrimSpace(p.Doc) == "" && !strings.HasPrefix(strings.TrimPrefix(p.ImportPath, module), "test/") {
			t.Errorf("%s has no package comment", p.ImportPath)
		}
	}
}

// TestPipelineKnowsNoHTTPStack keeps the front exchangeable: exchanges are made of our own types.
func TestPipelineKnowsNoHTTPStack(t *testing.T) {
	for _, p := range packages(t) {
		name := strings.TrimPrefix(p.ImportPath, module)
		if room, _ := floorOf(name); room != "internal/restapi" && room != "internal/functionurl" && room != "internal/gateway" && room != "internal/integration" {
			continue
		}
		for _, imported := range p.Imports {
			if imported == "net/http" || strings.HasPrefix(imported, "net/http/") {
				t.Errorf("%s imports %s: the pipeline sees internal/front only", name, imported)
			}
		}
	}
}
