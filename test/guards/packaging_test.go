package guards

import (
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/gatehouse-gateway/gatehouse/internal/config"
)

const root = "../.."

// TestPackagedConfigurationIsTheDefault compares packaging/gatehouse.yaml, which has every option, with the defaults.
func TestPackagedConfigurationIsTheDefault(t *testing.T) {
	file := filepath.Join(root, "packaging", "gatehouse.yaml")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	none := func(string) string { return "" }
	packaged, err := config.Sources{File: file, Getenv: none}.Read()
	if err != nil {
		t.Fatal(err)
	}
	defaults, err := config.Sources{Getenv: none}.Read()
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(packaged, defaults) {
		t.Errorf("got  %+v\nwant %+v", packaged, defaults)
	}
	for _, o := range config.Options() {
		if !regexp.MustCompile(`(?m)^` + o.Name + `:`).Match(text) {
			t.Errorf("the file has no %s", o.Name)
		}
	}
}

// TestDocumentationHasEveryOption looks for the row of each option in docs/operations.md, with its variable and default.
func TestDocumentationHasEveryOption(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(root, "docs", "operations.md"))
	if err != nil {
		t.Fatal(err)
	}
	rows := 0
	for _, o := range config.Options() {
		def := "`" + o.Default + "`"
		if o.Default == "" {
			def = ""
		}
		row := strings.ReplaceAll("| `"+o.Name+"` | `"+o.Env()+"` | "+def+" | ", "  ", " ")
		if !strings.Contains(string(text), row) {
			t.Errorf("docs/operations.md has no row %s", row)
		}
	}
	for line := range strings.Lines(string(text)) {
		if strings.Contains(line, "` | `GATEHOUSE_") {
			rows++
		}
	}
	if rows != len(config.Options()) {
		t.Errorf("docs/operations.md has %d rows of options, and there are %d", rows, len(config.Options()))
	}
}

// TestSystemdUnitIsValid asks systemd, with a program that exists.
func TestSystemdUnitIsValid(t *testing.T) {
	analyze, err := exec.LookPath("systemd-analyze")
	if err != nil {
		t.Fatal("systemd-analyze is not installed: run test/install-tools")
	}
	text, err := os.ReadFile(filepath.Join(root, "packaging", "gatehouse.service"))
	if err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	unit := filepath.Join(t.TempDir(), "gatehouse.service")
	if err := os.WriteFile(unit, []byte(strings.ReplaceAll(string(text), "/usr/bin/gatehouse", self)), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(analyze, "verify", "--man=no", unit).CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("%v\n%s", err, out)
	}
	for _, want := range []string{"NoNewPrivileges=yes", "ProtectSystem=strict", "StateDirectory=gatehouse", "User=gatehouse", "LimitNOFILE="} {
		if !strings.Contains(string(text), "\n"+want) {
			t.Errorf("the unit has no %s", want)
		}
	}
}

// TestContainerDoesNotRunAsRoot keeps the sentences of the Containerfile that users rely on.
func TestContainerDoesNotRunAsRoot(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(root, "packaging", "Containerfile"))
	if err != nil {
		t.Fatal(err)
	}
	_, last, _ := strings.Cut(string(text), "\nFROM scratch\n")
	for _, want := range []string{"USER 65532:65532\n", "VOLUME /var/lib/gatehouse\n", `CMD ["/usr/bin/gatehouse", "healthcheck"]`, "GATEHOUSE_DATA_DIR=/var/lib/gatehouse\n"} {
		if !strings.Contains(last, want) {
			t.Errorf("the last stage has no %q", want)
		}
	}
	if !strings.Contains(string(text), "CGO_ENABLED=0") {
		t.Error("the binary is not static, and the image has no libraries")
	}
}
