package javaregex

import "sync"

// cacheSize is the number of patterns a Cache keeps in each of its two halves.
const cacheSize = 128

// Cache compiles patterns that become known only while a request runs, and
// remembers the last few. The zero value is ready; it is safe for concurrent
// use.
type Cache struct {
	mu          sync.Mutex
	young, aged map[string]cached
}

type cached struct {
	re  *Regexp
	err error
}

// Get is Compile with memory. Errors are remembered too.
func (c *Cache) Get(pattern string) (*Regexp, error) {
	if found, ok := c.lookup(pattern); ok {
		return found.re, found.err
	}
	re, err := Compile(pattern)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.keep(pattern, cached{re, err})
	return re, err
}

func (c *Cache) lookup(pattern string) (cached, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	found, ok := c.young[pattern]
	if !ok {
		if found, ok = c.aged[pattern]; ok {
			c.keep(pattern, found)
		}
	}
	return found, ok
}

// keep adds to the young half; a full young half becomes the aged one.
func (c *Cache) keep(pattern string, entry cached) {
	if c.young == nil || len(c.young) >= cacheSize {
		c.aged, c.young = c.young, make(map[string]cached, cacheSize)
	}
	c.young[pattern] = entry
}
