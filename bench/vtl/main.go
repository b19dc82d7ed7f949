// Command vtl measures mapping templates side by side, see compare.
//
//	vtl ours -template order.vm            one measurement of our engine
//	vtl compare -template order.vm …       ours and its peers in turns
package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"

	"github.com/gatehouse-gateway/gatehouse/vtl"
	"github.com/gatehouse-gateway/gatehouse/vtl/gateway"
)

var (
	template = flag.String("template", "order.vm", "file of the template")
	seconds  = flag.Float64("seconds", 3, "measured seconds of CPU per round")
	rounds   = flag.Int("rounds", 3, "rounds per engine")
	classes  = flag.String("java", "", "class path with Bench and Apache Velocity")
	node     = flag.String("node", "", "folder in which velocityjs is installed")
	self     = flag.Bool("ours", false, "measure our engine only and print the result as JSON")
)

func main() {
	flag.Parse()
	run := compare
	if *self {
		run = ours
	}
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "vtl:", err)
		os.Exit(1)
	}
}

// ours renders as the pipeline does: body and overrides are new in each request.
func ours() error {
	source, err := os.ReadFile(*template)
	if err != nil {
		return err
	}
	p := vtl.Compile(string(source))
	body := orderBody()
	var out []byte
	render := func() error {
		var overrides gateway.Overrides
		out, err = gateway.Render(p, out[:0], &gateway.Vars{Body: body, Context: contextSource{}, Overrides: &overrides}, vtl.DefaultLimits)
		return err
	}
	var micros float64
	for _, s := range []float64{1, *seconds} { // the first to warm up
		if micros, err = measured(render, s); err != nil {
			return err
		}
	}
	return json.NewEncoder(os.Stdout).Encode(result{micros, string(out)})
}

// batch is how many renders go between two looks at the clock.
const batch = 100

// measured renders for some seconds of CPU and returns the microseconds of one.
func measured(render func() error, seconds float64) (micros float64, err error) {
	began, n := cpuTime(), 0
	for cpuTime()-began < seconds {
		for range batch {
			if err := render(); err != nil {
				return 0, err
			}
		}
		n += batch
	}
	return (cpuTime() - began) * 1e6 / float64(n), nil
}

// cpuTime is what this process has used, in seconds; all threads of it count.
func cpuTime() float64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return float64(u.Utime.Nano()+u.Stime.Nano()) / 1e9
}

// engine is one that is measured: a command that prints a result.
type engine struct {
	name    string
	command []string
	times   []float64
}

func compare() error {
	input, err := os.MkdirTemp("", "vtl")
	if err != nil {
		return err
	}
	defer os.RemoveAll(input)
	body, context := input+"/body.json", input+"/context.json"
	if err := errors.Join(os.WriteFile(body, orderBody(), 0o600), os.WriteFile(context, []byte(contextVars), 0o600)); err != nil {
		return err
	}
	args := []string{*template, body, context, fmt.Sprint(*seconds)}
	engines := []*engine{
		{name: "ours, with the body's JSON", command: []string{os.Args[0], "-ours", "-template", *template, "-seconds", fmt.Sprint(*seconds)}},
		{name: "Apache Velocity 1.7, warm, body parsed before", command: append([]string{"java", "-XX:+UseSerialGC", "-cp", *classes, "Bench"}, args...)},
		{name: "velocityjs 2.1.7, parse and render", command: append([]string{"node", *node + "/bench.js"}, args...)},
	}
	want := ""
	for range *rounds {
		for _, e := range engines {
			r, err := e.measure()
			if err != nil {
				return fmt.Errorf("%s: %w", e.name, err)
			}
			if want == "" {
				want = r.Output
			}
			if strings.Join(strings.Fields(r.Output), " ") != strings.Join(strings.Fields(want), " ") {
				return fmt.Errorf("%s gives another result:\n%s\nand not\n%s", e.name, r.Output, want)
			}
			e.times = append(e.times, r.Microseconds)
		}
	}
	report(engines, len(want))
	return nil
}

// measure runs the command on one core.
func (e *engine) measure() (result, error) {
	cmd := exec.Command("taskset", append([]string{"-c", "0"}, e.command...)...)
	cmd.Env = append(os.Environ(), "GOMAXPROCS=1", "GOGC=200")
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return result{}, err
	}
	return parseResult(out)
}

func report(engines []*engine, size int) {
	median := func(e *engine) float64 {
		slices.Sort(e.times)
		return e.times[len(e.times)/2]
	}
	fmt.Printf("%d bytes out; median of %d rounds\n\n| engine | µs of CPU a render | ours is |\n| --- | --- | --- |\n", size, *rounds)
	for _, e := range engines {
		fmt.Printf("| %s | %.1f | %.2f × |\n", e.name, median(e), median(engines[0])/median(e))
	}
}
