package gateway

import (
	"sync"

	"github.com/gatehouse-gateway/gatehouse/jsonpath"
)

// Bounds of the memory for compiled paths. Paths are nearly always literals of
// templates; those that requests make up must not fill it.
const (
	maxPaths   = 2048
	maxPathLen = 1024
)

// paths remembers the JSONPath expressions of all templates.
var paths pathCache

type pathCache struct {
	known sync.Map // string → compiledPath

	mu    sync.Mutex
	count int
}

type compiledPath struct {
	path *jsonpath.Path
	err  error
}

func (c *pathCache) get(text string) (*jsonpath.Path, error) {
	if found, ok := c.known.Load(text); ok {
		p := found.(compiledPath)
		return p.path, p.err
	}
	path, err := jsonpath.Compile(text)
	if len(text) <= maxPathLen {
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.count++; c.count > maxPaths { // start over; literals come back at once
			c.known.Clear()
			c.count = 1
		}
		c.known.Store(text, compiledPath{path, err})
	}
	return path, err
}
