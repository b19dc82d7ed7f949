package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"
)

// tick is the unit of CPU times in /proc, on every Linux that there is.
const tick = time.Second / 100

// cpuOfTree is the CPU time of a process and everything below it.
func cpuOfTree(root int) (time.Duration, error) {
	files, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		return 0, err
	}
	times, children := make(map[int]time.Duration), make(map[int][]int)
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			continue // it has ended
		}
		pid, parent, cpu, err := parseStat(data)
		if err != nil {
			return 0, err
		}
		times[pid] = cpu
		children[parent] = append(children[parent], pid)
	}
	var sum func(pid int) time.Duration
	sum = func(pid int) time.Duration {
		total := times[pid]
		for _, child := range children[pid] {
			total += sum(child)
		}
		return total
	}
	return sum(root), nil
}

// parseStat reads /proc/PID/stat: the name in parentheses may hold anything.
func parseStat(data []byte) (pid, parent int, cpu time.Duration, err error) {
	open, end := bytes.IndexByte(data, '('), bytes.LastIndexByte(data, ')')
	if open < 1 || end < open {
		return 0, 0, 0, fmt.Errorf("stat %q", data)
	}
	fields := bytes.Fields(data[end+1:])
	if len(fields) < 13 {
		return 0, 0, 0, fmt.Errorf("stat %q", data)
	}
	var user, system int
	for _, f := range []struct {
		text []byte
		to   *int
	}{{bytes.TrimSpace(data[:open]), &pid}, {fields[1], &parent}, {fields[11], &user}, {fields[12], &system}} {
		if *f.to, err = strconv.Atoi(string(f.text)); err != nil {
			return 0, 0, 0, fmt.Errorf("stat %q: %w", data, err)
		}
	}
	return pid, parent, time.Duration(user+system) * tick, nil
}
