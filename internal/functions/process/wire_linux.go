package process

import (
	"encoding/json"
	"net/netip"
	"syscall"
)

// message is what host and guard send each other, one per packet, as JSON.
type message struct {
	Op  string // see below
	ID  uint64 `json:",omitempty"` // which process
	Err string `json:",omitempty"`

	Path        string   `json:",omitempty"` // of start
	Args        []string `json:",omitempty"`
	Environment []string `json:",omitempty"`
	Dir         string   `json:",omitempty"`
	Memory      int64    `json:",omitempty"`
	FileSize    int64    `json:",omitempty"`
	Files       *Files   `json:",omitempty"`
	Group       bool     `json:",omitempty"` // the next file is a control group
	Counted     bool     `json:",omitempty"` // by which the kernel counts processes
	Network     bool     `json:",omitempty"` // the last file is a network namespace
	IPv6        bool     `json:",omitempty"` // of network

	Crew uint64           `json:",omitempty"` // of start and owns
	Ends []netip.AddrPort `json:",omitempty"` // of owns: of the connection, first the one that is asked for

	Holds *Holds `json:",omitempty"` // of ready

	Status     syscall.WaitStatus `json:",omitempty"` // of exited
	PeakMemory int64              `json:",omitempty"`
}

// What a message can be.
const (
	opReady     = "ready"     // guard: can start processes, or Err
	opStart     = "start"     // host: with the output as a file, a control group, a network namespace
	opNetwork   = "network"   // host: a socket, with the namespace that it is to be in, if not a new one
	opOwns      = "owns"      // host: whether a crew has one end of a connection
	opStarted   = "started"   // guard: with the process's status file, or what network asks for, or Err
	opKill      = "kill"      // host
	opTerminate = "terminate" // host: SIGTERM for the process itself
	opExited    = "exited"    // guard: the process itself ended
	opGone      = "gone"      // guard: nothing of it is left
)

// maxMessage bounds a message in bytes: arguments and variables of a function are a few KiB, and PATH is ours.
const maxMessage = 256 << 10

func (m message) encode() ([]byte, error) { return json.Marshal(m) }

func (m *message) decode(b []byte) error { return json.Unmarshal(b, m) }
