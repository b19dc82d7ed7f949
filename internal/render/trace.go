package render

import (
	"fmt"
	"io"

	"github.com/gatehouse-gateway/gatehouse/vtl"
)

// Trace collects what happened in a run. It is bounded by vtl.MaxEvents.
type Trace struct{ Events []vtl.Event }

// Add is the Event of a vtl.Tracer.
func (t *Trace) Add(e vtl.Event) { t.Events = append(t.Events, e) }

// Lines writes one line per event, each behind indent: line and column in the template, and what happened there.
func (t *Trace) Lines(w io.Writer, indent string) error {
	for _, e := range t.Events {
		if _, err := fmt.Fprintf(w, "%s%d:%d  %s\n", indent, e.Line, e.Column, e); err != nil {
			return err
		}
	}
	return nil
}

// TraceEvent is an event as JSON has it. Value is missing where there is none.
type TraceEvent struct {
	Line       int           `json:"line"`
	Column     int           `json:"column"`
	Kind       vtl.EventKind `json:"kind"`
	Source     string        `json:"source,omitempty"`
	Target     string        `json:"target,omitempty"`
	Value      *string       `json:"value,omitempty"`
	Cut        bool          `json:"cut,omitempty"`
	Null       bool          `json:"null,omitempty"`
	Unresolved bool          `json:"unresolved,omitempty"`
	Secret     bool          `json:"secret,omitempty"`
	Taken      *bool         `json:"taken,omitempty"`  // of a branch
	Index      *int          `json:"index,omitempty"`  // of a round, from 0
	Rounds     *int          `json:"rounds,omitempty"` // of the end of a loop
}

// JSON returns the events as JSON has them.
func (t *Trace) JSON() []TraceEvent {
	all := make([]TraceEvent, 0, len(t.Events))
	for _, e := range t.Events {
		out := TraceEvent{Line: e.Line, Column: e.Column, Kind: e.Kind, Source: e.Source, Target: e.Target,
			Cut: e.Cut, Null: e.Null, Unresolved: e.Unresolved, Secret: e.Secret}
		switch e.Kind {
		case vtl.EventBranch:
			out.Taken = &e.Taken
		case vtl.EventRound:
			out.Index = &e.Index
		case vtl.EventLoopEnd:
			out.Rounds = &e.Index
		case vtl.EventCall, vtl.EventLeave, vtl.EventCut, vtl.EventReference, vtl.EventSet, vtl.EventEaten, vtl.EventError:
		}
		if hasValue(e) {
			out.Value = &e.Value
		}
		all = append(all, out)
	}
	return all
}

// hasValue reports whether Value says something, even when it is empty.
func hasValue(e vtl.Event) bool {
	switch e.Kind {
	case vtl.EventBranch, vtl.EventCall, vtl.EventLeave, vtl.EventCut:
		return false
	case vtl.EventReference:
		return !e.Null && !e.Unresolved && !e.Secret
	default:
		return !e.Null && !e.Secret
	}
}
