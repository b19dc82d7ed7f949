package app

import (
	"fmt"
	"strings"
	"text/tabwriter"
)

// announce prints where everything is.
func (s *serve) announce() {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 4, 2, ' ', 0)
	control, apis := s.fronts[0].url(), s.fronts[len(s.fronts)-1].url()
	fmt.Fprintf(w, "  management\t%s\n", control)
	fmt.Fprintf(w, "  APIs\t%s\n", apis)
	dir := s.state.dir
	if s.state.ephemeral {
		dir = "in memory, gone at the end; files for commands are in " + dir
	}
	fmt.Fprintf(w, "  state\t%s\n", dir)
	fmt.Fprintf(w, "  account\t%s\n", s.config.Account)
	fmt.Fprintf(w, "  region\t%s\n", s.config.Region)
	fmt.Fprintf(w, "  root credentials\t%s\n", s.state.rootCredentials())
	_ = w.Flush() // a strings.Builder does not fail
	fmt.Fprintf(s.opts.Out, "gatehouse %s serves\n%s\n", Version(), b.String())
	if s.config.InsecureAnyCredentials {
		fmt.Fprintf(s.opts.Out, "WARNING: insecure-any-credentials is on: every program on this machine may change every API at %s\n\n", control)
		s.log.Warn("insecure-any-credentials is on: management calls are not verified", "address", control)
	}
	if damage := s.state.engine.Damage(); len(damage) > 0 {
		fmt.Fprintf(s.opts.Out, "WARNING: the state is damaged in %d places; the rest serves, and the log names each\n\n", len(damage))
	}
}
