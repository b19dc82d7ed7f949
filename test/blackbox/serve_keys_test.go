package blackbox

import (
	"strings"
	"testing"
)

func TestKeysOfARunningServer(t *testing.T) {
	dir := t.TempDir()
	s := startServe(t, dir)
	testKeys(t, dir, func(k accessKey) string { return s.identity(k.credentials()) })

	// Only root keys may operate.
	k := createKey(t, dir, "--name", "eve")
	if a := s.call(k.credentials(), "gatehouse", "GET", "/_gatehouse/keys", ""); a.status != 403 || a.header.Get("x-amzn-ErrorType") != "AccessDeniedException" {
		t.Errorf("got %d %s", a.status, a.body)
	}
	// A second root key may, also when the first is disabled.
	second := createKey(t, dir, "--root")
	must(t, "keys", "disable", "--data-dir", dir, s.root.AccessKeyID)
	if a := s.call(second.credentials(), "gatehouse", "GET", "/_gatehouse/keys", ""); a.status != 200 {
		t.Errorf("got %d %s", a.status, a.body)
	}
	if a := s.call(s.root, "gatehouse", "GET", "/_gatehouse/keys", ""); a.status != 403 {
		t.Errorf("a disabled root key operates: %d", a.status)
	}
	if a := s.call(second.credentials(), "gatehouse", "PUT", "/_gatehouse/keys/"+second.AccessKeyID, `{"disabled":true}`); a.status != 409 || !strings.Contains(a.body, "last enabled root key") {
		t.Errorf("got %d %s", a.status, a.body)
	}
	if a := s.call(second.credentials(), "gatehouse", "PUT", "/_gatehouse/keys/"+second.AccessKeyID, `{"disabled":true,"colour":1}`); a.status != 400 || !strings.Contains(a.body, "colour") {
		t.Errorf("got %d %s", a.status, a.body)
	}
}

func TestKeysWithoutAServer(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	startServe(t, dir).stop()
	testKeys(t, dir, nil)
	if _, stderr, code := runCommand(t, "keys", "list", "--data-dir", t.TempDir()); code != 1 || !strings.Contains(stderr, "is no data directory: name it with --data-dir") {
		t.Errorf("got %d, %s", code, stderr)
	}
}

// testKeys takes a key through its life; identity asks a server whose a key is.
func testKeys(t *testing.T, dir string, identity func(accessKey) string) {
	root := listKeys(t, dir)[0]
	ada := createKey(t, dir, "--name", "ada", "--account", "111122223333")
	unnamed := createKey(t, dir)
	if unnamed.Name != unnamed.AccessKeyID || ada.SecretAccessKey == "" || len(listKeys(t, dir)) != 3 {
		t.Errorf("got %+v and %+v", ada, listKeys(t, dir))
	}
	is := func(what, want string) {
		t.Helper()
		if identity == nil {
			return
		}
		if got := identity(ada); got != want {
			t.Errorf("%s: got %s, want %s", what, got, want)
		}
	}
	is("created", "arn:aws:iam::111122223333:user/ada")
	if got := must(t, "keys", "disable", "--data-dir", dir, ada.AccessKeyID); got != ada.AccessKeyID+" is disabled\n" {
		t.Errorf("got %s", got)
	}
	is("disabled", "InvalidClientTokenId")
	if got := must(t, "keys", "enable", "--data-dir", dir, ada.AccessKeyID); got != ada.AccessKeyID+" is enabled\n" {
		t.Errorf("got %s", got)
	}
	is("enabled", "arn:aws:iam::111122223333:user/ada")
	if got := must(t, "keys", "list", "--data-dir", dir); !strings.Contains(got, "111122223333  ada") || strings.Contains(got, ada.SecretAccessKey) {
		t.Errorf("got %s", got)
	}
	if got := must(t, "keys", "delete", "--data-dir", dir, ada.AccessKeyID); got != ada.AccessKeyID+" is deleted\n" {
		t.Errorf("got %s", got)
	}
	is("deleted", "InvalidClientTokenId")
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"disable", ada.AccessKeyID}, "access key not found: " + ada.AccessKeyID},
		{[]string{"delete", "../x"}, "access key not found: "},
		{[]string{"disable", root.AccessKeyID}, "it is the last enabled root key"},
		{[]string{"delete", root.AccessKeyID}, "it is the last enabled root key"},
		{[]string{"create", "--account", "12"}, `account "12": must have 12 digits`},
		{[]string{"create", "--root", "--name", "ada"}, "a root key has no name of its own"},
	} {
		args := append([]string{"keys", c.args[0], "--data-dir", dir}, c.args[1:]...)
		if _, stderr, code := runCommand(t, args...); code != 1 || !strings.Contains(stderr, c.want) {
			t.Errorf("%v: got %d, %s, want %s", c.args, code, stderr, c.want)
		}
	}
}

func TestTheLastRootKeyGoesWithForceOnly(t *testing.T) {
	dir := t.TempDir()
	startServe(t, dir).stop()
	root := listKeys(t, dir)[0]
	must(t, "keys", "disable", "--force", "--data-dir", dir, root.AccessKeyID)
	if got := failsToServe(t, dir); !strings.Contains(got, "has no enabled root key") {
		t.Errorf("got %s", got)
	}
	must(t, "keys", "enable", "--data-dir", dir, root.AccessKeyID)
	startServe(t, dir)
}
