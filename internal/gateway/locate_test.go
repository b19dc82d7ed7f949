package gateway

import "testing"

func TestPathForm(t *testing.T) {
	for _, c := range []struct {
		target, id, rest string
		ok               bool
	}{
		{"/restapis/abc/prod/_user_request_/pets?x=1", "abc", "/prod/pets?x=1", true},
		{"/restapis/abc/prod/_user_request_", "abc", "/prod", true},
		{"/restapis/abc/prod/_user_request_?x=1", "abc", "/prod?x=1", true},
		{"/restapis/abc/prod/_user_request_//a", "abc", "/prod//a", true},
		{"/restapis/abc/prod/_user_request_x", "", "", false},
		{"/restapis/abc/prod/x/_user_request_/y", "", "", false},
		{"/restapis/abc?/_user_request_/y", "", "", false},
		{"/restapis/abc", "", "", false},
		{"/prod/pets", "", "", false},
	} {
		id, rest, ok := pathForm(c.target)
		if ok != c.ok || ok && (id != c.id || rest != c.rest) {
			t.Errorf("%s: got %q %q %v", c.target, id, rest, ok)
		}
	}
}

func TestHostNames(t *testing.T) {
	for host, want := range map[string]string{"a.b:80": "a.b", "a.b": "a.b", "[::1]:80": "[::1]", "[::1]": "[::1]", "127.0.0.1:8080": "127.0.0.1"} {
		if got := hostname(host); got != want {
			t.Errorf("%s: got %s", host, got)
		}
	}
	for host, want := range map[string]string{
		"abc.execute-api.us-east-1.amazonaws.com": "abc", "abc.EXECUTE-API.x": "abc", "abc-vpce-1.execute-api.x": "abc-vpce-1",
		"abc.execute-api": "", "execute-api.x": "", "localhost": "", "": "",
	} {
		if got, _, ok := executeAPI(host); got != want || ok != (want != "") {
			t.Errorf("%s: got %q %v", host, got, ok)
		}
	}
}

func FuzzLocate(f *testing.F) {
	f.Add("/restapis/abc/prod/_user_request_/pets?x=1", "abc.execute-api.x:80")
	f.Fuzz(func(t *testing.T, target, host string) {
		if _, rest, ok := pathForm(target); ok && (rest == "" || rest[0] != '/') {
			t.Errorf("%q gives the target %q", target, rest)
		}
		executeAPI(hostname(host))
	})
}
