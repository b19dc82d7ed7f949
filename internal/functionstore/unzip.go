package functionstore

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// Bounds of a code file. Spec: functions D2.
const (
	MaxZipped   = 52_428_800  // bytes of the zip file
	MaxUnzipped = 262_144_000 // bytes of its files
	maxFiles    = 100_000     // ours: what a folder can hold without trouble
	maxLink     = 4096        // bytes of the target of a symbolic link
)

var (
	// ErrNotZip means that a file is no zip file, or a damaged one, or holds what a folder of code cannot: a path or a link out of
	// the folder, a device.
	ErrNotZip = errors.New("not a usable zip file")
	// ErrUnzippedSize means that what a zip file holds is larger than MaxUnzipped, or more than can be kept.
	ErrUnzippedSize = errors.New("the files of the zip file are too large, or too many")
)

// CheckZip reports what the directory of a zip file tells against it: ErrNotZip, ErrUnzippedSize. It does not read the files.
func CheckZip(data []byte) error {
	_, err := readZip(data)
	return err
}

// UnzippedSize is how many bytes the files of a zip file have, as its directory says. Its errors are those of CheckZip.
func UnzippedSize(data []byte) (int64, error) {
	r, err := readZip(data)
	if err != nil {
		return 0, err
	}
	var total int64
	for _, f := range r.File {
		total += int64(f.UncompressedSize64) // readZip has bounded it
	}
	return total, nil
}

// directoryEntry begins what a zip file's directory says of a file.
var directoryEntry = []byte("PK\x01\x02")

func readZip(data []byte) (*zip.Reader, error) {
	// Counted before they are read: what is read of a file takes more memory than what is said of it.
	if n := bytes.Count(data, directoryEntry); n > maxFiles {
		return nil, fmt.Errorf("%w: %d files, and the limit is %d", ErrUnzippedSize, n, maxFiles)
	}
	r, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNotZip, err)
	}
	var total uint64
	for _, f := range r.File {
		if total += f.UncompressedSize64; f.UncompressedSize64 > MaxUnzipped || total > MaxUnzipped {
			return nil, fmt.Errorf("%w: the limit is %d bytes", ErrUnzippedSize, MaxUnzipped)
		}
		if err := checkFile(f); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// encrypted is the flag of a file that needs a password.
const encrypted = 1

func checkFile(f *zip.File) error {
	switch name := strings.TrimSuffix(f.Name, "/"); {
	case strings.ContainsAny(name, "\\\x00") || path.IsAbs(name) || !filepath.IsLocal(filepath.FromSlash(name)):
		return fmt.Errorf("%w: the path %q leads out of the folder", ErrNotZip, f.Name)
	case f.Flags&encrypted != 0:
		return fmt.Errorf("%w: %q is encrypted", ErrNotZip, f.Name)
	}
	if mode := f.Mode(); !mode.IsRegular() && !mode.IsDir() && mode.Type() != fs.ModeSymlink {
		return fmt.Errorf("%w: %q is neither file, folder nor link", ErrNotZip, f.Name)
	}
	return nil
}

// unzip writes what a zip file holds into an empty folder, see Unzip.
func unzip(ctx context.Context, data []byte, dir string) error {
	return Unzip(ctx, dir, []func() ([]byte, error){func() ([]byte, error) { return data, nil }})
}

// Unzip writes what zip files hold into an empty folder, one after the other: what a later one has replaces what is there by the
// same name, as layers do in /opt. All of them together may have MaxUnzipped bytes. After an error the folder may hold a part.
// Nothing is written outside of it: every path goes through an os.Root, and the links of a file are made last, so that none of its
// files is written through one. Spec: functions A7.
func Unzip(ctx context.Context, dir string, files []func() ([]byte, error)) error {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer func() { _ = root.Close() }()
	u := &unzipper{root: root, left: MaxUnzipped}
	for i, read := range files {
		data, err := read()
		if err != nil {
			return err
		}
		u.replaces = i > 0
		if err := u.all(ctx, data); err != nil {
			return err
		}
	}
	return nil
}

// all writes what one zip file holds.
func (u *unzipper) all(ctx context.Context, data []byte) error {
	r, err := readZip(data)
	if err != nil {
		return err
	}
	var links []*zip.File
	for _, f := range r.File {
		if err := context.Cause(ctx); err != nil {
			return err
		}
		if f.Mode().Type() == fs.ModeSymlink {
			links = append(links, f)
			if err := u.folder(path.Dir(f.Name), false); err != nil {
				return err
			}
			continue
		}
		if err := u.add(f); err != nil {
			return err
		}
	}
	for _, f := range links {
		if err := u.link(f); err != nil {
			return err
		}
	}
	return nil
}

type unzipper struct {
	root     *os.Root
	left     int64 // bytes that may still be written
	replaces bool  // something may be there already
}

func (u *unzipper) add(f *zip.File) error {
	name := path.Clean(f.Name)
	if f.Mode().IsDir() {
		return u.folder(name, true)
	}
	if err := u.folder(path.Dir(name), true); err != nil {
		return err
	}
	perm := fs.FileMode(0o644)
	if f.Mode()&0o111 != 0 {
		perm = 0o755
	}
	in, err := f.Open()
	if err != nil {
		return fmt.Errorf("%w: %q: %w", ErrNotZip, f.Name, err)
	}
	defer in.Close()
	if err := u.clear(name); err != nil {
		return err
	}
	out, err := u.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, perm)
	if err != nil {
		return conflicts(err)
	}
	err = u.copy(out, in)
	return errors.Join(err, out.Chmod(perm), out.Close())
}

// copy writes a file as far as the limit allows: the sizes that a zip file declares may be lies.
func (u *unzipper) copy(out io.Writer, in io.Reader) error {
	from := &readError{r: io.LimitReader(in, u.left+1)}
	n, err := io.Copy(out, from)
	u.left -= n
	switch {
	case u.left < 0:
		return fmt.Errorf("%w: the limit is %d bytes", ErrUnzippedSize, MaxUnzipped)
	case from.err != nil:
		return fmt.Errorf("%w: %w", ErrNotZip, from.err)
	}
	return err
}

// readError tells errors of reading from those of writing.
type readError struct {
	r   io.Reader
	err error
}

func (r *readError) Read(p []byte) (int, error) {
	n, err := r.r.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		r.err = err
	}
	return n, err
}

// folder makes a folder with those above it. What an earlier layer has put there gives way, but for folders; with through, links to
// folders stay as well. What a link leads to is judged by the folders that it is in, so that those of links are real ones.
func (u *unzipper) folder(name string, through bool) error {
	if u.replaces && name != "." {
		if err := u.folder(path.Dir(name), through); err != nil {
			return err
		}
		look := u.root.Lstat
		if through {
			look = u.root.Stat
		}
		if info, err := look(name); err == nil && info.IsDir() {
			return nil
		}
		if err := u.clear(name); err != nil {
			return err
		}
	}
	return conflicts(u.root.MkdirAll(name, 0o755))
}

// clear takes away what an earlier layer has put where a file comes.
func (u *unzipper) clear(name string) error {
	if !u.replaces {
		return nil
	}
	return u.root.RemoveAll(name)
}

// conflicts gives errors of a zip file in which one path is a file and a folder, or no path at all, their meaning.
func conflicts(err error) error {
	if err != nil && (errors.Is(err, fs.ErrExist) || isPathConflict(err)) {
		return fmt.Errorf("%w: %w", ErrNotZip, err)
	}
	return err
}

// link makes a symbolic link that leads to something in the folder. Its target may climb at its beginning only: the folders above
// a link are real ones, but one that its target goes through may be a link, from which .. would lead elsewhere.
func (u *unzipper) link(f *zip.File) error {
	in, err := f.Open()
	if err != nil {
		return fmt.Errorf("%w: %q: %w", ErrNotZip, f.Name, err)
	}
	defer in.Close()
	text, err := io.ReadAll(io.LimitReader(in, maxLink+1))
	if err != nil {
		return fmt.Errorf("%w: %q: %w", ErrNotZip, f.Name, err)
	}
	target, name := string(text), path.Clean(f.Name)
	if len(target) == 0 || len(target) > maxLink || strings.ContainsAny(target, "\\\x00") || path.IsAbs(target) || path.Clean(target) != target ||
		!filepath.IsLocal(filepath.FromSlash(path.Join(path.Dir(name), target))) {
		return fmt.Errorf("%w: the link %q leads out of the folder", ErrNotZip, f.Name)
	}
	if u.replaces { // a link made just now may be where its folder was
		if err := errors.Join(u.folder(path.Dir(name), false), u.clear(name)); err != nil {
			return err
		}
	}
	return conflicts(u.root.Symlink(target, name))
}
