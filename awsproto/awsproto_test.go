package awsproto_test

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/gatehouse-gateway/gatehouse/awsproto"
)

// The structs of testdata/model.json as Generate writes them; TestGenerate keeps them so.
type (
	Animal struct {
		Name  *string
		Legs  *int64
		Young []Animal
	}
	CreateCageRequest struct {
		Name    *string
		Open    *bool
		Size    *float64
		Boss    *Animal
		Animals map[string]Animal
		Grid    [][]string
		Tags    map[string]string
		Since   *time.Time
		Colour  *string
		Colours []string
		Steps   []Step
	}
	Step              struct{ Code *string }
	ImportCageRequest struct {
		FailOnWarnings *bool
		Parameters     map[string]string
		Body           []byte
	}
	GetCageRequest struct {
		CageId  *string
		Accepts *string
	}
	GetPlanRequest struct {
		CageId *string
		Path   *string
	}
	ListCagesRequest struct {
		Limit *int64
		Embed []string
	}
	Cage struct {
		Id      *string
		Name    *string
		Open    *bool
		Size    *float64
		Boss    *Animal
		Animals map[string]Animal
		Grid    [][]string
		Tags    map[string]string
		Since   *time.Time
	}
	Cages struct{ Items []Cage }
	Plan  struct {
		ContentType *string
		Body        []byte
	}
)

func model(t testing.TB) *awsproto.Model {
	t.Helper()
	data, err := os.ReadFile("testdata/model.json")
	if err != nil {
		t.Fatal(err)
	}
	m, err := awsproto.ParseModel(data)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func ptr[T any](v T) *T { return &v }

// zoo binds every operation to something that shows what it was given.
func zoo(t testing.TB) *awsproto.Service {
	t.Helper()
	s, err := awsproto.NewService(model(t))
	if err != nil {
		t.Fatal(err)
	}
	awsproto.Bind(s, "CreateCage", func(_ context.Context, in *CreateCageRequest) (*Cage, error) {
		return &Cage{Id: ptr("c1"), Name: in.Name, Open: in.Open, Size: in.Size, Boss: in.Boss, Animals: in.Animals, Grid: in.Grid, Tags: in.Tags, Since: in.Since}, nil
	})
	awsproto.Bind(s, "ImportCage", func(_ context.Context, in *ImportCageRequest) (*Cage, error) {
		return &Cage{Name: ptr(string(in.Body)), Open: in.FailOnWarnings, Tags: in.Parameters}, nil
	})
	awsproto.Bind(s, "GetCage", func(_ context.Context, in *GetCageRequest) (*Cage, error) {
		switch *in.CageId {
		case "none":
			return nil, &awsproto.Error{Type: "NotFoundException", Status: 404, Message: `no "cage"`, Members: map[string]string{"resourceType": "Cage"}}
		case "busy":
			return nil, &awsproto.Error{Type: "TooManyRequestsException", Status: 429, RetryAfter: 3}
		case "broken":
			return nil, errors.New("disk on fire at /secret")
		}
		return &Cage{Id: in.CageId, Name: in.Accepts}, nil
	})
	awsproto.Bind(s, "DeleteCage", func(_ context.Context, _ *GetCageRequest) (*struct{}, error) { return nil, nil })
	awsproto.Bind(s, "ListCages", func(_ context.Context, in *ListCagesRequest) (*Cages, error) {
		out := &Cages{Items: []Cage{}}
		for _, e := range in.Embed {
			out.Items = append(out.Items, Cage{Id: &e})
		}
		return out, nil
	})
	awsproto.Bind(s, "GetPlan", func(_ context.Context, in *GetPlanRequest) (*Plan, error) {
		return &Plan{ContentType: ptr("text/plain"), Body: []byte(*in.CageId + ":" + *in.Path)}, nil
	})
	if err := s.Check(); err != nil {
		t.Fatal(err)
	}
	return s
}

// call sends "METHOD /path?query" and describes the answer.
func call(s *awsproto.Service, line, body string, header ...awsproto.Field) string {
	method, target, _ := strings.Cut(line, " ")
	path, query, _ := strings.Cut(target, "?")
	res := s.Handle(context.Background(), &awsproto.Request{Method: method, Path: path, Query: query, Header: header, Body: []byte(body)})
	text := ""
	for _, f := range res.Header {
		text += f.Name + "=" + f.Value + " "
	}
	return strings.TrimSpace(itoa(res.Status) + " " + text + string(res.Body))
}

func itoa(n int) string {
	return string([]byte{byte('0' + n/100), byte('0' + n/10%10), byte('0' + n%10)})
}

func TestOperations(t *testing.T) {
	s := zoo(t)
	const json = "Content-Type=application/json "
	for _, c := range []struct{ name, line, body, want string }{
		{"every kind of member", "POST /cages", `{"name":"n","open":false,"size":2,"boss":{"name":"b","young":[{"legs":4},{}]},"animals":{"z":{"legs":1},"a":{}},"grid":[["a"],[]],"tags":{},"since":1.5}`,
			"201 " + json + `{"id":"c1","name":"n","open":false,"size":2.0,"boss":{"name":"b","young":[{"legs":4},{}]},"animals":{"a":{},"z":{"legs":1}},"grid":[["a"],[]],"tags":{},"since":1}`},
		{"null and unknown members", "POST /cages", `{"name":null,"weather":{"x":1}}`, "201 " + json + `{"id":"c1"}`},
		{"no body", "POST /cages", ``, "201 " + json + `{"id":"c1"}`},
		{"escapes", "POST /cages", `{"name":"a\"\\\n\u0001é<"}`, "201 " + json + `{"id":"c1","name":"a\"\\\n\u0001é<"}`},
		{"fixed query", "POST /cages?mode=import&failonwarnings=true&basepath=split&ignore=documentation", "raw {", "201 " + json + `{"name":"raw {","open":true,"tags":{"basepath":"split","ignore":"documentation"}}`},
		{"label decoded once", "GET /cages/a%2Fb%2520c", "", "200 " + json + `{"id":"a/b%20c"}`},
		{"label that is not UTF-8", "GET /cages/a%ff%feb", "", "200 " + json + `{"id":"a�b"}`},
		{"greedy label", "GET /cages/c/plans/x/y%2Fz", "", "200 Content-Type=text/plain c:x/y/z"},
		{"no output", "DELETE /cages/c", "", "202"},
		{"list in the query", "GET /cages?embed=a,b&embed=c&limit=5", "", "200 " + json + `{"item":[{"id":"a"},{"id":"b"},{"id":"c"}]}`},
		{"empty list is there", "GET /cages", "", "200 " + json + `{"item":[]}`},
		{"error", "GET /cages/none", "", "404 " + json + `x-amzn-ErrorType=NotFoundException {"message":"no \"cage\"","resourceType":"Cage"}`},
		{"retry", "GET /cages/busy", "", "429 " + json + `x-amzn-ErrorType=TooManyRequestsException Retry-After=3 {"message":""}`},
		{"anything else is hidden", "GET /cages/broken", "", "500 " + json + `x-amzn-ErrorType=InternalFailure {"message":"Internal server error"}`},
		{"unknown address", "GET /zoo", "", "404 " + json + `x-amzn-ErrorType=UnknownOperationException {"message":"The requested operation is not supported."}`},
		{"unknown method", "PATCH /cages", "", "404 " + json + `x-amzn-ErrorType=UnknownOperationException {"message":"The requested operation is not supported."}`},
		{"boolean for a string", "POST /cages", `{"name":true}`, "400 " + json + `x-amzn-ErrorType=SerializationException {"message":"class java.lang.Boolean can not be converted to an String"}`},
		{"number for a string", "POST /cages", `{"tags":{"a":1}}`, "400 " + json + `x-amzn-ErrorType=SerializationException {"message":"class com.amazon.coral.value.json.numbers.TruncatingBigNumber can not be converted to an String"}`},
		{"list for a structure", "POST /cages", `{"boss":[]}`, "400 " + json + `x-amzn-ErrorType=SerializationException {"message":"Start of list found where not expected"}`},
		{"broken JSON", "POST /cages", `{"name"`, "400 " + json + `x-amzn-ErrorType=SerializationException {"message":"Unable to parse the request body as JSON"}`},
		{"two documents", "POST /cages", `{} {}`, "400 " + json + `x-amzn-ErrorType=SerializationException {"message":"Unable to parse the request body as JSON"}`},
		{"enum value", "POST /cages", `{"colour":"green"}`, "400 " + json + `x-amzn-ErrorType=ValidationException {"message":"1 validation error detected: Value 'green' at 'createCageInput.colour' failed to satisfy constraint: Member must satisfy enum value set: [red, blue]"}`},
		{"several violations", "POST /cages", `{"colours":["red","pink"],"steps":[{"code":"200"},{"code":"x"},{}]}`, "400 " + json + `x-amzn-ErrorType=ValidationException {"message":"3 validation errors detected: ` +
			`Value '[red, pink]' at 'createCageInput.colours' failed to satisfy constraint: Member must satisfy constraint: [Member must satisfy enum value set: [red, blue]]; ` +
			`Value 'x' at 'createCageInput.steps.2.member.code' failed to satisfy constraint: Member must satisfy regular expression pattern: [1-5]\\d\\d; ` +
			`Value null at 'createCageInput.steps.3.member.code' failed to satisfy constraint: Member must not be null"}`},
		{"number in the query", "GET /cages?limit=x", "", "400 " + json + `x-amzn-ErrorType=SerializationException {"message":"Invalid number value: x"}`},
	} {
		if got := call(s, c.line, c.body); got != c.want {
			t.Errorf("%s:\ngot  %s\nwant %s", c.name, got, c.want)
		}
	}
	if got := call(s, "GET /cages/c", "", awsproto.Field{Name: "accept", Value: "x"}); !strings.HasSuffix(got, `"name":"x"}`) {
		t.Errorf("header member: got %s", got)
	}
}

func TestEveryOperationIsBoundOrRefused(t *testing.T) {
	s, err := awsproto.NewService(model(t))
	if err != nil {
		t.Fatal(err)
	}
	s.Refuse("GetPlan", awsproto.NewError(501, "NotImplementedException", "GetPlan is not supported yet"))
	awsproto.Bind(s, "GetCage", func(context.Context, *ListCagesRequest) (*Cage, error) { return nil, nil })
	awsproto.Bind(s, "Nothing", func(context.Context, *struct{}) (*struct{}, error) { return nil, nil })
	err = s.Check()
	for _, want := range []string{"operation CreateCage is neither bound nor refused", "has no field for the member cageId", "operation Nothing is not in the model"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q is missing in %v", want, err)
		}
	}
	if got := call(s, "GET /cages/c/plans/x", ""); !strings.HasPrefix(got, "501 ") {
		t.Errorf("got %s", got)
	}
}

func TestGenerate(t *testing.T) {
	code, err := awsproto.Generate(model(t), "zoo", "// Code generated; DO NOT EDIT.")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"package zoo", `import "time"`, "type Animal struct {", "Young []Animal", "Animals map[string]Animal", "Grid    [][]string", "Since   *time.Time", "Body           []byte"} {
		if !strings.Contains(string(code), want) {
			t.Errorf("%q is missing in\n%s", want, code)
		}
	}
}

func TestBadModelsAreNamed(t *testing.T) {
	for text, want := range map[string]string{
		`{`: "service model", `{"operations":{"A":{"input":"B"}}}`: "operation A names the shape B",
		`{"shapes":{"L":{"type":"list","member":"X"}}}`: "shape L names the shape X",
	} {
		if _, err := awsproto.ParseModel([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v", text, err)
		}
	}
}

func FuzzHandle(f *testing.F) {
	s := zoo(f)
	f.Add("POST", "/cages", "", `{"name":"n","boss":{"young":[{}]}}`)
	f.Add("GET", "/cages/%zz/plans/%2", "embed=,&limit=1", "")
	f.Fuzz(func(t *testing.T, method, path, query, body string) {
		if res := s.Handle(context.Background(), &awsproto.Request{Method: method, Path: path, Query: query, Body: []byte(body)}); res.Status < 200 {
			t.Errorf("status %d", res.Status)
		}
	})
}
