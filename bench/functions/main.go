// Command functions measures a warm hello world in Node behind gateways, side by side in one run: latency at one connection and
// CPU time of the gateway with its functions, as ratios to serverless-offline; or to an invocation without a gateway.
package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
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

const (
	handler = "exports.handler = async () => ({ statusCode: 200, body: '{\"hello\":\"world\"}' });\n"
	// event answers with what it is invoked with.
	event = "exports.event = async (event) => ({ statusCode: 200, body: JSON.stringify(event) });\n"
	want  = `{"hello":"world"}`
	ready = 60 * time.Second // npm's peer takes its time
)

// target is one gateway with the function behind it.
type target struct {
	name    string
	addr    string
	path    string
	command []string
	env     []string
	cpus    string
	cmd     *exec.Cmd
	p50     []time.Duration
	cpu     []time.Duration // a request
}

type options struct {
	dir, serverless, ric, event string
	cpus                        string // as taskset has them
	direct                      bool
	rounds, seconds             int
}

func main() {
	var o options
	flag.StringVar(&o.dir, "dir", "", "folder with the gatehouse binary, for scratch files")
	flag.StringVar(&o.serverless, "serverless", "", "folder with serverless and serverless-offline in node_modules; empty: it is not measured")
	flag.StringVar(&o.ric, "ric", "", "folder with aws-lambda-ric in node_modules; empty: the official client is not measured")
	flag.BoolVar(&o.direct, "direct", false, "measure what the gateway adds to an invocation without it")
	flag.StringVar(&o.event, "event", "", "file with an event: only invoke the function with it, and print the median (the program runs itself so)")
	flag.StringVar(&o.cpus, "cpus", "0", "cores that everything runs on, load generator included")
	flag.IntVar(&o.rounds, "rounds", 5, "rounds per target")
	flag.IntVar(&o.seconds, "seconds", 5, "measured seconds per round")
	flag.Parse()
	do := run
	if o.event != "" {
		do = runDirect
	}
	if err := do(o); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(o options) error {
	targets, err := prepare(o)
	if err != nil {
		return err
	}
	defer func() {
		for _, t := range targets {
			t.stop()
		}
	}()
	for _, t := range targets {
		t.cpus = o.cpus
		if err := t.start(); err != nil {
			return fmt.Errorf("%s: %w", t.name, err)
		}
	}
	own := targets[slices.IndexFunc(targets, func(t *target) bool { return t.name == ownName })]
	var measured []measurer
	for _, t := range targets {
		measured = append(measured, t)
	}
	var alone *direct
	if o.direct {
		if alone, err = newDirect(o, own); err != nil {
			return err
		}
		measured = append(measured, alone)
	}
	if err := measureAll(measured, o); err != nil {
		return err
	}
	if len(targets) > 1 {
		report(targets)
	}
	if alone != nil {
		alone.report(own)
	}
	return nil
}

// measurer is what is measured in turns.
type measurer interface{ measure(seconds int) error }

// measureAll measures in turns, in the reverse order every second round.
func measureAll(measured []measurer, o options) error {
	for round := range o.rounds {
		order := slices.Clone(measured)
		if round%2 == 1 {
			slices.Reverse(order)
		}
		for _, m := range order {
			if err := m.measure(o.seconds); err != nil {
				return err
			}
		}
	}
	return nil
}

// ownName is the target that what the gateway adds is told of.
const ownName = "gatehouse"

// prepare writes the same function for every target.
func prepare(o options) ([]*target, error) {
	uri := "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:000000000000:function:hello/invocations"
	api := "openapi: 3.0.1\ninfo: {title: bench, version: '1'}\npaths:\n  /hello:\n    get:\n      x-amazon-apigateway-integration: {type: aws_proxy, httpMethod: POST, uri: '" + uri + "'}\n" +
		"  /event:\n    get:\n      x-amazon-apigateway-integration: {type: aws_proxy, httpMethod: POST, uri: '" + strings.Replace(uri, "function:hello", "function:event", 1) + "'}\n"
	serverless := "service: bench\nframeworkVersion: '3'\nprovider: {name: aws, runtime: nodejs20.x}\nplugins: [serverless-offline]\n" +
		"functions:\n  hello:\n    handler: index.handler\n    events: [{httpApi: 'GET /hello'}]\n"
	project := func(environment string) string {
		return "api: openapi.yaml\nfunctions:\n- {name: hello, runtime: nodejs20.x, handler: index.handler, path: code" + environment + "}\n" +
			"- {name: event, runtime: nodejs20.x, handler: index.event, path: code" + environment + "}\n"
	}
	write := func(name, text string) error {
		file := filepath.Join(o.dir, name)
		return errors.Join(os.MkdirAll(filepath.Dir(file), 0o755), os.WriteFile(file, []byte(text), 0o644))
	}
	err := errors.Join(write("own/code/index.js", handler+event), write("own/openapi.yaml", api), write("own/gatehouse.yaml", project("")))
	var targets []*target
	if o.serverless != "" {
		err = errors.Join(err, write("serverless/index.js", handler), write("serverless/serverless.yml", serverless),
			os.Symlink(filepath.Join(o.serverless, "node_modules"), filepath.Join(o.dir, "serverless", "node_modules")))
		targets = append(targets, &target{name: "serverless-offline, HTTP API", addr: "127.0.0.1:19500", path: "/hello", command: []string{
			"node", filepath.Join(o.serverless, "node_modules/serverless/bin/serverless.js"), "offline", "--httpPort", "19500", "--lambdaPort", "19501", "--host", "127.0.0.1"},
			env: []string{"PWD=" + filepath.Join(o.dir, "serverless"), "SLS_TELEMETRY_DISABLED=1", "SLS_NOTIFICATIONS_MODE=off"}})
	}
	targets = append(targets, gatehouse(o.dir, "own", ownName, 19502))
	if o.ric != "" {
		err = errors.Join(err, write("ric/code/index.js", handler+event), write("ric/openapi.yaml", api),
			write("ric/gatehouse.yaml", project(", environment: {GATEHOUSE_RUNTIME_CLIENT: official}")),
			os.Symlink(filepath.Join(o.ric, "node_modules"), filepath.Join(o.dir, "ric", "code", "node_modules")))
		targets = append(targets, gatehouse(o.dir, "ric", "gatehouse, official client", 19503))
	}
	return targets, err
}

func gatehouse(dir, project, name string, port int) *target {
	addr := fmt.Sprintf("127.0.0.1:%d", port)
	return &target{name: name, addr: addr, path: "/dev/hello", command: []string{
		filepath.Join(dir, "gatehouse"), "dev", "--quiet", "--gateway-addr", addr, filepath.Join(dir, project)}}
}

// start runs the target in a process group of its own and waits until it answers.
func (t *target) start() error {
	t.cmd = exec.Command("taskset", append([]string{"-c", t.cpus}, t.command...)...)
	t.cmd.Env = append(os.Environ(), t.env...)
	for _, e := range t.env {
		if dir, ok := pwd(e); ok {
			t.cmd.Dir = dir
		}
	}
	t.cmd.Stdout, t.cmd.Stderr = nil, nil // both print a lot; where to does not count
	t.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := t.cmd.Start(); err != nil {
		return err
	}
	for until := time.Now().Add(ready); time.Now().Before(until); time.Sleep(100 * time.Millisecond) {
		if body, err := get(t.addr + t.path); err == nil && string(body) == want {
			return nil
		}
	}
	return fmt.Errorf("no right answer within %s", ready)
}

// get is the body of what an address answers.
func get(address string) ([]byte, error) {
	res, err := http.Get("http://" + address)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(res.Body)
	if err := errors.Join(err, res.Body.Close()); err != nil {
		return nil, err
	}
	if res.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s: %d %s", address, res.StatusCode, body)
	}
	return body, nil
}

func pwd(entry string) (string, bool) {
	if len(entry) > 4 && entry[:4] == "PWD=" {
		return entry[4:], true
	}
	return "", false
}

func (t *target) stop() {
	if t.cmd == nil || t.cmd.Process == nil {
		return
	}
	_ = syscall.Kill(-t.cmd.Process.Pid, syscall.SIGTERM)
	timer := time.AfterFunc(10*time.Second, func() { _ = syscall.Kill(-t.cmd.Process.Pid, syscall.SIGKILL) })
	defer timer.Stop()
	_ = t.cmd.Wait()
}

// measure loads the target over one connection, after a second in which it gets warm again.
func (t *target) measure(seconds int) error {
	if _, _, err := t.load(1); err != nil {
		return fmt.Errorf("%s: %w", t.name, err)
	}
	before, err := cpuOfTree(t.cmd.Process.Pid)
	if err != nil {
		return err
	}
	p50, requests, err := t.load(seconds)
	if err != nil {
		return fmt.Errorf("%s: %w", t.name, err)
	}
	after, err := cpuOfTree(t.cmd.Process.Pid)
	t.p50 = append(t.p50, p50)
	t.cpu = append(t.cpu, (after-before)/time.Duration(requests))
	return err
}

var (
	requestsLine = regexp.MustCompile(`(\d+) requests in`)
	p50Line      = regexp.MustCompile(`(?m)^\s+50%\s+(\S+)`)
)

// load drives the target with wrk; wrong answers are an error.
func (t *target) load(seconds int) (p50 time.Duration, requests int, err error) {
	out, err := exec.Command("taskset", "-c", t.cpus, "wrk", "-t1", "-c1", fmt.Sprintf("-d%ds", seconds), "--latency", "http://"+t.addr+t.path).CombinedOutput()
	if err != nil {
		return 0, 0, fmt.Errorf("wrk: %w\n%s", err, out)
	}
	n, p := requestsLine.FindSubmatch(out), p50Line.FindSubmatch(out)
	if bytes.Contains(out, []byte("Non-2xx")) || bytes.Contains(out, []byte("Socket errors")) || n == nil || p == nil {
		return 0, 0, fmt.Errorf("wrk printed\n%s", out)
	}
	if requests, err = strconv.Atoi(string(n[1])); err != nil {
		return 0, 0, err
	}
	p50, err = time.ParseDuration(string(p[1]))
	return p50, requests, err
}

// report prints medians of the rounds, and ratios to the first target.
func report(targets []*target) {
	fmt.Printf("\n| target | p50 | of the first | CPU per request | of the first |\n|---|---|---|---|---|\n")
	base := targets[0]
	for _, t := range targets {
		p50, cpu := median(t.p50), median(t.cpu)
		fmt.Printf("| %s | %d µs | 1/%.1f | %d µs | 1/%.1f |\n", t.name, p50.Microseconds(), float64(median(base.p50))/float64(p50),
			cpu.Microseconds(), float64(median(base.cpu))/float64(cpu))
	}
}

func median(all []time.Duration) time.Duration {
	sorted := slices.Sorted(slices.Values(all))
	return sorted[len(sorted)/2]
}
