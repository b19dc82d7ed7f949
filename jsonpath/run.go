package jsonpath

import "github.com/gatehouse-gateway/gatehouse/jsontree"

// run is one evaluation.
type run struct {
	root    jsontree.Value
	out     []jsontree.Value // matches of the path being followed
	missing bool             // the definite beginning of the path leads nowhere
	left    int              // values that may still be visited
}

// value follows p from v. An indefinite path gives an array of its matches, and
// false only when its definite beginning leads nowhere.
func (r *run) value(p *Path, v jsontree.Value) (jsontree.Value, bool) {
	if p.simple {
		r.left -= 1 + len(p.steps)
		return p.follow(v)
	}
	outer, outerMissing := r.out, r.missing
	r.out, r.missing = nil, false
	r.walk(p, 0, v, true)
	out, missing := r.out, r.missing
	r.out, r.missing = outer, outerMissing
	if !p.definite {
		return &jsontree.Array{Items: out}, !missing
	}
	if len(out) == 0 {
		return nil, false
	}
	return out[0], true
}

// walk follows the steps of p from the i-th on. While certain, no step before
// had a choice.
func (r *run) walk(p *Path, i int, v jsontree.Value, certain bool) {
	if r.left--; r.left <= 0 || v == nil {
		return
	}
	if i == len(p.steps) {
		if len(r.out) >= maxMatches {
			r.left = 0
			return
		}
		r.out = append(r.out, v)
		return
	}
	s := &p.steps[i]
	if s.deep {
		r.descend(p, i, v, maxDepth)
		return
	}
	r.apply(p, i, v, certain)
}

// descend applies the i-th step to v and to everything below it, in document order.
func (r *run) descend(p *Path, i int, v jsontree.Value, depth int) {
	if r.left--; r.left <= 0 || depth == 0 {
		return
	}
	switch v := v.(type) {
	case *jsontree.Array:
		r.applyDeep(p, i, v)
		for _, item := range v.Items {
			r.descend(p, i, item, depth-1)
		}
	case *jsontree.Object:
		r.applyDeep(p, i, v)
		for _, m := range v.All() {
			r.descend(p, i, m, depth-1)
		}
	}
}

// applyDeep applies a step after "..". Several names must all be there when they
// end the path, and a filter looks at objects alone: arrays come by their items.
func (r *run) applyDeep(p *Path, i int, v jsontree.Value) {
	s := &p.steps[i]
	switch s.kind {
	case stepFilter:
		if _, isObject := v.(*jsontree.Object); !isObject {
			return
		}
	case stepNames:
		for _, name := range s.names {
			if _, ok := member(v, name); !ok && i == len(p.steps)-1 {
				return
			}
		}
	}
	r.apply(p, i, v, false)
}

// apply applies the i-th step to v itself and follows the rest.
func (r *run) apply(p *Path, i int, v jsontree.Value, certain bool) {
	s := &p.steps[i]
	switch s.kind {
	case stepName:
		if m, ok := member(v, s.name); ok {
			r.walk(p, i+1, m, certain)
		} else {
			r.missing = r.missing || certain
		}
	case stepIndex, stepIndexes:
		for _, n := range s.indexes {
			if it, ok := item(v, n); ok {
				r.walk(p, i+1, it, certain && s.kind == stepIndex)
			} else {
				r.missing = r.missing || certain && (s.kind == stepIndex || jsontree.KindOf(v) != jsontree.KindArray)
			}
		}
	case stepNames:
		if r.names(p, i, v); jsontree.KindOf(v) != jsontree.KindObject {
			r.missing = r.missing || certain
		}
	case stepSlice:
		a, ok := v.(*jsontree.Array)
		if r.missing = r.missing || certain && !ok; ok {
			for _, it := range a.Items[s.start(len(a.Items)):s.end(len(a.Items))] {
				r.walk(p, i+1, it, false)
			}
		}
	case stepWildcard:
		r.each(p, i, v)
	case stepFilter:
		r.filter(p, i, v)
	case stepCall:
		if result, ok := s.call.run(r, v, s.args); ok {
			r.walk(p, i+1, result, certain)
		}
	}
}

func (r *run) names(p *Path, i int, v jsontree.Value) {
	o, ok := v.(*jsontree.Object)
	if !ok {
		return
	}
	if i < len(p.steps)-1 {
		for _, name := range p.steps[i].names {
			if m, ok := o.Get(name); ok {
				r.walk(p, i+1, m, false)
			}
		}
		return
	}
	merged := jsontree.NewObject(len(p.steps[i].names))
	for _, name := range p.steps[i].names {
		if m, ok := o.Get(name); ok {
			merged.Set(name, m)
		}
	}
	r.walk(p, i+1, merged, false)
}

func (r *run) each(p *Path, i int, v jsontree.Value) {
	switch v := v.(type) {
	case *jsontree.Array:
		for _, it := range v.Items {
			r.walk(p, i+1, it, false)
		}
	case *jsontree.Object:
		for _, m := range v.All() {
			r.walk(p, i+1, m, false)
		}
	}
}

func (r *run) filter(p *Path, i int, v jsontree.Value) {
	f := p.steps[i].filter
	switch v := v.(type) {
	case *jsontree.Array:
		for _, it := range v.Items {
			if r.left--; r.left > 0 && f.match(r, it) {
				r.walk(p, i+1, it, false)
			}
		}
	case *jsontree.Object:
		if f.match(r, v) {
			r.walk(p, i+1, v, false)
		}
	}
}

func (s *step) start(n int) int {
	switch {
	case !s.hasFrom:
		return 0
	case s.from < 0:
		return max(0, n+s.from)
	}
	return min(s.from, n)
}

// end is never before start.
func (s *step) end(n int) int {
	end := n
	switch {
	case s.hasTo && s.to < 0:
		end = max(0, n+s.to)
	case s.hasTo:
		end = min(s.to, n)
	}
	return max(end, s.start(n))
}
