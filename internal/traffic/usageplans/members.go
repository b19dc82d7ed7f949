package usageplans

import (
	"hash/maphash"
	"slices"
	"sync"
	"time"

	"github.com/gatehouse-gateway/gatehouse/internal/traffic"
)

// shards is how many locks the keys of a plan share.
const shards = 32

// members are the keys of one plan that were used, as long as that matters.
type members struct {
	seed   maphash.Seed
	shards [shards]shard
}

type shard struct {
	mu   sync.Mutex
	byID map[string]*member // made with the first member
	_    [48]byte           // a cache line for each
}

func newMembers() *members { return &members{seed: maphash.MakeSeed()} }

func (m *members) of(keyID string) *shard {
	return &m.shards[maphash.String(m.seed, keyID)%shards]
}

func (s *shard) member(keyID string) *member {
	m := s.byID[keyID]
	if m == nil {
		m = new(member)
		if s.byID == nil {
			s.byID = make(map[string]*member)
		}
		s.byID[keyID] = m
	}
	return m
}

// member is one key in one plan. The lock of its shard guards it.
type member struct {
	bucket  traffic.Level
	methods map[methodOf]*traffic.Level // of methods with a limit of their own
	periods []used                      // newest first
	counted []counted                   // since the last Drain: one, or two around midnight
	last    Day                         // on which it was used
}

type methodOf struct {
	stage Stage
	name  string
}

// used is how many requests of a period there were.
type used struct {
	begin Day
	n     int64
}

// counted is a number of requests of a day, under the period that they counted for.
type counted struct {
	begin, day Day
	n          int64
}

func (m *member) method(s Stage, name string) *traffic.Level {
	at := methodOf{s, name}
	l := m.methods[at]
	if l == nil {
		l = new(traffic.Level)
		if m.methods == nil {
			m.methods = make(map[methodOf]*traffic.Level)
		}
		m.methods[at] = l
	}
	return l
}

// used finds the number of a period.
func (m *member) used(begin Day) *int64 {
	i := 0
	for i < len(m.periods) && m.periods[i].begin > begin {
		i++
	}
	if i == len(m.periods) || m.periods[i].begin != begin {
		m.periods = slices.Insert(m.periods, i, used{begin: begin})
	}
	return &m.periods[i].n
}

// count notes a request for the next Drain.
func (m *member) count(begin, day Day) {
	for i := range m.counted {
		if c := &m.counted[i]; c.begin == begin && c.day == day {
			c.n++
			return
		}
	}
	m.counted = append(m.counted, counted{begin, day, 1})
}

// longestPeriod is the longest period of a quota, in days.
const longestPeriod = 31

// idle forgets what does not matter any more, and reports whether nothing is left.
func (m *member) idle(now time.Time) bool {
	today := DayOf(now)
	for n := len(m.periods); n > 0 && m.periods[n-1].begin <= today-longestPeriod; n-- {
		m.periods = m.periods[:n-1]
	}
	for at, l := range m.methods {
		if l.Full(now) {
			delete(m.methods, at)
		}
	}
	return len(m.periods) == 0 && len(m.methods) == 0 && len(m.counted) == 0 && m.last < today && m.bucket.Full(now)
}

// sweep drops idle members and reports whether nothing is left.
func (m *members) sweep(now time.Time) bool {
	empty := true
	for i := range m.shards {
		s := &m.shards[i]
		s.mu.Lock()
		for id, one := range s.byID {
			if one.idle(now) {
				delete(s.byID, id)
			}
		}
		empty = empty && len(s.byID) == 0
		s.mu.Unlock()
	}
	return empty
}

// drain appends what was counted since the last time.
func (m *members) drain(to []Count, at Count) []Count {
	for i := range m.shards {
		s := &m.shards[i]
		s.mu.Lock()
		for id, one := range s.byID {
			at.KeyID = id
			for _, c := range one.counted {
				at.Begin, at.Day, at.N = c.begin, c.day, c.n
				to = append(to, at)
			}
			one.counted = one.counted[:0]
		}
		s.mu.Unlock()
	}
	return to
}
