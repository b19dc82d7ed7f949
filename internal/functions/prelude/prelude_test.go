package prelude_test

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/gatehouse-gateway/gatehouse/internal/functions"
	"github.com/gatehouse-gateway/gatehouse/internal/functions/prelude"
)

// pieces is a function that streams them, and fails in the end or not.
type pieces struct {
	all    []string
	failed bool
	hangs  bool
}

func (p pieces) Invoke(ctx context.Context, c *functions.Call, res *functions.Result) error {
	if err := c.Stream.Begin(prelude.ContentType); err != nil {
		return err
	}
	for _, piece := range p.all {
		if c.Stream.Write(nil, []byte(piece)) != nil {
			return nil
		}
	}
	if p.hangs {
		<-ctx.Done()
		return context.Cause(ctx)
	}
	if p.failed {
		res.FunctionError, res.Payload = functions.Unhandled, []byte("why")
	}
	return nil
}

func open(t *testing.T, p pieces, idle time.Duration) *prelude.Body {
	t.Helper()
	ctx, stop := context.WithCancelCause(t.Context())
	answer, err := functions.OpenStream(ctx, p, new(functions.Call))
	if err != nil {
		t.Fatal(err)
	}
	b := prelude.NewBody(answer, idle, stop)
	t.Cleanup(func() { _ = b.Close() })
	return b
}

// TestRead finds the delimiter however the answer comes in pieces.
func TestRead(t *testing.T) {
	zeros := string(prelude.Delimiter)
	whole := `{"a":1}` + zeros + "body" + zeros
	for cut := range len(whole) {
		b := open(t, pieces{all: []string{whole[:cut], whole[cut:]}}, 0)
		text, err := prelude.Read(b)
		rest, restErr := io.ReadAll(b)
		if string(text) != `{"a":1}` || err != nil || string(rest) != "body"+zeros || restErr != nil {
			t.Errorf("cut at %d: got %q %v, then %q %v", cut, text, err, rest, restErr)
		}
	}
	for name, p := range map[string]pieces{
		"no delimiter":      {all: []string{"{}", zeros[:7]}},
		"nothing":           {},
		"too far":           {all: []string{strings.Repeat(" ", prelude.Room-7), zeros}},
		"fails before":      {all: []string{"{}"}, failed: true},
		"far too much text": {all: []string{strings.Repeat("x", 10*prelude.Room)}},
	} {
		b := open(t, p, 0)
		if _, err := prelude.Read(b); !errors.Is(err, prelude.ErrNone) {
			t.Errorf("%s: got %v", name, err)
		}
		if failed := b.Failed(); (failed != nil) != p.failed || failed != nil && string(failed.Payload) != "why" {
			t.Errorf("%s: failed with %+v", name, failed)
		}
	}
	if text, err := prelude.Read(open(t, pieces{all: []string{strings.Repeat(" ", prelude.Room-8), zeros}}, 0)); err != nil || len(text) != prelude.Room-8 {
		t.Errorf("at the limit: %d bytes, %v", len(text), err)
	}
}

func TestBodyOfAFunctionThatFails(t *testing.T) {
	b := open(t, pieces{all: []string{"{}" + string(prelude.Delimiter), "half"}, failed: true}, 0)
	if _, err := prelude.Read(b); err != nil {
		t.Fatal(err)
	}
	if rest, err := io.ReadAll(b); string(rest) != "half" || err == nil || err.Error() != "the function failed in the middle of its answer: Unhandled" {
		t.Errorf("got %q, %v", rest, err)
	}
}

// TestBodyOfAFunctionThatSaysNothing: a reader does not wait for ever.
func TestBodyOfAFunctionThatSaysNothing(t *testing.T) {
	b := open(t, pieces{all: []string{"{}"}, hangs: true}, time.Millisecond)
	if _, err := prelude.Read(b); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
}

func TestCut(t *testing.T) {
	zeros := string(prelude.Delimiter)
	if text, body, err := prelude.Cut([]byte("{}" + zeros + "body")); string(text) != "{}" || string(body) != "body" || err != nil {
		t.Errorf("got %q %q %v", text, body, err)
	}
	for _, answer := range []string{"", "{}", strings.Repeat(" ", prelude.Room) + zeros} {
		if _, _, err := prelude.Cut([]byte(answer)); !errors.Is(err, prelude.ErrNone) {
			t.Errorf("%.10q: got %v", answer, err)
		}
	}
}
