//go:build !linux

package badgerstore

import (
	"math"
	"os"
	"runtime/debug"
)

// freeBytes knows of no limit: elsewhere than on Linux, a full disk poisons the
// store, or kills the process, instead of being refused in time.
func freeBytes(string) (int64, error) { return math.MaxInt64, nil }

// Room does not know.
func Room(string) (int64, error) { return 0, nil }

func syncData(f *os.File) error { return f.Sync() }

// lock leaves it to Badger to refuse a second process.
func lock(*os.File) error { return nil }

func warm(string) {}

func trim(string) { debug.FreeOSMemory() }
