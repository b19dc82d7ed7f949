package process

import (
	"fmt"
	"strings"
)

// Files is what a confined process gets of the file system. All paths are absolute. Programs, libraries
// and what the look-up of names and certificates takes are there as well.
type Files struct {
	Read   []string // to read and execute, with all below
	System []string // the same, where they exist: programs that are not where a system has them
	Temp   string   // the only folder to write to; where mounts hold, it is also /tmp
	Hide   []string // where mounts hold, nothing of these is seen but what is above
	// Place are folders to read and execute that are seen elsewhere. They need mounts: without, the process is not started.
	Place []Place
	// Elsewhere leaves everything else as it is: nothing is hidden or closed, and Read, System, Temp and Hide mean nothing.
	Elsewhere bool
}

// Place is a folder and where it is seen. To is a folder of the machine, or below one that is hidden.
type Place struct{ From, To string }

// Options say how strong a nursery is to be.
type Options struct {
	// Open leaves out namespaces and all that confines: Command.Files has no effect.
	Open bool
}

// Holds is what holds the processes of a nursery on this machine.
type Holds struct {
	Processes      bool   `json:"processNamespace"` // a process namespace: nothing survives the guard, others' processes are not seen
	User           bool   `json:"userNamespace"`    // a user namespace: what is possible in it is not possible outside
	Mounts         bool   `json:"mountNamespace"`   // confined processes have mounts of their own
	Landlock       int    `json:"landlock"`         // the version of Landlock that confines files; 0: none
	NoPrivileges   bool   `json:"noNewPrivileges"`  // no program gives a process more rights than it has
	Limits         bool   `json:"limits"`           // of memory, processes, open files, the size of files
	Groups         Groups `json:"controlGroups"`
	Network        bool   `json:"networkNamespace"`         // processes may have a network with nothing but loopback
	NetworkMissing string `json:"networkMissing,omitempty"` // why not
	Peers          bool   `json:"connectionOwners"`         // it is found out which processes a connection comes from
}

// Confines reports whether anything confines what processes read and write.
func (h Holds) Confines() bool { return h.Mounts || h.Landlock > 0 }

// Layer is one of the layers of isolation.
type Layer struct {
	Name    string
	Holds   bool
	Without string // what is possible where it does not hold
}

// Layers are all layers, from what holds nearly everywhere to what few machines have.
func (h Holds) Layers() []Layer {
	landlock := "Landlock"
	if h.Landlock > 0 {
		landlock = fmt.Sprint("Landlock ", h.Landlock)
	}
	return []Layer{
		{"limits", h.Limits, "a function may use all memory, processes and files of the machine"},
		{"no new privileges", h.NoPrivileges, "a function may become another user by programs that allow it"},
		{landlock, h.Landlock > 0, "nothing but mounts and permissions keeps a function from the files of others, and nothing from their processes (Linux 5.13 or newer has it)"},
		{"process namespace", h.Processes, "a function sees the processes of the machine"},
		{"user namespace", h.User, "a function has the user of the gateway in the machine's own user namespace"},
		{"mount namespace", h.Mounts, "a function cannot write to /tmp, only to TMPDIR, and its code and layers are not at /var/task and /opt"},
		{"network namespace", h.Network, "functions that are to have no network are not started: " + h.NetworkMissing},
		{"connection owners", h.Peers, "a function may take the events of another one, at the port of its Runtime API"},
		h.Groups.layer(),
	}
}

// String is the layers that hold, for a log.
func (h Holds) String() string {
	words := []string{"process groups"}
	for _, layer := range h.Layers() {
		if layer.Holds {
			words = append(words, layer.Name)
		}
	}
	return strings.Join(words, ", ")
}
