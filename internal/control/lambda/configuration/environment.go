package configuration

import (
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/gatehouse-gateway/gatehouse/awsproto"
	"github.com/gatehouse-gateway/gatehouse/internal/control/lambda/wire"
)

// maxEnvironment is the greatest environment as JSON, in bytes. Recorded.
const maxEnvironment = 4096

const variableName = `[a-zA-Z]([a-zA-Z0-9_])+`

var variable = regexp.MustCompile(`^` + variableName + `$`)

// reserved are the variables that the platform sets. Spec: functions A5.
var reserved = []string{
	"AWS_ACCESS_KEY", "AWS_ACCESS_KEY_ID", "AWS_DEFAULT_REGION", "AWS_EXECUTION_ENV", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "AWS_LAMBDA_FUNCTION_NAME",
	"AWS_LAMBDA_FUNCTION_VERSION", "AWS_LAMBDA_INITIALIZATION_TYPE", "AWS_LAMBDA_LOG_GROUP_NAME", "AWS_LAMBDA_LOG_STREAM_NAME", "AWS_LAMBDA_RUNTIME_API",
	"AWS_REGION", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "LAMBDA_RUNTIME_DIR", "LAMBDA_TASK_ROOT",
}

// checkEnvironment refuses variables that cannot be. The values are secrets: the one message that shows them is the service's own,
// and goes to whoever sent them.
func checkEnvironment(variables map[string]string) error {
	var taken []string
	for _, name := range slices.Sorted(maps.Keys(variables)) {
		if !variable.MatchString(name) {
			return awsproto.NewError(400, "ValidationException", "1 validation error detected: Value at 'environment.variables' failed to satisfy constraint: "+
				"Map keys must satisfy constraint: [Member must satisfy regular expression pattern: "+variableName+"]")
		}
		if slices.Contains(reserved, name) {
			taken = append(taken, name)
		}
	}
	if len(taken) > 0 {
		return wire.Invalid("Lambda was unable to configure your environment variables because the environment variables you have provided contains reserved keys "+
			"that are currently not supported for modification. Reserved keys used in this request: %s", strings.Join(taken, ", "))
	}
	text := environmentJSON(variables)
	if len(text) > maxEnvironment {
		return wire.Invalid("Lambda was unable to configure your environment variables because the environment variables you have provided exceeded the 4KB limit. String measured: %s", text)
	}
	return nil
}

// environmentJSON is the text that is measured.
func environmentJSON(variables map[string]string) string {
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if enc.Encode(variables) != nil {
		return "" // texts can always be written
	}
	return strings.TrimSuffix(b.String(), "\n")
}
