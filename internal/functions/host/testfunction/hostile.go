package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// attackEvent says what a hostile function does, as in testdata/hostile.
type attackEvent struct {
	Do, Path, Text string
}

// attack does it. What is refused is an error's number.
func attack(_ context.Context, e attackEvent) (any, error) {
	answer, err := e.attack()
	var refused syscall.Errno
	if errors.As(err, &refused) {
		return "refused", nil
	}
	return answer, err
}

func (e attackEvent) attack() (any, error) {
	switch e.Do {
	case "pid":
		return os.Getpid(), nil
	case "read":
		content, err := os.ReadFile(e.Path)
		return string(content), err
	case "readable":
		return readable(strings.Split(e.Path, "\n")), nil
	case "listing":
		names, err := os.ReadDir(e.Path)
		return len(names) > 0, err
	case "write":
		return "written", os.WriteFile(e.Path, []byte("mine"), 0o600)
	case "temporary":
		if err := os.WriteFile(filepath.Join(os.TempDir(), "file"), []byte("mine"), 0o600); err != nil {
			return nil, err
		}
		_, err := os.Stat("/tmp/file")
		return err == nil, nil
	case "spy":
		return spy(e.Text), nil
	case "pry":
		return pry(e.Path, e.Text), nil
	case "fill":
		file, err := os.Create(filepath.Join(os.TempDir(), "large"))
		if err != nil {
			return nil, err
		}
		defer file.Close()
		return "filled", file.Truncate(600 << 20)
	case "fork":
		return forkMany(e.Text)
	case "outlive":
		if err := leave("sleep", e.Text); err != nil {
			return nil, err
		}
		hang()
	case "killall":
		signal.Ignore(syscall.SIGTERM)
		return "killed", syscall.Kill(-1, unix.SignalNum("SIG"+e.Text))
	case "metadata":
		conn, err := dialFor("169.254.169.254:80", 500*time.Millisecond)
		if err == nil {
			conn.Close()
		}
		if errors.Is(err, os.ErrPermission) {
			return "forbidden", nil
		}
		return "not forbidden", nil
	case "connect":
		conn, err := dialFor(e.Path, 5*time.Second)
		if errors.Is(err, os.ErrDeadlineExceeded) {
			return "no answer", nil
		}
		if err == nil {
			conn.Close()
		}
		return "connected", err
	}
	return nil, fmt.Errorf("there is no %q to do", e.Do)
}

func dialFor(address string, limit time.Duration) (net.Conn, error) {
	return (&net.Dialer{Timeout: limit}).DialContext(context.Background(), "tcp", address)
}

// leave starts a process that leaves the session, and does not wait for it.
func leave(args ...string) error {
	cmd := exec.CommandContext(context.Background(), args[0], args[1:]...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	return cmd.Start()
}

// forkMany starts so many processes, so that a machine on which nothing ends it is not harmed, and waits for its end.
func forkMany(most string) (any, error) {
	n, err := strconv.Atoi(most)
	if err != nil {
		return nil, err
	}
	for range n {
		if err := leave("/bin/sleep", "600"); err != nil {
			return nil, err
		}
	}
	hang()
	return nil, nil
}

// readable are those of the paths that give something away.
func readable(paths []string) []string {
	found := []string{}
	for _, path := range paths {
		if names, err := os.ReadDir(path); err == nil {
			if len(names) > 0 {
				found = append(found, path)
			}
			continue
		}
		file, err := os.Open(path)
		if err != nil {
			continue
		}
		if n, _ := file.Read(make([]byte, 1)); n > 0 {
			found = append(found, path)
		}
		file.Close()
	}
	return found
}

func others() (pids []string) {
	names, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		return nil
	}
	for _, name := range names {
		if filepath.Base(name) != strconv.Itoa(os.Getpid()) {
			pids = append(pids, name)
		}
	}
	return pids
}

func spy(text string) string {
	for _, dir := range others() {
		for _, name := range []string{"environ", "cmdline"} {
			if content, err := os.ReadFile(filepath.Join(dir, name)); err == nil && strings.Contains(string(content), text) {
				return "found"
			}
		}
	}
	return "not found"
}

// pry opens the memory of other processes, and looks for a file through their root and their open files.
func pry(path, text string) string {
	for _, dir := range others() {
		if memory, err := os.Open(dir + "/mem"); err == nil {
			memory.Close()
			return "memory"
		}
		if unix.Access(dir+"/root"+path, unix.R_OK) == nil {
			return "root"
		}
		files, err := os.ReadDir(dir + "/fd")
		if err != nil {
			continue
		}
		for _, file := range files {
			if target, err := os.Readlink(dir + "/fd/" + file.Name()); err == nil && strings.HasPrefix(target, text) {
				return "files"
			}
		}
	}
	return "nothing"
}
