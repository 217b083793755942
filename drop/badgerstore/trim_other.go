//go:build !linux

package badgerstore

import "runtime/debug"

func trim(string) { debug.FreeOSMemory() }
