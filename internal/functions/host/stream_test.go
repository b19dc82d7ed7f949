package host_test

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"testing"
	"time"

	"github.com/gatehouse-gateway/gatehouse/internal/functions"
	"github.com/gatehouse-gateway/gatehouse/internal/functions/host"
)

// streaming is a directory with one function of the test program, in a mode.
func streaming(t testing.TB, mode string, change ...func(*functions.Function)) (*functions.Directory, *world) {
	t.Helper()
	w := start(t, func(o *host.Options) { o.Isolation = host.IsolationProcess }) // functions and tests meet in a folder
	d := functions.NewDirectory(functions.DirectoryOptions{Open: func(f *functions.Function) functions.Runner { return w.Open(f) }})
	f := function(t, append(change, func(f *functions.Function) { f.Environment["MODE"] = mode })...)
	d.Put(&functions.Entry{Ref: f.Ref, Versions: map[string]functions.Version{functions.Latest: {Function: f, Revision: "1"}}})
	return d, w
}

func open(t testing.TB, d *functions.Directory, payload string) *functions.Streaming {
	t.Helper()
	s, err := functions.OpenStream(context.Background(), d, &functions.Call{Ref: function(t).Ref, Invocation: functions.Invocation{RequestID: id, Payload: []byte(payload)}})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestStreamArrivesWhileTheFunctionRuns: the function goes on when the reader has read.
func TestStreamArrivesWhileTheFunctionRuns(t *testing.T) {
	d, _ := streaming(t, "steps")
	for i := range 2 { // cold and warm
		mark := filepath.Join(t.TempDir(), "go")
		s := open(t, d, strconv.Quote(mark))
		if s.ContentType != "application/vnd.awslambda.http-integration-response" || s.RequestID != id || s.ExecutedVersion != functions.Latest || s.Over() {
			t.Errorf("%d: got %+v", i, s)
		}
		piece := make([]byte, 10)
		n, err := s.Read(piece[:2]) // less than there is
		want(t, "first", string(piece[:n]), "on")
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(mark, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		rest, err := io.ReadAll(s)
		if want(t, "rest", string(rest), "etwo"); err != nil || s.Result().FunctionError != "" || len(s.Result().Payload) != 0 {
			t.Errorf("%d: %v, %+v", i, err, s.Result())
		}
		s.Close()
	}
}

// TestStreamsEnd: how an answer ends is in the result, and what was written before is read.
func TestStreamsEnd(t *testing.T) {
	for _, tt := range []struct{ mode, payload, read, failure string }{
		{"", `{"a":1}`, `{"a":1}`, ""},
		{"", `{"do":"error","text":"no"}`, "", `{"errorMessage":"no","errorType":"errorString"}`},
		{"stream", "1", `{"statusCode":200}` + "\x00\x00\x00\x00\x00\x00\x00\x00chunk 1 chunk 2", ""},
		{"streamerror", "1", "begun", `{"errorType":"Broken"}`},
		{"steps", `"/nowhere"`, "one", `{"errorType":"Sandbox.Timedout","errorMessage":"RequestId: ` + id + ` Error: Task timed out after 0.50 seconds"}`},
	} {
		t.Run(tt.mode+tt.payload, func(t *testing.T) {
			limit := 20 * time.Second
			if tt.mode == "steps" {
				limit = 500 * time.Millisecond
			}
			d, _ := streaming(t, tt.mode, timeout(limit))
			s := open(t, d, tt.payload)
			defer s.Close()
			read, err := io.ReadAll(s)
			if want(t, "answer", string(read), tt.read); err != nil {
				t.Error(err)
			}
			got := ""
			if r := s.Result(); r.FunctionError != "" {
				got = string(r.Payload)
			}
			want(t, "failure", got, tt.failure)
		})
	}
}

// TestFunctionIsReadyAfterItsReaderLeft: the rest of the answer is dropped, and the same process serves the next call.
func TestFunctionIsReadyAfterItsReaderLeft(t *testing.T) {
	d, w := streaming(t, "pour")
	s := open(t, d, strconv.Itoa(20<<20))
	if _, err := io.ReadFull(s, make([]byte, 100)); err != nil {
		t.Fatal(err)
	}
	s.Close()
	w.logs.await(t, "REPORT RequestId: ")
	s = open(t, d, "5")
	read, err := io.ReadAll(s)
	if want(t, "answer", string(read), "xxxxx"); err != nil {
		t.Error(err)
	}
	s.Close()
	w.logs.awaitCount(t, "REPORT RequestId: ", 2)
	w.logs.awaitCount(t, "Init Duration", 1)
}

// TestReaderWhoseTimeIsOver gets the reason, and the function does not wait for him.
func TestReaderWhoseTimeIsOver(t *testing.T) {
	d, w := streaming(t, "pour")
	ctx, cancel := context.WithCancelCause(context.Background())
	s, err := functions.OpenStream(ctx, d, &functions.Call{Ref: function(t).Ref, Invocation: functions.Invocation{Payload: []byte(strconv.Itoa(20 << 20))}})
	if err != nil {
		t.Fatal(err)
	}
	late := errors.New("late")
	cancel(late)
	if _, err := io.Copy(io.Discard, s); !errors.Is(err, late) {
		t.Errorf("got %v", err)
	}
	s.Close()
	w.logs.await(t, "REPORT RequestId: ")
}

// TestLargeStreamTakesNoMemory reads the largest answer there may be.
func TestLargeStreamTakesNoMemory(t *testing.T) {
	const size = 200 << 20
	d, _ := streaming(t, "pour")
	open(t, d, "1").Close()
	var before, now runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	s := open(t, d, strconv.Itoa(size))
	buf, total, most := make([]byte, 32<<10), 0, uint64(0)
	for i := 0; ; i++ {
		n, err := s.Read(buf)
		if total += n; errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		if i%500 == 0 {
			runtime.ReadMemStats(&now)
			most = max(most, now.HeapAlloc)
		}
	}
	s.Close()
	if total != size {
		t.Errorf("read %d bytes", total)
	}
	if grown := int64(most) - int64(before.HeapAlloc); grown > 8<<20 {
		t.Errorf("the heap grew by %d bytes", grown)
	}
}

// TestHostEndsWithAStreamThatNobodyReads: it does not wait for the reader.
func TestHostEndsWithAStreamThatNobodyReads(t *testing.T) {
	d, w := streaming(t, "pour")
	s := open(t, d, strconv.Itoa(20<<20))
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := w.Close(ctx); err != nil {
		t.Error(err)
	}
	if _, err := io.Copy(io.Discard, s); !errors.Is(err, functions.ErrClosed) {
		t.Errorf("got %v", err)
	}
	s.Close()
}

// BenchmarkStream is one streamed answer of 1 MB.
func BenchmarkStream(b *testing.B) {
	d, _ := streaming(b, "pour")
	open(b, d, "1").Close()
	b.ReportAllocs()
	b.SetBytes(1 << 20)
	for b.Loop() {
		s := open(b, d, strconv.Itoa(1<<20))
		if _, err := io.Copy(io.Discard, s); err != nil {
			b.Fatal(err)
		}
		s.Close()
	}
}
