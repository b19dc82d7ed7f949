package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/gatehouse-gateway/gatehouse/internal/functions/process"
	"github.com/gatehouse-gateway/gatehouse/internal/functions/runtimes"
)

// diagnosis is what `gatehouse doctor` finds.
type diagnosis struct {
	Isolation process.Holds        `json:"isolation"`
	Engines   []runtimes.Installed `json:"engines"`
	// JavaClient is the folder with the runtime client of Java that the environment names.
	JavaClient javaClient `json:"javaRuntimeClient"`
}

// javaClientVariable names the folder with the runtime client of Java, for `gatehouse serve` and where functions are a developer's.
const javaClientVariable = "GATEHOUSE_JAVA_RUNTIME_CLIENT"

type javaClient struct {
	Path    string `json:"path,omitempty"`
	Problem string `json:"problem,omitempty"` // why functions have to bring it
}

func findJavaClient() (c javaClient) {
	c.Path = os.Getenv(javaClientVariable)
	if c.Path == "" {
		c.Problem = "functions have to bring it: " + javaClientVariable + " names no folder"
		return c
	}
	if err := runtimes.CheckJavaClient(c.Path); err != nil {
		c.Problem = err.Error()
	}
	return c
}

// Doctor writes what of the isolation of functions holds on this machine, for the user who asks, and which engines run them.
func Doctor(out io.Writer, asJSON bool) error {
	holds, err := holdsHere()
	if err != nil {
		return err
	}
	d := diagnosis{holds, runtimes.InstalledEngines(), findJavaClient()}
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
	text := d.JavaClient.Path
	if d.JavaClient.Problem != "" {
		text = d.JavaClient.Problem
	}
	line("java runtime client", text)
	return err
}
