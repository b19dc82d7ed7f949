package gateway

import (
	"sync"

	"github.com/gatehouse-gateway/gatehouse/internal/restapi"
)

// Environments makes the Env of every account and region once, from one that has all the rest. It is safe for concurrent use.
type Environments struct {
	base  *restapi.Env
	mu    sync.Mutex
	known map[[2]string]*restapi.Env
}

// NewEnvironments returns Environments that differ from base in account and region only. base must not change afterwards.
func NewEnvironments(base *restapi.Env) *Environments {
	return &Environments{base: base, known: make(map[[2]string]*restapi.Env)}
}

// In is the Env of an account in a region.
func (e *Environments) In(accountID, region string) *restapi.Env {
	e.mu.Lock()
	defer e.mu.Unlock()
	key := [2]string{accountID, region}
	env := e.known[key]
	if env == nil {
		env = e.base.In(accountID, region)
		e.known[key] = env
	}
	return env
}
