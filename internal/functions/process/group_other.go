//go:build !linux

package process

// Group bounds nothing here.
type Group struct{}

// NewGroup makes none: the system has no control groups.
func (n *Nursery) NewGroup(int64) (*Group, error) { return nil, nil }

// Peak is not known.
func (g *Group) Peak() int64 { return 0 }

// Kill does nothing.
func (g *Group) Kill() {}

// Close does nothing.
func (g *Group) Close() {}
