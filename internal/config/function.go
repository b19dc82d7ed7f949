package config

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
)

// Function is a Lambda function that gatehouse dev runs. Spec: functions B2, D2.
type Function struct {
	Name string `yaml:"name"`
	// Runtime is an identifier of the service, such as nodejs22.x, or web.
	Runtime string `yaml:"runtime"`
	Handler string `yaml:"handler"`
	// Path is the folder of its code, relative to the file.
	Path string `yaml:"path"`
	// Layers are what /opt holds: folders and zip files, relative to the file, each over those before it.
	Layers []string `yaml:"layers"`
	// Build makes the code: a program and its arguments, run in Path before the function is used and when its files change.
	Build       []string          `yaml:"build"`
	Environment map[string]string `yaml:"environment"`
	// Remote is where the function lives that does not run here: the ARN of a function, or an address.
	Remote  string       `yaml:"remote"`
	Timeout int          `yaml:"timeout"` // seconds; 0 is DefaultTimeout
	Memory  int          `yaml:"memory"`  // MB; 0 is DefaultMemory
	URL     *FunctionURL `yaml:"url"`     // nil: it has none
}

// What a function has that does not say.
const (
	DefaultTimeout = 3   // seconds
	DefaultMemory  = 128 // MB
)

// maxLayers is how many layers a function may have. Spec: functions D2.
const maxLayers = 5

var (
	functionName    = regexp.MustCompile(`^[a-zA-Z0-9_-]{1,64}$`)
	environmentName = regexp.MustCompile(`^[a-zA-Z][a-zA-Z0-9_]+$`)
)

// CheckFunctionName says what is wrong with the name of a function. Spec: functions B1.
func CheckFunctionName(name string) error {
	if !functionName.MatchString(name) {
		return fmt.Errorf("function name %q: only letters, digits, _ and -, at most 64", name)
	}
	return nil
}

// remoteVariable says in the environment of a function where it lives.
const remoteVariable = "GATEHOUSE_REMOTE"

// Variables are the environment variables of the function as it runs.
func (f *Function) Variables() map[string]string {
	if f.Remote == "" {
		return f.Environment
	}
	all := maps.Clone(f.Environment)
	if all == nil {
		all = make(map[string]string, 1)
	}
	all[remoteVariable] = f.Remote
	return all
}

func (d *Dev) checkFunctions() error {
	seen := make(map[string]bool)
	for i := range d.Functions {
		f := &d.Functions[i]
		if err := f.check(); err != nil {
			return fmt.Errorf("functions[%d]: %w", i, err)
		}
		if seen[f.Name] {
			return fmt.Errorf("functions[%d]: the name %q is taken", i, f.Name)
		}
		seen[f.Name] = true
		f.defaults()
	}
	return nil
}

func (f *Function) defaults() {
	if f.Timeout == 0 {
		f.Timeout = DefaultTimeout
	}
	if f.Memory == 0 {
		f.Memory = DefaultMemory
	}
}

func (f *Function) check() error {
	if err := CheckFunctionName(f.Name); err != nil {
		return err
	}
	if err := f.checkCode(); err != nil {
		return err
	}
	switch {
	case f.Timeout < 0 || f.Timeout > 900:
		return fmt.Errorf("%s: timeout %d: must be 1 to 900 seconds", f.Name, f.Timeout)
	case f.Memory < 0 || f.Memory > 0 && f.Memory < 128 || f.Memory > 10240:
		return fmt.Errorf("%s: memory %d: must be 128 to 10240 MB", f.Name, f.Memory)
	}
	if err := f.URL.check(); err != nil {
		return fmt.Errorf("%s: url: %w", f.Name, err)
	}
	for name := range f.Environment {
		if !environmentName.MatchString(name) {
			return fmt.Errorf("%s: environment variable %q: a letter, then letters, digits and _, at least 2 characters", f.Name, name)
		}
	}
	return nil
}

// checkCode says what is wrong with where the code is.
func (f *Function) checkCode() error {
	switch {
	case f.Remote != "" && (f.Runtime != "" || f.Path != "" || f.Handler != "" || len(f.Build) > 0 || len(f.Layers) > 0):
		return fmt.Errorf("%s: a remote function has no runtime, handler, path, build and layers here", f.Name)
	case f.Remote != "" && f.Environment[remoteVariable] != "":
		return fmt.Errorf("%s: remote and the environment variable %s say the same", f.Name, remoteVariable)
	case f.Remote != "":
	case f.Runtime == "":
		return fmt.Errorf("%s: runtime is missing", f.Name)
	case f.Path == "":
		return fmt.Errorf("%s: path is missing: the folder of the function's code", f.Name)
	case len(f.Layers) > maxLayers:
		return fmt.Errorf("%s: %d layers: at most %d", f.Name, len(f.Layers), maxLayers)
	case slices.Contains(f.Layers, ""):
		return fmt.Errorf("%s: a layer names no folder or zip file", f.Name)
	case len(f.Build) > 0 && f.Build[0] == "":
		return fmt.Errorf("%s: build names no program", f.Name)
	}
	return nil
}
