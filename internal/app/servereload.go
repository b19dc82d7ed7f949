package app

import (
	"context"
	"strings"

	"github.com/gatehouse-gateway/gatehouse/internal/config"
)

// reloads reads the configuration again whenever it is told to, until ctx ends.
func (s *serve) reloads(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-s.opts.Reload:
			s.reload()
		}
	}
}

// reload changes what can change, and says what needs a restart. A configuration that is wrong changes nothing.
func (s *serve) reload() {
	next, err := s.opts.Read()
	if err != nil {
		s.log.Error("not reloaded: the configuration is wrong", "error", err)
		return
	}
	done, restart := config.Changed(s.config, next)
	if next.ControlTLS.On() != s.config.ControlTLS.On() || next.GatewayTLS.On() != s.config.GatewayTLS.On() {
		restart = append(restart, "TLS on or off")
		next.ControlTLS, next.GatewayTLS = s.config.ControlTLS, s.config.GatewayTLS
	}
	loaded, err := s.reloadCertificates(next)
	if err != nil {
		s.log.Error("not reloaded: the certificates before stay", "error", err)
		return
	}
	s.setLevel(next.LogLevel)
	s.config.LogLevel, s.config.ControlTLS, s.config.GatewayTLS = next.LogLevel, next.ControlTLS, next.GatewayTLS
	s.log.Info("reloaded", "changed", orNothing(done), "certificates", loaded, "needs a restart", orNothing(restart))
}

// reloadCertificates reads the files anew, all or none, and returns how many certificates that are.
func (s *serve) reloadCertificates(next *config.Serve) (int, error) {
	fresh := make([]*certificate, len(s.fronts))
	loaded := 0
	for i, l := range s.fronts {
		if l.certificate == nil {
			continue
		}
		files := next.ControlTLS
		if l.name == "gateway-addr" {
			files = next.GatewayTLS
		}
		fresh[i] = new(certificate)
		if err := fresh[i].load(files); err != nil {
			return 0, err
		}
		loaded++
	}
	for i, c := range fresh {
		if c != nil {
			s.fronts[i].certificate.current.Store(c.current.Load())
		}
	}
	return loaded, s.writeAddress()
}

func orNothing(names []string) string {
	if len(names) == 0 {
		return "nothing"
	}
	return strings.Join(names, ", ")
}
