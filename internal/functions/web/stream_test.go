package web

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gatehouse-gateway/gatehouse/internal/functions/prelude"
)

// taken is a Stream that hands on what it gets, until it has had enough.
type taken struct {
	media  string
	pieces chan string
	enough int // pieces; 0: all
	had    int
}

func (s *taken) Begin(contentType string) error {
	s.media = contentType
	return nil
}

func (s *taken) Write(until <-chan struct{}, p []byte) error {
	if s.had++; s.enough > 0 && s.had > s.enough {
		return errors.New("the reader has left")
	}
	select {
	case s.pieces <- string(p):
		return nil
	case <-until:
		return context.Canceled
	}
}

const streamEvent = `{"version":"2.0","rawPath":"/","requestContext":{"http":{"method":"GET"}}}`

var streamMode = map[string]string{"AWS_LWA_INVOKE_MODE": "response_stream"}

// TestAnswersAreStreamed: metadata at once, and each piece before the server makes the next.
func TestAnswersAreStreamed(t *testing.T) {
	next := make(chan struct{})
	adapter := adapterOf(t, streamMode, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		w.Header().Add("Set-Cookie", "a=1")
		w.Header().Add("Set-Cookie", "b=2")
		w.Header()["Date"] = nil
		w.WriteHeader(201)
		for _, piece := range []string{"one", "two"} {
			_ = http.NewResponseController(w).Flush()
			<-next
			_, _ = io.WriteString(w, piece)
		}
	})
	adapter.ready.Store(true) // a probe would be an answer, too
	stream := &taken{pieces: make(chan string)}
	done := make(chan error, 1)
	go func() {
		payload, failed, err := adapter.Invoke(t.Context(), Call{Event: []byte(streamEvent), Stream: stream, MaxStream: 1 << 20}, nil)
		done <- errors.Join(err, map[bool]error{true: fmt.Errorf("failed %v, payload %q", failed, payload)}[failed || len(payload) > 0])
	}()
	if got := <-stream.pieces; got != `{"statusCode":201,"headers":{"content-type":"text/html"},"cookies":["a=1","b=2"]}`+string(prelude.Delimiter) || stream.media != prelude.ContentType {
		t.Errorf("at first %q of the type %s", got, stream.media)
	}
	for _, want := range []string{"one", "two"} {
		next <- struct{}{}
		if got := <-stream.pieces; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestHowStreamsEnd(t *testing.T) {
	large := func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, strings.Repeat("x", 200<<10))
	}
	for _, c := range []struct {
		name        string
		environment map[string]string
		handler     http.HandlerFunc
		enough      int
		payload     string
		failed      bool
		err         string
	}{
		{"the reader leaves", streamMode, large, 1, "", false, ""},
		{"too large", streamMode, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, strings.Repeat("x", 400<<10)) }, 0,
			`{"errorMessage":"Response payload size exceeded maximum allowed payload size (307200 bytes).","errorType":"Function.ResponseSizeTooLarge"}`, true, ""},
		{"the server breaks off", streamMode, func(w http.ResponseWriter, _ *http.Request) {
			_ = http.NewResponseController(w).Flush()
			panic(http.ErrAbortHandler)
		}, 0, "", false, "the answer of the web server: unexpected EOF"},
		{"a status that is an error", map[string]string{"AWS_LWA_INVOKE_MODE": "response_stream", "AWS_LWA_ERROR_STATUS_CODES": "500"},
			func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "oh", 500) }, 0,
			`{"errorType":"Function.ErrorStatusCode","errorMessage":"{\"statusCode\":500,\"body\":\"oh\\n\"}"}`, true, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			stream := &taken{pieces: make(chan string, 1000), enough: c.enough}
			adapter := adapterOf(t, c.environment, c.handler)
			adapter.ready.Store(true)
			payload, failed, err := adapter.Invoke(t.Context(), Call{Event: []byte(streamEvent), Stream: stream, MaxStream: 300 << 10}, nil)
			if string(payload) != c.payload || failed != c.failed || c.err == "" && err != nil || c.err != "" && (err == nil || err.Error() != c.err) {
				t.Errorf("got %q %v %v", payload, failed, err)
			}
		})
	}
	t.Run("the time is over", func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		endless := func(w http.ResponseWriter, _ *http.Request) {
			for err := error(nil); err == nil; { // until the adapter has left: an end of its own would be one of the answer
				_, err = io.WriteString(w, strings.Repeat("x", 64<<10))
			}
		}
		adapter := adapterOf(t, streamMode, endless)
		adapter.ready.Store(true)
		stream := &taken{pieces: make(chan string)} // nobody reads
		if _, _, err := adapter.Invoke(ctx, Call{Event: []byte(streamEvent), Stream: stream, MaxStream: 1 << 40}, nil); err == nil {
			t.Error("it came to an end")
		}
	})
}

// TestStreamedAnswerForWhoWaits: who does not stream gets all of it.
func TestStreamedAnswerForWhoWaits(t *testing.T) {
	adapter := adapterOf(t, streamMode, func(w http.ResponseWriter, _ *http.Request) {
		w.Header()["Date"], w.Header()["Content-Type"] = nil, []string{"text/plain"}
		_, _ = io.WriteString(w, "body")
	})
	payload, failed, err := adapter.Invoke(t.Context(), Call{Event: []byte(streamEvent)}, []byte("before "))
	if want := `before {"statusCode":200,"headers":{"content-length":"4","content-type":"text/plain"}}` + string(prelude.Delimiter) + "body"; string(payload) != want || failed || err != nil {
		t.Errorf("got %q %v %v", payload, failed, err)
	}
}
