package app

import (
	"context"
	"fmt"
	"io"

	"github.com/gatehouse-gateway/gatehouse/internal/access/accesskey"
	"github.com/gatehouse-gateway/gatehouse/internal/control/operator"
)

// Healthcheck asks the server that runs on a data directory whether it serves.
func Healthcheck(ctx context.Context, dir string, out io.Writer) error {
	address, err := operator.ReadAddress(dir)
	if err != nil {
		return err
	}
	client := operator.NewClient(address, "", accesskey.Secret{}) // the question needs no signature
	defer client.Close()
	if err := client.Ready(ctx); err != nil {
		return err
	}
	_, err = fmt.Fprintln(out, "ready")
	return err
}
