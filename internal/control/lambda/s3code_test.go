package lambda_test

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gatehouse-gateway/gatehouse/internal/functionstore"
)

// bucket answers as S3 does.
func bucket(t *testing.T, zip []byte) map[string]string {
	t.Helper()
	problem := func(w http.ResponseWriter, status int, code, message string) {
		w.WriteHeader(status)
		fmt.Fprintf(w, `<?xml version="1.0" encoding="UTF-8"?><Error><Code>%s</Code><Message>%s</Message></Error>`, code, message)
	}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case !strings.HasPrefix(r.Header.Get("Authorization"), "AWS4-HMAC-SHA256 Credential=AKID/") || !strings.Contains(r.Header.Get("Authorization"), "/us-east-1/s3/aws4_request"):
			problem(w, 403, "AccessDenied", "Access Denied")
		case r.RequestURI == "/code/my%20function.zip" || r.RequestURI == "/code/my%20function.zip?versionId=v1":
			_, _ = w.Write(zip)
		case r.RequestURI == "/code/large":
			w.Header().Set("Content-Length", fmt.Sprint(functionstore.MaxZipped+1))
		case r.RequestURI == "/code/text":
			_, _ = w.Write([]byte("text"))
		case r.RequestURI == "/code/broken":
			problem(w, 503, "SlowDown", "Please reduce your request rate.")
		case strings.HasPrefix(r.RequestURI, "/code/"):
			problem(w, 404, "NoSuchKey", "The specified key does not exist.")
		default:
			problem(w, 403, "AccessDenied", "Access Denied")
		}
	}))
	t.Cleanup(s.Close)
	return map[string]string{"s3": s.URL}
}

func TestCodeFromABucket(t *testing.T) {
	zip, err := base64.StdEncoding.DecodeString(code(t, "def handler(e, c): return e"))
	if err != nil {
		t.Fatal(err)
	}
	f := newFixtureWith(t, bucket(t, zip))
	inBucket := func(bucket, key string) string {
		return strings.Replace(definitionOf(t, "other", ""), `"ZipFile":"`+code(t, "def handler(e, c): return e")+`"`, `"S3Bucket":"`+bucket+`","S3Key":"`+key+`"`, 1)
	}
	uploaded := f.create("hello", "").member("CodeSha256")
	if got := f.must("POST "+functionsPath, inBucket("code", "my function.zip")).member("CodeSha256"); got != uploaded {
		t.Errorf("got %s, want %s", got, uploaded)
	}
	const path = functionsPath + "/hello/code"
	for _, more := range []string{"", `,"S3ObjectVersion":"v1"`, `,"DryRun":true`} {
		if got := f.must("PUT "+path, `{"S3Bucket":"code","S3Key":"my function.zip"`+more+`}`).member("CodeSha256"); got != uploaded {
			t.Errorf("%s: got %s, want %s", more, got, uploaded)
		}
	}
	f.check(
		want{"POST " + functionsPath, inBucket("code", "none"), badInput + `Error occurred while GetObject. S3 Error Code: NoSuchKey. S3 Error Message: The specified key does not exist."}`},
		want{"PUT " + path, `{"S3Bucket":"other","S3Key":"k"}`, `403 AccessDeniedException {"Type":"User","message":"Your access has been denied by S3, please make sure your request credentials have permission to GetObject for other/k. S3 Error Code: AccessDenied. S3 Error Message: Access Denied"}`},
		want{"PUT " + path, `{"S3Bucket":"code","S3Key":"large"}`, badInput + `Zipped size must be smaller than 52428800 bytes"}`},
		want{"PUT " + path, `{"S3Bucket":"code","S3Key":"text"}`, badInput + `Could not unzip uploaded file. Please check your file, then try to upload again."}`},
		want{"PUT " + path, `{"S3Bucket":"code","S3Key":"broken"}`, `503 ServiceException {"Type":"Service","message":"The endpoint of S3 does not answer; the log of this gateway says why. Try again later."}`},
		want{"PUT " + path, `{"S3Bucket":"code"}`, badInput + `Please provide a source for function code."}`},
		want{"PUT " + path, `{"S3Bucket":"code","S3Key":"my function.zip","ZipFile":"UEsFBgAAAAAAAAAAAAAAAAAAAAAAAA=="}`, badInput + `Please do not provide other FunctionCode parameters when providing a ZipFile."}`},
		want{"PUT " + path, `{"S3Bucket":"code","S3Key":"k","S3ObjectStorageMode":"REFERENCE"}`, badInput + `Code.S3ObjectStorageMode is not supported by Gatehouse yet"}`},
	)
	f = newFixture(t, "s3")
	f.check(want{"POST " + functionsPath, inBucket("code", "k"), `503 ServiceException`})
}
