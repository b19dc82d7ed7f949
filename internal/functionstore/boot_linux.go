package functionstore

import (
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// bootSlack is how much two looks at the time of a boot may differ, in seconds.
const bootSlack = 2

// bootID names the start of the machine that is running: by the kernel's own id or, where a sandbox hides that, by its time; "": it
// cannot be told.
func bootID() string {
	if id, err := os.ReadFile("/proc/sys/kernel/random/boot_id"); err == nil {
		return strings.TrimSpace(string(id))
	}
	var info syscall.Sysinfo_t
	if syscall.Sysinfo(&info) != nil {
		return ""
	}
	return strconv.FormatInt(time.Now().Unix()-int64(info.Uptime), 10) //nolint:unconvert // it is 32 bits wide on some machines
}

// sameBoot reports whether two names are of one start of the machine. When in doubt they are not.
func sameBoot(a, b string) bool {
	if a == "" || a == b {
		return a != ""
	}
	x, errX := strconv.ParseInt(a, 10, 64)
	y, errY := strconv.ParseInt(b, 10, 64)
	return errX == nil && errY == nil && max(x-y, y-x) <= bootSlack
}
