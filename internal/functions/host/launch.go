package host

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/gatehouse-gateway/gatehouse/internal/functions"
	"github.com/gatehouse-gateway/gatehouse/internal/functions/runtimes"
	"github.com/gatehouse-gateway/gatehouse/internal/functions/web"
)

// find says how a function is started.
func (h *Host) find(f *functions.Function) (launch, error) {
	spec, l, err := h.placing(f)
	var wrong *runtimes.Error
	switch {
	case errors.As(err, &wrong):
		return launch{}, &FunctionError{wrong.Type, wrong.Message}
	case err != nil:
		return launch{}, err
	}
	found := launch{args: l.Args, engine: l.Engine, environment: l.Environment, read: l.Read, note: l.Note, spec: spec}
	if l.OwnAdapter {
		found.ownPort = func() ([]string, error) { return web.OwnPort(f.Environment) }
	}
	if found.extensions, err = extensionsOf(f); err != nil {
		return launch{}, err
	}
	if l.Web != nil {
		found.adapter = prepareWeb(f, l.Web, h.options.Limits.FunctionStream)
	}
	return found, nil
}

// reservedVariables are what a function's own environment cannot have. Spec: functions A5.
var reservedVariables = []string{
	"_HANDLER", "_X_AMZN_TRACE_ID", "AWS_DEFAULT_REGION", "AWS_REGION", "AWS_EXECUTION_ENV", "AWS_LAMBDA_FUNCTION_NAME",
	"AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "AWS_LAMBDA_FUNCTION_VERSION", "AWS_LAMBDA_INITIALIZATION_TYPE", "AWS_LAMBDA_LOG_GROUP_NAME",
	"AWS_LAMBDA_LOG_STREAM_NAME", "AWS_ACCESS_KEY", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN",
	"AWS_LAMBDA_RUNTIME_API", "LAMBDA_TASK_ROOT", "LAMBDA_RUNTIME_DIR",
}

// Reserved are the variables of an environment that the platform sets, and a function cannot, sorted.
func Reserved(environment map[string]string) []string {
	var reserved []string
	for name := range environment {
		if slices.Contains(reservedVariables, name) {
			reserved = append(reserved, name)
		}
	}
	slices.Sort(reserved)
	return reserved
}

// Check says what is wrong with a function that can be said without starting it.
func (h *Host) Check(f *functions.Function) error {
	if names := Reserved(f.Environment); len(names) > 0 {
		return fmt.Errorf("environment: %s is set by the platform", strings.Join(names, ", "))
	}
	if _, err := functions.NoNetwork(f.Environment); err != nil {
		return fmt.Errorf("environment: %w", err)
	}
	_, err := runtimes.Find(runtimes.Spec{Runtime: f.Runtime, Handler: f.Handler, Code: f.Code, Opt: f.Opt, Environment: f.Environment, JavaClient: h.options.JavaClient})
	return err
}
