package process

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// Network is a network namespace with nothing but loopback. Processes that are started in it reach each other there and nobody else:
// no address of the machine or beyond it, no abstract Unix socket. Its sockets are made inside by the guard, and given to us: what goes
// through them costs the same as in the machine's own network.
type Network struct {
	guard   *link
	nursery *Nursery
	file    *os.File // the namespace

	mu    sync.Mutex
	first *os.File // a socket inside, for Listen; nil: it was used
}

// NewNetwork makes a network. Its error says why there can be none.
func (n *Nursery) NewNetwork() (*Network, error) {
	guard, id, err := n.connected()
	if err != nil {
		return nil, err
	}
	if !guard.holds.Network {
		return nil, errors.New(guard.holds.NetworkMissing)
	}
	files, err := guard.request(message{Op: opNetwork, ID: id})
	if err == nil && len(files) != 2 {
		err = errors.New("the guard of function processes gave no network namespace")
	}
	if err != nil {
		closeAll(files)
		return nil, fmt.Errorf("network namespace: %w", err)
	}
	return &Network{guard: guard, nursery: n, file: files[0], first: files[1]}, nil
}

// Close gives the network up. It is gone with its last process and connection. A nil network is none.
func (w *Network) Close() {
	if w == nil {
		return
	}
	w.file.Close()
	if first := w.takeFirst(); first != nil {
		first.Close()
	}
}

func (w *Network) takeFirst() *os.File {
	w.mu.Lock()
	defer w.mu.Unlock()
	first := w.first
	w.first = nil
	return first
}

// Lost reports whether nothing can be started in the network any more, because whoever made it is gone.
func (w *Network) Lost() bool {
	select {
	case <-w.guard.ended:
		return true
	default:
		return false
	}
}

// Listen opens a port of the network's 127.0.0.1. It is called once at most.
func (w *Network) Listen(port int) (net.Listener, error) {
	socket := w.takeFirst()
	if socket == nil {
		return nil, net.ErrClosed
	}
	defer socket.Close()
	fd := int(socket.Fd())
	if err := unix.Bind(fd, &unix.SockaddrInet4{Port: port, Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		return nil, fmt.Errorf("bind: %w", err)
	}
	if err := unix.Listen(fd, unix.SOMAXCONN); err != nil {
		return nil, fmt.Errorf("listen: %w", err)
	}
	return net.FileListener(socket)
}

// dialTime bounds how long a connection inside may take: nothing but a server that accepts none can make it take any time.
const dialTime = time.Second

// Dial connects to an address inside, the numbers of a loopback address and a port.
func (w *Network) Dial(ctx context.Context, _, address string) (net.Conn, error) {
	if err := context.Cause(ctx); err != nil {
		return nil, err
	}
	to, err := netip.ParseAddrPort(address)
	if err != nil {
		return nil, err
	}
	socket, err := w.socket(to.Addr().Is6())
	if err != nil {
		return nil, err
	}
	defer socket.Close()
	if err := connect(int(socket.Fd()), to); err != nil {
		return nil, fmt.Errorf("connect to %s: %w", address, err)
	}
	return net.FileConn(socket)
}

// connect connects a socket that blocks.
func connect(fd int, to netip.AddrPort) error {
	limit := unix.NsecToTimeval(dialTime.Nanoseconds())
	if err := unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_SNDTIMEO, &limit); err != nil {
		return err
	}
	var address unix.Sockaddr = &unix.SockaddrInet6{Port: int(to.Port()), Addr: to.Addr().As16()}
	if to.Addr().Is4() {
		address = &unix.SockaddrInet4{Port: int(to.Port()), Addr: to.Addr().As4()}
	}
	return unix.Connect(fd, address)
}

// socket is a TCP socket inside.
func (w *Network) socket(v6 bool) (*os.File, error) {
	files, err := w.guard.request(message{Op: opNetwork, ID: w.nursery.number(), IPv6: v6}, w.file)
	if err != nil {
		return nil, fmt.Errorf("a socket in a network namespace: %w", err)
	}
	if len(files) != 1 {
		closeAll(files)
		return nil, errors.New("the guard of function processes gave no socket")
	}
	return files[0], nil
}

// network makes a network namespace, or uses the one that comes with m, and tells the host: the namespace, if it is new, and a socket in it.
func (g *guard) network(m message, files []int) {
	var made []int
	err := onThread(func() error {
		var err error
		made, err = networkSocket(m.IPv6, files)
		return err
	})
	reply := message{Op: opStarted, ID: m.ID}
	if err != nil {
		reply.Err = err.Error()
	}
	g.send(reply, made...)
	for _, fd := range append(made, files...) {
		unix.Close(fd) //nolint:errcheck // nothing was written to it here
	}
}

// networkSocket moves this thread into a network namespace, a new one if none is given, and makes a socket there.
func networkSocket(v6 bool, given []int) (made []int, err error) {
	if len(given) > 0 {
		if err := enterNetwork(given[0]); err != nil {
			return nil, err
		}
	} else {
		if err := ownNetwork(); err != nil {
			return nil, err
		}
		fd, err := unix.Open("/proc/thread-self/ns/net", unix.O_RDONLY|unix.O_CLOEXEC, 0)
		if err != nil {
			return nil, err
		}
		made = append(made, fd)
	}
	family := unix.AF_INET
	if v6 {
		family = unix.AF_INET6
	}
	fd, err := unix.Socket(family, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return made, err
	}
	return append(made, fd), nil
}

func enterNetwork(fd int) error {
	if err := unix.Setns(fd, unix.CLONE_NEWNET); err != nil {
		return fmt.Errorf("entering a network namespace: %w", err)
	}
	return nil
}

// ownNetwork gives this thread, and what it will start, a network with loopback only.
func ownNetwork() error {
	if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
		return fmt.Errorf("making a network namespace: %w", err)
	}
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd) //nolint:errcheck // nothing was written to it
	loopback, err := unix.NewIfreq("lo")
	if err != nil {
		return err
	}
	loopback.SetUint16(unix.IFF_UP | unix.IFF_RUNNING)
	if err := unix.IoctlIfreq(fd, unix.SIOCSIFFLAGS, loopback); err != nil {
		return fmt.Errorf("starting loopback: %w", err)
	}
	return nil
}
