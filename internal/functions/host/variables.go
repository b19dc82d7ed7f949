package host

import (
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/gatehouse-gateway/gatehouse/internal/functions"
)

// variables is what the process of a function finds in its environment. From low to high: what the function may replace, its
// own, those of the runtime, credentials, what the platform reserves. Spec: functions A5. Departures: where /var/task and /opt are
// not the function's, the paths are those of this machine, as that of the runtime always is; and PATH is the host's, for that is
// where interpreters are.
func (e *environment) variables(runtime []string) []string {
	f, l := e.pool.function, e.launch
	set := map[string]string{
		"PATH":                     os.Getenv("PATH"),
		"LANG":                     "en_US.UTF-8",
		"TZ":                       ":UTC",
		"LD_LIBRARY_PATH":          l.taskPath() + ":" + l.taskPath("lib"),
		"LAMBDA_RUNTIME_DIR":       e.pool.host.runtimeDir(),
		"AWS_XRAY_CONTEXT_MISSING": "LOG_ERROR",
		"AWS_XRAY_DAEMON_ADDRESS":  "127.0.0.1:2000",
		"_AWS_XRAY_DAEMON_ADDRESS": "127.0.0.1",
		"_AWS_XRAY_DAEMON_PORT":    "2000",
	}
	if bin := l.optPath("bin"); bin != "" {
		set["PATH"] += ":" + bin
		set["LD_LIBRARY_PATH"] += ":" + l.optPath("lib")
	}
	maps.Copy(set, l.spec.Environment)
	for _, variable := range runtime {
		name, value, _ := strings.Cut(variable, "=")
		set[name] = value
	}
	if provide := e.pool.host.options.Credentials; provide != nil {
		c := provide(f)
		set["AWS_ACCESS_KEY_ID"], set["AWS_SECRET_ACCESS_KEY"] = c.AccessKeyID, c.SecretAccessKey
		delete(set, "AWS_SESSION_TOKEN")
		if c.SessionToken != "" {
			set["AWS_SESSION_TOKEN"] = c.SessionToken
		}
	}
	e.reserve(set)
	list := make([]string, 0, len(set))
	for _, name := range slices.Sorted(maps.Keys(set)) {
		list = append(list, name+"="+set[name])
	}
	return list
}

// reserve sets what a function cannot.
func (e *environment) reserve(set map[string]string) {
	f := e.pool.function
	initialization := f.Initialization
	if initialization == "" {
		initialization = "on-demand"
	}
	for name, value := range map[string]string{
		"_HANDLER":                        f.Handler,
		"AWS_REGION":                      f.Ref.Region,
		"AWS_DEFAULT_REGION":              f.Ref.Region,
		"AWS_LAMBDA_FUNCTION_NAME":        f.Ref.Name,
		"AWS_LAMBDA_FUNCTION_MEMORY_SIZE": strconv.Itoa(f.MemorySize),
		"AWS_LAMBDA_FUNCTION_VERSION":     f.Version,
		"AWS_LAMBDA_INITIALIZATION_TYPE":  initialization,
		"AWS_LAMBDA_LOG_GROUP_NAME":       logGroup(f),
		"AWS_LAMBDA_LOG_STREAM_NAME":      e.stream,
		"LAMBDA_TASK_ROOT":                e.launch.taskPath(),
		"TMPDIR":                          e.temp,
	} {
		set[name] = value
	}
	if f.JSONLogs {
		set["AWS_LAMBDA_LOG_FORMAT"], set["AWS_LAMBDA_LOG_LEVEL"] = "JSON", "INFO"
	}
	delete(set, "AWS_LAMBDA_RUNTIME_API")
	if e.server != nil {
		set["AWS_LAMBDA_RUNTIME_API"] = e.server.Addr()
	}
}

// logGroup is the name of a function's log.
func logGroup(f *functions.Function) string { return "/aws/lambda/" + f.Ref.Name }
