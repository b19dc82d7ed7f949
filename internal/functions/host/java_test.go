package host_test

import (
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/gatehouse-gateway/gatehouse/internal/functions/runtimes"
)

// javaClient is the folder with the public runtime client.
func javaClient(t *testing.T) string {
	t.Helper()
	dir, err := filepath.Abs("../../../.tools/java-runtime-client")
	if err == nil {
		err = runtimes.CheckJavaClient(dir)
	}
	if err != nil {
		t.Fatalf("%v (test/install-tools fetches it)", err)
	}
	return dir
}

// compile compiles Java into a folder.
func compile(t *testing.T, dir string, sources ...string) {
	t.Helper()
	out, err := exec.Command("javac", append([]string{"-J-XX:TieredStopAtLevel=1", "-nowarn", "-XDignore.symbol.file", "-cp", filepath.Join(javaClient(t), "*"), "-d", dir}, sources...)...).CombinedOutput()
	if err != nil {
		t.Fatalf("javac: %v: %s (test/install-tools installs it)", err, out)
	}
}
