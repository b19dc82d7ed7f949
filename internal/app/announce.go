package app

import (
	"fmt"
	"net"
	"strings"
	"text/tabwriter"

	"github.com/gatehouse-gateway/gatehouse/internal/definition"
	"github.com/gatehouse-gateway/gatehouse/internal/restapi"
)

// announce prints where the API is and every route with its URL.
func (d *dev) announce(stage *restapi.Stage) {
	api := d.gateway.Release().Sole()
	base := "http://" + d.addr.String() + "/" + stage.Name()
	port := ""
	if _, p, err := net.SplitHostPort(d.addr.String()); err == nil {
		port = ":" + p
	}
	var b strings.Builder
	fmt.Fprintf(&b, "\nserving %s, stage %s, at\n", d.project.document, stage.Name())
	fmt.Fprintf(&b, "  %s\n", base)
	fmt.Fprintf(&b, "  http://%s.execute-api.%s.localhost%s/%s\n\n", api.ID(), devRegion, port, stage.Name())
	w := tabwriter.NewWriter(&b, 0, 4, 2, ' ', 0)
	for _, r := range stage.Routes() {
		fmt.Fprintf(w, "  %s\t%s%s\t%s %s\n", r.Method, base, r.Path, r.Kind, r.Target)
	}
	_ = w.Flush() // a strings.Builder does not fail
	fmt.Fprintln(&b)
	fmt.Fprint(d.out, b.String())
}

// indent shows an error, or each of several problems, on lines of its own.
func indent(err error) string {
	lines := strings.Split(err.Error(), "\n")
	if ps := definition.ProblemsOf(err); ps != nil {
		lines = lines[:0]
		for _, p := range ps {
			lines = append(lines, p.Error())
		}
	}
	return "  " + strings.Join(lines, "\n  ")
}
