package runtimes_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/gatehouse-gateway/gatehouse/internal/functions/runtimes"
	"github.com/gatehouse-gateway/gatehouse/internal/functions/web"
)

func TestWebFunctionsAreStartedByTheirHandler(t *testing.T) {
	servers, err := filepath.Abs(filepath.Join("..", "web", "testdata"))
	if err != nil {
		t.Fatal(err)
	}
	for _, handler := range []string{"server.mjs", "server.py", "node server.mjs", "cd / && exec python3 " + servers + "/server.py"} {
		t.Run(handler, func(t *testing.T) {
			t.Parallel()
			// PORT is what a function of the Lambda Web Adapter has, and is not the port of this process.
			spec := specOf(t, "web", handler, servers, map[string]string{"PORT": "8080"})
			launch, err := runtimes.Find(spec)
			if err != nil {
				t.Fatal(err)
			}
			adapter, env, err := launch.Web.Prepare(web.Function{Name: "fn", Version: "$LATEST"})
			if err != nil {
				t.Fatal(err)
			}
			defer adapter.Close()
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			cmd := exec.CommandContext(ctx, launch.Args[0], launch.Args[1:]...)
			cmd.Dir, cmd.Stderr = spec.Code, os.Stderr
			cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // a command runs below a shell
			cmd.Env = append(append([]string{"PATH=" + os.Getenv("PATH")}, launch.Environment...), env...)
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			defer func() {
				syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
				cmd.Wait()
			}()
			if err := adapter.Ready(ctx); err != nil {
				t.Fatal(err)
			}
			got, failed, err := adapter.Invoke(ctx, web.Call{Event: []byte(`{"Records":[1]}`)}, nil)
			if err != nil || failed || string(got) != `{"got":{"Records":[1]}}` {
				t.Errorf("got %s, %v, %v", got, failed, err)
			}
		})
	}
}
