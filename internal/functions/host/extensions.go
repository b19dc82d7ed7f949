package host

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gatehouse-gateway/gatehouse/internal/functions"
	"github.com/gatehouse-gateway/gatehouse/internal/functions/process"
	"github.com/gatehouse-gateway/gatehouse/internal/functions/runtimeapi"
)

// extensionsDir is the folder of the layers in which external extensions are.
const extensionsDir = "extensions"

// extensionsOf names the external extensions of a function: all files of a folder in its layers. Spec: functions A3.
func extensionsOf(f *functions.Function) (names []string, err error) {
	if f.Opt == "" {
		return nil, nil
	}
	entries, err := os.ReadDir(filepath.Join(f.Opt, extensionsDir))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("extensions: %w", err)
	}
	for _, entry := range entries {
		if info, err := os.Stat(filepath.Join(f.Opt, extensionsDir, entry.Name())); err == nil && !info.IsDir() {
			names = append(names, entry.Name())
		}
	}
	if len(names) > runtimeapi.MaxExtensions {
		return nil, &FunctionError{"Extension.TooManyExtensions", fmt.Sprintf("Extension limit (%d) reached", runtimeapi.MaxExtensions)}
	}
	return names, nil
}

// startExtensions starts the processes of external extensions, with variables of the runtime.
func (e *environment) startExtensions(generation uint64, variables []string) (startResult, bool) {
	e.server.Expect(e.launch.extensions)
	for _, name := range e.launch.extensions {
		p, r, ok := e.run(process.Command{Args: []string{e.launch.optPath(extensionsDir, name)}, Environment: e.extensionVariables(variables)}, typeExtensionLaunch)
		if !ok {
			return r, false
		}
		if !e.enlist(p, func(c *crew) { c.extensions = append(c.extensions, member{name, p}) }) {
			return startResult{err: functions.ErrClosed}, false
		}
		go func() {
			<-p.Exited()
			e.broke(generation, extensionCrashed(p.Exit()))
		}()
	}
	return startResult{}, true
}

// notForExtensions are what external extensions do not get. Spec: functions A3.
var notForExtensions = []string{
	"_HANDLER", "AWS_EXECUTION_ENV", "AWS_LAMBDA_LOG_GROUP_NAME", "AWS_LAMBDA_LOG_STREAM_NAME", "LAMBDA_TASK_ROOT", "LAMBDA_RUNTIME_DIR",
	"AWS_XRAY_CONTEXT_MISSING", "AWS_XRAY_DAEMON_ADDRESS", "_AWS_XRAY_DAEMON_ADDRESS", "_AWS_XRAY_DAEMON_PORT",
}

// extensionVariables is what the process of an external extension finds in its environment.
func (e *environment) extensionVariables(runtime []string) []string {
	return slices.DeleteFunc(e.variables(runtime), func(variable string) bool {
		name, _, _ := strings.Cut(variable, "=")
		return slices.Contains(notForExtensions, name)
	})
}

// noteExtensions writes into the log which extensions there are, as the service does.
func (e *environment) noteExtensions() {
	for _, x := range e.server.Extensions() {
		var events []string
		if x.Invoke {
			events = append(events, "INVOKE")
		}
		if x.Shutdown {
			events = append(events, "SHUTDOWN")
		}
		e.log.Extension(x.Name, events, e.now())
	}
}

// ExtensionFailed implements runtimeapi.Observer: an extension said that it cannot go on.
func (e *environment) ExtensionFailed(generation uint64, f runtimeapi.ExtensionFailure) {
	go e.broke(generation, &FunctionError{f.Kind, "extension " + f.Name + ": " + f.Reason}) // ending it waits for whoever calls us
}
