package host

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/gatehouse-gateway/gatehouse/internal/functions/process"
)

// Isolation is how much the machine is closed to functions. What of it holds depends on the machine, see Host.Isolation.
type Isolation string

// The levels. Memory, processes, open files and the size of files are limited at each of them, and no process of a function
// outlives the host.
const (
	// IsolationAuto is everything that the machine has: functions see the system's programs and libraries, their own code
	// and their own temporary folder, and have no capabilities.
	IsolationAuto Isolation = ""
	// IsolationProcess leaves files alone: functions read and write what the user may that runs the host.
	IsolationProcess Isolation = "process"
	// IsolationNone makes no namespaces either.
	IsolationNone Isolation = "none"
)

// ParseIsolation reads auto, process or none.
func ParseIsolation(name string) (Isolation, error) {
	switch name {
	case "auto":
		return IsolationAuto, nil
	case string(IsolationProcess), string(IsolationNone):
		return Isolation(name), nil
	}
	return "", fmt.Errorf("%q is no level of isolation: it can be auto, process or none", name)
}

// files is what the processes of an environment get of the file system; nil: all.
func (e *environment) files() *process.Files {
	h := e.pool.host
	places, read := e.launch.places()
	if h.options.Isolation != IsolationAuto {
		if len(places) == 0 {
			return nil
		}
		return &process.Files{Place: places, Elsewhere: true}
	}
	files := &process.Files{
		Read: append(append(read, e.launch.read...), h.runtimeDir()), System: programFolders(filepath.SplitList(os.Getenv("PATH")), e.launch.engine),
		Temp: e.temp, Place: places,
	}
	for _, dir := range append(slices.Clone(h.options.Private), h.options.Dir) {
		files.Hide = append(files.Hide, real(dir))
	}
	return files
}

// real is path without symbolic links, if it is there.
func real(path string) string {
	if resolved, err := filepath.EvalSymlinks(path); err == nil {
		return resolved
	}
	return path
}

// engineFolders are those beside the folder bin of an engine that belong to it.
var engineFolders = []string{"lib", "lib64", "libexec", "include", "share", "conf", "pyvenv.cfg"}

// programFolders are the folders of PATH, and those that an engine needs wherever it is installed.
func programFolders(path []string, engine string) (folders []string) {
	add := func(dir string) {
		if dir = real(dir); filepath.IsAbs(dir) && dir != "/" && !slices.Contains(folders, dir) {
			folders = append(folders, dir)
		}
	}
	for _, dir := range path {
		add(dir)
	}
	if engine == "" {
		return folders
	}
	for _, program := range []string{engine, real(engine)} {
		bin := filepath.Dir(program)
		add(bin)
		if filepath.Base(bin) == "bin" {
			for _, name := range engineFolders {
				add(filepath.Join(filepath.Dir(bin), name))
			}
		}
	}
	return folders
}
