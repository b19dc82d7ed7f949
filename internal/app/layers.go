package app

import (
	"context"
	"fmt"
	"io"
	"os"
	"text/tabwriter"
	"time"

	"github.com/gatehouse-gateway/gatehouse/internal/control/lambda/layer"
	"github.com/gatehouse-gateway/gatehouse/internal/control/operator"
	"github.com/gatehouse-gateway/gatehouse/internal/definition"
	"github.com/gatehouse-gateway/gatehouse/internal/functionstore"
	"github.com/gatehouse-gateway/gatehouse/internal/store"
)

// LayerOptions are what all `gatehouse layer` commands have in common.
type LayerOptions struct {
	DataDir string
	JSON    bool
	Out     io.Writer
	Err     io.Writer // for the log of a state that is opened
}

// layers imports, lists and removes versions of layers: in a running server, or in a state opened for the command.
type layers interface {
	ImportLayer(ctx context.Context, arn string, zip []byte) (layer.Info, error)
	ListLayers(ctx context.Context) ([]layer.Info, error)
	RemoveLayer(ctx context.Context, arn string) error
}

// ImportLayer stores a version of a layer from a zip file, under the ARN that it has elsewhere.
func ImportLayer(ctx context.Context, o LayerOptions, arn, file string) error {
	zip, err := readUpTo(file, functionstore.MaxZipped)
	if err != nil {
		return fmt.Errorf("layer: %w", err)
	}
	return o.with(ctx, func(l layers) error {
		made, err := l.ImportLayer(ctx, arn, zip)
		if err != nil {
			return err
		}
		if o.JSON {
			return printJSON(o.Out, made)
		}
		_, err = fmt.Fprintf(o.Out, "%s is imported (%d bytes); functions of all accounts in its region may use it\n", made.ARN, made.CodeSize)
		return err
	})
}

// readUpTo reads a file that has no more bytes than most.
func readUpTo(name string, most int64) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, most+1))
	if err == nil && int64(len(data)) > most {
		err = fmt.Errorf("%s is larger than %d bytes", name, most)
	}
	return data, err
}

// ListLayers prints the versions of all layers, published and imported.
func ListLayers(ctx context.Context, o LayerOptions) error {
	return o.with(ctx, func(l layers) error {
		all, err := l.ListLayers(ctx)
		if err != nil {
			return err
		}
		if o.JSON {
			return printJSON(o.Out, map[string]any{"layers": all})
		}
		w := tabwriter.NewWriter(o.Out, 0, 4, 2, ' ', 0)
		fmt.Fprintln(w, "LAYER VERSION\tBYTES\tCREATED")
		for _, v := range all {
			fmt.Fprintf(w, "%s\t%d\t%s\n", v.ARN, v.CodeSize, v.Created.Format(time.RFC3339))
		}
		return w.Flush()
	})
}

// RemoveLayer removes a version of a layer; functions that use it go on to.
func RemoveLayer(ctx context.Context, o LayerOptions, arn string) error {
	return o.with(ctx, func(l layers) error {
		if err := l.RemoveLayer(ctx, arn); err != nil {
			return err
		}
		if o.JSON {
			return printJSON(o.Out, map[string]string{"removed": arn})
		}
		_, err := fmt.Fprintf(o.Out, "%s is removed\n", arn)
		return err
	})
}

// with gives use the layers of the data directory, wherever they are.
func (o LayerOptions) with(ctx context.Context, use func(layers) error) error {
	return withState(ctx, o.DataDir, o.Err,
		func(c *operator.Client) error { return use(c) },
		func(s *state) error {
			return use(directLayers{&layer.Imports{
				Layers: store.New[definition.Layer](s.engine.Docs(), functionstore.LayersBucket), Snapshots: s.engine.Snapshots(), Box: s.box, Now: time.Now,
			}})
		})
}

// directLayers are the layers of a state that no server runs on.
type directLayers struct{ *layer.Imports }

func (d directLayers) ImportLayer(ctx context.Context, arn string, zip []byte) (layer.Info, error) {
	return d.Import(ctx, arn, zip)
}

func (d directLayers) ListLayers(ctx context.Context) ([]layer.Info, error) { return d.List(ctx) }

func (d directLayers) RemoveLayer(ctx context.Context, arn string) error { return d.Remove(ctx, arn) }
