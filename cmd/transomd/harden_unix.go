//go:build unix

package main

import (
	"runtime/debug"
	"syscall"
)

// harden keeps the memory of letters under way, and the addresses of those who
// are connected, out of files: no core dump, no stacks when something panics, and
// whatever is made is for this user only.
func harden() {
	debug.SetTraceback("none")
	syscall.Umask(0o077)
	syscall.Setrlimit(syscall.RLIMIT_CORE, &syscall.Rlimit{})
}
