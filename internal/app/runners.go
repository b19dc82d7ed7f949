package app

import (
	"github.com/gatehouse-gateway/gatehouse/internal/awsclient"
	"github.com/gatehouse-gateway/gatehouse/internal/functions"
	"github.com/gatehouse-gateway/gatehouse/internal/functions/host"
	"github.com/gatehouse-gateway/gatehouse/internal/functions/remote"
)

// runners run functions where they live: as processes of this machine, or elsewhere.
type runners struct {
	host    *host.Host
	remotes *remote.Remotes
	lambda  *awsclient.Client // nil: there are no Lambda APIs to call
}

// open makes the runner of a version.
func (r runners) open(f *functions.Function) functions.Runner {
	target, err := r.target(f)
	switch {
	case err != nil:
		return remote.Broken(err)
	case target != nil:
		return r.remotes.Open(f, target)
	}
	if _, err := functions.NoNetwork(f.Environment); err != nil {
		return remote.Broken(err)
	}
	concurrency, err := functions.EnvironmentConcurrency(f.Environment)
	switch {
	case err != nil:
		return remote.Broken(err)
	case concurrency > 1:
		return r.host.Share(f, concurrency)
	}
	return r.host.Open(f)
}

// provision makes what keeps environments of a version ready.
func (r runners) provision(f *functions.Function) functions.Provisioned {
	if target, err := r.target(f); target != nil || err != nil {
		return remote.Unprovisioned{}
	}
	return r.host.Provision(f)
}

func (r runners) target(f *functions.Function) (*remote.Target, error) {
	target, err := remote.Parse(f.Environment)
	if err == nil && target != nil {
		err = remote.Check(r.lambda, target)
	}
	return target, err
}
