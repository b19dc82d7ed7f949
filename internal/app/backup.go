package app

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/gatehouse-gateway/gatehouse/internal/control/archive"
	"github.com/gatehouse-gateway/gatehouse/internal/control/operator"
	"github.com/gatehouse-gateway/gatehouse/internal/engine/backup"
)

// stdStream is the file name of standard output and input.
const stdStream = "-"

// BackupOptions are the options of `gatehouse backup` and `gatehouse restore`.
type BackupOptions struct {
	DataDir        string
	File           string // - is standard output or input
	PassphraseFile string // "": none
	In             io.Reader
	Out            io.Writer
	Err            io.Writer // for people
}

// Backup writes the state of a data directory and its data key to a file. A server that runs goes on; a file that was there
// is replaced when the new one is whole.
func Backup(ctx context.Context, o BackupOptions) error {
	passphrase, err := o.passphrase()
	if err != nil {
		return err
	}
	key, err := archive.ReadDataKey(o.DataDir)
	if err != nil {
		return fmt.Errorf("%s is no data directory: name it with --data-dir: %w", o.DataDir, err)
	}
	write := func(w io.Writer) error {
		if err := archive.WriteHeader(w, archive.Info{Created: time.Now().UTC().Truncate(time.Second), Version: Version()}, key, passphrase); err != nil {
			return err
		}
		return withState(ctx, o.DataDir, o.Err,
			func(c *operator.Client) error { return c.Backup(ctx, w) },
			func(s *state) error {
				_, err := backup.Save(ctx, s.engine, w)
				return err
			})
	}
	if o.File == stdStream {
		err = write(o.Out)
	} else {
		err = writeWhole(o.File, write)
	}
	if err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	o.report(passphrase != nil)
	return nil
}

func (o BackupOptions) report(sealed bool) {
	where := o.File
	if where == stdStream {
		where = "standard output"
	}
	if sealed {
		fmt.Fprintf(o.Err, "backup written to %s; its secrets are sealed under the passphrase\n", where)
		return
	}
	fmt.Fprintf(o.Err, "backup written to %s\nIt holds secrets and the key to them: keep it like a password, or use --passphrase-file.\n", where)
}

const (
	minPassphrase = 8       // characters
	maxPassphrase = 1 << 10 // bytes
)

// passphrase reads the passphrase: the file without the line end; nil when there is none.
func (o BackupOptions) passphrase() ([]byte, error) {
	if o.PassphraseFile == "" {
		return nil, nil
	}
	f, err := os.Open(o.PassphraseFile)
	if err != nil {
		return nil, fmt.Errorf("passphrase: %w", err)
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxPassphrase+1))
	if err != nil {
		return nil, fmt.Errorf("passphrase: %w", err)
	}
	text = []byte(strings.TrimRight(string(text), "\r\n"))
	if len(text) < minPassphrase || len(text) > maxPassphrase {
		return nil, fmt.Errorf("passphrase: %s must hold %d to %d characters", o.PassphraseFile, minPassphrase, maxPassphrase)
	}
	return text, nil
}

// writeWhole writes a file that only its owner can read, so that under its name there is nothing or all of it.
func writeWhole(name string, write func(io.Writer) error) (err error) {
	f, err := os.CreateTemp(filepath.Dir(name), "."+filepath.Base(name)+".*") // mode 0600
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(f.Name())
		}
	}()
	buffered := bufio.NewWriterSize(f, 1<<20)
	if err := errors.Join(write(buffered), buffered.Flush(), f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), name); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(name))
}

func syncFolder(name string) error {
	dir, err := os.Open(name)
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

// Restore puts a backup into an empty data directory. After an error the directory is empty again; when the process is
// killed in the middle, what is left is marked, and no server starts on it.
func Restore(ctx context.Context, o BackupOptions) error {
	passphrase, err := o.passphrase()
	if err != nil {
		return err
	}
	in := o.In
	if o.File != stdStream {
		f, err := os.Open(o.File)
		if err != nil {
			return fmt.Errorf("restore: %w", err)
		}
		defer f.Close()
		in = f
	}
	r := bufio.NewReaderSize(in, 1<<20)
	info, key, err := archive.ReadHeader(r, passphrase)
	if err != nil {
		return fmt.Errorf("restore %s: %w", o.File, err)
	}
	if err := claimEmpty(o.DataDir); err != nil {
		return err
	}
	count, err := restoreInto(ctx, o, r, key)
	if err != nil {
		return fmt.Errorf("restore %s: %w", o.File, errors.Join(err, emptyFolder(o.DataDir)))
	}
	fmt.Fprintf(o.Err, "restored %d documents and %d snapshots of %s into %s\n", count.Documents, count.Snapshots, info.Created.Format(time.RFC3339), o.DataDir)
	return nil
}

// claimEmpty makes a data directory, which must not be there or be empty, and marks it as being restored.
func claimEmpty(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("data directory: %w", err)
	}
	if err := checkOwner(dir); err != nil {
		return err
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("data directory: %w", err)
	}
	if len(entries) > 0 {
		return fmt.Errorf("%s is not empty: a backup is restored into an empty folder only", dir)
	}
	mark, err := os.OpenFile(filepath.Join(dir, restoringFile), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("data directory: %w", err)
	}
	return errors.Join(mark.Sync(), mark.Close(), syncFolder(dir))
}

func restoreInto(ctx context.Context, o BackupOptions, r io.Reader, key archive.DataKey) (backup.Count, error) {
	log := slog.New(slog.NewTextHandler(o.Err, &slog.HandlerOptions{Level: slog.LevelError}))
	if err := key.Write(o.DataDir); err != nil {
		return backup.Count{}, err
	}
	s, err := openMarked(ctx, o.DataDir, log)
	if err != nil {
		return backup.Count{}, err
	}
	count, err := backup.Load(ctx, r, s.engine)
	if err := errors.Join(err, s.close()); err != nil {
		return count, err
	}
	if err := os.Remove(filepath.Join(o.DataDir, restoringFile)); err != nil {
		return count, err
	}
	return count, syncFolder(o.DataDir)
}

// emptyFolder removes what a failed restore made: the folder was empty before.
func emptyFolder(dir string) error {
	entries, err := os.ReadDir(dir)
	for _, e := range entries {
		err = errors.Join(err, os.RemoveAll(filepath.Join(dir, e.Name())))
	}
	return err
}
