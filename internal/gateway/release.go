package gateway

import (
	"cmp"
	"hash/maphash"
	"maps"
	"slices"
	"strings"

	"github.com/gatehouse-gateway/gatehouse/internal/restapi"
)

// shardCount is how many parts the table of APIs has. Publishing one API copies one part and the list of parts, so that its
// cost hardly grows with the number of APIs: of 10,000 APIs some 40 share a part.
const shardCount = 256

// Release is what one node serves: every compiled API. It is immutable.
type Release struct {
	// shards hold the APIs by id in lower case. Ids are unique in a region; where one occurs in several, the list is sorted by
	// region and account.
	shards [shardCount]map[string][]*restapi.API
	sole   *restapi.API
}

// shardSeed spreads ids over shards.
var shardSeed = maphash.MakeSeed()

func shardOf(id string) int { return int(maphash.String(shardSeed, id) % shardCount) }

// NewRelease gathers the APIs of a node.
func NewRelease(apis ...*restapi.API) *Release {
	r := new(Release)
	for _, a := range apis {
		id := strings.ToLower(a.ID())
		shard := &r.shards[shardOf(id)]
		if *shard == nil {
			*shard = make(map[string][]*restapi.API)
		}
		(*shard)[id] = replaced((*shard)[id], nil, a)
	}
	return r
}

// NewSoleRelease serves one API, also at host names and addresses that name no API: on a developer's machine,
// http://127.0.0.1:8080/{stage}/… is enough.
func NewSoleRelease(a *restapi.API) *Release {
	r := NewRelease(a)
	r.sole = a
	return r
}

// Sole is the API of a release made by NewSoleRelease, or nil.
func (r *Release) Sole() *restapi.API { return r.sole }

// with is the release that has next in place of old, which may be nil, as may next. Both have the same id.
func (r *Release) with(old, next *restapi.API) *Release {
	id := strings.ToLower(cmp.Or(next, old).ID())
	i := shardOf(id)
	changed := *r
	shard := maps.Clone(r.shards[i])
	if shard == nil {
		shard = make(map[string][]*restapi.API)
	}
	if apis := replaced(shard[id], old, next); len(apis) > 0 {
		shard[id] = apis
	} else {
		delete(shard, id)
	}
	changed.shards[i] = shard
	return &changed
}

// replaced is a copy of a sorted list with next in place of old; either may be nil.
func replaced(apis []*restapi.API, old, next *restapi.API) []*restapi.API {
	list := make([]*restapi.API, 0, len(apis)+1)
	for _, a := range apis {
		if a != old {
			list = append(list, a)
		}
	}
	if next != nil {
		list = append(list, next)
	}
	slices.SortFunc(list, func(a, b *restapi.API) int {
		return cmp.Or(strings.Compare(a.Region(), b.Region()), strings.Compare(a.AccountID(), b.AccountID()))
	})
	return list
}

// find returns the API with this id. Where several regions have the id, region chooses; an id of one region only is found
// under any: which region a host name ends in is the business of whoever named the host.
func (r *Release) find(id, region string) *restapi.API {
	id = strings.ToLower(id)
	apis := r.shards[shardOf(id)][id]
	if len(apis) == 1 {
		return apis[0]
	}
	for _, a := range apis {
		if strings.EqualFold(a.Region(), region) {
			return a
		}
	}
	return nil
}
