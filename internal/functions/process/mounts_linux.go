package process

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// hiddenFolders are those of a machine in which there is nothing for functions.
var hiddenFolders = []string{"/home", "/root", "/run", "/srv", "/mnt", "/media", "/var", "/dev/shm", "/tmp"}

// ownView gives this thread, and what it will start, mounts of its own: what is hidden is empty but for what is shown, all is
// read-only but for the temporary folder, which is also /tmp, and /proc shows only the processes that the viewer may trace.
func (f *Files) ownView() error {
	if err := ownMounts(); err != nil {
		return err
	}
	temp, err := openPath(f.Temp)
	if err != nil {
		return err
	}
	defer temp.Close()
	hide := f.hidden()
	shown, err := f.shown(hide)
	defer closeAll(shown)
	if err != nil {
		return err
	}
	placed, err := f.openPlaces()
	defer closeAll(placed)
	if err != nil {
		return err
	}
	for _, dir := range hide {
		if err := cover(dir, temp); err != nil {
			return err
		}
	}
	for _, file := range shown {
		if err := show(file); err != nil {
			return err
		}
	}
	if err := show(temp); err != nil {
		return err
	}
	if err := f.place(placed, hide); err != nil {
		return err
	}
	if err := unix.Mount("proc", "/proc", "proc", unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC, "hidepid=ptraceable"); err != nil {
		return fmt.Errorf("mounting /proc: %w", err)
	}
	return f.freeze()
}

// ownMounts makes that what this thread mounts is for it and what it will start alone.
func ownMounts() error {
	if err := unix.Unshare(unix.CLONE_NEWNS); err != nil {
		return fmt.Errorf("unshare: %w", err)
	}
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("detaching mounts: %w", err)
	}
	return nil
}

// placeOnly puts folders where they are to be seen, read-only, and leaves the rest of the machine as it is.
func (f *Files) placeOnly() error {
	if err := ownMounts(); err != nil {
		return err
	}
	placed, err := f.openPlaces()
	defer closeAll(placed)
	if err != nil {
		return err
	}
	if err := f.place(placed, nil); err != nil {
		return err
	}
	for _, p := range f.Place {
		if err := unix.MountSetattr(unix.AT_FDCWD, p.To, 0, &unix.MountAttr{Attr_set: unix.MOUNT_ATTR_RDONLY}); err != nil {
			return fmt.Errorf("making %s read-only: %w", p.To, err)
		}
	}
	return nil
}

func (f *Files) openPlaces() (files []*os.File, err error) {
	for _, p := range f.Place {
		file, err := openPath(p.From)
		if err != nil {
			return files, err
		}
		files = append(files, file)
	}
	return files, nil
}

// place mounts opened folders at their places. Only in hidden folders, where there is nothing, folders are made for that.
func (f *Files) place(from []*os.File, hidden []string) error {
	for i, p := range f.Place {
		if within(hidden, p.To) {
			if err := os.MkdirAll(p.To, 0o755); err != nil { //nolint:gosec // it is covered
				return err
			}
		}
		if err := bind(from[i], p.To); err != nil {
			return err
		}
	}
	return nil
}

// freeze makes everything read-only but for the temporary folder.
func (f *Files) freeze() error {
	if err := unix.MountSetattr(unix.AT_FDCWD, "/", unix.AT_RECURSIVE, &unix.MountAttr{Attr_set: unix.MOUNT_ATTR_RDONLY}); err != nil {
		return fmt.Errorf("making mounts read-only: %w", err)
	}
	for _, path := range []string{f.Temp, "/tmp"} {
		attr := &unix.MountAttr{Attr_clr: unix.MOUNT_ATTR_RDONLY, Attr_set: unix.MOUNT_ATTR_NOSUID | unix.MOUNT_ATTR_NODEV}
		if err := unix.MountSetattr(unix.AT_FDCWD, path, 0, attr); err != nil {
			return fmt.Errorf("making %s writable: %w", path, err)
		}
	}
	return nil
}

// hidden are the folders to hide, without those that are below others.
func (f *Files) hidden() (hide []string) {
	all := slices.Sorted(slices.Values(append(slices.Clone(hiddenFolders), f.Hide...)))
	for _, dir := range all {
		if len(hide) > 0 && within(hide, dir) {
			continue
		}
		if info, err := os.Lstat(dir); err == nil && info.IsDir() {
			hide = append(hide, dir)
		}
	}
	return hide
}

// shown opens what is to be seen although it is in a hidden folder. What the system lacks is left out.
func (f *Files) shown(hide []string) (files []*os.File, err error) {
	for _, path := range f.Read {
		if within(hide, path) {
			file, err := openPath(path)
			if err != nil {
				return files, err
			}
			files = append(files, file)
		}
	}
	for _, path := range append(slices.Clone(lookUpFiles), f.System...) {
		if within(hide, path) {
			if file, err := openPath(path); err == nil {
				files = append(files, file)
			}
		}
	}
	return files, nil
}

func closeAll(files []*os.File) {
	for _, file := range files {
		file.Close()
	}
}

// within reports whether path is one of dirs or below one.
func within(dirs []string, path string) bool {
	return slices.ContainsFunc(dirs, func(dir string) bool { return path == dir || strings.HasPrefix(path, strings.TrimSuffix(dir, "/")+"/") })
}

func openPath(path string) (*os.File, error) {
	fd, err := unix.Open(path, unix.O_PATH|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return os.NewFile(uintptr(fd), path), nil
}

// cover hides a folder: /tmp behind the temporary folder, others behind nothing.
func cover(dir string, temp *os.File) error {
	if dir == "/tmp" {
		return bind(temp, dir)
	}
	if err := unix.Mount("tmpfs", dir, "tmpfs", unix.MS_NOSUID|unix.MS_NODEV, "size=1m,mode=755"); err != nil {
		return fmt.Errorf("hiding %s: %w", dir, err)
	}
	return nil
}

// show makes a file visible at its path again, with folders on the way that are missing.
func show(file *os.File) error {
	path := file.Name()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil { //nolint:gosec // nothing is in them
		return err
	}
	var stat unix.Stat_t
	if err := unix.Fstat(int(file.Fd()), &stat); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if stat.Mode&unix.S_IFMT == unix.S_IFDIR {
		if err := os.Mkdir(path, 0o755); err != nil && !errors.Is(err, os.ErrExist) { //nolint:gosec // it is covered
			return err
		}
		return bind(file, path)
	}
	point, err := os.OpenFile(path, os.O_CREATE|os.O_RDONLY, 0o644) //nolint:gosec // it is covered
	if err != nil {
		return err
	}
	point.Close()
	return bind(file, path)
}

func bind(file *os.File, path string) error {
	if err := unix.Mount("/proc/thread-self/fd/"+strconv.Itoa(int(file.Fd())), path, "", unix.MS_BIND|unix.MS_REC, ""); err != nil {
		return fmt.Errorf("showing %s: %w", path, err)
	}
	return nil
}
