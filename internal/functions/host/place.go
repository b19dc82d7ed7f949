package host

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gatehouse-gateway/gatehouse/internal/functions"
	"github.com/gatehouse-gateway/gatehouse/internal/functions/process"
	"github.com/gatehouse-gateway/gatehouse/internal/functions/runtimes"
)

// Where the service has a function's code and its layers.
const (
	varTask = "/var/task"
	opt     = "/opt"
)

// placing finds out where the processes of a function see its code and its layers: in /var/task and /opt where they can have
// mounts of their own, elsewhere where these are.
//
// Code is placed with everything else of a confined process, whose /var is its own. Layers hide the machine's /opt, which has to be
// there: they are not placed where the machine keeps something that the function needs in it.
func (h *Host) placing(f *functions.Function) (runtimes.Spec, runtimes.Launch, error) {
	spec := runtimes.Spec{Runtime: f.Runtime, Handler: f.Handler, Code: f.Code, Opt: f.Opt, RuntimeDir: h.runtimeDir(), MemorySize: f.MemorySize, JavaClient: h.options.JavaClient}
	if err := h.nursery.Prepare(); err != nil {
		return spec, runtimes.Launch{}, err
	}
	mounts := h.nursery.Holds().Mounts
	if mounts && h.options.Isolation == IsolationAuto {
		spec.TaskRoot = varTask
	}
	l, err := launchOf(spec, f)
	if err == nil && mounts && f.Opt != "" && h.spares(spec, l) {
		spec.OptRoot = opt
		l, err = launchOf(spec, f)
	}
	return located(spec, f), l, err
}

// spares reports whether nothing that a function needs is in the machine's /opt.
func (h *Host) spares(spec runtimes.Spec, l runtimes.Launch) bool {
	return isFolder(opt) && !inOpt(h.options.Dir) && !inOpt(l.Engine) && !inOpt(l.Args[0]) && !slices.ContainsFunc(l.Read, inOpt) && (spec.TaskRoot != "" || !inOpt(spec.Code))
}

func launchOf(spec runtimes.Spec, f *functions.Function) (runtimes.Launch, error) {
	return runtimes.Find(located(spec, f))
}

// pathLists are the variables with folders, or files, that colons separate.
var pathLists = []string{"PATH", "LD_LIBRARY_PATH", "LD_PRELOAD", "NODE_PATH", "PYTHONPATH", "PERL5LIB", "RUBYLIB", "GEM_PATH", "CLASSPATH"}

// located gives spec the variables of f, with the paths that begin with /var/task and /opt as the process finds them.
func located(spec runtimes.Spec, f *functions.Function) runtimes.Spec {
	spec.Environment = make(map[string]string, len(f.Environment))
	for name, value := range f.Environment {
		spec.Environment[name] = value
	}
	for _, name := range pathLists {
		if value, own := f.Environment[name]; own {
			parts := strings.Split(value, ":")
			for i, part := range parts {
				parts[i] = spec.Locate(part)
			}
			spec.Environment[name] = strings.Join(parts, ":")
		}
	}
	return spec
}

// inOpt reports whether a file of the machine, or what it is a link to, is in /opt.
func inOpt(path string) bool {
	for _, p := range []string{path, real(path)} {
		if p == opt || strings.HasPrefix(p, opt+"/") {
			return true
		}
	}
	return false
}

func isFolder(path string) bool {
	info, err := os.Lstat(path)
	return err == nil && info.IsDir()
}

// taskPath and optPath are paths of a function's folders as its processes find them; optPath is "" where there are no layers.
func (l *launch) taskPath(names ...string) string {
	return filepath.Join(append([]string{l.spec.Locate(varTask)}, names...)...)
}

func (l *launch) optPath(names ...string) string {
	if l.spec.Opt == "" {
		return ""
	}
	return filepath.Join(append([]string{l.spec.Locate(opt)}, names...)...)
}

// places are the folders that have to be placed, and read the others that are read.
func (l *launch) places() (places []process.Place, read []string) {
	for _, folder := range []struct{ from, to string }{{l.spec.Code, l.spec.TaskRoot}, {l.spec.Opt, l.spec.OptRoot}} {
		switch {
		case folder.from == "":
		case folder.to != "":
			places = append(places, process.Place{From: real(folder.from), To: folder.to})
		default:
			read = append(read, folder.from, real(folder.from))
		}
	}
	return places, read
}
