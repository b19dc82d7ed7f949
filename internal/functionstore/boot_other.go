//go:build !linux

package functionstore

// bootID cannot tell here when the machine started.
func bootID() string { return "" }

// sameBoot doubts it.
func sameBoot(string, string) bool { return false }
