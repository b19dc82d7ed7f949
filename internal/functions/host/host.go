package host

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/gatehouse-gateway/gatehouse/internal/functions"
	"github.com/gatehouse-gateway/gatehouse/internal/functions/process"
	"github.com/gatehouse-gateway/gatehouse/internal/functions/runtimes"
	"github.com/gatehouse-gateway/gatehouse/internal/limits"
)

// HostOptions is what a host is made of.
type Options struct {
	// Dir is a folder of the host's own: temporary directories of environments, unpacked runtimes. What an earlier host left
	// in it is removed.
	Dir    string
	Limits limits.Limits
	// Logs gets the lines of functions; nil drops them.
	Logs LogSink
	// Credentials are what a function gets to call services with; nil: none.
	Credentials func(*functions.Function) Credentials
	// Isolation is how much the machine is closed to functions.
	Isolation Isolation
	// NoNetwork gives every function a network with nothing but its own loopback, as functions.NetworkVariable gives it to one.
	NoNetwork bool
	// Private are folders, besides Dir, of which functions may see nothing but their own code.
	Private []string
	// JavaClient is the folder with the public runtime client of Java; "": functions have to bring it.
	JavaClient string
	// Memory is what payloads share; nil without bound.
	Memory *limits.Budget
	// Now is the clock of what others can see, such as deadlines; nil is the real one.
	Now func() time.Time
}

// LogSink gets the lines that functions write, and those of the platform about them.
type LogSink interface {
	// FunctionLog gets one line, without its end, which may be any bytes and is valid during the call. The lines of one
	// environment, which stream names, come in order. It must not block for long: it holds up the function.
	FunctionLog(f *functions.Function, stream string, line []byte)
}

// Credentials are what a function signs its calls with.
type Credentials struct{ AccessKeyID, SecretAccessKey, SessionToken string }

// String keeps the secret.
func (Credentials) String() string { return "[credentials]" }

// GoString keeps the secret.
func (Credentials) GoString() string { return "[credentials]" }

// Host runs functions as processes of this machine.
type Host struct {
	options Options
	launch  launcher
	nursery *process.Nursery

	mu           sync.Mutex
	closed       bool
	pools        map[workplace]struct{}
	environments map[*environment]struct{}
	nextName     int
	changed      chan struct{} // closed and replaced when an environment ends

	opened chan struct{} // holds a token once there is a pool
}

// NewHost makes a host. It starts nothing.
func New(o Options) (*Host, error) {
	if o.Dir == "" || !filepath.IsAbs(o.Dir) {
		return nil, fmt.Errorf("the functions' folder must be an absolute path, not %q", o.Dir)
	}
	if o.JavaClient != "" {
		var err error
		if o.JavaClient, err = javaClient(o.JavaClient); err != nil {
			return nil, err
		}
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if err := os.RemoveAll(filepath.Join(o.Dir, environmentsDir)); err != nil {
		return nil, fmt.Errorf("the functions' folder: %w", err)
	}
	for _, dir := range []string{o.Dir, filepath.Join(o.Dir, environmentsDir), filepath.Join(o.Dir, runtimeDir)} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return nil, fmt.Errorf("the functions' folder: %w", err)
		}
		if err := os.Chmod(dir, 0o700); err != nil { //nolint:gosec // a folder needs x
			return nil, fmt.Errorf("the functions' folder: %w", err)
		}
	}
	if err := runtimes.Unpack(filepath.Join(o.Dir, runtimeDir)); err != nil {
		return nil, fmt.Errorf("the functions' folder: %w", err)
	}
	if dir, err := filepath.EvalSymlinks(o.Dir); err == nil { // a link may be in a folder that functions don't see
		o.Dir = dir
	}
	h := &Host{options: o, nursery: process.NewNursery(process.Options{Open: o.Isolation == IsolationNone}), pools: map[workplace]struct{}{}, environments: map[*environment]struct{}{}, changed: make(chan struct{}), opened: make(chan struct{}, 1)}
	h.launch = h.find
	return h, nil
}

// javaClient is a folder with the runtime client of Java by its own path, without links: functions may not see where these are.
func javaClient(dir string) (string, error) {
	if err := runtimes.CheckJavaClient(dir); err != nil {
		return "", err
	}
	dir, err := filepath.Abs(dir)
	return real(dir), err
}

// The folders in a host's.
const (
	environmentsDir = "environments"
	runtimeDir      = "runtime"
)

// Open makes the pool of a function. It starts nothing.
func (h *Host) Open(f *functions.Function) *Pool {
	p := &Pool{host: h, function: f, arn: f.Ref.ARN()}
	h.add(p)
	return p
}

// workplace is where the environments of a function are: a pool, or processes that several invocations share.
type workplace interface {
	// close ends what is idle, and takes nothing more.
	close()
	// reap ends the environments that were idle before.
	reap(before time.Time)
	// oldest says since when the environment is idle that is so for longest; evict ends it, if there is one.
	oldest() (since time.Time, ok bool)
	evict() bool
	// soon reports whether an environment is about to be idle.
	soon() bool
}

// add makes a pool one of the host's.
func (h *Host) add(p *Pool) { p.retired = h.register(p); p.closed = p.retired }

// register makes a workplace one of the host's. It reports whether the host is closed, and takes nothing more.
func (h *Host) register(p workplace) (closed bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.pools[p] = struct{}{}
	select {
	case h.opened <- struct{}{}:
	default:
	}
	return h.closed
}

// unregister forgets a workplace.
func (h *Host) unregister(p workplace) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.pools, p)
}

// Isolation says what holds the processes of functions. It starts what it takes to know.
func (h *Host) Isolation() (process.Holds, error) {
	if err := h.nursery.Prepare(); err != nil {
		return process.Holds{}, err
	}
	holds := h.nursery.Holds()
	if h.options.Isolation == IsolationProcess {
		holds.Landlock, holds.Mounts = 0, false // they could be had
	}
	return holds, nil
}

// Run ends environments that were idle for too long, until ctx ends. Once there is a function, it prepares for its start.
func (h *Host) Run(ctx context.Context) error {
	watching, stop := context.WithCancel(ctx)
	watched := make(chan struct{})
	go func() {
		defer close(watched)
		h.watchDisks(watching)
	}()
	defer func() {
		stop()
		<-watched
	}()
	opened := h.opened
	idle := time.Duration(h.options.Limits.EnvironmentIdle) * time.Millisecond
	tick := time.NewTicker(max(idle/8, 10*time.Millisecond))
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-opened:
			h.nursery.Prepare() //nolint:errcheck // the first start says what is wrong, to whom it concerns
			opened = nil
		case now := <-tick.C:
			for _, p := range h.allPools() {
				p.reap(now.Add(-idle))
			}
		}
	}
}

// Close refuses new invocations with ErrClosed, lets those that run finish until ctx ends, and then ends every process and
// removes what environments have written. It returns an error when something could not be ended or removed.
func (h *Host) Close(ctx context.Context) error {
	h.mu.Lock()
	h.closed = true
	h.mu.Unlock()
	for _, p := range h.allPools() {
		p.close()
	}
	if left := h.await(ctx); len(left) > 0 {
		closeAll(left)
	}
	ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), endingTime)
	defer cancel()
	h.await(ending) // extensions may have a moment
	err := h.nursery.Close(ending)
	return errors.Join(err, os.RemoveAll(filepath.Join(h.options.Dir, environmentsDir)))
}

// await waits until no environment is left, or ctx ends, and returns those that are.
func (h *Host) await(ctx context.Context) []*environment {
	for {
		left, changed := h.running()
		if len(left) == 0 {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return left
		}
	}
}

// endingTime is how long killed processes may take to be gone.
const endingTime = 10 * time.Second

func (h *Host) allPools() []workplace {
	h.mu.Lock()
	defer h.mu.Unlock()
	pools := make([]workplace, 0, len(h.pools))
	for p := range h.pools {
		pools = append(pools, p)
	}
	return pools
}

// running returns the environments there are, and what is closed when one of them ends.
func (h *Host) running() ([]*environment, <-chan struct{}) {
	h.mu.Lock()
	defer h.mu.Unlock()
	all := make([]*environment, 0, len(h.environments))
	for e := range h.environments {
		all = append(all, e)
	}
	return all, h.changed
}

// roomTime is how long an environment is waited for that is about to be idle, when there may be no more of them: on a machine that has
// so much to do, a process may need a while to ask for its next event.
const roomTime = time.Second

// admit makes room for one environment more and returns its name. If there are too many, an idle one of any function ends.
func (h *Host) admit(e *environment) (name string, err error) {
	for patience := time.Now().Add(roomTime); ; {
		h.mu.Lock()
		if h.closed {
			h.mu.Unlock()
			return "", functions.ErrClosed
		}
		if int64(len(h.environments)) < h.options.Limits.Environments {
			h.environments[e] = struct{}{}
			h.nextName++
			name := fmt.Sprintf("%06d", h.nextName)
			h.mu.Unlock()
			return name, nil
		}
		h.mu.Unlock()
		finishing := h.finishing() // asked first: one that is idle when it is looked for was finishing a moment before
		if h.evict() {
			continue
		}
		if !finishing || time.Now().After(patience) {
			return "", &functions.ThrottledError{Reason: functions.ReasonAccount}
		}
		time.Sleep(time.Millisecond) // one has answered and will be idle in a moment
	}
}

// finishing reports whether an environment is about to be idle.
func (h *Host) finishing() bool {
	return slices.ContainsFunc(h.allPools(), workplace.soon)
}

// evict ends the environment that is idle for longest, and reports whether there was one.
func (h *Host) evict() bool {
	var from workplace
	var since time.Time
	for _, p := range h.allPools() {
		if t, ok := p.oldest(); ok && (from == nil || t.Before(since)) {
			from, since = p, t
		}
	}
	return from != nil && from.evict()
}

// forget removes an environment that has ended.
func (h *Host) forget(e *environment) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.environments, e)
	close(h.changed)
	h.changed = make(chan struct{})
}
