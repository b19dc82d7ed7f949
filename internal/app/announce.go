package app

import (
	"cmp"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/gatehouse-gateway/gatehouse/internal/definition"
	"github.com/gatehouse-gateway/gatehouse/internal/restapi"
)

// announce prints where the API is and every route with its URL.
func (d *dev) announce(stage *restapi.Stage) {
	api := d.gateway.Release().Sole()
	host, port, _ := net.SplitHostPort(d.addr.String()) // an address of a listener has both
	if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1" // every address is served, and this one a browser can open
	}
	base := "http://" + net.JoinHostPort(host, port) + "/" + stage.Name()
	var b strings.Builder
	fmt.Fprintf(&b, "\nserving %s, stage %s, at\n", d.project.document, stage.Name())
	fmt.Fprintf(&b, "  %s\n", base)
	fmt.Fprintf(&b, "  http://%s.execute-api.%s.localhost:%s/%s\n\n", api.ID(), devRegion, port, stage.Name())
	w := tabwriter.NewWriter(&b, 0, 4, 2, ' ', 0)
	for _, r := range stage.Routes() {
		fmt.Fprintf(w, "  %s\t%s%s\t%s\n", r.Method, base, r.Path, strings.TrimSpace(r.Kind+" "+r.Target))
	}
	_ = w.Flush() // a strings.Builder does not fail
	fmt.Fprintln(&b)
	d.announceURLs(&b, w, defaultURLBase("http://"+net.JoinHostPort(host, port)))
	fmt.Fprint(d.out, b.String())
}

// announceURLs prints the function URLs, if there are any.
func (d *dev) announceURLs(out io.Writer, w *tabwriter.Writer, base string) {
	names := d.project.urls()
	for _, name := range names {
		address := strings.NewReplacer("{id}", projectURLID(name), "{region}", devRegion).Replace(base)
		fmt.Fprintf(w, "  %s\t%s\n", name, address)
	}
	if _ = w.Flush(); len(names) > 0 { // a strings.Builder does not fail
		fmt.Fprintln(out)
	}
}

// inOrder sorts problems as a reader meets them: file by file, from the top.
func inOrder(problems definition.Problems) {
	files := make(map[string]int)
	for _, p := range problems {
		if _, seen := files[p.Origin.File]; !seen {
			files[p.Origin.File] = len(files)
		}
	}
	slices.SortStableFunc(problems, func(a, b definition.Problem) int {
		x, y := a.Origin, b.Origin
		return cmp.Or(files[x.File]-files[y.File], x.Line-y.Line, x.Col-y.Col)
	})
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
