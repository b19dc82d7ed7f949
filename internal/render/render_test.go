package render_test

import (
	"strings"
	"testing"

	"github.com/gatehouse-gateway/gatehouse/internal/render"
	"github.com/gatehouse-gateway/gatehouse/vtl"
)

const sample = `{
  "body": {"id": 1.50, "b": [1]}, "headers": {"Accept": ["a", "b"], "X-N": 7}, "querystring": {"q": "1"}, "path": {"p": "x"},
  "context": {"stage": "prod", "identity": {"caller": "me"}, "authorizer": {"claims": {"sub": "s"}}},
  "stageVariables": {"v": "w"}
}`

func TestTemplatesSeeTheSample(t *testing.T) {
	s, err := render.ParseSample("sample.json", []byte(sample))
	if err != nil {
		t.Fatal(err)
	}
	for template, want := range map[string]string{
		`$input.body`:                            `{"id":1.50,"b":[1]}`,
		`$input.path('$.id') $input.json('$.b')`: `1.5 [1]`,
		`$input.params('Accept') $input.params('q') $input.params('p')`:           `b 1 x`,
		`$input.params().header.get('X-N')`:                                       `7`,
		`$context.stage $context.httpMethod $context.identity.caller`:             `prod GET me`,
		`$context.authorizer.claims.sub $context.identity.sourceIp`:               `s 127.0.0.1`,
		`$stageVariables.v $stageVariables.none`:                                  `w `,
		`#foreach($k in $context.identity.keySet())#if($k == "userArn")y#end#end`: `y`,
	} {
		r, err := render.Run(vtl.Compile(template), s, nil)
		if err != nil || string(r.Output) != want {
			t.Errorf("%s: got %q, %v, want %q", template, r.Output, err, want)
		}
	}
}

func TestResponseTemplatesSeeTheIntegrationResponse(t *testing.T) {
	s, err := render.ParseSample("s", []byte(`{"body": "request", "response": {"statusCode": 404, "headers": {"A": "b"}, "body": {"x": 1}}}`))
	if err != nil {
		t.Fatal(err)
	}
	r, err := render.Run(vtl.Compile(`#set($context.responseOverride.status = 418)#set($context.responseOverride.header.X = "y")$input.json('$.x')`), s, nil)
	if err != nil || string(r.Output) != "1" || s.Response.Status != 404 {
		t.Fatalf("got %q, %v", r.Output, err)
	}
	if got := r.Lines(); got != "responseOverride.status = 418\nresponseOverride.header.X = y\n" {
		t.Errorf("got %q", got)
	}
}

func TestBadSamplesAreNamed(t *testing.T) {
	for text, want := range map[string]string{
		`[`: "line 1, column 2", `[]`: "must be a JSON object", `{"bodi": 1}`: "bodi: unknown member", `{"headers": 1}`: "headers: must be an object",
		`{"path": {"a": {}}}`: "path: a: must be a string", `{"context": {"a": []}}`: "context: a: must be", `{"response": {"status": 1}}`: `response: unknown member "status"`,
		`{"response": {"statusCode": "x"}}`: "statusCode must be a whole number", `{"response": {"headers": []}}`: "response: headers: must be an object",
	} {
		if _, err := render.ParseSample("f.json", []byte(text)); err == nil || !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), "f.json: ") {
			t.Errorf("%s: got %v, want %s", text, err, want)
		}
	}
}

func TestErrorsShowTheLine(t *testing.T) {
	source := "a\n\t#if($x)\nb"
	got := render.Explain("t.vtl", source, vtl.Compile(source).Err())
	lines := strings.Split(got, "\n")
	if len(lines) != 3 || !strings.HasPrefix(lines[0], "t.vtl:") || !strings.HasSuffix(lines[2], "^") {
		t.Errorf("got\n%s", got)
	}
	source = `x $util.parseJson("{")`
	_, err := render.Run(vtl.Compile(source), render.NewSample(), nil)
	if got := render.Explain("t.vtl", source, err); !strings.HasPrefix(got, "t.vtl:1:") || !strings.Contains(got, source) {
		t.Errorf("got\n%s", got)
	}
}

func FuzzParseSample(f *testing.F) {
	f.Add([]byte(sample))
	f.Fuzz(func(_ *testing.T, data []byte) { _, _ = render.ParseSample("f", data) })
}
