package web

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"strconv"
	"sync/atomic"
)

// Servers get ports below those that the system gives out by itself (from 32,768 on Linux, 49,152 elsewhere): a port that it gave out
// could be given to another process between now and the start of the server, and requests would go there.
const (
	firstPort = 10_240
	lastPort  = 32_767
)

// nextPort goes through the ports, from a random one on, so that the processes of this machine rarely try the same.
var nextPort = func() *atomic.Uint32 {
	var n atomic.Uint32
	n.Store(rand.Uint32())
	return &n
}()

var errNoPort = errors.New("none is free")

// freePort finds a port of an address at which nobody listens.
func freePort(host string) (string, error) {
	for range 1000 {
		port := strconv.Itoa(firstPort + int(nextPort.Add(1)%(lastPort-firstPort+1)))
		l, err := net.Listen("tcp", net.JoinHostPort(host, port)) //nolint:noctx // it does not wait
		if err != nil {
			continue
		}
		if err := l.Close(); err != nil {
			return "", fmt.Errorf("a port for a web function: %w", err)
		}
		return port, nil
	}
	return "", fmt.Errorf("a port for a web function: %w", errNoPort)
}
