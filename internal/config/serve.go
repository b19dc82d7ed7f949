package config

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Serve is the configuration of `gatehouse serve`.
type Serve struct {
	DataDir     string
	ControlAddr string
	GatewayAddr string
	Account     string // 12 digits
	Region      string

	InsecureAnyCredentials bool
	Ephemeral              bool
	Grace                  time.Duration // for requests in flight at the end

	LogFormat string // text or json
	LogLevel  string // debug, info, warn or error

	LimitsProfile string           // aws, laptop or operator
	Limits        map[string]int64 // of the profile operator: limits by name

	FunctionURLBase   string          // with {id} and {region}; "": at the listener of the APIs
	AsyncRetryDelays  []time.Duration // before the second attempt of an event, and before those after it
	FunctionIsolation string          // auto, process or none
	FunctionNetwork   string          // host or none

	ControlTLS TLS
	GatewayTLS TLS

	FunctionCredentials string // a file; "": functions get none
	JavaRuntimeClient   string // a folder; "": functions of Java bring their runtime client

	AWSEndpoints   map[string]string // of AWS services, by their names: addresses, or aws
	AWSCredentials string            // a file; "": no endpoint can be configured
}

// FunctionNetworkNone is the value of FunctionNetwork with which functions have no network.
const FunctionNetworkNone = "none"

// TLS names the files of a certificate and its key, in PEM form. Both are empty for plain connections.
type TLS struct{ Cert, Key string }

// On reports whether there is a certificate.
func (t TLS) On() bool { return t.Cert != "" }

// SharedAddr reports whether one listener serves management and APIs. Port 0 is another one each time.
func (s *Serve) SharedAddr() bool {
	return s.ControlAddr == s.GatewayAddr && !strings.HasSuffix(s.ControlAddr, ":0")
}

// Option is one setting of Serve: Name in the file, --Name as a flag, Env() in the environment.
type Option struct {
	Name    string
	Default string
	Help    string
	// Live options change with SIGHUP; others need a restart.
	Live bool
	set  func(*Serve, string) error
	get  func(*Serve) string
}

// Env is the option's name in the environment.
func (o Option) Env() string {
	return "GATEHOUSE_" + strings.ToUpper(strings.ReplaceAll(o.Name, "-", "_"))
}

// Options lists every option of `gatehouse serve`, in the order of the documentation.
func Options() []Option {
	return []Option{
		text("data-dir", "./gatehouse-data", "Folder of the state; made when it does not exist.", func(s *Serve) *string { return &s.DataDir }),
		text("control-addr", "127.0.0.1:4283", "Address of the management calls.", func(s *Serve) *string { return &s.ControlAddr }),
		text("gateway-addr", ":8080", "Address of the APIs; the same as control-addr serves both at one.", func(s *Serve) *string { return &s.GatewayAddr }),
		text("account", "000000000000", "Account of the root key that the first start makes, 12 digits.", func(s *Serve) *string { return &s.Account }),
		text("region", "us-east-1", "Region of what has no other.", func(s *Serve) *string { return &s.Region }),
		flag("insecure-any-credentials", "Accept management calls with any signature or none; on loopback addresses only.", func(s *Serve) *bool { return &s.InsecureAnyCredentials }),
		flag("ephemeral", "Keep the state in memory: data-dir is not used, and everything is gone at the end.", func(s *Serve) *bool { return &s.Ephemeral }),
		{Name: "grace", Default: "20s", Help: "How long requests in flight may go on at the end.",
			set: func(s *Serve, v string) (err error) { s.Grace, err = duration(v); return err },
			get: func(s *Serve) string { return s.Grace.String() }},
		oneOf("log-format", "text", "Form of the log: text or json.", func(s *Serve) *string { return &s.LogFormat }, "text", "json"),
		live(oneOf("log-level", "info", "Least level of the log: debug, info, warn or error.", func(s *Serve) *string { return &s.LogLevel }, "debug", "info", "warn", "error")),
		oneOf("limits-profile", "aws", "Limits: aws (those of the service), laptop, or operator (aws, changed by limit).", func(s *Serve) *string { return &s.LimitsProfile }, "aws", "laptop", "operator"),
		{Name: "limit", Help: "Limits of the profile operator, as NAME=VALUE,….",
			set: func(s *Serve, v string) (err error) { s.Limits, err = numbers(v); return err },
			get: func(s *Serve) string { return numbersText(s.Limits) }},
		text("function-credentials", "", "File with the access key that functions sign calls of AWS services with, in the form of an AWS credentials file.", func(s *Serve) *string { return &s.FunctionCredentials }),
		{Name: "aws-endpoints", Help: "Where calls of AWS services go, as SERVICE=ADDRESS,…; the address aws is Amazon's own. Services: events, lambda, s3, sns, sqs.",
			set: func(s *Serve, v string) (err error) { s.AWSEndpoints, err = texts(v); return err },
			get: func(s *Serve) string { return textsText(s.AWSEndpoints) }},
		text("aws-credentials", "", "File with the access key that calls to aws-endpoints are signed with, in the form of an AWS credentials file.", func(s *Serve) *string { return &s.AWSCredentials }),
		text("function-url-base", "", "Form of the addresses of function URLs, such as https://{id}.lambda-url.{region}.example.com/; without it they are {id}.lambda-url.{region}.localhost at the port of gateway-addr.", func(s *Serve) *string { return &s.FunctionURLBase }),
		{Name: "async-retry-delays", Default: "1m,2m", Help: "Pauses before the further attempts of events that functions failed, as TIME,….",
			set: func(s *Serve, v string) (err error) { s.AsyncRetryDelays, err = durations(v); return err },
			get: func(s *Serve) string { return durationsText(s.AsyncRetryDelays) }},
		oneOf("function-isolation", "auto", "How much the machine is closed to functions: auto (all that it can), process (not its files), none.", func(s *Serve) *string { return &s.FunctionIsolation }, "auto", "process", "none"),
		text("java-runtime-client", "", "Folder with the jars of Amazon's public runtime client of Java; without it functions of Java have to bring them.", func(s *Serve) *string { return &s.JavaRuntimeClient }),
		oneOf("function-network", "host", "The network of functions: host (that of the machine) or none (nothing but loopback of their own).", func(s *Serve) *string { return &s.FunctionNetwork }, "host", FunctionNetworkNone),
		live(text("control-tls-cert", "", "Certificate of control-addr, a PEM file with the chain; needs control-tls-key.", func(s *Serve) *string { return &s.ControlTLS.Cert })),
		live(text("control-tls-key", "", "Key of control-tls-cert, a PEM file.", func(s *Serve) *string { return &s.ControlTLS.Key })),
		live(text("gateway-tls-cert", "", "Certificate of gateway-addr, a PEM file with the chain; needs gateway-tls-key.", func(s *Serve) *string { return &s.GatewayTLS.Cert })),
		live(text("gateway-tls-key", "", "Key of gateway-tls-cert, a PEM file.", func(s *Serve) *string { return &s.GatewayTLS.Key })),
	}
}

func text(name, def, help string, field func(*Serve) *string) Option {
	return Option{Name: name, Default: def, Help: help,
		set: func(s *Serve, v string) error { *field(s) = v; return nil },
		get: func(s *Serve) string { return *field(s) }}
}

func oneOf(name, def, help string, field func(*Serve) *string, values ...string) Option {
	o := text(name, def, help, field)
	o.set = func(s *Serve, v string) error {
		for _, known := range values {
			if v == known {
				*field(s) = v
				return nil
			}
		}
		return fmt.Errorf("%q: must be one of %s", v, strings.Join(values, ", "))
	}
	return o
}

func flag(name, help string, field func(*Serve) *bool) Option {
	return Option{Name: name, Default: "false", Help: help,
		set: func(s *Serve, v string) (err error) {
			if *field(s), err = strconv.ParseBool(v); err != nil {
				return fmt.Errorf("%q: must be true or false", v)
			}
			return nil
		},
		get: func(s *Serve) string { return strconv.FormatBool(*field(s)) }}
}

func live(o Option) Option { o.Live = true; return o }

// maxGrace bounds the grace time: init systems do not wait longer.
const maxGrace = time.Hour

func duration(v string) (time.Duration, error) {
	d, err := time.ParseDuration(v)
	if err != nil || d < 0 || d > maxGrace {
		return 0, fmt.Errorf("%q: must be a time between 0s and %v, such as 20s", v, maxGrace)
	}
	return d, nil
}

// Bounds of async-retry-delays.
const (
	maxDelays = 10
	maxDelay  = 6 * time.Hour // no event becomes older
)

func durations(v string) ([]time.Duration, error) {
	parts := strings.Split(v, ",")
	if len(parts) > maxDelays {
		return nil, fmt.Errorf("%q: must be %d times at most", v, maxDelays)
	}
	all := make([]time.Duration, len(parts))
	for i, part := range parts {
		d, err := time.ParseDuration(strings.TrimSpace(part))
		if err != nil || d < 0 || d > maxDelay {
			return nil, fmt.Errorf("%q: must be times between 0s and %v with commas between them, such as 1m,2m", v, maxDelay)
		}
		all[i] = d
	}
	return all, nil
}

func durationsText(all []time.Duration) string {
	texts := make([]string, len(all))
	for i, d := range all {
		texts[i] = d.String()
	}
	return strings.Join(texts, ",")
}

var (
	accountPattern = regexp.MustCompile(`^[0-9]{12}$`)
	regionPattern  = regexp.MustCompile(`^[a-z]{2,}(-[a-z0-9]+)+$`)
)

// check says what cannot be, by the name of the option.
func (s *Serve) check() error {
	switch {
	case s.DataDir == "":
		return errors.New("data-dir is empty")
	case !accountPattern.MatchString(s.Account):
		return fmt.Errorf("account %q: must have 12 digits", s.Account)
	case !regionPattern.MatchString(s.Region):
		return fmt.Errorf("region %q: must be a name such as us-east-1", s.Region)
	case len(s.Limits) > 0 && s.LimitsProfile != "operator":
		return fmt.Errorf("limit needs limits-profile operator, not %s", s.LimitsProfile)
	case s.SharedAddr() && s.ControlTLS != s.GatewayTLS:
		return errors.New("control-addr and gateway-addr are the same: their certificates must be the same, too")
	}
	if err := checkURLBase(s.FunctionURLBase); err != nil {
		return err
	}
	for _, a := range []struct{ name, addr string }{{"control-addr", s.ControlAddr}, {"gateway-addr", s.GatewayAddr}} {
		if _, _, err := net.SplitHostPort(a.addr); err != nil {
			return fmt.Errorf("%s %q: must be HOST:PORT or :PORT", a.name, a.addr)
		}
	}
	for name, t := range map[string]TLS{"control-tls": s.ControlTLS, "gateway-tls": s.GatewayTLS} {
		if (t.Cert == "") != (t.Key == "") {
			return fmt.Errorf("%s-cert and %s-key belong together: set both or none", name, name)
		}
	}
	if s.InsecureAnyCredentials && !loopback(s.ControlAddr) {
		return fmt.Errorf("insecure-any-credentials is for loopback addresses only, and control-addr is %s: use 127.0.0.1, or access keys", s.ControlAddr)
	}
	return nil
}

// loopback reports whether an address is reached from this machine only.
// checkURLBase checks that addresses of function URLs lead to them: by the host name, or by the path.
func checkURLBase(base string) error {
	if base == "" {
		return nil
	}
	u, err := url.Parse(strings.NewReplacer("{id}", "id", "{region}", "region").Replace(base))
	if err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.RawQuery == "" && u.Fragment == "" &&
		(strings.HasPrefix(u.Host, "id.lambda-url.") && u.Path == "/" || u.Host != "" && u.Path == "/functionurls/id/_user_request_/") {
		return nil
	}
	return fmt.Errorf("function-url-base %q: must be like https://{id}.lambda-url.{region}.example.com/ or https://example.com/functionurls/{id}/_user_request_/", base)
}

func loopback(addr string) bool {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return false
	}
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// clean makes paths independent of the working folder.
func (s *Serve) clean() error {
	for _, path := range []*string{&s.DataDir, &s.AWSCredentials, &s.ControlTLS.Cert, &s.ControlTLS.Key, &s.GatewayTLS.Cert, &s.GatewayTLS.Key} {
		if *path == "" {
			continue
		}
		abs, err := filepath.Abs(*path)
		if err != nil {
			return err
		}
		*path = abs
	}
	return nil
}
