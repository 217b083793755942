//go:build !unix

package main

import "runtime/debug"

// harden keeps stacks out of what is printed; core dumps and file modes are the
// system's business here.
func harden() { debug.SetTraceback("none") }
