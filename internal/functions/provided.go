package functions

import (
	"os"
	"path/filepath"
)

// find says how a function is started.
func (h *Host) find(f *Function) (launch, error) {
	switch f.Runtime {
	case "provided", "provided.al2", "provided.al2023":
		return findBootstrap(f)
	}
	return launch{}, &FunctionError{typeEntrypoint, "The runtime " + f.Runtime + " is not supported"}
}

// findBootstrap finds the program of an OS-only runtime. Spec: functions A6.
func findBootstrap(f *Function) (launch, error) {
	file := filepath.Join(f.Code, "bootstrap")
	if info, err := os.Stat(file); err != nil || !info.Mode().IsRegular() || info.Mode()&0o111 == 0 {
		return launch{}, &FunctionError{typeEntrypoint, "Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]"}
	}
	return launch{args: []string{file}}, nil
}
