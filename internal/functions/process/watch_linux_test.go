package process

import (
	"os"
	"testing"
)

func TestParseStatm(t *testing.T) {
	page := int64(os.Getpagesize())
	for text, want := range map[string][2]int64{
		"20 7 3 1 0 5 0\n": {7 * page, 3 * page},
		"":                 {},
		"1 2":              {},
		"1 x 3":            {},
		"1 2 x":            {},
	} {
		if resident, shared := parseStatm([]byte(text)); resident != want[0] || shared != want[1] {
			t.Errorf("%q: got %d, %d", text, resident, shared)
		}
	}
}

func TestTheOwnerOfADescendant(t *testing.T) {
	c := &child{id: 3, pid: 10}
	g := &guard{children: map[int]*child{10: c}, ids: map[uint64]*child{3: c}}
	all := map[int]kin{}
	for _, k := range []kin{
		{pid: os.Getpid()}, {pid: 10, parent: os.Getpid(), session: 10}, {pid: 11, parent: 10, session: 11}, {pid: 12, parent: 11, session: 12},
		{pid: 13, parent: os.Getpid(), session: 10}, {pid: 20, parent: 99, session: 20},
	} {
		all[k.pid] = k
	}
	for pid, want := range map[int]*child{10: c, 11: c, 12: c, 13: c, 20: nil} {
		if got := g.ownerOf(all, all[pid]); got != want {
			t.Errorf("%d: got %v", pid, got)
		}
	}
}
