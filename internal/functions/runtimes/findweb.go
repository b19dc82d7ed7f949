package runtimes

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/gatehouse-gateway/gatehouse/internal/functions/web"
)

// adapterWrapper is the wrapper script of the Lambda Web Adapter's layer, whose work is ours here.
const adapterWrapper = "/opt/bootstrap"

// findWeb is for web functions: the handler is a file of the code or the command that starts the server. Spec: functions A8.
func findWeb(spec Spec) (Launch, error) {
	var launch Launch
	if !spec.bringsAdapter() { // else Amazon's reads the variables
		server, err := web.Parse(spec.Environment)
		if err != nil {
			return Launch{}, refuse("%s", err)
		}
		launch.Web = server
	}
	family := ""
	if spec.Runtime != webRuntime {
		id, err := identify(spec.Runtime)
		if err != nil {
			return Launch{}, err
		}
		if family = id.Family; family != familyProvided {
			launch.Environment = managedEnvironment(id, engine{}, spec)
		}
	}
	if wrapper := spec.Environment["AWS_LAMBDA_EXEC_WRAPPER"]; wrapper != "" && wrapper != adapterWrapper {
		return Launch{}, refuse("AWS_LAMBDA_EXEC_WRAPPER of a web function can be %s only, and not %q", adapterWrapper, wrapper)
	}
	if family == familyProvided {
		program, err := bootstrapOf(spec)
		launch.Args = []string{program}
		return launch, err
	}
	args, engine, err := webArgs(spec)
	launch.Args, launch.Engine = args, engine
	return launch, err
}

// webArgs is the command of a server, and the engine that it uses if it is a file of the code.
func webArgs(spec Spec) (args []string, engine string, err error) {
	file := filepath.Join(spec.Code, spec.Handler)
	info, err := os.Stat(file)
	switch {
	case spec.Handler == "":
		return nil, "", refuse("a web function's handler is the command that starts its server, or a file of its code, and there is none")
	case err == nil && info.Mode().IsRegular():
		return fileArgs(spec.task(spec.Handler), info, spec)
	case strings.ContainsAny(spec.Handler, " \t"):
		return []string{"/bin/sh", "-c", spec.Handler}, "", nil
	}
	program, err := exec.LookPath(spec.Handler)
	if err != nil || !filepath.IsAbs(program) {
		return nil, "", refuse("the handler %q of a web function is neither a file of its code nor a command that is found", spec.Handler)
	}
	return []string{program}, "", nil
}

// fileArgs start a file of the code: itself if it can be executed, else by what its name says it is.
func fileArgs(file string, info os.FileInfo, spec Spec) (args []string, engine string, err error) {
	if info.Mode()&0o111 != 0 {
		return []string{file}, "", nil
	}
	interpreters := map[string]string{".js": familyNode, ".mjs": familyNode, ".cjs": familyNode, ".py": familyPython}
	family, ok := interpreters[filepath.Ext(file)]
	if !ok {
		return nil, "", refuse("the handler %q of a web function is not executable: chmod +x it", spec.Handler)
	}
	id, known := lookUp(spec.Runtime)
	if !known || id.Family != family {
		id = Identifier{Name: webRuntime, Family: family}
	}
	e, err := findEngine(id, spec.Engines)
	if err != nil {
		return nil, "", refuse("%s", err)
	}
	return []string{e.path, file}, e.path, nil
}
