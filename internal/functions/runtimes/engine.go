package runtimes

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// Engines are the paths of the engines to use; "": the one that PATH has.
type Engines struct{ Node, Python, Java string }

// family is what there is to know of the engine of a language.
type family struct {
	title    string // as it calls itself
	oldest   string // the oldest version that our bootstrap runs on
	names    func(version string) []string
	probe    []string // makes it tell its version and the path of the real executable
	read     func(output string) (found engine, ok bool)
	override func(Engines) string
	install  string
}

var families = map[string]family{
	familyNode: {
		title: "Node.js", oldest: "18",
		names:    func(string) []string { return []string{"node", "nodejs"} },
		probe:    []string{"-e", "console.log(process.versions.node + '\\n' + process.execPath)"},
		read:     readLines,
		override: func(e Engines) string { return e.Node },
		install:  "Install Node.js 18 or newer (https://nodejs.org, or the package nodejs) so that node is in PATH",
	},
	familyPython: {
		title: "Python", oldest: "3.8",
		names:    pythonNames,
		probe:    []string{"-c", "import platform, sys; print(platform.python_version()); print(sys.executable)"},
		read:     readLines,
		override: func(e Engines) string { return e.Python },
		install:  "Install Python 3.8 or newer (https://www.python.org, or the package python3) so that python3 is in PATH",
	},
	familyJava: {
		title: "Java", oldest: "8",
		names:    javaNames,
		probe:    []string{"-XshowSettings:properties", "-version"},
		read:     readProperties,
		override: func(e Engines) string { return e.Java },
		install:  "Install Java 8 or newer (https://adoptium.net, or the package default-jre-headless) so that java is in PATH",
	},
}

func pythonNames(version string) []string {
	if version == "" {
		return []string{"python3"}
	}
	return []string{"python" + version, "python3"}
}

// engine is an engine of this machine.
type engine struct {
	path    string // of the real executable, where a wrapper such as pyenv's would cost time at every start
	version string
}

// findEngine finds the engine of an identifier, of its very version if PATH has it.
func findEngine(id Identifier, engines Engines) (engine, error) {
	f := families[id.Family]
	names := f.names(id.version())
	if path := f.override(engines); path != "" {
		names = []string{path}
	}
	var failed error
	for _, name := range names {
		path, err := exec.LookPath(name)
		if err != nil {
			continue
		}
		if path, err = filepath.Abs(path); err != nil {
			return engine{}, err
		}
		found, err := probe(path, f)
		if err != nil {
			failed = err
			continue
		}
		if !atLeast(found.version, f.oldest) {
			failed = fmt.Errorf("%s is %s %s", found.path, f.title, found.version)
			continue
		}
		return found, nil
	}
	if failed == nil {
		failed = fmt.Errorf("%s was not found", strings.Join(names, " or "))
	}
	return engine{}, fmt.Errorf("the runtime %s needs %s, and %w. %s", id.Name, f.title, failed, f.install)
}

// note says when a function runs on another version than its identifier names; "": it does not.
func (e engine) note(id Identifier) string {
	want := id.version()
	if e.version == want || strings.HasPrefix(e.version, want+".") {
		return ""
	}
	return fmt.Sprintf("The runtime %s runs on %s %s, the engine that is installed here.", id.Name, families[id.Family].title, e.version)
}

const probeTime = 10 * time.Second

// probes are the answers of engines by path, as long as the file is the same: asking costs a process.
var probes struct {
	sync.Mutex
	known map[string]probed
}

type probed struct {
	engine
	file os.FileInfo
}

func probe(path string, f family) (engine, error) {
	file, err := os.Stat(path)
	if err != nil {
		return engine{}, err
	}
	probes.Lock()
	defer probes.Unlock()
	if p, ok := probes.known[path]; ok && os.SameFile(p.file, file) && p.file.ModTime().Equal(file.ModTime()) {
		return p.engine, nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), probeTime)
	defer cancel()
	var out, complaints bytes.Buffer
	cmd := exec.CommandContext(ctx, path, f.probe...)
	cmd.Stdout, cmd.Stderr, cmd.WaitDelay = &out, &complaints, time.Second
	if err := cmd.Run(); err != nil {
		if first, _, _ := strings.Cut(complaints.String(), "\n"); first != "" {
			return engine{}, fmt.Errorf("%s does not run: %w: %s", path, err, first)
		}
		return engine{}, fmt.Errorf("%s does not run: %w", path, err)
	}
	found, ok := f.read(out.String() + complaints.String())
	if !ok || !filepath.IsAbs(found.path) {
		return engine{}, fmt.Errorf("%s says %q of its version and place", path, out.String())
	}
	if probes.known == nil {
		probes.known = map[string]probed{}
	}
	probes.known[path] = probed{found, file}
	return found, nil
}

// readLines reads a line with the version and one with the path.
func readLines(output string) (engine, bool) {
	version, rest, ok := strings.Cut(output, "\n")
	path, _, _ := strings.Cut(rest, "\n")
	return engine{path: path, version: version}, ok
}
