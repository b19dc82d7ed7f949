package management_test

import (
	"embed"
	"encoding/json"
	"fmt"
	"sort"
	"strings"
	"testing"
)

//go:embed testdata/recorded/*.json
var recordings embed.FS

// recording is one recorded test: its answers by name.
type recording struct {
	Recorded  string         `json:"recorded"`
	Responses map[string]any `json:"responses"`
}

// loadRecordings reads a file of testdata/recorded: recordings by the name of the recorded test.
func loadRecordings(file string) (map[string]recording, error) {
	text, err := recordings.ReadFile("testdata/recorded/" + file + ".json")
	if err != nil {
		return nil, err
	}
	var all map[string]recording
	if err := json.Unmarshal(text, &all); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return all, nil
}

// replay sends the requests of one recorded test and compares the answers. Targets and bodies may hold {{name}}, which
// stands for vars[name]. A recorded answer that no request asked for fails the test.
type replay struct {
	t     *testing.T
	want  map[string]any
	vars  map[string]string
	match *matcher
}

func newReplay(t *testing.T, file, test string) *replay {
	t.Helper()
	all, err := loadRecordings(file)
	if err != nil {
		t.Fatal(err)
	}
	rec, ok := all[test]
	if !ok {
		t.Fatalf("%s.json has no recording of %s", file, test)
	}
	replayed.Store(test, true)
	r := &replay{t: t, want: rec.Responses, vars: map[string]string{}, match: newMatcher()}
	t.Cleanup(func() {
		for _, name := range sortedKeys(r.want) {
			t.Errorf("no request was sent for the recorded answer %q", name)
		}
	})
	return r
}

// call sends a request whose answer is the recorded one of the name.
func (r *replay) call(name, method, target, body string) map[string]any {
	r.t.Helper()
	return r.callSorted(name, "", method, target, body)
}

// callSorted is call for a list that the recorder sorted by a member before it recorded it.
func (r *replay) callSorted(name, by, method, target, body string) map[string]any {
	r.t.Helper()
	got := server.send(r.t, method, r.fill(target), "application/json", r.fill(body))
	seen := asRecorded(r.t, got)
	if by != "" {
		sortItems(seen, by)
	}
	want, ok := r.want[name]
	delete(r.want, name)
	if !ok {
		r.t.Errorf("nothing of the name %q is recorded", name)
	} else if object, isObject := want.(map[string]any); !isObject {
		r.t.Errorf("the recording %q is no answer", name)
	} else if err := r.match.object("", withoutHeaders(object), seen); err != nil {
		r.t.Errorf("%s: %v\nanswer: %d %s", name, err, got.status, got.body)
	}
	return seen
}

// do sends a request that the recorded test sent without keeping the answer; it has to succeed.
func (r *replay) do(method, target, body string) map[string]any {
	r.t.Helper()
	got := server.send(r.t, method, r.fill(target), "application/json", r.fill(body))
	if got.status/100 != 2 {
		r.t.Fatalf("%s %s: %d %s", method, r.fill(target), got.status, got.body)
	}
	return asRecorded(r.t, got)
}

// api creates a REST API that the test deletes in the end, and sets the variables api and root.
func (r *replay) api(name, body string) {
	r.t.Helper()
	var made map[string]any
	if name == "" {
		made = r.do("POST", "/restapis", body)
	} else {
		made = r.call(name, "POST", "/restapis", body)
	}
	r.vars["api"], r.vars["root"] = text(made, "id"), text(made, "rootResourceId")
	r.deleteAtEnd(r.vars["api"])
}

func (r *replay) deleteAtEnd(id string) {
	r.t.Cleanup(func() {
		if id == "" {
			return
		}
		if got := server.send(r.t, "DELETE", "/restapis/"+id, "", ""); got.status != 202 && got.status != 404 {
			r.t.Errorf("deleting API %s: %d %s", id, got.status, got.body)
		}
	})
}

// keep sets a variable to a text member of an answer.
func (r *replay) keep(name string, from map[string]any, member string) {
	r.t.Helper()
	value := text(from, member)
	if value == "" {
		r.t.Fatalf("the answer has no %s: %v", member, from)
	}
	r.vars[name] = value
}

func (r *replay) fill(s string) string {
	for name, value := range r.vars {
		s = strings.ReplaceAll(s, "{{"+name+"}}", value)
	}
	if strings.Contains(s, "{{") {
		r.t.Fatalf("unknown variable in %s", s)
	}
	return s
}

// asRecorded writes an answer as the recorder saw it: status apart, the errors taken to pieces, lists under "items".
func asRecorded(t *testing.T, a answer) map[string]any {
	t.Helper()
	seen := map[string]any{}
	if len(a.body) > 0 {
		if err := json.Unmarshal(a.body, &seen); err != nil {
			t.Fatalf("%d %s: %v", a.status, a.body, err)
		}
	}
	delete(seen, "_links")
	if list, ok := seen["item"]; ok {
		delete(seen, "item")
		seen["items"] = list
	}
	if a.status >= 400 {
		kind, _, _ := strings.Cut(a.header.Get("x-amzn-ErrorType"), ":")
		seen["Error"] = map[string]any{"Code": kind, "Message": seen["message"]}
		delete(seen, "message")
	}
	seen["ResponseMetadata"] = map[string]any{"HTTPStatusCode": float64(a.status)}
	return seen
}

// withoutHeaders drops from a recorded answer what says nothing: the empty headers, and the message of an error, which
// the recorder repeated.
func withoutHeaders(want map[string]any) map[string]any {
	short := map[string]any{}
	for k, v := range want {
		short[k] = v
	}
	if meta, ok := want["ResponseMetadata"].(map[string]any); ok {
		short["ResponseMetadata"] = map[string]any{"HTTPStatusCode": meta["HTTPStatusCode"]}
	}
	if _, failed := want["Error"]; failed {
		delete(short, "message")
	}
	return short
}

func sortItems(seen map[string]any, by string) {
	items, _ := seen["items"].([]any)
	sort.SliceStable(items, func(i, j int) bool { return sortKey(items[i], by) < sortKey(items[j], by) })
}

// sortKey is the member of an item that a path of names leads to.
func sortKey(item any, by string) string {
	for name := range strings.SplitSeq(by, ".") {
		object, _ := item.(map[string]any)
		item = object[name]
	}
	return fmt.Sprint(item)
}

func text(object map[string]any, member string) string {
	s, _ := object[member].(string)
	return s
}

func sortedKeys(m map[string]any) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}

// patch sends patch operations, which are JSON objects.
func (r *replay) patch(name, target string, operations ...string) map[string]any {
	r.t.Helper()
	return r.call(name, "PATCH", target, `{"patchOperations":[`+strings.Join(operations, ",")+`]}`)
}
