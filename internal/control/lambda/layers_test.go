package lambda_test

import (
	"archive/zip"
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/gatehouse-gateway/gatehouse/internal/control/lambda/layer"
	"github.com/gatehouse-gateway/gatehouse/internal/definition"
	"github.com/gatehouse-gateway/gatehouse/internal/functionstore"
	"github.com/gatehouse-gateway/gatehouse/internal/store"
)

const (
	layersPath = "/2018-10-31/layers"
	layerARN   = "arn:aws:lambda:us-east-1:111111111111:layer:"
	stranger   = "222222222222"
)

func (f *fixture) publishLayer(name, text string) {
	f.t.Helper()
	f.must("POST "+layersPath+"/"+name+"/versions", `{"Content":{"ZipFile":"`+code(f.t, text)+`"}}`)
}

func TestLayersThatFunctionsCannotHave(t *testing.T) {
	f := newFixture(t)
	f.create("hello", "")
	f.publishLayer("l", "one")
	const configuration = "PUT " + functionsPath + "/hello/configuration"
	const invalid = `400 InvalidParameterValueException {"Type":"User","message":"`
	six := make([]string, 6)
	for i := range six {
		six[i] = fmt.Sprintf("%sl%d:1", layerARN, i)
	}
	f.check(
		want{configuration, `{"Layers":["` + strings.Join(six, `","`) + `"]}`, invalid + `Cannot reference more than 5 layers."}`},
		want{configuration, `{"Layers":["` + layerARN + `l:0"]}`, invalid + `Layer version ` + layerARN + `l:0 does not exist."}`},
		want{configuration, `{"Layers":["arn:aws:lambda:::awslayer:AmazonLinux1803"]}`, invalid + `Layer version arn:aws:lambda:::awslayer:AmazonLinux1803 does not exist."}`},
		want{"PUT " + functionsPath + "/none/configuration", `{"Layers":["` + layerARN + `none:1"]}`, "404 ResourceNotFoundException"},
		want{"POST " + layersPath + "/l/versions", `{"Content":{"ZipFile":"bm8gemlw"}}`, invalid + "Could not unzip uploaded file."},
		want{"POST " + layersPath + "/l/versions", `{"Content":{"S3Bucket":"bucket","S3Key":"k"}}`, invalid + "The code in the bucket bucket cannot be read: no endpoint for S3 is configured: set aws-endpoints"},
		want{"POST " + layersPath + "/l/versions", `{"Content":{}}`, invalid + "Please provide a source for the content of the layer."},
		want{"POST " + layersPath + "/" + strings.Replace(layerARN, "1111", "2222", 1) + "l/versions", `{"Content":{}}`, "403 AccessDeniedException"},
		want{"GET " + layersPath + "/" + strings.Replace(layerARN, "us-east-1", "eu-west-1", 1) + "l/versions/1", "", "404 ResourceNotFoundException"},
	)
}

// declares is a zip file whose one file claims to have so many bytes.
func declares(t testing.TB, size uint32) string {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	if _, err := w.Create("f"); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	data := b.Bytes()
	directory := bytes.Index(data, []byte("PK\x01\x02"))
	binary.LittleEndian.PutUint32(data[directory+24:], size)
	return base64.StdEncoding.EncodeToString(data)
}

// TestLayersCountForTheSizeOfAFunction, whatever changes: its layers or its code. The words are unconfirmed.
func TestLayersCountForTheSizeOfAFunction(t *testing.T) {
	f := newFixture(t)
	f.create("small", "")
	large := declares(t, functionstore.MaxUnzipped-100)
	f.must("POST "+layersPath+"/large/versions", `{"Content":{"ZipFile":"`+large+`"}}`)
	const tooLarge = `400 InvalidParameterValueException {"Type":"User","message":"Function code combined with layers exceeds the maximum allowed size of 262144000 bytes. The actual size is `
	layers := `"Layers":["` + layerARN + `large:1"]`
	f.must("PUT "+functionsPath+"/small/configuration", "{"+layers+"}")
	f.check(
		want{"PUT " + functionsPath + "/small/code", `{"ZipFile":"` + declares(t, 101) + `"}`, tooLarge + `262144001 bytes."}`},
		want{"PUT " + functionsPath + "/small/code", `{"ZipFile":"` + declares(t, 101) + `","DryRun":true}`, tooLarge},
		want{"PUT " + functionsPath + "/small/code", `{"ZipFile":"` + declares(t, 100) + `"}`, "200"},
		want{"POST " + functionsPath, strings.Replace(definitionOf(t, "other", ","+layers), code(t, "def handler(e, c): return e"), declares(t, 200), 1), tooLarge},
	)
	f.must("PUT "+functionsPath+"/small/configuration", `{"Layers":[]}`)
	f.must("PUT "+functionsPath+"/small/code", `{"ZipFile":"`+declares(t, 101)+`"}`)
	f.check(want{"PUT " + functionsPath + "/small/configuration", "{" + layers + "}", tooLarge})
}

// TestLayersAreAPartOfAVersion: they are shown, published and compared.
func TestLayersAreAPartOfAVersion(t *testing.T) {
	f := newFixture(t)
	f.publishLayer("l", "one")
	f.create("hello", `,"Layers":["`+layerARN+`l:1"],"Publish":true`)
	shown := fmt.Sprintf(`"Layers":[{"Arn":"%sl:1","CodeSize":`, layerARN)
	for _, line := range []string{"/hello", "/hello/configuration", "/hello:1", "/hello/versions", ""} {
		if got := f.must("GET "+functionsPath+line, ""); !strings.Contains(got.text, shown) {
			t.Errorf("%s: got %s", line, got)
		}
	}
	f.must("PUT "+functionsPath+"/hello/configuration", `{"Description":""}`)
	if got := f.must("POST "+functionsPath+"/hello/versions", "{}"); got.member("Version") != "1" {
		t.Errorf("the same layers made a version: %s", got)
	}
	f.must("PUT "+functionsPath+"/hello/configuration", `{"Layers":[]}`)
	if got := f.must("GET "+functionsPath+"/hello", ""); strings.Contains(got.text, `"Layers"`) {
		t.Errorf("got %s", got)
	}
	if got := f.must("POST "+functionsPath+"/hello/versions", "{}"); got.member("Version") != "2" {
		t.Errorf("other layers made no version: %s", got)
	}
	if got := f.must("GET "+functionsPath+"/hello:1", ""); !strings.Contains(got.text, shown) {
		t.Errorf("got %s", got)
	}
}

// TestLayersOfOtherAccountsNeedTheirPolicy. That they are refused in the same words as those that do not exist is deliberate.
func TestLayersOfOtherAccountsNeedTheirPolicy(t *testing.T) {
	f := newFixture(t)
	f.publishLayer("l", "one")
	const version = layersPath + "/l/versions/1"
	foreign := layersPath + "/" + layerARN + "l/versions"
	body := strings.ReplaceAll(definitionOf(t, "hello", `,"Layers":["`+layerARN+`l:1"]`), "111111111111:role", stranger+":role")
	refusal := func(action, of string) string {
		return `403 AccessDeniedException {"Type":"User","message":"User: arn:aws:iam::` + stranger + `:root is not authorized to perform: ` + action + ` on resource: ` + of
	}
	as := func(line, body, answer string) {
		t.Helper()
		if got := f.callAs(stranger, line, body).String(); !strings.HasPrefix(got, answer) {
			t.Errorf("%s\n got %s\nwant %s", line, got, answer)
		}
	}
	as("POST "+functionsPath, body, refusal("lambda:GetLayerVersion", layerARN+"l:1"))
	as("GET "+foreign+"/1", "", refusal("lambda:GetLayerVersion", layerARN+"l:1"))
	as("GET "+foreign+"/2", "", refusal("lambda:GetLayerVersion", layerARN+"l:2"))
	as("DELETE "+foreign+"/1", "", refusal("lambda:DeleteLayerVersion", layerARN+"l"))
	as("GET "+foreign, "", `200  {"LayerVersions":[]}`)
	as("GET "+layersPath+"/l/versions/1", "", "404 ResourceNotFoundException") // his own of that name
	f.must("POST "+version+"/policy", `{"StatementId":"s","Action":"lambda:GetLayerVersion","Principal":"`+stranger+`"}`)
	as("GET "+foreign+"/1", "", "200 ")
	as("GET "+foreign, "", `200  {"LayerVersions":[{"LayerVersionArn":"`+layerARN+`l:1"`)
	as("POST "+functionsPath, body, "201 ")
	as("POST "+foreign+"/1/policy", `{"StatementId":"t","Action":"lambda:GetLayerVersion","Principal":"*"}`, refusal("lambda:AddLayerVersionPermission", layerARN+"l"))
	f.must("DELETE "+version+"/policy/s", "")
	as("GET "+foreign+"/1", "", refusal("lambda:GetLayerVersion", layerARN+"l:1"))
	as("PUT "+functionsPath+"/hello/configuration", `{"Description":"goes on"}`, "200 ")
}

// TestPermissionsOfLayers checks the rules of statements; most words are unconfirmed.
func TestPermissionsOfLayers(t *testing.T) {
	f := newFixture(t)
	f.publishLayer("l", "one")
	const policy = layersPath + "/l/versions/1/policy"
	statement := func(id, principal, more string) string {
		return `{"StatementId":"` + id + `","Action":"lambda:GetLayerVersion","Principal":"` + principal + `"` + more + `}`
	}
	f.check(
		want{"GET " + policy, "", `404 ResourceNotFoundException {"Message":"No policy is associated with the given resource."`},
		want{"DELETE " + policy + "/s", "", `404 ResourceNotFoundException {"Message":"No policy is associated`},
		want{"POST " + policy, statement("s", "333333333333", ""), `201  {"Statement":"{\"Sid\":\"s\",`},
		want{"POST " + policy, statement("s", "*", ""), `409 ResourceConflictException {"Type":"User","message":"The statement id (s) provided already exists.`},
		want{"POST " + policy + "?RevisionId=old", statement("t", "*", ""), "412 PreconditionFailedException"},
		want{"POST " + policy, statement("o", "*", `,"OrganizationId":"o-abcdefghij"`), "201 "},
		want{"POST " + policy, statement("p", "333333333333", `,"OrganizationId":"o-abcdefghij"`), "400 InvalidParameterValueException"},
		want{"POST " + policy, strings.Replace(statement("q", "*", ""), "Get", "Delete", 1), "400 ValidationException"},
		want{"DELETE " + policy + "/none", "", `404 ResourceNotFoundException {"Message":"Statement none is not found in resource policy."`},
		want{"POST " + layersPath + "/l/versions/2/policy", statement("s", "*", ""), `404 ResourceNotFoundException {"Message":"Layer version ` + layerARN + `l:2 does not exist."`},
		want{"POST " + layersPath + "/l/versions/0/policy", statement("s", "*", ""), `400 InvalidParameterValueException {"Type":"User","message":"Layer Version Cannot be less than 1"`},
	)
	// A statement for an organization lets nobody in: it is not known who belongs to one.
	if got := f.callAs(stranger, "GET "+layersPath+"/"+layerARN+"l/versions/1", ""); got.status != 403 {
		t.Errorf("got %s", got)
	}
	long := 0
	for i := 0; i < 300 && long == 0; i++ {
		if got := f.call("POST "+policy, statement(fmt.Sprintf("%0100d", i), "333333333333", "")); got.status != 201 {
			long = i
			if !strings.HasPrefix(got.String(), "400 PolicyLengthExceededException") {
				t.Errorf("got %s", got)
			}
		}
	}
	if long < 50 {
		t.Errorf("the policy was full after %d statements", long)
	}
}

// TestLayersInPages, by name, and their versions, the newest first.
func TestLayersInPages(t *testing.T) {
	f := newFixture(t)
	for _, name := range []string{"b", "a", "c"} {
		f.publishLayer(name, "one")
	}
	for range 11 {
		f.publishLayer("a", "more")
	}
	f.must("DELETE "+layersPath+"/c/versions/1", "")
	got := f.must("GET "+layersPath+"?MaxItems=1", "")
	if !strings.Contains(got.text, `"LayerName":"a"`) || !strings.Contains(got.text, `"Version":12`) {
		t.Errorf("got %s", got)
	}
	got = f.must("GET "+layersPath+"?MaxItems=1&Marker="+got.member("NextMarker"), "")
	if !strings.Contains(got.text, `"LayerName":"b"`) || got.member("NextMarker") != "" {
		t.Errorf("got %s", got)
	}
	got = f.must("GET "+layersPath+"/a/versions?MaxItems=10", "")
	if strings.Count(got.text, `"Version":`) != 10 || strings.Index(got.text, `"Version":12`) > strings.Index(got.text, `"Version":11`) {
		t.Errorf("got %s", got)
	}
	got = f.must("GET "+layersPath+"/a/versions?MaxItems=10&Marker="+got.member("NextMarker"), "")
	if strings.Count(got.text, `"Version":`) != 2 || !strings.Contains(got.text, `"Version":1}`) && !strings.Contains(got.text, `"Version":1,`) {
		t.Errorf("got %s", got)
	}
	if got := f.must("GET "+layersPath+"?CompatibleRuntime=python3.12", ""); got.text != `{"Layers":[]}` {
		t.Errorf("got %s", got)
	}
}

// TestImportedLayers stand under the account that they come from, and everybody may use them.
func TestImportedLayers(t *testing.T) {
	f := newFixture(t)
	imports := &layer.Imports{Layers: store.New[definition.Layer](f.engine.Docs(), functionstore.LayersBucket), Snapshots: f.engine.Snapshots(), Box: f.box, Now: func() time.Time { return f.now }}
	const arn = "arn:aws:lambda:us-east-1:753240598075:layer:LambdaAdapterLayerX86:24"
	zip := func(text string) []byte {
		data, err := base64.StdEncoding.DecodeString(code(t, text))
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	create := "POST " + functionsPath
	if got := f.call(create, definitionOf(t, "hello", `,"Layers":["`+arn+`"]`)); got.status != 403 || !strings.Contains(got.text, "gatehouse layer import") {
		t.Errorf("got %s", got)
	}
	for range 2 { // the same again is nothing new
		if made, err := imports.Import(t.Context(), arn, zip("one")); err != nil || made.ARN != arn {
			t.Fatalf("got %+v (%v)", made, err)
		}
	}
	f.must(create, definitionOf(t, "hello", `,"Layers":["`+arn+`"]`))
	for _, tt := range []struct {
		arn  string
		zip  []byte
		want string
	}{
		{arn, zip("two"), "never changes"},
		{arn, []byte("no zip"), "Could not unzip"},
		{strings.TrimSuffix(arn, ":24"), zip("one"), layer.ErrARN.Error()},
		{strings.Replace(arn, ":24", ":0", 1), zip("one"), layer.ErrARN.Error()},
		{"", zip("one"), layer.ErrARN.Error()},
	} {
		if _, err := imports.Import(t.Context(), tt.arn, tt.zip); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got %v, want %s", tt.arn, err, tt.want)
		}
	}
	if all, err := imports.List(t.Context()); err != nil || len(all) != 1 || all[0].ARN != arn {
		t.Errorf("got %+v (%v)", all, err)
	}
	if err := imports.Remove(t.Context(), arn); err != nil {
		t.Fatal(err)
	}
	if err := imports.Remove(t.Context(), arn); err == nil {
		t.Error("it was removed twice")
	}
	f.must("PUT "+functionsPath+"/hello/configuration", `{"Description":"goes on"}`)
}

func FuzzLayerARN(f *testing.F) {
	for _, seed := range []string{layerARN + "l:1", layerARN + "l", "arn:aws:lambda:::awslayer:x", "arn:aws-cn:lambda:cn-north-1:111111111111:layer:a_b-c:9", ""} {
		f.Add(seed)
	}
	fx := newFixture(f)
	imports := &layer.Imports{Layers: store.New[definition.Layer](fx.engine.Docs(), functionstore.LayersBucket), Snapshots: fx.engine.Snapshots(), Box: fx.box, Now: func() time.Time { return fx.now }}
	f.Fuzz(func(t *testing.T, arn string) {
		_ = imports.Remove(t.Context(), arn) // whatever it is, there is none
	})
}
