package runtimes

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/gatehouse-gateway/gatehouse/internal/functions/web"
)

// Spec is what a launch is made of.
type Spec struct {
	Runtime     string // an identifier, or web
	Handler     string
	Code        string // the folder of the code, an absolute path
	Environment map[string]string
	RuntimeDir  string // where Unpack was
	Engines     Engines
}

// Launch is the process of a function: what to execute in the folder of its code.
type Launch struct {
	// Args are the program, by its absolute path, and its arguments.
	Args []string
	// Engine is the engine of the machine that runs the code; "": none does.
	Engine string
	// Environment are variables of the runtime, NAME=value, below the platform's reserved ones.
	Environment []string
	// Web makes it a web function: its process serves HTTP and knows no Runtime API.
	Web *web.Server
	// Note is a sentence for the log, such as that an old runtime runs on the installed engine; "": none.
	Note string
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
	if spec.Runtime == webRuntime || web.Configured(spec.Environment) {
		return findWeb(spec)
	}
	id, err := identify(spec.Runtime)
	if err != nil {
		return Launch{}, err
	}
	if id.Family == familyProvided {
		program, err := bootstrapOf(spec.Code)
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
		return id, refuse("the runtime %s is not supported yet: this gateway runs nodejs*, python3.* and provided* functions, and web functions", runtime)
	}
	return id, nil
}

// bootstrapOf is the executable that a function of provided* brings.
func bootstrapOf(code string) (string, error) {
	program := filepath.Join(code, "bootstrap")
	if info, err := os.Stat(program); err != nil || !info.Mode().IsRegular() || info.Mode()&0o111 == 0 {
		return "", refuse("Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]")
	}
	return program, nil
}

// findManaged is for the runtimes whose engine the platform has.
func findManaged(id Identifier, spec Spec) (Launch, error) {
	e, err := findEngine(id, spec.Engines)
	if err != nil {
		return Launch{}, refuse("%s", err)
	}
	launch := Launch{Engine: e.path, Environment: managedEnvironment(id, spec), Note: e.note(id)}
	if launch.Args, err = managedArgs(id, e, spec); err != nil {
		return Launch{}, err
	}
	launch.Args = wrapped(launch.Args, spec)
	return launch, nil
}

func managedArgs(id Identifier, e engine, spec Spec) ([]string, error) {
	switch client := spec.Environment["GATEHOUSE_RUNTIME_CLIENT"]; client {
	case "":
	case "official":
		return officialArgs(id, e, spec)
	default:
		return nil, refuse("GATEHOUSE_RUNTIME_CLIENT is %q: it can be official, or be left out", client)
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
		if program := filepath.Join(spec.Code, "node_modules", "aws-lambda-ric", "bin", main); exists(program) {
			return []string{e.path, program, spec.Handler}, nil
		}
	}
	return nil, refuse("GATEHOUSE_RUNTIME_CLIENT is official, and there is no aws-lambda-ric in the code: npm install aws-lambda-ric")
}

// managedEnvironment are the variables of A5 that only the runtime knows. What the function sets itself of those that are not
// reserved stays.
func managedEnvironment(id Identifier, spec Spec) []string {
	env := []string{"AWS_EXECUTION_ENV=AWS_Lambda_" + id.Name, "LAMBDA_RUNTIME_DIR=" + filepath.Join(spec.RuntimeDir, folderOf(id))}
	if _, own := spec.Environment["NODE_PATH"]; id.Family == familyNode && !own {
		env = append(env, "NODE_PATH="+filepath.Join(spec.Code, "node_modules")+":"+spec.Code)
	}
	return env
}

func folderOf(id Identifier) string {
	if id.Family == familyNode {
		return filepath.Dir(nodeMain)
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
	if inTask, ok := strings.CutPrefix(wrapper, "/var/task/"); ok {
		wrapper = filepath.Join(spec.Code, inTask)
	}
	return append([]string{"/bin/sh", "-c", `exec "$0" "$@"`, wrapper}, args...)
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return !errors.Is(err, fs.ErrNotExist)
}
