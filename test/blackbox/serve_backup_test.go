package blackbox

import (
	"bufio"
	"bytes"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

func TestBackupsServeExactlyAsBefore(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := startServe(t, dir)
	ada := createKey(t, dir, "--name", "ada")
	gone := createKey(t, dir, "--name", "gone")
	must(t, "keys", "disable", "--data-dir", dir, gone.AccessKeyID)
	before := listKeys(t, dir)
	api := makeKilledAPI(t, s, 0)

	passphrase := filepath.Join(t.TempDir(), "passphrase")
	write(t, passphrase, "correct horse\n")
	folder := t.TempDir()
	running, sealed, stopped := filepath.Join(folder, "running"), filepath.Join(folder, "sealed"), filepath.Join(folder, "stopped")
	write(t, running, "an older backup")
	_, stderr, code := runCommand(t, "backup", "--data-dir", dir, running)
	if code != 0 || !strings.Contains(stderr, "It holds secrets and the key to them") {
		t.Fatalf("got %d, %s", code, stderr)
	}
	must(t, "backup", "--data-dir", dir, "--passphrase-file", passphrase, sealed)
	stream := must(t, "backup", "--data-dir", dir, "-")
	s.stop()
	must(t, "backup", "--data-dir", dir, stopped)
	write(t, filepath.Join(folder, "stream"), stream)

	dataKey := strings.TrimSpace(readFile(t, filepath.Join(dir, "data.key")))
	if strings.Contains(readFile(t, sealed), dataKey) || !strings.Contains(readFile(t, running), dataKey) {
		t.Error("a sealed backup holds the data key, or another does not")
	}
	for _, name := range []string{"running", "sealed", "stopped", "stream"} {
		file := filepath.Join(folder, name)
		if info, err := os.Stat(file); err != nil || name != "stream" && info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v %v", name, info, err)
		}
		flags := []string{}
		if name == "sealed" {
			flags = []string{"--passphrase-file", passphrase}
		}
		to := filepath.Join(t.TempDir(), "new")
		must(t, append(append([]string{"restore", "--data-dir", to}, flags...), file)...)
		r := startServe(t, to)
		if r.root != s.root || r.identity(ada.credentials()) != "arn:aws:iam::000000000000:user/ada" || r.identity(gone.credentials()) != "InvalidClientTokenId" {
			t.Errorf("%s: other keys serve", name)
		}
		if after := listKeys(t, to); !reflect.DeepEqual(after, before) {
			t.Errorf("%s: got %+v, want %+v", name, after, before)
		}
		api.compare(t, r)
		r.stop()
		again := filepath.Join(folder, "again")
		must(t, "backup", "--data-dir", to, again)
		if first, second := stateOf(t, file), stateOf(t, again); !bytes.Equal(first, second) {
			t.Errorf("%s: the backup of the restored state is another", name)
		}
	}
}

// stateOf is a backup without its beginning, which has the time and the data key.
func stateOf(t *testing.T, file string) []byte {
	t.Helper()
	_, state, ok := bytes.Cut([]byte(readFile(t, file)), []byte("gatehouse-backup 1\n"))
	if !ok {
		t.Fatalf("%s has no state", file)
	}
	return state
}

func TestWhatCannotBeRestoredLeavesNothing(t *testing.T) {
	t.Parallel()
	dir, folder := t.TempDir(), t.TempDir()
	s := startServe(t, dir)
	passphrase := filepath.Join(folder, "passphrase")
	write(t, passphrase, "correct horse\n")
	write(t, filepath.Join(folder, "wrong"), "wrong horse\n")
	write(t, filepath.Join(folder, "short"), "horse\n")
	good := must(t, "backup", "--data-dir", dir, "-")
	write(t, filepath.Join(folder, "cut"), good[:len(good)-5])
	write(t, filepath.Join(folder, "altered"), strings.Replace(good, `"name":"root"`, `"name":"toor"`, 1))
	write(t, filepath.Join(folder, "good"), good)
	sealed := filepath.Join(folder, "sealed")
	must(t, "backup", "--data-dir", dir, "--passphrase-file", passphrase, sealed)
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{filepath.Join(folder, "cut")}, "backup is damaged: it is cut off"},
		{[]string{filepath.Join(folder, "altered")}, "does not match its checksum"},
		{[]string{passphrase}, "it does not begin as one"},
		{[]string{filepath.Join(folder, "nothing")}, "no such file"},
		{[]string{sealed}, "wrong passphrase: the backup has one: give it with --passphrase-file"},
		{[]string{"--passphrase-file", filepath.Join(folder, "wrong"), sealed}, "wrong passphrase: it does not open this backup"},
		{[]string{"--passphrase-file", filepath.Join(folder, "short"), sealed}, "must hold 8 to 1024 characters"},
	} {
		to := t.TempDir()
		_, stderr, code := runCommand(t, append([]string{"restore", "--data-dir", to}, c.args...)...)
		if code != 1 || !strings.Contains(stderr, c.want) {
			t.Errorf("%v: got %d, %s, want %s", c.args, code, stderr, c.want)
		}
		if left, err := os.ReadDir(to); err != nil || len(left) > 0 {
			t.Errorf("%v: left %v, %v", c.args, left, err)
		}
	}
	if _, stderr, code := runCommand(t, "restore", "--data-dir", dir, filepath.Join(folder, "good")); code != 1 || !strings.Contains(stderr, "is not empty") {
		t.Errorf("into a state: got %d, %s", code, stderr)
	}
	if got := s.identity(s.root); got != "arn:aws:iam::000000000000:root" {
		t.Errorf("got %s", got)
	}
}

func TestFailedBackupsLeaveTheOldFile(t *testing.T) {
	dir, file := t.TempDir(), filepath.Join(t.TempDir(), "backup")
	s := startServe(t, dir)
	write(t, file, "old")
	s.kill()
	// The address names a server that is not there, and the lock is somebody else's.
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			if _, err := http.ReadRequest(bufio.NewReader(c)); err != nil {
				t.Error(err)
			}
			fmt.Fprint(c, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n")
			c.Close() // cut off in the middle
		}
	}()
	defer ln.Close()
	other := startServe(t, dir)
	write(t, filepath.Join(dir, "control.json"), `{"url":"http://`+ln.Addr().String()+`","pid":1}`)
	if _, stderr, code := runCommand(t, "backup", "--data-dir", dir, file); code != 1 || !strings.Contains(stderr, "cut the backup off") {
		t.Errorf("got %d, %s", code, stderr)
	}
	if left, err := os.ReadDir(filepath.Dir(file)); err != nil || len(left) != 1 || readFile(t, file) != "old" {
		t.Errorf("left %v, %v", left, err)
	}
	other.stop()
}
