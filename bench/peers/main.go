// Command peers measures gateways side by side: CPU time per request as a ratio to nginx in the same run.
package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// hello is what every target answers: 128 bytes of JSON.
const hello = `{"message":"hello from the mock integration","id":1234567890,"items":[1,2,3,4,5,6,7,8],"ok":true,"pad":"xxxxxxxxxxxxxxxxxxxxxx"}`

const document = `openapi: 3.0.1
info: {title: bench, version: "1"}
paths:
  /proxy:
    get:
      x-amazon-apigateway-integration: {type: http_proxy, httpMethod: GET, uri: "http://127.0.0.1:19400/"}
  /mock:
    get:
      responses: {"200": {description: ok}}
      x-amazon-apigateway-integration:
        type: mock
        requestTemplates: {application/json: '{"statusCode": 200}'}
        responses: {default: {statusCode: "200", responseTemplates: {application/json: '` + hello + `'}}}
`

// target is one gateway under load.
type target struct {
	name    string
	command []string
	urls    map[string]string // by scenario
	cmd     *exec.Cmd
	cost    map[string][]float64 // CPU seconds per 100,000 requests
	rate    map[string][]float64 // requests per second
	p99     map[string][]string
}

type options struct {
	dir      string
	rounds   int
	seconds  int
	conns    int
	scenario string
}

func main() {
	var o options
	flag.StringVar(&o.dir, "dir", "", "folder with the gatehouse binary, for scratch files")
	flag.IntVar(&o.rounds, "rounds", 3, "rounds per target")
	flag.IntVar(&o.seconds, "seconds", 5, "measured seconds per round")
	flag.IntVar(&o.conns, "conns", 64, "client connections")
	flag.StringVar(&o.scenario, "scenario", "", "proxy or mock; empty: both")
	flag.Parse()
	if err := run(o); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(o options) error {
	targets, err := prepare(o.dir)
	if err != nil {
		return err
	}
	defer func() {
		for _, t := range targets {
			t.stop()
		}
	}()
	for _, t := range targets {
		if err := t.start(o.dir); err != nil {
			return err
		}
	}
	for _, scenario := range []string{"proxy", "mock"} {
		if o.scenario != "" && o.scenario != scenario {
			continue
		}
		if err := measure(o, scenario, targets[1:]); err != nil {
			return err
		}
		report(o, scenario, targets[1:])
	}
	return nil
}

// prepare writes the configurations; the first target is the back end.
func prepare(dir string) ([]*target, error) {
	nginx := func(name string, port int, location string) error {
		conf := fmt.Sprintf(`daemon off; worker_processes 1; pid %[1]s/%[2]s.pid; error_log stderr warn; worker_rlimit_nofile 19000;
events { worker_connections 9000; }
http { access_log off; keepalive_requests 1000000000; keepalive_timeout 300s; tcp_nodelay on; server_tokens off;
client_body_temp_path %[1]s/tmp-%[2]s; proxy_temp_path %[1]s/tmp-%[2]s; fastcgi_temp_path %[1]s/tmp-%[2]s; uwsgi_temp_path %[1]s/tmp-%[2]s; scgi_temp_path %[1]s/tmp-%[2]s;
upstream up { server 127.0.0.1:19400; keepalive 1024; keepalive_requests 1000000000; keepalive_timeout 300s; }
server { listen 127.0.0.1:%[3]d backlog=4096; default_type application/json; %[4]s } }
`, dir, name, port, location)
		return os.WriteFile(filepath.Join(dir, name+".conf"), []byte(conf), 0o644)
	}
	proxy := `proxy_http_version 1.1; proxy_set_header Connection ''; proxy_set_header Host $host; proxy_set_header X-Forwarded-For $remote_addr; proxy_pass http://up/;`
	err := errors.Join(
		nginx("upstream", 19400, "location / { return 200 '"+hello+"'; }"),
		nginx("nginx", 19401, "location /proxy { "+proxy+" } location /mock { return 200 '"+hello+"'; }"),
		os.WriteFile(filepath.Join(dir, "openapi.yaml"), []byte(document), 0o644))
	gatehouse := func(name, front string, port int) *target {
		base := fmt.Sprintf("http://127.0.0.1:%d/dev", port)
		return newTarget(name, map[string]string{"proxy": base + "/proxy", "mock": base + "/mock"},
			filepath.Join(dir, "gatehouse"), "dev", "--quiet", "--front", front, "--gateway-addr", fmt.Sprintf("127.0.0.1:%d", port), dir)
	}
	return []*target{
		newTarget("upstream", map[string]string{"proxy": "http://127.0.0.1:19400/"}, "nginx", "-c", filepath.Join(dir, "upstream.conf")),
		newTarget("nginx", map[string]string{"proxy": "http://127.0.0.1:19401/proxy", "mock": "http://127.0.0.1:19401/mock"},
			"nginx", "-c", filepath.Join(dir, "nginx.conf")),
		gatehouse("gatehouse", "gatehouse", 19402),
		gatehouse("gatehouse net/http", "standard", 19403),
	}, err
}

func newTarget(name string, urls map[string]string, command ...string) *target {
	return &target{name: name, urls: urls, command: command, cost: map[string][]float64{}, rate: map[string][]float64{}, p99: map[string][]string{}}
}

// start runs the target on CPU 0 and waits until it answers.
func (t *target) start(dir string) error {
	log, err := os.Create(filepath.Join(dir, strings.ReplaceAll(t.name, "/", "-")+".log"))
	if err != nil {
		return err
	}
	defer log.Close()
	t.cmd = exec.Command("taskset", append([]string{"-c", "0"}, t.command...)...)
	t.cmd.Stdout, t.cmd.Stderr = log, log
	t.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := t.cmd.Start(); err != nil {
		return err
	}
	client := http.Client{Timeout: time.Second}
	for range 100 {
		if res, err := client.Get(t.urls["proxy"]); err == nil {
			res.Body.Close()
			if res.StatusCode == 200 {
				t.signal(syscall.SIGSTOP)
				if t.name == "upstream" {
					t.signal(syscall.SIGCONT)
				}
				return nil
			}
		}
		time.Sleep(100 * time.Millisecond)
	}
	text, _ := os.ReadFile(log.Name())
	return fmt.Errorf("%s does not answer:\n%s", t.name, text)
}

func (t *target) signal(s syscall.Signal) { _ = syscall.Kill(-t.cmd.Process.Pid, s) }

func (t *target) stop() {
	if t.cmd == nil || t.cmd.Process == nil {
		return
	}
	t.signal(syscall.SIGCONT)
	t.signal(syscall.SIGTERM)
	_ = t.cmd.Wait()
}

// measure runs the rounds, forwards and backwards in turn.
func measure(o options, scenario string, targets []*target) error {
	for round := range o.rounds {
		order := slices.Clone(targets)
		if round%2 == 1 {
			slices.Reverse(order)
		}
		for _, t := range order {
			t.signal(syscall.SIGCONT)
			err := t.round(o, scenario)
			t.signal(syscall.SIGSTOP)
			if err != nil {
				return err
			}
		}
	}
	return nil
}

func (t *target) round(o options, scenario string) error {
	if _, err := load(o, t.urls[scenario], 1); err != nil {
		return err
	}
	before, err := cpuSeconds(t.cmd.Process.Pid)
	if err != nil {
		return err
	}
	r, err := load(o, t.urls[scenario], o.seconds)
	if err != nil {
		return fmt.Errorf("%s: %w", t.name, err)
	}
	after, err := cpuSeconds(t.cmd.Process.Pid)
	if err != nil {
		return err
	}
	t.cost[scenario] = append(t.cost[scenario], (after-before)/r.requests*1e5)
	t.rate[scenario] = append(t.rate[scenario], r.requests/float64(o.seconds))
	t.p99[scenario] = append(t.p99[scenario], r.p99)
	return nil
}

type result struct {
	requests float64
	p99      string
}

var (
	requestsLine = regexp.MustCompile(`(\d+) requests in`)
	p99Line      = regexp.MustCompile(`(?m)^\s+99%\s+(\S+)`)
)

// load drives a URL with wrk on CPU 0; wrong answers are an error.
func load(o options, url string, seconds int) (result, error) {
	out, err := exec.Command("taskset", "-c", "0", "wrk", "-t1", "-c"+strconv.Itoa(o.conns), fmt.Sprintf("-d%ds", seconds), "--latency", url).CombinedOutput()
	if err != nil {
		return result{}, fmt.Errorf("wrk: %w\n%s", err, out)
	}
	if bytes.Contains(out, []byte("Non-2xx")) || bytes.Contains(out, []byte("Socket errors")) {
		return result{}, fmt.Errorf("wrong answers from %s:\n%s", url, out)
	}
	m, p := requestsLine.FindSubmatch(out), p99Line.FindSubmatch(out)
	if m == nil || p == nil {
		return result{}, fmt.Errorf("wrk printed\n%s", out)
	}
	n, err := strconv.ParseFloat(string(m[1]), 64)
	return result{n, string(p[1])}, err
}

// cpuSeconds is the CPU time of a process and its children so far.
func cpuSeconds(pid int) (float64, error) {
	ticks := 0.0
	todo := []int{pid}
	for len(todo) > 0 {
		p := todo[0]
		todo = todo[1:]
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p))
		if err != nil {
			return 0, err
		}
		fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+2:]))
		for _, f := range fields[11:13] {
			n, err := strconv.ParseFloat(f, 64)
			if err != nil {
				return 0, err
			}
			ticks += n
		}
		children, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", p))
		for _, file := range children {
			text, _ := os.ReadFile(file)
			for _, id := range strings.Fields(string(text)) {
				if n, err := strconv.Atoi(id); err == nil {
					todo = append(todo, n)
				}
			}
		}
	}
	return ticks / 100, nil // the kernel counts hundredths of a second for user space
}

func report(o options, scenario string, targets []*target) {
	base := median(targets[0].cost[scenario])
	fmt.Printf("%s, %d connections, %d rounds of %d s\n", scenario, o.conns, o.rounds, o.seconds)
	fmt.Printf("  %-20s %12s %8s %10s %8s\n", "target", "CPU-s/100k", "x nginx", "req/s", "p99")
	for _, t := range targets {
		cost := median(t.cost[scenario])
		fmt.Printf("  %-20s %12.2f %8.2f %10.0f %8s\n", t.name, cost, cost/base, median(t.rate[scenario]), t.p99[scenario][len(t.p99[scenario])/2])
	}
}

func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[len(sorted)/2]
}
