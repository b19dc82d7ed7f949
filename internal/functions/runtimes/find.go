package runtimes

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gatehouse-gateway/gatehouse/internal/functions/web"
)

// Spec is what a launch is made of.
type Spec struct {
	Runtime     string // an identifier, or web
	Handler     string
	Code        string // the folder of the code, an absolute path
	Opt         string // the folder with the content of the layers, an absolute path; "": there are none
	Environment map[string]string
	RuntimeDir  string // where Unpack was
	Engines     Engines
	MemorySize  int    // MB
	JavaClient  string // the folder with the public runtime client of Java, an absolute path; "": functions bring it
	// TaskRoot and OptRoot are where the process finds Code and Opt; "": where they are.
	TaskRoot, OptRoot string
}

// task and opt are paths of the process's, opt only where there are layers.
func (s Spec) task(names ...string) string { return seen(s.TaskRoot, s.Code, names) }

func (s Spec) opt(names ...string) string { return seen(s.OptRoot, s.Opt, names) }

func seen(root, folder string, names []string) string {
	if root == "" {
		root = folder
	}
	return filepath.Join(append([]string{root}, names...)...)
}

// Where functions look for their code and their layers.
const (
	taskRoot = "/var/task"
	optRoot  = "/opt"
)

// Locate makes of a path in /var/task or /opt the path by which the process finds it.
func (s Spec) Locate(path string) string {
	if rest, ok := below(path, taskRoot); ok {
		return s.task(rest)
	}
	if rest, ok := below(path, optRoot); ok && s.Opt != "" {
		return s.opt(rest)
	}
	return path
}

func below(path, root string) (rest string, ok bool) {
	if path == root {
		return "", true
	}
	return strings.CutPrefix(path, root+"/")
}

// adapterExtension is Amazon's own Lambda Web Adapter, where its layer has it.
const adapterExtension = "extensions/lambda-adapter"

// bringsAdapter reports whether a layer has Amazon's own adapter, which then does what ours would.
func (s Spec) bringsAdapter() bool {
	return s.Opt != "" && exists(filepath.Join(s.Opt, adapterExtension))
}

// Launch is the process of a function: what to execute in the folder of its code.
type Launch struct {
	// Args are the program, by its absolute path, and its arguments, which go through WithTemp.
	Args []string
	// Engine is the engine of the machine that runs the code; "": none does.
	Engine string
	// Read are folders of this machine that the process reads besides its code, its layers and the runtimes.
	Read []string
	// Environment are variables of the runtime, NAME=value, below the platform's reserved ones.
	Environment []string
	// Web makes it a web function: its process serves HTTP and knows no Runtime API.
	Web *web.Server
	// OwnAdapter says that a layer brings Amazon's own web adapter: server and adapter need a port for each start.
	OwnAdapter bool
	// Note is a sentence for the log, such as that an old runtime runs on the installed engine; "": none.
	Note string
}

// tempMark stands in an argument for the temporary folder of the process, whose own cannot be told before. No argument can have it.
const tempMark = "\x00"

// WithTemp are the arguments of a launch for a process whose temporary folder is temp.
func WithTemp(args []string, temp string) []string {
	args = slices.Clone(args)
	for i := range args {
		args[i] = strings.ReplaceAll(args[i], tempMark, temp)
	}
	return args
}

// Error is why a function cannot be started; its caller gets to know. Spec: functions D3.
type Error struct {
	Type    string
	Message string // without a request id
}

func (e *Error) Error() string { return e.Type + ": " + e.Message }

const invalidEntrypoint = "Runtime.InvalidEntrypoint"

func refuse(format string, args ...any) error {
	return &Error{Type: invalidEntrypoint, Message: fmt.Sprintf(format, args...)}
}

// webRuntime is the runtime of web functions that need no engine of ours.
const webRuntime = "web"

// Find finds out how a function is started. Its errors are of type [*Error].
func Find(spec Spec) (Launch, error) {
	launch, err := find(spec)
	launch.OwnAdapter = spec.bringsAdapter()
	return launch, err
}

func find(spec Spec) (Launch, error) {
	if spec.Runtime == webRuntime || web.Configured(spec.Environment) && !spec.bringsAdapter() {
		return findWeb(spec)
	}
	id, err := identify(spec.Runtime)
	if err != nil {
		return Launch{}, err
	}
	if id.Family == familyProvided {
		program, err := bootstrapOf(spec)
		return Launch{Args: []string{program}}, err
	}
	return findManaged(id, spec)
}

func identify(runtime string) (Identifier, error) {
	id, ok := lookUp(runtime)
	if !ok {
		return id, refuse("%q is no runtime", runtime)
	}
	if !id.Runs {
		return id, refuse("the runtime %s is not supported yet: this gateway runs nodejs*, python3.*, java* and provided* functions, and web functions", runtime)
	}
	return id, nil
}

// bootstrapOf is the executable that a function of provided* brings, in its code or in a layer. Spec: functions A6.
func bootstrapOf(spec Spec) (string, error) {
	const name = "bootstrap"
	if executable(filepath.Join(spec.Code, name)) {
		return spec.task(name), nil
	}
	if spec.Opt != "" && executable(filepath.Join(spec.Opt, name)) {
		return spec.opt(name), nil
	}
	return "", refuse("Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]")
}

func executable(file string) bool {
	info, err := os.Stat(file)
	return err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0
}

// The variable by which functions choose the public runtime client of their language. For Java there is no other.
const (
	clientVariable = "GATEHOUSE_RUNTIME_CLIENT"
	clientOfficial = "official"
)

// findManaged is for the runtimes whose engine the platform has.
func findManaged(id Identifier, spec Spec) (Launch, error) {
	e, err := findEngine(id, spec.Engines)
	if err != nil {
		return Launch{}, refuse("%s", err)
	}
	if client := spec.Environment[clientVariable]; client != "" && client != clientOfficial {
		return Launch{}, refuse("%s is %q: it can be %s, or be left out", clientVariable, client, clientOfficial)
	}
	var launch Launch
	if id.Family == familyJava {
		launch, err = findJava(id, e, spec)
	} else {
		launch = Launch{Engine: e.path, Environment: managedEnvironment(id, e, spec), Note: e.note(id)}
		launch.Args, err = managedArgs(id, e, spec)
	}
	if err != nil {
		return Launch{}, err
	}
	launch.Args = wrapped(launch.Args, spec)
	return launch, nil
}

func managedArgs(id Identifier, e engine, spec Spec) ([]string, error) {
	if spec.Environment[clientVariable] == clientOfficial {
		return officialArgs(id, e, spec)
	}
	if id.Family == familyNode {
		return []string{e.path, filepath.Join(spec.RuntimeDir, nodeMain)}, nil
	}
	// Unbuffered: a line of standard output is in the log before a line of standard error that was written later.
	return []string{e.path, "-u", filepath.Join(spec.RuntimeDir, pythonMain)}, nil
}

// officialArgs start the public runtime client that the code brings. Spec: functions A6.
func officialArgs(id Identifier, e engine, spec Spec) ([]string, error) {
	if id.Family == familyPython {
		if !exists(filepath.Join(spec.Code, "awslambdaric", "__main__.py")) {
			return nil, refuse("GATEHOUSE_RUNTIME_CLIENT is official, and there is no awslambdaric in the code: pip install --target {the code} awslambdaric")
		}
		return []string{e.path, "-m", "awslambdaric", spec.Handler}, nil
	}
	for _, main := range []string{"index.mjs", "index.js"} { // the second in old majors
		program := []string{"node_modules", "aws-lambda-ric", "bin", main}
		if exists(filepath.Join(append([]string{spec.Code}, program...)...)) {
			return []string{e.path, spec.task(program...), spec.Handler}, nil
		}
	}
	return nil, refuse("GATEHOUSE_RUNTIME_CLIENT is official, and there is no aws-lambda-ric in the code: npm install aws-lambda-ric")
}

// managedEnvironment are the variables of A5 that only the runtime knows. What the function sets itself of those that are not
// reserved stays.
func managedEnvironment(id Identifier, e engine, spec Spec) []string {
	env := []string{"AWS_EXECUTION_ENV=AWS_Lambda_" + id.Name, "LAMBDA_RUNTIME_DIR=" + filepath.Join(spec.RuntimeDir, folderOf(id))}
	if id.Family == familyPython {
		return append(env, pythonPath(id, e, spec)...)
	}
	if _, own := spec.Environment["NODE_PATH"]; own || id.Family == familyJava {
		return env
	}
	folders := []string{spec.task("node_modules"), spec.task()}
	if spec.Opt != "" {
		folders = append([]string{spec.opt("nodejs", "node"+id.version(), "node_modules"), spec.opt("nodejs", "node_modules")}, folders...)
	}
	return append(env, "NODE_PATH="+strings.Join(folders, ":"))
}

// pythonPath is where Python finds the modules of layers: after the task root, before what the function adds, as on the service.
// Packages for the version that the function names are found although the engine has another one.
func pythonPath(id Identifier, e engine, spec Spec) []string {
	if spec.Opt == "" {
		return nil
	}
	var folders []string
	for _, version := range []string{id.version(), minor(e.version)} {
		if folder := spec.opt("python", "lib", "python"+version, "site-packages"); version != "" && !slices.Contains(folders, folder) {
			folders = append(folders, folder)
		}
	}
	folders = append(folders, spec.opt("python"))
	if own := spec.Environment["PYTHONPATH"]; own != "" {
		folders = append(folders, own)
	}
	return []string{"PYTHONPATH=" + strings.Join(folders, ":")}
}

// minor is 3.13 of 3.13.2.
func minor(version string) string {
	parts := strings.SplitN(version, ".", 3)
	return strings.Join(parts[:min(2, len(parts))], ".")
}

func folderOf(id Identifier) string {
	switch id.Family {
	case familyNode:
		return filepath.Dir(nodeMain)
	case familyJava:
		return familyJava
	}
	return filepath.Dir(pythonMain)
}

// wrapped puts the wrapper script of a function in front of args. The shell between them makes a script that is missing an
// exit status 127, as recorded from the real service. Spec: functions A7.
func wrapped(args []string, spec Spec) []string {
	wrapper := spec.Environment["AWS_LAMBDA_EXEC_WRAPPER"]
	if wrapper == "" {
		return args
	}
	return append([]string{"/bin/sh", "-c", `exec "$0" "$@"`, spec.Locate(wrapper)}, args...)
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return !errors.Is(err, fs.ErrNotExist)
}
