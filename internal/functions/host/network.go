package host

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"

	"github.com/gatehouse-gateway/gatehouse/internal/functions"
	"github.com/gatehouse-gateway/gatehouse/internal/functions/runtimeapi"
)

// runtimePort is the port of the Runtime API in a network of an environment's own: that of the service. Web servers get others.
const runtimePort = 9001

// makeNetwork makes the network of an environment that is to have none but its own. Without one, the function is not started.
func (e *environment) makeNetwork() (startResult, bool) {
	apart, err := functions.NoNetwork(e.pool.function.Environment)
	if err != nil {
		return failed(&FunctionError{typeNetwork, err.Error()}, true), false
	}
	if !apart && !e.pool.host.options.NoNetwork || e.network != nil && !e.network.Lost() {
		return startResult{}, true
	}
	if e.network != nil {
		e.leaveNetwork()
	}
	network, err := e.pool.host.nursery.NewNetwork()
	if err != nil {
		return failed(&FunctionError{typeNetwork, fmt.Sprintf("The function is to have no network, and that cannot be had here: %v", err)}, false), false
	}
	e.mu.Lock()
	gone := e.phase == closed
	if !gone {
		e.network = network
	}
	e.mu.Unlock()
	if gone {
		network.Close()
		return startResult{err: functions.ErrClosed}, false
	}
	return startResult{}, true
}

// leaveNetwork gives up a network in which nothing can be started any more, and the Runtime API there.
func (e *environment) leaveNetwork() {
	e.mu.Lock()
	network, server := e.network, e.server
	e.network, e.server = nil, nil
	e.mu.Unlock()
	if server != nil {
		server.Close()
	}
	network.Close()
}

// listen opens the Runtime API where the processes of the environment reach it. It counts on from the processes there were.
func (e *environment) listen() (*runtimeapi.Server, error) {
	options := e.pool.apiOptions()
	e.mu.Lock()
	options.Generation = e.generation
	e.mu.Unlock()
	if e.network == nil {
		options.Admit = func(conn net.Conn) bool { return e.pool.host.nursery.Owns(e.crewID, conn) }
		return runtimeapi.Listen(e, options)
	}
	listener, err := e.network.Listen(runtimePort)
	if err != nil {
		return nil, fmt.Errorf("Runtime API: %w", err)
	}
	return runtimeapi.Serve(listener, e, options), nil
}

// dialer connects to the server of an environment.
type dialer func(ctx context.Context, network, address string) (net.Conn, error)

// errNotListening means that no process of the environment listens at a port: nobody does, or somebody who is not to have its events.
var errNotListening = errors.New("no process of the function listens there")

func (e *environment) dialer() dialer {
	if e.network != nil {
		return e.network.Dial
	}
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		at, err := netip.ParseAddrPort(address)
		if err != nil {
			return nil, err
		}
		if !e.pool.host.nursery.Listens(e.crewID, at) {
			return nil, errNotListening
		}
		return new(net.Dialer).DialContext(ctx, network, address)
	}
}
