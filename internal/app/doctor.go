package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/gatehouse-gateway/gatehouse/internal/functions/process"
	"github.com/gatehouse-gateway/gatehouse/internal/functions/runtimes"
)

// diagnosis is what `gatehouse doctor` finds.
type diagnosis struct {
	Isolation process.Holds        `json:"isolation"`
	Engines   []runtimes.Installed `json:"engines"`
}

// Doctor writes what of the isolation of functions holds on this machine, for the user who asks, and which engines run them.
func Doctor(out io.Writer, asJSON bool) error {
	holds, err := holdsHere()
	if err != nil {
		return err
	}
	d := diagnosis{holds, runtimes.InstalledEngines()}
	if asJSON {
		e := json.NewEncoder(out)
		e.SetIndent("", "  ")
		return e.Encode(d)
	}
	return d.print(out)
}

// holdsHere tries what holds, in processes that are gone afterwards.
func holdsHere() (holds process.Holds, err error) {
	nursery := process.NewNursery(process.Options{})
	if err := nursery.Prepare(); err != nil {
		return holds, err
	}
	holds = nursery.Holds()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	return holds, nursery.Close(ctx)
}

func (d diagnosis) print(out io.Writer) (err error) {
	line := func(name, text string) {
		_, failed := fmt.Fprintf(out, "  %-20s %s\n", name, text)
		err = errors.Join(err, failed)
	}
	fmt.Fprintf(out, "Functions are held by: %s\n", d.Isolation) //nolint:errcheck // the next line says it, too
	for _, layer := range d.Isolation.Layers() {
		text := "no: " + layer.Without
		if layer.Holds {
			text = "yes"
		}
		line(layer.Name, text)
	}
	fmt.Fprintln(out, "Engines") //nolint:errcheck // the next line says it, too
	for _, e := range d.Engines {
		text := e.Version + "  " + e.Path
		if e.Problem != "" {
			text = e.Problem
		}
		line(e.Runtimes, text)
	}
	return err
}
