package operator_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gatehouse-gateway/gatehouse/awsproto"
	"github.com/gatehouse-gateway/gatehouse/internal/access/accesskey"
	"github.com/gatehouse-gateway/gatehouse/internal/control/operator"
	"github.com/gatehouse-gateway/gatehouse/internal/engine"
	"github.com/gatehouse-gateway/gatehouse/internal/front"
)

// failingKeys fails every change with one error.
type failingKeys struct{ err error }

func (failingKeys) List() []accesskey.Key { return nil }
func (f failingKeys) Create(context.Context, string, string, bool) (accesskey.Key, accesskey.Secret, error) {
	return accesskey.Key{}, accesskey.Secret{}, f.err
}
func (f failingKeys) SetDisabled(context.Context, string, bool, bool) (accesskey.Key, error) {
	return accesskey.Key{}, f.err
}
func (f failingKeys) Delete(context.Context, string, bool) error { return f.err }

func serve(h *operator.Handler, method, path, body string) *front.Response {
	res := new(front.Response)
	h.ServeOperator(context.Background(), &awsproto.Request{Method: method, Path: path, Body: []byte(body)}, res)
	return res
}

func TestErrorsHaveTheirTypeAndHideWhatIsNotTheCallers(t *testing.T) {
	for _, c := range []struct {
		err       error
		status    int
		errorType string
		shown     bool
	}{
		{accesskey.ErrNotFound, 404, "NotFoundException", true},
		{accesskey.ErrLastRoot, 409, "ConflictException", true},
		{accesskey.ErrTooMany, 429, "LimitExceededException", true},
		{accesskey.ErrInvalid, 400, "BadRequestException", true},
		{engine.ErrUnavailable, 500, "InternalFailure", false},
	} {
		h := &operator.Handler{Keys: failingKeys{c.err}, Log: slog.New(slog.DiscardHandler)}
		for _, call := range [][3]string{{"POST", "/_gatehouse/keys", "{}"}, {"PUT", "/_gatehouse/keys/a", `{"disabled":true}`}, {"DELETE", "/_gatehouse/keys/a", ""}} {
			res := serve(h, call[0], call[1], call[2])
			if res.Status != c.status || res.Header.Get("x-amzn-ErrorType") != c.errorType || strings.Contains(string(res.Body), c.err.Error()) != c.shown {
				t.Errorf("%s %v: got %d %v %s", call[0], c.err, res.Status, res.Header, res.Body)
			}
		}
	}
}

// TestBackupsAreOneAtATimeAndEndWithTheirReader begins a second one, lets go of the first, and begins again.
func TestBackupsAreOneAtATimeAndEndWithTheirReader(t *testing.T) {
	ended := make(chan error, 1)
	h := &operator.Handler{Log: slog.New(slog.DiscardHandler), Backup: func(_ context.Context, w io.Writer) error {
		var err error
		for err == nil {
			_, err = w.Write([]byte("more"))
		}
		ended <- err
		return err
	}}
	first := serve(h, "GET", "/_gatehouse/backup", "")
	if first.Status != 200 || first.Stream == nil {
		t.Fatalf("got %d", first.Status)
	}
	if second := serve(h, "GET", "/_gatehouse/backup", ""); second.Status != 409 || second.Header.Get("x-amzn-ErrorType") != "ConflictException" {
		t.Errorf("got %d %s", second.Status, second.Body)
	}
	if err := first.Stream.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("got %v", err)
	}
	for { // the first is over when its goroutine is
		again := serve(h, "GET", "/_gatehouse/backup", "")
		if again.Status == 200 {
			again.Stream.Close()
			<-ended
			return
		}
	}
}

func TestBackupsThatFailAreCutOff(t *testing.T) {
	h := &operator.Handler{Log: slog.New(slog.DiscardHandler), Backup: func(_ context.Context, w io.Writer) error {
		_, _ = io.WriteString(w, "a part")
		return engine.ErrCorrupt
	}}
	res := serve(h, "GET", "/_gatehouse/backup", "")
	text, err := io.ReadAll(res.Stream)
	if string(text) != "a part" || !errors.Is(err, engine.ErrCorrupt) {
		t.Errorf("got %q, %v", text, err)
	}
}

func TestAddresses(t *testing.T) {
	dir := t.TempDir()
	if _, err := operator.ReadAddress(dir); !errors.Is(err, operator.ErrNoAddress) {
		t.Errorf("got %v", err)
	}
	want := operator.Address{URL: "https://127.0.0.1:4283", Certificate: "ab", PID: 7}
	if err := want.Write(dir); err != nil {
		t.Fatal(err)
	}
	if got, err := operator.ReadAddress(dir); err != nil || got != want {
		t.Errorf("got %+v, %v", got, err)
	}
	for _, text := range []string{"", "{", `{"url":"file:///etc/passwd"}`, `{"url":"http://"}`, `{"url":"` + strings.Repeat("x", 8<<10) + `"}`} {
		if err := os.WriteFile(filepath.Join(dir, operator.AddressFile), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := operator.ReadAddress(dir); err == nil || !strings.Contains(err.Error(), "is damaged") {
			t.Errorf("%.40s: got %v", text, err)
		}
	}
	for range 2 {
		if err := operator.RemoveAddress(dir); err != nil {
			t.Error(err)
		}
	}
}
