package functions

import (
	"context"
	"errors"
	"testing"
)

// queued remembers what it was given.
type queued struct{ calls []Call }

func (q *queued) Enqueue(_ context.Context, c *Call) error {
	q.calls = append(q.calls, *c)
	return nil
}

// TestEventsGoToTheQueue holds what is asked before an event is accepted.
func TestEventsGoToTheQueue(t *testing.T) {
	q := new(queued)
	d := NewDirectory(DirectoryOptions{Open: new(opened).open, Queue: q, MaxEvent: 10})
	none := 0
	e := hello()
	e.Reserved = &none
	e.Versions["2"] = Version{Function: e.Versions["2"].Function, State: &StateError{State: "Failed"}}
	d.Put(e)
	invoke := func(c Call) (Result, error) {
		c.Type = Event
		var res Result
		return res, d.Invoke(t.Context(), &c, &res)
	}
	var unready *StateError
	for name, c := range map[string]struct {
		call Call
		is   func(error) bool
	}{
		"unknown":      {Call{Ref: at("none")}, func(err error) bool { return errors.Is(err, ErrNotFound) }},
		"not allowed":  {Call{Ref: at(""), Caller: &Caller{Service: "apigateway.amazonaws.com"}}, func(err error) bool { return errors.Is(err, ErrDenied) }},
		"not ready":    {Call{Ref: at("2")}, func(err error) bool { return errors.As(err, &unready) }},
		"too large":    {Call{Ref: at(""), Invocation: Invocation{Payload: make([]byte, 11)}}, func(err error) bool { return errors.Is(err, ErrPayloadTooLarge) }},
		"as it may be": {Call{Ref: at(""), Invocation: Invocation{Payload: make([]byte, 10)}}, func(err error) bool { return err == nil }},
	} {
		if _, err := invoke(c.call); !c.is(err) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	if len(q.calls) != 1 || len(q.calls[0].RequestID) != 36 || q.calls[0].Ref != at("") {
		t.Errorf("got %+v", q.calls)
	}
	d = NewDirectory(DirectoryOptions{Open: new(opened).open})
	d.Put(hello())
	if _, err := invoke(Call{Ref: at("")}); !errors.Is(err, ErrNoQueue) {
		t.Errorf("got %v", err)
	}
}

func TestSettingsOfEvents(t *testing.T) {
	d := NewDirectory(DirectoryOptions{Open: new(opened).open})
	e, one, two := hello(), 1, 2
	e.Asynchronous = map[string]Asynchronous{Latest: {Retries: &one}, "live": {Retries: &two}}
	d.Put(e)
	for qualifier, want := range map[string]*int{"": &one, Latest: &one, "live": &two, "1": nil} {
		if got, err := d.Asynchronous(at(qualifier)); err != nil || got.Retries != want || got.Stopped {
			t.Errorf("%q: got %+v, %v", qualifier, got, err)
		}
	}
	if _, err := d.Asynchronous(at("none")); !errors.Is(err, ErrNotFound) {
		t.Errorf("got %v", err)
	}
	none := 0
	e = hello()
	e.Reserved = &none
	d.Put(e)
	if got, err := d.Asynchronous(at("")); err != nil || !got.Stopped {
		t.Errorf("got %+v, %v", got, err)
	}
}
