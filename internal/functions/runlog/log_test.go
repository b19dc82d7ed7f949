package runlog

import (
	"bytes"
	"strings"
	"testing"
	"time"
)

var now = time.Date(2026, 11, 25, 1, 2, 3, 4_000_000, time.UTC)

// TestReport: the first two as recorded from the real service.
func TestReport(t *testing.T) {
	for _, test := range []struct {
		report Report
		text   string
		json   string
	}{
		{
			Report{RequestID: "id", Duration: 3010 * time.Microsecond, Init: 110100 * time.Microsecond, MemoryMB: 128, PeakMB: 36, Status: Success},
			"REPORT RequestId: id\tDuration: 3.01 ms\tBilled Duration: 4 ms\tMemory Size: 128 MB\tMax Memory Used: 36 MB\tInit Duration: 110.10 ms\t",
			`{"requestId":"id","metrics":{"durationMs":3.01,"billedDurationMs":4,"memorySizeMB":128,"maxMemoryUsedMB":36,"initDurationMs":110.10},"status":"success"}`,
		}, {
			Report{RequestID: "id", Duration: 2900 * time.Microsecond, MemoryMB: 128, PeakMB: 36, Status: Success},
			"REPORT RequestId: id\tDuration: 2.90 ms\tBilled Duration: 3 ms\tMemory Size: 128 MB\tMax Memory Used: 36 MB\t",
			`{"requestId":"id","metrics":{"durationMs":2.90,"billedDurationMs":3,"memorySizeMB":128,"maxMemoryUsedMB":36},"status":"success"}`,
		}, {
			Report{RequestID: "id", Duration: 3 * time.Second, MemoryMB: 512, Status: Timeout},
			"REPORT RequestId: id\tDuration: 3000.00 ms\tBilled Duration: 3000 ms\tMemory Size: 512 MB\tMax Memory Used: 0 MB\tStatus: timeout",
			`{"requestId":"id","metrics":{"durationMs":3000.00,"billedDurationMs":3000,"memorySizeMB":512,"maxMemoryUsedMB":0},"status":"timeout"}`,
		}, {
			Report{RequestID: "a\"\n", Duration: time.Nanosecond, MemoryMB: 1, Status: Error, ErrorType: "Runtime.ExitError"},
			"REPORT RequestId: a\"\n\tDuration: 0.00 ms\tBilled Duration: 1 ms\tMemory Size: 1 MB\tMax Memory Used: 0 MB\tStatus: error\tError Type: Runtime.ExitError",
			`{"requestId":"a\"\u000a","metrics":{"durationMs":0.00,"billedDurationMs":1,"memorySizeMB":1,"maxMemoryUsedMB":0},"status":"error","errorType":"Runtime.ExitError"}`,
		},
	} {
		if got := string(test.report.appendText(nil)); got != test.text {
			t.Errorf("got  %q\nwant %q", got, test.text)
		}
		want := `{"time":"2026-11-25T01:02:03.004Z","type":"platform.report","record":` + test.json + `}`
		if got := string(test.report.appendJSON(nil, now)); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}

// TestLinesAreAsTheyWereWritten: whatever the pieces in which they come.
func TestLinesAreAsTheyWereWritten(t *testing.T) {
	for in, want := range map[string]string{
		"a\nb\n":             "a|b",
		"a\n\nb":             "a||b",
		"ab\rline\n":         "ab\rline", // recorded: no end of a line
		"12345678\n":         "12345678",
		"123456789\n":        "12345678|9",
		"1234567812345678":   "12345678|12345678",
		"\x00\xff\n":         "\x00\xff",
		"12345678\n12345678": "12345678|12345678",
	} {
		for size := 1; size <= len(in); size++ {
			var got []string
			l := &Log{fd: -1, Options: Options{MaxLine: 8, Line: func(line []byte) { got = append(got, string(line)) }}}
			for rest := []byte(in); len(rest) > 0; {
				n := min(size, len(rest))
				l.take(rest[:n])
				rest = rest[n:]
			}
			l.catchUp()
			if text := strings.Join(got, "|"); text != want {
				t.Errorf("%q in pieces of %d: got %q, want %q", in, size, text, want)
			}
		}
	}
}

func TestWhatWasWrittenBeforeStandsBeforeTheEnd(t *testing.T) {
	var all bytes.Buffer
	l, err := Open(Options{MaxLine: 100, MaxTail: 100, Version: "7", Line: func(line []byte) { all.Write(append(line, '\n')) }})
	if err != nil {
		t.Fatal(err)
	}
	l.Start("1", false, now)
	l.Output().WriteString("written\nwithout end")
	l.End(Report{RequestID: "1", Status: Success}, Failure{}, now)
	l.Close()
	const want = "START RequestId: 1 Version: 7\nwritten\nwithout end\nEND RequestId: 1\nREPORT "
	if got := all.String(); !strings.HasPrefix(got, want) {
		t.Errorf("got %q", got)
	}
}

func TestTailKeepsTheLastBytes(t *testing.T) {
	l, err := Open(Options{MaxLine: 100, MaxTail: 10})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	l.Start("1", true, now)
	l.Output().WriteString("abc\ndefghijklmnopq\nrst\n")
	l.End(Report{}, Failure{}, now)
	if got := string(l.Tail()); len(got) != 10 || !strings.HasSuffix(got, "\t\n") {
		t.Errorf("got %q", got)
	}
	if got := l.Tail(); len(got) != 0 {
		t.Errorf("a second tail: %q", got)
	}
}
