package sdk

import (
	"archive/zip"
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/gatehouse-gateway/gatehouse/internal/definition"
)

// Type is a language that clients can be generated in: an item of GetSdkTypes.
type Type struct {
	ID, FriendlyName, Description string
}

// Types lists the languages. JavaScript has no configuration properties.
func Types() []Type {
	return []Type{{ID: "javascript", FriendlyName: "JavaScript", Description: "JavaScript SDK"}}
}

// ErrType answers every other language, as a BadRequestException. Spec: control-plane 10.3.
var ErrType = errors.New("Unsupported SDK type")

// Options say what a client is made for.
type Options struct {
	// InvokeURL is the address of the stage, without a slash at the end: https://{host}/{stage}.
	InvokeURL string
	// Region is where requests are signed for unless the client says otherwise; "" means us-east-1.
	Region string
	// Date is when the archive is made, for the files in it.
	Date time.Time
}

// Name is the name of the archive: javascript_2025-05-06T18:20:26Z.zip.
func Name(kind string, date time.Time) string {
	return kind + "_" + date.UTC().Format("2006-01-02T15:04:05Z") + ".zip"
}

// The parts of a client that are the same for all APIs. A line "//methods" in it gives place to the methods.
var (
	//go:embed client.js
	clientSource string
	//go:embed readme.md
	readmeSource string
)

// Generate returns a zip archive with a client of the API, the snapshot of a deployment. The same arguments always make
// the same bytes.
func Generate(api *definition.RestAPI, kind string, o Options) ([]byte, error) {
	if kind != "javascript" {
		return nil, ErrType
	}
	if !strings.HasPrefix(o.InvokeURL, "https://") && !strings.HasPrefix(o.InvokeURL, "http://") {
		return nil, fmt.Errorf("SDK of API %s: %q is not the address of a stage", api.ID, o.InvokeURL)
	}
	if o.Region == "" {
		o.Region = "us-east-1"
	}
	all := methods(api)
	var out bytes.Buffer
	archive := zip.NewWriter(&out)
	for _, f := range []struct {
		name string
		data []byte
	}{
		{"apiGateway-js-sdk/apigClient.js", client(all, o)},
		{"apiGateway-js-sdk/README.md", readme(api, all, o)},
	} {
		w, err := archive.CreateHeader(&zip.FileHeader{Name: f.name, Method: zip.Deflate, Modified: o.Date.UTC()})
		if err != nil {
			return nil, fmt.Errorf("SDK of API %s: %w", api.ID, err)
		}
		if _, err := w.Write(f.data); err != nil {
			return nil, fmt.Errorf("SDK of API %s: %w", api.ID, err)
		}
	}
	if err := archive.Close(); err != nil {
		return nil, fmt.Errorf("SDK of API %s: %w", api.ID, err)
	}
	return out.Bytes(), nil
}

// client writes apigClient.js.
func client(all []method, o Options) []byte {
	before, after, _ := strings.Cut(clientSource, "//methods\n")
	values := strings.NewReplacer(`"INVOKE_URL"`, string(appendJS(nil, o.InvokeURL)), `"REGION"`, string(appendJS(nil, o.Region)))
	dst := []byte(values.Replace(strings.TrimRight(before, " ")))
	for _, m := range all {
		dst = appendMethod(dst, m)
	}
	return append(dst, values.Replace(after)...)
}

// readme writes README.md: how to use a client, and the methods of this one.
func readme(api *definition.RestAPI, all []method, o Options) []byte {
	oneLine := strings.NewReplacer("\n", " ", "\r", " ", "`", "'")
	var b strings.Builder
	b.WriteString(strings.NewReplacer("API_NAME", oneLine.Replace(api.Name), "INVOKE_URL", oneLine.Replace(o.InvokeURL)).Replace(readmeSource))
	for _, m := range all {
		fmt.Fprintf(&b, "- `%s`: %s %s\n", m.name, m.verb, m.path)
	}
	return []byte(b.String())
}
