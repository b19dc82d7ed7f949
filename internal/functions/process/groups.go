package process

import "strings"

// Groups is what the control groups bound that each environment's processes have, on Linux where they are ours to make.
type Groups struct {
	Memory    bool   `json:"memory"`            // the kernel ends who has more than he may
	Processes bool   `json:"pids"`              // the kernel refuses to start more
	CPU       bool   `json:"cpu"`               // processors are shared by the size of memory
	Missing   string `json:"missing,omitempty"` // why not all of it
}

// Any reports whether there are groups at all.
func (g Groups) Any() bool { return g.Memory || g.Processes || g.CPU }

// controllers are the names of what is bounded, as the kernel calls it.
func (g Groups) controllers() (names []string) {
	for _, c := range []struct {
		name  string
		holds bool
	}{{"memory", g.Memory}, {"pids", g.Processes}, {"cpu", g.CPU}} {
		if c.holds {
			names = append(names, c.name)
		}
	}
	return names
}

// layer is the groups as one of the layers.
func (g Groups) layer() Layer {
	name, without := "control groups", "memory and processes are looked at a few times a second, and processors are shared by all alike"
	if g.Any() {
		name += " (" + strings.Join(g.controllers(), ", ") + ")"
	}
	if g.Missing != "" {
		without += ": " + g.Missing
	}
	return Layer{name, g.Any(), without}
}
