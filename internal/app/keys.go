package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"syscall"
	"text/tabwriter"
	"time"

	"github.com/gatehouse-gateway/gatehouse/internal/access/accesskey"
	"github.com/gatehouse-gateway/gatehouse/internal/control/operator"
	"github.com/gatehouse-gateway/gatehouse/internal/engine"
	"github.com/gatehouse-gateway/gatehouse/internal/limits"
)

// KeysOptions are what all `gatehouse keys` commands have in common.
type KeysOptions struct {
	DataDir string
	JSON    bool
	Out     io.Writer
	Err     io.Writer // for the log of a state that is opened
}

// keyring makes and changes access keys: in a running server, or in a state opened for the command.
type keyring interface {
	List(ctx context.Context) ([]accesskey.Key, error)
	Create(ctx context.Context, account, name string, root bool) (accesskey.Key, string, error)
	SetDisabled(ctx context.Context, id string, disabled, force bool) (accesskey.Key, error)
	Delete(ctx context.Context, id string, force bool) error
}

// CreateKey makes an access key and prints it with its secret, this once.
func CreateKey(ctx context.Context, o KeysOptions, account, name string, root bool) error {
	return o.with(ctx, func(keys keyring) error {
		k, secret, err := keys.Create(ctx, account, name, root)
		if err != nil {
			return err
		}
		if o.JSON {
			return printJSON(o.Out, struct {
				accesskey.Key
				SecretAccessKey string `json:"secretAccessKey"`
			}{k, secret})
		}
		_, err = fmt.Fprintf(o.Out, "access key id      %s\nsecret access key  %s\nuser               %s\n\nThe secret is not shown again.\n", k.ID, secret, k.ARN())
		return err
	})
}

// ListKeys prints all access keys, without secrets.
func ListKeys(ctx context.Context, o KeysOptions) error {
	return o.with(ctx, func(keys keyring) error {
		all, err := keys.List(ctx)
		if err != nil {
			return err
		}
		if o.JSON {
			return printJSON(o.Out, map[string]any{"keys": all})
		}
		w := tabwriter.NewWriter(o.Out, 0, 4, 2, ' ', 0)
		fmt.Fprintln(w, "ACCESS KEY ID\tACCOUNT\tNAME\tCREATED\tSTATUS")
		for _, k := range all {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", k.ID, k.AccountID, k.Name, k.Created.Format(time.RFC3339), statusOf(k))
		}
		return w.Flush()
	})
}

func statusOf(k accesskey.Key) string {
	if k.Disabled {
		return "disabled"
	}
	return "enabled"
}

// DisableKey disables an access key, or enables it.
func DisableKey(ctx context.Context, o KeysOptions, id string, disabled, force bool) error {
	return o.with(ctx, func(keys keyring) error {
		k, err := keys.SetDisabled(ctx, id, disabled, force)
		if err != nil {
			return err
		}
		if o.JSON {
			return printJSON(o.Out, k)
		}
		_, err = fmt.Fprintf(o.Out, "%s is %s\n", k.ID, statusOf(k))
		return err
	})
}

// DeleteKey removes an access key for good.
func DeleteKey(ctx context.Context, o KeysOptions, id string, force bool) error {
	return o.with(ctx, func(keys keyring) error {
		if err := keys.Delete(ctx, id, force); err != nil {
			return err
		}
		if o.JSON {
			return printJSON(o.Out, map[string]string{"deleted": id})
		}
		_, err := fmt.Fprintf(o.Out, "%s is deleted\n", id)
		return err
	})
}

func printJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}

// with gives use the keys of the data directory, wherever they are.
func (o KeysOptions) with(ctx context.Context, use func(keyring) error) error {
	return withState(ctx, o.DataDir, o.Err,
		func(c *operator.Client) error { return use(c) },
		func(s *state) error {
			ring, err := accesskey.Open(ctx, s.engine.Docs(), s.box, accesskey.Options{Limit: int(limits.AWS().AccessKeys), Log: slog.Default()})
			if err != nil {
				return err
			}
			return use(directKeys{ring})
		})
}

// directKeys are the keys of a state that no server runs on.
type directKeys struct{ *accesskey.Ring }

func (d directKeys) List(context.Context) ([]accesskey.Key, error) { return d.Ring.List(), nil }

func (d directKeys) Create(ctx context.Context, account, name string, root bool) (accesskey.Key, string, error) {
	k, secret, err := d.Ring.Create(ctx, account, name, root)
	return k, secret.Reveal(), err
}

// withState calls running when a server uses the data directory, else direct, with the state opened for it. The lock of the
// directory decides: whoever has it is the only one.
func withState(ctx context.Context, dir string, errOut io.Writer, running func(*operator.Client) error, direct func(*state) error) error {
	if _, err := os.Stat(filepath.Join(dir, "VERSION")); errors.Is(err, os.ErrNotExist) {
		client, clientErr := clientOf(dir) // an ephemeral server's directory has an address, and no state
		if clientErr != nil {
			return fmt.Errorf("%s is no data directory: name it with --data-dir, or start gatehouse serve once", dir)
		}
		defer client.Close()
		return running(client)
	}
	if err := checkOwner(dir); err != nil {
		return err
	}
	log := slog.New(slog.NewTextHandler(errOut, &slog.HandlerOptions{Level: slog.LevelError}))
	slog.SetDefault(log)
	s, err := openDir(ctx, dir, log)
	if err == nil {
		return errors.Join(direct(s), s.close())
	}
	if !errors.Is(err, engine.ErrLocked) {
		return err
	}
	client, clientErr := clientOf(dir)
	if clientErr != nil {
		return fmt.Errorf("%w, and it cannot be asked: %w", err, clientErr)
	}
	defer client.Close()
	return running(client)
}

// clientOf is a client of the server that runs on a data directory, in the name of its root key.
func clientOf(dir string) (*operator.Client, error) {
	address, err := operator.ReadAddress(dir)
	if err != nil {
		return nil, err
	}
	id, secret, err := accesskey.ReadFile(filepath.Join(dir, rootCredentialsFile))
	if err != nil {
		return nil, err
	}
	return operator.NewClient(address, id, secret), nil
}

// checkOwner refuses to work as another user than the directory's: the files that a superuser makes there would keep the
// server out.
func checkOwner(dir string) error {
	info, err := os.Stat(dir)
	if err != nil {
		return err
	}
	if owner, ok := info.Sys().(*syscall.Stat_t); ok && int(owner.Uid) != os.Geteuid() {
		return fmt.Errorf("%s belongs to user %d: run this command as that user, for example with sudo -u '#%d'", dir, owner.Uid, owner.Uid)
	}
	return nil
}
