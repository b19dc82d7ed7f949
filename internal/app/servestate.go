package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/gatehouse-gateway/gatehouse/internal/access/accesskey"
	"github.com/gatehouse-gateway/gatehouse/internal/config"
	"github.com/gatehouse-gateway/gatehouse/internal/engine"
	"github.com/gatehouse-gateway/gatehouse/internal/engine/jetstream"
	"github.com/gatehouse-gateway/gatehouse/internal/engine/memory"
	"github.com/gatehouse-gateway/gatehouse/internal/seal"
)

// Files of a data directory beside the engine's, the data key and the control address.
const (
	rootCredentialsFile = "root-credentials"
	// restoringFile is there while a restore writes the directory: what it left is not whole.
	restoringFile = "RESTORING"
)

// state is an opened data directory.
type state struct {
	dir       string
	ephemeral bool
	engine    engine.Engine
	swept     *sweptEngine // the same, for those who store snapshots
	box       *seal.Box
}

func newState(dir string, ephemeral bool, e engine.Engine) *state {
	return &state{dir: dir, ephemeral: ephemeral, engine: e, swept: newSweptEngine(e)}
}

// openState opens the data directory, or a temporary one with an engine in memory.
func openState(ctx context.Context, c *config.Serve, log *slog.Logger) (*state, error) {
	if !c.Ephemeral {
		return openDir(ctx, c.DataDir, log)
	}
	dir, err := os.MkdirTemp("", "gatehouse-ephemeral-")
	if err != nil {
		return nil, fmt.Errorf("ephemeral state: %w", err)
	}
	s := newState(dir, true, memory.New(memory.Options{}))
	if s.box, err = seal.Open(dir); err != nil {
		return nil, errors.Join(err, s.close())
	}
	return s, nil
}

// openDir opens a data directory for this process alone.
func openDir(ctx context.Context, dir string, log *slog.Logger) (*state, error) {
	if err := checkRestored(dir); err != nil {
		return nil, err
	}
	return openMarked(ctx, dir, log)
}

// openMarked opens a data directory even if a restore is not done with it.
func openMarked(ctx context.Context, dir string, log *slog.Logger) (*state, error) {
	e, err := jetstream.Open(ctx, jetstream.Options{Dir: dir, Log: log})
	switch {
	case errors.Is(err, engine.ErrLocked):
		return nil, fmt.Errorf("%w: stop that process, or choose another folder with --data-dir", err)
	case errors.Is(err, engine.ErrNewerLayout):
		return nil, fmt.Errorf("%w: run the version of Gatehouse that wrote it, or a newer one", err)
	case errors.Is(err, engine.ErrCorrupt):
		return nil, fmt.Errorf("%w: restore a backup into an empty folder, and keep this one", err)
	case err != nil:
		return nil, err
	}
	s := newState(dir, false, e)
	if s.box, err = seal.Open(dir); err != nil {
		return nil, errors.Join(err, s.close())
	}
	return s, nil
}

// checkRestored refuses a directory that a restore left in the middle.
func checkRestored(dir string) error {
	if _, err := os.Stat(filepath.Join(dir, restoringFile)); err == nil {
		return fmt.Errorf("%s holds a part of a backup only, because restoring it did not finish: empty the folder and restore again", dir)
	}
	return nil
}

func (s *state) close() error {
	err := s.engine.Close()
	if s.ephemeral {
		err = errors.Join(err, os.RemoveAll(s.dir))
	}
	return err
}

func (s *state) rootCredentials() string { return filepath.Join(s.dir, rootCredentialsFile) }

// openKeys reads the access keys, and makes the first root key.
func (s *serve) openKeys(ctx context.Context) (err error) {
	s.keys, err = accesskey.Open(ctx, s.state.engine.Docs(), s.state.box, accesskey.Options{Limit: int(s.limits.AccessKeys), Log: s.log})
	if err != nil {
		return err
	}
	return s.ensureRoot(ctx)
}

// ensureRoot sees that the account has a root key that works, and that the operator's file names it.
func (s *serve) ensureRoot(ctx context.Context) error {
	id, secret := "", accesskey.Secret{}
	if key, known, ok := s.keys.Root(s.config.Account); ok {
		id, secret = key.ID, known
	}
	if id == "" {
		for _, k := range s.keys.List() {
			if k.Root {
				return fmt.Errorf("account %s has no enabled root key in %s (there is %s of account %s): set account to that, or make one with "+
					"gatehouse keys create --root --account %s, or enable one with gatehouse keys enable", s.config.Account, s.state.dir, k.ID, k.AccountID, s.config.Account)
			}
		}
		key, made, err := s.keys.Create(ctx, s.config.Account, "", true)
		if err != nil {
			return err
		}
		id, secret = key.ID, made
	}
	// The file may be missing: after a restore, or when the first start was killed between the two.
	if now, _, err := accesskey.ReadFile(s.state.rootCredentials()); err == nil {
		if key, there := s.keys.Key(now); there && key.Root && !key.Disabled {
			return nil
		}
	}
	return accesskey.WriteFile(s.state.rootCredentials(), id, secret)
}
