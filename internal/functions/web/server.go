package web

import (
	"fmt"
	"maps"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// prefix begins the variables of web functions.
const prefix = "AWS_LWA_"

// Server is what a function says about its HTTP server. It does not change.
type Server struct {
	host          string // an address
	checkPath     string
	checkTCP      bool
	healthy       statusSet
	asyncInit     bool
	basePath      string
	compression   bool
	streaming     bool
	passThrough   string
	authorization string // the name of a header; "": none
	failing       statusSet
	readyWithin   time.Duration // 0: the platform's time for initialisation is the bound
	idleTime      time.Duration // of a connection to the server; 0: each serves one event
}

// Configured reports whether environment has a variable that makes a function of any runtime a web function.
func Configured(environment map[string]string) bool {
	for name := range environment {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}

// Parse reads the variables of a web function.
func Parse(environment map[string]string) (*Server, error) {
	p := newParser(environment)
	port := p.port("PORT", "8080")
	if check := p.port("READINESS_CHECK_PORT", port); check != port {
		p.refuse("AWS_LWA_READINESS_CHECK_PORT is %s and AWS_LWA_PORT is %s: every process gets a free port of its own, so both must be the same, or left out", check, port)
	}
	s := &Server{
		host:          p.host(),
		checkPath:     p.path("READINESS_CHECK_PATH", "/"),
		checkTCP:      p.choice("READINESS_CHECK_PROTOCOL", "http", "tcp"),
		healthy:       p.healthy(),
		asyncInit:     p.boolean("ASYNC_INIT"),
		basePath:      strings.TrimRight(p.text("REMOVE_BASE_PATH", ""), "/"),
		compression:   p.boolean("ENABLE_COMPRESSION"),
		streaming:     p.choice("INVOKE_MODE", "buffered", "response_stream"),
		passThrough:   p.path("PASS_THROUGH_PATH", "/events"),
		authorization: p.text("AUTHORIZATION_SOURCE", ""),
		failing:       statusSetOf(p.text("ERROR_STATUS_CODES", "")),
		readyWithin:   max(p.seconds("READINESS_CHECK_TIMEOUT_SECONDS", 0, -longest), 0),
		idleTime:      p.seconds("POOL_IDLE_TIMEOUT_SECONDS", idleTime, 0),
	}
	p.refuseUnknown()
	if p.err != nil {
		return nil, p.err
	}
	return s, nil
}

// older are the names without the prefix that the adapter knows from its first versions.
var older = map[string]bool{
	"PORT": true, "HOST": true, "READINESS_CHECK_PORT": true, "READINESS_CHECK_PATH": true, "READINESS_CHECK_PROTOCOL": true,
	"ASYNC_INIT": true, "REMOVE_BASE_PATH": true,
}

// refused are the variables of the adapter, of one version or another, that mean nothing here, with the reason.
var refused = map[string]string{
	"LAMBDA_RUNTIME_API_PROXY":         "the process of a web function has no Runtime API",
	"SNAPSTART_BEFORE_CHECKPOINT_PATH": noSnapStart,
	"SNAPSTART_AFTER_RESTORE_PATH":     noSnapStart,
	"ENABLE_TLS":                       noTLS,
	"TLS_SERVER_NAME":                  noTLS,
	"TLS_CERT_FILE":                    noTLS,
}

const (
	noSnapStart = "there is no SnapStart, so nothing would ever be posted to this path"
	noTLS       = "the server of a web function speaks HTTP without TLS: the adapter has dropped this variable as well"
)

// parser reads variables and keeps the first error.
type parser struct {
	environment map[string]string
	asked       map[string]bool // names without the prefix that mean something
	err         error
}

func newParser(environment map[string]string) *parser {
	return &parser{environment: environment, asked: map[string]bool{}}
}

func (p *parser) refuse(format string, args ...any) {
	if p.err == nil {
		p.err = fmt.Errorf(format, args...)
	}
}

// refuseUnknown refuses the variables that nobody asked for: they would do nothing. It comes last.
func (p *parser) refuseUnknown() {
	for _, variable := range slices.Sorted(maps.Keys(p.environment)) {
		name, ours := strings.CutPrefix(variable, prefix)
		reason, known := refused[name]
		switch {
		case !ours, p.asked[name]:
		case known && p.environment[variable] == "":
		case known:
			p.refuse("%s is not supported: %s", variable, reason)
		default:
			p.refuse("%s is no variable of a web function", variable)
		}
	}
}

func (p *parser) text(name, otherwise string) string {
	p.asked[name] = true
	if v, ok := p.environment[prefix+name]; ok {
		return v
	}
	if v, ok := p.environment[name]; ok && older[name] {
		return v
	}
	return otherwise
}

func (p *parser) port(name, otherwise string) string {
	v := p.text(name, otherwise)
	if n, err := strconv.ParseUint(v, 10, 16); err != nil || n == 0 {
		p.refuse("AWS_LWA_%s is %q: it must be a port, 1 to 65535", name, v)
	}
	return v
}

// host is the address to connect to. The unspecified address means, as for the real adapter, this machine.
func (p *parser) host() string {
	v := p.text("HOST", "127.0.0.1")
	if v == "localhost" {
		return "127.0.0.1"
	}
	ip := net.ParseIP(strings.Trim(v, "[]"))
	switch {
	case ip != nil && ip.IsLoopback():
		return ip.String()
	case ip != nil && ip.IsUnspecified() && ip.To4() != nil:
		return "127.0.0.1"
	case ip != nil && ip.IsUnspecified():
		return "::1"
	}
	p.refuse("AWS_LWA_HOST is %q: the server of a web function runs on this machine, so it must be 127.0.0.1 or another loopback address", v)
	return ""
}

func (p *parser) path(name, otherwise string) string {
	v := p.text(name, otherwise)
	if !strings.HasPrefix(v, "/") {
		v = "/" + v
	}
	if !validTarget(v) {
		p.refuse("AWS_LWA_%s is %q: it must be a path", name, v)
	}
	return v
}

// choice reports whether the second of two values was chosen; both are read in any case.
func (p *parser) choice(name, first, second string) bool {
	switch v := p.text(name, first); {
	case strings.EqualFold(v, first):
		return false
	case strings.EqualFold(v, second):
		return true
	default:
		p.refuse("AWS_LWA_%s is %q: it must be %s or %s", name, v, first, second)
		return false
	}
}

func (p *parser) boolean(name string) bool { return p.choice(name, "false", "true") }

// longest is the most that a variable with a time can say.
const longest = 24 * time.Hour

// seconds is a time from least to longest, in seconds that may have a fraction.
func (p *parser) seconds(name string, otherwise, least time.Duration) time.Duration {
	v := strings.TrimSpace(p.text(name, ""))
	if v == "" {
		return otherwise
	}
	n, err := strconv.ParseFloat(v, 64)
	if err != nil || !(n >= least.Seconds() && n <= longest.Seconds()) { // which NaN is not
		p.refuse("AWS_LWA_%s is %q: it must be a number of seconds, %g to %g", name, v, least.Seconds(), longest.Seconds())
		return otherwise
	}
	return time.Duration(n * float64(time.Second))
}

// healthy are the statuses of a server that is ready. The newer variable wins.
func (p *parser) healthy() statusSet {
	limit := p.text("READINESS_CHECK_MIN_UNHEALTHY_STATUS", "500")
	if list := p.text("READINESS_CHECK_HEALTHY_STATUS", ""); list != "" {
		set := statusSetOf(list)
		if set.empty() {
			p.refuse("AWS_LWA_READINESS_CHECK_HEALTHY_STATUS is %q: it names no status, so no server would ever be ready", list)
		}
		return set
	}
	n, err := strconv.Atoi(limit)
	if err != nil || n <= minStatus || n > maxStatus+1 {
		p.refuse("AWS_LWA_READINESS_CHECK_MIN_UNHEALTHY_STATUS is %q: it must be a status, 101 to 600", limit)
		return statusSet{}
	}
	var set statusSet
	set.add(minStatus, n-1)
	return set
}

// The statuses that a set can hold.
const minStatus, maxStatus = 100, 599

// statusSet is a set of HTTP statuses.
type statusSet [maxStatus - minStatus + 1]bool

// statusSetOf reads a list such as 200-399,404. Items that are neither are skipped, as the real adapter does.
func statusSetOf(list string) (set statusSet) {
	for item := range strings.SplitSeq(list, ",") {
		low, high, ranged := strings.Cut(strings.TrimSpace(item), "-")
		if !ranged {
			high = low
		}
		from, errLow := strconv.Atoi(low)
		to, errHigh := strconv.Atoi(high)
		if errLow == nil && errHigh == nil {
			set.add(from, to)
		}
	}
	return set
}

func (s *statusSet) add(from, to int) {
	for code := max(from, minStatus); code <= min(to, maxStatus); code++ {
		s[code-minStatus] = true
	}
}

func (s *statusSet) has(code int) bool {
	return code >= minStatus && code <= maxStatus && s[code-minStatus]
}

func (s *statusSet) empty() bool { return *s == statusSet{} }

// validTarget reports whether path can stand in a request line.
func validTarget(path string) bool {
	for i := range len(path) {
		if path[i] <= ' ' || path[i] >= 0x7f || path[i] == '#' {
			return false
		}
	}
	_, err := http.NewRequest(http.MethodGet, "http://h"+path, nil) //nolint:noctx // it is only parsed
	return err == nil
}
