// Command testfunction is the function that tests run: it does what its event says, and MODE says how it speaks.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambdacontext"
)

// event says what to do.
type event struct {
	Do   string
	Text string
	N    int
}

var calls int

func main() {
	switch mode := os.Getenv("MODE"); mode {
	case "":
		lambda.Start(handle)
	case "hostile":
		lambda.Start(attack)
	case "sigterm": // the library has an extension in this process
		lambda.StartWithOptions(handle, lambda.WithEnableSIGTERM(func() { fmt.Println("asked to end") }))
	case "listens":
		asked := make(chan os.Signal, 1)
		signal.Notify(asked, syscall.SIGTERM)
		go func() {
			<-asked
			fmt.Println("asked to end")
			os.Exit(0)
		}()
		lambda.Start(handle)
	default:
		if n, err := strconv.Atoi(strings.TrimPrefix(mode, "hold")); err == nil {
			held = append(held, allocate(n))
			hang()
		}
		speak(mode)
	}
}

var held [][]byte

// allocate takes n MiB and uses them.
func allocate(n int) []byte {
	b := make([]byte, n<<20)
	for i := range n << 8 {
		b[i<<12] = 1
	}
	return b
}

func handle(ctx context.Context, raw json.RawMessage) (any, error) {
	calls++
	var e event
	if err := json.Unmarshal(raw, &e); err == nil && e.Do != "" {
		return e.do(ctx)
	}
	return raw, nil
}

func (e event) do(ctx context.Context) (any, error) {
	switch e.Do {
	case "count":
		return calls, nil
	case "pid":
		return os.Getpid(), nil
	case "error":
		return nil, errors.New(e.Text)
	case "panic":
		panic(e.Text)
	case "exit":
		os.Exit(e.N)
	case "signal":
		syscall.Kill(os.Getpid(), syscall.Signal(e.N)) //nolint:errcheck // it does not return
		hang()
	case "hang":
		hang()
	case "sleep":
		time.Sleep(time.Duration(e.N) * time.Millisecond)
		return calls, nil
	case "large":
		return strings.Repeat("x", e.N-2), nil
	case "print":
		for range max(e.N, 1) {
			os.Stdout.WriteString(e.Text) //nolint:errcheck // it is the log
		}
		return nil, nil
	case "flood":
		for {
			os.Stdout.WriteString(e.Text) //nolint:errcheck // it is the log
		}
	case "fork":
		for _, args := range [][]string{{"sleep", e.Text}, {"setsid", "sleep", e.Text}, {"sh", "-c", "setsid env -i /bin/sleep " + e.Text + " & exit"}} {
			cmd := exec.CommandContext(context.Background(), args[0], args[1:]...)
			if err := cmd.Start(); err != nil {
				return nil, err
			}
		}
		return nil, nil
	case "allocate":
		held = append(held, allocate(e.N))
		return len(held), nil
	case "allocateBeside": // in a process of its own, and out of the session
		cmd := exec.CommandContext(ctx, "setsid", os.Args[0])
		cmd.Env = append(os.Environ(), fmt.Sprint("MODE=hold", e.N))
		return nil, cmd.Run()
	case "forkbomb":
		for i := 0; ; i++ {
			cmd := exec.CommandContext(context.Background(), "/bin/sleep", "600")
			if err := cmd.Start(); err != nil {
				return nil, fmt.Errorf("process %d: %w", i, err)
			}
		}
	case "environment":
		return os.Environ(), nil
	case "write":
		return nil, os.WriteFile(filepath.Join(os.TempDir(), "file"), []byte(e.Text), 0o600)
	case "read":
		b, err := os.ReadFile(filepath.Join(os.TempDir(), "file"))
		return string(b), err
	case "context":
		lc, _ := lambdacontext.FromContext(ctx)
		deadline, _ := ctx.Deadline()
		dir, err := os.Getwd()
		return map[string]any{"lc": lc, "left": time.Until(deadline).Milliseconds(), "trace": os.Getenv("_X_AMZN_TRACE_ID"), "dir": dir}, err
	}
	return nil, fmt.Errorf("there is no %q to do", e.Do)
}

// hang does not return. An empty select would, in a program that the Go runtime finds to be at an end.
func hang() {
	for {
		time.Sleep(time.Hour)
	}
}
