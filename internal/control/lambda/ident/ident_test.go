package ident_test

import (
	"regexp"
	"testing"

	"github.com/gatehouse-gateway/gatehouse/internal/control/lambda/ident"
	"github.com/gatehouse-gateway/gatehouse/internal/control/lambda/wire"
)

func TestParse(t *testing.T) {
	for text, want := range map[string]ident.Name{
		"hello":                          {Function: "hello"},
		"hello:1":                        {Function: "hello", Qualifier: "1"},
		"hello:$LATEST":                  {Function: "hello", Qualifier: "$LATEST"},
		"function:hello":                 {Function: "hello"},
		"function":                       {Function: "function"},
		"function:$LATEST":               {Function: "function", Qualifier: "$LATEST"},
		"111111111111:function:hello:v1": {AccountID: "111111111111", Function: "hello", Qualifier: "v1"},
		"111111111111:hello":             {AccountID: "111111111111", Function: "hello"},
		"111111111111:$LATEST":           {Function: "111111111111", Qualifier: "$LATEST"},
		"eu-west-1:111111111111:hello":   {Region: "eu-west-1", AccountID: "111111111111", Function: "hello"},
		"arn:aws:lambda:us-gov-east-1:111111111111:function:hello:live": {Region: "us-gov-east-1", AccountID: "111111111111", Function: "hello", Qualifier: "live"},
		"arn:aws:lambda:us-east-1:111111111111:function":                {Region: "us-east-1", AccountID: "111111111111", Function: "function"},
		"my.hello": {Function: "my.hello"},
	} {
		if got, ok := ident.Parse(text); !ok || got != want {
			t.Errorf("%s: got %+v, %v", text, got, ok)
		}
	}
}

// pattern is the service's own rule.
func pattern(t testing.TB) *regexp.Regexp {
	m, err := wire.ServiceModel()
	if err != nil {
		t.Fatal(err)
	}
	return regexp.MustCompile(`^(?:` + m.Shapes["NamespacedFunctionName"].Pattern + `)$`)
}

func FuzzParse(f *testing.F) {
	rule := pattern(f)
	for _, seed := range []string{
		"hello", "function:my-function:$LATEST:extra", "arn:aws:lambda:us-east-1:111111111111:function:f:1", "*", "a:$LATES", "us-isof-x-1:a", "eusc-de-east-1:f",
		"arn:aws:lambda:$LATEST", "us-east-1:$LATEST", "arn::lambda:x", "a:$LATEST.PUBLISHED", "us-isox-gov-east-1:a", ":", "a:", "us-iso-east-1:111111111111:function:$LATEST",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		m := rule.FindStringSubmatch(text)
		n, ok := ident.Parse(text)
		if ok != (m != nil) {
			t.Fatalf("%q: got %+v, %v; the service's pattern says %v", text, n, ok, m != nil)
		}
		if !ok {
			return
		}
		// Groups 11 and 13 are the name and the qualifier.
		if n.Function != m[11] || n.Qualifier != m[13] {
			t.Fatalf("%q: got %+v, the service's pattern finds %q and %q", text, n, m[11], m[13])
		}
	})
}
