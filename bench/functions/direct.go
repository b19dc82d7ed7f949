package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"github.com/gatehouse-gateway/gatehouse/internal/functions"
	"github.com/gatehouse-gateway/gatehouse/internal/functions/host"
	"github.com/gatehouse-gateway/gatehouse/internal/limits"
)

// direct is the function without a gateway: the function plane hands it the event that the gateway makes of a request, over the Runtime
// API, and takes its answer. It runs in a process of its own, on the same cores as everything else.
type direct struct {
	dir, cpus string
	event     string // a file
	p50       []time.Duration
}

// newDirect has the gateway at from say which event it makes of a request.
func newDirect(o options, from *target) (*direct, error) {
	event, err := get(from.addr + "/dev/event")
	if err != nil {
		return nil, fmt.Errorf("the event of a request: %w", err)
	}
	d := &direct{dir: o.dir, cpus: o.cpus, event: filepath.Join(o.dir, "event.json")}
	return d, os.WriteFile(d.event, event, 0o600)
}

// measure runs this program once more, as runDirect.
func (d *direct) measure(seconds int) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	cmd := exec.Command("taskset", "-c", d.cpus, self, "-dir", d.dir, "-event", d.event, "-seconds", strconv.Itoa(seconds))
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return fmt.Errorf("the function plane alone: %w", err)
	}
	p50, err := time.ParseDuration(string(out))
	d.p50 = append(d.p50, p50)
	return err
}

// runDirect invokes the function one time after the other, after a second in which it gets warm, and prints the median.
func runDirect(o options) (err error) {
	event, err := os.ReadFile(o.event)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp(o.dir, "direct")
	if err != nil {
		return err
	}
	machine, err := host.New(host.Options{Dir: dir, Limits: limits.Laptop(), Logs: dropped{}, Isolation: host.IsolationProcess})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, machine.Close(context.Background())) }()
	ref := functions.Ref{AccountID: "000000000000", Region: "us-east-1", Name: "hello"}
	f := &functions.Function{Ref: ref, Version: functions.Latest, Runtime: "nodejs20.x", Handler: "index.handler", Code: filepath.Join(o.dir, "own", "code"), Timeout: 3 * time.Second, MemorySize: 128}
	directory := functions.NewDirectory(functions.DirectoryOptions{Open: func(f *functions.Function) functions.Runner { return machine.Open(f) }})
	directory.Put(&functions.Entry{Ref: ref, Versions: map[string]functions.Version{functions.Latest: {Function: f}}})
	if _, err := invokeFor(directory, ref, event, time.Second); err != nil {
		return err
	}
	times, err := invokeFor(directory, ref, event, time.Duration(o.seconds)*time.Second)
	if err != nil {
		return err
	}
	fmt.Print(median(times))
	return nil
}

// invokeFor invokes the function for as long, and says how long each took. Wrong answers are an error.
func invokeFor(directory *functions.Directory, ref functions.Ref, event []byte, long time.Duration) (times []time.Duration, err error) {
	for until := time.Now().Add(long); time.Now().Before(until); {
		var res functions.Result
		began := time.Now()
		err := directory.Invoke(context.Background(), &functions.Call{Ref: ref, Invocation: functions.Invocation{Payload: event}}, &res)
		times = append(times, time.Since(began))
		if err != nil {
			return nil, err
		}
		if got := string(res.Payload); got != `{"statusCode":200,"body":"{\"hello\":\"world\"}"}` {
			return nil, fmt.Errorf("the function answered %s", got)
		}
		res.Release()
	}
	return times, nil
}

// dropped is a log that nobody reads.
type dropped struct{}

func (dropped) FunctionLog(*functions.Function, string, []byte) {}

// report prints what the gateway adds: the median of the rounds, in each of which both were measured.
func (d *direct) report(t *target) {
	added := make([]time.Duration, len(d.p50))
	for i := range d.p50 {
		added[i] = t.p50[i] - d.p50[i]
	}
	slices.Sort(added)
	alone, whole := median(d.p50), median(t.p50)
	fmt.Printf("\n| | p50 |\n|---|---|\n| the function plane alone | %d µs |\n| the gateway over HTTP, with the client | %d µs, %.1f times |\n| it adds | %d µs (%d to %d) |\n",
		alone.Microseconds(), whole.Microseconds(), float64(whole)/float64(alone), median(added).Microseconds(), added[0].Microseconds(), added[len(added)-1].Microseconds())
}
