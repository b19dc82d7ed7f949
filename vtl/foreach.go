package vtl

import (
	"errors"

	"github.com/gatehouse-gateway/gatehouse/jsontree"
)

const unused = -1

// foreach is #foreach. status, count and hasNext are the slots of $foreach,
// $velocityCount and $velocityHasNext, or unused.
type foreach struct {
	at                     int
	variable               variable
	list                   value
	body                   []node
	status, count, hasNext int
	trace                  *loopTrace // nil in a plain program
}

func (n *foreach) exec(r *run) error {
	r.at = n.at
	v, err := n.list.eval(r)
	if err != nil {
		return err
	}
	c := cursor{}
	switch kindOf(v) {
	case kindList:
		c.over = v
		c.items = itemsOf(v)
	case kindMap:
		c.items = items{list: &List{Items: valuesOf(membersOf(v))}}
		c.over = v
		err = errors.Join(r.spend(c.items.len()/8), r.grow(itemBytes*c.items.len()))
	case kindIterator:
		c.from = v.(*iterator)
	default:
		return nil
	}
	if c.from == nil {
		c.size = c.items.len()
	}
	if err != nil || !c.hasNext() {
		return err
	}
	saved := [...]slot{n.variable.load(r), r.slotAt(n.status), r.slotAt(n.count), r.slotAt(n.hasNext)}
	err = n.rounds(r, &c)
	n.variable.store(r, saved[0])
	for i, s := range []int{n.status, n.count, n.hasNext} {
		r.setSlot(s, saved[i+1])
	}
	return err
}

// rounds runs the body for every item. Past the limit of rounds the loop ends
// without error. Spec: mapping-templates 1, unconfirmed.
func (n *foreach) rounds(r *run, c *cursor) error {
	var state *loop
	if n.status != unused {
		state = new(loop)
		state.parent, _ = r.slots[n.status].v.(*loop)
	}
	for i := 0; c.hasNext() && i < r.limits.Loop; i++ {
		if err := r.spend(1); err != nil {
			return err
		}
		item, err := c.take()
		if err != nil {
			r.at = n.at
			return err
		}
		n.variable.store(r, slot{item, true})
		hasNext := c.hasNext()
		if state != nil {
			state.index, state.hasNext = i, hasNext
			r.setSlot(n.status, slot{state, true})
		}
		if n.count != unused {
			r.slots[n.count] = slot{int64(i + 1), true}
		}
		r.setSlot(n.hasNext, slot{hasNext, true})
		if err = n.round(r, i, item, hasNext); err == nil {
			continue
		}
		var l *leaving
		if errors.Is(err, errBreak) || errors.As(err, &l) && l.loop == state {
			return nil
		}
		return err
	}
	return nil
}

// round runs the body once.
func (n *foreach) round(r *run, i int, item Value, hasNext bool) error {
	if n.trace != nil && r.trace != nil {
		return n.trace.round(r, n, i, item, hasNext)
	}
	return r.execAll(n.body)
}

// cursor goes through what #foreach got: a list, the values of a map, or what
// an iterator has left. Like in Java it notices when items come or go.
type cursor struct {
	over  Value
	items items
	from  *iterator
	next  int
	size  int // of over, at the start
}

func (c *cursor) hasNext() bool {
	switch {
	case c.from != nil:
		return c.from.hasNext()
	case isMapped(c.over):
		return c.next < c.size
	}
	return c.next != c.items.len()
}

func (c *cursor) take() (Value, error) {
	if c.from != nil {
		return c.from.take()
	}
	if c.changed() {
		return nil, errChanged
	}
	c.next++
	return c.items.at(c.next - 1), nil
}

// changed reports whether what the loop goes through has another size now.
func (c *cursor) changed() bool {
	switch v := c.over.(type) {
	case *List:
		return len(v.Items) != c.size
	case *jsontree.Array:
		return len(v.Items) != c.size
	case *view:
		return v.of.len() != c.size
	}
	return membersOf(c.over).len() != c.size
}

// isMapped reports whether a loop goes through a map, whose items are taken
// from it at the start.
func isMapped(v Value) bool { return kindOf(v) == kindMap || isView(v) }

func (r *run) slotAt(i int) slot {
	if i == unused {
		return slot{}
	}
	return r.slots[i]
}

func (r *run) setSlot(i int, s slot) {
	if i != unused {
		r.slots[i] = s
	}
}

func valuesOf(m members) []Value {
	var out []Value
	for _, e := range m.entries() {
		out = append(out, e.value)
	}
	return out
}
