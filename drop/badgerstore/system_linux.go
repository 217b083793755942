package badgerstore

import (
	"bufio"
	"os"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// freeBytes says how many bytes the file system of a folder still takes from
// this process.
func freeBytes(dir string) (int64, error) {
	var s unix.Statfs_t
	if err := unix.Statfs(dir, &s); err != nil {
		return 0, err
	}
	return int64(s.Bavail) * int64(s.Bsize), nil
}

// Room says how many bytes a store in a folder could have in all: those that are
// free and those that it has. 0 is unknown.
func Room(dir string) (int64, error) {
	free, err := freeBytes(dir)
	if err != nil {
		return 0, err
	}
	files, err := os.ReadDir(filepath.Join(dir, badgerName))
	if err != nil {
		return 0, err
	}
	for _, f := range files {
		var s unix.Stat_t
		// A file may be gone by now, and Badger's newest are larger than what they hold.
		if unix.Stat(filepath.Join(dir, badgerName, f.Name()), &s) == nil {
			free += s.Blocks * 512
		}
	}
	return free, nil
}

// syncData syncs what a file holds; its times may stay behind.
func syncData(f *os.File) error {
	for {
		if err := unix.Fdatasync(int(f.Fd())); err != unix.EINTR {
			return err
		}
	}
}

// lock takes a file for this process until it is closed.
func lock(f *os.File) error { return unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB) }

// warm asks the kernel to fetch what Badger is about to read one page at a time:
// the head of every value log, the whole of the newest, write-ahead logs and
// tables. On a machine that has just started, waiting for those pages is most of
// the time that opening takes.
func warm(inner string) {
	files, err := os.ReadDir(inner)
	if err != nil {
		return // Badger will say what is wrong
	}
	var newest string
	for _, f := range files {
		name := filepath.Join(inner, f.Name())
		switch filepath.Ext(name) {
		case ".vlog":
			willNeed(name, 4096)
			newest = name
		case ".mem", ".sst":
			willNeed(name, 0)
		}
	}
	if newest != "" {
		willNeed(newest, 0)
	}
}

// willNeed announces the first bytes of a file, or all of it if size is 0.
func willNeed(name string, size int64) {
	f, err := os.Open(name)
	if err != nil {
		return
	}
	defer f.Close()
	unix.Fadvise(int(f.Fd()), 0, size, unix.FADV_WILLNEED)
}

// trim gives memory back after a burst of work. Badger maps its files and never
// asks the kernel to forget a page that it has touched once; on a small machine
// they count as the server's.
//
// MADV_PAGEOUT, of all advice, is harmless if Badger unmaps a file at the same
// time and something else comes to lie there: it takes no byte away, it only
// makes the next access slower. Kernels before 5.4 refuse it.
func trim(dir string) {
	debug.FreeOSMemory()
	f, err := os.Open("/proc/self/maps")
	if err != nil {
		return
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		area, _, ok := strings.Cut(lines.Text(), " "+dir+"/")
		if !ok {
			continue
		}
		area, _, _ = strings.Cut(area, " ")
		low, high, _ := strings.Cut(area, "-")
		from, err1 := strconv.ParseUint(low, 16, 64)
		to, err2 := strconv.ParseUint(high, 16, 64)
		if err1 != nil || err2 != nil || to <= from {
			continue
		}
		unix.Syscall(unix.SYS_MADVISE, uintptr(from), uintptr(to-from), unix.MADV_PAGEOUT)
	}
}
