package process

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/netip"
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// Owns reports whether the process at the other end of a connection within this machine is one of a crew, or was started by one. Where
// Holds.Peers says that this cannot be found out, it reports true.
func (n *Nursery) Owns(crew uint64, conn net.Conn) bool {
	local, localErr := netip.ParseAddrPort(conn.LocalAddr().String())
	remote, remoteErr := netip.ParseAddrPort(conn.RemoteAddr().String())
	return errors.Join(localErr, remoteErr) == nil && n.owns(crew, remote, local)
}

// Listens is Owns for who listens at an address of the machine.
func (n *Nursery) Listens(crew uint64, at netip.AddrPort) bool {
	anybody := netip.IPv4Unspecified()
	if at.Addr().Is6() {
		anybody = netip.IPv6Unspecified()
	}
	return n.owns(crew, at, netip.AddrPortFrom(anybody, 0))
}

func (n *Nursery) owns(crew uint64, end, other netip.AddrPort) bool {
	guard, id, err := n.connected()
	if err != nil {
		return false
	}
	if !guard.holds.Peers {
		return true
	}
	_, err = guard.request(message{Op: opOwns, ID: id, Crew: crew, Ends: []netip.AddrPort{end, other}})
	return err == nil
}

// owns answers the question: at once when one of the crew itself has the socket, else after a look at what these have started, and at
// last a walk through /proc.
func (g *guard) owns(m message) {
	inode, err := socketOf(m.Ends)
	switch {
	case err != nil:
		g.send(message{Op: opStarted, ID: m.ID, Err: err.Error()})
	case anyHas(g.crewOf(m.Crew), inode):
		g.send(message{Op: opStarted, ID: m.ID})
	default:
		go g.walk(m, inode)
	}
}

func (g *guard) walk(m message, inode uint32) {
	g.walks.Lock() // who asks for many takes one processor, and not the lock of those who start processes
	defer g.walks.Unlock()
	reply := message{Op: opStarted, ID: m.ID}
	if !anyHas(familyOf(g.crewOf(m.Crew)), inode) && !anyHas(g.startedBy(m.Crew, readProcesses()), inode) {
		reply.Err = "the connection is of somebody else"
	}
	g.send(reply)
}

// crewOf are the children of a crew.
func (g *guard) crewOf(crew uint64) (pids []int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for pid, c := range g.children {
		if c.crew == crew {
			pids = append(pids, pid)
		}
	}
	return pids
}

// familyOf are the processes below some others, where the kernel tells (CONFIG_PROC_CHILDREN). Whose parent has ended is not among them.
func familyOf(pids []int) []int {
	own := len(pids)
	for i := 0; i < len(pids) && len(pids) < maxProcesses; i++ {
		dir := "/proc/" + strconv.Itoa(pids[i]) + "/task/"
		threads, err := os.ReadDir(dir)
		if err != nil {
			continue // it has ended
		}
		for _, thread := range threads {
			children, err := os.ReadFile(dir + thread.Name() + "/children")
			if err != nil {
				continue
			}
			for field := range bytes.FieldsSeq(children) {
				if pid, err := strconv.Atoi(string(field)); err == nil {
					pids = append(pids, pid)
				}
			}
		}
	}
	return pids[own:]
}

// startedBy are the processes that the children of a crew have started.
func (g *guard) startedBy(crew uint64, all map[int]kin) (pids []int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for pid, k := range all {
		if k.dead || g.children[pid] != nil || !below(all, pid, os.Getpid()) {
			continue
		}
		if c := g.ownerOf(all, k); c != nil && c.crew == crew {
			pids = append(pids, pid)
		}
	}
	return pids
}

// anyHas reports whether one of some processes has a socket open. One that lets nobody look is believed.
func anyHas(pids []int, inode uint32) bool {
	name := fmt.Sprintf("socket:[%d]", inode)
	for _, pid := range pids {
		dir := "/proc/" + strconv.Itoa(pid) + "/fd"
		files, err := os.ReadDir(dir)
		if errors.Is(err, fs.ErrPermission) {
			return true
		}
		for _, file := range files {
			if target, err := os.Readlink(dir + "/" + file.Name()); err == nil && target == name {
				return true
			}
		}
	}
	return false
}

// Sizes and places in what the kernel is asked and answers, in bytes: struct nlmsghdr, inet_diag_req_v2 and inet_diag_msg.
const (
	netlinkHead  = 16
	diagQuestion = 56
	diagInode    = netlinkHead + 68
)

// socketOf is the inode of the socket at the first of two ends of a connection. With no address and no port as the second, it is that of the socket which
// listens at the first.
func socketOf(ends []netip.AddrPort) (uint32, error) {
	if len(ends) != 2 || ends[0].Addr().BitLen() != ends[1].Addr().BitLen() {
		return 0, fmt.Errorf("%v are not two ends", ends)
	}
	family := byte(unix.AF_INET)
	if ends[0].Addr().Is6() {
		family = unix.AF_INET6
	}
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.NETLINK_SOCK_DIAG)
	if err != nil {
		return 0, fmt.Errorf("asking for sockets: %w", err)
	}
	defer unix.Close(fd) //nolint:errcheck // nothing is left in it
	order := binary.NativeEndian
	ask := make([]byte, netlinkHead+diagQuestion)
	order.PutUint32(ask, uint32(len(ask)))
	order.PutUint16(ask[4:], unix.SOCK_DIAG_BY_FAMILY)
	order.PutUint16(ask[6:], unix.NLM_F_REQUEST)
	ask[netlinkHead], ask[netlinkHead+1] = family, unix.IPPROTO_TCP
	order.PutUint32(ask[netlinkHead+4:], ^uint32(0)) // in whatever state
	id := ask[netlinkHead+8:]
	binary.BigEndian.PutUint16(id, ends[0].Port())
	binary.BigEndian.PutUint16(id[2:], ends[1].Port())
	copy(id[4:], ends[0].Addr().AsSlice())
	copy(id[20:], ends[1].Addr().AsSlice())
	order.PutUint64(id[40:], ^uint64(0)) // no cookie
	if err := unix.Sendto(fd, ask, 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}); err != nil {
		return 0, fmt.Errorf("asking for sockets: %w", err)
	}
	answer := make([]byte, 4096)
	n, _, err := unix.Recvfrom(fd, answer, 0) // the kernel has answered
	if err != nil {
		return 0, fmt.Errorf("asking for sockets: %w", err)
	}
	if n >= netlinkHead+4 && order.Uint16(answer[4:]) == unix.NLMSG_ERROR {
		return 0, fmt.Errorf("asking for sockets: %w", unix.Errno(-int32(order.Uint32(answer[netlinkHead:]))))
	}
	if n < diagInode+4 || order.Uint16(answer[4:]) != unix.SOCK_DIAG_BY_FAMILY {
		return 0, errors.New("asking for sockets: the answer means nothing")
	}
	return order.Uint32(answer[diagInode:]), nil
}

// canFindPeers tries it with a connection to itself.
func canFindPeers() bool {
	listener, err := net.ListenTCP("tcp4", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		return false
	}
	defer listener.Close() //nolint:errcheck // it was to try
	conn, err := net.DialTCP("tcp4", nil, listener.Addr().(*net.TCPAddr))
	if err != nil {
		return false
	}
	defer conn.Close() //nolint:errcheck // it was to try
	inode, err := socketOf([]netip.AddrPort{conn.LocalAddr().(*net.TCPAddr).AddrPort(), conn.RemoteAddr().(*net.TCPAddr).AddrPort()})
	return err == nil && anyHas([]int{os.Getpid()}, inode)
}
