package accesskey_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/gatehouse-gateway/gatehouse/internal/access/accesskey"
	"github.com/gatehouse-gateway/gatehouse/internal/engine"
	"github.com/gatehouse-gateway/gatehouse/internal/engine/memory"
	"github.com/gatehouse-gateway/gatehouse/internal/seal"
)

const account = "000000000000"

func newBox(t *testing.T) *seal.Box {
	t.Helper()
	box, err := seal.Ephemeral()
	noError(t, err)
	return box
}

func newEngine(t *testing.T) engine.Engine {
	e := memory.New(memory.Options{})
	t.Cleanup(func() { e.Close() })
	return e
}

func open(t *testing.T, e engine.Engine, box *seal.Box) *accesskey.Ring {
	t.Helper()
	r, err := accesskey.Open(t.Context(), e.Docs(), box, accesskey.Options{Limit: 5})
	noError(t, err)
	return r
}

func noError(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func create(t *testing.T, r *accesskey.Ring, name string, root bool) (accesskey.Key, accesskey.Secret) {
	t.Helper()
	k, secret, err := r.Create(t.Context(), account, name, root)
	noError(t, err)
	return k, secret
}

func signs(r *accesskey.Ring, id string) bool {
	_, ok := r.Credential(id)
	return ok
}

func TestKeysSignUntilTheyAreDisabledOrDeleted(t *testing.T) {
	e, box := newEngine(t), newBox(t)
	r := open(t, e, box)
	create(t, r, "", true)
	k, secret := create(t, r, "ada", false)
	if len(k.ID) != 20 || !strings.HasPrefix(k.ID, "AKIA") || len(secret.Reveal()) != 40 {
		t.Errorf("got the key %s, a secret of %d characters", k.ID, len(secret.Reveal()))
	}
	if k.ARN() != "arn:aws:iam::000000000000:user/ada" {
		t.Errorf("got %s", k.ARN())
	}
	check := func(what string, want bool) {
		t.Helper()
		for name, ring := range map[string]*accesskey.Ring{"this ring": r, "a ring opened anew": open(t, e, box)} {
			if got := signs(ring, k.ID); got != want {
				t.Errorf("%s, %s: got %v, want %v", what, name, got, want)
			}
		}
	}
	check("created", true)
	_, err := r.SetDisabled(t.Context(), k.ID, true, false)
	noError(t, err)
	check("disabled", false)
	_, err = r.SetDisabled(t.Context(), k.ID, false, false)
	noError(t, err)
	check("enabled", true)
	noError(t, r.Delete(t.Context(), k.ID, false))
	check("deleted", false)
	if _, err := r.SetDisabled(t.Context(), k.ID, true, false); !errors.Is(err, accesskey.ErrNotFound) {
		t.Errorf("got %v", err)
	}
	if err := r.Delete(t.Context(), k.ID, false); !errors.Is(err, accesskey.ErrNotFound) {
		t.Errorf("got %v", err)
	}
}

func TestSecretsAreTheSameAfterReopening(t *testing.T) {
	e, box := newEngine(t), newBox(t)
	k, secret := create(t, open(t, e, box), "", true)
	got, again, ok := open(t, e, box).Root(account)
	if !ok || got != k || again.Reveal() != secret.Reveal() {
		t.Errorf("got %v %+v, want %+v", ok, got, k)
	}
}

func TestSecretsAreStoredSealed(t *testing.T) {
	e, box := newEngine(t), newBox(t)
	k, secret := create(t, open(t, e, box), "", true)
	doc, err := e.Docs().Get(t.Context(), "access-keys", k.ID)
	noError(t, err)
	var members map[string]any
	noError(t, json.Unmarshal(doc.Data, &members))
	if bytes.Contains(doc.Data, []byte(secret.Reveal())) || members["secret"] == nil {
		t.Errorf("stored as %s", doc.Data)
	}
	if other := open(t, e, newBox(t)); signs(other, k.ID) {
		t.Error("a key opens with another data key")
	}
}

func TestSecretsDoNotPrint(t *testing.T) {
	_, secret := create(t, open(t, newEngine(t), newBox(t)), "", true)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
		if text := fmt.Sprintf(verb, secret); strings.Contains(text, secret.Reveal()) {
			t.Errorf("%s prints %s", verb, text)
		}
	}
	if text, _ := json.Marshal(struct{ S accesskey.Secret }{secret}); strings.Contains(string(text), secret.Reveal()) {
		t.Errorf("JSON is %s", text)
	}
}

func TestKeysOfOthersAreFollowed(t *testing.T) {
	e, box := newEngine(t), newBox(t)
	here, there := open(t, e, box), open(t, e, box)
	before, _ := create(t, there, "before", false) // between Open and Run
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- here.Run(ctx) }()
	within := func(what string, done func() bool) {
		t.Helper()
		for deadline := time.Now().Add(10 * time.Second); !done(); runtime.Gosched() {
			if time.Now().After(deadline) {
				t.Fatalf("not followed: %s", what)
			}
		}
	}
	within("created before Run", func() bool { return signs(here, before.ID) })
	k, _ := create(t, there, "after", false)
	within("created", func() bool { return signs(here, k.ID) })
	_, err := there.SetDisabled(t.Context(), k.ID, true, false)
	noError(t, err)
	within("disabled", func() bool { return !signs(here, k.ID) })
	noError(t, there.Delete(t.Context(), k.ID, false))
	within("deleted", func() bool { _, ok := here.Key(k.ID); return !ok })
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestTheLastEnabledRootKeyStays(t *testing.T) {
	r := open(t, newEngine(t), newBox(t))
	first, _ := create(t, r, "", true)
	second, _ := create(t, r, "", true)
	create(t, r, "ada", false)
	_, err := r.SetDisabled(t.Context(), first.ID, true, false)
	noError(t, err)
	if _, err := r.SetDisabled(t.Context(), second.ID, true, false); !errors.Is(err, accesskey.ErrLastRoot) {
		t.Errorf("disable: got %v", err)
	}
	if err := r.Delete(t.Context(), second.ID, false); !errors.Is(err, accesskey.ErrLastRoot) {
		t.Errorf("delete: got %v", err)
	}
	noError(t, r.Delete(t.Context(), first.ID, false)) // a disabled one is not the last
	_, err = r.SetDisabled(t.Context(), second.ID, true, true)
	noError(t, err)
	if _, _, ok := r.Root(account); ok {
		t.Error("a disabled root key is offered")
	}
	noError(t, r.Delete(t.Context(), second.ID, true))
}

func TestDamagedKeysDoNotSignAndHarmNobody(t *testing.T) {
	e, box := newEngine(t), newBox(t)
	r := open(t, e, box)
	good, _ := create(t, r, "good", false)
	moved, _ := create(t, r, "moved", false)
	garbled, _ := create(t, r, "garbled", false)
	for id, data := range map[string]string{
		moved.ID:   string(document(t, e, good.ID)),
		garbled.ID: "{",
	} {
		doc, err := e.Docs().Get(t.Context(), "access-keys", id)
		noError(t, err)
		_, err = e.Docs().Update(t.Context(), "access-keys", id, []byte(data), doc.Revision)
		noError(t, err)
	}
	// A secret moved to another key, whose document says it is its own.
	forged := bytes.Replace(document(t, e, good.ID), []byte(good.ID), []byte("AKIAFORGEDFORGEDFORG"), 1)
	_, err := e.Docs().Create(t.Context(), "access-keys", "AKIAFORGEDFORGEDFORG", forged)
	noError(t, err)

	r = open(t, e, box)
	for id, want := range map[string]bool{good.ID: true, moved.ID: false, garbled.ID: false, "AKIAFORGEDFORGEDFORG": false} {
		if got := signs(r, id); got != want {
			t.Errorf("%s signs: %v, want %v", id, got, want)
		}
	}
}

func document(t *testing.T, e engine.Engine, id string) []byte {
	t.Helper()
	doc, err := e.Docs().Get(t.Context(), "access-keys", id)
	noError(t, err)
	return doc.Data
}

func TestWhatCannotBeAKeyIsRefused(t *testing.T) {
	r := open(t, newEngine(t), newBox(t))
	for _, c := range []struct {
		account, name string
		root          bool
	}{{"12345", "", false}, {"12345678901x", "", false}, {account, "a b", false}, {account, strings.Repeat("a", 65), false}, {account, "root", false}, {account, "ada", true}} {
		if _, _, err := r.Create(t.Context(), c.account, c.name, c.root); !errors.Is(err, accesskey.ErrInvalid) {
			t.Errorf("%+v: got %v", c, err)
		}
	}
	for range 5 {
		create(t, r, "", false)
	}
	if _, _, err := r.Create(t.Context(), account, "", false); !errors.Is(err, accesskey.ErrTooMany) || !strings.Contains(err.Error(), "access keys is 5") {
		t.Errorf("got %v", err)
	}
}

func TestCredentialsFilesAreForTheirOwnerOnly(t *testing.T) {
	name := filepath.Join(t.TempDir(), "root-credentials")
	noError(t, os.WriteFile(name+".new", []byte("left by a crash"), 0o644))
	k, secret := create(t, open(t, newEngine(t), newBox(t)), "", true)
	noError(t, accesskey.WriteFile(name, k.ID, secret))
	info, err := os.Stat(name)
	noError(t, err)
	if info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v", info.Mode())
	}
	id, again, err := accesskey.ReadFile(name)
	if err != nil || id != k.ID || again.Reveal() != secret.Reveal() {
		t.Errorf("got %s, %v", id, err)
	}
	for text, why := range map[string]string{"": "empty", "[other]\naws_access_key_id=a\naws_secret_access_key=b\n": "another profile", "[default]\naws_access_key_id=a\n": "no secret", strings.Repeat("#", 1<<17): "too large"} {
		noError(t, os.WriteFile(name, []byte(text), 0o600))
		if _, _, err := accesskey.ReadFile(name); err == nil {
			t.Errorf("%s: no error", why)
		}
	}
}

func BenchmarkCredential(b *testing.B) {
	e := memory.New(memory.Options{})
	defer e.Close()
	box, err := seal.Ephemeral()
	if err != nil {
		b.Fatal(err)
	}
	r, err := accesskey.Open(b.Context(), e.Docs(), box, accesskey.Options{Limit: 1})
	if err != nil {
		b.Fatal(err)
	}
	k, _, err := r.Create(b.Context(), account, "", true)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, ok := r.Credential(k.ID); !ok {
			b.Fatal("not found")
		}
	}
}
