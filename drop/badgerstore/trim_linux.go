package badgerstore

import (
	"bufio"
	"os"
	"runtime/debug"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

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
		area, path, ok := strings.Cut(lines.Text(), dir+"/")
		if !ok || path == "" {
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
