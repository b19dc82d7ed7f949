package host

import (
	"errors"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gatehouse-gateway/gatehouse/internal/functions"
)

// Provisioned runs one version of a function in environments that are started before anybody needs them, and started again when
// they end. It serves as many invocations at a time as environments are ready, and starts none for an invocation.
// Spec: functions A4, D1.
type Provisioned struct {
	*Pool
	wake chan struct{} // holds a token while there is something to look at
	// tooMany says that environments which become idle are to end.
	tooMany atomic.Bool

	mu       sync.Mutex
	wanted   int
	all      []*environment // started and starting
	starting map[*environment]struct{}
	failure  string    // why the last start failed; "": it did not
	failures int       // in a row
	pause    time.Time // until when nothing is started after a failure
}

// The pause after a failed start doubles from one to the other.
const (
	firstPause = time.Second
	lastPause  = time.Minute
)

// parallelStarts bounds how many environments of one function start at a time: what they compete for is processors.
var parallelStarts = max(2, runtime.GOMAXPROCS(0))

// InitFailure is the reason why environments could not be provisioned when the function is at fault. Spec: functions D1.
const InitFailure = "FUNCTION_ERROR_INIT_FAILURE"

// provisionedType is AWS_LAMBDA_INITIALIZATION_TYPE of such environments.
const provisionedType = "provisioned-concurrency"

// Provision makes the environments of a function that are to be ready. Keep says how many.
func (h *Host) Provision(f *functions.Function) *Provisioned {
	own := *f
	own.Initialization = provisionedType
	k := &Provisioned{wake: make(chan struct{}, 1), starting: make(map[*environment]struct{})}
	k.Pool = &Pool{host: h, function: &own, arn: f.Ref.ARN(), keeper: k}
	h.add(k.Pool)
	go k.run()
	return k
}

// Keep says how many environments are to be ready.
func (k *Provisioned) Keep(n int) {
	k.mu.Lock()
	changed := k.wanted != n
	k.wanted = n
	if changed {
		k.failure, k.failures, k.pause = "", 0, time.Time{}
	}
	k.mu.Unlock()
	k.look()
}

// Allocated says how many environments are ready or in use, and, if the last start failed, why.
func (k *Provisioned) Allocated() (n int, failure string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, e := range k.all {
		if _, starts := k.starting[e]; !starts && e.runs() {
			n++
		}
	}
	return min(n, k.wanted), k.failure
}

// runs reports whether the environment has a process that is ready or works.
func (e *environment) runs() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.phase == idle || e.phase == busy || e.phase == answered
}

// look has the keeper look at its environments.
func (k *Provisioned) look() {
	select {
	case k.wake <- struct{}{}:
	default:
	}
}

// run keeps environments ready until the pool takes nothing more.
func (k *Provisioned) run() {
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for !k.over() {
		timer.Reset(k.fill())
		select {
		case <-k.wake:
		case <-timer.C:
		}
	}
	k.leave()
}

// over reports whether the pool was retired.
func (k *Provisioned) over() bool {
	k.Pool.mu.Lock()
	defer k.Pool.mu.Unlock()
	return k.retired
}

// leave ends the environments that start; others are the pool's, which ends them.
func (k *Provisioned) leave() {
	k.mu.Lock()
	starting := make([]*environment, 0, len(k.starting))
	for e := range k.starting {
		starting = append(starting, e)
	}
	k.mu.Unlock()
	closeAll(starting)
}

// fill starts what is missing and ends what is too much. It returns after how long it is to be called again, at the latest.
func (k *Provisioned) fill() time.Duration {
	k.forgetClosed()
	k.trim()
	if wait := k.paused(); wait > 0 {
		return wait
	}
	for e := k.next(); e != nil; e = k.next() {
		go k.ready(e)
	}
	if wait := k.paused(); wait > 0 {
		return wait
	}
	return time.Hour
}

// forgetClosed drops the environments that have ended.
func (k *Provisioned) forgetClosed() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.all = slices.DeleteFunc(k.all, func(e *environment) bool {
		e.mu.Lock()
		defer e.mu.Unlock()
		return e.phase == closed
	})
}

// trim ends idle environments that are too many. Those in use end later, when they are idle.
func (k *Provisioned) trim() {
	for {
		k.mu.Lock()
		tooMany := len(k.all) > k.wanted
		k.tooMany.Store(tooMany)
		k.mu.Unlock()
		if !tooMany || !k.evict() {
			return
		}
		k.forgetClosed()
	}
}

// paused is how long nothing is to be started.
func (k *Provisioned) paused() time.Duration {
	k.mu.Lock()
	defer k.mu.Unlock()
	return time.Until(k.pause)
}

// next is an environment to start: one that lost its process, or a new one. nil: none is missing, or enough start.
func (k *Provisioned) next() *environment {
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.starting) >= parallelStarts {
		return nil
	}
	k.Pool.mu.Lock()
	var e *environment
	if len(k.cold) > 0 {
		e = pop(&k.cold)
	}
	k.Pool.mu.Unlock()
	if e == nil {
		if len(k.all) >= k.wanted {
			return nil
		}
		var err error
		if e, err = newEnvironment(k.Pool); err != nil {
			k.failed(err.Error())
			return nil
		}
		k.all = append(k.all, e)
	}
	k.starting[e] = struct{}{}
	return e
}

// failed notes that a start failed. The caller holds the lock.
func (k *Provisioned) failed(why string) {
	k.failure = why
	k.pause = time.Now().Add(min(firstPause<<min(k.failures, 10), lastPause))
	k.failures++
}

// ready starts an environment and gives it to the pool.
func (k *Provisioned) ready(e *environment) {
	limits := k.host.options.Limits
	r := e.initialize(max(limits.ProvisionedInit, k.function.Timeout.Milliseconds()))
	k.mu.Lock()
	delete(k.starting, e)
	switch {
	case r.ready:
		k.failure, k.failures, k.pause = "", 0, time.Time{}
		e.giveBack()
	case errors.Is(r.err, functions.ErrClosed):
	case r.err != nil:
		k.failed(r.err.Error())
	default:
		k.failed(InitFailure)
	}
	k.mu.Unlock()
	if r.payload != nil {
		r.payload.Release()
	}
	if !r.ready {
		e.endStart(r.reason())
		e.close()
	}
	k.look()
}
