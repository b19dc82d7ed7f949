//go:build !linux

package process

import (
	"context"
	"errors"
	"net"
)

// Network does not exist here.
type Network struct{}

var errNoNetworks = errors.New("the system has no network namespaces")

// NewNetwork says that there is none.
func (n *Nursery) NewNetwork() (*Network, error) { return nil, errNoNetworks }

// Close does nothing.
func (w *Network) Close() {}

// Lost does not happen.
func (w *Network) Lost() bool { return false }

// Listen cannot be called.
func (w *Network) Listen(int) (net.Listener, error) { return nil, errNoNetworks }

// Dial cannot be called.
func (w *Network) Dial(context.Context, string, string) (net.Conn, error) { return nil, errNoNetworks }
